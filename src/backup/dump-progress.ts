import { formatSize } from "../core/format.ts";
import { paceOf } from "../core/pace.ts";
import { exists, fileSize } from "../machine/files/files.ts";
import type { Database } from "../postgres/database.ts";
import type { BackupPorts } from "./beside.ts";
import type { MachineFile } from "./source.ts";
import { lockHolders } from "./lock-holders.ts";

export interface DumpWatch {
  readonly database: Database;
  readonly to: MachineFile;
  /** What the last backup of this database had, in bytes. */
  readonly lastBytes: number | undefined;
  readonly ports: BackupPorts;
}

/**
 * How far a dump is, as a line for `withProgress`. Where the file does not grow, whoever holds a table is named aloud, once
 * for each set of sessions: a dump that waits looks like one that hangs.
 */
export function dumpProgress({ database, to, lastBytes, ports }: DumpWatch): () => Promise<string | undefined> {
  const began = ports.clock.now().getTime();
  let before = -1;
  let named = "";
  return async () => {
    const bytes = (await exists(to.machine, to.path)) ? await fileSize(to.machine, to.path) : 0;
    const stands = bytes === before;
    before = bytes;
    if (stands) {
      const holders = await lockHolders(database, ports.signal);
      const text = holders.map((holder) => holder.replace(/, its transaction is .*/, "")).join("; ");
      if (text !== named && text !== "") ports.report.say(`The dump waits for a table's lock: ${holders.join("; ")}.`);
      named = text;
      if (text !== "") return `waiting for ${text}`;
    }
    const of = lastBytes === undefined ? "" : ` (the last one had ${formatSize(lastBytes)})`;
    return `dumped ${formatSize(bytes)}${of}, ${paceOf({ bytes, of: lastBytes, ms: ports.clock.now().getTime() - began })}`;
  };
}
