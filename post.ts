import { afterJob } from "./src/deploy/operations/after-job.ts";
import { deploy } from "./src/deploy/operations/deploy.ts";
import { runAction } from "./src/faces/workflow/action.ts";

await runAction(afterJob(deploy));
