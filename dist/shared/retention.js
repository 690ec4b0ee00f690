import { C as messageOf, F as plural, P as formatSize, x as Failure } from "./output.js";
import { p as stateOf, tt as remove, u as databaseOf } from "./github.js";
import { _ as identify, c as backupStore, g as planRetention, h as belongsTo, v as dropDatabase, y as replacedDatabases } from "./swap.js";
import { t as savepointFor } from "./savepoint-for.js";
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
	if (problems.length > 0) throw new Failure("not every backup that should go could be deleted", {
		evidence: problems,
		hint: `check who owns the files in ${store.directory} on ${store.machine.name}`,
		outputs: { deleted }
	});
	return deleted;
}
// src/deploy/steps/retention.ts
const DAY_MS = 864e5;
async function thinOut(environment, settings, { dryRun }) {
	const { report, clock } = environment.ports;
	const state = stateOf(environment);
	const store = backupStore(environment, state);
	const ledger = await state.journal.read();
	const { manifests } = await store.all();
	const owner = {
		app: environment.app,
		environment: environment.name,
		database: await identityOf(environment)
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
		now: clock.now(),
		openDeploys,
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
	await dropOldReplaced(environment, settings, dryRun);
	return {
		removed: plan.remove.map(({ manifest }) => manifest.id),
		blocks: removedBlocks(plan.remove, dryRun)
	};
}
async function identityOf(environment) {
	await using connection = await (await databaseOf(environment)).connect("look", { signal: environment.ports.signal });
	return await identify(connection);
}
function neededByStable(manifests, ledger) {
	return ledger.stable.slice(-2).flatMap(({ commit }) => {
		return savepointFor(manifests, void 0, {
			commit,
			schema: void 0,
			why: "",
			stable: true
		}, ledger)?.id ?? [];
	});
}
async function dropOldReplaced(environment, settings, dryRun) {
	const database = await databaseOf(environment);
	const { report, clock } = environment.ports;
	const newestFirst = [...await replacedDatabases(database)].sort((a, b) => b.replacedAt.getTime() - a.replacedAt.getTime());
	const maxAge = settings["max-age-days"];
	for (const [index, one] of newestFirst.entries()) {
		const days = (clock.now().getTime() - one.replacedAt.getTime()) / DAY_MS;
		if (!(maxAge !== void 0 && days > maxAge || index > 0 && days > settings["keep-daily"])) continue;
		if (!dryRun) await dropDatabase(database, one.name);
		report.say(`${dryRun ? "Would drop" : "Dropped"} the replaced database ${one.name} (${formatSize(one.sizeBytes)}, ${Math.floor(days)} days old).`);
	}
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
