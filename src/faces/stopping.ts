import { Cancelled } from "../core/failure.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** Where signals come from, and errors that nobody awaited. */
export interface Signals {
  on(event: Signal, listener: () => void): unknown;
  on(event: "uncaughtException", listener: (error: Error) => void): unknown;
  off(event: Signal, listener: () => void): unknown;
  off(event: "uncaughtException", listener: (error: Error) => void): unknown;
}

export interface Stopping extends Disposable {
  readonly signal: AbortSignal;
  /** As if a first signal had come. */
  stop(why: string): void;
  /** Runs the body. An error that nobody awaited stops it, and is then what it ended with. */
  guard<T>(body: () => Promise<T>): Promise<T>;
}

/**
 * Turns the signals of a cancelled workflow or an impatient person into one AbortSignal. GitHub sends SIGINT, 7.5 s
 * later SIGTERM, and 2.5 s after that ends everything: so the second one changes nothing here, and `again` is told.
 */
export function stopOnSignals(
  source: Signals,
  told: { readonly first: (why: string) => void; readonly again: (why: string) => void },
): Stopping {
  const controller = new AbortController();
  let stray: { readonly error: unknown } | undefined;
  // Nobody asks twice but by signals: a log that cannot be written says so at each line, the one about it included.
  const stop = (why: string): void => {
    if (controller.signal.aborted) return;
    controller.abort(new Cancelled());
    told.first(why);
  };
  const signalled = (name: Signal): void => (controller.signal.aborted ? told.again(name) : stop(name));
  const listeners = SIGNALS.map((name) => ({ name, listener: () => signalled(name) }));
  const strayed = (error: Error): void => {
    stray ??= { error };
    stop("An unexpected error");
  };
  for (const { name, listener } of listeners) source.on(name, listener);
  source.on("uncaughtException", strayed);
  return {
    signal: controller.signal,
    stop,
    async guard(body) {
      try {
        const result = await body();
        if (stray === undefined) return result;
      } catch (error) {
        if (stray === undefined) throw error;
      }
      throw stray.error;
    },
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) source.off(name, listener);
      source.off("uncaughtException", strayed);
    },
  };
}

/** How long a finished process may linger for a connection that was not closed. Milliseconds. */
const LINGER = 3000;

/** Ends the process where something still holds it although all is done; it never waits by itself. */
export function leaveSoon(program: { exit(): unknown }): void {
  setTimeout(() => program.exit(), LINGER).unref();
}
