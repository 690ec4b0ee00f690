import "./rolldown-runtime.js";
import { $n as variableName, $t as within, At as masker, Cn as addressOf, Ct as accepts, Dn as parseTargetUrl, Dt as showAddress, En as otherDatabases, Et as isLoopback$1, Fn as Secret, Ft as headerProblem, Gn as formatCount, Gt as findJson, In as reveal, It as describePattern, Jn as plural, Jt as CHANNEL_KINDS, Kn as formatDuration, Kt as notifySection, Ln as formatTarget, Lt as matches, Mn as identifier, Mt as equalsText, Nn as literal, Nt as showValue, On as passwordToHide, Ot as showUrl, Pn as qualified, Pt as valueAt, Q as printable, Qt as formatAddress, Rn as parseTarget, Sn as tokenOf, St as SUCCESS, Tn as describeTarget, Tt as hostPortOf, Un as compactUtc, Ut as formatManifest, Vn as flag, Vt as chooseVerification, Wn as formatAgo, Wt as parseManifest, Xn as shortCommit, Xt as NotSent, Yn as quoted, Yt as EVENTS$1, Z as oneLine, _n as mayChange, _t as markStableSection, an as tellingLines, ar as refusal, at as FINISH_NOTED, bn as takesBack, bt as healthSection, cn as quote, dn as JOURNAL, dt as allSections, en as _usingCtx, er as Cancelled, et as notInMessage, fn as Settings, ft as journaledSettings, gn as forwardSteps, gt as rolloutSection, hn as STEPS, ht as refuseMisfits, in as succeed, ir as messageOf, jn as asOption, jt as secretsInHeaders, kn as serverOptions, kt as isHarmless, lt as DEFAULT_FILE, mt as rollbackSection, nn as lastLines, nr as clauseOf, nt as deploySection, or as stopIfCancelled, pn as givenSecrets, pt as settingsOfDeploy, qn as formatSize, qt as inOwnWords, rn as outputLines, rr as firstError, sn as inQuotes, st as IDENTIFY, tn as ending, tr as Failure, tt as seenSince, vn as mayMoveApp, vt as migrateSection, wn as describeServer, wt as describeStatuses, xn as sharedSection, xt as versionProblem, yn as stepNames, zt as backupSection } from "./start.js";
import { C as string, S as safeParse, _ as picklist, a as is, c as minValue, d as nullish, f as number, g as parseJson$3, h as optional, i as getDotPath, l as nonEmpty, m as objectWithRest, n as boolean, p as object, r as check, s as looseObject, t as array, u as nullable, v as pipe, w as unknown, x as safeInteger, y as record } from "./valibot.js";
import { X509Certificate, createHash, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { join, posix } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { Duplex, PassThrough, Writable, pipeline } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { isIP } from "node:net";
import * as zlib from "node:zlib";
import { createZstdDecompress } from "node:zlib";
import { isUtf8 } from "node:buffer";
import { basename, dirname as dirname$1, isAbsolute as isAbsolute$1, join as join$1, relative } from "node:path/posix";
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
		whole: entry.whole === true,
		goingBack: entry.goingBack === true,
		from: entry.from,
		ran: entry.ran,
		checkedOut: entry.checkedOut,
		toNothing: entry.toNothing === true,
		live: entry.live,
		apart,
		run: entry.run,
		actor: entry.actor,
		job: entry.job,
		settings: entry.settings,
		hooks: hooksOf(entry),
		openedAt: entry.at,
		stableBefore,
		lastAt: entry.at,
		watchdog: void 0,
		steps: []
	};
}
function hooksOf({ hooks, settings }) {
	const earlier = Object.entries(settings["hooks"] ?? {}).map(([point, commands]) => [point, JSON.parse(commands)]);
	return hooks ?? Object.fromEntries(earlier);
}
// src/journal/quarantine.ts
function quarantinedAfter(entry, deploy, { deploys, before }) {
	const after = new Map(before);
	if (entry.on !== void 0 && entry.as !== "abandoned" && !leftUnwell(entry)) after.delete(entry.on);
	const left = deploy && leftBy(entry, deploy, deploys);
	if (deploy === void 0 || left === void 0) return after;
	const made = deploys.findLast((one) => one.commit === left && !one.goingBack);
	after.set(left, {
		commit: left,
		deploy: deploy.id,
		at: entry.at,
		by: entry.owner,
		run: deploy.owner === entry.owner ? deploy.run : void 0,
		why: entry.reason ?? causeOf(deploy) ?? entry.why,
		migrations: namesOf$1(made, "migrate", "applied"),
		images: namesOf$1(made, "switch", "images")
	});
	return after;
}
function leftBy(entry, deploy, deploys) {
	if (!(entry.as === "rolled-back" || leftUnwell(entry))) return void 0;
	if (!deploy.goingBack) return deploy.steps.some(({ step }) => mayChange(step) && !takesBack(step)) && entry.on !== deploy.commit ? deploy.commit : void 0;
	const { from } = deploy;
	if (from === void 0 || entry.on === from) return void 0;
	return entry.on !== void 0 && lastDeployed(deploys, entry.on) > lastDeployed(deploys, from) && lastDeployed(deploys, from) >= 0 ? void 0 : from;
}
function leftUnwell({ as, on, blocks }) {
	return as === "failed" && blocks !== true && on !== void 0;
}
function lastDeployed(deploys, commit) {
	return deploys.findLastIndex((one) => one.commit === commit && !one.goingBack);
}
function causeOf({ steps, goingBack }) {
	if (goingBack) return void 0;
	const bad = steps.findLast(({ step, state }) => !takesBack(step) && state !== "done");
	if (bad === void 0) return void 0;
	if (bad.state === "running") return `${bad.step} did not end`;
	return bad.state === "cancelled" ? `${bad.step} was cancelled` : `${bad.step} failed: ${bad.message ?? ""}`;
}
function namesOf$1(deploy, step, name) {
	const noted = deploy?.steps.findLast((one) => one.step === step)?.result?.[name];
	if (Array.isArray(noted)) return noted.filter((one) => typeof one === "string");
	if (typeof noted !== "object" || noted === null) return [];
	return Object.entries(noted).flatMap(([service, image]) => typeof image === "string" ? [`${service} ${image}`] : []);
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
	let quarantined = new Map();
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
		quarantined = without$1(quarantined, entry.commit);
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
					job: entry.job,
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
				quarantined = quarantinedAfter(entry, deploy, {
					deploys: [...deploys.values()],
					before: quarantined
				});
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
			case "health.passed":
				unwell = unwellAfterPass(entry, unwell);
				break;
			case "watchdog.armed": if (deploy) deploy.watchdog = {
				folder: entry.folder,
				silentMs: entry.silentMs
			};
		}
	}
	const records = [...deploys.values()];
	return {
		entries,
		deploys: records,
		open: stillOpen$1(records.at(-1)),
		stable,
		schemas,
		pendingTags: [...pending.values()],
		withdrawn: [...withdrawn],
		wentBack,
		on,
		apart,
		unwell,
		quarantined,
		nothingRuns,
		highestFence,
		damaged
	};
}
function stillOpen$1(last) {
	return last?.end === void 0 || last.end.blocks ? last : void 0;
}
function without$1(map, key) {
	return new Map([...map].filter(([one]) => one !== key));
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
function look$4(file, text) {
	return `savepoint_held=; { IFS= read -r savepoint_held <${file}; } 2>/dev/null; case $savepoint_held in *${text}*) ;; *) exit ${LOST$1} ;; esac`;
}
const LOOK$5 = look$4("\"$1\"", "\"$2\"");
const GUARDED = `${LOOK$5}
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
			LOOK$5,
			"sh",
			file,
			text
		],
		repeatable: true
	})).code === 0;
}
function lookingAgain(words, { file, text }) {
	const again = look$4(quote([file]), quote([text]));
	return words.map((word) => word.replaceAll(LOOK_AGAIN, () => again));
}
async function runGuarded(machine, command, { condition, guard }) {
	const { file, text } = condition;
	const words = lookingAgain(command.words, condition);
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
	if (NOT_RUN.has(finished.code ?? 0) && !await isThere$2(machine, command)) return await machine.run(command);
	return finished;
}
async function isThere$2(machine, { words, cwd, env }) {
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
			kind: kindOf$1(fields[at]),
			name: fields[at + 1] ?? "",
			size,
			modified: seconds * 1e3
		});
	}
	return entries;
}
function kindOf$1(letter) {
	if (letter === "f") return "file";
	return letter === "d" ? "directory" : "other";
}
async function remove$1(machine, path) {
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
// src/postgres/pooler.ts
async function requireSessions(connection, open) {
	try {
		var _usingCtx$54 = _usingCtx();
		const own = new Set([connection.pid]);
		for (let turn = 0; turn < 3; turn += 1) own.add(await pidOf(connection));
		if (own.size > 1) throw transactions(connection, `one connection was answered by ${plural(own.size, "server session")}`);
		const second = _usingCtx$54.a(await openSecond(connection, open));
		const others = new Set([second.pid]);
		for (let turn = 0; turn < 3; turn += 1) {
			others.add(await pidOf(second));
			own.add(await pidOf(connection));
		}
		if (own.size > 1 || others.size > 1 || others.has(connection.pid)) throw transactions(connection, "two connections that were open at once were answered by one server session");
		await requireReset(second, open);
	} catch (_) {
		_usingCtx$54.e = _;
	} finally {
		await _usingCtx$54.d();
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
const PATIENCE_MS$5 = 3e4;
const JUST_STARTED_MS = 3e4;
const PAUSE_MS = 500;
async function whenUp(open, { say, startedAgo, signal }) {
	const until = performance.now() + PATIENCE_MS$5;
	for (let told = false;; told = true) try {
		return await open();
	} catch (error) {
		if (!(error instanceof Failure) || performance.now() >= until || !await isStarting(error, startedAgo)) throw error;
		if (!told) say(`The database is just starting; waiting for it, up to ${PATIENCE_MS$5 / 1e3} s (${clauseOf(error)}).`);
		await new Promise((done) => setTimeout(done, PAUSE_MS));
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
		root: sslrootcert === "system" ? void 0 : await read$2(toolsOn, "sslrootcert", sslrootcert),
		certificate: await read$2(toolsOn, "sslcert", sslcert),
		key: await read$2(toolsOn, "sslkey", sslkey)
	};
}
async function read$2(toolsOn, option, path) {
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
async function openSession$1(request) {
	const { openConnection } = await import("./open-connection.js");
	return await openConnection(request);
}
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
			var _usingCtx$53 = _usingCtx();
			await requireSessions(_usingCtx$53.a(first), async () => await openSession$1({
				...request,
				untouched: true
			}));
		} catch (_) {
			_usingCtx$53.e = _;
		} finally {
			await _usingCtx$53.d();
		}
		this.#ways.add(way);
		if (first.keyPid === first.pid) this.#directVersion = first.serverVersion;
		return first.keyPid === first.pid ? first : await openSession$1(request);
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
		const open = async () => await whenUp(async () => await openSession$1(request), {
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
			abreast: purpose === "look",
			asApp: options.asApp ?? !OURS_ALONE.has(purpose)
		};
	}
	async connectMaintenance(purpose, options = {}) {
		const refused = [];
		for (const database of otherDatabases(this.adminTarget, this.name)) try {
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
// src/core/commit.ts
function isFullCommit(text) {
	return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
function fullCommit(text) {
	if (!isFullCommit(text)) throw new Failure(`${JSON.stringify(text)} is not a full commit id.`, { code: "unknown-commit" });
	return text;
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
const LOOKS$1 = new Set([
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
			repeatable: LOOKS$1.has(words[0] ?? "") || words[0] === "config" && words[1] === "--get" ? true : void 0
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
const LOOK$4 = `
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
		LOOK$4,
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
const PATIENCE_MS$4 = 2e4;
async function patientFetch(git, words, options, patience = PATIENCE_MS$4) {
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
const OUT_OF_SIGHT = `
modules() {
  git ls-files --stage | grep -q '^160000 ' || return 0
  git ls-files --stage -z | xargs -0 -n 200 sh -c '
to=\$0
untouched() {
  [ -f "\$1/.git" ] && [ "\$(git -C "\$1" rev-parse HEAD)" = "\$2" ] || return 1
  [ -z "\$(git -C "\$1" status --porcelain --ignored --ignore-submodules=none | head -c 1)" ] || return 1
  [ -z "\$(find "\$1" -mindepth 2 -name .git | head -c 1)" ]
}
for one do
  case \$one in "160000 "*) ;; *) continue ;; esac
  path=\${one#*"	"} above=\${one#*"	"} recorded=\${one#* } in=
  [ -d "\$path" ] && [ ! -L "\$path" ] && [ -n "\$(ls -A "\$path")" ] || continue
  case \$(git --literal-pathspecs ls-tree "\$to" -- "\$path") in
  160000*) continue ;;
  *" tree "*) in=folder ;;
  *" blob "*) in=file ;;
  *) while [ "\$above" != "\${above%/*}" ]; do
      above=\${above%/*}
      case \$(git --literal-pathspecs ls-tree "\$to" -- "\$above") in *" blob "*) in=file ;; esac
    done ;;
  esac
  case \$in in
  file) untouched "\$path" "\${recorded%% *}" || printf "%s\\0" "\$path" ;;
  folder) printf "%s\\0" "\$path" ;;
  esac
done' "$1"
}
hidden() {
  git ls-files -v | grep -q "^$1 " || return 0
  git ls-files -v -z | xargs -0 -n 200 sh -c 'for one do
    case $one in '"$1"'" "*) ;; *) continue ;; esac
    path=\${one#??}
    if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\0" "$path"; fi
  done' sh
}
hidden_changed() {
  hidden '[a-zS]' | xargs -0 -n 200 sh -c '[ "$#" -eq 0 ] ||
    git --literal-pathspecs diff --cached --name-only -z --no-renames --ignore-submodules=all "$0" -- "$@"' "$1"
}
`;
const LOOK_OUT_OF_SIGHT = `
${OUT_OF_SIGHT}
modules "$1" | xargs -0 -n 200 sh -c 'for path do printf "submodule %s\\0" "$path"; done' sh
hidden_changed "$1" | xargs -0 -n 200 sh -c '
for path do
  was=\$(git --literal-pathspecs ls-files --stage -- "\$path") || exit 255
  was=\${was#* } was=\${was%% *}
  if [ -L "\$path" ]; then is=\$(readlink -n -- "\$path" | git hash-object --stdin)
  elif [ -f "\$path" ]; then is=\$(git hash-object --path="\$path" -- "\$path")
  else is=; fi
  [ "\$was" = "\$is" ] || printf "hidden %s\\0" "\$path"
done' sh
`;
const PUT = `
${OUT_OF_SIGHT}
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
# Flags of files, by their paths in $2.
flag() {
  [ ! -s "$2" ] || for one in $1; do git update-index -z "--$one" --stdin <"$2" || return 1; done
}
# Files that git does not look at, and that commit $1 has another text of, are looked at from now on.
uncover() {
  hidden_changed "$1" >"$mark.hidden" && flag "no-assume-unchanged no-skip-worktree" "$mark.hidden"
  code=$?
  rm -f "$mark.hidden"
  return "$code"
}
# A forced checkout writes over what is assumed to be unchanged; what is skipped stays as it is.
force() {
  uncover "$1" && hidden '[a-rt-z]' >"$mark.assumed" && flag "skip-worktree no-assume-unchanged" "$mark.assumed" || return 1
  git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules --force --detach "$1" --
  code=$?
  flag "assume-unchanged no-skip-worktree" "$mark.assumed"
  rm -f "$mark.assumed"
  return "$code"
}
dirty() { git status --porcelain --untracked-files=no --ignore-submodules=all; }
put() {
  to=$1; shift
  case " $* " in
  *" --force "*) ;;
  *) if [ -e "$mark" ]; then return 65; fi
    edits=$(dirty) || return 1
    if [ -n "$edits" ] || [ -n "$(modules "$to" | head -c 1)" ]; then return 66; fi ;;
  esac
  # To look for edits may take its time.
  ${LOOK_AGAIN}
  unlock || return 74
  printf '%s\\n' "$to" > "$mark.new" && mv -f "$mark.new" "$mark" || return 1
  if [ "$*" = --force ]; then force "$to"
  else git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules "$@" --detach "$to" --; fi
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
const RESTORE$1 = `mark=$1 commit=$2 ref=$3 suffix=$4
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
holds() { [ -d "$1" ] && git --literal-pathspecs ls-files --stage -- "$1" | grep -q "^160000 "; }
theirs() { [ -n "$(others "$1" | head -c 1)" ] || tracked "$1" || holds "$1"; }
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
# What git cannot keep: a merge that was left open is kept as its files lie there, and a file that was only announced (\`add -N\`)
# is untracked again.
settled() {
  git diff --name-only -z --diff-filter=U -- >"$list" && xargs -0 -n 200 sh -c 'for path do
    if [ -f "$path" ] || [ -L "$path" ]; then git update-index --add --replace -- "$path"; else git update-index --force-remove -- "$path"; fi || exit 255
  done' sh <"$list" && git diff --name-only -z --diff-filter=A -- >"$list" \\
    && { [ ! -s "$list" ] || git update-index -z --force-remove --stdin <"$list"; }
  code=$?
  rm -f "$list"
  return "$code"
}
# What was put in the place of tracked files is no edit that git keeps; behind a link it keeps none at all.
clear --diff-filter=DT
uncover "$commit" || exit 73
settled || exit 73
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
function named(told, kind) {
	return told.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));
}
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
	async outOfSight(commit) {
		const told = (await this.#git.machine.run(this.#git.scripted(LOOK_OUT_OF_SIGHT, [commit]))).stdout.split("\0");
		return {
			submodules: named(told, "submodule"),
			hidden: named(told, "hidden")
		};
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
		const { submodules, hidden } = await this.outOfSight(commit);
		if (submodules.length > 0) throw this.#refused(commit, "folders of submodules stand where that version has files", submodules);
		if (hidden.length > 0) throw this.#refused(commit, "files that git was told not to look at were edited there", hidden);
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
		return {
			edits: named(told, "edits")[0],
			renamed: named(told, "renamed")
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
		return this.#git.scripted(RESTORE$1, [
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
	async outOfSight(commit) {
		return await this.#tree.outOfSight(fullCommit(commit));
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
		const text = await this.#git.say([
			"ls-tree",
			"-z",
			"--full-tree",
			fullCommit(commit),
			...path
		], `listing ${directory}`);
		if (text === "") return void 0;
		return text.split("\0").filter((entry) => entry.split(" ")[1] === "blob").map((entry) => entry.slice(entry.indexOf("	") + 1).slice(folder === "" ? 0 : folder.length + 1));
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
		return await patientFetch(this.#git, words, options, patience).catch(async (error) => {
			throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(this, error) : error;
		});
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
	if (finished.code === 0) return read$1(project.machine, finished);
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
function read$1(machine, { stdout }) {
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
function refuseUnknownServices(services, model) {
	const unknown = services.filter((name) => !model.services.some((service) => service.name === name));
	if (unknown.length > 0) throw refusal(`\`services\` names ${unknown.join(", ")}, and the compose project ${model.name} has no such service.`, {
		hint: `It has ${model.services.map(({ name }) => name).join(", ")}. (Services of a profile count where \`.env\` names it in COMPOSE_PROFILES.)`,
		code: "unknown-service"
	});
}
function refuseWrongServices(services, model, databases) {
	refuseUnknownServices(services, model);
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
const PATIENCE_MS$3 = 5e3;
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
			timeout: PATIENCE_MS$3,
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
const NO_COMPOSE_FILE$1 = 14;
async function findServiceContainer(project, service) {
	const { machine, directory } = project;
	const ids = await containerIds(project, service);
	const lasting = (ids.length === 0 ? [] : await inspect(project, ids)).filter((one) => one.Config.Labels?.["com.docker.compose.oneoff"] !== "True");
	const running = lasting.filter((one) => one.State.Running && !one.State.Paused && !one.State.Restarting);
	const [only, ...others] = running;
	if (only === void 0) throw refusal(`The service ${service} of ${directory} on ${machine.name} does not run.`, {
		code: "service-stopped",
		hint: [`Start it on ${machine.name}: ${composePasted(project, "up", "--detach", "--wait", service)}`, `Where it does not stay up, look there at what it says: ${composePasted(project, "logs", "--tail", "30", service)}`].join("\n"),
		evidence: lasting.length === 0 ? ["it has no container"] : lasting.map((one) => `${nameOf$1(one)}: ${one.State.Status}`)
	});
	if (others.length > 0) throw refusal(`The service ${service} of ${directory} on ${machine.name} has ${running.length} running containers.`, {
		code: "service-ambiguous",
		hint: "A database is one server: scale the service to 1, or name the right server by database-url.",
		evidence: running.map(nameOf$1)
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
	await refuseUnknown$1(project, service, listed);
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
async function refuseUnknown$1(project, service, listed) {
	const { machine, directory } = project;
	const known = await compose(project, ["config", "--services"]);
	const services = known.stdout.split("\n").filter((name) => name !== "");
	if (known.code === 0 && !services.includes(service)) throw refusal(`\`database-service\`: the compose project of ${directory} on ${machine.name} has no service ${service}.`, {
		code: "unknown-service",
		hint: services.length === 0 ? "It has no services at all." : `It has ${services.toSorted().join(", ")}.`
	});
	const failed = [listed, known].find((one) => one.code !== 0);
	if (failed === void 0) return;
	if (failed.code === NO_COMPOSE_FILE$1) throw refusal(`\`database-service\`: there is no compose file in ${directory} on ${machine.name}.`, {
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
async function inspect(project, ids) {
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
function nameOf$1({ Name }) {
	return Name.replace(/^\//, "");
}
function toContainer(one) {
	const { Id, Config, HostConfig, NetworkSettings } = one;
	return {
		id: Id,
		name: nameOf$1(one),
		labels: ["com.docker.compose.project", "com.docker.compose.service"].map((label) => `${label}=${Config.Labels?.[label] ?? ""}`),
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
const PATIENCE_MS$2 = 5e3;
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
		throw new Failure(`${shown} did not answer within ${PATIENCE_MS$2 / 1e3} s.`, { code: "timeout" });
	};
	return await within({
		ms: PATIENCE_MS$2,
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
			addressOf: async (port) => await way.addressOf(port),
			foundBy: {
				engine: dockerWords(project),
				labels: container.labels
			}
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
const SERVICE_NAMES = {
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
	const user = await value(SERVICE_NAMES.user) ?? "postgres";
	const password = await value(SERVICE_NAMES.password);
	const port = Number(environment.get("PGPORT") ?? environment.get("POSTGRESQL_PORT_NUMBER") ?? PORT);
	return {
		host: "127.0.0.1",
		port: Number.isInteger(port) && port > 0 && port < 65536 ? port : PORT,
		user,
		password: password === void 0 ? void 0 : new Secret(password),
		database: await value(SERVICE_NAMES.database) ?? user,
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
	if (said.socket === void 0 && said.host !== name && !await service.isNamed(said.host)) await refuseOther$1(said, {
		own,
		name,
		service
	});
	return target;
}
async function refuseOther$1(said, { own, name, service }) {
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
			var _usingCtx$52 = _usingCtx();
			const [row] = await _usingCtx$52.a(await database.connect("look", { admin: true })).query("SELECT current_setting('data_directory') AS directory");
			return row === void 0 ? void 0 : await freeBytes(database.toolsOn, row.directory);
		} catch (_) {
			_usingCtx$52.e = _;
		} finally {
			await _usingCtx$52.d();
		}
	} catch (error) {
		if (error instanceof Failure && error.code !== "connection-lost") return void 0;
		throw error;
	}
}
// src/deploy/telling/commit-lines.ts
const MOST$2 = 10;
async function commitLines(open, from, to) {
	try {
		const clone = await open();
		if (clone === void 0 || from === to || !await clone.has(from) || !await clone.has(to)) return [];
		const commits = await clone.log(from, to, 11);
		const lines = commits.slice(0, MOST$2).map(({ commit, subject, author }) => `${shortCommit(commit)} ${subject} (${author})`);
		return commits.length > MOST$2 ? [...lines, "… and more"] : lines;
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
// src/deploy/call/next-command.ts
function nextCommand({ app, name, shared, ports }, operation, words) {
	const { host, "jump-host": jump, "state-dir": state } = shared;
	return quote([
		...ports.program,
		operation,
		"--environment",
		name,
		...words,
		...host === void 0 ? [] : ["--host", formatTarget(host)],
		...jump === void 0 ? [] : ["--jump-host", formatTarget(jump)],
		...state === void 0 ? [] : ["--state-dir", state],
		"--app",
		app
	]);
}
function rollbackCommand(environment, reason, more = []) {
	return nextCommand(environment, "rollback", [
		"--confirm",
		environment.name,
		...more,
		"--reason",
		reason
	]);
}
function statusWay(place) {
	return {
		command: nextCommand(place, "status", []),
		means: "Shows how things stand; changes nothing."
	};
}
function listWay(place) {
	return {
		command: nextCommand(place, "list", []),
		means: "Lists what there is to go back to; changes nothing."
	};
}
// src/deploy/telling/without-secrets.ts
const SHORTEST$1 = 4;
function withoutSecrets(settings) {
	const sections = {
		...allSections,
		notify: notifySection,
		[""]: allSections.shared
	};
	const forms = new Set();
	for (const secret of givenSecrets(settings, sections)) {
		const value = secret.reveal();
		const lines = value.split(/\r?\n/).map((line) => line.trim());
		const named = lines.map((line) => /^[A-Z][A-Z0-9_]*=(.+)$/.exec(line)?.[1] ?? line);
		const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(value)?.[1];
		for (const form of [
			value,
			...lines,
			...named,
			...password === void 0 ? [] : [password, decoded$1(password)]
		]) if (form.length >= SHORTEST$1 && !form.startsWith("-----")) for (const one of [form, encodeURIComponent(form)]) forms.add(one);
	}
	const longestFirst = [...forms].sort((a, b) => b.length - a.length);
	return (text) => longestFirst.reduce((hidden, form) => hidden.replaceAll(form, "***"), text);
}
function decoded$1(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
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
		} else if (!channel.edits && !hears.has(EVENTS$1[told.event].severity)) return;
		return this.#tell(news, told, signal);
	}
	async #tell(news, told, signal) {
		const { channel, hears } = this.#open;
		const { severity } = EVENTS$1[told.event];
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
		if (!keeps && EVENTS$1[event].severity !== "critical") return;
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
		const { severity } = EVENTS$1[event];
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
// src/github/repository.ts
function repositoryOf(env) {
	const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
	return owner === "" || repo === "" ? void 0 : {
		owner,
		repo
	};
}
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
	get id() {
		return this.#holder?.id;
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
		running: `${root}/running`,
		watchdogs: `${root}/watchdog`
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
// src/health/excerpt.ts
const SHOWN$2 = 2048;
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
	return [text.length > SHOWN$2 ? `body (the first ${formatSize(SHOWN$2)} of ${formatSize(bytes)}):` : "body:", ...text.slice(0, SHOWN$2).trimEnd().split("\n").map((line) => `| ${line}`)];
}
function lastOutput(lines, count = 20) {
	const last = lines.slice(-count).map((line) => `| ${cleanText(line).slice(0, 1e3)}`);
	if (last.length === 0) return ["output: none"];
	return [lines.length > count ? `output (the last ${plural(count, "line")}):` : "output:", ...last];
}
// src/health/command.ts
const KEPT$2 = 20;
function commandCheck(check) {
	return {
		label: "command",
		order: "late",
		run: async (attempt) => await ask$3(check, attempt)
	};
}
async function ask$3({ command, machine, cwd, env, mask }, { signal, limitMs }) {
	const lines = [];
	const evidence = () => [`command on ${machine.name}: ${shortLine(command)}`, ...lastOutput(lines, KEPT$2)];
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
function hasFailed$2({ state, exitCode }) {
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
const LOOP$1 = 3;
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
	if (hasFailed$2(one)) return {
		passed: false,
		reason: told,
		evidence: [told],
		hopeless: true
	};
	if (again.ever >= LOOP$1) return {
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
		evidence: [told],
		underWay: one.state === "running"
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
		for await (const chunk of decoded(response)) {
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
function decoded(response) {
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
	const secure = process.getBuiltinModule("node:tls").connect({
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
function explain$1(error, place) {
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
const TELLING = [
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
		run: async (attempt) => await ask$2(check, attempt)
	};
}
async function ask$2(check, { signal, limitMs }) {
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
			const trouble = explain$1(error, {
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
		const fail = (complaints, gaveUp = false) => failed$1(complaints, requests, shown, machine, gaveUp);
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
function failed$1(complaints, requests, answer, machine, gaveUp) {
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
			...TELLING.flatMap((name) => (answer.headers.get(name) ?? []).map((value) => `${name}: ${shortLine(value)}`)),
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
	const { hint } = explain$1(answer.problem, {
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
		run: async (attempt) => await ask$1(sql, database, attempt)
	};
}
async function ask$1(sql, database, { signal, limitMs }) {
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
			var _usingCtx$51 = _usingCtx();
			const connection = _usingCtx$51.a(await database.connect("health", {
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
			_usingCtx$51.e = _;
		} finally {
			await _usingCtx$51.d();
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
				const { reason, ...trouble } = explain$1(error, {
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
		return process.getBuiltinModule("node:tls").createSecureContext({
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
const KINDS$1 = {
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
const kindNames = Object.keys(healthSection.inputs).filter((name) => name in KINDS$1);
function needsOf(settings) {
	return new Set(givenIn(settings).flatMap((name) => KINDS$1[name].needs));
}
function lackingOf(name, offer) {
	return KINDS$1[name].needs.map((need) => LACKING[need](offer)).find((lacking) => lacking !== void 0);
}
function plannedChecks(settings) {
	return givenIn(settings).flatMap((name) => planned$2(name, settings));
}
function secretsOf(settings, world) {
	return givenIn(settings).flatMap((name) => KINDS$1[name].secrets(settings, world));
}
function givenIn(settings) {
	return kindNames.filter((name) => isGiven(settings[name]));
}
function isGiven(value) {
	return Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== "";
}
function planned$2(name, settings) {
	const value = settings[name];
	return value === void 0 || value === null ? [] : KINDS$1[name].plan(value, settings);
}
async function checksOf(making) {
	const checks = [];
	for (const name of Object.keys(KINDS$1)) checks.push(...KINDS$1[name].unasked(making), ...await given(name, making));
	return checks;
}
async function given(name, making) {
	const value = making.settings[name];
	return value === void 0 || value === null ? [] : await KINDS$1[name].checks(value, making);
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
// src/health/plan.ts
function hasChecks(settings) {
	return givenIn(settings).length > 0;
}
function healthProblems(settings, offer) {
	const problems = [];
	const say = (input, message, form) => problems.push(form === void 0 ? {
		input,
		message
	} : {
		input,
		message,
		form
	});
	if (!hasChecks(settings)) say("url", "is not given, and nothing else to check either", `one or more of ${kindNames.join(", ")}`);
	for (const kind of kindNames) {
		const { only } = KINDS$1[kind];
		if (isGiven(settings[kind])) {
			const lacking = lackingOf(kind, offer);
			if (lacking !== void 0) say(kind, lacking);
		} else for (const name of only) if (isGiven(settings[name])) say(name, `needs \`${kind}\`, which is not given`);
	}
	const source = settings["expect-version"]?.from;
	if (settings.method === "HEAD") {
		for (const name of ["expect-body", "expect-json"]) if (isGiven(settings[name])) say(name, "needs a body, and `method: HEAD` brings none");
		if (source !== void 0 && source !== "header") say("expect-version", "needs a body, and `method: HEAD` brings none", "header:Name");
	}
	if (source !== void 0 && source !== "literal" && offer.version === void 0) say("expect-version", "has no commit to compare with", "give `commit`");
	const least = (settings.successes - 1) * settings.interval;
	if (least >= settings.timeout) say("timeout", `is over before ${settings.successes} passes at this interval can be made`, `more than ${least} ms, or fewer \`successes\`, or a shorter \`interval\``);
	return problems;
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
const NO_DATABASE$1 = {
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
	return given["database-url"] === void 0 && given["database-service"] === void 0 ? [NO_DATABASE$1] : [];
}
function missingForDeploy(given, settings) {
	return [...given["app-dir"] === void 0 ? [NO_APP_DIR] : [], ...hasChecks(settings.section(healthSection)) ? [] : [NO_HEALTH]];
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
// src/deploy/call/owner.ts
function ownerOf(ports) {
	const { env } = ports;
	const run = env["GITHUB_RUN_ID"];
	if (run !== void 0 && run !== "") {
		const attempt = env["GITHUB_RUN_ATTEMPT"] || "1";
		const server = env["GITHUB_SERVER_URL"] || "https://github.com";
		const repository = env["GITHUB_REPOSITORY"];
		return {
			id: `${run}.${attempt}`,
			terminal: false,
			run: repository === void 0 ? void 0 : `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`,
			actor: env["GITHUB_ACTOR"],
			...env["GITHUB_JOB"] && { job: env["GITHUB_JOB"] }
		};
	}
	const named = env["SAVEPOINT_RUN"];
	return {
		id: named === void 0 || named === "" ? ports.here.login : named,
		terminal: true,
		run: void 0,
		actor: env["USER"]
	};
}
function isEarlierAttempt(other, mine) {
	const [otherRun, otherAttempt] = other.split(".");
	const [myRun, myAttempt] = mine.split(".");
	return otherRun === myRun && Number(otherAttempt) < Number(myAttempt);
}
function runOf(link) {
	const match = /^(.*)\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(link ?? "");
	if (!match) return void 0;
	const [, server = "", name = "", number = "", attempt = ""] = match;
	return {
		repository: `${server}/${name}`,
		number: Number(number),
		path: `${name}/actions/runs/${number}`,
		attempt
	};
}
async function attemptCompleted(link, env, token) {
	const run = runOf(link);
	const body = run && await askGithub(`${run.path}/attempts/${run.attempt}`, env, token);
	return body === void 0 ? void 0 : body["status"] === "completed";
}
async function runCreated(link, env, token) {
	const run = runOf(link);
	const created = run && (await askGithub(run.path, env, token))?.["created_at"];
	const time = typeof created === "string" ? Date.parse(created) : NaN;
	return Number.isNaN(time) ? void 0 : new Date(time);
}
async function askGithub(path, env, token) {
	if (token === void 0 || token === "") return void 0;
	const api = env["GITHUB_API_URL"] || "https://api.github.com";
	try {
		const response = await fetch(`${api}/repos/${path}`, {
			headers: {
				authorization: `Bearer ${token}`,
				accept: "application/vnd.github+json",
				"x-github-api-version": "2022-11-28"
			},
			signal: AbortSignal.timeout(1e4)
		});
		return response.ok ? await response.json() : void 0;
	} catch {
		return;
	}
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
		job: optional(text$1),
		live: optional(schema),
		settings: openingSettings,
		hooks: optional(hooks),
		allowed: optional(looseObject({
			deploy: text$1,
			reason: text$1
		}))
	}),
	"step.started": looseObject({
		step: stepName,
		intent: map,
		job: optional(text$1),
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
	"watchdog.armed": looseObject({
		folder: text$1,
		silentMs: pipe(number(), minValue(0))
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
	const first = problemOf$1(stamp, value);
	if (first !== void 0) return first;
	const kind = kinds[value.kind];
	return kind === void 0 ? void 0 : problemOf$1(kind, value);
}
function unknownStep(value) {
	const { kind, step } = value;
	return typeof kind === "string" && kind.startsWith("step.") && kind in kinds && typeof step === "string" && !is(stepName, step) ? step : void 0;
}
function problemOf$1(wanted, value) {
	const { issues } = safeParse(wanted, value, { abortEarly: true });
	if (issues === void 0) return void 0;
	const [issue] = issues;
	const field = getDotPath(issue);
	if (field === null) return "it is no entry";
	return `\`${field}\` ${issue.received === "undefined" ? "is missing" : "is wrong"}`;
}
// src/journal/seal.ts
const SEALED = /^(.*),"sum":"([0-9a-f]{16})"(.*)$/s;
function sealLine(text) {
	return `${text.slice(0, -1)},"sum":"${sumOf(text)}"}`;
}
function readSeal(line) {
	const [, start, sum, rest] = SEALED.exec(line) ?? [];
	if (start === void 0) return { is: "none" };
	const text = `${start}}`;
	const right = sumOf(text) === sum;
	if (rest !== "" && rest !== "}") return { is: right ? "broken" : "none" };
	return right ? {
		is: "whole",
		text,
		line: `${text.slice(0, -1)},"sum":"${sum}"}`
	} : { is: "broken" };
}
function sumOf(text) {
	return createHash("sha256").update(text).digest("hex").slice(0, 16);
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
		const seal = readSeal(text);
		const whole = seal.is === "whole" ? seal.line : text;
		if (seen.has(whole)) {
			damaged.push({
				line,
				why: "it is there twice",
				kind: "double"
			});
			continue;
		}
		seen.add(whole);
		const entry = parseLine(text, seal, {
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
		places,
		damaged: damaged.map((one) => ({
			...one,
			settled: one.kind === "cut" || one.kind === "double" || one.line < settledUntil
		}))
	};
}
function parseLine(text, seal, place) {
	if (seal.is === "broken") return {
		why: "its checksum is not that of what it says: it was changed",
		kind: "unknown"
	};
	let value;
	try {
		value = JSON.parse(seal.is === "whole" ? seal.text : text);
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
	if (typeof v === "number" && v > 2) throw new Failure(`The journal ${place.path} was written by a newer Savepoint (line ${place.line}: format ${v}).`, {
		code: "newer-savepoint",
		hint: "Use at least the version that wrote it.",
		exit: 2
	});
	if (v === 2 && seal.is === "none") return {
		why: "its checksum is missing",
		kind: "unknown"
	};
	const known = v === 1 || v === 2;
	const step = known ? unknownStep(value) : void 0;
	if (step !== void 0) return {
		why: `there is no step ${quoted(step)}`,
		kind: "unknown"
	};
	const problem = known ? entryProblem(value) : "`v` is missing or wrong";
	return problem === void 0 ? value : {
		why: problem,
		kind: "unknown"
	};
}
function isBegun(text) {
	const start = text.startsWith("{\"v\":1") ? "{\"v\":1," : `{"v":2,`;
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
new=$2.$3.$$ held=
trap 'rm -f "$new"' EXIT
now=$(date +%s)
set -C
printf '%s %s\\n' "$now" "$4" > "$new" || exit 1
{ IFS= read -r held < "$1"; } 2>/dev/null
case "$held" in *"\\"id\\":\\"$3\\""*) ;; *) exit 97;; esac
mv -f "$new" "$2" || exit 1
trap - EXIT`;
const APPEND = `
umask 077
new=$3.$4.$$ claim=$3.$4.claim claimed= tries=0 held=
trap 'rm -f "$new" \${claimed:+"$claim"}' EXIT
IFS= read -r line || exit 1
[ ! -L "$3" ] || { printf '%s\\n' "$3" >&2; exit 98; }
set -C
printf '%s\\n' "$line" > "$new" || exit 1
until { printf '%s\\n' "$$" > "$claim"; } 2>/dev/null; do
  [ $tries -lt 12 ] || exit 1
  tries=$((tries + 1)) first=
  { IFS= read -r first < "$claim"; } 2>/dev/null
  if [ $tries -gt 10 ] || { [ -n "$first" ] && ! kill -0 "$first" 2>/dev/null; }; then rm -f "$claim"; else sleep 1; fi
done
claimed=yes
if [ -n "$2" ]; then
  [ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit 98; }
  { IFS= read -r held < "$1"; } 2>/dev/null
  case "$held" in *"\\"id\\":\\"$2\\""*) ;; *) exit 97;; esac
fi
# Behind the mark it shows whether the last line has an end.
last=$(tail -n 50 "$3" 2>/dev/null; echo x)
case "$last" in x | *"
x") ;; *) printf '\\n' >> "$3" || exit 1;; esac
case "
$last" in *"
$line
"*) ;; *) cat "$new" >> "$3" || exit 1;; esac
trap - EXIT
rm -f "$new" "$claim"
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
		const { entries, damaged } = await this.lines();
		for (const { line, why } of damaged) this.#tell(`Line ${line} of the journal ${journal} cannot be read (${why}) and is passed over.`);
		return fold(entries, damaged);
	}
	async lines() {
		const { journal } = this.#paths;
		return parseLines(await readText(this.#machine, journal) ?? "", journal);
	}
	#tell(text) {
		if (this.#warned.has(text)) return;
		this.#warned.add(text);
		this.#listeners.warn?.(text);
	}
	async write(fact, stamp) {
		const text = JSON.stringify({
			v: 2,
			at: stamp.at.toISOString(),
			owner: stamp.owner,
			...stamp.holder && { fence: stamp.holder.fence },
			...stamp.deploy !== void 0 && { deploy: stamp.deploy },
			...fact
		});
		await this.lock.append(sealLine(text), stamp.holder);
		this.#listeners.wrote?.(JSON.parse(text));
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
const MOST$1 = 50;
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
		if (used !== void 0 && await isSame$3(machine, used.directory, directory)) throw taken(look, used.other, directory);
	}
}
async function isSame$3(machine, one, other) {
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
	return [...new Set(roots)].slice(0, MOST$1);
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
		var _usingCtx$50 = _usingCtx();
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
		const audience = _usingCtx$50.a(audienceOf({
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
		const halfWay = operation === "rollback" && !owner.terminal && isAutomatic$1(settings);
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
		_usingCtx$50.e = _;
	} finally {
		await _usingCtx$50.d();
	}
}
function isAutomatic$1(settings) {
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
const LOOK$3 = `
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
			LOOK$3,
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
async function databaseOf$1(environment) {
	const database = await environment.database();
	if (database !== void 0) return database;
	throw await missingSettings(environment.shared, environment.ports, [NO_DATABASE$1]);
}
async function appCloneOf(environment) {
	const clone = await environment.clone();
	if (clone !== void 0) return clone;
	throw await missingSettings(environment.shared, environment.ports, [NO_APP_DIR]);
}
async function machineOf(shared, ports, { told = false } = {}) {
	const { host } = shared;
	if (host === void 0) return ports.here;
	const key = shared["ssh-key"];
	const passphrase = shared["ssh-passphrase"];
	if (!told) ports.report.say(`Connecting to ${formatTarget(host)} and looking at what is there.`);
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
// src/deploy/lock/opening.ts
function openedBy({ run, actor, job }) {
	return {
		...run !== void 0 && { run },
		...actor !== void 0 && { actor },
		...job !== void 0 && { job }
	};
}
function freshId(now, commit, ledger) {
	const base = `${compactUtc(now)}-${shortCommit(commit)}`;
	const taken = new Set(ledger.deploys.map((deploy) => deploy.id));
	let id = base;
	for (let letter = 98; taken.has(id); letter += 1) id = `${base}${String.fromCodePoint(letter)}`;
	return id;
}
function openingFact(deploy, opening, owner) {
	return {
		kind: "deploy.opened",
		deploy,
		commit: opening.commit,
		...opening.whole && { whole: true },
		...opening.goingBack && { goingBack: true },
		...opening.toNothing && { toNothing: true },
		...opening.from !== void 0 && { from: opening.from },
		...opening.ran !== void 0 && { ran: opening.ran },
		...opening.allowed !== void 0 && { allowed: opening.allowed },
		...opening.checkedOut !== void 0 && { checkedOut: opening.checkedOut },
		...opening.live !== void 0 && { live: opening.live },
		...openedBy(owner),
		settings: opening.settings,
		...Object.keys(opening.hooks).length > 0 && { hooks: opening.hooks }
	};
}
// src/machine/process/leftovers.ts
async function endLeftovers(machine, folder) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			FINISH_NOTED,
			"sh",
			folder
		],
		repeatable: true
	});
	const found = finished.stdout.split("\0").filter((line) => line !== "");
	const of = (state) => found.filter((line) => line.startsWith(`${state} `)).map((line) => line.slice(state.length + 1));
	const alive = of("alive");
	if (alive.length > 0) throw new Failure(`${alive.join(", ")} on ${machine.name} could not be ended by ${machine.login}.`, {
		code: "not-ended",
		hint: "End it by hand (it may belong to another user), then try again.",
		evidence: of("ended").map((what) => `ended: ${what}`)
	});
	if (finished.code !== 0) throw new Failure(`What is left running on ${machine.name} could not be looked up.`, {
		code: "tool-failed",
		evidence: lastLines(finished)
	});
	return of("ended");
}
// src/postgres/sessions.ts
const POLL_MS$1 = 1e3;
const SAY_EVERY_MS = 3e4;
function patterns(purposes) {
	return purposes.flatMap((purpose) => {
		const escaped = `${OURS}${purpose}`.replaceAll(/[\\%_]/g, "\\$&");
		return [escaped, `${escaped} %`];
	});
}
const END_TRIES = 50;
const END_POLL_MS = 100;
async function endOurSessions(database) {
	try {
		var _usingCtx$49 = _usingCtx();
		const connection = _usingCtx$49.a(await database.connectMaintenance("end"));
		const where = `pid <> pg_backend_pid() AND starts_with(application_name, $2)
    AND (right(application_name, length($3)) = $3 OR (datname = $1 AND NOT application_name LIKE ANY ($4::text[])))`;
		const values = [
			database.name,
			OURS,
			database.holdersMark,
			patterns(["backup"])
		];
		const ended = await connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`, values);
		for (let tries = 0;; tries += 1) {
			const left = await connection.query(`SELECT pid, application_name AS name FROM pg_stat_activity WHERE ${where}`, values);
			if (left.length === 0) return ended.length;
			if (tries === END_TRIES) throw new Failure(`${plural(left.length, "session")} of an earlier step in ${database.name} did not end.`, {
				code: "timeout",
				evidence: left.map(({ pid, name }) => `session ${pid} (${name})`),
				hint: "Look at what the server does there; restarting it ends them."
			});
			await connection.query("SELECT pg_sleep($1::float8 / 1000)", [END_POLL_MS]);
		}
	} catch (_) {
		_usingCtx$49.e = _;
	} finally {
		await _usingCtx$49.d();
	}
}
async function waitForDumps(database, { clock, report, signal, timeoutMs }) {
	try {
		var _usingCtx3 = _usingCtx();
		const started = clock.now().getTime();
		let said;
		const connection = _usingCtx3.a(await database.connectMaintenance("wait", { signal }));
		for (;;) {
			const dumps = await connection.query("SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE ANY ($2::text[]) ORDER BY pid", [database.name, patterns(["backup"])]);
			if (dumps.length === 0) return;
			const now = clock.now().getTime();
			const shown = dumps.map((dump) => `session ${dump.pid} (${dump.name})`);
			if (now - started >= timeoutMs) throw new Failure(`A backup of ${database.name} still runs after ${formatDuration(timeoutMs)}.`, {
				code: "timeout",
				evidence: shown,
				hint: "Wait for it to end, or end it, and run this step again."
			});
			if (said === void 0 || now - said >= SAY_EVERY_MS) {
				report.say(`Waiting for ${plural(dumps.length, "session")} of a running backup of ${database.name}: ${shown.join(", ")}`);
				said = now;
			}
			await clock.sleep(POLL_MS$1, signal);
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
// src/deploy/lock/replaced-run.ts
async function endReplaced(environment, { paths }) {
	const { report } = environment.ports;
	for (const one of await endLeftovers(environment.machine, paths.running)) report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return;
	const sessions = await endOurSessions(database);
	if (sessions > 0) report.say(`Ended ${plural(sessions, "database session")} of earlier steps.`);
}
async function endStepBefore(environment, state, wants) {
	try {
		await endReplaced(environment, state);
	} catch (error) {
		if (wants !== "end") throw error;
		environment.ports.report.warning(`What the run before left running could not be ended: ${messageOf(error)}`);
	}
}
const STEP_DEAD_AFTER = 6e4;
function admit(request) {
	const admission = admitByTurn(request);
	if (request.unfit === void 0 || request.wants !== "open") return admission;
	const opens = admission.do === "open" || admission.do === "abandon";
	const waits = admission.do === "wait" && request.ledger.open?.owner !== request.me.id;
	return opens || waits ? {
		do: "refuse",
		failure: request.unfit
	} : admission;
}
function admitByTurn(request) {
	const { ledger, lock, me } = request;
	const open = ledger.open;
	const silentMs = silence(request, open);
	if (lock.state === "held" && lock.beat?.running !== false && !request.beaterDead && lock.silentMs < 6e4) return {
		do: "wait",
		why: `${lock.holder.owner === me.id ? me.terminal ? `another command of ${me.id}` : "another step of this run" : `${lock.holder.owner}${lock.holder.run === void 0 ? "" : ` (${lock.holder.run})`}`} is running ${lock.beat?.step ?? "a step"} on ${request.title}`
	};
	const over = endedMeanwhile(request);
	if (over !== void 0) return {
		do: "refuse",
		failure: over
	};
	if (open === void 0) return { do: request.wants === "open" ? "open" : "lock" };
	if (request.wants === "end") return endsNow(request, open, silentMs) ? {
		do: "continue",
		deploy: open
	} : {
		do: "wait",
		why: livesOn(request, open)
	};
	if (open.end !== void 0) return {
		do: "refuse",
		failure: blockedBy(request, open, "failed and was not taken back")
	};
	if (isMine(request, open, silentMs)) {
		if (beingTakenBack(open)) return {
			do: "refuse",
			failure: blockedBy(request, open, "is being taken back, and that did not end")
		};
		if (request.commit === void 0 || request.commit === open.commit) return {
			do: "continue",
			deploy: open
		};
		if (me.terminal && request.wants === "open" && !changedSomething(open)) return {
			do: "abandon",
			deploy: open,
			why: `it had changed nothing, and ${open.owner} goes on with ${shortCommit(request.commit)}`
		};
		return {
			do: "refuse",
			failure: refusal(`This run's open deploy ${open.id} is of ${shortCommit(open.commit)}, and this step is about ${shortCommit(request.commit)}.`, {
				code: "other-commit",
				hint: "One run deploys one commit. End the open deploy first: a rollback takes it back, and `mark-stable` keeps it."
			})
		};
	}
	const gone = ownerGone(request, open, silentMs);
	if (!changedSomething(open)) {
		if (gone || silentMs >= 12e4) return request.wants === "open" ? {
			do: "abandon",
			deploy: open,
			why: `${open.owner} is gone and had changed nothing`
		} : { do: "lock" };
		return waitOrRefuse(request, open, `${open.owner} has opened ${open.id} (${shortCommit(open.commit)}) on ${request.title}`);
	}
	if (gone) return {
		do: "refuse",
		failure: blockedBy(request, open, `was left by ${open.owner}, ${formatDuration(silentMs)} ago`)
	};
	return waitOrRefuse(request, open, `${open.owner} is deploying ${shortCommit(open.commit)} to ${request.title}`);
}
function endedMeanwhile({ ledger, me, wants }) {
	if (wants !== "join" && wants !== "mark") return void 0;
	const last = ownDeployOver(ledger, me);
	if (last?.end === void 0 || last.end.blocks) return void 0;
	return refusal(`This run's deploy ${last.id} is over (${last.end.as}: ${last.end.why}; by ${last.end.by}), and this step would go on without it.`, {
		hint: "Backup, migrations and switch belong to one deploy: choose \"Re-run all jobs\".",
		code: "deploy-over"
	});
}
function waitOrRefuse({ wants }, open, why) {
	if (wants !== "mark") return {
		do: "wait",
		why
	};
	return {
		do: "refuse",
		failure: refusal(`Nothing can be marked stable now: ${why}.`, {
			hint: `Wait for ${open.id} to end.`,
			code: "busy"
		})
	};
}
function endsNow(request, open, silentMs) {
	return open.end !== void 0 || open.owner === request.me.id || request.beaterDead || silentMs >= 6e4 || ownerGone(request, open, silentMs);
}
function livesOn({ title }, open) {
	return `${open.owner} was deploying ${shortCommit(open.commit)} to ${title} less than ${formatDuration(STEP_DEAD_AFTER)} ago, and may go on`;
}
function silence({ lock, now }, open) {
	if (lock.state === "held") return lock.silentMs;
	return open === void 0 ? Number.POSITIVE_INFINITY : Math.max(0, now.getTime() - Date.parse(open.lastAt));
}
function isMine({ me, leaseMs }, open, silentMs) {
	return open.owner === me.id && (!me.terminal || silentMs <= leaseMs);
}
function ownerGone({ me, leaseMs, ownerCompleted }, open, silentMs) {
	if (!me.terminal && isEarlierAttempt(open.owner, me.id)) return true;
	return ownerCompleted ?? silentMs > leaseMs;
}
function blockedBy({ title }, open, how) {
	return refusal(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${title} ${how}; it may have changed code or database.`, {
		hint: "Take it back first; a new deploy would build on an unknown state.",
		state: open.steps.map((step) => `${step.step}: ${step.state === "running" ? "did not end" : step.state}`),
		code: "blocked"
	});
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
// src/deploy/lock/process-identity.ts
const SELF = `
p=$PPID
[ -r /proc/$p/stat ] || exit 0
printf '%s/%s/%s/%s' "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)" "$p" "$(sed 's/.*) //' /proc/$p/stat | cut -d' ' -f20)"`;
const IS_DEAD = `
boot=\${1%%/*}; rest=\${1#*/}; ns=\${rest%%/*}; rest=\${rest#*/}; pid=\${rest%%/*}; start=\${rest#*/}
[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || exit 1
[ -n "$ns" ] && [ "$ns" = "$(readlink /proc/self/ns/pid)" ] || exit 1
# Where others' processes are hidden (hidepid), the first one is too, and nothing is known of any.
[ -r /proc/1/stat ] || exit 1
[ -r "/proc/$pid/stat" ] || exit 0
[ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" = "$start" ] && exit 1
exit 0`;
async function processIdentity(here) {
	return (await here.run({ words: [
		"sh",
		"-c",
		SELF
	] })).stdout;
}
async function isDead(here, identity) {
	if (identity === "") return false;
	return (await here.run({ words: [
		"sh",
		"-c",
		IS_DEAD,
		"sh",
		identity
	] })).code === 0;
}
// src/deploy/call/given-words.ts
function givenWords(settings, sections, without) {
	const said = settings.layers.find(({ source }) => source === "flags")?.raw ?? {};
	return sections.flatMap((section) => Object.entries(said[section.name] ?? {}).flatMap(([name, value]) => {
		const external = settings.nameOf(section.name, name);
		if (without.has(external)) return [];
		if (section.inputs[name]?.kind === flag && value === "true") return [`--${external}`];
		return value.startsWith("-") ? [`--${external}=${value}`] : [`--${external}`, value];
	}));
}
const PLACE_FLAGS = new Set([
	"environment",
	"host",
	"app",
	"jump-host",
	"state-dir"
]);
// src/deploy/environment/incoming.ts
async function checkoutOf$1(environment) {
	const { here, cwd } = environment.ports;
	return await exists(here, `${cwd}/.git`) ? await openClone(here, cwd) : void 0;
}
async function incomingCommit(environment) {
	const { env, terminal } = environment.ports;
	const named = environment.shared.commit ?? (env["GITHUB_SHA"] || void 0);
	const checkout = await checkoutOf$1(environment);
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
// src/deploy/lock/older-run.ts
function newerThan(ledger, me, created) {
	const newest = newestConfirmed(ledger);
	if (newest === void 0 || me.terminal) return void 0;
	const [mine, other] = [runOf(me.run), runOf(newest.run)];
	if (mine !== void 0 && mine.repository === other?.repository) return mine.number < other.number ? newest : void 0;
	return created !== void 0 && created.getTime() < Date.parse(newest.openedAt) ? newest : void 0;
}
function newestConfirmed({ deploys }) {
	return deploys.findLast(({ end }) => end?.as === "confirmed");
}
async function refusedAsOlder(environment, ledger, commit) {
	const { shared, owner, ports } = environment;
	if (shared["allow-older"] || owner.terminal) return void 0;
	const newest = newestConfirmed(ledger);
	const stable = ledger.stable.at(-1)?.commit ?? newest?.commit;
	if (newest === void 0 || stable === commit) return void 0;
	const newer = newerThan(ledger, owner, runOf(owner.run)?.repository === runOf(newest.run)?.repository ? void 0 : await runCreated(owner.run, ports.env, tokenOf(shared, ports.env)));
	if (newer === void 0 || stable !== void 0 && await isAhead$1(environment, stable, commit)) return void 0;
	return olderRun(environment, newer, commit);
}
async function isAhead$1(environment, stable, commit) {
	for (const clone of [await environment.clone(), await checkoutOf$1(environment)]) {
		if (clone === void 0 || !await clone.has(stable) || !await clone.has(commit)) continue;
		if (await clone.isAncestor(stable, commit)) return true;
	}
	return false;
}
function olderRun({ title, owner }, newer, commit) {
	const who = newer.run === void 0 ? newer.owner : `run ${newer.owner}`;
	return refusal(`This run (${owner.id}) is older than the newest confirmed deploy of ${title}: ${newer.id} of ${shortCommit(newer.commit)}, by ${who}. It would take ${title} back to ${shortCommit(commit)}.`, {
		hint: `To deploy what is newest, start a new run. To go back, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy this one all the same, give \`allow-older: true\`.`,
		evidence: newer.run === void 0 ? [] : [`The newer deploy: ${newer.run}`],
		code: "older-run"
	});
}
// src/deploy/lock/quarantined.ts
function tellQuarantine({ deploy, at, by, why }) {
	return `taken back at ${at} by ${by} (${deploy}), because ${clause(why)}`;
}
function quarantineNote({ quarantined }, deploy) {
	const left = [...quarantined.values()].find((one) => one.deploy === deploy);
	if (left === void 0) return [];
	const name = shortCommit(left.commit);
	return [`${name} is quarantined: a commit that mends it is deployed as ever, ${name} itself only with a reason in \`allow-quarantined\`.`];
}
async function refusedUnfit(environment, ledger, about) {
	return await refusedAsOlder(environment, ledger, about.commit) ?? refusedAsQuarantined(environment, ledger, about);
}
async function refuseUnfit(environment, commit, opener) {
	const ledger = await ledgerOf(environment);
	const refused = ledger && await refusedUnfit(environment, ledger, {
		commit,
		opener
	});
	if (refused !== void 0) throw refused;
}
function refusedAsQuarantined(environment, { quarantined, unwell }, { commit, opener }) {
	const found = quarantined.get(commit);
	if (found === void 0 || environment.shared["allow-quarantined"] !== void 0) return void 0;
	const { owner, title } = environment;
	const name = shortCommit(commit);
	return refusal(`${name} is quarantined on ${title}: it was ${tellQuarantine(found)}. Nothing was touched.`, {
		code: "quarantined",
		hint: [
			...unwell?.deploy === found.deploy ? ["The version before it was not healthy either: the cause may lie outside of both. `status` says how it stands now."] : [],
			...isReRun(owner, found) ? ["A re-run deploys the same commit again."] : [],
			`Deploy a commit in which the cause is mended. Where it lay outside of ${name} (a wrong secret, a full disk) and is mended there, give the reason in \`allow-quarantined\`; the journal keeps it.`,
			...owner.terminal ? [] : [`In a workflow: \`allow-quarantined: ${REASON}\`, of the action that opens the deploy or of the workflow that is started.`]
		].join("\n"),
		evidence: [
			...found.run === void 0 ? [] : [`The run that took it back: ${found.run}`],
			...found.migrations.length === 0 ? [] : [`Its migrations: ${found.migrations.join(", ")}`],
			...found.images.map((image) => `Its image: ${image}`)
		],
		ways: owner.terminal && opener !== void 0 ? [override(environment, {
			commit,
			opener
		})] : []
	});
}
function allowedQuarantine(environment, { quarantined }, commit) {
	const found = quarantined.get(commit);
	const reason = environment.shared["allow-quarantined"];
	if (found === void 0 || reason === void 0) return void 0;
	environment.ports.report.notice(`${shortCommit(commit)} was ${tellQuarantine(found)}. It is deployed all the same: ${reason}`);
	return {
		deploy: found.deploy,
		reason
	};
}
const REASON = "the cause lay outside of the commit, and is mended";
function override(environment, { commit, opener }) {
	const own = new Set([
		...PLACE_FLAGS,
		"confirm",
		"commit",
		"dry-run",
		"allow-quarantined"
	]);
	const words = givenWords(environment.settings, opener.sections, own);
	const confirmed = opener.operation === "deploy" ? ["--confirm", environment.name] : [];
	return {
		command: nextCommand(environment, opener.operation, [
			...words,
			"--commit",
			commit,
			"--allow-quarantined",
			REASON,
			...confirmed
		]),
		means: `Deploys ${shortCommit(commit)} all the same; the reason is journaled: say the true one.`
	};
}
function isReRun({ terminal, run, id }, { by, run: other }) {
	if (terminal) return false;
	const [mine, its] = [runOf(run), runOf(other)];
	if (mine !== void 0 && its !== void 0) return mine.repository === its.repository && mine.number === its.number;
	return id.split(".")[0] === by.split(".")[0];
}
function clause(text) {
	return (text.split("\n", 1)[0] ?? text).replace(/\.$/, "");
}
// src/deploy/lock/turn.ts
const FIRST_POLL = 250;
const POLL_EVERY = 2e3;
const LOST_RACE = 100;
async function takeTurn(environment, request) {
	const { journal } = stateOf(environment);
	const { ports } = environment;
	const process = await processIdentity(ports.here);
	const patience = request.patienceMs ?? environment.shared["lock-lease"];
	const since = ports.clock.now().getTime();
	const unfit = askedOnce(environment, request.opener);
	let said = "";
	let pause = FIRST_POLL;
	for (;;) {
		const lock = await journal.lock.status();
		const ledger = await journal.read();
		const moot = request.moot?.(ledger);
		if (moot !== void 0) throw refusal(moot, { code: "moot" });
		refuseDamaged(environment, ledger);
		const admission = admit(await admissionRequest(environment, request, ledger, lock, unfit));
		if (admission.do === "refuse") throw refused(environment, ledger, admission.failure);
		if (admission.do === "wait") {
			if (ports.clock.now().getTime() - since > patience) throw refusal(`Waited ${formatDuration(patience)}: ${admission.why}.`, {
				code: "busy",
				ways: [statusWay(environment)]
			});
			if (said !== admission.why) {
				const held = lock.state === "held" ? lock.holder.since : void 0;
				environment.notify({
					kind: "lock.waiting",
					why: admission.why,
					...held !== void 0 && { since: held }
				});
				ports.report.progress?.(`waiting since ${ports.clock.now().toISOString().slice(11, 19)} UTC: ${admission.why}`);
			}
			said = admission.why;
			await ports.clock.sleep(pause, ports.signal);
			pause = Math.min(2 * pause, POLL_EVERY);
			continue;
		}
		if (said !== "") ports.report.progress?.("");
		await request.check?.({
			ledger,
			admission
		});
		const before = lock.state === "held" ? lock.holder : void 0;
		const holder = nextHolder(environment, {
			admission,
			lock,
			ledger
		});
		const taken = before === void 0 ? await journal.lock.take(holder) : await journal.lock.takeOver(before, holder);
		if (taken && underLocks(await journal.read()) === underLocks(ledger)) {
			await journal.lock.beat(holder, {
				running: true,
				step: "starting",
				process
			});
			return {
				holder,
				before,
				midStep: lock.state === "held" && lock.beat?.running !== false,
				admission,
				ledger,
				process
			};
		}
		if (taken) await giveBack(journal.lock, holder, before);
		await ports.clock.sleep(LOST_RACE, ports.signal);
	}
}
function underLocks({ entries }) {
	return entries.filter(({ fence }) => fence !== void 0).length;
}
async function giveBack(lock, holder, before) {
	await (before === void 0 ? lock.release(holder) : lock.takeOver(holder, before));
}
function askedOnce(environment, opener) {
	let known;
	return async (ledger, commit) => {
		const of = `${ledger.deploys.filter(({ end }) => end !== void 0).length} ${ledger.stable.at(-1)?.commit} ${ledger.quarantined.has(commit)}`;
		if (known?.of !== of) known = {
			of,
			answer: refusedUnfit(environment, ledger, {
				commit,
				opener
			})
		};
		return await known.answer;
	};
}
var Blocked = class extends Failure {
	ledger;
	open;
	constructor(refused, ledger, open) {
		super(refused.message, refused);
		this.ledger = ledger;
		this.open = open;
	}
};
function refused(environment, ledger, failure) {
	if (failure.code === "busy") return failure.with({ ways: [statusWay(environment)] });
	return failure.code === "blocked" && ledger.open !== void 0 ? new Blocked(failure, ledger, ledger.open) : failure;
}
function nextHolder({ ports, owner }, found) {
	const { admission, lock, ledger } = found;
	const before = (lock.state === "held" ? lock.holder.fence : lock.lastFence) ?? 0;
	return {
		id: ports.random(16),
		fence: Math.max(ledger.highestFence, before) + 1,
		owner: owner.id,
		deploy: admission.do === "continue" ? admission.deploy.id : void 0,
		run: owner.run,
		since: ports.clock.now().toISOString()
	};
}
async function admissionRequest(environment, request, ledger, lock, unfit) {
	const { ports, owner, shared, title } = environment;
	const open = ledger.open;
	const foreign = open !== void 0 && open.owner !== owner.id && open.end === void 0;
	const token = tokenOf(shared, ports.env);
	const beat = lock.state === "held" ? lock.beat : void 0;
	return {
		title,
		ledger,
		lock,
		me: owner,
		commit: request.commit,
		wants: request.wants,
		leaseMs: shared["lock-lease"],
		now: ports.clock.now(),
		unfit: request.wants === "open" && request.commit !== void 0 ? await unfit(ledger, request.commit) : void 0,
		ownerCompleted: foreign && changedSomething(open) ? await attemptCompleted(open.run, ports.env, token) : void 0,
		beaterDead: beat?.running === true && await isDead(ports.here, beat.process)
	};
}
// src/deploy/lock/watchdog-fence.ts
const CONFIRM = `cd "$1" 2>/dev/null || { echo gone; exit 0; }
for now in armed proving; do
  if mv "$now" confirmed 2>/dev/null; then echo confirmed; exit 0; fi
done
if [ -e fired ]; then echo fired; else echo gone; fi`;
const CLAIMS_WITHIN = 1e4;
const POLL$1 = 500;
async function disarm(machine, folder, { clock, held }) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			CONFIRM,
			"sh",
			folder
		],
		repeatable: true
	});
	const said = finished.stdout.trim();
	if (finished.code !== 0 || said === "") throw new Failure(`The watchdog in ${folder} on ${machine.name} could not be told that it is not needed.`, {
		code: "watchdog",
		hint: "It may take this deploy back. Look whether the host's disk is full, and run this again."
	});
	if (said !== "fired") return;
	for (let waited = 0; waited < CLAIMS_WITHIN; waited += POLL$1) {
		await held();
		await clock.sleep(POLL$1);
	}
}
var WatchdogFence = class {
	#environment;
	#folder;
	constructor(environment, folder) {
		this.#environment = environment;
		this.#folder = folder;
	}
	armed(folder) {
		this.#folder = folder;
	}
	async disarm() {
		if (this.#folder === void 0) return;
		const { machine, ports, held } = this.#environment;
		await disarm(machine, this.#folder, {
			clock: ports.clock,
			held: async () => await held.confirm()
		});
		this.#folder = void 0;
	}
};
// src/deploy/lock/transaction.ts
const BEAT_EVERY$1 = 15e3;
var Transaction = class Transaction {
	environment;
	state;
	watchdog;
	standstill;
	#holder;
	#deploy;
	#process;
	#released = false;
	constructor(environment, turn) {
		this.environment = environment;
		this.state = stateOf(environment);
		this.#holder = turn.holder;
		this.#deploy = turn.holder.deploy;
		this.watchdog = new WatchdogFence(environment, turn.ledger.deploys.find(({ id }) => id === turn.holder.deploy)?.watchdog?.folder);
		this.#process = turn.process;
		environment.held.hold(this.state, turn.holder);
	}
	static async begin(environment, request) {
		const { paths } = stateOf(environment);
		await refuseUnsafeState(environment.machine, paths);
		const turn = await takeTurn(environment, request);
		const held = new Transaction(environment, turn);
		try {
			await held.#beating("prepare", async () => await held.#settle(turn, request));
			return held;
		} catch (error) {
			await held[Symbol.asyncDispose]();
			throw error;
		}
	}
	get deploy() {
		return this.#deploy;
	}
	async record() {
		const found = (await this.state.journal.read()).deploys.find((deploy) => deploy.id === this.#deploy);
		if (found === void 0) throw new Failure(`The journal does not know the deploy ${this.#deploy ?? "(none)"}.`, {
			code: "unexpected",
			exit: 3
		});
		return found;
	}
	note() {
		return `${this.state.paths.running}/${this.environment.ports.random(8)}`;
	}
	async write(fact) {
		await this.writeAbout(this.#deploy, fact);
	}
	async writeAbout(deploy, fact) {
		const { owner, ports, held } = this.environment;
		try {
			await this.state.journal.write(fact, {
				at: ports.clock.now(),
				owner: owner.id,
				deploy,
				holder: this.#holder
			});
		} catch (error) {
			throw isLockLost(error) ? await held.lost() : error;
		}
		if (fact.kind === "watchdog.armed") this.watchdog.armed(fact.folder);
	}
	async step(name, request, body) {
		const { job } = this.environment.owner;
		return (await this.environment.ports.report.step(request.title, async () => {
			if (takesBack(name)) await this.watchdog.disarm();
			await this.write({
				kind: "step.started",
				step: name,
				intent: request.intent,
				undo: STEPS[name].undone,
				...job !== void 0 && { job },
				...request.settings && {
					settings: request.settings,
					shared: this.environment.settings.effective(sharedSection)
				}
			});
			try {
				const result = await this.#beating(name, body);
				await this.write({
					kind: "step.done",
					step: name,
					result: result.result
				});
				return result;
			} catch (error) {
				await this.#noteFailure(name, error, request.unseen?.() === true);
				throw error;
			}
		}, (result) => result.headline)).value;
	}
	async close(fact) {
		if (this.#deploy === void 0) return;
		await this.watchdog.disarm();
		await this.write({
			kind: "deploy.closed",
			deploy: this.#deploy,
			...fact
		});
		if (fact.blocks === true) return;
		this.#deploy = void 0;
		await this.#release();
	}
	async [Symbol.asyncDispose]() {
		if (this.#released) return;
		try {
			if (this.#deploy === void 0) await this.#release();
			else await this.state.journal.lock.beat(this.#holder, {
				running: false,
				step: "",
				process: this.#process
			});
		} catch (error) {
			this.environment.ports.report.warning(`The lock could not be told that this step ended: ${messageOf(error)}`);
		} finally {
			this.environment.held.letGo();
		}
	}
	async #settle({ admission, before, midStep, ledger }, request) {
		const { owner } = this.environment;
		if (midStep) await endStepBefore(this.environment, this.state, request.wants);
		if (before !== void 0 && before.owner !== owner.id) await this.write({
			kind: "lock.taken",
			from: before.owner,
			why: admission.do === "abandon" ? admission.why : `${before.owner} is gone or was ended by hand`
		});
		if (admission.do === "abandon") {
			await this.write({
				kind: "deploy.closed",
				deploy: admission.deploy.id,
				as: "abandoned",
				why: admission.why
			});
			this.environment.ports.report.notice(`Closed the abandoned deploy ${admission.deploy.id}: ${admission.why}.`);
		}
		if ((admission.do === "open" || admission.do === "abandon") && request.opening !== void 0) await this.open(await request.opening(ledger), ledger);
	}
	async open(opening, ledger) {
		const { owner, ports } = this.environment;
		const deploy = freshId(ports.clock.now(), opening.commit, ledger);
		await this.write(openingFact(deploy, opening, owner));
		this.#deploy = deploy;
	}
	async #beating(name, body) {
		const { ports } = this.environment;
		const lost = new AbortController();
		const beat = async () => {
			if (!await this.state.journal.lock.beat(this.#holder, {
				running: true,
				step: name,
				process: this.#process
			})) lost.abort(await this.environment.held.lost());
		};
		await beat();
		const timer = setInterval(() => {
			beat().catch((error) => ports.report.detail(`No sign of life could be given: ${messageOf(error)}`));
		}, BEAT_EVERY$1);
		try {
			return await body(AbortSignal.any([ports.signal, lost.signal]));
		} catch (error) {
			if (isLockLost(error)) throw error;
			if (!lost.signal.aborted) await beat().catch(() => void 0);
			throw lost.signal.aborted ? lost.signal.reason : firstError(error);
		} finally {
			clearInterval(timer);
		}
	}
	async #noteFailure(name, error, unseen) {
		if (isLockLost(error)) return;
		try {
			await this.write({
				kind: "step.failed",
				step: name,
				...howItFailed(error, this.environment.ports.signal),
				...unseen && { unseen },
				...name === "switch" && this.standstill?.stopped && { stopped: this.standstill.stopped }
			});
		} catch (unwritten) {
			this.environment.ports.report.warning(`The failure could not be written to the journal: ${messageOf(unwritten)}`);
		}
	}
	async #release() {
		this.#released = true;
		try {
			await this.state.journal.lock.release(this.#holder);
		} finally {
			this.environment.held.letGo();
		}
	}
};
// src/deploy/back/automatic.ts
const NOT_AUTOMATIC = "Nothing is taken back by itself here (`rollback: { automatic: false }`).";
function isAutomatic({ settings }) {
	return settings.section(rollbackSection).automatic;
}
// src/deploy/back/job-end.ts
const GIVEN$1 = 3e5;
const TO_STOP = 3e4;
const TO_DIE = 1e4;
function decideJobEnd({ open, me, automatic, until, now }) {
	if (open === void 0) return {
		do: "nothing",
		why: "no deploy is open"
	};
	if (open.owner !== me.id) return {
		do: "nothing",
		why: "the open deploy is another run's"
	};
	if (open.goingBack) return {
		do: "leave",
		why: "it is a rollback by hand"
	};
	const why = notOneJobs(open, me);
	if (why !== void 0) return {
		do: "leave",
		why
	};
	if (hasFailed$1(open)) return {
		do: "leave",
		why: "what failed is not tried again unasked"
	};
	if (!changedSomething(open)) return {
		do: "close",
		open
	};
	if (!automatic) return {
		do: "ask",
		open
	};
	if (until !== void 0 && until <= now) return {
		do: "late",
		why: "the five minutes that GitHub gives a cancelled job are used up"
	};
	return {
		do: "back",
		open
	};
}
function notOneJobs({ job: opener, steps }, me) {
	const jobs = [opener, ...steps.map(({ job }) => job)];
	if (me.job === void 0 || jobs.includes(void 0)) return "the journal does not say of each step which job's it is";
	const other = jobs.find((job) => job !== me.job);
	return other === void 0 ? void 0 : `\`${other}\`, another job of this run, had a part in it`;
}
function hasFailed$1({ end, steps }) {
	return end !== void 0 || steps.findLast(({ step }) => takesBack(step))?.state === "failed";
}
function untilWhen(open, lock, now) {
	const cancelled = open?.steps.find(({ state }) => state === "cancelled");
	if (cancelled?.endedAt !== void 0) return Date.parse(cancelled.endedAt) - TO_DIE + GIVEN$1 - TO_STOP;
	return open?.steps.at(-1)?.state === "running" && lock.state === "held" ? now - lock.silentMs - TO_DIE + GIVEN$1 - TO_STOP : void 0;
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
	watch$1({
		clock,
		report
	}, tell, done.signal);
	try {
		return await body();
	} finally {
		done.abort();
	}
}
async function watch$1({ clock, report }, tell, done) {
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
async function estimatedRows(connection) {
	const rows = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_stat_get_live_tuples(c.oid) AS rows
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND ${USERS}`);
	return new Map(rows.map(({ name, rows: live }) => [name, Number(live)]));
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
function missing$2(from, inOther) {
	return `(SELECT pg_catalog.string_agg(g, ', ' ORDER BY g COLLATE "C") FROM (${grants$1(from)} EXCEPT ${grants$1(inOther)}) AS one(g))`;
}
const EXTENSION_RIGHTS = `
  SELECT 'rights of extension', i.type || ' ' || i.identity, pg_catalog.concat_ws('; ', 'granted=' || ${missing$2(NOW, FIRST)}, 'revoked=' || ${missing$2(FIRST, NOW)})
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
	return madeBy$1(a) === madeBy$1(b) ? "different" : "unknown";
}
function restoredFingerprint(fingerprint) {
	return fingerprint.replace(/\+.*$/, "");
}
function isComparable(fingerprint) {
	return madeBy$1(fingerprint).split(".")[0] === String(3);
}
function madeBy$1(fingerprint) {
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
// src/postgres/replication.ts
async function subscriptionsOf(connection, database) {
	return await connection.query(`SELECT s.subname::text AS name, s.subenabled AS enabled, s.subslotname::text AS slot,
       (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR pg_has_role(s.subowner, 'USAGE') AS ours
     FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = $1) ORDER BY 1`, [database]);
}
async function disableSubscriptions(database, { name, signal }) {
	try {
		var _usingCtx$48 = _usingCtx();
		const connection = _usingCtx$48.a(await database.connect("swap", {
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
		_usingCtx$48.e = _;
	} finally {
		await _usingCtx$48.d();
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
// src/postgres/drop-database.ts
async function dropDatabase(database, name) {
	try {
		var _usingCtx$47 = _usingCtx();
		if (name === database.name) throw refusal(`${name} is the live database and is not dropped.`, { code: "live-database" });
		const connection = _usingCtx$47.a(await database.connectMaintenance("side"));
		const slots = (await subscriptionsOf(connection, name)).length > 0 ? await dropSubscriptions(database, name) : [];
		const [template] = await connection.query("SELECT FROM pg_database WHERE datname = $1 AND datistemplate", [name]);
		if (template !== void 0) await connection.exec(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
		await dropOnceEmpty(connection, name);
		return slots;
	} catch (_) {
		_usingCtx$47.e = _;
	} finally {
		await _usingCtx$47.d();
	}
}
const DROP_TRIES = 3;
async function dropOnceEmpty(connection, name) {
	const drop = `DROP DATABASE IF EXISTS ${identifier(name)}`;
	let forced = connection.serverVersion >= 13e4;
	for (let turn = 1;; turn += 1) try {
		if (!forced) await endSessionsIn(connection, [name]);
		return await connection.exec(forced ? `${drop} WITH (FORCE)` : drop);
	} catch (error) {
		const code = error instanceof Failure ? error.code : void 0;
		const helpers = forced && code === "42501" && (await heldSessions(connection, [name])).length === 0;
		if (!helpers && (code !== "55006" || turn === DROP_TRIES)) throw error;
		if (helpers) forced = false;
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
			var _usingCtx3 = _usingCtx();
			return await subscriptionsOf(_usingCtx3.a(await database.connectMaintenance("look")), name);
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	} catch (error) {
		if (error instanceof Failure) return [];
		throw error;
	}
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
	const [, suffix, kind, ...time] = /_((restore|verify|warm|drill|probe)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_[0-9a-f]{6})?)$/.exec(name) ?? [];
	if (suffix === void 0 || !kinds.some((one) => one === kind) || sideName(database, suffix) !== name) return void 0;
	const [year, month, day, hour, minute, second] = time;
	const made = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return Number.isNaN(made.getTime()) ? void 0 : made;
}
async function sidesOf(database, kinds) {
	try {
		var _usingCtx$46 = _usingCtx();
		return (await _usingCtx$46.a(await database.connectMaintenance("look")).query("SELECT datname AS name FROM pg_database")).flatMap(({ name }) => sideMadeAt(database.name, name, kinds) === void 0 ? [] : [name]);
	} catch (_) {
		_usingCtx$46.e = _;
	} finally {
		await _usingCtx$46.d();
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
		if (live === void 0) throw missing$1(database);
		await connection.exec(`CREATE DATABASE ${identifier(name)} TEMPLATE template0 ${live.definition} ${localeClauses(live.locale).join(" ")}`);
		await connection.exec(`REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(name)} TO ${identifier(database.adminTarget.user)}`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
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
function missing$1(database) {
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
function warmSide(database, at) {
	return newSideName(database, "warm", at);
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
		var _usingCtx$45 = _usingCtx();
		const connection = _usingCtx$45.a(await database.connectMaintenance("look"));
		const rows = await connection.query(`SELECT datname AS name FROM pg_database d
     WHERE (datname LIKE '%\\_verify\\_%' OR datname LIKE '%\\_drill\\_%') AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend')`);
		const [clock] = await connection.query("SELECT (extract(epoch FROM now()) * 1000)::bigint AS ms");
		return {
			empty: rows.map((row) => row.name),
			now: new Date(Number(clock?.ms ?? 0))
		};
	} catch (_) {
		_usingCtx$45.e = _;
	} finally {
		await _usingCtx$45.d();
	}
}
// src/backup/lock-holders.ts
async function lockHolders(database, signal) {
	try {
		var _usingCtx$44 = _usingCtx();
		return (await _usingCtx$44.a(await database.connect("backup", { signal })).query(`
    SELECT format('session %s (%s%s) holds %s on %s.%I, its transaction is %s s old and %s', l.pid, coalesce(a.usename, '?'),
        coalesce(', ' || nullif(a.application_name, ''), ''), l.mode, quote_ident(n.nspname), c.relname,
        coalesce(round(extract(epoch FROM now() - a.xact_start))::text, '?'), coalesce(a.state, 'of unknown state')) AS line
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'S')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY a.xact_start NULLS LAST LIMIT 5`)).map((row) => row.line);
	} catch (_) {
		_usingCtx$44.e = _;
	} finally {
		await _usingCtx$44.d();
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
		evidence: evidenceOf$1(missing)
	});
}
async function unreadable$1(database, admin, signal) {
	try {
		var _usingCtx$43 = _usingCtx();
		return await _usingCtx$43.a(await database.connect("backup", {
			admin,
			signal
		})).query(UNREADABLE);
	} catch (_) {
		_usingCtx$43.e = _;
	} finally {
		await _usingCtx$43.d();
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
function evidenceOf$1(missing) {
	const shown = missing.slice(0, 10).map(({ name, lacks }) => {
		if (lacks === "rows") return `${name}: row security hides rows`;
		return `${lacks === "object" ? "large object " : ""}${name}: no SELECT`;
	});
	return missing.length > shown.length ? [...shown, `and ${plural(missing.length - shown.length, "other")}`] : shown;
}
// src/postgres/carry.ts
const REFUSED$1 = [
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
			if (!(error instanceof Failure && REFUSED$1.includes(error.code ?? ""))) throw error;
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
		if (any === void 0 || isSame$2(from, parameter)) return [];
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
function isSame$2(a, b) {
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
		var _usingCtx$42 = _usingCtx();
		const connection = _usingCtx$42.a(await database.connectMaintenance("side"));
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
		_usingCtx$42.e = _;
	} finally {
		await _usingCtx$42.d();
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
	const own = new Set(found$1(code, OWN));
	return found$1(code, RELATION).some((name) => names.relations.has(name) && !own.has(name)) || found$1(code, CALL).some((name) => names.functions.has(name));
}
function found$1(code, pattern) {
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
const LIMIT$1 = 2e3;
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
	return code === "57014" ? `it takes longer than ${formatDuration(LIMIT$1)}` : message;
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
		await connection.exec(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LIMIT$1}; SET LOCAL lock_timeout = 500; SET LOCAL row_security = off;
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
			var _usingCtx$41 = _usingCtx();
			const connection = _usingCtx$41.a(await database.connect("look"));
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
			_usingCtx$41.e = _;
		} finally {
			await _usingCtx$41.d();
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
const SHOWN$1 = 10;
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
	return found.length <= SHOWN$1 ? [...found] : [...found.slice(0, SHOWN$1), `and ${plural(found.length - SHOWN$1, "more difference")}`];
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
	if (isSame$1(toolsOn, files)) return { by: "path" };
	const { holder } = toolsOn;
	return holder !== void 0 && isSame$1(holder.machine, files) ? {
		by: "shell",
		holder
	} : { by: "stream" };
}
function isSame$1(one, other) {
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
// src/backup/zstd.ts
const PROBE$1 = "[ \"$(printf savepoint | zstd -q -1 -T2 -c 2>/dev/null | zstd -q -d -c 2>/dev/null)\" = savepoint ]";
async function hasZstd(machine, signal) {
	return (await machine.run({
		words: [
			"sh",
			"-c",
			PROBE$1
		],
		signal,
		repeatable: true
	})).code === 0;
}
const PACK = `exec 4>&1
wrote=$( { { "$@" 3>&- 4>&-; echo $? >&3; } | zstd -q -1 -T2 -c >&4 3>&-; } 3>&1 ) || exit
exit "\${wrote:-1}"`;
const UNPACK = `[ -z "$1" ] || exec <"$1" || exit
shift
exec 4>&1
unpacked=$( { { zstd -q -d -c 3>&- 4>&-; echo $? >&3; } | { { "$@" && cat >/dev/null; } >&4 3>&- 4>&-; }; } 3>&1 ) || exit
exit "\${unpacked:-1}"`;
function packing(words) {
	return [
		"sh",
		"-c",
		PACK,
		"sh",
		...words
	];
}
function unpacking(words, file = "") {
	return [
		"sh",
		"-c",
		UNPACK,
		"sh",
		file,
		...words
	];
}
const RESTORE = `file=$1 jobs=$2; shift 2
exec 5<&0
whole=$(dirname -- "$file")/.savepoint-unpacked-$$.partial
if [ "$jobs" -gt 1 ] && [ -e /proc/self/fd/5 ] && ( umask 077; set -C; : >"$whole" ) 2>/dev/null; then
  exec 7<>"$whole"
  rm -f -- "$whole"
  free=$(df -Pk "$(dirname -- "$file")" | awk 'NR == 2 { printf "%d", $4 / 2 }')
  if ( ulimit -c 0; ulimit -f "$free" && exec zstd -q -d -c -- "$file" >&7 2>/dev/null ); then exec "$@" --jobs="$jobs" /dev/fd/7; fi
  exec 7>&-
fi
set -- "$file" "$@"
${UNPACK}`;
function unpackingAside(words, file, jobs) {
	return [
		"sh",
		"-c",
		RESTORE,
		"sh",
		file,
		String(jobs),
		...words
	];
}
const GIVEN = "/dev/fd/5";
function peeking(words, file) {
	return [
		"sh",
		"-c",
		"file=$1; shift; zstd -q -d -c -- \"$file\" 2>/dev/null | \"$@\"",
		"sh",
		file,
		...words
	];
}
function unpackHere() {
	return createZstdDecompress();
}
// src/backup/read-back.ts
async function readBack({ dump, packed, toolsOn, tools, noteIn, signal, passed }) {
	const note = noteIn === void 0 ? void 0 : `${noteIn}-read`;
	const words = tools.words("pg_restore", "--file=/dev/null");
	await withDump({
		dump,
		toolsOn,
		command: {
			words: packed ? unpacking(words) : words,
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
async function withDump({ dump, toolsOn, command, through, signal, passed }, onFailure) {
	const judge = (finished) => {
		if (finished.code !== 0) onFailure(finished);
	};
	const reach = through === void 0 ? reachOf(toolsOn, dump.machine) : { by: "stream" };
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
	const from = through?.();
	if (from !== void 0) pipeline(from, pipe, () => void 0);
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
			stdout: from ?? pipe,
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
async function bytesOf({ database, dump, packed, signal }) {
	const { by } = reachOf(database.toolsOn, dump.machine);
	if (!packed) return by === "path" ? "file" : "input";
	if (!await hasZstd(database.toolsOn, signal)) return "input";
	return by === "path" ? "packed file" : "packed input";
}
async function fill(asked) {
	const { database, dump, signal, serverVersion } = asked;
	const job = {
		...asked,
		bytes: await bytesOf(asked)
	};
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
	const through = asked.packed && job.bytes === "input" ? unpackHere : void 0;
	await withDump({
		dump,
		toolsOn: database.toolsOn,
		command: {
			...command,
			env,
			noteIn
		},
		through,
		signal
	}, (finished) => {
		throw new Failure(`The dump cannot be restored: pg_restore failed (${ending(finished)}).`, {
			code: together ? FAILED_TOGETHER : "restore-failed",
			evidence: lastLines(finished),
			hint: job.superuser ? void 0 : `Where it lacks a right: what the role ${database.adminTarget.user} may not restore, a superuser may. Give one as \`database-admin-url\`.`
		});
	});
}
function sessionsOf({ bytes, jobs }) {
	return bytes === "file" || bytes === "packed file" ? jobs ?? JOBS : 1;
}
async function directly(job, tools) {
	const { bytes, dump, side } = job;
	const words = tools.words("pg_restore", `--dbname=${conninfo(side)}`, "--exit-on-error", "--no-password", NO_SUBSCRIPTIONS);
	if (bytes === "input") return { words };
	if (bytes === "packed input") return { words: unpacking(words) };
	const list = job.superuser ? void 0 : await editedList(job, tools);
	const jobs = sessionsOf(job);
	if (bytes === "packed file") {
		const edited = list === void 0 ? [] : [`--use-list=${GIVEN}`];
		return withList(unpackingAside([...words, ...edited], dump.path, jobs), list);
	}
	const edited = list === void 0 ? [] : ["--use-list=/dev/stdin"];
	return withList([
		...words,
		`--jobs=${jobs}`,
		...edited,
		dump.path
	], list);
}
function withList(words, list) {
	return list === void 0 ? { words } : {
		words: [
			"sh",
			"-c",
			"cat | \"$@\"",
			"sh",
			...words
		],
		stdin: list
	};
}
async function editedList({ database, bytes, dump, noteIn, signal }, tools) {
	const list = tools.words("pg_restore", "--list");
	const { stdout } = await succeed(database.toolsOn, {
		words: bytes === "packed file" ? peeking(list, dump.path) : [...list, dump.path],
		noteIn: noteIn === void 0 ? void 0 : `${noteIn}-list`,
		signal
	}, "Reading the dump's table of contents");
	return unownedEntries(stdout);
}
function throughPsql({ bytes, dump }, tools) {
	const from = bytes === "file" ? [dump.path] : [];
	const words = tools.words("pg_restore", "--file=-", NO_SUBSCRIPTIONS, ...from);
	return { words: [
		"sh",
		"-c",
		`restored=$( { { ${quote(bytes === "packed file" || bytes === "packed input" ? unpacking(words, bytes === "packed file" ? dump.path : void 0) : words)}; echo $? >&3; } | LC_ALL=C sed '1,60{/^SET transaction_timeout = 0;$/d;}' | ${quote(tools.words("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"))} >&2; } 3>&1 ) && exit "\${restored:-1}"`
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
		var _usingCtx$40 = _usingCtx();
		const { signal } = ports;
		const session = await lendSettings(database, side, settings);
		const connection = _usingCtx$40.a(await database.connect("restore", {
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
		_usingCtx$40.e = _;
	} finally {
		await _usingCtx$40.d();
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
// src/postgres/shut.ts
const EMPTY_WITHIN_MS = 5e3;
async function shutDatabase(database, name) {
	try {
		var _usingCtx$39 = _usingCtx();
		const connection = _usingCtx$39.a(await database.connectMaintenance("side"));
		await connection.exec(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`);
		const until = performance.now() + EMPTY_WITHIN_MS;
		for (;;) {
			if ((await connection.query("SELECT FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'", [name])).length === 0) break;
			if (performance.now() > until) return void 0;
			await connection.query("SELECT pg_sleep(0.1)");
		}
		const [row] = await connection.query("SELECT oid::text AS oid, xmin::text AS row FROM pg_database WHERE datname = $1 AND NOT datallowconn", [name]);
		return row && {
			name,
			...row
		};
	} catch (_) {
		_usingCtx$39.e = _;
	} finally {
		await _usingCtx$39.d();
	}
}
async function isAsShut(connection, { name, oid, row }) {
	return (await connection.query("SELECT FROM pg_database WHERE datname = $1 AND oid::text = $2 AND xmin::text = $3 AND NOT datallowconn", [
		name,
		oid,
		row
	])).length > 0;
}
async function letIn(connection, name) {
	await connection.exec(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true`);
}
// src/backup/prove.ts
async function proveByRestoring({ ports, keepWarm, ...request }) {
	const { database, expected } = request;
	const started = ports.clock.now().getTime();
	for (const name of await dropLeftCopies(database, ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
	try {
		var _usingCtx$38 = _usingCtx();
		const copy = _usingCtx$38.a(await restoreBeside({
			...request,
			settings: void 0,
			ports
		}));
		ports.report.detail(`restored into ${copy.name} and compared: ${plural(expected.rows.size, "table")}, ${plural(expected.sequences.size, "sequence")}`);
		const warm = keepWarm && await shutDatabase(database, copy.name);
		if (warm !== void 0) {
			keepWarm?.(warm);
			copy.keep();
		} else if (keepWarm !== void 0) ports.report.warning(`The copy ${copy.name} could not be kept for an instant rollback: a session of somebody else stays in it.`);
	} catch (_) {
		_usingCtx$38.e = _;
	} finally {
		await _usingCtx$38.d();
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
// src/backup/compression.ts
const ZSTD_SINCE = 16;
async function chooseCompression(job) {
	if (await knowsZstd(job)) return {
		by: "pg_dump",
		option: "zstd:1"
	};
	if (await hasZstd(job.database.toolsOn, job.signal)) return {
		by: "zstd",
		option: "0"
	};
	return {
		by: "pg_dump",
		option: "1"
	};
}
async function knowsZstd({ database, admin, tools, noteIn, signal }) {
	if (tools.major < ZSTD_SINCE) return false;
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
	return code === 0;
}
// src/backup/dump.ts
const FULL_BYTES$1 = 1e6;
async function writeDump(job) {
	const { database, tools, to, snapshot, lockTimeoutMs, compression } = job;
	const words = tools.words("pg_dump", "--format=custom", `--compress=${compression.option}`, "--no-password", `--snapshot=${snapshot}`, `--lock-wait-timeout=${lockTimeoutMs}`, `--encoding=${job.encoding}`);
	const env = database.environment({
		admin: job.admin,
		purpose: "backup"
	});
	const noteIn = job.noteIn === void 0 ? void 0 : `${job.noteIn}-dump`;
	const reach = reachOf(database.toolsOn, to.machine);
	const packed = compression.by === "zstd";
	const command = {
		words: packed ? packing(words) : words,
		env,
		noteIn
	};
	if (reach.by === "stream") {
		await streamDump(job, command);
		return;
	}
	const how = {
		...command,
		signal: job.signal
	};
	const finished = reach.by === "shell" || packed ? await runAround([
		"sh",
		"-c",
		CATCH,
		"sh",
		to.path
	], {
		toolsOn: database.toolsOn,
		reach,
		command: how
	}) : await database.toolsOn.run({
		...how,
		words: [...words, `--file=${to.path}`]
	});
	if (finished.code !== 0) throw await dumpFailure(job, finished);
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
	if (await freeBytes(to.machine, to.path) < FULL_BYTES$1) return new Failure(`The disk is full: ${what} failed (${ending(finished)}), ${to.path} on ${to.machine.name}.`, {
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
		const { machine, path, packed, toolsOn, reach, tools, noteIn } = this.#job;
		const words = tools.words("pg_restore", "--file=/dev/null");
		const around = [
			"nice",
			"sh",
			"-c",
			reach.by === "path" && !packed ? FEED + LIST_AGAIN : FEED,
			"sh",
			path,
			this.#mark
		];
		const command = {
			words: packed ? unpacking(words) : words,
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
			await remove$1(machine, this.#mark);
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
	restore: async (job) => await fill({
		...job,
		packed: false
	})
};
const packedPgDump = {
	...pgDump,
	name: "pg_dump+zstd",
	restore: async (job) => await fill({
		...job,
		packed: true
	})
};
async function take(given) {
	const job = {
		...given,
		compression: await chooseCompression(given)
	};
	const packed = job.compression.by === "zstd";
	const { database, to, tools, noteIn } = job;
	const { toolsOn } = database;
	const reach = reachOf(toolsOn, to.machine);
	const write = async (signal) => await job.telling(async () => await writeDump({
		...job,
		signal
	}));
	const source = packed ? packedPgDump : pgDump;
	if (reach.by === "stream") {
		await write(job.signal);
		return {
			source,
			sha256: await sha256(to.machine, to.path, { signal: job.signal }),
			readBack: async (signal, passed) => await readBack({
				dump: to,
				packed,
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
		packed,
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
	return {
		source,
		sha256: sum
	};
}
// src/backup/sources.ts
const SOURCES = [pgDump, packedPgDump];
const DEFAULT_SOURCE = pgDump;
function sourceOf({ id, source }) {
	const found = SOURCES.find(({ name }) => name === (source ?? DEFAULT_SOURCE.name));
	if (found !== void 0) return found;
	throw refusal(`Backup ${id} was taken with ${quoted(source ?? "")}, which this Savepoint does not have.`, {
		code: "newer-savepoint",
		hint: "Use at least the version that took it."
	});
}
async function sourceOfFile({ machine, path }) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			"head -c 4 <\"$1\" | od -An -tx1",
			"sh",
			path
		],
		repeatable: true
	});
	return stdout.replaceAll(/\s/g, "") === "28b52ffd" ? packedPgDump : pgDump;
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
		await remove$1(this.machine, this.pathOf(manifest));
		await remove$1(this.machine, manifestName(this.pathOf(manifest)));
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
		var _usingCtx$37 = _usingCtx();
		const { database, store, ports, source = DEFAULT_SOURCE } = request;
		if (request.purpose === "pre-deploy" && source.noSavepoints !== void 0) throw refusal(`A backup by ${source.name} is no savepoint: ${source.noSavepoints}.`, {
			code: "no-savepoint",
			hint: "Take one by pg_dump."
		});
		const startedAt = ports.clock.now();
		for (const file of await store.removePartials()) ports.report.detail(`removed ${file}, which a killed run left`);
		const reader = await chooseReader(database, ports.signal);
		const { taker, identity, number, lastBytes } = await prepare$2(request, reader, source);
		await makeDirectory(store.machine, store.directory);
		const claim = _usingCtx$37.a(await claimName({
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
		const { facts, history, settings, taken, databaseBytes } = await dumpAndLook(request, {
			admin: reader.admin,
			taker,
			to: partial,
			encoding: identity.encoding,
			lastBytes
		});
		const sizeBytes = await fileSize(store.machine, partial.path);
		ports.report.detail(`dumped ${formatSize(sizeBytes)} and read it back whole, sha256 ${taken.sha256}`);
		const dumpMs = Math.max(0, ports.clock.now().getTime() - startedAt.getTime());
		const restoreMs = await prove$1(request, {
			expected: facts,
			dump: partial,
			source: taken.source ?? source,
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
			source: (taken.source ?? source).name,
			tools: taker.version,
			sizeBytes,
			sha256: taken.sha256,
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
		_usingCtx$37.e = _;
	} finally {
		await _usingCtx$37.d();
	}
}
async function prove$1({ verify, purpose, database, ports, noteIn, keepWarm }, { dumped, ...rest }) {
	const request = {
		...rest,
		database,
		ports,
		noteIn,
		keepWarm
	};
	if (verify === "read") return void 0;
	if (verify === "restore") return await proveByRestoring(request);
	const choice = verify(dumped);
	if (choice.verify === "read") return void 0;
	ports.report.detail(`restoring it to prove it: no backup of this schema was restored yet, and ${choice.why}`);
	return purpose === "pre-deploy" ? await proveByRestoring(request) : await proveWherePossible(request);
}
async function prepare$2(request, reader, source) {
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
	const dumped = await underSnapshot(request, how);
	const { readBack } = dumped.taken;
	if (readBack !== void 0) await readBackTold(request, how.to, readBack);
	return dumped;
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
		var _usingCtx$36 = _usingCtx();
		const database = await environment.database();
		if (database === void 0) return void 0;
		return await readSchemaView(_usingCtx$36.a(await database.connect("look", { signal: environment.ports.signal })), environment.shared["history-tables"] ?? []);
	} catch (_) {
		_usingCtx$36.e = _;
	} finally {
		await _usingCtx$36.d();
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
const PATIENCE_MS$1 = 3e3;
async function stayingPrepared(connection, databases, signal) {
	const until = performance.now() + PATIENCE_MS$1;
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
		var _usingCtx$35 = _usingCtx();
		const entered = await enter(database);
		if (!("connection" in entered)) return [entered];
		const connection = _usingCtx$35.a(entered.connection);
		const unreadable = await unreadableNames(connection);
		if (unreadable.length > 0) return unreadable;
		const problems = [];
		const role = await adminRole(connection, database);
		if (!role.superuser) problems.push(...rolesProblems(role));
		const asked = await connection.atOnce(async () => {
			const needed = (needs, ask) => needs ? ask(connection, role) : [];
			return await Promise.all([
				needed(!role.superuser, ownerProblems),
				needed(!role.superuser, grantProblems),
				sessionProblems(connection, database, role),
				extensionProblems(connection, role),
				stayingPrepared(connection, [database.name]).then((left) => left.length === 0 ? [] : [preparedProblem(database, left)]),
				needed(!role.superuser && !role.managed, superuserProblems)
			]);
		});
		problems.push(...asked.flat());
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
		_usingCtx$35.e = _;
	} finally {
		await _usingCtx$35.d();
	}
}
async function enter(database) {
	const inside = database.connect("look", { admin: true });
	inside.catch(() => void 0);
	try {
		await (await database.connectMaintenance("look"))[Symbol.asyncDispose]();
		return { connection: await inside };
	} catch (error) {
		await inside.then(async (connection) => await connection[Symbol.asyncDispose](), () => void 0);
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
		var _usingCtx$34 = _usingCtx();
		const connection = _usingCtx$34.a(await database.connect("look", { admin: true }));
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
		_usingCtx$34.e = _;
	} finally {
		await _usingCtx$34.d();
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
const TRIES$2 = 3;
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
			if (turn < TRIES$2 && error.code === "3D000") continue;
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
// src/deploy/steps/warm.ts
const journaled = object({
	backup: string(),
	warm: object({
		name: string(),
		oid: string(),
		row: string()
	})
});
function warmOf(deploy) {
	if (deploy === void 0 || deploy.end?.blocks === false) return void 0;
	const last = deploy.steps.findLast(({ step, state }) => step === "backup" && state === "done");
	const found = safeParse(journaled, last?.result);
	return found.success ? {
		backup: found.output.backup,
		copy: found.output.warm
	} : void 0;
}
function refuseUnrestoredWarm({ warm, verify }) {
	if (!warm || verify !== "read") return;
	throw refusal("`warm` keeps the copy that a restore made, and `verify: read` restores none. Nothing was touched.", {
		code: "inputs",
		hint: "Say `verify: restore`, or leave `verify` out."
	});
}
async function dropWarm(tx) {
	if (tx.deploy !== void 0) await dropWarmOf(tx.environment, await tx.record());
}
async function dropWarmOf(environment, { steps }) {
	const noted = steps.map(({ intent }) => intent["side"]).filter((side) => typeof side === "string" && side.includes("_warm_"));
	if (noted.length === 0) return;
	try {
		const database = await environment.database();
		if (database === void 0) return;
		for (const name of await sidesOf(database, ["warm"])) if (noted.includes(name)) await dropOrWarn(database, name, environment.ports.report);
	} catch (error) {
		if (!(error instanceof Failure) || isLockLost(error)) throw error;
		environment.ports.report.warning(`A copy of the savepoint may be left (${clauseOf(error)}). The next deploy drops it.`);
	}
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
	refuseUnrestoredWarm(settings);
	const verify = settings.warm ? "restore" : settings.verify;
	const newSide = settings.warm ? warmSide : verifySide;
	const side = verify === "read" ? void 0 : newSide((await databaseOf$1(environment)).name, environment.ports.clock.now());
	await dropWarmOf(environment, deploy);
	let warm;
	return await tx.step("backup", {
		title: `Backing up the database of ${environment.title}`,
		intent: {
			purpose: "pre-deploy",
			verify,
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
			verify,
			budgetMs: settings["verify-budget"],
			verifySide: side,
			...settings.warm && { keepWarm: (copy) => void (warm = copy) },
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
				restoreMs: manifest.restoreMs,
				...warm && { warm }
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
	const database = await databaseOf$1(environment);
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
			var _usingCtx$33 = _usingCtx();
			return (await pathDependent(database, _usingCtx$33.a(await database.connect("look", { admin: true })))).some(({ untried }) => untried !== void 0);
		} catch (_) {
			_usingCtx$33.e = _;
		} finally {
			await _usingCtx$33.d();
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
	if (control !== void 0) return transactional ? `${control} stands in the file; each file already is one transaction: take it out. Where it must not be one transaction, mark the section \`-- no-transaction\`, too` : `${control} stands in the file; with \`-- no-transaction\` each statement is a transaction of its own: take it out`;
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
// src/migration/concurrently.ts
function traceOf(statement) {
	const what = outsideTransaction(wordsOf(statement));
	if (what !== "CREATE INDEX CONCURRENTLY" && what !== "DROP INDEX CONCURRENTLY") return { kind: "none" };
	const words = [...wordsOf(statement)];
	const raw = statement.tokens.map((token) => statement.sql.slice(token.start - offsetOf(statement), token.end - offsetOf(statement)));
	let at = words.indexOf("CONCURRENTLY") + 1;
	if (words[at] === "IF") at += words[at + 1] === "NOT" ? 3 : 2;
	if (words[at] === "ON" && what === "CREATE INDEX CONCURRENTLY") return { kind: "none" };
	const [index, afterIndex] = readName(raw, at);
	if (what === "DROP INDEX CONCURRENTLY") return {
		kind: "drops-index",
		index
	};
	const on = words.indexOf("ON", afterIndex);
	const [table] = readName(raw, words[on + 1] === "ONLY" ? on + 2 : on + 1);
	return {
		kind: "creates-index",
		index: bareName(raw, at),
		table
	};
}
function offsetOf(statement) {
	return statement.tokens[0]?.start ?? 0;
}
function readName(raw, from) {
	let at = from;
	let name = raw[at] ?? "";
	while (raw[at + 1] === ".") {
		name += `.${raw[at + 2] ?? ""}`;
		at += 2;
	}
	return [name, at + 1];
}
function bareName(raw, at) {
	const name = raw[at] ?? "";
	return name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name.toLowerCase();
}
async function indexState(connection, trace) {
	const byTable = trace.kind === "creates-index";
	const row = (await connection.query(`SELECT n.nspname::text AS schema, c.relname::text AS name, i.indisvalid AS valid
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${byTable ? "i.indrelid = to_regclass($1) AND c.relname = $2" : "c.oid = to_regclass($1)"}`, byTable ? [trace.table, trace.index] : [trace.index]))[0];
	if (row === void 0) return {
		state: "absent",
		name: trace.index
	};
	return {
		state: row.valid ? "valid" : "invalid",
		name: qualified(row.schema, row.name)
	};
}
async function existedBefore(connection, statement) {
	const trace = traceOf(statement);
	return trace.kind !== "none" && (await indexState(connection, trace)).state !== "absent";
}
async function dropInvalid(connection, statement) {
	const trace = traceOf(statement);
	if (trace.kind !== "creates-index") return void 0;
	const found = await indexState(connection, trace);
	if (found.state !== "invalid") return void 0;
	await connection.exec(`DROP INDEX CONCURRENTLY ${found.name}`);
	return found.name;
}
async function refuseForeignInvalid(connection, statement, file) {
	const trace = traceOf(statement);
	if (trace.kind !== "creates-index") return;
	const found = await indexState(connection, trace);
	if (found.state !== "invalid") return;
	throw new Failure(`${file}:${statement.line}: an INVALID index ${found.name} is there already, left by something else.`, {
		code: "invalid-index",
		hint: `Look at it, then: DROP INDEX CONCURRENTLY ${found.name};`
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
// src/migration/blockers.ts
const ACTIVITY = `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS user,
    coalesce(a.state, 'state not visible') AS state, coalesce(a.query, '') AS query,
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start)) * 1000, 0)::float8 AS for_ms
  FROM pg_stat_activity a`;
async function blockersOf(connection, pid) {
	return await readActivity(connection, `${ACTIVITY} WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.pid`, [pid]);
}
async function holdersOf(connection, key) {
	return await readActivity(connection, `${ACTIVITY} JOIN pg_locks l ON l.pid = a.pid WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid AND l.objsubid = 2 AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY a.pid`, [key.group, key.number]);
}
async function readActivity(connection, sql, values) {
	return (await connection.query(sql, values)).map((row) => ({
		pid: row.pid,
		application: row.application,
		user: row.user,
		state: row.state,
		forMs: Math.max(0, row.for_ms),
		statement: firstWords(row.query)
	}));
}
function describeBlocker(blocker) {
	const who = [blocker.application || "no application name", `user ${blocker.user}`].join(", ");
	const statement = blocker.statement === "" ? "" : `: ${blocker.statement} …`;
	return `pid ${blocker.pid} (${who}): ${blocker.state}, transaction open for ${formatDuration(blocker.forMs)}${statement}`;
}
function firstWords(sql) {
	const plain = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ").trim();
	return /^(?:[A-Za-z_][\w.]*\s*){0,4}/.exec(plain)?.[0].trim() ?? "";
}
const LONGEST_STATEMENT = 120;
function wholeStatement(sql) {
	const plain = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ").replaceAll(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$/g, "'…'").replaceAll(/\s+/g, " ").trim();
	return plain.length <= LONGEST_STATEMENT ? plain : `${plain.slice(0, LONGEST_STATEMENT).trimEnd()} …`;
}
var BlockerWatch = class {
	last = [];
	#stop = new AbortController();
	#watching;
	constructor(request) {
		this.#watching = this.#watch(request).catch((error) => error);
	}
	async #watch(request) {
		let told = "";
		while (!this.#stop.signal.aborted) {
			await request.clock.sleep(request.intervalMs, this.#stop.signal);
			const blockers = await blockersOf(request.observer, request.pid);
			if (blockers.length === 0) continue;
			this.last = blockers;
			const pids = blockers.map((blocker) => blocker.pid).join();
			if (pids !== told) request.onBlocked(blockers);
			told = pids;
		}
	}
	async [Symbol.asyncDispose]() {
		this.#stop.abort();
		const ended = await this.#watching;
		if (ended instanceof Error && !(ended instanceof Cancelled) && !(ended instanceof Failure)) throw ended;
	}
};
// src/migration/sql-error.ts
const HINTS = {
	"25001": "This statement cannot run in a transaction: put it into a file of its own with a line `-- no-transaction` under `-- UP`.",
	"55P04": "A value added to an enum can be used only after its transaction: add it in a migration of its own, before this one.",
	"57014": "The statement was cancelled, by `statement-timeout` or by hand: raise the timeout where the statement needs the time.",
	"42P07": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same.",
	"42701": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same."
};
function statementFailure(error, statement, place) {
	if (!(error instanceof Failure) || error.code === void 0 || !/^[0-9A-Z]{5}$/.test(error.code)) return error;
	const position = positionOf(error.cause);
	const own = position === void 0 ? [] : positionEvidence(statement.sql, position);
	const padding = statement.line - 1;
	const inFile = position === void 0 ? [] : positionEvidence("\n".repeat(padding) + statement.sql, position + padding);
	const line = own.length === 0 ? statement.line : statement.line + Number(/^line (\d+)/.exec(own[0] ?? "")?.[1] ?? 1) - 1;
	return new Failure(`${place.file}:${line}: ${error.message}`, {
		code: error.code,
		cause: error.cause,
		hint: HINTS[error.code] ?? error.hint,
		evidence: [...inFile.length > 0 ? inFile : [`line ${line}: ${firstWords(statement.sql)} …`], ...error.evidence.slice(own.length)]
	});
}
function positionOf(cause) {
	if (typeof cause !== "object" || cause === null || !("position" in cause)) return void 0;
	const position = Number(cause.position);
	return Number.isInteger(position) && position > 0 ? position : void 0;
}
// src/migration/lock.ts
const KEY$1 = {
	group: 1396790853,
	number: 1296648018
};
const RUN$1 = "migrate run";
const WAIT_MS = 3e5;
const POLL_MS = 500;
const LEFTOVER_WAIT_MS = 15e3;
async function holdMigrationLock(request) {
	const { clock, random, report, signal } = request.ports;
	const connection = await request.database.connect("migrate lock");
	try {
		const until = clock.now().getTime() + (request.waitMs ?? WAIT_MS);
		let told = false;
		while (!await tryLock(connection)) {
			const holders = (await holdersOf(connection, KEY$1)).map(describeBlocker);
			if (clock.now().getTime() >= until) throw new Failure(`Another migration run holds this database's lock; waited ${formatDuration(request.waitMs ?? WAIT_MS)}.`, {
				code: "migration-lock",
				evidence: holders,
				hint: "Wait for it, or end its session with SELECT pg_terminate_backend(<pid>)."
			});
			if (!told) report.say(`Waiting for another migration run: ${holders.join("; ") || "just ending"}`);
			told = true;
			await clock.sleep(POLL_MS + Number.parseInt(random(2), 16) % POLL_MS, signal);
		}
		await endLeftoverRuns(connection, request.ports);
		return new MigrationLock(connection);
	} catch (error) {
		await connection[Symbol.asyncDispose]();
		throw error;
	}
}
async function tryLock(connection) {
	return (await connection.query("SELECT pg_try_advisory_lock($1, $2) AS locked", [KEY$1.group, KEY$1.number]))[0]?.locked === true;
}
async function endLeftoverRuns(connection, { clock, report, signal }) {
	const find = async () => await connection.query(`SELECT pid, pg_has_role(current_user, usesysid, 'MEMBER') AS mine FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1 AND pid <> pg_backend_pid()`, [`${OURS}${RUN$1}%`]);
	const until = clock.now().getTime() + LEFTOVER_WAIT_MS;
	for (let left = await find(); left.length > 0; left = await find()) {
		const mine = left.filter((session) => session.mine).map((session) => session.pid);
		if ((await connection.query("SELECT FROM unnest($1::int[]) AS pid WHERE pg_terminate_backend(pid)", [mine])).length > 0) report.say(`Ended what a killed migration run left running (pid ${mine.join(", ")})`);
		if (clock.now().getTime() >= until) throw new Failure(`A killed migration run still has a session (pid ${left.map((session) => session.pid).join(", ")}).`, {
			code: "migration-lock",
			hint: `SELECT pg_terminate_backend(${left[0]?.pid});`
		});
		await clock.sleep(200, signal);
	}
}
var MigrationLock = class {
	connection;
	constructor(connection) {
		this.connection = connection;
	}
	async confirm() {
		try {
			if ((await holdersOf(this.connection, KEY$1)).some((holder) => holder.pid === this.connection.pid)) return;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			throw new Failure("The session that holds the migration lock was lost, so another run may be at work.", {
				code: "migration-lock",
				cause: error,
				evidence: [error.message, ...error.evidence],
				hint: "Run it again: it goes on behind what is applied."
			});
		}
		throw new Failure("The migration lock was lost, so another run may be at work.", {
			code: "migration-lock",
			hint: "Run it again: it goes on behind what is applied."
		});
	}
	async [Symbol.asyncDispose]() {
		await this.connection[Symbol.asyncDispose]();
	}
};
const WORTH_ANOTHER_TRY = ["55P03", "40P01"];
const RECONNECT_MS = 3e4;
async function runInTransaction(script, world, history) {
	for (let attempt = 1;; attempt += 1) {
		const blocked = await attemptOnce(script, world, history);
		if (blocked === void 0) return;
		if (attempt === 5) throw blocked;
		const pause = attempt * 1e3 + Number.parseInt(world.ports.random(2), 16) % 1e3;
		world.ports.report.say(`${script.file}: no lock within ${formatDuration(world.limits.lockTimeoutMs)}, rolled back; try ${attempt + 1} of 5 in ${formatDuration(pause)}`);
		await world.ports.clock.sleep(pause, world.ports.signal);
	}
}
async function attemptOnce(script, world, history) {
	try {
		var _usingCtx$32 = _usingCtx();
		const { database, ports, limits } = world;
		const connection = _usingCtx$32.a(await openSession(world));
		const watch = _usingCtx$32.a(watchBlockers(world, connection.pid));
		let committing = false;
		try {
			await connection.transaction(async () => {
				await connection.exec(`SET LOCAL lock_timeout = ${limits.lockTimeoutMs}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
				for (const statement of script.statements) try {
					await connection.exec(statement.sql);
				} catch (error) {
					throw statementFailure(error, statement, script);
				}
				await connection.exec("RESET SESSION AUTHORIZATION; RESET ROLE");
				await history.record(connection);
				committing = true;
			}, "ISOLATION LEVEL READ COMMITTED READ WRITE");
			return;
		} catch (error) {
			if (error instanceof Failure && WORTH_ANOTHER_TRY.includes(error.code ?? "")) return scriptLockFailure(error, watch, limits);
			if (!(error instanceof Failure) || error.code !== "connection-lost") throw inTransaction(error, script);
			if (!committing) throw error.with({ hint: `${script.file} had not been committed, so nothing of it is in the database. Run it again.` });
			return await settle(error, script, {
				database,
				ports,
				pid: connection.pid,
				isRecorded: history.isRecorded
			});
		}
	} catch (_) {
		_usingCtx$32.e = _;
	} finally {
		await _usingCtx$32.d();
	}
}
function inTransaction(error, script) {
	if (!(error instanceof Failure) || error.message.startsWith(script.file)) return error;
	return new Failure(`${script.file}: at its end: ${error.message}`, {
		code: error.code,
		cause: error.cause,
		evidence: error.evidence,
		hint: error.hint
	});
}
async function openSession(world) {
	const { database, ports } = world;
	return await database.connect(RUN$1, {
		signal: ports.signal,
		onNotice: (text) => ports.report.detail(text)
	});
}
function watchBlockers(world, pid) {
	const { limits, ports, lock } = world;
	const intervalMs = limits.lockTimeoutMs === 0 ? 500 : Math.min(500, Math.max(50, Math.floor(limits.lockTimeoutMs / 4)));
	return new BlockerWatch({
		observer: lock.connection,
		pid,
		clock: ports.clock,
		intervalMs,
		onBlocked: (blockers) => ports.report.say(`Waits for a lock held by ${blockers.map(describeBlocker).join("; ")}`)
	});
}
function scriptLockFailure(error, watch, limits) {
	const pid = watch.last[0]?.pid;
	const deadlock = error.code === "40P01";
	return error.with({
		evidence: [...error.evidence, ...watch.last.map((blocker) => `held by ${describeBlocker(blocker)}`)],
		hint: deadlock ? "It and another session waited for each other, several times: let that one end first." : `Let that session end, or end it${pid === void 0 ? "" : ` (SELECT pg_terminate_backend(${pid});)`}, or raise lock-timeout (${formatDuration(limits.lockTimeoutMs)}, 5 tries).`
	});
}
async function settle(lost, script, world) {
	const { clock, report, signal } = world.ports;
	const until = clock.now().getTime() + RECONNECT_MS;
	for (;;) {
		stopIfCancelled(signal);
		try {
			try {
				var _usingCtx3 = _usingCtx();
				const connection = _usingCtx3.a(await world.database.connect("migrate check"));
				if ((await connection.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND datname = current_database() AND application_name = $2", [world.pid, world.database.applicationName("migrate run")])).length === 0) {
					if (!await world.isRecorded(connection)) throw lost.with({
						code: "rolled-back",
						hint: `The connection dropped at COMMIT of ${script.file}; the database says that it was rolled back. Run it again.`
					});
					report.warning(`The connection dropped at COMMIT of ${script.file}; the database says that it was committed.`);
					return;
				}
			} catch (_) {
				_usingCtx3.e = _;
			} finally {
				await _usingCtx3.d();
			}
		} catch (error) {
			if (error instanceof Cancelled || error instanceof Failure && error.code === "rolled-back") throw error;
			report.detail(`not back yet: ${error instanceof Error ? error.message : String(error)}`);
		}
		if (clock.now().getTime() >= until) throw lost.with({
			code: "outcome-unknown",
			exit: 3,
			hint: `The connection dropped at COMMIT of ${script.file}, and the server was not reached again within ${formatDuration(RECONNECT_MS)}: whether it was committed, the command \`migrate status\` will tell.`
		});
		await clock.sleep(500, signal);
	}
}
// src/migration/by-statement.ts
const AFTERMATH = {
	lockTimeout: 2e3,
	statementTimeout: 4e3
};
async function runByStatement(script, world, bookmark) {
	const of = script.statements.length;
	let progress = bookmark.from ?? {
		direction: bookmark.direction,
		done: 0,
		of
	};
	try {
		try {
			var _usingCtx$31 = _usingCtx();
			const connection = _usingCtx$31.a(await openSession(world));
			if (bookmark.from !== void 0) world.ports.report.say(`${script.file}: goes on behind statement ${progress.done} of ${of}`);
			for (const [index, statement] of script.statements.entries()) {
				if (index < progress.done) continue;
				stopIfCancelled(world.ports.signal);
				const resumed = bookmark.from?.intent?.index === index ? bookmark.from.intent : void 0;
				const existed = resumed?.existed ?? await existedBefore(connection, statement);
				progress = {
					direction: bookmark.direction,
					done: index,
					of,
					intent: {
						index,
						existed
					}
				};
				await bookmark.save(connection, progress);
				if (resumed === void 0) await refuseForeignInvalid(connection, statement, script.file);
				const done = {
					direction: bookmark.direction,
					done: index + 1,
					of
				};
				const save = async () => await bookmark.save(connection, done);
				if (resumed !== void 0 && await isDone(connection, statement, existed)) await save();
				else await runOne(statement, script, {
					...world,
					connection,
					existed,
					save
				});
				progress = done;
			}
			await bookmark.finish(connection);
		} catch (_) {
			_usingCtx$31.e = _;
		} finally {
			await _usingCtx$31.d();
		}
	} catch (error) {
		throw await aftermath(error, script, world, bookmark, progress);
	}
}
async function isDone(connection, statement, existed) {
	const trace = traceOf(statement);
	if (trace.kind === "none") return false;
	const { state } = await indexState(connection, trace);
	return trace.kind === "creates-index" ? !existed && state === "valid" : existed && state === "absent";
}
async function runOne(statement, script, world) {
	try {
		var _usingCtx3 = _usingCtx();
		const { connection, limits, ports } = world;
		const alone = outsideTransaction(wordsOf(statement));
		const lockTimeout = alone === void 0 ? limits.lockTimeoutMs : 0;
		const watch = _usingCtx3.a(watchBlockers(world, connection.pid));
		for (let attempt = 1;; attempt += 1) try {
			if (!world.existed) await dropOwnInvalid(statement, world);
			if (alone !== void 0 || mayCommit(statement)) {
				await connection.exec(`SET lock_timeout = ${lockTimeout}`);
				await connection.exec(`SET statement_timeout = ${limits.statementTimeoutMs}`);
				await connection.exec(statement.sql);
				await world.save();
			} else await connection.transaction(async () => {
				await connection.exec(`SET LOCAL lock_timeout = ${lockTimeout}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
				await connection.exec(statement.sql);
				await world.save();
			});
			return;
		} catch (error) {
			const failure = statementFailure(error, statement, script);
			if (!(failure instanceof Failure) || !WORTH_ANOTHER_TRY.includes(failure.code ?? "")) throw failure;
			if (attempt === 5) throw scriptLockFailure(failure, watch, limits);
			ports.report.say(`${script.file}:${statement.line}: no lock within ${formatDuration(limits.lockTimeoutMs)}; try ${attempt + 1} of 5 follows`);
			await ports.clock.sleep(attempt * 1e3 + Number.parseInt(ports.random(2), 16) % 1e3, ports.signal);
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function dropOwnInvalid(statement, world) {
	const dropped = await dropInvalid(world.connection, statement);
	if (dropped !== void 0) world.ports.report.say(`Dropped the INVALID index ${dropped} that an interrupted run left`);
}
function mayCommit(statement) {
	const [first] = wordsOf(statement);
	return first === "DO" || first === "CALL";
}
async function aftermath(error, script, world, bookmark, progress) {
	const notes = [];
	try {
		try {
			var _usingCtx4 = _usingCtx();
			const connection = _usingCtx4.a(await world.database.connect("migrate look", AFTERMATH));
			const statement = script.statements[progress.done];
			let clean = true;
			if (statement !== void 0 && progress.intent !== void 0 && !progress.intent.existed) {
				const dropped = await dropInvalid(connection, statement);
				if (dropped !== void 0) notes.push(`the INVALID index ${dropped} that it left was dropped`);
				clean = !mayCommit(statement) && !await isDone(connection, statement, false);
			}
			await bookmark.fail(connection, progress, progress.done === 0 && clean);
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (problem) {
		notes.push(`how far it came could not be noted afterwards: ${problem instanceof Error ? problem.message : String(problem)}`);
	}
	if (!(error instanceof Failure)) {
		for (const note of notes) world.ports.report.say(`${script.file}: ${note}`);
		return error;
	}
	if (error.code === "connection-lost") return error.with({
		evidence: [...error.evidence, ...notes],
		hint: "Its history row says how far it came; the next run goes on there.",
		state: [`${script.file}: stopped at statement ${progress.done + 1} of ${progress.of}`]
	});
	const where = progress.done === 0 ? "Nothing of it was done" : `${progress.done} of ${progress.of} statements are done and stay`;
	return error.with({
		evidence: [...error.evidence, ...notes],
		state: [`${script.file}: ${where}; it has no transaction around it, and the next run goes on there`]
	});
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
	refuseForeign$1(place);
	return place.state === "ours" ? await readRows(connection, place.schema) : [];
}
function refuseForeign$1(place) {
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
// src/migration/history-writing.ts
async function createHistory(connection) {
	const place = await locateHistory(connection);
	refuseForeign$1(place);
	if (place.state === "ours") return place.schema;
	try {
		await connection.exec(`
      CREATE TABLE ${historyName(place.schema)} (
        version text PRIMARY KEY,
        description text NOT NULL,
        checksum text NOT NULL,
        state text NOT NULL CHECK (state IN ('running', 'applied', 'failed')),
        started_at timestamptz NOT NULL,
        duration_ms bigint NOT NULL,
        applied_by text NOT NULL,
        deploy_id text,
        up_sql text NOT NULL,
        down_sql text,
        irreversible boolean NOT NULL,
        progress jsonb
      );
      COMMENT ON TABLE ${historyName(place.schema)} IS 'Savepoint: the migrations applied to this database'`);
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "42501") throw error;
		const role = identifier(connection.target.user);
		throw error.with({
			exit: 2,
			hint: `GRANT CREATE ON SCHEMA ${identifier(place.schema)} TO ${role}`
		});
	}
	return place.schema;
}
async function insertRow(connection, schema, migration, row) {
	await connection.query(`INSERT INTO ${historyName(schema)}
       (version, description, checksum, state, started_at, duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress)
     VALUES ($1, $2, $3, $4, transaction_timestamp(), extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000, $5, $6, $7, $8, $9, $10)`, [
		migration.version,
		migration.description,
		migration.checksum,
		row.state,
		row.appliedBy,
		row.deployId ?? null,
		migration.up.sql,
		storedDown(migration),
		migration.down.state === "irreversible",
		row.progress === void 0 ? null : JSON.stringify(row.progress)
	]);
}
function storedDown(migration) {
	if (migration.down.state !== "given") return null;
	const { sql, transactional } = migration.down.script;
	const marked = /^[ \t]*--[ \t]*no-transaction[ \t]*$/im.test(sql);
	return transactional || marked ? sql : `-- no-transaction\n${sql}`;
}
async function updateProgress(connection, schema, version, state, progress) {
	await connection.query(`UPDATE ${historyName(schema)} SET state = $2, progress = $3,
       duration_ms = CASE WHEN $2 = 'applied' AND progress->>'direction' = 'up' THEN extract(epoch FROM clock_timestamp() - started_at) * 1000 ELSE duration_ms END
     WHERE version = $1`, [
		version,
		state,
		progress === void 0 ? null : JSON.stringify(progress)
	]);
}
async function replaceText(connection, schema, migration, version) {
	await connection.query(`UPDATE ${historyName(schema)} SET version = $2, description = $3, checksum = $4, up_sql = $5, down_sql = $6, irreversible = $7 WHERE version = $1`, [
		version,
		migration.version,
		migration.description,
		migration.checksum,
		migration.up.sql,
		storedDown(migration),
		migration.down.state === "irreversible"
	]);
}
async function noteFailure(connection, schema, version, wrote, becomes) {
	const where = "WHERE version = $1 AND progress = $2::jsonb";
	const values = [version, JSON.stringify(wrote)];
	if (becomes === "gone") await connection.query(`DELETE FROM ${historyName(schema)} ${where}`, values);
	else if (becomes === "failed") await connection.query(`UPDATE ${historyName(schema)} SET state = 'failed' ${where}`, values);
	else await connection.query(`UPDATE ${historyName(schema)} SET state = 'applied', progress = NULL ${where}`, values);
}
async function deleteRow(connection, schema, version) {
	await connection.query(`DELETE FROM ${historyName(schema)} WHERE version = $1`, [version]);
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
// src/migration/down.ts
const DUMP_WAIT_MS$3 = 18e5;
function planDown(rows, target) {
	const chosen = choose(rows.toReversed(), target);
	const problems = [];
	const losses = [];
	if ("keep" in target) {
		const have = new Set(rows.map((row) => canonicalVersion(row.version)));
		for (const version of target.keep) if (!have.has(canonicalVersion(version))) problems.push(`${version}: is not applied, and going down cannot bring it`);
	}
	return {
		steps: chosen.map((row) => {
			const script = scriptOf(row);
			const problem = problemOf(row, script);
			const lost = (script?.statements ?? []).flatMap((statement) => {
				const loss = lossOf(wordsOf(statement));
				return loss === void 0 ? [] : [`line ${statement.line} of its DOWN: ${loss}`];
			});
			if (problem !== void 0) problems.push(`${row.version} (${row.description}): ${problem}`);
			losses.push(...lost.map((loss) => `${row.version} (${row.description}), ${loss}`));
			return {
				row,
				losses: lost,
				...script !== void 0 && { script },
				...problem !== void 0 && { problem }
			};
		}),
		problems,
		losses
	};
}
async function downPlan(connection, keep) {
	const schema = await historySchema(connection);
	return planDown(schema === void 0 ? [] : await readRows(connection, schema), { keep });
}
function choose(latestFirst, target) {
	if ("steps" in target) return latestFirst.slice(0, target.steps);
	if ("to" in target) return latestFirst.filter((row) => compareMigrationVersions(row.version, target.to) > 0);
	const kept = new Set(target.keep.map(canonicalVersion));
	return latestFirst.filter((row) => !kept.has(canonicalVersion(row.version)));
}
function scriptOf(row) {
	if (row.downSql === void 0) return void 0;
	const { down } = readSections(row.downSql, "down");
	const { statements } = splitStatements(row.downSql);
	return {
		file: `the DOWN of ${row.version}`,
		sql: row.downSql,
		statements,
		transactional: down?.transactional ?? true
	};
}
function problemOf(row, script) {
	if (row.state !== "applied" && row.progress?.direction !== "down") return `is half applied (statement ${row.progress?.done ?? 0} of ${row.progress?.of ?? "?"}); let \`apply\` finish it first`;
	if (row.irreversible) return "is marked irreversible";
	if (script === void 0 || script.statements.length === 0) return "has no DOWN";
	return script.statements.map((statement) => statementProblem(statement, script.transactional)).find((problem) => problem !== void 0);
}
function lossOf(words) {
	const [first, second] = words;
	if (first === "TRUNCATE") return "TRUNCATE empties tables";
	if (first === "DELETE") return "DELETE removes rows";
	if (first === "DROP" && [
		"TABLE",
		"SCHEMA",
		"SEQUENCE",
		"DATABASE",
		"OWNED"
	].includes(second ?? "")) return `DROP ${second} loses what is in it`;
	if (first === "DROP" && second === "MATERIALIZED") return "DROP MATERIALIZED VIEW loses its rows";
	if (first === "ALTER" && second === "TABLE") {
		if (words.some((word, index) => word === "DROP" && ![
			"CONSTRAINT",
			"DEFAULT",
			"NOT",
			"IDENTITY",
			"EXPRESSION",
			"TRIGGER"
		].includes(words[index + 1] ?? ""))) return "ALTER TABLE … DROP loses a column's values";
	}
	if (words.includes("CASCADE")) return "CASCADE takes what depends on it along";
	return words.some((word, index) => word === "DELETE" && words[index + 1] === "FROM") ? "DELETE removes rows" : void 0;
}
async function downMigrations(request) {
	try {
		var _usingCtx$30 = _usingCtx();
		const { database, ports } = request;
		const lock = _usingCtx$30.a(await holdMigrationLock({
			database,
			ports,
			waitMs: request.lockWaitMs
		}));
		const schema = await historySchema(lock.connection);
		if (schema === void 0) refuseForeign$1(await locateHistory(lock.connection));
		const rows = schema === void 0 ? [] : await readRows(lock.connection, schema);
		refuseUnknown(rows, request.target);
		const plan = planDown(rows, request.target);
		refuseImpossible$1(plan);
		const reverted = [];
		const outputs = () => ({
			applied: [],
			pending: reverted,
			reverted,
			current: newest$1(rows.filter((row) => !reverted.includes(row.version)))
		});
		if (plan.steps.length === 0) return outputs();
		if (plan.losses.length > 0) ports.report.warning(`Going down loses data (by keyword): ${plan.losses.join("; ")}.`);
		await waitForDumps(database, {
			clock: ports.clock,
			report: ports.report,
			signal: ports.signal,
			timeoutMs: DUMP_WAIT_MS$3
		});
		const world = {
			database,
			lock,
			ports,
			limits: request.limits
		};
		for (const { row, script } of plan.steps) try {
			stopIfCancelled(ports.signal);
			await lock.confirm();
			const started = ports.clock.now().getTime();
			if (script !== void 0 && schema !== void 0) await downOne({
				row,
				script,
				schema,
				world
			});
			ports.report.say(`Took back ${row.version} (${row.description}) in ${formatDuration(ports.clock.now().getTime() - started)}`);
			reverted.push(row.version);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			const gone = reverted.length === 0 ? "Nothing was taken back" : `Taken back before it: ${reverted.join(", ")}`;
			throw error.with({
				outputs: {
					...error.outputs,
					applied: [],
					pending: reverted,
					current: outputs().current
				},
				state: [...error.state, gone]
			});
		}
		return outputs();
	} catch (_) {
		_usingCtx$30.e = _;
	} finally {
		await _usingCtx$30.d();
	}
}
function refuseUnknown(rows, target) {
	if (!("to" in target) || /^0+$/.test(target.to) || rows.some((row) => sameMigrationVersion(row.version, target.to))) return;
	throw refusal(`Version ${target.to} is not applied, so there is no going down to it.`, {
		code: "migration-unknown",
		hint: `\`to\` is the version that stays, one of ${rows.map((row) => row.version).slice(-10).join(", ") || "none: nothing is applied"}; 0 takes everything back.`
	});
}
function refuseImpossible$1(plan) {
	const [first] = plan.problems;
	if (first === void 0) return;
	throw refusal(plan.problems.length === 1 ? `Cannot go down: ${first}.` : `Cannot go down: ${plan.problems.length} of ${plan.steps.length} migrations cannot be taken back.`, {
		code: "no-way-down",
		hint: "Nothing was run. Go down less far, or restore the savepoint: a rollback with `database: restore`.",
		...plan.problems.length > 1 && { evidence: plan.problems }
	});
}
async function downOne({ row, script, schema, world }) {
	if (!script.transactional) {
		await runByStatement(script, world, downBookmark(row, schema));
		return;
	}
	await runInTransaction(script, world, {
		record: async (connection) => await deleteRow(connection, schema, row.version),
		isRecorded: async (connection) => (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [row.version])).length === 0
	});
}
function downBookmark(row, schema) {
	return {
		from: row.progress?.direction === "down" ? row.progress : void 0,
		direction: "down",
		save: async (connection, progress) => await updateProgress(connection, schema, row.version, "running", progress),
		finish: async (connection) => await deleteRow(connection, schema, row.version),
		fail: async (connection, progress, untouched) => await noteFailure(connection, schema, row.version, progress, untouched ? "applied" : "failed")
	};
}
function newest$1(rows) {
	return rows.map((row) => row.version).toSorted(compareMigrationVersions).at(-1) ?? "";
}
// src/deploy/back/decision.ts
function decide(facts) {
	const { live, target, wish } = facts;
	if (live === void 0 && facts.unreadable === void 0) return {
		action: "none",
		why: "no database is configured"
	};
	if (wish === "keep") return {
		action: "kept",
		why: "`database: keep` was said",
		proven: live !== void 0 && target !== void 0 && sameSchema(live, target)
	};
	if (wish !== "restore" && live !== void 0 && target !== void 0 && sameSchema(live, target)) return {
		action: "kept",
		why: "its schema and migration history are the target's",
		proven: true
	};
	const changed = (live === void 0 || target === void 0 ? "different" : compareSchemas(live, target)) === "unknown" ? UNKNOWN : describeChange(live, target, facts.unreadable);
	if (wish === "down" || wish === "auto" && facts.preferDown) {
		if (facts.down.possible && target !== void 0) return {
			action: "down",
			why: `${changed}, and each migration since has a DOWN`,
			keep: facts.down.keep
		};
		if (wish === "down") return {
			action: "impossible",
			why: `\`database: down\` was said, and ${target === void 0 ? changed : facts.down.why}`,
			others: facts.others
		};
	}
	if (facts.savepoint !== void 0 && target !== void 0 && compareSchemas(facts.savepoint.schema, target) === "different") return {
		action: "impossible",
		why: `${changed}, and the savepoint ${facts.savepoint.id} is on another schema than the target's`,
		others: facts.others
	};
	if (facts.savepoint !== void 0) return {
		action: "restore",
		why: wish === "restore" ? "`database: restore` was said" : changed,
		savepoint: facts.savepoint
	};
	return {
		action: "impossible",
		why: `${changed}, and there is no savepoint to restore`,
		others: facts.others
	};
}
const UNKNOWN = "an earlier version of Savepoint or of PostgreSQL recorded the target's schema, which cannot be compared with what is there now";
function inWords(difference) {
	const said = {
		"+ ": "came since",
		"- ": "is gone",
		"~ ": "is not the same"
	}[difference.slice(0, 2)];
	return said === void 0 ? difference : `${difference.slice(2)} ${said}`;
}
function describeChange(live, target, unreadable) {
	if (live === void 0) return `the live database cannot be read (${unreadable})`;
	if (target === void 0) return "the target version's schema is not known";
	const difference = historyDifference(target.history, live.history);
	if (difference.length > 0) return `${plural(difference.length, "migration entry", "migration entries")} changed (${difference.slice(0, 3).map(inWords).join(", ")}${difference.length > 3 ? ", …" : ""})`;
	return "the schema changed, and no migration history says how";
}
function changesDatabase(decision) {
	return decision.action === "restore" || decision.action === "down";
}
// src/deploy/back/target.ts
function targetOfDeploy(ledger, deploy) {
	if (deploy.goingBack && deploy.toNothing) return before("it is where the rollback that is open was going", void 0);
	if (deploy.goingBack) {
		const stable = ledger.stable.some((one) => one.commit === deploy.commit);
		return {
			found: true,
			target: {
				commit: deploy.commit,
				schema: ledger.schemas.get(deploy.commit),
				why: "it is where the rollback that is open was going",
				stable
			}
		};
	}
	const stable = ledger.stable.findLast((one) => deploy.stableBefore.includes(one.commit));
	const nothingRan = deploy.ran === "nothing";
	if (stable !== void 0 && !nothingRan && (deploy.from === void 0 || deploy.from === stable.commit)) return found(stable, ledger, "it is latest-stable, and what this deploy was opened on", deploy.from === void 0 ? void 0 : deploy);
	if (stable !== void 0 && onSchemaOf(stable, ledger, deploy)) return found(stable, ledger, `it is latest-stable, and this deploy was opened on its schema (${deploy.from === void 0 ? "nothing" : shortCommit(deploy.from)} ran)`);
	if (nothingRan) return before("nothing ran when this deploy opened", deploy.live);
	if (deploy.from === void 0) return before("what ran before this deploy is not known, and without `app-dir` the code is not ours to move", deploy.live);
	if (knownAsFailed(ledger, deploy.from)) return {
		found: false,
		why: `${shortCommit(deploy.from)} ran when this deploy opened, and it is known to have failed`
	};
	return {
		found: true,
		target: {
			commit: deploy.from,
			...schemaAtOpening(ledger, deploy, deploy.from),
			why: `${seenAs(deploy)}, ${stable === void 0 ? "and no version is marked stable yet" : "deployed by hand over latest-stable"}`,
			stable: false
		}
	};
}
function before(why, live) {
	return {
		found: true,
		target: {
			commit: void 0,
			schema: live,
			why,
			stable: false
		}
	};
}
function seenAs({ ran }) {
	if (ran === "unhealthy") return "it was there when this deploy opened, though its health check did not pass then";
	return ran === void 0 ? "it was checked out when this deploy opened" : "it ran when this deploy opened";
}
function nameOf({ commit }) {
	return commit === void 0 ? "nothing" : shortCommit(commit);
}
function placeOf(target) {
	return target.commit === void 0 ? "what was before" : shortCommit(target.commit);
}
function schemaOwner(target) {
	return target.commit === void 0 ? "the savepoint" : nameOf(target);
}
function targetByHand(ledger, running) {
	if (ledger.wentBack !== void 0) {
		const { to } = ledger.wentBack;
		const stable = ledger.stable.findLast((one) => one.commit === to);
		return {
			found: true,
			target: {
				commit: to,
				schema: ledger.schemas.get(to),
				why: "it is where the last rollback went",
				stable: stable !== void 0
			}
		};
	}
	const latest = ledger.stable.at(-1);
	if (latest === void 0) return {
		found: false,
		why: ledger.nothingRuns ? "nothing runs here, and nothing is open" : "no version is marked stable"
	};
	if (running !== latest.commit || ledger.nothingRuns) return found(latest, ledger, "it is latest-stable");
	const before = ledger.stable.at(-2);
	if (before === void 0) return {
		found: false,
		why: `latest-stable (${shortCommit(latest.commit)}) is what runs, and no stable version came before it`
	};
	return found(before, ledger, `latest-stable (${shortCommit(latest.commit)}) is what runs, and this is the stable version before it`);
}
function found(stable, ledger, why, openedOn) {
	const { commit } = stable;
	const { schema, ...rest } = openedOn === void 0 ? { schema: ledger.schemas.get(commit) } : schemaAtOpening(ledger, openedOn, commit);
	return {
		found: true,
		target: {
			commit,
			schema: schema ?? stable.schema,
			...rest,
			why,
			stable: true
		}
	};
}
function schemaAtOpening(ledger, deploy, commit) {
	return {
		schema: deploy.live ?? ledger.schemas.get(commit),
		...deploy.apart && { apart: true }
	};
}
function onSchemaOf(stable, ledger, deploy) {
	const schema = ledger.schemas.get(stable.commit) ?? stable.schema;
	return schema !== void 0 && deploy.live !== void 0 && sameSchema(schema, deploy.live);
}
// src/postgres/replaced-databases.ts
async function replacedDatabases(database) {
	try {
		var _usingCtx$29 = _usingCtx();
		return (await _usingCtx$29.a(await database.connectMaintenance("look")).query(`SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
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
		_usingCtx$29.e = _;
	} finally {
		await _usingCtx$29.d();
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
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await database.connectMaintenance("look"));
		for (let second = 0;; second += 1) {
			const name = replacedName(database.name, new Date(now.getTime() + second * 1e3));
			if (!await databaseExists(connection, name)) return name;
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function databaseExists(connection, name) {
	return (await connection.query("SELECT FROM pg_database WHERE datname = $1", [name])).length > 0;
}
// src/deploy/back/bring-back.ts
function bringBack(environment, replaced) {
	return nextCommand(environment, "restore", [
		"--backup",
		replaced,
		"--confirm",
		environment.name
	]);
}
function bringBackAsked(environment, replaced) {
	return `Bring it back whole, with the schema that it has (this shows first what that would do): \`${nextCommand(environment, "restore", ["--backup", replaced])}\``;
}
function undoingRestore(environment, replaced) {
	return {
		command: bringBack(environment, replaced),
		means: "Undoes the restore: brings back the database that was live before it, with every row; the one that is live now is kept, too."
	};
}
// src/deploy/back/replaced-there.ts
async function replacedThere(environment) {
	try {
		const database = await environment.database();
		const replaced = database === void 0 ? [] : await replacedDatabases(database);
		if (replaced.length === 0) return [];
		return ["Replaced databases, with what was live until then; each is brought back by hand, once no deploy is open:", ...replaced.map(({ name, replacedAt }) => `${name}, live until ${replacedAt.toISOString()}: ${bringBack(environment, name)}`)];
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`The replaced databases could not be listed: ${error.message}`);
		return [];
	}
}
// src/deploy/back/live-look.ts
const NOT_THE_DATABASES = /^(?:08|28|3D|53|57)/u;
async function lookAtLive(environment, database, more) {
	return await asWhoMay(environment, database, async (connection) => {
		const schema = await readSchemaView(connection, environment.shared["history-tables"] ?? []);
		return {
			schema,
			more: await more(connection, schema)
		};
	});
}
async function knockAt(environment, database) {
	await asWhoMay(environment, database, async () => ({}));
}
async function asWhoMay({ ports: { signal } }, database, look) {
	let first;
	for (const admin of database.adminTarget.user === database.target.user ? [false] : [false, true]) try {
		try {
			var _usingCtx$28 = _usingCtx();
			return await look(_usingCtx$28.a(await database.connect("look", {
				admin,
				signal
			})));
		} catch (_) {
			_usingCtx$28.e = _;
		} finally {
			await _usingCtx$28.d();
		}
	} catch (error) {
		if (!isOfWhatIsThere(error) && !await isClosedByItsLimit(database, error)) throw error;
		first ??= error;
	}
	return { unreadable: first === void 0 ? "" : clauseOf(first) };
}
function isOfWhatIsThere(error) {
	return error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "") && !NOT_THE_DATABASES.test(error.code ?? "");
}
async function isClosedByItsLimit(database, error) {
	try {
		var _usingCtx3 = _usingCtx();
		if (!(error instanceof Failure) || error.code !== "53300") return false;
		const [row] = await _usingCtx3.a(await database.connectMaintenance("look")).query("SELECT datconnlimit = 0 AS none FROM pg_database WHERE datname = $1", [database.name]);
		return row?.none === true;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function readableSchema(environment) {
	const database = await environment.database();
	if (database === void 0) return void 0;
	const look = await lookAtLive(environment, database, async () => void 0);
	return "schema" in look ? look.schema : void 0;
}
// src/deploy/back/look.ts
async function lookAtDatabase(environment, request) {
	const look = await lookAndDecide(environment, request);
	const { decision } = look;
	return decision.action === "impossible" ? {
		...look,
		decision: {
			...decision,
			replaced: await replacedThere(environment)
		}
	} : look;
}
async function lookAndDecide(environment, request) {
	const common = {
		target: request.target.schema ?? request.savepoint?.schema,
		wish: request.wish,
		preferDown: request.preferDown,
		savepoint: request.savepoint && {
			id: request.savepoint.id,
			file: request.savepoint.file,
			schema: request.savepoint.schema
		},
		others: request.others.map(describeCandidate)
	};
	if (await environment.database() === void 0) {
		if (request.wish !== "keep" && hasDatabase(request)) throw databaseNotNamed(request.target);
		return {
			live: void 0,
			canGoDown: false,
			decision: decide({
				...common,
				live: void 0,
				down: {
					possible: false,
					keep: [],
					why: "there is no database"
				}
			})
		};
	}
	const seen = await lookAtLive(environment, await databaseOf$1(environment), async (connection, schema) => await waysDown(connection, schema, common.target?.history ?? []));
	if (!("schema" in seen)) {
		const { unreadable } = seen;
		const down = {
			possible: false,
			keep: [],
			why: `the live database cannot be read (${unreadable})`
		};
		return {
			live: void 0,
			unreadable,
			decision: decide({
				...common,
				live: void 0,
				unreadable,
				down
			}),
			canGoDown: false
		};
	}
	return {
		live: seen.schema,
		decision: decide({
			...common,
			live: seen.schema,
			down: seen.more
		}),
		canGoDown: seen.more.possible && common.target !== void 0
	};
}
function hasDatabase({ deploy, target }) {
	if (deploy === void 0 || deploy.goingBack) return target.schema !== void 0;
	return deploy.live !== void 0 || deploy.steps.some(({ step }) => STEPS[step].database && !takesBack(step));
}
function databaseNotNamed(target) {
	return refusal(`There is a database, and where it is is not said: code would go back to ${nameOf(target)}, and its schema stay as it is.`, {
		hint: "Give `database-url` or `database-service`, as the deploys had it; `--database keep` takes the code back alone.",
		code: "database-not-named"
	});
}
function describeCandidate({ id, deploy, purpose, startedAt, from }) {
	return `${deploy ?? id}  ${purpose} of ${startedAt}${from === void 0 ? "" : `, when ${shortCommit(from)} ran`}`;
}
async function waysDown(connection, live, target) {
	const others = historyDifference(target.filter(isForeign), live.history.filter(isForeign));
	if (others.length > 0) return {
		possible: false,
		keep: [],
		why: `another tool migrated (${others.slice(0, 3).join(", ")})`
	};
	const keep = target.filter((table) => !isForeign(table)).flatMap((table) => table.entries.filter((entry) => entry.state === "applied").map((entry) => entry.version));
	const plan = await planOrWhyNot(connection, keep);
	if (typeof plan === "string") return {
		possible: false,
		keep,
		why: plan
	};
	const [problem] = plan.problems;
	if (problem !== void 0) return {
		possible: false,
		keep,
		why: problem
	};
	return plan.steps.length > 0 ? {
		possible: true,
		keep,
		why: ""
	} : {
		possible: false,
		keep,
		why: "no migration of ours was applied since"
	};
}
async function planOrWhyNot(connection, keep) {
	try {
		return await downPlan(connection, keep);
	} catch (error) {
		if (error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "")) return `the history cannot be read (${clauseOf(error)})`;
		throw error;
	}
}
function isForeign(table) {
	return table.tool !== "savepoint";
}
// src/deploy/steps/savepoint-for.ts
function savepointFor(manifests, deploy, target, ledger) {
	if (deploy !== void 0 && !deploy.goingBack) {
		const changed = deploy.steps.findIndex(({ step }) => mayChange(step));
		const own = (changed === -1 ? deploy.steps : deploy.steps.slice(0, changed)).findLast((step) => step.step === "backup" && step.state === "done")?.result?.["backup"];
		return manifests.find((manifest) => manifest.id === own);
	}
	const onTarget = new Set(ledger.deploys.filter((one) => one.from === target.commit).map((one) => one.id));
	const { schema } = target;
	return manifests.toSorted(newestFirst).find((manifest) => manifest.deploy !== void 0 && onTarget.has(manifest.deploy) && (schema === void 0 || compareSchemas(manifest.schema, schema) !== "different"));
}
// src/deploy/back/tried.ts
function triedOf({ steps }) {
	return steps.flatMap(({ step, state, intent, code, unseen }) => step === "rollback" && state === "failed" ? [{
		...toldIn(intent),
		code: code ?? "failed",
		...unseen === true && { unseen }
	}] : []);
}
function begunOf({ steps }) {
	const last = steps.findLast(({ step }) => step === "rollback");
	return last?.state === "running" || last?.state === "cancelled" ? toldIn(last.intent) : void 0;
}
function toldIn(intent) {
	return {
		to: asText(intent["to"]),
		database: asWish(intent["database"])
	};
}
function asText(value) {
	return typeof value === "string" ? value : void 0;
}
function asWish(value) {
	return value === "restore" || value === "down" || value === "keep" ? value : "auto";
}
// src/deploy/back/ways.ts
const PASSING = new Set([
	"connection-lost",
	"git-lock",
	"handshake",
	"migration-lock",
	"origin-unreachable",
	"refused",
	"timeout",
	"turned-away",
	"unreachable",
	"08000",
	"08006",
	"53300",
	"57P01",
	"57P03",
	"55P03",
	"40P01"
]);
const SETTLED = new Set([
	"no-way-back",
	"restore-not-said",
	"restore-failed",
	"schema-differs",
	"schema-unknown",
	"unhealthy-at-target",
	"unhealthy-and-apart"
]);
const OF_THE_APP = new Set([
	"build-failed",
	"command-failed",
	"compose-config",
	"no-folder",
	"not-found",
	"pull-failed",
	"service-down",
	"unknown-commit",
	"work-tree"
]);
const MOST_OTHERS = 3;
function rankWays(facts) {
	const { deploy, tried, target } = facts;
	const last = tried.at(-1);
	const told = facts.begun ?? last;
	const usual = [...told !== void 0 && (told.to !== void 0 || told.database !== "auto") ? [again(facts, told)] : [], ...target === void 0 || facts.mustBeSaid === true ? [] : [looking(facts, target)]];
	const unlock = deploy === void 0 ? [] : [unlocking(facts, deploy)];
	const fresh = usual.filter((option) => !wasTried(tried, option));
	const passing = usual.filter((option) => mayPass(tried, option));
	if (fresh.length > 0) return [
		...fresh,
		...passing,
		...unlock
	].map(plain);
	const look = facts.seen === true ? [] : [statusWay(facts.place)];
	if (passing.length > 0) return [
		...look,
		...passing,
		...unlock
	].map(plain);
	const said = last !== void 0 && OF_THE_APP.has(last.code) ? [] : saying(facts).filter((option) => !wasTried(tried, option));
	const mended = usual.filter((option) => !isSettled(tried, option)).map((option) => ({
		...option,
		means: `Only once what failed is mended: ${option.means}`
	}));
	const [looks, others] = [mended.filter(isLooking), mended.filter((option) => !isLooking(option))];
	if (last?.unseen === true && looks.length > 0) return [
		...look,
		...looks,
		...others,
		...said,
		...unlock
	].map(plain);
	if (said.length === 0 && mended.length > 0) return [
		...look,
		...mended,
		...unlock
	].map(plain);
	return [
		...said,
		...unlock,
		...mended
	].map(plain);
}
function plain({ command, means }) {
	return {
		command,
		means
	};
}
function reasonOf({ id, steps }) {
	const last = steps.at(-1);
	if (last === void 0) return `deploy ${id} was left open`;
	return `deploy ${id} ${{
		running: "did not end at",
		done: "was left open after",
		failed: "failed at",
		cancelled: "was cancelled at"
	}[last.state]} ${last.step}`;
}
function looking(facts, target) {
	const means = facts.database ? `Looks at what is true now, and takes code and database back to ${target} together.` : `Takes the code back to ${target}.`;
	return {
		to: facts.to,
		database: "auto",
		command: command(facts, {
			to: facts.to,
			database: "auto"
		}),
		means
	};
}
function again(facts, { to, database }) {
	return {
		to,
		database,
		command: command(facts, {
			to,
			database
		}),
		means: "Goes on with the rollback that was begun."
	};
}
function saying(facts) {
	const { target, database, savepoint, to } = facts;
	const option = (wish, means, where = to) => ({
		to: where,
		database: wish,
		command: command(facts, {
			to: where,
			database: wish
		}),
		means
	});
	const together = [];
	const apart = [];
	const further = [];
	const inVain = [];
	if (target !== void 0 && database) {
		if (facts.down) together.push(option("down", `Takes the code to ${target} and the migrations since back by their DOWN; other rows stay.`));
		if (savepoint !== void 0) {
			const restore = option("restore", `Takes the code to ${target} and the database to the backup of ${savepoint.at}; ${KEPT$1}.`);
			(facts.tried.some((one) => one.to === to && one.code === "restore-failed") ? inVain : together).push(restore);
		}
		apart.push(option("keep", `Takes the code to ${target} and leaves the database as it is, with every row; nobody proved that the two fit.`));
	}
	if (facts.failedBefore !== void 0) {
		const means = `Goes back to ${facts.failedBefore.slice(0, 7)}, which ran before, although it is known to have failed.`;
		further.push(option("auto", means, facts.failedBefore));
	}
	if (database) for (const one of facts.others.filter(({ id, from }) => from !== void 0 && id !== savepoint?.id).slice(0, MOST_OTHERS)) {
		const means = `Takes the database to the backup of ${one.at}, and the code to ${one.from?.slice(0, 7)}, which ran then; ${KEPT$1}.`;
		further.push(option("restore", means, one.id));
	}
	const first = together.length > 0 || facts.differs !== true ? [] : further.slice(0, 1);
	return [
		...together,
		...first,
		...apart,
		...further.slice(first.length),
		...inVain
	];
}
const KEPT$1 = "the live database is kept under another name";
function unlocking({ place, reason }, deploy) {
	return {
		command: nextCommand(place, "unlock", [
			"--confirm",
			place.name,
			"--reason",
			reason
		]),
		means: `Ends deploy ${deploy} as it stands and lets the next one begin; takes nothing back. For when it was put right by hand.`
	};
}
function command({ place, reason }, { to, database }) {
	return rollbackCommand(place, reason, [...to === void 0 ? [] : ["--to", to], ...database === "auto" ? [] : ["--database", database]]);
}
function wasTried(tried, option) {
	return tried.some((one) => isSame(one, option));
}
function isLooking({ database }) {
	return database === "auto";
}
function mayPass(tried, option) {
	const [last, before] = tried.filter((one) => isSame(one, option)).toReversed();
	return last !== void 0 && PASSING.has(last.code) && last.code !== before?.code;
}
function isSettled(tried, option) {
	return tried.some((one) => isSame(one, option) && SETTLED.has(one.code) && !(one.code === "restore-failed" && one.database === "restore"));
}
function isSame(one, other) {
	return one.to === other.to && one.database === other.database;
}
// src/deploy/back/ways-of-deploy.ts
async function waysOfDeploy(environment, ledger, deploy, shown = {}) {
	const choice = targetOfDeploy(ledger, deploy);
	const target = choice.found ? choice.target : void 0;
	const manifests = await manifestsOf(environment);
	const savepoint = target && savepointFor(manifests, deploy, target, ledger);
	return rankWays({
		place: environment,
		reason: reasonOf(deploy),
		deploy: deploy.id,
		target: target && placeOf(target),
		failedBefore: target === void 0 ? deploy.from : void 0,
		database: deploy.live !== void 0 || manifests.length > 0,
		differs: target?.schema !== void 0,
		down: target !== void 0 && triedOf(deploy).length > 0 && await canGoDown(environment, {
			target,
			savepoint,
			deploy
		}),
		savepoint: savepoint && asSavepoint(savepoint),
		others: manifests.toSorted(newestFirst).map(asSavepoint),
		tried: triedOf(deploy),
		begun: begunOf(deploy),
		mustBeSaid: deploy.goingBack && triedOf(deploy).some(({ code }) => code === "restore-not-said"),
		...shown
	});
}
function asSavepoint({ id, deploy, startedAt, from }) {
	return {
		id: deploy ?? id,
		at: startedAt,
		from
	};
}
async function manifestsOf(environment) {
	try {
		return (await backupStore(environment, stateOf(environment)).all()).manifests;
	} catch (error) {
		environment.ports.report.detail(`The backups could not be listed: ${messageOf(error)}`);
		return [];
	}
}
async function canGoDown(environment, about) {
	try {
		return (await lookAtDatabase(environment, {
			...about,
			wish: "auto",
			preferDown: false,
			others: []
		})).canGoDown;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`Whether the migrations can go down could not be looked at: ${error.message}`);
		return false;
	}
}
// src/deploy/lock/watchdog-text.ts
const WATCHDOG = "watchdog";
function watchdogText(deploy, lock) {
	if (deploy.watchdog === void 0 || deploy.end !== void 0) return void 0;
	if (lock?.state === "held" && lock.holder.owner === "watchdog") return lock.beat?.running === true ? `it fired and is at work; what it does stands in ${deploy.watchdog.folder}/log on the host` : `it fired, and ended half-way; what it did stands in ${deploy.watchdog.folder}/log on the host`;
	if (beingTakenBack(deploy)) return void 0;
	return `armed: without a sign of life for ${formatDuration(deploy.watchdog.silentMs)} the host takes this deploy back by itself`;
}
// src/deploy/steps/timeline.ts
function timelineOf(deploy, now) {
	const spans = deploy.steps.map((step) => ({
		label: step.step,
		start: Date.parse(step.startedAt),
		end: step.endedAt === void 0 ? now.getTime() : Date.parse(step.endedAt),
		state: step.state === "done" ? "done" : step.state === "running" ? "running" : "failed"
	}));
	return {
		kind: "timeline",
		title: `Deploy ${deploy.id}`,
		spans
	};
}
async function timelineNow({ environment, state }, id) {
	const record = (await state.journal.read()).deploys.find((one) => one.id === id);
	return record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())];
}
// src/deploy/back/still-open.ts
function stepsOf({ steps }) {
	return steps.length === 0 ? "no step was begun" : steps.map((step) => `${step.step} ${step.state}`).join(", ");
}
async function stillOpen(environment, ledger, deploy, shown = {}) {
	const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${stepsOf(deploy)}.`;
	const watchdog = watchdogText(deploy);
	const blocks = [timelineOf(deploy, environment.ports.clock.now())];
	if (!changedSomething(deploy)) return {
		state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."],
		blocks
	};
	return {
		state: [
			open,
			environment.owner.terminal ? "It holds the lock until it is taken back." : !isAutomatic(environment) ? `It holds the lock until it is taken back by hand. ${NOT_AUTOMATIC}` : `It holds the lock until it is taken back: ${notOneJobs(deploy, environment.owner) === void 0 ? "at the end of this job, " : ""}by a rollback step of this run (\`if: failure() || cancelled()\`), or by hand.`,
			...watchdog === void 0 ? [] : [`The watchdog is ${watchdog}.`]
		],
		ways: await waysOfDeploy(environment, ledger, deploy, shown),
		blocks
	};
}
function andOpen(failure, about) {
	return failure.with({
		state: [...failure.state, ...about.state ?? []],
		ways: failure.ways.length > 0 ? failure.ways : about.ways,
		blocks: [...failure.blocks, ...about.blocks ?? []]
	});
}
// src/deploy/back/left-open.ts
async function standing(tx, error) {
	if (tx.deploy === void 0 || error instanceof Failure && error.code === "lock-lost") return error;
	try {
		const deploy = await tx.record();
		const about = await stillOpen(tx.environment, await tx.state.journal.read(), deploy);
		if (error instanceof Cancelled) return new Cancelled(error.message, {
			...about,
			...error.details
		});
		if (!(error instanceof Failure)) return error;
		return andOpen(error, about);
	} catch (unread) {
		tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
		return error;
	}
}
// src/deploy/lock/standing.ts
function schemaStanding(ledger, { running, live }) {
	if (live === void 0) return {
		is: "unknown",
		text: "no database is configured"
	};
	const of = [...ledger.schemas].findLast(([, schema]) => compareSchemas(live, schema) === "same")?.[0];
	const whose = of === void 0 ? "of no version that was seen" : `that of ${shortCommit(of)}`;
	if (running === void 0) return {
		is: "unknown",
		text: `the database's is ${whose}; ${ledger.nothingRuns && ledger.open === void 0 ? "nothing runs that it would belong to" : "what runs is not known"}`
	};
	const name = shortCommit(running);
	const expected = ledger.schemas.get(running);
	if (expected === void 0) return {
		is: "unknown",
		text: `which one ${name} has is not known before it is confirmed; the database's is ${whose}`
	};
	const likeness = compareSchemas(live, expected);
	if (likeness === "same") return {
		is: "one",
		text: `${name}'s: code and schema are one version's`
	};
	if (likeness === "unknown") return {
		is: "unknown",
		text: `${name}'s was recorded by another version of Savepoint or of PostgreSQL, and cannot be compared`
	};
	return {
		is: "apart",
		text: `not ${name}'s: the database's is ${whose}. Code and schema are apart`,
		of: of === running ? void 0 : of
	};
}
function unwellNow({ unwell, open, nothingRuns }, running) {
	if (unwell === void 0 || open !== void 0 || nothingRuns) return void 0;
	return running === void 0 || unwell.commit === void 0 || unwell.commit === running ? unwell : void 0;
}
function isGone(open, { lock, leaseMs, ownerCompleted, beaterDead }) {
	if (open.end !== void 0) return true;
	if (lock.state === "free") return ownerCompleted ?? true;
	if (open.run === void 0 && beaterDead) return true;
	return ownerCompleted ?? lock.silentMs > leaseMs;
}
function isLeft(open, { lock, leaseMs, ownerCompleted, beaterDead }) {
	if (open.end !== void 0) return true;
	if (!changedSomething(open)) return false;
	if (lock.state === "free" || beaterDead) return true;
	if (lock.beat?.running === true) return lock.silentMs >= STEP_DEAD_AFTER;
	const ended = open.steps.at(-1)?.state;
	if (open.run === void 0 && (ended === "failed" || ended === "cancelled")) return true;
	return ownerCompleted ?? lock.silentMs > leaseMs;
}
// src/rollout/act.ts
function commandOf({ words, folder, variables, timeLimit }) {
	return {
		words,
		...folder !== void 0 && { cwd: folder },
		...variables !== void 0 && { env: variables },
		...timeLimit !== void 0 && { timeout: timeLimit }
	};
}
function tellAct({ what, words, told }) {
	const [first = "", ...rest] = (told ?? quote(words)).trimEnd().split("\n");
	return [`${what}: ${first}`, ...rest.map((line) => `  ${line}`)];
}
// src/rollout/shell.ts
const PATIENCE_MS = 6e4;
const TAIL_BYTES = 65536;
const RUN = `${IDENTIFY}
since=$(started "$$")
rm -f "$2/$4.last"
(umask 077 && mkdir -p "$2" && rm -f "$2/$3" && : > "$2/$3") || exit 1
tail -n +1 -f "$2/$3" 2>/dev/null &
follow=$!
sh -e -c "$1" </dev/null >>"$2/$3" 2>&1
code=$?
last=$(cat "$2/$4.last" 2>/dev/null)
# Who listens is told from who listened before by this (health/takeover.ts); the starts of one deploy stay together.
if [ -n "$since" ]; then
  { grep "^\${SAVEPOINT_ID:--} " "$2/$4.started" 2>/dev/null; printf '%s %s %s %s %s\n' "\${SAVEPOINT_ID:--}" "$(boot)" "$since" "\${last:--}" "$(started "$last")"; } >"$2/$4.started.new" && mv -f "$2/$4.started.new" "$2/$4.started"
fi
kill "$follow" 2>/dev/null
# What is started next, on the way back, writes over the log of what failed.
if [ "$code" -ne 0 ]; then
  cp -f "$2/$3" "$2/$5" 2>/dev/null
  ls -t "$2/$4".failed-*.log 2>/dev/null | tail -n +11 | while IFS= read -r old; do rm -f "$old"; done
fi
# Its end, for whoever followed and missed it.
tail -c ${TAIL_BYTES} "$2/$3" >&2
exit "$code"
`;
function shellAct({ clone, name, text, what, environment }) {
	const folder = folderOf(clone);
	return {
		what,
		words: [
			"sh",
			"-c",
			RUN,
			"sh",
			`${noteLast(`${folder}/${name}.last`)}${text}`,
			folder,
			`${name}.log`,
			name,
			keptLog(name, environment)
		],
		folder: clone.directory,
		variables: environment,
		told: text
	};
}
function folderOf({ gitDirectory }) {
	return `${gitDirectory}/savepoint`;
}
function keptLog(name, variables = {}) {
	return `${name}.failed-${shortCommit(String(variables["SAVEPOINT_COMMIT"] ?? "")) || "version"}.log`;
}
async function runShell(run) {
	try {
		var _usingCtx$27 = _usingCtx();
		const { act, clone, name, ports } = run;
		let shown = 0;
		const show = (line) => {
			shown += 1;
			ports.report.detail(`${name}: ${line}`);
		};
		_usingCtx$27.u(remarkWhenSlow(name, ports));
		const finished = await clone.machine.run({
			...commandOf(act),
			signal: ports.signal,
			onLine: (line, from) => from === "stdout" ? show(line) : void 0,
			...run.noteIn !== void 0 && { noteIn: run.noteIn }
		});
		const { lines, whole } = endOf$1(finished);
		if (whole) for (const line of lines.slice(shown)) show(line);
		if (finished.code !== 0) throw failed(run, finished, lines, `${folderOf(clone)}/${keptLog(name, act.variables)}`);
		ports.report.say(`${name} done (${formatDuration(finished.durationMs)})`);
	} catch (_) {
		_usingCtx$27.e = _;
	} finally {
		_usingCtx$27.d();
	}
}
function noteLast(file) {
	return `savepoint_last() { set +u; printf '%s' "$!" >${quote([file])}; }; trap savepoint_last EXIT; `;
}
function endOf$1(finished) {
	const lines = finished.stderr.split(/\r?\n/);
	if (lines.at(-1) === "") lines.pop();
	return {
		lines,
		whole: Buffer.byteLength(finished.stderr) < TAIL_BYTES
	};
}
function failed(run, finished, lines, log) {
	const said = lines.filter((line) => line.trim() !== "");
	const name = run.name === "command" ? "The rollout's command" : run.name;
	return new Failure(`${name} failed (${ending(finished)}) in ${run.clone.directory} on ${run.clone.machine.name}.`, {
		evidence: said.slice(-20),
		hint: `All it said is in ${log} there.`,
		code: "command-failed"
	});
}
function remarkWhenSlow(name, ports) {
	const over = new AbortController();
	ports.clock.sleep(PATIENCE_MS, over.signal).then(() => ports.report.notice(`${name} has been running for ${formatDuration(PATIENCE_MS)}. If it is the app itself that runs, let it run in the background: \`nohup … &\`, or a service manager.`), () => void 0);
	return { [Symbol.dispose]: () => over.abort() };
}
// src/rollout/commands.ts
const NAMES = [
	"stop-command",
	"command",
	"start-command"
];
function givenCommands(settings) {
	return NAMES.filter((name) => settings[name] !== void 0);
}
async function runIfGiven(app, name) {
	const act = actOf(app, name);
	if (act === void 0) return false;
	const { clone, ports, noteIn } = app;
	if (name !== "command") app.standstill?.begin();
	await timed(app, act.what, async () => await runShell({
		act,
		name,
		clone,
		ports,
		noteIn
	}));
	return true;
}
function actsOf(app, names) {
	return names.map((name) => actOf(app, name)).filter((act) => act !== void 0);
}
function actOf(app, name) {
	const text = app.settings[name];
	if (text === void 0) return void 0;
	const version = versionOf$1(app, name);
	const what = version === void 0 ? name : `${name} of ${version}`;
	return shellAct({
		clone: app.clone,
		name,
		text,
		what,
		environment: app.environment
	});
}
function versionOf$1({ environment }, name) {
	const previous = environment["SAVEPOINT_PREVIOUS_COMMIT"];
	const commit = name === "stop-command" && previous !== void 0 && previous !== "" ? previous : environment["SAVEPOINT_COMMIT"];
	return commit === void 0 || commit === "" ? void 0 : shortCommit(commit);
}
function tellStarted(app) {
	const version = versionOf$1(app, "start-command");
	if (version !== void 0) app.standstill?.started(version);
}
async function timed({ standstill }, what, body) {
	return standstill === void 0 ? await body() : await standstill.timed(what, body);
}
async function stopByCommand(app) {
	try {
		await runIfGiven(app, "stop-command");
	} catch (error) {
		if (!isOfCommand(error) || !await downAnyway(app, error)) throw error;
	}
}
async function orWarn$1(app, stop) {
	try {
		return await stop();
	} catch (error) {
		if (!isOfCommand(error)) throw error;
		if (await downAnyway(app, error)) return "stopped";
		app.ports.report.warning(`${whatItSaid(error)} Going on as if the app were down; if it still runs, the next start may fail.`);
		return "failed";
	}
}
function isOfCommand(error) {
	return error instanceof Failure && error.code === "command-failed";
}
async function downAnyway({ knownDown, ports }, failure) {
	const why = await knownDown?.();
	if (why === void 0) return false;
	ports.report.warning(`${whatItSaid(failure)} The app is down all the same: ${why}. So this goes on.`);
	return true;
}
function whatItSaid({ message, evidence }) {
	const said = evidence.slice(-3).join(" / ");
	return said === "" ? message : `${message} It said: ${said}.`;
}
// src/rollout/obstacles.ts
const NAMED_FILES = 20;
async function refuseObstacles$1(clone, commit) {
	if (await clone.interruptedCheckout() !== void 0) return;
	await refuseLocalEdits(clone);
	await refuseFilesInTheWay(clone, commit);
}
async function refuseLocalEdits(clone) {
	const files = await clone.dirtyFiles();
	if (files.length === 0) return;
	throw inTheWay(`${plural(files.length, "tracked file")} in ${clone.directory} on ${clone.machine.name} ${files.length === 1 ? "was" : "were"} edited by hand.`, files, { hint: `See \`git -C ${clone.directory} diff\`; commit and push what is meant, and \`git -C ${clone.directory} checkout HEAD -- .\` for what is not. Files that a build rewrites are better not tracked.` });
}
async function refuseFilesInTheWay(clone, commit) {
	await refuseOutOfSight(clone, commit);
	const files = await clone.untrackedInTheWay(commit);
	if (files.length === 0) return;
	throw inTheWay(`${shortCommit(commit)} has ${plural(files.length, "file")} where ${clone.directory} on ${clone.machine.name} has untracked ones of the same name.`, files, { hint: "Move them away on the host, or take them out of the commit; they would be overwritten." });
}
async function refuseOutOfSight(clone, commit) {
	const { submodules, hidden } = await clone.outOfSight(commit);
	const where = `${clone.directory} on ${clone.machine.name}`;
	if (submodules.length > 0) throw inTheWay(`${shortCommit(commit)} has files where ${where} has ${submodules.length === 1 ? "the folder of a submodule" : "folders of submodules"}.`, submodules, { hint: "Move them away on the host; git would remove them, with all that was edited there." });
	if (hidden.length === 0) return;
	const flags = ["--no-assume-unchanged", "--no-skip-worktree"].map((flag) => quote([
		"git",
		"-C",
		clone.directory,
		"update-index",
		flag,
		"--",
		...hidden
	]));
	throw inTheWay(`${plural(hidden.length, "file")} in ${where} that git was told not to look at ${hidden.length === 1 ? "was" : "were"} edited, and ${shortCommit(commit)} has another text there.`, hidden, { hint: `Have git look again: ${flags.join(" && ")}. Then it shows the edits, and \`git -C ${clone.directory} stash\` puts them aside.` });
}
function inTheWay(message, files, details) {
	const more = files.length > NAMED_FILES ? [`… and ${plural(files.length - NAMED_FILES, "more file", "more files")}`] : [];
	return refusal(message, {
		...details,
		evidence: [...files.slice(0, NAMED_FILES), ...more],
		code: "work-tree"
	});
}
// src/rollout/files.ts
async function putFiles(app, request) {
	const { clone, ports } = app;
	const previous = await clone.current();
	stopIfCancelled(ports.signal);
	if (request.stopped !== true) {
		if (request.edits !== "keep") await refuseObstacles$1(clone, request.commit);
		await clone.awaitOthers(request.commit, (which) => ports.report.say(`Waiting, while the app still runs: ${which}.`));
		await stopByCommand(app);
	}
	stopIfCancelled(ports.signal);
	await timed(app, "putting the files in place", async () => await placeFiles(app, request));
	return previous;
}
async function placeFiles({ clone, ports, noteIn }, { commit, edits }) {
	const options = noteIn === void 0 ? {} : { noteIn };
	if (edits !== "keep") {
		await clone.checkout(commit, options);
		return;
	}
	const kept = await clone.restoreTo(commit, {
		...options,
		at: ports.clock.now()
	});
	if (kept.edits !== void 0) ports.report.warning(`Tracked files in ${clone.directory} had been edited; they are kept: git -C ${clone.directory} show ${kept.edits}`);
	if (kept.renamed.length > 0) ports.report.warning(`Untracked files stood in the way in ${clone.directory} and were renamed: ${kept.renamed.slice(0, 10).join(", ")}${kept.renamed.length > 10 ? ", …" : ""}`);
}
async function fileAct(app, { commit, edits }) {
	const previous = await app.clone.current();
	return {
		...filesOf(app, commit, edits),
		...previous !== void 0 && { undo: [filesOf(app, previous, "keep")] }
	};
}
function filesOf({ clone, ports }, commit, edits) {
	const { words, cwd, env } = clone.placing(commit, edits === "keep" ? ports.clock.now() : void 0);
	return {
		what: `the files of ${shortCommit(commit)}`,
		words,
		folder: cwd,
		variables: env,
		told: `git checkout --detach ${commit}${edits === "keep" ? ", what stands in the way kept aside" : ""}`
	};
}
// src/rollout/command/command.ts
const commandKind = {
	said: (settings) => settings.command !== void 0 || settings["start-command"] !== void 0,
	seen: async () => await Promise.resolve(true),
	open: async (about) => await Promise.resolve(byCommands(about))
};
function byCommands(app) {
	const { settings } = app;
	refuseMisfits(settings);
	const commands = givenCommands(settings);
	return {
		kind: "command",
		stops: settings["stop-command"] !== void 0,
		starts: settings["start-command"] !== void 0,
		tellsApart: false,
		concluded: {},
		summary: commands.length === 0 ? "no command is given: the code is put in place" : `by ${commands.join(", ")}`,
		prepare: async () => await Promise.resolve({}),
		switchTo: async (request) => await switchTo$1(app, request),
		stop: async () => await orWarn$1(app, async () => await runIfGiven(app, "stop-command") ? "stopped" : "unknown"),
		start: async () => await start(app),
		clearAway: async (about) => await Promise.resolve(about.stopped ? void 0 : mayBeUp(app, about)),
		runs: async () => await Promise.resolve({ state: "unknown" }),
		builtFrom: async () => await Promise.resolve([]),
		runsOtherImages: async () => await Promise.resolve(false),
		thinOut: async () => await Promise.resolve([]),
		plan: {
			stop: async () => await Promise.resolve(stopActs$1(app)),
			start: async () => await Promise.resolve(actsOf(app, [starter(app)])),
			switchTo: async (request) => await switchActs$1(app, request)
		}
	};
}
async function switchTo$1(app, request) {
	const previous = await putFiles(app, request);
	await runIfGiven(app, "command");
	await runIfGiven(app, "start-command");
	app.standstill?.started(shortCommit(request.commit));
	const { command: makes, "start-command": starts } = app.settings;
	if (makes === void 0 && starts === void 0) app.ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
	return {
		commit: request.commit,
		previous,
		images: void 0
	};
}
async function start(app) {
	await runIfGiven(app, starter(app));
	tellStarted(app);
}
function starter({ settings }) {
	return settings["start-command"] === void 0 && settings["stop-command"] !== void 0 ? "command" : "start-command";
}
function stopActs$1(app) {
	return actsOf(app, ["stop-command"]).map((act) => ({
		...act,
		mayFail: true,
		undo: actsOf(app, [starter(app)])
	}));
}
async function switchActs$1(app, request) {
	return [
		...request.stopped === true ? [] : actsOf(app, ["stop-command"]),
		await fileAct(app, request),
		...actsOf(app, ["command", "start-command"])
	];
}
function mayBeUp({ clone: { machine, directory }, settings }, { startedBy }) {
	const stop = settings["stop-command"];
	if (stop !== void 0) return {
		what: "still up, as far as is known: its `stop-command` failed",
		ways: [{
			command: commandOn(machine, [
				"sh",
				"-c",
				`cd ${quote([directory])} && { ${stop}\n}`
			]),
			means: "Runs `stop-command` again."
		}]
	};
	if (startedBy === void 0) return void 0;
	return {
		what: `still up, as far as is known: no \`stop-command\` is given, and this started it: ${startedBy}`,
		ways: []
	};
}
// src/rollout/compose/acts.ts
const NAMED_WITHIN = 12e4;
function tagAct(engine, image, name) {
	return {
		what: `the image ${name}`,
		words: dockerWords(engine, "image", "tag", image, name),
		timeLimit: NAMED_WITHIN
	};
}
function upAct(project, services) {
	return {
		what: `starting ${services.join(", ")}`,
		words: composeWords(project, "up", "--detach", "--no-build", "--pull", "never", "--no-deps", "--", ...services),
		folder: project.directory,
		variables: project.environment
	};
}
const WITH_CONTAINERS = `
list=$1 engine=$2; shift 2
ids=
# shellcheck disable=SC2034 # It is read by what eval runs.
for service do
  found=$(eval "$list --filter \\"label=com.docker.compose.service=\\$service\\"") || exit 1
  ids="$ids $found"
done
set -f
# shellcheck disable=SC2086
set -- $ids
[ "$#" -gt 0 ] || exit 0
${LOOK_AGAIN}
eval "$engine \\"\\$@\\""
`;
function stopAct(engine, project, services) {
	return {
		what: `stopping ${services.join(", ")}`,
		words: withContainers(engine, {
			project,
			services,
			list: [],
			act: ["stop"]
		}),
		told: `${quote(dockerWords(engine, "stop"))} <the containers of ${services.join(", ")}>`
	};
}
function removeAct(engine, project, services) {
	return {
		what: `removing ${services.join(", ")}`,
		words: withContainers(engine, {
			project,
			services,
			list: ["--all"],
			act: ["rm", "--force"]
		}),
		told: `${quote(dockerWords(engine, "rm", "--force"))} <the containers of ${services.join(", ")}>`,
		mayFail: true
	};
}
function withContainers(engine, about) {
	const filters = [`label=com.docker.compose.project=${about.project}`, "label=com.docker.compose.oneoff=False"];
	const list = quote(dockerWords(engine, "ps", ...about.list, "--quiet", "--no-trunc", ...filters.flatMap((filter) => ["--filter", filter])));
	return [
		"sh",
		"-c",
		WITH_CONTAINERS,
		"sh",
		list,
		quote(dockerWords(engine, ...about.act)),
		...about.services
	];
}
// src/rollout/compose/images.ts
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
function retainedName(project, service, commit) {
	return `${retainedRepository(project, service)}:${commit}`;
}
function retainedRepository(project, service) {
	const name = `${project}-${service}`;
	if (COMPONENT.test(name)) return `savepoint/${name}`;
	return `savepoint/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}
async function imageIds(engine, names) {
	if (names.length === 0) return new Map();
	const script = `for name do id=$(${quote(dockerWords(engine, "image", "inspect", "--format", "{{.Id}}"))} "$name" 2>/dev/null) || id=; printf '%s\\n' "$id"; done`;
	const { stdout } = await succeed(engine.machine, {
		words: [
			"sh",
			"-c",
			script,
			"sh",
			...names
		],
		repeatable: true
	}, "Looking at the images");
	const ids = stdout.split("\n").map((line) => line.trim());
	return new Map(names.flatMap((name, at) => ids[at]?.startsWith("sha256:") === true ? [[name, ids[at] ?? ""]] : []));
}
async function tagImage(engine, image, name) {
	await succeed(engine.machine, commandOf(tagAct(engine, image, name)), `Naming an image ${name}`);
}
async function untagImage(engine, name) {
	return (await engine.machine.run({ words: dockerWords(engine, "image", "rm", name) })).code === 0;
}
async function retainedImages(engine, project, services) {
	const words = dockerWords(engine, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=savepoint/*");
	const finished = await engine.machine.run({ words });
	if (finished.code !== 0) throw new Failure(`Listing the images failed (${ending(finished)}).`, {
		code: "engine-failed",
		evidence: lastLines(finished)
	});
	const repositories = new Set(services.map((service) => retainedRepository(project, service)));
	return finished.stdout.split("\n").flatMap((line) => {
		const at = line.lastIndexOf(":");
		return repositories.has(line.slice(0, at)) ? [{
			name: line.trim(),
			commit: line.slice(at + 1).trim()
		}] : [];
	});
}
// src/rollout/compose/build.ts
const SPARE_BYTES$1 = 268435456;
const FULL_BYTES = 16777216;
const EVIDENCE_LINES$1 = 30;
async function buildImages(making, services) {
	if (services.length === 0) return;
	const { project, model, commit, ports } = making;
	const names = services.map(({ name }) => retainedName(model.name, name, commit));
	const before = await imageIds(project, names);
	const started = ports.clock.now().getTime();
	try {
		await build(making, services);
	} catch (error) {
		for (const name of names) if (!before.has(name)) await untagImage(project, name);
		throw error;
	}
	const took = formatDuration(ports.clock.now().getTime() - started);
	ports.report.say(`Built ${services.map(({ name }) => name).join(", ")} of ${shortCommit(commit)} (${took})`);
}
async function build({ project, model, commit, ports, noteIn }, services) {
	const document = {
		name: model.name,
		services: Object.fromEntries(services.map((service) => [service.name, {
			build: ours$1(service.build ?? {}, commit),
			image: retainedName(model.name, service.name, commit),
			...service.platform !== void 0 && { platform: service.platform }
		}])),
		...model.secrets !== void 0 && { secrets: model.secrets }
	};
	const said = [];
	let step;
	const finished = await project.machine.run({
		words: [
			...project.command,
			"--project-name",
			model.name,
			"--project-directory",
			project.directory,
			"--file",
			"-",
			"build",
			"--",
			...services.map(({ name }) => name)
		],
		cwd: project.directory,
		env: {
			...project.environment,
			BUILDKIT_PROGRESS: "plain"
		},
		stdin: JSON.stringify(document),
		signal: ports.signal,
		noteIn,
		onLine: (line) => {
			said.push(line);
			if (said.length > EVIDENCE_LINES$1) said.shift();
			ports.report.detail(`build: ${line}`);
			step = buildStep(line) ?? step;
			if (step !== void 0) ports.report.progress?.(`build: ${step}`);
		}
	});
	if (finished.code === 0) return;
	if (await engineRoom(project) < FULL_BYTES || said.some((line) => /no space left on device/i.test(line))) throw refusal(`The disk of ${project.machine.name} was full while ${shortCommit(commit)} was built.`, {
		evidence: said,
		hint: "Nothing that runs was changed. Make room (`docker system df` shows what images and build cache hold), then deploy again.",
		code: "disk-full"
	});
	throw new Failure(`Building ${shortCommit(commit)} failed (${ending(finished)}) on ${project.machine.name}.`, {
		evidence: said.length > 0 ? said : lastLines(finished),
		hint: "Correct what it says and deploy again; nothing that runs was changed.",
		code: "build-failed"
	});
}
function buildStep(line) {
	const [, name, at, of, what] = /^#\d+ \[(?:([^\]]+?) )?\s*(\d+)\/(\d+)\] (.+)$/.exec(line) ?? [];
	return what === void 0 ? void 0 : `${name === void 0 ? "" : `${name}, `}step ${at} of ${of}: ${what}`;
}
function ours$1(build, commit) {
	const { labels, tags: _, ...rest } = build;
	return {
		...rest,
		labels: {
			...labels,
			[COMMIT_LABEL]: commit
		}
	};
}
async function pullImages(making, services) {
	const { project, model, commit, ports, noteIn } = making;
	for (const { name, image } of services) {
		const before = (await imageIds(project, [image])).get(image);
		const layers = new Map();
		const finished = await project.machine.run({
			words: dockerWords(project, "image", "pull", "--", image),
			signal: ports.signal,
			noteIn,
			onLine: (line) => {
				ports.report.detail(`pull: ${line}`);
				const [, layer, state] = /^([0-9a-f]{12}): (.+)$/.exec(line) ?? [];
				if (layer === void 0) return;
				layers.set(layer, state === "Pull complete" || state === "Already exists");
				const done = [...layers.values()].filter(Boolean).length;
				ports.report.progress?.(`pull: ${done} of ${plural(layers.size, "layer")} of ${image}`);
			}
		});
		if (finished.code !== 0) throw new Failure(`Pulling ${image} for ${name} failed (${ending(finished)}) on ${project.machine.name}.`, {
			evidence: lastLines(finished),
			hint: `Nothing that runs was changed. Can ${project.machine.login} pull it there (\`docker pull ${image}\`, \`docker login\`)?`,
			code: "pull-failed"
		});
		const now = (await imageIds(project, [image])).get(image);
		if (now !== void 0) await tagImage(project, now, retainedName(model.name, name, commit));
		if (before !== void 0 && now !== before && !image.includes("@")) await tagImage(project, before, image);
		ports.report.say(`Pulled ${image} for ${name}${before === now ? ": it was here already" : ""}`);
	}
}
async function refuseFullEngine(project, services) {
	if (services.length === 0) return;
	const free = await engineRoom(project);
	if (free >= SPARE_BYTES$1) return;
	throw refusal(`The engine's disk on ${project.machine.name} has ${formatSize(free)} free; ${plural(services.length, "image")} to build or pull need ${formatSize(SPARE_BYTES$1)} at least.`, {
		hint: "Make room there: `docker system df` shows what images and build cache hold.",
		code: "disk-full"
	});
}
async function engineRoom(project) {
	const { machine, directory } = project;
	const asked = await machine.run({ words: dockerWords(project, "info", "--format", "{{.DockerRootDir}}") });
	const root = asked.stdout.trim();
	try {
		if (asked.code === 0 && root.startsWith("/")) return await freeBytes(machine, root);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
	}
	return await freeBytes(machine, directory);
}
// src/rollout/compose/scene.ts
async function lookAtProject({ project }) {
	const model = await readModel(project);
	return {
		model,
		containers: await containersNamed(project, model.name)
	};
}
// src/rollout/compose/tree.ts
const FILES_IN_A_FOLDER = 64;
const PATHS_AT_ONCE = 100;
const NO_COMPOSE_FILE = 78;
const EXPORT = `
umask 022
rm -rf "$1" && (umask 077 && mkdir -p "$1") && mkdir "$3" || exit 1
export GIT_INDEX_FILE="$1/index"
git read-tree "$2" && git checkout-index --all --quiet --prefix="$3/" || exit 1
rm -f "$1/index"
`;
const COPY = `
tree=$1; shift
small() { [ -z "$(find "$1" -prune -type f -size +2048)" ]; }
few() { [ "$(find "$1" ! -type d 2>/dev/null | head -n 65 | wc -l)" -le ${FILES_IN_A_FOLDER} ] && [ "$(du -sk "$1" 2>/dev/null | cut -f 1)" -le 1024 ]; }
# The commit has a folder of that name too: what is in this one and not in that.
beside='tree=$0; for file do [ -e "$tree/$file" ] || { mkdir -p "$tree/\${file%/*}" && cp -pP "$file" "$tree/$file"; }; done'
for path do
  plain=\${path%/}
  if [ -d "$path" ] && [ ! -L "$plain" ]; then
    few "$path" || continue
    if [ -e "$tree/$plain" ]; then find "./$plain" ! -type d -exec sh -c "$beside" "$tree" {} + 2>/dev/null; continue; fi
  else
    [ ! -e "$tree/$plain" ] && small "./$path" || continue
  fi
  case $plain in */*) mkdir -p "$tree/\${plain%/*}" ;; esac
  cp -pPR "./$plain" "$tree/$plain" 2>/dev/null || rm -rf "$tree/$plain"
done
:
`;
const FIND_FILE = `
for name in compose.yaml compose.yml docker-compose.yml docker-compose.yaml; do [ -e "$1/$name" ] && exit 0; done
grep -Eq '^[[:space:]]*(export[[:space:]]+)?COMPOSE_FILE[[:space:]]*=' "$1/.env" 2>/dev/null && exit 0
exit ${NO_COMPOSE_FILE}
`;
async function holdsCompose({ machine }, directory) {
	return (await machine.run({
		words: [
			"sh",
			"-c",
			FIND_FILE,
			"sh",
			directory
		],
		repeatable: true
	})).code === 0;
}
async function exportTree(clone, commit, project) {
	const { machine, directory } = clone;
	const folder = `${clone.gitDirectory}/savepoint/tree`;
	const tree = `${folder}/${basename(directory)}`;
	const dispose = async () => await remove$1(machine, folder);
	try {
		const exported = await clone.git.script(EXPORT, [
			folder,
			commit,
			tree
		]);
		if (exported.code !== 0) throw new Failure(`${shortCommit(commit)} cannot be written into ${folder} on ${machine.name} (${ending(exported)}).`, {
			code: "git-failed",
			evidence: gitLines(exported),
			hint: "Is there room on the disk?"
		});
		await copyUntracked(clone, tree);
		if (project.files.length === 0 && !await holdsCompose(clone, tree)) throw refusal(`${shortCommit(commit)} has no compose file (compose.yaml, docker-compose.yml) at its top.`, {
			hint: "Name it in `compose-file`, or give `strategy: command` where this is no compose project.",
			code: "no-compose-file"
		});
		const files = project.files.map((file) => fileIn(file, directory, tree));
		return {
			project: {
				...project,
				directory: tree,
				files: await existingOr(clone, files, project.files)
			},
			[Symbol.asyncDispose]: dispose
		};
	} catch (error) {
		await dispose();
		throw error;
	}
}
async function copyUntracked(clone, tree) {
	const listed = await clone.git.say([
		"ls-files",
		"--others",
		"--directory",
		"--no-empty-directory",
		"-z"
	], "looking for untracked files");
	const byFolder = new Map();
	for (const path of listed.split("\0").filter((one) => one !== "")) {
		const folder = dirname$1(path.replace(/\/$/, ""));
		byFolder.set(folder, [...byFolder.get(folder) ?? [], path]);
	}
	const paths = [...byFolder.values()].filter((names) => names.length <= FILES_IN_A_FOLDER).flat();
	for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) await clone.git.script(COPY, [tree, ...paths.slice(at, at + PATHS_AT_ONCE)]);
}
function fileIn(file, directory, tree) {
	const inside = relative(directory, isAbsolute$1(file) ? file : join$1(directory, file));
	return inside === ".." || inside.startsWith("../") ? join$1(directory, inside) : join$1(tree, inside);
}
async function existingOr(clone, files, given) {
	const { stdout } = await clone.machine.run({ words: [
		"sh",
		"-c",
		"for file do [ -e \"$file\" ] && echo yes || echo no; done",
		"sh",
		...files
	] });
	const there = stdout.split("\n");
	return files.map((file, at) => {
		const original = given[at] ?? file;
		if (there[at] === "yes") return file;
		return isAbsolute$1(original) ? original : join$1(clone.directory, original);
	});
}
// src/rollout/compose/place.ts
async function sourcesOf(app, { model, containers }, { commit, back }) {
	const known = back ? knownImages(app, commit) : {};
	const services = servicesToStart(app, model, containers);
	const retained = ({ name }) => retainedName(model.name, name, commit);
	const ids = await imageIds(app.project, [...services.flatMap((one) => [retained(one), one.image]), ...Object.values(known)]);
	const made = new Set(model.services.filter(({ build }) => build !== void 0).map(({ image }) => image));
	const of = (one) => ids.get(known[one.name] ?? "") ?? ids.get(retained(one));
	return {
		services,
		of,
		lost: services.filter((one) => of(one) === void 0 && (one.build !== void 0 || !ids.has(one.image) && !made.has(one.image))),
		named: ids
	};
}
async function placeImages(request, scene, placing) {
	const { app } = request;
	let sources = await sourcesOf(app, scene, placing);
	if (sources.lost.length > 0) {
		await makeOnceMore(request, placing.commit, sources.lost);
		sources = await sourcesOf(app, scene, placing);
	}
	const { services, of, named } = sources;
	for (const service of services) {
		const id = of(service);
		if (id !== void 0 && named.get(service.image) !== id && mayName(service)) await tagImage(app.project, id, service.image);
	}
}
function mayName({ image }) {
	return !image.includes("@");
}
async function makeOnceMore({ app, clone, ports, noteIn }, commit, lost) {
	try {
		var _usingCtx$26 = _usingCtx();
		ports.report.warning(`The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(commit)} are gone: they are made once more, which takes longer and may differ.`);
		const tree = _usingCtx$26.a(await exportTree(clone, commit, app.project));
		const making = {
			project: tree.project,
			model: await readModel(tree.project),
			commit,
			ports,
			noteIn
		};
		const again = making.model.services.filter(({ name }) => lost.some((one) => one.name === name));
		await buildImages(making, again.filter(({ build }) => build !== void 0));
		await pullImages(making, again.filter(({ build }) => build === void 0));
	} catch (_) {
		_usingCtx$26.e = _;
	} finally {
		await _usingCtx$26.d();
	}
}
function knownImages({ before }, commit) {
	return before?.commit === commit ? before.images : {};
}
async function runsOtherImages(app, commit) {
	const known = knownImages(app, commit);
	const { model, containers } = await lookAtProject(app);
	const services = servicesToStart(app, model, containers).map(({ name }) => name);
	const ids = await imageIds(app.project, services.map((name) => retainedName(model.name, name, commit)));
	return containers.some(({ service, image }) => {
		if (!services.includes(service)) return false;
		const right = known[service] ?? ids.get(retainedName(model.name, service, commit));
		return right !== void 0 && right !== image;
	});
}
// src/rollout/compose/stops.ts
const MARGIN_MS = 2e3;
async function noteStops(standstill, { project, name, withinMs }) {
	const filters = [
		"type=container",
		`label=com.docker.compose.project=${name}`,
		"event=kill",
		"event=die"
	];
	const events = dockerWords(project, ...[
		"events",
		"--since",
		`${Math.ceil(withinMs) + MARGIN_MS}ms`,
		"--format",
		"{{json .}}"
	], ...filters.flatMap((filter) => ["--filter", filter]));
	const finished = await inTime$1(async () => await project.machine.run({
		words: [
			"sh",
			"-c",
			EVENTS,
			"sh",
			...events
		],
		timeout: 15e3,
		repeatable: true
	}));
	if (finished?.code !== 0) return;
	const lines = finished.stdout.trim().split("\n");
	const now = Number(lines.pop()) * 1e9;
	const told = describeStops(readStops(lines).filter(({ toldAt }) => toldAt > standstill.countedUntil));
	if (told === void 0 || !Number.isFinite(now)) return;
	standstill.countedUntil = told.to;
	standstill.begin((now - told.from) / 1e6);
	standstill.add(told.what, (told.to - told.from) / 1e6);
}
async function inTime$1(ask) {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof Failure && error.code === "timeout") return void 0;
		throw error;
	}
}
const EVENTS = `
now=$(date +%s.%N)
case $now in *N*) now=$(($(date +%s) + 1));; esac
"$@" --until "$now" && echo "$now"
`;
function readStops(lines) {
	const stops = new Map();
	for (const line of lines) {
		const event = parse(line);
		if (event === void 0) continue;
		const { id, action, signal, service, at } = event;
		const known = stops.get(id);
		if (known === void 0) {
			if (action === "kill") stops.set(id, {
				service,
				signal,
				toldAt: at,
				endedAt: void 0,
				killed: false
			});
		} else if (action === "die") known.endedAt ??= at;
		else if (signal === "9" && known.signal !== "9") known.killed = true;
	}
	return [...stops.values()].filter(({ endedAt }) => endedAt !== void 0);
}
function describeStops(stops) {
	if (stops.length === 0) return void 0;
	const killed = stops.filter((stop) => stop.killed).map((stop) => `${stop.service} did not end on ${signalName(stop.signal)} within ${seconds(stop)} s and was killed`);
	return {
		what: killed.length > 0 ? killed.join("; ") : `stopping ${[...new Set(stops.map(({ service }) => service))].join(", ")}`,
		from: Math.min(...stops.map(({ toldAt }) => toldAt)),
		to: Math.max(...stops.map(({ endedAt, toldAt }) => endedAt ?? toldAt))
	};
}
function seconds({ toldAt, endedAt = toldAt }) {
	return Math.round((endedAt - toldAt) / 1e9);
}
const SIGNALS = {
	"1": "SIGHUP",
	"2": "SIGINT",
	"3": "SIGQUIT",
	"10": "SIGUSR1",
	"12": "SIGUSR2",
	"15": "SIGTERM"
};
function signalName(number) {
	return SIGNALS[number] ?? `signal ${number}`;
}
function parse(line) {
	try {
		const { Action: action = "", Actor, timeNano: at } = JSON.parse(line);
		const { ID: id, Attributes = {} } = Actor ?? {};
		if (id === void 0 || at === void 0) return void 0;
		return {
			id,
			action,
			signal: Attributes["signal"] ?? "",
			service: Attributes["com.docker.compose.service"] ?? "",
			at
		};
	} catch {
		return;
	}
}
// src/rollout/compose/stop.ts
const LIVE$1 = new Set([
	"running",
	"restarting",
	"paused"
]);
async function stopServices({ app, ports, noteIn, standstill }) {
	const { project } = app;
	const model = await modelIfReadable(app, ports);
	const called = model?.name ?? app.name;
	if (called === void 0) return void 0;
	const containers = await containersNamed(project, called);
	const services = servicesToStop(app, model, containers);
	const live = containers.filter(({ service, state }) => services.includes(service) && LIVE$1.has(state));
	if (live.length === 0) return [];
	const finished = await project.machine.run({
		...commandOf(stopAct(project, called, namesOf(live))),
		noteIn
	});
	if (standstill !== void 0) await noteStops(standstill, {
		project,
		name: called,
		withinMs: finished.durationMs
	});
	const stopped = namesOf(live);
	const still = finished.code === 0 ? [] : namesOf(await among(app, called, { live }));
	if (still.length > 0) {
		const down = stopped.filter((name) => !still.includes(name));
		throw new Failure(`Stopping ${still.join(", ")} failed (${ending(finished)}) on ${project.machine.name}${down.length === 0 ? "." : `; ${down.join(", ")} ${down.length === 1 ? "is" : "are"} stopped.`}`, {
			evidence: lastLines(finished),
			code: "command-failed"
		});
	}
	ports.report.say(`Stopped ${stopped.join(", ")} (${formatDuration(finished.durationMs)})`);
	return stopped;
}
async function removeBrought({ app, ports }) {
	const model = await modelIfReadable(app, ports);
	const called = model?.name ?? app.name;
	if (called === void 0) return [];
	const containers = await containersNamed(app.project, called);
	const databases = databasesAmong(app, model, containers);
	const brought = containers.filter(({ service }) => app.added.includes(service) && !databases.has(service));
	await remove(app, ports, {
		name: called,
		containers: brought,
		why: "this deploy brought them"
	});
	const services = servicesToStop(app, model, containers);
	return await among(app, called, {
		there: brought,
		live: containers.filter(({ service }) => services.includes(service))
	});
}
async function removeAdded({ app, ports }, { model, containers }) {
	const strays = containers.filter(({ service }) => addedOnly(app, model).includes(service));
	await remove(app, ports, {
		name: model.name,
		containers: strays,
		why: "the failed version brought them"
	});
}
function addedOnly(app, model) {
	return app.added.filter((added) => !model.services.some(({ name }) => name === added));
}
function removal({ project }, containers) {
	return commandOn(project.machine, dockerWords(project, "rm", "--force", ...containers.map(({ name }) => name)));
}
async function remove(app, { report }, { name, containers, why }) {
	if (containers.length === 0) return;
	const names = containers.map((one) => one.name).join(", ");
	const finished = await app.project.machine.run(commandOf(removeAct(app.project, name, namesOf(containers))));
	if (finished.code === 0) report.say(`Removed ${names}: ${why}.`);
	else report.warning(`${names} could not be removed (${ending(finished)}): ${why}, and what runs of them may work on a database that is not theirs. Remove them by hand: ${removal(app, containers)}`);
}
async function among({ project }, name, { there = [], live }) {
	const has = (all, id) => all.some((one) => one.id === id);
	return (await containersNamed(project, name)).filter(({ id, state }) => has(there, id) || has(live, id) && LIVE$1.has(state));
}
function namesOf(containers) {
	return [...new Set(containers.map(({ service }) => service))];
}
async function modelIfReadable(app, { report }) {
	try {
		return await readModel(app.project);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		report.detail(error.message);
		return;
	}
}
// src/rollout/compose/plan.ts
async function stopActs({ app, ports }, on, { foreseen } = { foreseen: false }) {
	const given = actsOf(on, ["stop-command"]);
	const model = await modelIfReadable(app, ports);
	const name = model?.name ?? app.name;
	if (given.length === 0 && name === void 0) return [];
	const there = name === void 0 ? [] : await containersNamed(app.project, name);
	const databases = databasesAmong(app, model, there);
	const brought = foreseen ? app.added.filter((service) => !databases.has(service)) : [];
	const services = name === void 0 ? [] : [...new Set([...servicesToStop(app, model, there), ...brought])];
	return (given.length > 0 || name === void 0 || services.length === 0 ? given : [stopAct(app.project, name, services)]).map((act) => ({
		...act,
		mayFail: true,
		undo: startActs(app, on, services)
	}));
}
async function againActs({ app }, on) {
	const { model, containers } = await lookAtProject(app);
	return startActs(app, on, servicesToStart(app, model, containers).map(({ name }) => name));
}
async function switchActs(request, on, about) {
	const { app } = request;
	const { commit } = about;
	const scene = await foresee(request, about);
	const back = about.edits === "keep";
	const added = back && about.removesNothing !== true ? addedOnly(app, scene.model) : [];
	const services = servicesToStart(app, scene.model, scene.containers).map(({ name }) => name);
	return [
		...about.stopped === true ? [] : actsOf(on, ["stop-command"]),
		await fileAct(on, about),
		...await imageActs(request, scene, {
			commit,
			back
		}),
		...actsOf(on, ["command"]),
		...startActs(app, on, services),
		...added.length === 0 ? [] : [removeAct(app.project, scene.model.name, added)]
	];
}
function startActs({ project }, on, services) {
	const given = actsOf(on, ["start-command"]);
	return given.length > 0 || services.length === 0 ? given : [upAct(project, services)];
}
async function foresee({ app, clone }, { commit, exact }) {
	if (exact && await clone.current() !== commit) try {
		var _usingCtx$25 = _usingCtx();
		const model = await readModel(_usingCtx$25.a(await exportTree(clone, commit, app.project)).project);
		return {
			model,
			containers: await containersNamed(app.project, model.name)
		};
	} catch (_) {
		_usingCtx$25.e = _;
	} finally {
		await _usingCtx$25.d();
	}
	return await lookAtProject(app);
}
async function imageActs({ app }, scene, placing) {
	const { services, of, lost } = await sourcesOf(app, scene, placing);
	if (placing.back && lost.length > 0) throw new Failure(`The images of ${lost.map(({ name }) => name).join(", ")} for ${shortCommit(placing.commit)} are gone: they would be made once more.`, { code: "images-gone" });
	return services.flatMap((service) => {
		const made = service.build === void 0 ? void 0 : retainedName(scene.model.name, service.name, placing.commit);
		const source = of(service) ?? made;
		return source === void 0 || !mayName(service) ? [] : [tagAct(app.project, source, service.image)];
	});
}
// src/rollout/compose/refusals.ts
const FOLDER = "com.docker.compose.project.working_dir";
const REAL = `for folder do (cd "$folder" 2>/dev/null && pwd -P) || printf '%s\\n' "$folder"; done`;
async function refuseOtherFolder(project, name, containers) {
	const folders = [...new Set(containers.flatMap(({ state, labels }) => state === "running" || state === "restarting" ? [labels[FOLDER] ?? project.directory] : []))];
	const { machine, directory } = project;
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			REAL,
			"sh",
			directory,
			...folders
		],
		repeatable: true
	}, "Comparing folders");
	const [here = directory, ...real] = stdout.split("\n");
	const other = folders.find((_, at) => real[at] !== here && !real[at]?.startsWith(`${here}/`));
	if (other === void 0) return;
	throw refusal(`The compose project ${name} on ${machine.name} runs from ${other}, not from ${directory}.`, {
		hint: `Give that folder as \`app-dir\`; or, where it is to move, stop it there first (\`docker compose --project-name ${name} down\`: volumes stay, and keep their names); or give this project another \`name:\`.`,
		code: "other-folder"
	});
}
async function refuseOtherName(project, name) {
	const { machine, directory } = project;
	const words = dockerWords(project, "ps", "--filter", `label=${FOLDER}=${directory}`, "--format", "{{.Label \"com.docker.compose.project\"}}");
	const { stdout } = await succeed(machine, {
		words,
		repeatable: true
	}, "Listing the compose projects");
	const running = [...new Set(stdout.split("\n").filter((line) => line !== ""))];
	if (running.length === 0 || running.includes(name)) return;
	throw refusal(`The compose project in ${directory} runs as ${running.join(", ")}, and this commit would start it as ${name}, on volumes of that name.`, {
		hint: `Keep its name: \`name: ${running[0] ?? ""}\` in the compose file, or COMPOSE_PROJECT_NAME=${running[0] ?? ""} in .env.`,
		code: "other-name"
	});
}
// src/rollout/compose/prepare.ts
const IMAGES = record(string(), string());
const PREPARED = object({
	project: string(),
	images: IMAGES,
	running: IMAGES,
	changing: array(string()),
	added: array(string())
});
function preparedIn(deploy) {
	const noted = deploy?.prepared?.["compose"];
	if (noted === void 0) return void 0;
	return readRecord(PREPARED, noted, {
		what: "What the prepare step noted in the journal of the compose project",
		hint: "An edited line of the journal does this: put it back as it was.",
		code: "journal-damaged"
	});
}
async function prepareCompose({ app, clone, commit, previous, ports, noteIn }) {
	try {
		var _usingCtx$24 = _usingCtx();
		const tree = _usingCtx$24.a(await exportTree(clone, commit, app.project));
		const { model, containers } = await lookAtProject(tree);
		await refuseOtherName(app.project, model.name);
		await refuseOtherFolder(app.project, model.name, containers);
		tellOtherVersion(containers, previous, ports);
		const services = servicesToStart(app, model, containers);
		const running = await retainRunning(app, {
			model,
			containers,
			commit,
			previous
		});
		const making = {
			project: tree.project,
			model,
			commit,
			ports,
			noteIn
		};
		const built = services.filter(({ build }) => build !== void 0);
		const pulled = await toPull(app, model, services);
		await refuseFullEngine(app.project, [...built, ...pulled]);
		await buildImages(making, built);
		await pullImages(making, pulled);
		await tellOrphans(making, containers);
		const images = await imagesOf(app, model, services, commit);
		const added = services.map(({ name }) => name).filter((name) => !containers.some(({ service }) => service === name));
		const changing = services.filter(({ name, build }) => build !== void 0 || added.includes(name) || images[name] !== running[name]).map(({ name }) => name);
		if (changing.length === 0) ports.report.notice(`No service of ${model.name} has another image at ${shortCommit(commit)}.`);
		return {
			project: model.name,
			images,
			running,
			changing,
			added
		};
	} catch (_) {
		_usingCtx$24.e = _;
	} finally {
		await _usingCtx$24.d();
	}
}
async function retainRunning(app, about) {
	const { model, containers, commit, previous } = about;
	const databases = databasesAmong(app, model, containers);
	const running = {};
	for (const { service, image, state } of containers) if (!databases.has(service) && (state === "running" || running[service] === void 0)) running[service] = image;
	const as = previous === void 0 || previous === commit ? `${commit}-before` : previous;
	for (const [service, image] of Object.entries(running)) await tagImage(app.project, image, retainedName(model.name, service, as));
	return running;
}
async function toPull(app, model, services) {
	const made = new Set(model.services.filter(({ build }) => build !== void 0).map(({ image }) => image));
	const candidates = services.filter(({ build, image }) => build === void 0 && !made.has(image));
	const here = await imageIds(app.project, candidates.map(({ image }) => image));
	return candidates.filter(({ image, pullAlways }) => pullAlways || !here.has(image));
}
async function imagesOf(app, model, services, commit) {
	const ids = await imageIds(app.project, services.flatMap(({ name, image }) => [retainedName(model.name, name, commit), image]));
	const maker = new Map(model.services.filter(({ build }) => build !== void 0).map(({ name, image }) => [image, name]));
	return Object.fromEntries(services.flatMap(({ name, image }) => {
		const id = ids.get(retainedName(model.name, name, commit)) ?? ids.get(retainedName(model.name, maker.get(image) ?? name, commit)) ?? ids.get(image);
		return id === void 0 ? [] : [[name, id]];
	}));
}
function tellOtherVersion(containers, previous, { report }) {
	for (const { service, state, labels } of containers) {
		const commit = labels[COMMIT_LABEL];
		if (state === "running" && commit !== void 0 && previous !== void 0 && commit !== previous) report.notice(`${service} runs an image of ${shortCommit(commit)}, and ${shortCommit(previous)} is checked out: what runs is retained.`);
	}
}
async function tellOrphans({ project, model, ports }, containers) {
	const orphans = containers.filter(({ service, state }) => state === "running" && !model.services.some(({ name }) => name === service));
	if (orphans.length === 0) return;
	const known = await allServices(project);
	const gone = orphans.filter(({ service }) => !known.has(service));
	const profiled = orphans.filter(({ service }) => known.has(service));
	const list = (some) => some.map(({ service, name }) => `${service} (${name})`).join(", ");
	if (gone.length > 0) ports.report.notice(`${list(gone)}: the new version has no such service; it is left running. To remove it: docker rm --force ${gone.map(({ name }) => name).join(" ")}`);
	if (profiled.length > 0) ports.report.notice(`${list(profiled)}: only a profile that is not active has that service; it is left running as it is. A deploy changes it too where \`.env\` names the profile in COMPOSE_PROFILES.`);
}
// src/rollout/compose/prune.ts
async function pruneImages(project, { name, services, keep }) {
	const gone = [];
	for (const image of await retainedImages(project, name, services)) {
		if (keep.has(image.commit.replace(/-before$/, ""))) continue;
		if (await untagImage(project, image.name)) gone.push(image.name);
	}
	return gone;
}
// src/rollout/compose/running.ts
const LIVE = new Set([
	"running",
	"restarting",
	"paused"
]);
async function runningContainers(app, { detail }) {
	let model;
	try {
		model = await readModel(app.project);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		detail(error.message);
		return [];
	}
	const containers = await containersNamed(app.project, model.name);
	const databases = databasesAmong(app, model, containers);
	const built = model.services.filter(({ build }) => build !== void 0).map(({ name }) => name);
	const named = app.services ?? (built.length > 0 ? built : model.services.map(({ name }) => name));
	return containers.filter(({ service, state }) => LIVE.has(state) && named.includes(service) && !databases.has(service));
}
// src/rollout/compose/start.ts
const WATCHED_MS = 750;
const LOOK_EVERY_MS = 250;
const LOOP = 2;
async function startServices(request, scene) {
	const { app, ports } = request;
	const names = await stale(app, scene);
	if (names.length > 0) return imagesIn(app, {
		...scene,
		containers: await up(request, scene, names)
	});
	ports.report.say("Every service runs already as its files and images say.");
	return imagesIn(app, scene);
}
function imagesIn(app, { model, containers }) {
	const databases = databasesAmong(app, model, containers);
	return Object.fromEntries(containers.flatMap(({ service, image, state }) => state === "running" && !databases.has(service) ? [[service, image]] : []));
}
async function up({ app, ports, noteIn, standstill }, { model, containers }, names) {
	const { project } = app;
	const finished = await project.machine.run({
		...commandOf(upAct(project, names)),
		signal: ports.signal,
		onLine: (line) => ports.report.detail(`compose: ${line.trim()}`),
		noteIn
	});
	if (standstill !== void 0) await noteStops(standstill, {
		project,
		name: model.name,
		withinMs: finished.durationMs
	});
	if (finished.code !== 0) {
		const down = (await containersNamed(project, model.name)).filter(({ service, state }) => names.includes(service) && state !== "running");
		const said = lastLines(finished);
		throw new Failure(`\`compose up\` of ${names.join(", ")} failed (${ending(finished)}) in ${project.directory} on ${project.machine.name}${because(said)}`, {
			evidence: [...said, ...await tellContainers(project, down)],
			code: "service-down"
		});
	}
	const now = await watch({
		app,
		ports
	}, {
		model,
		containers
	}, names);
	ports.report.say(`Started ${names.join(", ")} (${formatDuration(finished.durationMs)})`);
	return now;
}
async function stale(app, { model, containers }) {
	const services = servicesToStart(app, model, containers);
	if (app.services !== void 0) return services.map(({ name }) => name);
	const ids = await imageIds(app.project, services.map(({ image }) => image));
	const hashOf = services.every(({ build }) => build !== void 0) ? new Map() : await definitionHashes(app);
	const asItShouldBe = ({ name, image, build }) => {
		const mine = containers.filter(({ service }) => service === name);
		return build === void 0 && mine.length > 0 && mine.every((one) => one.state === "running" && one.imageName === image && one.image === ids.get(image) && one.labels["com.docker.compose.config-hash"] === hashOf.get(name));
	};
	return services.filter((service) => !asItShouldBe(service)).map(({ name }) => name);
}
async function definitionHashes({ project }) {
	const hashes = await compose(project, [
		"config",
		"--hash",
		"*"
	]);
	return new Map(hashes.stdout.split("\n").map((line) => line.trim().split(/\s+/)));
}
async function watch({ app, ports }, { model, containers: before }, names) {
	const restartsBefore = new Map(before.map(({ id, restarts }) => [id, restarts]));
	const until = ports.clock.now().getTime() + WATCHED_MS;
	for (;;) {
		const all = await containersNamed(app.project, model.name);
		const fallen = all.filter((one) => names.includes(one.service) && (hasFailed$2(one) || one.restarts - (restartsBefore.get(one.id) ?? 0) >= LOOP));
		if (fallen.length > 0) {
			const told = await tellContainers(app.project, fallen);
			const services = [...new Set(fallen.map(({ service }) => `\`${service}\``))].join(", ");
			throw new Failure(`${services} does not stay up after the start.`, {
				evidence: told,
				hint: `What was seen has the last lines of ${services}; they say why, most often.`,
				code: "service-down"
			});
		}
		if (ports.clock.now().getTime() >= until) return all;
		await ports.clock.sleep(LOOK_EVERY_MS, ports.signal);
	}
}
// src/rollout/compose/compose.ts
function composeStrategy(app, on) {
	const { settings, commit, ports } = on;
	const services = app.services ?? [];
	const request = {
		app,
		clone: on.clone,
		ports,
		noteIn: on.noteIn,
		standstill: on.standstill
	};
	return {
		kind: "compose",
		stops: true,
		starts: true,
		tellsApart: true,
		concluded: { strategy: "compose" },
		summary: `compose: ${services.length === 0 ? "what changed is built and replaced" : services.join(", ")}`,
		prepare: async ({ previous }) => ({ compose: await prepareCompose({
			...request,
			commit,
			previous
		}) }),
		switchTo: async (about) => await switchTo(request, on, about),
		stop: async () => await orWarn$1({
			...on,
			knownDown: void 0
		}, async () => {
			if (await runIfGiven(on, "stop-command")) return "stopped";
			return await stopServices(request) === void 0 ? "unknown" : "stopped";
		}),
		start: async () => {
			if (settings["start-command"] === void 0) await startServices(request, await lookAtProject(app));
			else await runIfGiven(on, "start-command");
			tellStarted(on);
		},
		clearAway: async () => await clearAway(request),
		runs: async () => await runs(app, on),
		builtFrom: async () => {
			const containers = await runningContainers(app, ports.report);
			return [...new Set(containers.map(({ labels }) => labels[COMMIT_LABEL]).filter((label) => label !== void 0))];
		},
		runsOtherImages: async () => await runsOtherImages(app, commit),
		thinOut: async ({ parts, keep }) => app.name === void 0 ? [] : await pruneImages(app.project, {
			name: app.name,
			services: parts,
			keep
		}),
		plan: {
			stop: async (about) => await stopActs(request, on, about),
			start: async () => await againActs(request, on),
			switchTo: async (about) => await switchActs(request, on, about)
		}
	};
}
async function switchTo(request, on, { commit, ...how }) {
	const { app } = request;
	const previous = await putFiles({
		...on,
		knownDown: void 0
	}, {
		commit,
		...how
	});
	const scene = await lookAtProject(app);
	await placeImages(request, scene, {
		commit,
		back: how.edits === "keep"
	});
	await runIfGiven(on, "command");
	const started = await runIfGiven(on, "start-command");
	on.standstill?.started(shortCommit(commit));
	const images = started ? imagesIn(app, await lookAtProject(app)) : await startServices(request, scene);
	if (how.edits === "keep") await removeAdded(request, scene);
	return {
		commit,
		previous,
		images
	};
}
async function clearAway({ app, ports }) {
	const left = await removeBrought({
		app,
		ports
	});
	if (left.length === 0) return void 0;
	const names = left.map(({ name }) => name).join(", ");
	const means = `Removes ${names}: nothing of the app ran before.`;
	return {
		what: `still up or not removed: ${names}`,
		ways: [{
			command: removal(app, left),
			means
		}]
	};
}
async function runs(app, { decides, ports }) {
	if ((await runningContainers(app, ports.report)).length > 0) return { state: "runs" };
	return decides ? {
		state: "nothing",
		why: "no container of the app's compose project runs"
	} : { state: "unknown" };
}
// src/rollout/compose/signs.ts
const COMPOSE_FILES = new Set([
	"compose.yaml",
	"compose.yml",
	"docker-compose.yml",
	"docker-compose.yaml"
]);
function namesProject(shared) {
	return shared["compose-file"] !== void 0 || shared["database-service"] !== void 0;
}
async function isThere$1({ shared, clone }) {
	return namesProject(shared) || await holdsCompose(clone, clone.directory);
}
async function comesOrIsThere(about) {
	if (await isThere$1(about)) return true;
	const { clone, commit } = about;
	return (await clone.has(commit) ? await clone.listFiles(commit, "") : void 0)?.some((name) => COMPOSE_FILES.has(name)) === true;
}
// src/rollout/compose/watch.ts
async function watchProject(place, { needed }) {
	const { shared, clone, environment } = place;
	if (!await isThere$1(place)) return void 0;
	const project = {
		...await openComposeProject(clone.machine, shared, "a compose project"),
		environment
	};
	const model = await read(place, project, needed);
	if (model === void 0) return void 0;
	const ask = async () => await containersNamed(project, model.name);
	const tell = async () => {
		const all = await ask();
		const databases = databasesAmong({ databaseService: shared["database-service"] }, model, all);
		const mine = all.filter(({ service }) => !databases.has(service));
		return await tellContainers(project, mine.toSorted((a, b) => rank(a) - rank(b)));
	};
	return {
		ask,
		tell
	};
}
async function read({ ports }, project, needed) {
	try {
		return await readModel(project);
	} catch (error) {
		if (needed || !(error instanceof Failure)) throw error;
		ports.report.detail(`The containers are not looked at: ${error.message}`);
		return;
	}
}
function rank({ state, health, restarts }) {
	if (state !== "running") return 0;
	return health === "unhealthy" || restarts > 0 ? 1 : 2;
}
// src/rollout/strategies.ts
const KINDS = {
	compose: {
		said: ({ services }) => services !== void 0 && services.length > 0,
		seen: comesOrIsThere,
		watch: watchProject,
		async open(about) {
			const { shared, clone, settings, deploy } = about;
			const project = await openComposeProject(clone.machine, shared, "`strategy: compose`");
			const prepared = preparedIn(deploy);
			return composeStrategy({
				project: {
					...project,
					environment: about.environment
				},
				name: prepared?.project,
				services: settings.services,
				databaseService: shared["database-service"],
				changing: prepared?.changing ?? [],
				added: prepared?.added ?? [],
				before: prepared && deploy?.from !== void 0 ? {
					commit: deploy.from,
					images: prepared.running
				} : void 0
			}, {
				...about,
				decides: about.said || namesProject(shared)
			});
		}
	},
	command: commandKind
};
async function openStrategy(about) {
	return await (await kindOf(about)).open(about);
}
async function watchApp(place, about) {
	for (const { watch } of Object.values(KINDS)) {
		const watched = await watch?.(place, about);
		if (watched !== void 0) return watched;
	}
}
async function kindOf(about) {
	const { settings } = about;
	if (settings.strategy !== void 0) return KINDS[settings.strategy];
	const kinds = Object.values(KINDS);
	const said = kinds.find((kind) => kind.said(settings));
	if (said !== void 0) return said;
	for (const kind of kinds) if (await kind.seen(about)) return kind;
	return commandKind;
}
// src/machine/process/work-in.ts
const WORK_IN = `
here=$(cd "$1" 2>/dev/null && pwd -P) || exit 0
ours=" "; p=$$
while [ -n "$p" ] && [ "$p" -gt 0 ] 2>/dev/null; do
  ours="$ours$p "
  p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status" 2>/dev/null)
done
for entry in /proc/[0-9]*; do
  pid=\${entry#/proc/}
  case $ours in *" $pid "*) continue ;; esac
  folder=$(readlink "$entry/cwd" 2>/dev/null) || continue
  case $folder/ in "$here"/*) ;; *) continue ;; esac
  IFS= read -r name <"$entry/comm" 2>/dev/null || continue
  case $name in sh|bash|dash|ash|ksh|zsh|fish|tmux*|screen|vi|vim|nvim|nano|less|more|man|tail|git|ssh|su|sudo) continue ;; esac
  grep -q '^State:[^A-Z]*[ZX]' "$entry/status" 2>/dev/null && continue
  # Ended meanwhile: a subshell of ours, most often.
  [ -d "$entry" ] && printf '%s (process %s)\\n' "$name" "$pid"
done
:
`;
async function processesIn(machine, folder) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			WORK_IN,
			"sh",
			folder
		],
		repeatable: true
	});
	return stdout.split("\n").filter((line) => line !== "");
}
// src/deploy/environment/known-health.ts
function readHealthSettings(settings) {
	const health = settings.section(healthSection);
	return hasChecks(health) ? health : void 0;
}
function withoutForeign(environment, health) {
	return withoutForeignSecrets(environment, withoutForeignCommand(environment, health));
}
function withoutForeignSecrets({ machine, settings, ports }, health) {
	const secret = (health?.headers ?? []).filter(({ name }) => !isHarmless(name));
	if (health?.url === void 0 || secret.length === 0 || machine.local) return health;
	const said = settings.saidHere();
	const url = said.text("health", "url");
	const sameOrigin = url !== void 0 && URL.canParse(url) && new URL(url).origin === health.url.origin;
	if (sameOrigin && said.text("health", "tls-ca") === health["tls-ca"]) return health;
	const names = secret.map(({ name }) => name).join(", ");
	ports.report.warning(`Only the journal on ${machine.name} says ${sameOrigin ? "which authority is trusted for" : "that the health check asks"} ${health.url.origin}, so the secret headers (${names}) are not sent there. To have them sent, say it in savepoint.yml or ${sameOrigin ? "SAVEPOINT_HEALTH_TLS_CA" : "SAVEPOINT_HEALTH_URL"}.`);
	return {
		...health,
		headers: health.headers?.filter(({ name }) => isHarmless(name))
	};
}
function withoutForeignCommand({ machine, settings, ports }, health) {
	if (health?.command === void 0 || health.from !== "runner" || machine.local) return health;
	if (settings.saidHere().text("health", "command") === health.command) return health;
	ports.report.warning(`The health command of this version runs here (\`from: runner\`), and only the journal on ${machine.name} says what it is: it is left out. To have it run, say it in savepoint.yml or SAVEPOINT_HEALTH_COMMAND.`);
	const rest = {
		...health,
		command: void 0
	};
	return hasChecks(rest) ? rest : void 0;
}
// src/deploy/environment/known-down.ts
async function knownDown(environment) {
	const health = readHealthSettings(environment.settings);
	const clone = await environment.clone();
	if (health?.url === void 0 || clone === void 0) return void 0;
	const address = hostPortOf(health.url);
	const { machine, ports } = environment;
	const asked = health.from === "runner" ? ports.here : machine;
	try {
		(await asked.dial(address)).destroy();
		return;
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "refused") return void 0;
		if (error.evidence.length > 0 && !isLoopback$1(address.host)) return void 0;
	}
	return (await processesIn(machine, clone.directory)).length > 0 ? void 0 : `nothing listens on ${showAddress(address)}, and no process works in ${clone.directory}`;
}
// src/deploy/environment/app-strategy.ts
async function strategyOf(environment, about) {
	return await openStrategy(await aboutApp(environment, about));
}
async function aboutApp(environment, about) {
	const { shared, ports } = environment;
	const { settings, commit, previous, deploy, signal, noteIn, standstill } = about;
	return {
		clone: await appCloneOf(environment),
		settings,
		shared,
		commit,
		environment: commandEnvironment(environment, {
			commit,
			previous,
			id: deploy?.id
		}),
		ports: signal === void 0 ? ports : {
			...ports,
			signal
		},
		said: Object.keys(environment.settings.effective(rolloutSection)).length > 0,
		deploy: deploy && knownOf(deploy),
		knownDown: async () => await knownDown(environment),
		...noteIn !== void 0 && { noteIn },
		...standstill !== void 0 && { standstill }
	};
}
function knownOf({ from, steps }) {
	return {
		from,
		prepared: steps.findLast((one) => one.step === "prepare" && one.state === "done")?.result
	};
}
// src/deploy/steps/running-version.ts
async function runningVersion(environment, commit, deploy) {
	if (deploy !== void 0 && toldVersion(deploy)) return {
		known: true,
		commit: deploy.commit,
		by: "the app tells it"
	};
	const head = await (await environment.clone())?.current();
	if (head === void 0) return {
		known: false,
		why: "no `app-dir` is given, and the app's version is not asked for (`expect-version`)"
	};
	if (head !== commit) return {
		known: true,
		commit: head,
		by: "it is checked out on the host"
	};
	const made = deploy?.steps.some(({ step, state }) => step === "switch" && state === "done") === true ? [] : await (await strategyOf(environment, {
		settings: environment.settingsOf(rolloutSection),
		commit
	})).builtFrom();
	const [other] = made;
	if (other !== void 0 && !made.includes(commit)) return {
		known: true,
		commit: other,
		by: "its containers were built from it"
	};
	return {
		known: true,
		commit: head,
		by: "it is checked out on the host"
	};
}
async function refuseOther(environment, commit, deploy) {
	const running = await runningVersion(environment, commit, deploy);
	if (!running.known) {
		if (deploy === void 0 && !isCommitSaid(environment)) throw nobodySaid(running, commit);
		environment.ports.report.notice(`Which version runs is not known here: ${running.why}. ${shortCommit(commit)} is marked because it was said.`);
		return;
	}
	if (running.commit !== commit) throw otherRuns(running, commit, deploy);
}
function nobodySaid({ why }, commit) {
	return refusal(`Which version runs is not known here (${why}), and no \`commit\` is said.`, {
		hint: `${shortCommit(commit)} only happens to be checked out here. Give \`app-dir\`, where the app's clone on the host is; or say \`commit\`, if you know what runs.`,
		code: "not-running"
	});
}
function otherRuns(running, commit, deploy) {
	const [runs, wanted] = [shortCommit(running.commit), shortCommit(commit)];
	return refusal(`${runs} runs on the host, not ${wanted} (${running.by}); only what runs can be marked stable.`, {
		hint: deploy === void 0 ? `Deploy ${wanted} first, or give \`commit: ${running.commit}\`.` : `Deploy ${deploy.id} has not switched to it: run \`rollout\` before \`health-check\` and \`mark-stable\`. Where something else brings the code, let the app tell its version: \`expect-version\` of the health check.`,
		code: "not-running"
	});
}
function toldVersion({ steps }) {
	const last = steps.findLast(({ step }) => step === "health");
	const source = last?.settings["expect-version"] ?? "";
	return last?.state === "done" && last.settings["url"] !== void 0 && /^(?:body$|json:|header:)/.test(source.trim());
}
// src/deploy/back/begun-now.ts
async function begunNow(environment, { entries }, open) {
	const begun = begunOf(open) ?? {
		to: void 0,
		database: "auto"
	};
	if (begun.database !== "restore") return begun;
	const since = entries.findLastIndex(({ kind, deploy }) => kind === "step.started" && deploy === open.id);
	const name = entries.slice(since).flatMap((entry) => entry.kind === "database.replaced" ? [entry.replaced] : []).at(-1);
	try {
		const database = name === void 0 ? void 0 : await environment.database();
		return (database === void 0 ? [] : await replacedDatabases(database)).some((one) => one.name === name) ? {
			...begun,
			database: "auto"
		} : begun;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return begun;
	}
}
// src/deploy/back/named-target.ts
async function namedTarget(environment, ledger, manifests, to) {
	if (to === "latest-stable" || to === `${environment.tagPrefix}latest-stable`) {
		const latest = ledger.stable.at(-1);
		if (latest === void 0) throw refusal(`No version of ${environment.title} is marked stable.`, {
			code: "no-target",
			hint: "Give `to` a commit or a savepoint's id.",
			ways: [listWay(environment)]
		});
		return {
			target: versionTarget(ledger, latest.commit, "`to: latest-stable` was said"),
			savepoint: void 0
		};
	}
	const tagged = ledger.stable.find((one) => one.tag === to);
	if (tagged !== void 0) return {
		target: versionTarget(ledger, tagged.commit, `\`to: ${to}\` was said`),
		savepoint: void 0
	};
	const savepoint = manifests.filter((one) => one.id === to || one.deploy === to).toSorted(newestFirst).at(0);
	const clone = await environment.clone();
	if (savepoint !== void 0) return {
		target: savepointTarget(environment, {
			ledger,
			savepoint,
			to,
			hasClone: clone !== void 0
		}),
		savepoint
	};
	const commit = clone === void 0 ? isFullCommit(to) ? to : void 0 : await resolveName(clone, to);
	if (commit !== void 0) return {
		target: versionTarget(ledger, commit, `\`to: ${to}\` was said`),
		savepoint: void 0
	};
	throw refusal(`\`to\` is ${JSON.stringify(to)}, which is no stable tag, savepoint or commit of ${environment.title}.`, {
		code: "no-target",
		hint: "Give `to` one of those that there are.",
		ways: [listWay(environment)]
	});
}
function versionTarget(ledger, commit, why) {
	return {
		commit,
		schema: ledger.schemas.get(commit),
		why,
		stable: ledger.stable.some((one) => one.commit === commit)
	};
}
function savepointTarget(environment, about) {
	const { ledger, savepoint, to, hasClone } = about;
	if (savepoint.from === void 0) {
		const nothingRan = ledger.deploys.some((one) => one.id === savepoint.deploy && one.ran === "nothing");
		if (nothingRan || !hasClone) {
			const ran = nothingRan ? "nothing ran then" : "which version ran then is not known; the code is not ours to move";
			return {
				commit: void 0,
				schema: savepoint.schema,
				why: `\`to: ${to}\` was said, and ${ran}`,
				stable: false
			};
		}
		throw refusal(`The backup ${savepoint.id} does not say which version ran when it was made.`, {
			hint: "To go back to a version, give its commit in `to`.",
			code: "version-unknown",
			ways: [{
				command: nextCommand(environment, "restore", [
					"--backup",
					savepoint.id,
					"--confirm",
					environment.name
				]),
				means: "Restores the backup, and leaves the code as it is."
			}]
		});
	}
	return {
		commit: savepoint.from,
		schema: savepoint.schema,
		why: `\`to: ${to}\` was said, and ${shortCommit(savepoint.from)} ran then`,
		stable: false
	};
}
// src/deploy/back/choose-target.ts
async function chooseTarget(environment, ledger, settings) {
	const { to, database } = settings;
	if (to !== void 0) {
		if (ledger.deploys.length === 0 && database === "auto") throw emptyJournal(environment);
		const { manifests } = await backupStore(environment, stateOf(environment)).all();
		return await namedTarget(environment, ledger, manifests, to);
	}
	if (ledger.deploys.length === 0) throw emptyJournal(environment);
	const running = await (await environment.clone())?.current();
	const choice = ledger.open ? targetOfDeploy(ledger, ledger.open) : targetByHand(ledger, running);
	if (choice.found) return {
		target: choice.target,
		savepoint: void 0
	};
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const others = manifests.toSorted(newestFirst).map(asSavepoint);
	const ways = ledger.open === void 0 ? rankWays({
		...NOWHERE,
		place: environment,
		reason: settings.reason ?? "back to an earlier backup by hand",
		others
	}) : await waysOfDeploy(environment, ledger, ledger.open);
	throw refusal(`There is no version to go back to: ${choice.why}. Nothing was touched.`, {
		evidence: [...manifests.length === 0 ? ["No backup of this database exists."] : ["What there is:", ...manifests.map(describeCandidate)], ...await replacedThere(environment)],
		hint: manifests.length === 0 ? "Deploy a commit that works: a rollback goes to a version that was stable, or to a backup. To go to a commit all the same, name it in `to` and say `database: keep`." : "Name one with `to`: a commit, or a savepoint's id of this list. Or deploy a commit that works.",
		code: "no-target",
		ways
	});
}
const NOWHERE = {
	deploy: void 0,
	target: void 0,
	database: true,
	down: false,
	savepoint: void 0,
	tried: []
};
function emptyJournal(environment) {
	const { paths } = stateOf(environment);
	return refusal(`The journal in ${paths.root} on ${environment.machine.name} (read as ${environment.machine.login}) is empty: nothing was deployed from here.`, {
		code: "nothing-deployed",
		hint: "Check `host`, its user, and `state-dir`. To go somewhere all the same, say both `to` (a commit) and `database` (restore or keep)."
	});
}
// src/deploy/back/recovery.ts
function decideRecovery({ open, lives, said, automatic, runs, database }) {
	if (lives !== void 0) return {
		do: "wait",
		why: lives
	};
	if (!changedSomething(open) && open.end === void 0) return {
		do: "close",
		why: "it changed nothing"
	};
	if (hasFailed(open) && !said) return {
		do: "ask",
		why: whyFailed(open)
	};
	if (open.end === void 0 && gatePassed(open) && !beingTakenBack(open) && runs !== "another") {
		if (open.whole || said) return {
			do: "forward",
			why: "its health check passed, and only the confirmation is missing"
		};
		return {
			do: "ask",
			why: "its health check passed, and it was deployed step by step: whether other steps were to judge it before it is confirmed, the journal does not say"
		};
	}
	if (!automatic && !said) return {
		do: "ask",
		why: "nothing is taken back by itself here (`rollback: { automatic: false }`)"
	};
	return back$1(said, database);
}
function hasFailed({ end, steps }) {
	return end !== void 0 || steps.findLast(({ step }) => takesBack(step))?.state === "failed";
}
function whyFailed({ steps }) {
	return steps.some(({ step }) => takesBack(step)) ? "its rollback failed, and what failed is not tried again unasked" : "it failed and was left as it stands, for a person to end";
}
function back$1(said, database) {
	switch (database.action) {
		case "kept": return {
			do: "back",
			why: "the schema is the one to go back to: the database is kept, with every row"
		};
		case "down": return {
			do: "back",
			why: "each migration since has a DOWN: the database goes down by them"
		};
		case "none": return {
			do: "back",
			why: "no database is named: the code goes back"
		};
		case "restore":
			if (said) return {
				do: "back",
				why: "the savepoint is restored, as was said; the live database is kept under another name"
			};
			return {
				do: "ask",
				why: "the savepoint would be restored, and what was written since would stay behind in the replaced database"
			};
		case "impossible": return {
			do: "ask",
			why: database.why
		};
	}
}
// src/deploy/back/look-for-recovery.ts
async function lookForRecovery(environment, ledger, open, { said, signs }) {
	const lives = signs === void 0 ? void 0 : livesStill(open, signs, {
		said,
		me: environment.owner
	});
	const { to, database: wish } = await begunNow(environment, ledger, open);
	const decided = (seen, told = {
		to,
		database: wish
	}) => {
		const facts = {
			open,
			lives,
			automatic: isAutomatic(environment),
			...seen
		};
		return {
			recovery: decideRecovery({
				...facts,
				said
			}),
			ifSaid: decideRecovery({
				...facts,
				said: true
			}),
			told
		};
	};
	if (lives !== void 0 || !changedSomething(open)) return decided({
		runs: "unknown",
		database: NOT_ASKED
	});
	const runs = gatePassed(open) && !beingTakenBack(open) ? await whatRuns(environment, open) : "another";
	if (typeof runs === "object") return decided({
		runs: "another",
		database: {
			action: "impossible",
			why: runs.why
		}
	});
	if (runs !== "another") return decided({
		runs,
		database: NOT_ASKED
	});
	const database = await wayOfDatabase(environment, ledger, open, {
		to,
		database: wish
	});
	const mustBeSaid = said && open.goingBack && database.action === "restore";
	return decided({
		runs,
		database
	}, {
		to,
		database: mustBeSaid ? "restore" : wish
	});
}
const NOT_ASKED = { action: "none" };
function livesStill(open, signs, { said, me }) {
	const { lock, beaterDead } = signs;
	const silentMs = lock.state === "held" ? lock.silentMs : Number.POSITIVE_INFINITY;
	const dead = beaterDead || silentMs >= 6e4;
	if (lock.state === "held" && lock.beat?.running !== false && !dead) return `${lock.holder.owner} is running ${lock.beat?.step ?? "a step"}, last sign of life ${formatDuration(lock.silentMs)} ago`;
	const later = !me.terminal && isEarlierAttempt(open.owner, me.id);
	if (said || later || isGone(open, signs)) return void 0;
	return `${open.owner} may go on with it${lock.state === "held" ? `, last sign of life ${formatDuration(silentMs)} ago` : ""}`;
}
async function whatRuns(environment, open) {
	try {
		const head = switched(open) ? await (await environment.clone())?.current() : void 0;
		if (head !== void 0 && head !== open.commit) return "another";
		const running = await runningVersion(environment, open.commit, open);
		if (!running.known) return "unknown";
		return running.commit === open.commit ? "its version" : "another";
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return { why: `what runs could not be looked at: ${clauseOf(error)}` };
	}
}
function switched({ steps }) {
	return steps.some(({ step, state }) => step === "switch" && state === "done");
}
async function wayOfDatabase(environment, ledger, open, { to, database: wish }) {
	try {
		const asked = {
			...environment.settingsOf(rollbackSection),
			to,
			database: wish
		};
		const { target, savepoint } = await chooseTarget(environment, ledger, asked);
		const { manifests } = await backupStore(environment, stateOf(environment)).all();
		const { decision } = await lookAtDatabase(environment, {
			target,
			wish,
			preferDown: asked["prefer-down"],
			savepoint: savepoint ?? savepointFor(manifests, open, target, ledger),
			others: [],
			deploy: open
		});
		return decision.action === "impossible" ? {
			action: "impossible",
			why: `there is no way back: ${decision.why}`
		} : decision;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {
			action: "impossible",
			why: clauseOf(error)
		};
	}
}
function recoveryWords({ do: what }, open) {
	return {
		wait: "wait",
		forward: `go forward, and confirm ${shortCommit(open.commit)}`,
		close: "go back, which is nothing but to close it",
		back: "go back",
		ask: "ask a person"
	}[what];
}
function recoveryText(recovery, open) {
	return `\`recover\` would ${recoveryWords(recovery, open)}: ${recovery.why}.`;
}
async function recoveryOf(environment, ledger, open) {
	const { recovery } = await lookForRecovery(environment, ledger, open, {
		said: false,
		signs: void 0
	});
	const forward = {
		command: nextCommand(environment, "recover", ["--confirm", environment.name]),
		means: `Confirms ${shortCommit(open.commit)}: ${recovery.why}.`
	};
	return {
		text: recoveryText(recovery, open),
		ways: recovery.do === "forward" ? [forward] : []
	};
}
// src/deploy/back/begin.ts
async function beginStep(environment, request) {
	const check = async (found) => await checked(environment, request, found);
	try {
		return await Transaction.begin(environment, {
			...request,
			check
		});
	} catch (error) {
		if (!(error instanceof Blocked)) throw error;
		const { ledger, open } = error;
		const recovery = await recoveryOf(environment, ledger, open);
		throw error.with({
			state: [...error.state, recovery.text],
			ways: [...recovery.ways, ...await waysOfDeploy(environment, ledger, open)]
		});
	}
}
async function leavingOpen(tx, body) {
	try {
		return await body();
	} catch (error) {
		throw await standing(tx, error);
	}
}
async function checked(environment, request, found) {
	try {
		await request.check?.(found);
	} catch (error) {
		const { ledger, admission } = found;
		if (!(error instanceof Failure) || error instanceof Blocked || admission.do !== "continue" || request.wants === "end") throw error;
		throw andOpen(error, await stillOpen(environment, ledger, admission.deploy));
	}
}
// src/core/section.ts
function without(section, ...names) {
	const kept = Object.fromEntries(Object.entries(section.inputs).filter(([name]) => !names.includes(name)));
	return {
		name: section.name,
		inputs: kept
	};
}
// src/deploy/operations/hearable.ts
const LOOKS = new Set([
	"status",
	"plan",
	"lint"
]);
function hearable(declared) {
	const tell = async (call, error) => {
		if (!(declared.own !== void 0 && LOOKS.has(call.settings.text(declared.own, "command") ?? ""))) await tellUnbegun(call, declared.name, error);
	};
	return {
		...declared,
		async run(call) {
			const ear = new Ear();
			const ports = {
				...call.ports,
				observers: [...call.ports.observers ?? [], ear]
			};
			try {
				return await declared.run({
					...call,
					ports
				});
			} catch (error) {
				if (!ear.begun) await tell({
					...call,
					ports
				}, error);
				throw error;
			}
		},
		unread: tell
	};
}
var Ear = class {
	name = "the operation itself";
	begun = false;
	on(news) {
		if (news.kind === "fact") this.begun ||= news.fact.kind === "step.failed" || news.fact.kind === "deploy.closed";
		else this.begun ||= news.notice.kind === "backup.failed" || news.notice.kind === "drill.failed";
	}
};
// src/deploy/operations/confirm-deploy.ts
function mustBeConfirmed(asked) {
	const { ports, confirm, environment } = asked;
	return confirm === void 0 ? ownerOf(ports).terminal : confirm !== environment;
}
function deployUnconfirmed(environment, asked) {
	const { confirm, commit, plan, sections } = asked;
	const { name, title, settings } = environment;
	const words = givenWords(settings, sections, new Set([
		...PLACE_FLAGS,
		"confirm",
		"commit"
	]));
	const pinned = commit === void 0 ? [] : ["--commit", commit];
	const what = commit === void 0 ? `A deploy to ${title}` : `Deploying ${shortCommit(commit)} to ${title}`;
	return refusal(confirm === void 0 ? `${what} needs a confirmation. Nothing was touched.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`, {
		hint: `The plan above is what it would do. To do it, type the environment's name as well: --confirm ${name}.`,
		ways: [{
			command: nextCommand(environment, "deploy", [
				...words,
				...pinned,
				"--confirm",
				name
			]),
			means: "Carries out this plan."
		}],
		outputs: plan.outputs,
		blocks: plan.blocks,
		code: "not-confirmed"
	});
}
function unconfirmedMark(environment, asked) {
	const { confirm, plan } = asked;
	const { name, title } = environment;
	const commit = String(plan.outputs["commit"]);
	return refusal(confirm === void 0 ? `Marking ${shortCommit(commit)} stable on ${title} needs a confirmation. Nothing was touched.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`, {
		hint: `To do it, type the environment's name as well: --confirm ${name}.`,
		ways: [{
			command: nextCommand(environment, "mark-stable", [
				"--commit",
				commit,
				"--confirm",
				name
			]),
			means: `Marks ${shortCommit(commit)} stable.`
		}],
		outputs: plan.outputs,
		code: "not-confirmed"
	});
}
function withDryRun(call, dryRun) {
	return {
		...call,
		inputs: {
			...call.inputs,
			shared: {
				...call.inputs.shared,
				"dry-run": dryRun
			}
		}
	};
}
// src/machine/git/fresh-clone.ts
const LOOK$2 = `
[ -e "$1" ] || { echo fresh; exit; }
[ -d "$1" ] && cd -- "$1" || exit 0
for one in * .[!.]* ..?*; do
  case $one in .env|.env.*) continue ;; esac
  if [ -e "$one" ] || [ -L "$one" ]; then exit 0; fi
done
echo fresh
`;
async function isFresh(machine, directory) {
	return (await machine.run({
		words: [
			"sh",
			"-c",
			LOOK$2,
			"sh",
			directory
		],
		repeatable: true
	})).stdout.trim() === "fresh";
}
async function makeClone(machine, directory) {
	const words = [
		"sh",
		"-c",
		"mkdir -p -- \"$1\" && git init --quiet -- \"$1\"",
		"sh",
		directory
	];
	const finished = await machine.run({
		words,
		env: { LC_ALL: "C" }
	});
	if (finished.code === 0) return;
	throw refusal(`\`app-dir\` ${directory} cannot be made on ${machine.name}.`, {
		code: "unwritable",
		evidence: lastLines(finished),
		hint: `${machine.login} needs git there, and a folder of its own: as root, mkdir ${directory} && chown ${machine.login.split("@")[0]} ${directory}`
	});
}
// src/deploy/environment/first-clone.ts
async function makeFirstClone(environment, { transport }) {
	const { machine, shared, ports } = environment;
	const directory = shared["app-dir"];
	if (transport !== "push" || directory === void 0 || (await ledgerOf(environment))?.on !== void 0) return void 0;
	const path = await resolvePath(machine, directory);
	if (!await isFresh(machine, path)) return void 0;
	if (shared["dry-run"]) return {
		outputs: {},
		headline: `Would make a clone in ${path} on ${machine.name}, where nothing is, for the first deploy of ${environment.title}`,
		blocks: []
	};
	await makeClone(machine, path);
	ports.report.notice(`Made a git clone in ${path} on ${machine.name}: nothing was there, and this is the first deploy.`);
}
// src/deploy/steps/commits.ts
const MOST_COUNTED = 100;
const MOST_LISTED = 20;
async function compareCommits(clone, from, to) {
	if (!await clone.has(from) || !await clone.has(to)) return void 0;
	const [gained, lost] = [await clone.log(from, to, MOST_COUNTED), await clone.log(to, from, MOST_COUNTED)];
	return {
		from,
		to,
		gained,
		lost
	};
}
function goesBack({ gained, lost }) {
	return gained.length === 0 && lost.length > 0;
}
function describeBetween(way, was = "ran") {
	const [from, to] = [shortCommit(way.from), shortCommit(way.to)];
	if (way.from === way.to) return `${to} ran already`;
	if (goesBack(way)) return `goes back over ${counted(way.lost)}, to ${to} (${from} ${was})`;
	const lost = way.lost.length === 0 ? "" : `; ${counted(way.lost)} of ${from} ${way.lost.length === 1 ? "is" : "are"} not in it`;
	return `${counted(way.gained)}, from ${from} to ${to}${lost}`;
}
function betweenBlocks(way) {
	const lost = goesBack(way) ? `Commits it goes back over, to ${shortCommit(way.to)}` : `Commits of ${shortCommit(way.from)} that are not in it`;
	return [...way.gained.length === 0 ? [] : [{
		kind: "code",
		title: `Commits since ${shortCommit(way.from)}`,
		lines: listed(way.gained)
	}], ...way.lost.length === 0 ? [] : [{
		kind: "code",
		title: lost,
		lines: listed(way.lost)
	}]];
}
function listed(commits) {
	const more = commits.length - MOST_LISTED;
	const lines = commits.slice(0, MOST_LISTED).map((one) => `${shortCommit(one.commit)} ${one.subject}`);
	return more <= 0 ? lines : [...lines, `… and ${commits.length >= MOST_COUNTED ? "many" : more} more`];
}
function counted(commits) {
	return commits.length >= MOST_COUNTED ? `${MOST_COUNTED} or more commits` : plural(commits.length, "commit");
}
async function commitsBetween(clone, from, to) {
	if (clone === void 0 || from === void 0 || to === void 0 || to === from || !await clone.has(to)) return [];
	return listed(await clone.log(from, to, MOST_COUNTED));
}
// src/rollout/standstill.ts
const STARTING = "start until the first healthy answer";
const TELLING_MS$1 = 5;
var Standstill = class {
	#clock;
	#since;
	#parts;
	#downtime;
	#started;
	#before;
	#nothingAnswered = false;
	countedUntil = 0;
	constructor(clock, earlier, before) {
		this.#clock = clock;
		this.#before = before;
		this.#started = earlier?.started;
		this.#since = earlier === void 0 ? void 0 : Date.parse(earlier.since);
		this.#parts = [...earlier?.parts ?? []];
	}
	nothingAnswered() {
		this.#nothingAnswered = this.#since === void 0 && this.#before === void 0;
	}
	begin(agoMs = 0) {
		if (this.#nothingAnswered) return;
		if (this.#downtime !== void 0) {
			this.#since = void 0;
			this.#downtime = void 0;
			this.#parts.length = 0;
			this.#started = void 0;
		}
		const now = Math.round(this.#clock.now().getTime() - agoMs);
		if (this.#since !== void 0) this.#endWait(now);
		else this.#since = now;
	}
	started(version) {
		this.#started = version;
	}
	#endWait(now) {
		const ms = this.#unnoted(now);
		if (this.#started !== void 0 && ms >= TELLING_MS$1) this.#parts.push({
			what: `${this.#started} was on, and not healthy`,
			ms
		});
		this.#started = void 0;
	}
	#unnoted(now) {
		return Math.round(now - (this.#since ?? now) - this.#parts.reduce((sum, part) => sum + part.ms, 0));
	}
	add(what, ms) {
		if (this.#since !== void 0 && this.#downtime === void 0 && ms >= TELLING_MS$1) this.#parts.push({
			what,
			ms: Math.max(0, Math.round(ms))
		});
	}
	async timed(what, body) {
		const began = this.#clock.now().getTime();
		const result = await body();
		this.add(typeof what === "string" ? what : what(result), this.#clock.now().getTime() - began);
		return result;
	}
	get stopped() {
		return this.#since === void 0 ? void 0 : {
			since: new Date(this.#since).toISOString(),
			parts: [...this.#parts],
			...this.#started !== void 0 && { started: this.#started }
		};
	}
	answered(agoMs) {
		this.#nothingAnswered = false;
		if (this.#since === void 0 || this.#downtime !== void 0) return;
		const now = this.#clock.now().getTime() - agoMs;
		const ms = Math.max(0, Math.round(now - this.#since));
		const rest = this.#unnoted(now);
		const what = this.#started === void 0 ? STARTING : `start of ${this.#started} until its first healthy answer`;
		const before = this.#before && {
			what: this.#before.what,
			ms: Math.max(0, this.#since - Date.parse(this.#before.since))
		};
		this.#downtime = {
			ms,
			parts: rest > 0 ? [...this.#parts, {
				what,
				ms: rest
			}] : [...this.#parts],
			...before && { before }
		};
	}
	get downtime() {
		return this.#downtime;
	}
};
function downtimeLines({ parts, before }) {
	const lines = parts.map(({ what, ms }) => `${what}: ${formatDuration(ms)}`);
	return before === void 0 ? lines : [`${before.what}: ${formatDuration(before.ms)}, not counted`, ...lines];
}
function readStopped(value) {
	if (typeof value !== "object" || value === null) return void 0;
	const { since, parts, started } = value;
	if (typeof since !== "string" || Number.isNaN(Date.parse(since)) || !Array.isArray(parts)) return void 0;
	return {
		since,
		parts: parts.filter((one) => typeof one?.what === "string" && typeof one.ms === "number"),
		...typeof started === "string" && { started }
	};
}
// src/deploy/steps/downtime.ts
async function standstillOf(tx) {
	if (tx.standstill !== void 0) return tx.standstill;
	const { deploys, unwell } = await tx.state.journal.read();
	const record = deploys.find(({ id }) => id === tx.deploy);
	const earlier = record && stoppedBefore(record);
	const nothingRan = record?.ran === "nothing";
	const before = nothingRan ? void 0 : awayBefore(unwell) ?? (record && unhealthyBefore(record));
	const still = new Standstill(tx.environment.ports.clock, earlier, before);
	if (nothingRan) still.nothingAnswered();
	return tx.standstill ??= still;
}
function awayBefore(unwell) {
	if (unwell?.how !== "unhealthy") return void 0;
	return {
		since: unwell.since,
		what: `no healthy answer was seen since deploy ${unwell.deploy} failed, before this command`
	};
}
function unhealthyBefore({ ran, openedAt }) {
	return ran === "unhealthy" ? {
		since: openedAt,
		what: "no healthy answer was seen when this deploy opened"
	} : void 0;
}
function stoppedBefore({ steps }) {
	const last = steps.findLast(({ step, state, result }) => step === "health" && state === "done" || step === "switch" && (state === "done" || result !== void 0));
	return last?.step === "switch" ? readStopped(last.result?.["stopped"]) : void 0;
}
function downtimeOutputs(downtime) {
	return downtime === void 0 ? {} : {
		"downtime-ms": downtime.ms,
		downtime: downtimeLines(downtime)
	};
}
const DOWNTIME_OUTPUTS = {
	"downtime-ms": "How long nothing answered, from the first stop to the first healthy answer, in milliseconds. Not set where nothing was stopped.",
	downtime: "Where that time went."
};
function awayFor(downtime) {
	if (downtime === void 0) return "";
	const before = downtime.before && `, and nobody had seen it healthy for ${formatDuration(downtime.before.ms)} before`;
	return `; the app was away for ${formatDuration(downtime.ms)}${before ?? ""}`;
}
function downtimeBlocks(downtime) {
	if (downtime === void 0) return [];
	return [{
		kind: "code",
		title: `Without the app for ${formatDuration(downtime.ms)}`,
		lines: downtimeLines(downtime)
	}];
}
function standstillLine(stopped, health) {
	if (stopped === void 0) return "How long the app was away is not measured: no step of this rollout stopped it.";
	const since = `The app was stopped at ${stopped.since}.`;
	return health ? `${since} How long it was away is told by the health check that sees it answer.` : `${since} How long it was away is not known: no health check is given that would see it answer.`;
}
// src/health/round.ts
async function runRound(checks, limits) {
	const results = new Map();
	await Promise.all(checks.filter((check) => check.order === "together").map(async (check) => results.set(check, await attempt(check, limits.requestMs, limits))));
	for (const check of checks.filter(({ order }) => order === "late")) {
		if (firstFailing(results.values()) !== void 0) break;
		results.set(check, await attempt(check, Math.max(1, limits.remainingMs()), limits));
	}
	return {
		entries: checks.map((check) => ({
			check,
			result: results.get(check)
		})),
		failing: firstFailing(checks.map((check) => results.get(check)))
	};
}
function firstFailing(results) {
	const failing = [...results].filter((result) => result?.passed === false);
	return failing.find(({ underWay }) => underWay !== true) ?? failing[0];
}
const GRACE_MS = {
	together: 1e3,
	late: 7e3
};
async function attempt(check, limitMs, { clock, stop }) {
	const giveUp = new AbortController();
	const done = new AbortController();
	clock.sleep(limitMs, done.signal).then(() => giveUp.abort(), () => void 0);
	try {
		const signal = AbortSignal.any([giveUp.signal, stop]);
		return await Promise.race([check.run({
			signal,
			limitMs
		}), leftBehind(check, signal, limitMs, {
			clock,
			done: done.signal
		})]);
	} finally {
		done.abort();
	}
}
async function leftBehind(check, signal, limitMs, { clock, done }) {
	return await new Promise((resolve) => {
		const wait = () => void clock.sleep(GRACE_MS[check.order], done).then(() => {
			const reason = `${check.label}: no answer within ${formatDuration(limitMs)}`;
			resolve({
				passed: false,
				reason,
				topic: `${check.label}: no answer`,
				gaveUp: true,
				evidence: [reason]
			});
		}, () => void 0);
		if (signal.aborted) wait();
		else signal.addEventListener("abort", wait, { once: true });
	});
}
const FIRST_LIMIT_MS = 1e4;
function pauseBefore(round) {
	if (round.failures === 0) return round.intervalMs;
	return Math.min(round.intervalMs, 100 * 2 ** Math.min(round.failures - 1, 20));
}
function requestLimit(round) {
	const limit = Math.max(FIRST_LIMIT_MS, round.maxLatencyMs) * 2 ** Math.min(round.givenUp, 20);
	return Math.max(1, Math.min(limit, round.remainingMs));
}
// src/health/story.ts
const SAME = 3;
const MOST = 20;
const REMEMBERED = 10;
var HealthStory = class {
	#report;
	#told = new Map();
	#changes = [];
	#lines = 0;
	#now = "";
	#last;
	#again = 0;
	constructor(report) {
		this.#report = report;
	}
	failed(failing, elapsedMs, lost) {
		const topic = failing.topic ?? failing.reason;
		if (topic === this.#now && lost === 0) {
			this.#detail(failing.reason, topic);
			return;
		}
		this.#now = topic;
		this.#changes.push(`${formatDuration(elapsedMs)}: ${failing.reason}`);
		const text = lost === 0 ? `waiting: ${failing.reason}` : `passed ${plural(lost, "time")}, and then: ${failing.reason}`;
		const before = this.#told.get(topic) ?? 0;
		this.#told.set(topic, before + 1);
		if (before >= SAME || this.#lines >= MOST) this.#detail(text, text);
		else {
			this.end();
			this.#lines += 1;
			this.#report.say(text);
		}
	}
	passed(details, elapsedMs, streak) {
		this.#detail(`passed: ${details.join(", ")}`, "passed");
		if (streak > 1) return;
		this.#now = "";
		this.#changes.push(`${formatDuration(elapsedMs)}: passed`);
	}
	end() {
		if (this.#again > 0) this.#report.detail(`The same × ${this.#again} more.`);
		this.#last = void 0;
		this.#again = 0;
	}
	#detail(text, topic) {
		if (topic === this.#last) {
			this.#again += 1;
			return;
		}
		this.end();
		this.#last = topic;
		this.#report.detail(text);
	}
	history() {
		if (this.#changes.length < 2) return [];
		const left = this.#changes.length - REMEMBERED;
		return [
			"what came before:",
			...left > 0 ? [`  … ${plural(left, "earlier change")}`] : [],
			...this.#changes.slice(-10).map((line) => `  ${line}`)
		];
	}
};
// src/health/wait.ts
const TELLING_MS = 1e3;
async function waitUntilHealthy({ checks, settings, nobodyComes, clock, report, signal }) {
	const { timeout, interval, successes } = settings;
	const startedAt = clock.now().getTime();
	const elapsed = () => clock.now().getTime() - startedAt;
	const done = new AbortController();
	const deadline = new AbortController();
	clock.sleep(timeout, done.signal).then(() => deadline.abort(), () => void 0);
	const stop = AbortSignal.any([signal, deadline.signal]);
	const timeIsUp = () => deadline.signal.aborted || timeout - elapsed() <= 10;
	const story = new HealthStory(report);
	let attempts = 0;
	let streak = 0;
	let failures = 0;
	let givenUp = 0;
	let readyAfterMs = 0;
	let failed;
	try {
		for (;;) {
			stopIfCancelled(signal);
			attempts += 1;
			const remainingMs = () => timeout - elapsed();
			const requestMs = requestLimit({
				givenUp,
				maxLatencyMs: settings["max-latency"] ?? 0,
				remainingMs: remainingMs()
			});
			const began = elapsed();
			const round = await runRound(checks, {
				clock,
				stop,
				requestMs,
				remainingMs
			});
			stopIfCancelled(signal);
			const { failing } = round;
			if (failing === void 0) {
				streak += 1;
				failures = 0;
				givenUp = 0;
				if (streak === 1) readyAfterMs = elapsed();
				const details = round.entries.flatMap(({ check, result }) => result?.passed === true && check.quiet !== true ? [result.detail] : []);
				story.passed(details, elapsed(), streak);
				report.progress?.(`passed ${streak} of ${successes} times in a row`);
				if (streak >= successes) return {
					state: "healthy",
					attempts,
					elapsedMs: elapsed(),
					readyAfterMs,
					details
				};
			} else if (timeIsUp() && failing.gaveUp === true && elapsed() - began < TELLING_MS && attempts > 1) attempts -= 1;
			else {
				story.failed(failing, elapsed(), streak);
				report.progress?.(`waiting up to ${formatDuration(timeout)}: ${failing.reason}`);
				failed = round;
				streak = 0;
				failures += 1;
				givenUp = failing.gaveUp === true ? givenUp + 1 : 0;
			}
			if (timeIsUp() || failing?.hopeless === true || nobodyComes === true && failing?.refused === true) break;
			await clock.sleep(pauseBefore({
				failures,
				intervalMs: interval
			}), stop).catch(() => void 0);
			stopIfCancelled(signal);
			if (deadline.signal.aborted) break;
		}
	} finally {
		story.end();
		done.abort();
	}
	return verdictOf({
		round: failed,
		streak,
		attempts,
		elapsedMs: elapsed(),
		story,
		settings
	});
}
function verdictOf({ round, streak, attempts, elapsedMs, story, settings }) {
	const evidence = [
		...streak > 0 && round !== void 0 ? ["before it passed:"] : [],
		...round === void 0 ? [] : evidenceOf(round),
		...story.history()
	];
	if (streak > 0 || round?.failing === void 0) return {
		state: "failing",
		attempts,
		elapsedMs,
		reason: `passed ${streak} of ${settings.successes} times in a row when the ${formatDuration(settings.timeout)} were over`,
		hint: "It may only have needed a little longer: raise `timeout`.",
		evidence
	};
	return {
		state: "failing",
		attempts,
		elapsedMs,
		reason: round.failing.reason,
		hint: round.failing.hint,
		evidence
	};
}
function evidenceOf(round) {
	return round.entries.flatMap(({ check, result }) => {
		if (result === void 0) return [];
		if (result.passed && check.quiet === true) return [];
		if (result.passed) return [`${check.label}: passed, ${result.detail}`];
		return result.evidence;
	});
}
// src/health/check.ts
const COLLECTING_MS = 15e3;
async function checkHealth(settings, world) {
	refuseProblems(settings, world);
	const { clock, report, signal } = world.ports;
	const secrets = secretsOf(settings, world);
	for (const secret of secrets) report.mask(secret);
	const mask = masker(secrets);
	const checks = await checksOf({
		settings,
		world,
		machine: settings.from === "runner" ? world.here : world.machine,
		mask
	});
	const { nobodyComes } = world;
	const verdict = await waitUntilHealthy({
		checks: checks.map((check) => masked$1(check, mask)),
		settings,
		nobodyComes,
		clock,
		report,
		signal
	});
	if (verdict.state === "healthy") return verdict;
	const collected = await collect(world);
	return {
		...verdict,
		evidence: [...verdict.evidence, ...collected.map((line) => mask(cleanText(line)))]
	};
}
function refuseProblems(settings, world) {
	const problems = healthProblems(settings, {
		database: world.database,
		version: world.version,
		containers: world.containers
	});
	const [first] = problems;
	if (first === void 0) return;
	const lines = problems.map(({ input, message, form }) => `${input} ${message}${form === void 0 ? "" : ` (${form})`}`);
	throw refusal(problems.length === 1 ? lines[0] ?? "" : "The health check's settings do not fit together.", {
		evidence: problems.length === 1 ? [] : lines,
		hint: "Correct the inputs of the health check.",
		code: "health-settings"
	});
}
function masked$1(check, mask) {
	return {
		...check,
		run: async (attempt) => {
			const result = await check.run(attempt);
			if (result.passed) return {
				passed: true,
				detail: mask(result.detail)
			};
			return {
				...result,
				reason: mask(result.reason),
				hint: result.hint && mask(result.hint),
				topic: result.topic && mask(result.topic),
				evidence: result.evidence.map(mask)
			};
		}
	};
}
async function collect({ collectEvidence, ports }) {
	if (collectEvidence === void 0) return [];
	const { clock, signal } = ports;
	const late = () => [`further evidence did not come within ${formatDuration(COLLECTING_MS)}`];
	try {
		return await within({
			ms: COLLECTING_MS,
			late,
			signal,
			clock
		}, collectEvidence);
	} catch (error) {
		stopIfCancelled(signal);
		if (error instanceof Cancelled) throw error;
		return [`further evidence could not be collected: ${shortLine(clauseOf(error))}`];
	}
}
// src/deploy/environment/project-containers.ts
async function projectContainers(environment, { commit, needed }) {
	const clone = await environment.clone();
	if (clone === void 0) return void 0;
	const { shared, ports } = environment;
	return await watchApp({
		clone,
		shared,
		environment: commandEnvironment(environment, { commit: commit ?? "" }),
		ports
	}, { needed });
}
// src/rollout/start-output.ts
const KEEPERS = [{
	by: /\bsystemctl((?:\s+--?[\w=-]+)*)\s+(?:re)?start\s+([\w@.:\\-]+)/g,
	shown: ([, options = "", unit = ""]) => [
		"journalctl",
		...options.includes("--user") ? ["--user"] : [],
		"-u",
		unit,
		"-n",
		"50",
		"--no-pager"
	]
}, {
	by: /\bpm2\s+(?:start|restart|reload|startOrRestart|startOrReload)\b/g,
	shown: () => [
		"pm2",
		"logs",
		"--nostream",
		"--lines",
		"50"
	]
}];
function outputPlaces(text, folder) {
	const files = segments(text).flatMap((segment) => {
		if (/^(?:echo|printf|:)\b/.test(segment)) return [];
		return [...segment.matchAll(/(?:^|[\s&12])>{1,2}\|?\s*("[^"]+"|'[^']+'|[^\s;&|<>()"']+)/g)].map(([, name = ""]) => name.replaceAll(/^["']|["']$/g, ""));
	});
	return [...[...new Set(files)].filter((name) => !/[$`*?~]/.test(name) && !name.startsWith("/dev/")).map((name) => ({
		kind: "file",
		path: posix.resolve(folder, name)
	})), ...KEEPERS.flatMap(({ by, shown }) => [...text.matchAll(by)].map((match) => ({
		kind: "keeper",
		words: shown(match)
	})))];
}
function segments(text) {
	return text.split(/;|\n|&&|\|\||(?<![<>])&(?!>)/).map((segment) => segment.trim());
}
// src/rollout/started.ts
async function lastStart(clone, settings, deploy) {
	const name = settings["start-command"] === void 0 ? "command" : "start-command";
	return parseStarted(await readText(clone.machine, `${clone.gitDirectory}/savepoint/${name}.started`) ?? "", deploy);
}
function parseStarted(text, deploy) {
	const mine = text.split("\n").map((line) => line.split(" ")).filter(([id, boot, since]) => id === deploy && boot !== void 0 && Number(since) > 0);
	const [, boot = "", since = "", pid = "-", start = ""] = mine.at(-1) ?? [];
	if (boot === "") return void 0;
	return {
		boot,
		since: Number(since),
		first: Number(mine.find((line) => line[1] === boot)?.[2] ?? since),
		own: /^\d+$/.test(pid) ? {
			pid: Number(pid),
			start: start === "" ? void 0 : Number(start)
		} : void 0
	};
}
// src/machine/process/listeners.ts
const LOOK$1 = `
cd /
[ -r /proc/net/tcp ] && [ -r /proc/self/stat ] || exit 78
port=$(printf '%04X' "$1")
inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$port" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' | sort -u | tr '\\n' ' ')
echo "caller $$"
printf 'boot %s\\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
[ -n "$inodes" ] || exit 0
holders=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v wanted=" $inodes" '
  /^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
  $NF ~ /^socket:\\[/ { n = $NF; gsub(/[^0-9]/, "", n); if (index(wanted, " " n " ")) print pid, n }')
printf '%s\\n' "$holders" | awk 'NF { print "holder", $1 }' | sort -u
for inode in $inodes; do printf '%s\\n' "$holders" | grep -q " $inode$" || echo hidden; done
stats=$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\\([0-9][0-9]*\\) .*) /\\1 /p' | awk '{ print $1, $3, $21, $2 }')
printf '%s\\n' "$stats" | sed 's/^/process /'
here=$(cd "$3" 2>/dev/null && pwd -P)
for pid in $(printf '%s\\n' "$holders" | cut -d' ' -f1 | sort -u) $4 $(printf '%s\\n' "$stats" | awk -v since="$2" '$3 >= since { print $1 }'); do
  [ -n "$here" ] && case $(readlink "/proc/$pid/cwd" 2>/dev/null)/ in "$here"/*) echo "works $pid" ;; esac
  program=$(readlink "/proc/$pid/exe" 2>/dev/null) && printf 'program %s %s\\n' "$pid" "$program"
done
:
`;
async function lookAtPort(machine, about) {
	const words = [
		"sh",
		"-c",
		LOOK$1,
		"sh",
		String(about.port),
		String(about.since),
		about.folder,
		String(about.also ?? "")
	];
	const { code, stdout } = await machine.run({
		words,
		repeatable: true
	});
	return code === 0 ? parseSight(stdout) : void 0;
}
function parseSight(text) {
	const lines = text.split("\n").map((line) => line.split(" "));
	const of = (kind) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
	const processes = new Map(of("process").map(([pid, parent, start, state]) => [Number(pid), {
		parent: Number(parent),
		start: Number(start),
		dead: state === "Z" || state === "X"
	}]));
	const ours = new Set();
	for (let at = Number(of("caller")[0]?.[0] ?? 0); at > 1 && !ours.has(at); at = processes.get(at)?.parent ?? 0) ours.add(at);
	return {
		boot: of("boot")[0]?.[0] ?? "",
		holders: of("holder").map(([pid]) => Number(pid)),
		hidden: of("hidden").length > 0,
		processes,
		inFolder: new Set(of("works").map(([pid]) => Number(pid)).filter((pid) => !ours.has(pid))),
		programs: new Map(of("program").map(([pid, ...program]) => [Number(pid), program.join(" ")]))
	};
}
// src/deploy/steps/takeover.ts
async function takeoverOf(environment, settings, started) {
	const { machine } = environment;
	const url = ownUrl(environment, settings);
	const clone = await environment.clone();
	if (started === void 0 || url === void 0 || clone === void 0) return void 0;
	const begun = await lastStart(clone, started.rollout, started.deploy);
	if (begun === void 0) return void 0;
	const { port } = hostPortOf(url);
	return async () => {
		const sight = await lookAtPort(machine, {
			port,
			since: begun.since,
			folder: clone.directory,
			also: begun.own?.pid
		});
		return sight === void 0 ? { state: "unknown" } : judgeTakeover(sight, begun, {
			port,
			kept: started.kept
		});
	};
}
function ownUrl({ machine }, { url, from, "expect-version": version }) {
	return url !== void 0 && (version === void 0 || version.from === "literal") && (from !== "runner" || machine.local) && isLoopback$1(hostPortOf(url).host) ? url : void 0;
}
function ownPort({ machine }, { url, from }) {
	if (url === void 0 || from === "runner" && !machine.local) return void 0;
	const { host, port } = hostPortOf(url);
	return isLoopback$1(host) ? port : void 0;
}
function noticeUntold(environment, rollout, health) {
	const { report } = environment.ports;
	const commands = rollout.command !== void 0 || rollout["start-command"] !== void 0;
	if (health === void 0 || !commands || rollout["stop-command"] !== void 0) return;
	if (health.url !== void 0 && health["expect-version"] !== void 0 && health["expect-version"].from !== "literal") return;
	const url = ownUrl(environment, health);
	report.notice(`Nothing that was given tells the new version from the old one: no \`stop-command\`, and no \`expect-version\`. ${url === void 0 ? "Should the old one go on answering, that will not be seen." : `What is looked at instead is which process listens on port ${hostPortOf(url).port} of ${environment.machine.name}, as far as ${environment.machine.login} may see it.`}`);
}
async function whoHolds$1({ machine }, settings) {
	const port = ownPort({ machine }, settings);
	if (port === void 0) return [];
	const sight = await lookAtPort(machine, {
		port,
		since: Number.MAX_SAFE_INTEGER,
		folder: "/",
		also: void 0
	});
	if (sight === void 0 || sight.holders.length === 0) return [];
	const who = sight.holders.map((pid) => {
		const program = sight.programs.get(pid);
		return program === void 0 ? String(pid) : `${pid} (${posix.basename(program)})`;
	});
	return [`port ${port} of ${machine.name} is held by process ${who.join(", ")}`];
}
// src/deploy/steps/start-evidence.ts
async function startEvidence(environment, settings, started) {
	const clone = await environment.clone();
	const name = started?.rollout["start-command"] === void 0 ? "command" : "start-command";
	const text = started?.rollout[name];
	if (clone === void 0 || started === void 0 || text === void 0) return { evidence: [] };
	const { machine } = clone;
	const silent = await nothingListens(environment, settings);
	const begun = await lastStart(clone, started.rollout, started.deploy);
	const works = await processesIn(machine, clone.directory);
	const own = begun?.own && {
		pid: begun.own.pid,
		lives: await lives(machine, begun.own)
	};
	const ended = silent !== void 0 && begun !== void 0 && works.length === 0 && own?.lives !== true;
	const written = await lastWritten(machine, {
		name,
		log: `${clone.gitDirectory}/savepoint/${name}.log`,
		places: outputPlaces(text, clone.directory)
	});
	return {
		evidence: [
			...silent === void 0 ? [] : [silent],
			...processLines({
				name,
				own,
				works,
				folder: clone.directory,
				begun
			}),
			...written.lines
		],
		...ended && { hint: `What was started has ended, and nothing listens. ${written.hint}` }
	};
}
async function nothingListens(environment, settings) {
	const port = ownPort(environment, settings);
	if (port === void 0) return void 0;
	const { machine } = environment;
	const sight = await lookAtPort(machine, {
		port,
		since: Number.MAX_SAFE_INTEGER,
		folder: "/",
		also: void 0
	});
	return sight === void 0 || sight.hidden || sight.holders.length > 0 ? void 0 : `nothing listens on port ${port} of ${machine.name}`;
}
function processLines({ name, own, works, folder, begun }) {
	if (begun === void 0) return [];
	const left = own && `the process that ${name} left in the background (${own.pid}) ${own.lives ? "is still there" : "has ended"}`;
	const others = works.length === 0 ? `no process works in ${folder}` : `${plural(works.length, "process", "processes")} in ${folder}: ${works.join(", ")}`;
	return left === void 0 ? [others] : [left, others];
}
async function lives(machine, { pid, start }) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			"cat \"/proc/$1/stat\" 2>/dev/null; :",
			"sh",
			String(pid)
		],
		repeatable: true
	});
	const [state, ...rest] = stdout.slice(stdout.lastIndexOf(")") + 1).trim().split(" ");
	return state !== void 0 && state !== "" && !"ZX".includes(state) && start !== void 0 && Number(rest[18]) === start;
}
async function lastWritten(machine, { name, log, places }) {
	const files = places.flatMap((place) => place.kind === "file" ? [place.path] : []);
	const shown = [];
	const unseen = [];
	for (const path of [log, ...files]) {
		const lines = await endOf(machine, path);
		shown.push(...lines.map((line) => `${path === log ? name : path}: ${line}`));
		if (path !== log && lines.length === 0) unseen.push(commandOn(machine, [
			"tail",
			"-n",
			"50",
			"--",
			path
		]));
	}
	for (const place of places) if (place.kind === "keeper") unseen.push(commandOn(machine, place.words));
	const looks = unseen.length === 0 ? "" : ` Look there: ${unseen.join("; ")}.`;
	if (shown.length > 0) return {
		lines: shown,
		hint: `What it wrote last says why.${looks}`
	};
	return {
		lines: [`${name} wrote nothing that is kept here${unseen.length === 0 ? ", and its text names no file for it" : ""}`],
		hint: `${looks.trim()}${looks === "" ? "" : " "}To have its last lines stand here, let ${name} leave its output alone: \`nohup … &\` without \`>\`.`
	};
}
async function endOf(machine, path) {
	const { code, stdout } = await machine.run({
		words: [
			"tail",
			"-n",
			String(40),
			"--",
			path
		],
		repeatable: true
	});
	if (code !== 0) return [];
	return stdout.split(/\r?\n/).filter((line) => line.trim() !== "").slice(-10);
}
// src/deploy/steps/gate.ts
async function expectedVersion(environment, commit) {
	const clone = await environment.clone();
	if (clone === void 0 || !await clone.has(commit)) return {
		commit,
		names: []
	};
	const { stdout } = await clone.git.run([
		"tag",
		"--points-at",
		commit
	]);
	return {
		commit,
		names: stdout.split("\n").filter((name) => name !== "")
	};
}
async function askHealth(environment, settings, version, signal, { started, nobodyComes } = {}) {
	const { ports, machine } = environment;
	const needs = needsOf(settings);
	const containers = await projectContainers(environment, {
		commit: version?.commit,
		needed: needs.has("containers")
	});
	const verdict = await checkHealth(settings, {
		machine: settings.from === "runner" ? ports.here : machine,
		here: ports.here,
		database: needs.has("database") ? await environment.database() : void 0,
		version,
		ports: {
			...ports,
			signal
		},
		cwd: needs.has("folder") ? await appFolder(environment) : void 0,
		takeover: await takeoverOf(environment, settings, started),
		nobodyComes,
		...containers && {
			containers: containers.ask,
			collectEvidence: containers.tell
		}
	});
	if (verdict.state !== "failing") return verdict;
	const start = await startEvidence(environment, settings, started);
	const evidence = [
		...verdict.evidence,
		...await whoHolds$1(environment, settings),
		...start.evidence
	];
	return {
		...verdict,
		evidence,
		hint: start.hint ?? verdict.hint
	};
}
async function appFolder({ machine, shared }) {
	const folder = shared["app-dir"];
	return folder === void 0 ? void 0 : await resolvePath(machine, folder);
}
async function passGate(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	return await tx.step("health", {
		title: `Checking the health of ${environment.title}`,
		intent: {},
		settings: raw
	}, async (signal) => {
		const started = await startedIn(tx, deploy);
		const verdict = await askHealth(environment, settings, await expectedVersion(environment, deploy.commit), signal, { started });
		if (verdict.state === "failing") throw unhealthy(verdict);
		const standstill = await standstillOf(tx);
		standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
		const { downtime } = standstill;
		return {
			value: {
				...verdict,
				downtime
			},
			result: {
				attempts: verdict.attempts,
				elapsedMs: verdict.elapsedMs,
				...downtime && { downtime }
			},
			headline: `${describeHealth(verdict)}${awayFor(downtime)}`
		};
	});
}
async function startedIn({ environment }, deploy) {
	if (!deploy.steps.some(({ step }) => step === "switch")) return void 0;
	const settings = environment.settings.withFallback({
		source: JOURNAL,
		raw: settingsOfDeploy(deploy)
	});
	return {
		deploy: deploy.id,
		rollout: settings.section(rolloutSection),
		kept: false
	};
}
function describeHealth(verdict) {
	return `healthy after ${formatDuration(verdict.elapsedMs)} (${plural(verdict.attempts, "attempt")})`;
}
function unhealthy(verdict) {
	return new Failure(`The app is not healthy: ${verdict.reason}.`, {
		evidence: verdict.evidence,
		hint: verdict.hint,
		code: "unhealthy",
		outputs: {
			healthy: false,
			attempts: verdict.attempts,
			"elapsed-ms": verdict.elapsedMs,
			reason: verdict.reason
		}
	});
}
// src/release/remote.ts
const TROUBLES = new Set([
	"tags-conflict",
	"tags-refused",
	"tags-permission",
	"tags-unreachable"
]);
function tagTrouble(error) {
	return error instanceof Failure && error.code !== void 0 && TROUBLES.has(error.code) ? error.code : void 0;
}
function tagFailure(trouble, message, details = {}) {
	return new Failure(message, {
		...details,
		code: trouble
	});
}
const TAGGER = {
	name: "Savepoint",
	email: "savepoint@localhost"
};
function refusalHint(said) {
	const text = said.join("\n");
	if (/without .?workflows?.? permission/.test(text)) return "The commit's .github/workflows differ from every branch's tip (a branch moved on during the deploy), and GITHUB_TOKEN may then not push a tag to it, whatever its `permissions`. Give `token`: a fine-grained token or app token with `contents: write` and `workflows: write`.";
	return "A ruleset or a hook of the repository protects these tags (GitHub: Settings → Rules → Rulesets, target tags). Let it cover `v*` only, let this token's owner bypass it (GITHUB_TOKEN cannot), or give `tag-prefix` a name that it does not cover.";
}
// src/release/stable.ts
const ATTEMPTS$2 = 5;
async function readStableTags(remote, name) {
	checkPrefix(name.prefix);
	const latestName = latestTag(name);
	const tags = await remote.list({
		names: [latestName],
		prefixes: [`${name.prefix}stable-`]
	});
	const ours = tags.flatMap((tag) => {
		const mark = markOf(name, tag.annotation);
		return mark === void 0 ? [] : [{
			...tag,
			mark
		}];
	});
	const latest = ours.find((tag) => tag.name === latestName);
	return {
		latest,
		foreign: latest === void 0 ? tags.find((tag) => tag.name === latestName) : void 0,
		stable: ours.filter((tag) => isStableTag(name, tag.name)).toSorted((a, b) => a.name < b.name ? -1 : 1),
		taken: new Set(tags.map((tag) => tag.name))
	};
}
async function moveStable(request) {
	const { result, count } = await retryConflicts(async () => await moveOnce(request));
	return {
		...result,
		...result.moved && count > request.keepTags ? await pruneStable(request) : { pruned: [] }
	};
}
async function moveOnce(request) {
	const { remote, name, commit, deploy } = request;
	const tags = await readStableTags(remote, name);
	refuseForeign(tags, request);
	const mine = tags.stable.find((tag) => tag.mark.deploy === deploy && tag.commit === commit);
	const known = {
		stableTag: mine?.name,
		latestTag: latestTag(name),
		previous: tags.latest?.commit
	};
	const count = tags.stable.length;
	if (tags.latest?.mark.deploy === deploy && tags.latest.commit === commit) return {
		result: {
			...known,
			stableTag: mine?.name ?? tags.latest.mark.tag,
			moved: false,
			reason: `${shortCommit(commit)} is already marked by this deploy`
		},
		count
	};
	const overtaken = await request.overtaken?.(tags.latest?.mark);
	if (overtaken instanceof Failure) throw overtaken;
	if (overtaken !== void 0) return {
		result: {
			...known,
			moved: false,
			reason: overtaken,
			overtaken: true
		},
		count
	};
	const tag = mine?.name ?? freeName(name, request.at, tags.taken);
	const mark = markFor(request, tag);
	const changes = [moveLatest(tags, name, mark)];
	if (mine === void 0) changes.unshift({
		name: tag,
		expected: void 0,
		set: {
			commit,
			message: annotate(mark)
		}
	});
	await remote.update(changes, request.at);
	return {
		result: {
			...known,
			stableTag: tag,
			moved: true
		},
		count: mine === void 0 ? count + 1 : count
	};
}
async function withdrawStable(request) {
	return await retryConflicts(async () => {
		const { remote, name, commit, to, since } = request;
		const tags = await readStableTags(remote, name);
		refuseForeign(tags, request);
		const gone = commit === to ? [] : tags.stable.filter((tag) => tag.commit === commit);
		const changes = gone.map((tag) => ({
			name: tag.name,
			expected: tag.oid,
			set: void 0
		}));
		const moved = tags.latest?.commit !== to;
		const stale = tags.latest !== void 0 && since !== void 0 && Date.parse(tags.latest.mark.at) <= since.getTime();
		if (moved || stale) {
			const known = tags.stable.findLast((tag) => tag.commit === to);
			const mark = {
				...markFor(request, known?.name ?? freeName(name, request.at, tags.taken)),
				commit: to
			};
			changes.push(moveLatest(tags, name, mark));
			if (known === void 0) changes.push({
				name: mark.tag,
				expected: void 0,
				set: {
					commit: to,
					message: annotate(mark)
				}
			});
		}
		if (changes.length > 0) await remote.update(changes, request.at);
		return {
			latestTag: latestTag(name),
			removed: gone.map((tag) => tag.name),
			moved
		};
	});
}
async function pruneStable(request) {
	try {
		const { latest, stable } = await readStableTags(request.remote, request.name);
		const old = stable.slice(0, Math.max(0, stable.length - request.keepTags)).filter((tag) => tag.commit !== latest?.commit);
		if (old.length > 0) await request.remote.update(old.map((tag) => ({
			name: tag.name,
			expected: tag.oid,
			set: void 0
		})), request.at);
		return { pruned: old.map((tag) => tag.name) };
	} catch (error) {
		if (tagTrouble(error) === void 0) throw error;
		return {
			pruned: [],
			pruneProblem: messageOf(error)
		};
	}
}
async function retryConflicts(body) {
	for (let attempt = 1;; attempt += 1) try {
		return await body();
	} catch (error) {
		if (tagTrouble(error) !== "tags-conflict" || attempt === ATTEMPTS$2) throw error;
	}
}
function markFor(request, tag) {
	const { name, commit, deploy, at, runUrl } = request;
	return {
		app: name.app,
		environment: name.environment,
		commit,
		deploy,
		tag,
		at: at.toISOString(),
		...runUrl === void 0 ? {} : { runUrl }
	};
}
function moveLatest(tags, name, mark) {
	return {
		name: latestTag(name),
		expected: tags.latest?.oid,
		set: {
			commit: mark.commit,
			message: annotate(mark)
		}
	};
}
function freeName(name, at, taken) {
	for (let ms = at.getTime();; ms += 1e3) {
		const tag = stableTag(name, new Date(ms));
		if (!taken.has(tag)) return tag;
	}
}
function refuseForeign(tags, request) {
	if (tags.foreign === void 0) return;
	const { app, environment } = request.name;
	throw new Failure(`The tag ${tags.foreign.name} in ${request.remote.place} is not ${app}/${environment}'s: it is left as it is.`, {
		hint: `If this is the same app under another name, give \`app\` and \`environment\` as its annotation has them. Else give \`tag-prefix\`, e.g. \`${app}-${environment}/\`, in all actions alike; or, if nobody needs it, remove the tag: git push origin :refs/tags/${tags.foreign.name}`,
		evidence: [`${tags.foreign.name} → ${tags.foreign.commit}`, ...(tags.foreign.annotation ?? "a lightweight tag, without annotation").trim().split("\n")],
		code: "foreign-tag",
		exit: 1
	});
}
// src/github/api.ts
const TIMEOUT_MS$1 = 3e4;
const NO_CONTENT = 204;
function githubAddresses(env) {
	return {
		apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
		graphqlUrl: env["GITHUB_GRAPHQL_URL"] || "https://api.github.com/graphql",
		serverUrl: env["GITHUB_SERVER_URL"] || "https://github.com"
	};
}
async function openGithubApi(access) {
	const { getOctokit } = await import("./github.js");
	const octokit = getOctokit(access.token.reveal(), {
		baseUrl: access.apiUrl,
		log: SILENT
	});
	const send = async (route, parameters) => {
		const timeout = AbortSignal.timeout(TIMEOUT_MS$1);
		const signal = access.signal === void 0 ? timeout : AbortSignal.any([timeout, access.signal]);
		try {
			const answer = await octokit.request(route, {
				...parameters,
				request: { signal }
			});
			if (answer.status !== NO_CONTENT && (typeof answer.data !== "object" || answer.data === null)) throw new Error("the answer is no JSON");
			return {
				data: answer.data,
				next: /\brel="next"/.test(answer.headers.link ?? "")
			};
		} catch (error) {
			if (access.signal?.aborted === true) throw new Cancelled();
			throw access.trouble(error, route);
		}
	};
	return {
		serverUrl: access.serverUrl,
		request: send,
		graphql: async (query, variables) => (await send(`POST ${access.graphqlUrl}`, {
			query,
			variables
		})).data
	};
}
const SILENT = {
	debug: () => void 0,
	info: () => void 0,
	warn: () => void 0,
	error: () => void 0
};
function isLimited({ status, response }) {
	const headers = response?.headers ?? {};
	return status === 429 || (status === 403 || status === 401) && (headers["retry-after"] !== void 0 || String(headers["x-ratelimit-remaining"]) === "0" || /secondary-rate-limit/.test(response?.data?.documentation_url ?? ""));
}
function answeredLines(error, route, otherwise) {
	const { status, response } = error;
	const details = response?.data?.errors?.flatMap((one) => one.message ?? []) ?? [];
	return [`${route}: ${status === void 0 ? "" : `HTTP ${status} `}${response?.data?.message ?? otherwise}`, ...details];
}
// src/release/github-trouble.ts
function githubTrouble(error, route) {
	const { status } = error;
	const evidence = answeredLines(error, route, messageOf(error));
	if (isLimited(error)) return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", {
		evidence,
		cause: error
	});
	if (status === void 0 || status >= 500) return tagFailure("tags-unreachable", "GitHub's API does not answer.", {
		evidence,
		cause: error,
		hint: "See https://www.githubstatus.com. The tags can be moved later."
	});
	if (status === 401) return tagFailure("tags-permission", "GitHub does not accept the token.", {
		evidence,
		cause: error,
		hint: "It has expired, was revoked, or is another server's. Give `token` anew."
	});
	if (status === 403 || status === 404) return noPermission(evidence, error);
	return tagFailure("tags-refused", "GitHub refuses the request.", {
		evidence,
		cause: error,
		hint: refusalHint(evidence)
	});
}
function graphqlTrouble(errors, what) {
	const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
	const types = new Set(errors.flatMap(({ type, extensions }) => [type, extensions?.code]).filter((word) => word !== void 0));
	if (types.has("RATE_LIMITED")) return tagFailure("tags-unreachable", "GitHub answers no more requests of this token for now (rate limit).", { evidence });
	if (types.has("FORBIDDEN") || types.has("INSUFFICIENT_SCOPES") || types.has("NOT_FOUND")) return noPermission(evidence, void 0);
	if (types.has("undefinedField") || types.has("undefinedType")) return tagFailure("tags-refused", "This GitHub server is too old to move several tags at once.", {
		evidence,
		hint: "GitHub Enterprise Server 3.13 or newer, or run in a checkout: then the tags are pushed by git."
	});
	if (errors.length === 0 || types.has("INTERNAL") || types.has("SERVICE_UNAVAILABLE")) return tagFailure("tags-unreachable", `GitHub gave no answer to ${what}.`, { evidence });
	return tagFailure("tags-refused", `GitHub refuses ${what}.`, {
		evidence,
		hint: refusalHint(evidence)
	});
}
function noPermission(evidence, cause) {
	return tagFailure("tags-permission", "The token may not do this to the repository's tags.", {
		evidence,
		cause,
		hint: "It needs `contents: write` on this repository; in a workflow the job says `permissions: { contents: write }`. A private repository is \"not found\" to a token that may not see it."
	});
}
// src/release/api-remote.ts
const NOTHING$1 = "0".repeat(40);
const OBJECTS_AT_ONCE = 100;
async function apiRemote(access) {
	const [owner = "", repo = ""] = access.repository.split("/");
	return tagsOverApi(await openGithubApi({
		token: access.token,
		apiUrl: access.apiUrl || "https://api.github.com",
		graphqlUrl: access.graphqlUrl || "https://api.github.com/graphql",
		serverUrl: access.serverUrl || "https://github.com",
		signal: access.signal,
		trouble: githubTrouble
	}), {
		owner,
		repo
	});
}
function tagsOverApi(api, repository) {
	return {
		place: `${api.serverUrl}/${repository.owner}/${repository.repo}`,
		list: async ({ names, prefixes }) => {
			const found = new Map();
			for (const start of [...names, ...prefixes]) for (const one of await matchingRefs(api, repository, start)) {
				const name = one.ref.slice(10);
				if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) found.set(name, one);
			}
			return await withAnnotations(api, repository, found);
		},
		update: async (changes, at) => {
			const updates = [];
			for (const { name, expected, set } of changes) {
				const after = set === void 0 ? NOTHING$1 : await makeTagObject$1(api, repository, {
					name,
					...set,
					at
				});
				updates.push({
					name: `refs/tags/${name}`,
					beforeOid: expected ?? NOTHING$1,
					afterOid: after,
					force: true
				});
			}
			const answer = await api.graphql("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", { input: {
				repositoryId: await repositoryId(api, repository),
				refUpdates: updates
			} });
			if (answer.errors !== void 0 || !answer.data) await explainUpdate(api, repository, changes, answer);
		}
	};
}
async function matchingRefs(api, repository, start) {
	const all = [];
	for (let page = 1;; page += 1) {
		const { data, next } = await api.request("GET /repos/{owner}/{repo}/git/matching-refs/{+ref}", {
			...repository,
			ref: `tags/${start.split("/").map(encodeURIComponent).join("/")}`,
			per_page: 100,
			page
		});
		all.push(...data);
		if (!next) return all;
	}
}
async function withAnnotations(api, { owner, repo }, refs) {
	const annotated = [...refs.values()].filter(({ object }) => object.type === "tag" && isFullCommit(object.sha)).map(({ object }) => object.sha);
	const objects = new Map();
	for (let at = 0; at < annotated.length; at += OBJECTS_AT_ONCE) {
		const wanted = annotated.slice(at, at + OBJECTS_AT_ONCE);
		const fields = wanted.map((oid, index) => `o${index}: object(oid: "${oid}") { ... on Tag { message target { __typename oid } } }`);
		const answer = await api.graphql(`query($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(" ")} } }`, {
			owner,
			repo
		});
		if (answer.errors !== void 0) throw graphqlTrouble(answer.errors, "reading the stable tags");
		wanted.forEach((oid, index) => {
			const object = answer.data?.repository?.[`o${index}`];
			if (object) objects.set(oid, object);
		});
	}
	return [...refs].map(([name, { object }]) => {
		const tag = objects.get(object.sha);
		const plain = tag === void 0 || tag.target.__typename !== "Commit";
		return {
			name,
			oid: object.sha,
			commit: tag?.target.oid ?? object.sha,
			annotation: plain ? void 0 : tag.message
		};
	});
}
async function makeTagObject$1(api, repository, tag) {
	const tagger = {
		...TAGGER,
		date: tag.at.toISOString().replace(/\.\d+Z$/, "Z")
	};
	const parameters = {
		...repository,
		tag: tag.name,
		message: tag.message,
		object: tag.commit,
		type: "commit",
		tagger
	};
	return (await api.request("POST /repos/{owner}/{repo}/git/tags", parameters)).data.sha;
}
async function repositoryId(api, repository) {
	return (await api.request("GET /repos/{owner}/{repo}", { ...repository })).data.node_id;
}
async function explainUpdate(api, repository, changes, answer) {
	const moved = [];
	for (const { name, expected } of changes) if ((await matchingRefs(api, repository, name)).find(({ ref }) => ref === `refs/tags/${name}`)?.object.sha !== expected) moved.push(name);
	const errors = answer.errors ?? [];
	const evidence = errors.map(({ type, message }) => [type, message].filter(Boolean).join(": "));
	if (moved.length > 0) throw tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} meanwhile.`, { evidence });
	throw graphqlTrouble(errors, "moving the stable tags");
}
// src/release/git-remote.ts
const TIMEOUT_MS = 12e4;
const LIST_TIMEOUT_MS = 15e3;
function gitRemote(clone, options) {
	return {
		place: options.place,
		list: async ({ names, prefixes }) => {
			const refs = await remoteRefs(clone, [...names.flatMap((name) => [`refs/tags/${name}`, `refs/tags/${name}^{}`]), ...prefixes.map((prefix) => `refs/tags/${prefix}*`)], options.signal);
			await bringTagObjects(clone, refs, options.signal);
			const annotations = await readAnnotations(clone, refs);
			return [...refs].map(([name, ref]) => ({
				name,
				...ref,
				annotation: annotations.get(ref.oid)
			}));
		},
		update: async (changes, at) => {
			const sources = new Map();
			for (const commit of new Set(changes.flatMap(({ set }) => set?.commit ?? []))) await bringCommit(clone, commit, options.signal);
			for (const { name, set } of changes) if (set !== void 0) sources.set(name, await makeTagObject(clone, {
				name,
				...set,
				at
			}));
			await push(clone, changes, sources, options);
		}
	};
}
async function openGitRemote(clone, options = {}) {
	return gitRemote(clone, {
		...options,
		place: await clone.origin() ?? `the remote of ${clone.directory}`
	});
}
async function remoteRefs(clone, patterns, signal) {
	const finished = await inTime(clone, [
		"ls-remote",
		"origin",
		...patterns
	], LIST_TIMEOUT_MS, signal);
	if (finished.code !== 0) throw tagFailure("tags-unreachable", `The tags of ${await clone.origin() ?? "origin"} cannot be read from ${clone.machine.name}.`, {
		evidence: gitLines(finished),
		hint: `Try it: git -C ${clone.directory} ls-remote origin`
	});
	const refs = new Map();
	for (const line of finished.stdout.split("\n")) {
		const [oid = "", ref = ""] = line.split("	");
		if (!ref.startsWith("refs/tags/")) continue;
		const name = ref.slice(10);
		const peeled = name.endsWith("^{}");
		const tag = peeled ? name.slice(0, -3) : name;
		refs.set(tag, {
			oid: peeled ? refs.get(tag)?.oid ?? oid : oid,
			commit: oid
		});
	}
	return refs;
}
async function bringTagObjects(clone, refs, signal) {
	const annotated = [...refs.values()].filter((ref) => ref.oid !== ref.commit);
	const here = await present$1(clone, annotated.flatMap((ref) => [ref.oid, ref.commit]));
	const missing = annotated.filter((ref) => !here.has(ref.oid));
	const near = missing.filter((ref) => here.has(ref.commit));
	const far = missing.filter((ref) => !here.has(ref.commit));
	const shallow = far.length > 0 && await clone.isShallow();
	if (near.length > 0) await fetchObjects(clone, near.map((ref) => ref.oid), near.map((ref) => `--negotiation-tip=${ref.commit}`), signal);
	if (far.length > 0) await fetchObjects(clone, far.map((ref) => ref.oid), shallow ? ["--depth=1"] : [], signal);
}
async function fetchObjects(clone, oids, flags, signal) {
	const finished = await inTime(clone, [
		"fetch",
		"--quiet",
		"--no-tags",
		"--no-recurse-submodules",
		"--no-auto-gc",
		...new Set(flags),
		"origin",
		...new Set(oids)
	], TIMEOUT_MS, signal);
	if (finished.code === 0) return;
	throw tagFailure("tags-unreachable", `The stable tags cannot be fetched from ${await clone.origin() ?? "origin"}.`, { evidence: gitLines(finished) });
}
async function inTime(clone, words, timeout, signal) {
	try {
		return await clone.git.run(words, {
			timeout,
			...signal && { signal }
		});
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "timeout") throw error;
		throw tagFailure("tags-unreachable", `${await clone.origin() ?? "origin"} does not answer ${clone.machine.name} within ${formatDuration(timeout)}.`, {
			evidence: error.evidence,
			cause: error,
			hint: `Try it: git -C ${clone.directory} ls-remote origin`
		});
	}
}
async function bringCommit(clone, commit, signal) {
	if (await clone.has(fullCommit(commit))) return;
	await fetchObjects(clone, [commit], await clone.isShallow() ? ["--depth=1"] : [], signal);
}
async function present$1(clone, oids) {
	if (oids.length === 0) return new Set();
	const text = await clone.git.say(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "looking for the tags", { stdin: `${oids.join("\n")}\n` });
	return new Set(text.split("\n").filter((line) => / (?:tag|commit|tree|blob)$/.test(line)).map((line) => line.split(" ")[0] ?? ""));
}
async function readAnnotations(clone, refs) {
	const oids = [...refs.values()].filter((ref) => ref.oid !== ref.commit).map((ref) => ref.oid);
	const found = new Map();
	if (oids.length === 0) return found;
	const text = await clone.git.say(["cat-file", "--batch"], "reading the tags", { stdin: `${oids.join("\n")}\n` });
	let rest = Buffer.from(text, "utf8");
	for (const oid of oids) {
		const end = rest.indexOf(10);
		const [, type, size] = rest.subarray(0, end).toString().split(" ");
		if (type !== "tag") throw tagFailure("tags-unreachable", `The tag object ${oid} did not arrive in ${clone.directory}.`);
		const object = rest.subarray(end + 1, end + 1 + Number(size)).toString();
		found.set(oid, object.slice(object.indexOf("\n\n") + 2));
		rest = rest.subarray(end + 1 + Number(size) + 1);
	}
	return found;
}
async function makeTagObject(clone, tag) {
	const seconds = Math.floor(tag.at.getTime() / 1e3);
	const stdin = `object ${tag.commit}\ntype commit\ntag ${tag.name}\ntagger ${TAGGER.name} <${TAGGER.email}> ${seconds} +0000\n\n${tag.message}`;
	return (await clone.git.say(["mktag"], `making the tag ${tag.name}`, { stdin })).trim();
}
async function push(clone, changes, sources, options) {
	const leases = changes.map(({ name, expected }) => `--force-with-lease=refs/tags/${name}:${expected ?? ""}`);
	const refspecs = changes.map(({ name }) => `${sources.get(name) ?? ""}:refs/tags/${name}`);
	const finished = await inTime(clone, [
		"push",
		"--porcelain",
		"--atomic",
		...[
			"--no-verify",
			"--no-follow-tags",
			"--recurse-submodules=no",
			"--no-signed"
		],
		...leases,
		"origin",
		...refspecs
	], TIMEOUT_MS, options.signal);
	if (finished.code !== 0) throw await explainPush(clone, changes, finished, options);
}
async function explainPush(clone, changes, push, { place, signal }) {
	const evidence = gitLines(push);
	const refs = await remoteRefs(clone, changes.map(({ name }) => `refs/tags/${name}`), signal);
	const moved = changes.filter(({ name, expected }) => refs.get(name)?.oid !== expected).map(({ name }) => name);
	if (moved.length > 0) return tagFailure("tags-conflict", `Somebody else moved ${moved.join(", ")} in ${place} meanwhile.`, { evidence });
	if (push.stdout.split("\n").some((line) => line.startsWith("!	"))) return tagFailure("tags-refused", `${place} refuses to move the stable tags.`, {
		evidence,
		hint: refusalHint(evidence)
	});
	return tagFailure("tags-permission", `${clone.machine.name} may read ${place}, but not push to it.`, {
		evidence,
		hint: "The login that git uses there needs write access. In a workflow: `permissions: contents: write`, and a checkout that keeps its credentials (no `persist-credentials: false`), or give `token`."
	});
}
// src/deploy/environment/tag-remotes.ts
async function tagRemotes(environment, token) {
	const { env, signal } = environment.ports;
	const remotes = [];
	const checkout = await checkoutOf$1(environment);
	if (checkout !== void 0 && await checkout.origin() !== void 0) remotes.push(await openGitRemote(checkout, { signal }));
	const repository = env["GITHUB_REPOSITORY"];
	if (token !== void 0 && repository !== void 0) remotes.push(await apiRemote({
		token,
		repository,
		apiUrl: env["GITHUB_API_URL"],
		graphqlUrl: env["GITHUB_GRAPHQL_URL"],
		serverUrl: env["GITHUB_SERVER_URL"],
		signal
	}));
	const clone = await environment.clone() ?? await journaledClone(environment);
	if (clone !== void 0 && await clone.origin() !== void 0) remotes.push(await openGitRemote(clone, { signal }));
	return remotes;
}
async function journaledClone(environment) {
	const directory = (await ledgerOf(environment))?.deploys.at(-1)?.settings[""]?.["app-dir"];
	return directory === void 0 ? void 0 : await openAppClone(environment.machine, { "app-dir": directory });
}
// src/deploy/steps/tags.ts
const KEEP_ALL = Number.MAX_SAFE_INTEGER;
const TAKEN_BACK = "taken-back";
async function moveTags(environment, wish, ledger, note) {
	const tag = stableTag(stableName(environment), wish.at);
	try {
		const moved = await firstThatWorks(environment, async (remote) => {
			return await moveStable({
				remote,
				name: stableName(environment),
				commit: wish.commit,
				at: wish.at,
				deploy: wish.deploy,
				runUrl: environment.owner.run,
				keepTags: wish.keepTags,
				overtaken: async (latest) => {
					const now = environment.state === void 0 ? ledger : await environment.state.journal.read();
					if (now === void 0) return void 0;
					if (environment.state !== void 0 && !now.stable.some((one) => one.commit === wish.commit)) return takenBack(environment, now, wish.commit);
					return latest !== void 0 && markedAfter(now, latest.commit, wish.commit) ? `${latestTag(stableName(environment))} is at ${shortCommit(latest.commit)} of the later deploy ${latest.deploy}` : void 0;
				}
			});
		});
		if (moved.overtaken === true) return moved;
		await note({
			kind: "tags.moved",
			commit: wish.commit,
			tag: moved.stableTag ?? tag
		});
		if (moved.pruneProblem !== void 0) environment.ports.report.warning(`Old stable tags could not be removed: ${moved.pruneProblem}`);
		return moved;
	} catch (error) {
		if (error instanceof Failure && error.code === TAKEN_BACK) throw error;
		await note({
			kind: "tags.pending",
			commit: wish.commit,
			tag,
			why: messageOf(error)
		});
		throw pendingFailure(environment, wish, error, waitedBefore(ledger, wish));
	}
}
async function moveWaitingTags(environment, ledger) {
	const stable = ledger.stable.at(-1);
	if (stable === void 0 || ledger.withdrawn.length === 0 && !ledger.pendingTags.some((tag) => tag.commit === stable.commit)) return;
	for (const left of ledger.withdrawn) await withdrawTags(environment, ledger, {
		commit: left,
		to: stable.commit,
		deploy: stable.deploy ?? stable.tag
	});
	const wish = {
		commit: stable.commit,
		deploy: stable.deploy ?? stable.tag,
		at: new Date(stable.at),
		keepTags: KEEP_ALL
	};
	try {
		const moved = await moveTags(environment, wish, ledger, noteTo(environment));
		environment.ports.report.say(`Moved the stable tags that waited for ${shortCommit(stable.commit)}: ${moved.stableTag ?? ""}, ${moved.latestTag}.`);
	} catch (error) {
		environment.ports.report.warning(`The stable tags of ${shortCommit(stable.commit)} still cannot be moved: ${messageOf(error)}`);
	}
}
function noteTo(environment) {
	return async (fact) => {
		await environment.state?.journal.write(fact, {
			at: environment.ports.clock.now(),
			owner: environment.owner.id
		});
	};
}
async function withdrawTags(environment, ledger, request) {
	const { report, clock } = environment.ports;
	try {
		const done = await firstThatWorks(environment, async (remote) => await withdrawStable({
			remote,
			name: stableName(environment),
			commit: request.commit,
			to: request.to,
			deploy: request.deploy,
			at: clock.now(),
			runUrl: environment.owner.run,
			since: withdrawnAt(ledger, request.commit)
		}));
		if (done.removed.length > 0) report.say(`${shortCommit(request.commit)} is not stable any more: removed ${done.removed.join(", ")}.`);
	} catch (error) {
		report.warning(`The stable tags of ${shortCommit(request.commit)} could not be removed: ${messageOf(error)}`);
	}
}
function stableName(environment) {
	return {
		app: environment.app,
		environment: environment.name,
		prefix: environment.tagPrefix
	};
}
const unreachable = new WeakMap();
async function firstThatWorks(environment, use) {
	const token = tokenOf(environment.shared, environment.ports.env);
	const remotes = await tagRemotes(environment, token === void 0 ? void 0 : new Secret(token));
	if (remotes.length === 0) throw new Failure("There is no way to the repository's tags from here: no checkout, no token for the API, no clone with a remote on the host.", {
		code: "no-tag-remote",
		hint: "Run actions/checkout first, or give `token`."
	});
	let last;
	const silent = unreachable.get(environment) ?? new Map();
	unreachable.set(environment, silent);
	for (const [at, remote] of remotes.entries()) {
		if (silent.has(at)) {
			last ??= silent.get(at);
			continue;
		}
		try {
			return await use(remote);
		} catch (error) {
			const trouble = tagTrouble(error);
			if (trouble === void 0 || trouble === "tags-conflict") throw error;
			if (trouble === "tags-unreachable") silent.set(at, error);
			environment.ports.report.detail(`Not by ${remote.place}: ${messageOf(error)}`);
			last ??= error;
		}
	}
	throw last;
}
function markedAfter(ledger, a, b) {
	const position = (commit) => ledger.stable.findLastIndex((one) => one.commit === commit);
	return position(a) > position(b);
}
function takenBack(environment, ledger, commit) {
	const entry = ledger.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
	return new Failure(`${shortCommit(commit)} was confirmed, and is not stable any more${entry === void 0 ? "" : `: ${entry.owner} took it back at ${entry.at}`}. Its tags are not moved.`, {
		code: TAKEN_BACK,
		ways: [statusWay(environment)]
	});
}
function withdrawnAt(ledger, commit) {
	const entry = ledger?.entries.findLast((one) => one.kind === "stable.withdrawn" && one.commit === commit);
	return entry === void 0 ? void 0 : new Date(entry.at);
}
function waitedBefore(ledger, wish) {
	return ledger?.entries.some((entry) => entry.kind === "tags.pending" && entry.commit === wish.commit) === true;
}
function pendingFailure(environment, wish, error, again) {
	const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error
	});
	const commit = shortCommit(wish.commit);
	return new Failure(`${commit} is stable in the journal, and its tags could not be moved: ${failure.message}`, {
		cause: failure,
		hint: failure.hint,
		evidence: failure.evidence,
		code: failure.code,
		outputs: {
			...failure.outputs,
			commit: wish.commit
		},
		exit: 3,
		state: [`deploy: confirmed in the journal; ${commit} is stable and stays`, "tags: not moved; the next command that can will move them"],
		ways: waysToMove(environment, wish.commit, again)
	});
}
function waysToMove(environment, wanted, again) {
	const move = {
		command: nextCommand(environment, "mark-stable", [
			"--commit",
			wanted,
			"--confirm",
			environment.name
		]),
		means: `Moves the stable tags to ${shortCommit(wanted)}.`
	};
	if (!again) return [move];
	return [statusWay(environment), {
		...move,
		means: `Only once what stands in their way is mended: ${move.means}`
	}];
}
// src/deploy/steps/mark.ts
async function confirmDeploy(tx, settings) {
	const { environment } = tx;
	const deploy = await tx.record();
	refuseUnchecked(deploy);
	const before = await tx.state.journal.read();
	const at = environment.ports.clock.now();
	const schema = await liveSchema(environment);
	const raw = settingsOfDeploy(deploy);
	await tx.watchdog.disarm();
	await tx.write({
		kind: "stable.marked",
		commit: deploy.commit,
		...schema && { schema },
		settings: {
			rollout: raw["rollout"] ?? {},
			health: raw["health"] ?? {}
		},
		tag: stableTag(stableName(environment), at)
	});
	await dropWarm(tx);
	await tx.close({
		as: "confirmed",
		why: "marked stable",
		on: deploy.commit
	});
	environment.ports.report.say(`${shortCommit(deploy.commit)} is confirmed: deploy ${deploy.id} is closed and the lock is released.`);
	return await withTags(environment, {
		commit: deploy.commit,
		deploy: deploy.id,
		at,
		...settings
	}, before.stable.at(-1)?.commit);
}
async function mayConfirm(environment, deploy) {
	refuseUnchecked(deploy);
	await refuseOther(environment, deploy.commit, deploy);
}
function refuseUnchecked(deploy) {
	if (gatePassed(deploy)) return;
	const last = deploy.steps.findLast((step) => step.step === "health");
	throw refusal(`Deploy ${deploy.id} cannot be marked stable: ${last === void 0 ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`, {
		code: "not-proven",
		hint: "Run health-check first; it must pass on the version that runs now."
	});
}
async function markCommit(environment, commit, settings, tx) {
	const ledger = environment.state && await environment.state.journal.read();
	const known = ledger?.stable.findLast((one) => one.commit === commit);
	const newest = ledger?.stable.at(-1);
	if (known !== void 0 && newest === known) {
		const deploy = known.deploy ?? `manual-${shortCommit(commit)}`;
		for (const left of ledger?.withdrawn ?? []) await withdrawTags(environment, ledger, {
			commit: left,
			to: commit,
			deploy
		});
		return await withTags(environment, {
			commit,
			deploy,
			at: new Date(known.at),
			...settings
		}, ledger?.stable.at(-2)?.commit);
	}
	const at = environment.ports.clock.now();
	if (tx !== void 0) await noteStable(tx, commit, at, known?.settings ?? {});
	return await withTags(environment, {
		commit,
		deploy: tx === void 0 ? `manual-${shortCommit(commit)}` : `manual-${at.toISOString()}`,
		at,
		...settings
	}, newest?.commit);
}
async function noteStable(tx, commit, at, settings) {
	const ledger = await tx.state.journal.read();
	const schema = (await (await tx.environment.clone())?.current() ?? ledger.on) === commit && !isApart(ledger.apart, commit) ? await liveSchema(tx.environment) : void 0;
	await tx.write({
		kind: "stable.marked",
		commit,
		...schema && { schema },
		settings,
		tag: stableTag(stableName(tx.environment), at)
	});
}
async function withTags(environment, wish, previous) {
	const ledger = environment.state && await environment.state.journal.read();
	const tags = await environment.ports.report.step(`Moving the stable tags to ${shortCommit(wish.commit)}`, async () => await moveTags(environment, wish, ledger, noteTo(environment)), (moved) => moved.moved ? `${moved.stableTag ?? ""} and ${moved.latestTag}` : moved.reason ?? "already there");
	return {
		commit: wish.commit,
		previous: tags.previous ?? previous,
		tags
	};
}
// src/migration/diff.ts
const CONTEXT = 2;
const LIMIT = 40;
function differenceOf(before, after) {
	const [a, b] = [before.trim().split("\n"), after.trim().split("\n")];
	let head = 0;
	while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
	let tail = 0;
	while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
	return shorten([
		...a.slice(0, head).map((line) => `  ${line}`),
		...changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
		...a.slice(a.length - tail).map((line) => `  ${line}`)
	]);
}
function changed(a, b) {
	if (a.length * b.length > 1e6) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
	const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
	const at = (i, j) => lengths[i]?.[j] ?? 0;
	for (let i = a.length - 1; i >= 0; i -= 1) {
		const row = lengths[i];
		for (let j = b.length - 1; j >= 0; j -= 1) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
	}
	const lines = [];
	let [i, j] = [0, 0];
	while (i < a.length || j < b.length) if (i < a.length && j < b.length && a[i] === b[j]) {
		lines.push(`  ${a[i]}`);
		i += 1;
		j += 1;
	} else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
		lines.push(`- ${a[i]}`);
		i += 1;
	} else {
		lines.push(`+ ${b[j]}`);
		j += 1;
	}
	return lines;
}
function shorten(lines) {
	const near = (index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith("  "));
	const shown = [];
	for (const [index, line] of lines.entries()) if (near(index)) shown.push(line);
	else if (shown.length > 0 && shown.at(-1) !== "  …") shown.push("  …");
	if (shown.at(-1) === "  …") shown.pop();
	return shown.length > LIMIT ? [...shown.slice(0, LIMIT), `  … and ${shown.length - LIMIT} more lines`] : shown;
}
// src/migration/compare.ts
function compareWithHistory(migrations, rows) {
	const files = new Map(migrations.map((migration) => [canonicalVersion(migration.version), migration]));
	const history = new Map(rows.map((row) => [canonicalVersion(row.version), row]));
	const applied = rows.filter((row) => row.state === "applied");
	const current = applied.map((row) => row.version).sort(compareMigrationVersions).at(-1);
	const changed = rows.flatMap((row) => {
		const migration = files.get(canonicalVersion(row.version));
		if (migration === void 0 || migration.checksum === row.checksum || continues(migration, row)) return [];
		return [{
			migration,
			row,
			difference: differenceOf(row.upSql, migration.up.sql)
		}];
	});
	const pending = migrations.filter((migration) => history.get(canonicalVersion(migration.version))?.state !== "applied");
	return {
		applied,
		pending,
		changed,
		missing: rows.filter((row) => !files.has(canonicalVersion(row.version))),
		unfinished: rows.filter((row) => row.state !== "applied"),
		outOfOrder: pending.filter((migration) => current !== void 0 && compareMigrationVersions(migration.version, current) < 0),
		current
	};
}
function continues(migration, row) {
	if (row.state === "applied" || row.progress?.direction !== "up" || migration.up.transactional) return false;
	return splitStatements(row.upSql).statements.slice(0, row.progress.done).every((statement, index) => migration.up.statements[index]?.sql === statement.sql);
}
function refuseChanged(comparison) {
	const [first] = comparison.changed;
	if (first === void 0) return;
	const many = comparison.changed.length > 1;
	throw refusal(many ? `${plural(comparison.changed.length, "migration")} changed after being applied: ${comparison.changed.map((one) => one.migration.version).join(", ")}.` : `${first.migration.up.file} changed after it was ${first.row.state === "applied" ? "applied" : "half applied"} (${first.row.startedAt.toISOString()}, by ${first.row.appliedBy}).`, {
		code: "changed-migration",
		hint: "Put the file back as it was applied, and write what is new as a new migration. (To accept a change that alters nothing comes with a later version.)",
		evidence: comparison.changed.flatMap((one) => [
			...many ? [one.migration.up.file] : [],
			`checksum ${one.row.checksum.slice(0, 12)} when applied, ${one.migration.checksum.slice(0, 12)} now`,
			...one.difference
		])
	});
}
function refuseUnfinished(comparison) {
	for (const row of comparison.unfinished) {
		const progress = row.progress;
		const how = progress === void 0 ? "" : ` after statement ${progress.done} of ${progress.of}`;
		if (progress?.direction === "down") throw new Failure(`The DOWN of ${row.version} stopped${how}.`, {
			code: "half-applied",
			hint: "Finish it first: the command `migrate down` with `steps: 1` goes on behind the last statement that is done."
		});
		if (comparison.missing.includes(row)) throw new Failure(`Migration ${row.version} (${row.description}) is half applied${how}, and its file is not here.`, {
			code: "half-applied",
			hint: "Apply from the commit that has the file, or roll back."
		});
	}
}
// src/migration/status.ts
async function migrationStatus(connection, migrations) {
	return compareWithHistory(migrations, await readHistory(connection));
}
function outputsOf(comparison, applied = []) {
	return {
		applied,
		pending: comparison.pending.map((migration) => migration.version),
		current: comparison.current ?? ""
	};
}
function statusBlock(comparison) {
	const changed = new Set(comparison.changed.map((one) => one.row));
	const missing = new Set(comparison.missing);
	const unfinished = new Set(comparison.unfinished.map((row) => row.version));
	const late = new Set(comparison.outOfOrder);
	return {
		kind: "table",
		title: "Migrations",
		head: [
			"version",
			"description",
			"state",
			"started",
			"took",
			"by"
		],
		rows: [...[...comparison.applied, ...comparison.unfinished].map((row) => {
			const marks = [
				row.state === "applied" ? "applied" : half(row),
				...changed.has(row) ? ["the file changed since"] : [],
				...missing.has(row) ? ["no file here"] : []
			];
			return {
				version: row.version,
				cells: [
					row.version,
					row.description,
					marks.join(", "),
					row.startedAt.toISOString(),
					formatDuration(row.durationMs),
					row.appliedBy
				]
			};
		}), ...comparison.pending.filter((migration) => !unfinished.has(migration.version)).map((migration) => ({
			version: migration.version,
			cells: [
				migration.version,
				migration.description,
				late.has(migration) ? "pending, older than what is applied" : "pending",
				"",
				"",
				""
			]
		}))].sort((a, b) => compareMigrationVersions(a.version, b.version)).map((row) => row.cells)
	};
}
function half(row) {
	const { progress } = row;
	if (progress === void 0) return row.state;
	return `${progress.direction === "up" ? "UP" : "DOWN"} ${row.state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
}
// src/migration/apply.ts
const DUMP_WAIT_MS$2 = 18e5;
async function applyMigrations(request) {
	try {
		var _usingCtx$23 = _usingCtx();
		const { database, ports } = request;
		const before = await look$3(request);
		if (selectPending(before, request).length === 0) return outputsOf(before);
		const lock = _usingCtx$23.a(await holdMigrationLock({
			database,
			ports,
			waitMs: request.lockWaitMs
		}));
		const now = await look$3(request);
		const todo = selectPending(now, request);
		if (todo.length === 0) return outputsOf(now);
		for (const migration of now.outOfOrder.filter((one) => todo.includes(one))) ports.report.warning(`${migration.up.file} is older than ${now.current}, which is applied already; it is applied now.`);
		for (const row of now.missing) ports.report.warning(`${row.version} (${row.description}) is applied and has no file here: the database is ahead of this commit.`);
		await waitForDumps(database, {
			clock: ports.clock,
			report: ports.report,
			signal: ports.signal,
			timeoutMs: DUMP_WAIT_MS$2
		});
		const schema = await prepare$1(database);
		const world = {
			database,
			lock,
			ports,
			limits: request.limits
		};
		const applied = [];
		for (const migration of todo) try {
			stopIfCancelled(ports.signal);
			await lock.confirm();
			const started = ports.clock.now().getTime();
			await applyOne(migration, {
				request,
				world,
				schema,
				row: now.unfinished.find((row) => sameMigrationVersion(row.version, migration.version))
			});
			ports.report.say(`Applied ${migration.up.file} in ${formatDuration(ports.clock.now().getTime() - started)}`);
			applied.push(migration.version);
		} catch (error) {
			throw withOutcome(error, {
				now,
				applied,
				migration,
				migrations: request.migrations
			});
		}
		return {
			applied,
			pending: now.pending.filter((migration) => !todo.includes(migration)).map((migration) => migration.version),
			current: newest([...applied, now.current ?? ""])
		};
	} catch (_) {
		_usingCtx$23.e = _;
	} finally {
		await _usingCtx$23.d();
	}
}
async function look$3(request) {
	try {
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await request.database.connect("migrate look", { signal: request.ports.signal }));
		const comparison = compareWithHistory(request.migrations, await readHistory(connection));
		refuseChanged(comparison);
		refuseUnfinished(comparison);
		return comparison;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function selectPending(comparison, wanted) {
	const { to, steps } = wanted;
	if (to !== void 0 && !wanted.migrations.some((migration) => sameMigrationVersion(migration.version, to))) throw refusal(`There is no migration with version ${to}.`, {
		code: "migration-unknown",
		hint: `\`to\` is one of ${wanted.migrations.map((migration) => migration.version).slice(-10).join(", ") || "none: the folder is empty"}`
	});
	const bounded = comparison.pending.filter((migration) => to === void 0 || compareMigrationVersions(migration.version, to) <= 0);
	return steps === void 0 ? bounded : bounded.slice(0, steps);
}
async function prepare$1(database) {
	try {
		var _usingCtx4 = _usingCtx();
		return await createHistory(_usingCtx4.a(await database.connect("migrate look")));
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
async function applyOne(migration, { request, world, schema, row }) {
	if (!migration.up.transactional) {
		await runByStatement(migration.up, world, upBookmark(migration, {
			request,
			schema,
			row
		}));
		return;
	}
	await runInTransaction(migration.up, world, {
		record: async (connection) => await insertRow(connection, schema, migration, {
			...applier(request),
			state: "applied"
		}),
		isRecorded: async (connection) => (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [migration.version])).length > 0
	});
}
function applier(request) {
	return {
		appliedBy: request.appliedBy,
		deployId: request.deployId
	};
}
function upBookmark(migration, { request, schema, row }) {
	let written = false;
	return {
		from: row?.progress,
		direction: "up",
		save: async (connection, progress) => {
			if (!written) {
				if (row !== void 0) await replaceText(connection, schema, migration, row.version);
				else await insertRow(connection, schema, migration, {
					...applier(request),
					state: "running",
					progress
				});
				written = true;
			}
			await updateProgress(connection, schema, migration.version, "running", progress);
		},
		finish: async (connection) => {
			if (!written && row !== void 0) await replaceText(connection, schema, migration, row.version);
			await updateProgress(connection, schema, migration.version, "applied", void 0);
		},
		fail: async (connection, progress, untouched) => await noteFailure(connection, schema, migration.version, progress, untouched ? "gone" : "failed")
	};
}
function withOutcome(error, run) {
	if (!(error instanceof Failure)) return error;
	const pending = run.now.pending.map((migration) => migration.version).filter((version) => !run.applied.includes(version));
	const earlier = run.applied.length === 0 ? "Nothing was applied" : `${plural(run.applied.length, "migration")} of this run ${run.applied.length === 1 ? "is" : "are"} applied and stay: ${run.applied.join(", ")}`;
	return error.with({
		outputs: {
			...error.outputs,
			applied: run.applied,
			pending,
			current: newest([...run.applied, run.now.current ?? ""])
		},
		state: [
			...error.state,
			...run.migration.up.transactional && error.code !== "outcome-unknown" ? [`${run.migration.up.file}: rolled back, nothing of it is in the database`] : [],
			earlier
		]
	});
}
function newest(versions) {
	return versions.filter((version) => version !== "").toSorted(compareMigrationVersions).at(-1) ?? "";
}
// src/migration/limits.ts
function limitsOf(settings) {
	return {
		lockTimeoutMs: settings["lock-timeout"],
		statementTimeoutMs: settings["statement-timeout"]
	};
}
// src/migration/decode.ts
function decodeSql(bytes) {
	if (bytes[0] === 255 && bytes[1] === 254 || bytes[0] === 254 && bytes[1] === 255) return { problem: { message: "is UTF-16: save it as UTF-8" } };
	if (!isUtf8(bytes)) return { problem: {
		line: firstBadLine(bytes),
		message: "is not UTF-8: save it as UTF-8"
	} };
	const zero = bytes.indexOf(0);
	if (zero !== -1) return { problem: {
		line: countLines(bytes.subarray(0, zero)),
		message: "contains a zero byte, which PostgreSQL cannot take"
	} };
	return { text: new TextDecoder("utf-8").decode(bytes).replaceAll("\r\n", "\n") };
}
function firstBadLine(bytes) {
	let line = 1;
	let start = 0;
	for (let end = bytes.indexOf(10); end !== -1 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
		line += 1;
		start = end + 1;
	}
	return line;
}
function countLines(bytes) {
	return bytes.reduce((lines, byte) => byte === 10 ? lines + 1 : lines, 1);
}
// src/migration/name.ts
const NAME_FORM = "`YYYYMMDDHHMM__description.sql` or `NNN_description.sql` (or the same in two files, `….up.sql` and `….down.sql`)";
function readFileName(name) {
	if (name.startsWith(".") || !/\.sql$/i.test(name)) return { kind: "other" };
	if (/\p{Cc}/u.test(name)) return {
		kind: "misnamed",
		message: "its name contains a control character or a line break"
	};
	const [, version, words, direction] = /^(\d+)__?(?!_)(.+?)(?:\.(up|down))?\.sql$/iu.exec(name) ?? [];
	if (version === void 0 || words === void 0 || words.trim() === "") return {
		kind: "misnamed",
		message: `its name is not ${NAME_FORM}`
	};
	return {
		kind: "migration",
		version,
		description: words.replaceAll("_", " ").trim().normalize("NFC"),
		direction: direction === void 0 ? "both" : direction.toLowerCase() === "up" ? "up" : "down"
	};
}
// src/migration/assemble.ts
function assembleMigrations(files) {
	const problems = [];
	const parts = files.flatMap((file) => readPart(file, problems) ?? []);
	const migrations = [];
	for (const group of Map.groupBy(parts, (part) => canonicalVersion(part.version)).values()) {
		const migration = join$2(group, problems);
		if (migration !== void 0) migrations.push(migration);
	}
	const order = new Map(files.map((file, index) => [file.path, index]));
	return {
		migrations: migrations.sort((a, b) => compareMigrationVersions(a.version, b.version)),
		problems: problems.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0))
	};
}
function readPart(file, problems) {
	const name = readFileName(file.name);
	if (name.kind === "other") return void 0;
	if (name.kind === "misnamed") {
		problems.push({
			file: file.path,
			message: name.message,
			hint: NAMED_AND_MARKED
		});
		return;
	}
	const decoded = decodeSql(file.bytes);
	if ("problem" in decoded) {
		problems.push({
			file: file.path,
			...decoded.problem
		});
		return;
	}
	const sections = readSections(decoded.text, name.direction);
	problems.push(...sections.problems.map((problem) => ({
		file: file.path,
		...problem
	})));
	return {
		version: name.version,
		description: name.description,
		path: file.path,
		sections
	};
}
const EMPTY_UP = "Write what the migration does into its UP (comments alone do nothing). One that is not written yet belongs on no branch that is deployed.";
function join$2(group, problems) {
	const ups = group.filter((part) => part.sections.up !== void 0 || part.sections.down === void 0);
	const downs = group.filter((part) => !ups.includes(part));
	const [first, ...others] = ups;
	if (first === void 0) {
		const unsaid = downs.filter((part) => part.sections.problems.length === 0);
		for (const part of unsaid) problems.push({
			file: part.path,
			message: `there is no UP for version ${part.version}`,
			hint: NAMED_AND_MARKED
		});
		return;
	}
	for (const other of others) problems.push({
		file: other.path,
		message: `version ${other.version} is already ${first.path}: give one of them another version`
	});
	const [withDown, ...furtherDowns] = [...first.sections.down === void 0 ? [] : [first], ...downs];
	for (const other of furtherDowns) problems.push({
		file: other.path,
		message: `the DOWN of version ${other.version} is already in ${withDown?.path}`
	});
	if (first.sections.up === void 0) return void 0;
	const up = script(first.path, first.sections.up, problems);
	const unread = problems.some((problem) => problem.file === first.path);
	if (up.statements.length === 0 && !unread) problems.push({
		file: first.path,
		line: first.sections.up.firstLine,
		message: "its UP is empty: no statement stands in it",
		hint: EMPTY_UP
	});
	return {
		version: first.version,
		description: first.description,
		up,
		down: downOf(withDown ?? first, problems),
		checksum: checksumOf(up.sql)
	};
}
function downOf(part, problems) {
	const section = part.sections.down;
	const given = section === void 0 ? void 0 : script(part.path, section, problems);
	const mark = part.sections.irreversible;
	if (mark !== void 0) {
		const statement = given?.statements[0];
		if (given !== void 0 && statement !== void 0) problems.push({
			file: given.file,
			line: statement.line,
			message: "is marked `-- irreversible` and yet has a DOWN"
		});
		return {
			state: "irreversible",
			reason: mark.reason
		};
	}
	return given === void 0 || given.statements.length === 0 ? { state: "missing" } : {
		state: "given",
		script: given
	};
}
function script(file, section, problems) {
	const { statements, problem } = splitStatements(section.sql, section.firstLine);
	if (problem !== void 0) problems.push({
		file,
		...problem
	});
	for (const statement of statements) {
		const message = statementProblem(statement, section.transactional);
		if (message !== void 0) problems.push({
			file,
			line: statement.line,
			message
		});
	}
	return {
		file,
		sql: section.sql,
		statements,
		transactional: section.transactional
	};
}
// src/migration/load.ts
async function loadMigrations(source) {
	const files = "clone" in source ? await readFromClone(source) : await readFromFolder(source);
	if (files.length === 0) await refuseNested(source);
	const { migrations, problems } = assembleMigrations(files);
	refuseMigrationProblems(problems);
	return migrations;
}
const READ_FOLDER = `
cd -- "$1" 2>/dev/null || exit 66
LC_ALL=C; export LC_ALL
set --
for file in ./*.[sS][qQ][lL]; do
  # A link that leads nowhere is an error below, and not left out.
  if [ -f "$file" ] || { [ -L "$file" ] && [ ! -e "$file" ]; }; then set -- "$@" "$file"; fi
done
printf '%s\\n' "$#"
[ "$#" -gt 0 ] || exit 0
for file in "$@"; do wc -c < "$file" || exit 65; done
printf '%s\\000' "$@"
cat -- "$@" || exit 65
`;
async function readFromFolder(source) {
	const { machine, directory } = source;
	const shown = source.shown ?? directory;
	const { finished, output } = await capture(machine, { words: [
		"sh",
		"-c",
		READ_FOLDER,
		"sh",
		directory
	] });
	if (finished.code === 66) throw await missingFolder(machine, directory, shown);
	if (finished.code !== 0) throw new Failure(`Reading the migrations in ${shown} failed (${ending(finished)}).`, {
		code: "migrations-unread",
		evidence: lastLines(finished)
	});
	let at = 0;
	const until = (byte) => {
		const end = output.indexOf(byte, at);
		if (end === -1) throw new Failure(`Reading the migrations in ${shown} ended early.`, { code: "migrations-unread" });
		const text = output.toString("utf8", at, end);
		at = end + 1;
		return text;
	};
	const count = Number(until(10));
	const sizes = Array.from({ length: count }, () => Number(until(10).trim()));
	const files = sizes.map(() => until(0).slice(2)).map((name, index) => {
		const size = sizes[index] ?? 0;
		at += size;
		return {
			name,
			path: posix.join(shown, name),
			bytes: output.subarray(at - size, at)
		};
	});
	if (at !== output.length) throw new Failure(`The migrations in ${shown} changed while they were read.`, {
		code: "migrations-unread",
		hint: "Run it again."
	});
	return files;
}
const LOOK_NEARBY = `
base=$1
while [ ! -d "$base" ] && [ "$base" != / ] && [ -n "$base" ]; do base=$(dirname -- "$base"); done
cd -- "$base" || exit 1
for folder in */ */*/ */*/*/; do
  case "$folder" in node_modules/*|vendor/*|*'*'*) continue ;; esac
  for file in "$folder"*.[sS][qQ][lL]; do
    if [ -f "$file" ]; then printf '%s\\n' "$folder"; break; fi
  done
  case "$folder" in */migrations/|migrations/|*/migrate/) printf '%s\\n' "$folder" ;; esac
done | sort -u | head -n 10
`;
async function missingFolder(machine, directory, shown) {
	return missing(shown, machine.name, await foldersNear(machine, directory));
}
async function foldersNear(machine, directory) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			LOOK_NEARBY,
			"sh",
			directory
		],
		repeatable: true
	});
	return stdout.split("\n").filter((line) => line !== "").map((folder) => folder.replace(/\/$/, ""));
}
async function refuseNested(source) {
	const folders = "clone" in source ? (await foldersInCommit(source)).filter((folder) => source.directory === "." || folder.startsWith(`${source.directory.replace(/\/+$/, "")}/`)) : await foldersNear(source.machine, source.directory);
	if (folders.length === 0) return;
	throw refusal(`${("shown" in source ? source.shown : void 0) ?? source.directory} holds no migration files itself; there is SQL in ${folders.slice(0, 3).join(", ")}.`, {
		code: "no-directory",
		hint: "Set `directory` of migrate to the folder with the files; for another tool's layout let that tool migrate (`run: npx prisma migrate deploy`)."
	});
}
function missing(shown, where, nearby) {
	const prisma = nearby.find((folder) => /(?:^|\/)prisma\/migrations/.test(folder));
	return refusal(`There is no folder ${shown} on ${where}.`, {
		code: "no-directory",
		hint: prisma !== void 0 ? "These look like Prisma's migrations: set `run: npx prisma migrate deploy`." : nearby.length > 0 ? `Set \`directory\` of migrate; there is ${nearby.join(", ")}.` : "Set `directory` of migrate to the folder of the migration files, or make the first one with the command `migrate new`."
	});
}
async function readFromClone(source) {
	const { machine, clone, commit } = source;
	const directory = posix.normalize(source.directory).replace(/\/+$/, "");
	const listed = await capture(machine, { words: [
		"git",
		"-C",
		clone,
		"ls-tree",
		"-z",
		directory === "." ? `${commit}^{tree}` : `${commit}:${directory}`
	] });
	if (listed.finished.code !== 0) throw await missingInClone(source, directory, listed.finished);
	const entries = listed.output.toString("utf8").split("\0").flatMap((line) => {
		const [, mode = "", object, name] = /^(1[02]0\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
		return object !== void 0 && name !== void 0 && /\.sql$/i.test(name) ? [{
			link: mode.startsWith("12"),
			object,
			name
		}] : [];
	});
	refuseMigrationProblems(entries.filter(({ link, name }) => link && !name.startsWith(".")).map(({ name }) => ({
		file: posix.join(directory, name),
		message: "is a symbolic link: commit the file itself in its place"
	})));
	if (entries.length === 0) return [];
	const read = await capture(machine, {
		words: [
			"git",
			"-C",
			clone,
			"cat-file",
			"--batch"
		],
		stdin: `${entries.map((entry) => entry.object).join("\n")}\n`
	});
	if (read.finished.code !== 0) throw new Failure(`Reading the migrations of ${commit} failed (${ending(read.finished)}).`, {
		code: "migrations-unread",
		evidence: lastLines(read.finished)
	});
	let at = 0;
	return entries.map(({ name }) => {
		const end = read.output.indexOf(10, at);
		const size = Number(/ blob (\d+)$/.exec(read.output.toString("utf8", at, end))?.[1]);
		if (end === -1 || !Number.isSafeInteger(size)) throw new Failure(`${clone} on ${machine.name} lacks the content of ${directory}/${name}.`, {
			code: "migrations-unread",
			hint: "Fetch the commit whole: the clone must not be partial."
		});
		at = end + 1 + size + 1;
		return {
			name,
			path: posix.join(directory, name),
			bytes: read.output.subarray(end + 1, end + 1 + size)
		};
	});
}
async function missingInClone(source, directory, finished) {
	const { machine, clone, commit } = source;
	if ((await machine.run({
		words: [
			"git",
			"-C",
			clone,
			"cat-file",
			"-e",
			`${commit}^{commit}`
		],
		repeatable: true
	})).code !== 0) return new Failure(`Commit ${commit} is not in ${clone} on ${machine.name}.`, {
		code: "unknown-commit",
		evidence: lastLines(finished)
	});
	return missing(`${directory} in commit ${commit.slice(0, 7)}`, machine.name, (await foldersInCommit(source)).slice(0, 10));
}
async function foldersInCommit({ machine, clone, commit }) {
	const files = await machine.run({
		words: [
			"git",
			"-C",
			clone,
			"ls-tree",
			"-r",
			"-z",
			"--name-only",
			commit
		],
		whole: true,
		repeatable: true
	});
	return [...new Set(files.stdout.split("\0").filter((path) => /\.sql$/i.test(path)).map((path) => posix.dirname(path)))];
}
async function capture(machine, command) {
	const chunks = [];
	const stdout = new Writable({ write(chunk, _encoding, done) {
		chunks.push(chunk);
		done();
	} });
	return {
		finished: await machine.run({
			...command,
			stdout
		}),
		output: Buffer.concat(chunks)
	};
}
// src/migration/run.ts
const EVIDENCE_LINES = 20;
async function runMigrationCommand(request) {
	const { report } = request;
	const before = await request.histories();
	const secrets = Object.values(request.env).filter((value) => typeof value !== "string").map(reveal);
	for (const value of Object.values(request.env)) if (typeof value !== "string") report.mask(value);
	const finished = await request.machine.run({
		words: [
			"sh",
			"-c",
			request.command
		],
		cwd: request.cwd,
		env: request.env,
		noteIn: request.noteIn,
		signal: request.signal,
		onLine: (line) => report.detail(masked(line, secrets))
	});
	const after = await request.histories();
	const { onlySecond, changed } = compareHistories(before, after);
	const unfinished = after.flatMap((table) => table.entries.filter((entry) => entry.state === "failed").map((entry) => `${table.table}: ${entry.version} (${table.tool})`));
	const applied = [...onlySecond, ...changed];
	const outputs = {
		applied,
		pending: [],
		current: currentOf(after)
	};
	const evidence = tellingLines(outputLines(finished), EVIDENCE_LINES).map((line) => masked(line, secrets));
	if (finished.code !== 0) throw new Failure(`The migration command failed (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${request.command}`, {
		code: "migrate-command-failed",
		outputs,
		evidence,
		hint: unfinished.length > 0 ? `Its history has an unfinished migration: ${unfinished.join(", ")}.` : "The lines above are the command's own.",
		state: [applied.length === 0 ? "Its history table says that nothing was applied" : `Its history table says that was applied: ${applied.join(", ")}`]
	});
	if (unfinished.length > 0) throw new Failure(`The migration command ended with 0, but left ${plural(unfinished.length, "migration")} unfinished: ${unfinished.join(", ")}.`, {
		code: "migrate-command-failed",
		outputs,
		evidence
	});
	return {
		...outputs,
		seen: after.length > 0,
		after
	};
}
function currentOf(histories) {
	return histories.flatMap((table) => table.entries.findLast((entry) => entry.state === "applied")?.version ?? []).at(-1) ?? "";
}
const SHORTEST = 3;
function masked(line, secrets) {
	return [...new Set(secrets.flatMap((secret) => [
		secret,
		encodeURIComponent(secret),
		...passwordsOf(secret)
	]).filter((form) => form.length >= SHORTEST))].sort((a, b) => b.length - a.length).reduce((text, form) => text.replaceAll(form, "***"), line);
}
function passwordsOf(secret) {
	if (!URL.canParse(secret)) return [];
	const { username, password, hostname, pathname } = new URL(secret);
	return [
		username,
		hostname,
		pathname.slice(1)
	].includes(password) ? [] : [password, decodedOr(password)];
}
function decodedOr(text) {
	try {
		return decodeURIComponent(text);
	} catch (error) {
		if (error instanceof URIError) return text;
		throw error;
	}
}
// src/migration/tool-url.ts
const BY_LIBPQ = /(?:^|[\s;&|("'/=])(?:psql|pg_\w+|createdb|dropdb|vacuumdb|sqitch|diesel|alembic|flask|manage\.py|django-admin|pgloader)(?=$|[\s;&|)"'])/;
const PRISMA = /(?:^|[^a-z0-9])prisma(?=$|[^a-z0-9])/i;
function besideLibpq(command, { schema, schemaInUrl, toolsOwn }) {
	const prisma = PRISMA.test(command);
	if (BY_LIBPQ.test(command) && !prisma) return {};
	return {
		schema: prisma || schemaInUrl === true ? schema : void 0,
		toolsOwn
	};
}
// src/postgres/connection-url.ts
function connectionUrl(target, { schema, toolsOwn = {} } = {}) {
	const options = serverOptions(target);
	const parameters = {
		...target.options,
		options,
		sslmode: target.sslmode === "prefer" ? void 0 : target.sslmode,
		host: target.socket,
		schema,
		...toolsOwn
	};
	const query = Object.entries(parameters).flatMap(([name, value]) => value === void 0 ? [] : [`${name}=${encodeURIComponent(value)}`]);
	const password = target.password === void 0 ? "" : `:${encodeURIComponent(target.password.reveal())}`;
	const host = target.host.includes(":") ? `[${target.host}]` : encodeURIComponent(target.host);
	return new Secret(`postgresql://${encodeURIComponent(target.user)}${password}@${host}:${target.port}/${encodeURIComponent(target.database)}${query.length === 0 ? "" : `?${query.join("&")}`}`);
}
// src/deploy/environment/migration-source.ts
async function migrationSource(environment, commit, directory) {
	const { here, cwd } = environment.ports;
	const folder = {
		machine: here,
		directory: `${cwd}/${directory}`,
		shown: directory
	};
	const checkout = await checkoutOf$1(environment);
	if (commit === void 0) return folder;
	const head = await checkout?.head();
	if (head === commit) return folder;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return {
		machine: environment.machine,
		clone: clone.directory,
		commit,
		directory
	};
	if (checkout === void 0 && await exists(here, folder.directory)) return folder;
	throw refusal(head === void 0 ? `The migration files of ${shortCommit(commit)} are not here: this is no checkout, and the host's clone does not have that commit.` : `The checkout is at ${shortCommit(head)}, and this deploy is of ${shortCommit(commit)}; its migration files are somewhere else.`, {
		code: "no-checkout",
		hint: "Check out the commit that is deployed, or run `rollout` with `phase: prepare` first: it fetches the commit to the host."
	});
}
async function refuseUncommitted(environment, commit, directory) {
	const checkout = await checkoutOf$1(environment);
	if (checkout === void 0 || await checkout.current() !== commit) return;
	const words = [
		"status",
		"--porcelain",
		"-z",
		"--no-renames",
		"--untracked-files=all",
		"--",
		directory
	];
	const files = (await checkout.git.say(words, "looking at the migrations")).split("\0").map((field) => field.slice(3)).filter((path) => /\.sql$/i.test(path));
	const [first] = files;
	if (first === void 0) return;
	const message = `${first}${files.length > 1 ? ` and ${plural(files.length - 1, "other file")}` : ""} in the checkout is not as ${shortCommit(commit)} has it.`;
	if (!environment.owner.terminal) return environment.ports.report.warning(message);
	throw refusal(message, {
		hint: "Commit it, and deploy that commit; or take it out of the folder.",
		evidence: files,
		code: "uncommitted-migrations"
	});
}
// src/deploy/steps/migrate.ts
const DUMP_WAIT_MS$1 = 18e5;
async function migrateInStep(tx, settings, raw, commit) {
	const { environment } = tx;
	const deploy = tx.deploy === void 0 ? void 0 : await tx.record();
	if (deploy !== void 0) refuseOldSavepoint(environment, deploy);
	const env = commandEnvironment(environment, {
		commit: commit ?? "",
		previous: deploy?.from,
		id: deploy?.id
	});
	return await tx.step("migrate", {
		title: titleOf(environment, settings),
		intent: {
			command: settings.command,
			run: settings.run
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		const outputs = await migrateDatabase(environment, {
			settings,
			commit,
			deploy,
			noteIn: tx.note(),
			signal
		});
		await runHooks(environment, "after-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: outputs,
			result: {
				applied: outputs.applied,
				current: outputs.current
			},
			headline: describeMigrated(outputs)
		};
	});
}
async function migrateDatabase(environment, work) {
	const { settings, signal } = work;
	const database = await databaseOf$1(environment);
	const ports = {
		...environment.ports,
		signal
	};
	if (settings.run !== void 0) return await runTool(environment, settings.run, work);
	if (settings.command === "down") return await downMigrations({
		database,
		target: settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to },
		limits: limitsOf(settings),
		ports
	});
	const source = await migrationSource(environment, work.commit, settings.directory);
	if (work.deploy !== void 0 && !("clone" in source)) await refuseUncommitted(environment, work.deploy.commit, settings.directory);
	return await applyMigrations({
		database,
		migrations: await loadMigrations(source),
		limits: limitsOf(settings),
		ports,
		to: settings.to,
		steps: settings.steps,
		appliedBy: environment.owner.id,
		deployId: work.deploy?.id
	});
}
async function runTool(environment, command, work) {
	const database = await databaseOf$1(environment);
	const { shared, ports } = environment;
	const fromHere = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here;
	const appDir = shared["app-dir"];
	const inCheckout = await checkoutOf$1(environment) !== void 0 && fromHere;
	const machine = inCheckout ? ports.here : environment.machine;
	const cwd = inCheckout || appDir === void 0 ? ports.cwd : await resolvePath(machine, appDir);
	if (!await exists(machine, cwd)) throw refusal(`\`run\` has no folder to run in: ${cwd} does not exist on ${machine.name}.`, { code: "no-folder" });
	const target = await outsideTarget(database);
	if (target === void 0) ports.report.warning("The database's container cannot be reached from outside, so `run` gets no DATABASE_URL.");
	const env = {
		...commandEnvironment(environment, {
			commit: work.commit ?? "",
			previous: work.deploy?.from,
			id: work.deploy?.id
		}),
		...target === void 0 ? {} : { DATABASE_URL: connectionUrl(target, besideLibpq(command, target)) },
		PGAPPNAME: database.applicationName("migrate tool")
	};
	await warnAbsentTables(environment);
	await waitForDumps(database, {
		clock: ports.clock,
		report: ports.report,
		signal: work.signal,
		timeoutMs: DUMP_WAIT_MS$1
	});
	await environment.held.confirm();
	const result = await runMigrationCommand({
		machine,
		cwd,
		command,
		env,
		noteIn: work.noteIn,
		signal: work.signal,
		report: ports.report,
		histories: async () => {
			try {
				var _usingCtx$22 = _usingCtx();
				return await readHistories(_usingCtx$22.a(await database.connect("look")), shared["history-tables"] ?? []);
			} catch (_) {
				_usingCtx$22.e = _;
			} finally {
				await _usingCtx$22.d();
			}
		}
	});
	if (!result.seen) ports.report.warning("No migration history that is known was found: a rollback will see schema changes, but not data-only migrations. Name the tool's table in `history-tables`.");
	return result;
}
async function warnAbsentTables(environment) {
	try {
		var _usingCtx3 = _usingCtx();
		const tables = environment.shared["history-tables"] ?? [];
		if (tables.length === 0) return;
		const database = await databaseOf$1(environment);
		const absent = await absentTables(_usingCtx3.a(await database.connect("look")), tables);
		if (absent.length > 0) environment.ports.report.warning(`\`history-tables\` names ${absent.join(", ")}, which ${absent.length === 1 ? "is" : "are"} not in the database (yet).`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function refuseOldSavepoint(environment, deploy) {
	const backup = deploy.steps.findLast((step) => step.step === "backup" && step.state === "done");
	if (backup?.endedAt === void 0) return;
	const age = environment.ports.clock.now().getTime() - Date.parse(backup.endedAt);
	const limit = environment.shared["max-savepoint-age"];
	if (age <= limit) return;
	throw refusal(`This deploy's savepoint is ${formatDuration(age)} old; at most ${formatDuration(limit)} is allowed.`, {
		hint: changedSomething(deploy) ? "What was written since would be lost on the way back. Roll back and deploy again, or raise `max-savepoint-age`." : "Back up again (run `backup` once more in this deploy), or raise `max-savepoint-age`.",
		code: "savepoint-too-old"
	});
}
function describeMigrated(outputs) {
	if (outputs.reverted !== void 0) {
		const now = outputs.current === "" ? "none is applied now" : `now at ${outputs.current}`;
		return outputs.reverted.length === 0 ? `nothing to take back, ${now}` : `${plural(outputs.reverted.length, "migration")} taken back (${outputs.reverted.join(", ")}), ${now}`;
	}
	if (outputs.applied.length === 0) return outputs.current === "" ? "nothing to apply" : `nothing to apply, at ${outputs.current}`;
	const named = outputs.applied.length <= 5 ? ` (${outputs.applied.join(", ")})` : "";
	return `${plural(outputs.applied.length, "migration")} applied${named}, now at ${outputs.current}`;
}
function titleOf(environment, settings) {
	if (settings.run !== void 0) return `Migrating ${environment.title} with its own tool`;
	return settings.command === "down" ? `Taking migrations of ${environment.title} back` : `Migrating ${environment.title}`;
}
async function hasMigrations(environment, settings, commit) {
	if (settings.run !== void 0 || environment.settings.text("migrate", "directory") !== void 0) return true;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return await clone.listFiles(commit, settings.directory) !== void 0;
	return await exists(environment.ports.here, `${environment.ports.cwd}/${settings.directory}`);
}
// src/backup/prune.ts
async function applyRetention(store, plan, { owner, openDeploys, report }) {
	const deleted = [];
	const problems = [];
	for (const { manifest, reason } of plan.remove) {
		if (!belongsTo(manifest, owner)) continue;
		try {
			await store.delete(manifest);
			deleted.push(manifest.id);
			report.detail(`deleted ${manifest.file}: ${reason}`);
		} catch (error) {
			problems.push(`${manifest.file}: ${messageOf(error)}`);
		}
	}
	for (const { file, problem, manifest, dumpMissing } of (await store.all()).broken) {
		if (dumpMissing !== true || manifest === void 0 || !belongsTo(manifest, owner)) continue;
		if (manifest.deploy !== void 0 && openDeploys.includes(manifest.deploy)) continue;
		await remove$1(store.machine, posix.join(store.directory, file));
		report.detail(`deleted ${file}: ${problem}`);
	}
	for (const note of plan.notes) report.warning(note);
	if (problems.length > 0) throw new Failure("Not every backup that should go could be deleted.", {
		code: "not-pruned",
		evidence: problems,
		hint: `Check who owns the files in ${store.directory} on ${store.machine.name}.`,
		outputs: { deleted }
	});
	return deleted;
}
// src/backup/calendar.ts
const DAY_MS$2 = 864e5;
function calendarDay(time) {
	return Math.floor(time.getTime() / DAY_MS$2);
}
function isoWeek(time) {
	return Math.floor((calendarDay(time) + 3) / 7);
}
function calendarMonth(time) {
	return time.getUTCFullYear() * 12 + time.getUTCMonth();
}
// src/backup/retention.ts
function planRetention(manifests, rules, context) {
	const keep = [];
	const remove = [];
	const notes = [];
	for (const database of groupsOf(manifests, databaseKey)) {
		const verdicts = groupsOf(database, (manifest) => manifest.purpose).flatMap((group) => judgeGroup(group, rules, context, notes));
		fitTotalSize(verdicts, rules.maxTotalSize, notes);
		for (const verdict of verdicts) if (verdict.removal === void 0) keep.push({
			manifest: verdict.manifest,
			reasons: [...verdict.protectedBy, ...verdict.keptBy]
		});
		else remove.push({
			manifest: verdict.manifest,
			reason: verdict.removal
		});
	}
	keep.sort((a, b) => newestFirst(a.manifest, b.manifest));
	remove.sort((a, b) => newestFirst(b.manifest, a.manifest));
	return {
		keep,
		remove,
		notes
	};
}
const DAY_MS$1 = 864e5;
function judgeGroup(group, rules, context, notes) {
	const sorted = group.toSorted(newestFirst);
	const times = earliestTimes(sorted.map(({ startedAt }) => new Date(startedAt)).reverse(), context.now).toReversed();
	const verdicts = sorted.map((manifest, index) => ({
		manifest,
		time: times[index] ?? new Date(manifest.startedAt),
		protectedBy: [],
		keptBy: [],
		removal: void 0
	}));
	for (const verdict of verdicts) judgeOpenAndAge(verdict, rules, context);
	noteLostLast(verdicts, notes);
	const ahead = verdicts.filter(({ time }) => isAhead(time, context.now));
	noteAhead(ahead, notes);
	const young = verdicts.filter((verdict) => verdict.removal === void 0 && !ahead.includes(verdict));
	const first = verdicts[0];
	if (context.purpose !== void 0 && first !== void 0 && first.manifest.purpose !== context.purpose) {
		for (const verdict of young) verdict.protectedBy.push(`${verdict.manifest.purpose}: left to its own rules`);
		return verdicts;
	}
	for (const { manifest, protectedBy } of young) if (context.neededByStable.some((id) => id === manifest.id || id === manifest.deploy)) protectedBy.push("needed by latest-stable");
	const minKeep = Math.max(1, rules.minKeep);
	for (const verdict of young.slice(0, minKeep)) verdict.protectedBy.push(`among the newest ${minKeep} (min-keep)`);
	for (const verdict of young.slice(0, rules.keepLast)) verdict.keptBy.push(`among the last ${rules.keepLast} (keep-last)`);
	keepLastOfEach(young, {
		period: calendarDay,
		count: rules.keepDaily,
		word: "day",
		rule: "keep-daily"
	}, context.now);
	keepLastOfEach(young, {
		period: isoWeek,
		count: rules.keepWeekly,
		word: "week",
		rule: "keep-weekly"
	}, context.now);
	keepLastOfEach(young, {
		period: calendarMonth,
		count: rules.keepMonthly,
		word: "month",
		rule: "keep-monthly"
	}, context.now);
	for (const verdict of young) if (verdict.protectedBy.length + verdict.keptBy.length === 0) verdict.removal = "held by no rule";
	return verdicts;
}
function judgeOpenAndAge(verdict, rules, context) {
	const { manifest } = verdict;
	if (manifest.deploy !== void 0 && context.openDeploys.includes(manifest.deploy)) {
		verdict.protectedBy.push(`deploy ${manifest.deploy} is open`);
		return;
	}
	if (context.ofThisRun.some((id) => id === manifest.id || id === manifest.deploy)) {
		verdict.protectedBy.push("made by this run");
		return;
	}
	const ageMs = context.now.getTime() - verdict.time.getTime();
	if (rules.maxAgeDays !== void 0 && ageMs > rules.maxAgeDays * DAY_MS$1) verdict.removal = `older than ${plural(rules.maxAgeDays, "day")} (max-age-days)`;
}
function noteAhead(ahead, notes) {
	if (ahead.length === 0) return;
	for (const verdict of ahead) verdict.protectedBy.push("dated in the future");
	notes.push(`Dated in the future: ${ahead.map(({ manifest }) => manifest.id).join(", ")}. A clock ran ahead when they were made, or is behind now; they are kept, and take no place in the keep rules.`);
}
function noteLostLast(verdicts, notes) {
	const newest = verdicts[0];
	if (newest === void 0 || verdicts.some((verdict) => verdict.removal === void 0)) return;
	const { purpose, database, id } = newest.manifest;
	notes.push(`max-age-days takes the last ${purpose} backup of ${database.name} (${id}): none is left`);
}
function keepLastOfEach(verdicts, rule, now) {
	const seen = new Set();
	const current = rule.period(now);
	for (const { time, keptBy } of verdicts) {
		const period = rule.period(time);
		if (current - period >= rule.count || seen.has(period)) continue;
		seen.add(period);
		if (rule.count > 0) keptBy.push(`last of its ${rule.word} (${rule.rule} ${rule.count})`);
	}
}
function fitTotalSize(verdicts, maxTotalSize, notes) {
	if (maxTotalSize === void 0) return;
	const staying = verdicts.filter((verdict) => verdict.removal === void 0).toSorted((a, b) => newestFirst(b.manifest, a.manifest));
	let total = staying.reduce((sum, { manifest }) => sum + manifest.sizeBytes, 0);
	for (const verdict of staying) {
		if (total <= maxTotalSize) return;
		if (verdict.protectedBy.length > 0) continue;
		verdict.removal = `the oldest beyond ${formatSize(maxTotalSize)} (max-total-size)`;
		total -= verdict.manifest.sizeBytes;
	}
	if (total > maxTotalSize) {
		const name = staying[0]?.manifest.database.name ?? "the database";
		notes.push(`max-total-size ${formatSize(maxTotalSize)} cannot be met for ${name}: ${formatSize(total)} are protected`);
	}
}
function databaseKey({ app, environment, database }) {
	return JSON.stringify([
		app,
		environment,
		database.system,
		database.name
	]);
}
function groupsOf(manifests, key) {
	return [...Map.groupBy(manifests, key).values()];
}
// src/backup/replaced-retention.ts
const DAY_MS = 864e5;
function planReplaced(replaced, rules, context) {
	const { now, ofThisRun } = context;
	const ahead = replaced.filter(({ replacedAt }) => isAhead(replacedAt, now));
	const dated = inOrder$1(replaced, context).filter(({ one }) => !ahead.includes(one));
	const keep = [...ahead];
	const remove = [];
	for (const [index, { one, time }] of dated.toReversed().entries()) {
		const days = (now.getTime() - time.getTime()) / DAY_MS;
		const reason = ofThisRun.has(one.name) ? void 0 : reasonToDrop({
			index,
			days
		}, rules);
		if (reason === void 0) keep.push(one);
		else remove.unshift({
			replaced: one,
			days,
			reason
		});
	}
	return {
		keep,
		remove,
		notes: ahead.length === 0 ? [] : [aheadNote(ahead)]
	};
}
function reasonToDrop({ index, days }, rules) {
	const { keepReplaced, keepReplacedDays, maxAgeDays } = rules;
	if (maxAgeDays !== void 0 && days > maxAgeDays) return `older than ${plural(maxAgeDays, "day")} (max-age-days)`;
	if (index < keepReplaced || days <= keepReplacedDays) return void 0;
	return `older than ${plural(keepReplacedDays, "day")} (keep-replaced-days), and not among the newest ${keepReplaced} (keep-replaced)`;
}
function inOrder$1(replaced, { journal, now }) {
	const places = new Map([...journal.keys()].map((name, index) => [name, index]));
	const placeOf = ({ name }) => places.get(name) ?? -1;
	const sorted = replaced.toSorted((a, b) => placeOf(a) - placeOf(b) || a.replacedAt.getTime() - b.replacedAt.getTime());
	const times = earliestTimes(sorted.map((one) => later(one.replacedAt, journal.get(one.name))), now);
	return sorted.map((one, index) => ({
		one,
		time: times[index] ?? one.replacedAt
	}));
}
function later(time, other) {
	return other !== void 0 && other.getTime() > time.getTime() ? other : time;
}
function aheadNote(ahead) {
	return `Dated in the future: ${ahead.map(({ name }) => name).join(", ")}. A clock ran ahead when they were put aside, or is behind now; they are kept.`;
}
// src/deploy/steps/thin-replaced.ts
async function thinReplaced(environment, { ledger, settings, now, dryRun }) {
	const { report } = environment.ports;
	const database = await databaseOf$1(environment);
	try {
		const plan = await planOf$1(environment, {
			ledger,
			settings,
			now
		});
		for (const note of plan.notes) report.warning(note);
		for (const { replaced, days, reason } of plan.remove) {
			if (!dryRun && !await dropped(environment, database, replaced)) continue;
			report.say(`${dryRun ? "Would drop" : "Dropped"} the replaced database ${replaced.name} (${formatSize(replaced.sizeBytes)}, ${Math.floor(days)} days old): ${reason}.`);
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		report.warning(`The replaced databases could not be looked at: ${error.message}`);
	}
}
async function refuseTooManyReplaced(environment, ledger, settings) {
	if (await environment.database() === void 0) return;
	const { keep } = await planOf$1(environment, {
		ledger,
		settings,
		now: environment.ports.clock.now()
	});
	const max = settings["max-replaced"];
	const [oldest] = keep.toReversed();
	if (oldest === void 0 || keep.length <= max) return;
	throw refusal(`${plural(keep.length, "replaced database")} are kept, and no more than ${max} may be (max-replaced).`, {
		evidence: keep.map(({ name, replacedAt, sizeBytes }) => `${name}  put aside ${replacedAt.toISOString()}  ${formatSize(sizeBytes)}`),
		hint: `Each holds what was written before a restore. Look into the oldest, save what is needed, and drop it; or give a larger \`max-replaced\`. Nothing was touched.`,
		ways: [{
			command: nextCommand(environment, "drop-replaced", [
				"--name",
				oldest.name,
				"--confirm",
				environment.name
			]),
			means: "Drops the oldest. What was written to it after its restore point is gone then."
		}],
		code: "too-many-replaced"
	});
}
async function planOf$1(environment, { ledger, settings, now }) {
	return planReplaced(await replacedDatabases(await databaseOf$1(environment)), {
		keepReplaced: settings["keep-replaced"],
		keepReplacedDays: settings["keep-replaced-days"],
		maxAgeDays: settings["max-age-days"]
	}, {
		now,
		journal: putAsideIn(ledger, now),
		ofThisRun: putAsideBy(environment, ledger)
	});
}
function putAsideIn(ledger, now) {
	const found = new Map();
	let latest = Number.NEGATIVE_INFINITY;
	for (const entry of ledger.entries) {
		const at = new Date(entry.at);
		if (!isAhead(at, now)) latest = Math.max(latest, at.getTime());
		if (entry.kind !== "database.replaced") continue;
		found.delete(entry.replaced);
		if (latest > Number.NEGATIVE_INFINITY) found.set(entry.replaced, new Date(latest));
	}
	return found;
}
function putAsideBy({ owner }, ledger) {
	const sides = ledger.open?.steps.flatMap(({ intent }) => typeof intent["side"] === "string" ? [intent["side"]] : []) ?? [];
	const aside = ledger.entries.flatMap((entry) => {
		if (entry.kind !== "database.replaced") return [];
		return entry.deploy !== void 0 && entry.deploy === ledger.open?.id || !owner.terminal && entry.owner === owner.id ? [entry.replaced] : [];
	});
	return new Set([...sides, ...aside]);
}
async function dropped(environment, database, { name }) {
	try {
		const slots = await dropDatabase(database, name);
		if (slots.length > 0) environment.ports.report.warning(slotsLeft(slots));
		return true;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.warning(`The replaced database ${name} could not be dropped, and stays: ${messageOf(error)} ${error.hint ?? ""}`.trim());
		return false;
	}
}
// src/deploy/steps/retention.ts
async function thinOut$1(environment, settings, { dryRun, made }) {
	const { report } = environment.ports;
	const state = stateOf(environment);
	const store = backupStore(environment, state);
	const ledger = await state.journal.read();
	const { manifests } = await store.all();
	const { now, ...database } = await look$2(environment);
	const owner = {
		app: environment.app,
		environment: environment.name,
		database
	};
	const openDeploys = ledger.open ? [ledger.open.id] : [];
	const own = manifests.filter((one) => belongsTo(one, owner));
	const plan = planRetention(own, {
		keepLast: settings["keep-last"],
		keepDaily: settings["keep-daily"],
		keepWeekly: settings["keep-weekly"],
		keepMonthly: settings["keep-monthly"],
		minKeep: settings["min-keep"],
		maxAgeDays: settings["max-age-days"],
		maxTotalSize: settings["max-total-size"]
	}, {
		now,
		openDeploys,
		ofThisRun: madeBy(environment, ledger, made),
		neededByStable: neededByStable(own, ledger),
		purpose: settings.purpose
	});
	if (dryRun) for (const note of plan.notes) report.warning(note);
	else await applyRetention(store, plan, {
		owner,
		openDeploys,
		report
	});
	for (const { manifest, reason } of plan.remove) report.say(`${dryRun ? "Would remove" : "Removed"} backup ${manifest.id} (${formatSize(manifest.sizeBytes)}): ${reason}.`);
	await thinReplaced(environment, {
		ledger,
		settings,
		now,
		dryRun
	});
	return {
		removed: plan.remove.map(({ manifest }) => manifest.id),
		blocks: removedBlocks(plan.remove, dryRun)
	};
}
async function look$2(environment) {
	try {
		var _usingCtx$21 = _usingCtx();
		const { clock, report, signal } = environment.ports;
		const database = await databaseOf$1(environment);
		const connection = _usingCtx$21.a(await database.connect("look", { signal }));
		const { system, name } = await identify(connection);
		const [row] = await connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms");
		const ours = clock.now();
		const servers = new Date(row?.ms ?? ours);
		const [earlier, later] = ours < servers ? [ours, servers] : [servers, ours];
		if (isAhead(later, earlier)) report.warning(`The clocks differ: it is ${ours.toISOString()} here and ${servers.toISOString()} at the database's server. What is old is judged by the earlier one.`);
		return {
			system,
			name,
			now: earlier
		};
	} catch (_) {
		_usingCtx$21.e = _;
	} finally {
		await _usingCtx$21.d();
	}
}
function madeBy({ owner }, ledger, made) {
	const deploys = owner.terminal ? [] : ledger.deploys.filter((deploy) => deploy.owner === owner.id).map(({ id }) => id);
	return made === void 0 ? deploys : [made, ...deploys];
}
function neededByStable(manifests, ledger) {
	return ledger.stable.slice(-2).flatMap(({ commit }) => {
		return savepointFor(manifests, void 0, {
			commit,
			schema: ledger.schemas.get(commit),
			why: "",
			stable: true
		}, ledger)?.id ?? [];
	});
}
function removedBlocks(removed, dryRun) {
	if (removed.length === 0) return [];
	return [{
		kind: "table",
		title: `${dryRun ? "Would remove" : "Removed"} ${plural(removed.length, "old backup")}`,
		head: [
			"backup",
			"size",
			"because"
		],
		rows: removed.map(({ manifest, reason }) => [
			manifest.id,
			formatSize(manifest.sizeBytes),
			reason
		])
	}];
}
// src/machine/git/landing.ts
const LAND = `
commit=$1 pack=$2; shift 2
objects=$(git rev-parse --git-path objects) && shallow=$(git rev-parse --git-path shallow) || exit 1
incoming=$objects/tmp_objdir-savepoint-$$
lock=
clean() { rm -rf "$incoming"; if [ -n "$lock" ]; then rm -f "$lock"; fi; }
trap clean EXIT
trap 'exit 129' HUP INT TERM
for left in "$objects"/tmp_objdir-savepoint-*; do
  if [ -d "$left" ] && ! kill -0 "\${left##*-}" 2>/dev/null; then rm -rf "$left"; fi
done
rm -rf "$incoming" && mkdir -p "$incoming/pack" || exit 65
new() { GIT_OBJECT_DIRECTORY=$incoming GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects git "$@"; }
whole() { new "$@" rev-list --quiet --objects "$commit" --not --all; }
if [ "$pack" = pack ]; then new index-pack -v --stdin --fix-thin >/dev/null || exit 65; fi
cut=
for one do
  for parent in $(new cat-file commit "$one" | sed -n -e '/^$/q' -e 's/^parent //p'); do
    new cat-file -e "$parent^{commit}" 2>/dev/null || { cut="$cut $one"; break; }
  done
done
mark() {
  { if [ -e "$shallow" ]; then cat "$shallow"; fi; for one do echo "$one"; done; } | sort -u > "$lock"
}
if [ -n "$cut" ] || ! whole 2>/dev/null; then
  # Taken as git takes it: whoever writes there now is not disturbed.
  (set -C; : > "$shallow.lock") 2>/dev/null || { echo "$shallow.lock" >&2; exit 66; }
  lock=$shallow.lock
  mark $cut && { whole --shallow-file "$lock" 2>/dev/null || { mark "$@" && whole --shallow-file "$lock"; }; } || exit 67
fi
${LOOK_AGAIN}
# The index goes last: without it nobody reads the pack.
for suffix in pack rev idx; do
  for file in "$incoming"/pack/*."$suffix"; do
    if [ -e "$file" ]; then mv -f "$file" "$objects/pack/" || exit 68; fi
  done
done
if [ -n "$lock" ]; then mv -f "$lock" "$shallow" || exit 68; lock=; fi
git update-ref "refs/savepoint/pushed/$commit" "$commit" || exit 69
`;
const NOT_TAKEN = 65;
const SHALLOW_LOCKED = 66;
const INCOMPLETE = 67;
function landing(commit, pack, cut) {
	return [LAND, [
		commit,
		pack ? "pack" : "none",
		...cut
	]];
}
function landingFailure({ directory, machine, gitDirectory }, commit, finished) {
	const what = `${shortCommit(commit)} could not be brought into ${directory} on ${machine.name}`;
	const details = {
		code: "not-brought",
		evidence: gitLines(finished)
	};
	if (finished.code === NOT_TAKEN) return new Failure(`${what}: its disk, or git there, did not take it.`, {
		...details,
		hint: `What had arrived is removed again. Look at \`df -h ${directory}\` there, and at what git said.`
	});
	if (finished.code === SHALLOW_LOCKED) return new Failure(`${what}: another git command works there, or one that was killed left its lock.`, {
		...details,
		hint: `Where no git command runs there: rm ${gitDirectory}/shallow.lock`
	});
	if (finished.code === INCOMPLETE) return new Failure(`${what}: not all of its files and history arrived.`, {
		...details,
		hint: `See what \`git -C ${directory} fsck\` says there, and \`git fsck\` in the checkout.`
	});
	return new Failure(`${what} (${ending(finished)}).`, details);
}
// src/machine/git/push.ts
const COMPARED = 2e3;
async function pushCommit(push) {
	const { from, to, commit, onLine } = push;
	if (!await from.hasAll(commit)) throw lacking$1(from, commit);
	const there = await look$1(to);
	const shared = await present(from, there.commits);
	const commits = await revList(from, [], commit, shared);
	const missing = await missingIn$1(to, there.shallow ? await revList(from, [
		"--objects",
		"--no-object-names",
		"--no-walk"
	], commits.join("\n"), []) : await revList(from, ["--objects", "--no-object-names"], commit, shared));
	onLine?.(`Bringing ${plural(commits.length, "commit")} (${plural(missing.length, "object")}) to ${to.machine.name}.`);
	const cutHere = new Set((await shallowOf(from)).filter((one) => isFullCommit(one)));
	await carry(push, missing, commits.filter((one) => cutHere.has(one)));
	await to.git.run([
		...QUIET,
		"gc",
		"--auto",
		"--quiet"
	]);
}
async function hasWhole(clone, commit) {
	if (!await clone.hasAll(commit)) return false;
	return (await clone.git.run([
		"rev-list",
		"--quiet",
		"--objects",
		commit,
		"--not",
		"--all"
	])).code === 0;
}
async function look$1(clone) {
	const text = await clone.git.say([
		"rev-list",
		`--max-count=${COMPARED}`,
		"--all"
	], "listing the commits");
	return {
		shallow: await clone.isShallow(),
		commits: text.split("\n").filter((line) => isFullCommit(line))
	};
}
async function present(clone, commits) {
	if (commits.length === 0) return [];
	const stdin = `${commits.join("\n")}\n`;
	return (await clone.git.say(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "comparing the commits", { stdin })).split("\n").flatMap((line) => line.endsWith(" commit") ? [line.split(" ")[0] ?? ""] : []);
}
async function revList(clone, flags, wanted, without) {
	if (wanted === "") return [];
	const stdin = `${[wanted, ...without.map((one) => `^${one}`)].join("\n")}\n`;
	return (await clone.git.read([
		"rev-list",
		...flags,
		"--stdin"
	], "listing what is new", { stdin })).toString("latin1").split("\n").filter((line) => line !== "");
}
const MISSING = `git cat-file --batch-check | sed -n 's/ missing$//p'`;
async function missingIn$1(clone, objects) {
	if (objects.length === 0) return [];
	const chunks = [];
	const stdout = new PassThrough().on("data", (chunk) => chunks.push(chunk));
	const finished = await clone.git.script(MISSING, [], {
		stdin: `${objects.join("\n")}\n`,
		stdout
	});
	if (finished.code !== 0) throw new Failure(`Comparing the files failed in ${clone.directory} on ${clone.machine.name} (${ending(finished)}).`, {
		code: "git-failed",
		evidence: gitLines(finished)
	});
	return Buffer.concat(chunks).toString("latin1").split("\n").filter((line) => isFullCommit(line));
}
async function shallowOf(clone) {
	const path = (await clone.git.say([
		"rev-parse",
		"--git-path",
		"shallow"
	], "looking at the clone")).trim();
	return (await readText(clone.machine, path.startsWith("/") ? path : `${clone.directory}/${path}`))?.split("\n") ?? [];
}
async function carry({ from, to, commit, signal, noteIn, onLine }, objects, cut) {
	const [script, words] = landing(commit, objects.length > 0, cut);
	const options = {
		...signal && { signal },
		...onLine && { onLine }
	};
	if (objects.length === 0) {
		const landed = await to.git.script(script, words, {
			...options,
			...noteIn !== void 0 && { noteIn }
		});
		if (landed.code !== 0) throw landingFailure(to, commit, landed);
		return;
	}
	const pack = new PassThrough();
	const packing = from.git.run([
		"pack-objects",
		"--stdout",
		"--progress",
		"--delta-base-offset"
	], {
		...options,
		stdin: `${objects.join("\n")}\n`,
		stdout: pack
	});
	const taking = to.git.script(script, words, {
		...options,
		stdin: pack,
		...noteIn !== void 0 && { noteIn }
	});
	const [packed, taken] = await Promise.allSettled([packing, taking]);
	explain(to, commit, packed, taken);
}
function explain(to, commit, packed, taken) {
	if (packed.status === "fulfilled" && packed.value.code !== 0) throw new Failure(`The checkout could not pack ${shortCommit(commit)} (${ending(packed.value)}).`, {
		code: "not-brought",
		evidence: gitLines(packed.value),
		hint: "See what `git fsck` says in the checkout. Nothing was changed on the host."
	});
	if (taken.status === "fulfilled" && taken.value.code !== 0) throw landingFailure(to, commit, taken.value);
	const onlySawTheEnd = taken.status === "rejected" && taken.reason instanceof Failure && taken.reason.code === "input-broken";
	if (taken.status === "rejected" && !(onlySawTheEnd && packed.status === "rejected")) throw taken.reason;
	if (packed.status === "rejected") throw packed.reason;
}
function lacking$1(from, commit) {
	return refusal(`The checkout ${from.directory} does not have commit ${commit}, so it cannot bring it to the host.`, {
		hint: `Check it out here first (actions/checkout with \`ref: ${commit}\`, or \`fetch-depth: 0\`), or give another \`commit\`.`,
		code: "unknown-commit"
	});
}
// src/rollout/left-out.ts
async function noticeLeftOut(clone, commit, report) {
	const name = shortCommit(commit);
	if (await clone.readFile(commit, ".gitmodules") !== void 0) report.notice(`${name} has submodules, and a switch does not update them: say so in \`command\` (git submodule update --init --recursive).`);
	if (await usesLfs(clone, commit)) report.notice(`${name} keeps files in Git LFS: without git-lfs on ${clone.machine.name} their pointers are checked out instead. With it, say \`git lfs pull\` in \`command\`.`);
}
async function usesLfs(clone, commit) {
	const words = [
		"grep",
		"--quiet",
		"-e",
		"filter=lfs",
		commit,
		"--",
		":(glob)**/.gitattributes"
	];
	return (await clone.git.run(words)).code === 0;
}
// src/rollout/prepare.ts
const SPARE_BYTES = 67108864;
async function prepareRollout(request) {
	const { clone, commit, settings, ports, noteIn } = request;
	refuseMisfits(settings);
	const pushed = settings.transport === "push";
	const previous = await clone.current();
	const interrupted = await clone.interruptedCheckout();
	if (interrupted === void 0) await refuseLocalEdits(clone);
	else ports.report.notice(`A switch to ${shortCommit(interrupted)} was killed half-way in ${clone.directory}; the next switch or rollback finishes it.`);
	await refuseFullDisk(clone, 0);
	const here = pushed ? await hasWhole(clone, commit) : await clone.hasAll(commit);
	const options = {
		signal: ports.signal,
		onLine: told(ports),
		...noteIn !== void 0 && { noteIn }
	};
	if (!here && pushed) await pushCommit({
		...options,
		from: await checkoutOf(request),
		to: clone,
		commit
	});
	else if (!here) await bring(clone, commit, options);
	await noticeLeftOut(clone, commit, ports.report);
	const bytes = await clone.checkoutBytes(commit);
	await refuseFullDisk(clone, bytes);
	if (interrupted === void 0) await refuseFilesInTheWay(clone, commit);
	return {
		commit,
		previous,
		fetched: !here,
		bytes
	};
}
function told({ clock, report }) {
	const progress = gitProgress(clock);
	return (line) => {
		const far = progress(line);
		if (far === void 0) report.detail(line);
		else report.progress?.(far);
	};
}
async function checkoutOf({ checkout, commit }) {
	const found = await checkout?.();
	if (found !== void 0) return found;
	throw refusal(`\`transport: push\` brings the code from the checkout, and this folder is none; the host does not have ${commit} yet.`, {
		code: "no-checkout",
		hint: "Run actions/checkout first (at a terminal: run this in the app's clone), or use `transport: fetch`."
	});
}
async function bring(clone, commit, options) {
	if (await clone.fetch({
		...options,
		commit
	})) return;
	throw refusal(`${await clone.origin() ?? "origin"} has no commit ${commit}.`, {
		hint: `Push it, or give another \`commit\`. ${clone.directory} on ${clone.machine.name} fetches from there; where that is not the repository you mean: git -C ${clone.directory} remote set-url origin <url>`,
		code: "unknown-commit"
	});
}
async function refuseFullDisk(clone, bytes) {
	const free = await freeBytes(clone.machine, clone.directory);
	if (free >= bytes + SPARE_BYTES) return;
	throw refusal(`The disk of ${clone.directory} on ${clone.machine.name} has ${formatSize(free)} free; the new version needs ${formatSize(bytes + SPARE_BYTES)}.`, {
		hint: "Make room there: old images, logs, builds.",
		code: "disk-full"
	});
}
// src/deploy/steps/image-retention.ts
const KEPT_VERSIONS = 5;
async function thinOutImages(tx, strategy, parts) {
	const { report } = tx.environment.ports;
	try {
		const gone = await strategy.thinOut({
			parts,
			keep: versionsWithImages(await tx.state.journal.read())
		});
		if (gone.length > 0) report.say(`Removed ${plural(gone.length, "image")} of older versions.`);
	} catch (error) {
		report.warning(`Images of older versions could not be removed: ${messageOf(error)}`);
	}
}
function versionsWithImages(ledger) {
	const newest = [...new Set(ledger.deploys.toReversed().flatMap(({ commit, from }) => [commit, ...from === void 0 ? [] : [from]]))];
	const stable = ledger.stable.slice(-2).map(({ commit }) => commit);
	const { open } = ledger;
	const needed = open === void 0 ? [] : [open.commit, ...open.from === void 0 ? [] : [open.from]];
	return new Set([
		...newest.slice(0, KEPT_VERSIONS),
		...stable,
		...needed
	]);
}
// src/deploy/steps/unmigratable.ts
async function refuseBehind(environment, commit) {
	try {
		var _usingCtx$20 = _usingCtx();
		const { directory, run } = environment.settingsOf(migrateSection);
		if (environment.settingsOf(rolloutSection)["allow-ahead"] || run !== void 0) return;
		const [checkout, clone] = [await checkoutOf$1(environment), await environment.clone()];
		const from = await checkout?.head() === commit ? checkout : await clone?.has(commit) === true ? clone : void 0;
		const database = await environment.database();
		if (database === void 0 || from === void 0 || await from.listFiles(commit, directory) === void 0) return;
		const connection = _usingCtx$20.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
		if (own === void 0 || own.entries.length === 0) return;
		const { missing } = await migrationStatus(connection, await loadMigrations({
			machine: from.machine,
			clone: from.directory,
			commit,
			directory
		}));
		if (missing.length > 0) throw behindDatabase(commit, directory, missing).with({ hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy it all the same, allow it to all steps alike: SAVEPOINT_ROLLOUT_ALLOW_AHEAD=true in the job's \`env\`, or \`rollout: { allow-ahead: true }\` in savepoint.yml. (Migration files are looked for in ${directory}.)` });
	} catch (_) {
		_usingCtx$20.e = _;
	} finally {
		await _usingCtx$20.d();
	}
}
async function refuseUnmigratable(environment, clone, commit, { allowAhead, migrates }) {
	try {
		var _usingCtx3 = _usingCtx();
		const database = await environment.database();
		if (database === void 0) return;
		const connection = _usingCtx3.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
		const ours = own !== void 0 && own.entries.length > 0;
		const { directory, run } = environment.settingsOf(migrateSection);
		if (!ours && (!migrates || run !== void 0)) return;
		const files = await clone.listFiles(commit, directory);
		const source = {
			machine: clone.machine,
			clone: clone.directory,
			commit,
			directory
		};
		const migrations = files === void 0 ? [] : await loadMigrations(source);
		if (!ours && files === void 0) return;
		const comparison = await migrationStatus(connection, migrations);
		if (run === void 0) refuseChanged(comparison);
		if (allowAhead || comparison.missing.length === 0) return;
		const behind = behindDatabase(commit, directory, comparison.missing);
		throw files === void 0 ? await withoutFolder(source, behind) : behind;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function withoutFolder(source, behind) {
	try {
		await loadMigrations(source);
		return behind;
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "no-directory") throw error;
		return error.with({ hint: `${error.hint}\nIf it has none: ${behind.message} ${behind.hint}` });
	}
}
function behindDatabase(commit, directory, missing) {
	return refusal(`${shortCommit(commit)} lacks ${plural(missing.length, "migration")} that the database has: ${missing.map((row) => row.version).join(", ")}.`, {
		hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`; to deploy it all the same, give \`allow-ahead: true\`. (Migration files are looked for in ${directory}.)`,
		code: "behind-database"
	});
}
// src/deploy/steps/rollout.ts
async function prepareInStep(tx, settings, raw, { migrates }) {
	const { environment } = tx;
	const deploy = await tx.record();
	const clone = await appCloneOf(environment);
	await tx.step("prepare", {
		title: `Preparing ${shortCommit(deploy.commit)} on ${environment.machine.name}`,
		intent: { commit: deploy.commit },
		settings: raw
	}, async (signal) => {
		const prepared = await prepareRollout({
			clone,
			commit: deploy.commit,
			settings,
			checkout: async () => await checkoutOf$1(environment),
			ports: {
				...environment.ports,
				signal
			},
			noteIn: tx.note()
		});
		await tellGoingBack(environment, clone, deploy);
		await refuseUnmigratable(environment, clone, deploy.commit, {
			allowAhead: settings["allow-ahead"],
			migrates
		});
		const strategy = await strategyOf(environment, {
			settings,
			commit: deploy.commit,
			previous: deploy.from,
			deploy,
			signal,
			noteIn: tx.note()
		});
		if (!strategy.tellsApart) noticeUntold(environment, settings, readHealthSettings(environment.settings));
		const kept = await strategy.prepare({ previous: prepared.previous });
		return {
			value: void 0,
			result: {
				fetched: prepared.fetched,
				...kept
			},
			headline: await describeCommits(clone, deploy)
		};
	});
}
function maySwitch(environment, ledger, deploy) {
	refuseOldSavepoint(environment, deploy);
	refuseWithoutEarlierAttempt(environment, ledger, deploy);
}
async function switchInStep(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	maySwitch(environment, await tx.state.journal.read(), deploy);
	const about = {
		settings,
		commit: deploy.commit,
		previous: deploy.from,
		deploy
	};
	const env = commandEnvironment(environment, {
		...about,
		id: deploy.id
	});
	const { kind, concluded } = await strategyOf(environment, about);
	await tx.step("switch", {
		title: `Switching ${environment.title} to ${shortCommit(deploy.commit)}`,
		intent: {
			commit: deploy.commit,
			from: deploy.from
		},
		settings: {
			...raw,
			...concluded
		}
	}, async (signal) => {
		await runHooks(environment, "before-rollout", {
			env,
			noteIn: tx.note(),
			signal
		});
		const standstill = await standstillOf(tx);
		const same = {
			...about,
			settings: {
				...settings,
				strategy: kind
			}
		};
		const strategy = await strategyOf(environment, {
			...same,
			signal,
			noteIn: tx.note(),
			standstill
		});
		const { images } = await strategy.switchTo({ commit: deploy.commit });
		await runHooks(environment, "after-rollout", {
			env,
			noteIn: tx.note(),
			signal
		});
		if (images) await thinOutImages(tx, strategy, Object.keys(images));
		return {
			value: void 0,
			result: {
				commit: deploy.commit,
				...images && { images },
				...standstill.stopped && { stopped: standstill.stopped }
			},
			headline: `${shortCommit(deploy.commit)} runs`
		};
	});
}
function refuseWithoutEarlierAttempt({ owner }, ledger, deploy) {
	const [run, attempt] = deploy.owner.split(".");
	if (owner.terminal || attempt === void 0) return;
	const did = (record) => record.steps.some(({ step }) => STEPS[step].database && !takesBack(step));
	if (did(deploy)) return;
	const earlier = ledger.deploys.findLast((one) => {
		const [otherRun, otherAttempt] = one.owner.split(".");
		const before = Number(otherAttempt) < Number(attempt) || one.owner === deploy.owner && one.end !== void 0 && one.end.as !== "confirmed";
		return otherRun === run && before && one.commit === deploy.commit && did(one);
	});
	if (earlier === void 0) return;
	throw refusal(earlier.owner === deploy.owner ? `This run backed up or migrated in deploy ${earlier.id}, which is over (${earlier.end?.as}: ${earlier.end?.why}), and not in this one.` : `Attempt ${earlier.owner.split(".")[1]} of this run backed up or migrated, and this attempt did not; its deploy ${earlier.id} is over.`, {
		hint: "Choose \"Re-run all jobs\", not \"Re-run failed jobs\": a switch needs the backup of its own attempt.",
		code: "re-run-all-jobs"
	});
}
async function describeCommits(clone, deploy) {
	const way = deploy.from === void 0 || deploy.from === deploy.commit ? void 0 : await compareCommits(clone, deploy.from, deploy.commit);
	return way === void 0 ? `${shortCommit(deploy.commit)} is on the host` : describeBetween(way);
}
async function tellGoingBack({ ports }, clone, deploy) {
	const stable = deploy.stableBefore.at(-1) ?? deploy.from;
	const way = stable === void 0 ? void 0 : await compareCommits(clone, stable, deploy.commit);
	if (way === void 0 || !goesBack(way)) return;
	const was = stable === deploy.from ? "ran" : "is the stable version";
	ports.report.notice([`This deploy ${describeBetween(way, was)}:`, ...listed(way.lost)].join("\n"));
}
function phasesToDo(said, deploy) {
	if (said !== void 0) return [said];
	return deploy.steps.some((step) => step.step === "prepare" && step.state === "done") ? ["switch"] : ["prepare", "switch"];
}
// src/deploy/steps/chain.ts
var Chain = class {
	#tx;
	#values;
	outputs = {};
	blocks = [];
	#facts = [];
	#applied = [];
	#beforeChanges;
	#acts = {
		prepare: async () => await prepareInStep(this.#tx, this.#values.rollout, this.#raw("prepare"), { migrates: true }),
		backup: async () => await this.#backup(),
		migrate: async ({ commit }) => await this.#migrate(commit),
		switch: async () => await switchInStep(this.#tx, this.#values.rollout, this.#raw("switch")),
		health: async () => await this.#health(),
		"mark-stable": async () => await this.#markStable()
	};
	constructor(tx, { backup = {}, beforeChanges }) {
		this.#tx = tx;
		const values = tx.environment.settings.read(allSections);
		this.#values = {
			...values,
			backup: {
				...values.backup,
				...backup
			}
		};
		this.#beforeChanges = beforeChanges;
	}
	async run() {
		const tx = this.#tx;
		const { environment } = tx;
		const record = await tx.record();
		this.outputs = {
			commit: record.commit,
			"previous-commit": record.from,
			savepoint: record.id
		};
		let changes = false;
		for (const name of forwardSteps) {
			if (!changes && mayChange(name)) await this.#beforeChanges();
			changes ||= mayChange(name);
			if (STEPS[name].database && await environment.database() === void 0) continue;
			await this.#acts[name](record);
		}
		const besides = await this.#appliedBesides(record);
		if (besides.length > 0) this.#facts.push(["migrations", `applied besides: ${besides.join(", ")}`]);
		this.outputs = {
			...this.outputs,
			applied: [...this.#applied, ...besides]
		};
		this.blocks = [...await this.#account(record.from, record.commit), ...this.blocks];
	}
	async #backup() {
		const tx = this.#tx;
		const { backup } = this.#values;
		const manifest = await takeSavepoint(tx, backup, this.#raw("backup"));
		this.outputs = {
			...this.outputs,
			"backup-file": `${tx.state.paths.backups}/${manifest.file}`
		};
		this.#facts.push(["savepoint", `${manifest.id}: ${describeBackup(manifest)}`]);
		const thinned = await thinOut$1(tx.environment, backup, {
			dryRun: false,
			made: manifest.id
		});
		this.blocks = [...this.blocks, ...thinned.blocks];
	}
	async #migrate(commit) {
		const tx = this.#tx;
		const { migrate } = this.#values;
		if (!await hasMigrations(tx.environment, migrate, commit)) {
			tx.environment.ports.report.say(`No migrations: there is no folder \`${migrate.directory}\` at this commit, and no \`migrate-run\` is given.`);
			this.#facts.push(["database", "no migrations of `migrate`"]);
			return;
		}
		const migrated = await migrateInStep(tx, migrate, this.#raw("migrate"), commit);
		this.#applied = migrated.applied;
		this.outputs = {
			...this.outputs,
			applied: migrated.applied
		};
		this.#facts.push(["database", describeMigrated(migrated)]);
	}
	async #health() {
		const verdict = await passGate(this.#tx, this.#values.health, this.#raw("health"));
		this.#facts.push(["app", `${describeHealth(verdict)}${awayFor(verdict.downtime)}`]);
		this.outputs = {
			...this.outputs,
			...downtimeOutputs(verdict.downtime)
		};
		this.blocks = [...this.blocks, ...downtimeBlocks(verdict.downtime)];
	}
	async #markStable() {
		const tx = this.#tx;
		await mayConfirm(tx.environment, await tx.record());
		const marked = await confirmDeploy(tx, { keepTags: this.#values.markStable["keep-tags"] });
		this.outputs = {
			...this.outputs,
			"stable-tag": marked.tags.stableTag
		};
		this.#facts.push(["stable", [marked.tags.stableTag, marked.tags.latestTag].filter((tag) => tag !== void 0).join(", ")]);
	}
	async #appliedBesides(record) {
		const now = (await this.#tx.state.journal.read()).schemas.get(record.commit);
		if (record.live === void 0 || now === void 0) return [];
		const { onlySecond, changed } = compareHistories(record.live.history, now.history);
		const ours = new Set(this.#applied);
		return [...onlySecond, ...changed].filter((one) => !ours.has(one) && !ours.has(one.slice(one.indexOf(": ") + 2)));
	}
	async #account(from, to) {
		const table = {
			kind: "table",
			title: "What is true now",
			head: ["part", "state"],
			rows: [["code", `${from === void 0 || from === to ? "" : `${shortCommit(from)} → `}${shortCommit(to)}`], ...this.#facts]
		};
		const clone = await this.#tx.environment.clone();
		const way = clone === void 0 || from === void 0 ? void 0 : await compareCommits(clone, from, to);
		return way === void 0 ? [table] : [table, ...betweenBlocks(way)];
	}
	#raw(step) {
		const { section } = STEPS[step];
		return section === void 0 ? {} : this.#tx.environment.settings.effective(allSections[section]);
	}
};
// src/migration/plan.ts
function planMigrations(pending) {
	return pending.map((migration) => ({
		version: migration.version,
		description: migration.description,
		file: migration.up.file,
		transactional: migration.up.transactional,
		reversible: migration.down.state === "given" ? "yes" : migration.down.state === "missing" ? "no DOWN" : "irreversible",
		statements: migration.up.statements.map(planStatement)
	}));
}
function planStatement(statement) {
	const words = wordsOf(statement);
	const lock = lockOf(words);
	const loss = lossOf(words);
	return {
		line: statement.line,
		summary: wholeStatement(statement.sql),
		...lock !== void 0 && { lock },
		risks: [
			...loss === void 0 ? [] : [`destructive: ${loss}`],
			...blockingRisks(words),
			...breakingRisks(words)
		]
	};
}
function lockOf(words) {
	const [first, second] = words;
	if (outsideTransaction(words)?.includes("CONCURRENTLY") === true) return "SHARE UPDATE EXCLUSIVE";
	switch (first) {
		case "ALTER":
			if (second !== "TABLE") return void 0;
			return words.includes("VALIDATE") || words.includes("STATISTICS") ? "SHARE UPDATE EXCLUSIVE" : words.includes("FOREIGN") ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
		case "CREATE":
			if (words.includes("INDEX")) return "SHARE";
			return words.slice(1, 5).includes("TRIGGER") ? "SHARE ROW EXCLUSIVE" : void 0;
		case "DROP": return [
			"TABLE",
			"INDEX",
			"VIEW",
			"MATERIALIZED",
			"TRIGGER",
			"POLICY",
			"RULE"
		].includes(second ?? "") ? "ACCESS EXCLUSIVE" : void 0;
		case "TRUNCATE":
		case "CLUSTER": return "ACCESS EXCLUSIVE";
		case "REINDEX": return "SHARE";
		case "VACUUM": return words.includes("FULL") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
		case "REFRESH": return words.includes("CONCURRENTLY") ? "EXCLUSIVE" : "ACCESS EXCLUSIVE";
		case "INSERT":
		case "UPDATE":
		case "DELETE":
		case "MERGE": return "ROW EXCLUSIVE";
		case "LOCK": return "ACCESS EXCLUSIVE";
		default: return;
	}
}
function blockingRisks(words) {
	const [first, second] = words;
	const risks = [];
	const has = (...sequence) => words.some((_, at) => sequence.every((word, index) => words[at + index] === word));
	if (first === "CREATE" && words.includes("INDEX") && !words.includes("CONCURRENTLY")) risks.push("blocks writes while the index is built: CONCURRENTLY does not");
	if (first === "ALTER" && second === "TABLE") {
		if (has("TYPE") && words.includes("ALTER")) risks.push("may rewrite the whole table under its lock");
		if (has("SET", "NOT", "NULL")) risks.push("reads the whole table under its lock");
		if ((words.includes("CHECK") || words.includes("FOREIGN")) && !has("NOT", "VALID")) risks.push("checks every row under its lock: NOT VALID, and VALIDATE CONSTRAINT later, do not");
		if (has("SET", "TABLESPACE") || has("SET", "LOGGED") || has("SET", "UNLOGGED")) risks.push("rewrites the whole table under its lock");
	}
	if ((first === "UPDATE" || first === "DELETE") && !words.includes("WHERE")) risks.push("touches every row of the table");
	if (first === "VACUUM" && words.includes("FULL")) risks.push("rewrites the whole table under its lock");
	return risks;
}
function breakingRisks(words) {
	if (words[0] !== "ALTER" || !words.includes("RENAME")) return [];
	return ["a rename breaks the code that still runs with the old name"];
}
function planBlock(planned) {
	return {
		kind: "table",
		title: "What would run (locks and risks by keyword; not a proof)",
		head: [
			"file",
			"line",
			"statement",
			"lock",
			"risks"
		],
		rows: planned.flatMap((migration) => [
			...migration.statements.map((statement) => [
				migration.file,
				String(statement.line),
				statement.summary,
				statement.lock ?? "",
				statement.risks.join("; ")
			]),
			...migration.transactional ? [] : [[
				migration.file,
				"",
				"",
				"",
				"runs without a transaction, statement by statement"
			]],
			...migration.reversible === "yes" ? [] : [[
				migration.file,
				"",
				"",
				"",
				migration.reversible === "no DOWN" ? "has no DOWN: the way back is the savepoint" : "is irreversible: the way back is the savepoint"
			]]
		])
	};
}
// src/deploy/steps/plan-parts.ts
const NOTHING = "nothing, as before";
async function planParts(environment, about) {
	const values = environment.settings.read(allSections);
	const backup = await backupPlan(environment, values.backup.verify);
	const parts = {
		prepare: ["code", about.code],
		backup: ["backup", backup ?? "no database is named: none is taken"],
		migrate: about.migrations === void 0 ? void 0 : ["migrations", about.migrations],
		switch: ["rollout", await rolloutPlan(environment, values, about.commit)],
		health: ["health", healthPlan(values.health)],
		"mark-stable": ["tags", tagsPlan(environment)]
	};
	return {
		kind: "table",
		title: "The plan, in this order",
		head: ["part", "what happens"],
		rows: [
			...forwardSteps.map((name) => parts[name]).filter((part) => part !== void 0),
			...about.watchdog === void 0 ? [] : [["watchdog", `armed before anything is changed: without a sign of life for ${formatDuration(about.watchdog)} the host goes back by itself`]],
			["if it fails", !values.rollback.automatic ? "it stays as it stands and keeps the lock; the command that takes it back is printed (`rollback: { automatic: false }`)" : about.ifItFails === "nothing, as before" ? `what it started is stopped${backup === void 0 ? "" : ", and the database goes back to that backup"}: nothing runs, as before` : `${backup === void 0 ? "the code goes" : "code and database go"} back to ${about.ifItFails}`]
		]
	};
}
async function backupPlan(environment, verify) {
	try {
		var _usingCtx$19 = _usingCtx();
		const database = await environment.database();
		if (database === void 0) return void 0;
		const [row] = await _usingCtx$19.a(await database.connect("look", { signal: environment.ports.signal })).query("SELECT pg_database_size(current_database())::text AS size");
		const { paths } = stateOf(environment);
		return `${database.name} (${formatSize(Number(row?.size ?? 0))} on disk) is dumped to ${paths.backups} on ${environment.machine.name}, proven by \`verify: ${verify}\``;
	} catch (_) {
		_usingCtx$19.e = _;
	} finally {
		await _usingCtx$19.d();
	}
}
async function rolloutPlan(environment, { rollout }, commit) {
	const { summary } = await strategyOf(environment, {
		settings: rollout,
		commit
	});
	return `${summary}; the code is ${rollout.transport === "push" ? "pushed from the checkout" : "fetched by the host"}`;
}
function healthPlan(health) {
	return `${plannedChecks(health).join(", ")}: ${plural(health.successes, "pass", "passes")} in a row within ${formatDuration(health.timeout)}`;
}
function tagsPlan(environment) {
	const name = stableName(environment);
	return `${latestTag(name)} and a dated ${name.prefix}stable-… move to it`;
}
// src/deploy/steps/switch-plan.ts
async function switchPlan(environment, about) {
	return await planned$1(environment, "the switch", async () => {
		const { plan } = await strategyOf(environment, about);
		return tellActs(await plan.switchTo({
			commit: about.commit,
			exact: false
		}));
	});
}
async function planned$1({ machine }, what, body) {
	try {
		return {
			kind: "code",
			title: `What would be run on ${machine.name} for ${what}, in this order`,
			lines: await body()
		};
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {
			kind: "text",
			text: `What would be run on ${machine.name} for ${what} is not known: ${error.message}`
		};
	}
}
function tellActs(acts) {
	return acts.flatMap(tellAct);
}
// src/deploy/steps/what-ran.ts
const ONCE_WITHIN = 3e3;
async function whatRan(environment, ledger, commit) {
	const clone = await environment.clone();
	if (clone === void 0) return {
		from: ledger.on,
		ran: void 0,
		checkedOut: void 0
	};
	const head = await clone.current();
	if (head === void 0) return {
		from: void 0,
		ran: "nothing",
		checkedOut: void 0
	};
	if (!ledger.nothingRuns && ledger.stable.some((one) => one.commit === head)) return {
		from: head,
		ran: void 0,
		checkedOut: void 0
	};
	const seen = await look(environment, ledger, {
		clone,
		head,
		commit
	});
	if (seen.ran !== "nothing") return {
		from: head,
		ran: seen.ran,
		checkedOut: void 0
	};
	environment.ports.report.notice(`Nothing runs here yet: ${seen.why}. ${shortCommit(head)} is only checked out. Should this deploy fail, what it started is stopped again, and the database goes back to its savepoint.`);
	return {
		from: void 0,
		ran: "nothing",
		checkedOut: head
	};
}
async function look(environment, ledger, { clone, head, commit }) {
	const runs = await (await strategyOf(environment, {
		settings: environment.settings.section(rolloutSection),
		commit
	})).runs();
	if (runs.state === "nothing") return {
		ran: "nothing",
		why: runs.why
	};
	if (runs.state === "runs") return { ran: await healthOnce(environment, head) ?? void 0 };
	const works = (await processesIn(environment.machine, clone.directory)).length > 0;
	const health = await healthOnce(environment, head, { nobodyComes: !works });
	if (health === "healthy" || health === "nameless") return { ran: health };
	if (ledger.stable.length > 0 && !ledger.nothingRuns) return { ran: health };
	if (health === void 0 || works) return { ran: health };
	return {
		ran: "nothing",
		why: `the health check does not pass, and no process works in ${clone.directory}`
	};
}
async function healthOnce(environment, head, patience = { nobodyComes: false }) {
	const given = readHealthSettings(environment.settings);
	if (given === void 0) return void 0;
	const settings = {
		...given,
		query: void 0,
		successes: 1,
		timeout: Math.min(given.timeout, ONCE_WITHIN)
	};
	if (!hasChecks(settings)) return void 0;
	if (!await passes(environment, {
		...settings,
		"expect-version": void 0
	}, head, patience)) return "unhealthy";
	if (given["expect-version"] === void 0 || await passes(environment, settings, head, patience)) return "healthy";
	return "nameless";
}
async function passes(environment, settings, head, patience) {
	const { report, signal } = environment.ports;
	try {
		const version = await expectedVersion(environment, head);
		return (await askHealth({
			...environment,
			ports: {
				...environment.ports,
				report: inDetail(report)
			}
		}, settings, version, signal, patience)).state === "healthy";
	} catch (error) {
		if (error instanceof Failure && error.code === "health-settings") return false;
		throw error;
	}
}
function inDetail(report) {
	const detail = (text) => report.detail(text);
	return {
		step: async (title, body, headline) => await report.step(title, body, headline),
		say: detail,
		detail,
		notice: detail,
		warning: detail,
		mask: (secret) => report.mask(secret)
	};
}
// src/deploy/steps/deploy-plan.ts
async function planDeploy(environment, commit, opener, watchdog) {
	await refuseUnfit(environment, commit, opener);
	await refuseAsOpeningDoes(environment);
	const clone = await appCloneOf(environment);
	const before = await whatRan(environment, await stateOf(environment).journal.read(), commit);
	const { from } = before;
	const holder = await whoHas(environment, clone, commit);
	const obstacles = [...(await clone.dirtyFiles()).map((file) => `${file} (edited on the host)`), ...holder === clone ? await metBy(clone, commit) : []];
	const way = holder === void 0 || from === void 0 ? void 0 : await compareCommits(holder, from, commit);
	const migrations = holder === void 0 ? void 0 : await migrationsOf(environment, holder, commit);
	const code = way === void 0 ? `${from === void 0 ? "nothing" : shortCommit(from)} → ${shortCommit(commit)}` : describeBetween(way);
	const ifItFails = whatThen(before);
	return {
		outputs: {
			commit,
			"previous-commit": from
		},
		headline: `Would deploy ${shortCommit(commit)} to ${environment.title}, where ${describeRunning(before)}`,
		blocks: [
			await planParts(environment, {
				commit,
				code,
				migrations: migrations?.said,
				ifItFails,
				watchdog
			}),
			await switchPlan(environment, {
				settings: environment.settingsOf(rolloutSection),
				commit,
				previous: from
			}),
			...obstacles.length === 0 ? [] : [{
				kind: "code",
				title: `In the way: ${plural(obstacles.length, "file")}; the deploy would be refused`,
				lines: obstacles
			}],
			...holder === void 0 ? [{
				kind: "text",
				text: "The commit is neither in the checkout nor on the host yet: its commits and migrations show when it is."
			}] : [...way === void 0 ? [await lastCommits(holder, commit)] : betweenBlocks(way), ...migrations?.blocks ?? []]
		]
	};
}
async function refuseAsOpeningDoes(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	await refuseTooManyReplaced(environment, await stateOf(environment).journal.read(), environment.settingsOf(backupSection));
	await refuseUnprovable(environment, database);
}
function describeRunning({ from, checkedOut }) {
	if (from !== void 0) return `${shortCommit(from)} runs`;
	return checkedOut === void 0 ? "nothing runs" : `nothing runs (${shortCommit(checkedOut)} is only checked out)`;
}
function whatThen({ from, ran }) {
	if (from !== void 0) return shortCommit(from);
	return ran === "nothing" ? NOTHING : "what runs now";
}
async function whoHas(environment, clone, commit) {
	if (await clone.hasAll(commit)) return clone;
	const checkout = await checkoutOf$1(environment);
	return checkout !== void 0 && await checkout.hasAll(commit) ? checkout : void 0;
}
async function lastCommits(holder, commit) {
	return {
		kind: "code",
		title: "Its last commits",
		lines: listed(await holder.log(void 0, commit, 20))
	};
}
async function migrationsOf(environment, holder, commit) {
	try {
		var _usingCtx$18 = _usingCtx();
		const database = await environment.database();
		const { directory, run } = environment.settingsOf(migrateSection);
		if (database === void 0) return void 0;
		if (run !== void 0) return {
			said: `by \`${run}\``,
			blocks: []
		};
		if (await holder.listFiles(commit, directory) === void 0) return {
			said: `none: this version has no ${directory}`,
			blocks: []
		};
		const migrations = await loadMigrations({
			machine: holder.machine,
			clone: holder.directory,
			commit,
			directory
		});
		const { pending } = await migrationStatus(_usingCtx$18.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		})), migrations);
		if (pending.length === 0) return {
			said: "none are pending",
			blocks: []
		};
		const named = pending.slice(0, 5).map((one) => one.version);
		return {
			said: `${plural(pending.length, "migration")} pending: ${named.join(", ")}${pending.length > named.length ? ", …" : ""}`,
			blocks: [planBlock(planMigrations(pending))]
		};
	} catch (_) {
		_usingCtx$18.e = _;
	} finally {
		await _usingCtx$18.d();
	}
}
async function metBy(clone, commit) {
	const { submodules, hidden } = await clone.outOfSight(commit);
	return [
		...hidden.map((file) => `${file} (edited on the host, where git was told not to look)`),
		...submodules.map((folder) => `${folder} (a submodule's folder, where the new version has files)`),
		...(await clone.untrackedInTheWay(commit)).map((file) => `${file} (untracked, and part of the new version)`)
	];
}
// src/journal/times.ts
const BACK_PARTS = [
	"decision",
	"restore",
	"stop",
	"swap",
	"start",
	"health"
];
function backTimes({ steps }) {
	const noted = steps.findLast(({ step }) => step === "rollback")?.result?.["times"];
	if (typeof noted !== "object" || noted === null) return void 0;
	const known = Object.entries(noted).filter(([, ms]) => typeof ms === "number" && Number.isFinite(ms) && ms >= 0);
	return {
		decision: 0,
		restore: 0,
		stop: 0,
		swap: 0,
		start: 0,
		health: 0,
		...Object.fromEntries(known)
	};
}
function stepTimes({ steps }) {
	const times = new Map();
	for (const { step, startedAt, endedAt } of steps) {
		if (endedAt === void 0) continue;
		times.set(step, Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
	}
	return [...times].map(([step, ms]) => ({
		step,
		ms
	}));
}
function awayMs({ steps }) {
	const downtime = steps.findLast(({ state, result }) => state === "done" && result?.["downtime"] !== void 0)?.result?.["downtime"];
	const ms = typeof downtime === "object" && downtime !== null && "ms" in downtime ? downtime.ms : void 0;
	return typeof ms === "number" && Number.isFinite(ms) && ms >= 0 ? ms : void 0;
}
const SWAP = 500;
const DECISION = 1e3;
function expectedBack({ deploys, entries }) {
	const last = deploys.findLast((deploy) => backTimes(deploy) !== void 0);
	const restore = restoreMs(entries, newestSize(deploys));
	const times = last && backTimes(last);
	if (last !== void 0 && times !== void 0) {
		const { decision, stop, swap, start, health } = times;
		const move = stop + start + health;
		const swapping = swap > 0 ? swap : SWAP;
		const restored = restore === void 0 ? void 0 : decision + restore + move + swapping;
		return {
			kept: decision + move,
			restored,
			away: move,
			by: "rollback",
			deploy: last.id
		};
	}
	const deploy = deploys.findLast((one) => !one.goingBack && awayMs(one) !== void 0);
	const away = deploy && awayMs(deploy);
	if (deploy === void 0 || away === void 0) return void 0;
	const restored = restore === void 0 ? void 0 : DECISION + restore + away + SWAP;
	return {
		kept: DECISION + away,
		restored,
		away,
		by: "deploy",
		deploy: deploy.id
	};
}
function newestSize(deploys) {
	const size = deploys.flatMap((deploy) => deploy.steps.filter(({ step, state }) => step === "backup" && state === "done")).at(-1)?.result?.["sizeBytes"];
	return typeof size === "number" ? size : void 0;
}
function restoreMs(entries, sizeBytes) {
	const proven = entries.findLast((entry) => entry.kind === "restore.proven");
	if (proven === void 0) return void 0;
	const grown = sizeBytes === void 0 || proven.sizeBytes <= 0 ? 1 : sizeBytes / proven.sizeBytes;
	return Math.round(proven.restoreMs * Math.max(1, grown));
}
// src/deploy/steps/times.ts
function partsText(times) {
	const parts = BACK_PARTS.filter((part) => times[part] > 0).map((part) => `${part} ${formatDuration(times[part])}`);
	return parts.length === 0 ? "nothing that took time" : parts.join(", ");
}
function totalOf(times) {
	return BACK_PARTS.reduce((sum, part) => sum + times[part], 0);
}
function expectedText(ledger) {
	const expected = expectedBack(ledger);
	if (expected === void 0) return void 0;
	const { kept, restored, away, by, deploy } = expected;
	const restoring = restored === void 0 ? "" : `, about ${formatDuration(restored)} where the savepoint is restored`;
	const source = by === "rollback" ? `as the last one took, ${deploy}` : `as stop, start and health took in ${deploy}; none was done yet`;
	return `about ${formatDuration(kept)} with the database kept${restoring}; ${formatDuration(away)} of it without the app (${source})`;
}
function forward(deploy) {
	return stepTimes(deploy).filter(({ step }) => step !== "rollback");
}
function timesRows(ledger) {
	const deploy = ledger.deploys.findLast((one) => !one.goingBack && forward(one).length > 0);
	const back = ledger.deploys.findLast((one) => backTimes(one) !== void 0);
	const times = back && backTimes(back);
	const away = deploy && awayMs(deploy);
	const expected = expectedText(ledger);
	return [
		...deploy === void 0 ? [] : [["last deploy took", `${forward(deploy).map(({ step, ms }) => `${step} ${formatDuration(ms)}`).join(", ")}${away === void 0 ? "" : `; without the app ${formatDuration(away)}`}`]],
		...times === void 0 ? [] : [["last rollback took", `${formatDuration(totalOf(times))}: ${partsText(times)}`]],
		...expected === void 0 ? [] : [["a rollback now", expected]]
	];
}
function expectedBlocks(ledger) {
	const expected = ledger && expectedText(ledger);
	return expected === void 0 ? [] : [{
		kind: "text",
		text: `A rollback now takes ${expected}.`
	}];
}
// src/deploy/back/rows.ts
async function compareRows(database, { savepoint, signal, database: named }) {
	try {
		var _usingCtx$17 = _usingCtx();
		const connection = _usingCtx$17.a(await database.connect("count", {
			admin: true,
			signal,
			...named !== void 0 && { database: named }
		}));
		const counted = await countRows(connection);
		const histories = new Set([...await historyTableNames(connection), ...savepoint.schema.history.map((one) => one.table)]);
		return [...new Set([...counted.keys(), ...Object.keys(savepoint.rows)])].filter((table) => !histories.has(table)).sort().map((table) => ({
			table,
			live: counted.get(table),
			savepoint: savepoint.rows[table]
		}));
	} catch (_) {
		_usingCtx$17.e = _;
	} finally {
		await _usingCtx$17.d();
	}
}
async function compareRowsIfReadable(environment, database, request) {
	try {
		return await compareRows(database, request);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.warning(`The rows of ${request.database ?? database.name} could not be counted (${clauseOf(error)}): compare them by hand.`);
		return [];
	}
}
async function rowsLeftIn(environment, replaced, savepoint) {
	if (replaced === void 0 || savepoint === void 0) return [];
	const { signal } = environment.ports;
	return await compareRowsIfReadable(environment, await databaseOf$1(environment), {
		savepoint,
		signal,
		database: replaced
	});
}
function changedTables(rows) {
	return rows.filter((row) => row.live !== row.savepoint);
}
function describeRows(rows) {
	const changed = changedTables(rows);
	if (rows.length === 0) return "No table was compared.";
	if (changed.length === 0) return `${rows.length === 1 ? "The 1 table holds" : `All ${plural(rows.length, "table")} hold`} as many rows as the savepoint (updates are not seen by counts).`;
	const shown = changed.slice(0, 20).map((row) => `${row.table}: ${count(row.live)} now, ${count(row.savepoint)} in the savepoint`);
	return [`${plural(changed.length, "table")} of ${formatCount(rows.length)} ${changed.length === 1 ? "differs" : "differ"} from the savepoint (updates are not seen by counts):`, ...shown.map((line) => `  ${line}`)].join("\n");
}
const TOLD_TABLES = 5;
function rowsTold(rows) {
	const changed = changedTables(rows);
	const shown = changed.slice(0, TOLD_TABLES).map((row) => `${row.table} ${count(row.live)}, restored ${count(row.savepoint)}`);
	return changed.length > TOLD_TABLES ? [...shown, `and ${plural(changed.length - TOLD_TABLES, "further table")}`] : shown;
}
function rowsBlock(rows) {
	return {
		kind: "table",
		title: "Rows in the replaced database against the restored one (updates are not seen by counts)",
		head: [
			"table",
			"replaced",
			"restored",
			"difference"
		],
		rows: changedTables(rows).map((row) => [
			row.table,
			count(row.live),
			count(row.savepoint),
			formatCount((row.live ?? 0) - (row.savepoint ?? 0))
		])
	};
}
async function lookInto(environment, replaced) {
	const { shared, machine } = environment;
	const service = shared["database-service"];
	if (service === void 0) return await lookByAddress(await databaseOf$1(environment), replaced);
	const command = `${shared["compose-command"]} exec ${service} sh -c 'psql -U "\${POSTGRES_USER:-postgres}" "$0"' ${inQuotes(replaced)}`;
	return `Look into it, in ${shared["app-dir"] ?? "app-dir"} on ${machine.name}: \`${command}\``;
}
async function lookByAddress({ adminTarget, dialFrom }, replaced) {
	const { host, port, user, socket } = adminTarget;
	const command = `${quote([
		"psql",
		"-h",
		socket ?? host,
		"-p",
		String(port),
		"-U",
		user
	])} -d ${inQuotes(replaced)}`;
	return `Look into it${dialFrom.local ? "" : `, on ${dialFrom.name}`}: \`${command}\``;
}
async function keptBlock(environment, replaced) {
	return {
		kind: "text",
		text: [`The replaced database is kept as ${replaced}.`, ...await waysInto(environment, replaced)].join("\n")
	};
}
async function intoReplacedBlock(environment, replaced) {
	return {
		kind: "text",
		text: ["The replaced database:", ...await waysInto(environment, replaced)].join("\n")
	};
}
async function waysInto(environment, replaced) {
	return [await lookInto(environment, replaced), bringBackAsked(environment, replaced)];
}
function count(rows) {
	return rows === void 0 ? "no such table" : formatCount(rows);
}
// src/deploy/back/extension-versions.ts
function versionLines(present, wanted) {
	return Object.entries(wanted).flatMap(([name, version]) => {
		const now = present[name];
		return now === void 0 || now === version ? [] : [`version of the extension ${name}: ${now} now; in the savepoint it was ${version}.`];
	});
}
async function tellVersions(environment, wanted) {
	if (wanted === void 0 || Object.keys(wanted).length === 0) return [];
	const { report, signal } = environment.ports;
	try {
		try {
			var _usingCtx$16 = _usingCtx();
			const lines = versionLines(await extensionVersions(_usingCtx$16.a(await (await databaseOf$1(environment)).connect("look", {
				admin: true,
				signal
			}))), wanted);
			if (lines.length > 0) report.say(["Versions of extensions differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
			return lines;
		} catch (_) {
			_usingCtx$16.e = _;
		} finally {
			await _usingCtx$16.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
		report.warning(`The versions of extensions could not be compared with the savepoint's: ${error.message}`);
		return [];
	}
}
// src/deploy/back/database-settings.ts
const LOCK_TIMEOUT$2 = 5e3;
async function lookAtSettings(environment, wanted) {
	const database = await databaseOf$1(environment);
	const { present, entered } = await presentOf(environment, database);
	if (wanted === void 0) return {
		present,
		changes: [],
		named: []
	};
	return {
		present,
		changes: settingChanges(database.name, present, wanted),
		named: entered ? roleChanges(present, wanted) : []
	};
}
async function presentOf(environment, database) {
	const { signal } = environment.ports;
	try {
		try {
			var _usingCtx$15 = _usingCtx();
			return {
				present: await presentSettings(_usingCtx$15.a(await database.connect("look", { signal }))),
				entered: true
			};
		} catch (_) {
			_usingCtx$15.e = _;
		} finally {
			await _usingCtx$15.d();
		}
	} catch (error) {
		try {
			var _usingCtx3 = _usingCtx();
			if (!(error instanceof Failure)) throw error;
			const own = await databaseSettings(_usingCtx3.a(await database.connectMaintenance("look", { signal })), database.name);
			if (own === void 0) throw error;
			return {
				present: {
					...own,
					roles: [],
					extensions: {}
				},
				entered: false
			};
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	}
}
async function settingsOfKept(environment, { savepoint, deploy, wish }) {
	const restoring = deploy !== void 0 && !deploy.goingBack && wish !== "keep";
	if (savepoint?.settings === void 0 || await environment.database() === void 0) return [];
	const { changes, named } = await lookAtSettings(environment, savepoint.settings);
	const left = restoring && changes.length > 0 ? await applySettings(environment, savepoint.settings, changes) : changes;
	const unset = new Set(left.map(({ what }) => what));
	return [...tell(environment, [
		...changes.filter(({ what }) => !unset.has(what)).map(backLine),
		...changes.filter(({ what }) => unset.has(what)).map(namedLine),
		...named.map(namedLine)
	]), ...await tellVersions(environment, savepoint.settings.extensions)];
}
async function applySettings(environment, wanted, changes) {
	const database = await databaseOf$1(environment);
	const { report } = environment.ports;
	try {
		try {
			var _usingCtx4 = _usingCtx();
			const connection = _usingCtx4.a(await database.connectMaintenance("swap", { lockTimeout: LOCK_TIMEOUT$2 }));
			const refused = await connection.transaction(async () => {
				const now = await databaseSettings(connection, database.name);
				return now === void 0 ? [] : await applyChanges(connection, settingChanges(database.name, now, wanted));
			});
			for (const { what, statement = "" } of refused) report.warning(`The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`);
			return refused;
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
		report.warning(`The settings of ${database.name} could not be put back: ${error.message}`);
		return changes;
	}
}
function settingsOfSwapped(environment, { changes, named }, refused) {
	const unset = new Set(refused.map(({ what }) => what));
	return tell(environment, [
		...changes.filter(({ what }) => !unset.has(what)).map(backLine),
		...refused.map(namedLine),
		...named.map(namedLine)
	]);
}
async function settingsOfReplaced(tx, replaced) {
	try {
		var _usingCtx5 = _usingCtx();
		const database = await databaseOf$1(tx.environment);
		const { present } = await lookAtSettings(tx.environment, void 0);
		const own = await databaseSettings(_usingCtx5.a(await database.connectMaintenance("look")), replaced);
		const { entries } = await tx.state.journal.read();
		const noted = entries.findLast((entry) => entry.kind === "database.replaced" && entry.replaced === replaced);
		const comment = noted?.kind === "database.replaced" && noted.comment !== void 0 ? noted.comment : present.comment;
		return own && {
			...own,
			comment,
			roles: present.roles,
			extensions: {}
		};
	} catch (_) {
		_usingCtx5.e = _;
	} finally {
		await _usingCtx5.d();
	}
}
function tell(environment, lines) {
	if (lines.length === 0) return [];
	environment.ports.report.say(["Settings of the database differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
	return lines;
}
function backLine(change) {
	if (change.statement === void 0) return namedLine(change);
	const undo = change.undo === void 0 ? "" : ` To have it as it was: ${change.undo};`;
	return `${change.what}: ${change.wanted}, as in the savepoint (it was ${change.present}).${undo}`;
}
function namedLine({ what, present, wanted, statement }) {
	return `${what}: stays ${present}; in the savepoint it was ${wanted}.${statement === void 0 ? "" : ` To have it so again: ${statement};`}`;
}
function settingsBlock(lines) {
	return lines.length === 0 ? [] : [{
		kind: "code",
		title: "Settings of the database against the savepoint's",
		lines
	}];
}
// src/deploy/back/rollback-blocks.ts
async function rollbackBlocks(environment, rolledBack, kept = keptBlock) {
	const blocks = [{
		kind: "text",
		text: `Database: ${rolledBack.database}, because ${rolledBack.why}.`
	}];
	const { commits, migrations } = rolledBack;
	blocks.push(...downtimeBlocks(rolledBack.downtime));
	blocks.push({
		kind: "text",
		text: `From decision to healthy: ${formatDuration(totalOf(rolledBack.times))} (${partsText(rolledBack.times)}).`
	});
	if (commits.length > 0) blocks.push({
		kind: "code",
		title: "Commits taken back",
		lines: commits
	});
	if (migrations.length > 0) blocks.push(...rolledBack.database === "kept" ? keptApart(rolledBack) : [{
		kind: "code",
		title: "Migrations taken back",
		lines: migrations.map((line) => withoutSign(line))
	}]);
	blocks.push(...settingsBlock(rolledBack.settings));
	if (rolledBack.replaced !== void 0) {
		if (changedTables(rolledBack.rows).length > 0) blocks.push(rowsBlock(rolledBack.rows));
		blocks.push(await kept(environment, rolledBack.replaced));
	}
	return blocks;
}
function keptApart({ commit, migrations, schema }) {
	const name = commit === void 0 ? "that version" : shortCommit(commit);
	const blocks = [{
		kind: "code",
		title: `Where the database is not as ${name} was seen on it`,
		lines: migrations.map(asItStays)
	}];
	if (schema !== "proven") return blocks;
	return [...blocks, {
		kind: "text",
		text: `Because \`keep\` was said and the app is healthy, this schema counts as ${name}'s from now on.`
	}];
}
function asItStays(difference) {
	const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
	if (sign === "- ") return `${rest} (is missing)`;
	return sign === "~ " ? `${rest} (is another one)` : sign === "+ " ? `${rest} (stays applied)` : difference;
}
function whoAndWhy({ owner }, why) {
	return {
		kind: "text",
		text: `Why: ${why}\nBy: ${owner.terminal ? owner.id : `${owner.actor ?? "somebody"}, in run ${owner.id}`}`
	};
}
function withoutSign(difference) {
	const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
	if (sign === "- ") return `${rest} (was missing, and is back)`;
	return sign === "~ " ? `${rest} (was changed, and is as before)` : sign === "+ " ? rest : difference;
}
function stopByHand({ what, ways }, title) {
	return `Nothing of ${title} ran before, and the failed version is ${what}. Its database is not the one that it was made for: ${ways.length > 0 ? "the command below stops it" : "stop it by hand, and give `stop-command`"}. Then fix the cause and deploy again.`;
}
// src/deploy/back/written-since.ts
async function writtenSince(environment, replaced) {
	return `Rows that were written after the backup are only in the replaced database ${replaced}, until retention drops it. ${await lookInto(environment, replaced)}`;
}
async function stillWrittenSince(environment, { entries, deploys }) {
	const last = deploys.at(-1);
	const aside = entries.findLast((entry) => entry.kind === "database.replaced" && entry.deploy === last?.id);
	if (last === void 0 || aside?.kind !== "database.replaced") return [];
	const { replaced } = aside;
	if (!await isThere(environment, replaced)) return [];
	const bringsBack = last.end === void 0 || last.end.blocks ? "" : `\n${bringBackAsked(environment, replaced)}`;
	return [{
		kind: "text",
		text: `${await writtenSince(environment, replaced)}${bringsBack}`
	}];
}
async function isThere(environment, replaced) {
	try {
		return (await replacedDatabases(await databaseOf$1(environment))).some(({ name }) => name === replaced);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`Whether ${replaced} is there still could not be looked at: ${error.message}`);
		return false;
	}
}
// src/deploy/back/target-settings.ts
function settingsForTarget(environment, known) {
	const rollout = appSettingsForTarget(environment, known);
	if (known.target.commit === void 0) return {
		rollout,
		health: void 0
	};
	const { confirmed, open } = sourcesFor(known);
	return {
		rollout,
		health: knownHealth(environment, chosen(environment.settings, healthSection, [confirmed, open]))
	};
}
function appSettingsForTarget({ settings }, known) {
	const { confirmed, open } = sourcesFor(known);
	return {
		start: chosen(settings, rolloutSection, [confirmed, open]).section(rolloutSection),
		stop: chosen(settings, rolloutSection, [open, confirmed]).section(rolloutSection)
	};
}
function sourcesFor({ ledger, deploy, target }) {
	const marked = ledger.stable.findLast((one) => one.commit === target.commit);
	return {
		confirmed: {
			of: `the stable mark ${marked?.tag}`,
			raw: marked?.settings ?? {}
		},
		open: {
			of: `deploy ${deploy?.id}`,
			raw: deploy === void 0 || deploy.goingBack ? {} : settingsOfDeploy(deploy)
		}
	};
}
function chosen(given, section, sources) {
	const { name } = section;
	const source = sources.find(({ raw }) => Object.keys(raw[name] ?? {}).length > 0);
	if (source === void 0) return given;
	const known = new Settings([{
		source: JOURNAL,
		of: source.of,
		raw: { [name]: source.raw[name] ?? {} }
	}], given.own);
	const mended = textsOf(given.saidHere(), name, known.unreadable(section));
	const secrets = textsOf(given, name, known.missing(name));
	return known.withFirst([{
		source: "this call",
		raw: { [name]: mended }
	}]).withFallback({
		source: "this call",
		raw: { [name]: secrets }
	});
}
function textsOf(given, section, names) {
	return Object.fromEntries(names.flatMap((name) => {
		const value = given.text(section, name);
		return value === void 0 ? [] : [[name, value]];
	}));
}
function knownHealth(environment, settings) {
	const missing = settings.missing("health");
	if (missing.length === 0) return withoutForeign(environment, readHealthSettings(settings));
	const variables = missing.map((name) => variableName("health", name)).join(", ");
	environment.ports.report.warning(`The health check of this version used secrets (${missing.join(", ")}), which are not in the journal: set ${variables} to have it done.`);
}
// src/deploy/back/parts.ts
const NOT_LOOKED_AT = "not looked at";
var Parts = class {
	code = NOT_LOOKED_AT;
	schema = NOT_LOOKED_AT;
	app = "not touched";
	touched = false;
	swapped = false;
	replaced;
	databases = [];
	get unseen() {
		return this.schema === NOT_LOOKED_AT;
	}
	lines() {
		return [
			`code: ${this.code}`,
			`schema: ${this.schema}`,
			`app: ${this.app}`,
			...this.databases.map((one) => `database: ${one}`)
		];
	}
};
// src/postgres/swap-outcome.ts
const TRIES = 5;
const PAUSE = 1e3;
const ENDS_WITHIN = 1e4;
const SWAP_UNKNOWN = "swap-unknown";
async function swapperOf(connection) {
	const [row] = await connection.query("SELECT backend_start::text AS at FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()");
	return {
		pid: connection.pid,
		begunAt: row?.at ?? ""
	};
}
async function outcomeOf(database, { pid, begunAt }, { replacedAs, lost, swapped }) {
	let unanswered;
	for (let attempt = 1; attempt <= TRIES; attempt += 1) {
		try {
			try {
				var _usingCtx$14 = _usingCtx();
				const connection = _usingCtx$14.a(await database.connectMaintenance("swap"));
				const until = performance.now() + ENDS_WITHIN;
				while (await ends(connection, pid, begunAt) && performance.now() < until) await pause(50);
				if (await ends(connection, pid, begunAt)) break;
				return await swapped(connection);
			} catch (_) {
				_usingCtx$14.e = _;
			} finally {
				await _usingCtx$14.d();
			}
		} catch (error) {
			if (error instanceof Failure && error.code === "lock-lost") throw error;
			unanswered = error;
		}
		if (attempt < TRIES) await pause(PAUSE);
	}
	throw new Failure(`Whether ${database.name} was swapped is not known: the connection was lost on the way (${clauseOf(lost)}), and the server cannot be asked.`, {
		code: SWAP_UNKNOWN,
		exit: 3,
		cause: unanswered ?? lost,
		evidence: unanswered === void 0 ? [] : [messageOf(unanswered)],
		hint: `Look once it answers: SELECT datname FROM pg_database WHERE datname = ${literal(replacedAs)}; one row: it was swapped, and the replaced database has that name. No row: nothing was changed.`,
		state: [`${database.name}: not known whether the restored database is in its place`]
	});
}
async function ends(connection, pid, begunAt) {
	return (await connection.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND backend_start::text = $2", [pid, begunAt])).length > 0;
}
async function pause(ms) {
	await new Promise((resolve) => setTimeout(resolve, ms));
}
// src/deploy/back/proof.ts
async function prove(environment, target, expected, { code = true } = {}) {
	const name = schemaOwner(target);
	const head = code && target.commit !== void 0 ? await (await environment.clone())?.current() : void 0;
	if (head !== void 0 && head !== target.commit) throw new Failure(`After the way back ${shortCommit(head)} is checked out, not ${name}.`, {
		exit: 3,
		code: "code-differs"
	});
	if (await environment.database() === void 0) return "no database is configured";
	const live = expected === void 0 ? void 0 : await liveSchema(environment);
	if (expected === void 0 || live === void 0) return `as it was; what ${name} was seen on is not known`;
	const likeness = compareSchemas(live, expected);
	if (likeness === "same") return target.apart === true ? "as it was when the deploy opened" : `${name}'s, proven`;
	if (likeness === "unknown") throw new Failure(`After the way back it cannot be told whether the schema is ${name}'s.`, {
		hint: "An earlier version of Savepoint recorded that schema, and its fingerprint cannot be compared with today's. Look at the database; `--database keep` takes it as it is.",
		exit: 3,
		code: "schema-unknown"
	});
	throw new Failure(`After the way back the schema is not ${name}'s.`, {
		evidence: historyDifference(expected.history, live.history),
		hint: "Something changes the schema when the app starts, or by hand, while this runs.",
		exit: 3,
		code: "schema-differs"
	});
}
async function proveNow({ tx, request: { wish, savepoint }, target, parts }, decision) {
	const known = target.schema ?? (changesDatabase(decision) ? savepoint?.schema : void 0);
	const expected = known !== void 0 && parts.swapped ? asRestored(known) : known;
	const proven = await prove(tx.environment, target, wish === "keep" ? void 0 : expected);
	parts.schema = wish === "keep" && decision.action === "kept" ? keptAs(target, decision.proven) : proven;
}
function keptAs(target, proven) {
	const name = schemaOwner(target);
	if (target.schema === void 0) return `kept as it was; what ${name} was seen on is not known`;
	return proven ? `${name}'s` : `kept as it was, not ${name}'s`;
}
function schemaProof(target, { decision, wish, health }) {
	if (target.apart === true) return "apart";
	const seen = target.schema !== void 0 || decision.action === "restore";
	const asSaid = wish === "keep" && decision.action === "kept" && !decision.proven;
	if (seen && !asSaid) return "proven";
	if (health !== "not checked") return "proven";
	return seen ? "apart" : "unknown";
}
// src/deploy/back/health.ts
const UP_ALREADY = 5e3;
async function healthAfter(request) {
	const { environment, settings, restart } = request;
	const { report } = environment.ports;
	if (settings === void 0) {
		report.warning("Health not checked: no health settings are known for this version.");
		return NOT_CHECKED;
	}
	let verdict = await ask(request, restart === void 0 && request.seen !== "unhealthy" ? settings : quick(settings));
	if (verdict.state === "failing" && request.seen === "unhealthy") {
		report.warning(`${shortCommit(request.commit)} is not healthy (${verdict.reason}), as it was not when this deploy opened: all is as it was found.`);
		return AS_FOUND;
	}
	if (verdict.state === "failing" && restart !== void 0) {
		report.say("Not healthy although nothing had to be taken back: starting it once more.");
		request.standstill.nothingAnswered();
		await restart();
		verdict = await ask(request, settings);
	}
	if (verdict.state === "healthy") {
		request.standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
		return describeHealth(verdict);
	}
	const { evidence, hint } = unhealthy(verdict);
	throw new Failure(`${shortCommit(request.commit)} is back, and it is not healthy either: ${verdict.reason}.`, {
		evidence,
		hint: nextMove(request) ?? hint,
		exit: 3,
		code: request.proven ? "unhealthy-at-target" : "unhealthy-and-apart"
	});
}
function nextMove({ kept, proven, seen }) {
	if (!proven) return "The database was kept, and its schema is not known to be this version's: mend it by hand, or go back to a savepoint.";
	if (!kept) return void 0;
	if (seen !== "healthy" && seen !== "nameless") return "Code and schema are this version's, and it was never seen healthy: it may never have been. Mend it by hand or deploy a version that works; no further rollback is tried.";
	return "Code and schema are as they were when it was healthy: the cause lies elsewhere (a service it needs, the machine, the data). No further rollback is tried.";
}
function quick(settings) {
	return {
		...settings,
		timeout: Math.min(settings.timeout, UP_ALREADY + settings.successes * settings.interval)
	};
}
async function ask({ environment, commit, signal, started }, settings) {
	const version = await expectedVersion(environment, commit);
	let verdict;
	try {
		return await environment.ports.report.step("Checking the health of the version gone back to", async () => {
			verdict = await askHealth(environment, settings, version, signal, { started });
			if (verdict.state === "failing") throw unhealthy(verdict);
			return verdict;
		}, describeHealth);
	} catch (error) {
		if (verdict?.state === "failing") return verdict;
		throw error;
	}
}
// src/deploy/back/start-again.ts
const STAYS_STOPPED = "stopped, and stays so: on which database it would be started is not known";
async function startedAgain(start) {
	try {
		await start();
		return "started again, on the code and the database that it had";
	} catch (error) {
		return `stopped, and it could not be started again (${clauseOf(error)})`;
	}
}
async function orStartAgain(start, body) {
	try {
		return await body();
	} catch (error) {
		if (error instanceof Cancelled || error instanceof Failure && error.code === "lock-lost" || start === void 0) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
			code: "unexpected",
			cause: error
		});
		if (failure.code === "swap-unknown") throw failure.with({ state: [...failure.state, `app: ${STAYS_STOPPED}`] });
		const app = await startedAgain(start);
		const exit = app.startsWith("stopped") ? 3 : failure.exit === 2 ? 1 : failure.exit;
		throw failure.with({
			exit,
			state: [...failure.state, `app: ${app}`]
		});
	}
}
// src/deploy/back/to-nothing.ts
async function leaveNothing(app, parts, { deploy, running }) {
	if (running === void 0) return { health: parts.app === "not touched" ? "app not touched" : `app ${parts.app}` };
	const found = await app.clearAway();
	const up = deploy?.goingBack === true || deploy?.steps.some(({ step }) => step === "switch") === true ? found : void 0;
	const before = deploy?.checkedOut;
	if (before !== void 0 && before !== running) await app.placeFiles(before);
	parts.code = before === void 0 ? `${shortCommit(running)} is checked out` : `${shortCommit(before)} is checked out, as before`;
	parts.app = up === void 0 ? "nothing runs" : up.what;
	return {
		health: parts.app,
		up
	};
}
// src/deploy/back/target-health.ts
async function checkTargetHealth(way, found, state) {
	const { parts, request, target } = way;
	if (target.commit === void 0) return await leaveNothing(found.app, parts, {
		deploy: request.deploy,
		running: found.running
	});
	try {
		const health = await askTarget(way, found.app, {
			...state,
			commit: target.commit
		});
		parts.app = health;
		return { health };
	} catch (error) {
		parts.app = "not healthy";
		throw error;
	}
}
async function askTarget({ tx, request, target, signal }, app, { commit, decision, stopped }) {
	const { deploy } = request;
	const seen = deploy?.from === commit && !deploy.goingBack && !target.stable ? deploy.ran : void 0;
	const restart = async () => {
		await orStartAgain(async () => await app.start(commit), async () => await app.stop(commit));
		await app.start(commit);
	};
	const { environment, deploy: id } = tx;
	return await healthAfter({
		environment,
		settings: seen === "nameless" ? withoutVersion(environment, request.health, commit) : request.health,
		commit,
		started: id !== void 0 ? {
			deploy: id,
			rollout: request.rollout.start,
			kept: deploy?.from === commit
		} : void 0,
		seen: target.stable ? "healthy" : seen,
		signal,
		kept: !changesDatabase(decision),
		proven: decision.action !== "kept" || decision.proven,
		restart: !stopped && await app.canStart(commit) ? restart : void 0,
		standstill: await standstillOf(tx)
	});
}
function provesVersion({ health: settings, deploy }, { health, stopped }) {
	if (health === "not checked" || health === "not healthy, as it was found") return false;
	const source = settings?.["expect-version"]?.from;
	return stopped || source !== void 0 && source !== "literal" && deploy?.ran !== "nameless";
}
function withoutVersion(environment, health, commit) {
	if (health?.["expect-version"] === void 0) return health;
	environment.ports.report.say(`${shortCommit(commit)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`);
	return {
		...health,
		"expect-version": void 0
	};
}
// src/deploy/back/account.ts
async function accountOf(way, { app, clone, running }, ended) {
	const { tx, request, target } = way;
	const { found, decision, database, health, up, times } = ended;
	const newest = request.deploy?.goingBack === false ? request.deploy.commit : running;
	const [before, wanted] = [found.look.live, found.target.schema];
	return {
		commit: target.commit,
		from: running,
		...database,
		rows: await rowsLeftIn(tx.environment, database.replaced, request.savepoint),
		why: decision.why,
		health,
		up,
		times,
		downtime: (await standstillOf(tx)).downtime,
		schema: schemaProof(target, {
			decision,
			wish: request.wish,
			health
		}),
		proven: provesVersion(request, {
			health,
			stopped: app.stopped
		}),
		commits: await commitsBetween(clone, target.commit, newest),
		migrations: before && wanted ? historyDifference(wanted.history, before.history) : []
	};
}
// src/deploy/back/impossible.ts
function impossibleRollback(about) {
	const { why, others, broken, replaced = [], touched } = about;
	return new Failure(`The database cannot be taken back: ${why}. ${touched ? "The way back had begun." : "Nothing was touched."}`, {
		evidence: [
			...others.length === 0 ? ["No backup of this database can be restored."] : ["Backups that can be gone back to by hand:", ...others],
			...broken.length === 0 ? [] : ["Damaged:", ...broken],
			...replaced
		],
		hint: "Say what is to become of the database: it can stay as it is, or go back to one of those backups, with the version that ran then.",
		exit: 3,
		code: "no-way-back"
	});
}
function restoreNotSaid({ savepoint, rows, touched }) {
	return new Failure(`The database would be restored to the savepoint, and that was not said. ${touched ? "The app is stopped." : "Nothing was touched."}`, {
		evidence: rows.split("\n"),
		hint: `Say \`database: restore\` to go back to ${savepoint} (the live database is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`,
		exit: 2,
		code: "restore-not-said"
	});
}
// src/backup/restore.ts
async function restoreToSide(request) {
	try {
		var _usingCtx$13 = _usingCtx();
		const { database, store, manifest, side, ports, noteIn } = request;
		const started = ports.clock.now().getTime();
		const bare = !("id" in manifest);
		const path = bare ? manifest.path : store.pathOf(manifest);
		if (bare) await checkBare(request, manifest);
		else {
			await requireOwn(request, manifest);
			await checkSize(store, manifest);
		}
		const source = bare ? await sourceOfFile({
			machine: store.machine,
			path
		}) : sourceOf(manifest);
		const restored = async (signal) => await restoreBeside({
			database,
			side,
			dump: {
				machine: store.machine,
				path
			},
			source,
			writtenBy: bare ? void 0 : manifest.tools,
			expected: bare ? void 0 : factsOf(manifest),
			settings: bare ? void 0 : manifest.settings,
			ports: {
				...ports,
				signal
			},
			noteIn
		});
		const copy = _usingCtx$13.a(bare ? await restored(ports.signal) : await whileChecked({
			check: async (signal) => await checkBytes(store, manifest, signal),
			restored,
			signal: ports.signal
		}));
		copy.keep();
		const uncompared = bare ? [
			"checksum",
			"schema",
			"rows",
			"sequences"
		].map((what) => `${what}: no manifest says what they were`) : copy.schema === "unknown" ? ["schema: another version of Savepoint, or of PostgreSQL, recorded it in its own way"] : [];
		if (!bare && uncompared.length > 0) ports.report.notice(`The restored copy's checksum, rows and sequences were compared, and this was not: ${uncompared.join("; ")}.`);
		return {
			side,
			durationMs: ports.clock.now().getTime() - started,
			uncompared
		};
	} catch (_) {
		_usingCtx$13.e = _;
	} finally {
		await _usingCtx$13.d();
	}
}
async function whileChecked({ check, restored, signal }) {
	const damaged = new AbortController();
	const checking = check(signal).catch((error) => {
		damaged.abort();
		throw error;
	});
	const [checked, copy] = await Promise.allSettled([checking, restored(AbortSignal.any([signal, damaged.signal]))]);
	if (copy.status === "fulfilled") {
		if (checked.status === "fulfilled") return copy.value;
		await copy.value[Symbol.asyncDispose]();
		throw checked.reason;
	}
	throw checked.status === "rejected" ? checked.reason : copy.reason;
}
async function checkSize(store, manifest) {
	const path = store.pathOf(manifest);
	if (!await exists(store.machine, path)) throw damagedBackup(store, manifest, "its dump is missing");
	const size = await fileSize(store.machine, path);
	if (size !== manifest.sizeBytes) throw damagedBackup(store, manifest, `its dump has ${size} bytes instead of ${manifest.sizeBytes}`);
}
async function checkBytes(store, manifest, signal) {
	const sum = await sha256(store.machine, store.pathOf(manifest), { signal });
	if (sum !== manifest.sha256) throw damagedBackup(store, manifest, `its checksum is ${sum} instead of ${manifest.sha256}`);
}
function damagedBackup(store, manifest, problem) {
	return refusal(`Backup ${manifest.id} is damaged: ${problem}.`, {
		code: "backup-broken",
		hint: "Restore another one: the command `list` shows them.",
		evidence: [`${store.pathOf(manifest)} on ${store.machine.name}`]
	});
}
async function checkBare({ store, foreign }, { path }) {
	if (foreign !== true) throw refusal(`${path} has no manifest: nothing says which database it is of, or that it is whole.`, {
		code: "backup-foreign",
		hint: "Confirm that it is meant."
	});
	if (!await exists(store.machine, path)) throw refusal(`There is no file ${path} on ${store.machine.name}.`, { code: "backup-unknown" });
}
async function requireOwn({ database, foreign, ports }, manifest) {
	try {
		var _usingCtx3 = _usingCtx();
		if (foreign === true) return;
		const [row] = await _usingCtx3.a(await database.connectMaintenance("restore", { signal: ports.signal })).query("SELECT system_identifier::text AS system FROM pg_control_system()");
		const { system, name } = manifest.database;
		if (system === row?.system && name === database.name) return;
		throw refusal(`Backup ${manifest.id} is not of this database.`, {
			code: "backup-foreign",
			hint: "Where it is meant, as on a new server, say `foreign: true`; else choose one of this database.",
			evidence: [`the backup: database ${name} of cluster ${system}`, `here: database ${database.name} of cluster ${row?.system ?? "unknown"}`]
		});
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
// src/postgres/swap.ts
const ATTEMPTS$1 = 4;
const LOCK_TIMEOUT$1 = 5e3;
const AGAIN = [
	"55P03",
	"55006",
	"40P01"
];
async function swapDatabases(request) {
	try {
		var _usingCtx$12 = _usingCtx();
		const { database, side, replacedAs, signal, report } = request;
		const renamer = _usingCtx$12.a(await database.connectMaintenance("swap", {
			lockTimeout: LOCK_TIMEOUT$1,
			signal
		}));
		const evictor = _usingCtx$12.a(await database.connectMaintenance("swap"));
		if (await alreadySwapped(renamer, request)) return {
			blockedMs: 0,
			refused: []
		};
		await refuseObstacles(renamer, request);
		await refuseHolders(evictor, database, [database.name, side], signal);
		const swapper = await swapperOf(renamer);
		for (let attempt = 1;; attempt += 1) {
			if (signal) stopIfCancelled(signal);
			try {
				const { blockedMs, refused, ended } = await attemptSwap(renamer, evictor, request, async (lost) => {
					const swapped = async (connection) => await alreadySwapped(connection, request);
					return await outcomeOf(database, swapper, {
						replacedAs,
						lost,
						swapped
					});
				});
				report.detail(`${side} is now ${database.name}; ${plural(ended, "session")} ended; blocked for ${Math.round(blockedMs)} ms`);
				const unset = refused.map((change) => inPlace(change, request));
				for (const { what, statement = "" } of unset) report.warning(`The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`);
				return {
					blockedMs,
					refused: unset
				};
			} catch (error) {
				if (!(error instanceof Failure && AGAIN.includes(error.code ?? ""))) throw error;
				const held = await heldSessions(evictor, [database.name, side]);
				if (held.length > 0) throw whoHolds(database, held, error);
				if (attempt === ATTEMPTS$1) throw error.with({
					hint: `Nothing was changed; something keeps ${database.name} or ${side} in use: run it again.`,
					state: [`${database.name} is as it was`, `${side} is still beside it; ${replacedAs} does not exist`]
				});
				report.detail(`the databases are in use (${error.code}); trying again`);
			}
		}
	} catch (_) {
		_usingCtx$12.e = _;
	} finally {
		await _usingCtx$12.d();
	}
}
function inPlace({ shown, ...change }, { database, side, replacedAs }) {
	const statement = (shown?.(replacedAs) ?? change.statement)?.replace(identifier(side), identifier(database.name));
	return {
		...change,
		statement
	};
}
async function attemptSwap(renamer, evictor, { database, side, replacedAs, settings, shut }, outcome) {
	const live = database.name;
	let started = 0;
	const evicting = {
		on: false,
		ended: 0
	};
	let loop = Promise.resolve();
	let kept = [];
	try {
		await renamer.transaction(async () => {
			const [present, besides] = [await databaseSettings(renamer, live), await databaseSettings(renamer, side)];
			if (present === void 0 || besides === void 0) throw refusal(`There is no database ${live} in the cluster.`, { code: "3D000" });
			if (shut !== void 0 && !await isAsShut(renamer, shut)) throw notProven(side);
			kept = await applyChanges(renamer, settingChanges(side, besides, settings === void 0 ? present : withLiveSecrets(settings, present)));
			await renamer.exec(`COMMENT ON DATABASE ${identifier(live)} IS ${literal(commentFor(live, replacedAs, new Date()))}`);
			started = performance.now();
			evicting.on = true;
			loop = keepEvicting(evictor, [live, side], evicting);
			loop.catch(() => void 0);
			await renamer.exec(`ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replacedAs)}`);
			await renamer.exec(`ALTER DATABASE ${identifier(side)} RENAME TO ${identifier(live)}`);
			if (shut !== void 0) await letIn(renamer, live);
			evicting.on = false;
			await loop;
		});
		return {
			blockedMs: performance.now() - started,
			refused: kept,
			ended: evicting.ended
		};
	} catch (error) {
		const unsure = error instanceof Cancelled || error instanceof Failure && error.code === "connection-lost";
		if (started === 0 || !unsure || !await outcome(error)) throw error;
		return {
			blockedMs: performance.now() - started,
			refused: kept,
			ended: evicting.ended
		};
	} finally {
		evicting.on = false;
		await loop;
	}
}
function notProven(side) {
	return new Failure(`The database ${side} is not the copy that was proven any more: somebody changed or opened it.`, {
		code: "differs",
		hint: "Nothing was changed. Run it again: the savepoint is restored anew."
	});
}
async function keepEvicting(evictor, names, state) {
	while (state.on) {
		state.ended += await endSessionsIn(evictor, names);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
async function alreadySwapped(connection, { database, side, replacedAs }) {
	return await databaseExists(connection, replacedAs) && await databaseExists(connection, database.name) && !await databaseExists(connection, side);
}
async function refuseObstacles(connection, { side, replacedAs }) {
	if (!await databaseExists(connection, side)) throw refusal(`There is no database ${side} to swap in.`, { code: "3D000" });
	if (await databaseExists(connection, replacedAs)) throw refusal(`A database ${replacedAs} exists already.`, { code: "42P04" });
}
async function refuseHolders(connection, database, names, signal) {
	const prepared = await stayingPrepared(connection, names, signal);
	if (prepared.length > 0) throw preparedFailure(database, prepared);
	const staying = await stayingSessions(connection, names, signal);
	if (staying.length > 0) throw whoHolds(database, staying);
}
async function refuseBeforeSwap(database, signal) {
	try {
		var _usingCtx3 = _usingCtx();
		await refuseHolders(_usingCtx3.a(await database.connectMaintenance("look", { signal })), database, [database.name], signal);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function whoHolds(database, held, cause) {
	return new Failure(`${database.name} cannot be swapped: ${plural(held.length, "session")} in it cannot be ended by ${database.adminTarget.user}.`, {
		code: "55006",
		evidence: held,
		hint: `Nothing was changed. End them, or GRANT pg_signal_backend TO ${identifier(database.adminTarget.user)} (a superuser's session only a superuser can end: name one in database-admin-url).`,
		cause
	});
}
// src/deploy/back/swap.ts
const DUMP_WAIT_MS = 18e5;
async function restoreBesideLive(tx, manifest, { signal, side, foreign }) {
	const { environment } = tx;
	const { durationMs, uncompared } = await restoreToSide({
		database: await databaseOf$1(environment),
		store: backupStore(environment, tx.state),
		manifest,
		side,
		foreign,
		ports: {
			...environment.ports,
			signal
		},
		noteIn: tx.note()
	});
	if (uncompared.length === 0) await tx.write(provenFact(manifest, durationMs));
	return side;
}
async function planSide(environment) {
	return newSideName((await databaseOf$1(environment)).name, "restore", environment.ports.clock.now());
}
async function dropSide(environment, side) {
	await dropOrWarn(await databaseOf$1(environment), side, environment.ports.report);
}
async function waitForBackups(environment, signal) {
	const { clock, report } = environment.ports;
	await waitForDumps(await databaseOf$1(environment), {
		clock,
		report,
		signal,
		timeoutMs: DUMP_WAIT_MS
	});
}
async function readyFor(action, environment, signal) {
	if (action === "restore" || action === "down") await waitForBackups(environment, signal);
	if (action === "restore") await refuseBeforeSwap(await databaseOf$1(environment), signal);
}
async function swapIn(tx, request) {
	const { environment } = tx;
	const database = await databaseOf$1(environment);
	await waitForBackups(environment, request.signal);
	const replaced = await freeReplacedName(database, environment.ports.clock.now());
	const look = await lookAtSettings(environment, request.settings);
	const { comment } = look.present;
	await tx.write({
		kind: "database.replaced",
		database: database.name,
		replaced,
		backup: request.backup,
		comment
	});
	const { signal, side, shut, settings } = request;
	const { report } = environment.ports;
	const { blockedMs, refused } = await withoutSubscriptions(environment, {
		database,
		replaced,
		signal
	}, async () => {
		return await (await standstillOf(tx)).timed((swapped) => `swapping the databases, of which connections were blocked for ${formatDuration(swapped.blockedMs)}`, async () => await swapDatabases({
			database,
			side,
			shut,
			replacedAs: replaced,
			settings,
			signal,
			report
		}));
	});
	return {
		replaced,
		blockedMs,
		settings: [...settingsOfSwapped(environment, look, refused), ...await tellVersions(environment, settings?.extensions)]
	};
}
async function withoutSubscriptions(environment, { database, replaced, signal }, swap) {
	const enableAgain = await detach(environment, database, signal);
	try {
		return await swap();
	} catch (error) {
		await orWarn(environment, enableAgain);
		throw error;
	} finally {
		await sayWhatStayed(environment, database, replaced);
	}
}
async function detach(environment, database, signal) {
	if (!environment.shared["detach-subscriptions"]) return async () => void 0;
	return await disableSubscriptions(database, {
		name: database.name,
		signal
	});
}
async function orWarn({ ports }, enableAgain) {
	try {
		await enableAgain();
	} catch (error) {
		ports.report.warning(`Subscriptions that were stopped for the swap could not be started again (${clauseOf(error)}). Look with SELECT subname, subenabled FROM pg_subscription, and enable those that are not.`);
	}
}
async function sayWhatStayed({ ports }, database, replaced) {
	try {
		try {
			var _usingCtx$11 = _usingCtx();
			const connection = _usingCtx$11.a(await database.connectMaintenance("look"));
			if (!await databaseExists(connection, replaced)) return;
			for (const warning of await afterSwap(connection, database.name, replaced)) ports.report.warning(warning);
		} catch (_) {
			_usingCtx$11.e = _;
		} finally {
			await _usingCtx$11.d();
		}
	} catch (error) {
		ports.report.warning(`What of replication stayed with ${replaced} could not be asked: ${messageOf(error)}`);
	}
}
// src/deploy/back/prepare-side.ts
async function prepareSide(tx, about) {
	const { environment } = tx;
	const { request, target, savepoint, signal } = about;
	const rows = describeRows(await compareRowsIfReadable(environment, await databaseOf$1(environment), {
		savepoint,
		signal
	}));
	const notSaid = restoreNotSaid({
		savepoint: savepoint.id,
		rows,
		touched: about.touched
	});
	const known = !onlyCopyTells(target, savepoint);
	if (request.restoreMustBeSaid && known) throw notSaid;
	environment.ports.report.say(rows);
	const side = await environment.ports.report.step(`Restoring ${savepoint.id} beside the running database`, async () => {
		const planned = about.plannedSide ?? await planSide(environment);
		return await restoreBesideLive(tx, savepoint, {
			signal,
			side: planned,
			foreign: false
		});
	}, (name) => `restored into ${name} and compared`);
	if (known) return {
		side,
		target,
		look: void 0
	};
	try {
		const shown = {
			...target,
			schema: await targetSchema(tx, about, side)
		};
		const look = await about.look(shown);
		if (look.decision.action === "restore") {
			if (request.restoreMustBeSaid) throw notSaid;
			return {
				side,
				target: shown,
				look
			};
		}
		await dropSide(environment, side);
		return {
			side: void 0,
			target: shown,
			look
		};
	} catch (error) {
		await dropSide(environment, side);
		throw error;
	}
}
function onlyCopyTells(target, savepoint) {
	return !isComparable(savepoint.schema.fingerprint) || target.schema !== void 0 && !isComparable(target.schema.fingerprint);
}
async function targetSchema(tx, { request, target, savepoint, touched }, side) {
	try {
		var _usingCtx$10 = _usingCtx();
		const { environment } = tx;
		const database = await databaseOf$1(environment);
		const copy = await readSchemaView(_usingCtx$10.a(await database.connect("look", {
			admin: true,
			database: side,
			signal: environment.ports.signal
		})), environment.shared["history-tables"] ?? []);
		if (target.schema === void 0 || compareSchemas(copy, asRestored(target.schema)) !== "different") return copy;
		throw impossibleRollback({
			why: `the savepoint ${savepoint.id} is on another schema than the target's`,
			others: [],
			broken: request.broken,
			touched
		});
	} catch (_) {
		_usingCtx$10.e = _;
	} finally {
		await _usingCtx$10.d();
	}
}
function knownBySavepoint(target, savepoint) {
	if (savepoint === void 0 || target.schema === void 0 || isComparable(target.schema.fingerprint)) return target;
	return isComparable(savepoint.schema.fingerprint) && compareSchemas(target.schema, savepoint.schema) === "unknown" ? {
		...target,
		schema: savepoint.schema
	} : target;
}
// src/deploy/back/under-way.ts
async function lookNow({ tx, request, target, parts }) {
	const look = await lookAtDatabase(tx.environment, {
		...request,
		target
	});
	if (look.unreadable !== void 0) parts.schema = `cannot be read (${look.unreadable})`;
	else if (look.live === void 0) parts.schema = "no database is configured";
	else if (target.schema && sameSchema(look.live, target.schema)) parts.schema = `${schemaOwner(target)}'s`;
	else parts.schema = `not ${schemaOwner(target)}'s`;
	return look;
}
async function survey(way) {
	const { environment } = way.tx;
	try {
		const head = await (await environment.clone())?.current();
		if (head !== void 0) way.parts.code = shortCommit(head);
		await lookNow(way);
	} catch (error) {
		environment.ports.report.detail(`It could not be asked how things stand: ${messageOf(error)}`);
	}
}
function refuseImpossible({ request, parts }, decision) {
	if (decision.action === "impossible") throw impossibleRollback({
		...decision,
		broken: request.broken,
		touched: parts.touched
	});
}
function say({ tx }, text) {
	tx.environment.ports.report.say(text);
}
async function runRollbackHooks({ tx, target, signal }, name, previous) {
	const env = commandEnvironment(tx.environment, {
		commit: target.commit ?? "",
		previous,
		id: tx.deploy
	});
	await runHooks(tx.environment, name, {
		env,
		noteIn: tx.note(),
		signal
	});
}
// src/deploy/back/warm-copy.ts
async function usableWarm(way, savepoint) {
	const warm = warmOf(way.request.deploy);
	if (warm === void 0 || warm.backup !== savepoint.id) return void 0;
	try {
		try {
			var _usingCtx$9 = _usingCtx();
			const database = await databaseOf$1(way.tx.environment);
			if (await isAsShut(_usingCtx$9.a(await database.connectMaintenance("look", { signal: way.signal })), warm.copy)) return warm.copy;
		} catch (_) {
			_usingCtx$9.e = _;
		} finally {
			await _usingCtx$9.d();
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		way.tx.environment.ports.report.detail(messageOf(error));
	}
	say(way, `The copy ${warm.copy.name} that was kept is not there any more as it was proven: the savepoint is restored anew.`);
}
const SHOWN = 20;
async function estimateRows(way, savepoint) {
	try {
		try {
			var _usingCtx3 = _usingCtx();
			const database = await databaseOf$1(way.tx.environment);
			const now = await estimatedRows(_usingCtx3.a(await database.connect("count", {
				admin: true,
				signal: way.signal
			})));
			const changed = Object.entries(savepoint.rows).filter(([table, rows]) => now.get(table) !== void 0 && now.get(table) !== rows);
			if (changed.length === 0) return;
			say(way, ["By the server's statistics (they are counted once the copy is swapped in):", ...changed.slice(0, SHOWN).map(([table, rows]) => `  ${table}: about ${formatCount(now.get(table) ?? 0)} now, ${formatCount(rows)} in the savepoint`)].join("\n"));
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		way.tx.environment.ports.report.detail(`The statistics could not be asked: ${error.message}`);
	}
}
// src/deploy/back/decide-now.ts
async function decideFirst(way) {
	const look = await lookNow(way);
	const { target } = way;
	say(way, `Target: ${nameOf(target)}: ${target.why}.`);
	refuseImpossible(way, look.decision);
	say(way, `Database: ${look.decision.action}, because ${look.decision.why}.`);
	return {
		look,
		target
	};
}
async function prepare(way, look) {
	if (look.decision.action !== "restore") return {
		look,
		side: void 0
	};
	const savepoint = savepointOf(way);
	way.warm = onlyCopyTells(way.target, savepoint) || way.request.restoreMustBeSaid ? void 0 : await usableWarm(way, savepoint);
	if (way.warm !== void 0) {
		await estimateRows(way, savepoint);
		say(way, `The copy that proved ${savepoint.id} is still there, as ${way.warm.name}: it is swapped in.`);
		return {
			look,
			side: way.warm.name
		};
	}
	const prepared = await prepareSide(way.tx, {
		request: way.request,
		target: way.target,
		savepoint,
		touched: way.parts.touched,
		plannedSide: way.plannedSide,
		signal: way.signal,
		look: async (target) => {
			way.target = target;
			return await lookNow(way);
		}
	});
	if (prepared.look === void 0) return {
		look,
		side: prepared.side
	};
	say(way, `Compared with the savepoint's copy: ${prepared.look.decision.action}, because ${prepared.look.decision.why}.`);
	refuseImpossible(way, prepared.look.decision);
	return {
		look: prepared.look,
		side: prepared.side
	};
}
async function decideAgain(way, decided) {
	const again = await lookNow(way);
	if (again.decision.action === decided.look.decision.action) return decided;
	say(way, `Looked again: ${again.decision.action}, because ${again.decision.why}.`);
	refuseImpossible(way, again.decision);
	if (decided.side !== void 0) await dropSide(way.tx.environment, decided.side);
	return await prepare(way, again);
}
function savepointOf({ request: { savepoint } }) {
	if (savepoint !== void 0) return savepoint;
	throw new Failure("The decision names a savepoint that is not there.", {
		code: "unexpected",
		exit: 3
	});
}
// src/deploy/steps/left-sides.ts
async function dropLeftSides(environment, { entries, open }) {
	const noted = entries.flatMap((entry) => entry.kind === "step.started" ? [entry.intent["side"]] : []);
	const sides = new Set(noted.filter((side) => typeof side === "string"));
	sides.delete(warmOf(open)?.copy.name ?? "");
	if (sides.size === 0) return;
	const database = await environment.database();
	if (database === void 0) return;
	const there = new Set(await sidesOf(database, [
		"restore",
		"verify",
		"warm"
	]));
	for (const side of sides) if (there.has(side)) await dropOrWarn(database, side, environment.ports.report);
}
// src/deploy/back/end-left.ts
async function endWhatIsLeft(tx) {
	await endReplaced(tx.environment, tx.state);
	await dropLeftSides(tx.environment, await tx.state.journal.read());
}
// src/deploy/back/laps.ts
var Laps = class {
	#clock;
	#since;
	#times = {
		decision: 0,
		restore: 0,
		stop: 0,
		swap: 0,
		start: 0,
		health: 0
	};
	constructor(clock) {
		this.#clock = clock;
		this.#since = clock.now().getTime();
	}
	end(part) {
		const now = this.#clock.now().getTime();
		this.#times[part] += Math.max(0, now - this.#since);
		this.#since = now;
	}
	get times() {
		return { ...this.#times };
	}
};
// src/deploy/back/app.ts
const STOPPED = "stopped";
var App = class {
	#tx;
	#clone;
	#settings;
	#signal;
	#stopped = false;
	constructor(tx, world) {
		this.#tx = tx;
		this.#clone = world.clone;
		this.#settings = world.settings;
		this.#signal = world.signal;
	}
	async stop(commit) {
		if (this.#clone === void 0) return "not ours to stop (no app-dir is given)";
		const strategy = await this.#open(this.#settings.stop, commit);
		const stop = await strategy.stop();
		this.#stopped = stop === "stopped";
		if (stop === "failed") return "not stopped, or only in part: stopping it failed";
		return strategy.stops ? STOPPED : "running (no stop-command is given)";
	}
	async stops(commit) {
		return this.#clone !== void 0 && (await this.#open(this.#settings.stop, commit)).stops;
	}
	get stopped() {
		return this.#stopped;
	}
	async start(commit) {
		if (this.#clone !== void 0) await (await this.#open(this.#settings.start, commit)).start();
	}
	async moveTo(commit, previous) {
		if (this.#clone === void 0) return;
		await (await this.#open(this.#settings.start, commit, previous)).switchTo({
			commit,
			stopped: true,
			edits: "keep"
		});
	}
	async placeFiles(commit) {
		if (this.#clone === void 0) return;
		const ports = {
			...this.#tx.environment.ports,
			signal: this.#signal
		};
		await placeFiles({
			clone: this.#clone,
			ports,
			noteIn: this.#tx.note()
		}, {
			commit,
			edits: "keep"
		});
	}
	async clearAway() {
		const deploy = await this.#deploy();
		if (this.#clone === void 0 || deploy === void 0) return void 0;
		const { "start-command": start, command } = this.#settings.start;
		return await (await this.#open(this.#settings.stop, deploy.commit)).clearAway({
			stopped: this.#stopped,
			startedBy: start ?? command
		});
	}
	async runsOtherImages(commit) {
		if (this.#clone === void 0 || commit === void 0) return false;
		return await (await this.#open(this.#settings.start, commit)).runsOtherImages();
	}
	async canStart(commit) {
		return this.#clone !== void 0 && (await this.#open(this.#settings.start, commit)).starts;
	}
	async #deploy() {
		return this.#tx.deploy === void 0 ? void 0 : await this.#tx.record();
	}
	async #open(settings, commit, previous) {
		return await strategyOf(this.#tx.environment, {
			settings,
			commit,
			previous,
			deploy: await this.#deploy(),
			signal: this.#signal,
			noteIn: this.#tx.note(),
			standstill: await standstillOf(this.#tx)
		});
	}
};
function codeMovesFrom(running, target, deploy) {
	if (running === void 0) return false;
	if (target === void 0 && deploy?.goingBack === true) return true;
	return deploy?.steps.some((step) => step.step === "switch" || step.step === "rollback") === true || target !== void 0 && running !== target;
}
// src/deploy/back/move-app.ts
async function findApp({ tx, request, signal, parts }) {
	const clone = await tx.environment.clone();
	const app = new App(tx, {
		clone,
		settings: request.rollout,
		signal
	});
	const running = await clone?.current();
	parts.code = running === void 0 ? "no app-dir is given, the code is not ours to move" : shortCommit(running);
	return {
		clone,
		app,
		running
	};
}
async function whatMoves({ request, target }, { app, running }, decision) {
	const code = codeMovesFrom(running, target.commit, request.deploy) || await app.runsOtherImages(target.commit);
	return {
		code,
		stopped: code || changesDatabase(decision)
	};
}
async function stopAndLookAgain(way, { app, running }, decided) {
	const { commit } = way.target;
	const ran = running ?? commit;
	if (ran !== void 0 && commit !== void 0 && await app.stops(ran)) way.startAgain = async () => await app.start(ran);
	way.parts.app = await app.stop(ran ?? "");
	return await decideAgain(way, decided);
}
async function startTarget(way, { app, running }, { code, stopped }) {
	way.startAgain = void 0;
	const { commit } = way.target;
	if (commit === void 0) return;
	if (code) await app.moveTo(commit, running);
	else if (stopped) await app.start(commit);
	if (stopped) way.parts.app = "started";
	if (running !== void 0) way.parts.code = shortCommit(commit);
}
// src/deploy/back/down.ts
async function goDownOrWhyNot(tx, about) {
	try {
		await goDown(tx, about.keep, about.signal);
		await prove(tx.environment, about.target, about.expected, { code: false });
	} catch (error) {
		if (error instanceof Failure && error.code !== "lock-lost") return error;
		throw error;
	}
}
async function goDown(tx, keep, signal) {
	const { environment } = tx;
	const settings = environment.settingsOf(migrateSection);
	await downMigrations({
		database: await databaseOf$1(environment),
		target: { keep },
		limits: limitsOf(settings),
		ports: {
			...environment.ports,
			signal
		}
	});
}
// src/deploy/back/take-database.ts
const UNTOUCHED = {
	savepoint: void 0,
	replaced: void 0,
	blockedMs: 0,
	settings: []
};
async function takeDatabase(way, { look: { decision, live }, side }) {
	switch (decision.action) {
		case "none":
		case "impossible": return {
			...UNTOUCHED,
			database: "none"
		};
		case "kept": return {
			...UNTOUCHED,
			database: "kept",
			settings: await settingsOfKept(way.tx.environment, way.request)
		};
		case "down": return await goDownOrRestore(way, decision.keep, live);
		case "restore": return await swap(way, side);
	}
}
async function goDownOrRestore(way, keep, live) {
	const { tx, request, target, signal } = way;
	const trouble = await goDownOrWhyNot(tx, {
		keep,
		target,
		expected: target.schema ?? request.savepoint?.schema,
		signal
	});
	if (trouble === void 0) return {
		...UNTOUCHED,
		database: "down",
		settings: await settingsOfKept(tx.environment, request)
	};
	await stayStoppedUnless(way, live);
	if (request.savepoint === void 0) throw trouble;
	say(way, `Going down did not lead back: ${clauseOf(trouble)}. Restoring the savepoint instead.`);
	const { side } = await prepare(way, {
		live: void 0,
		canGoDown: false,
		decision: {
			action: "restore",
			why: trouble.message,
			savepoint: request.savepoint
		}
	});
	return await swap(way, side);
}
async function stayStoppedUnless(way, same) {
	const start = way.startAgain;
	way.startAgain = void 0;
	const { live } = await lookNow(way);
	if (same !== void 0 && live !== void 0 && sameSchema(same, live)) way.startAgain = start;
}
async function swap(way, side) {
	const savepoint = savepointOf(way);
	if (side === void 0) throw new Failure("There is no restored database to swap in.", {
		code: "unexpected",
		exit: 3
	});
	const { settings } = savepoint;
	const shut = way.warm?.name === side ? way.warm : void 0;
	const swapped = await swapIn(way.tx, {
		side,
		shut,
		backup: savepoint.id,
		settings,
		signal: way.signal
	});
	const { replaced, blockedMs } = swapped;
	const { parts } = way;
	parts.swapped = true;
	way.startAgain = void 0;
	parts.replaced = replaced;
	parts.databases.push(`the replaced one is kept as ${replaced}`);
	say(way, `Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
	return {
		database: "restored",
		savepoint: savepoint.deploy ?? savepoint.id,
		...swapped
	};
}
// src/deploy/back/carry-out.ts
async function carryOut(tx, request, told) {
	const target = knownBySavepoint(request.target, request.savepoint);
	const way = {
		tx,
		request,
		...told,
		target,
		startAgain: void 0,
		warm: void 0
	};
	const { parts } = way;
	try {
		return await goBack(way);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
			code: "unexpected",
			cause: error
		});
		const nothingToFinish = request.deploy === void 0 || request.deploy.goingBack && !beingTakenBack(request.deploy);
		if (failure.exit === 2 && !parts.touched && nothingToFinish) throw failure;
		if (failure.code === "swap-unknown") parts.app = STAYS_STOPPED;
		else if (failure.code !== "lock-lost" && way.startAgain !== void 0) parts.app = await startedAgain(way.startAgain);
		await survey(way);
		throw failure.with({
			exit: 3,
			state: parts.lines(),
			code: failure.code
		});
	}
}
async function goBack(way) {
	const laps = new Laps(way.tx.environment.ports.clock);
	await endWhatIsLeft(way.tx);
	const app = await findApp(way);
	const found = await decideFirst(way);
	laps.end("decision");
	const prepared = await prepare(way, found.look);
	laps.end("restore");
	const moves = await whatMoves(way, app, prepared.look.decision);
	await readyFor(prepared.look.decision.action, way.tx.environment, way.signal);
	way.parts.touched = true;
	await runRollbackHooks(way, "before-rollback", app.running);
	laps.end("decision");
	const decided = moves.stopped ? await stopAndLookAgain(way, app, prepared) : prepared;
	laps.end("stop");
	const { decision } = decided.look;
	const database = await takeDatabase(way, decided);
	laps.end("swap");
	await startTarget(way, app, moves);
	laps.end("start");
	await proveNow(way, decision);
	const { health, up } = await checkTargetHealth(way, app, {
		decision,
		stopped: moves.stopped
	});
	await proveNow(way, decision);
	laps.end("health");
	await runRollbackHooks(way, "after-rollback", app.running);
	return await accountOf(way, app, {
		found,
		decision,
		database,
		health,
		up,
		times: laps.times
	});
}
// src/deploy/back/stable-again.ts
async function noteStableAgain(tx, rolledBack) {
	const { journal } = tx.state;
	if (!marksStable(rolledBack, await journal.read())) return;
	const { clock } = tx.environment.ports;
	const ledger = await journal.read();
	const left = rolledBack.from === rolledBack.commit ? void 0 : ledger.stable.find((one) => one.commit === rolledBack.from);
	if (left !== void 0) await tx.writeAbout(void 0, {
		kind: "stable.withdrawn",
		commit: left.commit,
		tag: left.tag
	});
	const now = await journal.read();
	if (now.stable.at(-1)?.commit === rolledBack.commit) return;
	const known = now.stable.findLast((one) => one.commit === rolledBack.commit);
	const schema = now.schemas.get(rolledBack.commit);
	const tag = stableTag(stableName(tx.environment), clock.now());
	const mark = {
		commit: rolledBack.commit,
		...schema && { schema },
		settings: known?.settings ?? {},
		tag
	};
	await tx.writeAbout(known?.deploy, {
		kind: "stable.marked",
		...mark
	});
}
function marksStable({ commit, health, proven }, ledger) {
	if (health === "not checked" || health === "not healthy, as it was found" || commit === void 0) return false;
	return proven || wasStable(ledger, commit);
}
function wasStable(ledger, commit) {
	return ledger.entries.some((entry) => entry.kind === "stable.marked" && entry.commit === commit);
}
async function moveTagsAfterRollback(environment, rolledBack) {
	const { commit, health } = rolledBack;
	if (commit === void 0) return [];
	const ledger = await stateOf(environment).journal.read();
	if (!marksStable(rolledBack, ledger)) {
		environment.ports.report.warning(health === "not checked" ? "Health was not checked, so latest-stable stays where it is." : `${shortCommit(commit)} was never confirmed, and nothing proves that it is what answers, so latest-stable stays where it is. What would prove it: \`health-expect-version\`, or a \`stop-command\`.`);
		return [];
	}
	return await tagsAfterRollback(environment, {
		returned: {
			...rolledBack,
			commit
		},
		ledger
	});
}
async function tagsAfterRollback(environment, request) {
	const { returned: rolledBack, ledger } = request;
	const stable = ledger.stable.at(-1);
	for (const left of ledger.withdrawn) await withdrawTags(environment, ledger, {
		commit: left,
		to: rolledBack.commit,
		deploy: stable?.deploy ?? "rollback"
	});
	const { report } = environment.ports;
	try {
		return [{
			kind: "text",
			text: `${(await moveTags(environment, {
				commit: rolledBack.commit,
				deploy: stable?.deploy ?? `rollback-${shortCommit(rolledBack.commit)}`,
				at: new Date(stable?.at ?? environment.ports.clock.now()),
				keepTags: Number.MAX_SAFE_INTEGER
			}, ledger, noteTo(environment))).latestTag} is at ${shortCommit(rolledBack.commit)}.`
		}];
	} catch (error) {
		const { cause = error, ways } = error instanceof Failure ? error : { ways: [] };
		const next = ways[0]?.command;
		const later = `They wait in the journal, and the next deploy moves them${next === void 0 ? "" : `, or: ${next}`}`;
		report.warning(`The stable tags could not be moved: ${messageOf(cause)} ${later}`);
		return [{
			kind: "text",
			text: `The stable tags could not be moved. ${later}`
		}];
	}
}
// src/deploy/back/further-back.ts
async function furtherBack(environment, ledger, { on, reason, after }) {
	const failed = ledger.deploys.find(({ id }) => id === after)?.commit;
	const before = stableBefore(ledger, on, failed);
	return before === void 0 ? {
		to: void 0,
		ways: []
	} : {
		to: before.commit,
		ways: await waysTo(environment, ledger, {
			before,
			reason
		})
	};
}
function stableBefore({ stable }, on, failed) {
	const at = stable.findIndex((one) => one.commit === on);
	return (at === -1 ? stable : stable.slice(0, at)).findLast((one) => one.commit !== on && one.commit !== failed);
}
async function waysTo(environment, ledger, { before, reason }) {
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const target = {
		commit: before.commit,
		schema: ledger.schemas.get(before.commit),
		why: "it was stable before",
		stable: true
	};
	const savepoint = savepointFor(manifests, void 0, target, ledger);
	const look = await lookIfItAnswers(environment, {
		target,
		savepoint,
		others: manifests.toSorted(newestFirst)
	});
	const action = look?.decision.action;
	return rankWays({
		place: environment,
		reason,
		deploy: void 0,
		target: shortCommit(before.commit),
		to: before.tag,
		database: action !== "none",
		differs: target.schema !== void 0,
		down: look?.canGoDown === true,
		savepoint: savepoint && asSavepoint(savepoint),
		others: [],
		tried: [],
		mustBeSaid: action === void 0 || action === "restore" || action === "impossible"
	});
}
async function lookIfItAnswers(environment, about) {
	try {
		return await lookAtDatabase(environment, {
			...about,
			wish: "auto",
			preferDown: false,
			deploy: void 0
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`What would become of the database further back could not be looked at: ${error.message}`);
		return;
	}
}
// src/deploy/back/ways-without-health.ts
async function waysWithoutHealth(environment, ledger, request) {
	const { unwell, justAsked = false } = request;
	const on = unwell.commit ?? request.running;
	const ask = asking(environment, on);
	if (on === void 0) return [ask];
	const start = starting(environment, ledger, {
		on,
		unwell
	});
	const further = (await furtherBack(environment, ledger, {
		on,
		reason: `${shortCommit(on)} is not healthy`,
		after: unwell.deploy
	})).ways;
	if (ledger.deploys.find(({ id }) => id === unwell.deploy)?.goingBack === true) {
		const again = {
			...start,
			means: `Only once what failed is mended: ${start.means}`
		};
		const before = bringingBack(environment, ledger, unwell);
		return justAsked ? [
			...before,
			...further,
			again,
			ask
		] : [
			ask,
			...before,
			...further,
			again
		];
	}
	if (justAsked) return [
		start,
		...further,
		ask
	];
	return unwell.how === "unasked" ? [
		ask,
		start,
		...further
	] : [
		start,
		ask,
		...further
	];
}
function bringingBack(environment, { entries, deploys }, { deploy }) {
	const restored = deploys.find(({ id }) => id === deploy)?.steps.findLast(({ step }) => step === "restore");
	const aside = entries.findLast((entry) => entry.kind === "database.replaced" && entry.deploy === deploy);
	if (restored === void 0 || aside?.kind !== "database.replaced" || restored.intent["side"] === restored.intent["backup"]) return [];
	const { replaced } = aside;
	if (entries.some((entry) => entry.kind === "database.dropped" && entry.replaced === replaced)) return [];
	const means = `Brings back the database that was replaced by ${aside.backup}; what is live now is kept under another name.`;
	return [{
		command: bringBack(environment, replaced),
		means
	}];
}
function asking(environment, on) {
	return {
		command: nextCommand(environment, "health-check", on === void 0 ? [] : ["--commit", on]),
		means: "Asks the app again and changes nothing: for when the cause was mended."
	};
}
function starting(environment, { wentBack }, { on, unwell }) {
	const name = shortCommit(on);
	return {
		command: rollbackCommand(environment, unwell.how === "unhealthy" ? `${name} is not healthy` : `${name} was not seen healthy`, wentBack?.to === on ? [] : [
			"--to",
			on,
			"--database",
			"keep"
		]),
		means: `Asks ${name}, and starts it once more where it does not answer; the database stays as it is.`
	};
}
// src/deploy/back/conclusion.ts
async function conclude(tx, request, rolledBack) {
	const { commit } = rolledBack;
	if (commit !== void 0) {
		const schema = await readableSchema(tx.environment);
		if (schema !== void 0 && rolledBack.schema === "proven") await tx.write({
			kind: "version.seen",
			commit,
			schema,
			during: "rollback"
		});
		await tx.write(wentBack(request, commit, {
			from: rolledBack.from,
			database: rolledBack.database,
			finished: true
		}));
		if (request.byHand) await noteStableAgain(tx, {
			...rolledBack,
			commit
		});
	}
	await dropWarm(tx);
	await tx.close({
		as: "rolled-back",
		why: request.settings.reason ?? request.target.why,
		...commit !== void 0 && { on: commit },
		...commit === void 0 && rolledBack.from !== void 0 && rolledBack.up === void 0 && { nothingRuns: true },
		schema: rolledBack.schema,
		...request.settings.reason !== void 0 && { reason: request.settings.reason }
	});
}
function wentBack(request, to, { from, database, finished }) {
	const { reason } = request.settings;
	return {
		kind: "went-back",
		to,
		database,
		finished,
		...from !== void 0 && { from },
		...reason !== void 0 && { reason }
	};
}
async function concludeFailed(tx, request, error, parts) {
	const { environment } = tx;
	if (error instanceof Cancelled) return await standing(tx, error);
	if (error instanceof Failure && error.exit === 2) {
		if ((await tx.record()).goingBack) await tx.close({
			as: "abandoned",
			why: error.message
		});
		return error.with({ outputs: {
			...error.outputs,
			"rolled-back": false
		} });
	}
	const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error,
		exit: 3
	});
	if (failure.code === "lock-lost") return failure;
	const onlyHealth = failure.code === "unhealthy-at-target";
	const id = tx.deploy;
	try {
		const { commit } = request.target;
		if (commit !== void 0) await tx.write(wentBack(request, commit, {
			from: void 0,
			database: "unknown",
			finished: onlyHealth
		}));
		if (onlyHealth) await dropWarm(tx);
		await tx.close({
			as: "failed",
			why: failure.message,
			blocks: !onlyHealth,
			...onlyHealth && commit !== void 0 && { on: commit }
		});
	} catch (unwritten) {
		environment.ports.report.warning(`That the rollback failed could not be written to the journal: ${messageOf(unwritten)}`);
	}
	const ledger = await tx.state.journal.read();
	const record = ledger.deploys.find((one) => one.id === id);
	return failure.with({
		exit: 3,
		ways: await waysAfter(environment, {
			ledger,
			record,
			onlyHealth
		}),
		outputs: {
			...failure.outputs,
			"rolled-back": false,
			"replaced-database": parts.replaced
		},
		blocks: [
			...failure.blocks,
			...parts.replaced === void 0 ? [] : [await intoReplacedBlock(environment, parts.replaced)],
			...record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())]
		],
		state: [...failure.state, onlyHealth ? "lock: released" : "lock: held, until a rollback finishes it or an unlock ends it"]
	});
}
async function waysAfter(environment, { ledger, record, onlyHealth }) {
	if (record === void 0) return [];
	if (!onlyHealth || ledger.unwell === void 0) return await waysOfDeploy(environment, ledger, record);
	return await waysWithoutHealth(environment, ledger, {
		unwell: ledger.unwell,
		running: record.end?.on
	});
}
// src/deploy/back/rollback-step.ts
async function rollBack(tx, request) {
	const { environment } = tx;
	const ledger = await tx.state.journal.read();
	const deploy = ledger.deploys.find((one) => one.id === tx.deploy);
	const backups = await backupStore(environment, tx.state).all();
	const savepoint = request.savepoint ?? savepointFor(backups.manifests, deploy, request.target, ledger);
	const target = targetWith(request.target, savepoint);
	const settings = settingsForTarget(environment, {
		ledger,
		deploy,
		target
	});
	const side = savepoint === void 0 ? void 0 : await planSide(environment);
	const parts = new Parts();
	try {
		const rolledBack = await tx.step("rollback", {
			title: `Rolling ${environment.title} back to ${nameOf(target)}`,
			intent: {
				target: target.commit,
				to: request.settings.to,
				database: request.settings.database,
				why: request.target.why,
				savepoint: savepoint?.id,
				side,
				reason: request.settings.reason,
				byHand: request.byHand
			},
			unseen: () => parts.unseen
		}, async (signal) => {
			const back = await carryOut(tx, {
				target,
				wish: request.settings.database,
				preferDown: request.settings["prefer-down"],
				savepoint,
				others: backups.manifests,
				broken: backups.broken.map(({ file, problem }) => `${file} (${problem})`),
				deploy,
				...settings,
				restoreMustBeSaid: request.mayNotRestore === true || deploy?.goingBack === true && request.settings.database !== "restore"
			}, {
				signal,
				plannedSide: side,
				parts
			});
			return {
				value: back,
				result: {
					commit: back.commit,
					database: back.database,
					replaced: back.replaced,
					...back.rows.length > 0 && {
						rows: rowsTold(back.rows),
						tables: changedTables(back.rows)
					},
					health: back.health,
					times: back.times,
					...back.downtime && { downtime: back.downtime }
				},
				headline: describeRollback(back)
			};
		});
		await conclude(tx, request, rolledBack);
		return rolledBack;
	} catch (error) {
		throw await concludeFailed(tx, request, error, parts);
	}
}
function targetWith(target, savepoint) {
	return target.commit === void 0 && savepoint !== void 0 ? {
		...target,
		schema: savepoint.schema
	} : target;
}
function describeRollback(rolledBack) {
	const database = {
		none: "no database",
		kept: "database kept",
		down: "database taken down",
		restored: "database restored"
	}[rolledBack.database];
	return rolledBack.commit === void 0 ? `${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}` : `code ${shortCommit(rolledBack.commit)}, ${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`;
}
// src/deploy/back/failed-deploy.ts
async function endFailedDeploy(fallen) {
	const { environment, tx, error, outputs, id } = fallen;
	const cause = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error
	});
	const record = (await tx.state.journal.read()).deploys.find((one) => one.id === id);
	if (cause.code === "lock-lost" || record === void 0) return cause;
	if (record.end !== void 0) {
		const known = { outputs: {
			...outputs,
			...cause.outputs,
			"rolled-back": false
		} };
		if (record.end.as !== "confirmed" || cause.exit === 3) return cause.with(known);
		const confirmed = `deploy: confirmed in the journal; ${shortCommit(record.commit)} is stable and stays`;
		return cause.with({
			...known,
			exit: 3,
			state: [confirmed, ...cause.state]
		});
	}
	if (error instanceof Cancelled) return await standing(tx, new Cancelled(error.message, { outputs: {
		...outputs,
		"rolled-back": false
	} }));
	if (!changedSomething(record)) {
		await dropWarm(tx);
		await tx.close({
			as: "abandoned",
			why: cause.message,
			...record.from !== void 0 && { on: record.from }
		});
		return cause.with({
			outputs: {
				...outputs,
				...cause.outputs,
				"rolled-back": false
			},
			state: ["Nothing was changed: code, schema and app are as they were.", ...cause.state]
		});
	}
	if (!fallen.rollback.automatic) return await leftStanding(fallen, cause, record);
	environment.ports.report.say("The deploy failed, and is taken back.");
	return await afterRollback(fallen, cause, record.commit);
}
async function leftStanding({ environment, tx, outputs, id }, cause, record) {
	await tx.close({
		as: "failed",
		why: cause.message,
		blocks: true
	});
	return cause.with({
		exit: 3,
		outputs: {
			...outputs,
			...cause.outputs,
			"rolled-back": false
		},
		state: [
			...cause.state,
			`${shortCommit(record.commit)} stays on ${environment.title} as it stands: ${stepsOf(record)}. ${NOT_AUTOMATIC}`,
			"lock: held, until a rollback finishes it or an unlock ends it"
		],
		ways: await waysOfDeploy(environment, await tx.state.journal.read(), record),
		blocks: [...cause.blocks, ...await timelineNow(tx, id)]
	});
}
async function afterRollback({ environment, tx, rollback, id, outputs }, cause, commit) {
	const ledger = await tx.state.journal.read();
	const open = ledger.deploys.find((one) => one.id === id);
	const choice = open === void 0 ? void 0 : targetOfDeploy(ledger, open);
	if (choice === void 0 || !choice.found) return await nothingTakenBack({
		environment,
		tx,
		outputs,
		cause,
		deploy: open,
		why: choice?.why ?? "the journal lost the deploy"
	});
	const settings = {
		...rollback,
		database: "auto",
		to: void 0,
		reason: void 0,
		confirm: void 0
	};
	try {
		const rolledBack = await rollBack(tx, {
			target: choice.target,
			settings,
			byHand: false
		});
		const back = {
			commit: rolledBack.commit,
			"rolled-back": true,
			"database-action": rolledBack.database,
			"replaced-database": rolledBack.replaced,
			...downtimeOutputs(rolledBack.downtime)
		};
		return cause.with({
			exit: rolledBack.up === void 0 ? 1 : 3,
			ways: rolledBack.up?.ways ?? [],
			hint: [
				rolledBack.up !== void 0 ? stopByHand(rolledBack.up, environment.title) : rolledBack.commit === void 0 ? `Nothing of ${environment.title} runs, as before; fix the cause and deploy again.` : `${environment.title} is back on ${shortCommit(rolledBack.commit)}, ${rolledBack.health}; fix the cause and deploy again.`,
				...quarantineNote(await tx.state.journal.read(), id),
				...rolledBack.replaced === void 0 ? [] : [await writtenSince(environment, rolledBack.replaced)],
				...cause.hint === void 0 ? [] : [cause.hint]
			].join("\n"),
			outputs: {
				...outputs,
				...cause.outputs,
				...back
			},
			state: backState(environment, rolledBack, commit),
			blocks: [...await rollbackBlocks(environment, rolledBack, intoReplacedBlock), ...await timelineNow(tx, id)]
		});
	} catch (second) {
		if (second instanceof Cancelled) {
			const details = {
				...second.details,
				outputs: {
					...outputs,
					...cause.outputs,
					"rolled-back": false
				}
			};
			return new Cancelled(`Cancelled while a failed deploy was taken back. It had failed with: ${cause.message}`, details);
		}
		const failed = second instanceof Failure ? second : new Failure(messageOf(second), {
			code: "unexpected",
			cause: second
		});
		return cause.with({
			exit: 3,
			outputs: {
				...outputs,
				...cause.outputs,
				...failed.outputs,
				"rolled-back": false
			},
			evidence: [
				...cause.evidence,
				...cause.evidence.length === 0 ? [] : [""],
				failed.message === cause.message ? "The rollback failed too, with the same." : `The rollback failed too: ${failed.message}`,
				...seenSince(cause.evidence, notInMessage(failed.message, failed.evidence))
			],
			hint: [failed.hint ?? cause.hint, ...quarantineNote(await tx.state.journal.read(), id)].filter((line) => line !== void 0).join("\n") || void 0,
			state: failed.state,
			ways: failed.ways,
			blocks: failed.blocks.length > 0 ? failed.blocks : await timelineNow(tx, id)
		});
	}
}
async function nothingTakenBack(left) {
	const { environment, cause } = left;
	const from = left.deploy?.from;
	const { manifests } = await backupStore(environment, left.tx.state).all();
	return cause.with({
		exit: 3,
		outputs: {
			...left.outputs,
			...cause.outputs,
			"rolled-back": false
		},
		evidence: [
			...cause.evidence,
			"",
			"What could be gone back to:",
			...manifests.map(describeCandidate)
		],
		hint: from === void 0 ? "Name the version to go back to in `to`: a commit, or a savepoint's id of that list." : `${shortCommit(from)} is what ran before, and a person has to say that it is to be gone back to.`,
		state: [`Nothing was taken back: ${left.why}.`, "lock: held, until a rollback finishes it or an unlock ends it"],
		ways: left.deploy === void 0 ? [] : await waysOfDeploy(environment, await left.tx.state.journal.read(), left.deploy)
	});
}
function backState(environment, rolledBack, failed) {
	const database = {
		none: "no database is configured",
		kept: "kept, it was not changed",
		down: "taken down by its migrations",
		restored: `restored from ${rolledBack.savepoint ?? ""}`
	}[rolledBack.database];
	return [
		...rolledBack.commit === void 0 ? [rolledBack.up === void 0 ? `Taken back: ${shortCommit(failed)} is not on ${environment.title} any more, and nothing ran before it.` : `Taken back as far as could be: nothing ran before ${shortCommit(failed)}, and it may run still.`] : [`Taken back: ${environment.title} is on ${shortCommit(rolledBack.commit)} again, not on ${shortCommit(failed)}.`, `code: ${shortCommit(rolledBack.commit)}`],
		`database: ${database}${rolledBack.replaced === void 0 ? "" : `; the replaced one is kept as ${rolledBack.replaced}`}`,
		`app: ${rolledBack.health}${awayFor(rolledBack.downtime)}`,
		"lock: released"
	];
}
// src/deploy/steps/opening.ts
async function openingOf(environment, commit, ledger) {
	const { report } = environment.ports;
	const clone = await environment.clone();
	const head = await clone?.current();
	const journaled = ledger.on;
	if (clone !== void 0 && head !== void 0 && journaled !== void 0 && head !== journaled) report.notice(`${shortCommit(head)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`);
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		refuseUnrestoredWarm(environment.settingsOf(backupSection));
		const littered = await cleanUpAfter(environment, ledger);
		await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
		await refuseBehind(environment, commit);
		await proveRestorable(environment, { tried: !littered });
	});
	const before = await whatRan(environment, ledger, commit);
	await moveWaitingTags(environment, ledger);
	return {
		commit,
		...before,
		live: await liveSchema(environment),
		settings: journaledSettings(environment.settings),
		hooks: environment.hooks,
		allowed: allowedQuarantine(environment, ledger, commit)
	};
}
async function mayOpen(environment, commit, ledger) {
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		refuseUnrestoredWarm(environment.settingsOf(backupSection));
		try {
			await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
			await refuseUnrestorable(environment);
			await refuseUnmakeable(environment);
		} catch (error) {
			if (!await isLittered(environment).catch(() => false)) throw error;
		}
		await refuseBehind(environment, commit);
	});
}
async function isLittered(environment) {
	const database = await environment.database();
	return database !== void 0 && (await sidesOf(database, [
		"probe",
		"restore",
		"verify",
		"warm"
	])).length > 0;
}
async function cleanUpAfter(environment, ledger) {
	const { machine, ports } = environment;
	for (const one of await endLeftovers(machine, stateOf(environment).paths.running)) ports.report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return false;
	const littered = await isLittered(environment);
	await dropLeftSides(environment, {
		entries: ledger.entries,
		open: void 0
	});
	for (const side of await sidesOf(database, [PROBE])) await dropOrWarn(database, side, ports.report);
	return littered;
}
async function refusing(look) {
	try {
		await look();
	} catch (error) {
		throw error instanceof Failure ? error.with({ exit: 2 }) : error;
	}
}
// src/deploy/steps/watchable.ts
const ASKABLE = new Set([
	"url",
	"method",
	"expect-status",
	"expect-body",
	"expect-version",
	"from",
	"timeout",
	"interval",
	"successes",
	"follow-redirects"
]);
const KEY = /^[\w-]+$/;
function unwatchable({ shared, health, automatic, verify }) {
	const obstacles = [];
	const say = (problem, way) => void obstacles.push({
		problem,
		way
	});
	if (shared.host === void 0) say("there is no `host`: it would be this machine that watches over itself", "Give `host`.");
	if (!automatic) say("`automatic: false` says that nothing is taken back by itself", "Leave one of the two out.");
	if (verify === "read") say("`verify: read` restores no copy that could be swapped in", "Say `verify: restore`, or leave `verify` out.");
	if (shared["detach-subscriptions"]) say("`detach-subscriptions` is more than two renames", "Deploy this database without the watchdog.");
	database(shared, say);
	for (const name of givenIn(health)) if (name !== "url") say(`\`health-${name}\` is not asked by curl or wget`, "Give `health-url` alone.");
	for (const [name, value] of Object.entries(health)) if (!ASKABLE.has(name) && !givenIn(health).some((kind) => kind === name) && isGiven(value)) say(`\`health-${name}\` cannot be asked there`, "Use `expect-status`, `expect-body` or `expect-version`.");
	url(health, say);
	return obstacles;
}
function database(shared, say) {
	const service = "Name the service of the database in `database-service`.";
	if (shared["database-admin-url"] !== void 0) say("only the runner knows `database-admin-url`", service);
	if (shared["database-service"] !== void 0) return;
	const address = shared["database-url"];
	if (address === void 0) return;
	if (shared["database-from"] === "runner") say("`database-from: runner` is a way that only the runner has", service);
	if (address.kind === "env") say(`\`database-url: env:${address.name}\` is read by the runner`, service);
	else if (address.target.password !== void 0) say("only the runner knows the password in `database-url`", `${service} Or let the deploy's user in without one (peer, \`.pgpass\`).`);
}
function url(health, say) {
	if (health.url === void 0) say("there is no `health-url`", "Give one that the host can ask.");
	if (health.from === "runner") say("`health-from: runner` is a place that may be gone", "Leave it out: the host asks then.");
	if (health.method !== "GET") say(`\`health-method: ${health.method}\` is not asked there`, "Leave it out.");
	if (health["follow-redirects"]) say("`follow-redirects` is not done there", "Give the URL that answers by itself.");
	const body = health["expect-body"];
	if (body !== void 0 && !("contains" in body)) say("a regular expression in `expect-body` is not the same to all tools", "Give a text.");
	else if (body !== void 0 && /[\n\r]/.test(body.contains)) say("`expect-body` has several lines", "Give one line of it.");
	const version = health["expect-version"];
	if (version?.from === "header") say("`expect-version: header:` is not looked for there", "Use `json:` or `body`.");
	if (version?.from === "json" && keyOf(version.path.text) === void 0) say(`\`expect-version: json:${version.path.text}\` cannot be looked for there`, "Use a key of letters and digits, or `body`.");
}
function keyOf(path) {
	const key = path.split(".").at(-1) ?? "";
	return KEY.test(key) ? key : void 0;
}
function refuseUnwatchable({ shared, settings }) {
	const { watchdog } = settings.section(deploySection);
	if (watchdog === void 0) return;
	const { health, backup, rollback } = settings.read({
		health: healthSection,
		backup: backupSection,
		rollback: rollbackSection
	});
	const obstacles = unwatchable({
		shared,
		health,
		automatic: rollback.automatic,
		verify: backup.verify
	});
	if (obstacles.length === 0) return;
	const ways = new Set(obstacles.map(({ way }) => way));
	throw refusal(`\`watchdog: ${formatDuration(watchdog)}\` cannot be had: ${obstacles.map(({ problem }) => problem).join("; ")}. Nothing was touched.`, {
		code: "watchdog",
		evidence: obstacles.map(({ problem, way }) => `${problem} → ${way}`),
		hint: [...ways].join(" ")
	});
}
// src/deploy/watchdog/ask-for.ts
function askFor(settings, expected, { nameless }) {
	if (settings.url === void 0) return void 0;
	const body = settings["expect-body"];
	return {
		url: settings.url.href,
		status: settings["expect-status"] ?? SUCCESS,
		contains: body !== void 0 && "contains" in body ? body.contains : void 0,
		version: nameless ? void 0 : versionOf(settings, expected),
		timeoutSeconds: Math.max(1, Math.ceil(settings.timeout / 1e3)),
		successes: settings.successes
	};
}
function versionOf({ "expect-version": source }, { names }) {
	if (source === void 0 || source.from === "header") return void 0;
	if (source.from === "literal") return { text: source.text };
	return {
		names,
		key: source.from === "json" ? keyOf(source.path.text) : void 0
	};
}
// src/rollout/script.ts
function functionOf(name, { words, folder, variables = {}, timeLimit, ...act }) {
	const exported = Object.entries(variables).map(([variable, value]) => value instanceof Secret ? `export ${variable}` : `export ${variable}=${inQuotes(value)}`);
	return [
		...tellAct({
			words,
			...act
		}).map((line) => `# ${line}`),
		`${name}() (`,
		...folder === void 0 ? [] : [`cd ${inQuotes(folder)} || exit 1`],
		...exported,
		`${timeLimit === void 0 ? "" : `within ${Math.ceil(timeLimit / 1e3)} `}${quote(words)}`,
		")",
		""
	];
}
function secretNames(acts) {
	const named = acts.flatMap((act) => [act, ...act.undo ?? []]).flatMap(({ variables = {} }) => Object.entries(variables).filter(([, value]) => value instanceof Secret));
	return [...new Set(named.map(([name]) => name))];
}
const WITHIN = `within() {
  limit=$1
  shift
  "$@" &
  doing=$!
  (
    sleep "$limit" &
    nap=$!
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    wait "$nap"
    kill "$doing" 2>/dev/null
  ) >/dev/null 2>&1 &
  guard=$!
  wait "$doing"
  ended=$?
  kill "$guard" 2>/dev/null
  return "$ended"
}
`;
// src/deploy/watchdog/foresee.ts
async function foreseeApp(environment, deploy, { target, rollout }) {
	const { directory: folder } = await appCloneOf(environment);
	const now = await strategyOf(environment, {
		settings: rollout.stop,
		commit: deploy.commit,
		previous: target,
		deploy
	});
	const then = await strategyOf(environment, {
		settings: rollout.start,
		commit: target,
		previous: deploy.commit,
		deploy
	});
	const stop = await now.plan.stop({ foreseen: true });
	const place = await then.plan.switchTo({
		commit: target,
		stopped: true,
		edits: "keep",
		exact: true,
		removesNothing: true
	});
	const secrets = secretNames([...stop, ...place]);
	if (secrets.length === 0) return {
		folder,
		stop,
		place
	};
	throw new Failure(`The watchdog would need ${secrets.join(", ")}, which only this run knows.`, {
		code: "watchdog",
		hint: "Let the commands read them on the host."
	});
}
async function foreseeDatabase(database, savepoint, copy) {
	try {
		var _usingCtx$8 = _usingCtx();
		if (!/^[\p{L}\p{N}_ .-]+$/u.test(database.name)) throw new Failure(`The watchdog cannot work on a database of the name ${JSON.stringify(database.name)}.`, {
			code: "watchdog",
			hint: "It may have letters, digits, spaces, and the signs _ . - alone. Deploy without `watchdog`."
		});
		const connection = _usingCtx$8.a(await database.connectMaintenance("look"));
		const [present, besides] = [await databaseSettings(connection, database.name), await databaseSettings(connection, copy.name)];
		if (present === void 0 || besides === void 0) throw new Failure(`The copy ${copy.name} that the watchdog needs is not there.`, {
			code: "watchdog",
			hint: "Deploy again: another one is made."
		});
		const wanted = savepoint.settings === void 0 ? present : withLiveSecrets(savepoint.settings, present);
		return {
			name: database.name,
			entry: entryOf(database),
			outside: otherDatabases(database.adminTarget, database.name),
			copy,
			savepoint: savepoint.id,
			settings: settingChanges(copy.name, besides, wanted).flatMap(({ shown, statement }) => shown?.(database.name) ?? statement ?? []),
			mark: database.holdersMark,
			histories: savepoint.schema.history.map(({ table }) => table)
		};
	} catch (_) {
		_usingCtx$8.e = _;
	} finally {
		await _usingCtx$8.d();
	}
}
function entryOf(database) {
	const { holder } = database.toolsOn;
	if (holder !== void 0) return {
		kind: "service",
		...holder.foundBy
	};
	const variables = Object.entries(database.environment({ admin: true })).flatMap(([name, value]) => value instanceof Secret ? [] : [[name, value]]);
	return {
		kind: "host",
		variables: Object.fromEntries(variables)
	};
}
// src/deploy/watchdog/fact.ts
function variable(name) {
	return `\uE000${name}\uE001`;
}
function jsonVariable(name) {
	return `\uE002${name}\uE003`;
}
function factWord(fact) {
	return inQuotes(JSON.stringify(fact).slice(1, -1)).replaceAll(/"\uE002(\w+)\uE003"/g, `'"$$$1"'`).replaceAll(/\uE000(\w+)\uE001/g, `'"$$$1"'`);
}
// src/deploy/watchdog/service-entry.ts
function inside(psql) {
	return `
value() {
  for name do
    eval "said=\\\${$name-}"
    [ -z "$said" ] || { printf '%s' "$said"; return; }
    eval "file=\\\${\${name}_FILE-}"
    [ -z "$file" ] || { cat "$file"; return; }
  done
}
user=$(value ${quote(SERVICE_NAMES.user)})
password=$(value ${quote(SERVICE_NAMES.password)})
unset PGSERVICE PGSERVICEFILE PGHOSTADDR PGREQUIREAUTH PGTARGETSESSIONATTRS PGSSLMODE
export PGHOST=127.0.0.1 PGPORT="\${PGPORT:-\${POSTGRESQL_PORT_NUMBER:-5432}}" PGUSER="\${user:-postgres}" PGDATABASE="$1" PGAPPNAME="$2"
export PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8 PGOPTIONS=
[ -z "$password" ] || export PGPASSWORD="$password"
exec ${psql}
`;
}
function dockerExec({ engine, labels }, psql) {
	const filters = [...labels, "com.docker.compose.oneoff=False"].flatMap((label) => ["--filter", `label=${label}`]);
	return `in_database() {
  container=$(${quote([
		...engine,
		"ps",
		"--quiet",
		"--no-trunc",
		...filters
	])}) || return 1
  case $container in
  '' | *[!0-9a-f]*) say 'the service of the database has not one running container'; return 1 ;;
  esac
  ${quote([
		...engine,
		"exec",
		"--interactive"
	])} "$container" sh -c ${inQuotes(inside(psql))} sh "$1" "$name_of_ours"
}`;
}
// src/postgres/stamp.ts
function stampSql(histories) {
	const lines = [
		`SELECT concat_ws(' ', kind, name, coalesce(definition, '')) AS line FROM (WITH ${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}) objects`,
		`SELECT concat_ws(' ', 'state', kind, name, coalesce(definition, '')) FROM (WITH ${SCOPE} ${STATES}) states`,
		`SELECT 'ours ' || oid::pg_catalog.regclass::text FROM (WITH ${SCOPE} SELECT oid FROM history) ours`,
		...histories.map((table) => `SELECT ${literal(`row of ${table} `)} || t::text FROM ${table} t`)
	];
	return [...Object.entries(PRINTED).map(([name, value]) => `SET ${name} = ${literal(value)};`), `SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM (${lines.join("\n UNION ALL ")}) l;`].join("\n");
}
// src/deploy/watchdog/swap-sql.ts
const LOCK_TIMEOUT = "5s";
const REFUSED = "insufficient_privilege OR undefined_object OR invalid_parameter_value OR SQLSTATE '0LP01' OR null_value_not_allowed";
function tolerant(statement) {
	return `DO ${literal(`BEGIN EXECUTE ${literal(statement)}; EXCEPTION WHEN ${REFUSED} THEN RAISE WARNING '%', SQLERRM; END`)};`;
}
function swapSql({ name, copy, settings }, { replaced, until }) {
	const check = `BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE ${`datname = ${literal(copy.name)} AND oid::text = ${literal(copy.oid)} AND xmin::text = ${literal(copy.row)} AND NOT datallowconn`}) THEN RAISE EXCEPTION 'the copy is not what was proven'; END IF; END`;
	return [
		"BEGIN;",
		`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}';`,
		`DO ${literal(check)};`,
		...settings.map(tolerant),
		`COMMENT ON DATABASE ${identifier(name)} IS ${literal(`savepoint: was ${JSON.stringify(name)} until ${until}`)};`,
		`ALTER DATABASE ${identifier(name)} RENAME TO "${replaced}";`,
		`ALTER DATABASE ${identifier(copy.name)} RENAME TO ${identifier(name)};`,
		`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true;`,
		"COMMIT;"
	].join("\n");
}
function evictSql({ name, copy }, replaced) {
	const names = `${literal(name)}, ${literal(copy.name)}`;
	const through = `EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '${replaced}')`;
	const loop = `DECLARE over timestamptz := clock_timestamp() + interval '8 s';
BEGIN
  LOOP
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
      WHERE a.datname IN (${names}) AND a.pid <> pg_backend_pid() AND NOT ${through} AND ${MAY_END};
    EXIT WHEN ${through} OR clock_timestamp() > over;
    PERFORM pg_sleep(0.01);
  END LOOP;
END`;
	return `DO ${literal(loop)};`;
}
function ours({ name, mark }) {
	const backups = [`${OURS}backup`, `${OURS}backup %`].map((one) => literal(one)).join(", ");
	return `pid <> pg_backend_pid() AND starts_with(application_name, ${literal(OURS)})
    AND (right(application_name, length(${literal(mark)})) = ${literal(mark)} OR (datname = ${literal(name)} AND NOT application_name LIKE ANY (ARRAY[${backups}])))`;
}
function endOursSql(database) {
	return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours(database)};`;
}
function leftOfOursSql(database) {
	return `SELECT count(*) FROM pg_stat_activity WHERE ${ours(database)};`;
}
// src/deploy/watchdog/database-script.ts
const EPOCH = new Date("2000-01-01T00:00:00Z");
const ATTEMPTS = 4;
function entering({ entry }) {
	const psql = "psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --file=-";
	if (entry.kind === "service") return dockerExec(entry, psql);
	return `in_database() (
${Object.entries(entry.variables).map(([name, value]) => `  export ${name}=${inQuotes(value)}`).join("\n")}
  export PGDATABASE="$1" PGAPPNAME="$name_of_ours"
  exec ${psql}
)`;
}
function databaseScript(database) {
	const { name, copy, outside, savepoint, mark } = database;
	const replaced = replacedName(name, EPOCH).slice(0, -14);
	const sql = (text) => inQuotes(text);
	const swap = swapSql(database, {
		replaced: "@REPLACED@",
		until: "@UNTIL@"
	});
	return String.raw`
live=${inQuotes(name)} copy=${inQuotes(copy.name)} copy_oid=${inQuotes(copy.oid)}
stem=${inQuotes(replaced)}
name_of_ours='savepoint look'
${entering(database)}

# From outside of the database that is to be renamed: the first that lets us in.
find_outside() {
  for base in ${quote(outside)}; do
    if [ "$(printf 'SELECT 1;\n' | in_database "$base")" = 1 ]; then return 0; fi
  done
  say 'no other database of the server lets us in'
  return 1
}
outside() { in_database "$base"; }

# What the schema is: catalogs and histories as they print, in one sum. Nothing where it cannot be read.
stamp() { printf '%s\n' ${sql(stampSql(database.histories))} | in_database "$live"; }

# What earlier steps of ours left working there is ended, and waited for.
end_sessions() {
  name_of_ours="savepoint end $fence"${inQuotes(mark)}
  printf '%s\n' ${sql(endOursSql(database))} | outside >/dev/null || return 1
  tries=0
  while left=$(printf '%s\n' ${sql(leftOfOursSql(database))} | outside) && [ "$left" != 0 ]; do
    [ "$tries" -lt 10 ] || return 1
    tries=$((tries + 1))
    sleep 1
  done
  [ "$left" = 0 ]
}

oid_of() { printf "SELECT oid FROM pg_catalog.pg_database WHERE datname = '%s';\n" "$1" | outside; }

# Whether the copy is the very one that was proven, and nobody was in it since.
copy_is_there() {
  [ "$(printf '%s\n' ${sql(copySql(copy))} | outside)" = 1 ]
}

# The same, asked again where the server does not answer.
stamp_patiently() {
  tries=0
  until now=$(stamp) && [ -n "$now" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 3 ] || return 1
    sleep 1
  done
  printf '%s\n' "$now"
}

# Keeps the database where its schema is what it was before this deploy changed anything; else the copy is swapped in.
decide() {
  if now=$(stamp_patiently) && [ "$now" = "$(cat stamp)" ]; then database=kept; else database=restored; fi
  say "database: to be $database"
}

# The two renames in one transaction, while others' sessions are ended. 0: done; 1: nothing was changed; 2: not known.
swap() {
  copy_is_there || { say "$copy is not the copy that was proven"; return 1; }
  while at=$(date -u +%Y%m%d%H%M%S) && replaced=$stem$at && [ -n "$(oid_of "$replaced")" ]; do sleep 1; done
  until=$(printf '%s\n' "$at" | sed 's/\(....\)\(..\)\(..\)\(..\)\(..\)\(..\)/\1-\2-\3T\4:\5:\6Z/')
  comment=$(printf '%s\n' ${sql(commentSql(name))} | outside) && [ -n "$comment" ] || return 1
  note ${factWord({
		kind: "database.replaced",
		database: name,
		replaced: variable("replaced"),
		backup: savepoint,
		comment: jsonVariable("comment")
	})}
  name_of_ours="savepoint swap $fence"${inQuotes(mark)}
  tries=0
  while :; do
    ours || lost
    printf '%s\n' ${sql(evictSql(database, "@REPLACED@"))} | sed "s/@REPLACED@/$replaced/g" | outside >/dev/null &
    evictor=$!
    printf '%s\n' ${sql(swap)} | sed "s/@REPLACED@/$replaced/g; s/@UNTIL@/$until/g" | outside
    # It ends by itself, once all is renamed or its time is over: nobody is to be ended behind that.
    wait "$evictor"
    tries=$((tries + 1))
    case $(oid_of "$live") in
    "$copy_oid") return 0 ;;
    '') [ "$tries" -lt ${8} ] || return 2 ;;
    *) copy_is_there && [ "$tries" -lt ${ATTEMPTS} ] || return 1 ;;
    esac
    sleep 1
  done
}

# That the database is what was decided: by its stamp where it was kept, by its oid where the copy was swapped in.
database_proven() {
  [ "$database" = kept ] || [ "$(oid_of "$live")" = "$copy_oid" ] || return 1
  now=$(stamp_patiently) || return 1
  if [ "$database" = kept ]; then [ "$now" = "$(cat stamp)" ]; else [ "$now" = "$swapped" ]; fi
}
`;
}
function copySql({ name, oid, row }) {
	return `SELECT count(*) FROM pg_catalog.pg_database WHERE datname = ${literal(name)} AND oid::text = ${literal(oid)} AND xmin::text = ${literal(row)} AND NOT datallowconn;`;
}
function commentSql(name) {
	return `SELECT coalesce(pg_catalog.to_json(pg_catalog.shobj_description(oid, 'pg_database'))::text, 'null') FROM pg_catalog.pg_database WHERE datname = ${literal(name)};`;
}
// src/deploy/watchdog/health-script.ts
const REQUEST_SECONDS = 10;
function healthScript(health, commit) {
	const { url, status, contains, timeoutSeconds, successes } = health;
	const ranges = status.map(({ from, to }) => `{ [ "$status" -ge ${from} ] && [ "$status" -le ${to} ]; }`).join(" || ");
	return String.raw`
url=${inQuotes(url)} expected=${inQuotes(commit)}
# The status and, in the file body, what was answered.
fetch() {
  : >body
  if command -v curl >/dev/null 2>&1; then
    status=$(curl --silent --show-error --max-time ${REQUEST_SECONDS} --output body --write-out '%{http_code}' "$url")
  else
    # Not all that are called so take more options: some end at a time limit of their own.
    within ${REQUEST_SECONDS} wget -q -S -O body "$url" 2>headers
    status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' headers | head -n 1)
  fi
  case $status in [1-5][0-9][0-9]) ;; *) status=000 ;; esac
}
${saysVersion(health)}
ask() {
  fetch
  if ! { ${ranges}; }; then
    reason="HTTP $status"
    [ "$status" != 000 ] || reason='no answer'
    return 1
  fi
  ${contains === void 0 ? "" : `grep -q -F -e ${inQuotes(contains)} body || { reason='the body does not contain what it should'; return 1; }`}
  ${versionCheck(health)}
}
wait_until_healthy() {
  begun=$(date +%s) passed=0 waited=0
  while :; do
    if ask; then
      passed=$((passed + 1)) reason='it did not pass ${successes} times in a row in time'
      [ "$passed" -lt ${successes} ] || return 0
    else passed=0; fi
    # By the clock, or where that was set back by the pauses.
    now=$(date +%s) waited=$((waited + 1))
    [ "$waited" -lt ${timeoutSeconds} ] && [ "$((now - begun))" -lt ${timeoutSeconds} ] || return 1
    sleep 1
  done
}
`;
}
function saysVersion({ version }) {
	if (version === void 0 || !("names" in version)) return "";
	const { names } = version;
	const same = (name) => [
		name,
		`v${name}`,
		name.replace(/^v(?=\d)/, "")
	].map((one) => inQuotes(one)).join(" | ");
	const byName = names.map((name) => `    case $word in ${same(name)}) return 0 ;; esac`).join("\n");
	return String.raw`
# Whether one of the words that come in is the version: 7 or more digits of the commit, or another name of it.
says_version() {
  while IFS= read -r word || [ -n "$word" ]; do
    word=${"$"}{word%.}
${byName}
    case $word in *+*) word=${"$"}{word##*+} ;; *-g*) word=${"$"}{word##*-g} ;; esac
    [ "${"$"}{#word}" -ge 7 ] || continue
    case $expected in "$word"*) return 0 ;; esac
  done
  return 1
}`;
}
function versionCheck({ version }) {
	if (version === void 0) return "";
	const failing = "{ reason='another version answers'; return 1; }";
	if ("text" in version) return `grep -q -F -e ${inQuotes(version.text)} body || ${failing}`;
	if (version.key === void 0) return `tr -c '[:alnum:]_.+/-' '\\n' <body | says_version || ${failing}`;
	const value = `s/.*"${version.key}"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p`;
	return `tr ',{}' '\\n\\n\\n' <body | sed -n ${inQuotes(value)} | says_version || ${failing}`;
}
// src/deploy/watchdog/lock-script.ts
const BEAT_EVERY = 10;
function lockScript({ paths, deploy, holder, id }) {
	return String.raw`
lock=${inQuotes(paths.lock)} beat=${inQuotes(paths.beat)} journal=${inQuotes(paths.journal)} running=${inQuotes(paths.running)}
deploy=${inQuotes(deploy)} armed_under=${inQuotes(holder.id)} me=${inQuotes(id)}

lock_line() { held=; { IFS= read -r held <"$lock"; } 2>/dev/null; }
ours() { lock_line; case $held in *"\"id\":\"$me\""*) ;; *) return 1 ;; esac; }
# Somebody took over from the watchdog, as from any run that is silent: it does nothing more.
lost() {
  say 'the lock is another run'\''s by now: this ends here'
  exit 3
}

# Takes the lock of whoever had this deploy, with the next number.
claim() {
  from=$(printf '%s\n' "$held" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
  fence=$(printf '%s\n' "$held" | sed -n 's/.*"fence":\([0-9][0-9]*\)[,}].*/\1/p')
  fence=$((fence + 1))
  text="{\"id\":\"$me\",\"fence\":$fence,\"owner\":\"${WATCHDOG}\",\"deploy\":\"$deploy\",\"since\":\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\"}"
  tries=0
  until sh -c ${inQuotes(REPLACE)} sh "$lock" "$from" "$me" "$text"; do
    lock_line
    case $held in *"\"id\":\"$from\""*) ;; *) lost ;; esac
    [ "$tries" -lt 30 ] || { say 'the lock cannot be written'; exit 1; }
    tries=$((tries + 1))
    sleep 1
  done
}

# While the script works it gives signs of life; one that is killed gives none.
beat_once() { sh -c ${inQuotes(BEAT)} sh "$lock" "$beat" "$me" "{\"id\":\"$me\",\"fence\":$fence,\"running\":$1,\"step\":\"rollback\",\"process\":\"\"}"; }
works() {
  kill -0 "$$" 2>/dev/null || return 1
  # The dead whom nobody has buried yet.
  case $(sed 's/.*) //' "/proc/$$/stat" 2>/dev/null) in Z* | X*) return 1 ;; esac
}
keep_beating() {
  beat_once true
  (
    while works; do
      pause=0
      while [ "$pause" -lt ${BEAT_EVERY} ]; do
        sleep 1
        works || exit
        pause=$((pause + 1))
      done
      beat_once true || exit
    done
  ) &
  beater=$!
}

# One entry of the journal, sealed as all are; $1 is what it says. Nothing is done that could not be written down.
entries=0
note() {
  text="{\"v\":${2},\"at\":\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\",\"owner\":\"${WATCHDOG}\",\"fence\":$fence,\"deploy\":\"$deploy\",$1}"
  sum=$(printf '%s' "$text" | sha256sum | cut -c1-16)
  entries=$((entries + 1)) tries=0
  while :; do
    printf '%s\n' "${"$"}{text%?},\"sum\":\"$sum\"}" | sh -c ${inQuotes(APPEND)} sh "$lock" "$me" "$journal" "$me.$entries"
    case $? in
    0) return 0 ;;
    97) lost ;;
    esac
    [ "$tries" -lt 5 ] || { say "the journal cannot be written: $1"; kill "$beater"; exit 1; }
    tries=$((tries + 1))
    sleep 2
  done
}

# What earlier steps left running on the host.
end_jobs() { sh -c ${inQuotes(FINISH_NOTED)} sh "$running" >/dev/null; }

release() {
  kill "$beater" 2>/dev/null
  sh -c ${inQuotes(REMOVE)} sh "$lock" "$me"
}
`;
}
// src/deploy/watchdog/proof-script.ts
const PROVEN = "proven";
const TOOLS = [
	"sha256sum",
	"sed",
	"cut",
	"tr",
	"head",
	"tail",
	"date",
	"mv",
	"ln",
	"cat",
	"grep",
	"git"
];
function proofScript({ app, database }) {
	return `
prove() {
  failing=
  missing() { failing=yes; printf '%s\\n' "$1"; }
  for tool in ${quote(TOOLS)}; do
    command -v "$tool" >/dev/null 2>&1 || missing "there is no program $tool"
  done
  command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1 || missing 'there is neither curl nor wget, and health could not be asked'
  git -C ${quote([app.folder])} rev-parse HEAD >/dev/null || missing ${inQuotes(`git cannot be asked in ${app.folder}`)}
  tries=0
  until ask; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { missing "the version that runs is not healthy when it asks ($reason)"; break; }
    sleep 1
  done
${database === void 0 ? "" : `  if find_outside; then
    copy_is_there || missing 'the copy of the savepoint is not found by psql'
    if stamp_patiently >stamp.new && [ -s stamp.new ]; then mv stamp.new stamp; else missing 'the schema cannot be read by psql'; fi
  else missing 'the database cannot be entered by psql'; fi
`}  [ -n "$failing" ] || printf '%s\\n' ${PROVEN}
}
answer() {
  mv ask asked
  prove >seen.new
  mv seen.new seen
}
`;
}
// src/deploy/watchdog/wait-script.ts
const TICK = 2;
const JUMP = 15;
const GRACE = 20;
const UNARMED = 600;
function waitScript({ silentSeconds }) {
	return `
# By the time that passes while it looks; the clock may be set meanwhile, and the machine may sleep.
wait_for_silence() {
  printf '%s\\n' "$$" >pid
  quiet=0 unarmed=0 last='' before=$(date +%s)
  while [ "$quiet" -lt ${silentSeconds} ]; do
    if [ -e proving ]; then sleep 1; else sleep ${TICK}; fi
    time=$(date +%s) passed=$((time - before)) before=$time
    if [ "$passed" -lt 0 ] || [ "$passed" -gt ${JUMP} ]; then
      passed=${TICK}
      [ "$quiet" -le ${silentSeconds - GRACE} ] || quiet=${Math.max(0, silentSeconds - GRACE)}
    fi
    if [ -e proving ]; then
      [ ! -e ask ] || answer
      unarmed=$((unarmed + passed)) quiet=0
      [ "$unarmed" -lt ${UNARMED} ] || exit 0
      before=$(date +%s)
      continue
    fi
    [ -e armed ] || { say 'not needed any more'; exit 0; }
    now=$(cat "$beat" 2>/dev/null)
    if [ "$now" != "$last" ]; then last=$now quiet=0; else quiet=$((quiet + passed)); fi
  done
}

# The lock must be this deploy's still, and nobody has confirmed it: then it is the watchdog's.
fire() {
  lock_line
  case $held in
  *"\\"id\\":\\"$armed_under\\""* | *"\\"deploy\\":\\"$deploy\\""*) ;;
  *) say 'the lock is not that of this deploy any more'; exit 0 ;;
  esac
  mv armed fired 2>/dev/null || { say 'confirmed just now'; exit 0; }
  say 'fired'
  claim
}
`;
}
// src/deploy/watchdog/script.ts
function watchdogScript(plan) {
	const { database, health, target, folder } = plan;
	return [
		"#!/bin/sh",
		`# ${plan.title}`,
		"# Made by Savepoint, and of use for this deploy alone. What it did stands in the journal, and in the file log beside it.",
		"# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034",
		"set -u",
		`folder=${inQuotes(folder)}`,
		"cd \"$folder\" || exit 1",
		"exec </dev/null >>log 2>&1",
		`say() { printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }`,
		lockScript(plan),
		healthScript(health, target.commit),
		database === void 0 ? NO_DATABASE : databaseScript(database),
		proofScript(plan),
		waitScript(plan),
		WITHIN,
		...actFunctions(plan),
		endScript(plan),
		backScript(plan),
		"wait_for_silence",
		"fire",
		"go_back",
		""
	].join("\n");
}
const NO_DATABASE = `
replaced=
find_outside() { :; }
end_sessions() { :; }
decide() { database=none; }
swap() { return 1; }
database_proven() { :; }
`;
function actFunctions({ app, paths, id }) {
	const condition = {
		file: paths.lock,
		text: `"id":${JSON.stringify(id)}`
	};
	return [
		...numbered("stop", app.stop, condition),
		...numbered("place", app.place, condition),
		...numbered("again", startingAgain(app), condition)
	];
}
function startingAgain({ stop }) {
	return stop.flatMap(({ undo = [] }) => undo);
}
function numbered(name, acts, condition) {
	return acts.flatMap((act, at) => functionOf(`${name}_${at + 1}`, {
		...act,
		words: lookingAgain(act.words, condition)
	}));
}
function inOrder(name, acts) {
	const calls = acts.map((act, at) => {
		const call = `  ours || lost\n  ${name}_${at + 1}`;
		const failed = `say ${inQuotes(`${act.what} failed`)}`;
		return act.mayFail === true ? `${call} || ${failed}` : `${call} || { ${failed}; return 1; }`;
	});
	return [
		`${name}_all() {`,
		"  :",
		...calls,
		"}"
	].join("\n");
}
function endScript({ deploy, target }) {
	const failed = (message, code) => factWord({
		kind: "step.failed",
		step: "rollback",
		message,
		code
	});
	const went = (database, finished) => factWord({
		kind: "went-back",
		to: target.commit,
		database,
		finished
	});
	const closed = {
		kind: "deploy.closed",
		deploy
	};
	const unwell = `After the way back of the watchdog the app is not healthy: ${variable("reason")}.`;
	const result = {
		commit: target.commit,
		database: variable("database"),
		replaced: jsonVariable("replaced_as"),
		health: "healthy",
		by: WATCHDOG,
		times: jsonVariable("times")
	};
	const schema = target.apart ? "apart" : "proven";
	return `
# $1 why, in a sentence; $2 a failure's code. It blocks: what code and schema are is for a person to see.
fail() {
  why=$1 code=$2
  say "failed: $why"
  note ${failed(variable("why"), variable("code"))}
  note ${went("unknown", false)}
  note ${factWord({
		...closed,
		as: "failed",
		why: variable("why"),
		blocks: true
	})}
  kill "$beater" 2>/dev/null
  wait "$beater" 2>/dev/null
  beat_once false
  exit 1
}
# Code and schema are proven, and nothing else is left to try: the lock is free.
fail_for_health() {
  say "not healthy: $reason"
  note ${failed(unwell, "unhealthy-at-target")}
  note ${went("unknown", true)}
  note ${factWord({
		...closed,
		as: "failed",
		why: unwell,
		blocks: false,
		on: target.commit
	})}
  release
  exit 1
}
done_back() {
  note ${factWord({
		kind: "step.done",
		step: "rollback",
		result
	})}
  note ${went(variable("database"), true)}
  note ${factWord({
		...closed,
		as: "rolled-back",
		why: `the watchdog fired: ${target.why}`,
		on: target.commit,
		schema
	})}
  release
  say "rolled back: code ${shortCommit(target.commit)}, database $database, healthy"
  exit 0
}
`;
}
function backScript({ app, target, database, holder, silentSeconds, commit }) {
	const silent = formatDuration(silentSeconds * 1e3);
	const why = `the watchdog fired: nothing was heard of ${holder.owner} for ${silent}`;
	const intent = {
		target: target.commit,
		database: "auto",
		why: target.why,
		savepoint: database?.savepoint,
		byHand: false,
		watchdog: true
	};
	return `
${inOrder("stop", app.stop)}
${inOrder("place", app.place)}
${inOrder("again", startingAgain(app))}

# Seconds since the last call, as the journal keeps them of each part.
lap() {
  time=$(date +%s)
  times="$times,\\"$1\\":$(((time - since) * 1000))"
  since=$time
}

go_back() {
  since=$(date +%s) times='{"restore":0' replaced_as=null
  keep_beating
  note ${factWord({
		kind: "lock.taken",
		from: holder.owner,
		why
	})}
  note ${factWord({
		kind: "step.started",
		step: "rollback",
		intent,
		undo: STEPS.rollback.undone
	})}
  end_jobs || fail 'What an earlier step left running on the host could not be ended by the watchdog.' not-ended
  find_outside || { sleep 10; find_outside; } || fail 'The watchdog could not enter the database server; the app was not touched.' watchdog
  end_sessions || fail 'What an earlier step left working in the database could not be ended by the watchdog; the app was not touched.' not-ended
  lap decision
  stop_all
  lap stop
  decide
  if [ "$database" = restored ]; then
    swap
    swapped_how=$?
    if [ "$swapped_how" -ne 0 ]; then
      # The app was stopped for nothing; where it is not known what became of the database, it stays so.
      [ "$swapped_how" -ne 1 ] || again_all || say 'the app could not be started again'
      fail 'The watchdog could not swap the copy of the savepoint in; the database is as ${shortCommit(commit)} left it, or not known.' watchdog
    fi
    swapped=$(stamp_patiently) || fail 'The watchdog swapped the copy of the savepoint in, and cannot read it.' watchdog
    replaced_as="\\"$replaced\\""
  fi
  lap swap
  place_all || fail 'The watchdog could not put ${shortCommit(target.commit)} in place and start it.' watchdog
  lap start
  [ "$(git -C ${quote([app.folder])} rev-parse HEAD)" = ${inQuotes(target.commit)} ] || fail 'After the way back of the watchdog another commit is checked out.' code-differs
  database_proven || fail 'After the way back of the watchdog the schema is not that of ${shortCommit(target.commit)}.' schema-differs
  healthy=yes
  wait_until_healthy || healthy=no
  # Once more: a version that migrates when it starts has had its time by now.
  database_proven || fail 'After the way back of the watchdog the schema is not that of ${shortCommit(target.commit)}.' schema-differs
  [ "$healthy" = yes ] || fail_for_health
  lap health
  times="$times}"
  done_back
}
`;
}
// src/deploy/watchdog/start.ts
const START = `
cd "$1" || exit 1
linger=$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)
if [ "$linger" = yes ] && systemd-run --user --quiet --collect --property=KillMode=process --property=UMask="$(umask)" --setenv=PATH="$PATH" --setenv=HOME="$HOME" -- sh "$1/script" 2>/dev/null; then
  echo systemd
elif command -v setsid >/dev/null 2>&1; then
  setsid sh "$1/script" </dev/null >/dev/null 2>&1 &
  echo setsid
else echo none; fi`;
const LOOK = `cd "$1" || exit 1
if [ -e seen ]; then cat seen; exit 0; fi
pid=$(cat pid 2>/dev/null) || { echo starting; exit 0; }
if kill -0 "$pid" 2>/dev/null; then echo works; else echo dead; fi`;
const PROVEN_WITHIN = 12e4;
const STARTED_WITHIN = 15e3;
const POLL = 500;
async function startApart(folder, connect) {
	try {
		var _usingCtx$7 = _usingCtx();
		const apart = _usingCtx$7.a(await connect());
		const { stdout } = await succeed(apart, { words: [
			"sh",
			"-c",
			START,
			"sh",
			folder
		] }, "Starting the watchdog");
		const keeper = stdout.trim();
		if (keeper === "systemd" || keeper === "setsid") return keeper;
		throw new Failure(`${apart.name} has neither setsid nor a systemd that outlives the login: a watchdog would end with it.`, {
			code: "watchdog",
			hint: "Install setsid (util-linux, busybox), or let the user's units run without a login: loginctl enable-linger"
		});
	} catch (_) {
		_usingCtx$7.e = _;
	} finally {
		await _usingCtx$7.d();
	}
}
async function proveAlive(machine, folder, clock) {
	await writeText(machine, `${folder}/ask`, "");
	for (let waited = 0;; waited += POLL) {
		const { stdout } = await succeed(machine, {
			words: [
				"sh",
				"-c",
				LOOK,
				"sh",
				folder
			],
			repeatable: true
		}, "Looking at the watchdog");
		const said = stdout.trim();
		if (said === "proven") return;
		if (said === "dead") throw await ended$1(machine, folder);
		if (said !== "works" && said !== "starting") throw lacking(machine, said);
		if (waited > (said === "starting" ? STARTED_WITHIN : PROVEN_WITHIN)) throw await silent(machine, folder);
		await clock.sleep(POLL);
	}
}
function lacking(machine, said) {
	return new Failure(`The watchdog could not do its work on ${machine.name}: ${said.split("\n").join("; ")}.`, {
		code: "watchdog",
		hint: "Mend that on the host, or deploy without `watchdog`."
	});
}
async function ended$1(machine, folder) {
	return new Failure(`The watchdog did not outlive the login that started it on ${machine.name}.`, {
		code: "watchdog",
		evidence: await logOf(machine, folder),
		hint: "A host that ends what a login leaves running (KillUserProcesses=yes in logind.conf) keeps it where the user's units run without a login: loginctl enable-linger"
	});
}
async function silent(machine, folder) {
	return new Failure(`The watchdog did not say on ${machine.name} whether it could do its work.`, {
		code: "watchdog",
		evidence: await logOf(machine, folder),
		hint: "Look at the lines above, and whether the database and the app answer on the host."
	});
}
async function logOf(machine, folder) {
	return lastLines({
		stdout: await readText(machine, `${folder}/log`) ?? "",
		stderr: ""
	});
}
// src/deploy/watchdog/arm.ts
const KEPT = 5;
async function armWatchdog(tx, silentMs) {
	const { environment } = tx;
	const { report } = environment.ports;
	const ledger = await tx.state.journal.read();
	const deploy = await tx.record();
	const where = whereTo(ledger, deploy);
	if (typeof where === "string") {
		report.warning(`The watchdog is not armed: ${where}.`);
		return;
	}
	await report.step("Arming the watchdog", async () => await arm(tx, {
		ledger,
		deploy,
		silentMs,
		...where
	}), (keeper) => `without a sign of life for ${formatDuration(silentMs)} ${environment.machine.name} goes back to ${shortCommit(where.commit)} by itself (${keeper})`);
}
function whereTo(ledger, deploy) {
	const choice = targetOfDeploy(ledger, deploy);
	if (!choice.found) return choice.why;
	const { target } = choice;
	if (target.commit === void 0) return `there is nothing that it could go back to (${target.why})`;
	if (deploy.ran === "unhealthy") return `${shortCommit(target.commit)} was not healthy when this deploy opened`;
	return {
		target,
		commit: target.commit
	};
}
async function arm(tx, arming) {
	const { environment } = tx;
	const { machine, ports } = environment;
	const plan = await planOf(tx, arming);
	const { folder } = plan;
	await makeDirectory(machine, tx.state.paths.watchdogs, { mode: 448 });
	await thinOut(tx);
	await makeDirectory(machine, folder, { mode: 448 });
	await writeText(machine, `${folder}/script`, watchdogScript(plan), { mode: 448 });
	await writeText(machine, `${folder}/proving`, "");
	try {
		const keeper = await startApart(folder, async () => await machineOf(environment.shared, ports, { told: true }));
		await proveAlive(machine, folder, ports.clock);
		await tx.write({
			kind: "watchdog.armed",
			folder,
			silentMs: arming.silentMs
		});
		await rename(machine, `${folder}/proving`, `${folder}/armed`);
		return keeper;
	} catch (error) {
		await disarm(machine, folder, {
			clock: ports.clock,
			held: async () => await Promise.resolve()
		}).catch(() => void 0);
		throw error;
	}
}
async function planOf(tx, { ledger, deploy, silentMs, target, commit }) {
	const { environment, state } = tx;
	const { rollout, health } = settingsForTarget(environment, {
		ledger,
		deploy,
		target
	});
	const version = await expectedVersion(environment, commit);
	const asked = health && askFor(health, version, { nameless: deploy.ran === "nameless" });
	if (asked === void 0) throw new Failure(`The health check of ${shortCommit(commit)} is not one that the watchdog can ask.`, {
		code: "watchdog",
		hint: "It was confirmed with another one. Deploy once without `watchdog`, with a `health-url`."
	});
	return {
		title: `The watchdog of deploy ${deploy.id} of ${environment.title}: back to ${shortCommit(commit)}.`,
		deploy: deploy.id,
		commit: deploy.commit,
		target: {
			commit,
			why: target.why,
			apart: target.apart === true
		},
		folder: `${state.paths.watchdogs}/${deploy.id}`,
		paths: state.paths,
		holder: {
			id: environment.held.id ?? "none",
			owner: environment.owner.id
		},
		id: environment.ports.random(16),
		silentSeconds: Math.ceil(silentMs / 1e3),
		app: await foreseeApp(environment, deploy, {
			target: commit,
			rollout
		}),
		database: await databaseOf(tx, deploy),
		health: asked
	};
}
async function databaseOf(tx, deploy) {
	const { environment, state } = tx;
	const database = await environment.database();
	if (database === void 0) return void 0;
	const warm = warmOf(deploy);
	const { manifests } = await backupStore(environment, state).all();
	const savepoint = manifests.find(({ id }) => id === warm?.backup);
	if (warm === void 0 || savepoint === void 0) throw new Failure("The copy of the savepoint that the watchdog would swap in was not kept.", {
		code: "watchdog",
		hint: "Somebody may have been in it. Deploy again: another one is made."
	});
	return await foreseeDatabase(database, savepoint, warm.copy);
}
async function thinOut({ environment: { machine }, state }) {
	const folders = (await listFolder(machine, state.paths.watchdogs)).filter(({ kind }) => kind === "directory");
	for (const { name } of folders.toSorted((a, b) => b.modified - a.modified).slice(KEPT)) await remove$1(machine, `${state.paths.watchdogs}/${name}`);
}
// src/deploy/steps/preflight.ts
async function preflight(environment, commit) {
	const values = environment.settings.read({
		rollout: rolloutSection,
		migrate: migrateSection
	});
	refuseMisfits(values.rollout);
	if (values.migrate.run === void 0 && await environment.database() !== void 0) await refuseUncommitted(environment, commit, values.migrate.directory);
	await refuseUnaskable(environment, commit);
}
async function refuseUnaskable(environment, commit) {
	const values = environment.settings.read({ health: healthSection });
	if (!hasChecks(values.health)) throw await missingSettings(environment.shared, environment.ports, [NO_HEALTH]);
	const problems = healthProblems(values.health, {
		database: await environment.database(),
		version: {
			commit,
			names: []
		},
		containers: await environment.clone()
	});
	if (problems.length > 0) throw refusal(`The health check cannot be done: ${problems.map((one) => `\`health-${one.input}\` ${one.message}`).join("; ")}.`, {
		code: "health-settings",
		evidence: problems.flatMap((one) => one.form === void 0 ? [] : [`health-${one.input}: ${one.form}`])
	});
	const authority = values.health["tls-ca"];
	if (authority !== void 0) await trustIn(authority, environment.ports.here);
}
// src/deploy/operations/deploy.ts
const sections$1 = {
	shared: sharedSection,
	deploy: deploySection,
	backup: without(backupSection, "purpose"),
	migrate: without(migrateSection, "command", "to", "steps"),
	rollout: without(rolloutSection, "phase"),
	health: healthSection,
	markStable: without(markStableSection, "confirm"),
	rollback: without(rollbackSection, "to", "database", "reason", "confirm")
};
const opener = {
	operation: "deploy",
	sections: Object.values(sections$1)
};
const deploy = hearable({
	name: "deploy",
	description: "Deploys code and database as one transaction: backup, migrations, rollout, health, stable tag, or all of it back.",
	sections: sections$1,
	own: "deploy",
	plans: true,
	outputs: {
		commit: "The commit that runs now.",
		"previous-commit": "The commit that ran before.",
		savepoint: "The deploy's id: what it can go back to.",
		"backup-file": "The backup's path in the state directory.",
		applied: "The migrations that were applied.",
		"stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
		"rolled-back": "Whether the deploy failed and was taken back.",
		"database-action": "After a rollback: what became of the database.",
		"replaced-database": "After a rollback: the name under which the replaced database is kept.",
		"duration-ms": "How long it took, in milliseconds.",
		...DOWNTIME_OUTPUTS
	},
	example: {
		flags: "--host deploy@shop.example --app-dir /srv/shop --database-service postgres --health-url http://127.0.0.1:3000/health",
		about: [
			"Needed: `app-dir` (the app's git clone on the host), a health check (`health-url`), the database (`database-service`, or",
			"SAVEPOINT_DATABASE_URL), and what starts the app: a compose project, or `rollout-start-command`. What stands in",
			"savepoint.yml need not be given. Without --confirm it only shows its plan."
		]
	},
	endsJobs: true,
	branding: {
		icon: "shield",
		color: "green"
	},
	async run(call) {
		try {
			var _usingCtx$6 = _usingCtx();
			const { ports } = call;
			const started = ports.clock.now().getTime();
			const { confirm, watchdog } = call.inputs.deploy;
			const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({
				ports,
				confirm,
				environment: call.profile.environment
			});
			const dryRun = unread || call.inputs.shared["dry-run"];
			const environment = _usingCtx$6.a(await openEnvironment(withDryRun(call, dryRun), {
				state: "required",
				missing: missingForDeploy(call.inputs.shared, call.settings)
			}));
			const refused = (plan, commit) => deployUnconfirmed(environment, {
				confirm,
				commit,
				plan,
				sections: opener.sections
			});
			const first = await makeFirstClone(environment, call.inputs.rollout);
			if (first !== void 0) {
				if (unread) throw refused(first);
				return first;
			}
			await appCloneOf(environment);
			const commit = await requireCommit(environment);
			await preflight(environment, commit);
			refuseUnwatchable(environment);
			if (dryRun) {
				const plan = await planDeploy(environment, commit, opener, watchdog);
				if (unread) throw refused(plan, commit);
				return plan;
			}
			const tx = _usingCtx$6.a(await beginStep(environment, {
				wants: "open",
				commit,
				opener,
				check: async ({ ledger, admission }) => {
					if (admission.do !== "continue") await mayOpen(environment, commit, ledger);
					else if (changedSomething(admission.deploy)) throw await halfWay(environment, ledger, admission.deploy);
				},
				opening: async (ledger) => ({
					...await openingOf(environment, commit, ledger),
					whole: true
				})
			}));
			const { id } = await tx.record();
			const chain = new Chain(tx, {
				...watchdog !== void 0 && { backup: { warm: true } },
				beforeChanges: async () => {
					if (watchdog !== void 0) await armWatchdog(tx, watchdog);
				}
			});
			try {
				await chain.run();
			} catch (error) {
				throw await endFailedDeploy({
					environment,
					tx,
					rollback: call.inputs.rollback,
					id,
					error,
					outputs: chain.outputs
				});
			}
			const blocks = [
				...chain.blocks,
				...expectedBlocks(await tx.state.journal.read()),
				...await timelineNow(tx, id)
			];
			const durationMs = ports.clock.now().getTime() - started;
			return {
				outputs: {
					...chain.outputs,
					"rolled-back": false,
					"duration-ms": durationMs
				},
				headline: `${shortCommit(commit)} is deployed and stable on ${environment.title} after ${formatDuration(durationMs)}${awayFor(tx.standstill?.downtime)}`,
				blocks
			};
		} catch (_) {
			_usingCtx$6.e = _;
		} finally {
			await _usingCtx$6.d();
		}
	}
});
async function halfWay(environment, ledger, begun) {
	return blockedBy(environment, begun, "was left half-way by an earlier command of yours").with({ ways: await waysOfDeploy(environment, ledger, begun) });
}
// src/github/markdown.ts
function markdownText(text) {
	return oneLine(text).split(/(`[^`\n]+`)/).map((part, index) => index % 2 === 1 ? markdownCode(part.slice(1, -1)) : escapeInline(part)).join("").replace(/^[#+=-]/, "\\$&").replace(/^(\d+)(?=[.)])/, "$1\\");
}
function markdownCode(text) {
	return `<code>${escapeInline(oneLine(text))}</code>`;
}
function escapeInline(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(/[\\`*_[\]|~$!]/g, String.raw`\$&`).replaceAll(/(https?|ftp):\/\//gi, "$1:&#47;&#47;").replaceAll(/\bwww\./gi, "www&#46;").replaceAll("@", "&#64;");
}
function markdownTable(head, rows) {
	const line = (cells) => `| ${cells.map((cell) => tableCell(cell)).join(" | ")} |`;
	return [
		line(head),
		`|${head.map(() => " --- |").join("")}`,
		...rows.map((row) => line(head.map((_, index) => row[index] ?? "")))
	].join("\n");
}
function tableCell(text) {
	return printable(text).split("\n").map((part) => markdownText(part)).join("<br>");
}
function markdownFence(lines, language = "text") {
	const body = printable(lines.join("\n"));
	const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((match) => match[0].length));
	const fence = "`".repeat(longest + 1);
	return `${fence}${language}\n${body}\n${fence}`;
}
function joinedWithin(most, parts, rest) {
	let size = Buffer.byteLength(rest) + 3;
	const kept = [];
	for (const part of parts.filter((one) => one !== "")) {
		size += Buffer.byteLength(part) + 2;
		if (size > most) return `${[...kept, rest].join("\n\n")}\n`;
		kept.push(part);
	}
	return `${kept.join("\n\n")}\n`;
}
// src/deploy/back/left-alone.ts
async function leftAlone(environment, ledger, open) {
	const changed = changedSomething(open);
	if (changed && open.end === void 0 && !environment.shared["dry-run"]) await noteLeft(environment, open);
	const { ways, blocks } = await stillOpen(environment, ledger, open);
	return new Failure(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} is not taken back. ${NOT_AUTOMATIC}`, {
		exit: changed ? 3 : 1,
		code: "not-automatic",
		hint: changed ? "Look at it as it stands, then take it back by hand." : "It changed nothing: code, schema and app are as they were, and it holds nobody up.",
		outputs: {
			"rolled-back": false,
			skipped: "not-automatic",
			"duration-ms": 0
		},
		state: [`${stepsOf(open)}.`, ...changed ? ["lock: held, until a rollback finishes it or an unlock ends it"] : []],
		ways,
		blocks
	});
}
async function noteLeft(environment, { id }) {
	const moot = ({ open }) => open?.id === id && open.end === void 0 ? void 0 : "it was ended meanwhile";
	try {
		try {
			var _usingCtx$5 = _usingCtx();
			await _usingCtx$5.a(await beginStep(environment, {
				wants: "end",
				commit: void 0,
				patienceMs: STEP_DEAD_AFTER,
				moot
			})).close({
				as: "failed",
				why: NOT_AUTOMATIC,
				blocks: true
			});
		} catch (_) {
			_usingCtx$5.e = _;
		} finally {
			await _usingCtx$5.d();
		}
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		if (error.code !== "moot") environment.ports.report.warning(`That it is left as it stands could not be journaled: ${clauseOf(error)}.`);
	}
}
// src/deploy/back/let-in.ts
async function refusingWhere(look) {
	try {
		return await look();
	} catch (error) {
		throw error instanceof Failure ? error.with({ exit: 2 }) : error;
	}
}
async function refuseUnlessLetIn(environment, { ledger, open, settings }) {
	try {
		await refusingWhere(async () => {
			const database = await environment.database();
			if (database !== void 0) await knockAt(environment, database);
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		const { to, database } = settings;
		const { state = [], ways = [], blocks = [] } = await stillOpen(environment, ledger, open, { tried: [...triedOf(open), {
			to,
			database,
			code: error.code ?? "failed",
			unseen: true
		}] });
		throw error.with({
			state: [
				...error.state,
				"app: not touched",
				"schema: not looked at",
				...state
			],
			ways,
			blocks: [...error.blocks, ...blocks],
			outputs: {
				...error.outputs,
				"rolled-back": false
			}
		});
	}
}
// src/deploy/call/confirmation.ts
function requireConfirmation(confirm, environment, what) {
	if (confirm === environment) return;
	throw refusal(confirm === void 0 ? `${what} needs a confirmation.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${environment}.`, {
		code: "not-confirmed",
		hint: `Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}). Nothing was touched.`
	});
}
function confirmationHint(confirm, environment) {
	return confirm === environment ? [] : [`Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}), too.`];
}
function missingIn({ confirm, reason }, { name, what }) {
	const wrong = confirm !== void 0 && confirm !== name;
	const needs = [...confirm === void 0 ? ["`confirm`, the environment's name"] : [], ...reason === void 0 ? ["a `reason`, for the journal"] : []];
	return {
		sentences: [...wrong ? [`\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}.`] : [], ...needs.length > 0 ? [`${what} needs ${needs.join(", and ")}.`] : []],
		hints: [...confirm === name ? [] : [`Give \`confirm: ${name}\` (on the command line: --confirm ${name}).`], ...reason === void 0 ? ["Give `reason`, e.g. --reason \"orders fail since 1.4\"."] : []]
	};
}
// src/deploy/back/refuse-unsaid.ts
async function refuseUnsaid(environment, asked) {
	const { settings, chosen } = asked;
	const { name } = environment;
	const { sentences: missing, hints } = missingIn(settings, {
		name,
		what: "A rollback by hand"
	});
	const elsewhere = settings.confirm !== void 0 && settings.confirm !== name;
	if (chosen instanceof Failure && (missing.length === 0 || settings.to === void 0 && !elsewhere)) throw chosen;
	const looked = await lookOrNot(environment, asked, missing.length > 0);
	const decision = looked?.look.decision;
	if (missing.length === 0 && decision?.action === "impossible") throw impossibleRollback({
		...decision,
		broken: [],
		touched: false
	}).with({
		exit: 2,
		ways: waysFor(environment, asked, looked)
	});
	const open = !(chosen instanceof Failure) && looked?.savepoint !== void 0 && onlyCopyTells(chosen.target, looked.savepoint);
	const restores = decision?.action === "restore" && settings.database === "auto" && !open;
	if (missing.length === 0 && !restores) return;
	const evidence = restores && looked?.savepoint !== void 0 ? await counts(environment, looked.savepoint) : [];
	const plan = chosen instanceof Failure || looked === void 0 ? [] : planBlocks(await runningOn(environment), chosen.target, looked.look);
	throw refusal([
		...missing,
		...restores ? [RESTORE_NOT_SAID] : [],
		"Nothing was touched."
	].join(" "), {
		code: restores ? "restore-not-said" : "not-confirmed",
		evidence: chosen instanceof Failure ? [chosen.message, ...chosen.evidence] : evidence,
		hint: [...hints, ...restores ? [howToSay(looked?.savepoint)] : []].join("\n"),
		ways: elsewhere ? [] : waysFor(environment, asked, looked),
		blocks: plan
	});
}
async function runningOn(environment) {
	return await (await environment.clone())?.current();
}
function planBlocks(running, target, { decision }) {
	return [
		{
			kind: "text",
			text: `On the host now: ${running ?? "not known (no app-dir)"}.`
		},
		{
			kind: "text",
			text: `Target: ${target.commit ?? "nothing"}: ${target.why}.`
		},
		{
			kind: "text",
			text: `Database: ${decision.action}, because ${decision.why}.`
		}
	];
}
const RESTORE_NOT_SAID = "The database would be restored to the savepoint, and that was not said.";
function howToSay(savepoint) {
	return `Say \`database: restore\` to go back to ${savepoint?.id} (the live one is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`;
}
async function lookOrNot(environment, asked, tolerant) {
	const { ledger, settings, chosen, manifests } = asked;
	if (ledger.open !== void 0 || chosen instanceof Failure) return void 0;
	const savepoint = chosen.savepoint ?? savepointFor(manifests, void 0, chosen.target, ledger);
	try {
		return {
			look: await lookAtDatabase(environment, {
				target: chosen.target,
				wish: settings.database,
				preferDown: settings["prefer-down"],
				savepoint,
				others: manifests,
				deploy: void 0
			}),
			savepoint
		};
	} catch (error) {
		if (!tolerant || !(error instanceof Failure)) throw error;
		environment.ports.report.detail(`What becomes of the database could not be looked at: ${messageOf(error)}`);
		return;
	}
}
async function counts(environment, savepoint) {
	return describeRows(await compareRowsIfReadable(environment, await databaseOf$1(environment), {
		savepoint,
		signal: environment.ports.signal
	})).split("\n");
}
function waysFor(environment, { settings, chosen, manifests }, looked) {
	if (chosen instanceof Failure) return chosen.ways;
	const { target } = chosen;
	const name = placeOf(target);
	const action = looked?.look.decision.action;
	return rankWays({
		place: environment,
		reason: settings.reason ?? `back to ${name} by hand`,
		deploy: void 0,
		target: name,
		to: settings.to,
		database: looked !== void 0 && action !== "none",
		differs: target.schema !== void 0,
		down: looked?.look.canGoDown === true,
		savepoint: looked?.savepoint && asSavepoint(looked.savepoint),
		others: manifests.toSorted(newestFirst).map(asSavepoint),
		tried: action === "impossible" ? [{
			to: settings.to,
			database: settings.database,
			code: "no-way-back"
		}] : [],
		mustBeSaid: action === "restore" || action === "impossible"
	});
}
// src/deploy/back/open-rollback.ts
async function mayGoBack(environment, ledger, settings) {
	const chosen = await chooseTarget(environment, ledger, settings).catch((error) => {
		if (error instanceof Failure) return error;
		throw error;
	});
	if (!(chosen instanceof Failure)) settingsForTarget(environment, {
		ledger,
		deploy: ledger.open,
		target: chosen.target
	});
	const automatic = ledger.open?.owner === environment.owner.id && settings.confirm === void 0;
	if (automatic && chosen instanceof Failure) throw chosen;
	if (automatic) return;
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	await refuseUnsaid(environment, {
		ledger,
		settings,
		chosen,
		manifests
	});
}
async function openRollback(tx, settings) {
	const { environment } = tx;
	const { journal } = tx.state;
	const chosen = await chooseTarget(environment, await journal.read(), settings);
	if (tx.deploy !== void 0) return chosen;
	const { commit } = chosen.target;
	const running = await (await environment.clone())?.current();
	await tx.open({
		commit: commit ?? running ?? "",
		goingBack: true,
		...commit === void 0 && { toNothing: true },
		from: running,
		live: await readableSchema(environment),
		settings: journaledSettings(environment.settings),
		hooks: environment.hooks
	}, await journal.read());
	return chosen;
}
// src/deploy/back/app-plan.ts
async function planApp(environment, about) {
	const { settings, running, target, deploy, decision } = about;
	const back = target === void 0 ? void 0 : await strategyOf(environment, {
		settings: settings.start,
		commit: target,
		previous: running,
		deploy
	});
	const moves = codeMovesFrom(running, target, deploy) || await back?.runsOtherImages() === true;
	if (!moves && !changesDatabase(decision)) return void 0;
	return await planned$1(environment, "the way back", async () => {
		const { plan } = await strategyOf(environment, {
			settings: settings.stop,
			commit: running,
			deploy
		});
		return [
			...tellActs(await plan.stop()),
			...changesDatabase(decision) ? [`the database: ${decision.action}`] : [],
			...back === void 0 || target === void 0 ? [`what the deploy of ${shortCommit(running)} brought is removed, and its files with it`] : tellActs(moves ? await back.plan.switchTo({
				commit: target,
				stopped: true,
				edits: "keep",
				exact: false
			}) : await back.plan.start())
		];
	});
}
// src/deploy/back/rollback-plan.ts
async function nowhereElse(environment, ledger, { commit, reason }) {
	const name = shortCommit(commit);
	const { to, ways } = await furtherBack(environment, ledger, {
		on: commit,
		reason: reason ?? `further back than ${name}, by hand`
	});
	return {
		blocks: [{
			kind: "text",
			text: `${name} is what runs already: nothing is taken back. To go further: ${to === void 0 ? "no stable version came before it" : `the commands below go to ${shortCommit(to)}, the stable version before it`}.`
		}],
		ways
	};
}
async function whatIsLost(environment, ledger, { settings, savepoint }) {
	return {
		kind: "text",
		text: `${describeRows(await compareRowsIfReadable(environment, await databaseOf$1(environment), {
			savepoint,
			signal: environment.ports.signal
		}))}${ledger.open === void 0 && settings.database === "auto" ? "\nIt has to be said: `database: restore`, or `database: keep`." : ""}`
	};
}
async function planRollback(environment, ledger, { settings, byHand }) {
	const chosen = await chooseTarget(environment, ledger, settings);
	const { target, savepoint } = chosen;
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const own = savepoint ?? savepointFor(manifests, ledger.open, target, ledger);
	const look = await lookAtDatabase(environment, {
		target,
		wish: settings.database,
		preferDown: settings["prefer-down"],
		savepoint: own,
		others: manifests,
		deploy: ledger.open
	});
	const asked = {
		ledger,
		settings,
		chosen,
		manifests
	};
	const ways = async () => ledger.open === void 0 ? waysFor(environment, asked, {
		look,
		savepoint: own
	}) : await waysOfDeploy(environment, ledger, ledger.open);
	const { decision } = look;
	if (decision.action === "impossible") throw impossibleRollback({
		...decision,
		broken: [],
		touched: false
	}).with({
		...ledger.open === void 0 && { exit: 2 },
		ways: await ways()
	});
	const running = await (await environment.clone())?.current();
	const nowhere = ledger.open === void 0 && decision.action === "kept" && running !== void 0 && running === target.commit;
	const app = running === void 0 || nowhere ? void 0 : await planApp(environment, {
		settings: appSettingsForTarget(environment, {
			ledger,
			deploy: ledger.open,
			target
		}),
		running,
		target: target.commit,
		deploy: ledger.open,
		decision
	});
	const further = nowhere ? await nowhereElse(environment, ledger, {
		commit: running,
		reason: settings.reason
	}) : void 0;
	return {
		outputs: {
			"rolled-back": false,
			commit: target.commit,
			"database-action": look.decision.action,
			savepoint: own?.id
		},
		headline: nowhere ? `Would take nothing back: ${environment.title} is on ${nameOf(target)} already, and so is its database` : `Would take ${environment.title} to ${nameOf(target)}; database: ${look.decision.action}`,
		ways: further?.ways ?? (byHand ? await ways() : []),
		blocks: [
			...planBlocks(running, target, look),
			...app === void 0 ? [] : [app],
			...further?.blocks ?? [],
			...look.decision.action === "restore" && own !== void 0 ? [await whatIsLost(environment, ledger, {
				settings,
				savepoint: own
			})] : []
		],
		details: {
			target: target.commit,
			decision: look.decision
		}
	};
}
// src/deploy/back/rollback-outcome.ts
async function rollbackOutcome(tx, rolledBack, facts) {
	const { environment } = tx;
	const { before, target, reason, durationMs, tags } = facts;
	const { commit, database, health, downtime } = rolledBack;
	const further = before.goingBack && commit !== void 0 && rolledBack.from === commit && database === "kept" ? await nowhereElse(environment, await tx.state.journal.read(), {
		commit,
		reason
	}) : void 0;
	const outcome = {
		outputs: {
			"rolled-back": true,
			commit,
			"database-action": database,
			savepoint: rolledBack.savepoint,
			"replaced-database": rolledBack.replaced,
			"duration-ms": durationMs,
			...downtimeOutputs(downtime)
		},
		headline: `${whereItIs(environment, rolledBack)} (database ${database}, ${health}) after ${formatDuration(durationMs)}${awayFor(downtime)}`,
		blocks: [
			whoAndWhy(environment, reason ?? reasonOf(before)),
			{
				kind: "text",
				text: `Target: ${nameOf(target)}: ${target.why}.`
			},
			...await rollbackBlocks(environment, rolledBack),
			...quarantineNote(await tx.state.journal.read(), before.id).map((text) => ({
				kind: "text",
				text
			})),
			...tags,
			...further?.blocks ?? [],
			...await timelineNow(tx, before.id)
		],
		ways: further?.ways
	};
	if (rolledBack.up === void 0) return outcome;
	const { outputs, headline, blocks } = outcome;
	const { what, ways } = rolledBack.up;
	const hint = stopByHand(rolledBack.up, environment.title);
	throw new Failure(`${headline}.`, {
		exit: 3,
		code: "still-up",
		outputs,
		blocks,
		ways,
		state: [`app: ${what}`],
		hint
	});
}
function whereItIs({ title }, { from, commit, database }) {
	if (commit === void 0) return `${title} is back to what was before its first version`;
	return `${title} ${from === commit && database === "kept" ? "was and is" : "is back"} on ${shortCommit(commit)}${from === commit && database === "kept" ? ", nothing was taken back" : ""}`;
}
// src/deploy/operations/take-back.ts
async function takeBack(environment, asked) {
	try {
		var _usingCtx$4 = _usingCtx();
		const { settings, byHand, moot, patienceMs, started } = asked;
		const tx = _usingCtx$4.a(await beginStep(environment, {
			wants: "end",
			commit: void 0,
			moot,
			patienceMs,
			check: async ({ ledger }) => {
				await mayGoBack(environment, ledger, settings);
				if (ledger.open !== void 0) await refuseUnlessLetIn(environment, {
					ledger,
					open: ledger.open,
					settings
				});
			}
		}));
		const { target, savepoint } = await openRollback(tx, settings);
		const before = await tx.record();
		const rolledBack = await rollBack(tx, {
			target,
			savepoint,
			settings,
			byHand
		});
		const tags = byHand ? await moveTagsAfterRollback(environment, rolledBack) : [];
		const durationMs = environment.ports.clock.now().getTime() - started;
		return await rollbackOutcome(tx, rolledBack, {
			before,
			target,
			reason: settings.reason,
			durationMs,
			tags
		});
	} catch (_) {
		_usingCtx$4.e = _;
	} finally {
		await _usingCtx$4.d();
	}
}
// src/deploy/operations/after-job.ts
const READ_ON_THE_WAY = {
	rollout: rolloutSection,
	health: healthSection,
	migrate: migrateSection
};
const PATIENCE = 7e4;
function afterJob({ name, sections, own }) {
	return {
		name: `after ${name}`,
		description: "Takes back, at the end of a job that failed or was cancelled, the deploy that it left open.",
		sections,
		own,
		outputs: {},
		afterwards: true,
		run: async (call) => await endJob(call)
	};
}
async function endJob(call) {
	if (call.inputs.shared["dry-run"]) return quiet("This was a dry run: nothing of it is open.");
	try {
		return await ended(call);
	} catch (error) {
		if (!(error instanceof Failure || error instanceof Cancelled) || await isFirstTold(call.ports, error.message)) throw error;
		return quiet(`As told before: ${clauseOf(error)}.`);
	}
}
async function ended(call) {
	try {
		var _usingCtx$3 = _usingCtx();
		const { clock } = call.ports;
		const started = clock.now().getTime();
		const limit = _usingCtx$3.u(new Limit(clock));
		const ports = {
			...call.ports,
			signal: AbortSignal.any([call.ports.signal, limit.signal])
		};
		const environment = _usingCtx$3.a(await openEnvironment({
			...call,
			ports
		}, {
			state: "optional",
			journalSettings: true
		}));
		const { state, title } = environment;
		if (state === void 0) return quiet(`Nothing is left to do on ${title}: there is no journal of it.`);
		const lock = await state.journal.lock.status();
		const ledger = await state.journal.read();
		const { open } = ledger;
		const now = clock.now().getTime();
		const until = untilWhen(open, lock, now);
		const end = decideJobEnd({
			open,
			me: environment.owner,
			automatic: isAutomatic(environment),
			until,
			now
		});
		if (end.do === "nothing") return quiet(`Nothing is left to do on ${title}: ${end.why}.`);
		refuseDamaged(environment, ledger);
		if (end.do === "leave") return quiet(`Deploy ${open?.id} of ${title} is left as it is: ${end.why}.`);
		if (end.do === "late") throw await tooLate(environment, ledger, open, end.why);
		if (end.do === "ask") throw await leftAlone(environment, ledger, end.open);
		return await carriedOut(environment, ledger, {
			end,
			until,
			limit,
			started
		});
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
}
async function carriedOut(environment, ledger, { end, until, limit, started }) {
	const { title, ports } = environment;
	try {
		if (end.do === "close") return await close(environment, end.open);
		if (until !== void 0) limit.set(until - ports.clock.now().getTime());
		return await back(environment, ledger, {
			open: end.open,
			started,
			limited: until !== void 0
		});
	} catch (error) {
		if (error instanceof Failure && error.code === "moot") return quiet(`Deploy ${end.open.id} of ${title} is over: ${clauseOf(error)}.`);
		if (!(error instanceof Cancelled)) throw error;
		const why = limit.signal.aborted ? "the five minutes that GitHub gives a cancelled job are used up" : "this was stopped before it was done";
		const after = await stateOf(environment).journal.read();
		throw await tooLate(environment, after, after.open, why);
	}
}
var Limit = class {
	#over = new AbortController();
	#done = new AbortController();
	#clock;
	signal = this.#over.signal;
	constructor(clock) {
		this.#clock = clock;
	}
	set(ms) {
		const over = async () => {
			await this.#clock.sleep(ms, this.#done.signal);
			this.#over.abort(new Cancelled());
		};
		over().catch(() => void 0);
	}
	[Symbol.dispose]() {
		this.#done.abort();
	}
};
async function close(environment, open) {
	try {
		var _usingCtx3 = _usingCtx();
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "end",
			commit: void 0,
			patienceMs: PATIENCE,
			moot: overSince(open)
		}));
		await dropWarm(tx);
		await tx.close({
			as: "abandoned",
			why: `${reasonOf(open)}; its job ended`,
			...open.from !== void 0 && { on: open.from }
		});
		return quiet(`Closed deploy ${open.id} of ${environment.title}, which had changed nothing.`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function back(environment, ledger, { open, started, limited }) {
	const { report } = environment.ports;
	report.say(`This job left deploy ${open.id} of ${shortCommit(open.commit)} open; it is taken back.`);
	if (limited) report.say(`GitHub ends a cancelled job after five minutes; \`${recoverCommand(environment)}\` goes on from whatever that leaves.`);
	environment.settings.read(READ_ON_THE_WAY);
	const begun = await begunNow(environment, ledger, open);
	return {
		...await takeBack(environment, {
			settings: {
				...environment.settingsOf(rollbackSection),
				...begun,
				reason: void 0,
				confirm: void 0
			},
			byHand: false,
			patienceMs: PATIENCE,
			moot: overSince(open),
			started
		}),
		outputs: {}
	};
}
function overSince({ id }) {
	return ({ open }) => open?.id === id && open.end === void 0 ? void 0 : "it was ended meanwhile";
}
function recoverCommand(environment) {
	return nextCommand(environment, "recover", ["--confirm", environment.name]);
}
async function tooLate(environment, ledger, open, why) {
	if (open === void 0) return new Cancelled(`What was begun on ${environment.title} ended: ${why}.`);
	const { ways = [], blocks = [], state = [] } = await stillOpen(environment, ledger, open);
	const recover = {
		command: recoverCommand(environment),
		means: "You confirm that it is ended: it looks again, and would then go on from where this was left."
	};
	return new Cancelled(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} is not taken back: ${why}.`, {
		state: state.slice(0, 1),
		hint: "It keeps the lock and blocks the next deploy until it is ended; a scheduled `recover` does so too, where no database has to be restored for it.",
		ways: [recover, ...ways],
		blocks
	});
}
async function isFirstTold({ env, here }, message) {
	const folder = env["RUNNER_TEMP"];
	if (folder === void 0 || folder === "") return true;
	const mark = `${folder}/savepoint-told-${createHash("sha256").update(message).digest("hex").slice(0, 16)}`;
	const { code } = await here.run({ words: [
		"sh",
		"-c",
		`[ ! -d "$1" ] || exit ${TOLD}; mkdir -- "$1"`,
		"sh",
		mark
	] });
	return code !== TOLD;
}
const TOLD = 9;
function quiet(headline) {
	return {
		outputs: {},
		headline,
		blocks: [],
		summary: false
	};
}
// src/postgres/knock.ts
async function knock(database) {
	for (const admin of database.adminTarget === database.target ? [false] : [false, true]) try {
		var _usingCtx$2 = _usingCtx();
		_usingCtx$2.a(await database.connect("look", { admin }));
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
// src/github/trouble.ts
var Untold = class extends Error {
	evidence;
	constructor(message, details) {
		super(message, { cause: details.cause });
		this.evidence = details.evidence;
	}
};
function tellingTrouble(permission) {
	return (error, route) => {
		const { status } = error;
		const untold = (message) => new Untold(message, {
			cause: error,
			evidence: answeredLines(error, route, messageOf(error))
		});
		if (isLimited(error)) return untold("GitHub answers no more requests of this token for now");
		if (status === 401) return untold("GitHub does not accept the token");
		if (status === 403 || status === 404) return untold(`the token may not do this: the job needs \`permissions: { ${permission} }\``);
		if (status === void 0 || status >= 500) return untold("GitHub's API does not answer");
		return untold(`GitHub does not take it (${answeredLines(error, route, messageOf(error)).join("; ")})`);
	};
}
function statusOf(error) {
	return Object(error).cause?.status;
}
function retryAfter(error) {
	const { cause } = error;
	if (cause === void 0 || !isLimited(cause)) return void 0;
	const seconds = Number(cause.response?.headers?.["retry-after"]);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1e3 : void 0;
}
// src/deploy/operations/commit-to-mark.ts
async function commitToMark(environment, ledger) {
	if (!(ledger !== void 0 && ledger.deploys.length > 0) && !isCommitSaid(environment)) throw nothingDeployed(environment);
	const commit = await requireCommit(environment);
	if (ledger !== void 0 && knownAsFailed(ledger, commit)) throw failedBefore(environment, ledger, commit);
	await refuseOther(environment, commit);
	return commit;
}
function nothingDeployed({ title, absent }) {
	return refusal(`Nothing was deployed to ${title} yet, and no \`commit\` is said: there is nothing to mark stable.`, {
		hint: `${absent === void 0 ? "" : `${absent} `}A deploy marks its version by itself. If a version runs there already, say which: give \`commit\`.`,
		code: "nothing-deployed"
	});
}
function failedBefore({ title }, { deploys }, commit) {
	const last = deploys.findLast((deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== void 0);
	const id = last === void 0 ? "" : ` (deploy ${last.id})`;
	return refusal(`${shortCommit(commit)} failed on ${title}${id}, and was never confirmed since: it is not marked stable.`, {
		hint: `Deploy it again (\`deploy\` with \`commit: ${commit}\`): a deploy whose health check passes marks it.`,
		code: "known-as-failed"
	});
}
const markStable = hearable({
	name: "mark-stable",
	description: "Confirms the open deploy, releases the lock, and moves latest-stable and a dated stable tag to its commit.",
	sections: {
		shared: sharedSection,
		markStable: markStableSection
	},
	own: "mark-stable",
	outputs: {
		"stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
		commit: "The commit that is stable now.",
		"previous-stable": "The commit that was stable before."
	},
	endsJobs: true,
	branding: {
		icon: "check-circle",
		color: "green"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { host, "state-dir": state } = call.inputs.shared;
			const need = host === void 0 && state === void 0 ? "optional" : "required";
			const { confirm, "keep-tags": keepTags } = call.inputs.markStable;
			const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({
				ports: call.ports,
				confirm,
				environment: call.profile.environment
			});
			const dryRun = unread || call.inputs.shared["dry-run"];
			const environment = _usingCtx$1.a(await openEnvironment(withDryRun(call, dryRun), {
				state: need,
				journalSettings: "while-nothing-is-open"
			}));
			if (dryRun) {
				const plan = await planned(environment);
				if (unread) throw unconfirmedMark(environment, {
					confirm,
					plan
				});
				return plan;
			}
			if (environment.state === void 0) return outcome(environment, await markCommit(environment, await commitToMark(environment, void 0), { keepTags }, void 0), []);
			return await withState(environment, { keepTags });
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function withState(environment, settings) {
	try {
		var _usingCtx3 = _usingCtx();
		const check = async ({ ledger, admission }) => {
			if (admission.do === "continue") await mayConfirm(environment, admission.deploy);
			else await commitToMark(environment, ledger);
		};
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "mark",
			commit: await incomingCommit(environment),
			check
		}));
		if (tx.deploy === void 0) return outcome(environment, await markCommit(environment, await requireCommit(environment), settings, tx), []);
		const deploy = tx.deploy;
		const marked = await leavingOpen(tx, async () => await confirmDeploy(tx, settings));
		const ledger = await ledgerOf(environment);
		const record = ledger?.deploys.find((one) => one.id === deploy);
		const timeline = record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())];
		return outcome(environment, marked, [...expectedBlocks(ledger), ...timeline]);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function outcome(environment, marked, timeline) {
	const { tags } = marked;
	return {
		outputs: {
			"stable-tag": tags.stableTag,
			commit: marked.commit,
			"previous-stable": marked.previous
		},
		headline: tags.moved ? `${shortCommit(marked.commit)} is stable on ${environment.title}: ${tags.stableTag ?? ""}, ${tags.latestTag}` : `${shortCommit(marked.commit)} on ${environment.title}: ${tags.reason ?? "the tags stand already"}`,
		blocks: [...tags.pruned.length === 0 ? [] : [{
			kind: "text",
			text: `Removed old stable tags: ${tags.pruned.join(", ")}.`
		}], ...timeline]
	};
}
async function planned(environment) {
	const ledger = await ledgerOf(environment);
	const commit = ledger?.open?.commit ?? await commitToMark(environment, ledger);
	return {
		outputs: { commit },
		headline: `Would mark ${shortCommit(commit)} stable on ${environment.title}`,
		blocks: []
	};
}
// src/deploy/lock/signs.ts
async function signsOf({ ports, shared }, open, lock) {
	const beat = lock.state === "held" ? lock.beat : void 0;
	const token = tokenOf(shared, ports.env);
	return {
		lock,
		leaseMs: shared["lock-lease"],
		ownerCompleted: open.end === void 0 ? await attemptCompleted(open.run, ports.env, token) : void 0,
		beaterDead: beat?.running === true && await isDead(ports.here, beat.process)
	};
}
export { switchPlan as $, damageOf as $n, UNLIMITED as $r, isLeft as $t, rollBack as A, proofsOf as An, channelsOf as Ar, passGate as At, orStartAgain as B, dropDatabase as Bn, openConfiguredDatabase as Br, makeFirstClone as Bt, markdownTable as C, dump as Cn, hasChecks as Cr, mayConfirm as Ct, refuseUnwatchable as D, restoreRemarks as Dn, describeEnd as Dr, askHealth as Dt, refuseUnaskable as E, dropWarm as En, statePaths as Er, openGithubApi as Et, planSide as F, requireRoom as Fn, statusWay as Fr, downtimeOutputs as Ft, changedTables as G, refuseUnfit as Gn, compose as Gr, lookForRecovery as Gt, stillWrittenSince as H, slotsLeft as Hn, servicesOf as Hr, hearable as Ht, readyFor as I, clientTools as In, heardBefore as Ir, standstillLine as It, keptBlock as J, checkoutOf$1 as Jn, openAppClone as Jr, recoveryWords as Jt, compareRowsIfReadable as K, refusedAsQuarantined as Kn, composePasted as Kr, recoveryOf as Kt, restoreBesideLive as L, chooseReader as Ln, messageFacts as Lr, standstillOf as Lt, moveTagsAfterRollback as M, compareSchemas as Mn, listWay as Mr, DOWNTIME_OUTPUTS as Mt, App as N, liveSchema as Nn, nextCommand as Nr, awayFor as Nt, mayOpen as O, findRestoreObstacles as On, ownDeployOver as Or, describeHealth as Ot, dropLeftSides as P, sameSchema as Pn, rollbackCommand as Pr, downtimeBlocks as Pt, expectedBack as Q, isDead as Qn, isFullCommit as Qr, refuseLocalEdits as Qt, swapIn as R, drillSide as Rn, openChannels as Rr, betweenBlocks as Rt, markdownFence as S, describeBackup as Sn, refuseMissing as Sr, markCommit as St, deploy as T, takeSavepoint as Tn, commandOn as Tr, githubAddresses as Tt, settingsBlock as U, newestFirst as Un, refuseUnknownServices as Ur, beginStep as Ut, SWAP_UNKNOWN as V, dropOrWarn as Vn, openComposeProject as Vr, isFresh as Vt, settingsOfReplaced as W, isAutomatic as Wn, readModel as Wr, leavingOpen as Wt, rowsTold as X, requireCommit as Xn, silentOrigin as Xr, withoutForeign as Xt, rowsBlock as Y, incomingCommit as Yn, openClone as Yr, readHealthSettings as Yt, timesRows as Z, givenWords as Zn, unreachableOrigin as Zr, watchApp as Zt, requireConfirmation as _, readHistory as _n, NO_APP_DIR as _r, readFileName as _t, retryAfter as a, resolvePath as ai, watchdogText as an, ledgerOf as ar, switchInStep as at, joinedWithin as b, backupStore as bn, missingForDeploy as br, statusBlock as bt, knock as c, fold as ci, describeCandidate as cn, stateOf as cr, refuseTooManyReplaced as ct, rollbackOutcome as d, undoingRestore as dn, refuseOthersWorkTree as dr, migrateDatabase as dt, exists as ei, schemaStanding as en, refuseDamaged as er, planBlock as et, planRollback as f, replacedDatabases as fn, findState as fr, migrateInStep as ft, missingIn as g, compareMigrationVersions as gn, runOf as gr, loadMigrations as gt, confirmationHint as h, scan as hn, ownerOf as hr, refuseUncommitted as ht, Untold as i, readText as ii, timelineOf as in, databaseOf$1 as ir, prepareInStep as it, waysWithoutHealth as j, asRestored as jn, withoutSecrets as jr, unhealthy as jt, openingOf as k, noteProof as kn, repositoryOf as kr, expectedVersion as kt, afterJob as l, NOT_CHECKED as li, readableSchema as ln, refuseUnsafeState as lr, describeMigrated as lt, openRollback as m, lineAt as mn, checkPrefix as mr, migrationSource as mt, markStable as n, listFolder as ni, standing as nn, admit as nr, maySwitch as nt, statusOf as o, writeText as oi, waysOfDeploy as on, machineOf as or, refuseUnmigratable as ot, mayGoBack as p, planDown as pn, Lock as pr, refuseOldSavepoint as pt, describeRows as q, tellQuarantine as qn, isThroughSudo as qr, recoveryText as qt, outcome as r, makeDirectory as ri, timelineNow as rn, appCloneOf as rr, phasesToDo as rt, tellingTrouble as s, changedSomething as si, reasonOf as sn, openEnvironment as sr, thinOut$1 as st, signsOf as t, fileSize as ti, unwellNow as tn, STEP_DEAD_AFTER as tr, planMigrations as tt, takeBack as u, replacedThere as un, howItFailed as ur, hasMigrations as ut, refusingWhere as v, entryFailure as vn, NO_DATABASE$1 as vr, migrationStatus as vt, markdownText as w, refuseHalf as wn, refuseOtherState as wr, githubTrouble as wt, markdownCode as x, backupsBlock as xn, missingSettings as xr, confirmDeploy as xt, leftAlone as y, sqlFailure as yn, missingDatabase as yr, outputsOf as yt, restoreToSide as z, dropLeftCopies as zn, freeBytesOnServer as zr, compareCommits as zt };
