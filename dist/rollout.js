import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as rollout } from "./shared/rollout2.js";
// actions/rollout/main.ts
await runAction(rollout);
export {};
