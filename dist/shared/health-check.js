export { t as healthCheck } from "./health-check2.js";
