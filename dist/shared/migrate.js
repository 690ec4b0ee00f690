import "./rolldown-runtime.js";
import { An as tellingLines, Ar as Failure, Cr as plural, Dn as lastLines, En as ending, On as outputLines, Pr as refusal, Rt as parser, St as migrateSection, Tn as _usingCtx, Yn as sharedSection, br as formatDuration, cr as qualified, or as identifier, ur as reveal, wr as quoted, wt as RISKS, xr as formatMoment, yr as formatCount } from "./start.js";
import { $r as databaseOf, At as limitsOf, Bn as findHistory, Ct as refuseOldSavepoint, Dr as createSide, Dt as hidingSecrets, Et as connectionUrl, Hn as locateHistory, In as splitStatements, Ln as readSections, Mt as migrationStatus, Nn as downMigrations, Nt as outputsOf, Or as newSideName, Ot as loadMigrations, Pn as planDown, Pt as compareWithHistory, Rn as compareMigrationVersions, Sr as sweepSides, St as migrateInStep, Ui as outsideTarget, Un as readHistory, Vn as foreignHistory, Vr as refusedAsQuarantined, Wn as readRows, Wr as incomingCommit, aa as openDatabase, an as beginStep, c as knock, ct as lintMigrations, dt as TABLE_LOCKS, ei as ledgerOf, fr as displayName, in as hearable, it as lookAhead, jr as wholeListing, jt as applyMigrations, lt as worstRisk, ni as openEnvironment, on as leavingOpen, pr as findHistories, qn as statementProblem, ut as typesMadeIn, vi as missingDatabase, wr as dropOrWarn, wt as migrationSource, xt as migrateDatabase, yt as describeMigrated } from "./work.js";
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
	return conclude$1(set, changed === void 0 ? set.map((one) => lintMigrations([one], parse, also)) : [lintMigrations(set, parse, also)], {
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
function conclude$1(set, linted, { failOn, since, ports, house }) {
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
	const text = `(${at})::text`;
	return `CASE pg_typeof(${at})
    WHEN 'timestamptz'::regtype THEN ${text}::timestamptz
    WHEN 'timestamp'::regtype THEN ${text}::timestamp AT TIME ZONE 'UTC'
    WHEN 'date'::regtype THEN ${text}::timestamp AT TIME ZONE 'UTC'
  END`;
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
		var _usingCtx$4 = _usingCtx();
		const database = await databaseOf(environment);
		const histories = await readAllHistories(_usingCtx$4.a(await database.connect("look", {
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
		_usingCtx$4.e = _;
	} finally {
		await _usingCtx$4.d();
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
// src/migration/validate/from-history.ts
function migrationsOf(rows) {
	return rows.filter(({ state }) => state === "applied").map(({ version, description, checksum, upSql }) => ({
		version,
		description,
		checksum,
		up: scriptOf(version, upSql),
		down: { state: "missing" }
	}));
}
function scriptOf(version, sql) {
	const { statements } = splitStatements(sql);
	const transactional = !(readSections(sql, "up").up?.transactional === false) && statements.every((statement) => statementProblem(statement, true) === void 0);
	return {
		file: `the UP of ${version}`,
		sql,
		statements,
		transactional
	};
}
// src/migration/validate/lock-trace.ts
const QUIET = new Set(["ACCESS SHARE", "ROW SHARE"]);
var LockTrace = class {
	#held = new Map();
	#there = new Map();
	of(version) {
		return this.#held.get(version);
	}
	async begin(connection) {
		this.#there = thereIn(await look$1(connection));
	}
	async note(version, connection) {
		const seen = await look$1(connection);
		const strongest = new Map();
		for (const { oid, mode } of seen) {
			const table = this.#there.get(oid);
			const lock = mode === null ? void 0 : lockOf(mode);
			if (table === void 0 || lock === void 0 || QUIET.has(lock)) continue;
			const before = strongest.get(table);
			if (before === void 0 || TABLE_LOCKS.indexOf(lock) > TABLE_LOCKS.indexOf(before)) strongest.set(table, lock);
		}
		this.#held.set(version, [...strongest].map(([table, mode]) => ({
			table,
			mode
		})));
		this.#there = thereIn(seen);
	}
};
function thereIn(seen) {
	return new Map(seen.flatMap(({ oid, name }) => name === null ? [] : [[oid, name]]));
}
async function look$1(connection) {
	return await connection.query(`SELECT l.relation::pg_catalog.int8 AS oid, l.mode AS mode, NULL AS name FROM pg_catalog.pg_locks l
     WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
     UNION ALL
     SELECT c.oid::pg_catalog.int8, NULL, CASE n.nspname WHEN 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname)
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`);
}
function lockOf(mode) {
	const words = mode.replace(/Lock$/, "").replaceAll(/(?!^)([A-Z])/g, " $1").toUpperCase();
	return TABLE_LOCKS.find((one) => one === words);
}
// src/migration/validate/schema-differences.ts
function schemaDifferences(first, second) {
	const [before, after] = [byObject(first), byObject(second)];
	return [...new Set([...before.keys(), ...after.keys()])].filter((object) => before.get(object) !== after.get(object)).sort().map((object) => ({
		object,
		first: before.get(object),
		second: after.get(object)
	}));
}
function byObject(listing) {
	const lines = listing.map((line) => {
		const at = line.indexOf(": ");
		return at < 0 ? {
			object: line,
			said: ""
		} : {
			object: line.slice(0, at),
			said: line.slice(at + 2)
		};
	});
	return new Map([...Map.groupBy(lines, ({ object }) => object)].map(([object, same]) => [object, same.map(({ said }) => said).sort().join("; ")]));
}
// src/migration/validate/throwaway.ts
async function makeThrowaway(beside, ports) {
	const name = newSideName(beside.name, "validate", ports.clock.now());
	const schema = await workingSchema(beside);
	try {
		await createSide(beside, name, beside.target.user);
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "42501") throw error;
		throw error.with({
			exit: 2,
			hint: `${beside.adminTarget.user} must be allowed to create databases: ALTER ROLE ${identifier(beside.adminTarget.user)} CREATEDB; or name a role that is as database-admin-url.`
		});
	}
	let staying;
	const drop = async () => {
		await staying?.[Symbol.asyncDispose]();
		await dropOrWarn(beside, name, ports.report);
	};
	try {
		const database = openDatabase({
			target: {
				...beside.target,
				database: name
			},
			adminTarget: {
				...beside.adminTarget,
				database: name
			},
			dialFrom: beside.dialFrom,
			toolsOn: beside.toolsOn
		});
		staying = await database.connect("look", { admin: true });
		if (schema !== void 0 && schema !== "public") await staying.exec(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)} AUTHORIZATION ${identifier(beside.target.user)}`);
		return {
			database,
			name,
			[Symbol.asyncDispose]: drop
		};
	} catch (error) {
		await drop();
		throw error;
	}
}
async function workingSchema(beside) {
	try {
		var _usingCtx$3 = _usingCtx();
		const connection = _usingCtx$3.a(await beside.connect("look", { asApp: true }));
		try {
			const place = await locateHistory(connection);
			return place.state === "foreign" ? void 0 : place.schema;
		} catch (error) {
			if (error instanceof Failure && error.code === "3F000") return beside.target.schema;
			throw error;
		}
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
}
// src/migration/validate/validate.ts
async function validateMigrations(request) {
	try {
		var _usingCtx$2 = _usingCtx();
		const drift = request.drift ? await driftOf(request) : void 0;
		const { database } = _usingCtx$2.a(await makeThrowaway(request.database, request.ports));
		const { migrations, ports } = request;
		const trace = new LockTrace();
		const floor = floorOf(migrations);
		const up = async (set, traced) => void await applyMigrations({
			...request,
			database,
			migrations: set,
			deployId: void 0,
			beforeCommit: async (migration, connection) => await traced?.note(migration.version, connection)
		});
		if (floor !== void 0) await up(upTo(migrations, floor.version), trace);
		const bottom = await listing(database);
		await up(migrations, trace);
		const first = await timesOf(database);
		const top = await listing(database);
		const downMs = new Map();
		await downMigrations({
			database,
			target: { to: floor?.version ?? "0" },
			limits: request.limits,
			ports,
			lossesTold: true,
			onTakenBack: (version, ms) => void downMs.set(version, ms)
		});
		const afterDown = schemaDifferences(bottom, await listing(database));
		const goesOn = afterDown.length === 0;
		if (goesOn) await up(migrations);
		const again = goesOn ? await timesOf(database) : new Map();
		const afterAgain = goesOn ? schemaDifferences(top, await listing(database)) : [];
		const tested = goesOn && request.test !== void 0;
		if (tested) await request.test?.(database);
		return {
			serverVersion: await versionOf(database),
			migrations: migrations.map(({ version, description }) => ({
				version,
				description,
				upMs: first.get(version),
				downMs: downMs.get(version),
				againMs: downMs.has(version) ? again.get(version) : void 0,
				locks: trace.of(version)
			})),
			floor,
			afterDown,
			afterAgain,
			drift,
			tested
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
function floorOf(migrations) {
	const last = migrations.findLast(({ down }) => down.state !== "given");
	if (last === void 0 || last.down.state === "given") return void 0;
	const { version, down } = last;
	if (down.state === "missing") return {
		version,
		why: "it has no DOWN"
	};
	return {
		version,
		why: `it is irreversible${down.reason === void 0 ? "" : ` (${down.reason})`}`
	};
}
function upTo(migrations, version) {
	return migrations.slice(0, migrations.findIndex((one) => one.version === version) + 1);
}
async function driftOf(request) {
	try {
		var _usingCtx3 = _usingCtx();
		const rows = await historyOf(request.database);
		const made = _usingCtx3.a(await makeThrowaway(request.database, request.ports));
		await applyMigrations({
			...request,
			database: made.database,
			migrations: migrationsOf(rows),
			deployId: void 0
		});
		return schemaDifferences(await listing(made.database), await listing(request.database));
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function historyOf(database) {
	try {
		var _usingCtx4 = _usingCtx();
		const connection = _usingCtx4.a(await database.connect("look", { asApp: true }));
		return await readHistory(connection);
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
async function timesOf(database) {
	return new Map((await historyOf(database)).map(({ version, durationMs }) => [version, durationMs]));
}
async function listing(database) {
	try {
		var _usingCtx5 = _usingCtx();
		const connection = _usingCtx5.a(await database.connect("look"));
		return await wholeListing(connection);
	} catch (_) {
		_usingCtx5.e = _;
	} finally {
		await _usingCtx5.d();
	}
}
async function versionOf(database) {
	try {
		var _usingCtx6 = _usingCtx();
		return _usingCtx6.a(await database.connect("look")).serverVersion;
	} catch (_) {
		_usingCtx6.e = _;
	} finally {
		await _usingCtx6.d();
	}
}
// src/migration/validate/validate-block.ts
const SHOWN = 300;
function validatedBlocks(validated) {
	const { migrations, afterDown, afterAgain, drift = [] } = validated;
	return [
		{
			kind: "table",
			folds: true,
			title: "Migrations, each on an empty database",
			head: [
				"version",
				"description",
				"up",
				"down",
				"up again",
				"locks on what was there"
			],
			rows: migrations.map((one) => [
				one.version,
				one.description,
				timeOf(one.upMs),
				timeOf(one.downMs),
				timeOf(one.againMs),
				locksOf(one)
			])
		},
		...differencesTable("What DOWN does not take back, or takes too much of", ["before UP", "after DOWN"], afterDown),
		...differencesTable("What the second UP makes in another way", ["the first UP", "the second UP"], afterAgain),
		...differencesTable("Drift", ["what the history makes", "the database"], drift)
	];
}
function timeOf(ms) {
	return ms === void 0 ? "not run" : formatDuration(ms);
}
function locksOf({ locks }) {
	if (locks === void 0) return "statement by statement, not seen";
	return locks.map(({ table, mode }) => `${mode} on ${table}`).join("; ");
}
function differencesTable(title, sides, differences) {
	if (differences.length === 0) return [];
	const rows = differences.map(({ object, first, second }) => [
		object,
		shown(first),
		shown(second)
	]);
	return [{
		kind: "table",
		folds: true,
		title,
		head: ["object", ...sides],
		rows
	}];
}
function shown(definition) {
	if (definition === void 0) return "not there";
	return definition.length <= SHOWN ? definition : `${definition.slice(0, SHOWN)}…`;
}
function differing(differences) {
	const named = differences.slice(0, 5).map(({ object }) => object);
	const more = differences.length > named.length ? ` and ${differences.length - named.length} more` : "";
	return `${plural(differences.length, "object")} (${named.join(", ")}${more})`;
}
// src/deploy/operations/validate-migrations.ts
const EVIDENCE_LINES = 20;
async function validateCheckout(environment, settings) {
	const { ports, owner } = environment;
	const { directory, test } = settings;
	if (settings.run !== void 0) throw refusal("`migrate validate` takes migration files up and down, and `run` leaves them to another tool.", {
		code: "inputs",
		hint: "Call it without `run`; what another tool's files do, that tool's own command tries."
	});
	const shown = directory === "." ? "" : directory;
	const migrations = await loadMigrations({
		machine: ports.here,
		directory: posix.join(ports.cwd, directory),
		shown
	});
	const database = await databaseOf(environment);
	for (const name of await sweepSides(database, ["validate"], ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
	const started = ports.clock.now().getTime();
	return conclude(await validateMigrations({
		database,
		migrations,
		limits: limitsOf(settings),
		ports,
		appliedBy: owner.id,
		drift: settings.drift,
		test: test === void 0 ? void 0 : async (throwaway) => await runTest(test, throwaway, ports)
	}), ports.clock.now().getTime() - started);
}
function conclude(validated, ms) {
	const { floor, afterDown, afterAgain, drift = [], tested } = validated;
	const blocks = validatedBlocks(validated);
	const set = plural(validated.migrations.length, "migration");
	const server = `PostgreSQL ${Math.floor(validated.serverVersion / 1e4)}`;
	if (afterDown.length > 0) throw new Failure(`Going down does not lead back: ${differing(afterDown)} ${afterDown.length === 1 ? "is" : "are"} not as before UP.`, {
		code: "validate",
		blocks,
		hint: "Write into the DOWN what takes that back; where there is no way down, mark it `-- irreversible`."
	});
	if (afterAgain.length > 0) throw new Failure(`Up, down and up again is not the same: ${differing(afterAgain)} came out in another way.`, {
		code: "validate",
		blocks,
		hint: "Write UP so that it makes the same whatever was there before, and DOWN so that it leaves nothing."
	});
	if (drift.length > 0) throw new Failure(`The database is not what its migrations make: ${differing(drift)} ${drift.length === 1 ? "differs" : "differ"}.`, {
		code: "drift",
		blocks,
		hint: "Bring what was changed by hand into a new migration, or take it back in the database."
	});
	return {
		outputs: {},
		headline: `${set} on ${server}: up, down and up again give the same schema${floor === void 0 ? "" : `; down to ${floor.version} only, which stays: ${floor.why}`}${[...tested ? ["the tests passed"] : [], ...validated.drift === void 0 ? [] : ["the database is what its history makes"]].map((text) => `; ${text}`).join("")} (${formatDuration(ms)})`,
		blocks,
		details: validated
	};
}
async function runTest(command, database, ports) {
	const target = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here ? await outsideTarget(database) : void 0;
	if (target === void 0) throw refusal("`test` runs here, and the database is not reached from here.", {
		code: "inputs",
		hint: "Name a server that this machine reaches, in `database-url`, with `database-from: runner`."
	});
	const url = connectionUrl(target);
	ports.report.mask(url);
	const hidden = (line) => hidingSecrets(line, [reveal(url)]);
	const finished = await ports.report.step(`Running the tests: ${command}`, async () => await ports.here.run({
		words: [
			"sh",
			"-c",
			command
		],
		cwd: ports.cwd,
		env: { DATABASE_URL: url },
		signal: ports.signal,
		onLine: (line) => ports.report.detail(hidden(line))
	}), ({ code }) => code === 0 ? "passed" : "failed");
	if (finished.code === 0) return;
	throw new Failure(`The tests failed on the migrated database (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${command}`, {
		code: "validate-test",
		evidence: tellingLines(outputLines(finished), EVIDENCE_LINES).map(hidden),
		hint: "The lines above are the tests' own."
	});
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
		"migrate validate": "Takes all migrations up, down and up again on a database made for that, compares the schemas, and runs your tests.",
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
				...settings.command !== "validate" && { changes: true },
				missing: missingDatabase(call.inputs.shared)
			}));
			if (settings.command === "validate") return await validateCheckout(environment, settings);
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
