import { inspect } from "node:util";
import { setTimeout } from "node:timers/promises";
// src/core/failure.ts
var Failure = class Failure extends Error {
	name = "Failure";
	hint;
	evidence;
	exit;
	code;
	outputs;
	state;
	ways;
	blocks;
	places;
	constructor(message, details = {}) {
		super(message, details.cause === void 0 ? void 0 : { cause: details.cause });
		this.hint = details.hint;
		this.evidence = details.evidence ?? [];
		this.exit = details.exit ?? 1;
		this.code = details.code;
		this.outputs = details.outputs ?? {};
		this.state = details.state ?? [];
		this.ways = details.ways ?? [];
		this.blocks = details.blocks ?? [];
		this.places = details.places ?? [];
	}
	with(details) {
		return new Failure(this.message, {
			cause: this.cause,
			hint: this.hint,
			evidence: this.evidence,
			exit: this.exit,
			code: this.code,
			outputs: this.outputs,
			state: this.state,
			ways: this.ways,
			blocks: this.blocks,
			places: this.places,
			...details
		});
	}
};
function refusal(message, details = {}) {
	return new Failure(message, {
		...details,
		exit: 2
	});
}
var Cancelled = class extends Error {
	name = "Cancelled";
	details;
	constructor(message = "cancelled", details = {}) {
		super(message);
		this.details = details;
	}
};
function stopIfCancelled(signal) {
	if (signal.aborted) throw new Cancelled();
}
function firstError(error) {
	return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error ? firstError(error.suppressed) : error;
}
function messageOf(error) {
	return error instanceof Error ? error.message : String(error);
}
function clauseOf(error) {
	return messageOf(error).replace(/\.$/, "");
}
// src/core/format.ts
function formatDuration(ms) {
	if (ms < 1e3) return `${Math.round(ms)} ms`;
	if (ms < 6e4) return `${(ms / 1e3).toFixed(1)} s`;
	const seconds = Math.round(ms / 1e3);
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}
function formatSize(bytes) {
	const units = [
		"B",
		"kB",
		"MB",
		"GB",
		"TB"
	];
	let value = bytes;
	let unit = 0;
	while (value >= 1e3 && unit < units.length - 1) {
		value /= 1e3;
		unit += 1;
	}
	return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}
function formatCount(count) {
	if (typeof count === "bigint" || Number.isSafeInteger(count)) return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
	return count.toLocaleString("en-US");
}
function plural(count, one, many = `${one}s`) {
	return `${formatCount(count)} ${count === 1 ? one : many}`;
}
function formatAgo(ms) {
	const minutes = Math.floor(ms / 6e4);
	if (minutes < 1) return "just now";
	if (minutes < 60) return `${minutes} min ago`;
	return minutes < 2880 ? `${plural(Math.floor(minutes / 60), "hour")} ago` : `${plural(Math.floor(minutes / 1440), "day")} ago`;
}
function compactUtc(date) {
	return date.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(/[-:]/g, "");
}
function shortCommit(commit) {
	return commit.slice(0, 7);
}
const LONGEST_QUOTED = 60;
function quoted(text) {
	return text.length <= LONGEST_QUOTED && !/[\r\n]/.test(text) && !/:\/\/[^/\s]*@/.test(text) ? JSON.stringify(text) : `a text of ${plural(text.length, "character")}`;
}
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
// src/core/secret.ts
var Secret = class {
	#value;
	constructor(value) {
		this.#value = value;
	}
	reveal() {
		return this.#value;
	}
	toString() {
		return "***";
	}
	toJSON() {
		return "***";
	}
	[inspect.custom]() {
		return "***";
	}
};
function reveal(value) {
	return typeof value === "string" ? value : value.reveal();
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
export { stopIfCancelled as S, Failure as _, parseTarget as a, messageOf as b, compactUtc as c, formatDuration as d, formatSize as f, Cancelled as g, shortCommit as h, formatTarget as i, formatAgo as l, quoted as m, Secret as n, target as o, plural as p, reveal as r, isPath as s, within as t, formatCount as u, clauseOf as v, refusal as x, firstError as y };
