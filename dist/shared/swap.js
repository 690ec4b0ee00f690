import { C as messageOf, F as plural, L as shortCommit, M as formatCount, N as formatDuration, P as formatSize, T as stopIfCancelled, _ as succeed, b as Cancelled, d as IDENTIFY, g as lastLines, h as ending, j as compactUtc, w as refusal, x as Failure, y as quote } from "./output.js";
import { At as formatManifest, B as freeBytes, C as freeBytesOnServer, Ft as identifier, G as rename, H as makeDirectory, It as literal, J as writeText, R as exists, V as list, W as remove, c as commandEnvironment, ct as changedSomething, h as databaseOf, jt as parseManifest, l as runHooks, q as sha256, z as fileSize } from "./github.js";
import { c as schemaListing, d as restoredFingerprint, f as readInBatches, l as compareFingerprints, o as sameSchema, s as schemaFingerprint, u as isComparable } from "./versions.js";
import { i as readHistories } from "./history-difference.js";
import { n as waitForDumps } from "./sessions.js";
import { posix } from "node:path";
import { PassThrough, Writable } from "node:stream";
// src/core/progress.ts
const EVERY_MS = 5e3;
async function withProgress({ clock, report }, tell, body) {
	const done = new AbortController();
	watch({
		clock,
		report
	}, tell, done.signal);
	try {
		return await body();
	} finally {
		done.abort();
	}
}
async function watch({ clock, report }, tell, done) {
	try {
		for (;;) {
			await clock.sleep(EVERY_MS, done);
			const text = await tell();
			if (text !== void 0 && !done.aborted) report.detail(text);
		}
	} catch (error) {
		if (!done.aborted) report.detail(`How far it is could not be asked: ${messageOf(error)}`);
	}
}
// src/postgres/counts.ts
const USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
async function countRows(connection) {
	return await connection.inSnapshot(async () => {
		await connection.exec("SET LOCAL row_security = off");
		const tables = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name,
         1 + (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid)::int AS locks
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND ${USERS}
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       ORDER BY 1`);
		const counts = new Map(tables.map(({ name }) => [name, 0]));
		await readInBatches(connection, tables, async (batch) => {
			const queries = batch.map((table, index) => `SELECT ${index} AS index, count(*) AS count FROM ONLY ${table.name}`);
			for (const row of await connection.query(queries.join(" UNION ALL "))) counts.set(batch[row.index]?.name ?? "", Number(row.count));
		});
		return counts;
	});
}
async function sequenceValues(connection) {
	const sequences = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement::text AS increment, 1 AS locks
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`);
	const values = new Map(sequences.map(({ name }) => [name, 0n]));
	await readInBatches(connection, sequences, async (batch) => {
		const queries = batch.map((one, index) => `SELECT ${index} AS index, last_value::numeric - CASE WHEN is_called THEN 0 ELSE ${one.increment} END AS value FROM ${one.name}`);
		for (const row of await connection.query(queries.join(" UNION ALL "))) values.set(batch[row.index]?.name ?? "", BigInt(row.value));
	});
	return values;
}
// src/postgres/snapshot.ts
async function exportSnapshot(database, options = {}) {
	const connection = await database.connect(options.purpose ?? "backup", {
		admin: options.admin,
		signal: options.signal
	});
	try {
		await connection.exec("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
		const [row] = await connection.query("SELECT pg_export_snapshot() AS id");
		return {
			id: row?.id ?? "",
			connection,
			[Symbol.asyncDispose]: async () => await connection[Symbol.asyncDispose]()
		};
	} catch (error) {
		await connection[Symbol.asyncDispose]();
		throw error;
	}
}
// src/postgres/tools.ts
const SEARCH = `
wanted=$1
look() {
  [ -x "$1/pg_dump" ] && [ -x "$1/pg_restore" ] || return 0
  said=$("$1/pg_dump" --version 2>/dev/null) || return 0
  printf '%s\\t%s\\n' "$1" "$said"
  case $said in "pg_dump (PostgreSQL) $wanted."*) exit 0 ;; esac
}
for folder in ${[
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/usr/lib/postgresql*/bin",
	"/usr/local/pgsql*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/opt/libpq/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/opt/homebrew/opt/libpq/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin"
].join(" ")}; do look "$folder"; done
IFS=:
set -f
for folder in $PATH; do look "\${folder:-.}"; done
`;
async function clientTools(machine, serverMajor) {
	const found = readFound((await machine.run({
		words: [
			"sh",
			"-c",
			SEARCH,
			"sh",
			String(serverMajor)
		],
		repeatable: true
	})).stdout);
	const chosen = chooseTools(found, serverMajor);
	if (chosen !== void 0) return toolsIn(chosen);
	const majors = [...new Set(found.map((one) => one.major))].sort((a, b) => a - b);
	const what = majors.length === 0 ? "no pg_dump and pg_restore" : `pg_dump and pg_restore ${majors.join(", ")} only, older than the server's ${serverMajor}`;
	throw refusal(`${machine.name} has ${what}`, {
		code: "client-tools",
		hint: `install the client of PostgreSQL ${serverMajor} there: ${installCommand(serverMajor)}`,
		evidence: found.map((one) => `${one.folder}: ${one.major}`)
	});
}
function readFound(text) {
	return text.split("\n").flatMap((line) => {
		const match = /^(.+)\t\D*(\d+)/.exec(line);
		return match?.[1] === void 0 ? [] : [{
			folder: match[1],
			major: Number(match[2])
		}];
	});
}
function chooseTools(found, serverMajor) {
	return found.filter((one) => one.major >= serverMajor).reduce((best, one) => best === void 0 || one.major < best.major ? one : best, void 0);
}
function toolsIn({ folder, major }) {
	const path = (program) => `${folder}/${program}`;
	return {
		major,
		path,
		words: (program, ...args) => [
			"env",
			"-u",
			"PGSERVICE",
			"-u",
			"PGREQUIREAUTH",
			path(program),
			...args
		]
	};
}
function installCommand(major) {
	return `apt-get install postgresql-client-${major} (where the distribution has another major: first apt-get install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y), dnf install postgresql${major}, apk add postgresql${major}-client, brew install postgresql@${major}`;
}
// src/postgres/replaced.ts
const MAX_NAME_BYTES = 63;
function replacedName(database, date) {
	return joinedName(database, `_failed_${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}`);
}
function replacedAtOf(database, name) {
	const stamp = /_failed_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(name);
	if (!stamp) return void 0;
	const [year, month, day, hour, minute, second] = stamp.slice(1);
	const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return !Number.isNaN(date.getTime()) && replacedName(database, date) === name ? date : void 0;
}
function joinedName(name, suffix) {
	let kept = Array.from(name);
	while (Buffer.byteLength(kept.join("") + suffix) > MAX_NAME_BYTES) kept = kept.slice(0, -1);
	return kept.join("") + suffix;
}
// src/postgres/side.ts
function sideName(database, suffix) {
	return joinedName(database, `_${suffix}`);
}
function isSideOf(database, name) {
	const suffix = /_((?:restore|verify)_\d{8}T\d{6}Z)$/.exec(name)?.[1];
	return suffix !== void 0 && sideName(database, suffix) === name;
}
async function sidesOf(database, kind) {
	await using connection = await database.connectMaintenance("look");
	return (await connection.query("SELECT datname AS name FROM pg_database")).flatMap(({ name }) => {
		const suffix = new RegExp(String.raw`_(${kind}_\d{8}T\d{6}Z)$`).exec(name)?.[1];
		return suffix !== void 0 && sideName(database.name, suffix) === name ? [name] : [];
	});
}
async function createSide(database, name) {
	await using connection = await database.connectMaintenance("side");
	const [live] = await connection.query(`SELECT format('OWNER %I ENCODING %L', pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding))
            || CASE WHEN d.dattablespace = template.dattablespace THEN '' ELSE format(' TABLESPACE %I', t.spcname) END AS definition,
            to_jsonb(d) AS locale
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, pg_database template
     WHERE d.datname = $1 AND template.datname = 'template0'`, [database.name]);
	if (live === void 0) throw missing(database);
	await connection.exec(`CREATE DATABASE ${identifier(name)} TEMPLATE template0 ${live.definition} ${localeClauses(live.locale).join(" ")}`);
	await connection.exec(`REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(name)} TO ${identifier(database.adminTarget.user)}`);
}
async function dropDatabase(database, name) {
	if (name === database.name) throw refusal(`${name} is the live database and is not dropped`);
	await using connection = await database.connectMaintenance("side");
	const force = connection.serverVersion >= 13e4 ? "WITH (FORCE)" : "";
	await connection.exec(`DROP DATABASE IF EXISTS ${identifier(name)} ${force}`);
}
async function replacedDatabases(database) {
	await using connection = await database.connectMaintenance("look");
	return (await connection.query(`SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
       CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END AS size
     FROM pg_database WHERE NOT datistemplate AND datname LIKE '%\\_failed\\_%'`)).flatMap(({ name, comment, size }) => {
		const replacedAt = replacedAtOf(database.name, name);
		if (replacedAt === void 0) return [];
		if (!name.startsWith(`${database.name}_failed_`) && comment !== replacedComment(database.name, replacedAt)) return [];
		return [{
			name,
			replacedAt,
			sizeBytes: Number(size)
		}];
	}).sort((a, b) => a.replacedAt.getTime() - b.replacedAt.getTime());
}
function replacedComment(database, date) {
	return `savepoint: was ${JSON.stringify(database)} until ${date.toISOString().slice(0, 19)}Z`;
}
function commentFor(database, replacedAs, now) {
	return replacedComment(database, replacedAtOf(database, replacedAs) ?? now);
}
async function freeReplacedName(database, now) {
	await using connection = await database.connectMaintenance("look");
	for (let second = 0;; second += 1) {
		const name = replacedName(database.name, new Date(now.getTime() + second * 1e3));
		if (!await databaseExists(connection, name)) return name;
	}
}
async function databaseExists(connection, name) {
	return (await connection.query("SELECT FROM pg_database WHERE datname = $1", [name])).length > 0;
}
function localeClauses(locale) {
	const clauses = [`LC_COLLATE ${literal(locale.datcollate)}`, `LC_CTYPE ${literal(locale.datctype)}`];
	const name = locale.datlocale ?? locale.daticulocale;
	if (locale.datlocprovider === "i") {
		clauses.push("LOCALE_PROVIDER icu");
		if (name) clauses.push(`ICU_LOCALE ${literal(name)}`);
		if (locale.daticurules) clauses.push(`ICU_RULES ${literal(locale.daticurules)}`);
	} else if (locale.datlocprovider === "b") {
		clauses.push("LOCALE_PROVIDER builtin");
		if (name) clauses.push(`BUILTIN_LOCALE ${literal(name)}`);
	} else if (locale.datlocprovider === "c") clauses.push("LOCALE_PROVIDER libc");
	return clauses;
}
function missing(database) {
	return refusal(`there is no database ${database.name} in the cluster`, {
		code: "3D000",
		hint: `check the name in database-url, or create it: CREATE DATABASE ${identifier(database.name)}`
	});
}
// src/backup/compare.ts
const SHOWN = 10;
function differences(expected, actual, kinds) {
	return [
		...schemaDifferences(expected, actual),
		...rowDifferences(expected.rows, actual.rows),
		...sequenceDifferences(expected.sequences, actual.sequences, kinds)
	];
}
function schemaLikeness(expected, actual) {
	return compareFingerprints(restoredFingerprint(expected.fingerprint), restoredFingerprint(actual.fingerprint));
}
function schemaDifferences(expected, actual) {
	if (schemaLikeness(expected, actual) !== "different") return [];
	if (expected.listing === void 0 || actual.listing === void 0) return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`];
	const before = new Set(expected.listing);
	const after = new Set(actual.listing);
	const lost = expected.listing.filter((line) => !after.has(line)).map((line) => `schema, missing: ${line}`);
	const added = actual.listing.filter((line) => !before.has(line)).map((line) => `schema, not there before: ${line}`);
	return [`schema: fingerprint ${actual.fingerprint} instead of ${expected.fingerprint}`, ...first([...lost, ...added])];
}
function rowDifferences(expected, actual) {
	const found = [];
	for (const [table, count] of expected) {
		const restored = actual.get(table);
		if (restored === void 0) found.push(`rows: ${table} is missing (${plural(count, "row")})`);
		else if (restored !== count) found.push(`rows: ${table} has ${formatCount(restored)} instead of ${formatCount(count)}`);
	}
	for (const table of actual.keys()) if (!expected.has(table)) found.push(`rows: ${table} was not there before`);
	return first(found);
}
function sequenceDifferences(expected, actual, kinds) {
	const found = [];
	for (const [name, value] of expected) {
		const restored = actual.get(name);
		if (restored === void 0) found.push(`sequence ${name} is missing`);
		else if (!kinds.cycling.has(name) && (kinds.descending.has(name) ? restored > value : restored < value)) found.push(`sequence ${name} is at ${restored}, behind ${value}`);
	}
	return first(found);
}
function first(found) {
	return found.length <= SHOWN ? [...found] : [...found.slice(0, SHOWN), `and ${plural(found.length - SHOWN, "more difference")}`];
}
// src/backup/facts.ts
function factsOf(manifest) {
	return {
		fingerprint: manifest.schema.fingerprint,
		rows: new Map(Object.entries(manifest.rows)),
		sequences: new Map(Object.entries(manifest.sequences).map(([name, value]) => [name, BigInt(value)]))
	};
}
async function readFacts(connection, options) {
	return {
		sequences: await sequenceValues(connection),
		fingerprint: await schemaFingerprint(connection),
		listing: options.listing ? await schemaListing(connection) : void 0,
		rows: await countRows(connection)
	};
}
async function identify(connection) {
	const [row] = await connection.query(`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, datname AS name,
       pg_encoding_to_char(encoding) AS encoding, datcollate AS locale
     FROM pg_database WHERE datname = current_database()`);
	if (row === void 0) throw new Error("a connection without a database");
	return {
		system: row.system,
		name: row.name,
		serverVersion: connection.serverVersion,
		encoding: row.encoding,
		locale: row.locale
	};
}
// src/backup/reach.ts
function reachOf(toolsOn, files) {
	if (isSame(toolsOn, files)) return { by: "path" };
	const { holder } = toolsOn;
	return holder !== void 0 && isSame(holder.machine, files) ? {
		by: "shell",
		holder
	} : { by: "stream" };
}
function isSame(one, other) {
	return one === other || one.local && other.local;
}
async function runAround(around, { toolsOn, reach, command }) {
	if (reach.by === "shell") return await reach.holder.run(around, command);
	return await toolsOn.run({
		...command,
		words: [...around, ...command.words]
	});
}
// src/backup/together.ts
async function together(signal, bodies) {
	const others = new AbortController();
	const joined = AbortSignal.any([signal, others.signal]);
	let first;
	const results = await Promise.all(bodies.map(async (body) => {
		try {
			return await body(joined);
		} catch (error) {
			first ??= { error };
			others.abort();
			return;
		}
	}));
	if (signal.aborted) throw new Cancelled();
	if (first !== void 0) throw first.error;
	return results;
}
// src/backup/read-back.ts
async function readBack({ dump, toolsOn, tools, noteIn, signal }) {
	const note = noteIn === void 0 ? void 0 : `${noteIn}-read`;
	await withDump({
		dump,
		toolsOn,
		command: {
			words: tools.words("pg_restore", "--file=/dev/null"),
			noteIn: note
		},
		signal
	}, (finished) => {
		throw unreadable$1(finished);
	});
}
function unreadable$1(finished) {
	return new Failure(`the dump cannot be read back: pg_restore failed (${ending(finished)})`, {
		code: "dump-unreadable",
		evidence: lastLines(finished),
		hint: "the disk or the memory may be faulty: back up again, and check the machine"
	});
}
const GIVE = "file=$1; shift; { cat; cat -- \"$file\"; } | \"$@\"";
async function withDump({ dump, toolsOn, command, signal }, onFailure) {
	const judge = (finished) => {
		if (finished.code !== 0) onFailure(finished);
	};
	const reach = reachOf(toolsOn, dump.machine);
	if (reach.by === "path") {
		judge(await toolsOn.run({
			...command,
			signal
		}));
		return;
	}
	if (reach.by === "shell") {
		judge(await reach.holder.run([
			"sh",
			"-c",
			GIVE,
			"sh",
			dump.path
		], {
			...command,
			signal
		}));
		return;
	}
	const pipe = new PassThrough();
	const use = Promise.withResolvers();
	await together(signal, [async (joined) => {
		try {
			judge(await toolsOn.run({
				...command,
				stdin: pipe,
				signal: joined
			}));
			use.resolve(true);
		} finally {
			use.resolve(false);
		}
	}, async (joined) => {
		const cat = {
			words: [
				"cat",
				"--",
				dump.path
			],
			stdout: pipe,
			signal: joined
		};
		try {
			await succeed(dump.machine, cat, `reading ${dump.path} on ${dump.machine.name}`);
		} catch (error) {
			if (!(error instanceof Failure && error.code === "output-broken" && await use.promise)) throw error;
		}
	}]);
}
// src/backup/table-of-contents.ts
function unownedEntries(list) {
	let edited = false;
	const lines = list.split("\n").map((line) => {
		if (!SUPERUSERS_OWN.test(line)) return line;
		edited = true;
		return `;${line}`;
	});
	return edited ? lines.join("\n") : void 0;
}
const SUPERUSERS_OWN = /^\d+; \d+ \d+ (COMMENT|ACL|SECURITY LABEL) - (EXTENSION|LANGUAGE) plpgsql\b/;
// src/backup/fill.ts
const JOBS = 2;
async function fill(job) {
	const { database, dump, signal, serverVersion } = job;
	const serverMajor = Math.floor(serverVersion / 1e4);
	const tools = await clientTools(database.toolsOn, Math.max(serverMajor, job.writtenBy ?? 0));
	const command = tools.major > serverMajor ? throughPsql(job, tools) : await directly(job, tools);
	const env = { ...database.environment({
		admin: true,
		database: job.side,
		purpose: "restore"
	}) };
	const noteIn = job.noteIn === void 0 ? void 0 : `${job.noteIn}-restore`;
	await withDump({
		dump,
		toolsOn: database.toolsOn,
		command: {
			...command,
			env,
			noteIn
		},
		signal
	}, (finished) => {
		throw new Failure(`the dump cannot be restored: pg_restore failed (${ending(finished)})`, {
			code: "restore-failed",
			evidence: lastLines(finished),
			hint: job.superuser ? void 0 : `what the role ${database.adminTarget.user} may not restore, a superuser may: give one as database-admin-url`
		});
	});
}
async function directly(job, tools) {
	const { database, dump, side } = job;
	const options = [
		`--dbname=${conninfo(side)}`,
		"--exit-on-error",
		"--no-password"
	];
	if (reachOf(database.toolsOn, dump.machine).by !== "path") return { words: tools.words("pg_restore", ...options) };
	options.push(`--jobs=${JOBS}`);
	const list = job.superuser ? void 0 : await editedList(job, tools);
	if (list === void 0) return { words: tools.words("pg_restore", ...options, dump.path) };
	return {
		words: tools.words("pg_restore", ...options, "--use-list=/dev/stdin", dump.path),
		stdin: list
	};
}
async function editedList({ database, dump, noteIn, signal }, tools) {
	const { stdout } = await succeed(database.toolsOn, {
		words: tools.words("pg_restore", "--list", dump.path),
		noteIn: noteIn === void 0 ? void 0 : `${noteIn}-list`,
		signal
	}, "reading the dump's table of contents");
	return unownedEntries(stdout);
}
function throughPsql({ database, dump }, tools) {
	const from = reachOf(database.toolsOn, dump.machine).by === "path" ? [dump.path] : [];
	return { words: [
		"sh",
		"-c",
		`restored=$( { { ${quote(tools.words("pg_restore", "--file=-", ...from))}; echo $? >&3; } | LC_ALL=C sed '1,60{/^SET transaction_timeout = 0;$/d;}' | ${quote(tools.words("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"))} >&2; } 3>&1 ) && exit "\${restored:-1}"`
	] };
}
function conninfo(database) {
	return `dbname='${database.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
// src/backup/beside.ts
async function restoreBeside$1(request) {
	const { database, side, ports } = request;
	await createSide(database, side);
	let kept = false;
	const copy = {
		name: side,
		keep: () => void (kept = true),
		[Symbol.asyncDispose]: async () => {
			if (!kept) await dropDatabase(database, side);
		}
	};
	try {
		await fillAndCompare(request);
		return copy;
	} catch (error) {
		await dropAfter(error, copy, side, ports);
		throw error;
	}
}
async function fillAndCompare({ database, side, dump, writtenBy, expected, ports, noteIn }) {
	const { signal } = ports;
	await using connection = await database.connect("restore", {
		admin: true,
		database: side,
		signal
	});
	const [role] = await connection.query("SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user");
	const job = {
		database,
		side,
		dump,
		writtenBy,
		serverVersion: connection.serverVersion,
		superuser: role?.superuser === true,
		noteIn,
		signal
	};
	await withProgress(ports, fillProgress(connection, database.name), async () => await fill(job));
	await together(signal, [async (joined) => await analyze(database, side, joined), async () => {
		if (expected !== void 0) await compare(connection, side, expected);
	}]);
}
function fillProgress(connection, live) {
	return async () => {
		const [row] = await connection.query("SELECT pg_database_size(current_database()) AS copy, (SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1) AS live", [live]);
		return row && `restored ${formatSize(Number(row.copy))}; the live database has ${formatSize(Number(row.live))}`;
	};
}
async function analyze(database, side, signal) {
	await using connection = await database.connect("restore", {
		admin: true,
		database: side,
		signal
	});
	const tables = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY c.relpages DESC`);
	if (tables.length > 0) await connection.exec(`ANALYZE ${tables.map(({ name }) => name).join(", ")}`);
}
async function compare(connection, side, expected) {
	const found = differences(expected, await readFacts(connection, { listing: expected.listing !== void 0 }), await sequenceKinds(connection));
	if (found.length === 0) return;
	throw new Failure(`the restored copy ${side} differs from what was backed up: ${found[0]}`, {
		code: "differs",
		evidence: found.slice(1),
		hint: "the copy was dropped and the live database was not touched: do not rely on this backup, take or choose another"
	});
}
async function sequenceKinds(connection) {
	const rows = await connection.query("SELECT format('%I.%I', schemaname, sequencename) AS name, increment_by < 0 AS descending, cycle FROM pg_sequences WHERE increment_by < 0 OR cycle");
	const names = (wanted) => new Set(rows.filter(wanted).map((row) => row.name));
	return {
		descending: names((row) => row.descending),
		cycling: names((row) => row.cycle)
	};
}
async function dropAfter(error, copy, side, { report }) {
	try {
		await copy[Symbol.asyncDispose]();
	} catch (second) {
		report.warning(`the half-restored database ${side} could not be dropped: ${messageOf(second)}`);
		report.detail(`it was to be dropped because of: ${messageOf(error)}`);
	}
}
// src/backup/naming.ts
const NO_COMMIT = "no-commit";
function nameBackup(purpose, at, commit) {
	const stamp = compactUtc(at);
	const version = commit === void 0 ? NO_COMMIT : commitWord(commit);
	return {
		id: `${stamp}-${version}`,
		file: `${purpose}_${stamp}_${version}.dump`
	};
}
function manifestName(file) {
	return `${file}.json`;
}
function partialName(file) {
	return `${file}.partial`;
}
function writtenName(partial) {
	return partial.replace(/partial$/, "written.partial");
}
function commitWord(commit) {
	if (!/^[0-9a-f]{7,64}$/.test(commit)) throw new Error(`not a commit's sha: ${JSON.stringify(commit)}`);
	return shortCommit(commit);
}
// src/backup/claim.ts
async function claimName({ machine, directory, purpose, at, commit }) {
	for (let second = 0; second < 60; second += 1) {
		const claim = await hold(machine, directory, purpose, nameBackup(purpose, new Date(at.getTime() + second * 1e3), commit));
		if (claim !== void 0) return claim;
	}
	throw new Failure(`no free name for a backup in ${directory}`, { hint: "more than 60 backups in a minute: something starts them in a loop" });
}
async function hold(machine, directory, purpose, name) {
	const input = new PassThrough();
	const suffix = name.file.slice(purpose.length);
	const { promise: said, resolve: hear } = Promise.withResolvers();
	const words = [
		"sh",
		"-c",
		HOLD,
		"savepoint-backup",
		directory,
		name.id,
		name.file,
		suffix
	];
	const ended = machine.run({
		words,
		stdin: input,
		onLine: (line, from) => from === "stdout" && hear(line)
	});
	ended.then(() => hear("ended"), () => hear("ended"));
	const word = await said;
	if (word === "ours") return {
		name,
		published: () => void input.write("published\n"),
		[Symbol.asyncDispose]: async () => {
			input.end();
			await ended.catch(() => void 0);
		}
	};
	input.end();
	const finished = await ended;
	if (word === "taken") return void 0;
	throw new Failure(`no file can be made in ${directory} on ${machine.name}`, {
		code: "unwritable",
		evidence: lastLines(finished),
		hint: `make it writable for ${machine.login}`
	});
}
const HOLD = `${IDENTIFY}
umask 077
cd "$1" || exit 1
id=$2 file=$3 word=
if ! ( set -C; : > "./$id.writer" ) 2>/dev/null; then
  [ -e "./$id.writer" ] || { : > "./$id.writer"; exit 1; }
  echo taken; exit 0
fi
printf '%s\\n' "$$" "$(started "$$")" "$(boot)" "$file" > "./$id.writer" || { rm -f "./$id.writer"; exit 1; }
for other in ./*"$4" ./*"$4.json" ./*"$4.partial"; do
  [ -e "$other" ] || continue
  rm -f "./$id.writer"; echo taken; exit 0
done
trap '' HUP INT TERM PIPE
: > "./$file.partial" || { rm -f "./$id.writer"; exit 1; }
echo ours
read -r word
if [ "$word" != published ]; then
  rm -f "./$file.partial"
  [ -e "./$file.json" ] || rm -f "./$file"
fi
rm -f "./$id.writer"
`;
async function clearDeadWriters(machine, directory) {
	const { stdout } = await succeed(machine, {
		words: [
			"sh",
			"-c",
			CLEAR,
			"sh",
			directory
		],
		repeatable: true
	}, `cleaning up ${directory}`);
	return stdout.split("\n").filter((line) => line !== "");
}
const CLEAR = `${IDENTIFY}
[ -d "$1" ] || exit 0
cd "$1" || exit 1
# Listed before the notes are read: a note is older than its partial file.
set -- ./*.partial
live='
'
for note in ./*.writer; do
  [ -f "$note" ] || continue
  { read -r process; read -r start; read -r boot; read -r file; } < "$note"
  case $file in ''|*/*) continue;; esac
  if [ "$boot" = "$(boot)" ] && [ "$start" = "$(started "$process")" ]; then
    live="$live$file.partial
$file.written.partial
"
    continue
  fi
  [ -e "./$file.json" ] || rm -f "./$file"
  rm -f "./$file.partial" "$note"
  printf '%s\\n' "$file.partial"
done
for partial do
  [ -e "$partial" ] || continue
  case $live in *"
\${partial#./}
"*) continue;; esac
  rm -rf "$partial" && printf '%s\\n' "\${partial#./}"
done
# What writing a small file leaves where it is killed; its name holds the process.
for partial in ./.savepoint-*.partial; do
  process=\${partial#./.savepoint-}
  [ ! -e "$partial" ] || [ -n "$(started "\${process%.partial}")" ] || rm -f "$partial"
done
exit 0
`;
// src/backup/lock-holders.ts
async function lockHolders(database, signal) {
	await using connection = await database.connect("backup", { signal });
	return (await connection.query(`
    SELECT format('session %s (%s%s) holds %s on %s.%I, its transaction is %s s old and %s', l.pid, coalesce(a.usename, '?'),
        coalesce(', ' || nullif(a.application_name, ''), ''), l.mode, quote_ident(n.nspname), c.relname,
        coalesce(round(extract(epoch FROM now() - a.xact_start))::text, '?'), coalesce(a.state, 'of unknown state')) AS line
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'S')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY a.xact_start NULLS LAST LIMIT 5`)).map((row) => row.line);
}
// src/backup/dump.ts
const FULL_BYTES = 1e6;
async function writeDump(job) {
	const { database, tools, to, snapshot, lockTimeoutMs } = job;
	const words = [
		"--format=custom",
		`--compress=${await compression(job)}`,
		"--no-password",
		`--snapshot=${snapshot}`,
		`--lock-wait-timeout=${lockTimeoutMs}`
	];
	const env = database.environment({
		admin: job.admin,
		purpose: "backup"
	});
	const noteIn = job.noteIn === void 0 ? void 0 : `${job.noteIn}-dump`;
	const reach = reachOf(database.toolsOn, to.machine);
	if (reach.by === "stream") {
		await streamDump(job, {
			words: tools.words("pg_dump", ...words),
			env,
			noteIn
		});
		return;
	}
	const how = {
		env,
		noteIn,
		signal: job.signal
	};
	const finished = reach.by === "shell" ? await reach.holder.run([
		"sh",
		"-c",
		CATCH,
		"sh",
		to.path
	], {
		words: tools.words("pg_dump", ...words),
		...how
	}) : await database.toolsOn.run({
		words: tools.words("pg_dump", ...words, `--file=${to.path}`),
		...how
	});
	if (finished.code !== 0) throw await dumpFailure(job, finished);
}
const ZSTD_SINCE = 16;
async function compression({ database, admin, tools, noteIn, signal }) {
	if (tools.major < ZSTD_SINCE) return "1";
	const { code } = await database.toolsOn.run({
		words: tools.words("pg_dump", "--format=custom", "--compress=zstd:1", ...[
			"--schema-only",
			"--exclude-schema=*",
			"--no-password",
			"--no-sync",
			"--file=/dev/null"
		]),
		env: database.environment({
			admin,
			purpose: "backup"
		}),
		noteIn: noteIn === void 0 ? void 0 : `${noteIn}-probe`,
		signal
	});
	return code === 0 ? "zstd:1" : "1";
}
async function streamDump(job, command) {
	const { database, to } = job;
	let sent = 0;
	const pipe = new PassThrough();
	pipe.on("data", (chunk) => sent += chunk.length);
	pipe.pause();
	await together(job.signal, [async (signal) => {
		const finished = await database.toolsOn.run({
			...command,
			stdout: pipe,
			signal
		});
		if (finished.code !== 0) throw await dumpFailure(job, finished);
	}, async (signal) => {
		const finished = await to.machine.run({
			words: [
				"sh",
				"-c",
				WRITE,
				"sh",
				to.path
			],
			stdin: pipe,
			signal
		});
		if (finished.code !== 0) throw await dumpFailure(job, finished, `writing the dump on ${to.machine.name}`);
	}]);
	const arrived = await fileSize(to.machine, to.path);
	if (arrived !== sent) throw new Failure(`the dump did not arrive whole: ${arrived} of ${sent} bytes are on ${to.machine.name}`);
}
const SYNC = "{ sync \"$file\" 2>/dev/null || sync; }";
const WRITE = `file=$1; cat > "$file" && ${SYNC}`;
const CATCH = `file=$1; shift; "$@" > "$file" && ${SYNC}`;
async function dumpFailure(job, finished, what = "pg_dump") {
	const { to, database, lockTimeoutMs } = job;
	const evidence = lastLines(finished);
	if (await freeBytes(to.machine, to.path) < FULL_BYTES) return new Failure(`the disk is full: ${what} failed (${ending(finished)}), ${to.path} on ${to.machine.name}`, {
		code: "disk-full",
		evidence,
		hint: "free space there, or give another state-dir"
	});
	if (finished.durationMs >= lockTimeoutMs) {
		const holders = await lockHolders(database, job.signal);
		if (holders.length > 0) return lockFailure(lockTimeoutMs, holders, evidence);
	}
	return new Failure(`${what} failed (${ending(finished)})`, {
		code: "dump-failed",
		evidence: finished.code === null && evidence.length === 0 ? ["something else on that machine ended it; it said nothing"] : evidence,
		hint: "nothing was changed: remove the cause and back up again"
	});
}
function lockFailure(waitedMs, holders, evidence) {
	return new Failure(`the backup waited ${formatDuration(waitedMs)} for a lock on a table and gave up`, {
		code: "55P03",
		evidence: [...holders, ...evidence],
		hint: "let that session finish, or end it with pg_terminate_backend, and back up again"
	});
}
// src/backup/left-sides.ts
const YOUNG_MS = 3e5;
function verifySide(database, at) {
	return sideName(database, `verify_${compactUtc(at)}`);
}
async function dropLeftSides$1(database, now) {
	const left = (await emptyDatabases(database)).filter((name) => {
		const made = verifiedAt(name);
		return made !== void 0 && verifySide(database.name, made) === name && now.getTime() - made.getTime() > YOUNG_MS;
	});
	for (const name of left) await dropDatabase(database, name);
	return left;
}
async function emptyDatabases(database) {
	await using connection = await database.connectMaintenance("look");
	return (await connection.query(`SELECT datname AS name FROM pg_database d
     WHERE datname LIKE '%\\_verify\\_%' AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend')`)).map((row) => row.name);
}
function verifiedAt(name) {
	const stamp = /_verify_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name);
	if (!stamp) return void 0;
	const [year, month, day, hour, minute, second] = stamp.slice(1);
	const made = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return Number.isNaN(made.getTime()) ? void 0 : made;
}
// src/backup/dump-progress.ts
function dumpProgress({ database, to, lastBytes, ports }) {
	const began = ports.clock.now().getTime();
	let before = -1;
	let named = "";
	return async () => {
		const bytes = await exists(to.machine, to.path) ? await fileSize(to.machine, to.path) : 0;
		const stands = bytes === before;
		before = bytes;
		if (stands) {
			const holders = await lockHolders(database, ports.signal);
			const text = holders.map((holder) => holder.replace(/, its transaction is .*/, "")).join("; ");
			if (text !== named && text !== "") ports.report.say(`The dump waits for a table's lock: ${holders.join("; ")}.`);
			named = text;
			if (text !== "") return `waiting for ${text}`;
		}
		const seconds = (ports.clock.now().getTime() - began) / 1e3;
		const rate = bytes / Math.max(seconds, 1);
		const left = lastBytes === void 0 || bytes >= lastBytes || rate === 0 ? void 0 : formatDuration((lastBytes - bytes) / rate * 1e3);
		const of = lastBytes === void 0 ? "" : ` (the last one had ${formatSize(lastBytes)})`;
		return `dumped ${formatSize(bytes)}${of}, ${formatSize(Math.round(rate))}/s${left === void 0 ? "" : `, about ${left} left`}`;
	};
}
// src/backup/order.ts
const A_LITTLE = 3e5;
function newestFirst(a, b) {
	return (b.number ?? 0) - (a.number ?? 0) || Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
function nextNumber(manifests) {
	return 1 + Math.max(0, ...manifests.map(({ number }) => number ?? 0));
}
function isAhead(time, now) {
	return time.getTime() - now.getTime() > A_LITTLE;
}
function earliestTimes(oldestFirst, now) {
	let latest = Number.NEGATIVE_INFINITY;
	return oldestFirst.map((time) => {
		if (isAhead(time, now)) return time;
		latest = Math.max(latest, time.getTime());
		return new Date(latest);
	});
}
// src/backup/privileges.ts
async function chooseReader(database, signal) {
	const missing = await unreadable(database, database.adminReads, signal);
	if (missing.length === 0) return { admin: database.adminReads };
	const { user } = database.adminReads ? database.adminTarget : database.target;
	if (database.adminTarget.user !== user && (await unreadable(database, true, signal)).length === 0) return { admin: true };
	throw refusal(`the role ${identifier(user)} may not read all of database ${identifier(database.name)}: a backup would not be whole`, {
		code: "42501",
		hint: `${grants(missing, user)}   (or give a role that may read everything as database-admin-url)`,
		evidence: evidenceOf(missing)
	});
}
async function unreadable(database, admin, signal) {
	await using connection = await database.connect("backup", {
		admin,
		signal
	});
	return await connection.query(UNREADABLE);
}
const UNREADABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema, c.relkind = 'S' AS sequence,
    CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'usage'
         WHEN NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END THEN 'select'
         ELSE 'rows' END AS lacks
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND (NOT has_schema_privilege(n.oid, 'USAGE')
      OR NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
      OR (c.relkind IN ('r', 'p') AND row_security_active(c.oid)))
  ORDER BY 1`;
function grants(missing, user) {
	const role = identifier(user);
	const statements = new Set();
	for (const { schema, lacks } of missing) if (lacks === "usage") statements.add(`GRANT USAGE ON SCHEMA ${schema} TO ${role};`);
	for (const { schema, lacks, sequence, name } of missing) {
		const kind = sequence ? "SEQUENCE" : "TABLE";
		const many = missing.filter((one) => one.schema === schema && one.sequence === sequence && one.lacks !== "rows").length > 3;
		if (lacks !== "rows") statements.add(many ? `GRANT SELECT ON ALL ${kind}S IN SCHEMA ${schema} TO ${role};` : `GRANT SELECT ON ${kind} ${name} TO ${role};`);
	}
	if (missing.some((one) => one.lacks === "rows")) statements.add(`ALTER ROLE ${role} BYPASSRLS;`);
	return [...statements].join(" ");
}
function evidenceOf(missing) {
	const shown = missing.slice(0, 10).map(({ name, lacks }) => lacks === "rows" ? `${name}: row security hides rows` : `${name}: no SELECT`);
	return missing.length > shown.length ? [...shown, `and ${plural(missing.length - shown.length, "other")}`] : shown;
}
// src/backup/read-along.ts
const FEED = `
file=$1 mark=$2; shift 2
size() { stat -L -c %s "$file" 2>/dev/null || stat -L -f %z "$file" 2>/dev/null || echo 0; }
feed() {
  fed=0
  while [ ! -e "$mark" ] && [ -e "$file" ]; do
    blocks=$(( $(size) / 1048576 ))
    if [ "$blocks" -gt "$fed" ]; then
      dd if="$file" bs=1048576 skip="$fed" count=$((blocks - fed)) 2>/dev/null || return
      fed=$blocks
    else
      sleep 0.2 2>/dev/null || sleep 1
    fi
  done
  [ "$(size)" -ge $((fed * 1048576)) ] || { echo shrank >&3; return; }
  dd if="$file" bs=1048576 skip="$fed" 2>/dev/null
}
# What the command has to read first comes before.
{ { cat; feed; } | "$@"; } 3>&1 || exit`;
const LIST_AGAIN = `
exec "$@" --list "$file"`;
var ReadAlong = class {
	#job;
	#mark;
	constructor(job) {
		this.#job = job;
		this.#mark = writtenName(job.path);
	}
	async written() {
		await writeText(this.#job.machine, this.#mark, "");
	}
	async read(signal) {
		const { machine, path, toolsOn, reach, tools, noteIn } = this.#job;
		const around = [
			"nice",
			"sh",
			"-c",
			reach.by === "path" ? FEED + LIST_AGAIN : FEED,
			"sh",
			path,
			this.#mark
		];
		const command = {
			words: tools.words("pg_restore", "--file=/dev/null"),
			noteIn: noteIn === void 0 ? void 0 : `${noteIn}-read`,
			signal
		};
		try {
			const finished = await runAround(around, {
				toolsOn,
				reach,
				command
			});
			if (finished.stdout !== "") throw new Failure("the dump became shorter while it was read back", { code: "dump-unreadable" });
			if (finished.code !== 0) throw unreadable$1(finished);
		} finally {
			await remove(machine, this.#mark);
		}
	}
};
// src/backup/room.ts
const GROWTH = 1.2;
async function requireRoom(store, connection, last) {
	const needed = last === void 0 ? await dataBytes(connection) : Math.ceil(last.sizeBytes * GROWTH);
	const free = await freeBytes(store.machine, store.directory);
	if (free >= needed) return;
	throw refusal(`no room for the backup: it needs about ${formatSize(needed)} in ${store.directory} on ${store.machine.name}, where ${formatSize(free)} are free`, {
		code: "disk-full",
		hint: `free ${formatSize(needed - free)} there, keep fewer backups (keep-last, keep-daily, max-total-size), or give another state-dir`,
		evidence: [last === void 0 ? "estimated from the database's size without its indexes" : `the last one, ${last.id}, has ${formatSize(last.sizeBytes)}`]
	});
}
async function dataBytes(connection) {
	const [row] = await connection.query(`SELECT (pg_database_size(current_database())
       - coalesce((SELECT sum(relpages::bigint) FROM pg_class WHERE relkind = 'i'), 0) * current_setting('block_size')::bigint)::bigint AS bytes`);
	return Math.max(0, Number(row?.bytes ?? 0n));
}
// src/backup/store.ts
var BackupStore = class {
	machine;
	directory;
	constructor(machine, directory) {
		this.machine = machine;
		this.directory = directory;
	}
	async all() {
		const texts = await this.#manifestTexts();
		const sizes = new Map((await list(this.machine, this.directory)).filter((entry) => entry.kind === "file").map((entry) => [entry.name, entry.size]));
		const manifests = [];
		const broken = [];
		for (const [file, text] of texts) {
			const judged = judge(file, text, sizes);
			if ("problem" in judged) broken.push(judged);
			else manifests.push(judged);
		}
		const busy = [...sizes.keys()].some((name) => name.endsWith(".writer"));
		for (const name of busy ? [] : sizes.keys()) if (name.endsWith(".dump") && !texts.has(manifestName(name))) broken.push({
			file: name,
			problem: "has no manifest"
		});
		return {
			manifests: manifests.toSorted(newestFirst),
			broken
		};
	}
	async find(named, owner = {}) {
		const { manifests, broken } = await this.all();
		const own = manifests.filter((manifest) => belongsTo(manifest, owner));
		if (named === "latest") return this.#latest(own);
		const name = this.#plainName(named);
		const matches = (manifest) => [
			manifest.id,
			manifest.deploy,
			manifest.file,
			manifestName(manifest.file)
		].includes(name);
		const found = own.find(matches) ?? manifests.find(matches);
		if (found !== void 0) return found;
		const damaged = broken.find((one) => one.file === name || one.file === manifestName(name) || one.manifest !== void 0 && matches(one.manifest));
		if (damaged !== void 0) throw refusal(`backup ${named} cannot be used: ${damaged.file} ${damaged.problem}`, {
			code: "backup-broken",
			hint: "choose another: savepoint list"
		});
		throw refusal(`there is no backup ${named} in ${this.directory} on ${this.machine.name}`, {
			code: "backup-unknown",
			hint: own.length === 0 ? "none of this database is there" : "choose one of those there, or latest",
			evidence: own.slice(0, 10).map((manifest) => `${manifest.id}  ${manifest.purpose}  ${manifest.file}`)
		});
	}
	pathOf(manifest) {
		return posix.join(this.directory, manifest.file);
	}
	async removePartials() {
		return await clearDeadWriters(this.machine, this.directory);
	}
	async delete(manifest) {
		await remove(this.machine, this.pathOf(manifest));
		await remove(this.machine, manifestName(this.pathOf(manifest)));
	}
	#latest(own) {
		const [latest] = own;
		if (latest === void 0) throw refusal(`there is no backup of this database in ${this.directory} on ${this.machine.name}`, { code: "backup-unknown" });
		const other = own.find((manifest) => whoseOf(manifest) !== whoseOf(latest));
		if (other === void 0) return latest;
		throw refusal("latest is not clear: the folder holds backups of several databases", {
			evidence: [whoseOf(latest), whoseOf(other)],
			hint: "name the backup by its id"
		});
	}
	#plainName(named) {
		if (!named.includes("/")) return named;
		const directory = posix.dirname(named);
		if (posix.resolve(this.directory, directory) === this.directory || directory === ".") return posix.basename(named);
		throw refusal(`${named} is not in ${this.directory} on ${this.machine.name}`, {
			code: "backup-unknown",
			hint: "a file from elsewhere has no manifest here; copy it and its .json there"
		});
	}
	async #manifestTexts() {
		const chunks = [];
		const gather = new Writable({ write(chunk, _, done) {
			chunks.push(chunk);
			done();
		} });
		await succeed(this.machine, {
			words: [
				"sh",
				"-c",
				READ_MANIFESTS,
				"sh",
				this.directory
			],
			stdout: gather
		}, `reading the backups in ${this.directory}`);
		const fields = Buffer.concat(chunks).toString("utf8").split("\0");
		const texts = new Map();
		for (let at = 0; at + 1 < fields.length; at += 2) texts.set(fields[at] ?? "", fields[at + 1] ?? "");
		return texts;
	}
};
const READ_MANIFESTS = `
[ -d "$1" ] || exit 0
cd "$1" || exit 1
for file in ./*.dump.json; do
  [ -f "$file" ] || continue
  [ -r "$file" ] || { printf '%s\\0%s\\0' "\${file#./}" 'may not be read'; continue; }
  printf '%s\\0' "\${file#./}"
  tr -d '\\000' < "$file"
  printf '\\0'
done
exit 0
`;
function belongsTo(manifest, owner) {
	const { app, environment, database } = owner;
	return (app === void 0 || manifest.app === app) && (environment === void 0 || manifest.environment === environment) && (database === void 0 || manifest.database.name === database.name && manifest.database.system === database.system);
}
function whoseOf({ app, environment, database }) {
	return `${app}/${environment}: database ${database.name} of cluster ${database.system}`;
}
function judge(file, text, sizes) {
	let manifest;
	try {
		manifest = parseManifest(text);
	} catch (error) {
		return {
			file,
			problem: messageOf(error)
		};
	}
	if (manifestName(manifest.file) !== file) return {
		file,
		problem: `names another file: ${manifest.file}`
	};
	const size = sizes.get(manifest.file);
	if (size === void 0) return {
		file,
		problem: "its dump is missing",
		manifest,
		dumpMissing: true
	};
	if (size !== manifest.sizeBytes) return {
		file,
		problem: `its dump has ${size} bytes instead of ${manifest.sizeBytes}`,
		manifest
	};
	return manifest;
}
// src/backup/create.ts
const LOCK_TIMEOUT_MS = 6e4;
async function createBackup(request) {
	const { database, store, ports } = request;
	const startedAt = ports.clock.now();
	for (const file of await store.removePartials()) ports.report.detail(`removed ${file}, which a killed run left`);
	const reader = await chooseReader(database, ports.signal);
	const { tools, identity, number, lastBytes } = await prepare(request, reader);
	await makeDirectory(store.machine, store.directory);
	await using claim = await claimName({
		machine: store.machine,
		directory: store.directory,
		purpose: request.purpose,
		at: request.namedAt ?? startedAt,
		commit: request.commit
	});
	const path = store.pathOf(claim.name);
	const partial = {
		machine: store.machine,
		path: partialName(path)
	};
	const { facts, history, checksum } = await dumpAndLook(request, {
		admin: reader.admin,
		tools,
		to: partial,
		lastBytes
	});
	const sizeBytes = await fileSize(store.machine, partial.path);
	ports.report.detail(`dumped ${formatSize(sizeBytes)} and read it back whole, sha256 ${checksum}`);
	if (request.verify === "restore") await proveByRestoring(request, tools, partial, facts, startedAt);
	stopIfCancelled(ports.signal);
	await rename(store.machine, partial.path, path);
	const endedAt = ports.clock.now();
	const manifest = {
		format: 1,
		...claim.name,
		number,
		purpose: request.purpose,
		...request.identity,
		...request.deploy === void 0 ? {} : { deploy: request.deploy },
		...request.from === void 0 ? {} : { from: request.from },
		...request.commit === void 0 ? {} : { to: request.commit },
		startedAt: startedAt.toISOString(),
		endedAt: endedAt.toISOString(),
		database: identity,
		tools: tools.major,
		sizeBytes,
		sha256: checksum,
		verified: request.verify,
		schema: {
			fingerprint: facts.fingerprint,
			history
		},
		rows: Object.fromEntries(facts.rows),
		sequences: Object.fromEntries([...facts.sequences].map(([name, value]) => [name, String(value)])),
		durationMs: endedAt.getTime() - startedAt.getTime()
	};
	await writeText(store.machine, manifestName(path), formatManifest(manifest));
	claim.published();
	return manifest;
}
async function prepare(request, reader) {
	const { database, store, ports } = request;
	await using connection = await database.connect("backup", {
		admin: reader.admin,
		signal: ports.signal
	});
	const identity = await identify(connection);
	const tools = await clientTools(database.toolsOn, Math.floor(identity.serverVersion / 1e4));
	const { manifests } = await store.all();
	const last = manifests.find((manifest) => belongsTo(manifest, {
		...request.identity,
		database: identity
	}));
	await requireRoom(store, connection, last);
	return {
		tools,
		identity,
		number: nextNumber(manifests),
		lastBytes: last?.sizeBytes
	};
}
async function dumpAndLook(request, how) {
	const { database, ports } = request;
	const reach = reachOf(database.toolsOn, how.to.machine);
	if (reach.by !== "stream") {
		const { to, tools } = how;
		return await underSnapshot(request, how, new ReadAlong({
			...to,
			toolsOn: database.toolsOn,
			reach,
			tools,
			noteIn: request.noteIn
		}));
	}
	const dumped = await underSnapshot(request, how, void 0);
	await readBack({
		dump: how.to,
		toolsOn: database.toolsOn,
		tools: how.tools,
		noteIn: request.noteIn,
		signal: ports.signal
	});
	return dumped;
}
async function underSnapshot(request, how, along) {
	const { database, ports, noteIn } = request;
	const lockTimeoutMs = request.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
	await using snapshot = await exportSnapshot(database, {
		admin: how.admin,
		signal: ports.signal
	});
	const { connection } = snapshot;
	await connection.exec(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
	const sequences = await sequenceValues(connection);
	const watch = dumpProgress({
		database,
		to: how.to,
		lastBytes: how.lastBytes,
		ports
	});
	const [checksum, , rest] = await together(ports.signal, [
		async (signal) => {
			await withProgress(ports, watch, async () => await writeDump({
				...how,
				database,
				snapshot: snapshot.id,
				lockTimeoutMs,
				noteIn,
				signal
			}));
			await along?.written();
			return await sha256(how.to.machine, how.to.path, { signal });
		},
		async (signal) => await along?.read(signal),
		async (signal) => {
			const onAbort = () => void snapshot[Symbol.asyncDispose]();
			signal.addEventListener("abort", onAbort, { once: true });
			try {
				return {
					fingerprint: await schemaFingerprint(connection),
					listing: request.verify === "restore" ? await schemaListing(connection) : void 0,
					history: await request.readHistory(connection),
					rows: await countRows(connection)
				};
			} catch (error) {
				if (!(error instanceof Failure && error.code === "55P03")) throw error;
				throw lockFailure(lockTimeoutMs, await lockHolders(database, ports.signal), error.evidence);
			} finally {
				signal.removeEventListener("abort", onAbort);
			}
		}
	]);
	const { history, ...facts } = rest;
	return {
		facts: {
			...facts,
			sequences
		},
		history,
		checksum
	};
}
async function proveByRestoring(request, tools, dump, expected, at) {
	const { database, ports, noteIn } = request;
	for (const name of await dropLeftSides$1(database, ports.clock.now())) ports.report.detail(`dropped ${name}, which a killed run left`);
	await using copy = await restoreBeside$1({
		database,
		side: request.verifySide ?? verifySide(database.name, at),
		dump,
		writtenBy: tools.major,
		expected,
		ports,
		noteIn
	});
	ports.report.detail(`restored into ${copy.name} and compared: ${plural(expected.rows.size, "table")}, ${plural(expected.sequences.size, "sequence")}`);
}
// src/backup/listing.ts
function listBackups(manifests, plan) {
	const fates = new Map();
	for (const { manifest, reasons } of plan?.keep ?? []) fates.set(manifest.file, reasons.join("; "));
	for (const { manifest, reason } of plan?.remove ?? []) fates.set(manifest.file, `goes next time: ${reason}`);
	return manifests.toSorted(newestFirst).map((manifest) => ({
		id: manifest.id,
		purpose: manifest.purpose,
		when: `${manifest.startedAt.slice(0, 19).replace("T", " ")} UTC`,
		size: formatSize(manifest.sizeBytes),
		commit: commits(manifest),
		verified: manifest.verified,
		database: manifest.database.name,
		kept: fates.get(manifest.file) ?? ""
	}));
}
function commits({ from, to }) {
	if (from === void 0 && to === void 0) return "–";
	const word = (commit) => commit === void 0 ? "–" : shortCommit(commit);
	return from === to ? word(to) : `${word(from)} → ${word(to)}`;
}
// src/postgres/count-rights.ts
async function countProblems(connection, role) {
	const tables = await connection.query(`SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS hidden
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       AND (NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid))
     ORDER BY 1`);
	if (tables.length === 0) return [];
	const schemas = [...new Set(tables.filter((table) => !table.hidden).map((table) => table.schema))].join(", ");
	const names = tables.slice(0, 5).map((table) => table.name);
	return [{
		problem: `the role ${role.name} may not count the rows of ${plural(tables.length, "table")} (${names.join(", ")}${tables.length > names.length ? ", …" : ""}), and a restored copy is compared`,
		fix: [...schemas === "" ? [] : [`GRANT USAGE ON SCHEMA ${schemas} TO ${role.quoted}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${role.quoted};`], ...tables.some((table) => table.hidden) ? [`ALTER ROLE ${role.quoted} BYPASSRLS;`] : []].join(" ")
	}];
}
// src/postgres/evict.ts
const HELD_PATIENCE_MS = 3e3;
const MAY_END = `(
  EXISTS (SELECT FROM pg_roles me WHERE me.rolname = current_user AND me.rolsuper)
  OR (NOT coalesce(r.rolsuper, false) AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
)`;
const SESSIONS = `pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid WHERE a.datname = ANY($1) AND a.pid <> pg_backend_pid()`;
async function endSessionsIn(connection, databases) {
	return (await connection.query(`SELECT pg_terminate_backend(a.pid) FROM ${SESSIONS} AND ${MAY_END}`, [databases])).length;
}
async function heldSessions(connection, databases) {
	return (await connection.query(`SELECT a.pid, r.rolname AS role, a.application_name AS name, a.datname AS database FROM ${SESSIONS} AND NOT ${MAY_END} ORDER BY a.pid`, [databases])).map((row) => `session ${row.pid} of ${row.role} in ${row.database}${row.name === "" ? "" : ` (${row.name})`}`);
}
async function stayingSessions(connection, databases, signal) {
	const until = performance.now() + HELD_PATIENCE_MS;
	for (;;) {
		const held = await heldSessions(connection, databases);
		if (held.length === 0 || performance.now() > until) return held;
		if (signal) stopIfCancelled(signal);
		await connection.query("SELECT pg_sleep(0.1)");
	}
}
// src/postgres/foreign-grants.ts
const RIGHTS = `
  SELECT c.oid::regclass::text AS name, c.relacl AS acl, c.relowner AS owner, 'pg_class'::regclass AS class, c.oid FROM pg_class c
  UNION ALL SELECT a.attrelid::regclass::text || '.' || quote_ident(a.attname), a.attacl, c.relowner, 'pg_class'::regclass, c.oid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  UNION ALL SELECT p.oid::regprocedure::text, p.proacl, p.proowner, 'pg_proc'::regclass, p.oid FROM pg_proc p
  UNION ALL SELECT t.oid::regtype::text, t.typacl, t.typowner, 'pg_type'::regclass, t.oid FROM pg_type t
  UNION ALL SELECT quote_ident(n.nspname), n.nspacl, n.nspowner, 'pg_namespace'::regclass, n.oid FROM pg_namespace n`;
async function grantProblems(connection, role) {
	const found = await connection.query(`SELECT r.name, string_agg(DISTINCT pg_get_userbyid(x.grantor)::text, ', ') AS grantors
     FROM (${RIGHTS}) r CROSS JOIN LATERAL aclexplode(r.acl) x
     WHERE x.grantor <> r.owner AND r.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = r.class AND d.objid = r.oid AND d.deptype = 'e')
     GROUP BY r.name ORDER BY r.name`);
	if (found.length === 0) return [];
	const shown = found.slice(0, 5).map(({ name, grantors }) => `${name} by ${grantors}`);
	return [{
		problem: `rights that others than the owner granted (${shown.join("; ")}${found.length > shown.length ? "; …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
		fix: "Name a superuser in database-admin-url; or let the owner grant them instead of the others."
	}];
}
// src/postgres/wayback.ts
const MANAGED_ADMINS = [
	"rds_superuser",
	"cloudsqlsuperuser",
	"alloydbsuperuser",
	"azure_pg_admin"
];
async function proveWayBack(database, options = {}) {
	const entered = await enter(database);
	if (!("connection" in entered)) return [entered];
	await using connection = entered.connection;
	const problems = [];
	const role = await adminRole(connection, database);
	if (!role.superuser) problems.push(...rolesProblems(role), ...await ownerProblems(connection, role), ...await grantProblems(connection, role));
	problems.push(...await sessionProblems(connection, database, role), ...await extensionProblems(connection, role));
	if (!role.superuser && !role.managed) problems.push(...await superuserProblems(connection, role));
	if (database.adminTarget.user !== database.target.user) problems.push(...await countProblems(connection, role));
	const { freeBytesOnServer: free } = options;
	if (free !== void 0 && free < role.size) problems.push({
		problem: `the server has ${formatSize(free)} free, and a second copy of ${database.name} takes ${formatSize(role.size)}`,
		fix: "Free disk space on the server."
	});
	return problems;
}
async function enter(database) {
	try {
		await using maintenance = await database.connectMaintenance("look");
		await maintenance.query("SELECT 1");
		return { connection: await database.connect("look", { admin: true }) };
	} catch (error) {
		if (!(error instanceof Failure && ["42501", "3D000"].includes(error.code ?? ""))) throw error;
		return {
			problem: error.message,
			fix: error.hint ?? `GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${identifier(database.adminTarget.user)};`
		};
	}
}
async function adminRole(connection, database) {
	const [row] = await connection.query(`SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolcreatedb AS createdb, pg_get_userbyid(d.datdba) AS owner,
       pg_has_role(d.datdba, 'USAGE') AS owns, pg_database_size(d.oid) AS size,
       EXISTS (SELECT FROM pg_roles m WHERE m.rolname = ANY ($1) AND pg_has_role(m.oid, 'USAGE')) AS managed
     FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`, [MANAGED_ADMINS]);
	if (row === void 0) throw refusal(`the role ${database.adminTarget.user} cannot be found in the cluster`);
	return {
		...row,
		quoted: identifier(row.name),
		size: Number(row.size)
	};
}
function rolesProblems(role) {
	const problems = [];
	if (!role.createdb) problems.push({
		problem: `the role ${role.name} may not create databases`,
		fix: `ALTER ROLE ${role.quoted} CREATEDB;`
	});
	if (!role.owns) problems.push({
		problem: `the role ${role.name} neither owns the database nor belongs to its owner ${role.owner}`,
		fix: `GRANT ${identifier(role.owner)} TO ${role.quoted};`
	});
	return problems;
}
async function ownerProblems(connection, role) {
	const how = connection.serverVersion >= 16e4 ? "SET" : "MEMBER";
	return (await connection.query(`SELECT r.rolname AS owner, r.rolsuper AS super, count(*) AS objects
     FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.deptype = 'o'
       AND s.classid <> 'pg_extension'::regclass
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
       AND NOT pg_has_role(r.oid, $1)
     GROUP BY 1, 2 ORDER BY 1`, [how])).map(({ owner, super: superuser, objects }) => ({
		problem: `${plural(Number(objects), "object")} in the database belong to ${owner}, and ${role.name} may not give them to it`,
		fix: superuser ? `REASSIGN OWNED BY ${identifier(owner)} TO ${identifier(role.owner)}; or name a superuser in database-admin-url.` : `GRANT ${identifier(owner)} TO ${role.quoted};`
	}));
}
async function sessionProblems(connection, database, role) {
	const held = await stayingSessions(connection, [database.name]);
	if (held.length === 0) return [];
	return [{
		problem: `${plural(held.length, "session")} in the database cannot be ended by ${role.name}: ${held.slice(0, 3).join("; ")}`,
		fix: `GRANT pg_signal_backend TO ${role.quoted}; (a superuser's session only a superuser can end: close it, or name a superuser in database-admin-url)`
	}];
}
async function extensionProblems(connection, role) {
	const trusted = connection.serverVersion >= 13e4 ? "(to_jsonb(v) ->> 'trusted')::boolean" : "false";
	return (await connection.query(`SELECT e.extname AS name, v.name IS NOT NULL AS available, coalesce(NOT v.superuser OR ${trusted}, false) AS installable
     FROM pg_extension e
     LEFT JOIN pg_available_extensions a ON a.name = e.extname
     LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
     WHERE e.extname <> 'plpgsql' ORDER BY 1`)).flatMap(({ name, available, installable }) => {
		if (!available) return [{
			problem: `the extension ${name} is in use, but its files are no longer on the server`,
			fix: `Install the package of ${name} on the server again.`
		}];
		if (installable || role.superuser || role.managed) return [];
		return [{
			problem: `the extension ${name} can only be restored by a superuser, and ${role.name} is none`,
			fix: `Name a superuser in database-admin-url; or ALTER ROLE ${role.quoted} SUPERUSER;`
		}];
	});
}
async function superuserProblems(connection, role) {
	const own = (catalog, oid) => `${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`;
	return (await connection.query(`SELECT what, array_agg(name ORDER BY name) AS names FROM (
       SELECT 'event triggers' AS what, evtname::text AS name FROM pg_event_trigger t WHERE ${own("pg_event_trigger", "t.oid")}
       UNION ALL SELECT 'foreign data wrappers', fdwname FROM pg_foreign_data_wrapper w WHERE ${own("pg_foreign_data_wrapper", "w.oid")}
       UNION ALL SELECT 'functions in C', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a' AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'functions in an untrusted language', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal') AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'leakproof functions', p.oid::regprocedure::text FROM pg_proc p WHERE p.proleakproof AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'operator classes', o.opcname FROM pg_opclass o WHERE ${own("pg_opclass", "o.oid")}
       UNION ALL SELECT 'base types', t.typname FROM pg_type t WHERE t.typtype = 'b' AND t.typelem = 0 AND ${own("pg_type", "t.oid")}
       UNION ALL SELECT 'access methods', m.amname FROM pg_am m WHERE ${own("pg_am", "m.oid")}
       UNION ALL SELECT 'text search templates or parsers', x.name FROM (SELECT oid, tmplname AS name FROM pg_ts_template UNION ALL SELECT oid, prsname FROM pg_ts_parser) x WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.deptype = 'e')
       UNION ALL SELECT 'publications for all tables', p.pubname FROM pg_publication p WHERE p.puballtables
       UNION ALL SELECT 'subscriptions', s.subname FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     ) AS found(what, name) GROUP BY what ORDER BY what`)).map(({ what, names }) => ({
		problem: `${what} (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
		fix: "Name a superuser in database-admin-url."
	}));
}
// src/deploy/steps/prove-way-back.ts
const PROBE = "probe";
async function proveDatabaseWayBack(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	const problems = await proveWayBack(database, { freeBytesOnServer: await freeBytesOnServer(database) });
	if (problems.length > 0) throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
		hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
		evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
		code: "way-back"
	});
	await createAndDrop(database, sideName(database.name, `${PROBE}_${compactUtc(environment.ports.clock.now())}`));
}
async function createAndDrop(database, side) {
	try {
		await createSide(database, side);
		await dropDatabase(database, side);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw refusal(`The way back is not open: a database beside ${database.name} cannot be made: ${error.message}`, {
			cause: error,
			evidence: error.evidence,
			hint: `Nothing was touched. ${error.hint ?? "Name a role that may create databases in `database-admin-url`."}`,
			code: "way-back"
		});
	}
}
// src/deploy/steps/backup.ts
async function takeSavepoint(tx, settings, raw) {
	const { environment } = tx;
	const deploy = await tx.record();
	if (changedSomething(deploy)) throw refusal(`Deploy ${deploy.id} has changed the database or the code already: a backup now would hold half of it, and could not be gone back to.`, {
		hint: "A deploy backs up before it migrates. To keep a copy all the same, back up with `purpose: manual`.",
		code: "changed-already"
	});
	if (deploy.live === void 0) await proveDatabaseWayBack(environment);
	const env = commandEnvironment(environment, {
		commit: deploy.commit,
		previous: deploy.from,
		id: deploy.id
	});
	const side = settings.verify === "restore" ? verifySide((await databaseOf(environment)).name, environment.ports.clock.now()) : void 0;
	return await tx.step("backup", {
		title: `Backing up the database of ${environment.title}`,
		intent: {
			purpose: "pre-deploy",
			verify: settings.verify,
			side
		},
		settings: raw
	}, async (signal) => {
		await runHooks(environment, "before-backup", {
			env,
			noteIn: tx.note(),
			signal
		});
		const manifest = await dump(environment, tx.state, {
			purpose: "pre-deploy",
			verify: settings.verify,
			verifySide: side,
			commit: deploy.commit,
			from: deploy.from,
			deploy: deploy.id,
			namedAt: new Date(deploy.openedAt),
			signal,
			noteIn: tx.note()
		});
		await noteSchema(tx, deploy, manifest);
		await runHooks(environment, "after-backup", {
			env,
			noteIn: tx.note(),
			signal
		});
		return {
			value: manifest,
			result: {
				backup: manifest.id,
				file: manifest.file,
				sizeBytes: manifest.sizeBytes,
				sha256: manifest.sha256,
				verified: manifest.verified
			},
			headline: describeBackup(manifest)
		};
	});
}
async function noteSchema(tx, { from, live }, { schema }) {
	if (from === void 0 || live !== void 0 && sameSchema(live, schema)) return;
	await tx.write({
		kind: "version.seen",
		commit: from,
		schema,
		during: "opening"
	});
}
async function dump(environment, state, request) {
	const { ports, app, name, shared } = environment;
	const { signal, ...rest } = request;
	return await createBackup({
		...rest,
		database: await databaseOf(environment),
		store: backupStore(environment, state),
		identity: {
			app,
			environment: name
		},
		readHistory: async (connection) => await readHistories(connection, shared["history-tables"] ?? []),
		ports: {
			...ports,
			signal
		}
	});
}
function backupsBlock(manifests) {
	return {
		kind: "table",
		title: "Backups",
		head: [
			"id",
			"purpose",
			"made",
			"size",
			"commits",
			"verified",
			"database"
		],
		rows: listBackups(manifests).map((row) => [
			row.id,
			row.purpose,
			row.when,
			row.size,
			row.commit,
			row.verified,
			row.database
		])
	};
}
function backupStore(environment, state) {
	return new BackupStore(environment.machine, state.paths.backups);
}
function describeBackup(manifest) {
	const verified = manifest.verified === "restore" ? "restored and compared" : "read back whole";
	return `${formatSize(manifest.sizeBytes)}, ${verified}, in ${formatDuration(manifest.durationMs)}`;
}
// src/backup/restore.ts
async function restoreToSide(request) {
	const { database, store, manifest, side, ports, noteIn } = request;
	const started = ports.clock.now().getTime();
	const bare = !("id" in manifest);
	const path = bare ? manifest.path : store.pathOf(manifest);
	if (bare) await checkBare(request, manifest);
	else {
		await requireOwn(request, manifest);
		await checkSize(store, manifest);
	}
	const restored = async (signal) => await restoreBeside$1({
		database,
		side,
		dump: {
			machine: store.machine,
			path
		},
		writtenBy: bare ? void 0 : manifest.tools,
		expected: bare ? void 0 : factsOf(manifest),
		ports: {
			...ports,
			signal
		},
		noteIn
	});
	await using copy = bare ? await restored(ports.signal) : await whileChecked({
		check: async (signal) => await checkBytes(store, manifest, signal),
		restored,
		signal: ports.signal
	});
	copy.keep();
	const uncompared = bare ? [
		"checksum",
		"schema",
		"rows",
		"sequences"
	].map((what) => `${what}: no manifest says what they were`) : isComparable(manifest.schema.fingerprint) ? [] : ["schema: another version of Savepoint recorded it, in its own way"];
	if (!bare && uncompared.length > 0) ports.report.notice(`The restored copy's checksum, rows and sequences were compared, and this was not: ${uncompared.join("; ")}.`);
	return {
		side,
		durationMs: ports.clock.now().getTime() - started,
		uncompared
	};
}
async function whileChecked({ check, restored, signal }) {
	const damaged = new AbortController();
	const checking = check(signal).catch((error) => {
		damaged.abort();
		throw error;
	});
	const [checked, copy] = await Promise.allSettled([checking, restored(AbortSignal.any([signal, damaged.signal]))]);
	if (copy.status === "fulfilled") {
		if (checked.status === "fulfilled") return copy.value;
		await copy.value[Symbol.asyncDispose]();
		throw checked.reason;
	}
	throw checked.status === "rejected" ? checked.reason : copy.reason;
}
async function checkSize(store, manifest) {
	const path = store.pathOf(manifest);
	if (!await exists(store.machine, path)) throw damagedBackup(store, manifest, "its dump is missing");
	const size = await fileSize(store.machine, path);
	if (size !== manifest.sizeBytes) throw damagedBackup(store, manifest, `its dump has ${size} bytes instead of ${manifest.sizeBytes}`);
}
async function checkBytes(store, manifest, signal) {
	const sum = await sha256(store.machine, store.pathOf(manifest), { signal });
	if (sum !== manifest.sha256) throw damagedBackup(store, manifest, `its checksum is ${sum} instead of ${manifest.sha256}`);
}
function damagedBackup(store, manifest, problem) {
	return refusal(`backup ${manifest.id} is damaged: ${problem}`, {
		code: "backup-broken",
		hint: "restore another: savepoint list",
		evidence: [`${store.pathOf(manifest)} on ${store.machine.name}`]
	});
}
async function checkBare({ store, foreign }, { path }) {
	if (foreign !== true) throw refusal(`${path} has no manifest: nothing says which database it is of, or that it is whole`, {
		code: "backup-foreign",
		hint: "confirm that it is meant"
	});
	if (!await exists(store.machine, path)) throw refusal(`there is no file ${path} on ${store.machine.name}`, { code: "backup-unknown" });
}
async function requireOwn({ database, foreign, ports }, manifest) {
	if (foreign === true) return;
	await using connection = await database.connectMaintenance("restore", { signal: ports.signal });
	const [row] = await connection.query("SELECT system_identifier::text AS system FROM pg_control_system()");
	const { system, name } = manifest.database;
	if (system === row?.system && name === database.name) return;
	throw refusal(`backup ${manifest.id} is not of this database`, {
		code: "backup-foreign",
		hint: "where it is meant, as on a new server, say `foreign: true`; else choose one of this database",
		evidence: [`the backup: database ${name} of cluster ${system}`, `here: database ${database.name} of cluster ${row?.system ?? "unknown"}`]
	});
}
// src/postgres/carry.ts
async function databaseProperties(connection, name) {
	const [row] = await connection.query(`SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) AS grants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, 'config', s.setconfig)), '[]')
        FROM pg_db_role_setting s WHERE s.setdatabase = d.oid) AS settings
     FROM pg_database d WHERE d.datname = $1`, [name]);
	if (row === void 0) return void 0;
	return {
		owner: row.owner,
		comment: row.comment,
		connectionLimit: row.limit,
		grants: row.grants.map((grant) => ({
			...grant,
			grantee: grant.grantee ?? void 0
		})),
		settings: row.settings.map((one) => ({
			...one,
			role: one.role ?? void 0
		}))
	};
}
function carryStatements(name, present, wanted) {
	const database = identifier(name);
	const statements = [];
	if (present.owner !== wanted.owner) statements.push(`ALTER DATABASE ${database} OWNER TO ${identifier(wanted.owner)}`);
	const grantees = new Set([
		...present.grants.map((grant) => grant.grantee),
		void 0,
		wanted.owner
	]);
	for (const grantee of grantees) statements.push(`REVOKE ALL ON DATABASE ${database} FROM ${grantee === void 0 ? "PUBLIC" : identifier(grantee)}`);
	for (const { grantee, privilege, grantable } of wanted.grants) statements.push(`GRANT ${privilege} ON DATABASE ${database} TO ${grantee === void 0 ? "PUBLIC" : identifier(grantee)}${grantable ? " WITH GRANT OPTION" : ""}`);
	if (present.connectionLimit !== wanted.connectionLimit) statements.push(`ALTER DATABASE ${database} CONNECTION LIMIT ${wanted.connectionLimit}`);
	if (present.comment !== wanted.comment) statements.push(`COMMENT ON DATABASE ${database} IS ${wanted.comment === null ? "NULL" : literal(wanted.comment)}`);
	return statements;
}
function settingStatements(name, settings) {
	return settings.flatMap(({ role, config }) => {
		const subject = role === void 0 ? `ALTER DATABASE ${identifier(name)}` : `ALTER ROLE ${identifier(role)} IN DATABASE ${identifier(name)}`;
		return config.map((entry) => {
			const equals = entry.indexOf("=");
			const parameter = entry.slice(0, equals);
			return `${subject} SET ${identifier(parameter)} TO ${settingValue(parameter, entry.slice(equals + 1))}`;
		});
	});
}
const LISTS = new Set([
	"local_preload_libraries",
	"search_path",
	"session_preload_libraries",
	"shared_preload_libraries",
	"temp_tablespaces",
	"unix_socket_directories"
]);
function settingValue(parameter, value) {
	if (!LISTS.has(parameter.toLowerCase())) return literal(value);
	const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
	if (items.length === 0) return "''";
	return items.map((item) => literal(item.startsWith("\"") ? item.slice(1, -1).replaceAll("\"\"", "\"") : item)).join(", ");
}
async function carryProperties(connection, from, name) {
	const present = await databaseProperties(connection, name);
	if (present === void 0) throw new Failure(`there is no database ${name} in the cluster`, { code: "3D000" });
	for (const statement of carryStatements(name, present, from)) await connection.exec(statement);
	const refused = [];
	for (const statement of settingStatements(name, from.settings)) {
		await connection.exec("SAVEPOINT setting");
		try {
			await connection.exec(statement);
		} catch (error) {
			if (!(error instanceof Failure && ["42501", "42704"].includes(error.code ?? ""))) throw error;
			await connection.exec("ROLLBACK TO setting");
			refused.push(statement);
		}
	}
	return refused;
}
// src/postgres/swap.ts
const ATTEMPTS = 4;
const LOCK_TIMEOUT = 5e3;
const AGAIN = [
	"55P03",
	"55006",
	"40P01"
];
async function swapDatabases(request) {
	const { database, side, replacedAs, signal, report } = request;
	await using renamer = await database.connectMaintenance("swap", {
		lockTimeout: LOCK_TIMEOUT,
		signal
	});
	await using evictor = await database.connectMaintenance("swap");
	if (await alreadySwapped(renamer, request)) return { blockedMs: 0 };
	await refuseObstacles(renamer, request);
	const staying = await stayingSessions(evictor, [database.name, side], signal);
	if (staying.length > 0) throw whoHolds(database, staying);
	for (let attempt = 1;; attempt += 1) {
		if (signal) stopIfCancelled(signal);
		try {
			const { blockedMs, refused, ended } = await attemptSwap(renamer, evictor, request);
			report.detail(`${side} is now ${database.name}; ${plural(ended, "session")} ended; blocked for ${Math.round(blockedMs)} ms`);
			for (const statement of refused) report.warning(`A setting of the replaced database could not be carried over by the role ${database.adminTarget.user}. Run as a superuser: ${statement.replace(identifier(side), identifier(database.name))}`);
			return { blockedMs };
		} catch (error) {
			if (!(error instanceof Failure && AGAIN.includes(error.code ?? ""))) throw error;
			const held = await heldSessions(evictor, [database.name, side]);
			if (held.length > 0) throw whoHolds(database, held, error);
			if (attempt === ATTEMPTS) throw error.with({
				hint: `nothing was changed; something keeps ${database.name} or ${side} in use: run it again`,
				state: [`${database.name} is as it was`, `${side} is still beside it; ${replacedAs} does not exist`]
			});
			report.detail(`the databases are in use (${error.code}); trying again`);
		}
	}
}
async function attemptSwap(renamer, evictor, { database, side, replacedAs }) {
	const live = database.name;
	let started = 0;
	const evicting = {
		on: false,
		ended: 0
	};
	let loop = Promise.resolve();
	try {
		const refused = await renamer.transaction(async () => {
			const properties = await databaseProperties(renamer, live);
			if (properties === void 0) throw refusal(`there is no database ${live} in the cluster`, { code: "3D000" });
			const kept = await carryProperties(renamer, properties, side);
			await renamer.exec(`COMMENT ON DATABASE ${identifier(live)} IS ${literal(commentFor(live, replacedAs, new Date()))}`);
			started = performance.now();
			evicting.on = true;
			loop = keepEvicting(evictor, [live, side], evicting);
			loop.catch(() => void 0);
			await renamer.exec(`ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replacedAs)}`);
			await renamer.exec(`ALTER DATABASE ${identifier(side)} RENAME TO ${identifier(live)}`);
			evicting.on = false;
			await loop;
			return kept;
		});
		return {
			blockedMs: performance.now() - started,
			refused,
			ended: evicting.ended
		};
	} finally {
		evicting.on = false;
		await loop;
	}
}
async function keepEvicting(evictor, names, state) {
	while (state.on) {
		state.ended += await endSessionsIn(evictor, names);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
async function alreadySwapped(connection, { database, side, replacedAs }) {
	return await databaseExists(connection, replacedAs) && await databaseExists(connection, database.name) && !await databaseExists(connection, side);
}
async function refuseObstacles(connection, { database, side, replacedAs }) {
	if (!await databaseExists(connection, side)) throw refusal(`there is no database ${side} to swap in`, { code: "3D000" });
	if (await databaseExists(connection, replacedAs)) throw refusal(`a database ${replacedAs} exists already`, { code: "42P04" });
	const prepared = await connection.query("SELECT gid FROM pg_prepared_xacts WHERE database = ANY($1) ORDER BY gid", [[database.name, side]]);
	if (prepared.length > 0) throw refusal(`${database.name} has ${plural(prepared.length, "prepared transaction")}, which would be lost`, {
		code: "55006",
		hint: `in ${database.name}: ${prepared.map(({ gid }) => `COMMIT PREPARED ${literal(gid)}; or ROLLBACK PREPARED ${literal(gid)};`).join(" ")}`
	});
}
function whoHolds(database, held, cause) {
	return new Failure(`${database.name} cannot be swapped: ${plural(held.length, "session")} in it cannot be ended by ${database.adminTarget.user}`, {
		code: "55006",
		evidence: held,
		hint: `nothing was changed. End them, or GRANT pg_signal_backend TO ${identifier(database.adminTarget.user)} (a superuser's session only a superuser can end: name one in database-admin-url)`,
		cause
	});
}
// src/deploy/steps/swap.ts
const DUMP_WAIT_MS = 18e5;
async function restoreBeside(tx, manifest, { signal, side, foreign }) {
	const { environment } = tx;
	await restoreToSide({
		database: await databaseOf(environment),
		store: backupStore(environment, tx.state),
		manifest,
		side,
		foreign,
		ports: {
			...environment.ports,
			signal
		},
		noteIn: tx.note()
	});
	return side;
}
async function planSide(environment) {
	return sideName((await databaseOf(environment)).name, `restore_${compactUtc(environment.ports.clock.now())}`);
}
async function dropLeftSides(environment, deploy) {
	const sides = (deploy?.steps ?? []).flatMap((step) => typeof step.intent["side"] === "string" ? [step.intent["side"]] : []);
	if (sides.length === 0) return;
	const database = await databaseOf(environment);
	for (const side of sides) if (isSideOf(database.name, side)) await dropDatabase(database, side);
}
async function dropSide(environment, side) {
	await dropDatabase(await databaseOf(environment), side);
}
async function waitForBackups(environment, signal) {
	const { clock, report } = environment.ports;
	await waitForDumps(await databaseOf(environment), {
		clock,
		report,
		signal,
		timeoutMs: DUMP_WAIT_MS
	});
}
async function swapIn(tx, request) {
	const { environment } = tx;
	const database = await databaseOf(environment);
	await waitForBackups(environment, request.signal);
	const replaced = await freeReplacedName(database, environment.ports.clock.now());
	await tx.write({
		kind: "database.replaced",
		database: database.name,
		replaced,
		backup: request.backup
	});
	const { blockedMs } = await swapDatabases({
		database,
		side: request.side,
		replacedAs: replaced,
		signal: request.signal,
		report: environment.ports.report
	});
	return {
		replaced,
		blockedMs
	};
}
export { sidesOf as C, sideName as S, isAhead as _, swapIn as a, dropDatabase as b, backupStore as c, dump as d, takeSavepoint as f, earliestTimes as g, belongsTo as h, restoreBeside as i, backupsBlock as l, proveDatabaseWayBack as m, dropSide as n, waitForBackups as o, PROBE as p, planSide as r, restoreToSide as s, dropLeftSides as t, describeBackup as u, newestFirst as v, countRows as w, replacedDatabases as x, identify as y };
