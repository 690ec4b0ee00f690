export { t as rollout } from "./rollout2.js";
