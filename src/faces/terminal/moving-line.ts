import { formatDuration } from "../../core/format.ts";
import { oneLine } from "../../core/printable.ts";
import type { Going } from "../story.ts";
import { cut } from "../width.ts";

const EVERY_MS = 125;
/** What is over sooner needs no line. */
const FIRST_MS = 400;
const MARKS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
/** Back to the line's beginning, and all of it gone. */
const CLEAR = "\r\u001B[2K";
const COLUMNS = 80;

/** Where a line moves. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/**
 * The last line of a terminal, which says what goes on now and is gone before anything else is printed. The cursor is never
 * hidden and nothing is switched: whatever kills the program, the terminal is as it was.
 */
export class MovingLine implements Disposable {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #going: Going | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #shownAt = 0;
  #shown = false;
  #turn = 0;

  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /** What goes on from now on; undefined: nothing to tell of. */
  show(going: Going | undefined): void {
    this.#going = going;
    if (going === undefined) return this[Symbol.dispose]();
    if (this.#timer !== undefined) return;
    this.#shownAt = this.#now() + FIRST_MS;
    this.#timer = setInterval(() => this.draw(), EVERY_MS);
    // A line alone keeps nobody from leaving.
    this.#timer.unref();
  }

  /** Prints in its place; it comes back below. */
  over(text: string): void {
    this.#clear();
    this.#terminal.write(text);
  }

  draw(): void {
    const now = this.#now();
    if (this.#going === undefined || now < this.#shownAt) return;
    const { title, at, since } = this.#going;
    this.#turn = (this.#turn + 1) % MARKS.length;
    const taken = formatDuration(Math.floor(Math.max(0, now - since) / 1000) * 1000);
    const time = now - since < 1000 ? "" : ` (${taken.replace(".0 s", " s")})`;
    // One column stays free: a terminal goes to the next line where the last one is filled.
    const room = (this.#terminal.columns ?? COLUMNS) - 1;
    const told = [title, at].filter((text) => text !== "").join(": ");
    const text = cut(`${MARKS[this.#turn]} ${oneLine(told)}`, room - time.length);
    this.#terminal.write(`${CLEAR}${text}${room > time.length ? time : ""}`);
    this.#shown = true;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  #clear(): void {
    if (this.#shown) this.#terminal.write(CLEAR);
    this.#shown = false;
  }
}
