import { c as plural, f as Failure, h as messageOf, s as formatSize } from "./secret.js";
import { Cr as _usingCtx, Gt as isAhead, Kt as newestFirst, P as backupStore, Rt as identify, Wt as earliestTimes, an as stateOf, jr as remove, pt as belongsTo, tn as databaseOf } from "./text.js";
import { a as savepointFor } from "./ways-of-deploy.js";
import { i as thinReplaced } from "./unmigratable.js";
import { posix } from "node:path";
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
		await remove(store.machine, posix.join(store.directory, file));
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
const DAY_MS$1 = 864e5;
function calendarDay(time) {
	return Math.floor(time.getTime() / DAY_MS$1);
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
const DAY_MS = 864e5;
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
	if (rules.maxAgeDays !== void 0 && ageMs > rules.maxAgeDays * DAY_MS) verdict.removal = `older than ${plural(rules.maxAgeDays, "day")} (max-age-days)`;
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
// src/deploy/steps/retention.ts
async function thinOut(environment, settings, { dryRun, made }) {
	const { report } = environment.ports;
	const state = stateOf(environment);
	const store = backupStore(environment, state);
	const ledger = await state.journal.read();
	const { manifests } = await store.all();
	const { now, ...database } = await look(environment);
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
async function look(environment) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { clock, report, signal } = environment.ports;
		const database = await databaseOf(environment);
		const connection = _usingCtx$1.a(await database.connect("look", { signal }));
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
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
function madeBy({ owner }, ledger, made) {
	const deploys = owner.terminal ? [] : ledger.deploys.filter((deploy) => deploy.owner === owner.id).map(({ id }) => id);
	return made === void 0 ? deploys : [made, ...deploys];
}
function neededByStable(manifests, ledger) {
	return ledger.stable.slice(-2).flatMap(({ commit }) => {
		const target = {
			commit,
			schema: ledger.schemas.get(commit),
			why: "",
			stable: true
		};
		return savepointFor(manifests, void 0, target, ledger)?.id ?? [];
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
export { thinOut as t };
