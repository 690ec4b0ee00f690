import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as restore } from "./shared/restore.js";
// actions/restore/main.ts
await runAction(restore);
export {};
