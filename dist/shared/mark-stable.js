export { l as markStable } from "./work.js";
