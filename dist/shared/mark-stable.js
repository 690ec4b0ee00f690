export { d as markStable } from "./work.js";
