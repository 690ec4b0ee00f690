export { t as backup } from "./backup.js";
