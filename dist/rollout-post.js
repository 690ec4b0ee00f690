import "./shared/rolldown-runtime.js";
import { l as afterJob } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
import { t as rollout } from "./shared/rollout2.js";
// actions/rollout/post.ts
await runAction(afterJob(rollout));
export {};
