import type { Lane, StayingShell } from "./lane.ts";

/** One for the step, one for what goes on beside it (its beat, its watching), one for what is looked at at the same time. */
const LANES = 3;

/** The lanes of one machine or connection, opened when they are needed. */
export class Lanes<Shell extends StayingShell = StayingShell> {
  readonly #open: () => Promise<Lane<Shell>>;
  readonly #idle: Lane<Shell>[] = [];
  #room = LANES;

  constructor(open: () => Promise<Lane<Shell>>) {
    this.#open = open;
  }

  /** A lane for one command; undefined where all are busy. Rejects where none can be opened. */
  async take(): Promise<Lane<Shell> | undefined> {
    for (let lane = this.#idle.pop(); lane !== undefined; lane = this.#idle.pop()) {
      if (!lane.over) return lane;
      this.#room += 1;
    }
    if (this.#room === 0) return undefined;
    this.#room -= 1;
    try {
      return await this.#open();
    } catch (error) {
      this.#room += 1;
      throw error;
    }
  }

  /** Gives a lane back, for the next command or, where it is over, for the next lane. */
  give(lane: Lane<Shell>): void {
    lane.rest();
    if (lane.over) this.#room += 1;
    else this.#idle.push(lane);
  }

  /** No more lanes, where the host allows too few sessions, or nobody needs them any more. False where there was none to end. */
  giveUp(): boolean {
    const had = this.#idle.length > 0;
    this.#room = 0;
    for (const lane of this.#idle.splice(0)) lane.close();
    return had;
  }
}
