import { Failure } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { readText } from "../machine/files.ts";
import type { Entry, Fact } from "./entries.ts";
import { type Ledger, fold } from "./ledger.ts";
import { type Holder, Lock } from "./lock.ts";
import type { StatePaths } from "./paths.ts";

/** The append-only record of one environment, and the lock under which it is written. */
export class Journal {
  readonly lock: Lock;
  readonly #machine: Machine;
  readonly #paths: StatePaths;

  constructor(machine: Machine, paths: StatePaths) {
    this.#machine = machine;
    this.#paths = paths;
    this.lock = new Lock(machine, paths);
  }

  /** Every entry that counts, oldest first, and what follows from them. */
  async read(): Promise<Ledger> {
    return fold(parseEntries((await readText(this.#machine, this.#paths.journal)) ?? "", this.#paths.journal));
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

/**
 * The journal's lines as entries. A line that a crash or a full disk cut short is passed over: its writer
 * failed there and did nothing after. A journal of a newer format is refused.
 */
export function parseEntries(text: string, path: string): readonly Entry[] {
  const entries: Entry[] = [];
  // A machine that lost its power may leave zero bytes where a line was to be; the next one then stands right behind them.
  for (const line of text.replaceAll("\0", "").split("\n")) {
    if (line.trim() === "") continue;
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if (entry.v !== 1) {
      throw new Failure(`The journal ${path} was written by a newer Savepoint (format ${String(entry.v)}).`, {
        hint: "Use at least the version that wrote it.",
        exit: 2,
      });
    }
    entries.push(entry);
  }
  return entries;
}

function parseLine(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "kind" in value ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}
