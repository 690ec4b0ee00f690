import "./shared/rolldown-runtime.js";
import { t as deploy } from "./shared/deploy.js";
import { t as runAction } from "./shared/action.js";
// main.ts
await runAction(deploy);
export {};
