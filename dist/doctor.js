import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/action.js";
import { t as doctor } from "./shared/doctor.js";
// actions/doctor/main.ts
await runAction(doctor);
export {};
