import { f as Failure, h as messageOf } from "./secret.js";
import { r as isLimited, t as answeredLines } from "./api.js";
// src/release/remote.ts
const TROUBLES = new Set([
	"tags-conflict",
	"tags-refused",
	"tags-permission",
	"tags-unreachable"
]);
function tagTrouble(error) {
	return error instanceof Failure && error.code !== void 0 && TROUBLES.has(error.code) ? error.code : void 0;
}
function tagFailure(trouble, message, details = {}) {
	return new Failure(message, {
		...details,
		code: trouble
	});
}
const TAGGER = {
	name: "Savepoint",
	email: "savepoint@localhost"
};
function refusalHint(said) {
	const text = said.join("\n");
	if (/without .?workflows?.? permission/.test(text)) return "The commit's .github/workflows differ from every branch's tip (a branch moved on during the deploy), and GITHUB_TOKEN may then not push a tag to it, whatever its `permissions`. Give `token`: a fine-grained token or app token with `contents: write` and `workflows: write`.";
	return "A ruleset or a hook of the repository protects these tags (GitHub: Settings → Rules → Rulesets, target tags). Let it cover `v*` only, let this token's owner bypass it (GITHUB_TOKEN cannot), or give `tag-prefix` a name that it does not cover.";
}
// src/release/github-trouble.ts
function githubTrouble(error, route) {
	const { status } = error;
	const evidence = answeredLines(error, route, messageOf(error));
	if (isLimited(error)) return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", {
		evidence,
		cause: error
	});
	if (status === void 0 || status >= 500) return tagFailure("tags-unreachable", "GitHub's API does not answer.", {
		evidence,
		cause: error,
		hint: "See https://www.githubstatus.com. The tags can be moved later."
	});
	if (status === 401) return tagFailure("tags-permission", "GitHub does not accept the token.", {
		evidence,
		cause: error,
		hint: "It has expired, was revoked, or is another server's. Give `token` anew."
	});
	if (status === 403 || status === 404) return noPermission(evidence, error);
	return tagFailure("tags-refused", "GitHub refuses the request.", {
		evidence,
		cause: error,
		hint: refusalHint(evidence)
	});
}
function graphqlTrouble(errors, what) {
	const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
	const types = new Set(errors.flatMap(({ type, extensions }) => [type, extensions?.code]).filter((word) => word !== void 0));
	if (types.has("RATE_LIMITED")) return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", { evidence });
	if (types.has("FORBIDDEN") || types.has("INSUFFICIENT_SCOPES") || types.has("NOT_FOUND")) return noPermission(evidence, void 0);
	if (types.has("undefinedField") || types.has("undefinedType")) return tagFailure("tags-refused", "This GitHub server is too old to move several tags at once.", {
		evidence,
		hint: "GitHub Enterprise Server 3.13 or newer, or run in a checkout: then the tags are pushed by git."
	});
	if (errors.length === 0 || types.has("INTERNAL") || types.has("SERVICE_UNAVAILABLE")) return tagFailure("tags-unreachable", `GitHub gave no answer to ${what}.`, { evidence });
	return tagFailure("tags-refused", `GitHub refuses ${what}.`, {
		evidence,
		hint: refusalHint(evidence)
	});
}
function noPermission(evidence, cause) {
	return tagFailure("tags-permission", "The token may not do this to the repository's tags.", {
		evidence,
		cause,
		hint: "It needs `contents: write` on this repository; in a workflow the job says `permissions: { contents: write }`. A private repository is \"not found\" to a token that may not see it."
	});
}
export { tagFailure as a, refusalHint as i, graphqlTrouble as n, tagTrouble as o, TAGGER as r, githubTrouble as t };
