export { T as deploy } from "./work.js";
