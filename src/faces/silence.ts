import { formatDuration } from "../core/format.ts";

/** Milliseconds of silence before a line: whoever watches a deploy at night must not have to wonder. */
const PAUSE_MS = 10_000;
const LONGEST_TRACE = 160;

/** Runs something later; the returned function takes that back. It must not keep the process alive. */
export type Later = (ms: number, what: () => void) => () => void;

/** The process's own timers. */
export const laterOn: Later = (ms, what) => {
  const timer = setTimeout(what, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Breaks the silence of a long step, and between steps: after every 10 s in which nothing was printed a line says how long
 * it takes already, and the last that the debug log would have shown.
 */
export class Silence {
  readonly #print: (text: string) => void;
  readonly #now: () => number;
  readonly #later: Later;
  #cancel: (() => void) | undefined;
  readonly #what: () => string;
  #began = 0;
  #trace = "";

  /** `what` goes on, where nothing tells how far it is. */
  constructor(world: {
    readonly print: (text: string) => void;
    readonly now: () => number;
    readonly later: Later;
    readonly what: () => string;
  }) {
    this.#what = world.what;
    this.#print = world.print;
    this.#now = world.now;
    this.#later = world.later;
  }

  /** A step begins. */
  begin(): void {
    this.#began = this.#now();
    this.#trace = "";
    this.broken();
  }

  /** Something was printed. */
  broken(): void {
    this.#arm();
  }

  /** What goes on, where nothing of it is printed. */
  trace(text: string): void {
    const line = text.trim().split("\n").at(-1) ?? "";
    this.#trace = line.length > LONGEST_TRACE ? `${line.slice(0, LONGEST_TRACE)} …` : line;
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.end();
    this.#cancel = this.#later(PAUSE_MS, () => {
      const taken = formatDuration(this.#now() - this.#began);
      const what = this.#trace === "" ? this.#what() : this.#trace;
      this.#print(what === "" ? `still at it after ${taken}` : `still at it after ${taken}: ${what}`);
      this.#arm();
    });
  }
}
