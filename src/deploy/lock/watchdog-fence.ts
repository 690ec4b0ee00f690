import { Failure } from "../../core/failure.ts";
import type { Clock } from "../../core/ports.ts";
import type { Machine } from "../../core/machine.ts";
import type { Environment } from "../environment/environment.ts";

/** One rename, which either the run or the watchdog wins (`watchdog/wait-script.ts` has the other). */
const CONFIRM = `cd "$1" 2>/dev/null || { echo gone; exit 0; }
for now in armed proving; do
  if mv "$now" confirmed 2>/dev/null; then echo confirmed; exit 0; fi
done
if [ -e fired ]; then echo fired; else echo gone; fi`;

/** How long one that fired has to take the lock; after that it is dead, or as good as that. Milliseconds. */
const CLAIMS_WITHIN = 10_000;
const POLL = 500;

/**
 * Tells the watchdog of a deploy that it is not needed any more. Where it was faster it takes the lock at once: `held` then throws.
 * One that fired and never took it is dead: its lock is what decides between it and whoever has it now.
 */
export async function disarm(
  machine: Machine,
  folder: string,
  { clock, held }: { readonly clock: Clock; readonly held: () => Promise<void> },
): Promise<void> {
  const finished = await machine.run({ words: ["sh", "-c", CONFIRM, "sh", folder], repeatable: true });
  const said = finished.stdout.trim();
  if (finished.code !== 0 || said === "")
    throw new Failure(`The watchdog in ${folder} on ${machine.name} could not be told that it is not needed.`, {
      code: "watchdog",
      hint: "It may take this deploy back. Look whether the host's disk is full, and run this again.",
    });
  if (said !== "fired") return;
  for (let waited = 0; waited < CLAIMS_WITHIN; waited += POLL) {
    await held();
    await clock.sleep(POLL);
  }
}

/** What a transaction knows of the watchdog of its deploy. */
export class WatchdogFence {
  readonly #environment: Pick<Environment, "machine" | "ports" | "held">;
  #folder: string | undefined;

  /** `folder` is the watchdog's, where the deploy has one. */
  constructor(environment: Pick<Environment, "machine" | "ports" | "held">, folder: string | undefined) {
    this.#environment = environment;
    this.#folder = folder;
  }

  armed(folder: string): void {
    this.#folder = folder;
  }

  /**
   * It is not needed any more: the deploy is confirmed, taken back by this run, or ended. Throws a Failure of code `lock-lost` where it
   * was faster.
   */
  async disarm(): Promise<void> {
    if (this.#folder === undefined) return;
    const { machine, ports, held } = this.#environment;
    await disarm(machine, this.#folder, { clock: ports.clock, held: async () => await held.confirm() });
    this.#folder = undefined;
  }
}
