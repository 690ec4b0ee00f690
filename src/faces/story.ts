import { Cancelled, messageOf } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import type { Secret } from "../core/secret.ts";
import type { Masker } from "./masker.ts";
import { oneLine } from "./printable.ts";
import { sentence } from "./sentence.ts";
import { laterOn, type Later, Silence } from "./silence.ts";

/** How one face prints the parts of a story. All texts come masked. */
export interface Voice {
  /** An outermost step begins, and ends. Steps inside it are lines. */
  open(title: string): void;
  close(): void;
  /** `depth` 0 is outside of any step. */
  line(text: string, depth: number): void;
  headline(text: string, state: "done" | "failed" | "cancelled", depth: number): void;
  detail(text: string): void;
  notice(text: string): void;
  warning(text: string): void;
  /** New forms of a secret, for whoever else masks. */
  hide(forms: readonly string[]): void;
}

/** Tells an operation's story through a voice: one group a step, one headline with result and time. */
export class Story implements Report, Disposable {
  readonly #voice: Voice;
  readonly #masker: Masker;
  readonly #clock: Pick<Clock, "now">;
  readonly #silence: Silence;
  #depth = 0;
  /** What the step that has just failed inside of this one said: the outer one need not say it again. */
  #failedInside: string | undefined;

  constructor(world: { readonly voice: Voice; readonly masker: Masker; readonly clock: Pick<Clock, "now">; readonly later?: Later }) {
    this.#voice = world.voice;
    this.#masker = world.masker;
    this.#clock = world.clock;
    this.#silence = new Silence({
      print: (text) => this.#voice.line(text, this.#depth),
      now: () => this.#clock.now().getTime(),
      later: world.later ?? laterOn,
    });
    this.#silence.begin();
  }

  /** What is printed from here on is no part of the story: nothing more is said between. */
  [Symbol.dispose](): void {
    this.#silence.end();
  }

  async step<T>(title: string, body: () => Promise<T>, headline?: (result: T) => string): Promise<T> {
    const shown = oneLine(this.#masker.mask(title));
    const depth = this.#depth;
    const started = this.#clock.now().getTime();
    const taken = () => formatDuration(Math.max(0, this.#clock.now().getTime() - started));
    if (depth === 0) this.#voice.open(shown);
    else this.#voice.line(shown, depth);
    this.#depth = depth + 1;
    this.#silence.begin();
    this.#failedInside = undefined;
    const end = (text: string, state: "done" | "failed" | "cancelled") => {
      this.#depth = depth;
      if (depth === 0) {
        // What is done between two steps is heard of as well.
        this.#silence.begin();
        this.#voice.close();
      } else this.#silence.broken();
      this.#voice.headline(oneLine(this.#masker.mask(`${text} (${taken()})`)), state, depth);
    };
    try {
      const result = await body();
      end(headline === undefined ? shown : `${shown}: ${headline(result)}`, "done");
      return result;
    } catch (error) {
      const stopped = error instanceof Cancelled;
      const [why = ""] = messageOf(error).split("\n", 1);
      end(`${shown}: ${stopped ? "cancelled" : why === this.#failedInside ? "failed" : why}`, stopped ? "cancelled" : "failed");
      this.#failedInside = why;
      throw error;
    }
  }

  say(text: string): void {
    if (this.#depth > 0) this.#silence.broken();
    else this.#silence.begin();
    for (const line of this.#masker.mask(text).split("\n")) this.#voice.line(line, this.#depth);
  }

  detail(text: string): void {
    const masked = this.#masker.mask(text);
    this.#silence.trace(masked);
    this.#voice.detail(masked);
  }

  notice(text: string): void {
    this.#voice.notice(sentence(this.#masker.mask(text)));
  }

  warning(text: string): void {
    this.#voice.warning(sentence(this.#masker.mask(text)));
  }

  mask(secret: Secret): void {
    this.#voice.hide(this.#masker.add(secret.reveal()));
  }
}
