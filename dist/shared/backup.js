import "./rolldown-runtime.js";
import { Cr as plural, Sr as formatSize, Tn as _usingCtx, Yn as sharedSection, at as refuseWatchdogAlone, br as formatDuration, un as backupSection } from "./start.js";
import { $n as takeSavepoint, $r as databaseOf, Br as refuseUnfit, Gr as requireCommit, M as openingOf, Qn as refuseHalf, Wr as incomingCommit, Xn as describeBackup, Zn as dump, _t as thinOut, ai as howItFailed, an as beginStep, c as knock, in as hearable, ir as noteProof, j as mayOpen, ni as openEnvironment, on as leavingOpen, qr as isDead, ri as stateOf, vi as missingDatabase } from "./work.js";
// src/deploy/steps/standalone-backup.ts
const PATIENCE = 18e5;
async function takeStandaloneBackup(environment, settings) {
	const { purpose } = settings;
	try {
		const manifest = await takeIt(environment, settings);
		const { id, sizeBytes, verified } = manifest;
		environment.notify({
			kind: "backup.done",
			purpose,
			backup: id,
			sizeBytes,
			verified
		});
		return manifest;
	} catch (error) {
		environment.notify({
			kind: "backup.failed",
			purpose,
			...howItFailed(error, environment.ports.signal)
		});
		throw error;
	}
}
async function takeIt(environment, settings) {
	const { ports } = environment;
	await databaseOf(environment);
	const commit = await incomingCommit(environment);
	const state = stateOf(environment);
	await waitForSteps(environment);
	const ledger = await state.journal.read();
	if (ledger.open !== void 0) ports.report.notice(`This backup is made while deploy ${ledger.open.id} is open: it may hold half of its changes.`);
	const running = await (await environment.clone())?.current();
	const manifest = await ports.report.step(`Backing up the database of ${environment.title} (${settings.purpose})`, async () => await dump(environment, state, {
		purpose: settings.purpose,
		verify: settings.verify,
		budgetMs: settings["verify-budget"],
		commit: running ?? commit,
		from: running ?? ledger.on,
		deploy: void 0,
		signal: ports.signal,
		noteIn: void 0
	}), describeBackup);
	if (manifest.restoreMs !== void 0) await noteProof(environment, manifest, manifest.restoreMs);
	return manifest;
}
async function waitForSteps(environment) {
	const { ports } = environment;
	const { lock } = stateOf(environment).journal;
	const since = ports.clock.now().getTime();
	let said = false;
	for (;;) {
		const status = await lock.status();
		if (status.state === "free" || status.beat?.running === false || status.silentMs >= 6e4) return;
		if (status.beat !== void 0 && await isDead(ports.here, status.beat.process)) return;
		if (ports.clock.now().getTime() - since > PATIENCE) {
			ports.report.warning(`Waited ${formatDuration(PATIENCE)} for ${status.holder.owner} (${status.holder.deploy ?? "no deploy"}); dumping while it runs.`);
			return;
		}
		if (!said) {
			const why = `${status.holder.owner} is running ${status.beat?.step ?? "a step"}`;
			environment.notify({
				kind: "lock.waiting",
				why,
				since: status.holder.since
			});
			ports.report.progress?.(`waiting since ${ports.clock.now().toISOString().slice(11, 19)} UTC: ${why}`);
		}
		said = true;
		await ports.clock.sleep(2e3, ports.signal);
	}
}
// src/deploy/operations/backup.ts
const sections = {
	shared: sharedSection,
	backup: backupSection
};
const opener = {
	operation: "backup",
	sections: Object.values(sections)
};
const backup = hearable({
	name: "backup",
	description: "Takes a verified pg_dump backup, published whole or not at all, and thins out old ones.",
	sections,
	own: "backup",
	outputs: {
		savepoint: "What rollback and restore call it: the deploy's id, or the backup's.",
		"backup-file": "The dump's path in the state directory.",
		"size-bytes": "Its size.",
		"duration-ms": "How long it took, verification included.",
		sha256: "Its checksum.",
		verified: "`read` (every byte read back) or `restore` (restored and compared).",
		deleted: "The backups that retention removed."
	},
	endsJobs: true,
	branding: {
		icon: "archive",
		color: "blue"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const opens = call.inputs.backup.purpose === "pre-deploy";
			const missing = opens ? missingDatabase(call.inputs.shared) : [];
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "required",
				missing
			}));
			if (call.inputs.shared["dry-run"]) return await plan(environment, call);
			if (!opens) return await standalone(environment, call);
			refuseWatchdogAlone(call.settings);
			await knock(await databaseOf(environment));
			const commit = await requireCommit(environment);
			const tx = _usingCtx$1.a(await beginStep(environment, {
				wants: "open",
				commit,
				opener,
				check: async ({ ledger, admission }) => {
					if (admission.do === "continue") refuseHalf(admission.deploy);
					else await mayOpen(environment, commit, ledger);
				},
				opening: async (ledger) => await openingOf(environment, commit, ledger)
			}));
			return await leavingOpen(tx, async () => {
				const manifest = await takeSavepoint(tx, call.inputs.backup, call.settings.effective(backupSection));
				const thinned = await thinOut(environment, call.inputs.backup, {
					dryRun: false,
					made: manifest.id
				});
				return outcome(environment, manifest, tx.deploy ?? manifest.id, thinned);
			});
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function standalone(environment, call) {
	const manifest = await takeStandaloneBackup(environment, call.inputs.backup);
	const thinned = await thinOut(environment, call.inputs.backup, {
		dryRun: false,
		made: manifest.id
	});
	return outcome(environment, manifest, manifest.id, thinned);
}
function outcome(environment, manifest, savepoint, thinned) {
	return {
		outputs: {
			savepoint,
			"backup-file": `${stateOf(environment).paths.backups}/${manifest.file}`,
			"size-bytes": manifest.sizeBytes,
			"duration-ms": manifest.durationMs,
			sha256: manifest.sha256,
			verified: manifest.verified,
			deleted: thinned.removed
		},
		headline: `Backed up ${manifest.database.name} of ${environment.title}: ${describeBackup(manifest)}`,
		blocks: [{
			kind: "table",
			title: "Backup",
			head: [
				"savepoint",
				"file",
				"size",
				"verified",
				"sha256"
			],
			rows: [[
				savepoint,
				manifest.file,
				formatSize(manifest.sizeBytes),
				manifest.verified,
				manifest.sha256
			]]
		}, ...thinned.blocks]
	};
}
const VERIFY = {
	read: "read it back whole",
	restore: "restore and compare it",
	auto: "read it back whole; also restore and compare it, where no backup of this schema was yet"
};
async function plan(environment, call) {
	try {
		var _usingCtx3 = _usingCtx();
		if (call.inputs.backup.purpose === "pre-deploy") await refuseUnfit(environment, await requireCommit(environment), opener);
		const database = await databaseOf(environment);
		const [row] = await _usingCtx3.a(await database.connect("look", { signal: environment.ports.signal })).query("SELECT pg_database_size(current_database())::text AS size");
		const thinned = await thinOut(environment, call.inputs.backup, {
			dryRun: true,
			made: void 0
		});
		const blocks = [{
			kind: "text",
			text: `Would dump ${database.name} (${formatSize(Number(row?.size ?? 0))} on disk) to ${stateOf(environment).paths.backups} and ${VERIFY[call.inputs.backup.verify]}.`
		}, ...thinned.blocks];
		return {
			outputs: { deleted: [] },
			headline: `Would back up ${environment.title} and remove ${plural(thinned.removed.length, "backup")}`,
			blocks
		};
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
export { backup as t };
