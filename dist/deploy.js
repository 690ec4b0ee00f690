import "./shared/rolldown-runtime.js";
import { t as deploy } from "./shared/deploy.js";
import { t as runAction } from "./shared/workflow.js";
// main.ts
await runAction(deploy);
export {};
