import { rollback } from "../../src/deploy/operations/rollback.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(rollback);
