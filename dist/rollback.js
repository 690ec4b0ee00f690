import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as rollback } from "./shared/rollback2.js";
// actions/rollback/main.ts
await runAction(rollback);
export {};
