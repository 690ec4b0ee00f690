import "./shared/rolldown-runtime.js";
import { E as deploy, l as afterJob } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
// post.ts
await runAction(afterJob(deploy));
export {};
