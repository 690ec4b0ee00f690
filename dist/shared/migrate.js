import "./rolldown-runtime.js";
import { Cr as quoted, Ct as RISKS, En as lastLines, Jn as sharedSection, Lt as parser, Nr as refusal, Sr as plural, ar as identifier, br as formatMoment, kr as Failure, sr as qualified, vr as formatCount, wn as _usingCtx, xt as migrateSection, yr as formatDuration } from "./start.js";
import { $t as hearable, Ct as migrationSource, Dt as migrationStatus, Er as refusedAsQuarantined, Fn as readHistory, In as readRows, Nn as findHistory, On as planDown, Ot as outputsOf, Pn as foreignHistory, Rr as databaseOf, St as refuseOldSavepoint, Tt as loadMigrations, Vr as openEnvironment, bt as migrateDatabase, c as knock, ct as lintMigrations, en as beginStep, it as lookAhead, jn as compareMigrationVersions, kr as incomingCommit, kt as compareWithHistory, lt as worstRisk, nr as findHistories, ri as missingDatabase, tn as leavingOpen, tr as displayName, ut as typesMadeIn, vt as describeMigrated, xt as migrateInStep, zr as ledgerOf } from "./work.js";
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
	const also = {
		house,
		types: typesMadeIn(migrations)
	};
	return conclude(set, changed === void 0 ? set.map((one) => lintMigrations([one], parse, also)) : [lintMigrations(set, parse, also)], {
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
// src/migration/recorded.ts
async function readAllHistories(connection, extraTables) {
	const [tables, place] = await connection.atOnce(async () => await Promise.all([findHistories(connection, extraTables), findHistory(connection)]));
	const others = tables.filter(({ known }) => known?.tool !== "savepoint");
	const [rows, recorded] = await connection.atOnce(async () => await Promise.all([place?.state === "ours" ? readRows(connection, place.schema) : [], Promise.all(others.map(async (found) => await readRecorded(connection, found)))]));
	return {
		place,
		rows,
		others: recorded
	};
}
async function readRecorded(connection, found) {
	const { known } = found;
	const table = qualified(found.schema, found.name);
	const [column] = found.columns;
	const version = known?.version ?? (column === void 0 ? "''" : `t.${identifier(column)}::text`);
	const rows = await connection.query(`SELECT ${version} AS version, ${known?.state ?? "'applied'"} AS state, ${momentOf(known?.at)} AS at,
       (${known?.took ?? "NULL"})::float8 AS took, (${known?.by ?? "NULL"})::text AS by
     FROM ${table} t WHERE ${known?.where ?? "true"} ORDER BY ${known?.order ?? `${version} COLLATE "C"`}`.replaceAll("%table%", () => table));
	return {
		table: displayName(found),
		tool: known?.tool ?? "unknown",
		entries: rows.map((row) => ({
			version: row.version ?? "",
			state: row.state,
			at: row.at ?? void 0,
			tookMs: row.took ?? void 0,
			by: row.by ?? void 0
		}))
	};
}
function momentOf(at) {
	if (at === void 0) return "NULL::timestamptz";
	return `CASE WHEN pg_typeof(${at}) = 'timestamp without time zone'::regtype THEN (${at})::timestamp AT TIME ZONE 'UTC' ELSE (${at})::timestamptz END`;
}
// src/migration/standing.ts
function entriesOf(comparison) {
	const changed = new Map(comparison.changed.map((one) => [one.row, one.difference]));
	const missing = new Set(comparison.missing);
	const unfinished = new Set(comparison.unfinished.map((row) => row.version));
	const late = new Set(comparison.outOfOrder);
	const there = [...comparison.applied, ...comparison.unfinished].map((row) => ({
		version: row.version,
		description: row.description,
		state: row.state === "applied" ? "applied" : "half applied",
		progress: row.state === "applied" ? void 0 : progressOf(row),
		changed: changed.get(row),
		missing: missing.has(row),
		outOfOrder: false,
		startedAt: row.startedAt,
		durationMs: row.durationMs,
		by: row.appliedBy,
		deploy: row.deployId
	}));
	const pending = comparison.pending.filter((migration) => !unfinished.has(migration.version)).map((migration) => ({
		version: migration.version,
		description: migration.description,
		state: "pending",
		progress: void 0,
		changed: void 0,
		missing: false,
		outOfOrder: late.has(migration),
		startedAt: void 0,
		durationMs: void 0,
		by: void 0,
		deploy: void 0
	}));
	return [...there, ...pending].sort((a, b) => compareMigrationVersions(a.version, b.version));
}
function progressOf({ progress, state }) {
	if (progress === void 0) return state;
	return `${progress.direction === "up" ? "UP" : "DOWN"} ${state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
}
function standingNeeds({ histories, comparison, files }) {
	const { place, others } = histories;
	const foreign = files && place?.state === "foreign" ? foreignHistory(place) : void 0;
	const missing = new Set(comparison.missing);
	const changed = new Set(comparison.changed.map((one) => one.row));
	return [
		...foreign === void 0 ? [] : [`${foreign.message} ${foreign.hint}`],
		...comparison.changed.map(({ migration, row }) => `${migration.up.file} changed after it was ${row.state === "applied" ? "applied" : "half applied"}: put it back as it was, and write what is new as a new migration.`),
		...comparison.unfinished.filter((row) => !changed.has(row)).map((row) => {
			const half = `${row.version} (${row.description}) is half applied (${progressOf(row)})`;
			if (row.progress?.direction === "down") return `${half}: \`migrate down\` with \`steps: 1\` goes on with it.`;
			return missing.has(row) && files ? `${half}, and its file is not here: apply from the commit that has it, or roll back.` : `${half}: \`migrate\` goes on with it.`;
		}),
		...comparison.missing.filter((row) => row.state === "applied").map(({ version, description }) => `${version} (${description}) is applied, and its file is not here: take the commit that has it, or \`migrate down\` takes it back.`),
		...others.flatMap(({ table, tool, entries }) => entries.filter(({ state }) => state === "failed").map(({ version }) => `${version} is unfinished in ${table}: end it with ${tool}'s own command before anything else migrates.`))
	];
}
function standingOutputs({ histories, comparison, files }) {
	const others = histories.others.flatMap(({ entries }) => entries.filter(({ state }) => state === "applied").map(({ version }) => version));
	const applied = [...comparison.applied.map(({ version }) => version), ...others];
	const { pending, current } = outputsOf(comparison);
	return {
		applied,
		...files && { pending },
		current: current === "" ? others.at(-1) ?? "" : current
	};
}
// src/migration/standing-block.ts
function standingBlocks(standing) {
	const entries = entriesOf(standing.comparison);
	return [
		...standingNeeds(standing).map((text) => ({
			kind: "text",
			text
		})),
		...entries.length === 0 ? [] : ownBlocks(entries),
		...standing.comparison.changed.map(({ migration, difference }) => ({
			kind: "code",
			title: `What changed in ${migration.up.file}`,
			lines: difference
		})),
		...standing.histories.others.flatMap(otherBlocks)
	];
}
function ownBlocks(entries) {
	const { shown, left } = withoutQuiet(entries, (one) => one.state === "applied" && one.changed === void 0 && !one.missing);
	return [{
		kind: "table",
		title: "Migrations",
		head: [
			"version",
			"description",
			"state",
			"started",
			"took",
			"by"
		],
		rows: shown.map((one) => [
			one.version,
			one.description,
			stateOf(one),
			one.startedAt === void 0 ? "" : formatMoment(one.startedAt),
			one.durationMs === void 0 ? "" : formatDuration(one.durationMs),
			one.by ?? ""
		])
	}, ...leftBlock(left)];
}
function stateOf({ state, progress, changed, missing, outOfOrder }) {
	return [
		progress ?? state,
		...changed === void 0 ? [] : ["the file changed since"],
		...missing ? ["no file here"] : [],
		...outOfOrder ? ["older than what is applied"] : []
	].join(", ");
}
function otherBlocks({ table, tool, entries }) {
	const { shown, left } = withoutQuiet(entries, ({ state }) => state === "applied");
	const columns = [
		{
			head: "version",
			cell: (one) => one.version
		},
		{
			head: "state",
			cell: (one) => one.state === "failed" ? "unfinished" : one.state
		},
		{
			head: "when",
			cell: (one) => one.at === void 0 ? "" : formatMoment(one.at)
		},
		{
			head: "took",
			cell: (one) => one.tookMs === void 0 ? "" : formatDuration(one.tookMs)
		},
		{
			head: "by",
			cell: (one) => one.by ?? ""
		}
	].filter(({ head, cell }) => head === "version" || shown.some((one) => cell(one) !== ""));
	return [{
		kind: "table",
		title: tool === "unknown" ? table : `${table} (${tool})`,
		head: columns.map(({ head }) => head),
		rows: shown.map((one) => columns.map(({ cell }) => cell(one)))
	}, ...leftBlock(left)];
}
function withoutQuiet(entries, quiet) {
	const newest = new Set(entries.filter(quiet).slice(-50));
	const shown = entries.filter((entry) => !quiet(entry) || newest.has(entry));
	return {
		shown,
		left: entries.length - shown.length
	};
}
function leftBlock(left) {
	return left === 0 ? [] : [{
		kind: "text",
		text: `${plural(left, "earlier one")} more, applied and as they were, in \`--json\`.`
	}];
}
function standingHeadline({ comparison, histories, files }) {
	const applied = comparison.applied.length;
	const counts = [
		...files || applied > 0 ? [`${plural(applied, "migration")} applied`] : [],
		...files ? [`${plural(comparison.pending.length, "migration")} pending`] : [],
		...counted(comparison.outOfOrder.length, "out of order"),
		...counted(comparison.unfinished.length, "half applied"),
		...counted(comparison.changed.length, "changed since"),
		...counted(comparison.missing.length, "without a file here"),
		...histories.others.map(({ table, entries }) => {
			const done = entries.filter(({ state }) => state === "applied").length;
			const failed = entries.filter(({ state }) => state === "failed").length;
			return `${plural(done, "migration")} applied${failed === 0 ? "" : ` and ${failed} unfinished`} in ${table}`;
		})
	];
	return counts.length === 0 ? "no migration history is there" : counts.join(", ");
}
function counted(count, what) {
	return count === 0 ? [] : [`${formatCount(count)} ${what}`];
}
// src/deploy/operations/migration-status.ts
async function showMigrationStatus(environment, settings, commit) {
	try {
		var _usingCtx$2 = _usingCtx();
		const database = await databaseOf(environment);
		const histories = await readAllHistories(_usingCtx$2.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		})), environment.shared["history-tables"] ?? []);
		const migrations = await filesOf(environment, {
			settings,
			commit,
			histories
		});
		const compared = compareWithHistory(migrations ?? [], histories.rows);
		const comparison = migrations === void 0 ? {
			...compared,
			missing: []
		} : compared;
		const standing = {
			histories,
			comparison,
			files: migrations !== void 0
		};
		const needs = standingNeeds(standing);
		const { applied, pending, current } = standingOutputs(standing);
		return {
			outputs: {
				applied,
				pending,
				current
			},
			headline: `${environment.title}: ${standingHeadline(standing)}${needs.length === 0 ? "" : "; a person is needed"}`,
			blocks: standingBlocks(standing),
			details: {
				migrations: entriesOf(comparison),
				others: histories.others,
				needs
			},
			...needs.length > 0 && { exit: 3 }
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function filesOf(environment, about) {
	const { settings, commit, histories } = about;
	if (settings.run !== void 0) return void 0;
	try {
		return await loadMigrations(await migrationSource(environment, commit, settings.directory));
	} catch (error) {
		if (histories.others.length > 0 && histories.rows.length === 0 && error instanceof Failure && error.code === "no-directory") return void 0;
		throw error;
	}
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
		"migrate status": "Says what is applied, pending, changed or half done, by every migration history in the database.",
		"migrate lint": "Says what migrations would do before they run (whose data goes, who waits), without a database.",
		"migrate plan": "Says what the pending migrations would do to the database that is there: locks, sizes, what is lost. Writes nothing."
	},
	outputs: {
		applied: "The versions that were applied now; with `status`, all that are applied.",
		pending: "The versions that are still to be applied. Not set where only another tool knows.",
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
			if (settings.run === void 0 && settings.command !== "status") await knock(database);
			const commit = (await ownDeploy(environment))?.commit ?? await incomingCommit(environment);
			if (settings.command === "status") return await showMigrationStatus(environment, settings, commit);
			if (settings.command === "plan" || call.inputs.shared["dry-run"]) return await look(environment, call, commit);
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
