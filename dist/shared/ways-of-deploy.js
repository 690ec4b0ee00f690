import { _ as stopIfCancelled, c as plural, d as Cancelled, f as Failure, g as refusal, h as messageOf, o as formatDuration, p as clauseOf, u as shortCommit } from "./secret.js";
import { g as qualified, m as identifier } from "./printable.js";
import { A as refuseForeign, Cr as _usingCtx, D as locateHistory, E as historySchema, Ir as beingTakenBack, Kt as newestFirst, Lr as changedSomething, M as statementProblem, Mt as replacedDatabases, N as wordsOf, P as backupStore, S as compareMigrationVersions, Sr as OURS, T as historyName, _ as splitStatements, an as stateOf, at as readSchemaView, b as canonicalVersion, j as outsideTransaction, k as readRows, nt as compareSchemas, ot as sameSchema, qn as ownDeployOver, rt as historyDifference, tn as databaseOf, v as readSections, w as sameMigrationVersion, wr as positionEvidence, zr as knownAsFailed } from "./text.js";
import { H as nextCommand, Q as mayChange, U as rollbackCommand, W as statusWay, X as STEPS, n as isEarlierAttempt, tt as takesBack } from "./owner.js";
// src/postgres/sessions.ts
const POLL_MS$1 = 1e3;
const SAY_EVERY_MS = 3e4;
function patterns(purposes) {
	return purposes.flatMap((purpose) => {
		const escaped = `${OURS}${purpose}`.replaceAll(/[\\%_]/g, "\\$&");
		return [escaped, `${escaped} %`];
	});
}
const END_TRIES = 50;
const END_POLL_MS = 100;
async function endOurSessions(database) {
	try {
		var _usingCtx$5 = _usingCtx();
		const connection = _usingCtx$5.a(await database.connectMaintenance("end"));
		const where = `pid <> pg_backend_pid() AND starts_with(application_name, $2)
    AND (right(application_name, length($3)) = $3 OR (datname = $1 AND NOT application_name LIKE ANY ($4::text[])))`;
		const values = [
			database.name,
			OURS,
			database.holdersMark,
			patterns(["backup"])
		];
		const ended = await connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`, values);
		for (let tries = 0;; tries += 1) {
			const left = await connection.query(`SELECT pid, application_name AS name FROM pg_stat_activity WHERE ${where}`, values);
			if (left.length === 0) return ended.length;
			if (tries === END_TRIES) throw new Failure(`${plural(left.length, "session")} of an earlier step in ${database.name} did not end.`, {
				code: "timeout",
				evidence: left.map(({ pid, name }) => `session ${pid} (${name})`),
				hint: "Look at what the server does there; restarting it ends them."
			});
			await connection.query("SELECT pg_sleep($1::float8 / 1000)", [END_POLL_MS]);
		}
	} catch (_) {
		_usingCtx$5.e = _;
	} finally {
		await _usingCtx$5.d();
	}
}
async function waitForDumps(database, { clock, report, signal, timeoutMs }) {
	try {
		var _usingCtx3 = _usingCtx();
		const started = clock.now().getTime();
		let said;
		const connection = _usingCtx3.a(await database.connectMaintenance("wait", { signal }));
		for (;;) {
			const dumps = await connection.query("SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE ANY ($2::text[]) ORDER BY pid", [database.name, patterns(["backup"])]);
			if (dumps.length === 0) return;
			const now = clock.now().getTime();
			const shown = dumps.map((dump) => `session ${dump.pid} (${dump.name})`);
			if (now - started >= timeoutMs) throw new Failure(`A backup of ${database.name} still runs after ${formatDuration(timeoutMs)}.`, {
				code: "timeout",
				evidence: shown,
				hint: "Wait for it to end, or end it, and run this step again."
			});
			if (said === void 0 || now - said >= SAY_EVERY_MS) {
				report.say(`Waiting for ${plural(dumps.length, "session")} of a running backup of ${database.name}: ${shown.join(", ")}`);
				said = now;
			}
			await clock.sleep(POLL_MS$1, signal);
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
const STEP_DEAD_AFTER = 6e4;
function admit(request) {
	const admission = admitByTurn(request);
	if (request.tooOld === void 0 || request.wants !== "open") return admission;
	const opens = admission.do === "open" || admission.do === "abandon";
	const waits = admission.do === "wait" && request.ledger.open?.owner !== request.me.id;
	return opens || waits ? {
		do: "refuse",
		failure: request.tooOld
	} : admission;
}
function admitByTurn(request) {
	const { ledger, lock, me } = request;
	const open = ledger.open;
	const silentMs = silence(request, open);
	if (lock.state === "held" && lock.beat?.running !== false && !request.beaterDead && lock.silentMs < 6e4) return {
		do: "wait",
		why: `${lock.holder.owner === me.id ? me.terminal ? `another command of ${me.id}` : "another step of this run" : `${lock.holder.owner}${lock.holder.run === void 0 ? "" : ` (${lock.holder.run})`}`} is running ${lock.beat?.step ?? "a step"} on ${request.title}`
	};
	const over = endedMeanwhile(request);
	if (over !== void 0) return {
		do: "refuse",
		failure: over
	};
	if (open === void 0) return { do: request.wants === "open" ? "open" : "lock" };
	if (request.wants === "end") return endsNow(request, open, silentMs) ? {
		do: "continue",
		deploy: open
	} : {
		do: "wait",
		why: livesOn(request, open)
	};
	if (open.end !== void 0) return {
		do: "refuse",
		failure: blockedBy(request, open, "failed and was not taken back")
	};
	if (isMine(request, open, silentMs)) {
		if (beingTakenBack(open)) return {
			do: "refuse",
			failure: blockedBy(request, open, "is being taken back, and that did not end")
		};
		if (request.commit === void 0 || request.commit === open.commit) return {
			do: "continue",
			deploy: open
		};
		if (me.terminal && request.wants === "open" && !changedSomething(open)) return {
			do: "abandon",
			deploy: open,
			why: `it had changed nothing, and ${open.owner} goes on with ${shortCommit(request.commit)}`
		};
		return {
			do: "refuse",
			failure: refusal(`This run's open deploy ${open.id} is of ${shortCommit(open.commit)}, and this step is about ${shortCommit(request.commit)}.`, {
				code: "other-commit",
				hint: "One run deploys one commit. End the open deploy first: a rollback takes it back, and `mark-stable` keeps it."
			})
		};
	}
	const gone = ownerGone(request, open, silentMs);
	if (!changedSomething(open)) {
		if (gone || silentMs >= 12e4) return request.wants === "open" ? {
			do: "abandon",
			deploy: open,
			why: `${open.owner} is gone and had changed nothing`
		} : { do: "lock" };
		return waitOrRefuse(request, open, `${open.owner} has opened ${open.id} (${shortCommit(open.commit)}) on ${request.title}`);
	}
	if (gone) return {
		do: "refuse",
		failure: blockedBy(request, open, `was left by ${open.owner}, ${formatDuration(silentMs)} ago`)
	};
	return waitOrRefuse(request, open, `${open.owner} is deploying ${shortCommit(open.commit)} to ${request.title}`);
}
function endedMeanwhile({ ledger, me, wants }) {
	if (wants !== "join" && wants !== "mark") return void 0;
	const last = ownDeployOver(ledger, me);
	if (last?.end === void 0 || last.end.blocks) return void 0;
	return refusal(`This run's deploy ${last.id} is over (${last.end.as}: ${last.end.why}; by ${last.end.by}), and this step would go on without it.`, {
		hint: "Backup, migrations and switch belong to one deploy: choose \"Re-run all jobs\".",
		code: "deploy-over"
	});
}
function waitOrRefuse({ wants }, open, why) {
	if (wants !== "mark") return {
		do: "wait",
		why
	};
	return {
		do: "refuse",
		failure: refusal(`Nothing can be marked stable now: ${why}.`, {
			hint: `Wait for ${open.id} to end.`,
			code: "busy"
		})
	};
}
function endsNow(request, open, silentMs) {
	return open.end !== void 0 || open.owner === request.me.id || request.beaterDead || silentMs >= 6e4 || ownerGone(request, open, silentMs);
}
function livesOn({ title }, open) {
	return `${open.owner} was deploying ${shortCommit(open.commit)} to ${title} less than ${formatDuration(STEP_DEAD_AFTER)} ago, and may go on`;
}
function silence({ lock, now }, open) {
	if (lock.state === "held") return lock.silentMs;
	return open === void 0 ? Number.POSITIVE_INFINITY : Math.max(0, now.getTime() - Date.parse(open.lastAt));
}
function isMine({ me, leaseMs }, open, silentMs) {
	return open.owner === me.id && (!me.terminal || silentMs <= leaseMs);
}
function ownerGone({ me, leaseMs, ownerCompleted }, open, silentMs) {
	if (!me.terminal && isEarlierAttempt(open.owner, me.id)) return true;
	return ownerCompleted ?? silentMs > leaseMs;
}
function blockedBy({ title }, open, how) {
	return refusal(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${title} ${how}; it may have changed code or database.`, {
		hint: "Take it back first; a new deploy would build on an unknown state.",
		state: open.steps.map((step) => `${step.step}: ${step.state === "running" ? "did not end" : step.state}`),
		code: "blocked"
	});
}
// src/deploy/lock/process-identity.ts
const SELF = `
p=$PPID
[ -r /proc/$p/stat ] || exit 0
printf '%s/%s/%s/%s' "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)" "$p" "$(sed 's/.*) //' /proc/$p/stat | cut -d' ' -f20)"`;
const IS_DEAD = `
boot=\${1%%/*}; rest=\${1#*/}; ns=\${rest%%/*}; rest=\${rest#*/}; pid=\${rest%%/*}; start=\${rest#*/}
[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || exit 1
[ -n "$ns" ] && [ "$ns" = "$(readlink /proc/self/ns/pid)" ] || exit 1
# Where others' processes are hidden (hidepid), the first one is too, and nothing is known of any.
[ -r /proc/1/stat ] || exit 1
[ -r "/proc/$pid/stat" ] || exit 0
[ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" = "$start" ] && exit 1
exit 0`;
async function processIdentity(here) {
	return (await here.run({ words: [
		"sh",
		"-c",
		SELF
	] })).stdout;
}
async function isDead(here, identity) {
	if (identity === "") return false;
	return (await here.run({ words: [
		"sh",
		"-c",
		IS_DEAD,
		"sh",
		identity
	] })).code === 0;
}
// src/migration/concurrently.ts
function traceOf(statement) {
	const what = outsideTransaction(wordsOf(statement));
	if (what !== "CREATE INDEX CONCURRENTLY" && what !== "DROP INDEX CONCURRENTLY") return { kind: "none" };
	const words = [...wordsOf(statement)];
	const raw = statement.tokens.map((token) => statement.sql.slice(token.start - offsetOf(statement), token.end - offsetOf(statement)));
	let at = words.indexOf("CONCURRENTLY") + 1;
	if (words[at] === "IF") at += words[at + 1] === "NOT" ? 3 : 2;
	if (words[at] === "ON" && what === "CREATE INDEX CONCURRENTLY") return { kind: "none" };
	const [index, afterIndex] = readName(raw, at);
	if (what === "DROP INDEX CONCURRENTLY") return {
		kind: "drops-index",
		index
	};
	const on = words.indexOf("ON", afterIndex);
	const [table] = readName(raw, words[on + 1] === "ONLY" ? on + 2 : on + 1);
	return {
		kind: "creates-index",
		index: bareName(raw, at),
		table
	};
}
function offsetOf(statement) {
	return statement.tokens[0]?.start ?? 0;
}
function readName(raw, from) {
	let at = from;
	let name = raw[at] ?? "";
	while (raw[at + 1] === ".") {
		name += `.${raw[at + 2] ?? ""}`;
		at += 2;
	}
	return [name, at + 1];
}
function bareName(raw, at) {
	const name = raw[at] ?? "";
	return name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name.toLowerCase();
}
async function indexState(connection, trace) {
	const byTable = trace.kind === "creates-index";
	const row = (await connection.query(`SELECT n.nspname::text AS schema, c.relname::text AS name, i.indisvalid AS valid
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${byTable ? "i.indrelid = to_regclass($1) AND c.relname = $2" : "c.oid = to_regclass($1)"}`, byTable ? [trace.table, trace.index] : [trace.index]))[0];
	if (row === void 0) return {
		state: "absent",
		name: trace.index
	};
	return {
		state: row.valid ? "valid" : "invalid",
		name: qualified(row.schema, row.name)
	};
}
async function existedBefore(connection, statement) {
	const trace = traceOf(statement);
	return trace.kind !== "none" && (await indexState(connection, trace)).state !== "absent";
}
async function dropInvalid(connection, statement) {
	const trace = traceOf(statement);
	if (trace.kind !== "creates-index") return void 0;
	const found = await indexState(connection, trace);
	if (found.state !== "invalid") return void 0;
	await connection.exec(`DROP INDEX CONCURRENTLY ${found.name}`);
	return found.name;
}
async function refuseForeignInvalid(connection, statement, file) {
	const trace = traceOf(statement);
	if (trace.kind !== "creates-index") return;
	const found = await indexState(connection, trace);
	if (found.state !== "invalid") return;
	throw new Failure(`${file}:${statement.line}: an INVALID index ${found.name} is there already, left by something else.`, {
		code: "invalid-index",
		hint: `Look at it, then: DROP INDEX CONCURRENTLY ${found.name};`
	});
}
// src/migration/blockers.ts
const ACTIVITY = `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS user,
    coalesce(a.state, 'state not visible') AS state, coalesce(a.query, '') AS query,
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start)) * 1000, 0)::float8 AS for_ms
  FROM pg_stat_activity a`;
async function blockersOf(connection, pid) {
	return await readActivity(connection, `${ACTIVITY} WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.pid`, [pid]);
}
async function holdersOf(connection, key) {
	return await readActivity(connection, `${ACTIVITY} JOIN pg_locks l ON l.pid = a.pid WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid AND l.objsubid = 2 AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY a.pid`, [key.group, key.number]);
}
async function readActivity(connection, sql, values) {
	return (await connection.query(sql, values)).map((row) => ({
		pid: row.pid,
		application: row.application,
		user: row.user,
		state: row.state,
		forMs: Math.max(0, row.for_ms),
		statement: firstWords(row.query)
	}));
}
function describeBlocker(blocker) {
	const who = [blocker.application || "no application name", `user ${blocker.user}`].join(", ");
	const statement = blocker.statement === "" ? "" : `: ${blocker.statement} …`;
	return `pid ${blocker.pid} (${who}): ${blocker.state}, transaction open for ${formatDuration(blocker.forMs)}${statement}`;
}
function firstWords(sql) {
	const plain = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ").trim();
	return /^(?:[A-Za-z_][\w.]*\s*){0,4}/.exec(plain)?.[0].trim() ?? "";
}
const LONGEST_STATEMENT = 120;
function wholeStatement(sql) {
	const plain = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ").replaceAll(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$/g, "'…'").replaceAll(/\s+/g, " ").trim();
	return plain.length <= LONGEST_STATEMENT ? plain : `${plain.slice(0, LONGEST_STATEMENT).trimEnd()} …`;
}
var BlockerWatch = class {
	last = [];
	#stop = new AbortController();
	#watching;
	constructor(request) {
		this.#watching = this.#watch(request).catch((error) => error);
	}
	async #watch(request) {
		let told = "";
		while (!this.#stop.signal.aborted) {
			await request.clock.sleep(request.intervalMs, this.#stop.signal);
			const blockers = await blockersOf(request.observer, request.pid);
			if (blockers.length === 0) continue;
			this.last = blockers;
			const pids = blockers.map((blocker) => blocker.pid).join();
			if (pids !== told) request.onBlocked(blockers);
			told = pids;
		}
	}
	async [Symbol.asyncDispose]() {
		this.#stop.abort();
		const ended = await this.#watching;
		if (ended instanceof Error && !(ended instanceof Cancelled) && !(ended instanceof Failure)) throw ended;
	}
};
// src/migration/sql-error.ts
const HINTS = {
	"25001": "This statement cannot run in a transaction: put it into a file of its own with a line `-- no-transaction` under `-- UP`.",
	"55P04": "A value added to an enum can be used only after its transaction: add it in a migration of its own, before this one.",
	"57014": "The statement was cancelled, by `statement-timeout` or by hand: raise the timeout where the statement needs the time.",
	"42P07": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same.",
	"42701": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same."
};
function statementFailure(error, statement, place) {
	if (!(error instanceof Failure) || error.code === void 0 || !/^[0-9A-Z]{5}$/.test(error.code)) return error;
	const position = positionOf(error.cause);
	const own = position === void 0 ? [] : positionEvidence(statement.sql, position);
	const padding = statement.line - 1;
	const inFile = position === void 0 ? [] : positionEvidence("\n".repeat(padding) + statement.sql, position + padding);
	const line = own.length === 0 ? statement.line : statement.line + Number(/^line (\d+)/.exec(own[0] ?? "")?.[1] ?? 1) - 1;
	return new Failure(`${place.file}:${line}: ${error.message}`, {
		code: error.code,
		cause: error.cause,
		hint: HINTS[error.code] ?? error.hint,
		evidence: [...inFile.length > 0 ? inFile : [`line ${line}: ${firstWords(statement.sql)} …`], ...error.evidence.slice(own.length)]
	});
}
function positionOf(cause) {
	if (typeof cause !== "object" || cause === null || !("position" in cause)) return void 0;
	const position = Number(cause.position);
	return Number.isInteger(position) && position > 0 ? position : void 0;
}
// src/migration/lock.ts
const KEY = {
	group: 1396790853,
	number: 1296648018
};
const RUN = "migrate run";
const WAIT_MS = 3e5;
const POLL_MS = 500;
const LEFTOVER_WAIT_MS = 15e3;
async function holdMigrationLock(request) {
	const { clock, random, report, signal } = request.ports;
	const connection = await request.database.connect("migrate lock");
	try {
		const until = clock.now().getTime() + (request.waitMs ?? WAIT_MS);
		let told = false;
		while (!await tryLock(connection)) {
			const holders = (await holdersOf(connection, KEY)).map(describeBlocker);
			if (clock.now().getTime() >= until) throw new Failure(`Another migration run holds this database's lock; waited ${formatDuration(request.waitMs ?? WAIT_MS)}.`, {
				code: "migration-lock",
				evidence: holders,
				hint: "Wait for it, or end its session with SELECT pg_terminate_backend(<pid>)."
			});
			if (!told) report.say(`Waiting for another migration run: ${holders.join("; ") || "just ending"}`);
			told = true;
			await clock.sleep(POLL_MS + Number.parseInt(random(2), 16) % POLL_MS, signal);
		}
		await endLeftoverRuns(connection, request.ports);
		return new MigrationLock(connection);
	} catch (error) {
		await connection[Symbol.asyncDispose]();
		throw error;
	}
}
async function tryLock(connection) {
	return (await connection.query("SELECT pg_try_advisory_lock($1, $2) AS locked", [KEY.group, KEY.number]))[0]?.locked === true;
}
async function endLeftoverRuns(connection, { clock, report, signal }) {
	const find = async () => await connection.query(`SELECT pid, pg_has_role(current_user, usesysid, 'MEMBER') AS mine FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1 AND pid <> pg_backend_pid()`, [`${OURS}${RUN}%`]);
	const until = clock.now().getTime() + LEFTOVER_WAIT_MS;
	for (let left = await find(); left.length > 0; left = await find()) {
		const mine = left.filter((session) => session.mine).map((session) => session.pid);
		if ((await connection.query("SELECT FROM unnest($1::int[]) AS pid WHERE pg_terminate_backend(pid)", [mine])).length > 0) report.say(`Ended what a killed migration run left running (pid ${mine.join(", ")})`);
		if (clock.now().getTime() >= until) throw new Failure(`A killed migration run still has a session (pid ${left.map((session) => session.pid).join(", ")}).`, {
			code: "migration-lock",
			hint: `SELECT pg_terminate_backend(${left[0]?.pid});`
		});
		await clock.sleep(200, signal);
	}
}
var MigrationLock = class {
	connection;
	constructor(connection) {
		this.connection = connection;
	}
	async confirm() {
		try {
			if ((await holdersOf(this.connection, KEY)).some((holder) => holder.pid === this.connection.pid)) return;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			throw new Failure("The session that holds the migration lock was lost, so another run may be at work.", {
				code: "migration-lock",
				cause: error,
				evidence: [error.message, ...error.evidence],
				hint: "Run it again: it goes on behind what is applied."
			});
		}
		throw new Failure("The migration lock was lost, so another run may be at work.", {
			code: "migration-lock",
			hint: "Run it again: it goes on behind what is applied."
		});
	}
	async [Symbol.asyncDispose]() {
		await this.connection[Symbol.asyncDispose]();
	}
};
const WORTH_ANOTHER_TRY = ["55P03", "40P01"];
const RECONNECT_MS = 3e4;
async function runInTransaction(script, world, history) {
	for (let attempt = 1;; attempt += 1) {
		const blocked = await attemptOnce(script, world, history);
		if (blocked === void 0) return;
		if (attempt === 5) throw blocked;
		const pause = attempt * 1e3 + Number.parseInt(world.ports.random(2), 16) % 1e3;
		world.ports.report.say(`${script.file}: no lock within ${formatDuration(world.limits.lockTimeoutMs)}, rolled back; try ${attempt + 1} of 5 in ${formatDuration(pause)}`);
		await world.ports.clock.sleep(pause, world.ports.signal);
	}
}
async function attemptOnce(script, world, history) {
	try {
		var _usingCtx$4 = _usingCtx();
		const { database, ports, limits } = world;
		const connection = _usingCtx$4.a(await openSession(world));
		const watch = _usingCtx$4.a(watchBlockers(world, connection.pid));
		let committing = false;
		try {
			await connection.transaction(async () => {
				await connection.exec(`SET LOCAL lock_timeout = ${limits.lockTimeoutMs}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
				for (const statement of script.statements) try {
					await connection.exec(statement.sql);
				} catch (error) {
					throw statementFailure(error, statement, script);
				}
				await connection.exec("RESET SESSION AUTHORIZATION; RESET ROLE");
				await history.record(connection);
				committing = true;
			}, "ISOLATION LEVEL READ COMMITTED READ WRITE");
			return;
		} catch (error) {
			if (error instanceof Failure && WORTH_ANOTHER_TRY.includes(error.code ?? "")) return scriptLockFailure(error, watch, limits);
			if (!(error instanceof Failure) || error.code !== "connection-lost") throw inTransaction(error, script);
			if (!committing) throw error.with({ hint: `${script.file} had not been committed, so nothing of it is in the database. Run it again.` });
			return await settle(error, script, {
				database,
				ports,
				pid: connection.pid,
				isRecorded: history.isRecorded
			});
		}
	} catch (_) {
		_usingCtx$4.e = _;
	} finally {
		await _usingCtx$4.d();
	}
}
function inTransaction(error, script) {
	if (!(error instanceof Failure) || error.message.startsWith(script.file)) return error;
	return new Failure(`${script.file}: at its end: ${error.message}`, {
		code: error.code,
		cause: error.cause,
		evidence: error.evidence,
		hint: error.hint
	});
}
async function openSession(world) {
	const { database, ports } = world;
	return await database.connect(RUN, {
		signal: ports.signal,
		onNotice: (text) => ports.report.detail(text)
	});
}
function watchBlockers(world, pid) {
	const { limits, ports, lock } = world;
	const intervalMs = limits.lockTimeoutMs === 0 ? 500 : Math.min(500, Math.max(50, Math.floor(limits.lockTimeoutMs / 4)));
	return new BlockerWatch({
		observer: lock.connection,
		pid,
		clock: ports.clock,
		intervalMs,
		onBlocked: (blockers) => ports.report.say(`Waits for a lock held by ${blockers.map(describeBlocker).join("; ")}`)
	});
}
function scriptLockFailure(error, watch, limits) {
	const pid = watch.last[0]?.pid;
	const deadlock = error.code === "40P01";
	return error.with({
		evidence: [...error.evidence, ...watch.last.map((blocker) => `held by ${describeBlocker(blocker)}`)],
		hint: deadlock ? "It and another session waited for each other, several times: let that one end first." : `Let that session end, or end it${pid === void 0 ? "" : ` (SELECT pg_terminate_backend(${pid});)`}, or raise lock-timeout (${formatDuration(limits.lockTimeoutMs)}, 5 tries).`
	});
}
async function settle(lost, script, world) {
	const { clock, report, signal } = world.ports;
	const until = clock.now().getTime() + RECONNECT_MS;
	for (;;) {
		stopIfCancelled(signal);
		try {
			try {
				var _usingCtx3 = _usingCtx();
				const connection = _usingCtx3.a(await world.database.connect("migrate check"));
				if ((await connection.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND datname = current_database() AND application_name = $2", [world.pid, world.database.applicationName("migrate run")])).length === 0) {
					if (!await world.isRecorded(connection)) throw lost.with({
						code: "rolled-back",
						hint: `The connection dropped at COMMIT of ${script.file}; the database says that it was rolled back. Run it again.`
					});
					report.warning(`The connection dropped at COMMIT of ${script.file}; the database says that it was committed.`);
					return;
				}
			} catch (_) {
				_usingCtx3.e = _;
			} finally {
				await _usingCtx3.d();
			}
		} catch (error) {
			if (error instanceof Cancelled || error instanceof Failure && error.code === "rolled-back") throw error;
			report.detail(`not back yet: ${error instanceof Error ? error.message : String(error)}`);
		}
		if (clock.now().getTime() >= until) throw lost.with({
			code: "outcome-unknown",
			exit: 3,
			hint: `The connection dropped at COMMIT of ${script.file}, and the server was not reached again within ${formatDuration(RECONNECT_MS)}: whether it was committed, the command \`migrate status\` will tell.`
		});
		await clock.sleep(500, signal);
	}
}
// src/migration/by-statement.ts
const AFTERMATH = {
	lockTimeout: 2e3,
	statementTimeout: 4e3
};
async function runByStatement(script, world, bookmark) {
	const of = script.statements.length;
	let progress = bookmark.from ?? {
		direction: bookmark.direction,
		done: 0,
		of
	};
	try {
		try {
			var _usingCtx$3 = _usingCtx();
			const connection = _usingCtx$3.a(await openSession(world));
			if (bookmark.from !== void 0) world.ports.report.say(`${script.file}: goes on behind statement ${progress.done} of ${of}`);
			for (const [index, statement] of script.statements.entries()) {
				if (index < progress.done) continue;
				stopIfCancelled(world.ports.signal);
				const resumed = bookmark.from?.intent?.index === index ? bookmark.from.intent : void 0;
				const existed = resumed?.existed ?? await existedBefore(connection, statement);
				progress = {
					direction: bookmark.direction,
					done: index,
					of,
					intent: {
						index,
						existed
					}
				};
				await bookmark.save(connection, progress);
				if (resumed === void 0) await refuseForeignInvalid(connection, statement, script.file);
				const done = {
					direction: bookmark.direction,
					done: index + 1,
					of
				};
				const save = async () => await bookmark.save(connection, done);
				if (resumed !== void 0 && await isDone(connection, statement, existed)) await save();
				else await runOne(statement, script, {
					...world,
					connection,
					existed,
					save
				});
				progress = done;
			}
			await bookmark.finish(connection);
		} catch (_) {
			_usingCtx$3.e = _;
		} finally {
			await _usingCtx$3.d();
		}
	} catch (error) {
		throw await aftermath(error, script, world, bookmark, progress);
	}
}
async function isDone(connection, statement, existed) {
	const trace = traceOf(statement);
	if (trace.kind === "none") return false;
	const { state } = await indexState(connection, trace);
	return trace.kind === "creates-index" ? !existed && state === "valid" : existed && state === "absent";
}
async function runOne(statement, script, world) {
	try {
		var _usingCtx3 = _usingCtx();
		const { connection, limits, ports } = world;
		const alone = outsideTransaction(wordsOf(statement));
		const lockTimeout = alone === void 0 ? limits.lockTimeoutMs : 0;
		const watch = _usingCtx3.a(watchBlockers(world, connection.pid));
		for (let attempt = 1;; attempt += 1) try {
			if (!world.existed) await dropOwnInvalid(statement, world);
			if (alone !== void 0 || mayCommit(statement)) {
				await connection.exec(`SET lock_timeout = ${lockTimeout}`);
				await connection.exec(`SET statement_timeout = ${limits.statementTimeoutMs}`);
				await connection.exec(statement.sql);
				await world.save();
			} else await connection.transaction(async () => {
				await connection.exec(`SET LOCAL lock_timeout = ${lockTimeout}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
				await connection.exec(statement.sql);
				await world.save();
			});
			return;
		} catch (error) {
			const failure = statementFailure(error, statement, script);
			if (!(failure instanceof Failure) || !WORTH_ANOTHER_TRY.includes(failure.code ?? "")) throw failure;
			if (attempt === 5) throw scriptLockFailure(failure, watch, limits);
			ports.report.say(`${script.file}:${statement.line}: no lock within ${formatDuration(limits.lockTimeoutMs)}; try ${attempt + 1} of 5 follows`);
			await ports.clock.sleep(attempt * 1e3 + Number.parseInt(ports.random(2), 16) % 1e3, ports.signal);
		}
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function dropOwnInvalid(statement, world) {
	const dropped = await dropInvalid(world.connection, statement);
	if (dropped !== void 0) world.ports.report.say(`Dropped the INVALID index ${dropped} that an interrupted run left`);
}
function mayCommit(statement) {
	const [first] = wordsOf(statement);
	return first === "DO" || first === "CALL";
}
async function aftermath(error, script, world, bookmark, progress) {
	const notes = [];
	try {
		try {
			var _usingCtx4 = _usingCtx();
			const connection = _usingCtx4.a(await world.database.connect("migrate look", AFTERMATH));
			const statement = script.statements[progress.done];
			let clean = true;
			if (statement !== void 0 && progress.intent !== void 0 && !progress.intent.existed) {
				const dropped = await dropInvalid(connection, statement);
				if (dropped !== void 0) notes.push(`the INVALID index ${dropped} that it left was dropped`);
				clean = !mayCommit(statement) && !await isDone(connection, statement, false);
			}
			await bookmark.fail(connection, progress, progress.done === 0 && clean);
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (problem) {
		notes.push(`how far it came could not be noted afterwards: ${problem instanceof Error ? problem.message : String(problem)}`);
	}
	if (!(error instanceof Failure)) {
		for (const note of notes) world.ports.report.say(`${script.file}: ${note}`);
		return error;
	}
	if (error.code === "connection-lost") return error.with({
		evidence: [...error.evidence, ...notes],
		hint: "Its history row says how far it came; the next run goes on there.",
		state: [`${script.file}: stopped at statement ${progress.done + 1} of ${progress.of}`]
	});
	const where = progress.done === 0 ? "Nothing of it was done" : `${progress.done} of ${progress.of} statements are done and stay`;
	return error.with({
		evidence: [...error.evidence, ...notes],
		state: [`${script.file}: ${where}; it has no transaction around it, and the next run goes on there`]
	});
}
// src/migration/history-writing.ts
async function createHistory(connection) {
	const place = await locateHistory(connection);
	refuseForeign(place);
	if (place.state === "ours") return place.schema;
	try {
		await connection.exec(`
      CREATE TABLE ${historyName(place.schema)} (
        version text PRIMARY KEY,
        description text NOT NULL,
        checksum text NOT NULL,
        state text NOT NULL CHECK (state IN ('running', 'applied', 'failed')),
        started_at timestamptz NOT NULL,
        duration_ms bigint NOT NULL,
        applied_by text NOT NULL,
        deploy_id text,
        up_sql text NOT NULL,
        down_sql text,
        irreversible boolean NOT NULL,
        progress jsonb
      );
      COMMENT ON TABLE ${historyName(place.schema)} IS 'Savepoint: the migrations applied to this database'`);
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "42501") throw error;
		const role = identifier(connection.target.user);
		throw error.with({
			exit: 2,
			hint: `GRANT CREATE ON SCHEMA ${identifier(place.schema)} TO ${role}`
		});
	}
	return place.schema;
}
async function insertRow(connection, schema, migration, row) {
	await connection.query(`INSERT INTO ${historyName(schema)}
       (version, description, checksum, state, started_at, duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress)
     VALUES ($1, $2, $3, $4, transaction_timestamp(), extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000, $5, $6, $7, $8, $9, $10)`, [
		migration.version,
		migration.description,
		migration.checksum,
		row.state,
		row.appliedBy,
		row.deployId ?? null,
		migration.up.sql,
		storedDown(migration),
		migration.down.state === "irreversible",
		row.progress === void 0 ? null : JSON.stringify(row.progress)
	]);
}
function storedDown(migration) {
	if (migration.down.state !== "given") return null;
	const { sql, transactional } = migration.down.script;
	const marked = /^[ \t]*--[ \t]*no-transaction[ \t]*$/im.test(sql);
	return transactional || marked ? sql : `-- no-transaction\n${sql}`;
}
async function updateProgress(connection, schema, version, state, progress) {
	await connection.query(`UPDATE ${historyName(schema)} SET state = $2, progress = $3,
       duration_ms = CASE WHEN $2 = 'applied' AND progress->>'direction' = 'up' THEN extract(epoch FROM clock_timestamp() - started_at) * 1000 ELSE duration_ms END
     WHERE version = $1`, [
		version,
		state,
		progress === void 0 ? null : JSON.stringify(progress)
	]);
}
async function replaceText(connection, schema, migration, version) {
	await connection.query(`UPDATE ${historyName(schema)} SET version = $2, description = $3, checksum = $4, up_sql = $5, down_sql = $6, irreversible = $7 WHERE version = $1`, [
		version,
		migration.version,
		migration.description,
		migration.checksum,
		migration.up.sql,
		storedDown(migration),
		migration.down.state === "irreversible"
	]);
}
async function noteFailure(connection, schema, version, wrote, becomes) {
	const where = "WHERE version = $1 AND progress = $2::jsonb";
	const values = [version, JSON.stringify(wrote)];
	if (becomes === "gone") await connection.query(`DELETE FROM ${historyName(schema)} ${where}`, values);
	else if (becomes === "failed") await connection.query(`UPDATE ${historyName(schema)} SET state = 'failed' ${where}`, values);
	else await connection.query(`UPDATE ${historyName(schema)} SET state = 'applied', progress = NULL ${where}`, values);
}
async function deleteRow(connection, schema, version) {
	await connection.query(`DELETE FROM ${historyName(schema)} WHERE version = $1`, [version]);
}
// src/migration/down.ts
const DUMP_WAIT_MS = 18e5;
function planDown(rows, target) {
	const chosen = choose(rows.toReversed(), target);
	const problems = [];
	const losses = [];
	if ("keep" in target) {
		const have = new Set(rows.map((row) => canonicalVersion(row.version)));
		for (const version of target.keep) if (!have.has(canonicalVersion(version))) problems.push(`${version}: is not applied, and going down cannot bring it`);
	}
	return {
		steps: chosen.map((row) => {
			const script = scriptOf(row);
			const problem = problemOf(row, script);
			const lost = (script?.statements ?? []).flatMap((statement) => {
				const loss = lossOf(wordsOf(statement));
				return loss === void 0 ? [] : [`line ${statement.line} of its DOWN: ${loss}`];
			});
			if (problem !== void 0) problems.push(`${row.version} (${row.description}): ${problem}`);
			losses.push(...lost.map((loss) => `${row.version} (${row.description}), ${loss}`));
			return {
				row,
				losses: lost,
				...script !== void 0 && { script },
				...problem !== void 0 && { problem }
			};
		}),
		problems,
		losses
	};
}
async function downPlan(connection, keep) {
	const schema = await historySchema(connection);
	return planDown(schema === void 0 ? [] : await readRows(connection, schema), { keep });
}
function choose(latestFirst, target) {
	if ("steps" in target) return latestFirst.slice(0, target.steps);
	if ("to" in target) return latestFirst.filter((row) => compareMigrationVersions(row.version, target.to) > 0);
	const kept = new Set(target.keep.map(canonicalVersion));
	return latestFirst.filter((row) => !kept.has(canonicalVersion(row.version)));
}
function scriptOf(row) {
	if (row.downSql === void 0) return void 0;
	const { down } = readSections(row.downSql, "down");
	const { statements } = splitStatements(row.downSql);
	return {
		file: `the DOWN of ${row.version}`,
		sql: row.downSql,
		statements,
		transactional: down?.transactional ?? true
	};
}
function problemOf(row, script) {
	if (row.state !== "applied" && row.progress?.direction !== "down") return `is half applied (statement ${row.progress?.done ?? 0} of ${row.progress?.of ?? "?"}); let \`apply\` finish it first`;
	if (row.irreversible) return "is marked irreversible";
	if (script === void 0 || script.statements.length === 0) return "has no DOWN";
	return script.statements.map((statement) => statementProblem(statement, script.transactional)).find((problem) => problem !== void 0);
}
function lossOf(words) {
	const [first, second] = words;
	if (first === "TRUNCATE") return "TRUNCATE empties tables";
	if (first === "DELETE") return "DELETE removes rows";
	if (first === "DROP" && [
		"TABLE",
		"SCHEMA",
		"SEQUENCE",
		"DATABASE",
		"OWNED"
	].includes(second ?? "")) return `DROP ${second} loses what is in it`;
	if (first === "DROP" && second === "MATERIALIZED") return "DROP MATERIALIZED VIEW loses its rows";
	if (first === "ALTER" && second === "TABLE") {
		if (words.some((word, index) => word === "DROP" && ![
			"CONSTRAINT",
			"DEFAULT",
			"NOT",
			"IDENTITY",
			"EXPRESSION",
			"TRIGGER"
		].includes(words[index + 1] ?? ""))) return "ALTER TABLE … DROP loses a column's values";
	}
	if (words.includes("CASCADE")) return "CASCADE takes what depends on it along";
	return words.some((word, index) => word === "DELETE" && words[index + 1] === "FROM") ? "DELETE removes rows" : void 0;
}
async function downMigrations(request) {
	try {
		var _usingCtx$2 = _usingCtx();
		const { database, ports } = request;
		const lock = _usingCtx$2.a(await holdMigrationLock({
			database,
			ports,
			waitMs: request.lockWaitMs
		}));
		const schema = await historySchema(lock.connection);
		if (schema === void 0) refuseForeign(await locateHistory(lock.connection));
		const rows = schema === void 0 ? [] : await readRows(lock.connection, schema);
		refuseUnknown(rows, request.target);
		const plan = planDown(rows, request.target);
		refuseImpossible(plan);
		const reverted = [];
		const outputs = () => ({
			applied: [],
			pending: reverted,
			reverted,
			current: newest(rows.filter((row) => !reverted.includes(row.version)))
		});
		if (plan.steps.length === 0) return outputs();
		if (plan.losses.length > 0) ports.report.warning(`Going down loses data (by keyword): ${plan.losses.join("; ")}.`);
		await waitForDumps(database, {
			clock: ports.clock,
			report: ports.report,
			signal: ports.signal,
			timeoutMs: DUMP_WAIT_MS
		});
		const world = {
			database,
			lock,
			ports,
			limits: request.limits
		};
		for (const { row, script } of plan.steps) try {
			stopIfCancelled(ports.signal);
			await lock.confirm();
			const started = ports.clock.now().getTime();
			if (script !== void 0 && schema !== void 0) await downOne({
				row,
				script,
				schema,
				world
			});
			ports.report.say(`Took back ${row.version} (${row.description}) in ${formatDuration(ports.clock.now().getTime() - started)}`);
			reverted.push(row.version);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			const gone = reverted.length === 0 ? "Nothing was taken back" : `Taken back before it: ${reverted.join(", ")}`;
			throw error.with({
				outputs: {
					...error.outputs,
					applied: [],
					pending: reverted,
					current: outputs().current
				},
				state: [...error.state, gone]
			});
		}
		return outputs();
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
function refuseUnknown(rows, target) {
	if (!("to" in target) || /^0+$/.test(target.to) || rows.some((row) => sameMigrationVersion(row.version, target.to))) return;
	throw refusal(`Version ${target.to} is not applied, so there is no going down to it.`, {
		code: "migration-unknown",
		hint: `\`to\` is the version that stays, one of ${rows.map((row) => row.version).slice(-10).join(", ") || "none: nothing is applied"}; 0 takes everything back.`
	});
}
function refuseImpossible(plan) {
	const [first] = plan.problems;
	if (first === void 0) return;
	throw refusal(plan.problems.length === 1 ? `Cannot go down: ${first}.` : `Cannot go down: ${plan.problems.length} of ${plan.steps.length} migrations cannot be taken back.`, {
		code: "no-way-down",
		hint: "Nothing was run. Go down less far, or restore the savepoint: a rollback with `database: restore`.",
		...plan.problems.length > 1 && { evidence: plan.problems }
	});
}
async function downOne({ row, script, schema, world }) {
	if (!script.transactional) {
		await runByStatement(script, world, downBookmark(row, schema));
		return;
	}
	await runInTransaction(script, world, {
		record: async (connection) => await deleteRow(connection, schema, row.version),
		isRecorded: async (connection) => (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [row.version])).length === 0
	});
}
function downBookmark(row, schema) {
	return {
		from: row.progress?.direction === "down" ? row.progress : void 0,
		direction: "down",
		save: async (connection, progress) => await updateProgress(connection, schema, row.version, "running", progress),
		finish: async (connection) => await deleteRow(connection, schema, row.version),
		fail: async (connection, progress, untouched) => await noteFailure(connection, schema, row.version, progress, untouched ? "applied" : "failed")
	};
}
function newest(rows) {
	return rows.map((row) => row.version).toSorted(compareMigrationVersions).at(-1) ?? "";
}
// src/deploy/back/decision.ts
function decide(facts) {
	const { live, target, wish } = facts;
	if (live === void 0 && facts.unreadable === void 0) return {
		action: "none",
		why: "no database is configured"
	};
	if (wish === "keep") return {
		action: "kept",
		why: "`database: keep` was said",
		proven: live !== void 0 && target !== void 0 && sameSchema(live, target)
	};
	if (wish !== "restore" && live !== void 0 && target !== void 0 && sameSchema(live, target)) return {
		action: "kept",
		why: "its schema and migration history are the target's",
		proven: true
	};
	const changed = (live === void 0 || target === void 0 ? "different" : compareSchemas(live, target)) === "unknown" ? UNKNOWN : describeChange(live, target, facts.unreadable);
	if (wish === "down" || wish === "auto" && facts.preferDown) {
		if (facts.down.possible && target !== void 0) return {
			action: "down",
			why: `${changed}, and each migration since has a DOWN`,
			keep: facts.down.keep
		};
		if (wish === "down") return {
			action: "impossible",
			why: `\`database: down\` was said, and ${target === void 0 ? changed : facts.down.why}`,
			others: facts.others
		};
	}
	if (facts.savepoint !== void 0 && target !== void 0 && compareSchemas(facts.savepoint.schema, target) === "different") return {
		action: "impossible",
		why: `${changed}, and the savepoint ${facts.savepoint.id} is on another schema than the target's`,
		others: facts.others
	};
	if (facts.savepoint !== void 0) return {
		action: "restore",
		why: wish === "restore" ? "`database: restore` was said" : changed,
		savepoint: facts.savepoint
	};
	return {
		action: "impossible",
		why: `${changed}, and there is no savepoint to restore`,
		others: facts.others
	};
}
const UNKNOWN = "an earlier version of Savepoint or of PostgreSQL recorded the target's schema, which cannot be compared with what is there now";
function inWords(difference) {
	const said = {
		"+ ": "came since",
		"- ": "is gone",
		"~ ": "is not the same"
	}[difference.slice(0, 2)];
	return said === void 0 ? difference : `${difference.slice(2)} ${said}`;
}
function describeChange(live, target, unreadable) {
	if (live === void 0) return `the live database cannot be read (${unreadable})`;
	if (target === void 0) return "the target version's schema is not known";
	const difference = historyDifference(target.history, live.history);
	if (difference.length > 0) return `${plural(difference.length, "migration entry", "migration entries")} changed (${difference.slice(0, 3).map(inWords).join(", ")}${difference.length > 3 ? ", …" : ""})`;
	return "the schema changed, and no migration history says how";
}
function changesDatabase(decision) {
	return decision.action === "restore" || decision.action === "down";
}
// src/deploy/back/target.ts
function targetOfDeploy(ledger, deploy) {
	if (deploy.goingBack && deploy.toNothing) return before("it is where the rollback that is open was going", void 0);
	if (deploy.goingBack) {
		const stable = ledger.stable.some((one) => one.commit === deploy.commit);
		return {
			found: true,
			target: {
				commit: deploy.commit,
				schema: ledger.schemas.get(deploy.commit),
				why: "it is where the rollback that is open was going",
				stable
			}
		};
	}
	const stable = ledger.stable.findLast((one) => deploy.stableBefore.includes(one.commit));
	const nothingRan = deploy.ran === "nothing";
	if (stable !== void 0 && !nothingRan && (deploy.from === void 0 || deploy.from === stable.commit)) return found(stable, ledger, "it is latest-stable, and what this deploy was opened on", deploy.from === void 0 ? void 0 : deploy);
	if (stable !== void 0 && onSchemaOf(stable, ledger, deploy)) return found(stable, ledger, `it is latest-stable, and this deploy was opened on its schema (${deploy.from === void 0 ? "nothing" : shortCommit(deploy.from)} ran)`);
	if (nothingRan) return before("nothing ran when this deploy opened", deploy.live);
	if (deploy.from === void 0) return before("what ran before this deploy is not known, and without `app-dir` the code is not ours to move", deploy.live);
	if (knownAsFailed(ledger, deploy.from)) return {
		found: false,
		why: `${shortCommit(deploy.from)} ran when this deploy opened, and it is known to have failed`
	};
	return {
		found: true,
		target: {
			commit: deploy.from,
			...schemaAtOpening(ledger, deploy, deploy.from),
			why: `${seenAs(deploy)}, ${stable === void 0 ? "and no version is marked stable yet" : "deployed by hand over latest-stable"}`,
			stable: false
		}
	};
}
function before(why, live) {
	return {
		found: true,
		target: {
			commit: void 0,
			schema: live,
			why,
			stable: false
		}
	};
}
function seenAs({ ran }) {
	if (ran === "unhealthy") return "it was there when this deploy opened, though its health check did not pass then";
	return ran === void 0 ? "it was checked out when this deploy opened" : "it ran when this deploy opened";
}
function nameOf({ commit }) {
	return commit === void 0 ? "nothing" : shortCommit(commit);
}
function placeOf(target) {
	return target.commit === void 0 ? "what was before" : shortCommit(target.commit);
}
function schemaOwner(target) {
	return target.commit === void 0 ? "the savepoint" : nameOf(target);
}
function targetByHand(ledger, running) {
	if (ledger.wentBack !== void 0) {
		const { to } = ledger.wentBack;
		const stable = ledger.stable.findLast((one) => one.commit === to);
		return {
			found: true,
			target: {
				commit: to,
				schema: ledger.schemas.get(to),
				why: "it is where the last rollback went",
				stable: stable !== void 0
			}
		};
	}
	const latest = ledger.stable.at(-1);
	if (latest === void 0) return {
		found: false,
		why: ledger.nothingRuns ? "nothing runs here, and nothing is open" : "no version is marked stable"
	};
	if (running !== latest.commit || ledger.nothingRuns) return found(latest, ledger, "it is latest-stable");
	const before = ledger.stable.at(-2);
	if (before === void 0) return {
		found: false,
		why: `latest-stable (${shortCommit(latest.commit)}) is what runs, and no stable version came before it`
	};
	return found(before, ledger, `latest-stable (${shortCommit(latest.commit)}) is what runs, and this is the stable version before it`);
}
function found(stable, ledger, why, openedOn) {
	const { commit } = stable;
	const { schema, ...rest } = openedOn === void 0 ? { schema: ledger.schemas.get(commit) } : schemaAtOpening(ledger, openedOn, commit);
	return {
		found: true,
		target: {
			commit,
			schema: schema ?? stable.schema,
			...rest,
			why,
			stable: true
		}
	};
}
function schemaAtOpening(ledger, deploy, commit) {
	return {
		schema: deploy.live ?? ledger.schemas.get(commit),
		...deploy.apart && { apart: true }
	};
}
function onSchemaOf(stable, ledger, deploy) {
	const schema = ledger.schemas.get(stable.commit) ?? stable.schema;
	return schema !== void 0 && deploy.live !== void 0 && sameSchema(schema, deploy.live);
}
// src/deploy/back/bring-back.ts
function bringBack(environment, replaced) {
	return nextCommand(environment, "restore", [
		"--backup",
		replaced,
		"--confirm",
		environment.name
	]);
}
function bringBackAsked(environment, replaced) {
	return `Bring it back whole, with the schema that it has (this shows first what that would do): \`${nextCommand(environment, "restore", ["--backup", replaced])}\``;
}
function undoingRestore(environment, replaced) {
	return {
		command: bringBack(environment, replaced),
		means: "Undoes the restore: brings back the database that was live before it, with every row; the one that is live now is kept, too."
	};
}
// src/deploy/back/replaced-there.ts
async function replacedThere(environment) {
	try {
		const database = await environment.database();
		const replaced = database === void 0 ? [] : await replacedDatabases(database);
		if (replaced.length === 0) return [];
		return ["Replaced databases, with what was live until then; each is brought back by hand, once no deploy is open:", ...replaced.map(({ name, replacedAt }) => `${name}, live until ${replacedAt.toISOString()}: ${bringBack(environment, name)}`)];
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`The replaced databases could not be listed: ${error.message}`);
		return [];
	}
}
// src/deploy/back/live-look.ts
const NOT_THE_DATABASES = /^(?:08|28|3D|53|57)/u;
async function lookAtLive(environment, database, more) {
	const { signal } = environment.ports;
	let first;
	for (const admin of database.adminTarget.user === database.target.user ? [false] : [false, true]) try {
		try {
			var _usingCtx$1 = _usingCtx();
			const connection = _usingCtx$1.a(await database.connect("look", {
				admin,
				signal
			}));
			const schema = await readSchemaView(connection, environment.shared["history-tables"] ?? []);
			return {
				schema,
				more: await more(connection, schema)
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	} catch (error) {
		if (!isOfWhatIsThere(error) && !await isClosedByItsLimit(database, error)) throw error;
		first ??= error;
	}
	return { unreadable: first === void 0 ? "" : clauseOf(first) };
}
function isOfWhatIsThere(error) {
	return error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "") && !NOT_THE_DATABASES.test(error.code ?? "");
}
async function isClosedByItsLimit(database, error) {
	try {
		var _usingCtx3 = _usingCtx();
		if (!(error instanceof Failure) || error.code !== "53300") return false;
		const [row] = await _usingCtx3.a(await database.connectMaintenance("look")).query("SELECT datconnlimit = 0 AS none FROM pg_database WHERE datname = $1", [database.name]);
		return row?.none === true;
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function readableSchema(environment) {
	const database = await environment.database();
	if (database === void 0) return void 0;
	const look = await lookAtLive(environment, database, async () => void 0);
	return "schema" in look ? look.schema : void 0;
}
// src/deploy/back/look.ts
async function lookAtDatabase(environment, request) {
	const look = await lookAndDecide(environment, request);
	const { decision } = look;
	return decision.action === "impossible" ? {
		...look,
		decision: {
			...decision,
			replaced: await replacedThere(environment)
		}
	} : look;
}
async function lookAndDecide(environment, request) {
	const common = {
		target: request.target.schema ?? request.savepoint?.schema,
		wish: request.wish,
		preferDown: request.preferDown,
		savepoint: request.savepoint && {
			id: request.savepoint.id,
			file: request.savepoint.file,
			schema: request.savepoint.schema
		},
		others: request.others.map(describeCandidate)
	};
	if (await environment.database() === void 0) {
		if (request.wish !== "keep" && hasDatabase(request)) throw databaseNotNamed(request.target);
		return {
			live: void 0,
			canGoDown: false,
			decision: decide({
				...common,
				live: void 0,
				down: {
					possible: false,
					keep: [],
					why: "there is no database"
				}
			})
		};
	}
	const seen = await lookAtLive(environment, await databaseOf(environment), async (connection, schema) => await waysDown(connection, schema, common.target?.history ?? []));
	if (!("schema" in seen)) {
		const { unreadable } = seen;
		const down = {
			possible: false,
			keep: [],
			why: `the live database cannot be read (${unreadable})`
		};
		return {
			live: void 0,
			unreadable,
			decision: decide({
				...common,
				live: void 0,
				unreadable,
				down
			}),
			canGoDown: false
		};
	}
	return {
		live: seen.schema,
		decision: decide({
			...common,
			live: seen.schema,
			down: seen.more
		}),
		canGoDown: seen.more.possible && common.target !== void 0
	};
}
function hasDatabase({ deploy, target }) {
	if (deploy === void 0 || deploy.goingBack) return target.schema !== void 0;
	return deploy.live !== void 0 || deploy.steps.some(({ step }) => STEPS[step].database && !takesBack(step));
}
function databaseNotNamed(target) {
	return refusal(`There is a database, and where it is is not said: code would go back to ${nameOf(target)}, and its schema stay as it is.`, {
		hint: "Give `database-url` or `database-service`, as the deploys had it; `--database keep` takes the code back alone.",
		code: "database-not-named"
	});
}
function describeCandidate({ id, deploy, purpose, startedAt, from }) {
	return `${deploy ?? id}  ${purpose} of ${startedAt}${from === void 0 ? "" : `, when ${shortCommit(from)} ran`}`;
}
async function waysDown(connection, live, target) {
	const others = historyDifference(target.filter(isForeign), live.history.filter(isForeign));
	if (others.length > 0) return {
		possible: false,
		keep: [],
		why: `another tool migrated (${others.slice(0, 3).join(", ")})`
	};
	const keep = target.filter((table) => !isForeign(table)).flatMap((table) => table.entries.filter((entry) => entry.state === "applied").map((entry) => entry.version));
	const plan = await planOrWhyNot(connection, keep);
	if (typeof plan === "string") return {
		possible: false,
		keep,
		why: plan
	};
	const [problem] = plan.problems;
	if (problem !== void 0) return {
		possible: false,
		keep,
		why: problem
	};
	return plan.steps.length > 0 ? {
		possible: true,
		keep,
		why: ""
	} : {
		possible: false,
		keep,
		why: "no migration of ours was applied since"
	};
}
async function planOrWhyNot(connection, keep) {
	try {
		return await downPlan(connection, keep);
	} catch (error) {
		if (error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "")) return `the history cannot be read (${clauseOf(error)})`;
		throw error;
	}
}
function isForeign(table) {
	return table.tool !== "savepoint";
}
// src/deploy/steps/savepoint-for.ts
function savepointFor(manifests, deploy, target, ledger) {
	if (deploy !== void 0 && !deploy.goingBack) {
		const changed = deploy.steps.findIndex(({ step }) => mayChange(step));
		const own = (changed === -1 ? deploy.steps : deploy.steps.slice(0, changed)).findLast((step) => step.step === "backup" && step.state === "done")?.result?.["backup"];
		return manifests.find((manifest) => manifest.id === own);
	}
	const onTarget = new Set(ledger.deploys.filter((one) => one.from === target.commit).map((one) => one.id));
	const { schema } = target;
	return manifests.toSorted(newestFirst).find((manifest) => manifest.deploy !== void 0 && onTarget.has(manifest.deploy) && (schema === void 0 || compareSchemas(manifest.schema, schema) !== "different"));
}
// src/deploy/back/tried.ts
function triedOf({ steps }) {
	return steps.flatMap(({ step, state, intent, code, unseen }) => step === "rollback" && state === "failed" ? [{
		...toldIn(intent),
		code: code ?? "failed",
		...unseen === true && { unseen }
	}] : []);
}
function begunOf({ steps }) {
	const last = steps.findLast(({ step }) => step === "rollback");
	return last?.state === "running" || last?.state === "cancelled" ? toldIn(last.intent) : void 0;
}
function toldIn(intent) {
	return {
		to: asText(intent["to"]),
		database: asWish(intent["database"])
	};
}
function asText(value) {
	return typeof value === "string" ? value : void 0;
}
function asWish(value) {
	return value === "restore" || value === "down" || value === "keep" ? value : "auto";
}
// src/deploy/back/ways.ts
const PASSING = new Set([
	"connection-lost",
	"git-lock",
	"handshake",
	"migration-lock",
	"origin-unreachable",
	"refused",
	"timeout",
	"turned-away",
	"unreachable",
	"08000",
	"08006",
	"53300",
	"57P01",
	"57P03",
	"55P03",
	"40P01"
]);
const SETTLED = new Set([
	"no-way-back",
	"restore-not-said",
	"restore-failed",
	"schema-differs",
	"schema-unknown",
	"unhealthy-at-target",
	"unhealthy-and-apart"
]);
const OF_THE_APP = new Set([
	"build-failed",
	"command-failed",
	"compose-config",
	"no-folder",
	"not-found",
	"pull-failed",
	"service-down",
	"unknown-commit",
	"work-tree"
]);
const MOST_OTHERS = 3;
function rankWays(facts) {
	const { deploy, tried, target } = facts;
	const last = tried.at(-1);
	const told = facts.begun ?? last;
	const usual = [...told !== void 0 && (told.to !== void 0 || told.database !== "auto") ? [again(facts, told)] : [], ...target === void 0 || facts.mustBeSaid === true ? [] : [looking(facts, target)]];
	const unlock = deploy === void 0 ? [] : [unlocking(facts, deploy)];
	const fresh = usual.filter((option) => !wasTried(tried, option));
	const passing = usual.filter((option) => mayPass(tried, option));
	if (fresh.length > 0) return [
		...fresh,
		...passing,
		...unlock
	].map(plain);
	const look = facts.seen === true ? [] : [statusWay(facts.place)];
	if (passing.length > 0) return [
		...look,
		...passing,
		...unlock
	].map(plain);
	const said = last !== void 0 && OF_THE_APP.has(last.code) ? [] : saying(facts).filter((option) => !wasTried(tried, option));
	const mended = usual.filter((option) => !isSettled(tried, option)).map((option) => ({
		...option,
		means: `Only once what failed is mended: ${option.means}`
	}));
	const [looks, others] = [mended.filter(isLooking), mended.filter((option) => !isLooking(option))];
	if (last?.unseen === true && looks.length > 0) return [
		...look,
		...looks,
		...others,
		...said,
		...unlock
	].map(plain);
	if (said.length === 0 && mended.length > 0) return [
		...look,
		...mended,
		...unlock
	].map(plain);
	return [
		...said,
		...unlock,
		...mended
	].map(plain);
}
function plain({ command, means }) {
	return {
		command,
		means
	};
}
function reasonOf({ id, steps }) {
	const last = steps.at(-1);
	if (last === void 0) return `deploy ${id} was left open`;
	return `deploy ${id} ${{
		running: "did not end at",
		done: "was left open after",
		failed: "failed at",
		cancelled: "was cancelled at"
	}[last.state]} ${last.step}`;
}
function looking(facts, target) {
	const means = facts.database ? `Looks at what is true now, and takes code and database back to ${target} together.` : `Takes the code back to ${target}.`;
	return {
		to: facts.to,
		database: "auto",
		command: command(facts, {
			to: facts.to,
			database: "auto"
		}),
		means
	};
}
function again(facts, { to, database }) {
	return {
		to,
		database,
		command: command(facts, {
			to,
			database
		}),
		means: "Goes on with the rollback that was begun."
	};
}
function saying(facts) {
	const { target, database, savepoint, to } = facts;
	const option = (wish, means, where = to) => ({
		to: where,
		database: wish,
		command: command(facts, {
			to: where,
			database: wish
		}),
		means
	});
	const together = [];
	const apart = [];
	const further = [];
	const inVain = [];
	if (target !== void 0 && database) {
		if (facts.down) together.push(option("down", `Takes the code to ${target} and the migrations since back by their DOWN; other rows stay.`));
		if (savepoint !== void 0) {
			const restore = option("restore", `Takes the code to ${target} and the database to the backup of ${savepoint.at}; ${KEPT}.`);
			(facts.tried.some((one) => one.to === to && one.code === "restore-failed") ? inVain : together).push(restore);
		}
		apart.push(option("keep", `Takes the code to ${target} and leaves the database as it is, with every row; nobody proved that the two fit.`));
	}
	if (facts.failedBefore !== void 0) {
		const means = `Goes back to ${facts.failedBefore.slice(0, 7)}, which ran before, although it is known to have failed.`;
		further.push(option("auto", means, facts.failedBefore));
	}
	if (database) for (const one of facts.others.filter(({ id, from }) => from !== void 0 && id !== savepoint?.id).slice(0, MOST_OTHERS)) {
		const means = `Takes the database to the backup of ${one.at}, and the code to ${one.from?.slice(0, 7)}, which ran then; ${KEPT}.`;
		further.push(option("restore", means, one.id));
	}
	const first = together.length > 0 || facts.differs !== true ? [] : further.slice(0, 1);
	return [
		...together,
		...first,
		...apart,
		...further.slice(first.length),
		...inVain
	];
}
const KEPT = "the live database is kept under another name";
function unlocking({ place, reason }, deploy) {
	return {
		command: nextCommand(place, "unlock", [
			"--confirm",
			place.name,
			"--reason",
			reason
		]),
		means: `Ends deploy ${deploy} as it stands and lets the next one begin; takes nothing back. For when it was put right by hand.`
	};
}
function command({ place, reason }, { to, database }) {
	return rollbackCommand(place, reason, [...to === void 0 ? [] : ["--to", to], ...database === "auto" ? [] : ["--database", database]]);
}
function wasTried(tried, option) {
	return tried.some((one) => isSame(one, option));
}
function isLooking({ database }) {
	return database === "auto";
}
function mayPass(tried, option) {
	const [last, before] = tried.filter((one) => isSame(one, option)).toReversed();
	return last !== void 0 && PASSING.has(last.code) && last.code !== before?.code;
}
function isSettled(tried, option) {
	return tried.some((one) => isSame(one, option) && SETTLED.has(one.code) && !(one.code === "restore-failed" && one.database === "restore"));
}
function isSame(one, other) {
	return one.to === other.to && one.database === other.database;
}
// src/deploy/back/ways-of-deploy.ts
async function waysOfDeploy(environment, ledger, deploy, shown = {}) {
	const choice = targetOfDeploy(ledger, deploy);
	const target = choice.found ? choice.target : void 0;
	const manifests = await manifestsOf(environment);
	const savepoint = target && savepointFor(manifests, deploy, target, ledger);
	return rankWays({
		place: environment,
		reason: reasonOf(deploy),
		deploy: deploy.id,
		target: target && placeOf(target),
		failedBefore: target === void 0 ? deploy.from : void 0,
		database: deploy.live !== void 0 || manifests.length > 0,
		differs: target?.schema !== void 0,
		down: target !== void 0 && triedOf(deploy).length > 0 && await canGoDown(environment, {
			target,
			savepoint,
			deploy
		}),
		savepoint: savepoint && asSavepoint(savepoint),
		others: manifests.toSorted(newestFirst).map(asSavepoint),
		tried: triedOf(deploy),
		begun: begunOf(deploy),
		mustBeSaid: deploy.goingBack && triedOf(deploy).some(({ code }) => code === "restore-not-said"),
		...shown
	});
}
function asSavepoint({ id, deploy, startedAt, from }) {
	return {
		id: deploy ?? id,
		at: startedAt,
		from
	};
}
async function manifestsOf(environment) {
	try {
		return (await backupStore(environment, stateOf(environment)).all()).manifests;
	} catch (error) {
		environment.ports.report.detail(`The backups could not be listed: ${messageOf(error)}`);
		return [];
	}
}
async function canGoDown(environment, about) {
	try {
		return (await lookAtDatabase(environment, {
			...about,
			wish: "auto",
			preferDown: false,
			others: []
		})).canGoDown;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`Whether the migrations can go down could not be looked at: ${error.message}`);
		return false;
	}
}
export { wholeStatement as A, insertRow as C, runByStatement as D, updateProgress as E, blockedBy as F, endOurSessions as I, waitForDumps as L, processIdentity as M, STEP_DEAD_AFTER as N, runInTransaction as O, admit as P, createHistory as S, replaceText as T, targetOfDeploy as _, savepointFor as a, lossOf as b, readableSchema as c, bringBackAsked as d, undoingRestore as f, targetByHand as g, schemaOwner as h, reasonOf as i, isDead as j, holdMigrationLock as k, replacedThere as l, placeOf as m, waysOfDeploy as n, describeCandidate as o, nameOf as p, rankWays as r, lookAtDatabase as s, asSavepoint as t, bringBack as u, changesDatabase as v, noteFailure as w, planDown as x, downMigrations as y };
