import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as recover } from "./shared/recover.js";
// actions/recover/main.ts
await runAction(recover);
export {};
