import { afterJob } from "../../src/deploy/operations/after-job.ts";
import { healthCheck } from "../../src/deploy/operations/health-check.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(afterJob(healthCheck));
