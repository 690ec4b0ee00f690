import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as healthCheck } from "./shared/health-check2.js";
// actions/health-check/main.ts
await runAction(healthCheck);
export {};
