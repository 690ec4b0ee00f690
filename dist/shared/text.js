import { _ as stopIfCancelled, a as formatCount, c as plural, d as Cancelled, f as Failure, g as refusal, h as messageOf, i as formatAgo, l as quoted, m as firstError, n as reveal, o as formatDuration, p as clauseOf, r as compactUtc, s as formatSize, t as Secret, u as shortCommit } from "./secret.js";
import { a as variableName, i as input, n as nearest } from "./nearest.js";
import { a as line } from "./kinds.js";
import { a as formatTarget, n as inQuotes, o as parseTarget, r as quote, t as within } from "./within.js";
import { a as sharedSection, c as describeServer, d as passwordToHide, f as serverOptions, g as qualified, h as literal, i as readable, l as describeTarget, m as identifier, n as oneLine, o as tokenOf, p as asOption, r as printable, s as addressOf, u as parseTargetUrl } from "./printable.js";
import { $ as mayMoveApp, A as headerProblem, B as findJson, C as showUrl, D as equalsText, E as secretsInHeaders, F as restoreSection, G as notifySection, H as nextCommand, I as chooseVerification, J as EVENTS, K as inOwnWords, M as matches, O as showValue, Q as mayChange, R as formatManifest, S as showAddress, W as statusWay, X as STEPS, Y as NotSent, _ as SUCCESS, b as hostPortOf, et as stepNames, g as versionProblem, h as healthSection, j as describePattern, k as valueAt, l as settingsOfDeploy, o as withoutSecrets, q as CHANNEL_KINDS, r as ownerOf, s as allSections, tt as takesBack, v as accepts, x as isLoopback$1, y as describeStatuses, z as parseManifest } from "./owner.js";
import { i as givenSecrets, n as JOURNAL, o as variablesLayer, r as Settings, s as refuseProblems } from "./settings.js";
import { C as withoutRepeats, _ as formatAddress, m as IDENTIFY, v as ending, x as succeed, y as lastLines } from "./lane.js";
import { t as esm_default } from "./pg.js";
import { C as repositoryOf, S as sentence, T as isFullCommit, b as wayLines, r as findingLines, s as textTimeline, w as fullCommit } from "./findings.js";
import { C as string, S as safeParse, _ as picklist, a as is, c as minValue, d as nullish, f as number, g as parseJson$3, h as optional, i as getDotPath, l as nonEmpty, m as objectWithRest, n as boolean, p as object, r as check, s as looseObject, t as array, u as nullable, v as pipe, w as unknown, x as safeInteger, y as record } from "./valibot.js";
import { inspect } from "node:util";
import { X509Certificate, createHash, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { join, posix } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { TLSSocket, connect, createSecureContext } from "node:tls";
import { isIP } from "node:net";
import { Duplex, PassThrough, Writable, pipeline } from "node:stream";
import * as zlib from "node:zlib";
import { isUtf8 } from "node:buffer";
// src/journal/apart.ts
function isApart(apart, commit) {
	return apart !== void 0 && (apart.commit === void 0 || commit === void 0 || apart.commit === commit);
}
function apartAfter(entry, did, before) {
	if (entry.as === "abandoned" || !did.changed) return before;
	if (entry.as === "failed") return entry.on === void 0 ? { commit: void 0 } : before;
	return (entry.schema ?? (did.restored ? "unknown" : "proven")) === "proven" ? void 0 : { commit: entry.on };
}
// src/journal/closing.ts
function closingOf(entry) {
	const { as, at, why, on, owner, blocks } = entry;
	return {
		as,
		at,
		why,
		on,
		blocks: as === "failed" && blocks === true,
		by: owner
	};
}
function runsAfter({ as, on, nothingRuns }, steps, before) {
	if (on !== void 0 || nothingRuns === true) return {
		on,
		nothingRuns: on === void 0
	};
	return (as === "failed" || as === "rolled-back") && steps.some(({ step }) => step === "switch") ? {
		...before,
		nothingRuns: false
	} : before;
}
// src/journal/deploy-record.ts
function opened(entry, stableBefore, apart) {
	return {
		id: entry.deploy,
		owner: entry.owner,
		commit: entry.commit,
		goingBack: entry.goingBack === true,
		from: entry.from,
		ran: entry.ran,
		checkedOut: entry.checkedOut,
		toNothing: entry.toNothing === true,
		live: entry.live,
		apart,
		run: entry.run,
		actor: entry.actor,
		settings: entry.settings,
		hooks: hooksOf(entry),
		openedAt: entry.at,
		stableBefore,
		lastAt: entry.at,
		steps: []
	};
}
function hooksOf({ hooks, settings }) {
	const earlier = Object.entries(settings["hooks"] ?? {}).map(([point, commands]) => [point, JSON.parse(commands)]);
	return hooks ?? Object.fromEntries(earlier);
}
// src/journal/step-record.ts
function endStep(steps, entry) {
	const step = steps.findLast((one) => one.step === entry.step && one.state === "running");
	if (!step) return;
	step.endedAt = entry.at;
	if (entry.kind === "step.done") {
		step.state = "done";
		step.result = entry.result;
	} else {
		step.state = entry.cancelled === true ? "cancelled" : "failed";
		step.message = entry.message;
		if (entry.stopped !== void 0) step.result = { stopped: entry.stopped };
		if (entry.code !== void 0) step.code = entry.code;
		if (entry.unseen === true) step.unseen = true;
	}
}
// src/journal/unwell.ts
const AS_FOUND = "not healthy, as it was found";
const NOT_CHECKED = "not checked";
function unwellAfter(entry, deploy, before) {
	if (entry.as === "confirmed") return void 0;
	if (deploy === void 0 || entry.as === "abandoned") return before;
	if (entry.as === "rolled-back") return before !== void 0 && leavesAsItWas(entry, deploy) ? before : void 0;
	if (entry.blocks === true) return before;
	const left = {
		deploy: deploy.id,
		commit: entry.on
	};
	if (entry.on !== void 0) return {
		...left,
		how: "unhealthy",
		since: sinceOf(deploy, before) ?? entry.at
	};
	if (!deploy.steps.some(({ step }) => mayMoveApp(step))) return before;
	const last = deploy.steps.at(-1);
	return last !== void 0 && STEPS[last.step].gate && last.state === "done" ? void 0 : {
		...left,
		how: "unasked",
		since: entry.at
	};
}
function unwellAfterPass(entry, before) {
	return (before?.commit === void 0 || entry.commit === void 0 || before.commit === entry.commit) && before?.deploy === entry.after ? void 0 : before;
}
function leavesAsItWas({ on, nothingRuns }, { steps }) {
	const back = steps.findLast(({ step }) => step === "rollback" || step === "restore");
	const health = back?.result?.["health"];
	const unseen = health === "not checked" || health === "not healthy, as it was found" || back?.step === "restore" && health === void 0;
	return on !== void 0 && nothingRuns !== true && unseen;
}
function sinceOf({ steps }, before) {
	if (before?.how === "unhealthy") return before.since;
	const stopped = steps.findLast(({ step }) => step === "switch")?.result?.["stopped"];
	const since = typeof stopped === "object" && stopped !== null && "since" in stopped ? stopped.since : void 0;
	return typeof since === "string" && !Number.isNaN(Date.parse(since)) ? since : void 0;
}
// src/journal/ledger.ts
function fold(all, damaged = []) {
	const entries = [];
	const deploys = new Map();
	let stable = [];
	const schemas = new Map();
	const pending = new Map();
	const unconfirmed = new Map();
	const withdrawn = new Set();
	let wentBack;
	let on;
	let apart;
	let unwell;
	let nothingRuns = false;
	let highestFence = 0;
	const mark = (entry) => {
		stable = [...stable.filter((one) => one.commit !== entry.commit), {
			commit: entry.commit,
			at: entry.at,
			deploy: entry.deploy,
			tag: entry.tag,
			schema: entry.schema,
			settings: entry.settings
		}];
		if (entry.schema !== void 0) schemas.set(entry.commit, entry.schema);
		if (entry.commit !== wentBack?.to) wentBack = void 0;
		on = entry.commit;
		unwell = void 0;
		nothingRuns = false;
		pending.set(entry.commit, {
			commit: entry.commit,
			tag: entry.tag,
			why: "not moved yet"
		});
		withdrawn.delete(entry.commit);
	};
	const marked = (commit) => stable.findIndex((one) => one.commit === commit);
	for (const entry of all) {
		if (entry.fence !== void 0) {
			if (entry.fence < highestFence) continue;
			highestFence = entry.fence;
		}
		entries.push(entry);
		const deploy = entry.deploy === void 0 ? void 0 : deploys.get(entry.deploy);
		if (deploy) deploy.lastAt = entry.at;
		switch (entry.kind) {
			case "deploy.opened":
				deploys.set(entry.deploy, opened(entry, stable.map((one) => one.commit), isApart(apart, entry.from)));
				if (entry.goingBack !== true && entry.from !== void 0 && entry.live !== void 0 && !isApart(apart, entry.from)) schemas.set(entry.from, entry.live);
				break;
			case "step.started":
				deploy?.steps.push({
					step: entry.step,
					startedAt: entry.at,
					state: "running",
					intent: entry.intent,
					settings: entry.settings ?? {},
					shared: entry.shared ?? {}
				});
				break;
			case "step.done":
			case "step.failed":
				if (deploy) endStep(deploy.steps, entry);
				break;
			case "deploy.closed":
				if (deploy) deploy.end = closingOf(entry);
				if (entry.as === "confirmed") {
					wentBack = void 0;
					const own = unconfirmed.get(entry.deploy);
					if (own !== void 0) mark(own);
				}
				unwell = unwellAfter(entry, deploy, unwell);
				({on, nothingRuns} = runsAfter(entry, deploy?.steps ?? [], {
					on,
					nothingRuns
				}));
				if (deploy) {
					const restored = deploy.steps.some((step) => step.step === "restore");
					apart = apartAfter(entry, {
						changed: changedSomething(deploy),
						restored
					}, apart);
				}
				break;
			case "version.seen":
				if (entry.during === "opening" && deploy) deploy.live = entry.schema;
				if (entry.during !== "opening" || !isApart(apart, entry.commit)) schemas.set(entry.commit, entry.schema);
				break;
			case "stable.marked":
				if (deploy !== void 0 && deploy.end === void 0) unconfirmed.set(deploy.id, entry);
				else mark(entry);
				break;
			case "stable.withdrawn":
				stable = stable.filter((one) => one.commit !== entry.commit);
				pending.delete(entry.commit);
				withdrawn.add(entry.commit);
				break;
			case "tags.pending":
				pending.set(entry.commit, {
					commit: entry.commit,
					tag: entry.tag,
					why: entry.why
				});
				break;
			case "tags.moved":
				for (const commit of pending.keys()) if (marked(commit) <= marked(entry.commit)) pending.delete(commit);
				withdrawn.clear();
				break;
			case "went-back":
				wentBack = {
					to: entry.to,
					from: entry.from,
					finished: entry.finished
				};
				break;
			case "health.passed": unwell = unwellAfterPass(entry, unwell);
		}
	}
	const records = [...deploys.values()];
	return {
		entries,
		deploys: records,
		open: records.findLast((deploy) => deploy.end === void 0 || deploy.end.blocks),
		stable,
		schemas,
		pendingTags: [...pending.values()],
		withdrawn: [...withdrawn],
		wentBack,
		on,
		apart,
		unwell,
		nothingRuns,
		highestFence,
		damaged
	};
}
function changedSomething(deploy) {
	return deploy.steps.some(({ step }) => mayChange(step));
}
function beingTakenBack(deploy) {
	return deploy.steps.some(({ step }) => takesBack(step));
}
function gatePassed(deploy) {
	const last = deploy.steps.findLast(({ step }) => !takesBack(step) && (STEPS[step].gate || mayChange(step)));
	return last !== void 0 && STEPS[last.step].gate && last.state === "done";
}
function knownAsFailed(ledger, commit) {
	if (ledger.stable.some((one) => one.commit === commit)) return false;
	const last = ledger.deploys.findLast((deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== void 0 && deploy.end.as !== "abandoned");
	return last?.end?.as === "rolled-back" && last.end.on !== commit || last?.end?.as === "failed";
}
// src/machine/guarded.ts
const LOST$1 = 97;
const NOT_RUN = new Set([126, 127]);
function look(file, text) {
	return `savepoint_held=; { IFS= read -r savepoint_held <${file}; } 2>/dev/null; case $savepoint_held in *${text}*) ;; *) exit ${LOST$1} ;; esac`;
}
const LOOK$2 = look("\"$1\"", "\"$2\"");
const GUARDED = `${LOOK$2}
shift 2
exec "$@"`;
const LOOK_AGAIN = ": here a guarded machine looks again";
function guarded(machine, guard) {
	return {
		name: machine.name,
		login: machine.login,
		local: machine.local,
		...machine.holder && { holder: machine.holder },
		run: async (command) => {
			const condition = guard.condition();
			return condition === void 0 ? await machine.run(command) : await runGuarded(machine, command, {
				condition,
				guard
			});
		},
		dial: async (address) => await machine.dial(address),
		[Symbol.asyncDispose]: async () => await machine[Symbol.asyncDispose]()
	};
}
async function holds(machine, { file, text }) {
	if (machine.local) {
		const held = await readFile(file, "utf8").catch(() => "");
		return held.slice(0, (held + "\n").indexOf("\n")).includes(text);
	}
	return (await machine.run({
		words: [
			"sh",
			"-c",
			LOOK$2,
			"sh",
			file,
			text
		],
		repeatable: true
	})).code === 0;
}
async function runGuarded(machine, command, { condition, guard }) {
	const { file, text } = condition;
	const again = look(quote([file]), quote([text]));
	const words = command.words.map((word) => word.replaceAll(LOOK_AGAIN, () => again));
	const finished = await machine.run({
		...command,
		words: [
			"sh",
			"-c",
			GUARDED,
			"sh",
			file,
			text,
			...words
		]
	});
	if (finished.code === LOST$1 && !await holds(machine, condition)) throw await guard.lost();
	if (NOT_RUN.has(finished.code ?? 0) && !await isThere(machine, command)) return await machine.run(command);
	return finished;
}
async function isThere(machine, { words, cwd, env }) {
	const looking = {
		words: [
			"sh",
			"-c",
			"command -v -- \"$1\" >/dev/null 2>&1",
			"sh",
			words[0] ?? ""
		],
		cwd,
		env,
		repeatable: true
	};
	return (await machine.run(looking)).code === 0;
}
// src/machine/files/script.ts
const REASONS = {
	81: "missing",
	82: "not-permitted",
	83: "read-only",
	84: "disk-full",
	85: "is-directory",
	86: "not-directory",
	87: "refused-path",
	88: "no-folder"
};
const COMMON = `
LC_ALL=C; export LC_ALL
# Leaves unless $1 can be looked up; ends with "missing" only where that is certain.
present() {
  [ -e "$1" ] && return 0
  savepoint_up=$(parent "$1")
  while [ ! -e "$savepoint_up" ]; do savepoint_up=$(parent "$savepoint_up"); done
  if [ -d "$savepoint_up" ] && [ ! -x "$savepoint_up" ]; then exit 82; fi
  exit 81
}
# The folder a path is in. A trailing x keeps line breaks at the end of names; the caller's own are lost only with it.
parent() {
  savepoint_parent=\${1%/*}
  case $1 in */*) ;; *) savepoint_parent=. ;; esac
  printf '%s' "\${savepoint_parent:-/}"
}
kilobytes() { df -Pk "$1" 2>/dev/null | sed -n '2,$s/.* \\([0-9][0-9]*\\)  *[0-9-][0-9]*% .*/\\1/p'; }
# Says why nothing can be written in the folder $1, and leaves.
blame() {
  (present "$1") || { [ $? -eq 82 ] && exit 82; exit 88; }
  [ -d "$1" ] || exit 86
  savepoint_free=$(kilobytes "$1")
  if [ "\${savepoint_free:-99}" -lt 16 ]; then exit 84; fi
  if df -Pi "$1" 2>/dev/null | grep -q ' 100% '; then exit 84; fi
  savepoint_mount=$(df -Pk "$1" 2>/dev/null | sed -n '2,$s/.*[0-9]% *//p')
  if awk -v mount="$savepoint_mount" '$2 == mount { options = $4 } END { exit options !~ /^ro(,|$)/ }' /proc/mounts 2>/dev/null; then exit 83; fi
  if [ ! -w "$1" ] || [ ! -x "$1" ]; then exit 82; fi
  exit 1
}
# Makes what was written durable. A sync that cannot open a folder, or knows no names, syncs all there is.
settle() { sync "$1" 2>/dev/null || sync; }
`;
const FileScript = {
	read: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
cat "$1"`,
	write: `folder=$(parent "$1"; printf x); folder=\${folder%x}
[ -d "$1" ] && exit 85
# Nobody can guess the name, and what stands there nevertheless is not written through.
temp=$folder/.savepoint-$4-$$.partial
umask 077
trap 'rm -f "$temp"' EXIT
trap 'exit 1' HUP INT TERM
# Counted: where the connection is lost in the middle, the input just ends, and looks whole.
if ( set -C; cat >"$temp" ) && [ "$(($(wc -c <"$temp")))" -eq "$3" ] && sync "$temp" && chmod "$2" "$temp" && ${LOOK_AGAIN} && mv -f "$temp" "$1"; then settle "$folder"; exit 0; fi
blame "$folder"`,
	exists: `[ -L "$1" ] || present "$1"`,
	makeDirectory: `[ -d "$1" ] && exit 0
[ -e "$1" ] && exit 86
umask 077
# The parents too are private: they are made for this.
if mkdir -p "$1" && chmod "$2" "$1"; then settle "$(parent "$1")"; exit 0; fi
up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
blame "$up"`,
	list: `[ -L "$1" ] || present "$1"
[ -d "$1" ] || exit 86
[ -r "$1" ] && [ -x "$1" ] || exit 82
cd "$1" || exit 82
# A pattern that nothing matches stays as it is; it comes first.
there() { [ -e "$1" ] || [ -L "$1" ] || [ "$1" != "$2" ]; }
set -- ./..?*; there "$1" './..?*' || shift
set -- ./.[!.]* "$@"; there "$1" './.[!.]*' || shift
set -- ./* "$@"; there "$1" './*' || shift
whole=yes
for name do [ -e "$name" ] || whole=; done
# To take names out of so many costs their square: only where one leads nowhere, or vanished.
if [ -z "$whole" ]; then
  for name do
    shift
    if [ -e "$name" ]; then set -- "$@" "$name"
    elif [ -L "$name" ]; then printf 'l\\000%s\\000' "\${name#./}"
    fi
  done
fi
for name do
  if [ -f "$name" ]; then kind=f; elif [ -d "$name" ]; then kind=d; else kind=o; fi
  printf '%s\\000%s\\000' "$kind" "\${name#./}"
done
printf 'end\\000'
[ $# -gt 0 ] || exit 0
about() { stat -L -c '%s %Y' "$@" 2>/dev/null || stat -L -f '%z %m' "$@" 2>/dev/null; }
# One that vanished in between would shift all others: then one by one.
if lines=$(about "$@"); then printf '%s\\n' "$lines"; exit 0; fi
for name do about "$name" || echo '0 0'; done`,
	remove: `for place in "\${HOME:-/}" "$(cd 2>/dev/null && pwd -P)"; do
  case \${place%/}/ in "$1"/*) exit 87 ;; esac
done
[ -L "$1" ] || [ -e "$1" ] || { (present "$1"); [ $? -eq 82 ] && exit 82; exit 0; }
rm -rf "$1" && exit 0
blame "$(parent "$1")"`,
	rename: `[ -L "$1" ] || present "$1"
[ -d "$2" ] && exit 85
if mv -f "$1" "$2"; then
  settle "$(parent "$2")"
  [ "$(parent "$1")" = "$(parent "$2")" ] || settle "$(parent "$1")"
  exit 0
fi
(blame "$(parent "$2")"); why=$?
[ "$why" -eq 1 ] || exit "$why"
blame "$(parent "$1")"`,
	free: `up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
kilobytes "$up"`,
	size: `present "$1"
[ -d "$1" ] && exit 85
stat -L -c %s "$1" 2>/dev/null || stat -L -f %z "$1" 2>/dev/null || wc -c <"$1"`,
	sha256: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
# From standard input: names with odd characters would change the output.
# OpenSSL uses what the processor has for it, and is some four times faster.
openssl dgst -sha256 -r <"$1" 2>/dev/null && exit 0
if command -v sha256sum >/dev/null; then sha256sum <"$1"
else shasum -a 256 <"$1"
fi`,
	home: `[ -n "$HOME" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
[ -n "$HOME" ] || exit 81
printf '%s' "$HOME"`,
	here: `pwd -P | { IFS= read -r folder; printf '%s' "$folder"; }`
};
async function inScript(machine, script, words, options = {}) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			`${COMMON}${script}`,
			"sh",
			...words
		],
		stdin: options.stdin,
		whole: options.all,
		signal: options.signal,
		repeatable: options.repeatable
	});
	const { stdout } = finished;
	if (finished.code === 0) return {
		code: "ok",
		stdout
	};
	const reason = REASONS[finished.code];
	if (reason !== void 0 && options.allowed?.includes(reason)) return {
		code: reason,
		stdout
	};
	throw failureOf(machine, words[0] ?? "", reason, finished);
}
function failureOf(machine, path, reason, finished) {
	const where = machine.local ? path : `${path} on ${machine.name}`;
	const evidence = lastLines(finished);
	switch (reason) {
		case "missing": return new Failure(`${where} does not exist.`, {
			code: "missing",
			evidence
		});
		case "no-folder": return new Failure(`The folder of ${where} does not exist.`, {
			code: "no-folder",
			evidence
		});
		case "not-permitted": return new Failure(`${machine.login} may not use ${where}.`, {
			code: "not-permitted",
			evidence,
			hint: "Check the owner and the mode of it and of the folders above it."
		});
		case "read-only": return new Failure(`${where} is on a read-only file system.`, {
			code: "read-only",
			evidence
		});
		case "disk-full": return new Failure(`There is no room left on the disk for ${where}.`, {
			code: "disk-full",
			evidence,
			hint: `See what fills it: df -h, df -i.`
		});
		case "is-directory": return new Failure(`${where}: a folder stands in the way.`, {
			code: "is-directory",
			evidence
		});
		case "not-directory": return new Failure(`${where} is not in a folder, or is none itself.`, {
			code: "not-directory",
			evidence
		});
		case "refused-path": return new Failure(`${where} is not removed: the home folder is in it.`, {
			code: "refused-path",
			exit: 2
		});
		default: return new Failure(`${where} cannot be used (${ending(finished)}).`, {
			code: "tool-failed",
			evidence
		});
	}
}
// src/machine/files/files.ts
async function readText(machine, path) {
	const { code, stdout } = await inScript(machine, FileScript.read, [path], {
		allowed: ["missing"],
		all: true,
		repeatable: true
	});
	return code === "missing" ? void 0 : stdout;
}
async function writeText(machine, path, text, options = {}) {
	const words = [
		path,
		octal(options.mode ?? 384),
		String(Buffer.byteLength(text)),
		unguessable()
	];
	await inScript(machine, FileScript.write, words, {
		stdin: text,
		repeatable: true
	});
}
async function exists(machine, path) {
	const { code } = await inScript(machine, FileScript.exists, [path], {
		allowed: ["missing"],
		repeatable: true
	});
	return code === "ok";
}
async function makeDirectory(machine, path, options = {}) {
	await inScript(machine, FileScript.makeDirectory, [path, octal(options.mode ?? 448)], { repeatable: true });
}
async function listFolder(machine, path) {
	const { code, stdout } = await inScript(machine, FileScript.list, [path], {
		allowed: ["missing"],
		all: true,
		repeatable: true
	});
	if (code === "missing") return [];
	const fields = stdout.split("\0");
	const entries = [];
	const end = fields.findIndex((field, at) => at % 2 === 0 && field === "end");
	const stats = (fields[end + 1] ?? "").split("\n");
	let line = 0;
	for (let at = 0; at < end; at += 2) {
		const [size = 0, seconds = 0] = fields[at] === "l" ? [] : (stats[line++] ?? "").split(" ").map(Number);
		entries.push({
			kind: kindOf(fields[at]),
			name: fields[at + 1] ?? "",
			size,
			modified: seconds * 1e3
		});
	}
	return entries;
}
function kindOf(letter) {
	if (letter === "f") return "file";
	return letter === "d" ? "directory" : "other";
}
async function remove(machine, path) {
	const plain = posix.normalize(path).replace(/(?<=.)\/+$/, "");
	if (path === "" || plain === "/" || !plain.startsWith("/")) throw refusal(`${JSON.stringify(path)} is not removed.`, { code: "refused-path" });
	await inScript(machine, FileScript.remove, [plain], { repeatable: true });
}
async function rename(machine, from, to) {
	await inScript(machine, FileScript.rename, [from, to]);
}
async function freeBytes(machine, path) {
	const { stdout } = await inScript(machine, FileScript.free, [path], { repeatable: true });
	return numberIn(stdout, `The free space of ${path}`) * 1024;
}
async function fileSize(machine, path) {
	const { stdout } = await inScript(machine, FileScript.size, [path], { repeatable: true });
	return numberIn(stdout, `The size of ${path}`);
}
async function sha256(machine, path, options = {}) {
	const { stdout } = await inScript(machine, FileScript.sha256, [path], {
		...options,
		repeatable: true
	});
	const sum = /^[0-9a-f]{64}/.exec(stdout)?.[0];
	if (sum === void 0) throw new Failure(`The checksum of ${path} on ${machine.name} cannot be read.`, {
		code: "tool-failed",
		evidence: [stdout.slice(0, 200)]
	});
	return sum;
}
async function home(machine) {
	const { stdout } = await inScript(machine, FileScript.home, ["~"], { repeatable: true });
	return stdout;
}
async function resolvePath(machine, path) {
	if (path.startsWith("/")) return tidy$1(path);
	if (path === "~" || path.startsWith("~/")) return tidy$1(posix.join(await home(machine), path.slice(1)));
	if (path.startsWith("~")) throw refusal(`${JSON.stringify(path)}: another user's home is not looked up.`, {
		code: "refused-path",
		hint: "Give the full path."
	});
	if (path === "") throw refusal("The path is empty.", { code: "refused-path" });
	const { stdout } = machine.local ? await inScript(machine, FileScript.here, ["."], { repeatable: true }) : await inScript(machine, FileScript.home, ["~"], { repeatable: true });
	return tidy$1(posix.join(stdout, path));
}
function tidy$1(path) {
	return posix.normalize(path).replace(/(?<=.)\/+$/, "");
}
function unguessable() {
	return randomBytes(8).toString("hex");
}
function octal(mode) {
	return mode.toString(8).padStart(4, "0");
}
function numberIn(text, what) {
	const number = Number(text.trim());
	if (text.trim() === "" || !Number.isSafeInteger(number)) throw new Failure(`${what} cannot be read.`, {
		code: "tool-failed",
		evidence: [text.slice(0, 200)]
	});
	return number;
}
// src/postgres/door.ts
const NOT_LET_IN = new Set([
	"28P01",
	"28000",
	"42501",
	"3D000",
	"tls"
]);
async function atDoor(open, { touched, beside }) {
	try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		const found = await beside(error);
		const refused = !touched && NOT_LET_IN.has(error.code ?? "");
		if (!refused && found === void 0) throw error;
		throw error.with({
			...refused && {
				exit: 2,
				state: ["Nothing was touched."]
			},
			...found !== void 0 && { hint: `${error.hint ?? ""}\n${found}`.trim() }
		});
	}
}
function lookOnce(beside) {
	const looked = new Map();
	return async (target, error) => {
		const key = `${describeTarget(target)} ${error.code ?? ""}`;
		const known = looked.get(key) ?? beside(target, error);
		looked.set(key, known);
		return await known;
	};
}
// src/postgres/channel-binding.ts
const BOUND = "SCRAM-SHA-256-PLUS";
function requireChannelBinding(client, stream) {
	const { connection } = client;
	const refuse = () => {
		const failure = new Failure("The server does not bind the login to the encrypted connection, and channel_binding=require asks for it.", {
			code: "tls",
			hint: "Switch SSL and scram-sha-256 on in the server; where a pooler or a proxy is in between that cannot, say channel_binding=prefer."
		});
		stream.destroy(failure);
	};
	connection.prependListener("authenticationSASL", ({ mechanisms }) => {
		if (!(stream instanceof TLSSocket && mechanisms.includes(BOUND))) refuse();
	});
	for (const other of ["authenticationCleartextPassword", "authenticationMD5Password"]) connection.prependListener(other, refuse);
	let bound = false;
	connection.prependListener("authenticationSASLFinal", () => bound = true);
	connection.prependListener("authenticationOk", () => {
		if (!bound) refuse();
	});
}
// src/core/sql-state.ts
function sqlState(code) {
	return code !== void 0 && isSqlState(code) ? code : void 0;
}
function isSqlState(code) {
	return /^[0-9A-Z]{5}$/.test(code);
}
// src/postgres/sqlerror.ts
function sqlFailure(error, sql, target) {
	const evidence = [];
	if (sql !== void 0 && error.position !== void 0) evidence.push(...positionEvidence(sql, Number(error.position)));
	if (error.internalQuery !== void 0 && error.internalPosition !== void 0) evidence.push(...positionEvidence(error.internalQuery, Number(error.internalPosition)));
	const detail = withoutValues(error);
	if (detail !== void 0) evidence.push(`detail: ${detail}`);
	const place = Object.entries({
		schema: error.schema,
		table: error.table,
		column: error.column,
		constraint: error.constraint
	}).filter(([, name]) => name !== void 0).map(([kind, name]) => `${kind} ${name}`);
	if (place.length > 0) evidence.push(`where: ${place.join(", ")}`);
	if (error.where !== void 0) evidence.push(...context(error.where));
	if (error.hint !== void 0) evidence.push(`PostgreSQL's hint: ${error.hint}`);
	return new Failure(`${error.message} (SQLSTATE ${error.code ?? "unknown"})`, {
		code: sqlState(error.code),
		evidence,
		hint: privilegeHint(error, target) ?? error.hint,
		cause: error
	});
}
function entryFailure(error, target) {
	const role = identifier(target.user);
	const url = target.setting ?? "the URL";
	const hints = {
		"28P01": `Check the password in ${url} (special characters are percent-encoded), or set it: ALTER ROLE ${role} PASSWORD '…'`,
		"28000": `Check that the role ${role} exists, may log in, and that the server's pg_hba.conf lets it in from here.`,
		"3D000": `Check the database's name in ${target.nameSetting ?? url}, or create it: CREATE DATABASE ${identifier(target.database)} OWNER ${role}`,
		"42501": `GRANT CONNECT ON DATABASE ${identifier(target.database)} TO ${role}`,
		"53300": "The server has no connection left: end idle ones or raise max_connections.",
		"57P03": "The server is starting or stopping: try again when it is up.",
		"55000": `The database takes no connections: ALTER DATABASE ${identifier(target.database)} ALLOW_CONNECTIONS true`
	};
	const where = error.code === "28P01" ? describeServer(target) : describeTarget(target);
	return new Failure(`Cannot enter ${where}: ${error.message}`, {
		code: sqlState(error.code),
		hint: (error.code === void 0 ? void 0 : hints[error.code]) ?? error.hint,
		evidence: error.detail === void 0 ? [] : [`detail: ${error.detail}`],
		cause: error
	});
}
function positionEvidence(sql, position) {
	const characters = Array.from(sql);
	if (!Number.isInteger(position) || position < 1 || position > characters.length + 1) return [];
	const before = characters.slice(0, position - 1);
	const start = before.lastIndexOf("\n") + 1;
	const end = characters.indexOf("\n", position - 1);
	const line = characters.slice(start, end < 0 ? void 0 : end);
	const lineNumber = before.filter((character) => character === "\n").length + 1;
	const column = position - 1 - start;
	const from = column > 60 ? column - 60 : 0;
	const shown = line.slice(from, from + 120).map((character) => character === "	" || character === "\r" ? " " : character);
	const label = `line ${lineNumber}: ${from > 0 ? "…" : ""}`;
	const more = line.length > from + 120 ? " …" : "";
	return [`${label}${shown.join("").trimEnd()}${more}`, `${" ".repeat(Array.from(label).length + column - from)}^`];
}
function withoutValues(error) {
	if (error.detail === void 0 || error.code?.startsWith("23") !== true) return error.detail;
	if (error.code === "23502" || error.code === "23514") return void 0;
	return error.detail.replace(/=\(.*\)/su, "=(…)");
}
function context(where) {
	return where.split("\n").slice(0, 3).map((line) => `context: ${line.replace(/^(COPY [^:]*):.*$/u, "$1")}`);
}
function privilegeHint(error, target) {
	if (error.code !== "42501") return void 0;
	const role = identifier(target.user);
	switch (error.routine) {
		case "createdb":
		case "RenameDatabase": return `ALTER ROLE ${role} CREATEDB, and make it a member of the database's owner: GRANT <owner> TO ${role}; or name a role that has both in database-admin-url`;
		case "pg_terminate_backend": return `GRANT pg_signal_backend TO ${role}`;
		default: return `the role ${role} lacks this right: GRANT it, or GRANT the owning role TO ${role}, or name a role that has it in database-admin-url`;
	}
}
// src/postgres/pg-connection.ts
const CANCEL_GRACE = 5e3;
const CLOSE_GRACE = 2e3;
var PgConnection = class {
	target;
	pid = 0;
	keyPid = 0;
	serverVersion = 0;
	#client;
	#stream;
	#request;
	#last = Promise.resolve();
	#lost;
	constructor(client, stream, request) {
		this.target = request.target;
		this.#client = client;
		this.#stream = stream;
		this.#request = request;
		client.on("error", (error) => this.#lost ??= error);
		const { onNotice } = request;
		if (onNotice) client.on("notice", (notice) => onNotice(`${notice.severity ?? "NOTICE"}: ${notice.message ?? ""}`));
	}
	async begin() {
		const { lockTimeout = 0, statementTimeout = 0 } = this.#request;
		this.keyPid = "processID" in this.#client ? Number(this.#client.processID) : 0;
		const wanted = [
			["DateStyle", "ISO"],
			["IntervalStyle", "postgres"],
			["lock_timeout", String(lockTimeout)],
			["statement_timeout", String(statementTimeout)],
			["idle_in_transaction_session_timeout", "0"],
			["idle_session_timeout", "0"],
			["transaction_timeout", "0"],
			["client_connection_check_interval", "5s"],
			["default_transaction_read_only", "off"],
			...this.#request.asApp === true ? [] : PINNED
		];
		const rows = await this.query(`SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
        pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS readonly,
        (SELECT pg_catalog.count(pg_catalog.set_config(s.name, w.setting, false)) FROM pg_catalog.pg_settings s
         JOIN pg_catalog.jsonb_each_text($1::pg_catalog.jsonb) AS w(name, setting) ON pg_catalog.lower(w.name) OPERATOR(pg_catalog.=) pg_catalog.lower(s.name)
         WHERE (s.context OPERATOR(pg_catalog.<>) 'superuser' OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER))
           AND ($2 OR pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $3)) AS settings`, [
			JSON.stringify(Object.fromEntries(wanted)),
			this.#request.untouched !== true,
			this.keyPid
		]);
		this.pid = rows[0]?.pid ?? 0;
		this.serverVersion = rows[0]?.version ?? 0;
		this.#refuseOther(rows[0]?.standby === true, rows[0]?.readonly === true);
	}
	#refuseOther(standby, readonly) {
		const wanted = this.target.options["target_session_attrs"];
		if (!(wanted === "primary" && standby) && !(wanted === "read-write" && (standby || readonly))) return;
		this.#stream.destroy();
		throw refusal(`${describeTarget(this.target)} is ${standby ? "a standby" : "read-only"}, and target_session_attrs=${wanted} asks for the server that writes.`, {
			code: "read-only",
			hint: standby ? "Name the primary." : "ALTER DATABASE or ALTER ROLE … RESET default_transaction_read_only, where that is what says so."
		});
	}
	async query(sql, values) {
		const result = await this.#inTurn(sql, values);
		return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
	}
	async exec(sql) {
		await this.#inTurn(sql, void 0);
	}
	async transaction(body, mode = "") {
		await this.exec(`BEGIN ${mode}`);
		try {
			const result = await body();
			if ((await this.#inTurn("COMMIT", void 0)).command !== "COMMIT") throw new Failure("The transaction was rolled back: a statement in it had failed.", { code: "25P02" });
			return result;
		} catch (error) {
			if (this.#lost === void 0) await this.#send("ROLLBACK", void 0).catch((lost) => this.#lost ??= lost);
			throw error;
		}
	}
	async inSnapshot(body) {
		await this.#last;
		if (this.#client.getTransactionStatus() === "T") return await body();
		return await this.transaction(body, "ISOLATION LEVEL REPEATABLE READ, READ ONLY");
	}
	async [Symbol.asyncDispose]() {
		if (this.#lost === void 0) {
			const ended = this.#client.end().catch((error) => this.#lost ??= error);
			await within({
				ms: CLOSE_GRACE,
				late: () => void 0
			}, async () => await ended);
		}
		this.#stream.destroy();
	}
	async #inTurn(sql, values) {
		const turn = this.#last.then(async () => await this.#run(sql, values));
		this.#last = turn.catch(() => void 0);
		return await turn;
	}
	async #run(sql, values) {
		const { signal } = this.#request;
		if (signal) stopIfCancelled(signal);
		const onAbort = () => void this.#cancel();
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			return await this.#send(sql, values);
		} catch (error) {
			if (signal) stopIfCancelled(signal);
			if (error instanceof esm_default.DatabaseError) throw sqlFailure(error, sql, this.target);
			throw new Failure(`The connection to ${describeTarget(this.target)} was lost.`, {
				code: "connection-lost",
				evidence: [messageOf(this.#lost ?? error)],
				hint: "What the statement did is unknown: look before it is run again.",
				cause: error
			});
		} finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}
	async #send(sql, values) {
		return await (values === void 0 ? this.#client.query(sql) : this.#client.query(sql, [...values]));
	}
	async #cancel() {
		const secret = "secretKey" in this.#client ? Number(this.#client.secretKey) : 0;
		const message = Buffer.alloc(16);
		[
			16,
			80877102,
			this.keyPid,
			secret
		].forEach((word, index) => message.writeInt32BE(word, index * 4));
		try {
			const stream = await this.#request.dial(addressOf(this.target));
			stream.on("error", () => void 0);
			stream.resume();
			stream.write(message);
			await delay(CANCEL_GRACE);
			stream.destroy();
		} catch (error) {
			this.#lost ??= error instanceof Error ? error : new Error(String(error));
		} finally {
			this.#stream.destroy();
		}
	}
};
const PINNED = [
	["search_path", ""],
	["default_transaction_isolation", "read committed"],
	["default_transaction_deferrable", "off"],
	["row_security", "on"],
	["standard_conforming_strings", "on"],
	["quote_all_identifiers", "off"],
	["session_replication_role", "origin"]
];
async function delay(ms) {
	await new Promise((resolve) => setTimeout(resolve, ms).unref());
}
const { builtins } = esm_default.types;
const asText = (value) => value;
const parsers = {
	[builtins.INT8]: BigInt,
	[builtins.DATE]: asText,
	[builtins.TIMESTAMP]: asText,
	[builtins.INTERVAL]: asText
};
const TYPES = { getTypeParser: (oid, format) => parsers[oid] ?? esm_default.types.getTypeParser(oid, format) };
// src/postgres/time-limits.ts
const LIMITS = [
	"statement_timeout",
	"lock_timeout",
	"idle_in_transaction_session_timeout",
	"idle_session_timeout",
	"transaction_timeout"
];
const UNLIMITED = [
	17e4,
	14e4,
	0
].map((version) => withoutLimits(version));
function withoutLimits(version) {
	return LIMITS.slice(0, version >= 17e4 ? 5 : version >= 14e4 ? 4 : 3).map((name) => asOption({
		name,
		value: "0"
	})).join(" ");
}
function optionsForCopies(version) {
	return `${withoutLimits(version)} ${asOption({
		name: "array_nulls",
		value: "on"
	})}`;
}
// src/postgres/wire.ts
const SSL_REQUEST = Buffer.from([
	0,
	0,
	0,
	8,
	4,
	210,
	22,
	47
]);
async function secureWire(raw, target, certificates) {
	if (target.socket !== void 0 || target.sslmode === "disable" || target.sslmode === "allow") return raw;
	raw.write(SSL_REQUEST);
	const answer = await firstBytes(raw);
	if (answer === "S") return await handshake$1(raw, target, certificates);
	if (answer === "N" && target.sslmode === "prefer") return raw;
	raw.destroy();
	if (answer === "N") throw new Failure("The server does not offer encryption, and sslmode asks for it.", {
		code: "tls",
		hint: "Switch SSL on in the server, or, where the way to it is safe, say sslmode=disable in the URL."
	});
	throw new Failure("What answers there does not speak PostgreSQL.", {
		code: "tls",
		hint: "Check the server's name and port."
	});
}
async function firstBytes(raw) {
	return await new Promise((resolve, reject) => {
		const settle = (act) => {
			raw.off("data", onData).off("error", onError).off("close", onClose).off("end", onClose);
			act();
		};
		const onData = (bytes) => {
			raw.pause();
			settle(() => resolve(bytes.toString("latin1")));
		};
		const onError = (error) => settle(() => reject(error));
		const onClose = () => settle(() => reject(new Failure("The connection was closed before it began.", { code: "connection-lost" })));
		raw.on("data", onData).on("error", onError).on("close", onClose).on("end", onClose);
	});
}
async function handshake$1(raw, target, certificates) {
	const stream = connect(tlsOptions(raw, target, certificates));
	raw.on("error", (error) => stream.destroy(error));
	await new Promise((resolve, reject) => {
		const onError = (error) => {
			const code = "code" in error && typeof error.code === "string" ? error.code : "";
			reject(new Failure(`No trusted encrypted connection to ${target.host} (sslmode=${target.sslmode}).`, {
				code: "tls",
				evidence: [code === "" ? messageOf(error) : `${messageOf(error)} (${code})`],
				hint: "Give the authority that signed the server's certificate as sslrootcert=/path/on/that/machine in the URL, and the server by the name in its certificate.",
				cause: error
			}));
		};
		stream.once("error", onError);
		stream.once("close", () => onError(new Error("closed during the handshake")));
		stream.once("secureConnect", () => {
			stream.off("error", onError);
			resolve();
		});
	});
	return stream;
}
function tlsOptions(raw, target, certificates) {
	const verified = target.sslmode.startsWith("verify-") || target.sslmode === "require" && certificates.root !== void 0;
	const { ssl_min_protocol_version: minVersion, ssl_max_protocol_version: maxVersion } = target.options;
	return {
		...minVersion === void 0 ? {} : { minVersion },
		...maxVersion === void 0 ? {} : { maxVersion },
		socket: raw,
		host: target.host,
		...isIP(target.host) === 0 && target.options["sslsni"] !== "0" ? { servername: target.host } : {},
		rejectUnauthorized: verified,
		...target.sslmode === "verify-full" ? {} : { checkServerIdentity: () => void 0 },
		...certificates.root === void 0 ? {} : { ca: certificates.root },
		...certificates.certificate === void 0 ? {} : { cert: certificates.certificate },
		...certificates.key === void 0 ? {} : { key: certificates.key }
	};
}
// src/postgres/open-connection.ts
const CONNECT_TIMEOUT = 1e4;
const LEAST_SECONDS = 2;
const FOR_EVER_SECONDS = 3600;
function connectTimeoutOf({ options }) {
	const said = options["connect_timeout"];
	if (said === void 0) return CONNECT_TIMEOUT;
	const seconds = Number(said) <= 0 ? FOR_EVER_SECONDS : Number(said);
	return Math.min(Math.max(seconds, LEAST_SECONDS), FOR_EVER_SECONDS) * 1e3;
}
const TOO_SHORT = [
	"57014",
	"25P04",
	"25P03",
	"57P05",
	"connection-lost"
];
async function openConnection(request) {
	try {
		return await openWith(request, void 0);
	} catch (error) {
		if (!(error instanceof Failure && TOO_SHORT.includes(error.code ?? ""))) throw error;
		for (const options of UNLIMITED) try {
			return await openWith(request, options);
		} catch (again) {
			if (!(again instanceof Failure)) throw again;
		}
		throw error;
	}
}
async function openWith(request, door) {
	const { target, signal } = request;
	const timeout = request.connectTimeout ?? connectTimeoutOf(target);
	const opening = new ConnectionAttempt(request, door);
	const late = () => {
		throw new Failure(`No answer from ${describeTarget(target)} within ${timeout / 1e3} s.`, {
			code: "timeout",
			hint: "Check the server's name and port, and the firewall between."
		});
	};
	try {
		return await within({
			ms: timeout,
			late,
			signal
		}, async () => await opening.open());
	} catch (error) {
		opening.abandon();
		throw error;
	}
}
var ConnectionAttempt = class {
	#request;
	#door;
	#stream;
	#abandoned = false;
	constructor(request, door) {
		this.#request = request;
		this.#door = door;
	}
	abandon() {
		this.#abandoned = true;
		this.#stream?.destroy();
	}
	async open() {
		const { target } = this.#request;
		const stream = await this.#wire();
		const options = [serverOptions(target), this.#door].filter((text) => text !== void 0).join(" ");
		let passwordAsked = false;
		const client = new esm_default.Client({
			host: target.host,
			port: target.port,
			user: target.user,
			database: target.database,
			password: () => {
				passwordAsked = true;
				return target.password?.reveal() ?? "";
			},
			ssl: false,
			stream: () => asSocket(stream),
			application_name: this.#request.applicationName,
			...options === "" ? {} : { options },
			enableChannelBinding: target.options["channel_binding"] === "require",
			types: TYPES
		});
		if (target.options["channel_binding"] === "require") requireChannelBinding(client, stream);
		const session = new PgConnection(client, stream, this.#request);
		try {
			await client.connect();
		} catch (error) {
			if (passwordAsked && target.password === void 0) throw new Failure(`${describeServer(target)} wants a password, and ${target.setting ?? "the URL"} has none.`, {
				code: "28P01",
				hint: "Put it into the URL: postgres://user:password@server/database"
			});
			throw error instanceof esm_default.DatabaseError ? entryFailure(error, target) : unreachable(error, target);
		}
		await session.begin();
		return session;
	}
	async #wire() {
		const { target, certificates = {} } = this.#request;
		try {
			const raw = await this.#request.dial(addressOf(target));
			this.#stream = raw;
			raw.on("error", () => void 0);
			if (this.#abandoned) raw.destroy();
			const stream = await secureWire(raw, target, certificates);
			this.#stream = stream;
			return stream;
		} catch (error) {
			throw unreachable(error, target);
		}
	}
};
function asSocket(stream) {
	const nothing = () => stream;
	const missing = Object.fromEntries([
		"setNoDelay",
		"setKeepAlive",
		"ref",
		"unref"
	].filter((name) => !(name in stream)).map((name) => [name, nothing]));
	return Object.assign(stream, missing, { connect: () => {
		process.nextTick(() => stream.resume().emit("connect"));
		return stream;
	} });
}
function unreachable(error, target) {
	const known = error instanceof Failure ? error : void 0;
	if (known?.code === "tls") return known;
	return new Failure(`Cannot reach ${describeTarget(target)}.`, {
		code: known?.code ?? "unreachable",
		evidence: [messageOf(error), ...known?.evidence ?? []],
		hint: `${known?.hint ?? "Check the server's name and port, that it runs, and the firewall between."} It is named by ${target.setting ?? "the URL"}.`,
		cause: error
	});
}
// src/postgres/neutral-environment.ts
const NEUTRAL = {
	PGHOSTADDR: "",
	PGCLIENTENCODING: "",
	PGREQUIREPEER: "",
	PGSSLCRL: "",
	PGSSLCRLDIR: "",
	PGSSLMINPROTOCOLVERSION: "",
	PGSSLMAXPROTOCOLVERSION: "",
	PGSSLNEGOTIATION: "postgres",
	PGSSLCERTMODE: "allow",
	PGGSSENCMODE: "disable",
	PGTARGETSESSIONATTRS: "any",
	PGLOADBALANCEHOSTS: "disable",
	PGTZ: "default",
	PGDATESTYLE: "default",
	PGGEQO: "default"
};
const VARIABLES = {
	hostaddr: "PGHOSTADDR",
	sslsni: "PGSSLSNI",
	sslcompression: "PGSSLCOMPRESSION",
	ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
	ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
	target_session_attrs: "PGTARGETSESSIONATTRS"
};
// \0@oxc-project+runtime@0.155.0/helpers/esm/usingCtx.js
function _usingCtx() {
	var r = "function" == typeof SuppressedError ? SuppressedError : function(r, e) {
		var n = Error();
		return n.name = "SuppressedError", n.error = r, n.suppressed = e, n;
	}, e = {}, n = [];
	function using(r, e) {
		if (null != e) {
			if (Object(e) !== e) throw new TypeError("using declarations can only be used with objects, functions, null, or undefined.");
			if (r) var o = e[Symbol.asyncDispose || Symbol["for"]("Symbol.asyncDispose")];
			if (void 0 === o && (o = e[Symbol.dispose || Symbol["for"]("Symbol.dispose")], r)) var t = o;
			if ("function" != typeof o) throw new TypeError("Object is not disposable.");
			t && (o = function o() {
				try {
					t.call(e);
				} catch (r) {
					return Promise.reject(r);
				}
			}), n.push({
				v: e,
				d: o,
				a: r
			});
		} else r && n.push({
			d: e,
			a: r
		});
		return e;
	}
	return {
		e,
		u: using.bind(null, !1),
		a: using.bind(null, !0),
		d: function d() {
			var o, t = this.e, s = 0;
			function next() {
				for (; o = n.pop();) try {
					if (!o.a && 1 === s) return s = 0, n.push(o), Promise.resolve().then(next);
					if (o.d) {
						var r = o.d.call(o.v);
						if (o.a) return s |= 2, Promise.resolve(r).then(next, err);
					} else s |= 1;
				} catch (r) {
					return err(r);
				}
				if (1 === s) return t !== e ? Promise.reject(t) : Promise.resolve();
				if (t !== e) throw t;
			}
			function err(n) {
				return t = t !== e ? new r(n, t) : n, next();
			}
			return next();
		}
	};
}
// src/postgres/pooler.ts
async function requireSessions(connection, open) {
	try {
		var _usingCtx$19 = _usingCtx();
		const own = new Set([connection.pid]);
		for (let turn = 0; turn < 3; turn += 1) own.add(await pidOf(connection));
		if (own.size > 1) throw transactions(connection, `one connection was answered by ${plural(own.size, "server session")}`);
		const second = _usingCtx$19.a(await openSecond(connection, open));
		const others = new Set([second.pid]);
		for (let turn = 0; turn < 3; turn += 1) {
			others.add(await pidOf(second));
			own.add(await pidOf(connection));
		}
		if (own.size > 1 || others.size > 1 || others.has(connection.pid)) throw transactions(connection, "two connections that were open at once were answered by one server session");
		await requireReset(second, open);
	} catch (_) {
		_usingCtx$19.e = _;
	} finally {
		await _usingCtx$19.d();
	}
}
async function requireReset(used, open) {
	try {
		var _usingCtx3 = _usingCtx();
		const mark = randomBytes(8).toString("hex");
		await used.query("SELECT set_config('savepoint.mark', $1, false)", [mark]);
		await used[Symbol.asyncDispose]();
		const next = _usingCtx3.a(await open());
		const [row] = await next.query("SELECT current_setting('savepoint.mark', true) AS mark");
		if (row?.mark !== mark) return;
		await next.exec("RESET savepoint.mark");
		throw refusal(`${describeTarget(next.target)} goes through a pooler that hands sessions on as they were left.`, {
			code: "pooler",
			hint: `Give the database's direct address, or set server_reset_query = DISCARD ALL in the pooler. ${BESIDE}`,
			evidence: ["a setting of one session was found in the next one: a backup would leave the application without its search path"]
		});
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function openSecond(connection, open) {
	try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure && [
			"timeout",
			"53300",
			"08P01"
		].includes(error.code ?? ""))) throw error;
		throw refusal(`${describeTarget(connection.target)} goes through a pooler that gives no second session.`, {
			code: "pooler",
			hint: `Give the database's direct address: a backup reads in several sessions at once. ${BESIDE}`,
			evidence: [error.message],
			cause: error
		});
	}
}
const BESIDE = "Where `database-url` must stay the pooler's, give the direct one as `database-admin-url` beside it.";
function transactions(connection, seen) {
	return refusal(`${describeTarget(connection.target)} goes through a transaction pooler.`, {
		code: "pooler",
		hint: `Give the database's direct address (or the pooler's session mode): migrations, dumps and locks need a server session each. ${BESIDE}`,
		evidence: [seen]
	});
}
async function pidOf(connection) {
	const [row] = await connection.query("SELECT pg_backend_pid() AS pid");
	return row?.pid ?? 0;
}
// src/postgres/starting.ts
const NOT_YET = "57P03";
const NOBODY$1 = [
	"refused",
	"connection-lost",
	"unreachable"
];
const PATIENCE_MS$4 = 3e4;
const JUST_STARTED_MS = 3e4;
const PAUSE_MS$1 = 500;
async function whenUp(open, { say, startedAgo, signal }) {
	const until = performance.now() + PATIENCE_MS$4;
	for (let told = false;; told = true) try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure) || performance.now() >= until || !await isStarting(error, startedAgo)) throw error;
		if (!told) say(`The database is just starting; waiting for it, up to ${PATIENCE_MS$4 / 1e3} s (${clauseOf(error)}).`);
		await new Promise((done) => setTimeout(done, PAUSE_MS$1));
		if (signal) stopIfCancelled(signal);
	}
}
async function isStarting({ code }, startedAgo) {
	if (code === NOT_YET) return true;
	if (code === void 0 || !NOBODY$1.includes(code)) return false;
	const ago = await startedAgo?.();
	return ago !== void 0 && ago < JUST_STARTED_MS;
}
// src/postgres/read-certificates.ts
async function readCertificates({ options }, toolsOn) {
	const { sslrootcert, sslcert, sslkey } = options;
	return {
		root: sslrootcert === "system" ? void 0 : await read$1(toolsOn, "sslrootcert", sslrootcert),
		certificate: await read$1(toolsOn, "sslcert", sslcert),
		key: await read$1(toolsOn, "sslkey", sslkey)
	};
}
async function read$1(toolsOn, option, path) {
	if (path === void 0 || path === "") return void 0;
	const finished = await toolsOn.run({ words: [
		"cat",
		"--",
		path
	] });
	if (finished.code === 0) return finished.stdout;
	throw new Failure(`${option} of the database's URL cannot be read on ${toolsOn.name}: ${path}.`, {
		code: "no-file",
		evidence: finished.stderr.trim().split("\n"),
		hint: `Put the file there, readable by ${toolsOn.login}.`
	});
}
// src/postgres/database.ts
const OURS_ALONE = new Set([
	"look",
	"count",
	"backup",
	"restore",
	"side",
	"swap",
	"end",
	"wait"
]);
const OURS = "savepoint ";
function openDatabase(request) {
	return new Database(request);
}
var Database = class {
	name;
	target;
	adminTarget;
	dialFrom;
	toolsOn;
	held;
	adminReads;
	#beside;
	#patience;
	#ways = new Set();
	#directVersion;
	constructor(request) {
		this.target = request.target;
		this.adminTarget = request.adminTarget ?? request.target;
		this.name = request.target.database;
		this.dialFrom = request.dialFrom;
		this.toolsOn = request.toolsOn;
		this.held = request.held;
		this.adminReads = request.adminReads ?? false;
		this.#beside = request.beside && lookOnce(request.beside);
		this.#patience = {
			say: request.say ?? (() => void 0),
			startedAgo: request.startedAgo
		};
	}
	async connect(purpose, options = {}) {
		const connection = await this.#direct(purpose, options);
		try {
			await this.held?.confirm();
			return connection;
		} catch (error) {
			await connection[Symbol.asyncDispose]();
			throw error;
		}
	}
	async #direct(purpose, options) {
		const request = await this.#request(purpose, options);
		const { target } = request;
		const way = wayOf(target);
		if (this.#ways.has(way)) return await this.#open(request);
		const first = await this.#open({
			...request,
			untouched: true
		});
		if (first.keyPid !== first.pid) try {
			var _usingCtx$18 = _usingCtx();
			await requireSessions(_usingCtx$18.a(first), async () => await openConnection({
				...request,
				untouched: true
			}));
		} catch (_) {
			_usingCtx$18.e = _;
		} finally {
			await _usingCtx$18.d();
		}
		this.#ways.add(way);
		if (first.keyPid === first.pid) this.#directVersion = first.serverVersion;
		return first.keyPid === first.pid ? first : await openConnection(request);
	}
	async whoAnswers() {
		try {
			var _usingCtx3 = _usingCtx();
			const connection = _usingCtx3.a(await this.#open({
				...await this.#request("look", {}),
				untouched: true
			}));
			const [row] = await connection.query("SELECT system_identifier::text AS system FROM pg_control_system()");
			return {
				system: row?.system ?? "",
				pooled: connection.keyPid !== connection.pid
			};
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	}
	async #open(request) {
		const touched = this.held?.taken === true || this.#ways.has(wayOf(request.target));
		const open = async () => await whenUp(async () => await openConnection(request), {
			...this.#patience,
			signal: request.signal
		});
		return await atDoor(open, {
			touched,
			beside: async (error) => await this.#beside?.(request.target, error)
		});
	}
	async #request(purpose, options) {
		const target = this.#targetOf(options);
		return {
			target,
			dial: async (address) => await this.dialFrom.dial(address),
			applicationName: this.applicationName(purpose),
			certificates: await readCertificates(target, this.toolsOn),
			signal: options.signal,
			lockTimeout: options.lockTimeout,
			statementTimeout: options.statementTimeout,
			onNotice: options.onNotice,
			asApp: options.asApp ?? !OURS_ALONE.has(purpose)
		};
	}
	async connectMaintenance(purpose, options = {}) {
		const candidates = new Set([
			this.adminTarget.database,
			"postgres",
			"template1"
		]);
		candidates.delete(this.name);
		const refused = [];
		for (const database of candidates) try {
			return await this.connect(purpose, {
				...options,
				admin: true,
				database
			});
		} catch (error) {
			if (!(error instanceof Failure && [
				"3D000",
				"42501",
				"28000",
				"55000"
			].includes(error.code ?? ""))) throw error;
			refused.push(error);
		}
		throw new Failure("No other database of the cluster can be entered, and creating or renaming one needs that.", {
			code: "no-other-database",
			hint: `GRANT CONNECT ON DATABASE postgres TO "${this.adminTarget.user}"`,
			evidence: refused.map((error) => error.message),
			cause: refused[0]
		});
	}
	environment(options = {}) {
		const target = this.#targetOf(options);
		return {
			PGHOST: target.socket ?? target.host,
			PGPORT: String(target.port),
			PGUSER: target.user,
			...target.password === void 0 ? {} : { PGPASSWORD: target.password },
			PGDATABASE: target.database,
			PGAPPNAME: this.applicationName(options.purpose ?? "tool"),
			PGCONNECT_TIMEOUT: target.options["connect_timeout"] ?? "10",
			PGOPTIONS: [serverOptions(target), this.#optionsFor(options.purpose)].filter((text) => text !== void 0).join(" "),
			PGSSLMODE: target.sslmode,
			PGSSLROOTCERT: target.options["sslrootcert"] ?? "",
			PGSSLCERT: target.options["sslcert"] ?? "",
			PGSSLKEY: target.options["sslkey"] ?? "",
			PGCHANNELBINDING: target.options["channel_binding"] ?? "prefer",
			...NEUTRAL,
			...Object.fromEntries(Object.entries(VARIABLES).flatMap(([name, variable]) => {
				const said = target.options[name];
				return said === void 0 ? [] : [[variable, said]];
			}))
		};
	}
	#optionsFor(purpose) {
		return (purpose === "backup" || purpose === "restore") && this.#directVersion !== void 0 ? optionsForCopies(this.#directVersion) : void 0;
	}
	applicationName(purpose) {
		const fence = this.held?.fence;
		return `${OURS}${purpose}${fence === void 0 ? "" : ` ${fence}${this.holdersMark}`}`.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 63);
	}
	get holdersMark() {
		return `@${createHash("sha256").update(this.name).digest("hex").slice(0, 12)}`;
	}
	#targetOf(options) {
		const target = options.admin === true ? this.adminTarget : this.target;
		const { setting } = this.target;
		return {
			...target,
			database: options.database ?? this.name,
			...setting !== void 0 && { nameSetting: setting }
		};
	}
};
function wayOf(target) {
	return JSON.stringify([
		addressOf(target),
		target.user,
		target.database
	]);
}
// src/machine/git/progress.ts
const LINE = /^(?:remote: )?((?:Enumerating|Counting|Compressing|Receiving|Writing|Unpacking|Checking|Indexing) objects|Resolving deltas|Checking connectivity|Updating files): +(?:\d+% \((\d+)\/(\d+)\)|(\d+))(?:, ([\d.]+) (bytes|[KMG]iB)(?: \| ([\d.]+) (bytes|[KMG]iB)\/s)?)?(?:, done\.)?\s*$/;
const UNITS = {
	bytes: 1,
	KiB: 1024,
	MiB: 2 ** 20,
	GiB: 2 ** 30
};
const TOO_EARLY_MS = 1e3;
function gitProgress({ now }) {
	const began = new Map();
	return (line) => {
		const [, phase, done, of, counted, size, unit = "", rate, rateUnit = ""] = LINE.exec(line) ?? [];
		if (phase === void 0) return void 0;
		const at = now().getTime();
		if (!began.has(phase)) began.set(phase, at);
		const steps = of === void 0 ? formatCount(Number(counted)) : `${formatCount(Number(done))} of ${formatCount(Number(of))}`;
		const told = [`${phase.toLowerCase()}: ${steps}`];
		if (size !== void 0) told.push(formatSize(inBytes(size, unit)));
		if (rate !== void 0) told.push(`${formatSize(inBytes(rate, rateUnit))}/s`);
		const ms = at - (began.get(phase) ?? at);
		const left = Number(of) - Number(done);
		if (left > 0 && Number(done) > 0 && ms >= TOO_EARLY_MS) told.push(`about ${formatDuration(ms / Number(done) * left)} left`);
		return told.join(", ");
	};
}
function withoutProgress(text) {
	return text.split(/\r?\n|\r/).filter((line) => !LINE.test(line)).join("\n");
}
function inBytes(count, unit) {
	return Math.round(Number(count) * (UNITS[unit] ?? 1));
}
// src/machine/git/git.ts
const QUIET = [
	"gc.autoDetach=false",
	"maintenance.autoDetach=false",
	"fetch.prune=false",
	"fetch.pruneTags=false"
].flatMap((setting) => ["-c", setting]);
const LOOKS = new Set([
	"cat-file",
	"check-ref-format",
	"count-objects",
	"diff",
	"diff-tree",
	"for-each-ref",
	"log",
	"ls-files",
	"ls-tree",
	"merge-base",
	"rev-list",
	"rev-parse",
	"status"
]);
const ENVIRONMENT = {
	GIT_TERMINAL_PROMPT: "0",
	LC_ALL: "C",
	GIT_OPTIONAL_LOCKS: "0",
	GIT_COMMITTER_NAME: "Savepoint",
	GIT_COMMITTER_EMAIL: "savepoint@localhost"
};
var Git = class {
	machine;
	directory;
	constructor(machine, directory) {
		this.machine = machine;
		this.directory = directory;
	}
	async run(words, options = {}) {
		const finished = await this.machine.run({
			...options,
			words: [
				"git",
				"-C",
				this.directory,
				...words
			],
			env: {
				...ENVIRONMENT,
				...options.env
			},
			repeatable: LOOKS.has(words[0] ?? "") || words[0] === "config" && words[1] === "--get" ? true : void 0
		});
		if (finished.code === 127) throw refusal(`Git is not installed on ${this.machine.name}.`, {
			hint: "Install git there.",
			code: "not-found"
		});
		return finished;
	}
	async script(text, words, options = {}) {
		return await this.machine.run({
			...options,
			...this.scripted(text, words, options.env)
		});
	}
	scripted(text, words, env = {}) {
		return {
			words: [
				"sh",
				"-c",
				text,
				"sh",
				...words
			],
			cwd: this.directory,
			env: {
				...ENVIRONMENT,
				...env
			}
		};
	}
	async say(words, what, options = {}) {
		const finished = await this.run(words, options);
		if (finished.code === 0) return finished.stdout;
		throw new Failure(`${what} failed in ${this.directory} on ${this.machine.name} (${ending(finished)}).`, {
			code: "git-failed",
			evidence: gitLines(finished)
		});
	}
	async read(words, what, options = {}) {
		const chunks = [];
		const stdout = new Writable({ write(chunk, _encoding, done) {
			chunks.push(chunk);
			done();
		} });
		await this.say(words, what, {
			...options,
			stdout
		});
		return Buffer.concat(chunks);
	}
};
function gitLines(finished) {
	return lastLines({
		...finished,
		stderr: withoutProgress(finished.stderr)
	}).map(withoutCredentials);
}
function withoutCredentials(text) {
	return text.replaceAll(/\/\/(?:[^/:@\s]+:[^\s'"]+|[^/\s]+)@/g, "//***@");
}
// src/machine/git/log.ts
async function readLog(git, range, max) {
	const fields = (await git.say([
		"log",
		"-z",
		`--max-count=${max}`,
		"--format=%H%x00%s%x00%an%x00%aI",
		"--no-show-signature",
		range,
		"--"
	], "reading the commits")).split("\0");
	const commits = [];
	for (let at = 0; at + 3 < fields.length; at += 4) {
		const [commit = "", subject = "", author = "", date = ""] = fields.slice(at, at + 4);
		commits.push({
			commit,
			subject,
			author,
			date: date.trim()
		});
	}
	return commits;
}
// src/machine/git/no-clone.ts
const LOOK$1 = `
[ -d "$1" ] || { echo missing; exit; }
[ -e "$1/.git" ] || { echo plain; exit; }
set -f
set -- $(ls -ldn "$1/.git")
echo "clone $3 $(id -u)"
`;
async function explainNoClone(machine, directory, evidence) {
	const { stdout } = await machine.run({ words: [
		"sh",
		"-c",
		LOOK$1,
		"sh",
		directory
	] });
	const [found, owner, self] = stdout.trim().split(" ");
	if (found === "missing") return refusal(`The folder ${directory} does not exist on ${machine.name}.`, {
		hint: `Clone the app there first: git clone <repository> ${directory}.`,
		code: "clone-missing"
	});
	if (found === "plain") return refusal(`${directory} on ${machine.name} is not a git clone.`, {
		hint: `Clone the app there: git clone <repository> ${directory}.`,
		code: "clone-plain",
		evidence
	});
	if (found === "clone" && owner !== self) return refusal(`Git refuses ${directory} on ${machine.name}: it belongs to user ${owner}, and ${machine.login} is user ${self}.`, {
		hint: `Log in as its owner, or tell git that this is meant: git config --global --add safe.directory ${directory}`,
		code: "clone-foreign",
		evidence
	});
	return refusal(`${directory} on ${machine.name} has a .git that git cannot read.`, {
		code: "clone-plain",
		evidence,
		hint: `See what \`git -C ${directory} status\` says there.`
	});
}
// src/machine/git/patient-fetch.ts
const FETCH_TIMEOUT_MS = 9e5;
const PATIENCE_MS$3 = 2e4;
async function patientFetch(git, words, options, patience = PATIENCE_MS$3) {
	const silent = new AbortController();
	const over = new AbortController();
	let asking = Promise.resolve();
	const watch = setTimeout(() => {
		asking = answers(git, over.signal, 2 * patience).then((answered) => answered ? void 0 : silent.abort());
	}, patience);
	const signals = options.signal === void 0 ? [silent.signal] : [silent.signal, options.signal];
	try {
		const heard = options.onLine === void 0 ? [] : ["--progress"];
		return await git.run([
			...QUIET,
			"fetch",
			...heard,
			"--no-recurse-submodules",
			...words
		], {
			timeout: FETCH_TIMEOUT_MS,
			...options,
			signal: AbortSignal.any(signals)
		});
	} catch (error) {
		if (!silent.signal.aborted || options.signal?.aborted === true) throw error;
		throw new Failure(`The server did not answer within ${formatDuration(3 * patience)}.`, {
			code: "timeout",
			cause: error
		});
	} finally {
		clearTimeout(watch);
		over.abort();
		await asking;
	}
}
async function answers(git, signal, timeout) {
	try {
		await git.run([
			"ls-remote",
			"--quiet",
			"origin",
			"HEAD"
		], {
			timeout,
			signal
		});
		return true;
	} catch (error) {
		return !(error instanceof Failure && error.code === "timeout");
	}
}
// src/machine/git/unreachable-origin.ts
async function unreachableOrigin(clone, finished) {
	const { directory, machine } = clone;
	const url = await clone.origin();
	if (url === void 0) return refusal(`The clone ${directory} on ${machine.name} has no remote named origin.`, {
		code: "no-origin",
		hint: `Name it: git -C ${directory} remote add origin <url>`
	});
	const locks = await locksIn(clone, finished.stderr);
	if (locks.length > 0) return new Failure(`Another git command works in ${directory} on ${machine.name}, or one that was killed left its lock there.`, {
		code: "git-lock",
		evidence: gitLines(finished),
		hint: `Where no git command runs there (\`ps\` shows it): ${quote(["rm", ...locks])}`
	});
	return new Failure(`${machine.name} cannot fetch from ${url}.`, {
		code: "origin-unreachable",
		evidence: gitLines(finished),
		hint: authHint(url, clone)
	});
}
async function silentOrigin(clone, { message, evidence, cause }) {
	const { directory, machine } = clone;
	return new Failure(`${machine.name} cannot fetch from ${await clone.origin() ?? "origin"}: ${message}`, {
		code: "origin-unreachable",
		evidence,
		cause,
		hint: `Nothing was changed. Try it as ${machine.login}: git -C ${directory} ls-remote origin. Where only this host cannot reach the server, \`transport: push\` brings the code from the checkout.`
	});
}
async function locksIn({ git, gitDirectory }, said) {
	if (!said.includes(".lock")) return [];
	const { stdout } = await git.run(["rev-parse", "--git-common-dir"]);
	const common = stdout.trim().startsWith("/") ? stdout.trim() : gitDirectory;
	return (await git.script("find \"$1\" -name \"*.lock\" -print", [common])).stdout.split("\n").filter((path) => path !== "" && said.includes(path.slice(common.length + 1)));
}
function authHint(url, { machine, directory }) {
	const test = `Try it as ${machine.login}: git -C ${directory} fetch origin.`;
	if (/^https?:/.test(url)) return `${test} A private repository needs a credential helper there, or an SSH URL with a deploy key.`;
	if (/^(?:ssh:|[^/]+@[^/]+:)/.test(url)) return `${test} It needs a key there that may read the repository (a deploy key), and the git server's host key in known_hosts.`;
	return test;
}
const PUT = `
# A git that lives may need a moment; one whose lock nobody owns was killed. Who is at work here shows in /proc alone.
owned() {
  for process in /proc/[0-9]*; do
    read -r name <"$process/comm" 2>/dev/null || continue
    case $name in git|git-*) ;; *) continue ;; esac
    case " $(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null)" in *" log "*|*" diff "*|*" show "*|*" blame "*|*" grep "*) continue ;; esac
    folder=$(readlink "$process/cwd" 2>/dev/null) || continue
    case $folder/ in "$(pwd -P)"/*) echo "\${process#/proc/}"; return 0 ;; esac
  done
  # Where nobody tells, one that is young may be somebody's.
  [ ! -r /proc/self/comm ] && [ -z "$(find "$1" -mmin +1 2>/dev/null)" ] && echo unknown
}
unlock() {
  for lock in "\${mark%/*}/index.lock" "\${mark%/*}/HEAD.lock"; do
    tries=0
    while [ -e "$lock" ] && owner=$(owned "$lock") && [ -n "$owner" ]; do
      tries=$((tries + 1))
      [ -z "\${tell:-}" ] || [ "$tries" -gt 1 ] || echo "$lock is held by git (process $owner)"
      [ "$tries" -le 10 ] || { echo "$lock is held by git (process $owner)" >&2; return 74; }
      sleep 1
    done
    rm -f "$lock" || return 74
  done
}
dirty() { git status --porcelain --untracked-files=no --ignore-submodules=all; }
put() {
  to=$1; shift
  case " $* " in
  *" --force "*) ;;
  *) if [ -e "$mark" ]; then return 65; fi
    edits=$(dirty) || return 1
    if [ -n "$edits" ]; then return 66; fi ;;
  esac
  # To look for edits may take its time.
  ${LOOK_AGAIN}
  unlock || return 74
  printf '%s\\n' "$to" > "$mark.new" && mv -f "$mark.new" "$mark" || return 1
  git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules "$@" --detach "$to" --
  code=$?
  # A refusal changed nothing, and git's own end is an end. Where files of both versions are left (a full disk), the mark stays.
  if [ "$code" -eq 0 ] || { left=$(dirty) && [ -z "$left" ]; }; then rm -f "$mark"; fi
  return "$code"
}
`;
const CAREFUL = "--no-overwrite-ignore";
const CHECKOUT = `mark=$1; shift
${PUT}
put "$@"
`;
const AWAIT = `mark=$1 tell=yes
${PUT}
${LOOK_AGAIN}
unlock
`;
const RESTORE = `mark=$1 commit=$2 ref=$3 suffix=$4
${PUT}
# A checkout of ours that was killed left files of both versions: its own end is the way out, and nothing of it is anyone's
# edit. A mark that cannot be read was torn in writing, before any file was touched.
settle() {
  read -r was <"$mark" || :
  case $was in *[!0-9a-f]*|'') was=HEAD ;; esac
  [ "\${#was}" -ge 40 ] || was=HEAD
  put "$was" --force
}
try() { put "$commit" ${CAREFUL} 2>/dev/null; }
# Where all is as it shall be, nobody's lock is in the way.
if [ ! -e "$mark" ] && [ "$(git rev-parse HEAD)" = "$commit" ] && ! git symbolic-ref --quiet HEAD >/dev/null; then
  left=$(dirty) && [ -z "$left" ] && exit 0
fi
${LOOK_AGAIN}
unlock || exit 74
try
code=$?
if [ "$code" -eq 65 ]; then
  settle || { [ $? -ne 74 ] || exit 74; exit 71; }
  try
  code=$?
fi
[ "$code" -eq 0 ] && exit 0
# What is in the way of a path: a file where it has a folder, a folder where it has a file, somebody's clone, whole. Where that
# version has a submodule, git leaves a folder alone.
among='others() { git --literal-pathspecs ls-files --others -z -- "$@"; }
tracked() { [ -e "$1/.git" ] && [ "$(git --literal-pathspecs ls-files -z -- "$1" | tr "\\0" /)" = "$1/" ]; }
theirs() { [ -n "$(others "$1" | head -c 1)" ] || tracked "$1"; }
stays() { case $(git --literal-pathspecs ls-tree "$commit" -- "$1") in 160000*) ;; *) false ;; esac; }
commit=$0 left=$#
while [ "$left" -gt 0 ]; do
  path=$1 above=$1 left=$((left - 1)); shift
  while [ "$above" != "\${above%/*}" ]; do
    above=\${above%/*}
    { [ -f "$above" ] || [ -L "$above" ] || [ -e "$above/.git" ]; } && theirs "$above" && printf "%s\\0" "$above"
  done
  if [ ! -d "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"
  elif ! stays "$path" && theirs "$path"; then printf "%s\\0" "$path"; fi
done
[ "$#" -eq 0 ] || others "$@"'
aside='suffix=$0; for path do path=\${path%/}; [ -e "$path" ] || [ -L "$path" ] || continue; mv -- "$path" "$path$suffix" && printf "renamed %s\\0" "$path$suffix" || exit 255; done'
# Of the paths that git's diff names, by its options. In files, not pipes: of a pipe only the last part's end is known, and what
# is not renamed is written over.
list=$mark.aside
clear() {
  git diff --name-only -z --no-renames --ignore-submodules=dirty "$@" -- >"$list.paths" \\
    && xargs -0 -n 200 sh -c "$among" "$commit" <"$list.paths" >"$list" \\
    && { ${LOOK_AGAIN}
    } && xargs -0 -n 200 sh -c "$aside" "$suffix" <"$list" || { rm -f "$list" "$list.paths"; exit 72; }
  rm -f "$list" "$list.paths"
}
# What was put in the place of tracked files is no edit that git keeps; behind a link it keeps none at all.
clear --diff-filter=DT
edits=$(dirty) || exit 1
if [ -n "$edits" ]; then
  kept=$(git stash create "savepoint: edits before a rollback") || exit 73
  if [ -n "$kept" ]; then
    git update-ref "$ref" "$kept" || exit 73
    printf 'edits %s\\0' "$ref"
  fi
fi
clear --diff-filter=AT --cached -R "$commit"
# Forced, because the edits are kept by now.
put "$commit" --force
`;
// src/machine/git/work-tree.ts
const UNRESTORED = {
	71: "the checkout that was killed there cannot be finished",
	72: "files in the way cannot be renamed",
	73: "local edits cannot be kept",
	[74]: "another git command works there"
};
const LOCK_HINT = "Wait until that process has ended, or end it with `kill` and its number, then run the same again.";
const AUTHOR = {
	GIT_AUTHOR_NAME: "Savepoint",
	GIT_AUTHOR_EMAIL: "savepoint@localhost"
};
var WorkTree = class {
	#git;
	#mark;
	constructor(git, gitDirectory) {
		this.#git = git;
		this.#mark = `${gitDirectory}/savepoint-checkout`;
	}
	async dirtyFiles() {
		const fields = (await this.#git.say([
			"status",
			"--porcelain",
			"-z",
			"--untracked-files=no",
			"--ignore-submodules=all"
		], "looking for local edits")).split("\0");
		const files = [];
		for (let at = 0; at < fields.length; at += 1) {
			const field = fields[at] ?? "";
			if (field === "") continue;
			files.push(field.slice(3));
			if (/^(?:R|C|.R|.C)/.test(field)) at += 1;
		}
		return files;
	}
	async untrackedInTheWay(commit) {
		const added = (await this.#git.say([
			"diff",
			"--name-only",
			"-z",
			"--no-renames",
			"--diff-filter=A",
			"--ignore-submodules=all",
			"--cached",
			"-R",
			commit,
			"--"
		], "comparing the versions")).split("\0").filter((path) => path !== "");
		const found = new Set();
		for (let at = 0; at < added.length; at += 200) {
			const words = [
				"--literal-pathspecs",
				"ls-files",
				"--others",
				"-z",
				"--",
				...added.slice(at, at + 200)
			];
			const others = await this.#git.say(words, "looking for untracked files");
			for (const path of others.split("\0")) if (path !== "") found.add(path);
		}
		return [...found];
	}
	async interrupted() {
		const text = (await readText(this.#git.machine, this.#mark))?.trim();
		return text !== void 0 && isFullCommit(text) ? text : void 0;
	}
	async awaitOthers(commit, waiting) {
		const onLine = (line, from) => from === "stdout" ? waiting(line) : void 0;
		const finished = await this.#git.machine.run({
			...this.#git.scripted(AWAIT, [this.#mark]),
			onLine
		});
		if (finished.code === 74) throw this.#refused(commit, UNRESTORED[74] ?? "", gitLines({
			...finished,
			stdout: ""
		}), LOCK_HINT);
	}
	async checkout(commit, options) {
		const refused = await this.#tryCheckout(commit, options);
		if (refused === void 0) return;
		if (refused.code === 74) throw this.#refused(commit, UNRESTORED[74] ?? "", gitLines(refused), LOCK_HINT);
		const dirty = await this.dirtyFiles();
		if (dirty.length > 0) throw this.#refused(commit, "tracked files were edited there", dirty);
		const inTheWay = await this.untrackedInTheWay(commit);
		if (inTheWay.length > 0) throw this.#refused(commit, "untracked files stand where that version has files", inTheWay);
		throw this.#refused(commit, `git refused (${ending(refused)})`, gitLines(refused));
	}
	async restoreTo(commit, options) {
		const finished = await this.#git.machine.run({
			...this.restoring(commit, options.at),
			...options
		});
		if (finished.code !== 0) {
			const why = UNRESTORED[finished.code ?? 0] ?? "git refused";
			throw this.#refused(commit, `${why} (${ending(finished)})`, gitLines({
				stdout: "",
				stderr: finished.stderr
			}), finished.code === 74 ? LOCK_HINT : void 0);
		}
		const told = finished.stdout.split("\0");
		const named = (kind) => told.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));
		return {
			edits: named("edits")[0],
			renamed: named("renamed")
		};
	}
	checkingOut(commit) {
		return this.#git.scripted(CHECKOUT, [
			this.#mark,
			commit,
			CAREFUL
		]);
	}
	restoring(commit, at) {
		const aside = [`refs/savepoint/edits/${compactUtc(at)}`, `.before-rollback-${compactUtc(at)}`];
		return this.#git.scripted(RESTORE, [
			this.#mark,
			commit,
			...aside
		], AUTHOR);
	}
	async #tryCheckout(commit, options) {
		const careful = this.checkingOut(commit);
		let finished = await this.#git.machine.run({
			...careful,
			...options
		});
		if (finished.code === 65) {
			await this.#settle(options);
			finished = await this.#git.machine.run({
				...careful,
				...options
			});
		}
		return finished.code === 0 ? void 0 : finished;
	}
	async #settle(options) {
		const commit = await this.interrupted() ?? "HEAD";
		const finished = await this.#git.script(CHECKOUT, [
			this.#mark,
			commit,
			"--force"
		], options);
		if (finished.code !== 0) throw this.#refused(commit, `the checkout that was killed there cannot be finished (${ending(finished)})`, gitLines(finished));
	}
	#refused(commit, why, files, hint) {
		const { directory, machine } = this.#git;
		return new Failure(`${shortCommit(commit)} cannot be checked out in ${directory} on ${machine.name}: ${why}.`, {
			evidence: files.slice(0, 20),
			hint: hint ?? `Look with \`git -C ${directory} status\`; commit, move or remove what stands in the way, then try again.`,
			code: "work-tree"
		});
	}
};
// src/machine/git/clone.ts
async function openClone(machine, directory) {
	const git = new Git(machine, directory);
	const asked = await git.run([
		"rev-parse",
		"--is-bare-repository",
		"--is-inside-work-tree",
		"--show-prefix",
		"--absolute-git-dir"
	]);
	const [bare, inside, prefix = "", gitDirectory] = asked.stdout.split("\n");
	if (asked.code !== 0 || gitDirectory === void 0) throw await explainNoClone(machine, directory, gitLines(asked));
	if (bare === "true" || inside !== "true") throw refusal(`${directory} on ${machine.name} is a bare git repository, or the inside of one: it holds no files to run.`, {
		code: "clone-plain",
		hint: "Make a clone with files: git clone <repository> <folder>."
	});
	if (prefix !== "") {
		const top = directory.replace(/\/+$/, "").slice(0, -prefix.length) || "/";
		throw refusal(`${directory} on ${machine.name} is a folder inside the git clone ${top}, not a clone.`, {
			code: "clone-plain",
			hint: `A switch checks out all of a clone. If all of ${top} is the app, give that folder, and go into ${prefix.replace(/\/$/, "")} in your commands.`
		});
	}
	return new Clone(git, gitDirectory);
}
var Clone = class {
	#git;
	#tree;
	#here = new Set();
	#between = new Map();
	gitDirectory;
	constructor(git, gitDirectory) {
		this.#git = git;
		this.gitDirectory = gitDirectory;
		this.#tree = new WorkTree(git, gitDirectory);
	}
	get machine() {
		return this.#git.machine;
	}
	get directory() {
		return this.#git.directory;
	}
	get git() {
		return this.#git;
	}
	async current() {
		return await this.resolve("HEAD");
	}
	async head() {
		const commit = await this.current();
		if (commit !== void 0) return commit;
		throw refusal(`${this.directory} on ${this.machine.name} has no commit yet.`, {
			code: "unknown-commit",
			hint: "Check a version out there first: git fetch && git checkout <commit>."
		});
	}
	async resolve(ref) {
		if (ref === "" || ref.startsWith("-") || /[\s\0]/.test(ref)) return void 0;
		const finished = await this.#git.run([
			"rev-parse",
			"--verify",
			"--quiet",
			`${ref}^{commit}`
		]);
		const commit = finished.stdout.trim();
		return finished.code === 0 && isFullCommit(commit) ? commit : void 0;
	}
	async has(commit) {
		if (this.#here.has(commit)) return true;
		if (!isFullCommit(commit) || (await this.#git.run([
			"cat-file",
			"-e",
			`${commit}^{commit}`
		])).code !== 0) return false;
		this.#here.add(commit);
		return true;
	}
	async hasAll(commit) {
		return isFullCommit(commit) && (await this.#git.run([
			"rev-list",
			"--quiet",
			"--objects",
			"--no-walk",
			commit
		])).code === 0;
	}
	async isShallow() {
		return (await this.#git.say(["rev-parse", "--is-shallow-repository"], "looking at the clone")).trim() === "true";
	}
	async origin() {
		const finished = await this.#git.run([
			"config",
			"--get",
			"remote.origin.url"
		]);
		return finished.code === 0 ? withoutCredentials(finished.stdout.trim()) : void 0;
	}
	async dirtyFiles() {
		return await this.#tree.dirtyFiles();
	}
	async untrackedInTheWay(commit) {
		return await this.#tree.untrackedInTheWay(fullCommit(commit));
	}
	async interruptedCheckout() {
		return await this.#tree.interrupted();
	}
	async awaitOthers(commit, waiting) {
		await this.#tree.awaitOthers(fullCommit(commit), waiting);
	}
	async checkout(commit, options = {}) {
		await this.#tree.checkout(fullCommit(commit), options);
	}
	placing(commit, at) {
		return at === void 0 ? this.#tree.checkingOut(fullCommit(commit)) : this.#tree.restoring(fullCommit(commit), at);
	}
	async restoreTo(commit, options) {
		return await this.#tree.restoreTo(fullCommit(commit), options);
	}
	async fetch(what = {}) {
		this.#between.clear();
		const { refs = [], commit, ...options } = what;
		const tags = refs.length > 0 || await this.isShallow() ? [] : ["--tags"];
		const finished = await this.#fetch([
			"--force",
			...tags,
			"origin",
			...refs
		], options);
		if (finished.code !== 0 && !(commit !== void 0 && await this.hasAll(commit))) throw await unreachableOrigin(this, finished);
		if (commit === void 0 || await this.hasAll(commit)) return true;
		if (!isFullCommit(commit)) return false;
		return (await this.#fetch([
			"--no-tags",
			"origin",
			commit
		], options)).code === 0 && await this.hasAll(commit);
	}
	async log(from, to, max) {
		const range = from !== void 0 && await this.has(from) ? `${from}..${fullCommit(to)}` : fullCommit(to);
		const key = `${range} ${max}`;
		const before = this.#between.get(key);
		if (before !== void 0) return before;
		const commits = await readLog(this.#git, range, max);
		this.#between.set(key, commits);
		return commits;
	}
	async subject(commit) {
		if (!await this.has(commit)) return void 0;
		return (await this.log(void 0, commit, 1))[0]?.subject;
	}
	async isAncestor(older, newer) {
		return (await this.#git.run([
			"merge-base",
			"--is-ancestor",
			fullCommit(older),
			fullCommit(newer)
		])).code === 0;
	}
	async listFiles(commit, directory) {
		const folder = tidy(directory);
		const path = folder === "" ? [] : ["--", `${folder}/`];
		const entries = (await this.#git.say([
			"ls-tree",
			"-z",
			"--full-tree",
			fullCommit(commit),
			...path
		], `listing ${directory}`)).split("\0").filter((entry) => entry !== "");
		if (entries.length === 0) return void 0;
		return entries.filter((entry) => entry.split(" ")[1] === "blob").map((entry) => entry.slice(entry.indexOf("	") + 1).slice(folder === "" ? 0 : folder.length + 1));
	}
	async readFile(commit, path) {
		const name = `${fullCommit(commit)}:${tidy(path)}`;
		const type = await this.#git.run([
			"cat-file",
			"-t",
			name
		]);
		if (type.code !== 0 || type.stdout.trim() !== "blob") return void 0;
		return await this.#git.say([
			"cat-file",
			"blob",
			name
		], `reading ${path}`, { whole: true });
	}
	async checkoutBytes(commit) {
		const before = await this.current() ?? (await this.#git.say([
			"hash-object",
			"-t",
			"tree",
			"--stdin"
		], "comparing the versions")).trim();
		const blobs = (await this.#git.say([
			"diff-tree",
			"-r",
			"-z",
			"--no-renames",
			"--diff-filter=d",
			before,
			fullCommit(commit)
		], "comparing the versions")).split("\0").filter((field) => /^:\d+ 1\d+ /.test(field)).map((field) => field.split(" ")[3] ?? "");
		if (blobs.length === 0) return 0;
		return (await this.#git.say(["cat-file", "--batch-check=%(objectsize)"], "measuring the files", { stdin: `${blobs.join("\n")}\n` })).split("\n").reduce((sum, size) => sum + (/^\d+$/.test(size) ? Number(size) : 0), 0);
	}
	async #fetch(words, { patience, ...options }) {
		try {
			return await patientFetch(this.#git, words, options, patience);
		} catch (error) {
			throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(this, error) : error;
		}
	}
};
function tidy(path) {
	return path.replaceAll(/^(?:\.?\/+)+|\/+$/g, "").replace(/^\.$/, "");
}
// src/deploy/environment/app-clone.ts
async function openAppClone(machine, shared) {
	const directory = shared["app-dir"];
	if (directory === void 0) return void 0;
	const path = await resolvePath(machine, directory);
	if (!await exists(machine, path)) throw refusal(`\`app-dir\` ${path} does not exist on ${machine.name}.`, {
		hint: `Clone the app there first: git clone <repository> ${path} (\`transport: push\` makes it by itself). A folder that ${machine.login} may not look into counts as missing.`,
		code: "clone-missing"
	});
	return await openClone(machine, path);
}
// src/deploy/database/interpolation.ts
const NAME$1 = /^[A-Za-z_][A-Za-z0-9_]*/;
function interpolate(text, lookup) {
	let result = "";
	for (let at = 0; at < text.length;) {
		const dollar = text.indexOf("$", at);
		if (dollar < 0) return result + text.slice(at);
		result += text.slice(at, dollar);
		const rest = text.slice(dollar + 1);
		const name = NAME$1.exec(rest)?.[0];
		if (rest.startsWith("$")) {
			result += "$";
			at = dollar + 2;
		} else if (name !== void 0) {
			result += lookup(name) ?? "";
			at = dollar + 1 + name.length;
		} else if (rest.startsWith("{")) {
			const end = closing(rest);
			result += braced(rest.slice(1, end), lookup);
			at = dollar + 1 + end + 1;
		} else {
			result += "$";
			at = dollar + 1;
		}
	}
	return result;
}
function namesIn(text) {
	return new Set([...text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name = ""]) => name));
}
function closing(text) {
	let open = 0;
	for (let at = 0; at < text.length; at += 1) {
		if (text.charAt(at) === "{") open += 1;
		if (text.charAt(at) === "}" && (open -= 1) === 0) return at;
	}
	throw new Error("has a ${ without its }");
}
function braced(inside, lookup) {
	const name = NAME$1.exec(inside)?.[0];
	const [, colon = "", sign = "", rest = ""] = /^(:?)([-+?])(.*)$/.exec(inside.slice(name?.length ?? 0)) ?? [];
	if (name === void 0 || sign === "" && inside !== name) throw new Error("has a ${…} that compose does not know: it knows ${NAME}, ${NAME:-default}, ${NAME:+instead}, ${NAME:?message}");
	const value = lookup(name);
	const set = value !== void 0 && !(colon === ":" && value === "");
	switch (sign) {
		case "-": return set ? value : interpolate(rest, lookup);
		case "+": return set ? interpolate(rest, lookup) : "";
		case "?":
			if (!set) throw new Error(`wants ${name}, which is not set`);
			return value;
		default: return value ?? "";
	}
}
// src/deploy/database/env-file.ts
const SPACE$1 = /^[\t\v\f\r \u0085\u00a0]+/;
const BLANK = /^\p{White_Space}+/u;
const BLANK_END = /\p{White_Space}+$/u;
function envVariable(text, wanted, outside) {
	const values = new Map();
	for (const { name, line, value } of assignments(text)) {
		const before = new Map(values);
		values.set(name, () => {
			try {
				return value((one) => outside(one) ?? before.get(one)?.());
			} catch (error) {
				throw atLine(line, error);
			}
		});
	}
	return values.get(wanted)?.();
}
function outerNames(text) {
	const inherited = assignments(text).flatMap((one) => one.inherited ? [one.name] : []);
	return [...new Set([...namesIn(text), ...inherited])].filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
}
function assignments(text) {
	const found = [];
	let rest = text.replace(/^\uFEFF/, "");
	const lineOf = (left) => text.slice(0, text.length - left.length).split("\n").length;
	for (;;) {
		rest = rest.replace(BLANK, "");
		if (rest === "") return found;
		if (rest.startsWith("#")) {
			rest = rest.replace(/^[^\n]*/, "");
			continue;
		}
		const line = lineOf(rest);
		try {
			const key = readKey(rest);
			const { value, left } = key.inherited ? {
				value: (lookup) => lookup(key.name),
				left: key.left
			} : readValue$1(key.left);
			found.push({
				name: key.name,
				line,
				inherited: key.inherited,
				value
			});
			rest = left;
		} catch (error) {
			throw atLine(line, error);
		}
	}
}
function atLine(line, error) {
	if (!(error instanceof Error) || error.message.startsWith("line ")) return error;
	return new Error(`line ${line} ${error.message}`);
}
function readKey(text) {
	const source = text.replace(/^export\s+/, "");
	const end = source.search(/[=:\n]/);
	const name = (end < 0 ? "" : source.slice(0, end)).replace(BLANK_END, "");
	if (name === "") throw new Error("sets no variable: write NAME=value");
	if (name.includes(" ")) throw new Error("has a space in the variable's name");
	if (!/^[\p{L}\p{N}_.\-[\]\t\v\f\r\u0085\u00a0]+$/u.test(name)) throw new Error("has a variable's name that compose refuses; where a quote came before it, that was not ended as compose reads it");
	return {
		name,
		inherited: source.charAt(end) === "\n",
		left: source.slice(end + 1).replace(SPACE$1, "")
	};
}
function readValue$1(text) {
	const quote = text.charAt(0);
	if (quote === "\"" || quote === "'") return readQuoted(text, quote);
	const end = text.indexOf("\n");
	const raw = end < 0 ? text : text.slice(0, end);
	const comment = raw.indexOf(" #");
	const plain = (comment < 0 ? raw : raw.slice(0, comment)).replace(BLANK_END, "");
	return {
		value: (lookup) => interpolate(plain, lookup),
		left: end < 0 ? "" : text.slice(end + 1)
	};
}
function readQuoted(text, quote) {
	let inside = "";
	for (let at = 1; at < text.length; at += 1) {
		const char = text.charAt(at);
		if (char === quote) {
			const value = inside;
			const left = text.slice(at + 1);
			return {
				value: quote === "'" ? () => value : (lookup) => interpolate(unescaped(value), lookup),
				left
			};
		}
		if (char === "\\" && at + 1 < text.length) {
			at += 1;
			const next = text.charAt(at);
			inside += next === quote ? next : `\\${next}`;
		} else inside += char;
	}
	throw new Error(`begins a ${quote} that is not ended`);
}
const ESCAPES = {
	a: "\x07",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "	",
	v: "\v",
	"\"": "\"",
	"\\": "\\",
	$: "$$"
};
function unescaped(text) {
	return text.replaceAll(/\\(?:([abfnrtv$"\\])|0([0-7]{3}))/g, (whole, letter, octal) => {
		if (letter !== void 0) return ESCAPES[letter] ?? whole;
		const code = Number.parseInt(octal ?? "", 8);
		return code < 128 ? String.fromCharCode(code) : whole;
	});
}
// src/deploy/database/database-target.ts
async function targetOf(address, input, request) {
	return withSchema(await addressTarget(address, input, request), request.shared.schema);
}
function withPathOf(target, admin) {
	if (admin.schema !== void 0 || admin.searchPath !== void 0) return admin;
	const { schema, searchPath } = target;
	return {
		...admin,
		...schema !== void 0 && { schema },
		...searchPath !== void 0 && { searchPath }
	};
}
function withSchema(target, schema) {
	if (schema === void 0 || target.schema === schema) return target;
	if (target.schema === void 0) return {
		...target,
		schema
	};
	throw refusal(`\`schema\` is ${schema}, and ${target.setting ?? "the URL"} says schema=${target.schema}.`, {
		code: "inputs",
		hint: "Say it once, or the same in both."
	});
}
async function addressTarget(address, input, request) {
	if (address.kind === "url") return {
		...address.target,
		setting: `\`${input}\``
	};
	const value = await readFromEnvFile(address.name, input, request);
	request.mask(new Secret(value));
	try {
		const target = parseTargetUrl(value);
		hidePassword(target, request);
		return {
			...target,
			setting: `\`${input}\` (${address.name} in app-dir's .env)`
		};
	} catch (error) {
		throw refusal(`\`${input}\`: ${address.name} in the host's .env ${error instanceof Error ? error.message : "cannot be read"}.`, {
			code: "env-file",
			hint: "It must look like postgres://user:password@server:5432/name."
		});
	}
}
function hidePassword(target, { mask }) {
	const password = passwordToHide(target);
	if (password !== void 0) mask(password);
}
async function readFromEnvFile(name, input, { shared, machine }) {
	const directory = shared["app-dir"];
	if (directory === void 0) throw refusal(`\`${input}: env:${name}\` is read from app-dir's .env, and \`app-dir\` is not given.`, { code: "env-file" });
	const path = `${await resolvePath(machine, directory)}/.env`;
	const text = await readText(machine, path);
	if (text === void 0) throw refusal(`\`${input}: env:${name}\`: there is no ${path} on ${machine.name} that ${machine.login} can read.`, { code: "env-file" });
	const value = await valueIn(text, name, {
		input,
		path,
		machine
	});
	if (value === void 0 || value === "") throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} sets no ${name}.`, { code: "env-file" });
	return value;
}
async function valueIn(text, name, { input, path, machine }) {
	try {
		const outside = await outerVariables(machine, outerNames(text));
		return envVariable(text, name, (one) => outside.get(one));
	} catch (error) {
		if (error instanceof Failure || !(error instanceof Error)) throw error;
		throw refusal(`\`${input}: env:${name}\`: ${path} on ${machine.name} cannot be read: ${clauseOf(error)}.`, {
			hint: "It is read as docker compose reads it: quote what holds spaces, # or several lines, and write a $ that is meant as such as $$, or in single quotes.",
			code: "env-file"
		});
	}
}
async function outerVariables(machine, names) {
	if (names.length === 0) return new Map();
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			OUTER,
			"sh",
			...names
		],
		repeatable: true
	}, "Reading the environment");
	const fields = stdout.split("\0");
	return new Map(fields.flatMap((name, at) => at % 2 === 0 && name !== "" ? [[name, fields[at + 1] ?? ""]] : []));
}
const OUTER = "for name do eval \"test -z \\\"\\${$name+x}\\\" || printf '%s\\\\0%s\\\\0' $name \\\"\\$$name\\\"\"; done";
// src/core/record.ts
function readJsonRecord(schema, text, about) {
	let value;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw unreadable$3(about, text.trim() === "" ? "it is empty" : "it is no JSON", error instanceof SyntaxError ? void 0 : error);
	}
	return readRecord(schema, value, about);
}
function readRecord(schema, value, about) {
	const parsed = safeParse(schema, value);
	if (parsed.success) return parsed.output;
	const field = getDotPath(parsed.issues[0]);
	throw unreadable$3(about, field === null ? "it is something else than expected" : `\`${field}\` is missing or wrong`);
}
function unreadable$3({ what, hint, code }, why, cause) {
	return new Failure(`${what} cannot be read: ${why}.`, {
		hint,
		code,
		...cause !== void 0 && { cause }
	});
}
// src/machine/container/compose.ts
const COMMIT_LABEL = "savepoint.commit";
function composeWords({ command, files }, ...args) {
	return [
		...command,
		...files.flatMap((file) => ["--file", file]),
		...args
	];
}
function composePasted(project, ...args) {
	return `cd ${quote([project.directory])} && ${quote(composeWords(project, ...args))}`;
}
function dockerWords({ command }, ...args) {
	const plugin = command.indexOf("compose", 1);
	if (plugin > 0) return [...command.slice(0, plugin), ...args];
	const own = command.findIndex((word) => /(?:^|\/)docker-compose$/.test(word));
	return [
		...command.slice(0, own === -1 ? -1 : own),
		"docker",
		...args
	];
}
function isThroughSudo({ command: [first = ""] }) {
	return /(?:^|\/)sudo$/.test(first);
}
function engineHint({ machine, command }) {
	const client = dockerWords({ command }).join(" ");
	if (!isThroughSudo({ command })) return `${machine.login} must be able to use the engine there (\`${client} ps\`): by the group docker, or by sudo in compose-command.`;
	return `${machine.login} must be able to run \`${command.join(" ")}\` and \`${client}\` there without a password or a terminal. For sudo, in /etc/sudoers.d: NOPASSWD:SETENV: and the paths of both programs (SETENV is for -E).`;
}
async function compose(project, args, options = {}) {
	return await project.machine.run({
		...options,
		words: composeWords(project, ...args),
		cwd: project.directory,
		env: {
			...project.environment,
			...options.env
		}
	});
}
async function containersNamed(project, name) {
	const filter = `label=com.docker.compose.project=${name}`;
	const list = quote(dockerWords(project, "ps", "--all", "--quiet", "--no-trunc", "--filter", filter));
	const inspect = quote(dockerWords(project, "inspect", "--type", "container"));
	const script = `ids=$(${list}) || exit ${NO_LIST}; [ -z "$ids" ] && { echo '[]'; exit 0; }; ${inspect} $ids || :`;
	const finished = await project.machine.run({
		words: [
			"sh",
			"-c",
			script
		],
		repeatable: true
	});
	if (finished.code === 0) return read(project.machine, finished);
	throw new Failure(`Looking at the containers of ${name} failed (${ending(finished)}).`, {
		code: "engine-failed",
		evidence: lastLines(finished),
		...finished.code === NO_LIST && { hint: engineHint(project) }
	});
}
const NO_LIST = 3;
const bindings = record(string(), nullable(array(object({
	HostIp: nullish(string()),
	HostPort: string()
}))));
const containers = array(object({
	Id: string(),
	Name: string(),
	Image: string(),
	RestartCount: number(),
	Config: object({
		Labels: nullish(record(string(), string())),
		Image: string(),
		Env: nullish(array(string()))
	}),
	State: object({
		Status: string(),
		ExitCode: number(),
		OOMKilled: optional(boolean()),
		Health: nullish(object({ Status: string() }))
	}),
	NetworkSettings: nullish(object({ Ports: nullish(bindings) }))
}));
function read(machine, { stdout }) {
	return readJsonRecord(containers, stdout, engineWords(machine, "inspect")).filter(({ Config }) => Config.Labels?.["com.docker.compose.oneoff"] !== "True").map(toContainer$1);
}
function engineWords({ name }, command) {
	return {
		what: `What the engine's client says on ${name} (\`docker ${command}\`)`,
		hint: "Is it Docker's own client, or one that answers as that does? An older or a newer one may say it in another way.",
		code: "engine-answer"
	};
}
function publishedIn(published) {
	return Object.entries(published).flatMap(([name, at]) => {
		const [inside = "", protocol] = name.split("/");
		const [first] = at ?? [];
		if (protocol !== "tcp" || first === void 0) return [];
		const ip = first.HostIp ?? "";
		const host = ip === "0.0.0.0" || ip === "" ? "127.0.0.1" : ip === "::" ? "::1" : ip;
		return [{
			inside: Number(inside),
			host,
			port: Number(first.HostPort)
		}];
	});
}
function toContainer$1({ Id, Name, Image, RestartCount, Config, State, NetworkSettings }) {
	const labels = Config.Labels ?? {};
	const health = State.Health?.Status;
	return {
		id: Id,
		name: Name.replace(/^\//, ""),
		service: labels["com.docker.compose.service"] ?? "",
		state: State.Status,
		health: health === "none" || health === "" ? void 0 : health,
		exitCode: State.ExitCode,
		restarts: RestartCount,
		outOfMemory: State.OOMKilled === true,
		image: Image,
		imageName: Config.Image,
		variables: (Config.Env ?? []).map((entry) => entry.slice(0, entry.indexOf("="))),
		labels,
		ports: publishedIn(NetworkSettings?.Ports ?? {})
	};
}
// src/rollout/compose/model.ts
const configuration = object({
	name: string(),
	services: nullish(record(string(), object({
		image: nullish(string()),
		build: nullish(record(string(), unknown())),
		platform: nullish(string()),
		pull_policy: nullish(string())
	}))),
	secrets: optional(unknown())
});
async function readModel(project) {
	const finished = await compose(project, [
		"config",
		"--format",
		"json"
	]);
	if (finished.code !== 0) {
		const called = project.command.join(" ");
		throw refusal(`\`${called} config\` failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}.`, {
			evidence: lastLines(finished),
			hint: finished.code === 127 ? `${called} is not there for ${project.machine.login}: install compose (v2.20 or newer), or say how it is called in \`compose-command\`.` : `Compose v2.20 or newer must be able to read the files: correct them, or name them in \`compose-file\` and how compose is called in \`compose-command\`.${isThroughSudo(project) ? ` ${engineHint(project)}` : ""}`,
			code: "compose-config"
		});
	}
	const configured = readJsonRecord(configuration, finished.stdout, {
		what: `What \`${project.command.join(" ")} config\` says on ${project.machine.name}`,
		hint: "Is it compose v2.20 or newer, and nothing else that prints on its standard output?",
		code: "compose-config"
	});
	return {
		name: configured.name,
		services: Object.entries(configured.services ?? {}).map(([name, service]) => ({
			name,
			image: service.image ?? `${configured.name}-${name}`,
			build: service.build ?? void 0,
			platform: service.platform ?? void 0,
			pullAlways: service.pull_policy === "always"
		})),
		secrets: configured.secrets
	};
}
async function allServices(project) {
	const listed = await compose(project, [
		"--profile",
		"*",
		"config",
		"--services"
	]);
	return new Set(listed.stdout.split("\n").map((line) => line.trim()));
}
// src/rollout/compose/services.ts
const DATABASE_VARIABLES = new Set([
	"PGDATA",
	"POSTGRESQL_VOLUME_DIR",
	"MYSQL_VERSION",
	"MARIADB_VERSION",
	"MONGO_VERSION"
]);
const DATABASE_IMAGES = /(?:^|\/)(?:postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|mysql|mysql-server|mariadb|percona|mongo|mongodb)(?:[:@]|$)/;
function databasesAmong(app, model, containers) {
	const found = new Set(app.databaseService === void 0 ? [] : [app.databaseService]);
	for (const { service, variables } of containers) if (variables.some((name) => DATABASE_VARIABLES.has(name))) found.add(service);
	for (const { name, image, build } of model?.services ?? []) if (build === void 0 && DATABASE_IMAGES.test(image)) found.add(name);
	return found;
}
function servicesToStart(app, model, containers) {
	const databases = databasesAmong(app, model, containers);
	if (app.services !== void 0) {
		refuseWrongServices(app.services, model, databases);
		return model.services.filter(({ name }) => app.services?.includes(name));
	}
	const existing = new Set(containers.map(({ service }) => service));
	return model.services.filter(({ name }) => !databases.has(name) || !existing.has(name));
}
function servicesToStop(app, model, containers) {
	const databases = databasesAmong(app, model, containers);
	const named = (name) => model === void 0 || app.changing.includes(name) || model.services.some((service) => service.name === name);
	const mine = [...new Set(containers.map(({ service }) => service))].filter((name) => !databases.has(name) && named(name));
	if (app.services !== void 0) return mine.filter((name) => app.services?.includes(name));
	const built = new Set(model?.services.filter(({ build }) => build !== void 0).map(({ name }) => name));
	for (const { service, labels } of containers) if (labels["savepoint.commit"] !== void 0) built.add(service);
	const changing = mine.filter((name) => built.has(name) || app.changing.includes(name));
	return changing.length > 0 ? changing : mine;
}
function refuseWrongServices(services, model, databases) {
	const unknown = services.filter((name) => !model.services.some((service) => service.name === name));
	if (unknown.length > 0) throw refusal(`\`services\` names ${unknown.join(", ")}, and the compose project ${model.name} has no such service.`, {
		hint: `It has ${model.services.map(({ name }) => name).join(", ")}. (Services of a profile count where \`.env\` names it in COMPOSE_PROFILES.)`,
		code: "unknown-service"
	});
	const kept = services.filter((name) => databases.has(name));
	if (kept.length > 0) throw refusal(`\`services\` names ${kept.join(", ")}, which is a database: a deploy never stops or recreates one.`, {
		hint: "Take it out of `services`, and change a database service by hand, after a backup.",
		code: "database-service"
	});
}
// src/rollout/database-services.ts
async function servicesOf(project) {
	const model = await readModel(project);
	const containers = await containersNamed(project, model.name);
	const databases = [...databasesAmong({ databaseService: void 0 }, model, containers)];
	return {
		services: model.services.map(({ name }) => name),
		databases,
		containers
	};
}
// src/machine/container/project.ts
async function openComposeProject(machine, shared, why) {
	const folder = shared["app-dir"];
	if (folder === void 0) throw refusal(`${why} needs \`app-dir\`: the folder of the compose project${machine.local ? "" : ` on ${machine.name}`}.`, {
		code: "inputs",
		hint: "Give `app-dir`, e.g. /srv/shop."
	});
	const directory = await resolvePath(machine, folder);
	if (!await exists(machine, directory)) throw refusal(`\`app-dir\` ${directory} does not exist on ${machine.name}.`, {
		code: "clone-missing",
		hint: `A folder that ${machine.login} may not look into counts as missing.`
	});
	return {
		machine,
		directory,
		command: shared["compose-command"].split(/\s+/).filter((word) => word !== ""),
		files: shared["compose-file"] ?? []
	};
}
// src/deploy/database/database-beside.ts
const NOBODY = new Set(["name-not-resolved", "refused"]);
const PATIENCE_MS$2 = 5e3;
async function databaseBeside(target, error, { shared, machine }) {
	if (!NOBODY.has(error.code ?? "") || shared["app-dir"] === void 0 || target.socket !== void 0) return void 0;
	try {
		const project = await openComposeProject(inHaste(machine), shared, "the look for the database");
		return describeBeside(target, project, await servicesOf(project));
	} catch (unread) {
		if (unread instanceof Failure) return void 0;
		throw unread;
	}
}
async function databasesOf(project) {
	try {
		return (await servicesOf({
			...project,
			machine: inHaste(project.machine)
		})).databases;
	} catch (unread) {
		if (unread instanceof Failure) return [];
		throw unread;
	}
}
function inHaste(machine) {
	return {
		...machine,
		run: async (command) => await machine.run({
			timeout: PATIENCE_MS$2,
			...command
		})
	};
}
function describeBeside(target, { directory }, { services, databases, containers }) {
	const named = services.includes(target.host);
	const only = `${target.host} is a service of the compose project in ${directory}, known by that name to its containers alone`;
	if (named && databases.includes(target.host)) return `${only}: give \`database-service: ${target.host}\`.`;
	if (databases.length === 0) return void 0;
	const running = databases.filter((service) => containers.some((one) => one.service === service && one.state === "running"));
	const each = (running.length > 0 ? running : databases).map((service) => reached(service, target, containers));
	return named ? `${only}. ${each.join(" ")}` : `The compose project in ${directory} has a database. ${each.join(" ")}`;
}
function reached(service, { host, port }, containers) {
	const running = containers.find((one) => one.service === service && one.state === "running");
	if (running === void 0) return `Its service ${service} does not run.`;
	const published = running.ports.find(({ inside }) => inside === PORT$1) ?? running.ports[0];
	const give = `\`database-service: ${service}\``;
	if (published === void 0) return `Its service ${service} publishes no port to the host: give ${give}.`;
	const at = `${published.host.includes(":") ? `[${published.host}]` : published.host}:${published.port}`;
	return published.host === (host === "localhost" ? "127.0.0.1" : host) && published.port === port ? `Its service ${service} is published there, at ${at}: ${give} reaches it without a port.` : `Its service ${service} is published at ${at}: name that address, or give ${give}.`;
}
const PORT$1 = 5432;
// src/deploy/database/direct-way.ts
async function directTarget(target, admin, place) {
	const elsewhere = admin !== void 0 && JSON.stringify(addressOf(admin)) !== JSON.stringify(addressOf(target)) ? admin : void 0;
	if (target.pooled === true) {
		if (elsewhere !== void 0) return atAddressOf(elsewhere, target);
		throw refusal(`\`database-url\` (${describeTarget(target)}) says pgbouncer=true: a pooler is in between.`, {
			code: "pooler",
			hint: "Migrations, dumps and locks need a server session each: give the database's direct address, or, where `database-url` must stay the pooler's, the direct one as `database-admin-url` beside it."
		});
	}
	if (elsewhere === void 0) return target;
	const answers = await openDatabase({
		target,
		...place
	}).whoAnswers();
	if (!answers.pooled) return target;
	if ((await openDatabase({
		target: elsewhere,
		...place
	}).whoAnswers()).system === answers.system) return atAddressOf(elsewhere, target);
	throw refusal(`\`database-url\` (${describeTarget(target)}) goes through a pooler, and \`database-admin-url\` (${describeTarget(elsewhere)}) is another server than the one behind it.`, {
		code: "other-server",
		hint: "Give the direct address of the same server."
	});
}
function atAddressOf(admin, target) {
	const { options: ofSession } = target.options;
	const { options: _ofAdmin, ...way } = admin.options;
	const { socket: _socket, pooled: _pooled, ...rest } = target;
	return {
		...rest,
		host: admin.host,
		port: admin.port,
		...admin.socket !== void 0 && { socket: admin.socket },
		sslmode: admin.sslmode,
		options: {
			...way,
			...ofSession !== void 0 && { options: ofSession }
		},
		setting: `${target.setting ?? "`database-url`"} (its role, at the address of \`database-admin-url\`, because the URL's own is a pooler's)`
	};
}
// src/machine/container/container.ts
const NO_COMPOSE_FILE = 14;
async function findServiceContainer(project, service) {
	const { machine, directory } = project;
	const ids = await containerIds(project, service);
	const lasting = (ids.length === 0 ? [] : await inspect$1(project, ids)).filter((one) => one.Config.Labels?.["com.docker.compose.oneoff"] !== "True");
	const running = lasting.filter((one) => one.State.Running && !one.State.Paused && !one.State.Restarting);
	const [only, ...others] = running;
	if (only === void 0) throw refusal(`The service ${service} of ${directory} on ${machine.name} does not run.`, {
		code: "service-stopped",
		hint: [`Start it on ${machine.name}: ${composePasted(project, "up", "--detach", "--wait", service)}`, `Where it does not stay up, look there at what it says: ${composePasted(project, "logs", "--tail", "30", service)}`].join("\n"),
		evidence: lasting.length === 0 ? ["it has no container"] : lasting.map((one) => `${nameOf(one)}: ${one.State.Status}`)
	});
	if (others.length > 0) throw refusal(`The service ${service} of ${directory} on ${machine.name} has ${running.length} running containers.`, {
		code: "service-ambiguous",
		hint: "A database is one server: scale the service to 1, or name the right server by database-url.",
		evidence: running.map(nameOf)
	});
	return toContainer(only);
}
async function containerState(project, id) {
	const finished = await project.machine.run({
		words: dockerWords(project, "inspect", "--format", "{{.State.Status}}", id),
		repeatable: true
	});
	return finished.code === 0 ? finished.stdout.trim() : void 0;
}
async function startedAgo(project, id) {
	const { machine } = project;
	const started = await machine.run({
		words: dockerWords(project, "inspect", "--format", "{{.State.StartedAt}}", id),
		repeatable: true
	});
	const now = await machine.run({
		words: ["date", "+%s"],
		repeatable: true
	});
	const ago = Number(now.stdout.trim()) * 1e3 - Date.parse(started.stdout.trim());
	return started.code === 0 && now.code === 0 && Number.isFinite(ago) ? ago : void 0;
}
async function containerIds(project, service) {
	const listed = await listContainers(project, service);
	const ids = wordsOf$1(listed.stdout);
	if (listed.code === 0 && ids.length > 0) return ids;
	const labelled = await labelledIds(project, service);
	if (labelled.length > 0) return labelled;
	await refuseUnknown(project, service, listed);
	return [];
}
async function listContainers(project, service) {
	try {
		return await compose(project, [
			"ps",
			"--all",
			"--quiet",
			"--",
			service
		]);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "not-found")) throw error;
		throw refusal(`\`database-service\`: ${error.message}`, {
			code: error.code,
			cause: error,
			hint: "Install docker with compose there, say how compose is called (compose-command), or give database-url."
		});
	}
}
async function labelledIds(project, service) {
	const { machine, directory } = project;
	const real = await machine.run({
		words: ["pwd", "-P"],
		cwd: directory,
		repeatable: true
	});
	const found = new Set();
	for (const folder of new Set([directory, real.stdout.replace(/\n$/, "")])) {
		const labels = [`service=${service}`, `project.working_dir=${folder}`].flatMap((label) => ["--filter", `label=com.docker.compose.${label}`]);
		const listed = await machine.run({
			words: dockerWords(project, "ps", "--quiet", "--no-trunc", ...labels),
			repeatable: true
		});
		for (const id of wordsOf$1(listed.stdout)) found.add(id);
	}
	return [...found];
}
function wordsOf$1(text) {
	return text.split(/\s+/).filter((word) => word !== "");
}
async function refuseUnknown(project, service, listed) {
	const { machine, directory } = project;
	const known = await compose(project, ["config", "--services"]);
	const services = known.stdout.split("\n").filter((name) => name !== "");
	if (known.code === 0 && !services.includes(service)) throw refusal(`\`database-service\`: the compose project of ${directory} on ${machine.name} has no service ${service}.`, {
		code: "unknown-service",
		hint: services.length === 0 ? "It has no services at all." : `It has ${services.toSorted().join(", ")}.`
	});
	const failed = [listed, known].find((one) => one.code !== 0);
	if (failed === void 0) return;
	if (failed.code === NO_COMPOSE_FILE) throw refusal(`\`database-service\`: there is no compose file in ${directory} on ${machine.name}.`, {
		code: "compose-config",
		evidence: lastLines(failed),
		hint: `Check app-dir and compose-file. Before the very first deploy: bring the compose file there and start the database yourself (${[
			...project.command,
			"up",
			"--detach",
			service
		].join(" ")}); no deploy does that.`
	});
	throw refusal(`The compose project of ${directory} on ${machine.name} cannot be read (${ending(failed)}).`, {
		code: "compose-config",
		evidence: lastLines(failed),
		hint: `Check compose-file and compose-command. ${engineHint(project)}`
	});
}
const inspected = array(object({
	Id: string(),
	Name: string(),
	State: object({
		Status: string(),
		Running: boolean(),
		Paused: optional(boolean()),
		Restarting: optional(boolean())
	}),
	Config: object({
		Env: nullish(array(string())),
		Labels: nullish(record(string(), string()))
	}),
	HostConfig: object({ NetworkMode: string() }),
	NetworkSettings: object({
		Ports: nullish(record(string(), nullable(array(object({
			HostIp: string(),
			HostPort: string()
		}))))),
		Networks: nullish(record(string(), object({ IPAddress: string() })))
	})
}));
async function inspect$1(project, ids) {
	const finished = await project.machine.run({
		words: dockerWords(project, "inspect", "--type", "container", ...ids),
		repeatable: true
	});
	if (finished.code === 0) return readJsonRecord(inspected, finished.stdout, engineWords(project.machine, "inspect"));
	throw refusal(`Looking at the containers on ${project.machine.name} failed (${ending(finished)}).`, {
		evidence: lastLines({
			stdout: "",
			stderr: finished.stderr
		}),
		hint: engineHint(project),
		code: "engine-failed"
	});
}
function nameOf({ Name }) {
	return Name.replace(/^\//, "");
}
function toContainer(one) {
	const { Id, Config, HostConfig, NetworkSettings } = one;
	return {
		id: Id,
		name: nameOf(one),
		environment: new Map((Config.Env ?? []).map((pair) => [pair.replace(/=.*/s, ""), pair.slice(pair.indexOf("=") + 1)])),
		hostNetwork: HostConfig.NetworkMode === "host",
		addresses: Object.values(NetworkSettings.Networks ?? {}).flatMap(({ IPAddress }) => IPAddress === "" ? [] : [IPAddress]),
		published: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => port.endsWith("/tcp") ? (bindings ?? []).map(({ HostIp, HostPort }) => ({
			port: Number.parseInt(port, 10),
			at: {
				host: loopbackFor(HostIp),
				port: Number(HostPort)
			}
		})) : [])
	};
}
function loopbackFor(ip) {
	if (ip === "" || ip === "0.0.0.0") return "127.0.0.1";
	return ip === "::" ? "::1" : ip;
}
// src/machine/container/bridge.ts
const BRIDGE = `
if command -v bash >/dev/null 2>&1; then
  exec bash -c 'exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
    echo bridged >&2
    cat <&3 & reader=$!
    { cat <&4 >&3; kill "$reader"; } >/dev/null 2>&1 &
    wait "$reader"; exit 0' bash "$1" "$2"
elif command -v socat >/dev/null 2>&1; then echo bridged >&2; exec socat - "TCP:$1:$2"
elif command -v nc >/dev/null 2>&1; then echo bridged >&2; exec nc "$1" "$2"
fi
exit 96
`;
const NO_PROGRAM = 96;
async function openBridge(run, { host, port }) {
	const stop = new AbortController();
	const bridge = new Bridge(stop);
	const bridged = Promise.withResolvers();
	const over = run({
		words: [
			"sh",
			"-c",
			BRIDGE,
			"sh",
			host,
			String(port)
		],
		stdin: bridge.toServer,
		stdout: bridge.fromServer,
		signal: stop.signal,
		onLine: (line, from) => {
			if (from === "stderr" && line === "bridged") bridged.resolve();
		}
	}).then((finished) => {
		throw notBridged(finished);
	}, (error) => {
		bridge.destroy(error instanceof Error ? error : void 0);
		throw error;
	});
	over.catch(() => void 0);
	try {
		await Promise.race([bridged.promise, over]);
		return bridge;
	} catch (error) {
		bridge.destroy();
		throw error;
	}
}
function notBridged(finished) {
	if (finished.code === NO_PROGRAM) return new Failure("The image has neither bash, socat nor nc to pass bytes on.", { code: "unreachable" });
	return new Failure(`Nothing answers there: ${lastLines(finished, 1)[0] ?? "no connection"}.`, { code: "refused" });
}
var Bridge = class extends Duplex {
	toServer = new PassThrough();
	fromServer = new PassThrough();
	#stop;
	constructor(stop) {
		super({ allowHalfOpen: false });
		this.#stop = stop;
		this.fromServer.on("data", (chunk) => {
			if (!this.push(chunk)) this.fromServer.pause();
		});
		this.fromServer.once("end", () => this.push(null));
		this.fromServer.on("error", () => void 0);
		this.toServer.on("error", () => void 0);
		this.on("error", () => void 0);
	}
	_read() {
		this.fromServer.resume();
	}
	_write(chunk, _encoding, done) {
		this.toServer.write(chunk, done);
	}
	_final(done) {
		this.toServer.end(done);
	}
	_destroy(error, done) {
		this.toServer.destroy();
		this.fromServer.destroy();
		this.#stop.abort();
		done(error);
	}
};
// src/machine/container/dial.ts
const PATIENCE_MS$1 = 5e3;
var ServiceDial = class {
	#world;
	#container;
	#known = new Map();
	constructor(world) {
		this.#world = world;
		this.#container = world.container;
	}
	async dial(address) {
		if ("socket" in address) throw new Failure(`${address.socket} is in the service ${this.#world.service}: sockets there are not dialled.`, { code: "unreachable" });
		if (!isLoopback(address.host)) return await this.#bridge(address);
		const { port } = address;
		const known = this.#known.get(port);
		if (known === void 0) return await this.#search(port);
		try {
			return await this.#take(known, port);
		} catch (error) {
			if (isLost(error)) throw error;
			this.#known.delete(port);
			this.#container = await this.#world.look();
			return await this.#search(port);
		}
	}
	async addressOf(port) {
		const { hostNetwork, addresses } = this.#container;
		if (hostNetwork) return {
			host: "127.0.0.1",
			port
		};
		const ways = [...addresses.map((host) => ({
			host,
			port
		})), ...this.#published(port)];
		for (const way of ways) try {
			(await this.#take(way, port)).destroy();
			return way;
		} catch (error) {
			if (isLost(error)) throw error;
		}
	}
	async #search(port) {
		const { hostNetwork, addresses } = this.#container;
		const direct = hostNetwork ? [{
			host: "127.0.0.1",
			port
		}] : [...this.#published(port), ...addresses.map((host) => ({
			host,
			port
		}))];
		const tried = [];
		for (const way of [...direct, "bridge"]) try {
			const stream = await this.#take(way, port);
			this.#known.set(port, way);
			return stream;
		} catch (error) {
			if (isLost(error)) throw error;
			tried.push(`${way === "bridge" ? "through the container" : formatAddress(way)}: ${messageOf(error)}`);
		}
		const { service, machine } = this.#world;
		throw new Failure(`Port ${port} of the service ${service} cannot be reached from ${machine.name}.`, {
			code: "unreachable",
			evidence: tried,
			hint: `Check that the server in it is up. Else publish its port for the host alone (ports: ["127.0.0.1:${port}:${port}"] in the compose file), or give database-url.`
		});
	}
	async #take(way, port) {
		if (way === "bridge") return await this.#bridge({
			host: "127.0.0.1",
			port
		});
		return await soon(this.#world.machine.dial(way), formatAddress(way));
	}
	async #bridge(address) {
		return await openBridge(this.#world.run, address);
	}
	#published(port) {
		return this.#container.published.filter((one) => one.port === port).map((one) => one.at);
	}
};
function isLoopback(host) {
	return host === "localhost" || host === "::1" || host.startsWith("127.");
}
function isLost(error) {
	return error instanceof Failure && (error.code === "connection-lost" || error.exit === 2);
}
async function soon(dialled, shown) {
	const late = () => {
		throw new Failure(`${shown} did not answer within ${PATIENCE_MS$1 / 1e3} s.`, { code: "timeout" });
	};
	return await within({
		ms: PATIENCE_MS$1,
		late,
		discard: (stream) => stream.destroy()
	}, async () => await dialled);
}
// src/machine/container/script.ts
const ENTER = `savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do [ "$savepoint_l" = "#$1" ]&&break;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"`;
function enterWords(mark) {
	return [
		"sh",
		"-c",
		ENTER,
		"sh",
		mark
	];
}
function enterScript({ words, cwd, env = {} }, mark) {
	const say = (entry) => `printf '%s\\n' '${mark} ${entry}' >&2`;
	return `${[
		"unset CDPATH savepoint_s",
		`export SAVEPOINT_COMMAND=${mark}`,
		...Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : [],
		...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
		...cwd === void 0 ? [] : [`${quote([
			"cd",
			"--",
			cwd
		])} >/dev/null 2>&1 || { ${say("no-folder")}; exit 1; }`],
		quote([
			"set",
			"--",
			...words
		]),
		`command -v "$1" >/dev/null 2>&1 || { ${say("not-found")}; exit 127; }`,
		say("started"),
		"exec \"$@\"",
		`#${mark}`
	].join("\n")}\n`;
}
function exported(name, value) {
	if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable in a container.`, { code: "bad-name" });
	return quote(["export", `${name}=${value}`]);
}
function parseEntry(line, mark) {
	if (!line.startsWith(`${mark} `)) return void 0;
	const said = line.slice(mark.length + 1);
	return said === "started" || said === "no-folder" || said === "not-found" ? said : void 0;
}
const FINISH_MARKED = `
mark=SAVEPOINT_COMMAND=$1
marked() {
  for file in /proc/[0-9]*/environ; do
    if { tr '\\000' '\\n' <"$file"; } 2>/dev/null | grep -qxF -- "$mark"; then pid=\${file#/proc/}; printf '%s ' "\${pid%/environ}"; fi
  done
}
send() { found=$(marked); [ -z "$found" ] || kill -s "$1" $found 2>/dev/null; }
gone() {
  until=$(($(date +%s) + 6))
  while [ -n "$(marked)" ]; do
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}
send TERM; gone || { send KILL; gone; }
`;
function finishMarkedWords(mark) {
	return [
		"sh",
		"-c",
		FINISH_MARKED,
		"sh",
		mark
	];
}
// src/machine/container/service.ts
async function openService(project, service) {
	const container = await findServiceContainer(project, service);
	const inside = {
		project,
		service,
		container
	};
	const run = async (around, command) => await runInside(inside, around, command);
	const way = new ServiceDial({
		machine: project.machine,
		service,
		container,
		look: async () => await findServiceContainer(project, service),
		run: async (command) => await run([], command)
	});
	return {
		name: `the service ${service} on ${project.machine.name}`,
		login: `${service}@${project.machine.name}`,
		local: false,
		environment: container.environment,
		isNamed: async (host) => {
			return (await run([], {
				words: [
					"sh",
					"-c",
					"getent hosts \"$1\" 2>/dev/null; true",
					"sh",
					host
				],
				repeatable: true
			})).stdout.split("\n").map((line) => line.split(/\s/)[0] ?? "").some((address) => address === "::1" || address.startsWith("127.") || container.addresses.includes(address));
		},
		startedAgo: async () => await startedAgo(project, container.id),
		holder: {
			machine: project.machine,
			run,
			addressOf: async (port) => await way.addressOf(port)
		},
		run: async (command) => await run([], command),
		dial: async (address) => await way.dial(address),
		[Symbol.asyncDispose]: async () => void 0
	};
}
async function runInside(inside, around, command) {
	const { project, container } = inside;
	if (command.words[0] === void 0 || command.words[0] === "") throw new Failure("The command has no program.", { code: "not-found" });
	const mark = `savepoint-${randomBytes(12).toString("hex")}`;
	let entry;
	let whole = false;
	try {
		const entering = [...around, ...dockerWords(project, "exec", "--interactive", container.id, ...enterWords(mark))];
		const finished = await project.machine.run({
			words: command.noteIn === void 0 ? entering : [
				"sh",
				"-c",
				FOLLOWED,
				"sh",
				quote(finishWords(inside, mark)),
				...entering
			],
			stdin: behind(enterScript(command, mark), command.stdin),
			stdout: command.stdout,
			signal: command.signal,
			timeout: command.timeout,
			noteIn: command.noteIn,
			onLine: (line, from) => {
				const said = from === "stderr" && entry === void 0 ? parseEntry(line, mark) : void 0;
				if (said === void 0) command.onLine?.(line, from);
				else entry = said;
			}
		});
		whole = finished.code === 0;
		if (entry !== "started") throw await notEntered(inside, command, entry, finished);
		return {
			...finished,
			stderr: finished.stderr.replace(`${mark} started\n`, "")
		};
	} catch (error) {
		if (error instanceof Failure && error.code === "connection-lost") whole = true;
		throw error;
	} finally {
		if (!whole) await finishMarked(inside, mark);
	}
}
async function finishMarked(inside, mark) {
	await inside.project.machine.run({
		words: finishWords(inside, mark),
		timeout: 3e4
	}).catch(() => void 0);
}
function finishWords({ project, container }, mark) {
	return dockerWords(project, "exec", container.id, ...finishMarkedWords(mark));
}
const FOLLOWED = `
finish=$1; shift
exec 3<&0
trap 'eval "$finish" >/dev/null 2>&1; exit 143' TERM HUP INT
"$@" <&3 3<&- &
wait "$!"`;
function behind(script, stdin) {
	if (stdin === void 0 || typeof stdin === "string") return script + (stdin ?? "");
	const joined = new PassThrough();
	joined.write(script);
	pipeline(stdin, joined, () => void 0);
	return joined;
}
async function notEntered(inside, command, entry, finished) {
	const { project, service, container } = inside;
	const where = `the service ${service} on ${project.machine.name}`;
	const program = command.words[0] ?? "";
	if (entry === "no-folder") return new Failure(`The working folder ${command.cwd} does not exist in ${where}.`, { code: "no-folder" });
	if (entry === "not-found") return new Failure(`${program} is not in ${where}, or not in its PATH.`, {
		code: "not-found",
		hint: "Choose an image that has it."
	});
	const state = await containerState(project, container.id).catch((error) => messageOf(error));
	const evidence = [`${container.name}: ${state ?? "the container is gone"}`, ...lastLines(finished)];
	if (state !== "running") return new Failure(`${where} stopped or was replaced while it was worked with.`, {
		code: "service-stopped",
		evidence,
		hint: `What it says, on ${project.machine.name}: ${composePasted(project, "logs", "--tail", "30", service)}\nWhen it runs again, run this again.`
	});
	return new Failure(`${program} could not be started in ${where}.`, {
		code: "not-started",
		evidence,
		hint: "The image needs a POSIX shell (sh), and the user must be able to use docker exec."
	});
}
// src/postgres/service-target.ts
const NAMES = {
	user: [
		"POSTGRES_USER",
		"POSTGRESQL_USERNAME",
		"POSTGRESQL_USER"
	],
	password: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
	database: [
		"POSTGRES_DB",
		"POSTGRES_DATABASE",
		"POSTGRESQL_DATABASE"
	]
};
const SIGNS = /^(?:POSTGRES_|POSTGRESQL_|PGDATA$|PG_MAJOR$)/;
const POOLER = /^(?:PGBOUNCER|PGPOOL|PGCAT|ODYSSEY)_/;
const PORT = 5432;
async function serviceTarget({ machine, environment }) {
	const names = [...environment.keys()];
	const pooler = names.some((name) => POOLER.test(name));
	if (pooler || !names.some((name) => SIGNS.test(name))) throw refusal(`\`database-service\`: ${machine.name} ${pooler ? "is a pooler, and not the server" : "does not look like PostgreSQL"}.`, {
		code: "not-postgres",
		hint: "Name the service of the database; where its image has no POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, give database-url instead."
	});
	const value = async (names) => await readValue(names, machine, environment);
	const user = await value(NAMES.user) ?? "postgres";
	const password = await value(NAMES.password);
	const port = Number(environment.get("PGPORT") ?? environment.get("POSTGRESQL_PORT_NUMBER") ?? PORT);
	return {
		host: "127.0.0.1",
		port: Number.isInteger(port) && port > 0 && port < 65536 ? port : PORT,
		user,
		password: password === void 0 ? void 0 : new Secret(password),
		database: await value(NAMES.database) ?? user,
		sslmode: "prefer",
		options: {},
		place: machine.name,
		setting: `the environment of ${machine.name}`
	};
}
async function readValue(names, machine, environment) {
	for (const name of names) {
		const said = environment.get(name);
		if (said !== void 0 && said !== "") return said;
		const path = environment.get(`${name}_FILE`);
		if (path === void 0 || path === "") continue;
		const text = await readText(machine, path);
		if (text === void 0) throw refusal(`${name}_FILE of ${machine.name} names ${path}, and there is no such file in it.`, { code: "no-file" });
		const held = text.replace(/\n+$/, "");
		if (held !== "") return held;
	}
}
// src/deploy/database/service-database.ts
async function openServiceDatabase(name, request) {
	const { shared, machine, say, held } = request;
	if (shared["database-from"] === "runner" && !machine.local) throw refusal("`database-from: runner` does not go with `database-service`: the service is on the host, and reached from there.", { code: "inputs" });
	const project = await openComposeProject(machine, shared, "`database-service`");
	const service = await openService(project, name);
	const own = await serverOf(service, name, project);
	hidePassword(own, request);
	const place = {
		dialFrom: service,
		toolsOn: service,
		say,
		held,
		startedAgo: async () => await service.startedAgo()
	};
	const address = shared["database-url"];
	const target = address === void 0 ? withSchema(own, shared.schema) : await roleOf(address, {
		own,
		name,
		service
	}, request);
	const admin = shared["database-admin-url"];
	return openDatabase({
		target,
		adminTarget: withPathOf(target, admin === void 0 ? own : await serviceAdmin(admin, target, request)),
		adminReads: address !== void 0,
		...place
	});
}
async function serverOf(service, name, project) {
	try {
		return await serviceTarget({
			machine: service,
			environment: service.environment
		});
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "not-postgres") throw error;
		const others = (await databasesOf(project)).filter((one) => one !== name);
		if (others.length === 0) throw error;
		throw error.with({ hint: `Give ${others.map((one) => `\`database-service: ${one}\``).join(" or ")}: the database itself, also where the application reaches it through ${name}; \`database-url\` beside it may stay the application's own.` });
	}
}
async function serviceAdmin(address, target, request) {
	const { user, password, database, setting = "`database-admin-url`" } = await targetOf(address, "database-admin-url", request);
	if (database === target.database) return {
		...target,
		user,
		password,
		setting
	};
	throw refusal(`\`database-admin-url\` names the database ${database}, ${request.shared["database-url"] === void 0 ? "`database-service` has" : "`database-url` names"} ${target.database}.`, {
		code: "other-database",
		hint: "Both must name the same database; only the role differs."
	});
}
async function roleOf(address, { own, name, service }, request) {
	const said = await targetOf(address, "database-url", request);
	const { options } = said.options;
	const target = {
		...own,
		user: said.user,
		password: said.password,
		database: said.database,
		options: options === void 0 ? {} : { options },
		setting: said.setting ?? "`database-url`",
		...said.schema !== void 0 && { schema: said.schema },
		...said.schemaInUrl !== void 0 && { schemaInUrl: said.schemaInUrl },
		...said.searchPath !== void 0 && { searchPath: said.searchPath },
		...said.toolsOwn !== void 0 && { toolsOwn: said.toolsOwn }
	};
	if (said.socket === void 0 && said.host !== name && !await service.isNamed(said.host)) await refuseOther(said, {
		own,
		name,
		service
	});
	return target;
}
async function refuseOther(said, { own, name, service }) {
	const place = {
		dialFrom: service,
		toolsOn: service
	};
	const there = {
		...said,
		sslmode: "prefer",
		options: {}
	};
	const one = await openDatabase({
		target: {
			...own,
			database: said.database
		},
		...place
	}).whoAnswers();
	const other = await asked$2(openDatabase({
		target: there,
		...place
	}).whoAnswers());
	if (other.system === one.system) return;
	throw refusal(other.system === void 0 ? `\`database-url\` names the server ${said.host}, which is not reached from the service ${name} that \`database-service\` names.` : `\`database-url\` (${describeTarget(said)}) and \`database-service\` (${name}) are two different servers.`, {
		code: "other-server",
		evidence: other.evidence,
		hint: `Beside \`database-service\` the URL is the application's own, with the service's name as server: postgres://user:password@${name}:5432/${encodeURIComponent(said.database)}. For a database elsewhere, leave \`database-service\` out.`
	});
}
async function asked$2(answer) {
	try {
		return {
			system: (await answer).system,
			evidence: []
		};
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return { evidence: [error.message, ...error.evidence] };
	}
}
// src/deploy/database/database.ts
async function openConfiguredDatabase(request) {
	const { shared, machine, here, say, held } = request;
	if (shared["database-service"] !== void 0) return await openServiceDatabase(shared["database-service"], request);
	const address = shared["database-url"];
	if (address === void 0) return void 0;
	const dialFrom = shared["database-from"] === "runner" ? here : machine;
	const named = await targetOf(address, "database-url", request);
	const adminAddress = shared["database-admin-url"];
	const admin = adminAddress === void 0 ? void 0 : await targetOf(adminAddress, "database-admin-url", request);
	if (admin !== void 0 && admin.database !== named.database) throw refusal(`\`database-admin-url\` names the database ${admin.database}, \`database-url\` names ${named.database}.`, {
		code: "other-database",
		hint: "Both must name the same database; only the role differs, or the way to it."
	});
	const beside = async (one, error) => dialFrom === machine ? await databaseBeside(one, error, request) : void 0;
	const target = await directTarget(named, admin, {
		dialFrom,
		toolsOn: dialFrom,
		say,
		beside
	});
	return openDatabase({
		target,
		adminTarget: admin === void 0 ? target : withPathOf(target, admin),
		dialFrom,
		toolsOn: dialFrom,
		say,
		held,
		beside
	});
}
async function outsideTarget({ target, dialFrom }) {
	if (dialFrom.holder === void 0) return target;
	const address = await dialFrom.holder.addressOf(target.port);
	return address === void 0 ? void 0 : {
		...target,
		...address
	};
}
async function freeBytesOnServer(database) {
	if (database.toolsOn.holder === void 0) return void 0;
	try {
		try {
			var _usingCtx$17 = _usingCtx();
			const [row] = await _usingCtx$17.a(await database.connect("look", { admin: true })).query("SELECT current_setting('data_directory') AS directory");
			return row === void 0 ? void 0 : await freeBytes(database.toolsOn, row.directory);
		} catch (_) {
			_usingCtx$17.e = _;
		} finally {
			await _usingCtx$17.d();
		}
	} catch (error) {
		if (error instanceof Failure && error.code !== "connection-lost") return void 0;
		throw error;
	}
}
// src/deploy/telling/commit-lines.ts
const MOST$1 = 10;
async function commitLines(open, from, to) {
	try {
		const clone = await open();
		if (clone === void 0 || from === to || !await clone.has(from) || !await clone.has(to)) return [];
		const commits = await clone.log(from, to, 11);
		const lines = commits.slice(0, MOST$1).map(({ commit, subject, author }) => `${shortCommit(commit)} ${subject} (${author})`);
		return commits.length > MOST$1 ? [...lines, "… and more"] : lines;
	} catch {
		return [];
	}
}
// src/deploy/telling/notes.ts
const END_MS$1 = 1e3;
var Notes = class {
	#journal;
	#by;
	#under = new Set();
	constructor(journal, by) {
		this.#journal = journal;
		this.#by = by;
	}
	write(fact) {
		const writing = this.#write(fact).finally(() => this.#under.delete(writing));
		this.#under.add(writing);
	}
	async #write(fact) {
		const { ports, owner } = this.#by;
		try {
			await this.#journal?.write(fact, {
				at: ports.clock.now(),
				owner
			});
		} catch (error) {
			ports.report.detail(`Who was told what could not be written to the journal: ${messageOf(error)}`);
		}
	}
	async [Symbol.asyncDispose]() {
		await setImmediate();
		if (this.#under.size === 0) return;
		await within({
			ms: END_MS$1,
			late: () => void 0
		}, async () => void await Promise.all(this.#under));
	}
};
// src/core/audience.ts
const ONE_MS = 1e4;
const END_MS = 5e3;
const END_CANCELLED_MS = 1e3;
var Audience = class {
	#seats;
	#ports;
	constructor(observers, ports) {
		this.#ports = ports;
		this.#seats = observers.map((observer) => new Seat(observer, ports));
	}
	tell(happening) {
		for (const seat of this.#seats) seat.tell(happening);
	}
	async [Symbol.asyncDispose]() {
		const { clock, signal } = this.#ports;
		const busy = this.#seats.flatMap(({ busy }) => busy === void 0 ? [] : [busy]);
		if (busy.length === 0) return;
		const ms = signal.aborted ? END_CANCELLED_MS : END_MS;
		try {
			await within({
				ms,
				late: () => void 0,
				clock
			}, async () => void await Promise.all(busy));
		} catch {}
		for (const seat of this.#seats) seat.giveUp();
	}
};
var Seat = class {
	#observer;
	#ports;
	#untold = [];
	busy;
	#calling;
	#warned = false;
	#left = false;
	constructor(observer, ports) {
		this.#observer = observer;
		this.#ports = ports;
	}
	tell(happening) {
		if (this.#left) return;
		this.#untold.push(happening);
		if (this.busy !== void 0 || this.#calling !== void 0) return;
		const rest = this.#hearAll();
		if (rest !== void 0) this.busy = rest.finally(() => this.busy = void 0);
	}
	giveUp() {
		this.#left = true;
		if (this.#calling === void 0) return;
		const missed = this.#untold.splice(0).length;
		this.#calling.abort();
		this.#warn(`it did not answer before the end${missed === 0 ? "" : `, and has not heard of ${missed} more`}`);
	}
	#hearAll() {
		for (let next = this.#untold.shift(); next !== void 0; next = this.#untold.shift()) {
			const answer = this.#hear(next);
			if (answer !== void 0) return answer.then(() => this.#hearAll());
		}
	}
	#hear(happening) {
		const calling = new AbortController();
		this.#calling = calling;
		try {
			const answer = this.#observer.on(structuredClone(happening), calling.signal);
			if (answer === void 0) return void (this.#calling = void 0);
			return this.#inTime(answer, calling);
		} catch (error) {
			this.#calling = void 0;
			this.#warn(clauseOf(error));
			return;
		}
	}
	async #inTime(answer, calling) {
		const late = () => {
			throw new Failure(`It did not answer within ${formatDuration(ONE_MS)}.`, { code: "timeout" });
		};
		try {
			await within({
				ms: ONE_MS,
				late,
				signal: calling.signal,
				clock: this.#ports.clock
			}, async () => await answer);
		} catch (error) {
			if (!this.#left) this.#warn(clauseOf(error));
		} finally {
			this.#calling = void 0;
			calling.abort();
		}
	}
	#warn(why) {
		try {
			const text = `${this.#observer.name} could not be told what happened (${why}); nothing else depends on it.`;
			if (this.#warned) this.#ports.report.detail(text);
			else this.#ports.report.warning(text);
			this.#warned = true;
		} catch {}
	}
};
// src/notify/open-channels.ts
const SEVERITIES = [
	"info",
	"warning",
	"critical"
];
function openChannels(settings) {
	const channels = settings.channels ?? [];
	const open = [];
	const closed = [];
	const problems = [];
	for (const severity of SEVERITIES) for (const name of settings[severity] ?? []) if (!channels.some((one) => one.name === name)) problems.push(`\`notify-${severity}\` names ${JSON.stringify(name)}, and there is no such channel.`);
	for (const setting of channels) {
		const hears = new Set(SEVERITIES.filter((severity) => settings[severity]?.includes(setting.name) ?? true));
		const { channel, lacks } = openOne(setting, settings.secrets ?? new Map());
		if (channel === void 0) {
			closed.push({
				name: setting.name,
				lacks
			});
			problems.push(`The channel ${setting.name} hears nothing: its secret ${lacks.join(", ")} is not given. Give it in SAVEPOINT_NOTIFY_SECRETS.`);
		} else open.push({
			channel,
			hears
		});
	}
	return {
		open,
		closed,
		problems
	};
}
function openOne({ name, kind, options }, given) {
	const row = CHANNEL_KINDS[kind];
	const secrets = {};
	const lacks = [];
	for (const [option, value] of Object.entries(options)) {
		if (row?.options[option] !== "secret") continue;
		const secret = given.get(value);
		if (secret === void 0) lacks.push(value);
		else secrets[option] = secret;
	}
	return row === void 0 || lacks.length > 0 ? { lacks } : {
		channel: row.open({
			name,
			options,
			secrets
		}),
		lacks
	};
}
// src/deploy/telling/message-facts.ts
function messageFacts(known, who) {
	return [
		["version", known === void 0 ? void 0 : known.tag ?? shortCommit(known.commit)],
		["commit", known?.commit],
		["before", known?.from === void 0 ? void 0 : shortCommit(known.from)],
		["who", who],
		["reason", known?.reason],
		["migrations", known?.migrations === void 0 ? void 0 : plural(known.migrations, "migration")],
		["downtime", known?.downtimeMs === void 0 ? void 0 : formatDuration(known.downtimeMs)],
		["database", known?.database],
		["replaced database", known?.replaced],
		["rows in it", known?.rows]
	].flatMap(([name, value]) => value === void 0 ? [] : [[name, value]]);
}
// src/deploy/telling/news-event.ts
function eventOf(news) {
	if (news.kind === "notice") return noticed(news.notice);
	const { fact } = news;
	switch (fact.kind) {
		case "deploy.opened": {
			const from = fact.from === void 0 ? "" : `, in place of ${shortCommit(fact.from)}`;
			const to = fact.toNothing === true ? "before the first deploy" : shortCommit(fact.commit);
			return fact.goingBack === true ? {
				event: "going-back",
				text: `It goes back to ${to}.`
			} : {
				event: "started",
				text: `${shortCommit(fact.commit)} is being deployed${from}.`
			};
		}
		case "step.started": return {
			event: "progress",
			text: `The step ${fact.step} runs.`
		};
		case "step.failed": return {
			event: fact.cancelled === true ? "cancelled" : "failed",
			text: `The step ${fact.step}: ${fact.message}`
		};
		case "deploy.closed":
			if (fact.as === "failed") return {
				event: fact.blocks === true ? "needs-a-person" : "unlocked",
				text: fact.why
			};
			return {
				event: {
					confirmed: "stable",
					"rolled-back": "rolled-back",
					abandoned: "ended"
				}[fact.as],
				text: fact.why
			};
		default: return;
	}
}
function noticed(notice) {
	switch (notice.kind) {
		case "lock.waiting": return {
			event: "waiting",
			text: notice.why
		};
		case "backup.failed": return {
			event: "backup-failed",
			text: `The ${notice.purpose} backup: ${notice.message}`
		};
		case "drill.failed": return {
			event: "drill-failed",
			text: `${notice.backup}: ${notice.message}`
		};
		case "unreachable": return {
			event: notice.halfWay === true ? "needs-a-person" : "unreachable",
			text: notice.message
		};
		default: return;
	}
}
function heard(known, news) {
	if (news.kind === "notice") return known;
	const { fact } = news;
	if (fact.kind === "deploy.opened") {
		const { deploy: id, commit, from, run, actor } = fact;
		return {
			id,
			commit,
			from,
			run,
			actor
		};
	}
	if (known === void 0 || news.deploy !== known.id) return known;
	switch (fact.kind) {
		case "step.started": return {
			...known,
			reason: textIn(fact.intent, "reason") ?? known.reason
		};
		case "step.done": return {
			...known,
			...learned(fact.step, fact.result)
		};
		case "stable.marked": return {
			...known,
			tag: fact.tag
		};
		case "deploy.closed": return {
			...known,
			reason: fact.reason ?? known.reason
		};
		default: return known;
	}
}
function heardBefore(record) {
	const { id, commit, from, run, actor, steps } = record;
	const told = steps.flatMap(({ step, intent, state, result = {} }) => {
		const reason = textIn(intent, "reason");
		return [...reason === void 0 ? [] : [{ reason }], ...state === "done" ? [learned(step, result)] : []];
	});
	return Object.assign({
		id,
		commit,
		from,
		run,
		actor
	}, ...told);
}
function learned(step, result) {
	const downtime = result["downtime"];
	const applied = result["applied"];
	const database = step === "rollback" ? textIn(result, "database") : void 0;
	const replaced = textIn(result, "replaced");
	const rows = Array.isArray(result["rows"]) ? result["rows"].filter((row) => typeof row === "string").join("; ") : "";
	return {
		...typeof downtime?.ms === "number" && { downtimeMs: downtime.ms },
		...step === "migrate" && Array.isArray(applied) && { migrations: applied.length },
		...database !== void 0 && { database },
		...replaced !== void 0 && {
			replaced,
			...rows !== "" && { rows }
		}
	};
}
function textIn(record, name) {
	const value = record[name];
	return typeof value === "string" && value !== "" ? value : void 0;
}
// src/deploy/telling/tell-channels.ts
const CHANGED_EVERY = 4e3;
function tellChannels(world) {
	const settings = readNotify(world);
	if (settings?.channels === void 0) return [];
	return channelsOf(settings, world).map((one) => new ChannelTeller(one, {
		...world,
		template: settings.template
	}));
}
function readNotify({ settings, ports }) {
	try {
		return settings.section(notifySection);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		ports.report.warning(`Nobody is told what happens: ${error.message}`);
		return;
	}
}
function channelsOf(settings, { settings: given, ports }) {
	for (const secret of settings.secrets?.values() ?? []) ports.report.mask(new Secret(secret.reveal()));
	const { open, problems } = openChannels(settings);
	const said = given.saidHere().text(notifySection.name, "channels") !== void 0;
	for (const problem of problems) if (said) ports.report.warning(problem);
	else ports.report.detail(problem);
	return open;
}
var ChannelTeller = class {
	name;
	#open;
	#world;
	#hide;
	#known;
	#handle;
	#changedAt = 0;
	#toldToWait = false;
	constructor(open, world) {
		this.name = `the channel ${open.channel.name}`;
		this.#open = open;
		this.#world = world;
		this.#hide = withoutSecrets(world.settings);
	}
	on(news, signal) {
		this.#known = heard(this.#known, news);
		const told = eventOf(news);
		if (told === void 0) return;
		if (told.event === "waiting" && this.#toldToWait) return;
		this.#toldToWait ||= told.event === "waiting";
		const { channel, hears } = this.#open;
		if (told.event === "progress") {
			if (!channel.edits || Date.parse(news.at) - this.#changedAt < CHANGED_EVERY) return;
		} else if (!channel.edits && !hears.has(EVENTS[told.event].severity)) return;
		return this.#tell(news, told, signal);
	}
	async #tell(news, told, signal) {
		const { channel, hears } = this.#open;
		const { severity } = EVENTS[told.event];
		const about = news.kind === "fact" ? news.deploy : void 0;
		try {
			if (about !== void 0 && this.#known?.id !== about) await this.#remember(about);
			const handle = about !== void 0 && this.#handle?.of === about ? this.#handle.handle ?? void 0 : void 0;
			if (handle === void 0 && (told.event === "progress" || !hears.has(severity))) return;
			const message = await this.#messageOf(news, told);
			const sending = {
				clock: this.#world.ports.clock,
				random: this.#world.ports.random,
				signal
			};
			if (channel.edits && handle !== void 0) {
				this.#changedAt = Date.parse(news.at);
				await channel.send(message, handle, sending);
				if (severity === "info" || !hears.has(severity)) return;
			}
			const fresh = await channel.send(message, void 0, sending);
			this.#sent(told.event, about, handle === void 0 ? fresh.handle : void 0);
		} catch (error) {
			const why = this.#hide(error instanceof NotSent ? error.message : "it could not be sent");
			this.#world.note({
				kind: "notify.failed",
				channel: channel.name,
				event: told.event,
				...about !== void 0 && { about },
				why
			});
			throw new NotSent(why);
		}
	}
	#sent(event, about, handle) {
		const { channel } = this.#open;
		const keeps = channel.edits && about !== void 0 && handle !== void 0;
		if (keeps) this.#handle = {
			of: about,
			handle
		};
		if (!keeps && EVENTS[event].severity !== "critical") return;
		this.#world.note({
			kind: "notify.sent",
			channel: channel.name,
			event,
			...about !== void 0 && { about },
			...keeps && { handle }
		});
	}
	async #remember(about) {
		const ledger = await this.#world.ledger();
		const record = ledger?.deploys.find(({ id }) => id === about);
		if (record !== void 0) this.#known = heardBefore(record);
		const sent = ledger?.entries.findLast((entry) => entry.kind === "notify.sent" && entry.about === about && entry.channel === this.#open.channel.name && entry.handle !== void 0);
		this.#handle = {
			of: about,
			handle: sent?.kind === "notify.sent" ? sent.handle ?? null : null
		};
	}
	async #messageOf(news, { event, text }) {
		const { title, owner, place, template } = this.#world;
		const known = news.kind === "fact" && news.deploy === this.#known?.id ? this.#known : void 0;
		const from = known?.from;
		const between = known === void 0 || from === void 0 || event === "progress" ? [] : await this.#world.commits(from, known.commit);
		const { severity } = EVENTS[event];
		const message = {
			event,
			severity,
			at: news.at,
			environment: title,
			deploy: known?.id,
			text: this.#hide(text),
			facts: messageFacts(known, known?.actor ?? owner.actor).map(([name, value]) => [name, this.#hide(value)]),
			commits: between.map(this.#hide),
			command: severity === "info" ? void 0 : this.#hide(statusWay(place).command),
			run: known?.run ?? owner.run
		};
		return template === void 0 ? message : inOwnWords(template, message);
	}
};
// src/deploy/telling/tell-github.ts
const CHANGING = new Set([
	"deploy.opened",
	"deploy.closed",
	"stable.withdrawn"
]);
function tellGithub(world) {
	const { env } = world.ports;
	const token = (tokenOf({ token: world.settings.text("", "token") }, env) ?? "").trim();
	const repository = repositoryOf(env);
	if (token === "" || repository === void 0) return [];
	let teller;
	return [{
		name: "GitHub",
		on(news, signal) {
			if (!(news.kind === "fact" ? CHANGING.has(news.fact.kind) : news.notice.kind !== "lock.waiting")) return;
			teller ??= import("./github-teller.js").then((loaded) => new loaded.GithubTeller(world, {
				token: new Secret(token),
				repository
			}));
			return teller.then(async (it) => await it.bring(news, signal));
		}
	}];
}
// src/deploy/telling/tell-report.ts
function tellReport(report) {
	return {
		name: "the log",
		on(told) {
			if (told.kind === "notice") {
				if (told.notice.kind === "lock.waiting") report.say(`Waiting: ${told.notice.why}.${sinceWhen(told.notice.since)}`);
			} else if (told.fact.kind === "deploy.opened") report.detail(`Opened deploy ${told.fact.deploy}.`);
		}
	};
}
function sinceWhen(since) {
	return since === void 0 ? "" : ` The lock is held since ${since.slice(11, 19)} UTC.`;
}
// src/deploy/telling/observers.ts
const OBSERVERS = [
	({ ports }) => [tellReport(ports.report)],
	tellChannels,
	tellGithub
];
function audienceOf(world) {
	return new Audience([...OBSERVERS.flatMap((make) => make(world)), ...world.ports.observers ?? []], world.ports);
}
// src/deploy/telling/hearing.ts
var Hearing = class {
	#audience;
	#notes;
	tell = (news) => this.#audience?.tell(news);
	begin({ app, name, shared, openClone, journal, ...said }) {
		const notes = new Notes(journal, {
			ports: said.ports,
			owner: said.owner.id
		});
		this.#notes = notes;
		this.#audience = audienceOf({
			...said,
			place: {
				app,
				name,
				shared,
				ports: said.ports
			},
			ledger: async () => await journal?.read(),
			note: (fact) => notes.write(fact),
			commits: async (from, to) => await commitLines(openClone, from, to)
		});
	}
	async [Symbol.asyncDispose]() {
		await this.#audience?.[Symbol.asyncDispose]();
		await this.#notes?.[Symbol.asyncDispose]();
	}
};
// src/deploy/state/over-deploy.ts
function ownDeployOver(ledger, me) {
	if (me.terminal) return void 0;
	const last = ledger.deploys.findLast((deploy) => deploy.owner === me.id && !deploy.goingBack);
	return last?.end === void 0 || last.end.as === "confirmed" ? void 0 : last;
}
function describeEnd({ end }) {
	if (end === void 0) return "is open";
	return `was ${{
		confirmed: "confirmed",
		"rolled-back": "taken back",
		abandoned: "closed as abandoned",
		failed: "closed as failed"
	}[end.as]} by ${end.by} at ${end.at}: ${end.why}`;
}
// src/deploy/state/held-lock.ts
var HeldLock = class {
	#machine;
	#place;
	#state;
	#holder;
	constructor(machine, place) {
		this.#machine = machine;
		this.#place = place;
	}
	hold(state, holder) {
		this.#state = state;
		this.#holder = holder;
	}
	letGo() {
		this.#holder = void 0;
	}
	get fence() {
		return this.#holder?.fence;
	}
	get taken() {
		return this.#state !== void 0;
	}
	condition() {
		if (this.#state === void 0 || this.#holder === void 0) return void 0;
		return {
			file: this.#state.paths.lock,
			text: `"id":${JSON.stringify(this.#holder.id)}`
		};
	}
	async confirm() {
		const condition = this.condition();
		if (condition !== void 0 && !await holds(this.#machine, condition)) throw await this.lost();
	}
	async lost() {
		const { journal } = this.#state ?? {};
		const holder = this.#holder;
		const who = journal === void 0 || holder === void 0 ? void 0 : await whoTookIt(journal, holder);
		return new Failure(`The lock of ${this.#place.app}/${this.#place.name} was taken by ${who?.by ?? "another run"} while this step worked; it stops here, and changes nothing more.`, {
			code: "lock-lost",
			...who?.became !== void 0 && { state: [who.became] },
			ways: [statusWay(this.#place)]
		});
	}
};
async function whoTookIt(journal, { deploy, fence }) {
	try {
		const ledger = await journal.read();
		const after = ledger.entries.find((entry) => (entry.fence ?? 0) > fence);
		const lock = await journal.lock.status();
		const by = after?.owner ?? (lock.state === "held" ? lock.holder.owner : void 0);
		const own = deploy ?? ledger.entries.find((entry) => entry.kind === "deploy.opened" && entry.fence === fence)?.deploy;
		const record = ledger.deploys.find((one) => one.id === own);
		if (record?.end === void 0) return { by };
		return {
			by,
			became: `Deploy ${record.id} ${describeEnd(record)}.`
		};
	} catch {
		return;
	}
}
function isLockLost(error) {
	return error instanceof Failure && error.code === "lock-lost";
}
// src/journal/paths.ts
function statePaths(root) {
	return {
		root,
		journal: `${root}/journal.jsonl`,
		identity: `${root}/identity.json`,
		lock: `${root}/lock`,
		beat: `${root}/beat`,
		repeat: `${root}/repeat`,
		repeatBeat: `${root}/repeat.beat`,
		backups: `${root}/backups`,
		running: `${root}/running`
	};
}
// src/machine/ssh/command-on.ts
function commandOn(machine, words, { terminal = false, jump } = {}) {
	if (machine.local) return quote(words);
	const { user, host, port } = parseTarget(machine.name);
	const through = jump === void 0 ? "" : `${quote(["-J", formatTarget(jump)])} `;
	return `ssh ${terminal ? "-t " : ""}${through}${port === 22 ? "" : `-p ${port} `}${quote([`${user}@${host}`])} ${inQuotes(quote(words))}`;
}
// src/deploy/state/identity.ts
const schema$1 = looseObject({
	app: string(),
	environment: string(),
	tagPrefix: string()
});
async function readIdentity(machine, root) {
	const path = statePaths(root).identity;
	const text = await readText(machine, path);
	if (text === void 0) return void 0;
	const parsed = safeParse(schema$1, parseJson$2(text));
	if (parsed.success) return parsed.output;
	const field = getDotPath(parsed.issues[0]);
	throw refusal(`${path} on ${machine.name} cannot be read (line 1: ${field === null ? "it is no JSON of ours" : `\`${field}\` is missing or wrong`}).`, {
		hint: "It says which app and environment this state belongs to.",
		code: "identity-damaged",
		ways: [{
			command: commandOn(machine, [
				"rm",
				"--",
				path
			]),
			means: "Removes it. Give `app` and `environment` then, where no savepoint.yml does; the next deploy writes it anew."
		}]
	});
}
function parseJson$2(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
async function noteIdentity(machine, paths, identity) {
	if ((await refuseOtherState(machine, paths, identity))?.tagPrefix !== identity.tagPrefix) await writeText(machine, paths.identity, `${JSON.stringify(identity)}\n`, { mode: 384 });
}
async function refuseOtherState(machine, paths, identity) {
	const known = await readIdentity(machine, paths.root);
	if (known !== void 0 && (known.app !== identity.app || known.environment !== identity.environment)) throw refusal(`${paths.root} is the state of ${known.app}/${known.environment}, not of ${identity.app}/${identity.environment}.`, {
		code: "other-state",
		hint: "Give each app and environment a `state-dir` of its own."
	});
	return known;
}
// src/config/profile.ts
const DEFAULT_FILE = "savepoint.yml";
async function loadProfile(request) {
	const path = request.path ?? "savepoint.yml";
	const text = await request.read(path);
	const app = request.app ?? request.fallbackApp;
	if (text === void 0) return {
		app,
		environment: request.environment ?? "production",
		only: false,
		hooks: {},
		layer: {
			source: path,
			raw: {}
		},
		problems: await missingFile(request),
		environments: []
	};
	const { readProfile } = await import("./read-profile.js");
	return readProfile(path, text, request);
}
async function missingFile({ path, read }) {
	if (path !== void 0) return [{
		input: "config",
		message: `names ${path}, which does not exist`
	}];
	return await read("savepoint.yaml") === void 0 ? [] : [{
		input: "savepoint.yaml",
		message: "is not read: call it savepoint.yml, or give `config: savepoint.yaml`"
	}];
}
// src/health/excerpt.ts
const SHOWN$1 = 2048;
const UNPRINTABLE = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
function cleanText(text) {
	return text.replaceAll("\r\n", "\n").replaceAll(UNPRINTABLE, "");
}
function shortLine(text, length = 300) {
	const flat = cleanText(text).replaceAll(/\s+/g, " ").trim();
	return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
function bodyLines(body, bytes) {
	const text = cleanText(body);
	if (text.trim() === "") return [bytes === 0 ? "body: empty" : `body: ${formatSize(bytes)}, nothing printable`];
	return [text.length > SHOWN$1 ? `body (the first ${formatSize(SHOWN$1)} of ${formatSize(bytes)}):` : "body:", ...text.slice(0, SHOWN$1).trimEnd().split("\n").map((line) => `| ${line}`)];
}
function lastOutput(lines, count = 20) {
	const last = lines.slice(-count).map((line) => `| ${cleanText(line).slice(0, 1e3)}`);
	if (last.length === 0) return ["output: none"];
	return [lines.length > count ? `output (the last ${plural(count, "line")}):` : "output:", ...last];
}
// src/health/command.ts
const KEPT = 20;
function commandCheck(check) {
	return {
		label: "command",
		order: "late",
		run: async (attempt) => await ask$2(check, attempt)
	};
}
async function ask$2({ command, machine, cwd, env, mask }, { signal, limitMs }) {
	const lines = [];
	const evidence = () => [`command on ${machine.name}: ${shortLine(command)}`, ...lastOutput(lines, KEPT)];
	try {
		const { code, signal: killedBy } = await machine.run({
			words: [
				"sh",
				"-c",
				command
			],
			cwd,
			env,
			signal,
			onLine: (line) => {
				lines.push(mask(line));
				if (lines.length > 21) lines.shift();
			}
		});
		if (code === 0) return {
			passed: true,
			detail: "the command passes"
		};
		return {
			passed: false,
			reason: `the command ${code === null ? `was killed by ${killedBy ?? "a signal"}` : `failed (exit ${code})`}`,
			evidence: evidence()
		};
	} catch (error) {
		if (signal.aborted) return {
			passed: false,
			reason: `the command did not end within ${formatDuration(limitMs)}`,
			topic: "command gave up",
			gaveUp: true,
			evidence: evidence()
		};
		const hint = error instanceof Failure ? error.hint : void 0;
		return {
			passed: false,
			reason: `the command could not run: ${shortLine(clauseOf(error))}`,
			hint,
			evidence: evidence()
		};
	}
}
// src/machine/container/story.ts
const MOST_IN_HEADLINE = 200;
const LOG_LINES = 30;
const FIRST_AND_LAST = `"\$@" 2>&1 | awk -v n=${LOG_LINES} 'NR <= n { print; next } { last[NR % n] = $0 } END { from = NR - n + 1; if (from > n + 1) print "…"; else from = n + 1; for (i = from; i <= NR; i++) print last[i % n] }'`;
function describeContainer({ service, name, state, health, exitCode, restarts, outOfMemory }) {
	const how = state === "exited" || state === "dead" ? `${state} with code ${exitCode}` : state;
	return `${service} (${name}): ${health === void 0 || state !== "running" ? how : `${how}, ${health}`}${restarts === 0 ? "" : `, after ${restarts} ${restarts === 1 ? "restart" : "restarts"}`}${outOfMemory ? ", killed for its memory (OOMKilled)" : ""}`;
}
function hasFailed({ state, exitCode }) {
	return state === "exited" && exitCode !== 0 || state === "dead";
}
async function tellContainers(project, containers) {
	const told = [];
	for (const container of containers) {
		const lines = await lastLogLines(project, container);
		told.push(describeContainer(container), ...lines.length === 0 ? ["| (it said nothing)"] : lines.map((line) => `| ${line}`));
	}
	return told;
}
async function lastLogLines({ machine, command }, { id, restarts }) {
	const [script, tail] = restarts > 0 ? [FIRST_AND_LAST, []] : ["exec \"$@\" 2>&1", ["--tail", String(LOG_LINES)]];
	const words = dockerWords({ command }, "logs", ...tail, id);
	return (await machine.run({
		words: [
			"sh",
			"-c",
			script,
			"sh",
			...words
		],
		timeout: 15e3
	})).stdout.split(/\r?\n/).filter((line) => line.trim() !== "");
}
function tellingLine(lines) {
	const said = lines.map((line) => line.replace(/^\|\s?/, "").trim()).filter((line) => line !== "" && line !== "(it said nothing)");
	const line = said.findLast((one) => /\b(?:\w*error|fatal|panic|exception|cannot|failed)\b/iu.test(one)) ?? said.at(-1);
	return line === void 0 || line.length <= MOST_IN_HEADLINE ? line : withoutMiddle(line);
}
function withoutMiddle(line) {
	const half = Math.floor(MOST_IN_HEADLINE / 2);
	return `${line.slice(0, half).trimEnd()} … ${line.slice(-100).trimStart()}`;
}
function because(lines) {
	const line = tellingLine(lines);
	return line === void 0 ? "." : `: ${line}`;
}
// src/health/containers.ts
const LOOP = 3;
const GONE = 3;
function serviceCheck(service, containers, version) {
	const seen = new Restarts();
	let missing = 0;
	return {
		label: `service ${service}`,
		order: "together",
		run: async () => await asked$1(`service ${service}`, containers, (all) => {
			missing = all.some((one) => one.service === service) ? 0 : missing + 1;
			const result = judgeService(service, all, version, seen);
			return missing >= GONE && !result.passed ? {
				...result,
				hopeless: true
			} : result;
		})
	};
}
function aliveCheck(containers, version) {
	const seen = new Restarts();
	const known = new Set();
	return {
		label: "containers",
		order: "together",
		quiet: true,
		run: async () => await asked$1("containers", containers, (all) => {
			const mine = all.filter(({ labels }) => version !== void 0 && labels["savepoint.commit"] === version.commit);
			for (const { service } of mine) known.add(service);
			const gone = [...known].find((service) => !all.some((one) => one.service === service));
			if (gone !== void 0) return {
				passed: false,
				reason: `the container of ${gone} is gone`,
				evidence: [],
				hopeless: true
			};
			for (const one of mine) {
				const trouble = troubleOf(one, seen);
				if (trouble?.hopeless === true) return {
					...trouble,
					evidence: []
				};
			}
			return {
				passed: true,
				detail: "containers are up"
			};
		})
	};
}
async function asked$1(label, containers, judge) {
	try {
		return judge(await containers());
	} catch (error) {
		const reason = `${label}: the containers cannot be asked: ${shortLine(clauseOf(error))}`;
		return {
			passed: false,
			reason,
			evidence: [reason]
		};
	}
}
function judgeService(service, all, version, seen) {
	const mine = all.filter((one) => one.service === service);
	if (mine.length === 0) {
		const others = [...new Set(all.map((one) => one.service))].join(", ");
		const reason = `service ${service} has no container`;
		return {
			passed: false,
			reason,
			hint: others === "" ? void 0 : `There are containers of ${others}.`,
			evidence: [reason]
		};
	}
	for (const one of mine) {
		const trouble = troubleOf(one, seen) ?? notYet(one, version);
		if (trouble !== void 0) return trouble;
	}
	return {
		passed: true,
		detail: `service ${service} ${mine.every(({ health }) => health === "healthy") ? "is healthy" : "runs"}`
	};
}
function troubleOf(one, seen) {
	const told = describeContainer(one);
	const again = seen.since(one);
	if (hasFailed(one)) return {
		passed: false,
		reason: told,
		evidence: [told],
		hopeless: true
	};
	if (again.ever >= LOOP) return {
		passed: false,
		reason: `${told}: it restarts in a loop`,
		topic: `${one.service} loops`,
		evidence: [told],
		hopeless: true
	};
	if (again.now > 0) return {
		passed: false,
		reason: `${told}: it was restarted`,
		topic: `${one.service} restarts`,
		evidence: [told]
	};
}
function notYet(one, version) {
	const told = describeContainer(one);
	const commit = one.labels[COMMIT_LABEL];
	if (version !== void 0 && commit !== void 0 && commit !== version.commit) return {
		passed: false,
		reason: `${told}: it is of ${commit.slice(0, 7)}, not of ${version.commit.slice(0, 7)}`,
		evidence: [told]
	};
	return one.state === "running" && (one.health === void 0 || one.health === "healthy") ? void 0 : {
		passed: false,
		reason: told,
		evidence: [told]
	};
}
var Restarts = class {
	#first = new Map();
	#last = new Map();
	since({ id, restarts }) {
		const first = this.#first.get(id) ?? restarts;
		const last = this.#last.get(id) ?? restarts;
		this.#first.set(id, first);
		this.#last.set(id, restarts);
		return {
			ever: restarts - first,
			now: restarts - last
		};
	}
};
// src/health/body.ts
const BODY_LIMIT = 1048576;
async function readBody(response, limit = BODY_LIMIT) {
	const chunks = [];
	let size = 0;
	try {
		for await (const chunk of decoded$1(response)) {
			const bytes = chunk.subarray(0, limit - size);
			chunks.push(bytes);
			size += bytes.length;
			if (size >= limit) return {
				bytes: Buffer.concat(chunks),
				ending: "cut"
			};
		}
	} catch (problem) {
		return {
			bytes: Buffer.concat(chunks),
			ending: "broken",
			problem
		};
	}
	return {
		bytes: Buffer.concat(chunks),
		ending: "whole"
	};
}
function decoded$1(response) {
	const decoder = decoderFor(response.headers["content-encoding"]);
	if (decoder === void 0) return response;
	return pipeline(response, decoder, () => void 0);
}
function unreadEncoding(encoding) {
	const named = encoding?.trim().toLowerCase() ?? "";
	return named === "" || named === "identity" || decoderFor(named) !== void 0 ? void 0 : named;
}
function decoderFor(encoding) {
	switch (encoding?.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip": return zlib.createGunzip();
		case "deflate": return zlib.createInflate();
		case "br": return zlib.createBrotliDecompress();
		case "zstd": return "createZstdDecompress" in zlib ? zlib.createZstdDecompress() : void 0;
		default: return;
	}
}
function decodeText(bytes, contentType) {
	const charset = /charset="?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
	try {
		return new TextDecoder(charset).decode(bytes);
	} catch {
		return new TextDecoder().decode(bytes);
	}
}
// src/health/exchange.ts
async function exchange(request, wire) {
	const { url } = request;
	wire.phase = "connecting";
	const dialled = await within({
		signal: wire.signal,
		discard
	}, async () => await wire.machine.dial(hostPortOf(url)));
	dialled.on("error", () => void 0);
	try {
		const stream = url.protocol === "https:" ? await handshake(dialled, url, wire) : dialled;
		wire.phase = "waiting";
		const sentAt = wire.clock.now().getTime();
		const response = await send(request, stream, wire.signal);
		const body = await readBody(response);
		const headers = headersOf(response);
		return {
			status: response.statusCode ?? 0,
			statusText: response.statusMessage ?? "",
			headers,
			body: decodeText(body.bytes, headers.get("content-type")?.[0]),
			bytes: body.bytes.length,
			ending: body.ending,
			problem: body.problem,
			latencyMs: wire.clock.now().getTime() - sentAt
		};
	} finally {
		dialled.destroy();
	}
}
function discard(late) {
	late.on("error", () => void 0);
	late.destroy();
}
async function handshake(stream, url, wire) {
	wire.phase = "handshake";
	return await within({
		signal: wire.signal,
		discard
	}, async () => await shaken(stream, url, wire.trust));
}
async function shaken(stream, url, trust) {
	const { host } = hostPortOf(url);
	const secure = connect({
		socket: stream,
		host,
		servername: isIP(host) === 0 ? host : "",
		ALPNProtocols: ["http/1.1"],
		rejectUnauthorized: true,
		...trust === void 0 ? {} : { secureContext: trust }
	});
	return await new Promise((resolve, reject) => {
		secure.on("error", reject);
		secure.once("close", () => reject(Object.assign(new Error("closed during the handshake"), { code: "ECONNRESET" })));
		secure.once("secureConnect", () => resolve(secure));
	});
}
async function send({ url, method, headers }, stream, signal) {
	const http = process.getBuiltinModule("node:http");
	return await new Promise((resolve, reject) => {
		const sent = http.request({
			createConnection: () => stream,
			method,
			path: `${url.pathname}${url.search}`,
			headers: {
				host: url.host,
				"user-agent": "savepoint",
				accept: "*/*",
				connection: "close",
				...grouped(headers)
			},
			setHost: false,
			signal
		});
		sent.once("response", resolve);
		sent.on("error", reject);
		sent.end();
	});
}
function grouped(headers) {
	const groups = Map.groupBy(headers, ([name]) => name.toLowerCase());
	return Object.fromEntries([...groups].map(([name, [first, ...more]]) => [name, more.length === 0 ? first?.[1] ?? "" : [first, ...more].map((entry) => entry?.[1] ?? "")]));
}
function headersOf(response) {
	const headers = new Map();
	for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
		const name = (response.rawHeaders[at] ?? "").toLowerCase();
		headers.set(name, [...headers.get(name) ?? [], response.rawHeaders[at + 1] ?? ""]);
	}
	return headers;
}
function locationOf(answer) {
	return [
		301,
		302,
		303,
		307,
		308
	].includes(answer.status) ? answer.headers.get("location")?.[0] : void 0;
}
function nextHop(answer, before) {
	const last = before.at(-1);
	const location = locationOf(answer);
	if (last === void 0 || location === void 0) return void 0;
	if (!URL.canParse(location, last.url.href)) return { problem: `redirects to ${JSON.stringify(shortLine(location))}, which is no URL` };
	const url = new URL(location, last.url);
	url.hash = "";
	if (url.protocol !== "http:" && url.protocol !== "https:") return { problem: `redirects to ${url.protocol}, which is not HTTP` };
	if (url.protocol === "http:" && last.url.protocol === "https:") return { problem: `redirects from https to ${showUrl(url)}, which is not encrypted` };
	const method = answer.status === 303 || answer.status <= 302 && last.method === "POST" ? last.method === "HEAD" ? "HEAD" : "GET" : last.method;
	if (before.some((one) => one.method === method && one.url.href === url.href)) return { problem: `redirects in a circle, back to ${showUrl(url)}` };
	if (before.length > 5) return { problem: `redirects more than 5 times, last to ${showUrl(url)}` };
	return { to: {
		url,
		method,
		headers: url.origin === last.url.origin ? last.headers : []
	} };
}
// src/health/judge.ts
function judge$1(answer, wanted) {
	if (!accepts(wanted.status ?? SUCCESS, answer.status)) return [wrongStatus(answer, wanted.status)];
	const encoded = unreadEncoding(answer.headers.get("content-encoding")?.[0]);
	if (encoded !== void 0 && (wanted.body ?? wanted.json ?? wanted.version) !== void 0) return [unreadable$2(encoded)];
	const json = jsonOf(answer);
	return [
		wanted.version && complain(versionProblem(wanted.version.source, wanted.version.expected, {
			...answer,
			json
		})),
		...(wanted.headers ?? []).map((header) => complain(headerProblem(header, answer.headers))),
		...(wanted.json ?? []).map((expectation) => jsonComplaint(expectation, json())),
		wanted.body && bodyComplaint(answer, wanted.body),
		wanted.maxLatencyMs === void 0 ? void 0 : slow(answer.latencyMs, wanted.maxLatencyMs)
	].filter((complaint) => complaint !== void 0);
}
function complain(problem) {
	return problem === void 0 ? void 0 : { reason: problem };
}
function wrongStatus(answer, wanted) {
	const location = locationOf(answer);
	const expected = wanted === void 0 ? "" : `, expected ${describeStatuses(wanted)}`;
	const proxy = NO_UPSTREAM.has(answer.status) ? proxyOf(answer) : void 0;
	if (proxy !== void 0) return {
		reason: `HTTP ${answer.status} from ${proxy}, a proxy that reaches no app behind it${expected}`,
		hint: "Does the app run, and does it listen where the proxy looks for it? The proxy's own log says where that is."
	};
	if (location === void 0) return { reason: `HTTP ${answer.status}${expected}` };
	return {
		reason: `HTTP ${answer.status}, a redirect to ${shortLine(location)}${expected}`,
		hint: "Check that URL itself, or allow it: `follow-redirects: true`, or the status in `expect-status`."
	};
}
const NO_UPSTREAM = new Set([
	502,
	503,
	504
]);
const PROXIES = /^(nginx|openresty|haproxy|traefik|caddy|envoy|istio-envoy|cloudflare|awselb|varnish)\b/i;
function proxyOf(answer) {
	const named = PROXIES.exec(answer.headers.get("server")?.[0] ?? "")?.[0];
	if (answer.body.includes("No server is available to handle this request")) return "HAProxy";
	if (named === void 0) return void 0;
	return /<center>|no available server|no healthy upstream|upstream connect error/i.test(answer.body) ? named.toLowerCase() : void 0;
}
function unreadable$2(encoding) {
	return {
		reason: `the body is encoded as ${shortLine(encoding, 40)}, which was not asked for and cannot be read here`,
		hint: "Let the app send it as it is where the request has no `Accept-Encoding`."
	};
}
function jsonOf(answer) {
	let read;
	return () => read ??= parseJson$1(answer);
}
function parseJson$1(answer) {
	if (answer.ending === "cut") return { problem: `the body is longer than ${formatSize(BODY_LIMIT)}, too long to be read as JSON` };
	try {
		return { document: JSON.parse(answer.body) };
	} catch {
		const start = shortLine(answer.body, 60);
		return { problem: start === "" ? "the body is empty, expected JSON" : `the body is no JSON, it begins with ${JSON.stringify(start)}` };
	}
}
function jsonComplaint({ path, value }, json) {
	if ("problem" in json) return { reason: json.problem };
	const at = valueAt(json.document, path);
	if (!at.found) return { reason: `the JSON has no ${path.text}, expected ${value}` };
	return equalsText(at.value, value) ? void 0 : {
		reason: `${path.text} is ${showValue(at.value)}, expected ${value}`,
		topic: `json ${path.text} ${typeof at.value === "number" ? "" : showValue(at.value)}`
	};
}
function bodyComplaint(answer, wanted) {
	const found = matches(wanted, answer.body);
	if (found === true) return void 0;
	if (found === "too slow") return {
		reason: `${describePattern(wanted)} does not come to an end on this body`,
		hint: "Write the expression without nested repetitions."
	};
	const beyond = answer.ending === "cut" ? ` in its first ${formatSize(BODY_LIMIT)}` : "";
	return { reason: `the body does not ${"contains" in wanted ? "contain" : "match"} ${describePattern(wanted)}${beyond}` };
}
function slow(latencyMs, mostMs) {
	if (latencyMs <= mostMs) return void 0;
	return {
		reason: `answered in ${formatDuration(latencyMs)}, allowed are ${formatDuration(mostMs)}`,
		topic: "slow"
	};
}
// src/health/trouble.ts
function explain(error, place) {
	const at = showAddress(place.address);
	const codes = codesOf(error);
	const is = (...known) => known.some((code) => codes.includes(code));
	if (is("refused", "ECONNREFUSED")) {
		const [said] = error instanceof Failure ? error.evidence : [];
		return {
			reason: said === void 0 ? `connection refused (${at})` : `no connection to ${at}: ${shortLine(said)}`,
			hint: listening(place),
			refused: said === void 0 || isLoopback$1(place.address.host)
		};
	}
	if (is("name-not-resolved", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL")) return {
		reason: `the name ${place.address.host} is not known on ${place.from} (DNS)`,
		hint: "Check the spelling; a name of the compose network is known inside its containers only."
	};
	if (is("timeout", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH")) return {
		reason: `no way to ${at} from ${place.from}`,
		hint: "Check the address and the firewall between; `from: host` and `from: runner` see different networks."
	};
	const tls = place.tls ? explainTls(error, codes, place) : void 0;
	if (tls !== void 0) return tls;
	if (is("HPE_CR_EXPECTED", "HPE_LF_EXPECTED")) return {
		reason: `${at} ends the lines of its answer with a bare line feed, which HTTP does not allow`,
		hint: "HTTP/1.1 wants CR and LF at the end of each header line. Let the app's HTTP library write them, or put a proxy before it."
	};
	if (codes.some((code) => code.startsWith("HPE_")) && speaksHttp2(error)) return onlyHttp2(at);
	if (codes.some((code) => code.startsWith("HPE_"))) return {
		reason: `${at} answers something that is not HTTP`,
		hint: place.tls ? void 0 : "Does it expect TLS (https://), or is it another service's port?"
	};
	if (is("ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNABORTED", "connection-lost")) return {
		reason: `${at} closed the connection without a whole answer`,
		hint: "The app may have crashed in the middle of it: its log says more."
	};
	if (error instanceof Failure) return {
		reason: shortLine(clauseOf(error)),
		hint: error.hint
	};
	return { reason: `${at}: ${shortLine(clauseOf(error))}` };
}
function listening({ address, from }) {
	if (!/^(localhost|127\.|::1$)/.test(address.host)) return `Is the app listening on this address, and not only on the host's localhost? Asked from ${from}.`;
	return `Is the app listening on port ${address.port}? Asked from ${from}, whose own localhost this is (see \`from\`).`;
}
function explainTls(error, codes, { address }) {
	const at = showAddress(address);
	const is = (...known) => known.some((code) => codes.includes(code));
	if (is("DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN")) return {
		reason: `the certificate of ${at} is self-signed, or signed by an authority that is not known`,
		hint: "Give that authority's certificate as `tls-ca`."
	};
	if (is("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "CERT_UNTRUSTED", "INVALID_CA", "CERT_SIGNATURE_FAILURE")) return {
		reason: `nobody known signed the certificate of ${at}`,
		hint: "Give the authority's certificate as `tls-ca`, or let the server send the whole chain, with its intermediate certificates."
	};
	if (is("CERT_HAS_EXPIRED")) return {
		reason: `the certificate of ${at} has expired`,
		hint: "Renew it, and reload the server."
	};
	if (is("CERT_NOT_YET_VALID")) return {
		reason: `the certificate of ${at} is not valid yet`,
		hint: "Compare the clocks of both machines."
	};
	if (is("ERR_TLS_CERT_ALTNAME_INVALID")) return {
		reason: `the certificate of ${at} is for other names: ${shortLine(clauseOf(error))}`,
		hint: "Use one of its names in `url`."
	};
	if (is("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_TLS_ALERT_NO_APPLICATION_PROTOCOL")) return onlyHttp2(at);
	if (is("ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ERR_SSL_HTTP_REQUEST")) return {
		reason: `${at} does not speak TLS`,
		hint: "Does it expect plain HTTP (http://)?"
	};
	if (codes.some((code) => code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO")) return { reason: `no TLS connection to ${at}: ${shortLine(clauseOf(error))}` };
}
function onlyHttp2(at) {
	return {
		reason: `${at} speaks HTTP/2 only, and health is asked over HTTP/1.1`,
		hint: "Allow HTTP/1.1 on that port too, or give a `url` that answers it (a plain health port, the proxy in front), or a `command`."
	};
}
function speaksHttp2(error) {
	const { rawPacket } = error;
	if (!Buffer.isBuffer(rawPacket) || rawPacket.length < 9) return false;
	return rawPacket[3] === 4 && rawPacket.readUInt32BE(5) === 0;
}
function codesOf(error) {
	const codes = [];
	for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
		const { code } = at;
		if (typeof code === "string") codes.push(code);
	}
	return codes;
}
// src/health/http.ts
const TELLING$1 = [
	"location",
	"content-type",
	"server",
	"via",
	"retry-after",
	"www-authenticate",
	"x-request-id"
];
function httpCheck(check) {
	const { url, method } = check.request;
	return {
		label: `${method} ${showUrl(url)}`,
		order: "together",
		run: async (attempt) => await ask$1(check, attempt)
	};
}
async function ask$1(check, { signal, limitMs }) {
	const { machine, clock, trust } = check;
	const wire = {
		machine,
		clock,
		trust,
		signal,
		phase: "connecting"
	};
	const requests = [check.request];
	let latencyMs = 0;
	for (;;) {
		const request = requests.at(-1) ?? check.request;
		let answer;
		try {
			answer = await exchange(request, wire);
		} catch (error) {
			if (signal.aborted) return unanswered(request, wire, limitMs, requests);
			const trouble = explain(error, {
				address: hostPortOf(request.url),
				from: machine.name,
				tls: request.url.protocol === "https:"
			});
			return {
				passed: false,
				...trouble,
				evidence: [...asked(requests, machine), trouble.reason]
			};
		}
		latencyMs += answer.latencyMs;
		const whole = {
			...answer,
			latencyMs
		};
		const shown = hidden(whole, check.mask);
		const fail = (complaints, gaveUp = false) => failed(complaints, requests, shown, machine, gaveUp);
		if (answer.ending === "broken") return fail([brokenOff(whole, request, machine, signal.aborted ? limitMs : void 0)], signal.aborted);
		const wanted = check.expectations.status ?? SUCCESS;
		const hop = check.followRedirects && !accepts(wanted, answer.status) ? nextHop(answer, requests) : void 0;
		if (hop !== void 0 && "problem" in hop) return fail([{ reason: hop.problem }]);
		if (hop !== void 0) {
			requests.push(hop.to);
			continue;
		}
		const complaints = judge$1(whole, check.expectations);
		if (complaints.length > 0) {
			const told = judge$1(shown, check.expectations);
			return fail(told.length > 0 ? told : complaints);
		}
		return {
			passed: true,
			detail: `HTTP ${answer.status} from ${showUrl(request.url)} in ${formatDuration(latencyMs)}`
		};
	}
}
function hidden(answer, mask) {
	const headers = new Map([...answer.headers].map(([name, values]) => [name, values.map(mask)]));
	return {
		...answer,
		statusText: mask(answer.statusText),
		headers,
		body: mask(answer.body)
	};
}
function asked(requests, machine) {
	return requests.map(({ method, url }, index) => `${index === 0 ? "" : "redirected to "}${method} ${showUrl(url)}${index === 0 ? `, asked from ${machine.name}` : ""}`);
}
function failed(complaints, requests, answer, machine, gaveUp) {
	const [first, ...more] = complaints;
	const url = requests.at(-1)?.url;
	return {
		passed: false,
		reason: `${first?.reason ?? "unhealthy"}${url === void 0 ? "" : ` (${showUrl(url)})`}`,
		topic: first?.topic,
		hint: first?.hint,
		gaveUp,
		evidence: [
			...asked(requests, machine),
			`HTTP ${answer.status} ${shortLine(answer.statusText, 80)}`.trimEnd() + ` in ${formatDuration(answer.latencyMs)}`,
			...more.map((complaint) => `also: ${complaint.reason}`),
			...TELLING$1.flatMap((name) => (answer.headers.get(name) ?? []).map((value) => `${name}: ${shortLine(value)}`)),
			...bodyLines(answer.body, answer.bytes)
		]
	};
}
function unanswered(request, wire, limitMs, requests) {
	const at = showAddress(hostPortOf(request.url));
	const within = `within ${formatDuration(limitMs)}`;
	const reason = {
		connecting: `no connection to ${at} ${within}`,
		handshake: `${at} accepts connections, but makes no TLS handshake ${within}`,
		waiting: `${at} accepts connections, but ${showUrl(request.url)} gave no answer ${within}`
	}[wire.phase];
	return {
		passed: false,
		reason,
		topic: `no answer: ${wire.phase}`,
		gaveUp: true,
		evidence: [...asked(requests, wire.machine), reason]
	};
}
function brokenOff(answer, request, machine, limitMs) {
	const size = formatSize(answer.bytes);
	if (limitMs !== void 0) return {
		reason: `HTTP ${answer.status}, but the body did not end within ${formatDuration(limitMs)} (${size} came)`,
		topic: "no end of the body"
	};
	const encoding = answer.headers.get("content-encoding")?.[0];
	const { code } = answer.problem;
	if (encoding !== void 0 && typeof code === "string" && /^Z_|^ERR_/.test(code)) return { reason: `HTTP ${answer.status}, but the body is not the ${shortLine(encoding, 40)} that its header says` };
	const { hint } = explain(answer.problem, {
		address: hostPortOf(request.url),
		from: machine.name,
		tls: request.url.protocol === "https:"
	});
	return {
		reason: `HTTP ${answer.status}, but the connection broke off in the middle of the body (${size} came)`,
		...hint === void 0 ? {} : { hint }
	};
}
// src/health/query.ts
const SYNTAX_ERROR = "42601";
function queryCheck(sql, database) {
	return {
		label: "query",
		order: "together",
		run: async (attempt) => await ask(sql, database, attempt)
	};
}
async function ask(sql, database, { signal, limitMs }) {
	const about = `query on ${database.name}: ${shortLine(sql)}`;
	const failing = (reason, more = {}) => ({
		passed: false,
		reason,
		evidence: [about, reason],
		...more
	});
	let connected = false;
	try {
		try {
			var _usingCtx$16 = _usingCtx();
			const connection = _usingCtx$16.a(await database.connect("health", {
				signal,
				statementTimeout: limitMs
			}));
			connected = true;
			const [row] = await connection.query(sql);
			const answer = row === void 0 ? void 0 : Object.values(row)[0];
			if (isTrue(answer)) return {
				passed: true,
				detail: "the query is true"
			};
			return failing(`the query returned ${row === void 0 ? "no row" : describeAnswer(answer)}`);
		} catch (_) {
			_usingCtx$16.e = _;
		} finally {
			await _usingCtx$16.d();
		}
	} catch (error) {
		if (signal.aborted || connected && codeOf(error) === "57014") return failing(connected ? `the query did not end within ${formatDuration(limitMs)}` : `no connection to ${database.name} within ${formatDuration(limitMs)}`, {
			topic: "query gave up",
			gaveUp: true
		});
		const message = shortLine(clauseOf(error));
		const reason = connected ? describeFailure(codeOf(error), message) : message;
		const [hint, seen] = error instanceof Failure ? [error.hint, error.evidence] : [void 0, []];
		return failing(reason, {
			hint,
			evidence: [
				about,
				message,
				...seen
			],
			hopeless: codeOf(error) === SYNTAX_ERROR
		});
	}
}
function describeAnswer(answer) {
	const word = shortLine(String(answer), 40);
	return word === "" ? "an empty text" : word;
}
const OF_THE_QUERY = /^(?:08|0A|25|28|3D|40|42|53|54|55|57)/;
function describeFailure(code, message) {
	if (code === void 0 || OF_THE_QUERY.test(code)) return `the query failed: ${message}`;
	return `the query failed (${code})`;
}
function codeOf(error) {
	return error instanceof Failure ? error.code : void 0;
}
function isTrue(value) {
	if (value === null || value === void 0 || value === false) return false;
	if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0 && !Number.isNaN(Number(value));
	if (typeof value !== "string") return true;
	const word = value.trim().toLowerCase();
	return ![
		"",
		"f",
		"false",
		"n",
		"no",
		"off",
		"nan"
	].includes(word) && Number(word) !== 0;
}
// src/health/takeover.ts
function judgeTakeover(sight, begun, { port, kept }) {
	const { holders, processes, inFolder, programs } = sight;
	if (sight.boot !== begun.boot || sight.hidden || holders.length === 0) return { state: "unknown" };
	const startOf = (pid) => processes.get(pid)?.start ?? Number.POSITIVE_INFINITY;
	if (holders.some((pid) => startOf(pid) >= begun.since)) return { state: "new" };
	if (kept && holders.every((pid) => startOf(pid) < begun.first)) return { state: "new" };
	const { own } = begun;
	const isBelow = (pid, tops) => {
		for (let at = pid, steps = 0; at !== void 0 && at > 1 && steps < 64; steps += 1) {
			if (tops.includes(at)) return true;
			at = processes.get(at)?.parent;
		}
		return false;
	};
	if ([...processes].filter(([pid, seen]) => !seen.dead && seen.start >= begun.since && (own === void 0 || !isBelow(pid, [own.pid]))).some(([pid]) => inFolder.has(pid) || isBelow(pid, holders))) return { state: "unknown" };
	if (own === void 0) return { state: "unknown" };
	const now = processes.get(own.pid);
	const lives = now !== void 0 && !now.dead && now.start === own.start;
	const who = `port ${port} is still held by process ${holders.join(", ")}, which was there before the start`;
	if (!lives) return {
		state: "old",
		reason: `the old version answers: ${who}, and the process that was started (${own.pid}) has ended`
	};
	const program = programs.get(own.pid);
	return holders.some((pid) => inFolder.has(pid) || program !== void 0 && programs.get(pid) === program) ? {
		state: "waiting",
		reason: `the old version answers: ${who}; the one that was started (${own.pid}) has not taken over`
	} : { state: "unknown" };
}
function takeoverCheck(ask) {
	return {
		label: "who listens",
		order: "late",
		quiet: true,
		run: async () => {
			const seen = await ask();
			if (seen.state === "new" || seen.state === "unknown") return {
				passed: true,
				detail: "the new version listens"
			};
			return {
				passed: false,
				reason: seen.reason,
				topic: `takeover: ${seen.state}`,
				hint: "The port was taken when the new version started. Give a `stop-command` that ends the old one first; or `expect-version`, where the app can tell its version.",
				evidence: [seen.reason],
				hopeless: seen.state === "old"
			};
		}
	};
}
// src/health/tcp.ts
const HOLD_MS = 100;
function tcpCheck(address, machine, clock) {
	const at = showAddress(address);
	return {
		label: `tcp ${at}`,
		order: "together",
		run: async ({ signal, limitMs }) => {
			const failing = (reason, { hint, gaveUp = false, refused = false } = {}) => ({
				passed: false,
				reason,
				hint,
				gaveUp,
				refused,
				topic: gaveUp ? `no connection ${at}` : reason,
				evidence: [`tcp ${at}, asked from ${machine.name}`, reason]
			});
			try {
				const stream = await within({
					signal,
					discard: hangUp
				}, async () => await machine.dial(address));
				const held = await hold$1(stream, clock);
				hangUp(stream);
				return held ? {
					passed: true,
					detail: `${at} accepts connections`
				} : failing(`${at} accepts connections and closes them at once`, { hint: "A proxy may listen there before the server behind it does." });
			} catch (error) {
				if (signal.aborted) return failing(`no connection to ${at} within ${formatDuration(limitMs)}`, { gaveUp: true });
				const { reason, ...trouble } = explain(error, {
					address,
					from: machine.name,
					tls: false
				});
				return failing(reason, trouble);
			}
		}
	};
}
async function hold$1(stream, clock) {
	const said = new Promise((resolve) => {
		stream.on("error", () => resolve(false));
		stream.once("end", () => resolve(false));
		stream.once("close", () => resolve(false));
		stream.once("data", () => resolve(true));
	});
	return await within({
		ms: HOLD_MS,
		late: () => true,
		clock
	}, async () => await said);
}
function hangUp(stream) {
	stream.on("error", () => void 0);
	stream.destroy();
}
// src/health/trust.ts
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
async function trustIn(tlsCa, here) {
	const inline = tlsCa.includes("-----BEGIN");
	const where = inline ? "`tls-ca`" : `The file of \`tls-ca\`, ${quoted(tlsCa.trim())},`;
	const certificates = (inline ? tlsCa : await readNamed(tlsCa.trim(), where, here)).match(CERTIFICATE) ?? [];
	if (certificates.length === 0) throw refusal(`${where} holds no certificate.`, {
		code: "bad-certificate",
		hint: "A PEM certificate begins with -----BEGIN CERTIFICATE-----."
	});
	try {
		const ca = certificates.map((certificate) => new X509Certificate(certificate).toString());
		return createSecureContext({
			ca,
			allowPartialTrustChain: true
		});
	} catch (error) {
		throw refusal(`${where} holds a certificate that cannot be read.`, {
			code: "bad-certificate",
			hint: "Was it cut, or its line breaks lost?",
			cause: error
		});
	}
}
async function readNamed(path, where, here) {
	const hint = "Give the PEM text itself, or the path of a file here.";
	let text;
	try {
		text = await readText(here, await resolvePath(here, path));
	} catch (error) {
		throw refusal(`${where} cannot be read on ${here.name}: ${clauseOf(error)}.`, {
			code: "no-file",
			hint,
			cause: error
		});
	}
	if (text === void 0) throw refusal(`${where} does not exist on ${here.name}.`, {
		code: "no-file",
		hint
	});
	return text;
}
// src/health/kinds.ts
const none = () => [];
const LACKING = {
	database: ({ database }) => database === void 0 ? "needs `database-url` or `database-service`, and neither is given" : void 0,
	containers: ({ containers }) => containers === void 0 ? "needs a compose project, and `app-dir` is none" : void 0,
	folder: () => void 0
};
const KINDS = {
	tcp: {
		needs: [],
		plan: (addresses) => addresses.map((address) => `tcp ${showAddress(address)}`),
		secrets: none,
		only: [],
		unasked: none,
		checks: async (addresses, { world, machine }) => addresses.map((address) => tcpCheck(address, machine, world.ports.clock))
	},
	service: {
		needs: ["containers"],
		plan: () => ["service"],
		secrets: none,
		only: [],
		unasked: ({ world }) => world.containers === void 0 ? [] : [aliveCheck(world.containers, world.version)],
		checks: async (service, { world }) => world.containers === void 0 ? [] : [serviceCheck(service, world.containers, world.version)]
	},
	query: {
		needs: ["database"],
		plan: () => ["query"],
		secrets: (_, { database }) => [database && passwordToHide(database.target)].filter((one) => one !== void 0),
		only: [],
		unasked: none,
		checks: async (sql, { world }) => world.database === void 0 ? [] : [queryCheck(sql, world.database)]
	},
	url: {
		needs: [],
		plan: (url, { method }) => [`${method} ${url.href}`],
		secrets: ({ headers }) => secretsInHeaders(headers ?? []),
		only: [
			"expect-status",
			"expect-body",
			"expect-json",
			"expect-header",
			"expect-version",
			"max-latency",
			"tls-ca"
		],
		unasked: none,
		checks: async (url, making) => [await urlCheck(url, making)]
	},
	command: {
		needs: ["folder"],
		plan: () => ["command"],
		secrets: (_, { env }) => Object.values(env ?? {}).filter((value) => value instanceof Secret),
		only: [],
		unasked: ({ world }) => world.takeover === void 0 ? [] : [takeoverCheck(world.takeover)],
		checks: async (command, { settings, world, machine, mask }) => [commandCheck({
			command,
			machine,
			cwd: settings.from === "runner" ? void 0 : world.cwd,
			env: world.env,
			mask
		})]
	}
};
const kindNames = Object.keys(healthSection.inputs).filter((name) => name in KINDS);
function needsOf(settings) {
	return new Set(givenIn(settings).flatMap((name) => KINDS[name].needs));
}
function lackingOf(name, offer) {
	return KINDS[name].needs.map((need) => LACKING[need](offer)).find((lacking) => lacking !== void 0);
}
function plannedChecks(settings) {
	return givenIn(settings).flatMap((name) => planned(name, settings));
}
function secretsOf(settings, world) {
	return givenIn(settings).flatMap((name) => KINDS[name].secrets(settings, world));
}
function givenIn(settings) {
	return kindNames.filter((name) => isGiven(settings[name]));
}
function isGiven(value) {
	return Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== "";
}
function planned(name, settings) {
	const value = settings[name];
	return value === void 0 || value === null ? [] : KINDS[name].plan(value, settings);
}
async function checksOf(making) {
	const checks = [];
	for (const name of Object.keys(KINDS)) checks.push(...KINDS[name].unasked(making), ...await given(name, making));
	return checks;
}
async function given(name, making) {
	const value = making.settings[name];
	return value === void 0 || value === null ? [] : await KINDS[name].checks(value, making);
}
async function urlCheck(url, { settings, world, machine, mask }) {
	const source = settings["expect-version"];
	return httpCheck({
		request: {
			url,
			method: settings.method,
			headers: (settings.headers ?? []).map(({ name, value }) => [name, value.reveal()])
		},
		expectations: {
			status: settings["expect-status"],
			body: settings["expect-body"],
			json: settings["expect-json"],
			headers: settings["expect-header"],
			version: source && {
				source,
				expected: world.version ?? {
					commit: "",
					names: []
				}
			},
			maxLatencyMs: settings["max-latency"]
		},
		followRedirects: settings["follow-redirects"],
		machine,
		clock: world.ports.clock,
		mask,
		trust: settings["tls-ca"] === void 0 ? void 0 : await trustIn(settings["tls-ca"], world.here)
	});
}
// src/deploy/call/came-empty.ts
function cameEmpty(...lines) {
	return `Where the workflow says ${lines.map((line) => `\`${line}\``).join(" and ")} already, that is empty for this job: it must be set, by that name, for the repository or for the GitHub environment that the job names with \`environment:\`.`;
}
// src/deploy/call/missing-settings.ts
const NO_LASTING_STATE = {
	message: "State would be kept on this GitHub-hosted runner and die with it.",
	hint: "Give `host` (the state then lives there), or run this job on a machine of your own.",
	line: "host: ${{ vars.SSH_HOST }}"
};
function stateDies({ host, "state-dir": given }, { env }) {
	return host === void 0 && given === void 0 && env["RUNNER_ENVIRONMENT"] === "github-hosted";
}
const NO_DATABASE = {
	message: "No database is named.",
	hint: "Give `database-url` (postgres://user:password@server:5432/name, or env:NAME to read it from app-dir's .env on the host), or `database-service`.",
	inFile: true
};
const NO_APP_DIR = {
	message: "No `app-dir` is given: the folder on the host that holds the app's git clone.",
	hint: "Give `app-dir`, e.g. /srv/shop.",
	inFile: true
};
const NO_HEALTH = {
	message: "No health check is given, and a deploy that is never checked cannot become stable.",
	hint: `Give at least one of ${kindNames.map((name) => `\`health-${name}\``).join(", ")}.`,
	inFile: true
};
function missingDatabase(given) {
	return given["database-url"] === void 0 && given["database-service"] === void 0 ? [NO_DATABASE] : [];
}
function missingForHost({ host, ...given }, { terminal }) {
	if (host === void 0 || terminal) return [];
	const scan = `ssh-keyscan ${host.port === 22 ? "" : `-p ${host.port} `}${host.host}`;
	return [...given["ssh-known-hosts"] === void 0 ? [{
		message: "`ssh-known-hosts` is required with `host`.",
		hint: `Run \`${scan}\`, compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), and give the lines.`,
		line: "ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}"
	}] : [], ...given["ssh-key"] === void 0 ? [{
		message: "`ssh-key` is required with `host`.",
		hint: "Give the private key.",
		line: "ssh-key: ${{ secrets.SSH_KEY }}"
	}] : []];
}
async function refuseMissing(shared, ports, { state, missing = [] }) {
	const all = [
		...state !== "optional" && stateDies(shared, ports) ? [NO_LASTING_STATE] : [],
		...missingForHost(shared, ports),
		...missing
	];
	if (all.length > 0) throw await missingSettings(shared, ports, all);
}
async function missingSettings(shared, ports, all) {
	const [only] = all;
	const message = only !== void 0 && all.length === 1 ? only.message : `${all.length} settings are missing, and nothing was touched:\n${all.map((one) => `- ${one.message}`).join("\n")}`;
	const lines = all.flatMap(({ line }) => line ?? []);
	const empty = lines.length === 0 ? [] : [cameEmpty(...lines)];
	const noFile = all.some(({ inFile }) => inFile) ? await whereNoFile(shared, ports) : [];
	return refusal(message, {
		hint: [
			...all.map(({ hint }) => hint),
			...empty,
			...noFile
		].join("\n"),
		code: "inputs"
	});
}
async function whereNoFile({ config }, { here, cwd }) {
	if (config !== void 0 || await exists(here, `${cwd}/savepoint.yml`)) return [];
	return [`There is no ${DEFAULT_FILE} in ${cwd} from which it could come.`];
}
// src/release/tags.ts
const FIELDS = {
	app: "App",
	environment: "Environment",
	commit: "Commit",
	deploy: "Deploy",
	tag: "Tag",
	at: "Marked-At",
	runUrl: "Run"
};
const REQUIRED = [
	"app",
	"environment",
	"commit",
	"deploy",
	"tag",
	"at"
];
function latestTag(name) {
	return `${name.prefix}latest-stable`;
}
function stableTag(name, at) {
	const [day, time] = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
	return `${name.prefix}stable-${day}-${time}`;
}
function isStableTag(name, tag) {
	return tag.startsWith(name.prefix) && /^stable-\d{8}-\d{6}$/.test(tag.slice(name.prefix.length));
}
function checkPrefix(prefix) {
	if (!/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|^-|(?:^|\/)\.|\.lock(?:\/|$)|\.\//.test(prefix) && prefix !== "@") return;
	throw refusal(`No git tag can be called ${JSON.stringify(`${prefix}latest-stable`)}.`, {
		code: "inputs",
		hint: "Give `tag-prefix`: letters, digits, `-`, `_`, `.` and `/`, e.g. `shop-production/`."
	});
}
function annotate(mark) {
	const lines = Object.entries(FIELDS).flatMap(([field, label]) => {
		const value = mark[field];
		return value === void 0 ? [] : [`Savepoint-${label}: ${onOneLine(value)}`];
	});
	return `${onOneLine(mark.app)} ${onOneLine(mark.environment)}: ${mark.commit.slice(0, 7)} is stable\n\n${lines.join("\n")}\n`;
}
function readAnnotation(annotation) {
	const found = {};
	for (const line of annotation.split("\n")) {
		const match = /^Savepoint-([A-Za-z-]+): ([^]*)$/.exec(line.trimEnd());
		const field = Object.entries(FIELDS).find(([, label]) => label === match?.[1])?.[0];
		if (field !== void 0) found[field] = asGiven(match?.[2] ?? "");
	}
	return REQUIRED.every((field) => found[field] !== void 0) ? found : void 0;
}
function markOf(name, annotation) {
	const mark = annotation === void 0 ? void 0 : readAnnotation(annotation);
	return mark?.app === name.app && mark.environment === name.environment ? mark : void 0;
}
function onOneLine(value) {
	return /^[^\p{Cc}"\s][^\p{Cc}]*(?<!\s)$/u.test(value) ? value : JSON.stringify(value);
}
function asGiven(value) {
	if (!value.startsWith("\"")) return value;
	try {
		return String(JSON.parse(value));
	} catch {
		return value;
	}
}
// src/journal/entry-schema.ts
const text$1 = string();
const map = record(string(), unknown());
const settings$1 = record(string(), record(string(), string()));
const commands = array(text$1);
const hooks = record(text$1, commands);
const earlierHooks = record(text$1, pipe(text$1, check((json) => safeParse(pipe(text$1, parseJson$3(), commands), json).success)));
const openingSettings = objectWithRest({ hooks: optional(earlierHooks) }, record(text$1, text$1));
const schema = looseObject({
	fingerprint: text$1,
	history: array(looseObject({
		table: text$1,
		tool: text$1,
		entries: array(looseObject({
			version: text$1,
			state: text$1
		}))
	}))
});
const moment = pipe(text$1, check((at) => !Number.isNaN(Date.parse(at)), "is no time"));
const stepName = picklist(stepNames);
const stamp = looseObject({
	at: moment,
	owner: text$1,
	fence: optional(pipe(number(), safeInteger(), minValue(0))),
	deploy: optional(text$1),
	kind: text$1
});
const kinds = {
	"lock.taken": looseObject({ why: text$1 }),
	"deploy.opened": looseObject({
		deploy: text$1,
		commit: text$1,
		from: optional(text$1),
		live: optional(schema),
		settings: openingSettings,
		hooks: optional(hooks)
	}),
	"step.started": looseObject({
		step: stepName,
		intent: map,
		settings: optional(record(string(), string())),
		shared: optional(record(string(), string()))
	}),
	"step.done": looseObject({
		step: stepName,
		result: map
	}),
	"step.failed": looseObject({
		step: stepName,
		message: text$1
	}),
	"deploy.closed": looseObject({
		deploy: text$1,
		as: picklist([
			"confirmed",
			"rolled-back",
			"abandoned",
			"failed"
		]),
		why: text$1,
		on: optional(text$1),
		blocks: optional(boolean())
	}),
	"version.seen": looseObject({
		commit: text$1,
		schema
	}),
	"stable.marked": looseObject({
		commit: text$1,
		schema: optional(schema),
		settings: settings$1,
		tag: text$1
	}),
	"stable.withdrawn": looseObject({ commit: text$1 }),
	"tags.moved": looseObject({
		commit: text$1,
		tag: text$1
	}),
	"tags.pending": looseObject({
		commit: text$1,
		tag: text$1,
		why: text$1
	}),
	"went-back": looseObject({
		to: text$1,
		database: text$1,
		finished: boolean()
	}),
	"health.passed": looseObject({
		commit: optional(text$1),
		after: text$1
	}),
	"database.replaced": looseObject({
		database: text$1,
		replaced: text$1,
		backup: text$1
	}),
	"database.dropped": looseObject({
		database: text$1,
		replaced: text$1
	}),
	"notify.sent": looseObject({
		channel: text$1,
		event: text$1,
		about: optional(text$1),
		handle: optional(text$1)
	}),
	"notify.failed": looseObject({
		channel: text$1,
		event: text$1,
		why: text$1
	}),
	"github.told": looseObject({
		about: text$1,
		deployment: optional(number()),
		state: optional(text$1),
		status: optional(text$1),
		issue: optional(number())
	}),
	"restore.proven": looseObject({
		backup: text$1,
		fingerprint: text$1,
		server: number(),
		sizeBytes: number(),
		restoreMs: number()
	})
};
function entryProblem(value) {
	const first = problemOf(stamp, value);
	if (first !== void 0) return first;
	const kind = kinds[value.kind];
	return kind === void 0 ? void 0 : problemOf(kind, value);
}
function unknownStep(value) {
	const { kind, step } = value;
	return typeof kind === "string" && kind.startsWith("step.") && kind in kinds && typeof step === "string" && !is(stepName, step) ? step : void 0;
}
function problemOf(wanted, value) {
	const { issues } = safeParse(wanted, value, { abortEarly: true });
	if (issues === void 0) return void 0;
	const [issue] = issues;
	const field = getDotPath(issue);
	if (field === null) return "it is no entry";
	return `\`${field}\` ${issue.received === "undefined" ? "is missing" : "is wrong"}`;
}
// src/journal/lines.ts
function parseLines(content, path) {
	const entries = [];
	const damaged = [];
	const places = [];
	const seen = new Set();
	const opened = new Set();
	for (const [index, raw] of content.split("\n").entries()) {
		const line = index + 1;
		const text = raw.replaceAll("\0", "").trim();
		if (text === "") continue;
		if (seen.has(text)) {
			damaged.push({
				line,
				why: "it is there twice",
				kind: "double"
			});
			continue;
		}
		seen.add(text);
		const entry = parseLine(text, {
			line,
			path
		});
		if (!("v" in entry)) damaged.push({
			line,
			...entry
		});
		else if (entry.kind === "deploy.opened" && opened.has(entry.deploy)) damaged.push({
			line,
			why: `it opens ${entry.deploy}, which was opened before`,
			kind: "unknown"
		});
		else {
			if (entry.kind === "deploy.opened") opened.add(entry.deploy);
			entries.push(entry);
			places.push(line);
		}
	}
	const settledUntil = lastSettled(entries, places);
	return {
		entries,
		damaged: damaged.map((one) => ({
			...one,
			settled: one.kind === "cut" || one.kind === "double" || one.line < settledUntil
		}))
	};
}
function parseLine(text, place) {
	let value;
	try {
		value = JSON.parse(text);
	} catch {
		if (!isBegun(text)) return {
			why: "it is no JSON",
			kind: "unknown"
		};
		return lacksQuote(text) ? {
			why: "a quotation mark is missing at its end",
			kind: "unknown"
		} : {
			why: "it was cut short",
			kind: "cut"
		};
	}
	if (typeof value !== "object" || value === null) return {
		why: "it is no entry",
		kind: "unknown"
	};
	const { v } = value;
	if (typeof v === "number" && v > 1) throw new Failure(`The journal ${place.path} was written by a newer Savepoint (line ${place.line}: format ${v}).`, {
		code: "newer-savepoint",
		hint: "Use at least the version that wrote it.",
		exit: 2
	});
	const step = v === 1 ? unknownStep(value) : void 0;
	if (step !== void 0) return {
		why: `there is no step ${quoted(step)}`,
		kind: "unknown"
	};
	const problem = v === 1 ? entryProblem(value) : "`v` is missing or wrong";
	return problem === void 0 ? value : {
		why: problem,
		kind: "unknown"
	};
}
function isBegun(text) {
	const start = "{\"v\":1,";
	if (!text.startsWith(start)) return start.startsWith(text);
	return findJson(text).wrong?.ends === true;
}
function lacksQuote(text) {
	for (let end = text.length - 1; "}]".includes(text.charAt(end)); end -= 1) try {
		if (entryProblem(JSON.parse(`${text.slice(0, end)}"${text.slice(end)}`)) === void 0) return true;
	} catch {}
	return false;
}
function lastSettled(entries, places) {
	const proven = new Set();
	for (let at = entries.length - 1; at >= 0; at -= 1) {
		const entry = entries[at];
		if (entry?.kind === "deploy.closed" && (entry.as === "confirmed" || entry.as === "rolled-back" && (entry.on !== void 0 || entry.nothingRuns === true))) proven.add(entry.deploy);
		if (entry?.kind === "deploy.opened" && proven.has(entry.deploy)) return places[at] ?? 0;
	}
	return 0;
}
// src/journal/holder.ts
const text = pipe(string(), nonEmpty());
const holder = looseObject({
	id: text,
	fence: pipe(number(), safeInteger(), minValue(0)),
	owner: text,
	deploy: optional(string()),
	run: optional(string()),
	since: pipe(string(), check((at) => !Number.isNaN(Date.parse(at))))
});
const beat = looseObject({
	id: string(),
	running: boolean(),
	step: string(),
	process: string()
});
function parseHolder(line, path, machine) {
	const parsed = safeParse(holder, parseJson(line));
	if (parsed.success) return parsed.output;
	throw new Failure(`The lock ${path} on ${machine.name} cannot be read (line 1: ${whyNot(line, parsed)}).`, {
		evidence: [line.slice(0, 200)],
		hint: "It was not written by Savepoint, or is damaged: whether a step runs is not known.",
		ways: [{
			command: commandOn(machine, [
				"rm",
				"--",
				path
			]),
			means: "Removes it, where no step runs; the journal says what is open."
		}],
		exit: 2,
		code: "lock-damaged"
	});
}
function parseBeat(line, id) {
	const space = line.indexOf(" ");
	const epoch = Number(line.slice(0, Math.max(space, 0)) || "NaN");
	const parsed = safeParse(beat, parseJson(line.slice(space + 1)));
	if (!parsed.success || parsed.output.id !== id || !Number.isFinite(epoch)) return void 0;
	const { running, step, process } = parsed.output;
	return {
		beat: {
			running,
			step,
			process
		},
		epoch
	};
}
function lastFence(line) {
	const found = /.*"fence":(\d{1,12})\D/.exec(line)?.[1];
	return found === void 0 ? void 0 : Number(found);
}
function parseJson(line) {
	try {
		return JSON.parse(line);
	} catch {
		return;
	}
}
function whyNot(line, { issues }) {
	if (parseJson(line) === void 0) return line === "" ? "it is empty" : "it is no JSON";
	const field = issues === void 0 ? null : getDotPath(issues[0]);
	return field === null ? "it is no lock of ours" : `\`${field}\` is missing or wrong`;
}
const STATUS = `
for file in "\$1" "\$2"; do [ ! -L "\$file" ] || { printf '%s\\n' "\$file" >&2; exit 98; }; done
state=free lock=
for try in 1 2 3; do
  if lock=$(cat "$1" 2>/dev/null); then state=held; break; fi
  # Gone, or taken anew in between: then it is read again.
  [ -e "$1" ] || break
  [ -r "$1" ] || exit 99
done
printf '%s\\n' "$state"
printf '%s\\n' "$lock" | head -n 1
beat=$(cat "$2" 2>/dev/null)
printf '%s\\n' "$beat" | head -n 1
date +%s`;
const TAKE = `
[ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit 98; }
umask 077
new=$1.$2.take.$$
( set -C; printf '%s\\n' "$3" > "$new" ) || { rm -f "$new"; exit 1; }
beat=$(head -n 1 "$4" 2>/dev/null)
beaten=$(printf '%s\\n' "$beat" | sed -n 's/.*"fence":\\([0-9]\\{1,12\\}\\)[^0-9].*/\\1/p')
late=
case "$beat" in *"\\"id\\":\\"$2\\""*) late=yes;; esac
[ -n "$late" ] || { [ -n "$beaten" ] && [ "$beaten" -gt "$5" ] && late=yes; }
taken=1
[ -n "$late" ] || { ln "$new" "$1" 2>/dev/null; taken=$?; }
if [ $taken -ne 0 ] && [ -z "$late" ] && [ ! -e "$1" ]; then
  # Released in between, or never to be had.
  said=$(ln "$new" "$1" 2>&1)
  taken=$?
  [ $taken -eq 0 ] || [ -e "$1" ] || [ ! -e "$new" ] || { rm -f "$new"; printf '%s\\n' "$said" >&2; exit 1; }
fi
rm -f "$new"
[ $taken -eq 0 ] || case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) taken=0;; esac
[ $taken -eq 0 ] && printf 'taken\\n' || printf 'held\\n'`;
const CLAIM = `
held "$1" "$2" || exit 97
claim="$1.$2.claim"
now=$(date +%s)
( set -C; printf '%s\\n' "$now" > "$claim.$$" ) || exit 1
trap 'rm -f "$claim.$$"' EXIT
ln "$claim.$$" "$claim" 2>/dev/null
claimed=$?
claimed() { [ "$claim" -ef "$claim.$$" ]; }
if [ $claimed -ne 0 ]; then
  since=$(cat "$claim" 2>/dev/null)
  [ -n "$since" ] && { [ $((now - since)) -gt 10 ] || [ "$since" -gt "$now" ]; } && rm -f "$claim"
  exit 97
fi`;
const HELD = `
held() { [ ! -L "$1" ] && case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) return 0;; esac; return 1; }
umask 077`;
const REMOVE = `${HELD}${CLAIM}
if held "$1" "$2" && claimed; then rm -f "$1.$2.take."*; rm -f "$1"; removed=$?; else removed=97; fi
claimed && rm -f "$claim"
exit $removed`;
const REPLACE = `${HELD}
held "$1" "$3" && exit 0${CLAIM}
new=$1.$3.$$
if held "$1" "$2"; then
  rm -f "$1.$2.take."*
  ( set -C; printf '%s\\n' "$4" > "$new" ) && { ! claimed || mv -f "$new" "$1"; }
  replaced=$?
  rm -f "$new"
  claimed || replaced=97
else replaced=97; fi
claimed && rm -f "$claim"
exit $replaced`;
const BEAT = `
[ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit 98; }
umask 077
new=$2.$3.$$
trap 'rm -f "$new"' EXIT
( set -C; printf '%s %s\\n' "$(date +%s)" "$4" > "$new" ) || exit 1
case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$3\\""*) ;; *) exit 97;; esac
mv -f "$new" "$2"`;
const APPEND = `
umask 077
new=$3.$4.$$ claim=$3.$4.claim claimed= tries=0
trap 'rm -f "$new"; [ -z "$claimed" ] || rm -f "$claim"' EXIT
( set -C; cat > "$new" ) && [ -z "$(tail -c 1 "$new")" ] || exit 1
[ ! -L "$3" ] || { printf '%s\\n' "$3" >&2; exit 98; }
until ( set -C; printf '%s\\n' "$$" > "$claim" ) 2>/dev/null; do
  [ $tries -lt 12 ] || exit 1
  tries=$((tries + 1))
  first=$(cat "$claim" 2>/dev/null)
  if [ $tries -gt 10 ] || { [ -n "$first" ] && ! kill -0 "$first" 2>/dev/null; }; then rm -f "$claim"; else sleep 1; fi
done
claimed=yes
if [ -n "$2" ]; then
  [ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit 98; }
  case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) ;; *) exit 97;; esac
fi
if [ -s "$3" ] && [ -n "$(tail -c 1 "$3")" ]; then printf '\\n' >> "$3" || exit 1; fi
case "
$(tail -n 50 "$3" 2>/dev/null)
" in *"
$(cat "$new")
"*) ;; *) cat "$new" >> "$3" || exit 1;; esac
rm -f "$claim"
claimed=
sync "$3" 2>/dev/null || sync`;
// src/journal/lock.ts
var Lock = class {
	#machine;
	#paths;
	constructor(machine, paths) {
		this.#machine = machine;
		this.#paths = paths;
	}
	async status() {
		const done = await this.#machine.run(this.#script(STATUS, this.#paths.lock, this.#paths.beat));
		if (done.code !== 0) throw this.#failed(done, "Reading the lock");
		const [state, lock = "", beating = "", now = ""] = done.stdout.split("\n");
		if (state !== "held") return {
			state: "free",
			lastFence: lastFence(beating)
		};
		const holder = parseHolder(lock, this.#paths.lock, this.#machine);
		const sign = parseBeat(beating, holder.id);
		const last = sign?.epoch ?? Date.parse(holder.since) / 1e3;
		return {
			state: "held",
			holder,
			beat: sign?.beat,
			silentMs: Math.max(0, (Number(now) - last) * 1e3)
		};
	}
	async take(holder) {
		const { lock, beat } = this.#paths;
		const done = await this.#machine.run(this.#script(TAKE, lock, holder.id, JSON.stringify(holder), beat, String(holder.fence)));
		if (done.code !== 0) throw this.#failed(done, "Taking the lock");
		return done.stdout.trim() === "taken";
	}
	async takeOver(from, holder) {
		const words = [
			this.#paths.lock,
			from.id,
			holder.id,
			JSON.stringify(holder)
		];
		return await this.#ours(this.#script(REPLACE, ...words), "Taking over the lock");
	}
	async release(holder) {
		return await this.#ours(this.#script(REMOVE, this.#paths.lock, holder.id), "Releasing the lock");
	}
	async beat(holder, beat) {
		const text = JSON.stringify({
			id: holder.id,
			fence: holder.fence,
			...beat
		});
		return await this.#ours(this.#script(BEAT, this.#paths.lock, this.#paths.beat, holder.id, text), "Showing a sign of life");
	}
	async append(line, holder) {
		const { lock, journal } = this.#paths;
		const script = this.#script(APPEND, lock, holder?.id ?? "", journal, randomBytes(8).toString("hex"));
		if (await this.#ours({
			...script,
			stdin: `${line}\n`
		}, `Writing the journal ${journal}`)) return;
		throw new Failure("The lock of this environment was taken by another run while this step worked; it stops here.", {
			code: "lock-lost",
			hint: "The command `status` shows who holds it now."
		});
	}
	#script(script, ...words) {
		return {
			words: [
				"sh",
				"-c",
				script,
				"sh",
				...words
			],
			repeatable: true
		};
	}
	async #ours(command, what) {
		const done = await this.#machine.run(command);
		if (done.code === 0) return true;
		if (done.code === 97) return false;
		throw this.#failed(done, what);
	}
	#failed(done, what) {
		const { root } = this.#paths;
		const { name, login } = this.#machine;
		const evidence = done.stderr.trimEnd().split("\n").slice(-5);
		if (done.code === 98) {
			const path = evidence.at(-1) ?? root;
			return new Failure(`${path} on ${name} is a symbolic link, and Savepoint made none: it is neither read nor written.`, {
				code: "state-unsafe",
				exit: 2,
				hint: `Who put it there could write in ${root}. Look where it leads.`,
				ways: [{
					command: commandOn(this.#machine, [
						"rm",
						"--",
						path
					]),
					means: "Removes the link; what it leads to stays."
				}]
			});
		}
		if (done.code === 99) return new Failure(`${login} may not read the lock ${this.#paths.lock} on ${name}.`, {
			code: "not-permitted",
			exit: 2,
			hint: "It was made by another user: run this as that one."
		});
		return new Failure(`${what} failed (exit ${done.code ?? done.signal}).`, {
			code: "lock-failed",
			evidence,
			hint: `Check that ${root} on ${name} can be written by ${login} and that its disk is not full (df -h).`
		});
	}
};
// src/journal/journal.ts
var Journal = class {
	lock;
	#machine;
	#paths;
	#listeners;
	#warned = new Set();
	constructor(machine, paths, listeners = {}) {
		this.#machine = machine;
		this.#paths = paths;
		this.lock = new Lock(machine, paths);
		this.#listeners = listeners;
	}
	async read() {
		const { journal } = this.#paths;
		const { entries, damaged } = parseLines(await readText(this.#machine, journal) ?? "", journal);
		for (const { line, why } of damaged) this.#tell(`Line ${line} of the journal ${journal} cannot be read (${why}) and is passed over.`);
		return fold(entries, damaged);
	}
	#tell(text) {
		if (this.#warned.has(text)) return;
		this.#warned.add(text);
		this.#listeners.warn?.(text);
	}
	async write(fact, stamp) {
		const entry = {
			v: 1,
			at: stamp.at.toISOString(),
			owner: stamp.owner,
			...stamp.holder && { fence: stamp.holder.fence },
			...stamp.deploy !== void 0 && { deploy: stamp.deploy },
			...fact
		};
		const line = JSON.stringify(entry);
		await this.lock.append(line, stamp.holder);
		this.#listeners.wrote?.(JSON.parse(line));
	}
};
// src/journal/news.ts
function newsOf(entry) {
	return {
		kind: "fact",
		fact: entry,
		at: entry.at,
		owner: entry.owner,
		deploy: entry.deploy
	};
}
// src/deploy/state/state.ts
function stateAt(machine, root, { tell, report }) {
	const paths = statePaths(root);
	return {
		paths,
		journal: new Journal(machine, paths, {
			warn: (text) => report.warning(text),
			wrote: (entry) => tell(newsOf(entry))
		})
	};
}
const STATE_HOME = "~/.local/state/savepoint";
async function findState(search) {
	const { machine, shared, profile, need } = search;
	checkName("environment", profile.environment);
	if (profile.app !== void 0) checkName("app", profile.app);
	const given = shared["state-dir"];
	if (given !== void 0) return await givenState(search, given);
	if (stateDies(shared, search.ports)) return {
		app: profile.app ?? "app",
		root: void 0,
		tagPrefix: void 0
	};
	const home = await resolvePath(machine, STATE_HOME);
	const app = profile.app ?? await onlyApp(search, home);
	if (app === void 0) return {
		app: "app",
		root: void 0,
		tagPrefix: void 0
	};
	const root = `${home}/${app}/${profile.environment}`;
	if (need.state === "required") return {
		app,
		root,
		tagPrefix: void 0
	};
	if (await exists(machine, statePaths(root).journal)) return {
		app,
		root,
		tagPrefix: (await readIdentity(machine, root))?.tagPrefix
	};
	const absent = await absentState(search, {
		app,
		home,
		root
	});
	if (need.state === "optional") return {
		app,
		root: void 0,
		tagPrefix: void 0,
		absent: `${absent.what} ${absent.hint}`
	};
	throw refusal(absent.what, {
		code: "no-state",
		hint: absent.hint
	});
}
async function absentState({ machine, profile }, { app, home, root }) {
	const known = await environmentsIn(machine, home);
	const who = machine.local ? `${machine.login} on ${machine.name}` : machine.name;
	return {
		what: `There is no journal of ${app}/${profile.environment}: ${who} has none in ${root}.`,
		hint: known.length === 0 ? `Nothing was ever deployed from this login, or the state is elsewhere: give \`${machine.local ? "host" : "state-dir"}\`, or ${machine.local ? "`state-dir`" : "the `host` user that deploys"}.` : `There is state of: ${known.join(", ")}. Give \`app\`, \`environment\` or \`state-dir\`.`
	};
}
function ofAnother({ environment }, { app, root, identity }) {
	return {
		what: `There is no journal of ${app ?? "the app"}/${environment} in ${root}: it is the state of ${identity.app}/${identity.environment}.`,
		hint: `Give \`environment: ${identity.environment}\`, or the \`state-dir\` of ${environment}.`
	};
}
async function absentGiven({ machine }, root) {
	const beside = root.slice(0, root.lastIndexOf("/"));
	const folders = (await listFolder(machine, beside)).filter(({ kind }) => kind === "directory").map(({ name }) => `${beside}/${name}`);
	const states = [];
	for (const folder of folders.slice(0, 50)) {
		const identity = await readIdentity(machine, folder).catch(() => void 0);
		if (identity !== void 0) states.push(`${folder} (${identity.app}/${identity.environment})`);
	}
	const there = states.length === 0 ? "" : ` There is state in: ${states.join(", ")}.`;
	return {
		what: `There is no journal in ${root} on ${machine.name} (read as ${machine.login}).`,
		hint: `Check \`state-dir\`, \`host\` and the user in it.${there}`
	};
}
async function givenState(search, given) {
	const { machine, profile, need } = search;
	const root = await resolvePath(machine, given);
	const identity = await readIdentity(machine, root);
	const app = profile.app ?? identity?.app;
	if (app === void 0 && need.state !== "optional") throw refusal(`Which app this is about is not said, and ${root} on ${machine.name} does not say it either.`, {
		code: "app-unknown",
		hint: "Give `app`."
	});
	const other = identity !== void 0 && identity.environment !== profile.environment;
	const nothing = identity === void 0 && !await exists(machine, statePaths(root).journal);
	if (need.state !== "required" && (nothing || other)) {
		const absent = other ? ofAnother(profile, {
			app,
			root,
			identity
		}) : await absentGiven(search, root);
		if (need.state === "existing") throw refusal(absent.what, {
			code: "no-state",
			hint: absent.hint
		});
		return {
			app: app ?? "app",
			root: void 0,
			tagPrefix: void 0,
			absent: `${absent.what} ${absent.hint}`
		};
	}
	return {
		app: app ?? "app",
		root,
		tagPrefix: identity?.tagPrefix
	};
}
async function environmentsIn(machine, home) {
	const folders = async (path) => (await listFolder(machine, path)).filter(({ kind }) => kind === "directory").map(({ name }) => name);
	const all = (await folders(home)).map(async (app) => (await folders(`${home}/${app}`)).map((environment) => `${app}/${environment}`));
	return (await Promise.all(all)).flat();
}
async function onlyApp({ machine, need }, home) {
	const apps = (await listFolder(machine, home)).filter((entry) => entry.kind === "directory").map((entry) => entry.name);
	const [only] = apps;
	if (only !== void 0 && apps.length === 1) return only;
	if (need.state === "optional" && apps.length === 0) return void 0;
	throw refusal(apps.length === 0 ? `There is no state of any app in ${home} on ${machine.name} (read as ${machine.login}).` : `${machine.name} holds several apps (${apps.join(", ")}), and which one is not said.`, {
		code: "app-unknown",
		hint: machine.local ? "Give `host`, where the state of what is deployed lives; or `app`, or `state-dir`." : "Give `app`, or `state-dir`."
	});
}
function checkName(input, value) {
	if (/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u.test(value) && !value.endsWith(".lock") && !value.includes("..")) return;
	throw refusal(`\`${input}\` is ${JSON.stringify(value)}, which cannot be a folder's name.`, {
		code: "inputs",
		hint: "Use letters, digits, dots, dashes and underscores, at most 100, beginning with a letter or digit."
	});
}
// src/deploy/state/one-work-tree.ts
const MOST = 50;
const FIND_JOURNALS = `
[ -d "$2" ] || set -- "$1" "$3"
for folder do
  for journal in "$folder"/*/journal.jsonl "$folder"/*/*/journal.jsonl; do
    [ ! -f "$journal" ] || printf '%s\\n' "\${journal%/*}"
  done
done`;
async function refuseOthersWorkTree(look) {
	const { machine, shared, found } = look;
	const wanted = shared["app-dir"];
	if (wanted === void 0 || found.root !== void 0 && await exists(machine, statePaths(found.root).journal)) return;
	const directory = await resolvePath(machine, wanted);
	for (const root of await rootsBeside(look)) {
		const used = await workTreeOf(machine, root);
		if (used !== void 0 && await isSame$2(machine, used.directory, directory)) throw taken(look, used.other, directory);
	}
}
async function isSame$2(machine, one, other) {
	if (one === other) return true;
	return (await machine.run({
		words: [
			"sh",
			"-c",
			"[ \"$1\" -ef \"$2\" ]",
			"sh",
			one,
			other
		],
		repeatable: true
	})).code === 0;
}
async function rootsBeside({ machine, shared, found }) {
	const home = await resolvePath(machine, STATE_HOME);
	const given = shared["state-dir"];
	const beside = given === void 0 ? home : posix.dirname(await resolvePath(machine, given));
	const roots = (await machine.run({
		words: [
			"sh",
			"-c",
			FIND_JOURNALS,
			"sh",
			home,
			beside,
			posix.dirname(beside)
		],
		repeatable: true
	})).stdout.split("\n").filter((root) => root !== "" && root !== found.root);
	return [...new Set(roots)].slice(0, MOST);
}
async function workTreeOf(machine, root) {
	try {
		const identity = await readIdentity(machine, root);
		if (identity === void 0) return void 0;
		const { deploys } = await new Journal(machine, statePaths(root)).read();
		const last = deploys.at(-1);
		const directory = last && settingsOfDeploy(last)[""]?.["app-dir"];
		if (directory === void 0) return void 0;
		return {
			other: {
				...identity,
				root
			},
			directory: await resolvePath(machine, directory)
		};
	} catch (error) {
		if (error instanceof Failure) return void 0;
		throw error;
	}
}
function taken({ machine, shared, profile, found, ports }, other, directory) {
	const mine = `${found.app}/${profile.environment}`;
	const theirs = `${other.app}/${other.environment}`;
	const given = shared["state-dir"];
	const right = [
		...other.environment === profile.environment ? [] : [`\`environment: ${other.environment}\``],
		...other.app === found.app ? [] : [`\`app: ${other.app}\``],
		...given === void 0 && other.root.endsWith(`/${"~/.local/state/savepoint".slice(2)}/${other.app}/${other.environment}`) ? [] : [`\`state-dir: ${other.root}\``]
	];
	const place = {
		app: other.app,
		name: other.environment,
		shared: {
			...shared,
			...right.some((one) => one.includes("state-dir")) && { "state-dir": other.root }
		},
		ports
	};
	return refusal(`${directory} on ${machine.name} is the work tree of ${theirs} (its state is in ${other.root}), and ${mine} has no journal yet. Two environments in one \`app-dir\` would not see each other's locks. Nothing was touched.`, {
		hint: `If ${theirs} is meant, give ${right.join(", ")}. If ${mine} is to be another environment, give it an \`app-dir\` of its own; if it is a new name for ${theirs}, move ${other.root} away first.`,
		ways: [statusWay(place)],
		code: "others-work-tree"
	});
}
// src/journal/how-it-failed.ts
function howItFailed(error, signal) {
	const code = error instanceof Failure ? error.code : void 0;
	const cancelled = error instanceof Cancelled || signal.aborted;
	return {
		message: messageOf(error),
		...cancelled && { cancelled: true },
		...code !== void 0 && { code }
	};
}
// src/deploy/telling/tell-unbegun.ts
const known = new WeakMap();
function rememberSettings(ports, settings) {
	known.set(ports, settings);
}
async function tellUnbegun({ ports, profile, settings }, operation, thrown) {
	try {
		var _usingCtx$15 = _usingCtx();
		const error = firstError(thrown);
		const owner = ownerOf(ports);
		if (ports.signal.aborted || error instanceof Cancelled || settings.text("", "dry-run") === "true") return;
		if (error instanceof Failure && (error.code === "not-confirmed" || error.exit === 2 && owner.terminal)) return;
		const title = `${profile.app ?? "app"}/${profile.environment}`;
		if (!owner.terminal && !await firstOfTheJob(ports, title, owner)) return;
		const seen = known.get(ports) ?? settings;
		const place = {
			app: profile.app ?? "app",
			name: profile.environment,
			shared: sharedOf(seen),
			ports
		};
		const audience = _usingCtx$15.a(audienceOf({
			ports,
			title,
			settings: seen,
			place,
			owner,
			ledger: async () => await Promise.resolve(void 0),
			note: () => void 0,
			commits: async () => await Promise.resolve([])
		}));
		const { message, ...how } = howItFailed(error, ports.signal);
		const halfWay = operation === "rollback" && !owner.terminal && isAutomatic(settings);
		const notice = {
			kind: "unreachable",
			message: `\`${operation}\`: ${message}`,
			...how,
			...halfWay && { halfWay }
		};
		audience.tell({
			kind: "notice",
			notice,
			at: ports.clock.now().toISOString(),
			owner: owner.id
		});
	} catch (_) {
		_usingCtx$15.e = _;
	} finally {
		await _usingCtx$15.d();
	}
}
function isAutomatic(settings) {
	return [
		"confirm",
		"to",
		"reason"
	].every((name) => settings.text("rollback", name) === void 0);
}
async function firstOfTheJob({ env }, title, owner) {
	const folder = env["RUNNER_TEMP"];
	if (folder === void 0 || folder === "") return true;
	const name = createHash("sha256").update(`${title} ${owner.id}`).digest("hex").slice(0, 16);
	try {
		await writeFile(join(folder, `savepoint-not-begun-${name}`), "", {
			flag: "wx",
			mode: 384
		});
		return true;
	} catch (error) {
		return error.code !== "EEXIST";
	}
}
function sharedOf(settings) {
	try {
		return settings.section(sharedSection);
	} catch {
		return {
			host: void 0,
			"jump-host": void 0,
			"state-dir": void 0
		};
	}
}
// src/deploy/state/unsafe-state.ts
const LOOK = `
LC_ALL=C; export LC_ALL
id -u
for folder do
  [ -d "$folder" ] || continue
  said=$(cd -P -- "$folder" && ls -ldn .) || exit 1
  printf '%s %s\\n' "$(printf '%s\\n' "$said" | { read -r mode links owner rest; printf '%s %s' "$mode" "$owner"; })" "$folder"
done`;
async function refuseUnsafeState(machine, { root, backups, running }) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			LOOK,
			"sh",
			root,
			backups,
			running
		],
		repeatable: true
	});
	if (finished.code !== 0) return;
	const [me = "", ...lines] = finished.stdout.trimEnd().split("\n");
	for (const line of lines) {
		const [mode = "", owner = "", ...path] = line.split(" ");
		const problem = folderProblem({
			me,
			mode,
			owner,
			path: path.join(" "),
			machine
		});
		if (problem !== void 0) throw problem;
	}
}
function folderProblem({ me, mode, owner, path, machine }) {
	const code = "state-unsafe";
	if (owner !== me) {
		const root = me === "0" ? " As root it would leave files there that this user cannot use." : "";
		return refusal(`The state directory ${path} on ${machine.name} belongs to another user (number ${owner}), not to ${machine.login}.${root}`, {
			code,
			hint: "Nothing was touched. Run this as the user that it belongs to.",
			ways: [{
				command: commandOn(machine, [
					"sudo",
					"chown",
					"-R",
					me,
					path
				]),
				means: "Gives it to the user that runs this."
			}]
		});
	}
	const writers = [...mode[5] === "w" ? ["its group"] : [], ...mode[8] === "w" ? ["everybody"] : []];
	if (writers.length === 0) return void 0;
	return refusal(`The state directory ${path} on ${machine.name} may be written by ${writers.join(" and ")} (${mode.slice(0, 10)}): whoever can write there decides what a rollback does.`, {
		code,
		hint: "Nothing was touched.",
		ways: [{
			command: commandOn(machine, [
				"chmod",
				"go-w",
				path
			]),
			means: "Takes that away; then run this again."
		}]
	});
}
// src/deploy/environment/environment.ts
async function openEnvironment(call, need) {
	const { ports } = call;
	const owner = ownerOf(ports);
	await refuseMissing(call.inputs.shared, ports, need);
	const machine = await machineOf(call.inputs.shared, ports);
	try {
		return await assemble(call, need, {
			machine,
			owner
		});
	} catch (error) {
		if (machine !== ports.here) await machine[Symbol.asyncDispose]();
		throw error;
	}
}
async function assemble(call, need, { machine: unguarded, owner }) {
	const given = call.inputs.shared;
	const found = await findState({
		machine: unguarded,
		shared: given,
		profile: call.profile,
		need,
		ports: call.ports
	});
	if (need.state === "required" || need.changes === true) await refuseOthersWorkTree({
		machine: unguarded,
		shared: given,
		profile: call.profile,
		found,
		ports: call.ports
	});
	const title = `${found.app}/${call.profile.environment}`;
	const hearing = new Hearing();
	const { tell } = hearing;
	const state = found.root === void 0 ? void 0 : stateAt(unguarded, found.root, {
		tell,
		report: call.ports.report
	});
	const held = new HeldLock(unguarded, {
		app: found.app,
		name: call.profile.environment,
		shared: given,
		ports: call.ports
	});
	const machine = guarded(unguarded, held);
	const ports = unguarded === call.ports.here ? {
		...call.ports,
		here: machine
	} : call.ports;
	if (state !== void 0 && need.state === "required" && !given["dry-run"]) await inState(machine, state.paths, async () => await prepareState(machine, state.paths));
	const said = {
		settings: call.settings,
		shared: given,
		hooks: call.profile.hooks ?? {}
	};
	const { settings, shared, hooks } = state ? await withJournal(said, state, need.journalSettings) : said;
	rememberSettings(call.ports, settings);
	const tagPrefix = shared["tag-prefix"] ?? found.tagPrefix ?? defaultPrefix(call.profile);
	if (state !== void 0 && need.state === "required" && !given["dry-run"]) {
		if (shared["tag-prefix"] !== void 0) checkPrefix(tagPrefix);
		const identity = {
			app: found.app,
			environment: call.profile.environment,
			tagPrefix
		};
		await inState(machine, state.paths, async () => await noteIdentity(machine, state.paths, identity));
	}
	let clone;
	const openClone = async () => await (clone ??= openAppClone(machine, shared));
	const { environment: name } = call.profile;
	const openToRead = async () => await openAppClone(unguarded, shared);
	hearing.begin({
		ports,
		title,
		settings,
		owner,
		app: found.app,
		name,
		shared,
		openClone: openToRead,
		journal: state?.journal
	});
	let database;
	return {
		app: found.app,
		name,
		title,
		tagPrefix,
		shared,
		settings,
		settingsOf: (section) => settings.section(section),
		hooks,
		ports,
		owner,
		machine,
		held,
		state,
		absent: found.absent,
		notify: (notice) => tell({
			kind: "notice",
			notice,
			at: ports.clock.now().toISOString(),
			owner: owner.id
		}),
		clone: openClone,
		database: async () => await (database ??= openDatabaseOf(settings, {
			shared,
			machine,
			here: ports.here,
			held,
			mask: (secret) => ports.report.mask(secret),
			say: (text) => ports.report.say(text)
		})),
		[Symbol.asyncDispose]: async () => {
			await hearing[Symbol.asyncDispose]();
			if (machine !== ports.here) await machine[Symbol.asyncDispose]();
		}
	};
}
async function openDatabaseOf(settings, request) {
	const withheld = settings.missing("").filter((name) => name === "database-url" || name === "database-admin-url");
	if (withheld.length === 0) return await openConfiguredDatabase(request);
	const variables = withheld.map((name) => variableName("", name)).join(" and ");
	throw refusal(`This environment has a database, and its address is a secret that the journal does not keep: ${withheld.map((name) => `\`${name}\``).join(" and ")} must be given.`, {
		hint: `Set ${variables}, as the deploys did.`,
		code: "database-withheld"
	});
}
function stateOf(environment) {
	if (environment.state !== void 0) return environment.state;
	throw refusal("This needs a state directory, and there is none here.", {
		code: "no-state",
		hint: "Give `host` (the state lives there) or `state-dir`."
	});
}
async function ledgerOf(environment) {
	return await environment.state?.journal.read();
}
async function databaseOf(environment) {
	const database = await environment.database();
	if (database !== void 0) return database;
	throw await missingSettings(environment.shared, environment.ports, [NO_DATABASE]);
}
async function appCloneOf(environment) {
	const clone = await environment.clone();
	if (clone !== void 0) return clone;
	throw await missingSettings(environment.shared, environment.ports, [NO_APP_DIR]);
}
async function machineOf(shared, ports) {
	const { host } = shared;
	if (host === void 0) return ports.here;
	const key = shared["ssh-key"];
	const passphrase = shared["ssh-passphrase"];
	ports.report.say(`Connecting to ${formatTarget(host)} and looking at what is there.`);
	return await ports.connect({
		...host,
		key: key === void 0 ? void 0 : new Secret(key),
		passphrase: passphrase === void 0 ? void 0 : new Secret(passphrase),
		knownHosts: shared["ssh-known-hosts"],
		jump: shared["jump-host"]
	});
}
async function inState(machine, { root }, body) {
	try {
		await body();
	} catch (error) {
		if (!(error instanceof Failure) || error.exit === 2) throw error;
		throw refusal(`\`state-dir\` ${root} cannot be used: ${clauseOf(error)}.`, {
			code: "no-state",
			cause: error,
			evidence: error.evidence,
			hint: `${error.hint === void 0 ? "" : `${error.hint} `}Give a \`state-dir\` in which ${machine.login} may write: backups, journal and lock are to live there.`
		});
	}
}
async function prepareState(machine, paths) {
	for (const directory of [
		paths.root,
		paths.backups,
		paths.running
	]) await makeDirectory(machine, directory, { mode: 448 });
	await refuseUnsafeState(machine, paths);
}
function defaultPrefix(profile) {
	if (profile.environment === "production" || profile.only) return "";
	return `${profile.environment.replaceAll(" ", "-").replace(/\.$/, "")}/`;
}
async function withJournal(said, state, wanted) {
	if (wanted === void 0 || wanted === false) return said;
	const ledger = await state.journal.read();
	const last = ledger.deploys.at(-1);
	if (last === void 0 || wanted === "while-nothing-is-open" && ledger.open !== void 0) return said;
	const settings = said.settings.withFallback({
		source: JOURNAL,
		of: `deploy ${last.id}`,
		raw: settingsOfDeploy(last)
	});
	return {
		settings,
		shared: settings.section(sharedSection),
		hooks: {
			...last.hooks,
			...said.hooks
		}
	};
}
// src/deploy/environment/incoming.ts
async function checkoutOf(environment) {
	const { here, cwd } = environment.ports;
	return await exists(here, `${cwd}/.git`) ? await openClone(here, cwd) : void 0;
}
async function incomingCommit(environment) {
	const { env, terminal } = environment.ports;
	const named = environment.shared.commit ?? (env["GITHUB_SHA"] || void 0);
	const checkout = await checkoutOf(environment);
	if (named === void 0) return terminal && checkout ? await checkout.head() : void 0;
	if (isFullCommit(named)) return named;
	const clones = [checkout, await environment.clone()].filter((clone) => clone !== void 0);
	for (const clone of clones) {
		const commit = await resolveName(clone, named);
		if (commit !== void 0) return commit;
	}
	throw refusal(`\`commit\` is ${JSON.stringify(named)}, which no tag, branch or commit is called.`, {
		code: "unknown-commit",
		hint: "Give a full sha, or a tag or branch of the repository. A shallow checkout has no tags: actions/checkout with `fetch-depth: 0`."
	});
}
function isCommitSaid({ shared, ports }) {
	return shared.commit !== void 0 || (ports.env["GITHUB_SHA"] ?? "") !== "";
}
async function requireCommit(environment) {
	const commit = await incomingCommit(environment);
	if (commit !== void 0) return commit;
	throw refusal("Which commit this is about is not said.", {
		code: "inputs",
		hint: "Give `commit` (a sha, tag or branch), or run in the app's checkout."
	});
}
async function resolveName(clone, name) {
	for (const ref of [
		`refs/tags/${name}`,
		`refs/remotes/origin/${name}`,
		name
	]) {
		const commit = await clone.resolve(ref);
		if (commit !== void 0) return commit;
	}
}
// src/deploy/lock/damaged-journal.ts
function refuseDamaged(environment, ledger) {
	const damage = damageOf(environment, ledger);
	if (damage !== void 0) throw damage;
}
function damageOf(environment, { damaged }) {
	const open = damaged.filter((one) => !one.settled);
	if (open.length === 0) return void 0;
	const { journal } = stateOf(environment).paths;
	const lines = open.map(({ line }) => line);
	const [only] = open;
	return refusal(`${open.length === 1 ? `Line ${only?.line}` : `Lines ${lines.join(", ")}`} of the journal ${journal} on ${environment.machine.name} cannot be read, and what ${open.length === 1 ? "it" : "they"} said may still count: whether a deploy is open, or which version is stable. Nothing was touched.`, {
		code: "journal-damaged",
		evidence: open.map(({ line, why }) => `line ${line}: ${why}`),
		hint: "Look there, and mend what can be mended.",
		ways: [{
			command: commandOn(environment.machine, [
				"sed",
				"-i.damaged",
				lines.map((line) => `${line}d`).join(";"),
				journal
			]),
			means: `Takes ${lines.length === 1 ? "that line" : "those lines"} out, and keeps the journal as it is now in journal.jsonl.damaged. Look with the command \`status\` afterwards whether what it tells is true.`
		}]
	});
}
// src/backup/order.ts
const A_LITTLE = 3e5;
function newestFirst(a, b) {
	return (b.number ?? 0) - (a.number ?? 0) || Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
function nextNumber(manifests) {
	return 1 + Math.max(0, ...manifests.map(({ number }) => number ?? 0));
}
function isAhead(time, now) {
	return time.getTime() - now.getTime() > A_LITTLE;
}
function earliestTimes(oldestFirst, now) {
	let latest = Number.NEGATIVE_INFINITY;
	return oldestFirst.map((time) => {
		if (isAhead(time, now)) return time;
		latest = Math.max(latest, time.getTime());
		return new Date(latest);
	});
}
// src/core/pace.ts
function paceOf({ bytes, of, ms }) {
	const rate = bytes / Math.max(ms / 1e3, 1);
	const left = of === void 0 || bytes >= of || rate === 0 ? "" : `, about ${formatDuration((of - bytes) / rate * 1e3)} left`;
	return `${formatSize(Math.round(rate))}/s${left}`;
}
// src/core/progress.ts
const PAUSES = [
	1e3,
	2e3,
	2e3
];
const EVERY_MS = 5e3;
async function withProgress({ clock, report }, tell, body) {
	const done = new AbortController();
	watch({
		clock,
		report
	}, tell, done.signal);
	try {
		return await body();
	} finally {
		done.abort();
	}
}
async function watch({ clock, report }, tell, done) {
	try {
		for (let asked = 0;; asked += 1) {
			await clock.sleep(PAUSES[asked] ?? EVERY_MS, done);
			const text = await tell();
			if (text !== void 0 && !done.aborted) report.detail(text);
		}
	} catch (error) {
		if (!done.aborted) report.detail(`How far it is could not be asked: ${messageOf(error)}`);
	}
}
// src/postgres/locks.ts
const OUT_OF_MEMORY = "53200";
async function lettingLocksGo(connection, read) {
	return await connection.inSnapshot(async () => {
		await connection.exec("SAVEPOINT looking");
		const result = await read();
		await connection.exec("ROLLBACK TO SAVEPOINT looking; RELEASE SAVEPOINT looking");
		return result;
	});
}
const MOST_THINGS = 50;
const MOST_LOCKS = "SELECT greatest(1, least(100, current_setting('max_locks_per_transaction')::bigint * current_setting('max_connections')::bigint / 64))::int AS locks";
async function readInBatches(connection, things, read) {
	await connection.inSnapshot(async () => {
		const [room] = await connection.query(MOST_LOCKS);
		const waiting = batchesOf(things, room?.locks ?? 1);
		await connection.exec("SAVEPOINT batch");
		for (let batch = waiting.pop(); batch !== void 0; batch = waiting.pop()) {
			try {
				await read(batch);
			} catch (error) {
				if (batch.length === 1 || !(error instanceof Failure && error.code === OUT_OF_MEMORY)) throw error;
				const half = Math.ceil(batch.length / 2);
				waiting.push(batch.slice(0, half), batch.slice(half));
			}
			await connection.exec("ROLLBACK TO SAVEPOINT batch");
		}
		await connection.exec("RELEASE SAVEPOINT batch");
	});
}
function batchesOf(things, most) {
	const batches = [];
	let locks = Infinity;
	for (const thing of things) {
		const last = batches.at(-1);
		if (last === void 0 || last.length === MOST_THINGS || locks + thing.locks > most) {
			batches.push([thing]);
			locks = thing.locks;
		} else {
			last.push(thing);
			locks += thing.locks;
		}
	}
	return batches;
}
// src/postgres/counts.ts
const USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
const HASHED = `SELECT DISTINCT ON (leaf.oid) leaf.oid AS leaf, above.relid AS whole
  FROM pg_class leaf, LATERAL pg_partition_ancestors(leaf.oid) WITH ORDINALITY AS above(relid, height)
  JOIN pg_partitioned_table p ON p.partrelid = above.relid AND p.partstrat = 'h'
  WHERE leaf.relispartition AND leaf.relkind = 'r' AND EXISTS (
    SELECT FROM unnest(p.partclass::oid[]) AS k(class) JOIN pg_opclass c ON c.oid = k.class JOIN pg_am a ON a.oid = c.opcmethod
    WHERE c.opcname = 'enum_ops' AND c.opcnamespace = 'pg_catalog'::regnamespace AND a.amname = 'hash')
  ORDER BY leaf.oid, above.height DESC`;
async function countTables(connection) {
	return await connection.inSnapshot(async () => {
		await connection.exec("SET LOCAL row_security = off");
		const tables = await connection.query(`WITH hashed AS (${HASHED})
       SELECT format('%I.%I', ln.nspname, leaf.relname) AS table, format('%I.%I', n.nspname, c.relname) AS name,
         1 + (SELECT count(*) FROM pg_index i WHERE i.indrelid = leaf.oid)::int AS locks
       FROM pg_class leaf JOIN pg_namespace ln ON ln.oid = leaf.relnamespace LEFT JOIN hashed h ON h.leaf = leaf.oid
         JOIN pg_class c ON c.oid = coalesce(h.whole, leaf.oid) JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE leaf.relkind = 'r' AND ${USERS.replaceAll("n.", "ln.")}
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = leaf.oid AND d.deptype = 'e')
       ORDER BY 2, 1`);
		const rows = new Map(tables.map(({ name }) => [name, 0]));
		await readInBatches(connection, tables, async (batch) => {
			const queries = batch.map((one, index) => `SELECT ${index} AS index, count(*) AS count FROM ONLY ${one.table}`);
			for (const row of await connection.query(queries.join(" UNION ALL "))) {
				const name = batch[row.index]?.name ?? "";
				rows.set(name, (rows.get(name) ?? 0) + Number(row.count));
			}
		});
		const parted = tables.filter(({ table, name }) => table !== name);
		return {
			rows,
			together: new Map(parted.map(({ name }) => [name, parted.filter((one) => one.name === name).map(({ table }) => table)]))
		};
	});
}
async function countRows(connection) {
	return (await countTables(connection)).rows;
}
async function sequenceValues(connection) {
	const sequences = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement::text AS increment, 1 AS locks
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`);
	const values = new Map(sequences.map(({ name }) => [name, 0n]));
	await readInBatches(connection, sequences, async (batch) => {
		const queries = batch.map((one, index) => `SELECT ${index} AS index, last_value::numeric - CASE WHEN is_called THEN 0 ELSE ${one.increment} END AS value FROM ${one.name}`);
		for (const row of await connection.query(queries.join(" UNION ALL "))) values.set(batch[row.index]?.name ?? "", BigInt(row.value));
	});
	return values;
}
async function databaseSize(connection) {
	const [row] = await connection.query("SELECT pg_database_size(current_database()) AS bytes");
	return Number(row?.bytes ?? 0n);
}
// src/postgres/sealed.ts
function seal(value) {
	const salt = randomBytes(12).toString("hex");
	return `scrypt:${salt}:${sum$1(value, salt).toString("hex")}`;
}
function isSealed(sealed, value) {
	const [, salt = "", expected = ""] = sealed.split(":");
	const [a, b] = [Buffer.from(expected, "hex"), sum$1(value, salt)];
	return a.length === b.length && timingSafeEqual(a, b);
}
function sum$1(value, salt) {
	return scryptSync(value, salt, 24);
}
function mayBeSecret(parameter) {
	return parameter.includes(".");
}
// src/postgres/database-settings.ts
async function databaseSettings(connection, name) {
	const [row] = await connection.query(`SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit, d.datistemplate AS template,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) AS grants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, 'config', s.setconfig)), '[]')
        FROM pg_db_role_setting s WHERE s.setdatabase = d.oid) AS settings
     FROM pg_database d WHERE d.datname = $1`, [name]);
	if (row === void 0) return void 0;
	return {
		owner: row.owner,
		comment: row.comment,
		connectionLimit: row.limit,
		template: row.template,
		grants: row.grants.map((grant) => ({
			...grant,
			grantee: grant.grantee ?? void 0
		})),
		parameters: row.settings.flatMap(parametersOf)
	};
}
async function presentSettings(connection) {
	const [{ name } = { name: "" }] = await connection.query("SELECT current_database() AS name");
	const settings = await databaseSettings(connection, name);
	if (settings === void 0) throw new Error("a connection without a database");
	const roles = await connection.query(`SELECT r.rolname AS role, s.setconfig AS config FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = 0 AND (s.setrole = 0 OR r.rolname = current_user
       OR EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = s.setrole)
       OR EXISTS (SELECT FROM pg_shdepend x WHERE x.refclassid = 'pg_authid'::regclass AND x.refobjid = s.setrole
                    AND x.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())))`);
	return {
		...settings,
		roles: roles.flatMap(parametersOf),
		extensions: await extensionVersions(connection)
	};
}
async function extensionVersions(connection) {
	const extensions = await connection.query("SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1");
	return Object.fromEntries(extensions.map((one) => [one.name, one.version]));
}
function sealed(settings) {
	const one = ({ role, name, value }) => ({
		...role !== void 0 && { role },
		name,
		...value !== void 0 && (mayBeSecret(name) ? { sealed: seal(value) } : { value })
	});
	return {
		...settings,
		parameters: settings.parameters.map(one),
		roles: settings.roles.map(one)
	};
}
function parametersOf({ role, config }) {
	return config.map((entry) => {
		const equals = entry.indexOf("=");
		return {
			role: role ?? void 0,
			name: entry.slice(0, equals),
			value: entry.slice(equals + 1)
		};
	});
}
// src/postgres/conditions.ts
function flattenConditions(text) {
	return new Flattening(text).all();
}
const JOINT = / (AND|OR) /y;
var Flattening = class {
	#text;
	#at = 0;
	constructor(text) {
		this.#text = text;
	}
	all() {
		let text = this.group().text;
		while (this.#at < this.#text.length) {
			text += this.#text[this.#at] ?? "";
			this.#at += 1;
			text += this.group().text;
		}
		return text;
	}
	group() {
		const parts = [];
		const operators = new Set();
		let text = "";
		let pieces = 0;
		let inner;
		const close = () => {
			parts.push({
				text,
				group: pieces === 1 ? inner : void 0
			});
			[text, pieces, inner] = [
				"",
				0,
				void 0
			];
		};
		for (;;) {
			const character = this.#text[this.#at];
			const joint = character === " " ? this.#joint() : void 0;
			if (character === void 0 || character === ")") break;
			if (joint !== void 0) {
				close();
				parts.push({
					text: joint,
					group: void 0
				});
				operators.add(joint);
			} else if (character === "(") {
				this.#at += 1;
				inner = this.group();
				text += `(${inner.text}${this.#text[this.#at] ?? ""}`;
				this.#at += 1;
				pieces += 1;
			} else {
				const end = character === "'" || character === "\"" ? closingQuote(this.#text, this.#at) : this.#at;
				text += this.#text.slice(this.#at, end + 1);
				this.#at = end + 1;
				pieces += 2;
			}
		}
		close();
		const [operator] = operators;
		const only = operators.size === 1 ? operator : void 0;
		return {
			text: parts.map((part) => only !== void 0 && part.group?.operator === only ? part.group.text : part.text).join(""),
			operator: only
		};
	}
	#joint() {
		JOINT.lastIndex = this.#at;
		const found = JOINT.exec(this.#text)?.[0];
		if (found !== void 0) this.#at += found.length;
		return found;
	}
};
function closingQuote(text, open) {
	const escapes = text[open] === "'" && text[open - 1] === "E";
	for (let at = open + 1; at < text.length; at += 1) if (escapes && text[at] === "\\") at += 1;
	else if (text[at] === text[open]) return at;
	return text.length;
}
// src/postgres/canonical.ts
function canonicalExpression(text) {
	return flattenConditions(moveArrayCasts(text));
}
function moveArrayCasts(text) {
	let from = 0;
	let result = text;
	for (;;) {
		const at = result.indexOf("(ARRAY[", from);
		if (at < 0) return result;
		const moved = moveCast(result, at);
		if (moved === void 0) from = at + 1;
		else result = moved;
	}
}
const ARRAY_CAST = /^\]\)::((?:"(?:[^"]|"")+"|[\w.]|\.(?=")| (?=[a-z]))+(?:\([\d,]+\))?(?: with(?:out)? time zone)?)\[\]/;
function moveCast(text, at) {
	const parts = elements(text, at + 7);
	if (parts === void 0) return void 0;
	const cast = ARRAY_CAST.exec(text.slice(parts.end));
	if (!cast) return void 0;
	const moved = parts.elements.map((element) => `(${element})::${cast[1]}`);
	return `${text.slice(0, at)}ARRAY[${moved.join(", ")}]${text.slice(parts.end + cast[0].length)}`;
}
function elements(text, start) {
	const found = [];
	let depth = 0;
	let begin = start;
	for (let at = start; at < text.length; at += 1) {
		const character = text[at];
		if (character === "'" || character === "\"") at = closingQuote(text, at);
		else if (character === "(" || character === "[") depth += 1;
		else if (depth > 0 && (character === ")" || character === "]")) depth -= 1;
		else if (depth === 0 && (character === "," || character === "]")) {
			found.push(text.slice(begin, at).trim());
			if (character === "]") return {
				elements: found,
				end: at
			};
			begin = at + 1;
		}
	}
}
// src/postgres/catalog-extensions.ts
const MEMBERS = `
  SELECT 'pg_catalog.pg_class'::regclass AS class, c.oid, 0 AS sub, c.relacl AS acl, CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END AS kind, c.relowner AS owner
    FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum, a.attacl, 'c', c.relowner
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_init_privs p WHERE p.classoid = 'pg_catalog.pg_class'::regclass AND p.objoid = a.attrelid AND p.objsubid = a.attnum)
  UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, 0, proacl, 'f', proowner FROM pg_catalog.pg_proc
  UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid, 0, typacl, 'T', typowner FROM pg_catalog.pg_type WHERE typelem = 0
  UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0, nspacl, 'n', nspowner FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid, 0, lanacl, 'l', lanowner FROM pg_catalog.pg_language
  UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl, 'F', fdwowner FROM pg_catalog.pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 0, srvacl, 'S', srvowner FROM pg_catalog.pg_foreign_server`;
function grants$1(acl) {
	return `SELECT pg_catalog.concat_ws(' ', CASE WHEN a.grantee = 0 THEN 'PUBLIC' WHEN a.grantee = m.owner THEN 'the owner' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable AND a.grantee <> m.owner THEN 'grantable' END) FROM pg_catalog.aclexplode(${acl}) a`;
}
const NOW = "coalesce(m.acl, pg_catalog.acldefault(m.kind::\"char\", m.owner))";
const FIRST = "coalesce(p.initprivs, pg_catalog.acldefault(m.kind::\"char\", m.owner))";
function missing$1(from, inOther) {
	return `(SELECT pg_catalog.string_agg(g, ', ' ORDER BY g COLLATE "C") FROM (${grants$1(from)} EXCEPT ${grants$1(inOther)}) AS one(g))`;
}
const EXTENSION_RIGHTS = `
  SELECT 'rights of extension', i.type || ' ' || i.identity, pg_catalog.concat_ws('; ', 'granted=' || ${missing$1(NOW, FIRST)}, 'revoked=' || ${missing$1(FIRST, NOW)})
  FROM (${MEMBERS}) m JOIN ext ON ext.classid = m.class AND ext.objid = m.oid
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = m.class AND p.objoid = m.oid AND p.objsubid = m.sub
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(m.class, m.oid, m.sub) i
  WHERE (m.acl IS NOT NULL OR p.initprivs IS NOT NULL)
    AND (EXISTS (${grants$1(NOW)} EXCEPT ${grants$1(FIRST)}) OR EXISTS (${grants$1(FIRST)} EXCEPT ${grants$1(NOW)}))`;
const SCOPE = `
  own AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname = 'savepoint' AND pg_catalog.obj_description(n.oid, 'pg_namespace') = 'Savepoint keeps here what it needs for itself; it is no part of the schema.'
  ),
  scope AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT oid FROM own)
  ),
  ext AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
  history AS (
    SELECT c.oid FROM pg_catalog.pg_class c
    WHERE c.relname = 'schema_migrations' AND c.relkind IN ('r', 'p')
      AND 5 = (SELECT count(*) FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('version', 'checksum', 'state', 'started_at', 'deploy_id'))
  ),
  ours AS (
    SELECT oid FROM history
    UNION ALL SELECT i.indexrelid FROM pg_catalog.pg_index i JOIN history h ON h.oid = i.indrelid
    UNION ALL SELECT d.objid FROM pg_catalog.pg_depend d JOIN history h ON h.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
  ),
  undumped AS (
    -- An INVALID index, which a dump leaves out (pg_dump's own condition).
    SELECT i.indexrelid AS oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE NOT (i.indisvalid OR t.relkind = 'p') OR NOT i.indisready
  ),
  rel AS (
    SELECT c.*, pg_catalog.format('%I.%I', s.name, c.relname) AS name, s.name AS schema_name
    FROM pg_catalog.pg_class c JOIN scope s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid)
      AND c.oid NOT IN (SELECT oid FROM ours) AND c.oid NOT IN (SELECT oid FROM undumped)
  )`;
function rights(acl) {
	return `(SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable THEN 'grantable' END), ', ' ORDER BY a.grantee::pg_catalog.regrole::text COLLATE "C", a.privilege_type) FROM pg_catalog.aclexplode(${acl}) a)`;
}
function notOfExtension(catalog, oid) {
	return `NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.${catalog}'::regclass AND objid = ${oid})`;
}
function parts(values) {
	return `pg_catalog.concat_ws('; ', ${Object.entries(values).map(([key, sql]) => `'${key}=' || (${sql})::text`).join(", ")})`;
}
function verbatim(sql) {
	return `(E'\\x01' || ${sql})`;
}
function role(oid) {
	return `pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(${oid}))`;
}
function sorted(array) {
	return `(SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C") FROM pg_catalog.unnest(${array}) o)`;
}
// src/postgres/catalog-objects.ts
const FIRST_USER_OID = 16384;
function acl(kind, column, owner) {
	return rights(`coalesce(${column}, pg_catalog.acldefault('${kind}', ${owner}))`);
}
function row(alias, without) {
	return `(pg_catalog.to_jsonb(${alias}) - ARRAY[${["oid", ...without].map((column) => `'${column}'`).join(", ")}])`;
}
function identity(catalog, oid) {
	return `(pg_catalog.pg_identify_object('pg_catalog.${catalog}'::regclass, ${oid}, 0)).identity`;
}
const FUNCTION = `(SELECT CASE WHEN quote IS NULL THEN printed ELSE pg_catalog.left(printed, -(pg_catalog.length(p.prosrc) + 2 * pg_catalog.length(quote) + 1)) || ${verbatim("p.prosrc")} END
  FROM (SELECT pg_catalog.pg_get_functiondef(p.oid) AS printed OFFSET 0) d, LATERAL (SELECT pg_catalog.substring(printed, '([$](?:function|procedure)x*[$])\\n$') AS quote OFFSET 0) q
  WHERE p.prokind <> 'a')`;
const OBJECTS = [
	`SELECT 'schema', pg_catalog.quote_ident(n.nspname), ${parts({
		owner: role("n.nspowner"),
		rights: acl("n", "n.nspacl", "n.nspowner")
	})}
   FROM pg_catalog.pg_namespace n JOIN scope s ON s.oid = n.oid WHERE ${notOfExtension("pg_namespace", "n.oid")}`,
	`SELECT 'extension', pg_catalog.quote_ident(e.extname), 'schema=' || n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
	`SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, ${identity("pg_proc", "p.oid")}, ${parts({
		owner: role("p.proowner"),
		rights: acl("f", "p.proacl", "p.proowner"),
		definition: FUNCTION,
		aggregate: `(SELECT pg_catalog.pg_get_function_result(p.oid) || ' ' || (pg_catalog.to_jsonb(a) - ARRAY['aggfnoid', 'aggtranstype', 'aggmtranstype', 'aggsortop'])::text
      || pg_catalog.format_type(a.aggtranstype, NULL) || a.aggsortop::pg_catalog.regoperator::text || coalesce(pg_catalog.format_type(NULLIF(a.aggmtranstype, 0), NULL), '') || p.proparallel::text || p.provolatile::text
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)`
	})}
   FROM pg_catalog.pg_proc p JOIN scope s ON s.oid = p.pronamespace WHERE ${notOfExtension("pg_proc", "p.oid")}
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`,
	EXTENSION_RIGHTS,
	`SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, pg_catalog.format_type(t.oid, NULL), ${parts({
		owner: role("t.typowner"),
		rights: acl("T", "t.typacl", "t.typowner"),
		labels: "(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)",
		base: "CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END",
		default: "t.typdefault",
		required: "CASE WHEN t.typnotnull THEN true END",
		collation: "CASE WHEN t.typtype = 'd' AND t.typcollation <> 0 THEN t.typcollation::pg_catalog.regcollation END",
		attributes: "CASE WHEN t.typtype = 'c' THEN (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped) END",
		range: "(SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), NULLIF(r.rngcollation, 0)::pg_catalog.regcollation, r.rngcanonical, r.rngsubdiff, (SELECT o.opcname FROM pg_catalog.pg_opclass o WHERE o.oid = r.rngsubopc)) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)",
		functions: "CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(' ', t.typinput, t.typoutput, t.typlen, t.typalign, t.typstorage, t.typcategory) END"
	})}
   FROM pg_catalog.pg_type t JOIN scope s ON s.oid = t.typnamespace
   WHERE ${notOfExtension("pg_type", "t.oid")} AND t.typelem = 0 AND t.typtype <> 'm'
     AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`,
	`SELECT 'constraint', pg_catalog.format_type(k.contypid, NULL) || '.' || pg_catalog.quote_ident(k.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END)
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid JOIN scope s ON s.oid = t.typnamespace WHERE ${notOfExtension("pg_type", "t.oid")}`,
	`SELECT 'default rights', pg_catalog.concat_ws(' ', ${role("d.defaclrole")}, n.nspname, d.defaclobjtype), coalesce(${rights("d.defaclacl")}, '')
   FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace`,
	`SELECT 'collation', ${identity("pg_collation", "c.oid")}, ${role("c.collowner")} || ${row("c", [
		"collnamespace",
		"collowner",
		"collversion"
	])} FROM pg_catalog.pg_collation c JOIN scope s ON s.oid = c.collnamespace WHERE ${notOfExtension("pg_collation", "c.oid")}`,
	`SELECT 'conversion', ${identity("pg_conversion", "c.oid")}, ${role("c.conowner")} || ${row("c", ["connamespace", "conowner"])} FROM pg_catalog.pg_conversion c JOIN scope s ON s.oid = c.connamespace WHERE ${notOfExtension("pg_conversion", "c.oid")}`,
	`SELECT 'cast', ${identity("pg_cast", "c.oid")}, pg_catalog.concat_ws(' ', CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure END, c.castcontext, c.castmethod) FROM pg_catalog.pg_cast c WHERE c.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_cast", "c.oid")}`,
	`SELECT 'operator', ${identity("pg_operator", "o.oid")}, pg_catalog.concat_ws(' ', ${role("o.oprowner")}, pg_catalog.format_type(o.oprresult, NULL), o.oprcode, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash, o.oprcom::pg_catalog.regoperator, o.oprnegate::pg_catalog.regoperator)
   FROM pg_catalog.pg_operator o JOIN scope s ON s.oid = o.oprnamespace WHERE ${notOfExtension("pg_operator", "o.oid")}`,
	`SELECT 'operator class', ${identity("pg_opclass", "o.oid")}, pg_catalog.concat_ws(' ', ${role("o.opcowner")}, ${identity("pg_opfamily", "o.opcfamily")}, pg_catalog.format_type(o.opcintype, NULL), CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END, o.opcdefault)
   FROM pg_catalog.pg_opclass o JOIN scope s ON s.oid = o.opcnamespace WHERE ${notOfExtension("pg_opclass", "o.oid")}`,
	`SELECT 'operator family', ${identity("pg_opfamily", "f.oid")}, pg_catalog.concat_ws(' ', ${role("f.opfowner")},
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amopstrategy, a.amopopr::pg_catalog.regoperator, a.amoppurpose), ', ' ORDER BY a.amopstrategy, a.amopopr::pg_catalog.regoperator::text COLLATE "C") FROM pg_catalog.pg_amop a WHERE a.amopfamily = f.oid),
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', p.amprocnum, p.amproc::pg_catalog.regprocedure), ', ' ORDER BY p.amprocnum, p.amproc::pg_catalog.regprocedure::text COLLATE "C") FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid))
   FROM pg_catalog.pg_opfamily f JOIN scope s ON s.oid = f.opfnamespace WHERE ${notOfExtension("pg_opfamily", "f.oid")}`,
	`SELECT 'text search configuration', ${identity("pg_ts_config", "c.oid")}, pg_catalog.concat_ws(' ', ${role("c.cfgowner")}, ${identity("pg_ts_parser", "c.cfgparser")},
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::pg_catalog.regdictionary), ', ' ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid))
   FROM pg_catalog.pg_ts_config c JOIN scope s ON s.oid = c.cfgnamespace WHERE ${notOfExtension("pg_ts_config", "c.oid")}`,
	`SELECT 'text search dictionary', ${identity("pg_ts_dict", "d.oid")}, pg_catalog.concat_ws(' ', ${role("d.dictowner")}, ${identity("pg_ts_template", "d.dicttemplate")}, d.dictinitoption)
   FROM pg_catalog.pg_ts_dict d JOIN scope s ON s.oid = d.dictnamespace WHERE ${notOfExtension("pg_ts_dict", "d.oid")}`,
	`SELECT 'text search parser', ${identity("pg_ts_parser", "p.oid")}, ${row("p", ["prsnamespace"])}::text FROM pg_catalog.pg_ts_parser p JOIN scope s ON s.oid = p.prsnamespace WHERE ${notOfExtension("pg_ts_parser", "p.oid")}`,
	`SELECT 'text search template', ${identity("pg_ts_template", "t.oid")}, ${row("t", ["tmplnamespace"])}::text FROM pg_catalog.pg_ts_template t JOIN scope s ON s.oid = t.tmplnamespace WHERE ${notOfExtension("pg_ts_template", "t.oid")}`,
	`SELECT 'language', pg_catalog.quote_ident(l.lanname), ${parts({
		owner: role("l.lanowner"),
		trusted: "l.lanpltrusted",
		rights: acl("l", "l.lanacl", "l.lanowner")
	})} FROM pg_catalog.pg_language l WHERE l.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_language", "l.oid")}`,
	`SELECT 'access method', pg_catalog.quote_ident(m.amname), m.amhandler::text || ' ' || m.amtype::text FROM pg_catalog.pg_am m WHERE m.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_am", "m.oid")}`,
	`SELECT 'transform', ${identity("pg_transform", "t.oid")}, pg_catalog.concat_ws(' ', t.trffromsql, t.trftosql) FROM pg_catalog.pg_transform t WHERE t.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_transform", "t.oid")}`,
	`SELECT 'foreign data wrapper', pg_catalog.quote_ident(w.fdwname), ${parts({
		owner: role("w.fdwowner"),
		rights: acl("F", "w.fdwacl", "w.fdwowner"),
		handler: "NULLIF(w.fdwhandler, 0)::pg_catalog.regproc",
		validator: "NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc",
		options: sorted("w.fdwoptions")
	})}
   FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${notOfExtension("pg_foreign_data_wrapper", "w.oid")}`,
	`SELECT 'foreign server', pg_catalog.quote_ident(f.srvname), ${parts({
		owner: role("f.srvowner"),
		wrapper: "w.fdwname",
		rights: acl("S", "f.srvacl", "f.srvowner"),
		type: "f.srvtype",
		version: "f.srvversion",
		options: sorted("f.srvoptions")
	})}
   FROM pg_catalog.pg_foreign_server f JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = f.srvfdw WHERE ${notOfExtension("pg_foreign_server", "f.oid")}`,
	`SELECT 'user mapping', pg_catalog.quote_ident(u.srvname) || ' ' || pg_catalog.quote_ident(u.usename), '' FROM pg_catalog.pg_user_mappings u`,
	`SELECT 'event trigger', pg_catalog.quote_ident(t.evtname), pg_catalog.concat_ws(' ', ${role("t.evtowner")}, t.evtevent, t.evtfoid::pg_catalog.regprocedure, t.evtenabled, ${sorted("t.evttags")})
   FROM pg_catalog.pg_event_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
   WHERE ${notOfExtension("pg_event_trigger", "t.oid")} AND p.pronamespace NOT IN (SELECT oid FROM own)`,
	`SELECT 'publication', pg_catalog.quote_ident(p.pubname), pg_catalog.concat_ws(' ', ${role("p.pubowner")}, ${row("p", ["pubname", "pubowner"])},
     (SELECT pg_catalog.string_agg(x.prrelid::pg_catalog.regclass::text || (pg_catalog.to_jsonb(x) - ARRAY['oid', 'prpubid', 'prrelid', 'prqual', 'prattrs'])::text, ', ' ORDER BY x.prrelid::pg_catalog.regclass::text COLLATE "C") FROM pg_catalog.pg_publication_rel x WHERE x.prpubid = p.oid),
     (SELECT pg_catalog.string_agg((pg_catalog.to_jsonb(t) - 'pubname')::text, ', ' ORDER BY t.schemaname COLLATE "C", t.tablename COLLATE "C") FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables))
   FROM pg_catalog.pg_publication p`,
	`SELECT 'comment', i.type || ' ' || i.identity, ${verbatim("d.description")}
   FROM (
     SELECT * FROM pg_catalog.pg_description c
     WHERE (c.objoid >= ${FIRST_USER_OID} OR c.classoid = 'pg_catalog.pg_namespace'::regclass)
       AND (c.classoid <> 'pg_catalog.pg_namespace'::regclass OR c.description <> 'standard public schema' AND EXISTS (SELECT FROM scope WHERE oid = c.objoid))
       AND c.classoid NOT IN ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)
       AND c.objoid NOT IN (SELECT oid FROM ours) AND NOT (c.classoid = 'pg_catalog.pg_class'::regclass AND c.objoid IN (SELECT oid FROM undumped))
       AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = c.classoid AND ext.objid = c.objoid)
     OFFSET 0
   ) d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   WHERE coalesce(i.schema, '') NOT IN (SELECT pg_catalog.quote_ident(name) FROM own)`,
	`SELECT 'label', l.provider || ' ' || i.type || ' ' || i.identity, ${verbatim("l.label")}
   FROM pg_catalog.pg_seclabel l CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE l.classoid NOT IN ('pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)`
];
// src/postgres/catalog-relations.ts
function givenOptions(options) {
	return `ARRAY(SELECT given FROM pg_catalog.unnest(${options}) given WHERE given !~ '^pg_')`;
}
const RELATIONS = [
	`SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, r.name AS name,
    ${parts({
		kind: "r.relkind",
		persistence: "r.relpersistence",
		owner: role("r.relowner"),
		rights: rights("coalesce(r.relacl, pg_catalog.acldefault('r', r.relowner))"),
		options: sorted("r.reloptions"),
		toast: `(SELECT ${sorted("t.reloptions")} FROM pg_catalog.pg_class t WHERE t.oid = r.reltoastrelid)`,
		method: "(SELECT amname FROM pg_catalog.pg_am WHERE oid = r.relam)",
		tablespace: "(SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = r.reltablespace)",
		of: "NULLIF(r.reloftype, 0)::pg_catalog.regtype",
		parents: "(SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid)",
		partitioned: "CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END",
		bound: "pg_catalog.pg_get_expr(r.relpartbound, r.oid)",
		security: "CASE WHEN r.relrowsecurity OR r.relforcerowsecurity THEN r.relrowsecurity::text || ' forced ' || r.relforcerowsecurity::text END",
		replica: "NULLIF(r.relreplident, 'd')",
		populated: "CASE WHEN r.relkind = 'm' THEN r.relispopulated END",
		foreign: "(SELECT s.srvname || ' ' || coalesce(" + sorted("f.ftoptions") + ", '') FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid)",
		query: "CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid) END"
	})} AS definition
   FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')`,
	`SELECT 'column', r.name || '.' || pg_catalog.quote_ident(a.attname),
    ${parts({
		type: "pg_catalog.format_type(a.atttypid, a.atttypmod)",
		required: "CASE WHEN a.attnotnull THEN 'not null' END",
		generated: "NULLIF(a.attgenerated, '')",
		identity: "NULLIF(a.attidentity, '')",
		default: "(SELECT e FROM pg_catalog.pg_attrdef d, pg_catalog.pg_get_expr(d.adbin, d.adrelid) e WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND e !~ '^NULL(::|$)')",
		collation: "CASE WHEN a.attcollation <> t.typcollation THEN (SELECT a.attcollation::pg_catalog.regcollation) END",
		storage: "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END",
		compression: "NULLIF(pg_catalog.to_jsonb(a) ->> 'attcompression', '')",
		statistics: "NULLIF(coalesce(a.attstattarget, -1), -1)",
		options: sorted(givenOptions("a.attoptions")),
		foreign: sorted("a.attfdwoptions"),
		rights: rights("a.attacl")
	})}
   FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped`,
	`SELECT 'constraint', r.name || '.' || pg_catalog.quote_ident(k.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END)
   FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
   WHERE k.contype NOT IN ('t', 'n') AND NOT (k.contype = 'f' AND k.conparentid <> 0)`,
	`SELECT 'index', x.name, ${parts({
		definition: "pg_catalog.pg_get_indexdef(i.indexrelid)",
		invalid: "CASE WHEN NOT i.indisvalid THEN true END",
		clustered: "CASE WHEN i.indisclustered THEN true END",
		replica: "CASE WHEN i.indisreplident THEN true END",
		parent: "(SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)",
		tablespace: "(SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = x.reltablespace)",
		statistics: "(SELECT pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)"
	})}
   FROM rel x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid`,
	`SELECT 'sequence', r.name, ${parts({
		owner: role("r.relowner"),
		rights: rights("coalesce(r.relacl, pg_catalog.acldefault('s', r.relowner))"),
		persistence: "r.relpersistence",
		type: "CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'i' AND d.refobjsubid > 0) THEN s.seqtypid::pg_catalog.regtype END",
		start: "s.seqstart",
		increment: "s.seqincrement",
		range: "s.seqmin || ' to ' || s.seqmax",
		cache: "s.seqcache",
		cycle: "CASE WHEN s.seqcycle THEN true END",
		of: "(SELECT d.refobjid::pg_catalog.regclass::text || '.' || a.attname || ' ' || d.deptype::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i') LIMIT 1)"
	})}
   FROM rel r JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid`,
	`SELECT 'trigger', r.name || '.' || pg_catalog.quote_ident(t.tgname), pg_catalog.pg_get_triggerdef(t.oid) || ' enabled=' || t.tgenabled::text
   FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
   WHERE NOT t.tgisinternal AND p.pronamespace NOT IN (SELECT oid FROM own)`,
	`SELECT 'rule', r.name || '.' || pg_catalog.quote_ident(w.rulename), pg_catalog.pg_get_ruledef(w.oid) || ' enabled=' || w.ev_enabled::text
   FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'`,
	`SELECT 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname), ${parts({
		for: "p.polcmd",
		permissive: "p.polpermissive",
		to: "(SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END, ', ' ORDER BY o::pg_catalog.regrole::text COLLATE \"C\") FROM pg_catalog.unnest(p.polroles) o)",
		using: "pg_catalog.pg_get_expr(p.polqual, p.polrelid)",
		check: "pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)"
	})}
   FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid`,
	`SELECT 'statistics', s.name || '.' || pg_catalog.quote_ident(x.stxname), ${parts({
		definition: "pg_catalog.pg_get_statisticsobjdef(x.oid)",
		owner: role("x.stxowner"),
		target: "NULLIF(coalesce((pg_catalog.to_jsonb(x) ->> 'stxstattarget')::integer, -1), -1)"
	})}
   FROM pg_catalog.pg_statistic_ext x JOIN scope s ON s.oid = x.stxnamespace WHERE x.stxrelid NOT IN (SELECT oid FROM ours)`
];
const STATES = `
  SELECT 'switched off' AS kind, r.name || '.' || coalesce(pg_catalog.quote_ident(k.conname), pg_catalog.quote_ident(t.tgname)) AS name,
    pg_catalog.concat_ws(' ', t.tgenabled, p.proname) AS definition
  FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
  WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'`;
function writeFingerprint({ serverVersion, restored, beyond }) {
	return `3.${Math.floor(serverVersion / 1e4)}:${restored}${beyond === void 0 ? "" : `+${beyond}`}`;
}
function compareFingerprints(a, b) {
	if (a === b) return "same";
	return madeBy(a) === madeBy(b) ? "different" : "unknown";
}
function restoredFingerprint(fingerprint) {
	return fingerprint.replace(/\+.*$/, "");
}
function isComparable(fingerprint) {
	return madeBy(fingerprint).split(".")[0] === String(3);
}
function madeBy(fingerprint) {
	return /^([\d.]+):/.exec(fingerprint)?.[1] ?? "1";
}
// src/postgres/fingerprint.ts
const PRINTED = {
	search_path: "",
	TimeZone: "UTC",
	DateStyle: "ISO, YMD",
	IntervalStyle: "postgres",
	extra_float_digits: "1",
	bytea_output: "hex",
	quote_all_identifiers: "off",
	standard_conforming_strings: "on",
	jit: "off"
};
async function schemaFingerprint(connection) {
	const { lines, states } = await readSchema(connection);
	const { serverVersion } = connection;
	return writeFingerprint({
		serverVersion,
		restored: sum(lines),
		beyond: states.length === 0 ? void 0 : sum(states)
	});
}
async function schemaListing(connection) {
	return (await readSchema(connection)).lines;
}
function sum(lines) {
	return createHash("sha256").update(lines.join("\n")).digest("hex");
}
async function readSchema(connection) {
	const before = await settings(connection, PRINTED);
	const read = await lettingLocksGo(connection, async () => await readObjects(connection)).catch(async (error) => {
		await settings(connection, before).catch(() => void 0);
		throw error;
	});
	await settings(connection, before);
	return {
		lines: read.objects.map(lineOf).sort(),
		states: read.states.map(lineOf).sort()
	};
}
async function readObjects(connection) {
	return {
		objects: await connection.query(`WITH ${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}`),
		states: await connection.query(`WITH ${SCOPE} ${STATES}`)
	};
}
function lineOf({ kind, name, definition: said }) {
	const definition = said ?? "";
	const at = definition.indexOf("");
	return `${kind} ${name}: ${at < 0 ? canonicalExpression(definition) : canonicalExpression(definition.slice(0, at)) + definition.slice(at + 1)}`.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
async function settings(connection, wanted) {
	const rows = await connection.query("SELECT w.name, w.before FROM (SELECT name, setting, current_setting(name) AS before FROM unnest($1::text[], $2::text[]) AS given(name, setting) OFFSET 0) w, LATERAL set_config(w.name, w.setting, false)", [Object.keys(wanted), Object.values(wanted)]);
	return Object.fromEntries(rows.map((row) => [row.name, row.before]));
}
// src/postgres/snapshot.ts
async function exportSnapshot(database, options = {}) {
	const connection = await database.connect(options.purpose ?? "backup", {
		admin: options.admin,
		signal: options.signal
	});
	try {
		await connection.exec("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
		const [row] = await connection.query("SELECT pg_export_snapshot() AS id");
		return {
			id: row?.id ?? "",
			connection,
			[Symbol.asyncDispose]: async () => await connection[Symbol.asyncDispose]()
		};
	} catch (error) {
		await connection[Symbol.asyncDispose]();
		throw error;
	}
}
// src/backup/naming.ts
const NO_COMMIT = "no-commit";
function nameBackup(purpose, at, commit) {
	const stamp = compactUtc(at);
	const version = commit === void 0 ? NO_COMMIT : commitWord(commit);
	return {
		id: `${stamp}-${version}`,
		file: `${purpose}_${stamp}_${version}.dump`
	};
}
function manifestName(file) {
	return `${file}.json`;
}
function partialName(file) {
	return `${file}.partial`;
}
function writtenName(partial) {
	return partial.replace(/partial$/, "written.partial");
}
function commitWord(commit) {
	if (!/^[0-9a-f]{7,64}$/.test(commit)) throw new Error(`not a commit's sha: ${JSON.stringify(commit)}`);
	return shortCommit(commit);
}
// src/backup/claim.ts
async function claimName({ machine, directory, purpose, at, commit }) {
	for (let second = 0; second < 60; second += 1) {
		const claim = await hold(machine, directory, purpose, nameBackup(purpose, new Date(at.getTime() + second * 1e3), commit));
		if (claim !== void 0) return claim;
	}
	throw new Failure(`There is no free name for a backup in ${directory}.`, {
		code: "unwritable",
		hint: "More than 60 backups in a minute: something starts them in a loop."
	});
}
async function hold(machine, directory, purpose, name) {
	const input = new PassThrough();
	const suffix = name.file.slice(purpose.length);
	const { promise: said, resolve: hear } = Promise.withResolvers();
	const words = [
		"sh",
		"-c",
		HOLD,
		"savepoint-backup",
		directory,
		name.id,
		name.file,
		suffix
	];
	const ended = machine.run({
		words,
		stdin: input,
		onLine: (line, from) => from === "stdout" && hear(line)
	});
	ended.then(() => hear("ended"), () => hear("ended"));
	const word = await said;
	if (word === "ours") return {
		name,
		published: () => void input.write("published\n"),
		[Symbol.asyncDispose]: async () => {
			input.end();
			await ended.catch(() => void 0);
		}
	};
	input.end();
	const finished = await ended;
	if (word === "taken") return void 0;
	throw new Failure(`No file can be made in ${directory} on ${machine.name}.`, {
		code: "unwritable",
		evidence: lastLines(finished),
		hint: `Make it writable for ${machine.login}.`
	});
}
const HOLD = `${IDENTIFY}
umask 077
cd "$1" || exit 1
id=$2 file=$3 word=
if ! ( set -C; : > "./$id.writer" ) 2>/dev/null; then
  [ -e "./$id.writer" ] || { : > "./$id.writer"; exit 1; }
  echo taken; exit 0
fi
printf '%s\\n' "$$" "$(started "$$")" "$(boot)" "$file" > "./$id.writer" || { rm -f "./$id.writer"; exit 1; }
for other in ./*"$4" ./*"$4.json" ./*"$4.partial"; do
  [ -e "$other" ] || continue
  rm -f "./$id.writer"; echo taken; exit 0
done
trap '' HUP INT TERM PIPE
( set -C; : > "./$file.partial" ) || { rm -f "./$id.writer"; exit 1; }
echo ours
read -r word
if [ "$word" != published ]; then
  rm -f "./$file.partial"
  [ -e "./$file.json" ] || rm -f "./$file"
fi
rm -f "./$id.writer"
`;
async function clearDeadWriters(machine, directory) {
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			CLEAR,
			"sh",
			directory
		],
		repeatable: true
	}, `Cleaning up ${directory}`);
	return stdout.split("\n").filter((line) => line !== "");
}
const CLEAR = `${IDENTIFY}
[ -d "$1" ] || exit 0
cd "$1" || exit 1
# Listed before the notes are read: a note is older than its partial file.
set -- ./*.partial
live='
'
for note in ./*.writer; do
  [ -f "$note" ] || continue
  { read -r process; read -r start; read -r boot; read -r file; } < "$note"
  case $file in ''|*/*) continue;; esac
  if [ "$boot" = "$(boot)" ] && [ "$start" = "$(started "$process")" ]; then
    live="$live$file.partial
$file.written.partial
"
    continue
  fi
  [ -e "./$file.json" ] || rm -f "./$file"
  rm -f "./$file.partial" "$note"
  printf '%s\\n' "$file.partial"
done
for partial do
  [ -e "$partial" ] || continue
  case $live in *"
\${partial#./}
"*) continue;; esac
  rm -rf "$partial" && printf '%s\\n' "\${partial#./}"
done
# What writing a small file leaves where it is killed; its name holds the process.
for partial in ./.savepoint-*.partial; do
  process=\${partial##*-}
  [ ! -e "$partial" ] || [ -n "$(started "\${process%.partial}")" ] || rm -f "$partial"
done
exit 0
`;
// src/backup/facts.ts
function factsOf(manifest) {
	return {
		fingerprint: manifest.schema.fingerprint,
		rows: new Map(Object.entries(manifest.rows)),
		sequences: new Map(Object.entries(manifest.sequences).map(([name, value]) => [name, BigInt(value)]))
	};
}
async function readFacts(connection, options) {
	return {
		sequences: await sequenceValues(connection),
		fingerprint: await schemaFingerprint(connection),
		listing: options.listing ? await schemaListing(connection) : void 0,
		...await countTables(connection)
	};
}
async function identify(connection) {
	const [row] = await connection.query(`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, datname AS name,
       pg_encoding_to_char(encoding) AS encoding, datcollate AS locale
     FROM pg_database WHERE datname = current_database()`);
	if (row === void 0) throw new Error("a connection without a database");
	return {
		system: row.system,
		name: row.name,
		serverVersion: connection.serverVersion,
		encoding: row.encoding,
		locale: row.locale
	};
}
// src/postgres/replication.ts
async function subscriptionsOf(connection, database) {
	return await connection.query(`SELECT s.subname::text AS name, s.subenabled AS enabled, s.subslotname::text AS slot,
       (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR pg_has_role(s.subowner, 'USAGE') AS ours
     FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = $1) ORDER BY 1`, [database]);
}
async function disableSubscriptions(database, { name, signal }) {
	try {
		var _usingCtx$14 = _usingCtx();
		const connection = _usingCtx$14.a(await database.connect("swap", {
			admin: true,
			database: name,
			signal
		}));
		const running = (await subscriptionsOf(connection, name)).filter(({ enabled }) => enabled);
		const stopped = [];
		const enable = async () => {
			try {
				var _usingCtx3 = _usingCtx();
				if (stopped.length === 0) return;
				const again = _usingCtx3.a(await database.connect("swap", {
					admin: true,
					database: name
				}));
				for (const one of stopped) await again.exec(`ALTER SUBSCRIPTION ${identifier(one.name)} ENABLE`);
			} catch (_) {
				_usingCtx3.e = _;
			} finally {
				await _usingCtx3.d();
			}
		};
		try {
			for (const one of running) {
				await connection.exec(`ALTER SUBSCRIPTION ${identifier(one.name)} DISABLE`);
				stopped.push(one);
			}
		} catch (error) {
			await enable().catch(() => void 0);
			throw error;
		}
		return enable;
	} catch (_) {
		_usingCtx$14.e = _;
	} finally {
		await _usingCtx$14.d();
	}
}
function dropSubscription(name) {
	const subscription = identifier(name);
	return [
		`ALTER SUBSCRIPTION ${subscription} DISABLE;`,
		`ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE);`,
		`DROP SUBSCRIPTION ${subscription};`
	];
}
async function dropSubscriptions(database, name) {
	try {
		var _usingCtx4 = _usingCtx();
		const connection = _usingCtx4.a(await database.connect("side", {
			admin: true,
			database: name
		}));
		const all = await subscriptionsOf(connection, name);
		for (const one of all) for (const statement of dropSubscription(one.name)) await connection.exec(statement);
		return all.flatMap(({ slot }) => slot ?? []);
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
async function logicalSlots(connection, database) {
	return await connection.query("SELECT slot_name::text AS name, plugin::text AS plugin FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT temporary AND database = $1 ORDER BY 1", [database]);
}
async function standbys(connection) {
	return (await connection.query(`SELECT concat_ws(' at ', coalesce(nullif(a.application_name, ''), 'session ' || a.pid), host(a.client_addr)) AS name
     FROM pg_stat_activity a LEFT JOIN pg_stat_replication r ON r.pid = a.pid
     WHERE a.backend_type = 'walsender' AND coalesce(a.datid, 0) = 0 AND coalesce(r.state, '') <> 'backup'
       AND coalesce(a.application_name, '') NOT IN ('pg_receivewal', 'pg_basebackup') ORDER BY 1`)).map(({ name }) => name);
}
async function replicationWarnings(connection, database) {
	const slots = await logicalSlots(connection, database);
	const following = await standbys(connection);
	return [...slots.map(({ name }) => `The logical replication slot ${name} belongs to ${database}. A rollback that restores leaves it with the replaced database, and its reader hears nothing of the live one: it must be made anew then, and the command is printed.`), ...following.length === 0 ? [] : [`${plural(following.length, "standby", "standbys")} (${following.join(", ")}) ${following.length === 1 ? "follows" : "follow"} this cluster. After a rollback that restores, sessions there stay in the replaced database and go on reading it: they must be ended then, and the command is printed.`]];
}
async function afterSwap(connection, live, replaced) {
	const [subscriptions, slots, following] = [
		await subscriptionsOf(connection, replaced),
		await logicalSlots(connection, replaced),
		await standbys(connection)
	];
	return [
		...subscriptions.map((one) => subscriptionLeft(one, live, replaced)),
		...slots.map(({ name, plugin }) => `The logical replication slot ${name} stayed with ${replaced}; its reader hears nothing of ${live}. Make it anew, in psql -d ${live}: SELECT pg_drop_replication_slot(${literal(name)}); SELECT pg_create_logical_replication_slot(${literal(name)}, ${literal(plugin)}); (its reader then needs a fresh copy of the tables)`),
		...following.length === 0 ? [] : [`Sessions on ${plural(following.length, "standby", "standbys")} (${following.join(", ")}) stay in ${replaced} and go on reading it. End them, on each standby, in psql -d postgres: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(replaced)};`]
	];
}
function subscriptionLeft({ name, slot }, live, replaced) {
	const left = `The subscription ${name} stayed with ${replaced}, where it is disabled: nothing arrives in ${live}, and what arrived since the backup is in ${replaced} alone.`;
	if (slot === null) return left;
	const create = `SELECT format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %s WITH (create_slot = false, copy_data = false, slot_name = %L)', s.subname, s.subconninfo, (SELECT string_agg(quote_ident(p), ', ') FROM unnest(s.subpublications) p), ${literal(slot)}) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE s.subname = ${literal(name)} AND d.datname = ${literal(replaced)} \\gexec`;
	return `${left} Its slot ${slot} on the publisher keeps what is sent meanwhile. To go on in ${live}: first, in psql -d ${replaced}: ALTER SUBSCRIPTION ${identifier(name)} SET (slot_name = NONE); then, in psql -d ${live}: ${create}\nThat takes the address and the password from the catalog, and shows neither.`;
}
// src/postgres/replaced.ts
const MAX_NAME_BYTES = 63;
function replacedName(database, date) {
	return joinedName(database, `_failed_${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}`);
}
function replacedAtOf(database, name) {
	const stamp = /_failed_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(name);
	if (!stamp) return void 0;
	const [year, month, day, hour, minute, second] = stamp.slice(1);
	const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return !Number.isNaN(date.getTime()) && replacedName(database, date) === name ? date : void 0;
}
function joinedName(name, suffix) {
	let kept = Array.from(name);
	while (Buffer.byteLength(kept.join("") + suffix) > MAX_NAME_BYTES) kept = kept.slice(0, -1);
	return kept.join("") + suffix;
}
// src/postgres/side.ts
function sideName(database, suffix) {
	return joinedName(database, `_${suffix}`);
}
function newSideName(database, kind, at) {
	return sideName(database, `${kind}_${compactUtc(at)}_${randomBytes(3).toString("hex")}`);
}
function sideMadeAt(database, name, kinds) {
	const [, suffix, kind, ...time] = /_((restore|verify|drill|probe)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_[0-9a-f]{6})?)$/.exec(name) ?? [];
	if (suffix === void 0 || !kinds.some((one) => one === kind) || sideName(database, suffix) !== name) return void 0;
	const [year, month, day, hour, minute, second] = time;
	const made = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return Number.isNaN(made.getTime()) ? void 0 : made;
}
async function sidesOf(database, kinds) {
	try {
		var _usingCtx$13 = _usingCtx();
		return (await _usingCtx$13.a(await database.connectMaintenance("look")).query("SELECT datname AS name FROM pg_database")).flatMap(({ name }) => sideMadeAt(database.name, name, kinds) === void 0 ? [] : [name]);
	} catch (_) {
		_usingCtx$13.e = _;
	} finally {
		await _usingCtx$13.d();
	}
}
async function createSide(database, name) {
	try {
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await database.connectMaintenance("side"));
		const [live] = await connection.query(`SELECT format('OWNER %I ENCODING %L', pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding))
            || CASE WHEN d.dattablespace = template.dattablespace THEN '' ELSE format(' TABLESPACE %I', t.spcname) END AS definition,
            to_jsonb(d) AS locale
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, pg_database template
     WHERE d.datname = $1 AND template.datname = 'template0'`, [database.name]);
		if (live === void 0) throw missing(database);
		await connection.exec(`CREATE DATABASE ${identifier(name)} TEMPLATE template0 ${live.definition} ${localeClauses(live.locale).join(" ")}`);
		await connection.exec(`REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(name)} TO ${identifier(database.adminTarget.user)}`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function dropDatabase(database, name) {
	try {
		var _usingCtx4 = _usingCtx();
		if (name === database.name) throw refusal(`${name} is the live database and is not dropped.`, { code: "live-database" });
		const connection = _usingCtx4.a(await database.connectMaintenance("side"));
		const force = connection.serverVersion >= 13e4 ? "WITH (FORCE)" : "";
		const slots = (await subscriptionsOf(connection, name)).length > 0 ? await dropSubscriptions(database, name) : [];
		const [template] = await connection.query("SELECT FROM pg_database WHERE datname = $1 AND datistemplate", [name]);
		if (template !== void 0) await connection.exec(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
		await dropOnceEmpty(connection, `DROP DATABASE IF EXISTS ${identifier(name)} ${force}`);
		return slots;
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
const DROP_TRIES = 3;
async function dropOnceEmpty(connection, drop) {
	for (let turn = 1;; turn += 1) try {
		return await connection.exec(drop);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "55006") || turn === DROP_TRIES) throw error;
	}
}
function slotsLeft(slots) {
	return `Slots stay with the publisher and keep its files back. There: ${slots.map((slot) => `SELECT pg_drop_replication_slot(${literal(slot)});`).join(" ")}`;
}
async function dropOrWarn(database, name, report) {
	try {
		const slots = await dropDatabase(database, name);
		if (slots.length > 0) report.warning(slotsLeft(slots));
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		report.warning(`The database ${name} is not needed any more, and could not be dropped (${clauseOf(error)}). It stays. ${await howToDrop(database, name)}`);
	}
}
async function howToDrop(database, name) {
	const drop = `DROP DATABASE ${identifier(name)};`;
	const held = await subscriptionsIn(database, name);
	if (held.length === 0) return `Later: ${drop}`;
	const each = held.map((one) => dropSubscription(one.name).join(" ")).join(" ");
	const slots = held.flatMap(({ slot }) => slot ?? []);
	return `As a superuser, in psql -d ${name}: ${each}, then, in psql -d postgres: ${drop}${slots.length > 0 ? ` ${slotsLeft(slots)}` : ""}`;
}
async function subscriptionsIn(database, name) {
	try {
		try {
			var _usingCtx5 = _usingCtx();
			return await subscriptionsOf(_usingCtx5.a(await database.connectMaintenance("look")), name);
		} catch (_) {
			_usingCtx5.e = _;
		} finally {
			await _usingCtx5.d();
		}
	} catch (error) {
		if (error instanceof Failure) return [];
		throw error;
	}
}
async function replacedDatabases(database) {
	try {
		var _usingCtx6 = _usingCtx();
		return (await _usingCtx6.a(await database.connectMaintenance("look")).query(`SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
       CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END AS size
     FROM pg_database WHERE datname LIKE '%\\_failed\\_%'`)).flatMap(({ name, comment, size }) => {
			const replacedAt = replacedAtOf(database.name, name);
			if (replacedAt === void 0) return [];
			if (!name.startsWith(`${database.name}_failed_`) && comment !== replacedComment(database.name, replacedAt)) return [];
			return [{
				name,
				replacedAt,
				sizeBytes: Number(size)
			}];
		}).sort((a, b) => a.replacedAt.getTime() - b.replacedAt.getTime());
	} catch (_) {
		_usingCtx6.e = _;
	} finally {
		await _usingCtx6.d();
	}
}
function replacedComment(database, date) {
	return `savepoint: was ${JSON.stringify(database)} until ${date.toISOString().slice(0, 19)}Z`;
}
function commentFor(database, replacedAs, now) {
	return replacedComment(database, replacedAtOf(database, replacedAs) ?? now);
}
async function freeReplacedName(database, now) {
	try {
		var _usingCtx7 = _usingCtx();
		const connection = _usingCtx7.a(await database.connectMaintenance("look"));
		for (let second = 0;; second += 1) {
			const name = replacedName(database.name, new Date(now.getTime() + second * 1e3));
			if (!await databaseExists(connection, name)) return name;
		}
	} catch (_) {
		_usingCtx7.e = _;
	} finally {
		await _usingCtx7.d();
	}
}
async function databaseExists(connection, name) {
	return (await connection.query("SELECT FROM pg_database WHERE datname = $1", [name])).length > 0;
}
function localeClauses(locale) {
	const clauses = [`LC_COLLATE ${literal(locale.datcollate)}`, `LC_CTYPE ${literal(locale.datctype)}`];
	const name = locale.datlocale ?? locale.daticulocale;
	if (locale.datlocprovider === "i") {
		clauses.push("LOCALE_PROVIDER icu");
		if (name) clauses.push(`ICU_LOCALE ${literal(name)}`);
		if (locale.daticurules) clauses.push(`ICU_RULES ${literal(locale.daticurules)}`);
	} else if (locale.datlocprovider === "b") {
		clauses.push("LOCALE_PROVIDER builtin");
		if (name) clauses.push(`BUILTIN_LOCALE ${literal(name)}`);
	} else if (locale.datlocprovider === "c") clauses.push("LOCALE_PROVIDER libc");
	return clauses;
}
function missing(database) {
	return refusal(`There is no database ${database.name} in the cluster.`, {
		code: "3D000",
		hint: `Check the name in database-url, or create it: CREATE DATABASE ${identifier(database.name)}`
	});
}
// src/backup/left-sides.ts
const YOUNG_MS = 3e5;
function verifySide(database, at) {
	return newSideName(database, "verify", at);
}
function drillSide(database, at) {
	return newSideName(database, "drill", at);
}
async function dropLeftCopies(database, report) {
	const { empty, now } = await emptyDatabases(database);
	const left = empty.filter((name) => {
		const made = sideMadeAt(database.name, name, ["verify", "drill"]);
		return made !== void 0 && now.getTime() - made.getTime() > YOUNG_MS;
	});
	for (const name of left) await dropOrWarn(database, name, report);
	return left;
}
async function emptyDatabases(database) {
	try {
		var _usingCtx$12 = _usingCtx();
		const connection = _usingCtx$12.a(await database.connectMaintenance("look"));
		const rows = await connection.query(`SELECT datname AS name FROM pg_database d
     WHERE (datname LIKE '%\\_verify\\_%' OR datname LIKE '%\\_drill\\_%') AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend')`);
		const [clock] = await connection.query("SELECT (extract(epoch FROM now()) * 1000)::bigint AS ms");
		return {
			empty: rows.map((row) => row.name),
			now: new Date(Number(clock?.ms ?? 0))
		};
	} catch (_) {
		_usingCtx$12.e = _;
	} finally {
		await _usingCtx$12.d();
	}
}
// src/backup/lock-holders.ts
async function lockHolders(database, signal) {
	try {
		var _usingCtx$11 = _usingCtx();
		return (await _usingCtx$11.a(await database.connect("backup", { signal })).query(`
    SELECT format('session %s (%s%s) holds %s on %s.%I, its transaction is %s s old and %s', l.pid, coalesce(a.usename, '?'),
        coalesce(', ' || nullif(a.application_name, ''), ''), l.mode, quote_ident(n.nspname), c.relname,
        coalesce(round(extract(epoch FROM now() - a.xact_start))::text, '?'), coalesce(a.state, 'of unknown state')) AS line
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'S')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY a.xact_start NULLS LAST LIMIT 5`)).map((row) => row.line);
	} catch (_) {
		_usingCtx$11.e = _;
	} finally {
		await _usingCtx$11.d();
	}
}
function dumpLockFailure(waitedMs, holders, evidence) {
	return new Failure(`The backup waited ${formatDuration(waitedMs)} for a lock on a table and gave up.`, {
		code: "55P03",
		evidence: [...holders, ...evidence],
		hint: "Let that session finish, or end it with pg_terminate_backend, and back up again."
	});
}
// src/backup/dump-progress.ts
function dumpProgress({ database, to, lastBytes, ports }) {
	const began = ports.clock.now().getTime();
	let before = -1;
	let named = "";
	return async () => {
		const bytes = await exists(to.machine, to.path) ? await fileSize(to.machine, to.path) : 0;
		const stands = bytes === before;
		before = bytes;
		if (stands) {
			const holders = await lockHolders(database, ports.signal);
			const text = holders.map((holder) => holder.replace(/, its transaction is .*/, "")).join("; ");
			if (text !== named && text !== "") ports.report.say(`The dump waits for a table's lock: ${holders.join("; ")}.`);
			named = text;
			if (text !== "") return `waiting for ${text}`;
		}
		const of = lastBytes === void 0 ? "" : ` (the last one had ${formatSize(lastBytes)})`;
		return `dumped ${formatSize(bytes)}${of}, ${paceOf({
			bytes,
			of: lastBytes,
			ms: ports.clock.now().getTime() - began
		})}`;
	};
}
// src/backup/privileges.ts
async function chooseReader(database, signal) {
	const missing = await unreadable$1(database, database.adminReads, signal);
	if (missing.length === 0) return { admin: database.adminReads };
	const { user } = database.adminReads ? database.adminTarget : database.target;
	if (database.adminTarget.user !== user && (await unreadable$1(database, true, signal)).length === 0) return { admin: true };
	throw refusal(`The role ${identifier(user)} may not read all of database ${identifier(database.name)}: a backup would not be whole.`, {
		code: "42501",
		hint: `${grants(missing, user)}   (or give a role that may read everything as database-admin-url)`,
		evidence: evidenceOf(missing)
	});
}
async function unreadable$1(database, admin, signal) {
	try {
		var _usingCtx$10 = _usingCtx();
		return await _usingCtx$10.a(await database.connect("backup", {
			admin,
			signal
		})).query(UNREADABLE);
	} catch (_) {
		_usingCtx$10.e = _;
	} finally {
		await _usingCtx$10.d();
	}
}
const UNREADABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema, c.relkind = 'S' AS sequence,
    CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'usage'
         WHEN NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END THEN 'select'
         ELSE 'rows' END AS lacks
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND (NOT has_schema_privilege(n.oid, 'USAGE')
      OR NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
      OR (c.relkind IN ('r', 'p') AND row_security_active(c.oid)))
  UNION ALL
  SELECT m.oid::text, '', false, 'object' FROM pg_largeobject_metadata m
  WHERE NOT current_setting('lo_compat_privileges')::bool AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
      WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
  ORDER BY 1`;
function grants(missing, user) {
	const role = identifier(user);
	const statements = new Set();
	for (const { schema, lacks } of missing) if (lacks === "usage") statements.add(`GRANT USAGE ON SCHEMA ${schema} TO ${role};`);
	for (const { schema, lacks, sequence, name } of missing) {
		const kind = sequence ? "SEQUENCE" : "TABLE";
		if (lacks === "object") continue;
		const many = missing.filter((one) => one.schema === schema && one.sequence === sequence && one.lacks !== "rows").length > 3;
		if (lacks !== "rows") statements.add(many ? `GRANT SELECT ON ALL ${kind}S IN SCHEMA ${schema} TO ${role};` : `GRANT SELECT ON ${kind} ${name} TO ${role};`);
	}
	if (missing.some((one) => one.lacks === "rows")) statements.add(`ALTER ROLE ${role} BYPASSRLS;`);
	const objects = missing.filter((one) => one.lacks === "object").map(({ name }) => name);
	if (objects.length > 0) statements.add(grantObjects(objects, role));
	return [...statements].join(" ");
}
function grantObjects(objects, role) {
	if (objects.length <= 10) return `GRANT SELECT ON LARGE OBJECT ${objects.join(", ")} TO ${role};`;
	return `DO $do$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP ${`EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %s', o, ${literal(role)})`}; END LOOP; END $do$;`;
}
function evidenceOf(missing) {
	const shown = missing.slice(0, 10).map(({ name, lacks }) => {
		if (lacks === "rows") return `${name}: row security hides rows`;
		return `${lacks === "object" ? "large object " : ""}${name}: no SELECT`;
	});
	return missing.length > shown.length ? [...shown, `and ${plural(missing.length - shown.length, "other")}`] : shown;
}
// src/postgres/carry.ts
const REFUSED = [
	"42501",
	"42704",
	"22023",
	"0LP01"
];
async function applyChanges(connection, changes) {
	const refused = [];
	for (const change of changes) {
		if (change.statement === void 0) continue;
		await connection.exec("SAVEPOINT setting");
		try {
			await connection.exec(change.statement);
			await connection.exec("RELEASE SAVEPOINT setting");
		} catch (error) {
			if (!(error instanceof Failure && REFUSED.includes(error.code ?? ""))) throw error;
			await connection.exec("ROLLBACK TO SAVEPOINT setting");
			refused.push(change);
		}
	}
	return refused;
}
function withLiveSecrets(wanted, live) {
	const parameters = wanted.parameters.flatMap((one) => {
		if (one.value !== void 0) return [one];
		const present = live.parameters.find((other) => other.name === one.name && other.role === one.role);
		return present === void 0 ? [] : [present];
	});
	return {
		...wanted,
		parameters
	};
}
// src/postgres/setting-changes.ts
function settingChanges(database, present, wanted) {
	const name = identifier(database);
	const changes = [];
	if (present.owner !== wanted.owner) {
		const to = (owner) => `ALTER DATABASE ${name} OWNER TO ${identifier(owner)}`;
		changes.push({
			what: "owner",
			present: present.owner,
			wanted: wanted.owner,
			statement: to(wanted.owner),
			undo: to(present.owner)
		});
	}
	if (present.connectionLimit !== wanted.connectionLimit) {
		const to = (limit) => `ALTER DATABASE ${name} CONNECTION LIMIT ${limit}`;
		changes.push({
			what: "connection limit",
			present: limitText(present.connectionLimit),
			wanted: limitText(wanted.connectionLimit),
			statement: to(wanted.connectionLimit),
			undo: to(present.connectionLimit)
		});
	}
	if (present.template !== void 0 && wanted.template !== void 0 && present.template !== wanted.template) {
		const to = (template) => `ALTER DATABASE ${name} IS_TEMPLATE ${template}`;
		const text = (template) => template ? "yes" : "no";
		changes.push({
			what: "template",
			present: text(present.template),
			wanted: text(wanted.template),
			statement: to(wanted.template),
			undo: to(present.template)
		});
	}
	if (present.comment !== wanted.comment) {
		const to = (comment) => `COMMENT ON DATABASE ${name} IS ${comment === null ? "NULL" : literal(comment)}`;
		changes.push({
			what: "comment",
			present: present.comment === null ? "none" : JSON.stringify(present.comment),
			wanted: wanted.comment === null ? "none" : JSON.stringify(wanted.comment),
			statement: to(wanted.comment),
			undo: to(present.comment)
		});
	}
	return [
		...changes,
		...grantChanges(name, present, wanted),
		...parameterChanges(present.parameters, wanted.parameters, database)
	];
}
function roleChanges(present, wanted) {
	return parameterChanges(present.roles, wanted.roles, void 0);
}
function limitText(limit) {
	return limit === -1 ? "none" : String(limit);
}
function grantChanges(database, present, wanted) {
	const moved = present.grants.map((grant) => grant.grantee === present.owner ? {
		...grant,
		grantee: wanted.owner
	} : grant);
	const key = ({ grantee, privilege }) => JSON.stringify([grantee ?? null, privilege]);
	const [before, after] = [moved, wanted.grants].map((grants) => new Map(grants.map((grant) => [key(grant), grant])));
	const to = (from, grant) => {
		if (grant === void 0) return from && `REVOKE ${from.privilege} ON DATABASE ${database} FROM ${granteeOf(from)}`;
		if (from?.grantable === true && !grant.grantable) return `REVOKE GRANT OPTION FOR ${grant.privilege} ON DATABASE ${database} FROM ${granteeOf(grant)}`;
		return `GRANT ${grant.privilege} ON DATABASE ${database} TO ${granteeOf(grant)}${grant.grantable ? " WITH GRANT OPTION" : ""}`;
	};
	return [...new Set([...before?.keys() ?? [], ...after?.keys() ?? []])].flatMap((one) => {
		const [from, grant] = [before?.get(one), after?.get(one)];
		const any = from ?? grant;
		const same = from !== void 0 && grant !== void 0 && (from.grantable === grant.grantable || from.grantee === wanted.owner);
		if (any === void 0 || same) return [];
		return [{
			what: `${any.privilege} for ${any.grantee ?? "everyone"}`,
			present: grantText(from),
			wanted: grantText(grant),
			statement: to(from, grant),
			undo: to(grant, from)
		}];
	});
}
function grantText(grant) {
	if (grant === void 0) return "not granted";
	return grant.grantable ? "granted with grant option" : "granted";
}
function granteeOf({ grantee }) {
	return grantee === void 0 ? "PUBLIC" : identifier(grantee);
}
function parameterChanges(present, wanted, database) {
	const key = ({ role, name }) => JSON.stringify([role ?? null, name.toLowerCase()]);
	const [before, after] = [present, wanted].map((all) => new Map(all.map((one) => [key(one), one])));
	return [...new Set([...before?.keys() ?? [], ...after?.keys() ?? []])].flatMap((one) => {
		const [from, parameter] = [before?.get(one), after?.get(one)];
		const any = parameter ?? from;
		if (any === void 0 || isSame$1(from, parameter)) return [];
		const subject = subjectOf(any.role, database);
		const place = database === void 0 ? " in all databases" : "";
		return [{
			what: `${any.name}${any.role === void 0 ? "" : ` for the role ${any.role}`}${place}`,
			present: shown(from),
			wanted: shown(parameter),
			statement: setStatement(subject, any.name, parameter),
			...parameter?.value !== void 0 && mayBeSecret(any.name) && { shown: (source) => copyStatement(subject, any, source) },
			undo: mayBeSecret(any.name) && from !== void 0 ? void 0 : setStatement(subject, any.name, from)
		}];
	});
}
function subjectOf(role, database) {
	const who = role === void 0 ? "ALTER ROLE ALL" : `ALTER ROLE ${identifier(role)}`;
	if (database === void 0) return who;
	return role === void 0 ? `ALTER DATABASE ${identifier(database)}` : `${who} IN DATABASE ${identifier(database)}`;
}
function isSame$1(a, b) {
	if (a === void 0 || b === void 0) return a === b;
	if (a.value !== void 0 && b.value !== void 0) return a.value === b.value;
	if (a.value !== void 0 && b.sealed !== void 0) return isSealed(b.sealed, a.value);
	if (b.value !== void 0 && a.sealed !== void 0) return isSealed(a.sealed, b.value);
	return a.sealed === b.sealed;
}
function shown(parameter) {
	if (parameter === void 0) return "not set";
	if (mayBeSecret(parameter.name) || parameter.value === void 0) return "a value that is not shown, since it may be a secret";
	return parameter.value === "" ? "''" : parameter.value;
}
function setStatement(subject, name, parameter) {
	if (parameter === void 0) return `${subject} RESET ${identifier(name)}`;
	return parameter.value === void 0 ? void 0 : `${subject} SET ${identifier(name)} TO ${settingValue(name, parameter.value)}`;
}
function copyStatement(subject, { role, name }, source) {
	const who = role === void 0 ? "0" : `${literal(identifier(role))}::regrole`;
	return `DO $copy$ BEGIN EXECUTE (SELECT format('${subject.replaceAll("'", "''").replaceAll("%", "%%")} SET %I TO %L', ${literal(name)}, substr(c, length(${literal(name)}) + 2)) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE d.datname = ${literal(source)} AND s.setrole = ${who} AND starts_with(c, ${literal(`${name}=`)})); END $copy$`;
}
const LISTS = new Set([
	"local_preload_libraries",
	"search_path",
	"session_preload_libraries",
	"shared_preload_libraries",
	"temp_tablespaces",
	"unix_socket_directories"
]);
function settingValue(parameter, value) {
	if (!LISTS.has(parameter.toLowerCase())) return literal(value);
	const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
	if (items.length === 0) return "''";
	return items.map((item) => literal(item.startsWith("\"") ? item.slice(1, -1).replaceAll("\"\"", "\"") : item)).join(", ");
}
// src/postgres/lent-settings.ts
const LENT = /\.|^(?:timezone|datestyle|intervalstyle|lc_monetary|lc_numeric|lc_time|default_text_search_config|xmloption|xmlbinary)$/i;
const ROOM = 6e3;
async function lendSettings(database, side, wanted) {
	try {
		var _usingCtx$9 = _usingCtx();
		const connection = _usingCtx$9.a(await database.connectMaintenance("side"));
		const live = await databaseSettings(connection, database.name);
		const own = await databaseSettings(connection, side);
		if (live === void 0 || own === void 0) return [];
		const lent = withLiveSecrets(wanted ?? live, live).parameters.filter(({ name }) => LENT.test(name));
		const changes = settingChanges(side, own, {
			...own,
			parameters: lent
		});
		if (changes.length === 0) return [];
		const refused = await connection.transaction(async () => await applyChanges(connection, changes));
		let room = ROOM;
		return lent.flatMap(({ name, value, role }) => value !== void 0 && role === void 0 && name.includes(".") && refused.some(({ what }) => what === name) && (room -= 2 * Buffer.byteLength(value)) > 0 ? [{
			name,
			value
		}] : []);
	} catch (_) {
		_usingCtx$9.e = _;
	} finally {
		await _usingCtx$9.d();
	}
}
// src/postgres/dangers.ts
const TRUSTED = `trusted (oid) AS (
    SELECT r.oid FROM pg_roles r JOIN pg_database d ON d.datname = current_database() JOIN pg_roles b ON b.oid = d.datdba
    WHERE r.rolsuper OR r.rolname = current_user OR (r.rolname = 'pg_database_owner' AND (b.rolsuper OR b.rolname = current_user))
  )`;
// src/postgres/evaluated.ts
const EVALUATED = `
  WITH RECURSIVE evaluated (classid, objid, what, probes, filled, relation, owner, tree) AS (
    SELECT 'pg_class'::regclass::oid, i.indexrelid, 'the index ' || i.indexrelid::regclass,
      ARRAY[format('SELECT count(ROW(%s)) FROM ONLY %s WHERE %s',
        coalesce((SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k) FROM generate_series(1, i.indnkeyatts) k WHERE i.indkey[k - 1] = 0), '1'),
        i.indrelid::regclass, coalesce(pg_get_expr(i.indpred, i.indrelid), 'true'))],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', i.indrelid::regclass), t.oid, t.relowner, concat(i.indexprs::text, i.indpred::text)
      FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indisvalid AND t.relkind IN ('r', 'm') AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, format('the CHECK %I of %s', k.conname, k.conrelid::regclass),
      ARRAY[format('SELECT count((%s)) FROM ONLY %s', pg_get_expr(k.conbin, k.conrelid), k.conrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', k.conrelid::regclass), t.oid, t.relowner, k.conbin::text
      FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'c' AND k.convalidated AND t.relkind = 'r'
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, format('the CHECK %I of %s', k.conname, k.contypid::regtype),
      c.probes, coalesce('SELECT ' || array_to_string(c.filled, ' OR ') || ' AS filled', 'SELECT false AS filled'), y.typrelid, y.typowner,
      (SELECT string_agg(a.conbin::text, ' ') FROM pg_constraint a WHERE a.contypid = y.oid AND a.contype = 'c') || CASE WHEN b.typtype = 'd' THEN '{COERCETODOMAIN ' ELSE '' END
      FROM pg_constraint k JOIN pg_type y ON y.oid = k.contypid JOIN pg_type b ON b.oid = y.typbasetype CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(format('SELECT count(CAST(CAST(%I AS %s) AS %s)) FROM ONLY %s', a.attname, format_type(y.typbasetype, y.typtypmod), y.oid::regtype, t.oid::regclass)), '{}') AS probes,
          array_agg(format('EXISTS (SELECT FROM ONLY %s WHERE %I IS NOT NULL)', t.oid::regclass, a.attname)) AS filled
        FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' WHERE a.atttypid = y.oid AND NOT a.attisdropped) c
      WHERE k.contype = 'c' AND k.convalidated
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, format('the generated column %I of %s', a.attname, d.adrelid::regclass),
      ARRAY[format('SELECT count((%s)) FROM ONLY %s', pg_get_expr(d.adbin, d.adrelid), d.adrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', d.adrelid::regclass), t.oid, t.relowner, d.adbin::text
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class t ON t.oid = d.adrelid
      WHERE a.attgenerated = 's' AND t.relkind = 'r'
    UNION ALL SELECT 'pg_class'::regclass, p.partrelid, 'the partition key of ' || p.partrelid::regclass,
      ARRAY[format('SELECT count(ROW(%s)) FROM %s', pg_get_expr(p.partexprs, p.partrelid), p.partrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM %s) AS filled', p.partrelid::regclass), t.oid, t.relowner, p.partexprs::text
      FROM pg_partitioned_table p JOIN pg_class t ON t.oid = p.partrelid WHERE p.partexprs IS NOT NULL
    UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 'the materialized view ' || c.oid::regclass,
      ARRAY[format('SELECT count(q) FROM (%s) q', rtrim(pg_get_viewdef(c.oid), ';'))], format('SELECT %L::boolean AS filled', c.relispopulated), c.oid, c.relowner, w.ev_action::text
      FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE c.relkind = 'm'
    UNION SELECT 'pg_rewrite'::regclass, w.oid, e.what, e.probes, e.filled, v.oid, v.relowner, w.ev_action::text
      FROM evaluated e
      JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
      JOIN pg_rewrite w ON w.ev_class = v.oid
  ), called (what, probes, filled, oid) AS (
    SELECT e.what, e.probes, e.filled, unnest(CASE d.refclassid
        WHEN 'pg_proc'::regclass THEN d.refobjid || ARRAY(SELECT unnest(ARRAY[g.aggtransfn::oid, g.aggfinalfn::oid]) FROM pg_aggregate g WHERE g.aggfnoid = d.refobjid)
        ELSE ARRAY(SELECT o.oprcode::oid FROM pg_operator o WHERE o.oid = d.refobjid) END)
    FROM evaluated e JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
  ), ${`${TRUSTED}, functions (what, oid) AS (
    SELECT e.what, m[1]::oid
      FROM evaluated e, regexp_matches(e.tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid|tsmhandler|startInRangeFunc|endInRangeFunc) ([0-9]+)', 'g') m
    UNION SELECT e.what, o.oprcode
      FROM evaluated e, regexp_matches(e.tree, ':(?:opno|opnos|eqop|sortop|cycle_mark_neop) (?:[(]o )?([0-9 ]+)', 'g') m, regexp_split_to_table(trim(m[1]), ' +') n
      JOIN pg_operator o ON o.oid = n::oid
    UNION SELECT c.what, c.oid FROM called c
  ), run (what, oid) AS (
    SELECT f.what, f.oid FROM functions f
    UNION SELECT f.what, unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::oid[])
      FROM functions f JOIN pg_aggregate g ON g.aggfnoid = f.oid
  ), read (what, oid) AS (
    SELECT e.what, e.relation FROM evaluated e
    UNION SELECT e.what, d.refobjid FROM evaluated e
      JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass
    UNION SELECT r.what, i.inhrelid FROM read r JOIN pg_inherits i ON i.inhparent = r.oid
  ), danger (what, rank, why) AS (
    SELECT e.what, 1, 'nothing is tried as a superuser'
      FROM evaluated e WHERE EXISTS (SELECT FROM pg_roles r WHERE r.rolsuper AND r.rolname IN (current_user, session_user))
    UNION ALL SELECT e.what, 1, 'the role is not the one that logged in' FROM evaluated e WHERE current_user <> session_user
    UNION ALL SELECT e.what, 2, format('it is written by %s, and what another role wrote is not run', pg_get_userbyid(e.owner))
      FROM evaluated e WHERE e.owner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT f.what, 2, format('%s is %s''s, and what another role wrote is not run', p.oid::regprocedure, pg_get_userbyid(p.proowner))
      FROM run f JOIN pg_proc p ON p.oid = f.oid WHERE p.proowner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT e.what, 2, format('%s is %s''s, and what another role wrote is not run', y.oid::regtype, pg_get_userbyid(y.typowner))
      FROM evaluated e JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_type'::regclass
      JOIN pg_type y ON y.oid = d.refobjid WHERE y.typowner NOT IN (SELECT oid FROM trusted)
    UNION ALL SELECT f.what, 3, format('%s is VOLATILE, so to call it may do more than read', p.oid::regprocedure)
      FROM run f JOIN pg_proc p ON p.oid = f.oid WHERE p.provolatile = 'v'
    UNION ALL SELECT e.what, 4, 'it makes a value of a domain, which has CHECKs of its own' FROM evaluated e WHERE strpos(e.tree, '{COERCETODOMAIN ') > 0
    UNION ALL SELECT r.what, 4, format('it reads the foreign table %s', c.oid::regclass) FROM read r JOIN pg_class c ON c.oid = r.oid WHERE c.relkind = 'f'
  )`}
  SELECT DISTINCT e.what, e.probes, e.filled, p.oid::bigint AS oid, p.oid::regprocedure::text AS name, n.nspname::text AS schema, l.lanname::text AS language,
    CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NULL THEN p.prosrc ELSE '' END AS body,
    (SELECT (array_agg(d.why ORDER BY d.rank, d.why))[1] FROM danger d WHERE d.what = e.what) AS danger
  FROM called e
  JOIN pg_proc p ON p.oid = e.oid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang AND l.lanpltrusted
  WHERE NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE lower(s) LIKE 'search_path=%')
    AND n.nspname <> 'pg_catalog'
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
  ORDER BY name, what`;
async function evaluatedByRestore(connection) {
	await connection.exec("SET LOCAL jit = off");
	const rows = await connection.query(EVALUATED);
	return [...Map.groupBy(rows, ({ what }) => what).values()].flatMap((all) => {
		const [one] = all;
		return one === void 0 ? [] : [{
			what: one.what,
			probes: one.probes,
			filled: one.filled,
			danger: one.danger,
			functions: all
		}];
	});
}
// src/postgres/names-bare.ts
const WORD$1 = String.raw`(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))`;
const ENDS = String.raw`(?![\p{L}\p{N}_$])(?!\s*\.)`;
const RELATION = new RegExp(String.raw`\b(?<!\bdistinct\s+)(?:from|join|into|update|only|table)\s+${WORD$1}${ENDS}|([\p{L}_][\p{L}\p{N}_$]*)(?=%(?:row)?type\b)`, "giu");
const CALL = new RegExp(String.raw`(?<![.\p{L}\p{N}_$"])${WORD$1}\s*\(`, "giu");
const OWN = new RegExp(String.raw`\b(?:with|recursive)\s+${WORD$1}(?:\s*\([^)]*\))?\s+as\b|,\s*${WORD$1}(?:\s*\([^)]*\))?\s+as\s+(?:not\s+)?(?:materialized\s+)?\(|\btemp(?:orary)?\s+table\s+(?:if\s+not\s+exists\s+)?${WORD$1}`, "giu");
const FROM_INSIDE = /\b(?:extract|trim|substring|overlay)\s*\([^()]*\)/giu;
function namesBare(body, names) {
	const code = body.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").replaceAll(FROM_INSIDE, " ");
	const own = new Set(found(code, OWN));
	return found(code, RELATION).some((name) => names.relations.has(name) && !own.has(name)) || found(code, CALL).some((name) => names.functions.has(name));
}
function found(code, pattern) {
	return [...code.matchAll(pattern)].flatMap(([, ...groups]) => groups.flatMap((group, at) => {
		if (group === void 0) return [];
		return at % 2 === 0 && at < groups.length - groups.length % 2 ? group.replaceAll("\"\"", "\"") : group.toLowerCase();
	}));
}
// src/postgres/session-path.ts
async function usualPath(connection) {
	return await connection.inSnapshot(async () => await list(connection, "true"));
}
async function ownPath(connection) {
	const own = `EXISTS (WITH ${TRUSTED} SELECT FROM pg_namespace n WHERE n.nspname = x.s AND n.nspowner IN (SELECT oid FROM trusted) AND NOT EXISTS (
    SELECT FROM aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE' AND a.grantee NOT IN (SELECT oid FROM trusted)))`;
	return await connection.inSnapshot(async () => await list(connection, own)) ?? "";
}
async function list(connection, condition) {
	await connection.exec("SAVEPOINT path");
	await connection.exec("SELECT set_config('search_path', reset_val, true) FROM pg_settings WHERE name = 'search_path'");
	const [path] = await connection.query("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[] AS schemas");
	await connection.exec("ROLLBACK TO SAVEPOINT path");
	const [row] = await connection.query(`SELECT string_agg(quote_ident(x.s), ', ' ORDER BY x.at) AS path FROM unnest($1::text[]) WITH ORDINALITY AS x(s, at) WHERE ${condition}`, [path?.schemas ?? []]);
	return row?.path ?? null;
}
// src/postgres/try-without-path.ts
const LIMIT = 2e3;
const TRIAL_BUDGET = 1e4;
const NOT_FOUND = [
	"42P01",
	"42883",
	"42704",
	"3F000"
];
async function tryWithoutPath(connection, { probes, filled, danger }, path, until) {
	if (danger !== null) return {
		is: "untried",
		why: danger
	};
	if (probes.length === 0) return {
		is: "untried",
		why: "no column holds it yet"
	};
	for (const probe of probes) {
		if (performance.now() > until) return {
			is: "untried",
			why: "there was no time left"
		};
		const without = await evaluate(connection, probe, "");
		if (!(without instanceof Failure)) continue;
		if (!NOT_FOUND.includes(without.code ?? "")) return {
			is: "untried",
			why: reason(without)
		};
		const other = await evaluate(connection, probe, path);
		if (other instanceof Failure) return {
			is: "untried",
			why: `with a search path it fails as well: ${clauseOf(other)}`
		};
		return await whereFilled(connection, filled, { is: "broken" });
	}
	return await whereFilled(connection, filled, { is: "fine" });
}
function reason({ code, message }) {
	return code === "57014" ? `it takes longer than ${formatDuration(LIMIT)}` : message;
}
async function whereFilled(connection, filled, trial) {
	const rows = await evaluate(connection, filled, "");
	if (rows instanceof Failure) return {
		is: "untried",
		why: reason(rows)
	};
	return rows[0]?.["filled"] === true ? trial : {
		is: "untried",
		why: "there are no rows yet"
	};
}
async function evaluate(connection, sql, path) {
	try {
		await connection.exec(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LIMIT}; SET LOCAL lock_timeout = 500; SET LOCAL row_security = off;
       SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`);
		await connection.query("SELECT pg_catalog.set_config('search_path', $1, true)", [path]);
		return await connection.query(sql);
	} catch (error) {
		if (error instanceof Failure && error.code !== "connection-lost") return error;
		throw error;
	} finally {
		await connection.exec("ROLLBACK");
	}
}
// src/postgres/search-path.ts
function pathProblem(one) {
	return {
		problem: `${one.function}, used by ${one.usedBy.join(", ")}, finds what it names by the search path alone; a restore has none, so no backup can be restored`,
		fix: `In the database: ${one.fix}`
	};
}
function pathWarning(one) {
	return `${one.function}, used by ${one.usedBy.join(", ")}, seems to find what it names by the search path alone, and a restore has none. That could not be tried (${one.untried ?? "nothing says why"}). If so, no backup can be restored. In the database: ${one.fix}`;
}
async function pathDependent(database, connection) {
	const { all, guessed } = await connection.inSnapshot(async () => {
		const evaluated = await evaluatedByRestore(connection);
		return {
			all: evaluated,
			guessed: evaluated.length === 0 ? new Set() : await guess(connection, evaluated)
		};
	});
	if (all.length === 0) return [];
	const findings = new Map();
	for (const { what, functions, trial } of await tryAll(database, all)) {
		if (trial.is === "fine") continue;
		const seeming = functions.filter(({ oid }) => guessed.has(oid));
		for (const one of trial.is === "broken" && seeming.length === 0 ? functions : seeming) {
			const untried = trial.is === "untried" ? trial.why : void 0;
			const known = findings.get(one.name);
			if (known === void 0) findings.set(one.name, {
				one,
				usedBy: [what],
				untried
			});
			else {
				known.usedBy.push(what);
				if (untried === void 0) known.untried = void 0;
			}
		}
	}
	const path = findings.size === 0 ? null : await usualPath(connection);
	return [...findings.values()].map(({ one, usedBy, untried }) => ({
		function: one.name,
		usedBy,
		untried,
		fix: `ALTER FUNCTION ${one.name} SET search_path = ${path ?? identifier(one.schema)};`
	}));
}
async function tryAll(database, all) {
	const until = performance.now() + TRIAL_BUDGET;
	try {
		try {
			var _usingCtx$8 = _usingCtx();
			const connection = _usingCtx$8.a(await database.connect("look"));
			const seen = new Map((await connection.inSnapshot(async () => await evaluatedByRestore(connection))).map((one) => [one.what, one]));
			const path = await ownPath(connection);
			const tried = [];
			for (const one of all) {
				const its = seen.get(one.what);
				tried.push({
					...one,
					trial: its === void 0 ? CHANGED : await tryWithoutPath(connection, its, path, until)
				});
			}
			return tried;
		} catch (_) {
			_usingCtx$8.e = _;
		} finally {
			await _usingCtx$8.d();
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return all.map((one) => ({
			...one,
			trial: {
				is: "untried",
				why: clauseOf(error)
			}
		}));
	}
}
const CHANGED = {
	is: "untried",
	why: "it was changed in between"
};
async function guess(connection, all) {
	const [row] = await connection.query(`SELECT ARRAY(SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS relations,
            ARRAY(SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace GROUP BY 1
               HAVING bool_and(n.nspname <> 'pg_catalog')) AS functions`);
	const names = {
		relations: new Set(row?.relations),
		functions: new Set(row?.functions)
	};
	const guessed = new Set();
	const functions = new Map(all.flatMap((one) => one.functions).map((one) => [one.oid, one]));
	for (const { oid, language, body } of functions.values()) if (language === "sql" ? await failsWithoutPath(connection, oid) : namesBare(body, names)) guessed.add(oid);
	return guessed;
}
async function failsWithoutPath(connection, oid) {
	await connection.exec("SAVEPOINT body; SET LOCAL search_path = ''; SET LOCAL check_function_bodies = on");
	try {
		await connection.query("SELECT pg_catalog.fmgr_sql_validator($1::bigint::oid)", [oid]);
		return false;
	} catch (error) {
		if (error instanceof Failure && error.code !== "connection-lost") return NOT_FOUND.includes(error.code ?? "");
		throw error;
	} finally {
		await connection.exec("ROLLBACK TO SAVEPOINT body");
	}
}
// src/backup/compare.ts
const SHOWN = 10;
function differences(expected, actual, kinds) {
	return [
		...schemaDifferences(expected, actual),
		...rowDifferences(countedAlike(expected.rows, actual), actual.rows),
		...sequenceDifferences(expected.sequences, actual.sequences, kinds)
	];
}
function schemaLikeness(expected, actual) {
	return compareFingerprints(restoredFingerprint(expected.fingerprint), restoredFingerprint(actual.fingerprint));
}
function schemaDifferences(expected, actual) {
	if (schemaLikeness(expected, actual) !== "different") return [];
	if (expected.listing === void 0 || actual.listing === void 0) return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`];
	const before = new Set(expected.listing);
	const after = new Set(actual.listing);
	const lost = expected.listing.filter((line) => !after.has(line)).map((line) => `schema, missing: ${line}`);
	const added = actual.listing.filter((line) => !before.has(line)).map((line) => `schema, not there before: ${line}`);
	return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`, ...first([...lost, ...added])];
}
function countedAlike(rows, { together }) {
	const alike = new Map(rows);
	for (const [whole, partitions] of together ?? []) {
		if (alike.has(whole)) continue;
		alike.set(whole, partitions.reduce((sum, one) => sum + (rows.get(one) ?? 0), 0));
		for (const one of partitions) alike.delete(one);
	}
	return alike;
}
function rowDifferences(expected, actual) {
	const found = [];
	for (const [table, count] of expected) {
		const restored = actual.get(table);
		if (restored === void 0) found.push(`rows: ${table} is missing (${plural(count, "row")})`);
		else if (restored !== count) found.push(`rows: ${table} has ${formatCount(restored)} instead of ${formatCount(count)}`);
	}
	for (const table of actual.keys()) if (!expected.has(table)) found.push(`rows: ${table} was not there before`);
	return first(found);
}
function sequenceDifferences(expected, actual, kinds) {
	const found = [];
	for (const [name, value] of expected) {
		const restored = actual.get(name);
		if (restored === void 0) found.push(`sequence ${name} is missing`);
		else if (!kinds.cycling.has(name) && (kinds.descending.has(name) ? restored > value : restored < value)) found.push(`sequence ${name} is at ${restored}, behind ${value}`);
	}
	return first(found);
}
function first(found) {
	return found.length <= SHOWN ? [...found] : [...found.slice(0, SHOWN), `and ${plural(found.length - SHOWN, "more difference")}`];
}
// src/postgres/tools.ts
const SEARCH = `
wanted=$1
look() {
  [ -x "$1/pg_dump" ] && [ -x "$1/pg_restore" ] || return 0
  said=$("$1/pg_dump" --version 2>/dev/null) || return 0
  printf '%s\\t%s\\n' "$1" "$said"
  case $said in "pg_dump (PostgreSQL) $wanted."*) exit 0 ;; esac
}
for folder in ${[
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/usr/lib/postgresql*/bin",
	"/usr/local/pgsql*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/opt/libpq/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/opt/homebrew/opt/libpq/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin"
].join(" ")}; do look "$folder"; done
IFS=:
set -f
for folder in $PATH; do look "\${folder:-.}"; done
`;
async function clientTools(machine, serverMajor) {
	const found = readFound((await machine.run({
		words: [
			"sh",
			"-c",
			SEARCH,
			"sh",
			String(serverMajor)
		],
		repeatable: true
	})).stdout);
	const chosen = chooseTools(found, serverMajor);
	if (chosen !== void 0) return toolsIn(chosen);
	const majors = [...new Set(found.map((one) => one.major))].sort((a, b) => a - b);
	const what = majors.length === 0 ? "no pg_dump and pg_restore" : `pg_dump and pg_restore ${majors.join(", ")} only, older than the server's ${serverMajor}`;
	throw refusal(`${machine.name} has ${what}.`, {
		code: "client-tools",
		hint: `Install the client of PostgreSQL ${serverMajor} there: ${installCommand(serverMajor)}`,
		evidence: found.map((one) => `${one.folder}: ${one.major}`)
	});
}
function readFound(text) {
	return text.split("\n").flatMap((line) => {
		const match = /^(.+)\t\D*(\d+)/.exec(line);
		return match?.[1] === void 0 ? [] : [{
			folder: match[1],
			major: Number(match[2])
		}];
	});
}
function chooseTools(found, serverMajor) {
	return found.filter((one) => one.major >= serverMajor).reduce((best, one) => best === void 0 || one.major < best.major ? one : best, void 0);
}
function toolsIn({ folder, major }) {
	const path = (program) => `${folder}/${program}`;
	return {
		major,
		path,
		words: (program, ...args) => [
			"env",
			"-u",
			"PGSERVICE",
			"-u",
			"PGREQUIREAUTH",
			path(program),
			...args
		]
	};
}
function installCommand(major) {
	return `apt-get install postgresql-client-${major} (where the distribution has another major: first apt-get install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y), dnf install postgresql${major}, apk add postgresql${major}-client, brew install postgresql@${major}`;
}
// src/backup/reach.ts
function reachOf(toolsOn, files) {
	if (isSame(toolsOn, files)) return { by: "path" };
	const { holder } = toolsOn;
	return holder !== void 0 && isSame(holder.machine, files) ? {
		by: "shell",
		holder
	} : { by: "stream" };
}
function isSame(one, other) {
	return one === other || one.local && other.local;
}
async function runAround(around, { toolsOn, reach, command }) {
	if (reach.by === "shell") return await reach.holder.run(around, command);
	return await toolsOn.run({
		...command,
		words: [...around, ...command.words]
	});
}
// src/backup/together.ts
async function together(signal, bodies) {
	const others = new AbortController();
	const joined = AbortSignal.any([signal, others.signal]);
	let first;
	const results = await Promise.all(bodies.map(async (body) => {
		try {
			return await body(joined);
		} catch (error) {
			first ??= { error };
			others.abort();
			return;
		}
	}));
	if (signal.aborted) throw new Cancelled();
	if (first !== void 0) throw first.error;
	return results;
}
// src/backup/read-back.ts
async function readBack({ dump, toolsOn, tools, noteIn, signal, passed }) {
	const note = noteIn === void 0 ? void 0 : `${noteIn}-read`;
	await withDump({
		dump,
		toolsOn,
		command: {
			words: tools.words("pg_restore", "--file=/dev/null"),
			noteIn: note
		},
		signal,
		passed
	}, (finished) => {
		throw unreadable(finished);
	});
}
function unreadable(finished) {
	return new Failure(`The dump cannot be read back: pg_restore failed (${ending(finished)}).`, {
		code: "dump-unreadable",
		evidence: lastLines(finished),
		hint: "The disk or the memory may be faulty: back up again, and check the machine."
	});
}
const GIVE = "file=$1; shift; { cat; cat -- \"$file\"; } | \"$@\"";
async function withDump({ dump, toolsOn, command, signal, passed }, onFailure) {
	const judge = (finished) => {
		if (finished.code !== 0) onFailure(finished);
	};
	const reach = reachOf(toolsOn, dump.machine);
	if (reach.by === "path") {
		judge(await toolsOn.run({
			...command,
			signal
		}));
		return;
	}
	if (reach.by === "shell") {
		judge(await reach.holder.run([
			"sh",
			"-c",
			GIVE,
			"sh",
			dump.path
		], {
			...command,
			signal
		}));
		return;
	}
	const pipe = new PassThrough();
	if (passed !== void 0) pipe.on("data", (chunk) => passed(chunk.length)).pause();
	const use = Promise.withResolvers();
	await together(signal, [async (joined) => {
		try {
			judge(await toolsOn.run({
				...command,
				stdin: pipe,
				signal: joined
			}));
			use.resolve(true);
		} finally {
			use.resolve(false);
		}
	}, async (joined) => {
		const cat = {
			words: [
				"cat",
				"--",
				dump.path
			],
			stdout: pipe,
			signal: joined
		};
		try {
			await succeed(dump.machine, cat, `Reading ${dump.path} on ${dump.machine.name}`);
		} catch (error) {
			if (!(error instanceof Failure && error.code === "output-broken" && await use.promise)) throw error;
		}
	}]);
}
// src/backup/table-of-contents.ts
function unownedEntries(list) {
	let edited = false;
	const lines = list.split("\n").map((line) => {
		if (!SUPERUSERS_OWN.test(line)) return line;
		edited = true;
		return `;${line}`;
	});
	return edited ? lines.join("\n") : void 0;
}
const SUPERUSERS_OWN = /^\d+; \d+ \d+ (COMMENT|ACL|SECURITY LABEL) - (EXTENSION|LANGUAGE) plpgsql\b/;
// src/backup/fill.ts
const NO_SUBSCRIPTIONS = "--no-subscriptions";
const JOBS = 2;
const FAILED_TOGETHER = "restore-failed-together";
async function fill(job) {
	const { database, dump, signal, serverVersion } = job;
	const serverMajor = Math.floor(serverVersion / 1e4);
	const tools = await clientTools(database.toolsOn, Math.max(serverMajor, job.writtenBy ?? 0));
	const direct = tools.major <= serverMajor;
	const together = direct && sessionsOf(job) > 1;
	const command = direct ? await directly(job, tools) : throughPsql(job, tools);
	const known = database.environment({
		admin: true,
		database: job.side,
		purpose: "restore"
	});
	const options = [String(known["PGOPTIONS"]), ...job.session.map(asOption)].filter((text) => text !== "").join(" ");
	const env = {
		...known,
		PGOPTIONS: job.session.length === 0 ? options : new Secret(options)
	};
	const noteIn = job.noteIn === void 0 ? void 0 : `${job.noteIn}-restore`;
	await withDump({
		dump,
		toolsOn: database.toolsOn,
		command: {
			...command,
			env,
			noteIn
		},
		signal
	}, (finished) => {
		throw new Failure(`The dump cannot be restored: pg_restore failed (${ending(finished)}).`, {
			code: together ? FAILED_TOGETHER : "restore-failed",
			evidence: lastLines(finished),
			hint: job.superuser ? void 0 : `Where it lacks a right: what the role ${database.adminTarget.user} may not restore, a superuser may. Give one as \`database-admin-url\`.`
		});
	});
}
function sessionsOf({ database, dump, jobs }) {
	return reachOf(database.toolsOn, dump.machine).by === "path" ? jobs ?? JOBS : 1;
}
async function directly(job, tools) {
	const { database, dump, side } = job;
	const options = [
		`--dbname=${conninfo(side)}`,
		"--exit-on-error",
		"--no-password",
		NO_SUBSCRIPTIONS
	];
	if (reachOf(database.toolsOn, dump.machine).by !== "path") return { words: tools.words("pg_restore", ...options) };
	options.push(`--jobs=${sessionsOf(job)}`);
	const list = job.superuser ? void 0 : await editedList(job, tools);
	if (list === void 0) return { words: tools.words("pg_restore", ...options, dump.path) };
	return {
		words: tools.words("pg_restore", ...options, "--use-list=/dev/stdin", dump.path),
		stdin: list
	};
}
async function editedList({ database, dump, noteIn, signal }, tools) {
	const { stdout } = await succeed(database.toolsOn, {
		words: tools.words("pg_restore", "--list", dump.path),
		noteIn: noteIn === void 0 ? void 0 : `${noteIn}-list`,
		signal
	}, "Reading the dump's table of contents");
	return unownedEntries(stdout);
}
function throughPsql({ database, dump }, tools) {
	const from = reachOf(database.toolsOn, dump.machine).by === "path" ? [dump.path] : [];
	return { words: [
		"sh",
		"-c",
		`restored=$( { { ${quote(tools.words("pg_restore", "--file=-", NO_SUBSCRIPTIONS, ...from))}; echo $? >&3; } | LC_ALL=C sed '1,60{/^SET transaction_timeout = 0;$/d;}' | ${quote(tools.words("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"))} >&2; } 3>&1 ) && exit "\${restored:-1}"`
	] };
}
function conninfo(database) {
	return `dbname='${database.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
// src/backup/beside.ts
const DEADLOCKED = "restore-deadlocked";
async function restoreBeside(request) {
	const { database, side, ports } = request;
	await createSide(database, side);
	let kept = false;
	const copy = {
		name: side,
		keep: () => void (kept = true),
		[Symbol.asyncDispose]: async () => {
			if (!kept) await dropOrWarn(database, side, ports.report);
		}
	};
	try {
		return {
			...copy,
			schema: await fillInPeace(request)
		};
	} catch (error) {
		await copy[Symbol.asyncDispose]();
		throw error;
	}
}
async function fillInPeace(request) {
	const { database, side, ports } = request;
	try {
		return await fillAndCompare(request);
	} catch (error) {
		if (!(error instanceof Failure && (error.code === DEADLOCKED || error.code === "restore-failed-together"))) throw error;
		const why = error.code === DEADLOCKED ? "blocked each other (a deadlock)" : "did not come to an end together";
		ports.report.say(`The sessions of pg_restore ${why}: restoring once more, in one session.`);
		for (const line of error.code === DEADLOCKED ? [] : error.evidence) ports.report.detail(line);
		await dropDatabase(database, side);
		await createSide(database, side);
		return await fillAndCompare(request, 1);
	}
}
async function fillAndCompare({ database, side, dump, source, writtenBy, expected, settings, ports, noteIn }, jobs) {
	try {
		var _usingCtx$7 = _usingCtx();
		const { signal } = ports;
		const session = await lendSettings(database, side, settings);
		const connection = _usingCtx$7.a(await database.connect("restore", {
			admin: true,
			database: side,
			signal
		}));
		const [role] = await connection.query("SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user");
		const job = {
			database,
			side,
			dump,
			writtenBy,
			serverVersion: connection.serverVersion,
			superuser: role?.superuser === true,
			jobs,
			session,
			noteIn,
			signal
		};
		await withProgress(ports, fillProgress(connection, database.name, ports), async () => await fillOrWhoBlocked(source, job, connection));
		const [, schema] = await together(signal, [async (joined) => await analyze({
			database,
			side,
			ports
		}, joined), async () => expected === void 0 ? void 0 : await compare(connection, side, expected)]);
		return schema;
	} catch (_) {
		_usingCtx$7.e = _;
	} finally {
		await _usingCtx$7.d();
	}
}
async function fillOrWhoBlocked(source, job, connection) {
	try {
		await fillOrWhyNot(source, job);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "restore-failed-together")) throw error;
		throw await countsDeadlock(connection) ? error.with({ code: DEADLOCKED }) : error;
	}
}
async function countsDeadlock(connection) {
	for (let look = 0; look < 5; look += 1) {
		const [row] = await connection.query("SELECT pg_stat_get_db_deadlocks(oid) AS deadlocks, pg_sleep($1) FROM pg_database WHERE datname = current_database()", [look === 0 ? 0 : .2]);
		if ((row?.deadlocks ?? 0n) > 0n) return true;
	}
	return false;
}
function fillProgress(connection, live, { clock }) {
	const began = clock.now().getTime();
	let before;
	return async () => {
		const [row] = await connection.query("SELECT pg_database_size(current_database()) AS copy, (SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1) AS live", [live]);
		if (row === void 0) return void 0;
		const [copy, whole] = [Number(row.copy), Number(row.live)];
		before ??= copy;
		const pace = paceOf({
			bytes: copy - before,
			of: whole - before,
			ms: clock.now().getTime() - began
		});
		return `restored ${formatSize(copy)}; the live database has ${formatSize(whole)}, ${pace}`;
	};
}
async function analyze({ database, side, ports }, signal) {
	try {
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await database.connect("restore", {
			admin: true,
			database: side,
			signal
		}));
		const tables = await connection.query(`WITH RECURSIVE below (above, relid) AS (
       SELECT inhparent, inhrelid FROM pg_inherits UNION SELECT b.above, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.relid),
     elsewhere AS (SELECT b.above FROM below b JOIN pg_class f ON f.oid = b.relid WHERE f.relkind = 'f')
     SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.oid NOT IN (SELECT above FROM elsewhere)
       AND NOT (c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND i.inhparent NOT IN (SELECT above FROM elsewhere)))
     ORDER BY c.relpages DESC`);
		try {
			if (tables.length > 0) await connection.exec(`ANALYZE ${tables.map(({ name }) => name).join(", ")}`);
		} catch (error) {
			if (!(error instanceof Failure) || signal.aborted) throw error;
			ports.report.detail(`The copy's statistics could not be made: ${error.message}`);
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function fillOrWhyNot(source, job) {
	try {
		await source.restore(job);
	} catch (error) {
		if (!(error instanceof Failure && error.code === "restore-failed")) throw error;
		const found = await pathDependentIn(job.database);
		if (found.length === 0) throw error;
		throw error.with({
			evidence: [...error.evidence, ...found.map(({ function: name, usedBy }) => `${name}, used by ${usedBy.join(", ")}, needs a search path`)],
			hint: `A restore has no search path, and these functions find their tables by it alone. In the live database: ${found.map(({ fix }) => fix).join(" ")} Then back up again: this backup cannot be restored.`
		});
	}
}
async function pathDependentIn(database) {
	try {
		try {
			var _usingCtx4 = _usingCtx();
			return await pathDependent(database, _usingCtx4.a(await database.connect("restore", { admin: true })));
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (error) {
		if (error instanceof Failure) return [];
		throw error;
	}
}
async function compare(connection, side, expected) {
	const actual = await readFacts(connection, { listing: expected.listing !== void 0 });
	const found = differences(expected, actual, await sequenceKinds(connection));
	if (found.length === 0) return schemaLikeness(expected, actual);
	throw new Failure(`The restored copy ${side} differs from what was backed up: ${found[0]}.`, {
		code: "differs",
		evidence: found.slice(1),
		hint: "The copy was dropped and the live database was not touched: do not rely on this backup, take or choose another."
	});
}
async function sequenceKinds(connection) {
	const rows = await connection.query("SELECT format('%I.%I', schemaname, sequencename) AS name, increment_by < 0 AS descending, cycle FROM pg_sequences WHERE increment_by < 0 OR cycle");
	const names = (wanted) => new Set(rows.filter(wanted).map((row) => row.name));
	return {
		descending: names((row) => row.descending),
		cycling: names((row) => row.cycle)
	};
}
// src/backup/prove.ts
async function proveByRestoring({ ports, ...request }) {
	const { database, expected } = request;
	const started = ports.clock.now().getTime();
	for (const name of await dropLeftCopies(database, ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
	try {
		var _usingCtx$6 = _usingCtx();
		const copy = _usingCtx$6.a(await restoreBeside({
			...request,
			settings: void 0,
			ports
		}));
		ports.report.detail(`restored into ${copy.name} and compared: ${plural(expected.rows.size, "table")}, ${plural(expected.sequences.size, "sequence")}`);
	} catch (_) {
		_usingCtx$6.e = _;
	} finally {
		await _usingCtx$6.d();
	}
	return Math.max(0, ports.clock.now().getTime() - started);
}
async function proveWherePossible(request) {
	try {
		return await proveByRestoring(request);
	} catch (error) {
		if (!(error instanceof Failure) || !(error.code === "42501" || error.code?.startsWith("53") === true)) throw error;
		request.ports.report.warning(`This backup was read back whole, and not restored to prove it: ${error.message} ${error.hint ?? ""}`.trim());
		return;
	}
}
// src/backup/room.ts
const GROWTH = 1.2;
async function requireRoom(store, connection, last) {
	const needed = last === void 0 ? await dataBytes(connection) : Math.ceil(last.sizeBytes * GROWTH);
	const free = await freeBytes(store.machine, store.directory);
	if (free >= needed) return;
	throw refusal(`There is no room for the backup: it needs about ${formatSize(needed)} in ${store.directory} on ${store.machine.name}, where ${formatSize(free)} are free.`, {
		code: "disk-full",
		hint: `Free ${formatSize(needed - free)} there, keep fewer backups (keep-last, keep-daily, max-total-size), or give another state-dir.`,
		evidence: [last === void 0 ? "estimated from the database's size without its indexes" : `the last one, ${last.id}, has ${formatSize(last.sizeBytes)}`]
	});
}
async function dataBytes(connection) {
	const [row] = await connection.query(`SELECT (pg_database_size(current_database())
       - coalesce((SELECT sum(relpages::bigint) FROM pg_class WHERE relkind = 'i'), 0) * current_setting('block_size')::bigint)::bigint AS bytes`);
	return Math.max(0, Number(row?.bytes ?? 0n));
}
// src/backup/dump.ts
const FULL_BYTES = 1e6;
async function writeDump(job) {
	const { database, tools, to, snapshot, lockTimeoutMs } = job;
	const words = [
		"--format=custom",
		`--compress=${await compression(job)}`,
		"--no-password",
		`--snapshot=${snapshot}`,
		`--lock-wait-timeout=${lockTimeoutMs}`,
		`--encoding=${job.encoding}`
	];
	const env = database.environment({
		admin: job.admin,
		purpose: "backup"
	});
	const noteIn = job.noteIn === void 0 ? void 0 : `${job.noteIn}-dump`;
	const reach = reachOf(database.toolsOn, to.machine);
	if (reach.by === "stream") {
		await streamDump(job, {
			words: tools.words("pg_dump", ...words),
			env,
			noteIn
		});
		return;
	}
	const how = {
		env,
		noteIn,
		signal: job.signal
	};
	const finished = reach.by === "shell" ? await reach.holder.run([
		"sh",
		"-c",
		CATCH,
		"sh",
		to.path
	], {
		words: tools.words("pg_dump", ...words),
		...how
	}) : await database.toolsOn.run({
		words: tools.words("pg_dump", ...words, `--file=${to.path}`),
		...how
	});
	if (finished.code !== 0) throw await dumpFailure(job, finished);
}
const ZSTD_SINCE = 16;
async function compression({ database, admin, tools, noteIn, signal }) {
	if (tools.major < ZSTD_SINCE) return "1";
	const { code } = await database.toolsOn.run({
		words: tools.words("pg_dump", "--format=custom", "--compress=zstd:1", ...[
			"--schema-only",
			"--exclude-schema=*",
			"--no-password",
			"--no-sync",
			"--file=/dev/null"
		]),
		env: database.environment({
			admin,
			purpose: "backup"
		}),
		noteIn: noteIn === void 0 ? void 0 : `${noteIn}-probe`,
		signal
	});
	return code === 0 ? "zstd:1" : "1";
}
async function streamDump(job, command) {
	const { database, to } = job;
	let sent = 0;
	const pipe = new PassThrough();
	pipe.on("data", (chunk) => sent += chunk.length);
	pipe.pause();
	await together(job.signal, [async (signal) => {
		const finished = await database.toolsOn.run({
			...command,
			stdout: pipe,
			signal
		});
		if (finished.code !== 0) throw await dumpFailure(job, finished);
	}, async (signal) => {
		const finished = await to.machine.run({
			words: [
				"sh",
				"-c",
				WRITE,
				"sh",
				to.path
			],
			stdin: pipe,
			signal
		});
		if (finished.code !== 0) throw await dumpFailure(job, finished, `writing the dump on ${to.machine.name}`);
	}]);
	const arrived = await fileSize(to.machine, to.path);
	if (arrived !== sent) throw new Failure(`The dump did not arrive whole: ${arrived} of ${sent} bytes are on ${to.machine.name}.`, { code: "dump-failed" });
}
const SYNC = "{ sync \"$file\" 2>/dev/null || sync; }";
const WRITE = `file=$1; cat > "$file" && ${SYNC}`;
const CATCH = `file=$1; shift; "$@" > "$file" && ${SYNC}`;
async function dumpFailure(job, finished, what = "pg_dump") {
	const { to, database, lockTimeoutMs } = job;
	const evidence = lastLines(finished);
	if (await freeBytes(to.machine, to.path) < FULL_BYTES) return new Failure(`The disk is full: ${what} failed (${ending(finished)}), ${to.path} on ${to.machine.name}.`, {
		code: "disk-full",
		evidence,
		hint: "Free space there, or give another state-dir."
	});
	if (finished.durationMs >= lockTimeoutMs) {
		const holders = await lockHolders(database, job.signal);
		if (holders.length > 0) return dumpLockFailure(lockTimeoutMs, holders, evidence);
	}
	return new Failure(`${what} failed (${ending(finished)}).`, {
		code: "dump-failed",
		evidence: finished.code === null && evidence.length === 0 ? ["something else on that machine ended it; it said nothing"] : evidence,
		hint: "Nothing was changed: remove the cause and back up again."
	});
}
// src/backup/read-along.ts
const FEED = `
file=$1 mark=$2; shift 2
size() { stat -L -c %s "$file" 2>/dev/null || stat -L -f %z "$file" 2>/dev/null || echo 0; }
feed() {
  fed=0
  while [ ! -e "$mark" ] && [ -e "$file" ]; do
    blocks=$(( $(size) / 1048576 ))
    if [ "$blocks" -gt "$fed" ]; then
      dd if="$file" bs=1048576 skip="$fed" count=$((blocks - fed)) 2>/dev/null || return
      fed=$blocks
    else
      sleep 0.2 2>/dev/null || sleep 1
    fi
  done
  [ "$(size)" -ge $((fed * 1048576)) ] || { echo shrank >&3; return; }
  dd if="$file" bs=1048576 skip="$fed" 2>/dev/null
}
# What the command has to read first comes before.
{ { cat; feed; } | "$@"; } 3>&1 || exit`;
const LIST_AGAIN = `
exec "$@" --list "$file"`;
var ReadAlong = class {
	#job;
	#mark;
	constructor(job) {
		this.#job = job;
		this.#mark = writtenName(job.path);
	}
	async written() {
		await writeText(this.#job.machine, this.#mark, "");
	}
	async read(signal) {
		const { machine, path, toolsOn, reach, tools, noteIn } = this.#job;
		const around = [
			"nice",
			"sh",
			"-c",
			reach.by === "path" ? FEED + LIST_AGAIN : FEED,
			"sh",
			path,
			this.#mark
		];
		const command = {
			words: tools.words("pg_restore", "--file=/dev/null"),
			noteIn: noteIn === void 0 ? void 0 : `${noteIn}-read`,
			signal
		};
		try {
			const finished = await runAround(around, {
				toolsOn,
				reach,
				command
			});
			if (finished.stdout !== "") throw new Failure("The dump became shorter while it was read back.", { code: "dump-unreadable" });
			if (finished.code !== 0) throw unreadable(finished);
		} finally {
			await remove(machine, this.#mark);
		}
	}
};
// src/backup/pg-dump.ts
const pgDump = {
	name: "pg_dump",
	noSavepoints: void 0,
	async find(database, serverMajor) {
		const tools = await clientTools(database.toolsOn, serverMajor);
		return {
			version: tools.major,
			take: async (job) => await take({
				...job,
				tools
			})
		};
	},
	restore: fill
};
async function take(job) {
	const { database, to, tools, noteIn } = job;
	const { toolsOn } = database;
	const reach = reachOf(toolsOn, to.machine);
	const write = async (signal) => await job.telling(async () => await writeDump({
		...job,
		signal
	}));
	if (reach.by === "stream") {
		await write(job.signal);
		return {
			sha256: await sha256(to.machine, to.path, { signal: job.signal }),
			readBack: async (signal, passed) => await readBack({
				dump: to,
				toolsOn,
				tools,
				noteIn,
				signal,
				passed
			})
		};
	}
	const along = new ReadAlong({
		...to,
		toolsOn,
		reach,
		tools,
		noteIn
	});
	const [sum] = await together(job.signal, [async (signal) => {
		await write(signal);
		await along.written();
		return await sha256(to.machine, to.path, { signal });
	}, async (signal) => await along.read(signal)]);
	return { sha256: sum };
}
// src/backup/sources.ts
const SOURCES = [pgDump];
const DEFAULT_SOURCE = pgDump;
function sourceOf({ id, source }) {
	const found = SOURCES.find(({ name }) => name === (source ?? DEFAULT_SOURCE.name));
	if (found !== void 0) return found;
	throw refusal(`Backup ${id} was taken with ${quoted(source ?? "")}, which this Savepoint does not have.`, {
		code: "newer-savepoint",
		hint: "Use at least the version that took it."
	});
}
// src/backup/store.ts
var BackupStore = class {
	machine;
	directory;
	constructor(machine, directory) {
		this.machine = machine;
		this.directory = directory;
	}
	async all() {
		const texts = await this.#manifestTexts();
		const sizes = new Map((await listFolder(this.machine, this.directory)).filter((entry) => entry.kind === "file").map((entry) => [entry.name, entry.size]));
		const manifests = [];
		const broken = [];
		for (const [file, text] of texts) {
			const judged = judge(file, text, sizes);
			if ("problem" in judged) broken.push(judged);
			else manifests.push(judged);
		}
		const busy = [...sizes.keys()].some((name) => name.endsWith(".writer"));
		for (const name of busy ? [] : sizes.keys()) if (name.endsWith(".dump") && !texts.has(manifestName(name))) broken.push({
			file: name,
			problem: "has no manifest"
		});
		return {
			manifests: manifests.toSorted(newestFirst),
			broken
		};
	}
	async find(named, owner = {}) {
		const { manifests, broken } = await this.all();
		const own = manifests.filter((manifest) => belongsTo(manifest, owner));
		if (named === "latest") return this.#latest(own);
		const name = this.#plainName(named);
		const matches = (manifest) => [
			manifest.id,
			manifest.deploy,
			manifest.file,
			manifestName(manifest.file)
		].includes(name);
		const found = own.find(matches) ?? manifests.find(matches);
		if (found !== void 0) return found;
		const damaged = broken.find((one) => one.file === name || one.file === manifestName(name) || one.manifest !== void 0 && matches(one.manifest));
		if (damaged !== void 0) throw refusal(`Backup ${named} cannot be used: ${damaged.file} ${damaged.problem}.`, {
			code: "backup-broken",
			hint: "Choose another one: the command `list` shows them."
		});
		throw refusal(`There is no backup ${named} in ${this.directory} on ${this.machine.name}.`, {
			code: "backup-unknown",
			hint: own.length === 0 ? "None of this database is there." : "Choose one of those there, or `latest`.",
			evidence: own.slice(0, 10).map((manifest) => `${manifest.id}  ${manifest.purpose}  ${manifest.file}`)
		});
	}
	pathOf(manifest) {
		return posix.join(this.directory, manifest.file);
	}
	async removePartials() {
		return await clearDeadWriters(this.machine, this.directory);
	}
	async delete(manifest) {
		await remove(this.machine, this.pathOf(manifest));
		await remove(this.machine, manifestName(this.pathOf(manifest)));
	}
	#latest(own) {
		const [latest] = own;
		if (latest === void 0) throw refusal(`There is no backup of this database in ${this.directory} on ${this.machine.name}.`, { code: "backup-unknown" });
		const other = own.find((manifest) => whoseOf(manifest) !== whoseOf(latest));
		if (other === void 0) return latest;
		throw refusal("Which backup is `latest` is not clear: the folder holds backups of several databases.", {
			code: "backup-unknown",
			evidence: [whoseOf(latest), whoseOf(other)],
			hint: "Name the backup by its id."
		});
	}
	#plainName(named) {
		if (!named.includes("/")) return named;
		const directory = posix.dirname(named);
		if (posix.resolve(this.directory, directory) === this.directory || directory === ".") return posix.basename(named);
		throw refusal(`${named} is not in ${this.directory} on ${this.machine.name}.`, {
			code: "backup-unknown",
			hint: "A file from elsewhere has no manifest here; copy it and its .json there."
		});
	}
	async #manifestTexts() {
		const chunks = [];
		const gather = new Writable({ write(chunk, _, done) {
			chunks.push(chunk);
			done();
		} });
		await succeed(this.machine, {
			words: [
				"sh",
				"-c",
				READ_MANIFESTS,
				"sh",
				this.directory
			],
			stdout: gather
		}, `Reading the backups in ${this.directory}`);
		const fields = Buffer.concat(chunks).toString("utf8").split("\0");
		const texts = new Map();
		for (let at = 0; at + 1 < fields.length; at += 2) texts.set(fields[at] ?? "", fields[at + 1] ?? "");
		return texts;
	}
};
const READ_MANIFESTS = `
[ -d "$1" ] || exit 0
cd "$1" || exit 1
for file in ./*.dump.json; do
  [ -f "$file" ] || continue
  [ -r "$file" ] || { printf '%s\\0%s\\0' "\${file#./}" 'may not be read'; continue; }
  printf '%s\\0' "\${file#./}"
  tr -d '\\000' < "$file"
  printf '\\0'
done
exit 0
`;
function belongsTo(manifest, owner) {
	const { app, environment, database } = owner;
	return (app === void 0 || manifest.app === app) && (environment === void 0 || manifest.environment === environment) && (database === void 0 || manifest.database.name === database.name && manifest.database.system === database.system);
}
function whoseOf({ app, environment, database }) {
	return `${app}/${environment}: database ${database.name} of cluster ${database.system}`;
}
function judge(file, text, sizes) {
	let manifest;
	try {
		manifest = parseManifest(text);
	} catch (error) {
		return {
			file,
			problem: clauseOf(error)
		};
	}
	if (manifestName(manifest.file) !== file) return {
		file,
		problem: `names another file: ${manifest.file}`
	};
	const size = sizes.get(manifest.file);
	if (size === void 0) return {
		file,
		problem: "its dump is missing",
		manifest,
		dumpMissing: true
	};
	if (size !== manifest.sizeBytes) return {
		file,
		problem: `its dump has ${size} bytes instead of ${manifest.sizeBytes}`,
		manifest
	};
	return manifest;
}
// src/backup/create.ts
const LOCK_TIMEOUT_MS = 6e4;
async function createBackup(request) {
	try {
		var _usingCtx$5 = _usingCtx();
		const { database, store, ports, source = DEFAULT_SOURCE } = request;
		if (request.purpose === "pre-deploy" && source.noSavepoints !== void 0) throw refusal(`A backup by ${source.name} is no savepoint: ${source.noSavepoints}.`, {
			code: "no-savepoint",
			hint: "Take one by pg_dump."
		});
		const startedAt = ports.clock.now();
		for (const file of await store.removePartials()) ports.report.detail(`removed ${file}, which a killed run left`);
		const reader = await chooseReader(database, ports.signal);
		const { taker, identity, number, lastBytes } = await prepare(request, reader, source);
		await makeDirectory(store.machine, store.directory);
		const claim = _usingCtx$5.a(await claimName({
			machine: store.machine,
			directory: store.directory,
			purpose: request.purpose,
			at: request.namedAt ?? startedAt,
			commit: request.commit
		}));
		const path = store.pathOf(claim.name);
		const partial = {
			machine: store.machine,
			path: partialName(path)
		};
		const { facts, history, settings, checksum, databaseBytes } = await dumpAndLook(request, {
			admin: reader.admin,
			taker,
			to: partial,
			encoding: identity.encoding,
			lastBytes
		});
		const sizeBytes = await fileSize(store.machine, partial.path);
		ports.report.detail(`dumped ${formatSize(sizeBytes)} and read it back whole, sha256 ${checksum}`);
		const dumpMs = Math.max(0, ports.clock.now().getTime() - startedAt.getTime());
		const restoreMs = await prove(request, {
			expected: facts,
			dump: partial,
			source,
			writtenBy: taker.version,
			side: request.verifySide ?? verifySide(database.name, startedAt),
			dumped: {
				fingerprint: facts.fingerprint,
				serverVersion: identity.serverVersion,
				sizeBytes,
				databaseBytes
			}
		});
		stopIfCancelled(ports.signal);
		await rename(store.machine, partial.path, path);
		const endedAt = ports.clock.now();
		const manifest = {
			format: 1,
			...claim.name,
			number,
			purpose: request.purpose,
			...request.identity,
			...request.deploy === void 0 ? {} : { deploy: request.deploy },
			...request.from === void 0 ? {} : { from: request.from },
			...request.commit === void 0 ? {} : { to: request.commit },
			startedAt: startedAt.toISOString(),
			endedAt: endedAt.toISOString(),
			database: identity,
			source: source.name,
			tools: taker.version,
			sizeBytes,
			sha256: checksum,
			verified: restoreMs === void 0 ? "read" : "restore",
			schema: {
				fingerprint: facts.fingerprint,
				history
			},
			settings,
			rows: Object.fromEntries(facts.rows),
			sequences: Object.fromEntries([...facts.sequences].map(([name, value]) => [name, String(value)])),
			durationMs: Math.max(0, endedAt.getTime() - startedAt.getTime()),
			dumpMs,
			...restoreMs === void 0 ? {} : { restoreMs }
		};
		await writeText(store.machine, manifestName(path), formatManifest(manifest));
		claim.published();
		return manifest;
	} catch (_) {
		_usingCtx$5.e = _;
	} finally {
		await _usingCtx$5.d();
	}
}
async function prove({ verify, purpose, database, ports, noteIn }, { dumped, ...rest }) {
	const request = {
		...rest,
		database,
		ports,
		noteIn
	};
	if (verify === "read") return void 0;
	if (verify === "restore") return await proveByRestoring(request);
	const choice = verify(dumped);
	if (choice.verify === "read") return void 0;
	ports.report.detail(`restoring it to prove it: no backup of this schema was restored yet, and ${choice.why}`);
	return purpose === "pre-deploy" ? await proveByRestoring(request) : await proveWherePossible(request);
}
async function prepare(request, reader, source) {
	try {
		var _usingCtx3 = _usingCtx();
		const { database, store, ports } = request;
		const connection = _usingCtx3.a(await database.connect("backup", {
			admin: reader.admin,
			signal: ports.signal
		}));
		const identity = await identify(connection);
		const taker = await source.find(database, Math.floor(identity.serverVersion / 1e4));
		const { manifests } = await store.all();
		const last = manifests.find((manifest) => belongsTo(manifest, {
			...request.identity,
			database: identity
		}));
		await requireRoom(store, connection, last);
		return {
			taker,
			identity,
			number: nextNumber(manifests),
			lastBytes: last?.sizeBytes
		};
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function dumpAndLook(request, how) {
	const { taken, ...dumped } = await underSnapshot(request, how);
	if (taken.readBack !== void 0) await readBackTold(request, how.to, taken.readBack);
	return {
		...dumped,
		checksum: taken.sha256
	};
}
async function readBackTold({ ports }, { machine, path }, readBack) {
	const [began, of] = [ports.clock.now().getTime(), await fileSize(machine, path)];
	let bytes = 0;
	const tell = async () => `read back ${formatSize(bytes)} of ${formatSize(of)}, ${paceOf({
		bytes,
		of,
		ms: ports.clock.now().getTime() - began
	})}`;
	await withProgress(ports, tell, async () => await readBack(ports.signal, (more) => void (bytes += more)));
}
async function underSnapshot(request, { taker, lastBytes, ...how }) {
	try {
		var _usingCtx4 = _usingCtx();
		const { database, ports, noteIn } = request;
		const lockTimeoutMs = request.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
		const snapshot = _usingCtx4.a(await exportSnapshot(database, {
			admin: how.admin,
			signal: ports.signal
		}));
		const { connection } = snapshot;
		await connection.exec(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
		const sequences = await sequenceValues(connection);
		const watch = dumpProgress({
			database,
			to: how.to,
			lastBytes,
			ports
		});
		const telling = async (writing) => await withProgress(ports, watch, writing);
		const [taken, rest] = await together(ports.signal, [async (signal) => await taker.take({
			...how,
			database,
			snapshot: snapshot.id,
			lockTimeoutMs,
			noteIn,
			telling,
			signal
		}), async (signal) => {
			const onAbort = () => void snapshot[Symbol.asyncDispose]();
			signal.addEventListener("abort", onAbort, { once: true });
			try {
				return {
					fingerprint: await schemaFingerprint(connection),
					listing: request.verify === "read" ? void 0 : await schemaListing(connection),
					history: await request.readHistory(connection),
					settings: sealed(await presentSettings(connection)),
					rows: await countRows(connection),
					databaseBytes: await databaseSize(connection)
				};
			} catch (error) {
				if (!(error instanceof Failure && error.code === "55P03")) throw error;
				throw dumpLockFailure(lockTimeoutMs, await lockHolders(database, ports.signal), error.evidence);
			} finally {
				signal.removeEventListener("abort", onAbort);
			}
		}]);
		const { history, settings, databaseBytes, ...facts } = rest;
		return {
			facts: {
				...facts,
				sequences
			},
			history,
			settings,
			taken,
			databaseBytes
		};
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
// src/backup/listing.ts
function listBackups(manifests, plan) {
	const fates = new Map();
	for (const { manifest, reasons } of plan?.keep ?? []) fates.set(manifest.file, reasons.join("; "));
	for (const { manifest, reason } of plan?.remove ?? []) fates.set(manifest.file, `goes next time: ${reason}`);
	return manifests.toSorted(newestFirst).map((manifest) => ({
		id: manifest.id,
		purpose: manifest.purpose,
		when: `${manifest.startedAt.slice(0, 19).replace("T", " ")} UTC`,
		size: formatSize(manifest.sizeBytes),
		commit: commits(manifest),
		verified: manifest.verified,
		database: manifest.database.name,
		kept: fates.get(manifest.file) ?? ""
	}));
}
function commits({ from, to }) {
	if (from === void 0 && to === void 0) return "–";
	const word = (commit) => commit === void 0 ? "–" : shortCommit(commit);
	return from === to ? word(to) : `${word(from)} → ${word(to)}`;
}
// src/migration/known.ts
const KNOWN_TOOLS = [
	{
		tool: "savepoint",
		columns: [
			"version",
			"checksum",
			"state",
			"started_at",
			"deploy_id",
			"up_sql",
			"down_sql",
			"progress"
		],
		more: true,
		version: "t.version",
		checksum: "t.checksum",
		state: "CASE t.state WHEN 'applied' THEN 'applied' ELSE 'failed' END",
		order: "t.started_at, length(t.version), t.version COLLATE \"C\""
	},
	{
		tool: "prisma",
		columns: [
			"id",
			"checksum",
			"finished_at",
			"migration_name",
			"logs",
			"rolled_back_at",
			"started_at",
			"applied_steps_count"
		],
		more: true,
		version: "t.migration_name",
		checksum: "t.checksum",
		state: "CASE WHEN t.rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN t.finished_at IS NULL THEN 'failed' ELSE 'applied' END",
		order: "t.started_at, t.migration_name COLLATE \"C\", t.id COLLATE \"C\""
	},
	{
		tool: "flyway",
		columns: [
			"installed_rank",
			"version",
			"description",
			"type",
			"script",
			"checksum",
			"installed_by",
			"installed_on",
			"execution_time",
			"success"
		],
		more: true,
		version: "coalesce(t.version, t.script)",
		checksum: "t.checksum::text",
		state: `CASE WHEN NOT t.success THEN 'failed'
      WHEN t.type LIKE 'UNDO%' OR t.type = 'DELETE' OR EXISTS (SELECT FROM %table% u WHERE u.version = t.version
        AND u.installed_rank > t.installed_rank AND (u.type LIKE 'UNDO%' OR u.type = 'DELETE') AND u.success) THEN 'rolled-back'
      ELSE 'applied' END`,
		order: "t.installed_rank"
	},
	{
		tool: "golang-migrate",
		columns: ["version", "dirty"],
		more: false,
		version: "t.version::text",
		state: "CASE WHEN t.dirty THEN 'failed' ELSE 'applied' END",
		order: "t.version"
	},
	{
		tool: "goose",
		columns: [
			"id",
			"version_id",
			"is_applied",
			"tstamp"
		],
		more: false,
		version: "t.version_id::text",
		state: "CASE WHEN t.is_applied THEN 'applied' ELSE 'rolled-back' END",
		order: "t.id",
		where: "t.version_id <> 0 AND NOT EXISTS (SELECT FROM %table% u WHERE u.version_id = t.version_id AND u.id > t.id)"
	},
	{
		tool: "node-pg-migrate",
		columns: [
			"id",
			"name",
			"run_on"
		],
		more: false,
		saysMigration: true,
		version: "t.name",
		order: "t.run_on, t.id"
	},
	{
		tool: "knex",
		columns: [
			"id",
			"name",
			"batch",
			"migration_time"
		],
		more: false,
		version: "t.name",
		order: "t.id"
	},
	{
		tool: "drizzle",
		columns: [
			"id",
			"hash",
			"created_at"
		],
		more: true,
		names: ["__drizzle_migrations"],
		version: "coalesce(t.created_at::text, t.id::text)",
		checksum: "t.hash",
		order: "t.id"
	},
	{
		tool: "atlas",
		columns: [
			"version",
			"description",
			"type",
			"applied",
			"total",
			"executed_at",
			"execution_time",
			"error",
			"hash",
			"operator_version"
		],
		more: true,
		version: "t.version",
		checksum: "t.hash",
		state: "CASE WHEN coalesce(t.error, '') <> '' OR t.applied < t.total THEN 'failed' ELSE 'applied' END",
		order: "t.version COLLATE \"C\"",
		where: "t.version <> '.atlas_cloud_identifier'"
	},
	{
		tool: "graphile-migrate",
		columns: [
			"hash",
			"previous_hash",
			"filename",
			"date"
		],
		more: false,
		version: "t.filename",
		checksum: "t.hash",
		order: "t.filename COLLATE \"C\""
	},
	{
		tool: "rails",
		columns: ["version"],
		more: false,
		names: ["schema_migrations"],
		beside: "ar_internal_metadata",
		version: "t.version::text",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "dbmate",
		columns: ["version"],
		more: false,
		names: ["schema_migrations"],
		version: "t.version::text",
		order: "t.version::text COLLATE \"C\""
	},
	{
		tool: "ecto",
		columns: ["version", "inserted_at"],
		more: false,
		names: ["schema_migrations"],
		version: "t.version::text",
		order: "t.version"
	},
	{
		tool: "supabase",
		columns: [
			"version",
			"statements",
			"name"
		],
		more: true,
		names: ["schema_migrations"],
		version: "t.version",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "sequelize",
		columns: ["name"],
		more: true,
		names: ["SequelizeMeta"],
		version: "t.name",
		order: "t.name COLLATE \"C\""
	},
	{
		tool: "typeorm",
		columns: [
			"id",
			"timestamp",
			"name"
		],
		more: false,
		saysMigration: true,
		version: "t.name",
		order: "t.id"
	},
	{
		tool: "sqlx",
		columns: [
			"version",
			"description",
			"installed_on",
			"success",
			"checksum",
			"execution_time"
		],
		more: false,
		version: "t.version::text",
		checksum: "encode(t.checksum, 'hex')",
		state: "CASE WHEN t.success THEN 'applied' ELSE 'failed' END",
		order: "t.version"
	},
	{
		tool: "diesel",
		columns: ["version", "run_on"],
		more: false,
		names: ["__diesel_schema_migrations"],
		version: "t.version",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "django",
		columns: [
			"id",
			"app",
			"name",
			"applied"
		],
		more: false,
		saysMigration: true,
		version: "t.app || '.' || t.name",
		order: "t.id"
	},
	{
		tool: "alembic",
		columns: ["version_num"],
		more: false,
		version: "t.version_num",
		order: "t.version_num COLLATE \"C\""
	},
	{
		tool: "laravel",
		columns: [
			"id",
			"migration",
			"batch"
		],
		more: false,
		version: "t.migration",
		order: "t.id"
	},
	{
		tool: "liquibase",
		columns: [
			"id",
			"author",
			"filename",
			"dateexecuted",
			"orderexecuted",
			"exectype",
			"md5sum"
		],
		more: true,
		version: "t.filename || '::' || t.id || '::' || t.author",
		checksum: "t.md5sum",
		state: "CASE t.exectype WHEN 'FAILED' THEN 'failed' ELSE 'applied' END",
		order: "t.orderexecuted, t.filename COLLATE \"C\", t.id COLLATE \"C\""
	},
	{
		tool: "entity-framework",
		columns: ["MigrationId", "ProductVersion"],
		more: false,
		version: "t.\"MigrationId\"",
		order: "t.\"MigrationId\" COLLATE \"C\""
	}
];
function toolOf(name, columns, hasBeside = () => false) {
	return KNOWN_TOOLS.find((known) => known.columns.every((column) => columns.includes(column)) && (known.more || known.columns.length === columns.length) && (known.names === void 0 || known.names.includes(name)) && (known.saysMigration === void 0 || /migration/i.test(name)) && (known.beside === void 0 || hasBeside(known.beside)));
}
function foreignTool(name, columns) {
	const found = toolOf(name, columns)?.tool;
	return found === "dbmate" ? "dbmate or Rails" : found;
}
// src/migration/histories.ts
async function readHistories(connection, extraTables = []) {
	const known = await findKnown(connection);
	const unknown = (await Promise.all(extraTables.map(async (table) => await findExtra(connection, table)))).flat().filter((found) => !known.some((one) => one.schema === found.schema && one.name === found.name));
	const tables = [];
	for (const found of [...known, ...unknown].sort(byTable)) {
		refuseUnreadable(found, connection);
		const entries = found.known === void 0 ? await readUnknown(connection, found) : await readKnown(connection, found, found.known);
		tables.push({
			table: displayName(found),
			tool: found.known?.tool ?? "unknown",
			entries
		});
	}
	return tables;
}
async function historyTableNames(connection) {
	return (await findKnown(connection)).map((found) => displayName(found));
}
async function absentTables(connection, extraTables) {
	return (await Promise.all(extraTables.map(async (table) => ({
		table,
		found: await findExtra(connection, table)
	})))).filter((one) => one.found.length === 0).map((one) => one.table);
}
function byTable(a, b) {
	const [left, right] = [`${a.schema}\0${a.name}`, `${b.schema}\0${b.name}`];
	return left < right ? -1 : left > right ? 1 : 0;
}
function displayName(found) {
	return [found.schema, found.name].map((name) => /^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name)).join(".");
}
const TABLES = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, a.columns,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') AS columns FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
async function findKnown(connection) {
	const signatures = KNOWN_TOOLS.map((known) => `a.columns @> ARRAY[${known.columns.map((column) => `'${column}'`).join(", ")}]::text[]`);
	const rows = await connection.query(`${TABLES} AND (${signatures.join(" OR ")})`);
	const neighbours = new Set(KNOWN_TOOLS.flatMap((known) => known.beside ?? []));
	const beside = await connection.query(`${TABLES} AND c.relname = ANY ($1)`, [[...neighbours]]);
	return rows.flatMap((row) => {
		const known = toolOf(row.name, row.columns, (name) => beside.some((one) => one.schema === row.schema && one.name === name));
		return known === void 0 ? [] : [{
			...row,
			known
		}];
	});
}
async function findExtra(connection, table) {
	for (const name of [asWritten(table), asExact(table)]) {
		if (name === void 0) continue;
		const rows = await connection.query(`${TABLES} AND c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2)`, [name.name, name.schema ?? null]);
		if (rows.length > 0) return rows.map((row) => ({
			...row,
			known: void 0
		}));
	}
	return [];
}
const NAME = String.raw`"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)`;
const WRITTEN = new RegExp(`^(?:(?:${NAME})\\.)?(?:${NAME})$`, "u");
function asWritten(table) {
	const match = WRITTEN.exec(table);
	if (!match) return void 0;
	const [, quotedSchema, schema, quotedName, name] = match;
	return {
		schema: unquoted(quotedSchema, schema),
		name: unquoted(quotedName, name) ?? ""
	};
}
function unquoted(quoted, plain) {
	return quoted?.replaceAll("\"\"", "\"") ?? plain?.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
function asExact(table) {
	const [first = "", ...rest] = table.replaceAll("\"", "").split(".");
	const [schema, name] = rest.length === 0 ? [void 0, first] : [first, rest.join(".")];
	return schema === "" || name === "" ? void 0 : {
		schema,
		name
	};
}
function refuseUnreadable(found, connection) {
	if (found.readable) return;
	const role = identifier(connection.target.user);
	throw refusal(`The migration history ${displayName(found)} may not be read by ${connection.target.user}.`, {
		code: "42501",
		hint: `GRANT USAGE ON SCHEMA ${identifier(found.schema)} TO ${role}; GRANT SELECT ON ${qualified(found.schema, found.name)} TO ${role};`
	});
}
async function readKnown(connection, found, known) {
	const table = qualified(found.schema, found.name);
	return (await connection.query(`SELECT ${known.version} AS version, ${known.checksum ?? "NULL"} AS checksum, ${known.state ?? "'applied'"} AS state
     FROM ${table} t WHERE ${known.where ?? "true"} ORDER BY ${known.order}`.replaceAll("%table%", () => table))).map((row) => ({
		version: row.version ?? "",
		...row.checksum !== null && { checksum: row.checksum },
		state: row.state
	}));
}
async function readUnknown(connection, found) {
	const [column] = found.columns;
	const first = column === void 0 ? "''" : `t.${identifier(column)}`;
	const [zone] = await connection.query("SELECT current_setting('TimeZone') AS zone, current_setting('extra_float_digits') AS digits");
	await connection.query("SELECT set_config('TimeZone', 'UTC', false), set_config('extra_float_digits', '1', false)");
	const rows = await connection.query(`SELECT ${first}::text AS version, encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS checksum
     FROM ${qualified(found.schema, found.name)} t ORDER BY ${first}::text COLLATE "C" NULLS FIRST, 2`);
	await connection.query("SELECT set_config('TimeZone', $1, false), set_config('extra_float_digits', $2, false)", [zone?.zone ?? "UTC", zone?.digits ?? "1"]);
	return rows.map((row) => ({
		version: row.version ?? "",
		checksum: row.checksum,
		state: "applied"
	}));
}
// src/deploy/environment/hooks.ts
function commandEnvironment(environment, about) {
	return {
		SAVEPOINT_ENVIRONMENT: environment.name,
		SAVEPOINT_COMMIT: about.commit,
		SAVEPOINT_PREVIOUS_COMMIT: about.previous ?? "",
		SAVEPOINT_ID: about.id ?? ""
	};
}
async function runHooks(environment, name, run) {
	const directory = environment.shared["app-dir"];
	const cwd = directory === void 0 ? void 0 : await resolvePath(environment.machine, directory);
	for (const command of environment.hooks[name] ?? []) {
		const done = await succeed(environment.machine, {
			words: [
				"sh",
				"-c",
				command
			],
			cwd,
			...run
		}, `The hook ${name} (${command})`);
		environment.ports.report.say(`Hook ${name}: ${command} (${formatDuration(done.durationMs)})`);
	}
}
// src/migration/history-difference.ts
function sameHistory(a, b) {
	const { onlyFirst, onlySecond, changed } = compareHistories(a, b);
	return onlyFirst.length === 0 && onlySecond.length === 0 && changed.length === 0;
}
function compareHistories(a, b) {
	const [left, right] = [marks(a), marks(b)];
	const tables = new Set([...left.values(), ...right.values()].map((mark) => mark.table));
	const say = (mark) => `${tables.size > 1 ? `${mark.table}: ` : ""}${mark.version}${mark.failed ? " (unfinished)" : ""}`;
	return {
		onlyFirst: [...left].filter(([key]) => !right.has(key)).map(([, mark]) => say(mark)),
		onlySecond: [...right].filter(([key]) => !left.has(key)).map(([, mark]) => say(mark)),
		changed: [...left].filter(([key, mark]) => right.has(key) && right.get(key)?.content !== mark.content).map(([, mark]) => say(mark))
	};
}
function marks(history) {
	const all = new Map();
	for (const { table, entries } of history) for (const [version, rows] of Map.groupBy(entries.filter((entry) => entry.state !== "rolled-back"), (entry) => entry.version)) {
		const content = rows.map(contentOf).sort().join("\n");
		all.set(`${table}\0${version}`, {
			table,
			version,
			failed: rows.some((row) => row.state === "failed"),
			content
		});
	}
	return all;
}
function contentOf(entry) {
	return `${entry.state} ${entry.checksum ?? ""}`;
}
// src/deploy/environment/versions.ts
async function readSchemaView(connection, historyTables) {
	return {
		fingerprint: await schemaFingerprint(connection),
		history: await readHistories(connection, historyTables)
	};
}
async function liveSchema(environment) {
	try {
		var _usingCtx$4 = _usingCtx();
		const database = await environment.database();
		if (database === void 0) return void 0;
		return await readSchemaView(_usingCtx$4.a(await database.connect("look", { signal: environment.ports.signal })), environment.shared["history-tables"] ?? []);
	} catch (_) {
		_usingCtx$4.e = _;
	} finally {
		await _usingCtx$4.d();
	}
}
function compareSchemas(a, b) {
	return sameHistory(a.history, b.history) ? compareFingerprints(a.fingerprint, b.fingerprint) : "different";
}
function sameSchema(a, b) {
	return compareSchemas(a, b) === "same";
}
function asRestored(schema) {
	return {
		...schema,
		fingerprint: restoredFingerprint(schema.fingerprint)
	};
}
function historyDifference(a, b) {
	const { onlyFirst, onlySecond, changed } = compareHistories(a, b);
	return [
		...onlyFirst.map((one) => `- ${one}`),
		...onlySecond.map((one) => `+ ${one}`),
		...changed.map((one) => `~ ${one}`)
	];
}
// src/deploy/steps/restore-proofs.ts
const LONG_AGO = 6048e5;
function proofsOf(ledger, manifests) {
	const noted = ledger.entries.flatMap((entry) => {
		if (entry.kind !== "restore.proven") return [];
		const { backup, fingerprint, server, sizeBytes, restoreMs } = entry;
		return [{
			backup,
			at: new Date(entry.at),
			fingerprint,
			server,
			sizeBytes,
			restoreMs
		}];
	});
	const known = new Set(noted.map(({ backup }) => backup));
	const restored = manifests.filter(({ verified, id }) => verified === "restore" && !known.has(id));
	return [...noted, ...restored.map((one) => ({
		...describe(one),
		at: new Date(one.endedAt),
		restoreMs: one.restoreMs
	}))];
}
function provenFact(manifest, restoreMs) {
	return {
		kind: "restore.proven",
		...describe(manifest),
		restoreMs
	};
}
async function noteProof(environment, manifest, restoreMs) {
	const { ports, owner, state } = environment;
	try {
		await state?.journal.write(provenFact(manifest, restoreMs), {
			at: ports.clock.now(),
			owner: owner.id
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		ports.report.warning(`That ${manifest.id} was restored and compared could not be written to the journal: ${error.message}`);
	}
}
function describe({ id, schema, database, sizeBytes }) {
	return {
		backup: id,
		fingerprint: schema.fingerprint,
		server: Math.floor(database.serverVersion / 1e4),
		sizeBytes
	};
}
function tellProof(environment, manifest, choice) {
	if (choice.verify === "restore") return;
	const { report, clock } = environment.ports;
	const told = describeUnproven(environment, {
		choice,
		backup: manifest.id,
		now: clock.now()
	});
	if (told.old) report.warning(told.text);
	else report.say(told.text);
}
function describeUnproven(place, { choice, backup, now }) {
	const command = `\`${nextCommand(place, "restore", [
		"--backup",
		backup,
		"--drill"
	])}\``;
	const { proven } = choice;
	if (proven !== void 0) {
		const old = now.getTime() - proven.at.getTime() > LONG_AGO;
		return {
			text: `Read back, not restored: a backup of this schema (${proven.backup}) was restored and compared ${ago(proven.at, now)}. This one is proven by ${command}`,
			old
		};
	}
	const last = choice.last === void 0 ? "No backup of this database was ever restored and compared." : `The last restore that was proven is of another schema (${choice.last.backup}), ${ago(choice.last.at, now)}.`;
	return {
		text: `Read back, and never restored: no backup of this schema was restored and compared yet, and ${choice.why}. ${last} This one is proven by ${command}`,
		old: true
	};
}
function ago(at, now) {
	const ms = now.getTime() - at.getTime();
	return ms < 0 ? `at ${at.toISOString()}, by a clock that ran ahead` : formatAgo(ms);
}
// src/postgres/count-rights.ts
async function countProblems(connection, role) {
	const tables = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS hidden
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       AND (NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid))
     ORDER BY 1`);
	if (tables.length === 0) return [];
	const schemas = [...new Set(tables.filter((table) => !table.hidden).map((table) => table.schema))].join(", ");
	const names = tables.slice(0, 5).map((table) => table.name);
	return [{
		problem: `the role ${role.name} may not count the rows of ${plural(tables.length, "table")} (${names.join(", ")}${tables.length > names.length ? ", …" : ""}), and a restored copy is compared`,
		fix: [...schemas === "" ? [] : [`GRANT USAGE ON SCHEMA ${schemas} TO ${role.quoted}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${role.quoted};`], ...tables.some((table) => table.hidden) ? [`ALTER ROLE ${role.quoted} BYPASSRLS;`] : []].join(" ")
	}];
}
// src/postgres/evict.ts
const HELD_PATIENCE_MS = 3e3;
const MAY_END = `(
  EXISTS (SELECT FROM pg_roles me WHERE me.rolname = current_user AND me.rolsuper)
  OR (NOT coalesce(r.rolsuper, false) AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
)`;
const SESSIONS = `pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid WHERE a.datname = ANY($1) AND a.pid <> pg_backend_pid()`;
async function endSessionsIn(connection, databases) {
	return (await connection.query(`SELECT pg_terminate_backend(a.pid) FROM ${SESSIONS} AND ${MAY_END}`, [databases])).length;
}
async function heldSessions(connection, databases) {
	return (await connection.query(`SELECT a.pid, r.rolname AS role, a.application_name AS name, a.datname AS database FROM ${SESSIONS} AND NOT ${MAY_END} ORDER BY a.pid`, [databases])).map((row) => `session ${row.pid} of ${row.role} in ${row.database}${row.name === "" ? "" : ` (${row.name})`}`);
}
async function stayingSessions(connection, databases, signal) {
	const until = performance.now() + HELD_PATIENCE_MS;
	for (;;) {
		const held = await heldSessions(connection, databases);
		if (held.length === 0 || performance.now() > until) return held;
		if (signal) stopIfCancelled(signal);
		await connection.query("SELECT pg_sleep(0.1)");
	}
}
// src/postgres/foreign-grants.ts
const RIGHTS = `
  SELECT c.oid::regclass::text AS name, c.relacl AS acl, c.relowner AS owner, 'pg_class'::regclass AS class, c.oid FROM pg_class c
  UNION ALL SELECT a.attrelid::regclass::text || '.' || quote_ident(a.attname), a.attacl, c.relowner, 'pg_class'::regclass, c.oid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  UNION ALL SELECT p.oid::regprocedure::text, p.proacl, p.proowner, 'pg_proc'::regclass, p.oid FROM pg_proc p
  UNION ALL SELECT t.oid::regtype::text, t.typacl, t.typowner, 'pg_type'::regclass, t.oid FROM pg_type t
  UNION ALL SELECT quote_ident(n.nspname), n.nspacl, n.nspowner, 'pg_namespace'::regclass, n.oid FROM pg_namespace n`;
async function grantProblems(connection, role) {
	const found = await connection.query(`SELECT r.name, string_agg(DISTINCT pg_get_userbyid(x.grantor)::text, ', ') AS grantors
     FROM (${RIGHTS}) r CROSS JOIN LATERAL aclexplode(r.acl) x
     WHERE x.grantor <> r.owner AND r.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = r.class AND d.objid = r.oid AND d.deptype = 'e')
     GROUP BY r.name ORDER BY r.name`);
	if (found.length === 0) return [];
	const shown = found.slice(0, 5).map(({ name, grantors }) => `${name} by ${grantors}`);
	return [{
		problem: `rights that others than the owner granted (${shown.join("; ")}${found.length > shown.length ? "; …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
		fix: "Name a superuser in database-admin-url; or let the owner grant them instead of the others."
	}];
}
// src/postgres/subscription-problems.ts
async function subscriptionProblems(connection, name, detach) {
	return (await subscriptionsOf(connection, name)).flatMap((one) => {
		if (!detach) return [{
			problem: `the database has the subscription ${one.name}, which a rollback that restores leaves with the replaced database`,
			fix: "Give `detach-subscriptions: true`: such a rollback then stops it, and prints what lets it go on in the live database."
		}];
		if (one.ours) return [];
		return [{
			problem: `the subscription ${one.name} can only be stopped by its owner or a superuser`,
			fix: `Name a superuser in database-admin-url; or DROP SUBSCRIPTION ${identifier(one.name)};`
		}];
	});
}
// src/postgres/unreadable-names.ts
async function unreadableNames(connection) {
	const [encoding] = await connection.query("SELECT current_setting('server_encoding') AS name");
	if (encoding?.name !== "SQL_ASCII") return [];
	const found = (await connection.query(`SELECT what, convert_to(name, 'SQL_ASCII') AS bytes FROM (
       SELECT 'a table, index or view' AS what, relname::text AS name FROM pg_class WHERE oid >= 16384
       UNION ALL SELECT 'a column', attname::text FROM pg_attribute WHERE attrelid >= 16384
       UNION ALL SELECT 'a schema', nspname::text FROM pg_namespace WHERE oid >= 16384
       UNION ALL SELECT 'a function', proname::text FROM pg_proc WHERE oid >= 16384
       UNION ALL SELECT 'a body', prosrc FROM pg_proc WHERE oid >= 16384
       UNION ALL SELECT 'a type', typname::text FROM pg_type WHERE oid >= 16384
       UNION ALL SELECT 'a constraint', conname::text FROM pg_constraint WHERE oid >= 16384
       UNION ALL SELECT 'a comment', description FROM pg_description WHERE objoid >= 16384
     ) AS named`)).filter(({ bytes }) => !isUtf8(bytes));
	if (found.length === 0) return [];
	return [{
		problem: `the database's encoding is SQL_ASCII, and names or comments in it are no UTF-8 (${[...new Set(found.map(({ what, bytes }) => `${what} ${JSON.stringify(bytes.toString("latin1"))}`))].slice(0, 3).join(", ")}, read as Latin-1)`,
		fix: "In a session with client_encoding = SQL_ASCII give them names in ASCII or UTF-8 (ALTER … RENAME, COMMENT ON); or move to a database of a real encoding: pg_dump --encoding=LATIN1 (or what it is), and restore that into a database with ENCODING 'UTF8'."
	}];
}
// src/postgres/prepared.ts
const PATIENCE_MS = 3e3;
async function stayingPrepared(connection, databases, signal) {
	const until = performance.now() + PATIENCE_MS;
	for (;;) {
		const rows = await connection.query("SELECT gid FROM pg_prepared_xacts WHERE database = ANY($1) ORDER BY prepared, gid", [databases]);
		if (rows.length === 0 || performance.now() > until) return rows.map(({ gid }) => gid);
		if (signal) stopIfCancelled(signal);
		await connection.query("SELECT pg_sleep(0.1)");
	}
}
function preparedProblem(database, gids) {
	return {
		problem: `${database.name} has ${plural(gids.length, "prepared transaction")} (${gids.slice(0, 5).join(", ")}${gids.length > 5 ? ", …" : ""}), with which no database can take its place`,
		fix: `End each of them, in ${database.name}, as the role that prepared it or as a superuser: ${gids.map((gid) => `ROLLBACK PREPARED ${literal(gid)}; (or, to keep what it did, COMMIT PREPARED ${literal(gid)};)`).join(" ")}`,
		choices: gids.flatMap((gid) => [{
			sql: `COMMIT PREPARED ${literal(gid)}`,
			does: `Ends ${gid}, and keeps what it did:`
		}, {
			sql: `ROLLBACK PREPARED ${literal(gid)}`,
			does: `Or ends ${gid}, and takes back what it did:`
		}])
	};
}
function preparedFailure(database, gids) {
	const { problem, fix } = preparedProblem(database, gids);
	return refusal(problem, {
		code: "55006",
		hint: fix
	});
}
// src/postgres/restore-obstacles.ts
const MANAGED_ADMINS = [
	"rds_superuser",
	"cloudsqlsuperuser",
	"alloydbsuperuser",
	"azure_pg_admin"
];
async function findRestoreObstacles(database, options = {}) {
	try {
		var _usingCtx$3 = _usingCtx();
		const entered = await enter(database);
		if (!("connection" in entered)) return [entered];
		const connection = _usingCtx$3.a(entered.connection);
		const unreadable = await unreadableNames(connection);
		if (unreadable.length > 0) return unreadable;
		const problems = [];
		const role = await adminRole(connection, database);
		if (!role.superuser) problems.push(...rolesProblems(role), ...await ownerProblems(connection, role), ...await grantProblems(connection, role));
		problems.push(...await sessionProblems(connection, database, role), ...await extensionProblems(connection, role));
		const prepared = await stayingPrepared(connection, [database.name]);
		if (prepared.length > 0) problems.push(preparedProblem(database, prepared));
		if (!role.superuser && !role.managed) problems.push(...await superuserProblems(connection, role));
		if (database.adminTarget.user !== database.target.user) problems.push(...await countProblems(connection, role));
		problems.push(...await subscriptionProblems(connection, database.name, options.detachSubscriptions === true));
		problems.push(...(await pathDependent(database, connection)).filter(({ untried }) => untried === void 0).map(pathProblem));
		const { freeBytesOnServer: free } = options;
		if (free !== void 0 && free < role.size) problems.push({
			problem: `the server has ${formatSize(free)} free, and a second copy of ${database.name} takes ${formatSize(role.size)}`,
			fix: "Free disk space on the server."
		});
		return problems;
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
}
async function enter(database) {
	try {
		try {
			var _usingCtx3 = _usingCtx();
			await _usingCtx3.a(await database.connectMaintenance("look")).query("SELECT 1");
			return { connection: await database.connect("look", { admin: true }) };
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	} catch (error) {
		if (!(error instanceof Failure && ["42501", "3D000"].includes(error.code ?? ""))) throw error;
		return {
			problem: clauseOf(error),
			fix: error.hint ?? `GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${identifier(database.adminTarget.user)};`
		};
	}
}
async function adminRole(connection, database) {
	const [row] = await connection.query(`SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolcreatedb AS createdb, pg_get_userbyid(d.datdba) AS owner,
       pg_has_role(d.datdba, 'USAGE') AS owns, pg_database_size(d.oid) AS size,
       EXISTS (SELECT FROM pg_roles m WHERE m.rolname = ANY ($1) AND pg_has_role(m.oid, 'USAGE')) AS managed
     FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`, [MANAGED_ADMINS]);
	if (row === void 0) throw refusal(`The role ${database.adminTarget.user} cannot be found in the cluster.`, { code: "role-unknown" });
	return {
		...row,
		quoted: identifier(row.name),
		size: Number(row.size)
	};
}
function rolesProblems(role) {
	const problems = [];
	if (!role.createdb) problems.push({
		problem: `the role ${role.name} may not create databases`,
		fix: `ALTER ROLE ${role.quoted} CREATEDB;`
	});
	if (!role.owns) problems.push({
		problem: `the role ${role.name} neither owns the database nor belongs to its owner ${role.owner}`,
		fix: `GRANT ${identifier(role.owner)} TO ${role.quoted};`
	});
	return problems;
}
async function ownerProblems(connection, role) {
	const how = connection.serverVersion >= 16e4 ? "SET" : "MEMBER";
	return (await connection.query(`SELECT r.rolname AS owner, r.rolsuper AS super, count(*) AS objects
     FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.deptype = 'o'
       AND s.classid <> 'pg_extension'::regclass
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
       AND NOT pg_has_role(r.oid, $1)
     GROUP BY 1, 2 ORDER BY 1`, [how])).map(({ owner, super: superuser, objects }) => ({
		problem: `${plural(Number(objects), "object")} in the database belong to ${owner}, and ${role.name} may not give them to it`,
		fix: superuser ? `REASSIGN OWNED BY ${identifier(owner)} TO ${identifier(role.owner)}; or name a superuser in database-admin-url.` : `GRANT ${identifier(owner)} TO ${role.quoted};`
	}));
}
async function sessionProblems(connection, database, role) {
	const held = await stayingSessions(connection, [database.name]);
	if (held.length === 0) return [];
	return [{
		problem: `${plural(held.length, "session")} in the database cannot be ended by ${role.name}: ${held.slice(0, 3).join("; ")}`,
		fix: `GRANT pg_signal_backend TO ${role.quoted}; (a superuser's session only a superuser can end: close it, or name a superuser in database-admin-url)`
	}];
}
async function extensionProblems(connection, role) {
	const trusted = connection.serverVersion >= 13e4 ? "(to_jsonb(v) ->> 'trusted')::boolean" : "false";
	return (await connection.query(`SELECT e.extname AS name, v.name IS NOT NULL AS available, coalesce(NOT v.superuser OR ${trusted}, false) AS installable
     FROM pg_extension e
     LEFT JOIN pg_available_extensions a ON a.name = e.extname
     LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
     WHERE e.extname <> 'plpgsql' ORDER BY 1`)).flatMap(({ name, available, installable }) => {
		if (!available) return [{
			problem: `the extension ${name} is in use, but its files are no longer on the server`,
			fix: `Install the package of ${name} on the server again.`
		}];
		if (installable || role.superuser || role.managed) return [];
		return [{
			problem: `the extension ${name} can only be restored by a superuser, and ${role.name} is none`,
			fix: `Name a superuser in database-admin-url; or ALTER ROLE ${role.quoted} SUPERUSER;`
		}];
	});
}
async function superuserProblems(connection, role) {
	const own = (catalog, oid) => `${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`;
	return (await connection.query(`SELECT what, array_agg(name ORDER BY name) AS names FROM (
       SELECT 'event triggers' AS what, evtname::text AS name FROM pg_event_trigger t WHERE ${own("pg_event_trigger", "t.oid")}
       UNION ALL SELECT 'foreign data wrappers', fdwname FROM pg_foreign_data_wrapper w WHERE ${own("pg_foreign_data_wrapper", "w.oid")}
       UNION ALL SELECT 'functions in C', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a' AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'functions in an untrusted language', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal') AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'leakproof functions', p.oid::regprocedure::text FROM pg_proc p WHERE p.proleakproof AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'operator classes', o.opcname FROM pg_opclass o WHERE ${own("pg_opclass", "o.oid")}
       UNION ALL SELECT 'base types', t.typname FROM pg_type t WHERE t.typtype = 'b' AND t.typelem = 0 AND ${own("pg_type", "t.oid")}
       UNION ALL SELECT 'access methods', m.amname FROM pg_am m WHERE ${own("pg_am", "m.oid")}
       UNION ALL SELECT 'text search templates or parsers', x.name FROM (SELECT oid, tmplname AS name FROM pg_ts_template UNION ALL SELECT oid, prsname FROM pg_ts_parser) x WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.deptype = 'e')
       UNION ALL SELECT 'publications for all tables', p.pubname FROM pg_publication p WHERE p.puballtables
     ) AS found(what, name) GROUP BY what ORDER BY what`)).map(({ what, names }) => ({
		problem: `${what} (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
		fix: "Name a superuser in database-admin-url."
	}));
}
// src/postgres/restore-warnings.ts
async function restoreWarnings(database) {
	return (await restoreRemarks(database)).map(({ text }) => text);
}
async function restoreRemarks(database) {
	try {
		var _usingCtx$2 = _usingCtx();
		const connection = _usingCtx$2.a(await database.connect("look", { admin: true }));
		const dependent = (await pathDependent(database, connection)).filter(({ untried }) => untried !== void 0);
		return [
			...await invalidIndexes(connection),
			...await readOnlySettings(connection),
			...dependent.map((one) => ({
				text: pathWarning(one),
				fix: one.fix
			})),
			...(await replicationWarnings(connection, database.name)).map((text) => ({ text }))
		];
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function invalidIndexes(connection) {
	return (await connection.query(`SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE (NOT i.indisvalid OR NOT i.indisready) AND t.relkind <> 'p' AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted) ORDER BY 1`)).map(({ name }) => ({
		text: `The index ${name} is INVALID: a CREATE INDEX CONCURRENTLY failed. No backup holds it. Build it (REINDEX INDEX CONCURRENTLY ${name};) or drop it (DROP INDEX CONCURRENTLY ${name};).`,
		fix: `REINDEX INDEX CONCURRENTLY ${name};`
	}));
}
async function readOnlySettings(connection) {
	return (await connection.query(`SELECT d.datname::text AS database, r.rolname::text AS role
     FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE (s.setdatabase = 0 OR d.datname = current_database()) AND 'default_transaction_read_only=on' = ANY (SELECT lower(x) FROM unnest(s.setconfig) x)
       AND (s.setrole = 0 OR r.rolname = session_user) ORDER BY 1, 2`)).map(({ database, role }) => {
		const inDatabase = database === null ? "" : ` IN DATABASE ${identifier(database)}`;
		const fix = `BEGIN READ WRITE; ALTER ${role === null ? `DATABASE ${identifier(database ?? "")}` : `ROLE ${identifier(role)}${inDatabase}`} RESET default_transaction_read_only; COMMIT;`;
		return {
			text: `Sessions are read-only by a setting (default_transaction_read_only), so the application can write nothing. To lift that: ${fix}`,
			fix
		};
	});
}
// src/deploy/steps/provable.ts
const PROBE = "probe";
const TRIES = 3;
async function proveRestorable(environment, { tried = false } = {}) {
	const database = await environment.database();
	if (database === void 0) return;
	await refuseUnprovable(environment, database);
	if (!tried) await refuseUnmakeable(environment);
}
async function refuseUnmakeable(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	const { clock, report } = environment.ports;
	for (let turn = 1;; turn += 1) {
		const side = newSideName(database.name, PROBE, clock.now());
		try {
			await createSide(database, side);
			await dropOrWarn(database, side, report);
			return;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (turn < TRIES && error.code === "3D000") continue;
			throw unmakeable(database, error);
		}
	}
}
function unmakeable(database, error) {
	return refusal(`The way back is not open: a database beside ${database.name} cannot be made: ${error.message}`, {
		cause: error,
		evidence: error.evidence,
		hint: `Nothing was touched. ${error.hint ?? "Name a role that may create databases in `database-admin-url`."}`,
		code: "way-back"
	});
}
async function refuseUnprovable(environment, database) {
	await refuseUnrestorable(environment);
	for (const warning of await restoreWarnings(database)) environment.ports.report.warning(warning);
}
async function refuseUnrestorable(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	const problems = await findRestoreObstacles(database, {
		freeBytesOnServer: await freeBytesOnServer(database),
		detachSubscriptions: environment.shared["detach-subscriptions"]
	});
	if (problems.length > 0) throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
		hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
		evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
		code: "way-back"
	});
}
// src/deploy/steps/backup.ts
async function takeSavepoint(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	refuseHalf(deploy);
	if (deploy.live === void 0) await proveRestorable(environment);
	const env = commandEnvironment(environment, {
		commit: deploy.commit,
		previous: deploy.from,
		id: deploy.id
	});
	const side = settings.verify === "read" ? void 0 : verifySide((await databaseOf(environment)).name, environment.ports.clock.now());
	return await tx.step("backup", {
		title: `Backing up the database of ${environment.title}`,
		intent: {
			purpose: "pre-deploy",
			verify: settings.verify,
			side
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-backup", {
			env,
			noteIn: tx.note(),
			signal
		});
		const manifest = await dump(environment, tx.state, {
			purpose: "pre-deploy",
			verify: settings.verify,
			budgetMs: settings["verify-budget"],
			verifySide: side,
			commit: deploy.commit,
			from: deploy.from,
			deploy: deploy.id,
			namedAt: new Date(deploy.openedAt),
			signal,
			noteIn: tx.note()
		});
		await noteSchema(tx, deploy, manifest);
		if (manifest.restoreMs !== void 0) await tx.write(provenFact(manifest, manifest.restoreMs));
		await runHooks(environment, "after-backup", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: manifest,
			result: {
				backup: manifest.id,
				file: manifest.file,
				sizeBytes: manifest.sizeBytes,
				sha256: manifest.sha256,
				verified: manifest.verified,
				dumpMs: manifest.dumpMs,
				restoreMs: manifest.restoreMs
			},
			headline: describeBackup(manifest)
		};
	});
}
function refuseHalf(deploy) {
	if (!changedSomething(deploy)) return;
	throw refusal(`Deploy ${deploy.id} has changed the database or the code already: a backup now would hold half of it, and could not be gone back to.`, {
		hint: "A deploy backs up before it migrates. To keep a copy all the same, back up with `purpose: manual`.",
		code: "changed-already"
	});
}
async function noteSchema(tx, { from, live }, { schema }) {
	if (from === void 0 || live !== void 0 && sameSchema(live, schema)) return;
	await tx.write({
		kind: "version.seen",
		commit: from,
		schema,
		during: "opening"
	});
}
async function dump(environment, state, request) {
	const { ports, app, name, shared } = environment;
	const { signal, verify, budgetMs, ...rest } = request;
	const store = backupStore(environment, state);
	const identity = {
		app,
		environment: name
	};
	const database = await databaseOf(environment);
	const proofs = verify === "auto" ? await knownProofs(store, state, identity) : [];
	const doubtful = verify === "auto" && await isDoubtful(environment, database);
	let chosen;
	const choose = (dumped) => chosen = chooseVerification(dumped, {
		proofs,
		budgetMs,
		doubtful
	});
	const manifest = await createBackup({
		...rest,
		verify: verify === "auto" ? choose : verify,
		database,
		store,
		identity,
		readHistory: async (connection) => await readHistories(connection, shared["history-tables"] ?? []),
		ports: {
			...ports,
			signal
		}
	});
	if (chosen !== void 0) tellProof(environment, manifest, chosen);
	return manifest;
}
async function isDoubtful(environment, database) {
	try {
		try {
			var _usingCtx$1 = _usingCtx();
			return (await pathDependent(database, _usingCtx$1.a(await database.connect("look", { admin: true })))).some(({ untried }) => untried !== void 0);
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`What a restore evaluates could not be looked at: ${error.message}`);
		return false;
	}
}
async function knownProofs(store, state, owner) {
	const { manifests } = await store.all();
	return proofsOf(await state.journal.read(), manifests.filter((one) => belongsTo(one, owner)));
}
function backupsBlock(manifests) {
	return {
		kind: "table",
		title: "Backups",
		head: [
			"id",
			"purpose",
			"made",
			"size",
			"commits",
			"verified",
			"database"
		],
		rows: listBackups(manifests).map((row) => [
			row.id,
			row.purpose,
			row.when,
			row.size,
			row.commit,
			row.verified,
			row.database
		])
	};
}
function backupStore(environment, state) {
	return new BackupStore(environment.machine, state.paths.backups);
}
function describeBackup(manifest) {
	const verified = manifest.verified === "restore" ? "restored and compared" : "read back whole";
	return `${formatSize(manifest.sizeBytes)}, ${verified}, in ${formatDuration(manifest.durationMs)}`;
}
// src/migration/rules.ts
function wordsOf(statement) {
	return statement.tokens.map((token) => token.text);
}
function statementProblem(statement, transactional) {
	const words = wordsOf(statement);
	const control = transactionControl(words);
	if (control !== void 0) return transactional ? `${control} stands in the file; each file already is one transaction: take it out, or mark the section \`-- no-transaction\` and take it out` : `${control} stands in the file; with \`-- no-transaction\` each statement is a transaction of its own: take it out`;
	if (words[0] === "COPY" && copiesFromClient(words)) return "COPY … FROM STDIN or TO STDOUT works in psql only: write INSERT statements";
	if (words[0] === "SET" && words.includes("STANDARD_CONFORMING_STRINGS") && /off|0|no|false/i.test(words.at(-1) ?? "")) return "standard_conforming_strings must stay on: write E'…' strings where backslashes are escapes";
	if (!transactional) return void 0;
	const alone = outsideTransaction(words);
	return alone === void 0 ? void 0 : `${alone} cannot run in a transaction: put it into a file of its own with a line \`-- no-transaction\` under \`-- UP\` (its statements then run one by one and are resumed by statement)`;
}
function transactionControl(words) {
	const [first, second] = words;
	switch (first) {
		case "BEGIN":
		case "COMMIT":
		case "END":
		case "ABORT": return first;
		case "START": return second === "TRANSACTION" ? "START TRANSACTION" : void 0;
		case "PREPARE": return second === "TRANSACTION" ? "PREPARE TRANSACTION" : void 0;
		case "ROLLBACK": return words.includes("TO") ? void 0 : "ROLLBACK";
		default: return;
	}
}
function copiesFromClient(words) {
	return words.some((word, index) => word === "FROM" && words[index + 1] === "STDIN" || word === "TO" && words[index + 1] === "STDOUT");
}
function outsideTransaction(words) {
	const [first, second] = words;
	const named = (...expected) => expected.every((word, index) => words[index] === word);
	if (first === "VACUUM") return "VACUUM";
	if (named("CREATE", "INDEX", "CONCURRENTLY") || named("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY")) return "CREATE INDEX CONCURRENTLY";
	if (named("DROP", "INDEX", "CONCURRENTLY")) return "DROP INDEX CONCURRENTLY";
	if (first === "REINDEX" && words.includes("CONCURRENTLY")) return "REINDEX CONCURRENTLY";
	if (first === "REINDEX" && words.slice(1, 8).some((word) => word === "DATABASE" || word === "SYSTEM" || word === "SCHEMA")) return `REINDEX ${words.find((word) => word === "DATABASE" || word === "SYSTEM" || word === "SCHEMA")}`;
	if ((first === "CREATE" || first === "DROP") && (second === "DATABASE" || second === "TABLESPACE")) return `${first} ${second}`;
	if (named("ALTER", "SYSTEM")) return "ALTER SYSTEM";
	if (named("ALTER", "DATABASE") && words.includes("TABLESPACE")) return "ALTER DATABASE … SET TABLESPACE";
	if (first === "CLUSTER" && words.length === 1) return "CLUSTER of all tables";
	if (named("ALTER", "TABLE") && words.includes("DETACH") && words.includes("CONCURRENTLY")) return "DETACH PARTITION … CONCURRENTLY";
}
// src/migration/history.ts
const HISTORY_TABLE = "schema_migrations";
const progress = object({
	direction: picklist(["up", "down"]),
	done: pipe(number(), safeInteger(), minValue(0)),
	of: pipe(number(), safeInteger(), minValue(0)),
	intent: optional(object({
		index: pipe(number(), safeInteger(), minValue(0)),
		existed: boolean()
	}))
});
async function locateHistory(connection) {
	const { schema: named } = connection.target;
	const rows = await connection.query(`SELECT n.nspname::text AS schema, c.relkind::text AS kind,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND n.nspname = ANY (CASE WHEN $2::text IS NULL THEN current_schemas(false) ELSE ARRAY[$2::name] END) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     ORDER BY array_position(current_schemas(false), n.nspname)`, [HISTORY_TABLE, named ?? null]);
	for (const row of rows) if (row.kind === "r" && isOurs(row.columns)) return {
		state: "ours",
		schema: row.schema
	};
	const other = rows[0];
	if (other !== void 0) return {
		state: "foreign",
		table: `${other.schema}.${HISTORY_TABLE}`,
		tool: foreignTool("schema_migrations", other.columns) ?? "another tool"
	};
	return {
		state: "absent",
		schema: await currentSchema(connection)
	};
}
async function historySchema(connection) {
	const { schema: named } = connection.target;
	const ours = (await connection.query(`SELECT n.nspname::text AS schema,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind = 'r' AND n.nspname !~ '^pg_'`, [HISTORY_TABLE])).filter(({ columns }) => isOurs(columns)).map(({ schema }) => schema);
	return (named === void 0 ? await appPath(connection) : [named]).find((schema) => ours.includes(schema)) ?? (named === void 0 && ours.length === 1 ? ours[0] : void 0);
}
async function appPath(connection) {
	const [now] = await connection.query("SELECT current_setting('search_path') AS path");
	await connection.query("SELECT set_config('search_path', reset_val, false) FROM pg_settings WHERE name = 'search_path'");
	const [row] = await connection.query("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[] AS schemas");
	await connection.query("SELECT pg_catalog.set_config('search_path', $1, false)", [now?.path ?? ""]);
	return row?.schemas ?? [];
}
async function currentSchema(connection) {
	const { schema: named, user } = connection.target;
	const [row] = await connection.query(`SELECT CASE WHEN $1::text IS NULL THEN current_schema()::text ELSE (SELECT nspname::text FROM pg_namespace WHERE nspname = $1) END AS schema,
       current_setting('search_path') AS path`, [named ?? null]);
	if (row?.schema) return row.schema;
	const owner = identifier(user);
	if (named !== void 0) throw refusal(`There is no schema ${named} in ${connection.target.database}, and the migrations are to work in it.`, {
		code: "3F000",
		hint: `CREATE SCHEMA ${identifier(named)} AUTHORIZATION ${owner};`
	});
	throw refusal(`No schema of the search path (${row?.path || "which is empty"}) exists, so there is no place for ${HISTORY_TABLE}.`, {
		code: "3F000",
		hint: `Name the schema in which the migrations are to work: \`schema: public\` (where there is none: CREATE SCHEMA public AUTHORIZATION ${owner};).`
	});
}
function isOurs(columns) {
	return [
		"version",
		"checksum",
		"state",
		"started_at",
		"deploy_id",
		"up_sql",
		"down_sql",
		"progress"
	].every((column) => columns.includes(column));
}
async function readHistory(connection) {
	const place = await locateHistory(connection);
	refuseForeign(place);
	return place.state === "ours" ? await readRows(connection, place.schema) : [];
}
function refuseForeign(place) {
	if (place.state !== "foreign") return;
	throw refusal(`${place.table} belongs to ${place.tool}; Savepoint keeps its history under that name and never writes to another tool's table.`, {
		code: "foreign-history",
		hint: `Go on with ${place.tool} and let \`migrate\` run it (\`run: <its command>\`; rollback reads its history). Taking its history over comes with a later version.`
	});
}
async function readRows(connection, schema) {
	return (await connection.query(`SELECT version, description, checksum, state, started_at, duration_ms::float8 AS duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress
     FROM ${historyName(schema)} ORDER BY started_at, length(version), version`)).map((row) => ({
		version: row["version"],
		description: row["description"],
		checksum: row["checksum"],
		state: row["state"],
		startedAt: row["started_at"],
		durationMs: row["duration_ms"],
		appliedBy: row["applied_by"],
		deployId: row["deploy_id"] ?? void 0,
		upSql: row["up_sql"],
		downSql: row["down_sql"] ?? void 0,
		irreversible: row["irreversible"],
		progress: row["progress"] === null ? void 0 : progressOf(row, schema)
	}));
}
function progressOf({ version, progress: value }, schema) {
	return readRecord(progress, value, {
		what: `How far the migration ${String(version)} came (\`progress\` in ${historyName(schema)})`,
		hint: "Somebody changed it. Look at which of its statements are in the database, and set it right by hand.",
		code: "history-damaged"
	});
}
function historyName(schema) {
	return qualified(schema, HISTORY_TABLE);
}
// src/migration/migration.ts
function checksumOf(upSql) {
	return createHash("sha256").update(upSql.trim(), "utf8").digest("hex");
}
function compareMigrationVersions(a, b) {
	const [left, right] = [canonicalVersion(a), canonicalVersion(b)];
	if (left.length !== right.length) return left.length - right.length;
	return left < right ? -1 : left > right ? 1 : 0;
}
function canonicalVersion(version) {
	return version.replace(/^0+(?=.)/, "");
}
function sameMigrationVersion(a, b) {
	return canonicalVersion(a) === canonicalVersion(b);
}
function problemLine(problem) {
	return `${problem.file}${problem.line === void 0 ? "" : `:${problem.line}`}: ${problem.message}`;
}
const NAMED_AND_MARKED = "Each file is named `YYYYMMDDHHMM__description.sql` or `NNN_description.sql` and has an `-- UP` and a `-- DOWN` line, or comes as `….up.sql` and `….down.sql`.";
function refuseMigrationProblems(problems) {
	const first = problems[0];
	if (first === void 0) return;
	const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
	const message = problems.length === 1 ? `The migration ${problemLine(first)}` : `The migration files have ${plural(problems.length, "problem")}; nothing was run`;
	throw refusal(message, {
		code: "migration-files",
		...hints.length > 0 && { hint: hints.join("\n") },
		...problems.length > 1 && { evidence: problems.map(problemLine) }
	});
}
// src/migration/tokens.ts
const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /\d[\dA-Za-z_]*(?:\.\d+)?/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const PARAMETER = /\$\d+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const META_COMMAND = /\\[^\s;]*/y;
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]+|--[^\n\r]*[\n\r])*'/y;
function scan(sql) {
	const tokens = [];
	let at = 0;
	const matchAt = (pattern, from = at) => {
		pattern.lastIndex = from;
		return pattern.test(sql) ? pattern.lastIndex : void 0;
	};
	const push = (kind, end) => {
		const raw = sql.slice(at, end);
		tokens.push({
			kind,
			start: at,
			end,
			text: kind === "word" ? raw.toUpperCase() : raw
		});
		at = end;
	};
	while (at < sql.length) {
		const space = matchAt(SPACE);
		if (space !== void 0) {
			at = space;
			continue;
		}
		const character = sql[at];
		const lineComment = matchAt(LINE_COMMENT);
		if (lineComment !== void 0) push("line-comment", lineComment);
		else if (sql.startsWith("/*", at)) {
			const end = endOfBlockComment(sql, at);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the comment that begins here never ends"
				}
			};
			push("block-comment", end);
		} else if (character === "'") {
			const end = endOfString(sql, at, false);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the string that begins here never ends"
				}
			};
			push("string", end);
		} else if (character === "\"") {
			const end = endOfQuoted(sql, at);
			if (end === void 0) return {
				tokens,
				problem: {
					at,
					message: "the quoted name that begins here never ends"
				}
			};
			push("quoted", end);
		} else if (character === "$") {
			const opened = matchAt(DOLLAR_TAG);
			if (opened === void 0) {
				push("symbol", matchAt(PARAMETER) ?? at + 1);
				continue;
			}
			const tag = sql.slice(at, opened);
			const closed = sql.indexOf(tag, opened);
			if (closed === -1) return {
				tokens,
				problem: {
					at,
					message: `the text that begins here with ${tag} never ends`
				}
			};
			push("string", closed + tag.length);
		} else if (character === "\\") {
			const command = sql.slice(at, matchAt(META_COMMAND));
			return {
				tokens,
				problem: {
					at,
					message: metaCommandMessage(command)
				}
			};
		} else {
			const word = matchAt(WORD);
			const number = matchAt(NUMBER);
			if (word !== void 0) {
				if (sql.slice(at, word).toUpperCase() === "E" && sql[word] === "'") {
					const end = endOfString(sql, word, true);
					if (end === void 0) return {
						tokens,
						problem: {
							at,
							message: "the string that begins here never ends"
						}
					};
					push("string", end);
				} else push("word", word);
			} else if (number === void 0) push("symbol", at + 1);
			else push("number", number);
		}
	}
	return { tokens };
}
function metaCommandMessage(command) {
	if (command === "\\.") return "COPY … FROM stdin with its rows in the file works in psql only: write INSERT statements";
	return `${command} is a command of psql, not SQL: take it out`;
}
function endOfBlockComment(sql, start) {
	let depth = 0;
	let at = start;
	while (at < sql.length) if (sql.startsWith("/*", at)) {
		depth += 1;
		at += 2;
	} else if (sql.startsWith("*/", at)) {
		depth -= 1;
		at += 2;
		if (depth === 0) return at;
	} else at += 1;
}
function endOfString(sql, quote, escapes) {
	let at = quote + 1;
	while (at < sql.length) {
		const character = sql[at];
		if (escapes && character === "\\") at += 2;
		else if (character !== "'") at += 1;
		else if (sql[at + 1] === "'") at += 2;
		else {
			CONTINUED.lastIndex = at + 1;
			if (!CONTINUED.test(sql)) return at + 1;
			at = CONTINUED.lastIndex;
		}
	}
}
function endOfQuoted(sql, start) {
	let at = start + 1;
	while (at < sql.length) if (sql[at] !== "\"") at += 1;
	else if (sql[at + 1] === "\"") at += 2;
	else return at + 1;
}
function lineAt(text, offset) {
	let line = 1;
	for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
	return line;
}
// src/migration/sections.ts
const FOREIGN_MARK = /^--\s*(?:\+goose|\+migrate|migrate:|\+micrate|@)\s*(?:up|down|undo)\b/i;
function readSections(text, direction) {
	const { tokens, problem } = scan(text);
	if (problem !== void 0) return { problems: [{
		line: lineAt(text, problem.at),
		message: problem.message
	}] };
	const marks = findMarks(text, tokens);
	const irreversible = marks.find((mark) => mark.kind === "irreversible");
	const common = irreversible === void 0 ? {} : { irreversible: { reason: irreversible.reason } };
	const borders = marks.filter((mark) => mark.kind === "UP" || mark.kind === "DOWN");
	if (direction !== "both") {
		const transactional = !marks.some((mark) => mark.kind === "no-transaction");
		const problems = borders.map((mark) => ({
			line: lineAt(text, mark.token.start),
			message: `a \`-- ${mark.kind}\` line in a file that is all ${direction.toUpperCase()} by its name`,
			hint: NAMED_AND_MARKED
		}));
		return {
			...common,
			[direction]: {
				sql: text,
				firstLine: 1,
				transactional
			},
			problems
		};
	}
	return {
		...common,
		...cutAt(text, tokens, marks, borders)
	};
}
function cutAt(text, tokens, marks, borders) {
	const problems = [];
	const sections = {};
	const firstBorder = borders[0];
	if (firstBorder === void 0 || !borders.some((mark) => mark.kind === "UP")) {
		const foreign = tokens.find((token) => token.kind === "line-comment" && FOREIGN_MARK.test(token.text));
		problems.push(foreign === void 0 ? {
			line: 1,
			message: "there is no `-- UP` line"
		} : {
			line: lineAt(text, foreign.start),
			message: `there is no \`-- UP\` line; \`${foreign.text.trim()}\` is another tool's: write \`-- UP\` and \`-- DOWN\``
		});
	}
	const start = firstBorder?.token.start ?? text.length;
	const early = tokens.find((token) => token.start < start && !isComment(token));
	if (early !== void 0 && firstBorder !== void 0) problems.push({
		line: lineAt(text, early.start),
		message: `SQL stands above the \`-- ${firstBorder.kind}\` line`
	});
	const unsafe = marks.filter((mark) => mark.kind === "no-transaction");
	for (const [index, border] of borders.entries()) {
		const kind = border.kind;
		if (sections[kind] !== void 0) {
			problems.push({
				line: lineAt(text, border.token.start),
				message: `a second \`-- ${kind}\` line`
			});
			continue;
		}
		const from = border.token.end;
		const to = borders[index + 1]?.token.start ?? text.length;
		const transactional = !unsafe.some((mark) => mark.token.start < start || mark.token.start >= from && mark.token.start < to);
		const newline = text.indexOf("\n", from);
		const begin = newline === -1 || newline >= to ? to : newline + 1;
		sections[kind] = {
			sql: text.slice(begin, to),
			firstLine: lineAt(text, begin),
			transactional
		};
	}
	return {
		...sections.UP && { up: sections.UP },
		...sections.DOWN && { down: sections.DOWN },
		problems: problems.map((one) => ({
			...one,
			hint: NAMED_AND_MARKED
		}))
	};
}
function isComment(token) {
	return token.kind === "line-comment" || token.kind === "block-comment";
}
function findMarks(text, tokens) {
	const marks = [];
	let depth = 0;
	for (const token of tokens) {
		if (token.text === "(") depth += 1;
		else if (token.text === ")") depth = Math.max(0, depth - 1);
		if (token.kind !== "line-comment" || depth > 0 || !standsAlone(text, token)) continue;
		const match = /^--\s*(?:(up|down)|(no-transaction)|(irreversible)(?:\s*:\s*(.*?))?)\s*$/i.exec(token.text);
		if (match === null) continue;
		const [, border, unsafe, , reason] = match;
		if (border !== void 0) marks.push({
			kind: border.toUpperCase() === "UP" ? "UP" : "DOWN",
			token
		});
		else if (unsafe !== void 0) marks.push({
			kind: "no-transaction",
			token
		});
		else marks.push({
			kind: "irreversible",
			token,
			reason: reason === "" ? void 0 : reason
		});
	}
	return marks;
}
function standsAlone(text, token) {
	const lineStart = text.lastIndexOf("\n", token.start - 1) + 1;
	return text.slice(lineStart, token.start).trim() === "";
}
// src/migration/split.ts
function splitStatements(sql, firstLine = 1) {
	const { tokens, problem } = scan(sql);
	const statements = [];
	let current = [];
	let depth = 0;
	let body = 0;
	const lines = lineCounter(sql, firstLine);
	const finish = () => {
		const [first, last] = [current[0], current.at(-1)];
		if (first !== void 0 && last !== void 0) statements.push({
			sql: sql.slice(first.start, last.end),
			line: lines(first.start),
			tokens: current
		});
		current = [];
		depth = 0;
		body = 0;
	};
	for (const token of tokens) {
		if (token.kind === "line-comment" || token.kind === "block-comment") continue;
		if (token.text === ";" && depth === 0 && body === 0) {
			finish();
			continue;
		}
		if (token.text === "(") depth += 1;
		else if (token.text === ")") depth = Math.max(0, depth - 1);
		else if (token.kind === "word") body = bodyDepth(body, token, current);
		current.push(token);
	}
	if (problem === void 0) finish();
	return problem === void 0 ? { statements } : {
		statements,
		problem: {
			line: lines(problem.at),
			message: problem.message
		}
	};
}
function bodyDepth(body, token, before) {
	const previous = before.at(-1);
	if (body === 0) return token.text === "ATOMIC" && previous?.text === "BEGIN" && makesRoutine(before) ? 1 : 0;
	if (previous?.text === "AS" || previous?.text === ".") return body;
	if (token.text === "CASE") return body + 1;
	return token.text === "END" ? body - 1 : body;
}
function makesRoutine(tokens) {
	const words = tokens.slice(0, 4).map((token) => token.text);
	const what = words[1] === "OR" ? words[3] : words[1];
	return words[0] === "CREATE" && (what === "FUNCTION" || what === "PROCEDURE");
}
function lineCounter(text, firstLine) {
	let counted = 0;
	let line = firstLine;
	return (offset) => {
		if (offset < counted) return firstLine - 1 + lineAt(text, offset);
		line += lineAt(text.slice(counted, offset), offset - counted) - 1;
		counted = offset;
		return line;
	};
}
// src/deploy/operations/deploy-inputs.ts
const deploySection = {
	name: "deploy",
	inputs: { confirm: input(line, {
		description: "At a terminal: the environment's name, typed in once the plan was read. A workflow needs none: its environment's rules are the confirmation.",
		perRun: true
	}) }
};
// src/core/once.ts
const TELLING = 12;
function notInMessage(message, evidence) {
	return evidence.filter((text, at) => {
		const line = text.trim().replace(/\.$/, "");
		const isHead = evidence[at + 1]?.startsWith("| ") === true && !text.startsWith("| ");
		return line.length < TELLING || line.includes("\n") || isHead || !message.includes(line);
	});
}
function seenSince(before, later) {
	const first = before.flatMap((text) => text.split("\n"));
	const second = later.flatMap((text) => text.split("\n"));
	const told = [];
	for (let at = 0; at < second.length;) {
		const same = longestIn(first, second, at);
		if (same === 0) told.push(second[at] ?? "");
		else told.push(same === 1 ? "(one line as above)" : `(${same} lines as above)`);
		at += Math.max(1, same);
	}
	return told;
}
function longestIn(first, second, at) {
	let longest = 0;
	for (let from = 0; from < first.length; from += 1) {
		let same = 0;
		while (at + same < second.length && from + same < first.length && second[at + same] === first[from + same]) same += 1;
		longest = Math.max(longest, same);
	}
	return second.slice(at, at + longest).some((line) => line.trim() !== "") ? longest : 0;
}
// src/sections.ts
const sections = [
	...Object.values(allSections),
	deploySection,
	restoreSection,
	notifySection
];
// src/faces/call.ts
const EVERY_ENVIRONMENT = "all";
function sectionsFor(operation, all) {
	return Object.values({
		...recordOf(Object.values(operation.sections)),
		...recordOf(all)
	});
}
function secretsIn(sources) {
	const all = recordOf(sources.sections);
	return layersOf(sources).flatMap((layer) => givenSecrets(new Settings([layer], void 0), all));
}
async function prepareCall(sources, file, refused) {
	if (sources.operation.examines === true) return await prepareExamination(sources, file);
	const { operation } = sources;
	const { settings, profile, problems } = await askedOf(sources, file, environmentSaid(sources));
	const all = [
		...sources.problems,
		...settings.problems(operation.sections),
		...problems
	];
	if (all.length > 0) {
		const failure = refuseProblems(all);
		await refused?.({
			settings,
			profile
		}, failure);
		throw failure;
	}
	return {
		settings,
		inputs: settings.read(operation.sections),
		profile
	};
}
async function prepareExamination(sources, file) {
	const { operation } = sources;
	const said = environmentSaid(sources);
	const first = await askedOf(sources, file, said);
	const wrong = [...sources.problems, ...first.settings.problems(operation.sections)];
	const every = said === EVERY_ENVIRONMENT && !first.environments.includes(EVERY_ENVIRONMENT);
	const inFile = first.problems.filter(({ place }) => place === void 0);
	if (every && first.environments.length === 0) wrong.push({
		input: "environment",
		message: "is `all`, and no settings file names any"
	});
	else if (!every) wrong.push(...inFile);
	if (wrong.length > 0) throw refuseProblems(wrong);
	const asked = every ? await Promise.all(first.environments.map(async (name) => await askedOf(sources, file, name))) : [first];
	const { settings, profile } = first;
	return {
		settings,
		inputs: settings.read(operation.sections),
		profile,
		asked
	};
}
function environmentSaid(sources) {
	return new Settings(layersOf(sources), sources.operation.own).text("", "environment");
}
async function askedOf(sources, file, environment) {
	const { operation, sections } = sources;
	const above = layersOf(sources);
	const said = new Settings(above, operation.own);
	const { problems, environments, hooks, layer, ...profile } = await loadProfile({
		...file,
		path: said.text("", "config"),
		environment,
		mayBeNew: operation.foundsEnvironments,
		app: said.text("", "app"),
		sections
	});
	return {
		settings: new Settings([...above, layer], operation.own),
		profile: {
			...profile,
			hooks
		},
		problems,
		environments
	};
}
function layersOf({ given, env, sections }) {
	return [given, variablesLayer(env, recordOf(sections))];
}
function suspiciousVariables({ env, sections }) {
	const known = new Set(sections.flatMap((section) => Object.keys(section.inputs).map((name) => variableName(section.name, name))));
	return Object.keys(env).filter((name) => name.startsWith("SAVEPOINT_") && !known.has(name) && !OWN_VARIABLES.has(name)).flatMap((name) => {
		const near = nearest(name.slice(10), [...known].map((one) => one.slice(10)));
		return near === void 0 ? [] : [`${name} is not a setting and is not read; did you mean SAVEPOINT_${near}?`];
	});
}
const OWN_VARIABLES = new Set([
	"SAVEPOINT_RUN",
	"SAVEPOINT_ID",
	"SAVEPOINT_PREVIOUS_COMMIT",
	"SAVEPOINT_NO_UPDATE_CHECK"
]);
function recordOf(sections) {
	return Object.fromEntries(sections.map((section) => [section.name, section]));
}
// src/faces/ending.ts
const NOTHING = {
	hint: void 0,
	evidence: [],
	now: [],
	ways: [],
	blocks: [],
	places: [],
	outputs: {},
	code: void 0
};
function endingOf(thrown) {
	const trace = thrown instanceof Error ? inspect(thrown) : String(thrown);
	const error = firstError(thrown);
	if (error instanceof Failure) return {
		state: "failed",
		message: sentence(error.message),
		hint: error.hint,
		evidence: notInMessage(error.message, error.evidence),
		now: error.state,
		ways: error.ways,
		blocks: error.blocks,
		places: error.places,
		outputs: error.outputs,
		code: error.code ?? "unexpected",
		exit: error.exit,
		trace
	};
	if (error instanceof Cancelled) {
		const message = sentence(error.message);
		const { state: now = [], hint, ways = [], blocks = [], outputs = {} } = error.details;
		return {
			...NOTHING,
			state: "cancelled",
			message,
			now,
			hint,
			ways,
			blocks,
			outputs,
			exit: 130,
			trace
		};
	}
	return {
		...NOTHING,
		state: "bug",
		message: sentence(messageOf(error)) || "An unknown error.",
		hint: "Savepoint did not expect this: it is a bug. Run again with debug logging for the stack, and report it.",
		code: "unexpected",
		exit: 3,
		trace
	};
}
function endingLines(ending, pressed, short = { rest: "run the same with --json, or, while a deploy is open, look with the command `status`" }) {
	const block = (title, lines) => lines.length === 0 ? [] : [
		"",
		title,
		...lines.map((line) => `  ${line}`)
	];
	return [
		...block("What was seen:", withoutRepeats(ending.evidence.flatMap((text) => text.split("\n"))).map((line) => readable(line))),
		...block("How things stand:", ending.now),
		...block("What to do:", ending.hint === void 0 ? [] : ending.hint.split("\n")),
		...wayLines(ending.ways, pressed, short)
	];
}
// src/faces/masker.ts
const SHORTEST = 3;
const SHORTEST_LINE = 6;
var Masker = class {
	#forms = new Set();
	#pattern;
	add(value) {
		const fresh = formsOf(value).filter((form) => !this.#forms.has(form));
		for (const form of fresh) this.#forms.add(form);
		if (fresh.length > 0) this.#pattern = void 0;
		return fresh;
	}
	mask(text) {
		if (this.#forms.size === 0) return text;
		this.#pattern ??= patternOf(this.#forms);
		const masked = text.replace(this.#pattern, "***");
		const shown = printable(masked);
		const again = shown.replace(this.#pattern, "***");
		return again === shown ? masked : again;
	}
	maskAll(data) {
		if (typeof data === "string") return this.mask(data);
		if (Array.isArray(data)) return data.map((item) => this.maskAll(item));
		if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
		return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.maskAll(value)]));
	}
	touches(text) {
		return this.mask(text) !== text;
	}
};
function formsOf(value) {
	const forms = new Set();
	for (const part of [
		value,
		value.trim(),
		...passwordsIn(value.trim())
	]) if (part.length >= SHORTEST) for (const form of encodingsOf(part)) forms.add(form);
	const lines = value.split(/\r?\n/).map((line) => line.trim());
	if (lines.length > 1) {
		for (const line of lines) if (line.length >= SHORTEST_LINE && !line.startsWith("-----")) forms.add(line);
	}
	return [...forms].filter((form) => form.length >= SHORTEST);
}
function encodingsOf(text) {
	const bytes = Buffer.from(text, "utf8");
	return [
		text,
		encodeURIComponent(text),
		encodeURI(text),
		new URLSearchParams([["", text]]).toString().slice(1),
		bytes.toString("base64").replace(/=+$/, ""),
		bytes.toString("base64url"),
		JSON.stringify(text).slice(1, -1),
		text.replaceAll("'", String.raw`'\''`)
	];
}
function passwordsIn(text) {
	const [, login = "", host = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^/?#]*))?/i.exec(text) ?? [];
	const written = login.includes(":") ? [login.slice(login.indexOf(":") + 1)] : [];
	const queried = [...text.matchAll(/[?&](?:ssl)?password=([^&#]*)/gi)].map((match) => match[1] ?? "");
	const open = new Set([
		login.split(":", 1)[0] ?? "",
		host.replace(/:\d*$/, ""),
		path
	].map((word) => decoded(word)));
	return [...written, ...queried].flatMap((password) => open.has(decoded(password)) ? [] : [password, decoded(password)]);
}
function decoded(text) {
	return Buffer.from(text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))), /%[0-9a-f]{2}/i.test(text) ? "latin1" : "utf8").toString("utf8");
}
function patternOf(forms) {
	const longestFirst = [...forms].sort((a, b) => b.length - a.length);
	return new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)).join("|"), "g");
}
// src/faces/stopping.ts
const SIGNALS = [
	"SIGINT",
	"SIGTERM",
	"SIGHUP"
];
function stopOnSignals(source, told) {
	const controller = new AbortController();
	let stray;
	const stop = (why) => {
		if (controller.signal.aborted) return;
		controller.abort(new Cancelled());
		told.first(why);
	};
	const signalled = (name) => controller.signal.aborted ? told.again(name) : stop(name);
	const listeners = SIGNALS.map((name) => ({
		name,
		listener: () => signalled(name)
	}));
	const strayed = (error) => {
		stray ??= { error };
		stop("An unexpected error");
	};
	for (const { name, listener } of listeners) source.on(name, listener);
	source.on("uncaughtException", strayed);
	return {
		signal: controller.signal,
		stop,
		async guard(body) {
			try {
				const result = await body();
				if (stray === void 0) return result;
			} catch (error) {
				if (stray === void 0) throw error;
			}
			throw stray.error;
		},
		[Symbol.dispose]() {
			for (const { name, listener } of listeners) source.off(name, listener);
			source.off("uncaughtException", strayed);
		}
	};
}
const LINGER = 3e3;
function leaveSoon(program) {
	setTimeout(() => program.exit(), LINGER).unref();
}
// src/faces/silence.ts
const PAUSE_MS = 1e4;
const LONGEST_TRACE = 160;
const laterOn = (ms, what) => {
	const timer = setTimeout(what, ms);
	timer.unref();
	return () => clearTimeout(timer);
};
var Silence = class {
	#print;
	#now;
	#later;
	#cancel;
	#began = 0;
	#trace = "";
	constructor(world) {
		this.#print = world.print;
		this.#now = world.now;
		this.#later = world.later;
	}
	begin() {
		this.#began = this.#now();
		this.#trace = "";
		this.broken();
	}
	broken() {
		this.#arm();
	}
	trace(text) {
		const line = text.trim().split("\n").at(-1) ?? "";
		this.#trace = line.length > LONGEST_TRACE ? `${line.slice(0, LONGEST_TRACE)} …` : line;
	}
	end() {
		this.#cancel?.();
		this.#cancel = void 0;
	}
	#arm() {
		this.end();
		this.#cancel = this.#later(PAUSE_MS, () => {
			const taken = formatDuration(this.#now() - this.#began);
			this.#print(this.#trace === "" ? `still at it after ${taken}` : `still at it after ${taken}: ${this.#trace}`);
			this.#arm();
		});
	}
};
// src/faces/story.ts
var Story = class {
	#voice;
	#masker;
	#clock;
	#silence;
	#depth = 0;
	#failedInside;
	#steps = [];
	#outside = 0;
	constructor(world) {
		this.#voice = world.voice;
		this.#masker = world.masker;
		this.#clock = world.clock;
		this.#silence = new Silence({
			print: (text) => this.#voice.going === void 0 ? this.#voice.line(text, this.#depth) : void 0,
			now: () => this.#clock.now().getTime(),
			later: world.later ?? laterOn
		});
		this.#silence.begin();
	}
	[Symbol.dispose]() {
		this.#silence.end();
		this.#voice.going?.(void 0);
	}
	async step(title, body, headline) {
		const shown = oneLine(this.#masker.mask(title));
		const depth = this.#depth;
		const started = this.#clock.now().getTime();
		const taken = () => formatDuration(Math.max(0, this.#clock.now().getTime() - started));
		if (depth === 0) this.#voice.open(shown);
		else this.#voice.line(shown, depth);
		this.#depth = depth + 1;
		this.#silence.begin();
		this.#failedInside = void 0;
		this.#steps.push({
			title: shown,
			since: started
		});
		this.#going("");
		const end = (text, state) => {
			this.#depth = depth;
			this.#steps.pop();
			this.#going("");
			if (depth === 0) {
				this.#silence.begin();
				this.#voice.close();
			} else this.#silence.broken();
			this.#voice.headline(oneLine(this.#masker.mask(`${text} (${taken()})`)), state, depth);
		};
		try {
			const result = await body();
			end(headline === void 0 ? shown : `${shown}: ${headline(result)}`, "done");
			return result;
		} catch (error) {
			const stopped = error instanceof Cancelled;
			const [why = ""] = messageOf(error).split("\n", 1);
			end(`${shown}: ${stopped ? "cancelled" : why === this.#failedInside ? "failed" : why}`, stopped ? "cancelled" : "failed");
			this.#failedInside = why;
			throw error;
		}
	}
	say(text) {
		if (this.#depth > 0) this.#silence.broken();
		else this.#silence.begin();
		for (const line of this.#masker.mask(text).split("\n")) this.#voice.line(line, this.#depth);
		if (this.#depth === 0) this.#going("");
	}
	detail(text) {
		const masked = this.#masker.mask(text);
		this.#silence.trace(masked);
		if (this.#depth > 0) this.#going(masked);
		this.#voice.detail(masked);
	}
	progress(text) {
		const masked = this.#masker.mask(text);
		this.#silence.trace(masked);
		this.#going(masked);
	}
	#going(at) {
		const step = this.#steps.at(-1);
		if (step === void 0 && (at === "" || this.#outside === 0)) this.#outside = at === "" ? 0 : this.#clock.now().getTime();
		const now = step ?? (at === "" ? void 0 : {
			title: "",
			since: this.#outside
		});
		this.#voice.going?.(now && {
			...now,
			at: at.trim().split("\n").at(-1) ?? ""
		});
	}
	notice(text) {
		this.#voice.notice(sentence(this.#masker.mask(text)));
	}
	warning(text) {
		this.#voice.warning(sentence(this.#masker.mask(text)));
	}
	mask(secret) {
		this.#voice.hide(this.#masker.add(secret.reveal()));
	}
};
// src/faces/width.ts
const WIDE = /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u;
function columns(text) {
	let width = 0;
	for (const { segment } of new Intl.Segmenter().segment(text)) width += widthOf(segment);
	return width;
}
function cut(text, most) {
	if (columns(text) <= most) return text;
	let [shown, width] = ["", 0];
	for (const { segment } of new Intl.Segmenter().segment(text)) {
		width += widthOf(segment);
		if (width > most - 1) break;
		shown += segment;
	}
	return most < 1 ? "" : `${shown}…`;
}
function widthOf(segment) {
	return WIDE.test(segment) ? 2 : 1;
}
// src/faces/text.ts
function outcomeLines(outcome) {
	return [...outcome.blocks.flatMap((block) => {
		const lines = blockLines(block);
		return lines.length === 0 ? [] : ["", ...lines];
	}), ...wayLines(outcome.ways ?? [], void 0, void 0, outcome.waysInTurn)];
}
function blockLines(block) {
	switch (block.kind) {
		case "text": return printable(block.text).split("\n");
		case "table": return [`${oneLine(block.title)}:`, ...tableLines(block.head, block.rows)];
		case "code": return [`${oneLine(block.title)}:`, ...printable(block.lines.join("\n")).split("\n").map((line) => `  ${line}`)];
		case "findings": return [`${oneLine(block.title)}:`, ...findingLines(block.findings).map((line) => `  ${line}`)];
		case "timeline": return block.spans.length < 2 ? [] : [`${oneLine(block.title)}:`, ...textTimeline(block.spans).map((line) => `  ${line}`)];
	}
}
function tableLines(head, rows) {
	const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
	const widths = head.map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? ""))));
	return cells.map((row) => `  ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - columns(cell)))).join("  ")}`.trimEnd());
}
export { proofsOf as $, openConfiguredDatabase as $n, resolveName as $t, refuseForeign as A, needsOf as An, readText as Ar, freeReplacedName as At, PROBE as B, DEFAULT_FILE as Bn, AS_FOUND as Br, databaseSettings as Bt, refuseMigrationProblems as C, refuseMissing as Cn, _usingCtx as Cr, chooseReader as Ct, locateHistory as D, isGiven as Dn, freeBytes as Dr, databaseExists as Dt, historySchema as E, givenIn as En, fileSize as Er, commentFor as Et, backupsBlock as F, because as Fn, LOOK_AGAIN as Fr, afterSwap as Ft, restoreRemarks as G, isLockLost as Gn, isAhead as Gt, refuseUnmakeable as H, refuseOtherState as Hn, isApart as Hr, presentSettings as Ht, describeBackup as I, hasFailed as In, beingTakenBack as Ir, disableSubscriptions as It, stayingPrepared as J, channelsOf as Jn, refuseDamaged as Jt, findRestoreObstacles as K, describeEnd as Kn, newestFirst as Kt, dump as L, tellContainers as Ln, changedSomething as Lr, factsOf as Lt, statementProblem as M, secretsOf as Mn, resolvePath as Mr, replacedDatabases as Mt, wordsOf as N, trustIn as Nn, sha256 as Nr, sidesOf as Nt, readHistory as O, kindNames as On, listFolder as Or, dropDatabase as Ot, backupStore as P, judgeTakeover as Pn, writeText as Pr, slotsLeft as Pt, noteProof as Q, freeBytesOnServer as Qn, requireCommit as Qt, refuseHalf as R, cleanText as Rn, gatePassed as Rr, identify as Rt, compareMigrationVersions as S, missingSettings as Sn, OURS as Sr, withLiveSecrets as St, historyName as T, checksOf as Tn, exists as Tr, dropLeftCopies as Tt, refuseUnprovable as U, commandOn as Un, countRows as Ut, proveRestorable as V, loadProfile as Vn, NOT_CHECKED as Vr, extensionVersions as Vt, refuseUnrestorable as W, statePaths as Wn, earliestTimes as Wt, heldSessions as X, messageFacts as Xn, incomingCommit as Xt, endSessionsIn as Y, heardBefore as Yn, checkoutOf as Yt, stayingSessions as Z, openChannels as Zn, isCommitSaid as Zt, splitStatements as _, stableTag as _n, silentOrigin as _r, restoreBeside as _t, stopOnSignals as a, stateOf as an, servicesToStop as ar, readSchemaView as at, canonicalVersion as b, NO_HEALTH as bn, gitLines as br, settingChanges as bt, endingOf as c, howItFailed as cn, COMMIT_LABEL as cr, commandEnvironment as ct, sectionsFor as d, Lock as dn, composeWords as dr, historyTableNames as dt, appCloneOf as en, outsideTarget as er, provenFact as et, suspiciousVariables as f, annotate as fn, containersNamed as fr, readHistories as ft, deploySection as g, markOf as gn, openClone as gr, requireRoom as gt, seenSince as h, latestTag as hn, openAppClone as hr, sourceOf as ht, leaveSoon as i, openEnvironment as in, servicesToStart as ir, liveSchema as it, outsideTransaction as j, plannedChecks as jn, remove as jr, newSideName as jt, readRows as k, lackingOf as kn, makeDirectory as kr, dropOrWarn as kt, prepareCall as l, refuseOthersWorkTree as ln, compose as lr, runHooks as lt, notInMessage as m, isStableTag as mn, readRecord as mr, DEFAULT_SOURCE as mt, cut as n, ledgerOf as nn, servicesOf as nr, compareSchemas as nt, Masker as o, refuseUnsafeState as on, allServices as or, sameSchema as ot, sections as p, checkPrefix as pn, dockerWords as pr, belongsTo as pt, preparedFailure as q, ownDeployOver as qn, damageOf as qt, Story as r, machineOf as rn, databasesAmong as rr, historyDifference as rt, endingLines as s, tellUnbegun as sn, readModel as sr, compareHistories as st, outcomeLines as t, databaseOf as tn, openComposeProject as tr, asRestored as tt, secretsIn as u, findState as un, composePasted as ur, absentTables as ut, readSections as v, NO_APP_DIR as vn, unreachableOrigin as vr, clientTools as vt, sameMigrationVersion as w, KINDS as wn, positionEvidence as wr, drillSide as wt, checksumOf as x, missingDatabase as xn, gitProgress as xr, applyChanges as xt, NAMED_AND_MARKED as y, NO_DATABASE as yn, QUIET as yr, roleChanges as yt, takeSavepoint as z, shortLine as zn, knownAsFailed as zr, isComparable as zt };
