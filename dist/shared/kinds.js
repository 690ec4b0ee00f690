import { l as quoted } from "./secret.js";
// src/core/kinds.ts
const text = {
	form: "text",
	parse: (value) => value
};
const line = {
	form: "text on one line",
	parse(value) {
		if (/[\n\r\0]/.test(value)) throw new Error("contains a line break");
		return value;
	}
};
const lines = {
	form: "one value a line",
	entries: {},
	parse: (value) => value.split(/\r?\n/).map((entry) => entry.trim()).filter((entry) => entry !== "")
};
function choice(...choices) {
	return {
		form: `one of ${choices.join(", ")}`,
		choices,
		parse(value) {
			const found = choices.find((one) => one === value.trim());
			if (found === void 0) throw new Error(`is ${quoted(value)}`);
			return found;
		}
	};
}
const flag = {
	form: "true or false",
	choices: ["true", "false"],
	parse(value) {
		const word = value.trim().toLowerCase();
		if (word !== "true" && word !== "false") throw new Error(`is ${quoted(value)}`);
		return word === "true";
	}
};
function count(bounds = {}) {
	const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
	return {
		form: max === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`,
		parse(value) {
			const number = Number(value.trim());
			if (!/^\d+$/.test(value.trim()) || !Number.isSafeInteger(number)) throw new Error(`is ${quoted(value)}`);
			if (number < min || number > max) throw new Error(`is ${number}`);
			return number;
		}
	};
}
const DURATION_UNITS = {
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 36e5,
	d: 864e5
};
const duration = {
	form: "a duration such as 90s, 3m, 250ms (a plain number: seconds)",
	parse(value) {
		const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(value.trim());
		if (!match) throw new Error(`is ${quoted(value)}`);
		return Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? "s"] ?? 1e3));
	}
};
const LONGEST_LIMIT_DAYS = 24;
const timeLimit = {
	form: `${duration.form}, at most ${LONGEST_LIMIT_DAYS}d`,
	parse(value) {
		const ms = duration.parse(value);
		if (ms > LONGEST_LIMIT_DAYS * 864e5) throw new Error(`is ${quoted(value)}`);
		return ms;
	}
};
const SIZE_UNITS = {
	"": 1,
	B: 1,
	KB: 1e3,
	MB: 1e6,
	GB: 1e9,
	TB: 0xe8d4a51000,
	KIB: 1024,
	MIB: 2 ** 20,
	GIB: 2 ** 30,
	TIB: 2 ** 40
};
const size = {
	form: "a size such as 500MB, 20GB, 4GiB (a plain number: bytes)",
	parse(value) {
		const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim());
		const unit = SIZE_UNITS[(match?.[2] ?? "").toUpperCase()];
		if (!match || unit === void 0) throw new Error(`is ${quoted(value)}`);
		return Math.round(Number(match[1]) * unit);
	}
};
export { line as a, text as c, flag as i, timeLimit as l, count as n, lines as o, duration as r, size as s, choice as t };
