import "./rolldown-runtime.js";
import { Ft as parser, Sn as lastLines, St as RISKS, Tr as Failure, Wn as sharedSection, bn as _usingCtx, bt as migrateSection, gr as formatMoment, hr as formatDuration, kr as refusal, mr as formatCount, vr as plural, yr as quoted } from "./start.js";
import { Ar as openEnvironment, Ct as migrationStatus, Dn as readHistory, Dr as databaseOf, Kr as missingDatabase, Or as ledgerOf, Tt as statusBlock, Xt as beginStep, Yt as hearable, Zt as leavingOpen, _t as migrateInStep, at as lintMigrations, c as knock, gt as migrateDatabase, hr as refusedAsQuarantined, it as lookAhead, mt as describeMigrated, ot as worstRisk, vr as incomingCommit, vt as refuseOldSavepoint, wn as planDown, wt as outputsOf, xt as loadMigrations, yt as migrationSource } from "./work.js";
import { posix } from "node:path";
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
// src/deploy/operations/lint-migrations.ts
async function lintCheckout({ ports, directory, since, failOn, house }) {
	const shown = directory === "." ? "" : directory;
	const source = {
		machine: ports.here,
		directory: posix.join(ports.cwd, directory),
		shown
	};
	const migrations = await loadMigrations(source);
	const parse = await parser();
	const changed = since === void 0 ? void 0 : await changedSince(ports, directory, since);
	const set = changed === void 0 ? migrations : migrations.filter(({ up }) => changed.has(posix.normalize(up.file)));
	return conclude(set, changed === void 0 ? set.map((one) => lintMigrations([one], parse, house)) : [lintMigrations(set, parse, house)], {
		failOn,
		since,
		ports,
		house
	});
}
async function changedSince(ports, directory, since) {
	const git = async (...words) => {
		const run = await ports.here.run({
			words: [
				"git",
				"-C",
				ports.cwd,
				...words
			],
			whole: true
		});
		if (run.code === 0) return run.stdout;
		throw refusal(`What came since ${quoted(since)} is not known: git ${words[0]} failed.`, {
			code: "lint-since",
			hint: "`since` is a commit, tag or branch of this checkout. In a workflow check out with `fetch-depth: 0`, and write `origin/main` for the branch main.",
			evidence: lastLines(run)
		});
	};
	const tracked = await git("diff", "--name-only", "-z", "--relative", "--no-renames", "--diff-filter=AM", (await git("merge-base", "--end-of-options", since, "HEAD")).trim(), "--", directory);
	const untracked = await git("ls-files", "--others", "--exclude-standard", "-z", "--", directory);
	return new Set([...tracked.split("\0"), ...untracked.split("\0")].filter((path) => path !== ""));
}
function conclude(set, linted, { failOn, since, ports, house }) {
	const findings = linted.flatMap((one) => one.findings);
	const allowed = linted.flatMap((one) => one.allowed);
	const fails = new Set(["unknown", ...failOn]);
	const failing = findings.filter(({ risk }) => fails.has(risk));
	const annotated = ports.terminal ? [] : findings.filter(({ risk }) => risk !== "advice" || fails.has(risk));
	for (const finding of annotated) ports.report.warning(inWords(finding), {
		file: finding.file,
		line: finding.line
	});
	const risk = worstRisk(findings);
	const outputs = {
		findings: JSON.stringify(findings),
		risk: risk ?? "none"
	};
	const looked = `${plural(set.length, "migration")}${since === void 0 ? "" : ` new since ${since}`}`;
	const silenced = allowed.length === 0 ? "" : `, ${allowed.length} allowed with a reason`;
	const found = countedRisks(findings);
	const headline = `Looked at ${looked}: ${found.length === 0 ? "nothing was found" : found.join(", ")}${silenced}`;
	const blocks = [
		...tableOf(findings),
		...allowedTable(allowed),
		...insteadBlocks(findings)
	];
	const details = {
		findings,
		allowed
	};
	if (failing.length === 0) return {
		outputs,
		headline,
		blocks,
		details
	};
	const worst = failing.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk))[0];
	const approved = worst?.risk === "destructive" && house.approvers.length > 0 ? ` (approved by ${house.approvers[0]})` : "";
	const headed = `${plural(failing.length, "finding")} in ${looked} must be mended, or allowed with a reason`;
	throw new Failure(`${headed}: ${countedRisks(failing).join(", ")}.`, {
		code: "lint",
		outputs,
		blocks,
		hint: `Write it the safe way; where it is meant, say so above the statement: -- savepoint: allow ${worst?.rule ?? ""}: why${approved}. Which risks fail is said by fail-on.`
	});
}
function countedRisks(findings) {
	return RISKS.flatMap((one) => {
		const count = findings.filter((finding) => finding.risk === one).length;
		return count === 0 ? [] : [`${formatCount(count)} ${one}`];
	});
}
function inWords({ file, line, rule, message }) {
	return `${file}:${line}: ${message} (${rule})`;
}
function tableOf(findings) {
	if (findings.length === 0) return [];
	return [{
		kind: "table",
		folds: true,
		title: "What the migrations would do",
		head: [
			"risk",
			"rule",
			"where",
			"what happens"
		],
		rows: findings.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk)).map(({ risk, rule, file, line, message }) => [
			risk,
			rule,
			`${file}:${line}`,
			message
		])
	}];
}
function allowedTable(allowed) {
	if (allowed.length === 0) return [];
	return [{
		kind: "table",
		folds: true,
		title: "Allowed by a comment",
		head: [
			"rule",
			"where",
			"why"
		],
		rows: allowed.map(({ rule, file, line, reason }) => [
			rule,
			`${file}:${line}`,
			reason
		])
	}];
}
function insteadBlocks(findings) {
	return [...Map.groupBy(findings.filter(({ instead }) => instead !== void 0), ({ rule }) => rule)].flatMap(([rule, [finding]]) => finding?.instead === void 0 ? [] : [{
		kind: "code",
		title: `Instead (${rule}, ${finding.file}:${finding.line})`,
		lines: finding.instead.split("\n")
	}]);
}
const migrate = hearable({
	name: "migrate",
	description: "Applies SQL migrations, each atomic with its history row, takes them back, or lets any other tool migrate.",
	sections: {
		shared: sharedSection,
		migrate: migrateSection
	},
	own: "migrate",
	also: {
		"migrate lint": "Says what migrations would do before they run (whose data goes, who waits), without a database.",
		"migrate plan": "Says what the pending migrations would do to the database that is there: locks, sizes, what is lost. Writes nothing."
	},
	outputs: {
		applied: "The versions that were applied now.",
		pending: "The versions that are still to be applied.",
		current: "The newest applied version.",
		findings: "`lint`: what was found, as JSON.",
		risk: "`lint`: the worst of what was found, or `none`. `plan`: the worst class of what is pending, or `none`."
	},
	positionals: ["command"],
	endsJobs: true,
	branding: {
		icon: "layers",
		color: "blue"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const settings = call.inputs.migrate;
			if (settings.command === "lint") return await lintCheckout({
				ports: call.ports,
				directory: settings.directory,
				since: settings.since,
				failOn: settings["fail-on"],
				house: {
					rules: settings["house-rules"],
					columns: settings["required-columns"],
					approvers: settings.approvers
				}
			});
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
			if (admission.do === "continue") return refuseOldSavepoint(environment, admission.deploy);
			refuseBesideOwn(environment, ledger.open);
			const quarantined = commit === void 0 || settings.command === "down" ? void 0 : refusedAsQuarantined(environment, ledger, {
				commit,
				opener: void 0
			});
			if (quarantined !== void 0) throw quarantined;
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
	throw refusal(`Your deploy ${open.id} to ${title} had its last step at ${formatMoment(open.lastAt)}, and goes on only within ${formatDuration(shared["lock-lease"])} (lock-lease). Nothing was touched.`, {
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
		const headline = `${environment.title}: ${plural(comparison.applied.length, "migration")} applied, ${plural(comparison.pending.length, "migration")} pending`;
		if (settings.command === "status") return {
			outputs,
			headline,
			blocks: [statusBlock(comparison)]
		};
		const { risk, said, blocks, details } = await lookAhead(connection, comparison.pending);
		return {
			outputs: {
				...outputs,
				risk
			},
			headline: said === "" ? headline : `${headline}: ${said}`,
			blocks,
			details
		};
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
export { migrate as t };
