export { t as recover } from "./recover.js";
