import { afterJob } from "../../src/deploy/operations/after-job.ts";
import { markStable } from "../../src/deploy/operations/mark-stable.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(afterJob(markStable));
