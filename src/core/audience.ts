import { clauseOf, Failure } from "./failure.ts";
import { formatDuration } from "./format.ts";
import type { Happening, Observer } from "./observer.ts";
import type { Ports } from "./ports.ts";
import { within } from "./within.ts";

/** How long an observer may take over one happening. Milliseconds. */
const ONE_MS = 10_000;
/** How long the end waits for what observers still do; and where the run was cancelled, and is about to be ended. Milliseconds. */
const END_MS = 5000;
const END_CANCELLED_MS = 1000;

type AudiencePorts = Pick<Ports, "clock" | "report" | "signal">;

/**
 * All who hear of what happens. Telling them takes no time and cannot fail: each hears in the order of the happenings, one at a
 * time and for so long, beside the work. Disposing it waits for them, within bounds.
 */
export class Audience<H extends Happening> implements AsyncDisposable {
  readonly #seats: readonly Seat<H>[];
  readonly #ports: AudiencePorts;

  constructor(observers: readonly Observer<H>[], ports: AudiencePorts) {
    this.#ports = ports;
    this.#seats = observers.map((observer) => new Seat(observer, ports));
  }

  tell(happening: H): void {
    for (const seat of this.#seats) seat.tell(happening);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, signal } = this.#ports;
    const busy = this.#seats.flatMap(({ busy }) => (busy === undefined ? [] : [busy]));
    if (busy.length === 0) return;
    const ms = signal.aborted ? END_CANCELLED_MS : END_MS;
    try {
      await within({ ms, late: () => undefined, clock }, async () => void (await Promise.all(busy)));
    } catch {
      // A clock that cannot tell the time: nobody is waited for.
    }
    for (const seat of this.#seats) seat.giveUp();
  }
}

class Seat<H extends Happening> {
  readonly #observer: Observer<H>;
  readonly #ports: AudiencePorts;
  readonly #untold: H[] = [];
  /** Resolves when it has heard all; never rejects. */
  busy: Promise<void> | undefined;
  #calling: AbortController | undefined;
  #warned = false;
  #left = false;

  constructor(observer: Observer<H>, ports: AudiencePorts) {
    this.#observer = observer;
    this.#ports = ports;
  }

  /** Tells it at once, where it is free and answers at once: what it prints then stands before what is printed next. */
  tell(happening: H): void {
    if (this.#left) return;
    this.#untold.push(happening);
    if (this.busy !== undefined || this.#calling !== undefined) return;
    const rest = this.#hearAll();
    if (rest !== undefined) this.busy = rest.finally(() => (this.busy = undefined));
  }

  /** What it has not heard by now it does not hear any more. */
  giveUp(): void {
    this.#left = true;
    if (this.#calling === undefined) return;
    const missed = this.#untold.splice(0).length;
    this.#calling.abort();
    this.#warn(`it did not answer before the end${missed === 0 ? "" : `, and has not heard of ${missed} more`}`);
  }

  /** Undefined where it answered all of them at once. */
  #hearAll(): Promise<void> | undefined {
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      const answer = this.#hear(next);
      if (answer !== undefined) return answer.then(() => this.#hearAll());
    }
    return undefined;
  }

  /** Never throws, never rejects, and ends in time. */
  #hear(happening: H): Promise<void> | undefined {
    const calling = new AbortController();
    this.#calling = calling;
    try {
      // A copy of its own: what it does to it is nobody else's.
      const answer = this.#observer.on(structuredClone(happening), calling.signal);
      if (answer === undefined) return void (this.#calling = undefined);
      return this.#inTime(answer, calling);
    } catch (error) {
      this.#calling = undefined;
      this.#warn(clauseOf(error));
      return undefined;
    }
  }

  async #inTime(answer: Promise<void>, calling: AbortController): Promise<void> {
    const late = (): never => {
      throw new Failure(`It did not answer within ${formatDuration(ONE_MS)}.`, { code: "timeout" });
    };
    try {
      await within({ ms: ONE_MS, late, signal: calling.signal, clock: this.#ports.clock }, async () => await answer);
    } catch (error) {
      if (!this.#left) this.#warn(clauseOf(error));
    } finally {
      this.#calling = undefined;
      calling.abort();
    }
  }

  /** Once: what is wrong with it is wrong each time. */
  #warn(why: string): void {
    try {
      const text = `${this.#observer.name} could not be told what happened (${why}); nothing else depends on it.`;
      if (this.#warned) this.#ports.report.detail(text);
      else this.#ports.report.warning(text);
      this.#warned = true;
    } catch {
      // A report that cannot be written is no matter of the observers.
    }
  }
}
