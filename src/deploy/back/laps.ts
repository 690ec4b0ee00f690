import type { Clock } from "../../core/ports.ts";
import type { BackPart, BackTimes } from "../../journal/times.ts";

/** Notes where the time of a way back goes: each lap is what has passed since the one before. */
export class Laps {
  readonly #clock: Pick<Clock, "now">;
  #since: number;
  readonly #times: Record<BackPart, number> = { decision: 0, restore: 0, stop: 0, swap: 0, start: 0, health: 0 };

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
    this.#since = clock.now().getTime();
  }

  end(part: BackPart): void {
    const now = this.#clock.now().getTime();
    this.#times[part] += Math.max(0, now - this.#since);
    this.#since = now;
  }

  get times(): BackTimes {
    return { ...this.#times };
  }
}
