import { Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Ports } from "../core/ports.ts";
import type { Connection } from "../postgres/connection.ts";
import { type Database, OURS } from "../postgres/database.ts";
import { describeBlocker, holdersOf } from "./blockers.ts";

/** `SAVE`, `MIGR`: the advisory lock that every migration run of ours takes, in each database. */
const KEY = { group: 0x53_41_56_45, number: 0x4d_49_47_52 };

/** The purpose of the sessions in which migrations run: only the lock's holder has one. */
export const RUN = "migrate run";

const WAIT_MS = 300_000;
const POLL_MS = 500;
const LEFTOVER_WAIT_MS = 15_000;

export type LockPorts = Pick<Ports, "clock" | "random" | "report" | "signal">;

/**
 * Waits for its turn and holds the database's migration lock on a session of its own until it is disposed.
 * It polls: a session that blocks in pg_advisory_lock deadlocks CREATE INDEX CONCURRENTLY.
 * Rejects with a Failure that names the holder after `waitMs` (default 5 min).
 */
export async function holdMigrationLock(request: {
  readonly database: Database;
  readonly ports: LockPorts;
  readonly waitMs?: number | undefined;
}): Promise<MigrationLock> {
  const { clock, random, report, signal } = request.ports;
  const connection = await request.database.connect("migrate lock");
  try {
    const until = clock.now().getTime() + (request.waitMs ?? WAIT_MS);
    let told = false;
    while (!(await tryLock(connection))) {
      const holders = (await holdersOf(connection, KEY)).map(describeBlocker);
      if (clock.now().getTime() >= until) {
        throw new Failure(`Another migration run holds this database's lock; waited ${formatDuration(request.waitMs ?? WAIT_MS)}.`, {
          code: "migration-lock",
          evidence: holders,
          hint: "Wait for it, or end its session with SELECT pg_terminate_backend(<pid>).",
        });
      }
      if (!told) report.say(`Waiting for another migration run: ${holders.join("; ") || "just ending"}`);
      told = true;
      // Jitter, so that several waiting runs do not keep meeting.
      await clock.sleep(POLL_MS + (Number.parseInt(random(2), 16) % POLL_MS), signal);
    }
    await endLeftoverRuns(connection, request.ports);
    return new MigrationLock(connection);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

async function tryLock(connection: Connection): Promise<boolean> {
  const rows = await connection.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS locked", [KEY.group, KEY.number]);
  return rows[0]?.locked === true;
}

/**
 * A run whose process was killed loses its lock at once, but the server may still be at its statement. Whoever holds
 * the lock now ends it, so that one statement never runs twice at a time.
 */
async function endLeftoverRuns(connection: Connection, { clock, report, signal }: LockPorts): Promise<void> {
  const find = async () =>
    await connection.query<{ pid: number; mine: boolean }>(
      `SELECT pid, pg_has_role(current_user, usesysid, 'MEMBER') AS mine FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE $1 AND pid <> pg_backend_pid()`,
      [`${OURS}${RUN}%`],
    );
  const until = clock.now().getTime() + LEFTOVER_WAIT_MS;
  for (let left = await find(); left.length > 0; left = await find()) {
    const mine = left.filter((session) => session.mine).map((session) => session.pid);
    const ended = await connection.query("SELECT FROM unnest($1::int[]) AS pid WHERE pg_terminate_backend(pid)", [mine]);
    if (ended.length > 0) report.say(`Ended what a killed migration run left running (pid ${mine.join(", ")})`);
    if (clock.now().getTime() >= until) {
      throw new Failure(`A killed migration run still has a session (pid ${left.map((session) => session.pid).join(", ")}).`, {
        code: "migration-lock",
        hint: `SELECT pg_terminate_backend(${left[0]?.pid});`,
      });
    }
    await clock.sleep(200, signal);
  }
}

export class MigrationLock implements AsyncDisposable {
  /** The lock's own session: free to look around in, never to change anything. */
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Throws a Failure where the session, and with it the lock, is gone. */
  async confirm(): Promise<void> {
    try {
      const held = await holdersOf(this.connection, KEY);
      if (held.some((holder) => holder.pid === this.connection.pid)) return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure("The session that holds the migration lock was lost, so another run may be at work.", {
        code: "migration-lock",
        cause: error,
        evidence: [error.message, ...error.evidence],
        hint: "Run it again: it goes on behind what is applied.",
      });
    }
    throw new Failure("The migration lock was lost, so another run may be at work.", {
      code: "migration-lock",
      hint: "Run it again: it goes on behind what is applied.",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}
