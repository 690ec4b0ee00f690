import type { Machine } from "../core/machine.ts";
import { readText } from "../machine/files/files.ts";
import type { Entry, Fact } from "./entries.ts";
import { type Ledger, fold } from "./ledger.ts";
import { type Lines, parseLines } from "./lines.ts";
import { type Holder, Lock } from "./lock.ts";
import type { StatePaths } from "./paths.ts";
import { FORMAT, sealLine } from "./seal.ts";

interface JournalListeners {
  /** Hears of each line that is no entry, once. */
  readonly warn?: (text: string) => void;
  /** Hears of each entry, once it is durable. It must not throw. */
  readonly wrote?: (entry: Entry) => void;
}

/** The append-only record of one environment, and the lock under which it is written. */
export class Journal {
  readonly lock: Lock;
  readonly #machine: Machine;
  readonly #paths: StatePaths;
  readonly #listeners: JournalListeners;
  readonly #warned = new Set<string>();

  constructor(machine: Machine, paths: StatePaths, listeners: JournalListeners = {}) {
    this.#machine = machine;
    this.#paths = paths;
    this.lock = new Lock(machine, paths);
    this.#listeners = listeners;
  }

  /** Every entry that counts, oldest first, and what follows from them. Lines that are none are passed over, and told. */
  async read(): Promise<Ledger> {
    const { journal } = this.#paths;
    const { entries, damaged } = await this.lines();
    for (const { line, why } of damaged) this.#tell(`Line ${line} of the journal ${journal} cannot be read (${why}) and is passed over.`);
    return fold(entries, damaged);
  }

  /** Each line as it stands, the void and the damaged ones too, of which nobody is warned. */
  async lines(): Promise<Lines> {
    const { journal } = this.#paths;
    return parseLines((await readText(this.#machine, journal)) ?? "", journal);
  }

  #tell(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#listeners.warn?.(text);
  }

  /** Writes one fact; under a lock only while that is still held (else a Failure of code `lock-lost`). */
  async write(
    fact: Fact,
    stamp: { readonly at: Date; readonly owner: string; readonly deploy?: string | undefined; readonly holder?: Holder | undefined },
  ): Promise<void> {
    const text = JSON.stringify({
      v: FORMAT,
      at: stamp.at.toISOString(),
      owner: stamp.owner,
      ...(stamp.holder && { fence: stamp.holder.fence }),
      ...(stamp.deploy !== undefined && { deploy: stamp.deploy }),
      ...fact,
    });
    await this.lock.append(sealLine(text), stamp.holder);
    // What stands there now, and nothing that the writer goes on working with.
    this.#listeners.wrote?.(JSON.parse(text) as Entry);
  }
}
