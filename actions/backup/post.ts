import { afterJob } from "../../src/deploy/operations/after-job.ts";
import { backup } from "../../src/deploy/operations/backup.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(afterJob(backup));
