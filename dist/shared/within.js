import { _ as stopIfCancelled, d as Cancelled, l as quoted } from "./secret.js";
import { setTimeout } from "node:timers/promises";
// src/core/path.ts
function isPath(text) {
	return /^(?:~|\.{0,2})\/[^\r\n]*$/.test(text) && text.length <= 4096;
}
// src/machine/ssh/address.ts
const FORM = "user@server, user@server:port or user@[IPv6]:port";
function parseTarget(text) {
	const given = text.trim();
	const shown = quoted(given);
	if (/[\s\p{Cc}]/u.test(given)) throw new Error(`is ${shown}: it holds a space or a control character`);
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) throw new Error(`is ${shown}: leave out ${given.slice(0, given.indexOf("//") + 2)}`);
	const at = given.lastIndexOf("@");
	const user = given.slice(0, Math.max(at, 0));
	const server = given.slice(at + 1);
	if (user === "") throw new Error(`is ${shown}: the user is missing (deploy@${server === "" ? "shop.example" : server})`);
	if (user.includes(":")) throw new Error("has a password before the @: passwords are not used, give a key");
	if (server === "") throw new Error(`is ${shown}: the server is missing`);
	const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(server);
	if (!bracketed && server.split(":").length > 2) throw new Error(`is ${shown}: write an IPv6 address in brackets (${user}@[::1]:22)`);
	const plain = /^([^:]*)(?::(.*))?$/.exec(server);
	const [, host = "", port] = bracketed ?? plain ?? [];
	if (bracketed && !/^[0-9a-f:.]+(%[\w.-]+)?$/i.test(host)) throw new Error(`is ${shown}: ${JSON.stringify(host)} is no IPv6 address`);
	if (!bracketed && !/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*)$/u.test(host)) throw new Error(`is ${shown}: ${JSON.stringify(host)} is no server name`);
	return {
		user,
		host,
		port: parsePort(port, shown)
	};
}
function parsePort(text, shown) {
	if (text === void 0) return 22;
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new Error(`is ${shown}: ${JSON.stringify(text)} is no port (1 to 65535)`);
	return port;
}
function formatTarget(address) {
	const host = address.host.includes(":") ? `[${address.host}]` : address.host;
	return `${address.user}@${host}${address.port === 22 ? "" : `:${address.port}`}`;
}
const target = {
	form: FORM,
	parse: parseTarget
};
// src/machine/quote.ts
const PLAIN = /^[A-Za-z0-9_/:.,@%+=-]+$/;
const RESERVED = new Set([
	"if",
	"then",
	"else",
	"elif",
	"fi",
	"do",
	"done",
	"case",
	"esac",
	"while",
	"until",
	"for",
	"in",
	"function",
	"select",
	"time"
]);
function quote(words) {
	return words.map((word, index) => quoteWord(word, index === 0)).join(" ");
}
function unquote(line) {
	return [...line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|\\(.)/g, (_, inside, escaped) => inside ?? escaped ?? ""));
}
function quoteWord(word, first) {
	if (word.includes("\0")) throw new Error("a word of a command holds a NUL character");
	if (PLAIN.test(word) && !(first && (word.includes("=") || RESERVED.has(word)))) return word;
	return inQuotes(word);
}
function inQuotes(word) {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
// src/core/within.ts
const OWN_TIMER = { sleep: async (ms, signal) => await setTimeout(ms, void 0, signal === void 0 ? {} : { signal }) };
const LATE = Symbol("late");
async function within(limit, body) {
	const { signal, discard } = limit;
	if (signal !== void 0) stopIfCancelled(signal);
	const settled = new AbortController();
	const leftAlone = new AbortController();
	const over = Promise.withResolvers();
	const cancel = () => over.reject(new Cancelled());
	signal?.addEventListener("abort", cancel, { once: true });
	if (limit.ms !== void 0) (limit.clock ?? OWN_TIMER).sleep(limit.ms, settled.signal).then(() => over.resolve(LATE), () => void 0);
	const answered = outcomeOf(body, leftAlone.signal);
	let inTime = false;
	try {
		const first = await Promise.race([answered, over.promise]);
		if (first === LATE) return limit.late();
		inTime = true;
		if ("error" in first) throw first.error;
		return first.value;
	} finally {
		settled.abort();
		signal?.removeEventListener("abort", cancel);
		if (!inTime) {
			leftAlone.abort();
			answered.then((late) => "value" in late ? discard?.(late.value) : void 0);
		}
	}
}
async function outcomeOf(body, signal) {
	try {
		return { value: await body(signal) };
	} catch (error) {
		return { error };
	}
}
export { formatTarget as a, isPath as c, unquote as i, inQuotes as n, parseTarget as o, quote as r, target as s, within as t };
