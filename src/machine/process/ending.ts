import { Cancelled, clauseOf, Failure, messageOf } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Command, Finished } from "../../core/machine.ts";
import { lastLines } from "../succeed.ts";

/**
 * Why a running command is ended before its time, and that it happens once: cancelled, timed out, or a stream broke.
 * Not `within`: when the time is over, the command is ended first, and only then is it no longer waited for.
 */
export class Ending {
  readonly #program: string;
  readonly #command: Command;
  #reason: { readonly error: unknown } | undefined;
  #end: (() => Promise<boolean>) | undefined;
  #ended: Promise<boolean> = Promise.resolve(true);
  readonly #over = Promise.withResolvers<{ code: null; signal: null }>();
  #timer: NodeJS.Timeout | undefined;
  readonly #abort = (): void => this.fail(new Cancelled());

  /** Throws Cancelled where the command must not even start. */
  constructor(program: string, command: Command) {
    if (command.signal?.aborted === true) throw new Cancelled();
    this.#program = program;
    this.#command = command;
  }

  /**
   * From now on the command is ended by `end` when it is cancelled or its time is over.
   * `end` resolves with whether nothing of it is left.
   */
  endWith(end: () => Promise<boolean>): void {
    this.#end = end;
    const { signal, timeout } = this.#command;
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (timeout !== undefined) this.#timer = setTimeout(() => this.fail(this.#timedOut(timeout)), timeout);
    if (signal?.aborted === true) this.#abort();
  }

  /** Ends the command, once; `error` is what the run rejects with. */
  fail(error: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = { error };
    this.#ended = (this.#end?.() ?? Promise.resolve(true)).catch(() => false);
    void this.#ended.then(() => this.#over.resolve({ code: null, signal: null }));
  }

  /** Whether the command was ended before its time. */
  get early(): boolean {
    return this.#reason !== undefined;
  }

  /** Resolves when the ending of the command is done, well or not: nobody should wait for the command any longer. */
  async over(): Promise<{ code: null; signal: null }> {
    return await this.#over.promise;
  }

  /** Throws what ended the command before its time, once the ending is done. */
  async throwIfEarly(finished: Finished): Promise<void> {
    if (this.#reason === undefined) return;
    const gone = await this.#ended;
    const { error } = this.#reason;
    if (!gone) throw stillRunning(this.#program, error);
    throw error instanceof Failure && error.code === "timeout" ? error.with({ evidence: lastLines(finished) }) : error;
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#command.signal?.removeEventListener("abort", this.#abort);
  }

  #timedOut(ms: number): Failure {
    return new Failure(`${this.#program} did not end within ${formatDuration(ms)}.`, { code: "timeout" });
  }
}

function stillRunning(program: string, error: unknown): Error {
  const added = `${program} could not be ended and may still run.`;
  if (error instanceof Cancelled) return new Cancelled(`${clauseOf(error)}; ${added}`);
  if (!(error instanceof Failure)) return new Failure(added, { code: "unexpected", cause: error });
  return new Failure(`${clauseOf(error)}; ${added}`, { code: error.code, hint: error.hint, evidence: error.evidence, cause: error });
}

/** The caller's line handler; what it throws ends the command. */
export function lineHandler(command: Command, from: "stdout" | "stderr", ending: Ending): ((line: string) => void) | undefined {
  const { onLine } = command;
  if (onLine === undefined) return undefined;
  return (line) => {
    try {
      onLine(line, from);
    } catch (error) {
      ending.fail(error);
    }
  };
}

export function inputFailure(program: string, error: unknown): Failure {
  return new Failure(`The input of ${program} could not be read: ${messageOf(error)}`, { code: "input-broken", cause: error });
}

export function outputFailure(program: string, error: unknown): Failure {
  return new Failure(`The output of ${program} could not be written: ${messageOf(error)}`, { code: "output-broken", cause: error });
}
