import { _ as stopIfCancelled, c as plural, f as Failure, g as refusal, n as reveal, o as formatDuration, t as Secret } from "./secret.js";
import { f as serverOptions } from "./printable.js";
import { Cr as _usingCtx, Lr as changedSomething, Mr as resolvePath, O as readHistory, S as compareMigrationVersions, T as historyName, Tr as exists, Yt as checkoutOf, ct as commandEnvironment, er as outsideTarget, ft as readHistories, lt as runHooks, st as compareHistories, tn as databaseOf, ut as absentTables, w as sameMigrationVersion } from "./text.js";
import { S as tellingLines, b as outputLines, v as ending } from "./lane.js";
import { C as insertRow, D as runByStatement, E as updateProgress, L as waitForDumps, O as runInTransaction, S as createHistory, T as replaceText, k as holdMigrationLock, w as noteFailure, y as downMigrations } from "./ways-of-deploy.js";
import { c as refuseUnfinished, i as outputsOf, o as compareWithHistory, s as refuseChanged, t as loadMigrations } from "./load.js";
import { t as limitsOf } from "./limits.js";
import { n as refuseUncommitted, t as migrationSource } from "./migration-source.js";
// src/migration/apply.ts
const DUMP_WAIT_MS$1 = 18e5;
async function applyMigrations(request) {
	try {
		var _usingCtx$2 = _usingCtx();
		const { database, ports } = request;
		const before = await look(request);
		if (selectPending(before, request).length === 0) return outputsOf(before);
		const lock = _usingCtx$2.a(await holdMigrationLock({
			database,
			ports,
			waitMs: request.lockWaitMs
		}));
		const now = await look(request);
		const todo = selectPending(now, request);
		if (todo.length === 0) return outputsOf(now);
		for (const migration of now.outOfOrder.filter((one) => todo.includes(one))) ports.report.warning(`${migration.up.file} is older than ${now.current}, which is applied already; it is applied now.`);
		for (const row of now.missing) ports.report.warning(`${row.version} (${row.description}) is applied and has no file here: the database is ahead of this commit.`);
		await waitForDumps(database, {
			clock: ports.clock,
			report: ports.report,
			signal: ports.signal,
			timeoutMs: DUMP_WAIT_MS$1
		});
		const schema = await prepare(database);
		const world = {
			database,
			lock,
			ports,
			limits: request.limits
		};
		const applied = [];
		for (const migration of todo) try {
			stopIfCancelled(ports.signal);
			await lock.confirm();
			const started = ports.clock.now().getTime();
			await applyOne(migration, {
				request,
				world,
				schema,
				row: now.unfinished.find((row) => sameMigrationVersion(row.version, migration.version))
			});
			ports.report.say(`Applied ${migration.up.file} in ${formatDuration(ports.clock.now().getTime() - started)}`);
			applied.push(migration.version);
		} catch (error) {
			throw withOutcome(error, {
				now,
				applied,
				migration,
				migrations: request.migrations
			});
		}
		return {
			applied,
			pending: now.pending.filter((migration) => !todo.includes(migration)).map((migration) => migration.version),
			current: newest([...applied, now.current ?? ""])
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
async function look(request) {
	try {
		var _usingCtx3 = _usingCtx();
		const connection = _usingCtx3.a(await request.database.connect("migrate look", { signal: request.ports.signal }));
		const comparison = compareWithHistory(request.migrations, await readHistory(connection));
		refuseChanged(comparison);
		refuseUnfinished(comparison);
		return comparison;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function selectPending(comparison, wanted) {
	const { to, steps } = wanted;
	if (to !== void 0 && !wanted.migrations.some((migration) => sameMigrationVersion(migration.version, to))) throw refusal(`There is no migration with version ${to}.`, {
		code: "migration-unknown",
		hint: `\`to\` is one of ${wanted.migrations.map((migration) => migration.version).slice(-10).join(", ") || "none: the folder is empty"}`
	});
	const bounded = comparison.pending.filter((migration) => to === void 0 || compareMigrationVersions(migration.version, to) <= 0);
	return steps === void 0 ? bounded : bounded.slice(0, steps);
}
async function prepare(database) {
	try {
		var _usingCtx4 = _usingCtx();
		const connection = _usingCtx4.a(await database.connect("migrate look"));
		return await createHistory(connection);
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
async function applyOne(migration, { request, world, schema, row }) {
	if (!migration.up.transactional) {
		await runByStatement(migration.up, world, upBookmark(migration, {
			request,
			schema,
			row
		}));
		return;
	}
	await runInTransaction(migration.up, world, {
		record: async (connection) => await insertRow(connection, schema, migration, {
			...applier(request),
			state: "applied"
		}),
		isRecorded: async (connection) => (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [migration.version])).length > 0
	});
}
function applier(request) {
	return {
		appliedBy: request.appliedBy,
		deployId: request.deployId
	};
}
function upBookmark(migration, { request, schema, row }) {
	let written = false;
	return {
		from: row?.progress,
		direction: "up",
		save: async (connection, progress) => {
			if (!written) {
				if (row !== void 0) await replaceText(connection, schema, migration, row.version);
				else await insertRow(connection, schema, migration, {
					...applier(request),
					state: "running",
					progress
				});
				written = true;
			}
			await updateProgress(connection, schema, migration.version, "running", progress);
		},
		finish: async (connection) => {
			if (!written && row !== void 0) await replaceText(connection, schema, migration, row.version);
			await updateProgress(connection, schema, migration.version, "applied", void 0);
		},
		fail: async (connection, progress, untouched) => await noteFailure(connection, schema, migration.version, progress, untouched ? "gone" : "failed")
	};
}
function withOutcome(error, run) {
	if (!(error instanceof Failure)) return error;
	const pending = run.now.pending.map((migration) => migration.version).filter((version) => !run.applied.includes(version));
	const earlier = run.applied.length === 0 ? "Nothing was applied" : `${plural(run.applied.length, "migration")} of this run ${run.applied.length === 1 ? "is" : "are"} applied and stay: ${run.applied.join(", ")}`;
	return error.with({
		outputs: {
			...error.outputs,
			applied: run.applied,
			pending,
			current: newest([...run.applied, run.now.current ?? ""])
		},
		state: [
			...error.state,
			...run.migration.up.transactional && error.code !== "outcome-unknown" ? [`${run.migration.up.file}: rolled back, nothing of it is in the database`] : [],
			earlier
		]
	});
}
function newest(versions) {
	return versions.filter((version) => version !== "").toSorted(compareMigrationVersions).at(-1) ?? "";
}
// src/migration/run.ts
const EVIDENCE_LINES = 20;
async function runMigrationCommand(request) {
	const { report } = request;
	const before = await request.histories();
	const secrets = Object.values(request.env).filter((value) => typeof value !== "string").map(reveal);
	for (const value of Object.values(request.env)) if (typeof value !== "string") report.mask(value);
	const finished = await request.machine.run({
		words: [
			"sh",
			"-c",
			request.command
		],
		cwd: request.cwd,
		env: request.env,
		noteIn: request.noteIn,
		signal: request.signal,
		onLine: (line) => report.detail(masked(line, secrets))
	});
	const after = await request.histories();
	const { onlySecond, changed } = compareHistories(before, after);
	const unfinished = after.flatMap((table) => table.entries.filter((entry) => entry.state === "failed").map((entry) => `${table.table}: ${entry.version} (${table.tool})`));
	const applied = [...onlySecond, ...changed];
	const outputs = {
		applied,
		pending: [],
		current: currentOf(after)
	};
	const evidence = tellingLines(outputLines(finished), EVIDENCE_LINES).map((line) => masked(line, secrets));
	if (finished.code !== 0) throw new Failure(`The migration command failed (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${request.command}`, {
		code: "migrate-command-failed",
		outputs,
		evidence,
		hint: unfinished.length > 0 ? `Its history has an unfinished migration: ${unfinished.join(", ")}.` : "The lines above are the command's own.",
		state: [applied.length === 0 ? "Its history table says that nothing was applied" : `Its history table says that was applied: ${applied.join(", ")}`]
	});
	if (unfinished.length > 0) throw new Failure(`The migration command ended with 0, but left ${plural(unfinished.length, "migration")} unfinished: ${unfinished.join(", ")}.`, {
		code: "migrate-command-failed",
		outputs,
		evidence
	});
	return {
		...outputs,
		seen: after.length > 0,
		after
	};
}
function currentOf(histories) {
	return histories.flatMap((table) => table.entries.findLast((entry) => entry.state === "applied")?.version ?? []).at(-1) ?? "";
}
const SHORTEST = 3;
function masked(line, secrets) {
	return [...new Set(secrets.flatMap((secret) => [
		secret,
		encodeURIComponent(secret),
		...passwordsOf(secret)
	]).filter((form) => form.length >= SHORTEST))].sort((a, b) => b.length - a.length).reduce((text, form) => text.replaceAll(form, "***"), line);
}
function passwordsOf(secret) {
	if (!URL.canParse(secret)) return [];
	const { username, password, hostname, pathname } = new URL(secret);
	return [
		username,
		hostname,
		pathname.slice(1)
	].includes(password) ? [] : [password, decodedOr(password)];
}
function decodedOr(text) {
	try {
		return decodeURIComponent(text);
	} catch (error) {
		if (error instanceof URIError) return text;
		throw error;
	}
}
// src/migration/tool-url.ts
const BY_LIBPQ = /(?:^|[\s;&|("'/=])(?:psql|pg_\w+|createdb|dropdb|vacuumdb|sqitch|diesel|alembic|flask|manage\.py|django-admin|pgloader)(?=$|[\s;&|)"'])/;
const PRISMA = /(?:^|[^a-z0-9])prisma(?=$|[^a-z0-9])/i;
function besideLibpq(command, { schema, schemaInUrl, toolsOwn }) {
	const prisma = PRISMA.test(command);
	if (BY_LIBPQ.test(command) && !prisma) return {};
	return {
		schema: prisma || schemaInUrl === true ? schema : void 0,
		toolsOwn
	};
}
// src/postgres/connection-url.ts
function connectionUrl(target, { schema, toolsOwn = {} } = {}) {
	const options = serverOptions(target);
	const parameters = {
		...target.options,
		options,
		sslmode: target.sslmode === "prefer" ? void 0 : target.sslmode,
		host: target.socket,
		schema,
		...toolsOwn
	};
	const query = Object.entries(parameters).flatMap(([name, value]) => value === void 0 ? [] : [`${name}=${encodeURIComponent(value)}`]);
	const password = target.password === void 0 ? "" : `:${encodeURIComponent(target.password.reveal())}`;
	const host = target.host.includes(":") ? `[${target.host}]` : encodeURIComponent(target.host);
	return new Secret(`postgresql://${encodeURIComponent(target.user)}${password}@${host}:${target.port}/${encodeURIComponent(target.database)}${query.length === 0 ? "" : `?${query.join("&")}`}`);
}
// src/deploy/steps/migrate.ts
const DUMP_WAIT_MS = 18e5;
async function migrateInStep(tx, settings, raw, commit) {
	const { environment } = tx;
	const deploy = tx.deploy === void 0 ? void 0 : await tx.record();
	if (deploy !== void 0) refuseOldSavepoint(environment, deploy);
	const env = commandEnvironment(environment, {
		commit: commit ?? "",
		previous: deploy?.from,
		id: deploy?.id
	});
	return await tx.step("migrate", {
		title: titleOf(environment, settings),
		intent: {
			command: settings.command,
			run: settings.run
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		const outputs = await migrateDatabase(environment, {
			settings,
			commit,
			deploy,
			noteIn: tx.note(),
			signal
		});
		await runHooks(environment, "after-migrate", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: outputs,
			result: {
				applied: outputs.applied,
				current: outputs.current
			},
			headline: describeMigrated(outputs)
		};
	});
}
async function migrateDatabase(environment, work) {
	const { settings, signal } = work;
	const database = await databaseOf(environment);
	const ports = {
		...environment.ports,
		signal
	};
	if (settings.run !== void 0) return await runTool(environment, settings.run, work);
	if (settings.command === "down") {
		const target = settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to };
		return await downMigrations({
			database,
			target,
			limits: limitsOf(settings),
			ports
		});
	}
	const source = await migrationSource(environment, work.commit, settings.directory);
	if (work.deploy !== void 0 && !("clone" in source)) await refuseUncommitted(environment, work.deploy.commit, settings.directory);
	return await applyMigrations({
		database,
		migrations: await loadMigrations(source),
		limits: limitsOf(settings),
		ports,
		to: settings.to,
		steps: settings.steps,
		appliedBy: environment.owner.id,
		deployId: work.deploy?.id
	});
}
async function runTool(environment, command, work) {
	const database = await databaseOf(environment);
	const { shared, ports } = environment;
	const fromHere = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here;
	const appDir = shared["app-dir"];
	const inCheckout = await checkoutOf(environment) !== void 0 && fromHere;
	const machine = inCheckout ? ports.here : environment.machine;
	const cwd = inCheckout || appDir === void 0 ? ports.cwd : await resolvePath(machine, appDir);
	if (!await exists(machine, cwd)) throw refusal(`\`run\` has no folder to run in: ${cwd} does not exist on ${machine.name}.`, { code: "no-folder" });
	const target = await outsideTarget(database);
	if (target === void 0) ports.report.warning("The database's container cannot be reached from outside, so `run` gets no DATABASE_URL.");
	const env = {
		...commandEnvironment(environment, {
			commit: work.commit ?? "",
			previous: work.deploy?.from,
			id: work.deploy?.id
		}),
		...target === void 0 ? {} : { DATABASE_URL: connectionUrl(target, besideLibpq(command, target)) },
		PGAPPNAME: database.applicationName("migrate tool")
	};
	await warnAbsentTables(environment);
	await waitForDumps(database, {
		clock: ports.clock,
		report: ports.report,
		signal: work.signal,
		timeoutMs: DUMP_WAIT_MS
	});
	await environment.held.confirm();
	const result = await runMigrationCommand({
		machine,
		cwd,
		command,
		env,
		noteIn: work.noteIn,
		signal: work.signal,
		report: ports.report,
		histories: async () => {
			try {
				var _usingCtx$1 = _usingCtx();
				const connection = _usingCtx$1.a(await database.connect("look"));
				return await readHistories(connection, shared["history-tables"] ?? []);
			} catch (_) {
				_usingCtx$1.e = _;
			} finally {
				await _usingCtx$1.d();
			}
		}
	});
	if (!result.seen) ports.report.warning("No migration history that is known was found: a rollback will see schema changes, but not data-only migrations. Name the tool's table in `history-tables`.");
	return result;
}
async function warnAbsentTables(environment) {
	try {
		var _usingCtx3 = _usingCtx();
		const tables = environment.shared["history-tables"] ?? [];
		if (tables.length === 0) return;
		const database = await databaseOf(environment);
		const connection = _usingCtx3.a(await database.connect("look"));
		const absent = await absentTables(connection, tables);
		if (absent.length > 0) environment.ports.report.warning(`\`history-tables\` names ${absent.join(", ")}, which ${absent.length === 1 ? "is" : "are"} not in the database (yet).`);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function refuseOldSavepoint(environment, deploy) {
	const backup = deploy.steps.findLast((step) => step.step === "backup" && step.state === "done");
	if (backup?.endedAt === void 0) return;
	const age = environment.ports.clock.now().getTime() - Date.parse(backup.endedAt);
	const limit = environment.shared["max-savepoint-age"];
	if (age <= limit) return;
	throw refusal(`This deploy's savepoint is ${formatDuration(age)} old; at most ${formatDuration(limit)} is allowed.`, {
		hint: changedSomething(deploy) ? "What was written since would be lost on the way back. Roll back and deploy again, or raise `max-savepoint-age`." : "Back up again (run `backup` once more in this deploy), or raise `max-savepoint-age`.",
		code: "savepoint-too-old"
	});
}
function describeMigrated(outputs) {
	if (outputs.reverted !== void 0) {
		const now = outputs.current === "" ? "none is applied now" : `now at ${outputs.current}`;
		return outputs.reverted.length === 0 ? `nothing to take back, ${now}` : `${plural(outputs.reverted.length, "migration")} taken back (${outputs.reverted.join(", ")}), ${now}`;
	}
	if (outputs.applied.length === 0) return outputs.current === "" ? "nothing to apply" : `nothing to apply, at ${outputs.current}`;
	const named = outputs.applied.length <= 5 ? ` (${outputs.applied.join(", ")})` : "";
	return `${plural(outputs.applied.length, "migration")} applied${named}, now at ${outputs.current}`;
}
function titleOf(environment, settings) {
	if (settings.run !== void 0) return `Migrating ${environment.title} with its own tool`;
	return settings.command === "down" ? `Taking migrations of ${environment.title} back` : `Migrating ${environment.title}`;
}
async function hasMigrations(environment, settings, commit) {
	if (settings.run !== void 0 || environment.settings.text("migrate", "directory") !== void 0) return true;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return await clone.listFiles(commit, settings.directory) !== void 0;
	return await exists(environment.ports.here, `${environment.ports.cwd}/${settings.directory}`);
}
export { refuseOldSavepoint as a, migrateInStep as i, hasMigrations as n, migrateDatabase as r, describeMigrated as t };
