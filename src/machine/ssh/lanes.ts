import type { Channels } from "./channels.ts";
import { Lane, LANE } from "./lane.ts";

/** One for the step, one for what goes on beside it: its beat, its watching. */
const LANES = 2;

/** The lanes of one connection, opened when they are needed. */
export class Lanes {
  readonly #channels: Channels;
  readonly #idle: Lane[] = [];
  #room = LANES;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** A lane for one command; undefined where all are busy. Rejects as opening a session does. */
  async take(): Promise<Lane | undefined> {
    for (let lane = this.#idle.pop(); lane !== undefined; lane = this.#idle.pop()) {
      if (!lane.over) return lane;
      this.#room += 1;
    }
    if (this.#room === 0) return undefined;
    this.#room -= 1;
    try {
      return new Lane(await this.#channels.open(LANE));
    } catch (error) {
      this.#room += 1;
      throw error;
    }
  }

  /** Gives a lane back, for the next command or, where it is over, for the next lane. */
  give(lane: Lane): void {
    if (lane.over) this.#room += 1;
    else this.#idle.push(lane);
  }

  /** No more lanes on this connection, where the host allows too few sessions. False where there was none to end. */
  giveUp(): boolean {
    const had = this.#idle.length > 0;
    this.#room = 0;
    for (const lane of this.#idle.splice(0)) lane.close();
    return had;
  }
}
