export { t as notify } from "./notify.js";
