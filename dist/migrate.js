import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/action.js";
import { t as migrate } from "./shared/migrate2.js";
// actions/migrate/main.ts
await runAction(migrate);
export {};
