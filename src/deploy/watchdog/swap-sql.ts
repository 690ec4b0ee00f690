import { OURS } from "../../postgres/database.ts";
import { MAY_END } from "../../postgres/evict.ts";
import { identifier, literal } from "../../postgres/literal.ts";
import type { DatabaseBack } from "./plan.ts";

/** How long the server waits for a lock that others hold, as in a rollback. */
const LOCK_TIMEOUT = "5s";

/** What keeps one setting from being set, and no other, as `postgres/carry.ts` has it; the last one: the live database has no such value any more. */
const REFUSED = "insufficient_privilege OR undefined_object OR invalid_parameter_value OR SQLSTATE '0LP01' OR null_value_not_allowed";

/** One setting of the copy; that the role may not set it is a warning. */
function tolerant(statement: string): string {
  return `DO ${literal(`BEGIN EXECUTE ${literal(statement)}; EXCEPTION WHEN ${REFUSED} THEN RAISE WARNING '%', SQLERRM; END`)};`;
}

/**
 * The live database by the name that it is kept under, and the copy in its place, or neither. `replaced` and `until` are known
 * when it fires only.
 */
export function swapSql(
  { name, copy, settings }: DatabaseBack,
  { replaced, until }: { readonly replaced: string; readonly until: string },
): string {
  const proven = `datname = ${literal(copy.name)} AND oid::text = ${literal(copy.oid)} AND xmin::text = ${literal(copy.row)} AND NOT datallowconn`;
  const check = `BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE ${proven}) THEN RAISE EXCEPTION 'the copy is not what was proven'; END IF; END`;
  return [
    "BEGIN;",
    `SET LOCAL lock_timeout = '${LOCK_TIMEOUT}';`,
    `DO ${literal(check)};`,
    ...settings.map(tolerant),
    `COMMENT ON DATABASE ${identifier(name)} IS ${literal(`savepoint: was ${JSON.stringify(name)} until ${until}`)};`,
    `ALTER DATABASE ${identifier(name)} RENAME TO "${replaced}";`,
    `ALTER DATABASE ${identifier(copy.name)} RENAME TO ${identifier(name)};`,
    `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true;`,
    "COMMIT;",
  ].join("\n");
}

/** Ends others' sessions again and again, until the rename is through or its time is over. */
export function evictSql({ name, copy }: DatabaseBack, replaced: string): string {
  const names = `${literal(name)}, ${literal(copy.name)}`;
  const through = `EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '${replaced}')`;
  const loop = `DECLARE over timestamptz := clock_timestamp() + interval '8 s';
BEGIN
  LOOP
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
      WHERE a.datname IN (${names}) AND a.pid <> pg_backend_pid() AND NOT ${through} AND ${MAY_END};
    EXIT WHEN ${through} OR clock_timestamp() > over;
    PERFORM pg_sleep(0.01);
  END LOOP;
END`;
  return `DO ${literal(loop)};`;
}

/** Everything of ours in the database but the dumps of scheduled backups, and all sessions of whoever held its lock, as a takeover ends it. */
function ours({ name, mark }: DatabaseBack): string {
  const backups = [`${OURS}backup`, `${OURS}backup %`].map((one) => literal(one)).join(", ");
  return `pid <> pg_backend_pid() AND starts_with(application_name, ${literal(OURS)})
    AND (right(application_name, length(${literal(mark)})) = ${literal(mark)} OR (datname = ${literal(name)} AND NOT application_name LIKE ANY (ARRAY[${backups}])))`;
}

export function endOursSql(database: DatabaseBack): string {
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours(database)};`;
}

export function leftOfOursSql(database: DatabaseBack): string {
  return `SELECT count(*) FROM pg_stat_activity WHERE ${ours(database)};`;
}
