import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as doctor } from "./shared/doctor2.js";
// actions/doctor/main.ts
await runAction(doctor);
export {};
