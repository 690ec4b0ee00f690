import { Cancelled } from "../../../src/core/failure.ts";
import type { Clock } from "../../../src/core/ports.ts";

/** A clock that jumps to the next sleeper's time whenever nothing else is left to do. */
export class VirtualClock implements Clock {
  #now = 0;
  #jumping = false;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new Cancelled();
    await new Promise<void>((resolve, reject) => {
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          signal?.removeEventListener("abort", cancel);
          resolve();
        },
      };
      const cancel = () => {
        this.#sleepers.delete(sleeper);
        reject(new Cancelled());
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#sleepers.add(sleeper);
      this.#jump();
    });
  }

  #jump(): void {
    if (this.#jumping) return;
    this.#jumping = true;
    setImmediate(() => {
      this.#jumping = false;
      // Of two that are due together the younger comes first: timers that should fire at once never quite do.
      const next = [...this.#sleepers].reverse().sort((a, b) => a.at - b.at)[0];
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
      if (this.#sleepers.size > 0) this.#jump();
    });
  }
}
