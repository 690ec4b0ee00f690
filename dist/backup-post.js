import "./shared/rolldown-runtime.js";
import { l as afterJob } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
import { t as backup } from "./shared/backup.js";
// actions/backup/post.ts
await runAction(afterJob(backup));
export {};
