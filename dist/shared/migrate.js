import "./rolldown-runtime.js";
import { Gn as plural, Qt as _usingCtx, Un as formatDuration, _t as migrateSection, nr as refusal, yn as sharedSection } from "./start.js";
import { $t as leavingOpen, Ct as statusBlock, En as readHistory, Fr as missingDatabase, Qt as beginStep, Sr as openEnvironment, St as outputsOf, Zt as hearable, _ as knock, _t as migrationSource, br as ledgerOf, ft as describeMigrated, gt as refuseOldSavepoint, ht as migrateInStep, it as planMigrations, lr as incomingCommit, mt as migrateDatabase, rt as planBlock, wn as planDown, xt as migrationStatus, yr as databaseOf, yt as loadMigrations } from "./work.js";
// src/deploy/operations/down-preview.ts
async function previewDown(connection, settings) {
	return planDown(await readHistory(connection), settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to });
}
function downBlock(plan) {
	return {
		kind: "table",
		title: "What would be taken back, newest first",
		head: [
			"version",
			"description",
			"problem or loss"
		],
		rows: plan.steps.map(({ row }) => [
			row.version,
			row.description,
			[...plan.problems, ...plan.losses].filter((line) => line.startsWith(row.version)).join("; ")
		])
	};
}
const migrate = hearable({
	name: "migrate",
	description: "Applies SQL migrations, each atomic with its history row, takes them back, or lets any other tool migrate.",
	sections: {
		shared: sharedSection,
		migrate: migrateSection
	},
	own: "migrate",
	outputs: {
		applied: "The versions that were applied now.",
		pending: "The versions that are still to be applied.",
		current: "The newest applied version."
	},
	positionals: ["command"],
	branding: {
		icon: "layers",
		color: "blue"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const settings = call.inputs.migrate;
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "optional",
				changes: true,
				missing: missingDatabase(call.inputs.shared)
			}));
			const database = await databaseOf(environment);
			if (settings.run === void 0) await knock(database);
			const commit = (await ownDeploy(environment))?.commit ?? await incomingCommit(environment);
			if (settings.command === "status" || settings.command === "plan" || call.inputs.shared["dry-run"]) return await look(environment, call, commit);
			const outputs = await apply(environment, call, commit);
			const { applied, pending, current } = outputs;
			return {
				outputs: {
					applied,
					pending,
					current
				},
				headline: `${environment.title}: ${describeMigrated(outputs)}`,
				blocks: []
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function apply(environment, call, commit) {
	try {
		var _usingCtx3 = _usingCtx();
		const settings = call.inputs.migrate;
		if (environment.state === void 0) {
			const work = {
				settings,
				commit,
				deploy: void 0,
				noteIn: void 0,
				signal: environment.ports.signal
			};
			return await environment.ports.report.step(`Migrating ${environment.title}`, async () => await migrateDatabase(environment, work), describeMigrated);
		}
		const check = async ({ admission, ledger }) => {
			if (admission.do === "continue") refuseOldSavepoint(environment, admission.deploy);
			else refuseBesideOwn(environment, ledger.open);
		};
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "join",
			commit: await incomingCommit(environment),
			check
		}));
		return await leavingOpen(tx, async () => await migrateInStep(tx, settings, call.settings.effective(migrateSection), commit));
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function refuseBesideOwn({ owner, shared, title }, open) {
	if (open === void 0 || open.owner !== owner.id) return;
	throw refusal(`Your deploy ${open.id} to ${title} had its last step at ${open.lastAt}, and goes on only within ${formatDuration(shared["lock-lease"])} (lock-lease). Nothing was touched.`, {
		hint: "Back up again: that closes it and opens a new one, with which `migrate` goes on. To migrate without a savepoint, end it with `unlock` first.",
		code: "deploy-over"
	});
}
async function ownDeploy(environment) {
	const open = (await ledgerOf(environment))?.open;
	return open?.owner === environment.owner.id && open.end === void 0 ? open : void 0;
}
async function look(environment, call, commit) {
	try {
		var _usingCtx4 = _usingCtx();
		const settings = call.inputs.migrate;
		if (settings.run !== void 0) return {
			outputs: {},
			headline: `Would run: ${settings.run}`,
			blocks: []
		};
		const database = await databaseOf(environment);
		const connection = _usingCtx4.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		if (settings.command === "down") {
			const plan = await previewDown(connection, settings);
			return {
				outputs: { applied: [] },
				headline: `Would take ${plural(plan.steps.length, "migration")} of ${environment.title} back`,
				blocks: [downBlock(plan)]
			};
		}
		const migrations = await loadMigrations(await migrationSource(environment, commit, settings.directory));
		const comparison = await migrationStatus(connection, migrations);
		const outputs = outputsOf(comparison);
		const planned = settings.command !== "status";
		const plan = comparison.pending.length === 0 ? [] : [planBlock(planMigrations(comparison.pending))];
		return {
			outputs,
			headline: `${environment.title}: ${plural(comparison.applied.length, "migration")} applied, ${plural(comparison.pending.length, "migration")} pending`,
			blocks: planned ? plan : [statusBlock(comparison)]
		};
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
export { migrate as t };
