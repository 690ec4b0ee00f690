import { notify } from "../../src/deploy/operations/notify.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(notify);
