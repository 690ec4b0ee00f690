import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";
import { within } from "../../core/within.ts";
import type { Fact } from "../../journal/entries.ts";
import type { Journal } from "../../journal/journal.ts";

/** How long the end waits for what is still being written. Milliseconds. */
const END_MS = 1000;

/** What observers write into the journal: under no lock, beside the work, and nobody's failure. */
export class Notes implements AsyncDisposable {
  readonly #journal: Journal | undefined;
  readonly #by: { readonly ports: Pick<Ports, "clock" | "report">; readonly owner: string };
  readonly #under = new Set<Promise<void>>();

  constructor(journal: Journal | undefined, by: { readonly ports: Pick<Ports, "clock" | "report">; readonly owner: string }) {
    this.#journal = journal;
    this.#by = by;
  }

  write(fact: Fact): void {
    const writing = this.#write(fact).finally(() => this.#under.delete(writing));
    this.#under.add(writing);
  }

  async #write(fact: Fact): Promise<void> {
    const { ports, owner } = this.#by;
    try {
      await this.#journal?.write(fact, { at: ports.clock.now(), owner });
    } catch (error) {
      ports.report.detail(`Who was told what could not be written to the journal: ${messageOf(error)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who was given up a moment ago writes that now.
    await turn();
    if (this.#under.size === 0) return;
    await within({ ms: END_MS, late: () => undefined }, async () => void (await Promise.all(this.#under)));
  }
}
