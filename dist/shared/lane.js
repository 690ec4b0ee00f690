import { d as Cancelled, f as Failure, h as messageOf, o as formatDuration, p as clauseOf } from "./secret.js";
import { t as within } from "./within.js";
import { connect } from "node:net";
import { finished } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
// src/core/repeated.ts
const LONGEST_PATTERN = 8;
function withoutRepeats(lines) {
	const told = [];
	for (let at = 0; at < lines.length;) {
		const { length, times } = repeatAt(lines, at);
		const block = lines.slice(at, at + length);
		if (times > 1 && length === 1) told.push(`${block[0] ?? ""} (× ${times})`);
		else told.push(...block, ...times > 1 ? [`(these ${length} lines × ${times})`] : []);
		at += length * times;
	}
	return told;
}
function repeatAt(lines, at) {
	let best = {
		length: 1,
		times: 1
	};
	for (let length = 1; length <= LONGEST_PATTERN; length += 1) {
		let times = 1;
		while (same(lines, at, at + times * length, length)) times += 1;
		if (times > 2 && length * (times - 1) > best.length * (best.times - 1)) best = {
			length,
			times
		};
	}
	return best;
}
function same(lines, one, other, length) {
	if (other + length > lines.length) return false;
	for (let index = 0; index < length; index += 1) if (plain(lines[one + index]) !== plain(lines[other + index])) return false;
	return true;
}
function plain(line) {
	return (line ?? "").replace(/^(\s*[\w./-]*\s*\|?\s*)\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*/, "$1").trim();
}
// src/machine/telling.ts
const BEFORE = 2;
const TELLING = /^\W*(?:error|fatal|panic|exception|failed|uncaught)\b|\b(?:ERROR|FATAL|PANIC):|\b\w*(?:Error|Exception)(?:\s*\[\w+\])?:|\berror(?:\[\w+\])?: /i;
const FRAME = /^[\s│┃|╭╮╰╯┌┐└┘─━]*$/;
function tellingLines(lines, count) {
	const told = withoutRepeats(lines.filter((line) => !FRAME.test(line)));
	const cause = told.findIndex((line) => TELLING.test(line));
	if (cause < 0) return told.slice(-count);
	const from = told.slice(Math.max(0, cause - BEFORE));
	if (from.length <= count) return from;
	const head = Math.ceil(count / 2);
	const left = from.length - count;
	return [
		...from.slice(0, head),
		`… ${left} more ${left === 1 ? "line" : "lines"}`,
		...from.slice(head - count)
	];
}
// src/machine/succeed.ts
const EVIDENCE_LINES = 20;
async function succeed(machine, command, what) {
	const finished = await machine.run(command);
	if (finished.code === 0) return finished;
	throw new Failure(`${what} failed (${ending(finished)}).`, {
		code: "tool-failed",
		evidence: tellingLines(outputLines(finished), EVIDENCE_LINES)
	});
}
function ending(finished) {
	return finished.code === null ? `killed by ${finished.signal ?? "a signal"}` : `exit ${finished.code}`;
}
function lastLines(finished, count = EVIDENCE_LINES) {
	const errors = nonEmptyLines(finished.stderr).slice(-count);
	const room = count - errors.length;
	return room === 0 ? errors : [...nonEmptyLines(finished.stdout).slice(-room), ...errors];
}
function outputLines(finished) {
	return [...nonEmptyLines(finished.stdout), ...nonEmptyLines(finished.stderr)];
}
function nonEmptyLines(text) {
	return text.split(/\r?\n/).map((line) => line.trimEnd()).filter((line) => line !== "");
}
// src/machine/process/dial.ts
const PATIENCE_MS = 15e3;
function formatAddress(address) {
	if ("socket" in address) return address.socket;
	return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
async function dialLocal(address) {
	const shown = formatAddress(address);
	const socket = connect("socket" in address ? { path: address.socket } : {
		host: address.host,
		port: address.port,
		noDelay: true
	});
	const late = () => {
		socket.destroy();
		throw new Failure(`${shown} did not answer within ${PATIENCE_MS / 1e3} s.`, {
			code: "timeout",
			hint: "Check the address and the firewall between here and there."
		});
	};
	return await within({
		ms: PATIENCE_MS,
		late
	}, async () => await connected(socket, shown));
}
async function connected(socket, shown) {
	return await new Promise((done, fail) => {
		const refused = (error) => fail(dialFailure(shown, error));
		socket.once("error", refused);
		socket.once("connect", () => {
			socket.off("error", refused);
			done(socket);
		});
	});
}
function dialFailure(shown, error) {
	switch (error.code) {
		case "ECONNREFUSED": return new Failure(`${shown} refused the connection.`, {
			code: "refused",
			cause: error,
			hint: "Nothing listens there: check that the server runs, and the port."
		});
		case "ENOTFOUND":
		case "EAI_AGAIN": return new Failure(`${shown}: the name is not known.`, {
			code: "name-not-resolved",
			cause: error,
			hint: "Check the spelling, and the name service."
		});
		case "ENOENT": return new Failure(`There is no socket ${shown}.`, {
			code: "refused",
			cause: error,
			hint: "Check that the server runs, and where it puts its socket."
		});
		case "EACCES": return new Failure(`The socket ${shown} may not be used by this user.`, {
			code: "not-permitted",
			cause: error
		});
		case "ETIMEDOUT": return new Failure(`${shown} did not answer.`, {
			code: "timeout",
			cause: error
		});
		default: return new Failure(`${shown} cannot be reached: ${messageOf(error)}`, {
			code: "unreachable",
			cause: error
		});
	}
}
// src/machine/process/note.ts
const IDENTIFY = `
started() {
  savepoint_stat=$(cat "/proc/$1/stat" 2>/dev/null)
  if [ -n "$savepoint_stat" ]; then
    # Behind the name, which may hold anything: the 22nd field of all is the 20th of these.
    set -f; set -- \${savepoint_stat##*) }; set +f
    printf '%s\\n' "\${20}"
  elif [ ! -d /proc/self ]; then LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null
  fi
}
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null; }
`;
const NOTE = `${IDENTIFY}
note() {
  { printf '%s\\n' "$$" "$(started "$$")" "$(boot)"; printf '%s\\n' "$(printf '%s' "$2" | tr '\\n' ' ')"; } >"$1.new" && mv -f "$1.new" "$1"
}
`;
// src/machine/process/group.ts
const FINISH = `${IDENTIFY}
# The dead whom nobody has buried yet do not count: in some containers nobody ever does.
lives() {
  if [ -n "$savepoint_since" ]; then
    savepoint_now=$(started "$1")
    [ -z "$savepoint_now" ] || [ "$savepoint_now" = "$savepoint_since" ] || return 1
  fi
  if [ -d /proc/self ]; then
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\\([0-9][0-9]*\\) .*) /\\1 /' |
      awk -v group="$1" '($1 == group || $4 == group) && $2 !~ /^[ZX]/ { found = 1 } END { exit !found }'
  else kill -0 "-$1" 2>/dev/null || kill -0 "$1" 2>/dev/null
  fi
}
# What runs under sudo is ended under sudo, where that asks for no password.
send() {
  kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null || { lives "$2" && sudo -n sh -c 'kill "-$1" "-$2"' sh "$1" "$2" 2>/dev/null; }
}
# Turns are tenths of a second, or whole ones where sleep knows no fractions.
gone() {
  savepoint_turns=50
  while lives "$1"; do
    [ "$savepoint_turns" -gt 0 ] || return 1
    if sleep 0.1 2>/dev/null; then savepoint_turns=$((savepoint_turns - 1)); else sleep 1; savepoint_turns=$((savepoint_turns - 10)); fi
  done
}
finish() { savepoint_since=$2; lives "$1" || return 0; send TERM "$1"; gone "$1" || { send KILL "$1"; gone "$1"; }; }
`;
function finishWords(leader, start) {
	return [
		"sh",
		"-c",
		`${FINISH}finish "$1" "$2"`,
		"sh",
		String(leader),
		start ?? ""
	];
}
const FINISH_NOTED = `${FINISH}
cd "$1" 2>/dev/null || exit 0
here=$(boot)
failed=0
for file in ./* ./.[!.]*; do
  [ -f "$file" ] || continue
  { IFS= read -r pid && IFS= read -r start && IFS= read -r boot && IFS= read -r program; } <"$file" || continue
  case $pid in ''|*[!0-9]*) continue ;; esac
  savepoint_since=$start
  if [ "$boot" = "$here" ] && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ] && lives "$pid"; then
    if finish "$pid" "$start"; then printf 'ended %s (process %s)\\000' "$program" "$pid"
    else printf 'alive %s (process %s)\\000' "$program" "$pid"; failed=1; continue
    fi
  fi
  rm -rf "$file" "$file".job-*
done
# Of jobs whose note is gone, and of those that were kept from beginning.
for job in ./*.job-*; do
  if [ -e "$job/never" ] || { [ -e "$job/note" ] && [ ! -e "\${job%.job-*}" ]; }; then rm -rf "$job"; fi
done
exit "$failed"
`;
// src/machine/shell/lanes.ts
const LANES = 2;
var Lanes = class {
	#open;
	#idle = [];
	#room = LANES;
	constructor(open) {
		this.#open = open;
	}
	async take() {
		for (let lane = this.#idle.pop(); lane !== void 0; lane = this.#idle.pop()) {
			if (!lane.over) return lane;
			this.#room += 1;
		}
		if (this.#room === 0) return void 0;
		this.#room -= 1;
		try {
			return await this.#open();
		} catch (error) {
			this.#room += 1;
			throw error;
		}
	}
	give(lane) {
		lane.rest();
		if (lane.over) this.#room += 1;
		else this.#idle.push(lane);
	}
	giveUp() {
		const had = this.#idle.length > 0;
		this.#room = 0;
		for (const lane of this.#idle.splice(0)) lane.close();
		return had;
	}
};
// src/machine/process/drain.ts
const LOOK_MS = 100;
const SILENCE_MS = 500;
function drain(source, target, onError) {
	const state = {
		lastHeard: performance.now(),
		stalled: false,
		ended: false,
		over: false
	};
	const ended = new Promise((done) => {
		const end = () => {
			state.ended = true;
			done();
		};
		source.once("end", end);
		source.once("close", end);
		source.on("error", end);
	});
	const intoStream = "write" in target;
	source.on("data", (chunk) => {
		state.lastHeard = performance.now();
		if (!intoStream) target.push(chunk);
		else if (!target.destroyed && !target.write(chunk)) {
			state.stalled = true;
			source.pause();
		}
	});
	if (intoStream) {
		const flow = () => {
			state.stalled = false;
			state.lastHeard = performance.now();
			source.resume();
		};
		target.on("drain", flow);
		target.on("error", (error) => {
			flow();
			onError(error);
		});
		target.once("close", () => {
			flow();
			if (!state.over && !target.writableFinished) onError(new Error("it was closed before the end"));
		});
	}
	return {
		ended,
		silence: async (roundTrip) => {
			let before;
			while (!state.ended && before !== state.lastHeard) {
				await quiet(ended, () => state.stalled ? void 0 : state.lastHeard);
				before = state.lastHeard;
				if (!state.ended) await roundTrip?.();
			}
		},
		close: async (cut) => {
			if (!intoStream) {
				target.end();
				return;
			}
			state.over = true;
			if (cut || target.destroyed) target.destroy();
			else {
				target.end();
				await finished(target).catch(onError);
			}
		}
	};
}
async function quiet(ended, lastHeard) {
	let timer;
	const silent = new Promise((done) => {
		let looks = 0;
		timer = setInterval(() => {
			const last = lastHeard();
			looks = last === void 0 || performance.now() - last < LOOK_MS ? 0 : looks + 1;
			if (looks * LOOK_MS >= SILENCE_MS) done();
		}, LOOK_MS);
	});
	await Promise.race([ended, silent]);
	clearInterval(timer);
}
// src/machine/process/ending.ts
var Ending = class {
	#program;
	#command;
	#reason;
	#end;
	#ended = Promise.resolve(true);
	#over = Promise.withResolvers();
	#timer;
	#abort = () => this.fail(new Cancelled());
	constructor(program, command) {
		if (command.signal?.aborted === true) throw new Cancelled();
		this.#program = program;
		this.#command = command;
	}
	endWith(end) {
		this.#end = end;
		const { signal, timeout } = this.#command;
		signal?.addEventListener("abort", this.#abort, { once: true });
		if (timeout !== void 0) this.#timer = setTimeout(() => this.fail(this.#timedOut(timeout)), timeout);
		if (signal?.aborted === true) this.#abort();
	}
	fail(error) {
		if (this.#reason !== void 0) return;
		this.#reason = { error };
		this.#ended = (this.#end?.() ?? Promise.resolve(true)).catch(() => false);
		this.#ended.then(() => this.#over.resolve({
			code: null,
			signal: null
		}));
	}
	get early() {
		return this.#reason !== void 0;
	}
	async over() {
		return await this.#over.promise;
	}
	async throwIfEarly(finished) {
		if (this.#reason === void 0) return;
		const gone = await this.#ended;
		const { error } = this.#reason;
		if (!gone) throw stillRunning(this.#program, error);
		throw error instanceof Failure && error.code === "timeout" ? error.with({ evidence: lastLines(finished) }) : error;
	}
	release() {
		clearTimeout(this.#timer);
		this.#command.signal?.removeEventListener("abort", this.#abort);
	}
	#timedOut(ms) {
		return new Failure(`${this.#program} did not end within ${formatDuration(ms)}.`, { code: "timeout" });
	}
};
function stillRunning(program, error) {
	const added = `${program} could not be ended and may still run.`;
	if (error instanceof Cancelled) return new Cancelled(`${clauseOf(error)}; ${added}`);
	if (!(error instanceof Failure)) return new Failure(added, {
		code: "unexpected",
		cause: error
	});
	return new Failure(`${clauseOf(error)}; ${added}`, {
		code: error.code,
		hint: error.hint,
		evidence: error.evidence,
		cause: error
	});
}
function lineHandler(command, from, ending) {
	const { onLine } = command;
	if (onLine === void 0) return void 0;
	return (line) => {
		try {
			onLine(line, from);
		} catch (error) {
			ending.fail(error);
		}
	};
}
function inputFailure(program, error) {
	return new Failure(`The input of ${program} could not be read: ${messageOf(error)}`, {
		code: "input-broken",
		cause: error
	});
}
function outputFailure(program, error) {
	return new Failure(`The output of ${program} could not be written: ${messageOf(error)}`, {
		code: "output-broken",
		cause: error
	});
}
// src/machine/process/feed.ts
function feed(input, source, onError) {
	if (input === null) return;
	input.on("error", () => void 0);
	if (source === void 0 || typeof source === "string") {
		input.end(source);
		return;
	}
	let over = false;
	const broke = (error) => {
		if (over) return;
		over = true;
		onError(error);
		input.end();
	};
	source.once("error", broke);
	source.once("close", () => {
		if (!source.readableEnded) broke(new Error("it was closed before its end"));
	});
	input.once("close", () => {
		over = true;
		if (!source.readableEnded) source.destroy();
	});
	if (source.errored) broke(source.errored);
	else if (source.readableEnded) input.end();
	else if (source.destroyed) broke(new Error("it was closed before its end"));
	else source.pipe(input);
}
// src/machine/process/output.ts
const CAPTURE_LIMIT = 4194304;
const LINE_LIMIT = 1048576;
var Output = class {
	#onLine;
	#decoder = new StringDecoder("utf8");
	#limit;
	#chunks = [];
	#size = 0;
	#pending = "";
	constructor(onLine, limit = CAPTURE_LIMIT) {
		this.#onLine = onLine;
		this.#limit = limit;
	}
	push(chunk) {
		this.#chunks.push(chunk);
		this.#size += chunk.length;
		if (this.#size > 2 * this.#limit) this.#trim();
		if (this.#onLine !== void 0) this.#lines(this.#decoder.write(chunk), this.#onLine);
	}
	end() {
		if (this.#onLine === void 0) return;
		this.#lines(this.#decoder.end(), this.#onLine);
		const rest = this.#pending;
		this.#pending = "";
		if (rest !== "") this.#onLine(withoutReturn(rest));
	}
	text(encoding = "utf8") {
		this.#trim();
		const [bytes = Buffer.alloc(0)] = this.#chunks;
		return bytes.toString(encoding);
	}
	#trim() {
		const all = Buffer.concat(this.#chunks);
		let from = Math.max(0, all.length - this.#limit);
		if (from > 0) while (from < all.length && ((all[from] ?? 0) & 192) === 128) from += 1;
		const kept = from === 0 ? all : Buffer.from(all.subarray(from));
		this.#chunks = [kept];
		this.#size = kept.length;
	}
	#lines(text, onLine) {
		const open = this.#pending.endsWith("\r");
		this.#pending += text;
		if (open || /[\r\n]/.test(text)) {
			const parts = this.#pending.split(/\r?\n|\r(?!$)/);
			this.#pending = parts.pop() ?? "";
			for (const part of parts) onLine(part);
		}
		if (this.#pending.length > LINE_LIMIT) {
			const piece = this.#pending;
			this.#pending = "";
			onLine(piece);
		}
	}
};
function withoutReturn(line) {
	return line.endsWith("\r") ? line.slice(0, -1) : line;
}
// src/machine/shell/frame.ts
const END = " end ";
var Frame = class {
	#boundary;
	#take;
	#begun = Promise.withResolvers();
	#ended = Promise.withResolvers();
	#state = "before";
	#held = Buffer.alloc(0);
	constructor(boundary, take) {
		this.#boundary = Buffer.from(boundary);
		this.#take = take;
	}
	get begun() {
		return this.#begun.promise;
	}
	get ended() {
		return this.#ended.promise;
	}
	push(chunk) {
		if (this.#state === "behind") return;
		this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
		while (this.#step());
	}
	close() {
		if (this.#state === "within") this.#give(this.#held.length);
		this.#state = "behind";
		this.#begun.resolve(void 0);
		this.#ended.resolve(void 0);
	}
	#step() {
		if (this.#state === "behind") return false;
		const at = this.#held.indexOf(this.#boundary);
		if (at === -1) {
			const kept = beginningOf(this.#boundary, this.#held);
			if (this.#state === "within") this.#give(this.#held.length - kept);
			else this.#held = this.#held.subarray(this.#held.length - kept);
			return false;
		}
		if (this.#state === "within") this.#give(at);
		else this.#held = this.#held.subarray(at);
		const end = this.#held.indexOf(10);
		if (end === -1) return false;
		const said = this.#held.toString("latin1", this.#boundary.length, end);
		this.#held = this.#held.subarray(end + 1);
		if (said.startsWith(END)) {
			this.#state = "behind";
			this.#begun.resolve(void 0);
			this.#ended.resolve(said.slice(5));
		} else {
			this.#state = "within";
			this.#begun.resolve(said);
		}
		return true;
	}
	#give(length) {
		if (length > 0) this.#take(this.#held.subarray(0, length));
		this.#held = this.#held.subarray(length);
	}
};
function beginningOf(boundary, bytes) {
	for (let length = Math.min(boundary.length - 1, bytes.length); length > 0; length -= 1) if (bytes.subarray(-length).equals(boundary.subarray(0, length))) return length;
	return 0;
}
// src/machine/shell/lane.ts
var Lane = class {
	shell;
	#turn;
	#over = false;
	constructor(shell) {
		this.shell = shell;
		shell.stdout.on("data", (chunk) => this.#turn?.stdout.push(chunk));
		shell.stderr.on("data", (chunk) => this.#turn?.stderr.push(chunk));
		for (const stream of [shell.stdout, shell.stderr]) stream.on("error", () => void 0);
		shell.closed.then(() => {
			this.#over = true;
			this.#turn?.stdout.close();
			this.#turn?.stderr.close();
		});
	}
	get over() {
		return this.#over;
	}
	begin(script, turn) {
		this.#turn = turn;
		this.shell.awaited?.(true);
		if (this.#over) {
			turn.stdout.close();
			turn.stderr.close();
		} else this.shell.write(script);
	}
	rest() {
		this.#turn = void 0;
		this.shell.awaited?.(false);
	}
	close() {
		this.#over = true;
		this.shell.close();
	}
};
export { withoutRepeats as C, tellingLines as S, formatAddress as _, Ending as a, outputLines as b, outputFailure as c, FINISH as d, FINISH_NOTED as f, dialLocal as g, NOTE as h, feed as i, drain as l, IDENTIFY as m, Frame as n, inputFailure as o, finishWords as p, Output as r, lineHandler as s, Lane as t, Lanes as u, ending as v, succeed as x, lastLines as y };
