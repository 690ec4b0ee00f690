export { t as markStable } from "./mark-stable.js";
