import { c as plural, f as Failure, g as refusal, h as messageOf, s as formatSize, u as shortCommit } from "./secret.js";
import { Cr as _usingCtx, Gt as isAhead, Mt as replacedDatabases, Ot as dropDatabase, Pt as slotsLeft, Wt as earliestTimes, Yt as checkoutOf, ft as readHistories, tn as databaseOf } from "./text.js";
import { H as nextCommand, f as rolloutSection, m as migrateSection } from "./owner.js";
import { r as migrationStatus, s as refuseChanged, t as loadMigrations } from "./load.js";
// src/backup/replaced-retention.ts
const DAY_MS = 864e5;
function planReplaced(replaced, rules, context) {
	const { now, ofThisRun } = context;
	const ahead = replaced.filter(({ replacedAt }) => isAhead(replacedAt, now));
	const dated = inOrder(replaced, context).filter(({ one }) => !ahead.includes(one));
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
function inOrder(replaced, { journal, now }) {
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
	const database = await databaseOf(environment);
	try {
		const plan = await planOf(environment, {
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
	const { keep } = await planOf(environment, {
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
async function planOf(environment, { ledger, settings, now }) {
	return planReplaced(await replacedDatabases(await databaseOf(environment)), {
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
// src/deploy/steps/unmigratable.ts
async function refuseBehind(environment, commit) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { directory, run } = environment.settingsOf(migrateSection);
		if (environment.settingsOf(rolloutSection)["allow-ahead"] || run !== void 0) return;
		const [checkout, clone] = [await checkoutOf(environment), await environment.clone()];
		const from = await checkout?.head() === commit ? checkout : await clone?.has(commit) === true ? clone : void 0;
		const database = await environment.database();
		if (database === void 0 || from === void 0 || await from.listFiles(commit, directory) === void 0) return;
		const connection = _usingCtx$1.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
		if (own === void 0 || own.entries.length === 0) return;
		const migrations = await loadMigrations({
			machine: from.machine,
			clone: from.directory,
			commit,
			directory
		});
		const { missing } = await migrationStatus(connection, migrations);
		if (missing.length > 0) throw behindDatabase(commit, directory, missing).with({ hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy it all the same, allow it to all steps alike: SAVEPOINT_ROLLOUT_ALLOW_AHEAD=true in the job's \`env\`, or \`rollout: { allow-ahead: true }\` in savepoint.yml. (Migration files are looked for in ${directory}.)` });
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
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
export { thinReplaced as i, refuseUnmigratable as n, refuseTooManyReplaced as r, refuseBehind as t };
