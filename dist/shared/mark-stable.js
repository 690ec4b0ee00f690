export { n as markStable } from "./work.js";
