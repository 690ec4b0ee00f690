import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/action.js";
import { t as healthCheck } from "./shared/health-check.js";
// actions/health-check/main.ts
await runAction(healthCheck);
export {};
