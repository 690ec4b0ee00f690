import { inspect } from "node:util";
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
export { stopIfCancelled as _, formatCount as a, plural as c, Cancelled as d, Failure as f, refusal as g, messageOf as h, formatAgo as i, quoted as l, firstError as m, reveal as n, formatDuration as o, clauseOf as p, compactUtc as r, formatSize as s, Secret as t, shortCommit as u };
