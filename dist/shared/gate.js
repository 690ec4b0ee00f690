import { _ as stopIfCancelled, c as plural, d as Cancelled, f as Failure, g as refusal, o as formatDuration, p as clauseOf } from "./secret.js";
import { t as within } from "./within.js";
import { An as needsOf, Ar as readText, Mn as secretsOf, Mr as resolvePath, Pn as judgeTakeover, Rn as cleanText, Tn as checksOf, Un as commandOn, ct as commandEnvironment, zn as shortLine } from "./text.js";
import { T as masker, b as hostPortOf, f as rolloutSection, l as settingsOfDeploy, x as isLoopback } from "./owner.js";
import { n as JOURNAL } from "./settings.js";
import { n as healthProblems } from "./plan.js";
import { n as watchApp } from "./strategies.js";
import { t as processesIn } from "./work-in.js";
import { posix } from "node:path";
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
	for (const result of results) if (result?.passed === false) return result;
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
	const machine = settings.from === "runner" ? world.here : world.machine;
	const checks = await checksOf({
		settings,
		world,
		machine,
		mask
	});
	const { nobodyComes } = world;
	const verdict = await waitUntilHealthy({
		checks: checks.map((check) => masked(check, mask)),
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
function masked(check, mask) {
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
	const told = commandEnvironment(environment, { commit: commit ?? "" });
	return await watchApp({
		clone,
		shared,
		environment: told,
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
const LOOK = `
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
		LOOK,
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
	return url !== void 0 && (version === void 0 || version.from === "literal") && (from !== "runner" || machine.local) && isLoopback(hostPortOf(url).host) ? url : void 0;
}
function ownPort({ machine }, { url, from }) {
	if (url === void 0 || from === "runner" && !machine.local) return void 0;
	const { host, port } = hostPortOf(url);
	return isLoopback(host) ? port : void 0;
}
function noticeUntold(environment, rollout, health) {
	const { report } = environment.ports;
	const commands = rollout.command !== void 0 || rollout["start-command"] !== void 0;
	if (health === void 0 || !commands || rollout["stop-command"] !== void 0) return;
	if (health.url !== void 0 && health["expect-version"] !== void 0 && health["expect-version"].from !== "literal") return;
	const url = ownUrl(environment, health);
	report.notice(`Nothing that was given tells the new version from the old one: no \`stop-command\`, and no \`expect-version\`. ${url === void 0 ? "Should the old one go on answering, that will not be seen." : `What is looked at instead is which process listens on port ${hostPortOf(url).port} of ${environment.machine.name}, as far as ${environment.machine.login} may see it.`}`);
}
async function whoHolds({ machine }, settings) {
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
		...await whoHolds(environment, settings),
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
export { unhealthy as a, awayFor as c, standstillLine as d, standstillOf as f, passGate as i, downtimeBlocks as l, describeHealth as n, noticeUntold as o, expectedVersion as r, DOWNTIME_OUTPUTS as s, askHealth as t, downtimeOutputs as u };
