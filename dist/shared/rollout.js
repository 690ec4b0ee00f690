import { B as migrateSection, E as freeBytes, L as refuseUnavailable, a as appCloneOf, h as runHooks, m as commandEnvironment } from "./github.js";
import { E as refusal, S as shortCommit, b as formatSize, x as plural } from "./output.js";
import { i as readHistories } from "./history-difference.js";
import { a as refuseOldSavepoint, c as migrationStatus, d as refuseChanged, s as loadMigrations } from "./migrate.js";
import { a as refuseLocalEdits, i as refuseFilesInTheWay, r as switchTo } from "./switch.js";
// src/rollout/prepare.ts
const SPARE_BYTES = 67108864;
async function prepareRollout(request) {
	const { clone, commit, settings, ports, noteIn } = request;
	refuseUnavailable(settings);
	const previous = await clone.head();
	const interrupted = await clone.interruptedCheckout();
	if (interrupted === void 0) await refuseLocalEdits(clone);
	else ports.report.notice(`A switch to ${shortCommit(interrupted)} was killed half-way in ${clone.directory}; the next switch or rollback finishes it.`);
	await refuseFullDisk(clone, 0);
	const here = await clone.hasAll(commit);
	if (!here) await bring(clone, commit, {
		signal: ports.signal,
		onLine: (line) => ports.report.detail(line),
		...noteIn !== void 0 && { noteIn }
	});
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
			ports: {
				...environment.ports,
				signal
			},
			noteIn: tx.note()
		});
		await refuseUnmigratable(environment, clone, deploy.commit, {
			allowAhead: settings["allow-ahead"],
			migrates
		});
		return {
			value: void 0,
			result: { fetched: prepared.fetched },
			headline: await describeCommits(clone, deploy)
		};
	});
}
async function switchInStep(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	refuseOldSavepoint(environment, deploy);
	await refuseWithoutEarlierAttempt(tx, deploy);
	const clone = await appCloneOf(environment);
	const env = commandEnvironment(environment, {
		commit: deploy.commit,
		previous: deploy.from,
		id: deploy.id
	});
	await tx.step("switch", {
		title: `Switching ${environment.title} to ${shortCommit(deploy.commit)}`,
		intent: {
			commit: deploy.commit,
			from: deploy.from
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-rollout", {
			env,
			noteIn: tx.note(),
			signal
		});
		await switchTo({
			clone,
			commit: deploy.commit,
			settings,
			environment: env,
			ports: {
				...environment.ports,
				signal
			},
			noteIn: tx.note()
		});
		await runHooks(environment, "after-rollout", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: void 0,
			result: { commit: deploy.commit },
			headline: `${shortCommit(deploy.commit)} runs`
		};
	});
}
async function refuseUnmigratable(environment, clone, commit, { allowAhead, migrates }) {
	const database = await environment.database();
	if (database === void 0) return;
	await using connection = await database.connect("look", { signal: environment.ports.signal });
	const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
	const ours = own !== void 0 && own.entries.length > 0;
	const { directory, run } = environment.settings.read({ migrate: migrateSection }).values.migrate;
	if (!ours && (!migrates || run !== void 0)) return;
	const files = await clone.listFiles(commit, directory);
	const migrations = files === void 0 ? [] : await loadMigrations({
		machine: environment.machine,
		clone: clone.directory,
		commit,
		directory
	});
	if (!ours && files === void 0) return;
	const comparison = await migrationStatus(connection, migrations);
	if (run === void 0) refuseChanged(comparison);
	if (!allowAhead) refuseBehindDatabase(commit, directory, comparison.missing);
}
function refuseBehindDatabase(commit, directory, missing) {
	if (missing.length === 0) return;
	throw refusal(`${shortCommit(commit)} lacks ${plural(missing.length, "migration")} that the database has: ${missing.map((row) => row.version).join(", ")}.`, {
		hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`; to deploy it all the same, give \`allow-ahead: true\`. (Migration files are looked for in ${directory}.)`,
		code: "behind-database"
	});
}
async function refuseWithoutEarlierAttempt(tx, deploy) {
	const [run, attempt] = deploy.owner.split(".");
	if (tx.environment.owner.terminal || attempt === void 0) return;
	const did = (record) => record.steps.some((step) => step.step === "backup" || step.step === "migrate");
	if (did(deploy)) return;
	const earlier = (await tx.state.journal.read()).deploys.find((one) => {
		const [otherRun, otherAttempt] = one.owner.split(".");
		return otherRun === run && Number(otherAttempt) < Number(attempt) && one.commit === deploy.commit && did(one);
	});
	if (earlier === void 0) return;
	throw refusal(`Attempt ${earlier.owner.split(".")[1]} of this run backed up or migrated, and this attempt did not; its deploy ${earlier.id} is over.`, {
		hint: "Choose \"Re-run all jobs\", not \"Re-run failed jobs\": a switch needs the backup of its own attempt.",
		code: "re-run-all-jobs"
	});
}
async function describeCommits(clone, deploy) {
	if (deploy.from === void 0 || deploy.from === deploy.commit) return `${shortCommit(deploy.commit)} is on the host`;
	const commits = await clone.log(deploy.from, deploy.commit, 100);
	return `${commits.length >= 100 ? "100 or more commits" : plural(commits.length, "commit")} from ${shortCommit(deploy.from)} to ${shortCommit(deploy.commit)}`;
}
function phasesToDo(said, deploy) {
	if (said !== void 0) return [said];
	return deploy.steps.some((step) => step.step === "prepare" && step.state === "done") ? ["switch"] : ["prepare", "switch"];
}
export { prepareInStep as n, switchInStep as r, phasesToDo as t };
