import { rollout } from "../../src/deploy/operations/rollout.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(rollout);
