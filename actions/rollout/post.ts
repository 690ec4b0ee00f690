import { afterJob } from "../../src/deploy/operations/after-job.ts";
import { rollout } from "../../src/deploy/operations/rollout.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(afterJob(rollout));
