import type { HistoryEntry, HistoryTable } from "../core/history.ts";

/** What two histories do not share, as words for messages: versions, behind their table where several tools are at work. */
export interface HistoryDifference {
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
  /** In both, but with another checksum or state. */
  readonly changed: readonly string[];
}

/**
 * Whether two histories say the same was applied. Empty tables and rows marked as rolled back say nothing about a
 * schema, so they do not count; the order of entries does not either.
 */
export function sameHistory(a: readonly HistoryTable[], b: readonly HistoryTable[]): boolean {
  const { onlyFirst, onlySecond, changed } = compareHistories(a, b);
  return onlyFirst.length === 0 && onlySecond.length === 0 && changed.length === 0;
}

export function compareHistories(a: readonly HistoryTable[], b: readonly HistoryTable[]): HistoryDifference {
  const [left, right] = [marks(a), marks(b)];
  const tables = new Set([...left.values(), ...right.values()].map((mark) => mark.table));
  const say = (mark: Mark): string => `${tables.size > 1 ? `${mark.table}: ` : ""}${mark.version}${mark.failed ? " (unfinished)" : ""}`;
  return {
    onlyFirst: [...left].filter(([key]) => !right.has(key)).map(([, mark]) => say(mark)),
    onlySecond: [...right].filter(([key]) => !left.has(key)).map(([, mark]) => say(mark)),
    changed: [...left].filter(([key, mark]) => right.has(key) && right.get(key)?.content !== mark.content).map(([, mark]) => say(mark)),
  };
}

interface Mark {
  readonly table: string;
  readonly version: string;
  readonly failed: boolean;
  readonly content: string;
}

/** By table and version; several rows of one version (a retry) become one mark. */
function marks(history: readonly HistoryTable[]): ReadonlyMap<string, Mark> {
  const all = new Map<string, Mark>();
  for (const { table, entries } of history) {
    for (const [version, rows] of Map.groupBy(
      entries.filter((entry) => entry.state !== "rolled-back"),
      (entry) => entry.version,
    )) {
      const content = rows.map(contentOf).sort().join("\n");
      all.set(`${table}\0${version}`, { table, version, failed: rows.some((row) => row.state === "failed"), content });
    }
  }
  return all;
}

function contentOf(entry: HistoryEntry): string {
  return `${entry.state} ${entry.checksum ?? ""}`;
}
