import { t as __commonJSMin } from "./rolldown-runtime.js";
// \0uncalled-module-left-out.cjs
var require__uncalled_module_left_out = __commonJSMin(((exports, module) => {
	function leftOut() {
		throw new Error("of node-ssh and ssh2 only connecting is in this bundle");
	}
	module.exports = leftOut;
	module.exports.PromiseQueue = leftOut;
}));
// \0native-module-left-out.cjs
var require__native_module_left_out = __commonJSMin((() => {
	throw new Error("compiled modules are left out of this bundle");
}));
export { require__uncalled_module_left_out as n, require__native_module_left_out as t };
