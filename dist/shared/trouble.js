import { h as messageOf } from "./secret.js";
import { r as isLimited, t as answeredLines } from "./api.js";
// src/github/trouble.ts
var Untold = class extends Error {
	evidence;
	constructor(message, details) {
		super(message, { cause: details.cause });
		this.evidence = details.evidence;
	}
};
function tellingTrouble(permission) {
	return (error, route) => {
		const { status } = error;
		const untold = (message) => new Untold(message, {
			cause: error,
			evidence: answeredLines(error, route, messageOf(error))
		});
		if (isLimited(error)) return untold("GitHub answers no more requests of this token for now");
		if (status === 401) return untold("GitHub does not accept the token");
		if (status === 403 || status === 404) return untold(`the token may not do this: the job needs \`permissions: { ${permission} }\``);
		if (status === void 0 || status >= 500) return untold("GitHub's API does not answer");
		return untold(`GitHub does not take it (${answeredLines(error, route, messageOf(error)).join("; ")})`);
	};
}
function statusOf(error) {
	return Object(error).cause?.status;
}
function retryAfter(error) {
	const { cause } = error;
	if (cause === void 0 || !isLimited(cause)) return void 0;
	const seconds = Number(cause.response?.headers?.["retry-after"]);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1e3 : void 0;
}
export { tellingTrouble as i, retryAfter as n, statusOf as r, Untold as t };
