import { rollout } from "../../src/deploy/operations/rollout.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(rollout);
