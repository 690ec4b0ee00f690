import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as migrate } from "./shared/migrate.js";
// actions/migrate/main.ts
await runAction(migrate);
export {};
