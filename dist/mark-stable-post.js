import "./shared/rolldown-runtime.js";
import { l as afterJob, n as markStable } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
// actions/mark-stable/post.ts
await runAction(afterJob(markStable));
export {};
