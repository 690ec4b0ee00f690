import "./shared/rolldown-runtime.js";
import { l as afterJob } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
import { t as migrate } from "./shared/migrate.js";
// actions/migrate/post.ts
await runAction(afterJob(migrate));
export {};
