import "./shared/rolldown-runtime.js";
import { E as deploy } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
// main.ts
await runAction(deploy);
export {};
