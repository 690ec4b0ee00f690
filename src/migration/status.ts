import type { Block } from "../core/outcome.ts";
import { formatDuration, formatMoment } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import { type Comparison, compareWithHistory } from "./compare.ts";
import { readHistory } from "./history.ts";
import { compareMigrationVersions, type Migration } from "./migration.ts";

/** What the `migrate` operation says in its outputs, whatever it did. Versions. */
export interface MigrateOutputs {
  /** What this run applied; for `down`, nothing. */
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

/** One row a version, in the order of versions. */
export function statusBlock(comparison: Comparison): Block {
  const changed = new Set(comparison.changed.map((one) => one.row));
  const missing = new Set(comparison.missing);
  const unfinished = new Set(comparison.unfinished.map((row) => row.version));
  const late = new Set(comparison.outOfOrder);
  const rows = [
    ...[...comparison.applied, ...comparison.unfinished].map((row) => {
      const marks = [
        row.state === "applied" ? "applied" : half(row),
        ...(changed.has(row) ? ["the file changed since"] : []),
        ...(missing.has(row) ? ["no file here"] : []),
      ];
      return {
        version: row.version,
        cells: [row.version, row.description, marks.join(", "), formatMoment(row.startedAt), formatDuration(row.durationMs), row.appliedBy],
      };
    }),
    ...comparison.pending
      .filter((migration) => !unfinished.has(migration.version))
      .map((migration) => ({
        version: migration.version,
        cells: [
          migration.version,
          migration.description,
          late.has(migration) ? "pending, older than what is applied" : "pending",
          "",
          "",
          "",
        ],
      })),
  ];
  return {
    kind: "table",
    title: "Migrations",
    head: ["version", "description", "state", "started", "took", "by"],
    rows: rows.sort((a, b) => compareMigrationVersions(a.version, b.version)).map((row) => row.cells),
  };
}

function half(row: Comparison["unfinished"][number]): string {
  const { progress } = row;
  if (progress === undefined) return row.state;
  return `${progress.direction === "up" ? "UP" : "DOWN"} ${row.state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
}
