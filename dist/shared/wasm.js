import { t as require_wasm } from "./libpg-query.js";
export default require_wasm();
export {};
