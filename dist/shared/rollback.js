export { t as rollback } from "./rollback2.js";
