import { migrate } from "../../src/deploy/operations/migrate.ts";
import { runAction } from "../../src/faces/github.ts";

await runAction(migrate);
