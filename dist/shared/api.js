import { d as Cancelled } from "./secret.js";
// src/github/api.ts
const TIMEOUT_MS = 3e4;
const NO_CONTENT = 204;
function githubAddresses(env) {
	return {
		apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
		graphqlUrl: env["GITHUB_GRAPHQL_URL"] || "https://api.github.com/graphql",
		serverUrl: env["GITHUB_SERVER_URL"] || "https://github.com"
	};
}
async function openGithubApi(access) {
	const { getOctokit } = await import("./github.js");
	const octokit = getOctokit(access.token.reveal(), {
		baseUrl: access.apiUrl,
		log: SILENT
	});
	const send = async (route, parameters) => {
		const timeout = AbortSignal.timeout(TIMEOUT_MS);
		const signal = access.signal === void 0 ? timeout : AbortSignal.any([timeout, access.signal]);
		try {
			const answer = await octokit.request(route, {
				...parameters,
				request: { signal }
			});
			if (answer.status !== NO_CONTENT && (typeof answer.data !== "object" || answer.data === null)) throw new Error("the answer is no JSON");
			return {
				data: answer.data,
				next: /\brel="next"/.test(answer.headers.link ?? "")
			};
		} catch (error) {
			if (access.signal?.aborted === true) throw new Cancelled();
			throw access.trouble(error, route);
		}
	};
	return {
		serverUrl: access.serverUrl,
		request: send,
		graphql: async (query, variables) => (await send(`POST ${access.graphqlUrl}`, {
			query,
			variables
		})).data
	};
}
const SILENT = {
	debug: () => void 0,
	info: () => void 0,
	warn: () => void 0,
	error: () => void 0
};
function isLimited({ status, response }) {
	const headers = response?.headers ?? {};
	return status === 429 || (status === 403 || status === 401) && (headers["retry-after"] !== void 0 || String(headers["x-ratelimit-remaining"]) === "0" || /secondary-rate-limit/.test(response?.data?.documentation_url ?? ""));
}
function answeredLines(error, route, otherwise) {
	const { status, response } = error;
	const details = response?.data?.errors?.flatMap((one) => one.message ?? []) ?? [];
	return [`${route}: ${status === void 0 ? "" : `HTTP ${status} `}${response?.data?.message ?? otherwise}`, ...details];
}
export { openGithubApi as i, githubAddresses as n, isLimited as r, answeredLines as t };
