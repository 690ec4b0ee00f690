export { t as getOctokit } from "./actions-github.js";
