import { w as refusal } from "./output.js";
import { Ft as identifier, Lt as qualified } from "./github.js";
// src/migration/known.ts
const KNOWN_TOOLS = [
	{
		tool: "savepoint",
		columns: [
			"version",
			"checksum",
			"state",
			"started_at",
			"deploy_id",
			"up_sql",
			"down_sql",
			"progress"
		],
		more: true,
		version: "t.version",
		checksum: "t.checksum",
		state: "CASE t.state WHEN 'applied' THEN 'applied' ELSE 'failed' END",
		order: "t.started_at, length(t.version), t.version COLLATE \"C\""
	},
	{
		tool: "prisma",
		columns: [
			"id",
			"checksum",
			"finished_at",
			"migration_name",
			"logs",
			"rolled_back_at",
			"started_at",
			"applied_steps_count"
		],
		more: true,
		version: "t.migration_name",
		checksum: "t.checksum",
		state: "CASE WHEN t.rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN t.finished_at IS NULL THEN 'failed' ELSE 'applied' END",
		order: "t.started_at, t.migration_name COLLATE \"C\", t.id COLLATE \"C\""
	},
	{
		tool: "flyway",
		columns: [
			"installed_rank",
			"version",
			"description",
			"type",
			"script",
			"checksum",
			"installed_by",
			"installed_on",
			"execution_time",
			"success"
		],
		more: true,
		version: "coalesce(t.version, t.script)",
		checksum: "t.checksum::text",
		state: `CASE WHEN NOT t.success THEN 'failed'
      WHEN t.type LIKE 'UNDO%' OR t.type = 'DELETE' OR EXISTS (SELECT FROM %table% u WHERE u.version = t.version
        AND u.installed_rank > t.installed_rank AND (u.type LIKE 'UNDO%' OR u.type = 'DELETE') AND u.success) THEN 'rolled-back'
      ELSE 'applied' END`,
		order: "t.installed_rank"
	},
	{
		tool: "golang-migrate",
		columns: ["version", "dirty"],
		more: false,
		version: "t.version::text",
		state: "CASE WHEN t.dirty THEN 'failed' ELSE 'applied' END",
		order: "t.version"
	},
	{
		tool: "goose",
		columns: [
			"id",
			"version_id",
			"is_applied",
			"tstamp"
		],
		more: false,
		version: "t.version_id::text",
		state: "CASE WHEN t.is_applied THEN 'applied' ELSE 'rolled-back' END",
		order: "t.id",
		where: "t.version_id <> 0 AND NOT EXISTS (SELECT FROM %table% u WHERE u.version_id = t.version_id AND u.id > t.id)"
	},
	{
		tool: "node-pg-migrate",
		columns: [
			"id",
			"name",
			"run_on"
		],
		more: false,
		saysMigration: true,
		version: "t.name",
		order: "t.run_on, t.id"
	},
	{
		tool: "knex",
		columns: [
			"id",
			"name",
			"batch",
			"migration_time"
		],
		more: false,
		version: "t.name",
		order: "t.id"
	},
	{
		tool: "drizzle",
		columns: [
			"id",
			"hash",
			"created_at"
		],
		more: true,
		names: ["__drizzle_migrations"],
		version: "coalesce(t.created_at::text, t.id::text)",
		checksum: "t.hash",
		order: "t.id"
	},
	{
		tool: "atlas",
		columns: [
			"version",
			"description",
			"type",
			"applied",
			"total",
			"executed_at",
			"execution_time",
			"error",
			"hash",
			"operator_version"
		],
		more: true,
		version: "t.version",
		checksum: "t.hash",
		state: "CASE WHEN coalesce(t.error, '') <> '' OR t.applied < t.total THEN 'failed' ELSE 'applied' END",
		order: "t.version COLLATE \"C\"",
		where: "t.version <> '.atlas_cloud_identifier'"
	},
	{
		tool: "graphile-migrate",
		columns: [
			"hash",
			"previous_hash",
			"filename",
			"date"
		],
		more: false,
		version: "t.filename",
		checksum: "t.hash",
		order: "t.filename COLLATE \"C\""
	},
	{
		tool: "rails",
		columns: ["version"],
		more: false,
		names: ["schema_migrations"],
		beside: "ar_internal_metadata",
		version: "t.version::text",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "dbmate",
		columns: ["version"],
		more: false,
		names: ["schema_migrations"],
		version: "t.version::text",
		order: "t.version::text COLLATE \"C\""
	},
	{
		tool: "ecto",
		columns: ["version", "inserted_at"],
		more: false,
		names: ["schema_migrations"],
		version: "t.version::text",
		order: "t.version"
	},
	{
		tool: "supabase",
		columns: [
			"version",
			"statements",
			"name"
		],
		more: true,
		names: ["schema_migrations"],
		version: "t.version",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "sequelize",
		columns: ["name"],
		more: true,
		names: ["SequelizeMeta"],
		version: "t.name",
		order: "t.name COLLATE \"C\""
	},
	{
		tool: "typeorm",
		columns: [
			"id",
			"timestamp",
			"name"
		],
		more: false,
		saysMigration: true,
		version: "t.name",
		order: "t.id"
	},
	{
		tool: "sqlx",
		columns: [
			"version",
			"description",
			"installed_on",
			"success",
			"checksum",
			"execution_time"
		],
		more: false,
		version: "t.version::text",
		checksum: "encode(t.checksum, 'hex')",
		state: "CASE WHEN t.success THEN 'applied' ELSE 'failed' END",
		order: "t.version"
	},
	{
		tool: "diesel",
		columns: ["version", "run_on"],
		more: false,
		names: ["__diesel_schema_migrations"],
		version: "t.version",
		order: "t.version COLLATE \"C\""
	},
	{
		tool: "django",
		columns: [
			"id",
			"app",
			"name",
			"applied"
		],
		more: false,
		saysMigration: true,
		version: "t.app || '.' || t.name",
		order: "t.id"
	},
	{
		tool: "alembic",
		columns: ["version_num"],
		more: false,
		version: "t.version_num",
		order: "t.version_num COLLATE \"C\""
	},
	{
		tool: "laravel",
		columns: [
			"id",
			"migration",
			"batch"
		],
		more: false,
		version: "t.migration",
		order: "t.id"
	},
	{
		tool: "liquibase",
		columns: [
			"id",
			"author",
			"filename",
			"dateexecuted",
			"orderexecuted",
			"exectype",
			"md5sum"
		],
		more: true,
		version: "t.filename || '::' || t.id || '::' || t.author",
		checksum: "t.md5sum",
		state: "CASE t.exectype WHEN 'FAILED' THEN 'failed' ELSE 'applied' END",
		order: "t.orderexecuted, t.filename COLLATE \"C\", t.id COLLATE \"C\""
	},
	{
		tool: "entity-framework",
		columns: ["MigrationId", "ProductVersion"],
		more: false,
		version: "t.\"MigrationId\"",
		order: "t.\"MigrationId\" COLLATE \"C\""
	}
];
function toolOf(name, columns, hasBeside = () => false) {
	return KNOWN_TOOLS.find((known) => known.columns.every((column) => columns.includes(column)) && (known.more || known.columns.length === columns.length) && (known.names === void 0 || known.names.includes(name)) && (known.saysMigration === void 0 || /migration/i.test(name)) && (known.beside === void 0 || hasBeside(known.beside)));
}
function foreignTool(name, columns) {
	const found = toolOf(name, columns)?.tool;
	return found === "dbmate" ? "dbmate or Rails" : found;
}
// src/migration/histories.ts
async function readHistories(connection, extraTables = []) {
	const known = await findKnown(connection);
	const unknown = (await Promise.all(extraTables.map(async (table) => await findExtra(connection, table)))).filter((found) => found !== void 0).filter((found) => !known.some((one) => one.schema === found.schema && one.name === found.name));
	const tables = [];
	for (const found of [...known, ...unknown].sort(byTable)) {
		refuseUnreadable(found, connection);
		const entries = found.known === void 0 ? await readUnknown(connection, found) : await readKnown(connection, found, found.known);
		tables.push({
			table: displayName(found),
			tool: found.known?.tool ?? "unknown",
			entries
		});
	}
	return tables;
}
async function absentTables(connection, extraTables) {
	return (await Promise.all(extraTables.map(async (table) => ({
		table,
		found: await findExtra(connection, table)
	})))).filter((one) => one.found === void 0).map((one) => one.table);
}
function byTable(a, b) {
	const [left, right] = [`${a.schema}\0${a.name}`, `${b.schema}\0${b.name}`];
	return left < right ? -1 : left > right ? 1 : 0;
}
function displayName(found) {
	return [found.schema, found.name].map((name) => /^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name)).join(".");
}
const TABLES = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, a.columns,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') AS columns FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
async function findKnown(connection) {
	const signatures = KNOWN_TOOLS.map((known) => `a.columns @> ARRAY[${known.columns.map((column) => `'${column}'`).join(", ")}]::text[]`);
	const rows = await connection.query(`${TABLES} AND (${signatures.join(" OR ")})`);
	const neighbours = new Set(KNOWN_TOOLS.flatMap((known) => known.beside ?? []));
	const beside = await connection.query(`${TABLES} AND c.relname = ANY ($1)`, [[...neighbours]]);
	return rows.flatMap((row) => {
		const known = toolOf(row.name, row.columns, (name) => beside.some((one) => one.schema === row.schema && one.name === name));
		return known === void 0 ? [] : [{
			...row,
			known
		}];
	});
}
async function findExtra(connection, table) {
	const rows = await connection.query(`${TABLES} AND c.oid = coalesce(to_regclass($1), to_regclass($2))`, [asWritten(table), asExact(table)]);
	return rows[0] === void 0 ? void 0 : {
		...rows[0],
		known: void 0
	};
}
function asWritten(table) {
	return /^(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))?$/u.test(table) ? table : null;
}
function asExact(table) {
	const [schema = "", ...rest] = table.replaceAll("\"", "").split(".");
	const parts = rest.length === 0 ? [schema] : [schema, rest.join(".")];
	return parts.includes("") ? null : parts.map(identifier).join(".");
}
function refuseUnreadable(found, connection) {
	if (found.readable) return;
	const role = identifier(connection.target.user);
	throw refusal(`The migration history ${displayName(found)} may not be read by ${connection.target.user}`, {
		code: "42501",
		hint: `GRANT USAGE ON SCHEMA ${identifier(found.schema)} TO ${role}; GRANT SELECT ON ${qualified(found.schema, found.name)} TO ${role};`
	});
}
async function readKnown(connection, found, known) {
	const table = qualified(found.schema, found.name);
	return (await connection.query(`SELECT ${known.version} AS version, ${known.checksum ?? "NULL"} AS checksum, ${known.state ?? "'applied'"} AS state
     FROM ${table} t WHERE ${known.where ?? "true"} ORDER BY ${known.order}`.replaceAll("%table%", () => table))).map((row) => ({
		version: row.version ?? "",
		...row.checksum !== null && { checksum: row.checksum },
		state: row.state
	}));
}
async function readUnknown(connection, found) {
	const [column] = found.columns;
	const first = column === void 0 ? "''" : `t.${identifier(column)}`;
	const [zone] = await connection.query("SELECT current_setting('TimeZone') AS zone, current_setting('extra_float_digits') AS digits");
	await connection.query("SELECT set_config('TimeZone', 'UTC', false), set_config('extra_float_digits', '1', false)");
	const rows = await connection.query(`SELECT ${first}::text AS version, encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS checksum
     FROM ${qualified(found.schema, found.name)} t ORDER BY ${first}::text COLLATE "C" NULLS FIRST, 2`);
	await connection.query("SELECT set_config('TimeZone', $1, false), set_config('extra_float_digits', $2, false)", [zone?.zone ?? "UTC", zone?.digits ?? "1"]);
	return rows.map((row) => ({
		version: row.version ?? "",
		checksum: row.checksum,
		state: "applied"
	}));
}
// src/migration/history-difference.ts
function sameHistory(a, b) {
	const { onlyFirst, onlySecond, changed } = historyDifference(a, b);
	return onlyFirst.length === 0 && onlySecond.length === 0 && changed.length === 0;
}
function historyDifference(a, b) {
	const [left, right] = [marks(a), marks(b)];
	const tables = new Set([...left.values(), ...right.values()].map((mark) => mark.table));
	const say = (mark) => `${tables.size > 1 ? `${mark.table}: ` : ""}${mark.version}${mark.failed ? " (unfinished)" : ""}`;
	return {
		onlyFirst: [...left].filter(([key]) => !right.has(key)).map(([, mark]) => say(mark)),
		onlySecond: [...right].filter(([key]) => !left.has(key)).map(([, mark]) => say(mark)),
		changed: [...left].filter(([key, mark]) => right.has(key) && right.get(key)?.content !== mark.content).map(([, mark]) => say(mark))
	};
}
function marks(history) {
	const all = new Map();
	for (const { table, entries } of history) for (const [version, rows] of Map.groupBy(entries.filter((entry) => entry.state !== "rolled-back"), (entry) => entry.version)) {
		const content = rows.map(contentOf).sort().join("\n");
		all.set(`${table}\0${version}`, {
			table,
			version,
			failed: rows.some((row) => row.state === "failed"),
			content
		});
	}
	return all;
}
function contentOf(entry) {
	return `${entry.state} ${entry.checksum ?? ""}`;
}
export { foreignTool as a, readHistories as i, sameHistory as n, absentTables as r, historyDifference as t };
