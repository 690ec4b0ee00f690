import { formatCount, formatDuration, formatMoment, plural } from "../core/format.ts";
import type { Block } from "../core/outcome.ts";
import type { RecordedTable } from "./recorded.ts";
import { entriesOf, standingNeeds, type Standing, type StandingEntry } from "./standing.ts";

/** Of those that are applied and of whom nothing is to be told, only the newest so many are shown: `--json` has all. */
const MOST_QUIET = 50;

/** What a person has to see to, then each history as a table; what changed as a difference. */
export function standingBlocks(standing: Standing): readonly Block[] {
  const entries = entriesOf(standing.comparison);
  const needs = standingNeeds(standing);
  return [
    ...needs.map((text): Block => ({ kind: "text", text })),
    ...(entries.length === 0 ? [] : ownBlocks(entries)),
    ...standing.comparison.changed.map(({ migration, difference }): Block => ({
      kind: "code",
      title: `What changed in ${migration.up.file}`,
      lines: difference,
    })),
    ...standing.histories.others.flatMap(otherBlocks),
  ];
}

function ownBlocks(entries: readonly StandingEntry[]): readonly Block[] {
  const { shown, left } = withoutQuiet(entries, (one) => one.state === "applied" && one.changed === undefined && !one.missing);
  return [
    {
      kind: "table",
      title: "Migrations",
      head: ["version", "description", "state", "started", "took", "by"],
      rows: shown.map((one) => [
        one.version,
        one.description,
        stateOf(one),
        one.startedAt === undefined ? "" : formatMoment(one.startedAt),
        one.durationMs === undefined ? "" : formatDuration(one.durationMs),
        one.by ?? "",
      ]),
    },
    ...leftBlock(left),
  ];
}

function stateOf({ state, progress, changed, missing, outOfOrder }: StandingEntry): string {
  return [
    progress ?? state,
    ...(changed === undefined ? [] : ["the file changed since"]),
    ...(missing ? ["no file here"] : []),
    ...(outOfOrder ? ["older than what is applied"] : []),
  ].join(", ");
}

/** Columns of which the tool keeps nothing are left out. */
function otherBlocks({ table, tool, entries }: RecordedTable): readonly Block[] {
  const { shown, left } = withoutQuiet(entries, ({ state }) => state === "applied");
  const columns = [
    { head: "version", cell: (one: (typeof entries)[number]) => one.version },
    { head: "state", cell: (one: (typeof entries)[number]) => (one.state === "failed" ? "unfinished" : one.state) },
    { head: "when", cell: (one: (typeof entries)[number]) => (one.at === undefined ? "" : formatMoment(one.at)) },
    { head: "took", cell: (one: (typeof entries)[number]) => (one.tookMs === undefined ? "" : formatDuration(one.tookMs)) },
    { head: "by", cell: (one: (typeof entries)[number]) => one.by ?? "" },
  ].filter(({ head, cell }) => head === "version" || shown.some((one) => cell(one) !== ""));
  const title = tool === "unknown" ? table : `${table} (${tool})`;
  return [
    { kind: "table", title, head: columns.map(({ head }) => head), rows: shown.map((one) => columns.map(({ cell }) => cell(one))) },
    ...leftBlock(left),
  ];
}

function withoutQuiet<T>(entries: readonly T[], quiet: (entry: T) => boolean): { readonly shown: readonly T[]; readonly left: number } {
  const newest = new Set(entries.filter(quiet).slice(-MOST_QUIET));
  const shown = entries.filter((entry) => !quiet(entry) || newest.has(entry));
  return { shown, left: entries.length - shown.length };
}

function leftBlock(left: number): readonly Block[] {
  return left === 0 ? [] : [{ kind: "text", text: `${plural(left, "earlier one")} more, applied and as they were, in \`--json\`.` }];
}

/** `3 migrations applied, 2 pending, 1 changed since`; of other tools each table's count. */
export function standingHeadline({ comparison, histories, files }: Standing): string {
  const applied = comparison.applied.length;
  const counts = [
    ...(files || applied > 0 ? [`${plural(applied, "migration")} applied`] : []),
    ...(files ? [`${plural(comparison.pending.length, "migration")} pending`] : []),
    ...counted(comparison.outOfOrder.length, "out of order"),
    ...counted(comparison.unfinished.length, "half applied"),
    ...counted(comparison.changed.length, "changed since"),
    ...counted(comparison.missing.length, "without a file here"),
    ...histories.others.map(({ table, entries }) => {
      const done = entries.filter(({ state }) => state === "applied").length;
      const failed = entries.filter(({ state }) => state === "failed").length;
      return `${plural(done, "migration")} applied${failed === 0 ? "" : ` and ${failed} unfinished`} in ${table}`;
    }),
  ];
  return counts.length === 0 ? "no migration history is there" : counts.join(", ");
}

function counted(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${formatCount(count)} ${what}`];
}
