import { Failure } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import type { Database } from "../postgres/database.ts";
import { type BackupPorts, restoreBeside } from "./beside.ts";
import type { BackupSource, MachineFile } from "./source.ts";
import type { Facts } from "./facts.ts";
import { dropLeftCopies } from "./left-sides.ts";
import { shutDatabase, type ShutDatabase } from "../postgres/shut.ts";

export interface ProveRequest {
  readonly database: Database;
  /** The name of the database to make. */
  readonly side: string;
  readonly dump: MachineFile;
  readonly source: BackupSource;
  /** The tools' major version. */
  readonly writtenBy: number;
  readonly expected: Facts;
  /** Told of the copy where it is kept, closed for everybody, and not dropped. */
  readonly keepWarm?: ((copy: ShutDatabase) => void) | undefined;
  readonly ports: BackupPorts;
  readonly noteIn?: string | undefined;
}

/**
 * Restores a dump beside the live database, compares it with what the snapshot held, and drops it, or keeps it where somebody wants it.
 * Returns how long that took.
 */
export async function proveByRestoring({ ports, keepWarm, ...request }: ProveRequest): Promise<number> {
  const { database, expected } = request;
  const started = ports.clock.now().getTime();
  for (const name of await dropLeftCopies(database, ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
  {
    await using copy = await restoreBeside({ ...request, settings: undefined, ports });
    ports.report.detail(
      `restored into ${copy.name} and compared: ${plural(expected.rows.size, "table")}, ${plural(expected.sequences.size, "sequence")}`,
    );
    const warm = keepWarm && (await shutDatabase(database, copy.name));
    if (warm !== undefined) {
      keepWarm?.(warm);
      copy.keep();
    } else if (keepWarm !== undefined)
      ports.report.warning(`The copy ${copy.name} could not be kept for an instant rollback: a session of somebody else stays in it.`);
  }
  return Math.max(0, ports.clock.now().getTime() - started);
}

/**
 * The same, where nobody asked for it and nothing hangs on it yet: that no copy can be made (a right that is missing, no room)
 * is a warning. A copy that was made and is not the same is a failure here too.
 */
export async function proveWherePossible(request: ProveRequest): Promise<number | undefined> {
  try {
    return await proveByRestoring(request);
  } catch (error) {
    if (!(error instanceof Failure) || !(error.code === "42501" || error.code?.startsWith("53") === true)) throw error;
    request.ports.report.warning(
      `This backup was read back whole, and not restored to prove it: ${error.message} ${error.hint ?? ""}`.trim(),
    );
    return undefined;
  }
}
