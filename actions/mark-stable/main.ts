import { markStable } from "../../src/deploy/operations/mark-stable.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(markStable);
