import "./shared/rolldown-runtime.js";
import { l as afterJob } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
import { t as healthCheck } from "./shared/health-check2.js";
// actions/health-check/post.ts
await runAction(afterJob(healthCheck));
export {};
