import { Cancelled, messageOf } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";
import type { CheckoutLine, Report } from "../core/report.ts";
import type { Secret } from "../core/secret.ts";
import type { Masker } from "./masker.ts";
import { oneLine } from "../core/printable.ts";
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
  warning(text: string, at?: CheckoutLine): void;
  /** New forms of a secret, for whoever else masks. */
  hide(forms: readonly string[]): void;
  /** What goes on now; undefined: nothing to tell of. A voice that has it shows it while it is so, and needs no lines against silence. */
  going?(now: Going | undefined): void;
}

/** What goes on. */
export interface Going {
  /** The innermost step; empty outside of any. */
  readonly title: string;
  /** How far it is, or the last that the debug log would have shown; empty where there is nothing. */
  readonly at: string;
  /** When it began: milliseconds since the epoch. */
  readonly since: number;
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
  readonly #steps: Omit<Going, "at">[] = [];
  /** What was said last outside of any step: it mostly goes on. */
  #said = "";
  /** Since when something outside of any step goes on. */
  #outside = 0;

  constructor(world: { readonly voice: Voice; readonly masker: Masker; readonly clock: Pick<Clock, "now">; readonly later?: Later }) {
    this.#voice = world.voice;
    this.#masker = world.masker;
    this.#clock = world.clock;
    this.#silence = new Silence({
      print: (text) => (this.#voice.going === undefined ? this.#voice.line(text, this.#depth) : undefined),
      now: () => this.#clock.now().getTime(),
      later: world.later ?? laterOn,
      what: () => this.#steps.at(-1)?.title ?? this.#said,
    });
    this.#silence.begin();
  }

  /** What is printed from here on is no part of the story: nothing more is said between. */
  [Symbol.dispose](): void {
    this.#silence.end();
    this.#voice.going?.(undefined);
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
    this.#steps.push({ title: shown, since: started });
    this.#going("");
    const end = (text: string, state: "done" | "failed" | "cancelled") => {
      this.#depth = depth;
      this.#steps.pop();
      this.#going("");
      if (depth === 0) {
        this.#said = "";
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
    const lines = this.#masker.mask(text).split("\n");
    if (this.#depth === 0) this.#said = lines.at(-1) ?? "";
    for (const line of lines) this.#voice.line(line, this.#depth);
    if (this.#depth === 0) this.#going("");
  }

  detail(text: string): void {
    const masked = this.#masker.mask(text);
    this.#silence.trace(masked);
    if (this.#depth > 0) this.#going(masked);
    this.#voice.detail(masked);
  }

  progress(text: string): void {
    const masked = this.#masker.mask(text);
    this.#silence.trace(masked);
    this.#going(masked);
  }

  /** Outside of any step only what was said to go on is shown: somebody may be asked something there. */
  #going(at: string): void {
    const step = this.#steps.at(-1);
    if (step === undefined && (at === "" || this.#outside === 0)) this.#outside = at === "" ? 0 : this.#clock.now().getTime();
    const now = step ?? (at === "" ? undefined : { title: "", since: this.#outside });
    this.#voice.going?.(now && { ...now, at: at.trim().split("\n").at(-1) ?? "" });
  }

  notice(text: string): void {
    this.#voice.notice(sentence(this.#masker.mask(text)));
  }

  warning(text: string, at?: CheckoutLine): void {
    this.#voice.warning(sentence(this.#masker.mask(text)), at);
  }

  mask(secret: Secret): void {
    this.#voice.hide(this.#masker.add(secret.reveal(), secret.source));
  }
}
