import "./rolldown-runtime.js";
import { Ar as Failure, Cr as plural, Sr as formatSize, Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, c as operation, qn as OF_DEPLOYS, xr as formatMoment } from "./start.js";
import { Jn as backupStore, Lr as newestFirst, Ni as nextCommand, Pi as rollbackCommand, Yn as backupsBlock, jn as replacedDatabases, ni as openEnvironment, ri as stateOf } from "./work.js";
// src/deploy/operations/quarantine-block.ts
function quarantineBlock(quarantined) {
	return {
		kind: "table",
		title: "Quarantined: taken back, refused without `allow-quarantined`",
		head: [
			"commit",
			"since",
			"by",
			"why"
		],
		rows: quarantined.map(({ commit, at, by, why }) => [
			shortCommit(commit),
			at,
			by,
			why
		])
	};
}
// src/deploy/operations/replaced-block.ts
function replacedBlock(replaced) {
	return {
		kind: "table",
		title: "Replaced databases",
		head: [
			"name",
			"replaced at",
			"size"
		],
		rows: replaced.map((one) => [
			one.name,
			formatMoment(one.replacedAt),
			formatSize(one.sizeBytes)
		])
	};
}
const list = operation({
	name: "list",
	description: "Lists what there is to go back to: stable versions, backups, replaced databases; and which versions are quarantined.",
	sections: { shared: sharedSection },
	passesOver: [
		...OF_DEPLOYS,
		"detach-subscriptions",
		"dry-run"
	],
	own: void 0,
	outputs: {
		backups: "The backups' ids, newest first.",
		stable: "The stable versions' tags, newest first."
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			const ledger = await stateOf(environment).journal.read();
			const { manifests, broken } = await backupStore(environment, stateOf(environment)).all();
			const stable = [...ledger.stable].reverse();
			const replaced = await replacedOf(environment);
			const blocks = [{
				kind: "table",
				title: "Stable versions",
				head: [
					"tag",
					"commit",
					"since",
					"deploy"
				],
				rows: stable.map((one) => [
					one.tag,
					shortCommit(one.commit),
					one.at,
					one.deploy ?? ""
				])
			}, backupsBlock(manifests)];
			const quarantined = [...ledger.quarantined.values()].reverse();
			if (quarantined.length > 0) blocks.push(quarantineBlock(quarantined));
			if (broken.length > 0) blocks.push({
				kind: "table",
				title: "Not usable",
				head: ["file", "problem"],
				rows: broken.map((one) => [one.file, one.problem])
			});
			if (replaced.length > 0) blocks.push(replacedBlock(replaced));
			return {
				outputs: {
					backups: manifests.map((one) => one.id),
					stable: stable.map((one) => one.tag)
				},
				headline: `${environment.title}: ${plural(manifests.length, "backup")}, ${plural(stable.length, "stable version")}, ${plural(replaced.length, "replaced database")}`,
				blocks,
				ways: await waysTo(environment, ledger, manifests),
				details: {
					backups: manifests,
					stable,
					quarantined,
					broken,
					replaced
				}
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function waysTo(environment, ledger, manifests) {
	const running = await (await environment.clone())?.current();
	const version = ledger.stable.findLast(({ commit }) => commit !== running);
	const [backup] = manifests.toSorted(newestFirst);
	return [...version === void 0 ? [] : [{
		command: rollbackCommand(environment, `back to ${version.tag} by hand`, ["--to", version.tag]),
		means: "Goes to that stable version; another tag of the list may stand in its place."
	}], ...backup === void 0 ? [] : [{
		command: nextCommand(environment, "restore", ["--backup", backup.id]),
		means: "Shows what restoring that backup would do, and the command that does it; another id of the list may stand in its place."
	}]];
}
async function replacedOf(environment) {
	try {
		const database = await environment.database();
		return database === void 0 ? [] : await replacedDatabases(database);
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "database-withheld") throw error;
		environment.ports.report.notice(`Replaced databases are not listed. ${error.message} ${error.hint ?? ""}`);
		return [];
	}
}
export { list };
