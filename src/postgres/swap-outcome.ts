import { clauseOf, Failure, messageOf } from "../core/failure.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { literal } from "./literal.ts";

/** The session that swaps, so that nobody else's is taken for it where its number was given away again. */
export interface Swapper {
  readonly pid: number;
  readonly begunAt: string;
}

/** How often it is asked what became of a swap, and how long in between: a network that broke may be back in a moment. Milliseconds. */
const TRIES = 5;
const PAUSE = 1000;
/** How long the lost session may take to end. Milliseconds. */
const ENDS_WITHIN = 10_000;

/** Not known whether the swap took place: neither is to be built upon. */
export const SWAP_UNKNOWN = "swap-unknown";

export async function swapperOf(connection: Connection): Promise<Swapper> {
  const [row] = await connection.query<{ at: string }>(
    "SELECT backend_start::text AS at FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()",
  );
  return { pid: connection.pid, begunAt: row?.at ?? "" };
}

/**
 * Whether the swap took place whose session was lost: its COMMIT may have come through. The session is ended first, so that
 * what is found stays true. Throws a Failure of code `swap-unknown` where the server cannot be asked.
 */
export async function outcomeOf(
  database: Database,
  { pid, begunAt }: Swapper,
  {
    replacedAs,
    lost,
    swapped,
  }: { readonly replacedAs: string; readonly lost: unknown; readonly swapped: (connection: Connection) => Promise<boolean> },
): Promise<boolean> {
  let unanswered: unknown;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      // Without a signal: that somebody cancels makes it no less needed.
      await using connection = await database.connectMaintenance("swap");
      const until = performance.now() + ENDS_WITHIN;
      while ((await ends(connection, pid, begunAt)) && performance.now() < until) await pause(50);
      if (await ends(connection, pid, begunAt)) break;
      return await swapped(connection);
    } catch (error) {
      if (error instanceof Failure && error.code === "lock-lost") throw error;
      unanswered = error;
    }
    if (attempt < TRIES) await pause(PAUSE);
  }
  throw new Failure(
    `Whether ${database.name} was swapped is not known: the connection was lost on the way (${clauseOf(lost)}), and the server cannot be asked.`,
    {
      code: SWAP_UNKNOWN,
      exit: 3,
      cause: unanswered ?? lost,
      evidence: unanswered === undefined ? [] : [messageOf(unanswered)],
      hint: `Look once it answers: SELECT datname FROM pg_database WHERE datname = ${literal(replacedAs)}; one row: it was swapped, and the replaced database has that name. No row: nothing was changed.`,
      state: [`${database.name}: not known whether the restored database is in its place`],
    },
  );
}

/** Tells the session to end; whether it is there still. */
async function ends(connection: Connection, pid: number, begunAt: string): Promise<boolean> {
  const rows = await connection.query(
    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND backend_start::text = $2",
    [pid, begunAt],
  );
  return rows.length > 0;
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}
