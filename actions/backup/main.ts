import { backup } from "../../src/deploy/operations/backup.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(backup);
