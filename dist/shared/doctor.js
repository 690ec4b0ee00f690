export { t as doctor } from "./doctor2.js";
