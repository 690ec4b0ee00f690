import type { Machine } from "../core/machine.ts";
import { readText } from "../machine/files/files.ts";
import type { Fact } from "./entries.ts";
import { type Ledger, fold } from "./ledger.ts";
import { parseLines } from "./lines.ts";
import { type Holder, Lock } from "./lock.ts";
import type { StatePaths } from "./paths.ts";

/** The append-only record of one environment, and the lock under which it is written. */
export class Journal {
  readonly lock: Lock;
  readonly #machine: Machine;
  readonly #paths: StatePaths;
  readonly #warn: (text: string) => void;
  readonly #warned = new Set<string>();

  /** `warn` hears of each line that is no entry, once. */
  constructor(machine: Machine, paths: StatePaths, warn: (text: string) => void = () => undefined) {
    this.#machine = machine;
    this.#paths = paths;
    this.lock = new Lock(machine, paths);
    this.#warn = warn;
  }

  /** Every entry that counts, oldest first, and what follows from them. Lines that are none are passed over, and told. */
  async read(): Promise<Ledger> {
    const { journal } = this.#paths;
    const { entries, damaged } = parseLines((await readText(this.#machine, journal)) ?? "", journal);
    for (const { line, why } of damaged) this.#tell(`Line ${line} of the journal ${journal} cannot be read (${why}) and is passed over.`);
    return fold(entries, damaged);
  }

  #tell(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#warn(text);
  }

  /** Writes one fact; under a lock only while that is still held (else a Failure of code `lock-lost`). */
  async write(
    fact: Fact,
    stamp: { readonly at: Date; readonly owner: string; readonly deploy?: string | undefined; readonly holder?: Holder | undefined },
  ): Promise<void> {
    const entry = {
      v: 1,
      at: stamp.at.toISOString(),
      owner: stamp.owner,
      ...(stamp.holder && { fence: stamp.holder.fence }),
      ...(stamp.deploy !== undefined && { deploy: stamp.deploy }),
      ...fact,
    };
    await this.lock.append(JSON.stringify(entry), stamp.holder);
  }
}
