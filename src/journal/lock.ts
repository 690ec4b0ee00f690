import { randomBytes } from "node:crypto";
import { Failure } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { type Beat, type Holder, lastFence, parseBeat, parseHolder } from "./holder.ts";
import { APPEND, BEAT, LINKED, LOST, REMOVE, REPLACE, STATUS, TAKE, UNREADABLE } from "./lock-scripts.ts";
import { commandOn } from "../machine/ssh/command-on.ts";
import type { StatePaths } from "./paths.ts";

export type { Beat, Holder } from "./holder.ts";

export type LockStatus =
  | { readonly state: "free"; /** The number of whoever last gave a sign of life. */ readonly lastFence?: number | undefined }
  | {
      readonly state: "held";
      readonly holder: Holder;
      readonly beat: Beat | undefined;
      /** Since the last sign of life. */ readonly silentMs: number;
    };

/** One environment's lock: a file that is linked into place, and a beat beside it. Ages are the host's own clock's. */
export class Lock {
  readonly #machine: Machine;
  readonly #paths: StatePaths;

  constructor(machine: Machine, paths: StatePaths) {
    this.#machine = machine;
    this.#paths = paths;
  }

  async status(): Promise<LockStatus> {
    const done = await this.#machine.run(this.#script(STATUS, this.#paths.lock, this.#paths.beat));
    if (done.code !== 0) throw this.#failed(done, "Reading the lock");
    const [state, lock = "", beating = "", now = ""] = done.stdout.split("\n");
    if (state !== "held") return { state: "free", lastFence: lastFence(beating) };
    const holder = parseHolder(lock, this.#paths.lock, this.#machine);
    const sign = parseBeat(beating, holder.id);
    const last = sign?.epoch ?? Date.parse(holder.since) / 1000;
    return { state: "held", holder, beat: sign?.beat, silentMs: Math.max(0, (Number(now) - last) * 1000) };
  }

  /** Takes a free lock; false where somebody holds it. */
  async take(holder: Holder): Promise<boolean> {
    const { lock, beat } = this.#paths;
    const done = await this.#machine.run(this.#script(TAKE, lock, holder.id, JSON.stringify(holder), beat, String(holder.fence)));
    if (done.code !== 0) throw this.#failed(done, "Taking the lock");
    return done.stdout.trim() === "taken";
  }

  /** Takes the lock from a holder who is gone; false where it is no longer that holder's. */
  async takeOver(from: Holder, holder: Holder): Promise<boolean> {
    const words = [this.#paths.lock, from.id, holder.id, JSON.stringify(holder)];
    return await this.#ours(this.#script(REPLACE, ...words), "Taking over the lock");
  }

  /** False where the lock was no longer this holder's. */
  async release(holder: Holder): Promise<boolean> {
    return await this.#ours(this.#script(REMOVE, this.#paths.lock, holder.id), "Releasing the lock");
  }

  /** Shows that the holder lives; false where the lock was taken from it. */
  async beat(holder: Holder, beat: Beat): Promise<boolean> {
    const text = JSON.stringify({ id: holder.id, fence: holder.fence, ...beat });
    return await this.#ours(this.#script(BEAT, this.#paths.lock, this.#paths.beat, holder.id, text), "Showing a sign of life");
  }

  /**
   * Appends one line to the journal and brings it to the disk. With a holder, only while the lock is still its own:
   * otherwise a Failure of code `lock-lost`, and nothing is written.
   */
  async append(line: string, holder: Holder | undefined): Promise<void> {
    const { lock, journal } = this.#paths;
    const script = this.#script(APPEND, lock, holder?.id ?? "", journal, randomBytes(8).toString("hex"));
    if (await this.#ours({ ...script, stdin: `${line}\n` }, `Writing the journal ${journal}`)) return;
    throw new Failure("The lock of this environment was taken by another run while this step worked; it stops here.", {
      code: "lock-lost",
      hint: "The command `status` shows who holds it now.",
    });
  }

  /** All of them find done what they did: `Command.repeatable`. */
  #script(script: string, ...words: readonly string[]): Pick<Command, "words" | "repeatable"> {
    return { words: ["sh", "-c", script, "sh", ...words], repeatable: true };
  }

  async #ours(command: Command, what: string): Promise<boolean> {
    const done: Finished = await this.#machine.run(command);
    if (done.code === 0) return true;
    if (done.code === LOST) return false;
    throw this.#failed(done, what);
  }

  #failed(done: Finished, what: string): Failure {
    const { root } = this.#paths;
    const { name, login } = this.#machine;
    const evidence = done.stderr.trimEnd().split("\n").slice(-5);
    if (done.code === LINKED) {
      const path = evidence.at(-1) ?? root;
      return new Failure(`${path} on ${name} is a symbolic link, and Savepoint made none: it is neither read nor written.`, {
        code: "state-unsafe",
        exit: 2,
        hint: `Who put it there could write in ${root}. Look where it leads.`,
        ways: [{ command: commandOn(this.#machine, ["rm", "--", path]), means: "Removes the link; what it leads to stays." }],
      });
    }
    if (done.code === UNREADABLE) {
      return new Failure(`${login} may not read the lock ${this.#paths.lock} on ${name}.`, {
        code: "not-permitted",
        exit: 2,
        hint: "It was made by another user: run this as that one.",
      });
    }
    return new Failure(`${what} failed (exit ${done.code ?? done.signal}).`, {
      code: "lock-failed",
      evidence,
      hint: `Check that ${root} on ${name} can be written by ${login} and that its disk is not full (df -h).`,
    });
  }
}
