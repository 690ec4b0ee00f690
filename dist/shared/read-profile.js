import "./rolldown-runtime.js";
import { Or as variableName, ir as nearest, o as HOOKED_STEPS } from "./start.js";
import { t as require_dist } from "./yaml.js";
// src/config/document.ts
var import_dist = require_dist();
var SettingsDocument = class {
	path;
	problems;
	root;
	#document;
	#lines = new import_dist.LineCounter();
	constructor(path, text) {
		this.path = path;
		this.#document = (0, import_dist.parseDocument)(text.replace(/^\uFEFF/, ""), {
			lineCounter: this.#lines,
			prettyErrors: false,
			merge: false,
			stringKeys: true
		});
		this.root = this.#document.contents;
		this.problems = this.#document.errors.map((error) => ({
			at: this.#place(error.pos[0]),
			message: firstLine(error.message)
		}));
	}
	placeOf(node) {
		return this.#place(node?.range?.[0] ?? 0);
	}
	resolve(node) {
		return (0, import_dist.isAlias)(node) ? node.resolve(this.#document) ?? null : node;
	}
	entries(map, within = []) {
		const own = [];
		const merged = [];
		const around = [...within, map];
		for (const pair of map.items) {
			const key = (0, import_dist.isScalar)(pair.key) ? String(pair.key.value) : String(pair.key);
			const value = this.resolve(pair.value);
			if (key === "<<" && (0, import_dist.isMap)(value) && !around.includes(value)) merged.push(...this.entries(value, around));
			else own.push({
				key,
				value,
				at: this.placeOf(pair.key)
			});
		}
		const taken = new Set(own.map((entry) => entry.key));
		return [...own, ...merged.filter((entry) => !taken.has(entry.key))];
	}
	#place(offset) {
		return `${this.path}:${this.#lines.linePos(offset).line}`;
	}
};
function firstLine(message) {
	return message.split("\n", 1)[0] ?? message;
}
// src/config/hooks.ts
const HOOK_POINTS = HOOKED_STEPS.flatMap((step) => [`before-${step}`, `after-${step}`]);
// src/config/read-hooks.ts
function readHooks(document, node, at) {
	const problems = [];
	const hooks = {};
	if (node === null) return {
		hooks,
		problems
	};
	if (!(0, import_dist.isMap)(node)) return {
		hooks,
		problems: [{
			at,
			message: "`hooks` is not a map: it maps points such as `after-rollout` to commands"
		}]
	};
	for (const entry of document.entries(node)) {
		const point = HOOK_POINTS.find((one) => one === entry.key);
		if (point === void 0) {
			const near = nearest(entry.key, HOOK_POINTS);
			problems.push({
				at: entry.at,
				message: `\`${entry.key}\` is no hook${near === void 0 ? `: there are ${HOOK_POINTS.join(", ")}` : `; did you mean \`${near}\`?`}`
			});
			continue;
		}
		const commands = readCommands(document, entry.value);
		if (commands === void 0) problems.push({
			at: entry.at,
			message: `\`${point}\` must be a command, or a list of commands`
		});
		else hooks[point] = commands;
	}
	return {
		hooks,
		problems
	};
}
function readCommands(document, node) {
	const items = (0, import_dist.isSeq)(node) ? node.items.map((item) => document.resolve(item)) : [node];
	const commands = [];
	for (const item of items) {
		if (!(0, import_dist.isScalar)(item) || typeof item.value !== "string" || item.value.trim() === "" || item.value.includes("\0")) return void 0;
		commands.push(item.value);
	}
	return commands;
}
// src/config/settable.ts
function settable(inputs) {
	return Object.entries(inputs).filter(([, spec]) => !spec.perRun).map(([name]) => name);
}
// src/config/values.ts
function readValue(document, node, spec) {
	const value = document.resolve(node);
	if (value === null || (0, import_dist.isScalar)(value)) return { text: scalarText(value) };
	if ((0, import_dist.isSeq)(value)) return readList(document, value.items);
	if ((0, import_dist.isMap)(value)) {
		const between = spec.kind.entries?.between;
		if (between === void 0) return { problem: "is a map" };
		return readMap(document.entries(value), between);
	}
	return { problem: "cannot be read" };
}
function checkText(text, spec) {
	if (text === "") return void 0;
	if (spec.secret && spec.plainWhen?.(text) !== true && !isUrlWithoutPassword(text)) return "SECRET";
	try {
		spec.kind.parse(text);
		return;
	} catch (error) {
		return error instanceof Error ? error.message : "cannot be read";
	}
}
function readList(document, items) {
	const lines = [];
	for (const item of items) {
		const value = document.resolve(item);
		if (value !== null && !(0, import_dist.isScalar)(value)) return { problem: "is a list of something else than plain values" };
		lines.push(scalarText(value));
	}
	return { text: lines.join("\n") };
}
function readMap(entries, between) {
	const lines = [];
	for (const { key, value } of entries) {
		if (value !== null && !(0, import_dist.isScalar)(value)) return { problem: `has something else than a plain value at ${JSON.stringify(key)}` };
		lines.push(`${key}${between}${scalarText(value)}`);
	}
	return { text: lines.join("\n") };
}
function scalarText(node) {
	if (node === null || node.value === null) return "";
	return (typeof node.value === "string" ? node.value : node.source ?? JSON.stringify(node.value)).replace(/[\r\n]+$/, "");
}
function isUrlWithoutPassword(text) {
	if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
	return !/^[^/]*\/\/[^/?#]*:[^/?#]*@/.test(text) && !/[?&][^=&]*(?:password|passfile|secret|token|key)[^=&]*=/i.test(text);
}
// src/config/read-profile.ts
const NOT_IN_ENVIRONMENT = new Set(["app"]);
function readProfile(path, text, request) {
	const document = new SettingsDocument(path, text);
	if (document.problems.length === 0) return new ProfileReader(document, request).read();
	return {
		app: request.app ?? request.fallbackApp,
		environment: request.environment ?? "production",
		only: false,
		hooks: {},
		layer: {
			source: path,
			raw: {}
		},
		problems: document.problems.map(toProblem),
		environments: []
	};
}
var ProfileReader = class {
	#document;
	#request;
	#problems = [];
	#raw = {};
	#hooks = {};
	constructor(document, request) {
		this.#document = document;
		this.#request = request;
	}
	read() {
		const top = this.#map(this.#document.root, `${this.#document.path}:1`, "the file");
		this.#unknown(top, ["app", "environments"], "at the top of the file");
		const appNode = top.find((entry) => entry.key === "app");
		const environments = this.#environments(top);
		const names = environments.map((entry) => entry.key);
		const name = this.#request.environment ?? (names.length === 1 ? names[0] : void 0) ?? "production";
		const chosen = environments.find((entry) => entry.key === name);
		if (chosen !== void 0 && (this.#request.environment !== void 0 || names.length === 1)) this.#environment(chosen);
		const problems = [...this.#choiceProblems(names), ...this.#problems.map(toProblem)];
		return {
			app: this.#request.app ?? this.#appName(appNode) ?? this.#request.fallbackApp,
			environment: name,
			only: names.length === 1 && names[0] === name,
			hooks: this.#hooks,
			layer: {
				source: this.#document.path,
				raw: this.#raw
			},
			problems,
			environments: names
		};
	}
	#environments(top) {
		const entry = top.find((one) => one.key === "environments");
		return entry?.value ? this.#map(entry.value, entry.at, "`environments`") : [];
	}
	#choiceProblems(names) {
		const given = this.#request.environment;
		if (given === void 0 && names.length > 1) return [{
			input: "environment",
			message: `must be given: ${this.#document.path} has ${names.join(", ")}`
		}];
		if (given === void 0 || names.length === 0 || names.includes(given) || this.#request.mayBeNew === true) return [];
		const near = nearest(given, names);
		return [{
			input: "environment",
			message: `is ${JSON.stringify(given)}, which ${this.#document.path} does not have${near === void 0 ? `: it has ${names.join(", ")}` : `; did you mean ${JSON.stringify(near)}?`}`
		}];
	}
	#appName(entry) {
		if (!entry?.value) return void 0;
		if ((0, import_dist.isScalar)(entry.value)) return scalarText(entry.value) || void 0;
		this.#problems.push({
			at: entry.at,
			message: "`app` must be the app's name"
		});
	}
	#environment(environment) {
		const shared = this.#request.sections.find((section) => section.name === "")?.inputs ?? {};
		const settings = settable(shared).filter((name) => !NOT_IN_ENVIRONMENT.has(name));
		const sections = this.#request.sections.filter((section) => section.name !== "");
		const entries = this.#map(environment.value, environment.at, `\`${environment.key}\``);
		const known = [
			...settings,
			...sections.map((section) => section.name),
			"hooks"
		];
		for (const entry of this.#unknown(entries, known, `in \`${environment.key}\``, shared)) {
			const section = sections.find((one) => one.name === entry.key);
			if (entry.key === "hooks") this.#readHooks(entry);
			else if (section !== void 0) this.#section(section, entry);
			else this.#setting("", entry, shared[entry.key]);
		}
	}
	#section(section, entry) {
		const settings = this.#map(entry.value, entry.at, `\`${section.name}\``);
		for (const setting of this.#unknown(settings, settable(section.inputs), `in \`${section.name}\``, section.inputs)) this.#setting(section.name, setting, section.inputs[setting.key]);
	}
	#setting(section, { key, value, at }, spec) {
		if (spec === void 0) return;
		const reading = readValue(this.#document, value, spec);
		const wrong = "problem" in reading ? reading.problem : checkText(reading.text, spec);
		if (wrong === "SECRET") {
			const reference = spec.plainWhen?.("env:NAME") === true ? `\`${key}: env:NAME\` or ` : "";
			this.#problems.push({
				at,
				message: `\`${key}\` holds a secret, and files are no place for one: use ${reference}${variableName(section, key)}, and change the secret`
			});
		} else if (wrong !== void 0) this.#problems.push({
			at,
			message: `\`${key}\` ${wrong}; it must be ${spec.kind.form}`
		});
		else if ("text" in reading && reading.text !== "") (this.#raw[section] ??= {})[key] = reading.text;
	}
	#readHooks(entry) {
		const { hooks, problems } = readHooks(this.#document, entry.value, entry.at);
		this.#hooks = hooks;
		this.#problems.push(...problems);
	}
	#map(node, at, what) {
		const value = this.#document.resolve(node);
		if ((0, import_dist.isMap)(value)) return this.#document.entries(value);
		if (value !== null && !((0, import_dist.isScalar)(value) && value.value === null)) this.#problems.push({
			at,
			message: `${what} must be a map of \`name: value\``
		});
		return [];
	}
	#unknown(entries, known, where, declared = {}) {
		return entries.filter(({ key, at }) => {
			if (known.includes(key)) return true;
			this.#problems.push({
				at,
				message: `\`${key}\` ${whyUnknown(key, known, where, declared)}`
			});
			return false;
		});
	}
};
const MOST_NAMED = 24;
function whyUnknown(key, known, where, declared) {
	const isDeclared = Object.hasOwn(declared, key);
	if (NOT_IN_ENVIRONMENT.has(key) && isDeclared) return "stands at the top of the file, not in an environment";
	if (isDeclared) return "is said by each run, not by the file";
	const near = nearest(key, known);
	if (near !== void 0) return `is not known ${where}; did you mean \`${near}\`?`;
	return `is not known ${where}${known.length > MOST_NAMED ? "" : `; known there: ${known.join(", ")}`}`;
}
function toProblem({ at, message }) {
	const cut = at.lastIndexOf(":");
	return {
		input: at,
		message,
		place: {
			file: at.slice(0, cut),
			line: Number(at.slice(cut + 1))
		}
	};
}
export { readProfile };
