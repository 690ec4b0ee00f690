import { deploy } from "./src/deploy/operations/deploy.ts";
import { runAction } from "./src/faces/workflow/action.ts";

await runAction(deploy);
