import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as notify } from "./shared/notify.js";
// actions/notify/main.ts
await runAction(notify);
export {};
