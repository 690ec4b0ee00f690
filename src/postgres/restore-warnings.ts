import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { identifier } from "./literal.ts";
import { replicationWarnings } from "./replication.ts";
import { type PathDependent, pathDependent, pathWarning } from "./search-path.ts";

/** Something to know of, as it is told, and the statement that mends it, where there is one. */
export interface RestoreRemark {
  readonly text: string;
  readonly fix?: string;
}

/** What stands in no way back's way, and should be known before one is needed; each with what to do. Reads only. */
export async function restoreWarnings(database: Database): Promise<readonly string[]> {
  return (await restoreRemarks(database)).map(({ text }) => text);
}

/** The same, each with its statement apart. */
export async function restoreRemarks(database: Database, known?: Promise<readonly PathDependent[]>): Promise<readonly RestoreRemark[]> {
  await using connection = await database.connect("look", { admin: true });
  return await remarksIn(connection, database, await (known ?? pathDependent(database, connection)));
}

/** The same on a session inside, with what is known of functions that need a search path. */
export async function remarksIn(
  connection: Connection,
  database: Database,
  dependent: readonly PathDependent[],
): Promise<readonly RestoreRemark[]> {
  const untried = dependent.filter((one) => one.untried !== undefined);
  // None needs another's answer: on a slow line each of them would take a trip.
  const [indexes, members, settings, replication] = await connection.atOnce(
    async () =>
      await Promise.all([
        invalidIndexes(connection),
        tablesOfExtensions(connection),
        readOnlySettings(connection),
        replicationWarnings(connection, database.name),
      ]),
  );
  return [
    ...indexes,
    ...members,
    ...settings,
    ...untried.map((one) => ({ text: pathWarning(one), fix: one.fix })),
    ...replication.map((text) => ({ text })),
  ];
}

/** A dump leaves them out. What is just being built is none. */
async function invalidIndexes(connection: Connection): Promise<readonly RestoreRemark[]> {
  const rows = await connection.query<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE (NOT i.indisvalid OR NOT i.indisready) AND t.relkind <> 'p' AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted) ORDER BY 1`,
  );
  return rows.map(({ name }) => ({
    text: `The index ${name} is INVALID: a CREATE INDEX CONCURRENTLY failed. No backup holds it. Build it (REINDEX INDEX CONCURRENTLY ${name};) or drop it (DROP INDEX CONCURRENTLY ${name};).`,
    fix: `REINDEX INDEX CONCURRENTLY ${name};`,
  }));
}

/**
 * Of what belongs to an extension a dump holds nothing but the rows that the extension asks for; what it has beside that is
 * gone after a restore, and no count tells. Where there never was a row there is nothing to lose.
 */
async function tablesOfExtensions(connection: Connection): Promise<readonly RestoreRemark[]> {
  const rows = await connection.query<{ name: string; extension: string }>(
    `SELECT c.oid::regclass::text AS name, e.extname AS extension FROM pg_extension e
     JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
     JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND NOT c.oid = ANY (coalesce(e.extconfig, '{}')) AND pg_relation_size(c.oid) > 0 ORDER BY 1`,
  );
  return rows.map(({ name, extension }) => {
    const fix = `ALTER EXTENSION ${identifier(extension)} DROP TABLE ${name};`;
    const text = `The table ${name} belongs to the extension ${extension}, so no backup holds its rows: a restore makes it as the extension does, or not at all. Where they are yours, take it out: ${fix}`;
    return { text, fix };
  });
}

/** Ours set it back for themselves; the application's cannot write. */
async function readOnlySettings(connection: Connection): Promise<readonly RestoreRemark[]> {
  const rows = await connection.query<{ database: string | null; role: string | null }>(
    `SELECT d.datname::text AS database, r.rolname::text AS role
     FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE (s.setdatabase = 0 OR d.datname = current_database()) AND 'default_transaction_read_only=on' = ANY (SELECT lower(x) FROM unnest(s.setconfig) x)
       AND (s.setrole = 0 OR r.rolname = session_user) ORDER BY 1, 2`,
  );
  return rows.map(({ database, role }) => {
    const inDatabase = database === null ? "" : ` IN DATABASE ${identifier(database)}`;
    const whose = role === null ? `DATABASE ${identifier(database ?? "")}` : `ROLE ${identifier(role)}${inDatabase}`;
    const fix = `BEGIN READ WRITE; ALTER ${whose} RESET default_transaction_read_only; COMMIT;`;
    const text = `Sessions are read-only by a setting (default_transaction_read_only), so the application can write nothing. To lift that: ${fix}`;
    return { text, fix };
  });
}
