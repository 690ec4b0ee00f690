import { r as __toESM } from "./rolldown-runtime.js";
import { Ar as Failure, B as Lanes, Cn as formatAddress, Dn as lastLines, En as ending, F as Ending, I as inputFailure, L as lineHandler, M as Frame, Mn as inQuotes, N as Output, Nn as quote, Nr as messageOf, P as feed, Pr as refusal, R as outputFailure, Sn as dialLocal, ct as finishWords, dr as formatTarget, j as Lane, jr as clauseOf, kr as Cancelled, lr as Secret, lt as IDENTIFY, ot as FINISH, pr as isPath, ur as reveal, ut as NOTE, wn as within, z as drain } from "./start.js";
import { t as pLimit } from "./p-limit.js";
import { a as knownTypes, i as keyTypeIn, o as parseKnownHosts, r as judgeHostKey, t as fingerprintOf } from "./known-hosts.js";
import { n as require_lib, t as NodeSSH } from "./node-ssh.js";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { Transform } from "node:stream";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { constants } from "node:os";
// src/machine/ssh/boundary.ts
var BehindBoundary = class extends Transform {
	#boundary;
	#waiting = Buffer.alloc(0);
	#said = Promise.withResolvers();
	constructor(boundary) {
		super({
			readableHighWaterMark: 262144,
			writableHighWaterMark: 262144
		});
		this.#boundary = Buffer.from(boundary);
	}
	async said() {
		return await this.#said.promise;
	}
	get preamble() {
		return this.#waiting?.toString("utf8") ?? "";
	}
	_transform(chunk, _encoding, done) {
		if (this.#waiting === void 0) {
			done(null, chunk);
			return;
		}
		const all = Buffer.concat([this.#waiting, chunk]);
		const at = all.indexOf(this.#boundary);
		const end = at === -1 ? -1 : all.indexOf(10, at);
		if (end === -1) {
			this.#waiting = at === -1 ? all.subarray(-262144) : all.subarray(at);
			done();
			return;
		}
		this.#waiting = void 0;
		this.#said.resolve(all.toString("utf8", at + this.#boundary.length, end));
		done(null, all.subarray(end + 1));
	}
	_flush(done) {
		this.#said.resolve(void 0);
		done();
	}
	_destroy(error, done) {
		this.#said.resolve(void 0);
		done(error);
	}
};
// src/machine/ssh/job-script.ts
function jobTail(input) {
	return [
		`exec </dev/null >/dev/null 2>&1`,
		`${input === void 0 ? `( exec "$@" )` : `printf %s ${inQuotes(input)} | ( exec "$@" )`} >>"$savepoint_job/out" 2>>"$savepoint_job/err"`,
		`savepoint_code=$?`,
		`echo "$savepoint_code" >"$savepoint_job/exit.new" && mv -f "$savepoint_job/exit.new" "$savepoint_job/exit"`,
		`exit "$savepoint_code"`
	];
}
const MAKE_JOB = `
make_job() {
  mkdir -m 700 "$1" 2>/dev/null || return 1
  ( umask 077; : >"$1/out" && : >"$1/err" ) 2>/dev/null
}
`;
const FORESTALL = `
if mkdir -m 700 "$1" 2>/dev/null; then : >"$1/never"; fi
[ ! -e "$1/never" ] || echo never
`;
const FOLLOW = `${IDENTIFY}
alive() {
  { IFS= read -r pid && IFS= read -r start && IFS= read -r boot; } <note || return 1
  [ "$boot" = "$(boot)" ] && [ "$(started "$pid")" = "$start" ] || return 1
  case $(cat "/proc/$pid/stat" 2>/dev/null) in *') Z '*|*') X '*) return 1 ;; esac
}
cd "$1" 2>/dev/null || { echo gone; exit 0; }
if [ ! -f exit ] && [ ! -f note ]; then echo starting; exit 0; fi
if [ ! -f exit ] && alive; then echo running
elif [ -f exit ]; then echo "ended $(cat exit)"
else echo dead
fi
tail -c "+$2" out 2>/dev/null | head -c "$4"
tail -c "+$3" err 2>/dev/null | head -c "$4" >&2
exit 0
`;
const END_JOB = `${FINISH}
if mkdir -m 700 "$1" 2>/dev/null; then : >"$1/never"; fi
cd "$1" || exit 1
turns=50
while [ ! -f note ]; do
  [ ! -e never ] || exit 0
  [ "$turns" -gt 0 ] || exit 1
  sleep 0.1 2>/dev/null || sleep 1; turns=$((turns - 1))
done
{ IFS= read -r pid && IFS= read -r start && IFS= read -r boot; } <note || exit 1
[ "$boot" = "$(boot)" ] && [ "$(started "$pid")" = "$start" ] || exit 0
finish "$pid" "$start"
`;
// src/machine/ssh/remote-script.ts
function bootstrap(boundary) {
	return `exec sh -c 'savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do case $savepoint_l in "#${boundary}")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"'`;
}
const START_TIME = [
	`savepoint_start=`,
	`{ IFS= read -r savepoint_start </proc/$$/stat; } 2>/dev/null`,
	`set -f; set -- \${savepoint_start##*) }; set +f; savepoint_start=\${20-}`
];
function remoteScript(command, boundary, { input, job } = {}) {
	const { words, cwd, env = {}, noteIn } = command;
	const said = `savepoint_say "started $$ $savepoint_start"; printf '%s\\n' ${boundary}`;
	return `${[
		`unset CDPATH savepoint_s`,
		...START_TIME,
		`savepoint_say() { printf '%s %s\\n' ${boundary} "$1" >&2; }`,
		...Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : [],
		...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
		...cwd === void 0 ? [] : [`${quote([
			"cd",
			"--",
			cwd.startsWith("/") ? cwd : `./${cwd}`
		])} >/dev/null 2>&1 || { savepoint_say no-folder; exit 1; }`],
		quote([
			"set",
			"--",
			...words
		]),
		`command -v "$1" >/dev/null 2>&1 || { savepoint_say not-found; exit 1; }`,
		...noteIn === void 0 ? [] : noted(noteIn, job),
		...job === void 0 ? [said, input === void 0 ? `exec "$@"` : `printf %s ${inQuotes(input)} | { exec "$@"; }`] : [`( trap '' PIPE; ${said} )`, ...jobTail(input)],
		`#${boundary}`
	].join("\n")}\n`;
}
function noted(noteIn, job) {
	const note = `${quote(["note", noteIn])} "$1" 2>/dev/null`;
	if (job === void 0) return [NOTE, `${note} || { savepoint_say no-note; exit 1; }`];
	return [
		NOTE,
		MAKE_JOB,
		`savepoint_job=${inQuotes(job)}`,
		`make_job "$savepoint_job" || { savepoint_say no-note; exit 1; }`,
		`${note} && ${quote([
			"cp",
			"--",
			noteIn
		])} "$savepoint_job/note" || { rm -rf "$savepoint_job"; savepoint_say no-note; exit 1; }`
	];
}
function exported(name, value) {
	if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable on a host.`, { code: "bad-name" });
	return quote(["export", `${name}=${value}`]);
}
function parseStart(said) {
	const [state, pid, start] = said.trim().split(" ");
	if (state === "started" && /^\d+$/.test(pid ?? "")) return {
		state,
		pid: Number(pid),
		start
	};
	return state === "no-folder" || state === "no-note" || state === "not-found" ? { state } : void 0;
}
// src/machine/ssh/failure.ts
var ConnectionLost = class extends Failure {
	begun;
	constructor(message, details) {
		super(message, {
			...details,
			code: "connection-lost"
		});
		this.begun = details.begun;
	}
};
function connectionLost(name, why) {
	return new ConnectionLost(`The connection to ${name} was lost: ${why}.`, { begun: false });
}
function lostDuring(host, program, why, finished) {
	return new ConnectionLost(`The connection to ${host.name} was lost while ${program} ran: ${why}.`, {
		begun: true,
		hint: "Nobody knows how it ended: it may have succeeded, failed, or still run there. Look before you do it again.",
		evidence: lastLines(finished)
	});
}
function notStarted(host, command, start, finished, said = finished) {
	const program = command.words[0] ?? "";
	switch (start?.state) {
		case "no-folder": return new Failure(`The working folder ${command.cwd} does not exist on ${host.name}, or ${host.login} may not enter it.`, { code: "no-folder" });
		case "no-note": return new Failure(`The folder for running commands cannot be written on ${host.name}: ${command.noteIn}.`, { code: "no-folder" });
		case "not-found": return new Failure(`${program} is not installed on ${host.name}, or not in the PATH of ${host.login}.`, {
			code: "not-found",
			hint: `Install ${program}, or give its full path.`
		});
		default: return new Failure(`The login shell of ${host.login} did not run the command (${ending(finished)}).`, {
			code: "no-shell",
			hint: "The user needs a login shell that runs commands: no nologin, no git-shell, no ForceCommand.",
			evidence: lastLines(said)
		});
	}
}
// src/machine/ssh/run.ts
const CLOSE_MS$1 = 5e3;
async function runInChannel(session, command) {
	const [program = ""] = command.words;
	const ending = new Ending(program, command);
	const started = performance.now();
	const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
	const script = remoteScript(command, boundary);
	const channel = await session.channels.open(bootstrap(boundary));
	const exited = exitOf(channel);
	const closed = new Promise((done) => channel.once("close", () => done()));
	const clean = cleanEnd(channel, session.link);
	const behind = {
		stdout: behindBoundary(channel, boundary),
		stderr: behindBoundary(channel.stderr, boundary)
	};
	const begun = behind.stderr.said().then((said) => said === void 0 ? void 0 : parseStart(said));
	const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : void 0);
	const stderr = new Output(lineHandler(command, "stderr", ending));
	const drains = {
		stdout: drain(behind.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))),
		stderr: drain(behind.stderr, stderr, () => void 0)
	};
	let whole = false;
	try {
		channel.write(script);
		ending.endWith(async () => await endRemote(session, channel, begun));
		feed(channel, command.stdin, (error) => ending.fail(inputFailure(program, error)));
		const exit = await Promise.race([exited, ending.over()]);
		const roundTrip = async () => await thereAndBack(session);
		const quiet = [command.stdout === void 0 ? drains.stdout.silence(roundTrip) : drains.stdout.ended, drains.stderr.silence(roundTrip)];
		await Promise.race([Promise.all(quiet), ending.over()]);
		const lost = clean() ? void 0 : session.link.lost();
		whole = !ending.early && exit !== void 0 && lost === void 0;
		await Promise.all([drains.stdout.close(!whole), drains.stderr.close(!whole)]);
		const finished = {
			...exit ?? {
				code: null,
				signal: null
			},
			stdout: stdout.text(command.encoding),
			stderr: stderr.text(command.encoding),
			durationMs: performance.now() - started
		};
		await ending.throwIfEarly(finished);
		if (lost !== void 0) throw lostDuring(session, program, lost, finished);
		behind.stderr.destroy();
		const start = await begun;
		if (start?.state !== "started") throw notStarted(session, command, start, finished, {
			stdout: behind.stdout.preamble,
			stderr: behind.stderr.preamble
		});
		if (exit === void 0) throw lostDuring(session, program, "the session was closed without an exit code", finished);
		return finished;
	} finally {
		ending.release();
		if (!whole) command.stdout?.destroy();
		await closeSession(channel, closed);
		if (command.noteIn !== void 0 && session.link.lost() === void 0) await removeNote(session, command.noteIn);
	}
}
function behindBoundary(source, boundary) {
	return source.pipe(new BehindBoundary(boundary));
}
function exitOf(channel) {
	return new Promise((done) => {
		channel.once("exit", (code, signal) => done({
			code,
			signal: code === null ? signal ?? null : null
		}));
		channel.once("close", () => done(void 0));
	});
}
async function closeSession(channel, closed) {
	for (const stream of [channel, channel.stderr]) stream.unpipe().resume();
	channel.close();
	await within({
		ms: CLOSE_MS$1,
		late: () => void 0
	}, async () => await closed);
}
function cleanEnd(channel, link) {
	let ends = 0;
	const count = () => {
		if (link.lost() === void 0) ends += 1;
	};
	channel.once("end", count);
	channel.stderr.once("end", count);
	return () => ends === 2;
}
async function thereAndBack(session) {
	await session.channels.forEnding(async () => {
		const channel = await session.channels.open("exit 0").catch(() => void 0);
		if (channel === void 0) return;
		const closed = new Promise((done) => channel.once("close", () => done()));
		channel.end();
		channel.resume();
		channel.stderr.resume();
		await closed;
	});
}
async function endRemote(session, channel, begun) {
	const start = await within({
		ms: CLOSE_MS$1,
		late: () => "silent"
	}, async () => await begun);
	if (start === "silent") {
		channel.close();
		return false;
	}
	if (start?.state !== "started") return session.link.lost() === void 0;
	const { pid, start: since } = start;
	return (await session.channels.forEnding(async () => await runInChannel(session, { words: finishWords(pid, since) }))).code === 0;
}
async function removeNote(session, note) {
	await session.channels.forEnding(async () => await runInChannel(session, { words: [
		"rm",
		"-f",
		"--",
		note
	] })).catch(() => void 0);
}
// src/machine/ssh/lane-run.ts
const SCRIPT_LIMIT = 131072;
const SIGNALS = 128;
function laneScript(command, boundary) {
	const { stdin } = command;
	if (command.repeatable !== true || command.stdout !== void 0 || command.onLine !== void 0 || command.noteIn !== void 0) return void 0;
	if (stdin !== void 0 && (typeof stdin !== "string" || stdin.includes("\0") || stdin.length > SCRIPT_LIMIT)) return void 0;
	const script = `#${boundary}\n${remoteScript(command, boundary, { input: stdin })}`;
	return script.length > SCRIPT_LIMIT ? void 0 : script;
}
async function runInLane(session, command) {
	const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
	const script = laneScript(command, boundary);
	if (script === void 0) return void 0;
	const ending = new Ending(command.words[0] ?? "", command);
	const lane = await session.lanes.take();
	if (lane === void 0) return void 0;
	try {
		return await takeTurn(session, lane, command, {
			ending,
			boundary,
			script
		});
	} finally {
		ending.release();
		session.lanes.give(lane);
	}
}
async function takeTurn(session, lane, command, { ending, boundary, script }) {
	const began = performance.now();
	const stdout = new Output(void 0, command.whole === true ? Infinity : void 0);
	const stderr = new Output();
	const frames = {
		stdout: new Frame(boundary, (chunk) => stdout.push(chunk)),
		stderr: new Frame(boundary, (chunk) => stderr.push(chunk))
	};
	const begun = frames.stderr.begun.then((said) => said === void 0 ? void 0 : parseStart(said));
	lane.begin(script, frames);
	ending.endWith(async () => await endLane(session, lane, begun));
	const [code] = await Promise.race([Promise.all([frames.stdout.ended, frames.stderr.ended]), ending.over().then(() => [void 0])]);
	const finished = {
		code: code === void 0 ? null : Number(code),
		signal: null,
		stdout: stdout.text(command.encoding),
		stderr: stderr.text(command.encoding),
		durationMs: performance.now() - began
	};
	await ending.throwIfEarly(finished);
	if (code === void 0) {
		lane.close();
		const lost = session.link.lost();
		if (lost !== void 0) throw lostDuring(session, command.words[0] ?? "", lost, finished);
		return;
	}
	const start = await begun;
	if (start !== void 0 && start.state !== "started") throw notStarted(session, command, start, finished);
	return start === void 0 || Number(code) > SIGNALS ? void 0 : finished;
}
async function endLane(session, lane, begun) {
	const start = await begun;
	if (start?.state !== "started") {
		lane.close();
		return session.link.lost() === void 0;
	}
	const finished = await session.channels.forEnding(async () => await runInChannel(session, { words: finishWords(start.pid, start.start) }));
	lane.close();
	return finished.code === 0;
}
// src/machine/ssh/repeat.ts
const TRIES = 5;
async function runRepeated(connection, command) {
	const { signal, stdin, stdout } = command;
	const repeatable = command.repeatable === true && stdout === void 0 && typeof stdin !== "object";
	return await whileLost(connection, async (session) => await runInLane(session, command) ?? await whenFree(session, signal, async () => await runInChannel(session, command)), {
		signal,
		again: (lost) => !lost.begun || repeatable
	});
}
async function whileLost(connection, body, { signal, again }) {
	for (let turn = 1;; turn += 1) {
		const session = await within({ signal }, async () => await connection.session());
		try {
			return await body(session);
		} catch (error) {
			if (turn === TRIES || !(error instanceof ConnectionLost && again(error))) throw error;
		}
	}
}
async function whenFree(session, signal, body) {
	try {
		return await inTurn(session, signal, body);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "no-session" && session.lanes.giveUp())) throw error;
		return await inTurn(session, signal, body);
	}
}
async function inTurn(session, signal, body) {
	const waiting = new AbortController();
	const cancel = () => waiting.abort();
	if (signal?.aborted === true) cancel();
	signal?.addEventListener("abort", cancel, { once: true });
	return await within({ signal: waiting.signal }, async () => {
		return await session.channels.forCommand(async () => {
			signal?.removeEventListener("abort", cancel);
			return await body();
		});
	});
}
// src/machine/ssh/job-files.ts
const FETCH = 1048576;
var JobFiles = class {
	#connection;
	#note;
	#targets;
	#read = {
		stdout: 0,
		stderr: 0
	};
	#folder;
	constructor(connection, note, stdout, stderr) {
		this.#connection = connection;
		this.#note = note;
		this.#targets = {
			stdout,
			stderr
		};
		this.#folder = folderBeside(note);
	}
	get folder() {
		return this.#folder;
	}
	renew() {
		this.#folder = folderBeside(this.#note);
	}
	async forestall() {
		return (await this.#ask(FORESTALL, this.#folder)).stdout === "never\n";
	}
	async read() {
		for (;;) {
			const from = [
				this.#read.stdout + 1,
				this.#read.stderr + 1,
				FETCH
			].map(String);
			const { stdout, stderr } = await this.#ask(FOLLOW, this.#folder, ...from);
			const line = stdout.indexOf("\n");
			const got = {
				stdout: Buffer.from(stdout.slice(line + 1), "latin1"),
				stderr: Buffer.from(stderr, "latin1")
			};
			for (const name of ["stdout", "stderr"]) {
				this.#read[name] += got[name].length;
				this.#targets[name].push(got[name]);
			}
			if (got.stdout.length < FETCH && got.stderr.length < FETCH) return parseState(stdout.slice(0, line));
		}
	}
	async end() {
		const command = { words: [
			"sh",
			"-c",
			END_JOB,
			"sh",
			this.#folder
		] };
		return (await whileLost(this.#connection, async (session) => await session.channels.forEnding(async () => await runInChannel(session, command)), { again: () => true })).code === 0;
	}
	async remove() {
		const words = [
			"rm",
			"-rf",
			"--",
			this.#note,
			this.#folder
		];
		await runRepeated(this.#connection, {
			words,
			repeatable: true
		}).catch(() => void 0);
	}
	async #ask(script, ...words) {
		return await runRepeated(this.#connection, {
			words: [
				"sh",
				"-c",
				script,
				"sh",
				...words
			],
			repeatable: true,
			encoding: "latin1"
		});
	}
};
function folderBeside(note) {
	return `${note}.job-${randomBytes(4).toString("hex")}`;
}
function parseState(line) {
	const [word, code] = line.split(" ");
	if (word === "ended" && /^\d+$/.test(code ?? "")) return {
		is: "ended",
		exit: exitFrom(Number(code))
	};
	return { is: word === "running" || word === "starting" || word === "gone" ? word : "dead" };
}
function exitFrom(code) {
	const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
	return signal === void 0 ? {
		code,
		signal: null
	} : {
		code: null,
		signal
	};
}
// src/machine/ssh/job.ts
const LOOK_MS = 300;
const FOLLOW_MS = 500;
const STARTING_MS = 2e4;
function isJob(command) {
	const { noteIn, stdin, stdout } = command;
	if (noteIn?.startsWith("/") !== true || stdout !== void 0) return false;
	return stdin === void 0 || typeof stdin === "string" && !stdin.includes("\0");
}
async function runJob(connection, command) {
	const program = command.words[0] ?? "";
	const ending = new Ending(program, command);
	const began = performance.now();
	const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : void 0);
	const stderr = new Output(lineHandler(command, "stderr", ending));
	const files = new JobFiles(connection, command.noteIn, stdout, stderr);
	const gather = (exit) => ({
		...exit ?? {
			code: null,
			signal: null
		},
		stdout: stdout.text(),
		stderr: stderr.text(),
		durationMs: performance.now() - began
	});
	let state = "starting";
	try {
		ending.endWith(async () => await files.end());
		const begun = await Promise.race([begin(connection, command, files), ending.over()]);
		if ("start" in begun && begun.start !== void 0 && begun.start.state !== "started") throw notStarted(connection, command, begun.start, gather(await begun.exited), begun.said);
		if ("start" in begun) state = "running";
		const exit = "start" in begun ? await follow(files, begun, {
			ending,
			listening: command.onLine !== void 0
		}) : void 0;
		stdout.end();
		stderr.end();
		const finished = gather(exit);
		if (state === "running" && (exit !== void 0 || ending.early)) state = "over";
		await ending.throwIfEarly(finished);
		if (exit === void 0) throw unknownEnd(connection, program, finished);
		return finished;
	} catch (error) {
		if (error instanceof ConnectionLost && !error.begun && state === "running") throw outOfReach(program, files.folder, error, gather(void 0));
		throw error;
	} finally {
		ending.release();
		if (state === "over") await files.remove();
	}
}
async function begin(connection, command, files) {
	for (;;) {
		const begun = await whileLost(connection, async (session) => await start(session, command, files.folder), {
			signal: command.signal,
			again: (lost) => !lost.begun
		});
		if (begun.start !== void 0) return begun;
		const exit = await begun.exited;
		if (exit !== void 0) throw notStarted(connection, command, void 0, {
			...exit,
			stdout: "",
			stderr: "",
			durationMs: 0
		}, begun.said);
		if (!await files.forestall()) return begun;
		files.renew();
	}
}
async function start(session, command, job) {
	const begun = Promise.withResolvers();
	whenFree(session, command.signal, async () => {
		if (command.signal?.aborted === true) throw new Cancelled();
		const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
		const script = remoteScript(command, boundary, {
			input: command.stdin,
			job
		});
		const channel = await session.channels.open(bootstrap(boundary));
		const exited = exitOf(channel);
		const closed = new Promise((done) => channel.once("close", () => done()));
		const behind = {
			stdout: channel.pipe(new BehindBoundary(boundary)),
			stderr: channel.stderr.pipe(new BehindBoundary(boundary))
		};
		channel.on("error", () => void 0);
		behind.stdout.resume();
		behind.stderr.resume();
		channel.write(script);
		const said = await behind.stderr.said();
		begun.resolve({
			start: said === void 0 ? void 0 : parseStart(said),
			exited,
			said: {
				stdout: behind.stdout.preamble,
				stderr: behind.stderr.preamble
			}
		});
		await exited;
		await closeSession(channel, closed);
	}).catch(begun.reject);
	return await begun.promise;
}
async function follow(files, begun, { ending, listening }) {
	let session;
	const exited = begun.exited.then((exit) => session = { exit });
	const startingUntil = performance.now() + STARTING_MS;
	for (;;) {
		const pause = sleepUntilDone(session === void 0 ? listening ? LOOK_MS : void 0 : session.exit === void 0 ? FOLLOW_MS : 0);
		await Promise.race([
			...session === void 0 ? [exited] : [],
			pause.over,
			ending.over()
		]);
		pause.stop();
		if (ending.early) {
			await ending.over();
			await files.read().catch(() => void 0);
			return;
		}
		const state = await files.read();
		if (state.is === "ended") return state.exit;
		if (state.is === "dead" || state.is === "gone") return session?.exit;
		if (state.is === "starting" && performance.now() > startingUntil) return void 0;
	}
}
function sleepUntilDone(ms) {
	const stop = new AbortController();
	return {
		over: ms === void 0 ? new Promise(() => void 0) : setTimeout$1(ms, void 0, { signal: stop.signal }).catch(() => void 0),
		stop: () => stop.abort()
	};
}
function unknownEnd(connection, program, finished) {
	return new ConnectionLost(`${program} on ${connection.name} ended while the connection was lost, without leaving its exit code (${ending(finished)}).`, {
		begun: true,
		hint: "Nobody knows how it ended: it was killed, or the host was started anew. Look before you do it again.",
		evidence: lastLines(finished)
	});
}
function outOfReach(program, folder, error, finished) {
	return new ConnectionLost(`${clauseOf(error)}; ${program} was running there.`, {
		begun: true,
		cause: error,
		hint: `It goes on without us, until the next command ends it. ${folder} on the host holds its output (out, err) and, once it has ended, its exit code (exit): look there before you do it again.`,
		evidence: lastLines(finished)
	});
}
// src/machine/ssh/channels.ts
const COMMANDS = 4;
const ENDINGS = 2;
const PAUSES_MS$1 = [
	50,
	200,
	500
];
var Channels = class {
	#link;
	#name;
	#commands = pLimit(COMMANDS);
	#endings = pLimit(ENDINGS);
	constructor(link, name) {
		this.#link = link;
		this.#name = name;
	}
	async forCommand(body) {
		return await this.#commands(body);
	}
	async forEnding(body) {
		return await this.#endings(body);
	}
	async open(line) {
		for (const pause of PAUSES_MS$1) {
			const opened = await this.#tryOpen(line);
			if (!(opened instanceof Error)) return opened;
			await new Promise((done) => setTimeout(done, pause));
		}
		const opened = await this.#tryOpen(line);
		if (opened instanceof Error) throw this.#refused(opened);
		return opened;
	}
	async #tryOpen(line) {
		const lost = this.#link.lost();
		if (lost !== void 0) throw connectionLost(this.#name, lost);
		return await new Promise((done) => exec(this.#link.client, line, (error, channel) => done(error ?? channel)));
	}
	#refused(error) {
		const lost = this.#link.lost();
		if (lost !== void 0) return connectionLost(this.#name, lost);
		return new Failure(`${this.#name} opens no more sessions on this connection.`, {
			code: "no-session",
			cause: error,
			hint: "sshd's MaxSessions (default 10) must be at least 10 for this user, and commands must be allowed."
		});
	}
};
function exec(client, line, done) {
	try {
		client.exec(line, done);
	} catch (error) {
		done(error, void 0);
	}
}
// src/machine/ssh/dial.ts
const PROHIBITED = 1;
const CONNECT_FAILED = 2;
async function dialOver(link, name, address) {
	const shown = formatAddress(address);
	const lost = link.lost();
	if (lost !== void 0) throw connectionLost(name, lost);
	return await new Promise((done, fail) => {
		const opened = (error, channel) => {
			if (error === void 0) done(channel);
			else fail(explain$1(link, name, shown, address, error));
		};
		if ("socket" in address) link.client.openssh_forwardOutStreamLocal(address.socket, opened);
		else link.client.forwardOut("127.0.0.1", 0, address.host, address.port, opened);
	});
}
function explain$1(link, name, shown, address, error) {
	const lost = link.lost();
	if (lost !== void 0) return connectionLost(name, lost);
	if (error.reason === PROHIBITED) {
		const option = "socket" in address ? "AllowStreamLocalForwarding" : "AllowTcpForwarding";
		return new Failure(`${name} does not allow a connection to ${shown} through SSH.`, {
			code: "forwarding-refused",
			cause: error,
			hint: `Set ${option} yes for this user in the host's sshd_config (PermitOpen, PermitListen and DisableForwarding count too).`
		});
	}
	if (error.reason === CONNECT_FAILED) {
		const hint = "socket" in address ? "Check that the server runs and has its socket there, that this user may use it, and that sshd_config says AllowStreamLocalForwarding yes." : "Check the address as seen from the host, and that the server runs and listens there.";
		const said = error.message.split(": ").slice(1).join(": ");
		return new Failure(`${name} cannot connect to ${shown}.`, {
			code: "refused",
			cause: error,
			hint,
			evidence: said === "" ? [] : [said]
		});
	}
	return new Failure(`${name} opened no connection to ${shown}.`, {
		code: "unreachable",
		cause: error
	});
}
// src/machine/ssh/lane-shell.ts
const LANE = `exec sh -c 'savepoint_n=\${IFS#??};ulimit -c 0 2>/dev/null;while IFS= read -r savepoint_b;do savepoint_s=;while IFS= read -r savepoint_l||exit 0;do case $savepoint_l in "$savepoint_b")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;savepoint_l=;(eval "$savepoint_s")</dev/null;savepoint_c=$?;savepoint_s=;echo "\${savepoint_b#?} end $savepoint_c";echo "\${savepoint_b#?} end $savepoint_c" >&2;done'`;
async function openRemoteShell(channels) {
	const channel = await channels.open(LANE);
	channel.on("error", () => void 0);
	return {
		stdout: channel,
		stderr: channel.stderr,
		write: (script) => void channel.write(script),
		close: () => channel.close(),
		closed: new Promise((done) => channel.once("close", done))
	};
}
// src/machine/ssh/client.ts
function connectClient(config) {
	if (config.hostVerifier === void 0) throw new Error("a connection without a check of the host's key");
	const ssh = new NodeSSH();
	const connecting = ssh.connect(config);
	const client = ssh.connection;
	const begun = connecting.then(() => void 0, (error) => {
		if (error.level !== "agent") throw error;
	});
	if (client === null) throw new Error("node-ssh has no client while it connects");
	return {
		client,
		begun
	};
}
// src/machine/ssh/host-key.ts
const PREFERENCE = [
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"rsa-sha2-512",
	"rsa-sha2-256"
];
function hostKeyAlgorithms(known, tried) {
	const wanted = PREFERENCE.filter((algorithm) => !tried.includes(keyTypeOf(algorithm)));
	return [...wanted.filter((algorithm) => known.includes(keyTypeOf(algorithm))), ...wanted.filter((algorithm) => !known.includes(keyTypeOf(algorithm)))];
}
function keyTypeOf(algorithm) {
	return algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm;
}
function hostKeyFailure(address, key, verdict) {
	const host = formatTarget(address).slice(address.user.length + 1);
	const type = keyTypeIn(key) ?? "unknown";
	const evidence = [`offered: ${type} ${fingerprintOf(key)}`];
	const lookUp = `\`${quote([
		"ssh-keyscan",
		...address.port === 22 ? [] : ["-p", String(address.port)],
		"-t",
		shortType(type),
		address.host
	])}\` prints the line for ssh-known-hosts (at a terminal without that setting: for ~/.ssh/known_hosts). Compare its fingerprint by another way first (on the host's console: ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub): whoever stands in between would answer the same question.`;
	switch (verdict.state) {
		case "changed": return refusal(`The host key of ${host} is not the known one: somebody may stand in between, or the host was set up anew.`, {
			code: "host-key-changed",
			evidence,
			hint: `Do not go on before you know why. If the host was set up anew: ${lookUp}`
		});
		case "other-type": return refusal(`${host} offers a ${type} key, and only ${verdict.types.join(", ")} is known for it.`, {
			code: "host-key-type",
			evidence,
			hint: `Add this key too, once it is verified: ${lookUp}`
		});
		case "revoked": return refusal(`The host key of ${host} is marked @revoked.`, {
			code: "host-key-revoked",
			evidence,
			hint: "The host needs a new key; do not go on with this one."
		});
		case "unknown": return refusal(`The host key of ${host} is not known.`, {
			code: "host-key-unknown",
			evidence: verdict.authority ? [...evidence, "a @cert-authority line speaks of this host; certificates are not supported: give the host's own key"] : evidence,
			hint: lookUp
		});
	}
}
function shortType(type) {
	if (type.startsWith("ecdsa-")) return "ecdsa";
	return type.replace(/^ssh-/, "");
}
// src/machine/ssh/turned-away.ts
const TURNED_AWAY = "turned-away";
const PAUSE_MS = 5e3;
function turnedAwayBy(host, greeting) {
	if (greeting?.startsWith("Not allowed at this time") === true) return new Failure(`${host} refuses this address for a while: too many logins from it have failed.`, {
		code: TURNED_AWAY,
		hint: "It ends by itself, mostly within a minute. Mend the key or the user of the job whose logins fail. On the host, its log names the reason (journalctl -u ssh), and `PerSourcePenaltyExemptList` in sshd_config leaves out addresses that you trust; fail2ban has a list of its own.",
		evidence: [`It said: ${greeting.trim()}`]
	});
	if (greeting?.startsWith("Exceeded MaxStartups") === true) return new Failure(`${host} has too many logins under way at once.`, {
		code: TURNED_AWAY,
		hint: "It ends by itself when they are through. Where it stays so, raise `MaxStartups` in the host's sshd_config.",
		evidence: [`It said: ${greeting.trim()}`]
	});
}
async function outwait(connect, { patienceMs, report, signal }) {
	const until = performance.now() + patienceMs;
	for (let turn = 0;; turn += 1) try {
		return await connect();
	} catch (error) {
		if (!(error instanceof Failure && error.code === "turned-away" && signal?.aborted !== true) || performance.now() + PAUSE_MS > until) throw error;
		if (turn === 0) report.say(`${error.message} Waiting up to ${Math.round(patienceMs / 1e3)} s until it lets us in.`);
		await setTimeout$1(PAUSE_MS, void 0, { signal }).catch(() => void 0);
	}
}
// src/machine/ssh/link.ts
const HANDSHAKE_MS = 2e4;
const KEEPALIVE_MS = 15e3;
const KEEPALIVE_MISSES = 3;
const CLOSE_MS = 2e3;
const GREETING_BYTES = 512;
async function openLink(request) {
	const { known, address } = request;
	const tried = [];
	let first;
	for (;;) {
		const attempt = await tryLink(request, hostKeyAlgorithms(knownTypes(known, address.host, address.port), tried));
		if ("link" in attempt) return attempt.link;
		if (attempt.verdict?.state === "known") throw attempt.failure;
		first ??= attempt.failure;
		const type = attempt.key === void 0 ? void 0 : keyTypeIn(attempt.key);
		if (known.fingerprints.length === 0 || attempt.verdict?.state !== "changed" || type === void 0 || tried.includes(type)) throw first;
		tried.push(type);
	}
}
async function tryLink(request, algorithms) {
	const { address, signal } = request;
	if (signal?.aborted === true) throw new Cancelled();
	const sock = await request.dial();
	const seen = {};
	const { client, begun } = connectClient({
		sock,
		username: address.user,
		readyTimeout: HANDSHAKE_MS,
		keepaliveInterval: request.keepaliveMs ?? KEEPALIVE_MS,
		keepaliveCountMax: KEEPALIVE_MISSES,
		algorithms: { serverHostKey: algorithms },
		authHandler: request.proofs.map((proof) => proof.method(address.user)),
		hostVerifier: (key) => {
			seen.key = key;
			seen.verdict = judgeHostKey(vouching(request, key), address, key);
			return seen.verdict.state === "known";
		}
	});
	let abort = () => {};
	try {
		return await new Promise((done, stop) => {
			abort = () => stop(new Cancelled());
			signal?.addEventListener("abort", abort, { once: true });
			const fail = (error) => {
				if (error?.level === "agent") request.report.detail(`ssh agent: ${error.message}`);
				else done({
					failure: explain(request, seen, error),
					...seen
				});
			};
			client.on("error", fail);
			client.on("close", () => fail(void 0));
			client.on("handshake", () => seen.secured = true);
			client.on("banner", (message) => request.report.detail(message.trimEnd()));
			client.on("ready", () => done({ link: watch(client, request.keepaliveMs ?? KEEPALIVE_MS, seen.key) }));
			begun.catch(stop);
			sock.once("data", (first) => seen.greeting = first.toString("latin1", 0, GREETING_BYTES));
		}).then((attempt) => {
			if (!("link" in attempt)) abandon(client, sock);
			return attempt;
		});
	} catch (error) {
		abandon(client, sock);
		throw error;
	} finally {
		signal?.removeEventListener("abort", abort);
	}
}
function vouching({ known, jumpKey }, key) {
	return jumpKey?.equals(key) === true ? {
		...known,
		fingerprints: []
	} : known;
}
function abandon(client, sock) {
	client.destroy();
	sock.destroy();
}
function explain(request, seen, error) {
	const { address, proofs, notes } = request;
	const host = formatTarget(address);
	if (seen.key !== void 0 && seen.verdict !== void 0 && seen.verdict.state !== "known") return hostKeyFailure(address, seen.key, seen.verdict);
	if (error?.level === "client-timeout") return new Failure(`${host} did not finish the SSH handshake within ${HANDSHAKE_MS / 1e3} s.`, {
		code: "timeout",
		cause: error
	});
	const refused = error?.level === "client-authentication" || typeof error?.code === "number";
	if (seen.secured === true && refused) return refusal(`${host} does not accept ${proofs.map((proof) => proof.name).join(", ")}.`, {
		code: "auth-refused",
		cause: error,
		hint: `Check the user, and that the public key stands in ~${address.user}/.ssh/authorized_keys on the host.`,
		evidence: notes
	});
	if (seen.secured === true) return new Failure(`The connection to ${host} broke while logging in${error === void 0 ? "" : `: ${messageOf(error)}`}`, {
		code: "handshake",
		cause: error,
		hint: "Try again; where it stays so, the server's own log says why (sshd -E, journalctl -u ssh)."
	});
	const turnedAway = turnedAwayBy(host, seen.greeting);
	if (turnedAway !== void 0) return turnedAway;
	return new Failure(`${host} ended the SSH handshake${error === void 0 ? "" : `: ${messageOf(error)}`}`, {
		code: "handshake",
		cause: error,
		hint: "Check that an SSH server answers on that port."
	});
}
function watch(client, keepaliveMs, hostKey) {
	let lost;
	const closed = new Promise((done) => {
		client.once("close", () => {
			lost ??= "it was closed";
			done();
		});
	});
	client.removeAllListeners("error");
	client.on("error", (error) => {
		lost ??= error.level === "client-timeout" ? `nothing came for ${keepaliveMs / 1e3 * 4} s` : messageOf(error);
	});
	return {
		client,
		hostKey,
		lost: () => lost,
		close: async () => {
			if (lost !== void 0) return;
			client.end();
			await within({
				ms: CLOSE_MS,
				late: () => void 0
			}, async () => await closed);
			client.destroy();
		}
	};
}
// src/machine/ssh/given-file.ts
async function givenOrFile(given, { input, home }) {
	const path = given.trim();
	if (!isPath(path)) return given;
	try {
		return await readFile(path.startsWith("~/") ? join(home, path.slice(2)) : path, "utf8");
	} catch (error) {
		throw refusal(`\`${input}\` names the file ${path}, which cannot be read on this machine: ${clauseOf(error)}.`, {
			cause: error,
			hint: "Give the path of a file that is here, or its text itself.",
			code: "no-file"
		});
	}
}
// src/machine/ssh/private-key.ts
var import_lib = __toESM(require_lib(), 1);
function readPrivateKey(key, passphrase, from = "ssh-key") {
	const text = normalize(key.reveal());
	if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text)) throw refusal(`${from} is the public key.`, {
		code: "key-public",
		hint: "Give the private one: the file of that name without .pub."
	});
	const encrypted = isEncrypted(text);
	if (encrypted === void 0) throw refusal(`${from} is not a private key.`, {
		code: "key-malformed",
		hint: "Give the whole file, from -----BEGIN … to -----END … PRIVATE KEY-----."
	});
	if (encrypted && passphrase === void 0) throw refusal(`${from} is protected by a passphrase, and none is given.`, {
		code: "key-encrypted",
		hint: "Give ssh-passphrase."
	});
	const parsed = import_lib.default.utils.parseKey(text, encrypted ? passphrase?.reveal() : void 0);
	if (parsed instanceof Error) {
		if (encrypted) throw refusal(`The passphrase does not open ${from}.`, {
			code: "bad-passphrase",
			hint: "Check ssh-passphrase. Where it is right, the key's format may be one that is not read: ssh-keygen -p -Z aes256-ctr -f <key> rewrites it."
		});
		throw refusal(`${from} cannot be read as a private key.`, {
			code: "key-malformed",
			hint: "It may be cut off, or of a format that is not supported. OpenSSH's own is: ssh-keygen -p -f <key> rewrites it."
		});
	}
	if (!parsed.isPrivateKey()) throw refusal(`${from} holds no private key.`, { code: "key-malformed" });
	return parsed;
}
function normalize(text) {
	const trimmed = text.replace(/^\u{feff}/u, "").trim();
	return `${unfolded(trimmed.includes("\n") || trimmed.includes("\r") ? trimmed : trimmed.replaceAll(String.raw`\n`, "\n")).split(/\r\n|\r|\n/).map((line) => line.trim()).join("\n").trim()}\n`;
}
function unfolded(text) {
	const [, begin = "", body = "", end = ""] = /^(-----BEGIN [A-Z ]+-----) *([A-Za-z0-9+/= ]+?) *(-----END [A-Z ]+-----)$/.exec(text) ?? [];
	return begin === "" ? text : [
		begin,
		...body.split(/ +/),
		end
	].join("\n");
}
function isEncrypted(text) {
	const putty = /^PuTTY-User-Key-File-\d: [^\n]+\nEncryption: (\S+)/.exec(text);
	if (putty !== null) return putty[1] !== "none";
	const [, label, body] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\n([^]*?)\n?-----END \1-----/.exec(text) ?? [];
	if (label === void 0 || body === void 0) return void 0;
	if (label !== "OPENSSH PRIVATE KEY") return label.startsWith("ENCRYPTED ") || /^Proc-Type: 4,ENCRYPTED/m.test(body);
	const bytes = Buffer.from(body, "base64");
	if (bytes.toString("latin1", 0, 15) !== "openssh-key-v1\0" || bytes.length < 23) return void 0;
	const length = bytes.readUInt32BE(15);
	return bytes.toString("latin1", 19, 19 + length) !== "none";
}
// src/machine/ssh/login.ts
const OWN_KEYS = [
	"id_ed25519",
	"id_ecdsa",
	"id_rsa"
];
const OWN_KNOWN_HOSTS = ["known_hosts", "known_hosts2"];
const SYSTEM_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
async function findProofs(target, world) {
	if (target.key !== void 0) {
		const key = new Secret(await givenOrFile(target.key.reveal(), {
			input: "ssh-key",
			home: world.home
		}));
		world.report.mask(key);
		return {
			proofs: [keyProof(readPrivateKey(key, target.passphrase))],
			notes: []
		};
	}
	if (!world.terminal) throw refusal("`host` is given without `ssh-key`.", {
		code: "no-key",
		hint: "Give the private key as ssh-key, from a secret."
	});
	const proofs = [];
	const notes = [];
	const agent = world.env["SSH_AUTH_SOCK"];
	if (agent !== void 0 && agent !== "") proofs.push({
		name: "the keys of the agent",
		method: (username) => ({
			type: "agent",
			username,
			agent
		})
	});
	for (const name of OWN_KEYS) {
		const text = await readIfThere(join(world.home, ".ssh", name));
		if (text === void 0) continue;
		try {
			proofs.push(keyProof(readPrivateKey(new Secret(text), target.passphrase, `~/.ssh/${name}`)));
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			notes.push(error.code === "key-encrypted" ? `~/.ssh/${name} is protected by a passphrase: ssh-add it` : error.message);
		}
	}
	if (proofs.length === 0) throw refusal("There is no key to log in with: no agent, and none in ~/.ssh that can be used.", {
		code: "no-key",
		evidence: notes,
		hint: "ssh-add a key, or make one: ssh-keygen."
	});
	return {
		proofs,
		notes
	};
}
function keyProof(key) {
	return {
		name: `the ${key.type} key ${fingerprintOf(key.getPublicSSH())}`,
		method: (username) => ({
			type: "publickey",
			username,
			key
		})
	};
}
async function findKnownHosts(target, world) {
	if (target.knownHosts !== void 0 && target.knownHosts.trim() !== "") {
		const known = parseKnownHosts(await givenOrFile(target.knownHosts, {
			input: "ssh-known-hosts",
			home: world.home
		}));
		if (known.entries.length + known.fingerprints.length > 0) {
			for (const problem of known.problems) world.report.warning(`\`ssh-known-hosts\` is read without its ${problem}.`);
			return known;
		}
		throw refusal("`ssh-known-hosts` holds no host key.", {
			code: "known-hosts-malformed",
			evidence: known.problems,
			hint: "Give known_hosts lines (`server ssh-ed25519 AAAA…`, as ssh-keyscan prints them), a `SHA256:…` fingerprint, or the path of a file here (./known_hosts)."
		});
	}
	if (!world.terminal) throw refusal("`host` is given without `ssh-known-hosts`.", {
		code: "known-hosts-missing",
		hint: `Give the host's keys or fingerprint: \`ssh-keyscan ${target.port === 22 ? "" : `-p ${target.port} `}${target.host}\` prints the lines; compare them by another way.`
	});
	const files = [...OWN_KNOWN_HOSTS.map((name) => join(world.home, ".ssh", name)), ...SYSTEM_KNOWN_HOSTS];
	const texts = await Promise.all(files.map(readIfThere));
	const known = parseKnownHosts(texts.filter((text) => text !== void 0).join("\n"));
	for (const problem of known.problems) world.report.detail(`known_hosts: ${problem}`);
	return known;
}
async function readIfThere(path) {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		const { code } = error;
		if (code === "ENOENT" || code === "ENOTDIR") return void 0;
		throw new Failure(`${path} cannot be read: ${messageOf(error)}`, {
			code: "no-file",
			cause: error
		});
	}
}
// src/machine/ssh/connection.ts
const PATIENCE_MS = 6e4;
const PAUSES_MS = [
	0,
	500,
	1e3,
	2e3,
	4e3,
	8e3
];
var SshConnection = class SshConnection {
	name;
	login;
	#target;
	#world;
	#login;
	#closing = new AbortController();
	#links;
	#session;
	#returning;
	#gone;
	constructor(target, world, login, links) {
		this.name = formatTarget(target);
		this.login = `${target.user}@${target.host}`;
		this.#target = target;
		this.#world = world;
		this.#login = login;
		this.#links = links;
		this.#session = this.#sessionOver(links.link);
	}
	static async open(target, world) {
		const login = {
			known: await findKnownHosts(target, world),
			...await findProofs(target, world)
		};
		const { report, signal, patienceMs = PATIENCE_MS } = world;
		const links = await outwait(async () => await openLinks(target, world, login, signal), {
			patienceMs,
			report,
			signal
		});
		return new SshConnection(target, world, login, links);
	}
	async session() {
		if (this.#closing.signal.aborted) throw connectionLost(this.name, "it was closed");
		if (this.#gone !== void 0) throw this.#gone;
		const why = this.#session.link.lost();
		if (why === void 0) return this.#session;
		this.#returning ??= this.#return(why).finally(() => this.#returning = void 0);
		return await this.#returning;
	}
	async close() {
		this.#closing.abort();
		await this.#returning?.catch(() => void 0);
		await closeLinks(this.#links);
	}
	async #return(why) {
		const { report, patienceMs = PATIENCE_MS } = this.#world;
		report.detail(`The connection to ${this.name} was lost: ${why}. Connecting again.`);
		await closeLinks(this.#links);
		const until = performance.now() + patienceMs;
		for (let turn = 0;; turn += 1) try {
			await setTimeout$1(PAUSES_MS[turn] ?? PAUSES_MS.at(-1), void 0, { signal: this.#closing.signal });
			this.#links = await openLinks(this.#target, this.#world, this.#login, this.#closing.signal);
			this.#session = this.#sessionOver(this.#links.link);
			report.say(`The connection to ${this.name} was lost and made again.`);
			return this.#session;
		} catch (error) {
			if (this.#closing.signal.aborted) throw connectionLost(this.name, "it was closed");
			if (performance.now() < until && !(error instanceof Failure && error.exit === 2)) continue;
			this.#gone = cannotReturn(this.name, why, error);
			throw this.#gone;
		}
	}
	#sessionOver(link) {
		const channels = new Channels(link, this.name);
		return {
			name: this.name,
			login: this.login,
			link,
			channels,
			lanes: new Lanes(async () => new Lane(await openRemoteShell(channels)))
		};
	}
};
async function openLinks(target, world, login, signal) {
	const { jump } = target;
	const { report, keepaliveMs } = world;
	const link = async (address, dial, jumpKey) => await openLink({
		address,
		...login,
		jumpKey,
		report,
		keepaliveMs,
		signal,
		dial
	});
	if (jump === void 0) return {
		link: await link(target, async () => await dialServer(target, signal)),
		below: void 0
	};
	const below = await link(jump, async () => await dialServer(jump, signal));
	try {
		const over = async () => await dialOver(below, formatTarget(jump), {
			host: target.host,
			port: target.port
		});
		return {
			link: await link(target, over, below.hostKey),
			below
		};
	} catch (error) {
		await below.close();
		throw error;
	}
}
async function closeLinks({ link, below }) {
	await link.close();
	await below?.close();
}
async function dialServer(address, signal) {
	if (signal?.aborted === true) throw new Cancelled();
	try {
		return await dialLocal({
			host: address.host,
			port: address.port
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw new Failure(`${formatTarget(address)} cannot be reached over SSH: ${error.message}`, {
			cause: error,
			code: error.code,
			hint: error.hint
		});
	}
}
function cannotReturn(name, why, error) {
	return new ConnectionLost(`The connection to ${name} was lost (${why}) and could not be made again: ${messageOf(error)}`, {
		begun: false,
		cause: error,
		hint: (error instanceof Failure ? error.hint : void 0) ?? "Check the host and the network, then run the step again.",
		evidence: error instanceof Failure ? error.evidence : []
	});
}
// src/machine/ssh/ssh.ts
async function connectSsh(target, world) {
	const connection = await SshConnection.open(target, world);
	const { name, login } = connection;
	return {
		name,
		login,
		local: false,
		run: async (command) => await run(connection, command),
		dial: async (address) => await dialOver((await connection.session()).link, name, address),
		[Symbol.asyncDispose]: async () => await connection.close()
	};
}
async function run(connection, command) {
	const [program] = command.words;
	try {
		if (program === void 0 || program === "") throw new Failure("The command has no program.", { code: "not-found" });
		return isJob(command) ? await runJob(connection, command) : await runRepeated(connection, command);
	} catch (error) {
		command.stdout?.destroy();
		throw error;
	}
}
export { connectSsh };
