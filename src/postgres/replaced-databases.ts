import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { replacedAtOf, replacedName } from "./replaced.ts";

export interface ReplacedDatabase {
  readonly name: string;
  readonly replacedAt: Date;
  /** Bytes; 0 where the role may not ask. */
  readonly sizeBytes: number;
}

/** The databases that swaps put aside for exactly this one, oldest first; never those of `app_staging` for `app`. */
export async function replacedDatabases(database: Database): Promise<readonly ReplacedDatabase[]> {
  await using connection = await database.connectMaintenance("look");
  const rows = await connection.query<{ name: string; comment: string | null; size: bigint }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
       CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END AS size
     FROM pg_database WHERE datname LIKE '%\\_failed\\_%'`,
  );
  return rows
    .flatMap(({ name, comment, size }) => {
      const replacedAt = replacedAtOf(database.name, name);
      if (replacedAt === undefined) return [];
      // Two long names may be cut to one: then only what the swap wrote on the database tells them apart.
      const cut = !name.startsWith(`${database.name}_failed_`);
      if (cut && comment !== replacedComment(database.name, replacedAt)) return [];
      return [{ name, replacedAt, sizeBytes: Number(size) }];
    })
    .sort((a, b) => a.replacedAt.getTime() - b.replacedAt.getTime());
}

/** What a swap writes on the database that it puts aside. */
export function replacedComment(database: string, date: Date): string {
  return `savepoint: was ${JSON.stringify(database)} until ${date.toISOString().slice(0, 19)}Z`;
}

/** The comment for a name that `replacedName` made; a name of someone's own choice gets the present time. */
export function commentFor(database: string, replacedAs: string, now: Date): string {
  return replacedComment(database, replacedAtOf(database, replacedAs) ?? now);
}

/** The name for the database that is replaced now; a second that an earlier one's name holds (a clock went back) is passed over. */
export async function freeReplacedName(database: Database, now: Date): Promise<string> {
  await using connection = await database.connectMaintenance("look");
  for (let second = 0; ; second += 1) {
    const name = replacedName(database.name, new Date(now.getTime() + second * 1000));
    if (!(await databaseExists(connection, name))) return name;
  }
}

/** Whether a database of this name is there. */
export async function databaseExists(connection: Connection, name: string): Promise<boolean> {
  return (await connection.query("SELECT FROM pg_database WHERE datname = $1", [name])).length > 0;
}
