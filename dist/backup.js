import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as backup } from "./shared/backup.js";
// actions/backup/main.ts
await runAction(backup);
export {};
