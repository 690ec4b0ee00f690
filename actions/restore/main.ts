import { restore } from "../../src/deploy/operations/restore.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(restore);
