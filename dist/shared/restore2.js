export { t as restore } from "./restore.js";
