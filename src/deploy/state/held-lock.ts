import { Failure, messageOf } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Ports } from "../../core/ports.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Holder } from "../../journal/lock.ts";
import type { State } from "./state.ts";
import { type CommandPlace, statusWay } from "../call/next-command.ts";
import { describeEnd } from "./over-deploy.ts";
import { type Condition, type Guard, holds } from "../../machine/guarded.ts";

/**
 * The lock as this process holds it, if it does: what each of its acts is asked by (contract, 2). On the machine each
 * command looks at it itself; a database session is opened first, and then it is looked at.
 */
export class HeldLock implements Guard {
  readonly #machine: Machine;
  readonly #place: CommandPlace;
  #state: State | undefined;
  #holder: Holder | undefined;

  /** `machine` is where the state is. */
  constructor(machine: Machine, place: CommandPlace) {
    this.#machine = machine;
    this.#place = place;
  }

  /** From now on nothing is begun that this holder may not begin. */
  hold(state: State, holder: Holder): void {
    this.#state = state;
    this.#holder = holder;
  }

  /** Released, or left to the next step: nothing is asked any more. */
  letGo(): void {
    this.#holder = undefined;
  }

  /** The lock's number; undefined where this process does not hold it. */
  get fence(): number | undefined {
    return this.#holder?.fence;
  }

  /** Its id in the lock; undefined where this process does not hold it. */
  get id(): string | undefined {
    return this.#holder?.id;
  }

  get taken(): boolean {
    return this.#state !== undefined;
  }

  condition(): Condition | undefined {
    if (this.#state === undefined || this.#holder === undefined) return undefined;
    return { file: this.#state.paths.lock, text: `"id":${JSON.stringify(this.#holder.id)}` };
  }

  /** Throws a Failure of code `lock-lost` where another run has the lock now. */
  async confirm(): Promise<void> {
    const condition = this.condition();
    if (condition !== undefined && !(await holds(this.#machine, condition))) throw await this.lost();
  }

  /** Who has it now, and what became of the deploy. */
  async lost(): Promise<Failure> {
    const { journal } = this.#state ?? {};
    const holder = this.#holder;
    const who = journal === undefined || holder === undefined ? undefined : await whoTookIt(journal, holder);
    return new Failure(
      `The lock of ${this.#place.app}/${this.#place.name} was taken by ${who?.by ?? "another run"} while this step worked; it stops here, and changes nothing more.`,
      { code: "lock-lost", ...(who?.became !== undefined && { state: [who.became] }), ways: [statusWay(this.#place)] },
    );
  }
}

/** As the journal and the lock tell it; undefined where neither can be asked. */
async function whoTookIt(
  journal: Journal,
  { deploy, fence }: Holder,
): Promise<{ readonly by: string | undefined; readonly became?: string } | undefined> {
  try {
    const ledger = await journal.read();
    const after = ledger.entries.find((entry) => (entry.fence ?? 0) > fence);
    const lock = await journal.lock.status();
    const by = after?.owner ?? (lock.state === "held" ? lock.holder.owner : undefined);
    // The one that it went on with, or that it opened under this lock.
    const own = deploy ?? ledger.entries.find((entry) => entry.kind === "deploy.opened" && entry.fence === fence)?.deploy;
    const record = ledger.deploys.find((one) => one.id === own);
    if (record?.end === undefined) return { by };
    return { by, became: `Deploy ${record.id} ${describeEnd(record)}.` };
  } catch {
    // Why it stops is known; by whom is not, where the host is away just now.
    return undefined;
  }
}

export function isLockLost(error: unknown): boolean {
  return error instanceof Failure && error.code === "lock-lost";
}

/** What a deploy was closed as stands in the journal by now: that the disk is too full to free the lock makes no failure of it. */
export function leaveLock({ report }: Pick<Ports, "report">, error: unknown): void {
  if (!(error instanceof Failure) || error.code !== "lock-failed") throw error;
  report.warning(`${messageOf(error)} The lock counts as left in a minute; the command \`recover\` frees it.`);
}
