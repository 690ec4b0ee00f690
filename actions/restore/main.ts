import { restore } from "../../src/deploy/operations/restore.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(restore);
