export { E as deploy } from "./work.js";
