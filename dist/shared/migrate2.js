export { t as migrate } from "./migrate.js";
