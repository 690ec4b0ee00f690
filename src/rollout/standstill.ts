import { formatDuration } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";

/** Where a part of the time without the app went. Milliseconds. */
export interface DowntimePart {
  readonly what: string;
  readonly ms: number;
}

/** How long nothing answered, and where that time went. Milliseconds. */
export interface Downtime {
  readonly ms: number;
  readonly parts: readonly DowntimePart[];
  /** How long nobody had seen it answer when it was stopped. It may have answered all the same, so it is not counted. */
  readonly before?: DowntimePart | undefined;
}

/** That the app was stopped, as the journal keeps it for the step that sees it answer again. */
export interface Stopped {
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly parts: readonly DowntimePart[];
  /** Which version was started since, `abc1234`: what is waited for is its answer. */
  readonly started?: string | undefined;
}

/** Since when nobody had seen a healthy answer, by the journal. */
export interface AwayBefore {
  /** ISO 8601, UTC. */
  readonly since: string;
  /** What that time is called. */
  readonly what: string;
}

/** The last part of each where nobody told which version was started: nobody notes it, it is what is left. */
const STARTING = "start until the first healthy answer";

const TELLING_MS = 5;

/** Measures how long the app stands still while code or database change under it: from the first stop to the first healthy answer. */
export class Standstill {
  readonly #clock: Pick<Clock, "now">;
  #since: number | undefined;
  readonly #parts: DowntimePart[];
  #downtime: Downtime | undefined;
  #started: string | undefined;
  readonly #before: AwayBefore | undefined;
  #nothingAnswered = false;
  /** Until when an engine's events were counted already, in nanoseconds by its clock. */
  countedUntil = 0;

  /** `earlier`: what an earlier step stopped, and nobody has seen answer since; `before`: since when it was away before that. */
  constructor(clock: Pick<Clock, "now">, earlier?: Stopped, before?: AwayBefore) {
    this.#clock = clock;
    this.#before = before;
    this.#started = earlier?.started;
    this.#since = earlier === undefined ? undefined : Date.parse(earlier.since);
    this.#parts = [...(earlier?.parts ?? [])];
  }

  /**
   * Nothing ran, or it did not answer: what is started now brings it back, and takes it from nobody. Where the journal knows since
   * when nobody saw it, that is told beside the time, which is measured then.
   */
  nothingAnswered(): void {
    this.#nothingAnswered = this.#since === undefined && this.#before === undefined;
  }

  /** From here on (or since so many milliseconds) the app does not answer. Once begun, it stays so. */
  begin(agoMs = 0): void {
    if (this.#nothingAnswered) return;
    if (this.#downtime !== undefined) {
      // It answered, and is stopped once more.
      this.#since = undefined;
      this.#downtime = undefined;
      this.#parts.length = 0;
      this.#started = undefined;
    }
    const now = Math.round(this.#clock.now().getTime() - agoMs);
    if (this.#since !== undefined) this.#endWait(now);
    else this.#since = now;
  }

  /** This version was started, `abc1234`: from here on its answer is waited for. */
  started(version: string): void {
    this.#started = version;
  }

  /** A version that was waited for is stopped: it was on, and it was no app. */
  #endWait(now: number): void {
    const ms = this.#unnoted(now);
    if (this.#started !== undefined && ms >= TELLING_MS) this.#parts.push({ what: `${this.#started} was on, and not healthy`, ms });
    this.#started = undefined;
  }

  /** What of the time until then is in no part. */
  #unnoted(now: number): number {
    return Math.round(now - (this.#since ?? now) - this.#parts.reduce((sum, part) => sum + part.ms, 0));
  }

  /** Notes where time went; only once it has begun, and nothing that was over at once. */
  add(what: string, ms: number): void {
    if (this.#since !== undefined && this.#downtime === undefined && ms >= TELLING_MS)
      this.#parts.push({ what, ms: Math.max(0, Math.round(ms)) });
  }

  /** Runs a part of it; `what` may say what came of it. */
  async timed<T>(what: string | ((result: T) => string), body: () => Promise<T>): Promise<T> {
    const began = this.#clock.now().getTime();
    const result = await body();
    this.add(typeof what === "string" ? what : what(result), this.#clock.now().getTime() - began);
    return result;
  }

  /** What is to be kept for the step that sees it answer; undefined where nothing was stopped. */
  get stopped(): Stopped | undefined {
    return this.#since === undefined
      ? undefined
      : {
          since: new Date(this.#since).toISOString(),
          parts: [...this.#parts],
          ...(this.#started !== undefined && { started: this.#started }),
        };
  }

  /** The app answered, so many milliseconds ago. */
  answered(agoMs: number): void {
    this.#nothingAnswered = false;
    if (this.#since === undefined || this.#downtime !== undefined) return;
    // An engine's events tell fractions; a number that other steps compare has none.
    const now = this.#clock.now().getTime() - agoMs;
    const ms = Math.max(0, Math.round(now - this.#since));
    const rest = this.#unnoted(now);
    const what = this.#started === undefined ? STARTING : `start of ${this.#started} until its first healthy answer`;
    const before = this.#before && { what: this.#before.what, ms: Math.max(0, this.#since - Date.parse(this.#before.since)) };
    this.#downtime = { ms, parts: rest > 0 ? [...this.#parts, { what, ms: rest }] : [...this.#parts], ...(before && { before }) };
  }

  /** Undefined where nothing was stopped, or it has not answered yet. */
  get downtime(): Downtime | undefined {
    return this.#downtime;
  }
}

/** `web did not end on SIGTERM within 10 s and was killed: 10.2 s`, a line each. */
export function downtimeLines({ parts, before }: Downtime): readonly string[] {
  const lines = parts.map(({ what, ms }) => `${what}: ${formatDuration(ms)}`);
  return before === undefined ? lines : [`${before.what}: ${formatDuration(before.ms)}, not counted`, ...lines];
}

/** What the journal holds, as far as it is that: it is a file on the host. */
export function readStopped(value: unknown): Stopped | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { since, parts, started } = value as Partial<Stopped>;
  if (typeof since !== "string" || Number.isNaN(Date.parse(since)) || !Array.isArray(parts)) return undefined;
  const known = parts.filter((one: Partial<DowntimePart>) => typeof one?.what === "string" && typeof one.ms === "number");
  return { since, parts: known, ...(typeof started === "string" && { started }) };
}
