import { Failure } from "../../core/failure.ts";
import type { Finished } from "../../core/machine.ts";
import { within } from "../../core/within.ts";
import { runInLane } from "./lane-run.ts";
import type { SshConnection } from "./connection.ts";
import { ConnectionLost } from "./failure.ts";
import { type RemoteCommand, runInChannel, type SshSession } from "./run.ts";

/** How often a command is tried where each time the connection is lost under it. */
const TRIES = 5;

/** Runs it, and again where the connection was lost, if it had not begun or does no harm twice. */
export async function runRepeated(connection: SshConnection, command: RemoteCommand): Promise<Finished> {
  const { signal, stdin, stdout } = command;
  // What went through a stream went through it once.
  const repeatable = command.repeatable === true && stdout === undefined && typeof stdin !== "object";
  return await whileLost(
    connection,
    async (session) =>
      (await runInLane(session, command)) ?? (await whenFree(session, signal, async () => await runInChannel(session, command))),
    { signal, again: (lost) => !lost.begun || repeatable },
  );
}

interface Persistence {
  /** Whoever is cancelled does not wait for the next connection. */
  readonly signal?: AbortSignal | undefined;
  readonly again: (lost: ConnectionLost) => boolean;
}

/** Does it over the next connection again where one was lost under it and `again` says so. */
export async function whileLost<T>(
  connection: SshConnection,
  body: (session: SshSession) => Promise<T>,
  { signal, again }: Persistence,
): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    const session = await within({ signal }, async () => await connection.session());
    try {
      return await body(session);
    } catch (error) {
      if (turn === TRIES || !(error instanceof ConnectionLost && again(error))) throw error;
    }
  }
}

/**
 * Runs the body when a session for a command is free. Who is cancelled while waiting does not wait; once it runs, it is
 * awaited. Where the host refuses a session to it, lanes make room.
 */
export async function whenFree<T>(session: SshSession, signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
  try {
    return await inTurn(session, signal, body);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "no-session" && session.lanes.giveUp())) throw error;
    return await inTurn(session, signal, body);
  }
}

async function inTurn<T>(session: SshSession, signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const cancel = () => waiting.abort();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  return await within({ signal: waiting.signal }, async () => {
    return await session.channels.forCommand(async () => {
      signal?.removeEventListener("abort", cancel);
      return await body();
    });
  });
}
