import { c as plural, f as Failure, g as refusal, h as messageOf, s as formatSize, u as shortCommit } from "./secret.js";
import { Ar as readText, Dr as freeBytes, Fr as LOOK_AGAIN, Mr as resolvePath, Yt as checkoutOf$1, br as gitLines, ct as commandEnvironment, en as appCloneOf, lt as runHooks, nn as ledgerOf, xr as gitProgress, yr as QUIET } from "./text.js";
import { X as STEPS, d as refuseMisfits, tt as takesBack } from "./owner.js";
import { v as ending } from "./lane.js";
import { T as isFullCommit } from "./findings.js";
import { n as makeClone, t as isFresh } from "./fresh-clone.js";
import { c as goesBack, l as listed, o as compareCommits, s as describeBetween } from "./switch-plan.js";
import { f as standstillOf, o as noticeUntold } from "./gate.js";
import { a as refuseLocalEdits, i as refuseFilesInTheWay } from "./strategies.js";
import { t as readHealthSettings } from "./known-health.js";
import { t as strategyOf } from "./app-strategy.js";
import { a as refuseOldSavepoint } from "./migrate.js";
import { n as refuseUnmigratable } from "./unmigratable.js";
import { PassThrough } from "node:stream";
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
	if (!await from.hasAll(commit)) throw lacking(from, commit);
	const there = await look(to);
	const shared = await present(from, there.commits);
	const commits = await revList(from, [], commit, shared);
	const missing = await missingIn(to, there.shallow ? await revList(from, [
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
async function look(clone) {
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
async function missingIn(clone, objects) {
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
function lacking(from, commit) {
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
export { makeFirstClone as a, switchInStep as i, phasesToDo as n, prepareInStep as r, maySwitch as t };
