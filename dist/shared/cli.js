import "./rolldown-runtime.js";
import { $ as oneLine, A as systemClock, Ar as Failure, D as inheritable, E as stopOnSignals, H as endingLines, J as secretsIn, Nn as quote, O as readerIn, Or as variableName, Pr as refusal, T as leaveSoon, Tn as _usingCtx, U as endingOf, V as Masker, X as suspiciousVariables, Y as sectionsFor, Z as sections, _ as readOnLine, a as shownFlags, b as wholeVersion, br as formatDuration, dt as DEFAULT_FILE, et as printable, ft as loadProfile, i as readFlags, ir as nearest, k as realPorts, kr as Cancelled, l as outcomeLines, n as describe, q as prepareCall, r as leadingWords, s as openAll, t as FACE_FLAGS, u as cut, v as releases, w as programWords, wr as quoted, x as Story, y as version } from "./start.js";
import { join } from "node:path";
import { existsSync } from "node:fs";
// src/faces/terminal/ask.ts
function askAt({ stdin, stderr }, signal) {
	if (stdin?.isTTY !== true || stderr.isTTY !== true) return void 0;
	return async (question) => {
		const { createInterface } = await import("node:readline/promises");
		const lines = createInterface({
			input: stdin,
			output: process.stderr,
			terminal: true
		});
		try {
			const closed = new Promise((_, reject) => {
				const stop = () => reject(new Cancelled());
				lines.once("close", stop);
				lines.once("SIGINT", stop);
			});
			return await Promise.race([lines.question(`${question} `, { signal }), closed]);
		} catch (error) {
			if (signal.aborted) throw new Cancelled();
			throw error;
		} finally {
			lines.close();
		}
	};
}
// src/faces/terminal/bare.ts
function isSetUp(cwd) {
	return existsSync(join(cwd, DEFAULT_FILE));
}
async function withoutWords({ cwd, env, sections, program, status }) {
	const line = (what, ...words) => `${quote([...program, ...words])}  # ${what}`;
	const { environments } = await loadProfile({
		read: readerIn(cwd),
		sections
	});
	const said = env["SAVEPOINT_ENVIRONMENT"] ?? "";
	if (environments.length > 1 && said === "") {
		const lines = environments.map((name) => line(`where ${name} stands`, "status", "--environment", name));
		return {
			outputs: {},
			headline: `${DEFAULT_FILE} names ${environments.join(", ")}`,
			blocks: [next(lines)]
		};
	}
	const lines = [
		line("what the next deploy would do", "deploy", "--dry-run"),
		line("what there is to go back to", "list"),
		line("all commands", "help")
	];
	try {
		const outcome = await status();
		return (outcome.ways ?? []).length > 0 ? outcome : {
			...outcome,
			blocks: [...outcome.blocks, next(lines)]
		};
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "no-state") throw error;
		const first = line("whether all is there that the first deploy needs", "doctor");
		return {
			outputs: {},
			headline: "Nothing was deployed yet",
			blocks: [{
				kind: "text",
				text: error.message
			}, next([first, ...lines])]
		};
	}
}
function next(lines) {
	return {
		kind: "code",
		title: "Next",
		lines
	};
}
// src/faces/terminal/help.ts
const EXITS = ["Exit codes: 0 done, or nothing to do · 1 failed, and everything is as before or was rolled back ·", "2 refused before anything was touched · 3 failed and needs a person · 130 cancelled."];
function greeting(program) {
	return [
		"savepoint: a deploy is a transaction over code and database.",
		"",
		"There is no savepoint.yml in this folder. In the checkout of an app that is to be deployed, begin with:",
		`  ${program} init`,
		"It looks at the checkout, writes the settings and workflows, and says what is still missing.",
		"",
		"On a host that is in use, from any folder:",
		`  ${program} status --host user@server --environment production`,
		"",
		`All commands: ${program} help`
	];
}
const COMPLETION = "Prints the script that completes commands, flags and environments in `bash`, `zsh` or `fish`.";
const COMPLETION_HELP = [
	`savepoint completion: ${COMPLETION.replaceAll("`", "")}`,
	"",
	"Usage: savepoint completion bash|zsh|fish",
	"",
	"E.g. in bash, for this shell alone:",
	"  eval \"$(savepoint completion bash)\""
];
function overview(operations) {
	return [
		"savepoint: a deploy is a transaction over code and database.",
		"",
		"Usage: savepoint <operation> [--flag value …]",
		"",
		...columns([...operations.flatMap(({ name, description, also = {} }) => [[name, description], ...Object.entries(also)]), ["completion", COMPLETION]]),
		"",
		"savepoint <operation> --help shows its flags. Settings also come from SAVEPOINT_* variables and savepoint.yml.",
		"",
		...EXITS
	];
}
function helpOf(operation) {
	const flags = shownFlags(operation);
	const own = flags.filter((one) => one.section !== "");
	const shared = flags.filter((one) => one.section === "");
	const words = (operation.positionals ?? []).map((name, index, all) => ` [${name}${index === all.length - 1 && index > 0 ? " …" : ""}]`).join("");
	return [
		`savepoint ${operation.name}: ${operation.description}`,
		"",
		`Usage: savepoint ${operation.name}${words} [--flag value …]`,
		...operation.example === void 0 ? [] : [
			"",
			`E.g. savepoint ${operation.name} ${operation.example.flags}`,
			...operation.example.about
		],
		...titled("Its own:", own.filter((one) => !one.spec.secret)),
		...titled("Shared by all operations:", shared.filter((one) => !one.spec.secret)),
		...secrets(flags),
		"",
		"Everywhere:",
		...columns([
			["--json", "Print the result as JSON; the story goes to standard error."],
			["--quiet", "Print the result, failures and warnings only."],
			["--verbose", "Print every detail, too (also: --debug)."],
			["--help", "This."]
		]),
		"",
		...EXITS
	];
}
function titled(title, flags) {
	if (flags.length === 0) return [];
	return [
		"",
		title,
		...columns(flags.map((one) => [usage(one), describe(one)]))
	];
}
function secrets(flags) {
	const all = flags.filter((one) => one.spec.secret);
	if (all.length === 0) return [];
	return [
		"",
		"Secrets, as environment variables:",
		...columns(all.map((one) => [variableName(one.section, one.input), describe(one)]))
	];
}
function usage({ name, bare }) {
	return bare ? `--${name}` : `--${name} VALUE`;
}
function columns(rows, width = 100) {
	const first = Math.min(28, Math.max(...rows.map(([name]) => name.length)));
	return rows.flatMap(([name, text]) => {
		const [head = "", ...rest] = wrapped(text, Math.max(30, width - first - 4));
		return [...name.length > first ? [`  ${name}`, `  ${" ".repeat(first)}  ${head}`] : [`  ${name.padEnd(first)}  ${head}`], ...rest.map((line) => `  ${" ".repeat(first)}  ${line}`)];
	});
}
function wrapped(text, width) {
	const lines = [];
	for (const word of text.replaceAll("`", "").split(/\s+/)) {
		const line = lines.at(-1);
		if (line === void 0 || line.length + 1 + word.length > width) lines.push(word);
		else lines[lines.length - 1] = `${line} ${word}`;
	}
	return lines;
}
// src/faces/terminal/voice.ts
const CODES = {
	red: 31,
	green: 32,
	yellow: 33,
	dim: 2,
	bold: 1
};
function paint(screen, colour, text) {
	return screen.colour ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}
