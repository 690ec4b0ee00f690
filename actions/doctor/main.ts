import { doctor } from "../../src/deploy/operations/doctor.ts";
import { runAction } from "../../src/faces/workflow/action.ts";

await runAction(doctor);
