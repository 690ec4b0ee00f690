import { deploy } from "./src/deploy/operations/deploy.ts";
import { runAction } from "./src/faces/github.ts";

await runAction(deploy);
