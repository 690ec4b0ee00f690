import { randomBytes } from "node:crypto";
import { Failure, refusal } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import { describeTarget } from "./address.ts";
import type { Connection } from "./connection.ts";

/**
 * Refuses a way on which a connection has no server session of its own, as through a pooler in its transaction or
 * statement mode: locks, snapshots and settings of a session are lost there between two statements, and what pg_dump sets
 * (an empty search path) is found by whoever comes next. Only asked where something stands in between, which the greeting
 * tells; `connection` is one that nothing was set in, `open` opens another one like it.
 */
export async function requireSessions(connection: Connection, open: () => Promise<Connection>): Promise<void> {
  const own = new Set<number>([connection.pid]);
  // A pooler with room goes round its sessions, and a busy one gives out whichever is free.
  for (let turn = 0; turn < 3; turn += 1) own.add(await pidOf(connection));
  if (own.size > 1) throw transactions(connection, `one connection was answered by ${plural(own.size, "server session")}`);
  await using second = await openSecond(connection, open);
  // Both are open. On a quiet one, or where it has but one session, that one serves both.
  const others = new Set<number>([second.pid]);
  for (let turn = 0; turn < 3; turn += 1) {
    others.add(await pidOf(second));
    own.add(await pidOf(connection));
  }
  if (own.size > 1 || others.size > 1 || others.has(connection.pid)) {
    throw transactions(connection, "two connections that were open at once were answered by one server session");
  }
  await requireReset(second, open);
}

/** A session that goes on to the next one as it was left: pg_dump leaves it without a search path. Ends `used`. */
async function requireReset(used: Connection, open: () => Promise<Connection>): Promise<void> {
  const mark = randomBytes(8).toString("hex");
  await used.query("SELECT set_config('savepoint.mark', $1, false)", [mark]);
  await used[Symbol.asyncDispose]();
  await using next = await open();
  const [row] = await next.query<{ mark: string | null }>("SELECT current_setting('savepoint.mark', true) AS mark");
  if (row?.mark !== mark) return;
  await next.exec("RESET savepoint.mark");
  throw refusal(`${describeTarget(next.target)} goes through a pooler that hands sessions on as they were left.`, {
    code: "pooler",
    hint: `Give the database's direct address, or set server_reset_query = DISCARD ALL in the pooler. ${BESIDE}`,
    evidence: ["a setting of one session was found in the next one: a backup would leave the application without its search path"],
  });
}

async function openSecond(connection: Connection, open: () => Promise<Connection>): Promise<Connection> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof Failure && ["timeout", "53300", "08P01"].includes(error.code ?? ""))) throw error;
    throw refusal(`${describeTarget(connection.target)} goes through a pooler that gives no second session.`, {
      code: "pooler",
      hint: `Give the database's direct address: a backup reads in several sessions at once. ${BESIDE}`,
      evidence: [error.message],
      cause: error,
    });
  }
}

const BESIDE = "Where `database-url` must stay the pooler's, give the direct one as `database-admin-url` beside it.";

function transactions(connection: Connection, seen: string): Failure {
  return refusal(`${describeTarget(connection.target)} goes through a transaction pooler.`, {
    code: "pooler",
    hint: `Give the database's direct address (or the pooler's session mode): migrations, dumps and locks need a server session each. ${BESIDE}`,
    evidence: [seen],
  });
}

async function pidOf(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return row?.pid ?? 0;
}