function terminalVoice(screen, told) {
	const line = (text, depth) => {
		for (const one of printable(text).split("\n")) screen.line("  ".repeat(depth) + one);
	};
	const warning = (text) => {
		const [first = "", ...rest] = printable(text).split("\n");
		screen.line(`${paint(screen, "yellow", "Warning:")} ${first}`);
		for (const one of rest) screen.line(`  ${one}`);
	};
	const nothing = () => void 0;
	if (told === "warnings") return {
		open: nothing,
		close: nothing,
		line: nothing,
		headline: nothing,
		detail: nothing,
		notice: nothing,
		warning,
		hide: nothing
	};
	const { moving } = screen;
	return {
		open: (title) => line(paint(screen, "dim", `· ${printable(title)}`), 0),
		close: nothing,
		line,
		headline: (text, state, depth) => {
			const [mark, colour] = {
				done: ["✓", "green"],
				failed: ["✗", "red"],
				cancelled: ["⏹", "yellow"]
			}[state];
			screen.line(`${"  ".repeat(depth)}${paint(screen, colour, mark)} ${printable(text)}`);
		},
		detail: (text) => {
			if (told === "everything") for (const one of printable(text).split("\n")) screen.line(paint(screen, "dim", `  [debug] ${one}`));
		},
		notice: (text) => line(text, 0),
		warning,
		hide: nothing,
		...moving !== void 0 && { going: (now) => moving.show(now) }
	};
}
// src/faces/terminal/result.ts
const MARKS$1 = {
	0: ["✓", "green"],
	1: ["✗", "red"],
	3: ["!", "yellow"]
};
function printOutcome(outcome, { out, err, masker, json, operation }) {
	const told = masker.maskAll(outcome);
	const story = json ? err : out;
	const [sign, colour] = MARKS$1[told.exit ?? 0];
	const mark = paint(story, colour, sign);
	story.line(`${mark} ${paint(story, "bold", printable(told.headline))}`);
	for (const line of outcomeLines(told, story.columns)) story.line(printable(line));
	if (!json) return;
	const { headline, outputs, details, ways = [], exit = 0 } = told;
	out.line(JSON.stringify({
		operation,
		result: "done",
		exit,
		headline,
		outputs,
		next: ways[0]?.command,
		ways,
		details
	}, null, 2));
}
function printEnding(error, { out, err, masker, json, operation, debug }) {
	const ending = masker.maskAll(endingOf(error));
	const [first = "", ...rest] = printable(ending.message).split("\n");
	err.line(`${ending.state === "cancelled" ? paint(err, "yellow", "⏹") : paint(err, "red", "✗")} ${paint(err, "bold", first)}`);
	for (const line of rest) err.line(line);
	const seen = endingLines({
		...ending,
		now: [],
		hint: void 0,
		ways: []
	});
	const shown = outcomeLines({ blocks: ending.blocks }, err.columns);
	for (const line of [
		...seen,
		...shown,
		...endingLines({
			...ending,
			evidence: []
		})
	]) err.line(printable(line));
	if (ending.code !== void 0) err.line(readOnLine(ending.code));
	if (debug) for (const line of printable(ending.trace).split("\n")) err.line(paint(err, "dim", `  [debug] ${line}`));
	if (json) {
		const { message, code, hint, evidence, now, ways, outputs } = ending;
		const next = ways[0]?.command;
		out.line(JSON.stringify({
			operation,
			result: ending.state,
			exit: ending.exit,
			message,
			code,
			hint,
			evidence,
			state: now,
			next,
			ways,
			outputs
		}, null, 2));
	}
	return ending.exit;
}
// src/faces/terminal/moving-line.ts
const EVERY_MS = 125;
const FIRST_MS = 400;
const MARKS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const CLEAR = "\r\x1B[2K";
const COLUMNS = 80;
var MovingLine = class {
	#terminal;
	#now;
	#going;
	#timer;
	#shownAt = 0;
	#shown = false;
	#turn = 0;
	constructor(terminal, now) {
		this.#terminal = terminal;
		this.#now = now;
	}
	show(going) {
		this.#going = going;
		if (going === void 0) return this[Symbol.dispose]();
		if (this.#timer !== void 0) return;
		this.#shownAt = this.#now() + FIRST_MS;
		this.#timer = setInterval(() => this.draw(), EVERY_MS);
		this.#timer.unref();
	}
	over(text) {
		this.#clear();
		this.#terminal.write(text);
	}
	draw() {
		const now = this.#now();
		if (this.#going === void 0 || now < this.#shownAt) return;
		const { title, at, since } = this.#going;
		this.#turn = (this.#turn + 1) % 10;
		const taken = formatDuration(Math.floor(Math.max(0, now - since) / 1e3) * 1e3);
		const time = now - since < 1e3 ? "" : ` (${taken.replace(".0 s", " s")})`;
		const room = (this.#terminal.columns ?? COLUMNS) - 1;
		const told = [title, at].filter((text) => text !== "").join(": ");
		const text = cut(`${MARKS[this.#turn]} ${oneLine(told)}`, room - time.length);
		this.#terminal.write(`${CLEAR}${text}${room > time.length ? time : ""}`);
		this.#shown = true;
	}
	[Symbol.dispose]() {
		clearInterval(this.#timer);
		this.#timer = void 0;
		this.#clear();
	}
	#clear() {
		if (this.#shown) this.#terminal.write(CLEAR);
		this.#shown = false;
	}
};
// src/faces/terminal/screen.ts
function screenOf(stream, env) {
	const colour = wantsColour(stream, env);
	const columns = stream.isTTY === true && (stream.columns ?? 0) > 0 ? stream.columns : void 0;
	if (!mayMove(stream, env)) return {
		line: (text) => void stream.write(`${text}\n`),
		colour,
		columns
	};
	const moving = new MovingLine(stream, () => Date.now());
	return {
		line: (text) => moving.over(`${text}\n`),
		colour,
		columns,
		moving
	};
}
function wantsColour({ isTTY }, env) {
	const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = env;
	if ((NO_COLOR ?? "") !== "") return false;
	if (FORCE_COLOR !== void 0) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
	if ((CLICOLOR_FORCE ?? "0") !== "0" && CLICOLOR_FORCE !== "") return true;
	return isTTY === true && TERM !== "dumb" && CLICOLOR !== "0";
}
function mayMove({ isTTY }, { TERM, CI }) {
	return isTTY === true && TERM !== "dumb" && [
		"",
		"0",
		"false",
		void 0
	].includes(CI?.toLowerCase());
}
// src/faces/terminal/terminal.ts
async function runTerminal(words, world) {
	const { process: program } = world;
	const out = screenOf(program.stdout, program.env);
	const err = screenOf(program.stderr, program.env);
	const masker = new Masker();
	const json = words.includes("--json");
	const result = {
		out,
		err,
		masker,
		json,
		operation: words[0] ?? "savepoint"
	};
	for (const stream of [program.stdout, program.stderr]) stream.on("error", () => void 0);
	const over = new AbortController();
	let news;
	try {
		const asked = await help(words, world);
		if (asked !== void 0) return asked.forEach((line) => out.line(line));
		if (words[0] === "completion") return await printCompletion(words.slice(1), world);
		askForNews(world, words, {
			signal: over.signal,
			tell: (text) => void (news = text)
		});
		const telling = {
			masker,
			screen: json ? err : out
		};
		const outcome = words.length === 0 ? await bare(world, telling) : await perform(words, world, telling);
		printOutcome(outcome, result);
		program.exitCode = outcome.exit ?? 0;
	} catch (error) {
		program.exitCode = printEnding(error, {
			...result,
			debug: words.includes("--debug") || words.includes("--verbose")
		});
	}
	over.abort();
	if (news !== void 0) err.line(news);
	leaveSoon(program);
}
function askForNews({ process: { env, stderr, stdout }, version, releases }, words, { signal, tell }) {
	if (releases === void 0 || !mayMove(stderr, env) || !mayMove(stdout, env) || words.includes("--quiet")) return;
	if ((env["SAVEPOINT_NO_UPDATE_CHECK"] ?? "") !== "") return;
	import("./newer-release.js").then(async ({ newerRelease }) => tell(await newerRelease({
		version,
		releases,
		env,
		signal,
		now: Date.now()
	}))).catch(() => void 0);
}
async function help(words, { operations, version, wholeVersion = version, process }) {
	const [first, ...rest] = words;
	if (first === void 0) return isSetUp(process.cwd()) ? void 0 : greeting(quote(programWords(process)));
	if (first === "help" || first === "--help" || first === "-h") {
		if (rest[0] === "completion") return COMPLETION_HELP;
		const named = operationIn(rest, operations);
		return named === void 0 ? overview(await openAll(operations)) : helpOf(await named.open());
	}
	if (first === "--version") return [wholeVersion];
	if (first === "completion" && (rest.includes("--help") || rest.includes("-h"))) return COMPLETION_HELP;
	const asked = rest.includes("--help") || rest.includes("-h") ? operationIn(words, operations) : void 0;
	return asked === void 0 ? void 0 : helpOf(await asked.open());
}
async function bare(world, telling) {
	const { process: program, sections } = world;
	const status = async () => await perform(["status"], world, telling);
	const { env } = program;
	return await withoutWords({
		cwd: program.cwd(),
		env,
		sections,
		program: programWords(program),
		status
	});
}
async function printCompletion(words, { process: program, operations }) {
	const { completion } = await import("./completion.js");
	program.stdout.write(completion(words, await openAll(operations)));
}
async function perform(words, world, { masker, screen }) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { env, stdout, stderr } = world.process;
		const { open, rest } = operationIn(words, world.operations) ?? await refuseName(words[0] ?? "", world.operations);
		const operation = await open();
		const { given, problems, face } = readFlags(operation, rest);
		const sources = {
			operation,
			given,
			problems,
			env,
			sections: sectionsFor(operation, world.sections)
		};
		if (face.has("quiet") && (face.has("verbose") || face.has("debug"))) throw refusal("--quiet and --verbose cannot both be meant.", {
			code: "usage",
			hint: "Give one of them."
		});
		const story = _usingCtx$1.u(new Story({
			voice: terminalVoice(screen, told(face)),
			masker,
			clock: systemClock
		}));
		for (const secret of secretsIn(sources)) story.mask(secret);
		for (const token of ["GITHUB_TOKEN", "GH_TOKEN"]) masker.add(env[token] ?? "", token);
		for (const text of suspiciousVariables(sources)) story.warning(text);
		const stopping = _usingCtx$1.u(stopOnSignals(world.process, {
			first: (why) => story.say(`${why}: stopping safely; once more leaves at once.`),
			again: () => {
				screen.moving?.show(void 0);
				world.process.exit(130);
			}
		}));
		for (const stream of [stdout, stderr]) stream.on("error", () => stopping.stop("The output cannot be written"));
		const cwd = world.process.cwd();
		const ports = realPorts({
			env: inheritable(env, sources.sections),
			cwd,
			terminal: true,
			program: programWords(world.process),
			ask: askAt(world.process, stopping.signal),
			report: story,
			signal: stopping.signal
		});
		const here = _usingCtx$1.a(ports.here);
		const prepared = await prepareCall(sources, {
			read: readerIn(cwd),
			fallbackApp: await repositoryName(here, cwd)
		});
		return await stopping.guard(async () => await operation.run({
			...prepared,
			ports
		}));
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
function operationIn(words, operations) {
	for (const count of [2, 1]) {
		const name = words.slice(0, count).join(" ");
		const open = Object.hasOwn(operations, name) ? operations[name] : void 0;
		if (open !== void 0) return {
			open,
			rest: words.slice(count)
		};
	}
}
async function refuseName(name, operations) {
	const names = [
		...Object.keys(operations),
		"completion",
		"help"
	];
	if (name.startsWith("-")) {
		const near = nearest(name.replace(/^-+/, ""), FACE_FLAGS);
		throw refusal(`The operation comes first: savepoint <operation> ${/^--?[a-z-]{1,40}$/.test(name) ? name : "--flag value"}.`, {
			code: "usage",
			hint: near === void 0 ? `Operations: ${names.join(", ")}.` : `Did you mean --${near}?`
		});
	}
	const near = (await openAll(operations)).flatMap((one) => longerNames(one)).find((one) => one.endsWith(` ${name}`)) ?? nearest(name, names);
	throw refusal(`There is no operation ${quoted(name)}.`, {
		code: "usage",
		hint: near === void 0 ? `There are: ${names.join(", ")}.` : `Did you mean \`savepoint ${near}\`?`
	});
}
function longerNames(operation) {
	return [operation.name, ...leadingWords(operation).map((word) => `${operation.name} ${word}`)];
}
async function repositoryName(here, cwd) {
	const ask = async (...words) => {
		const { code, stdout } = await here.run({
			words: ["git", ...words],
			cwd
		});
		return code === 0 ? stdout.trim() : "";
	};
	try {
		return (await ask("config", "--get", "remote.origin.url") || await ask("rev-parse", "--show-toplevel")).replace(/\/+$/, "").replace(/\.git$/, "").split(/[/:\\]/).at(-1) || void 0;
	} catch {
		return;
	}
}
function told(face) {
	if (face.has("quiet")) return "warnings";
	return face.has("verbose") || face.has("debug") ? "everything" : "story";
}
// src/cli.ts
runTerminal(process.argv.slice(2), {
	process,
	operations: {
		backup: async () => (await import("./backup2.js")).backup,
		migrate: async () => (await import("./migrate2.js")).migrate,
		"migrate new": async () => (await import("./new-migration.js")).newMigration,
		rollout: async () => (await import("./rollout.js")).rollout,
		"health-check": async () => (await import("./health-check.js")).healthCheck,
		"mark-stable": async () => (await import("./mark-stable.js")).markStable,
		rollback: async () => (await import("./rollback.js")).rollback,
		recover: async () => (await import("./recover2.js")).recover,
		restore: async () => (await import("./restore2.js")).restore,
		deploy: async () => (await import("./deploy.js")).deploy,
		doctor: async () => (await import("./doctor.js")).doctor,
		init: async () => (await import("./init.js")).init,
		list: async () => (await import("./list.js")).list,
		logs: async () => (await import("./logs.js")).logs,
		journal: async () => (await import("./journal.js")).journal,
		status: async () => (await import("./status.js")).status,
		unlock: async () => (await import("./unlock.js")).unlock,
		notify: async () => (await import("./notify2.js")).notify,
		"drop-replaced": async () => (await import("./drop-replaced.js")).dropReplaced
	},
	sections,
	version,
	wholeVersion,
	releases
});
export {};
