import { recover } from "../../src/deploy/operations/recover.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(recover);
