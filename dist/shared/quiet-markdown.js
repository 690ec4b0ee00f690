import { a as retryAfter } from "./work.js";
// src/github/pages.ts
const PAGE = 100;
const MOST_PAGES = 30;
async function* listedAt(api, route, parameters) {
	for (let page = 1; page <= MOST_PAGES; page += 1) {
		const { data, next } = await api.request(route, {
			...parameters,
			per_page: PAGE,
			page
		});
		yield* data;
		if (!next) return;
	}
}
// src/github/patience.ts
const SOON_MS = 3e3;
function patient(api, clock, signal) {
	const again = async (ask) => {
		try {
			return await ask();
		} catch (error) {
			const ms = retryAfter(error);
			if (ms === void 0 || ms > SOON_MS) throw error;
			await clock.sleep(ms, signal);
			return await ask();
		}
	};
	return {
		...api,
		request: async (route, parameters) => await again(async () => await api.request(route, parameters)),
		graphql: async (query, variables) => await again(async () => await api.graphql(query, variables))
	};
}
// src/github/quiet-markdown.ts
function quietMarkdown(markdown) {
	let fence;
	return markdown.split("\n").map((line) => {
		if (fence !== void 0) {
			if (line.trim() === fence) fence = void 0;
			return line;
		}
		fence = /^`{3,}/.exec(line)?.[0];
		return fence === void 0 ? quietLine(line) : line;
	}).join("\n");
}
const OWN = /((?<!\\)\]\([^)\s]*\)|<code>.*?<\/code>)/;
function quietLine(line) {
	return line.split(OWN).map((part, at) => at % 2 === 1 ? part : quiet(part)).join("");
}
function quiet(text) {
	return text.replaceAll(/@|&#64;/g, "$&&#8203;").replaceAll(/(?<!&)#(?=\d)/g, "#&#8203;").replaceAll(/\bGH-(?=\d)/gi, "$&&#8203;").replaceAll("&#47;&#47;", "&#47;&#8203;&#47;");
}
export { patient as n, listedAt as r, quietMarkdown as t };
