import "./shared/rolldown-runtime.js";
import { t as runAction } from "./shared/action.js";
import { t as backup } from "./shared/backup.js";
// actions/backup/main.ts
await runAction(backup);
export {};
