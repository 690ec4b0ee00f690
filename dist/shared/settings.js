import { c as plural, g as refusal, t as Secret } from "./secret.js";
import { a as variableName, r as externalName } from "./nearest.js";
// src/core/problems.ts
function refuseProblems(problems) {
	const lines = problems.map((problem) => problemText(problem));
	const places = problems.flatMap((problem) => problem.place === void 0 ? [] : [{
		...problem.place,
		message: problemText(problem)
	}]);
	const hint = problems.some(({ source }) => source !== void 0) ? "What this call says counts before the journal: give a value that can be read." : void 0;
	const [only = ""] = lines;
	const all = `${plural(lines.length, "input")} are wrong, and nothing was touched:\n${lines.map((line) => `- ${line}`).join("\n")}`;
	return refusal(lines.length === 1 ? only : all, {
		code: "inputs",
		places,
		hint
	});
}
function problemText({ input, message, form, source }) {
	return `${/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(input) ? `\`${input}\`` : input}${source === void 0 ? "" : ` (from ${source})`} ${message}${form === void 0 ? "" : `; it must be ${form}`}.`.replace(/([.?!])\.$/, "$1");
}
// src/core/settings.ts
const FLAGS = "flags";
const JOURNAL = "the journal";
const VARIABLES = "SAVEPOINT_* variables";
const WITHHELD = "withheld";
function mergeGiven(earlier, later) {
	const withheld = [earlier, later].flatMap((given) => (given[WITHHELD] ?? "").split(" ")).filter((name) => name !== "");
	return {
		...earlier,
		...later,
		...withheld.length > 0 && { [WITHHELD]: [...new Set(withheld)].join(" ") }
	};
}
var Settings = class Settings {
	layers;
	own;
	#readings = new WeakMap();
	constructor(layers, own) {
		this.layers = layers;
		this.own = own;
	}
	withFallback(layer) {
		return new Settings([...this.layers, layer], this.own);
	}
	withFirst(layers) {
		return new Settings([...layers, ...this.layers], this.own);
	}
	text(section, name) {
		return this.#find(section, name)?.text;
	}
	saidHere() {
		return new Settings(this.layers.filter(({ source }) => source !== JOURNAL), this.own);
	}
	read(sections) {
		const problems = this.problems(sections);
		if (problems.length > 0) throw refuseProblems(problems);
		const values = Object.entries(sections).map(([key, section]) => [key, this.#reading(section).values]);
		return Object.fromEntries(values);
	}
	section(section) {
		return this.read({ section }).section;
	}
	problems(sections) {
		return Object.values(sections).flatMap((section) => this.#reading(section).problems);
	}
	unreadable(section) {
		return this.#reading(section).unreadable;
	}
	effective(section) {
		const given = {};
		const withheld = [];
		for (const [name, spec] of Object.entries(section.inputs)) {
			const value = this.text(section.name, name);
			if (value === void 0 || spec.perRun) continue;
			if (!spec.secret || spec.plainWhen?.(value) === true) given[name] = value;
			else withheld.push(name);
		}
		if (withheld.length > 0) given[WITHHELD] = withheld.join(" ");
		return given;
	}
	missing(section) {
		return (this.text(section, WITHHELD) ?? "").split(" ").filter((name) => name !== "").filter((name) => this.text(section, name) === void 0);
	}
	#reading(section) {
		const known = this.#readings.get(section);
		if (known !== void 0) return known;
		const reading = this.#read(section);
		this.#readings.set(section, reading);
		return reading;
	}
	#read(section) {
		const values = {};
		const problems = [];
		const unreadable = [];
		for (const [name, spec] of Object.entries(section.inputs)) {
			const found = this.#find(section.name, name);
			const given = found?.text ?? spec.fallback;
			if (given === void 0) {
				values[name] = void 0;
				continue;
			}
			try {
				if (given.includes("\0")) throw new Error("holds a NUL character");
				values[name] = spec.kind.parse(given);
			} catch (error) {
				unreadable.push(name);
				problems.push({
					input: found?.layer.source === VARIABLES ? variableName(section.name, name) : this.nameOf(section.name, name),
					message: error instanceof Error ? error.message : "cannot be read",
					form: spec.kind.form,
					...found?.layer.source === "the journal" && { source: ["the journal", found.layer.of].filter(Boolean).join(" of ") }
				});
			}
		}
		return {
			values,
			problems,
			unreadable
		};
	}
	#find(section, name) {
		for (const layer of this.layers) {
			const text = layer.raw[section]?.[name]?.replace(/[\r\n]+$/, "");
			if (text !== void 0 && text !== "") return {
				text,
				layer
			};
		}
	}
	nameOf(section, name) {
		return externalName(section, name, this.own);
	}
};
function givenSecrets(settings, sections) {
	const found = [];
	for (const section of Object.values(sections)) for (const [name, spec] of Object.entries(section.inputs)) {
		if (!spec.secret) continue;
		const value = settings.text(section.name, name);
		if (value !== void 0 && spec.plainWhen?.(value) !== true) found.push(new Secret(value));
	}
	return found;
}
function variablesLayer(env, sections) {
	const raw = {};
	for (const section of Object.values(sections)) for (const name of Object.keys(section.inputs)) {
		const value = env[variableName(section.name, name)];
		if (value !== void 0 && value !== "") (raw[section.name] ??= {})[name] = value;
	}
	return {
		source: VARIABLES,
		raw
	};
}
export { mergeGiven as a, givenSecrets as i, JOURNAL as n, variablesLayer as o, Settings as r, refuseProblems as s, FLAGS as t };
