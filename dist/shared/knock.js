import { Cr as _usingCtx } from "./text.js";
// src/postgres/knock.ts
async function knock(database) {
	for (const admin of database.adminTarget === database.target ? [false] : [false, true]) try {
		var _usingCtx$1 = _usingCtx();
		_usingCtx$1.a(await database.connect("look", { admin }));
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
export { knock as t };
