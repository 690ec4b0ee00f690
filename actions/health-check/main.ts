import { healthCheck } from "../../src/deploy/operations/health-check.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(healthCheck);
