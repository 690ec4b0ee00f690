import { c as plural, l as quoted } from "./secret.js";
import { a as variableName, n as nearest, r as externalName, t as misspelt } from "./nearest.js";
import { i as flag } from "./kinds.js";
import { t as FLAGS } from "./settings.js";
// src/faces/terminal/flags.ts
const FACE_FLAGS = [
	"help",
	"json",
	"quiet",
	"verbose",
	"debug",
	"version"
];
function flagsOf(operation) {
	return Object.values(operation.sections).flatMap((section) => Object.entries(section.inputs).map(([input, spec]) => ({
		name: externalName(section.name, input, operation.own),
		section: section.name,
		input,
		spec,
		bare: spec.kind === flag
	})));
}
function describe({ spec }) {
	const { description, kind, fallback } = spec;
	const choices = (kind.choices?.filter((one) => !description.includes(`\`${one}\``)) ?? []).length > 0 && kind !== flag ? ` One of ${kind.choices?.map((one) => `\`${one}\``).join(", ")}.` : "";
	const at = description.indexOf(" Default:");
	const [meaning, said] = at < 0 ? [description, ""] : [description.slice(0, at), description.slice(at)];
	return `${meaning}${choices}${said}${fallback !== void 0 && said === "" ? ` Default: \`${fallback}\`.` : ""}`;
}
function readFlags(operation, words) {
	return new FlagReader(operation).read(words);
}
var FlagReader = class {
	#operation;
	#flags;
	#raw = {};
	#problems = [];
	#face = new Set();
	#free = [];
	constructor(operation) {
		this.#operation = operation;
		this.#flags = new Map(flagsOf(operation).map((one) => [one.name, one]));
	}
	read(words) {
		const left = [...words];
		for (let word = left.shift(); word !== void 0; word = left.shift()) if (word === "-h") this.#face.add("help");
		else if (word === "--") this.#free.push(...left.splice(0));
		else if (isArmour(word)) this.#problems.push({
			input: "-----BEGIN …",
			message: `stands without a flag, with ${plural(armoured(left), "word")} behind it`
		});
		else if (word.startsWith("--")) this.#flag(word.slice(2), left);
		else if (word.startsWith("-") && word !== "-") this.#problems.push({
			input: shown(word),
			message: `is not known; flags are written --name`
		});
		else this.#free.push(word);
		this.#positionals();
		return {
			given: {
				source: FLAGS,
				raw: this.#raw
			},
			problems: this.#problems,
			face: this.#face
		};
	}
	#flag(text, left) {
		const equals = text.indexOf("=");
		const name = equals < 0 ? text : text.slice(0, equals);
		const attached = equals < 0 ? void 0 : text.slice(equals + 1);
		const own = FACE_FLAGS.find((one) => one === name);
		const known = this.#flags.get(name);
		if (own !== void 0 && attached === void 0) this.#face.add(own);
		else if (known === void 0) this.#unknown(name, attached === void 0 ? left : []);
		else if (known.bare) this.#take(known, attached ?? (left[0] === "true" || left[0] === "false" ? left.shift() : "true"));
		else if (attached === void 0 && isArmour(left[0])) this.#cut(known, left);
		else if (known.spec.secret) this.#secret(known, attached ?? this.#following(left));
		else this.#take(known, attached ?? this.#following(left));
	}
	#following(left) {
		const name = /^--([a-z][a-z0-9-]*)(?:=|$)/i.exec(left[0] ?? "")?.[1];
		return name !== void 0 && misspelt(name, [...this.#flags.keys(), ...FACE_FLAGS]) !== void 0 ? void 0 : left.shift();
	}
	#cut(known, left) {
		const count = armoured(left);
		if (known.spec.secret) return this.#secret(known, "");
		this.#problems.push({
			input: `--${known.name}`,
			message: `came as ${plural(count, "word")}: put it in quotes, or give the file's path`
		});
	}
	#take({ name, section, input }, value) {
		const values = this.#raw[section] ??= {};
		if (value === void 0) this.#problems.push({
			input: `--${name}`,
			message: `needs a value: --${name} VALUE (or --${name}=VALUE where it begins with --)`
		});
		else if (values[input] !== void 0) this.#problems.push({
			input: `--${name}`,
			message: "is given twice"
		});
		else values[input] = value;
	}
	#secret(known, value) {
		if (value !== void 0 && known.spec.plainWhen?.(value) === true) return this.#take(known, value);
		const variable = variableName(known.section, known.input);
		this.#problems.push({
			input: `--${known.name}`,
			message: `is a secret, and flags are seen by others: set ${variable} instead`
		});
	}
	#unknown(name, left) {
		const near = nearest(name, [...this.#flags.keys(), ...FACE_FLAGS]);
		const bare = this.#flags.get(near ?? "")?.bare ?? FACE_FLAGS.some((one) => one === near);
		if (isArmour(left[0])) armoured(left);
		else if (!bare && left[0] !== void 0 && !isFlagShaped(left[0].split("=", 1)[0] ?? "")) left.shift();
		this.#problems.push({
			input: shown(`--${name}`),
			message: `is not a flag of ${this.#operation.name}${near === void 0 ? "" : `; did you mean --${near}?`}`
		});
	}
	#positionals() {
		const names = this.#operation.positionals ?? [];
		this.#free.forEach((word, index) => {
			const last = names.length - 1;
			const known = this.#flags.get(names[Math.min(index, last)] ?? "");
			if (known === void 0) {
				const near = nearest(word, this.#flags.keys());
				this.#problems.push({
					input: quoted(word),
					message: `is not understood${near === void 0 ? "" : `; did you mean --${near}?`}`
				});
				return;
			}
			const values = this.#raw[known.section] ??= {};
			if (index > last) values[known.input] = `${values[known.input]} ${word}`;
			else this.#take(known, word);
		});
	}
};
function isArmour(word) {
	return word === "-----BEGIN";
}
function armoured(left) {
	const end = left.findIndex((word, index) => word.endsWith("-----") && left.slice(0, index).some((one) => one.includes("-----END")));
	return left.splice(0, end < 0 ? left.length : end + 1).length;
}
function shown(word) {
	return isFlagShaped(word) && word.length <= 40 ? word : `A word of ${plural(word.length, "character")} that begins with a dash`;
}
function isFlagShaped(word) {
	return /^--?[a-z][a-z0-9-]*$/i.test(word);
}
export { readFlags as i, describe as n, flagsOf as r, FACE_FLAGS as t };
