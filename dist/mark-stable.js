import "./shared/rolldown-runtime.js";
import { n as markStable } from "./shared/work.js";
import { t as runAction } from "./shared/workflow.js";
// actions/mark-stable/main.ts
await runAction(markStable);
export {};
