import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/workflow.js";
import { t as markStable } from "./shared/mark-stable.js";
// actions/mark-stable/main.ts
await runAction(markStable);
export {};
