import { afterJob } from "../../src/deploy/operations/after-job.ts";
import { migrate } from "../../src/deploy/operations/migrate.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(afterJob(migrate));
