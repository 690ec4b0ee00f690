import type { Comparison } from "./compare.ts";
import { foreignHistory, type HistoryRow } from "./history.ts";
import { compareMigrationVersions } from "./migration.ts";
import type { Histories } from "./recorded.ts";
import { type MigrateOutputs, outputsOf } from "./status.ts";

/** How the migrations of a database stand beside the files. */
export interface Standing {
  readonly histories: Histories;
  /** Our history beside the files; without files where they are another tool's, and then nothing is missing. */
  readonly comparison: Comparison;
  /** Whether there are files of ours to hold against it. */
  readonly files: boolean;
}

/** One migration of ours. */
export interface StandingEntry {
  readonly version: string;
  readonly description: string;
  readonly state: "applied" | "half applied" | "pending";
  /** How far a half-applied one came. */
  readonly progress: string | undefined;
  /** Applied, and the file's UP is another one now: the difference, a line each. */
  readonly changed: readonly string[] | undefined;
  /** Applied, and there is no file. */
  readonly missing: boolean;
  /** Pending although a newer one is applied. */
  readonly outOfOrder: boolean;
  readonly startedAt: Date | undefined;
  readonly durationMs: number | undefined;
  readonly by: string | undefined;
  readonly deploy: string | undefined;
}

/** One each version, in the order of versions. */
export function entriesOf(comparison: Comparison): readonly StandingEntry[] {
  const changed = new Map(comparison.changed.map((one) => [one.row, one.difference]));
  const missing = new Set(comparison.missing);
  const unfinished = new Set(comparison.unfinished.map((row) => row.version));
  const late = new Set(comparison.outOfOrder);
  const there = [...comparison.applied, ...comparison.unfinished].map((row): StandingEntry => ({
    version: row.version,
    description: row.description,
    state: row.state === "applied" ? "applied" : "half applied",
    progress: row.state === "applied" ? undefined : progressOf(row),
    changed: changed.get(row),
    missing: missing.has(row),
    outOfOrder: false,
    startedAt: row.startedAt,
    durationMs: row.durationMs,
    by: row.appliedBy,
    deploy: row.deployId,
  }));
  const pending = comparison.pending
    .filter((migration) => !unfinished.has(migration.version))
    .map((migration): StandingEntry => ({
      version: migration.version,
      description: migration.description,
      state: "pending",
      progress: undefined,
      changed: undefined,
      missing: false,
      outOfOrder: late.has(migration),
      startedAt: undefined,
      durationMs: undefined,
      by: undefined,
      deploy: undefined,
    }));
  return [...there, ...pending].sort((a, b) => compareMigrationVersions(a.version, b.version));
}

function progressOf({ progress, state }: HistoryRow): string {
  if (progress === undefined) return state;
  return `${progress.direction === "up" ? "UP" : "DOWN"} ${state === "running" ? "stopped" : "failed"} behind statement ${progress.done} of ${progress.of}`;
}

/** What a person has to see to before migrations go on, in sentences with the next move; none where nothing is in the way. */
export function standingNeeds({ histories, comparison, files }: Standing): readonly string[] {
  const { place, others } = histories;
  const foreign = files && place?.state === "foreign" ? foreignHistory(place) : undefined;
  const missing = new Set(comparison.missing);
  const changed = new Set(comparison.changed.map((one) => one.row));
  return [
    ...(foreign === undefined ? [] : [`${foreign.message} ${foreign.hint}`]),
    ...comparison.changed.map(
      ({ migration, row }) =>
        `${migration.up.file} changed after it was ${row.state === "applied" ? "applied" : "half applied"}: put it back as it was, and write what is new as a new migration.`,
    ),
    ...comparison.unfinished
      .filter((row) => !changed.has(row))
      .map((row) => {
        const half = `${row.version} (${row.description}) is half applied (${progressOf(row)})`;
        if (row.progress?.direction === "down") return `${half}: \`migrate down\` with \`steps: 1\` goes on with it.`;
        return missing.has(row) && files
          ? `${half}, and its file is not here: apply from the commit that has it, or roll back.`
          : `${half}: \`migrate\` goes on with it.`;
      }),
    ...comparison.missing
      .filter((row) => row.state === "applied")
      .map(
        ({ version, description }) =>
          `${version} (${description}) is applied, and its file is not here: take the commit that has it, or \`migrate down\` takes it back.`,
      ),
    ...others.flatMap(({ table, tool, entries }) =>
      entries
        .filter(({ state }) => state === "failed")
        .map(({ version }) => `${version} is unfinished in ${table}: end it with ${tool}'s own command before anything else migrates.`),
    ),
  ];
}

/** `pending` is not known where the files are another tool's: then it is not set. */
export function standingOutputs({ histories, comparison, files }: Standing): Omit<MigrateOutputs, "pending"> & Partial<MigrateOutputs> {
  const others = histories.others.flatMap(({ entries }) =>
    entries.filter(({ state }) => state === "applied").map(({ version }) => version),
  );
  const applied = [...comparison.applied.map(({ version }) => version), ...others];
  const { pending, current } = outputsOf(comparison);
  return { applied, ...(files && { pending }), current: current === "" ? (others.at(-1) ?? "") : current };
}
