import { clauseOf, Failure, stopIfCancelled } from "../core/failure.ts";

export interface StartPatience {
  /** Told once, where there is something to wait for. */
  readonly say: (text: string) => void;
  /** Milliseconds since the server's container was started; undefined where it is in none. */
  readonly startedAgo?: (() => Promise<number | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** SQLSTATE cannot_connect_now: the server is there, and starts, recovers or stops. */
const NOT_YET = "57P03";
/** What the way to a container says while its server does not listen yet. */
const NOBODY = ["refused", "connection-lost", "unreachable"];
const PATIENCE_MS = 30_000;
/** A container that has run for longer than this and does not listen has another reason. */
const JUST_STARTED_MS = 30_000;
const PAUSE_MS = 500;

/** Opens, and waits for a server that is just starting: up to 30 s. What else fails, fails at once. */
export async function whenUp<T>(open: () => Promise<T>, { say, startedAgo, signal }: StartPatience): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (let told = false; ; told = true) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof Failure) || performance.now() >= until || !(await isStarting(error, startedAgo))) throw error;
      if (!told) say(`The database is just starting; waiting for it, up to ${PATIENCE_MS / 1000} s (${clauseOf(error)}).`);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
      if (signal) stopIfCancelled(signal);
    }
  }
}

async function isStarting({ code }: Failure, startedAgo: StartPatience["startedAgo"]): Promise<boolean> {
  if (code === NOT_YET) return true;
  if (code === undefined || !NOBODY.includes(code)) return false;
  const ago = await startedAgo?.();
  return ago !== undefined && ago < JUST_STARTED_MS;
}
