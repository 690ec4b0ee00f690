import { formatDuration, plural } from "../core/format.ts";
import type { Report } from "../core/report.ts";
import type { Failing } from "./verdict.ts";

/** How often one reason is said aloud, and how many lines there are at most: an app may flicker for minutes. */
const SAME = 3;
const MOST = 20;
/** How many changes the evidence names. */
const REMEMBERED = 10;

/** Tells the log what is being waited for, a line when the reason changes, and remembers it for the evidence. */
export class HealthStory {
  readonly #report: Report;
  readonly #told = new Map<string, number>();
  readonly #changes: string[] = [];
  #lines = 0;
  #now = "";
  #last: string | undefined;
  #lastText = "";
  #again = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  /** `lost`: how many times in a row it had passed before this. */
  failed(failing: Failing, elapsedMs: number, lost: number): void {
    const topic = failing.topic ?? failing.reason;
    if (topic === this.#now && lost === 0) {
      this.#detail(failing.reason, topic);
      return;
    }
    this.#now = topic;
    this.#changes.push(`${formatDuration(elapsedMs)}: ${failing.reason}`);
    const text = lost === 0 ? `waiting: ${failing.reason}` : `passed ${plural(lost, "time")}, and then: ${failing.reason}`;
    const before = this.#told.get(topic) ?? 0;
    this.#told.set(topic, before + 1);
    if (before >= SAME || this.#lines >= MOST) this.#detail(text, text);
    else {
      this.end();
      this.#lines += 1;
      this.#report.say(text);
    }
  }

  passed(details: readonly string[], elapsedMs: number, streak: number): void {
    this.#detail(`passed: ${details.join(", ")}`, "passed");
    if (streak > 1) return;
    this.#now = "";
    this.#changes.push(`${formatDuration(elapsedMs)}: passed`);
  }

  /** Says how often the last line came again. */
  end(): void {
    if (this.#again > 0) this.#report.detail(`${this.#lastText} (the same × ${this.#again} more)`);
    this.#last = undefined;
    this.#again = 0;
  }

  /** For the debug log: an attempt that saw what the last one saw is only counted. `topic` is what they have in common. */
  #detail(text: string, topic: string): void {
    if (topic === this.#last) {
      this.#again += 1;
      return;
    }
    this.end();
    this.#last = topic;
    this.#lastText = text;
    this.#report.detail(text);
  }

  /** What came one after the other, where it was more than one thing. */
  history(): readonly string[] {
    if (this.#changes.length < 2) return [];
    const left = this.#changes.length - REMEMBERED;
    return [
      "what came before:",
      ...(left > 0 ? [`  … ${plural(left, "earlier change")}`] : []),
      ...this.#changes.slice(-REMEMBERED).map((line) => `  ${line}`),
    ];
  }
}
