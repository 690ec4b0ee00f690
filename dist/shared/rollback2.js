export { t as rollback } from "./rollback.js";
