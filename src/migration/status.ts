import type { Connection } from "../postgres/connection.ts";
import { type Comparison, compareWithHistory } from "./compare.ts";
import { readHistory } from "./history.ts";
import type { Migration } from "./migration.ts";

/** What the `migrate` operation says in its outputs, whatever it did. Versions. */
export interface MigrateOutputs {
  /** What this run applied; for `down`, nothing; for `status`, all that is. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** The highest applied version; empty where none is. */
  readonly current: string;
}

/** Reads the history and holds the files against it. Writes nothing; refuses another tool's `schema_migrations`. */
export async function migrationStatus(connection: Connection, migrations: readonly Migration[]): Promise<Comparison> {
  return compareWithHistory(migrations, await readHistory(connection));
}

export function outputsOf(
  comparison: Comparison,
  applied: readonly string[] = [],
): MigrateOutputs & Readonly<Record<string, string | readonly string[]>> {
  return { applied, pending: comparison.pending.map((migration) => migration.version), current: comparison.current ?? "" };
}
