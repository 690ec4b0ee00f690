import type { Connection } from "./connection.ts";
import { TRUSTED } from "./dangers.ts";

/** The schemas that the application's sessions find names in; null where none of them is there. */
export async function usualPath(connection: Connection): Promise<string | null> {
  return await connection.inSnapshot(async () => await list(connection, "true"));
}

/**
 * The same without those in which another role may create something: its functions would be found in the place of
 * PostgreSQL's own.
 */
export async function ownPath(connection: Connection): Promise<string> {
  const own = `EXISTS (WITH ${TRUSTED} SELECT FROM pg_namespace n WHERE n.nspname = x.s AND n.nspowner IN (SELECT oid FROM trusted) AND NOT EXISTS (
    SELECT FROM aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE' AND a.grantee NOT IN (SELECT oid FROM trusted)))`;
  return (await connection.inSnapshot(async () => await list(connection, own))) ?? "";
}

/** Nothing but PostgreSQL's own list of the path is asked while it is set. */
async function list(connection: Connection, condition: string): Promise<string | null> {
  await connection.exec("SAVEPOINT path");
  await connection.exec("SELECT set_config('search_path', reset_val, true) FROM pg_settings WHERE name = 'search_path'");
  const [path] = await connection.query<{ schemas: string[] }>("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[] AS schemas");
  await connection.exec("ROLLBACK TO SAVEPOINT path");
  const [row] = await connection.query<{ path: string | null }>(
    `SELECT string_agg(quote_ident(x.s), ', ' ORDER BY x.at) AS path FROM unnest($1::text[]) WITH ORDINALITY AS x(s, at) WHERE ${condition}`,
    [path?.schemas ?? []],
  );
  return row?.path ?? null;
}
