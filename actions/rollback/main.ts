import { rollback } from "../../src/deploy/operations/rollback.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(rollback);
