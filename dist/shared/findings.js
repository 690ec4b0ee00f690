import { a as formatCount, d as Cancelled, f as Failure, g as refusal, h as messageOf, n as reveal, o as formatDuration, p as clauseOf } from "./secret.js";
import { a as variableName } from "./nearest.js";
import { n as inQuotes, r as quote } from "./within.js";
import { n as oneLine, r as printable } from "./printable.js";
import { a as Ending, c as outputFailure, g as dialLocal, h as NOTE, i as feed, l as drain, n as Frame, o as inputFailure, p as finishWords, r as Output, s as lineHandler, t as Lane, u as Lanes } from "./lane.js";
import { randomBytes } from "node:crypto";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { readFile, rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { once } from "node:events";
import { homedir, hostname, userInfo } from "node:os";
import { spawn } from "node:child_process";
import { accessSync, constants as constants$1, realpathSync, statSync } from "node:fs";
// src/core/commit.ts
function isFullCommit(text) {
	return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
function fullCommit(text) {
	if (!isFullCommit(text)) throw new Failure(`${JSON.stringify(text)} is not a full commit id.`, { code: "unknown-commit" });
	return text;
}
// src/github/repository.ts
function repositoryOf(env) {
	const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
	return owner === "" || repo === "" ? void 0 : {
		owner,
		repo
	};
}
// src/faces/sentence.ts
function sentence(text) {
	const trimmed = text.trimEnd();
	if (trimmed === "") return text;
	const begun = /^[a-z]+(?=[\s,]|:(?!\/\/)|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
	return /[\p{L}\p{N})\]"'`%»]$/u.test(begun) ? `${begun}.` : begun;
}
// src/faces/ways.ts
function waysTitle(ways, inTurn = false) {
	if (ways.length === 1) return "Next command:";
	return inTurn ? "Still to be done, one after the other:" : "Ways on, the safest first:";
}
const MOST_SHOWN = 3;
function wayLines(ways, pressed = () => void 0, short, inTurn = false) {
	if (ways.length === 0) return [];
	const shown = short === void 0 ? ways : ways.slice(0, MOST_SHOWN);
	const left = ways.length - shown.length;
	const each = shown.flatMap((way, at) => {
		const button = pressed(way);
		return [
			`  ${ways.length === 1 ? "" : `${at + 1}. `}${way.means}`,
			...button === void 0 ? [] : [`     ${button}`, "     Or at a terminal:"],
			`     ${way.command}`
		];
	});
	return [
		"",
		waysTitle(ways, inTurn),
		...each,
		...left > 0 && short !== void 0 ? [`  ${formatCount(left)} more: ${short.rest}.`] : []
	];
}
// src/machine/process/group-end.ts
async function endGroup(leader) {
	if (leader === void 0) return true;
	const [program = "", ...rest] = finishWords(leader);
	const child = spawn(program, rest, {
		detached: true,
		stdio: "ignore"
	});
	return await new Promise((done) => {
		child.once("error", () => done(false));
		child.once("exit", (code) => done(code === 0));
	});
}
// src/machine/process/local-lane.ts
const SCRIPT_LIMIT = 131072;
const SIGNALS = 128;
async function openLocalLane(env) {
	const child = spawn("sh", [], {
		env,
		detached: true,
		stdio: [
			"pipe",
			"pipe",
			"pipe"
		]
	});
	const streams = [
		child.stdin,
		child.stdout,
		child.stderr
	];
	child.stdin.on("error", () => void 0);
	const leader = await new Promise((done, fail) => {
		child.once("error", fail);
		child.once("spawn", () => done(child.pid ?? 0));
	});
	let waiting = false;
	const closed = Promise.race([once(child, "close"), once(child, "exit").then(async () => waiting && await endGroup(leader))]);
	return new Lane({
		leader,
		stdout: child.stdout,
		stderr: child.stderr,
		write: (script) => void child.stdin.write(script),
		close: () => void child.stdin.end(),
		closed,
		awaited: (now) => {
			waiting = now;
			for (const one of [child, ...streams]) if (now) one.ref();
			else one.unref();
		}
	});
}
function laneScript({ words, stdin, cwd }, boundary) {
	if (words.some((word) => word.includes("\0"))) return void 0;
	const run = `exec ${quote(words)}`;
	const script = [
		"(",
		...cwd === void 0 ? [] : [`cd -P -- ${inQuotes(resolve(cwd))} >/dev/null 2>&1 || { echo ${boundary} no-folder >&2; exit 1; }`],
		`echo ${boundary}; echo ${boundary} started >&2`,
		stdin === void 0 ? run : `printf %s ${inQuotes(stdin)} | { ${run}; }`,
		") </dev/null && savepoint_c=0 || savepoint_c=$?",
		`echo ${boundary} end $savepoint_c; echo ${boundary} end $savepoint_c >&2`,
		""
	].join("\n");
	return script.length > SCRIPT_LIMIT ? void 0 : script;
}
function fitsLane({ repeatable, words, stdin, stdout, onLine, noteIn, env }) {
	return repeatable === true && words[0] === "sh" && [
		stdout,
		onLine,
		noteIn,
		env
	].every((one) => one === void 0) && (stdin === void 0 || typeof stdin === "string" && stdin.length <= SCRIPT_LIMIT && !stdin.includes("\0"));
}
async function runInLocalLane(lanes, command) {
	if (!fitsLane(command)) return void 0;
	const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
	const script = laneScript(command, boundary);
	if (script === void 0) return void 0;
	const ending = new Ending("sh", command);
	const lane = await lanes.take().catch(() => void 0);
	if (lane === void 0) return void 0;
	try {
		return await takeTurn(lane, command, {
			ending,
			boundary,
			script
		});
	} finally {
		ending.release();
		lanes.give(lane);
	}
}
async function takeTurn(lane, command, { ending, boundary, script }) {
	const began = performance.now();
	const stdout = new Output(void 0, command.whole === true ? Infinity : void 0);
	const stderr = new Output();
	const frames = {
		stdout: new Frame(boundary, (chunk) => stdout.push(chunk)),
		stderr: new Frame(boundary, (chunk) => stderr.push(chunk))
	};
	lane.begin(script, frames);
	ending.endWith(async () => {
		lane.close();
		return await endGroup(lane.shell.leader);
	});
	const [code] = await Promise.race([Promise.all([frames.stdout.ended, frames.stderr.ended]), ending.over().then(() => [void 0])]);
	const finished = {
		code: code === void 0 ? null : Number(code),
		signal: null,
		stdout: stdout.text(),
		stderr: stderr.text(),
		durationMs: performance.now() - began
	};
	await ending.throwIfEarly(finished);
	if (code === void 0) {
		lane.close();
		return;
	}
	return (await frames.stderr.begun)?.trim() === "started" && Number(code) <= SIGNALS ? finished : void 0;
}
// src/machine/process/local.ts
function localMachine({ env } = {}) {
	const lanes = env === void 0 || importsFunctions(env) ? void 0 : new Lanes(async () => await openLocalLane({ ...env }));
	return {
		name: "this machine",
		login: `${userName()}@${hostname()}`,
		local: true,
		run: async (command) => (lanes && await runInLocalLane(lanes, command)) ?? await run(command, env),
		dial: dialLocal,
		[Symbol.asyncDispose]: async () => void lanes?.giveUp()
	};
}
function importsFunctions(env) {
	return Object.keys(env).some((name) => name.startsWith("BASH_FUNC_"));
}
function userName() {
	try {
		return userInfo().username;
	} catch {
		return String(process.getuid?.() ?? "unknown");
	}
}
async function run(command, inherited) {
	const started = performance.now();
	const [program] = command.words;
	if (program === void 0 || program === "") throw new Failure("The command has no program.", { code: "not-found" });
	const ending = new Ending(program, command);
	requireFolder(command.cwd, "working folder");
	if (command.noteIn !== void 0) requireFolder(dirname(command.noteIn), "folder for running commands");
	const child = start(command, environment(command, inherited));
	const exited = exitOf(child, program);
	const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : void 0);
	const stderr = new Output(lineHandler(command, "stderr", ending));
	const drains = [drain(child.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))), drain(child.stderr, stderr, () => void 0)];
	let cut = true;
	try {
		ending.endWith(async () => await endGroup(child.pid));
		feed(child.stdin, command.stdin, (error) => ending.fail(inputFailure(program, error)));
		const exit = await Promise.race([exited, ending.over()]);
		await Promise.race([Promise.all(drains.map(async (one) => await one.silence())), ending.over()]);
		cut = ending.early;
		await Promise.all(drains.map(async (one) => await one.close(cut)));
		const finished = {
			...exit,
			stdout: stdout.text(),
			stderr: stderr.text(),
			durationMs: performance.now() - started
		};
		await ending.throwIfEarly(finished);
		return finished;
	} finally {
		ending.release();
		for (const stream of [child.stdout, child.stderr]) stream.destroy();
		if (cut) command.stdout?.destroy();
		if (command.noteIn !== void 0) await rm(command.noteIn, { force: true });
	}
}
function environment(command, inherited) {
	const env = { ...inherited ?? process.env };
	for (const [name, value] of Object.entries(command.env ?? {})) env[name] = reveal(value);
	return env;
}
function requireFolder(folder, role) {
	if (folder === void 0) return;
	const found = statSync(folder, { throwIfNoEntry: false });
	if (found === void 0) throw new Failure(`The ${role} ${folder} does not exist on this machine.`, { code: "no-folder" });
	if (!found.isDirectory()) throw new Failure(`The ${role} ${folder} is not a folder.`, { code: "no-folder" });
}
function start(command, env) {
	const noted = command.noteIn === void 0 ? void 0 : resolve(command.noteIn);
	const [program = "", ...rest] = noted === void 0 ? command.words : [
		"sh",
		"-c",
		`${NOTE}\nnote "$1" "$2" || exit 126\nshift\nexec "$@"`,
		"sh",
		noted,
		...command.words
	];
	if (noted !== void 0 && !isRunnable(command, env)) throw notFound(command.words[0] ?? "");
	try {
		return spawn(program, rest, {
			cwd: command.cwd,
			env,
			detached: true,
			stdio: [
				command.stdin === void 0 ? "ignore" : "pipe",
				"pipe",
				"pipe"
			]
		});
	} catch (error) {
		throw couldNotStart(program, error);
	}
}
function isRunnable(command, env) {
	const program = command.words[0] ?? "";
	return (program.includes("/") ? [command.cwd ?? "."] : (env["PATH"] ?? "/usr/bin:/bin").split(":")).some((folder) => {
		const path = program.startsWith("/") ? program : join(folder, program);
		try {
			accessSync(path, constants$1.X_OK);
			return statSync(path).isFile();
		} catch {
			return false;
		}
	});
}
function exitOf(child, program) {
	const exited = new Promise((done, fail) => {
		child.once("error", (error) => fail(couldNotStart(program, error)));
		child.once("exit", (code, signal) => done({
			code,
			signal
		}));
	});
	exited.catch(() => void 0);
	return exited;
}
function notFound(program) {
	return new Failure(`${program} is not installed on this machine, or not in the PATH.`, {
		code: "not-found",
		hint: `Install ${program}, or give its full path.`
	});
}
function couldNotStart(program, error) {
	const code = error.code;
	if (code === "ENOENT") return notFound(program);
	if (code === "EACCES") return new Failure(`${program} may not be executed on this machine.`, {
		code: "not-executable",
		cause: error
	});
	return new Failure(`${program} could not be started: ${messageOf(error)}`, {
		code: "not-started",
		cause: error
	});
}
// src/faces/ports.ts
const systemClock = {
	now: () => new Date(),
	async sleep(ms, signal) {
		try {
			await setTimeout(ms, void 0, signal === void 0 ? {} : { signal });
		} catch (error) {
			if (signal?.aborted === true) throw new Cancelled();
			throw error;
		}
	}
};
function realPorts({ env, cwd, terminal, program, ask, report, signal }) {
	return {
		env,
		cwd,
		terminal,
		program,
		ask,
		here: localMachine({ env }),
		connect: async (target) => {
			const { connectSsh } = await import("./ssh.js");
			return await connectSsh(target, {
				terminal,
				home: homedir(),
				env,
				report,
				signal
			});
		},
		clock: systemClock,
		random: (bytes) => randomBytes(bytes).toString("hex"),
		report,
		signal
	};
}
const OF_ONE_REPOSITORY = new Set("DIR WORK_TREE IMPLICIT_WORK_TREE COMMON_DIR INDEX_FILE OBJECT_DIRECTORY ALTERNATE_OBJECT_DIRECTORIES QUARANTINE_PATH PREFIX SHALLOW_FILE GRAFT_FILE".split(" ").map((name) => `GIT_${name}`));
function inheritable(env, sections) {
	const secret = new Set(sections.flatMap((section) => Object.entries(section.inputs).flatMap(([name, spec]) => spec.secret ? [variableName(section.name, name)] : [])));
	return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("INPUT_") && !secret.has(name) && !OF_ONE_REPOSITORY.has(name)));
}
function readerIn(cwd) {
	return async (path) => {
		try {
			return await readFile(resolve(cwd, path), "utf8");
		} catch (error) {
			if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return void 0;
			throw refusal(`${path} cannot be read: ${clauseOf(error)}.`, {
				code: "no-file",
				cause: error,
				hint: "It is read for settings. Make it readable, or name another file as `config`."
			});
		}
	};
}
// src/faces/program.ts
const PROGRAM = "savepoint";
function programWords({ env, argv }) {
	const [interpreter = "node", file] = argv;
	if (file === void 0) return [PROGRAM];
	const own = real(file);
	if (own !== void 0 && real(onPath(withoutNpm(env), "savepoint") ?? "") === own) return [PROGRAM];
	return [onPath(env, "node") === void 0 ? interpreter : "node", file];
}
function programNote(env) {
	const repository = env["GITHUB_ACTION_REPOSITORY"] ?? "";
	const ref = env["GITHUB_ACTION_REF"] ?? "";
	const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
	return `\`savepoint\` is \`node dist/cli.js\` in a checkout of ${repository === "" ? "Savepoint's repository" : `${server}/${repository}${ref === "" ? "" : ` at ${ref}`}`}, or \`node cli.js\` of a release. With \`--host\` it works from every machine that reaches the host; without, only on this runner's machine.`;
}
function withoutNpm(env) {
	if (env["npm_command"] === void 0 && env["npm_lifecycle_event"] === void 0) return env;
	const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
	return {
		...env,
		PATH: folders.join(delimiter)
	};
}
function onPath(env, name) {
	return (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder)).map((folder) => join(folder, name)).find((path) => isExecutable(path));
}
function isExecutable(path) {
	try {
		accessSync(path, constants$1.X_OK);
		return true;
	} catch {
		return false;
	}
}
function real(path) {
	try {
		return realpathSync(path);
	} catch {
		return;
	}
}
// src/version.ts
const { version, homepage } = {
	"version": "0.1.0",
	"homepage": "https://github.com/OWNER/savepoint#readme"
};
const built = "COMMIT, DAY OF THE RELEASE";
const wholeVersion = /^[0-9a-f]{12}, /.test(built) ? `${version} (${built})` : version;
const releases = homepage.includes("/OWNER/") ? void 0 : `${homepage.replace(/#.*$/, "")}/releases`;
// src/faces/read-on.ts
const PAGE = `${homepage.replace(/#.*$/, "")}/blob/HEAD/docs/troubleshooting.md`;
const SQL_SECTIONS = [
	"08006",
	"23502",
	"23503",
	"23505",
	"23514",
	"25P02",
	"28000",
	"28P01",
	"3D000",
	"3F000",
	"40P01",
	"42501",
	"42601",
	"42703",
	"42P01",
	"42P04",
	"42P07",
	"53100",
	"53200",
	"53300",
	"55006",
	"55P03",
	"57014",
	"57P01",
	"57P03"
];
function readOn(code) {
	const told = !/^[0-9A-Z]{5}$/.test(code) || SQL_SECTIONS.some((one) => one === code);
	return `${PAGE}#${told ? code.toLowerCase() : "postgresql"}`;
}
function readOnLine(code) {
	return `Code ${code}: ${readOn(code)}`;
}
// src/faces/timeline.ts
const MARKS = {
	done: "✓",
	failed: "✗",
	"rolled-back": "↩",
	running: "…"
};
const TAGS = {
	done: "done, ",
	failed: "crit, ",
	"rolled-back": "active, ",
	running: ""
};
function mermaidTimeline(title, spans) {
	return [
		"gantt",
		`    title ${label(title)}`,
		"    dateFormat x",
		"    axisFormat %H:%M:%S",
		"    todayMarker off",
		...spans.map((span, index) => {
			return `    ${`${MARKS[span.state]} ${label(span.label)} (${formatDuration(span.end - span.start)})`} :${TAGS[span.state]}s${index}, ${span.start}, ${Math.max(span.end, span.start + 1)}`;
		})
	];
}
function label(text) {
	return oneLine(text).replaceAll(/[:;#,%<>&"`{}[\]\\|]/g, " ").replaceAll(/\s+/g, " ").trim().slice(0, 80);
}
function textTimeline(spans, width = 40) {
	const start = Math.min(...spans.map((span) => span.start));
	const total = Math.max(1, Math.max(...spans.map((span) => span.end)) - start);
	const longest = Math.max(...spans.map((span) => oneLine(span.label).length));
	return spans.map((span) => {
		const from = Math.min(width - 1, Math.floor((span.start - start) / total * width));
		const length = Math.max(1, Math.min(width - from, Math.round((span.end - span.start) / total * width)));
		const bar = `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width);
		return `${MARKS[span.state]} ${oneLine(span.label).padEnd(longest)}  ${bar}  ${formatDuration(span.end - span.start)}`;
	});
}
// src/core/finding.ts
const FINDING_STATES = [
	"fail",
	"warn",
	"unseen",
	"pass"
];
// src/faces/findings.ts
const FINDING_MARKS = {
	fail: "✗",
	warn: "!",
	unseen: "?",
	pass: "✓"
};
const FINDING_WORDS = {
	fail: "fails",
	warn: "warns",
	unseen: "could not look",
	pass: "passes"
};
function worstFirst(findings) {
	return FINDING_STATES.flatMap((state) => findings.filter((one) => one.state === state));
}
function findingLines(findings) {
	return worstFirst(findings).flatMap(({ state, about, seen, why, advice, mends = [] }) => [
		`${FINDING_MARKS[state]} ${about}: ${state === "pass" ? oneLine(seen) : oneLine(sentence(seen))}`,
		...(state === "pass" ? [] : [...why === void 0 ? [] : [why], ...advice === void 0 ? [] : printable(sentence(advice)).split("\n")]).map((line) => `    ${line}`),
		...mends.flatMap(({ means, command }) => [`    ${means}`, `      ${command}`])
	]);
}
export { repositoryOf as C, sentence as S, isFullCommit as T, readerIn as _, FINDING_STATES as a, wayLines as b, readOn as c, version as d, wholeVersion as f, inheritable as g, programWords as h, worstFirst as i, readOnLine as l, programNote as m, FINDING_WORDS as n, mermaidTimeline as o, PROGRAM as p, findingLines as r, textTimeline as s, FINDING_MARKS as t, releases as u, realPorts as v, fullCommit as w, waysTitle as x, systemClock as y };
