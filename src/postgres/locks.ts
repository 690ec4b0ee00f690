import { Failure } from "../core/failure.ts";
import type { Connection } from "./connection.ts";

/** No room for another lock in the server's memory. */
const OUT_OF_MEMORY = "53200";

/**
 * Reads in the transaction that is open, else in one of its own, and lets go of the locks that this took: a transaction
 * keeps the lock of each table that it looked at, all transactions share the room for them, and a dump needs it too.
 */
export async function lettingLocksGo<T>(connection: Connection, read: () => Promise<T>): Promise<T> {
  return await connection.inSnapshot(async () => {
    await connection.exec("SAVEPOINT looking");
    const result = await read();
    await connection.exec("ROLLBACK TO SAVEPOINT looking; RELEASE SAVEPOINT looking");
    return result;
  });
}

/** Something to be read that takes so many locks. */
export interface Lockable {
  readonly locks: number;
}

/** Things in one statement: few round trips, and a plan of bearable size. */
const MOST_THINGS = 50;
/** A small part of the room for locks that all transactions share: 100 with the server's defaults. */
const MOST_LOCKS =
  "SELECT greatest(1, least(100, current_setting('max_locks_per_transaction')::bigint * current_setting('max_connections')::bigint / 64))::int AS locks";

/**
 * Reads things some at a time, each time letting go of the locks; fewer at a time where the server has no room for them.
 * Rejects with code 53200 where there is none for a single one.
 */
export async function readInBatches<T extends Lockable>(
  connection: Connection,
  things: readonly T[],
  read: (batch: readonly T[]) => Promise<void>,
): Promise<void> {
  await connection.inSnapshot(async () => {
    const [room] = await connection.query<{ locks: number }>(MOST_LOCKS);
    const waiting = batchesOf(things, room?.locks ?? 1);
    await connection.exec("SAVEPOINT batch");
    for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop()) {
      try {
        await read(batch);
      } catch (error) {
        if (batch.length === 1 || !(error instanceof Failure && error.code === OUT_OF_MEMORY)) throw error;
        const half = Math.ceil(batch.length / 2);
        waiting.push(batch.slice(0, half), batch.slice(half));
      }
      await connection.exec("ROLLBACK TO SAVEPOINT batch");
    }
    await connection.exec("RELEASE SAVEPOINT batch");
  });
}

/** In order; a thing that takes more locks than a batch may is one of its own. */
function batchesOf<T extends Lockable>(things: readonly T[], most: number): (readonly T[])[] {
  const batches: T[][] = [];
  let locks = Infinity;
  for (const thing of things) {
    const last = batches.at(-1);
    if (last === undefined || last.length === MOST_THINGS || locks + thing.locks > most) {
      batches.push([thing]);
      locks = thing.locks;
    } else {
      last.push(thing);
      locks += thing.locks;
    }
  }
  return batches;
}
