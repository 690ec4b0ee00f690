import { type Failure, refusal, stopIfCancelled } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { literal } from "./literal.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/** The time that a two-phase commit, which is on its way, takes. */
const PATIENCE_MS = 3000;

/** The prepared transactions that stay in these databases; one that is just being committed is no obstacle. */
export async function stayingPrepared(
  connection: Connection,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const rows = await connection.query<{ gid: string }>(
      "SELECT gid FROM pg_prepared_xacts WHERE database = ANY($1) ORDER BY prepared, gid",
      [databases],
    );
    if (rows.length === 0 || performance.now() > until) return rows.map(({ gid }) => gid);
    if (signal) stopIfCancelled(signal);
    await connection.query("SELECT pg_sleep(0.1)");
  }
}

/** A database cannot be renamed with one in it, and a backup does not hold what it did. */
export function preparedProblem(database: Pick<Database, "name">, gids: readonly string[]): RestoreObstacle {
  return {
    problem: `${database.name} has ${plural(gids.length, "prepared transaction")} (${gids.slice(0, 5).join(", ")}${gids.length > 5 ? ", …" : ""}), with which no database can take its place`,
    fix: `End each of them, in ${database.name}, as the role that prepared it or as a superuser: ${gids.map((gid) => `ROLLBACK PREPARED ${literal(gid)}; (or, to keep what it did, COMMIT PREPARED ${literal(gid)};)`).join(" ")}`,
    choices: gids.flatMap((gid) => [
      { sql: `COMMIT PREPARED ${literal(gid)}`, does: `Ends ${gid}, and keeps what it did:` },
      { sql: `ROLLBACK PREPARED ${literal(gid)}`, does: `Or ends ${gid}, and takes back what it did:` },
    ]),
  };
}

export function preparedFailure(database: Pick<Database, "name">, gids: readonly string[]): Failure {
  const { problem, fix } = preparedProblem(database, gids);
  return refusal(problem, { code: "55006", hint: fix });
}
