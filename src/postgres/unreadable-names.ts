import { isUtf8 } from "node:buffer";
import type { Connection } from "./connection.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/**
 * Names and comments that no session in UTF-8 can read: where the encoding is SQL_ASCII, PostgreSQL takes any bytes. Asked as
 * bytes, since as text each of them would end the query.
 */
export async function unreadableNames(connection: Connection): Promise<readonly RestoreObstacle[]> {
  const [encoding] = await connection.query<{ name: string }>("SELECT current_setting('server_encoding') AS name");
  if (encoding?.name !== "SQL_ASCII") return [];
  const rows = await connection.query<{ what: string; bytes: Buffer }>(
    `SELECT what, convert_to(name, 'SQL_ASCII') AS bytes FROM (
       SELECT 'a table, index or view' AS what, relname::text AS name FROM pg_class WHERE oid >= 16384
       UNION ALL SELECT 'a column', attname::text FROM pg_attribute WHERE attrelid >= 16384
       UNION ALL SELECT 'a schema', nspname::text FROM pg_namespace WHERE oid >= 16384
       UNION ALL SELECT 'a function', proname::text FROM pg_proc WHERE oid >= 16384
       UNION ALL SELECT 'a body', prosrc FROM pg_proc WHERE oid >= 16384
       UNION ALL SELECT 'a type', typname::text FROM pg_type WHERE oid >= 16384
       UNION ALL SELECT 'a constraint', conname::text FROM pg_constraint WHERE oid >= 16384
       UNION ALL SELECT 'a comment', description FROM pg_description WHERE objoid >= 16384
     ) AS named`,
  );
  const found = rows.filter(({ bytes }) => !isUtf8(bytes));
  if (found.length === 0) return [];
  const shown = [...new Set(found.map(({ what, bytes }) => `${what} ${JSON.stringify(bytes.toString("latin1"))}`))].slice(0, 3);
  return [
    {
      problem: `the database's encoding is SQL_ASCII, and names or comments in it are no UTF-8 (${shown.join(", ")}, read as Latin-1)`,
      fix: "In a session with client_encoding = SQL_ASCII give them names in ASCII or UTF-8 (ALTER … RENAME, COMMENT ON); or move to a database of a real encoding: pg_dump --encoding=LATIN1 (or what it is), and restore that into a database with ENCODING 'UTF8'.",
    },
  ];
}
