import type { Entry } from "../../journal/entries.ts";
import { fold } from "../../journal/ledger.ts";
import type { Lines } from "../../journal/lines.ts";
import { bookkeepingText, entryText, isAbout } from "./entry-text.ts";

/** One line of the journal, for readers. No setting is told. */
export interface ShownLine {
  /** From 1. */
  readonly line: number;
  readonly at?: string;
  readonly owner?: string;
  readonly deploy?: string;
  readonly kind: Entry["kind"] | "damaged";
  readonly text: string;
}

/** Every line in order, those that say nothing any more among them; with a deploy, only its own. Pure. */
export function shownLines(lines: Lines, deploy?: string): readonly ShownLine[] {
  const counting = new Set(fold(lines.entries).entries);
  const entries = lines.entries.flatMap((entry, index) =>
    deploy !== undefined && !isAbout(entry, deploy) ? [] : [shownEntry(entry, lines.places[index] ?? 0, counting.has(entry))],
  );
  const damaged = lines.damaged.map(({ line, why, settled }) => ({
    line,
    kind: "damaged" as const,
    text: `is no entry: ${why}${settled ? "; nothing hangs on it" : "; what it said may still count"}`,
  }));
  return [...entries, ...damaged].toSorted((one, other) => one.line - other.line);
}

function shownEntry(entry: Entry, line: number, counts: boolean): ShownLine {
  const { at, owner, deploy, kind } = entry;
  const undo = entry.kind === "step.started" && entry.undo !== undefined ? `; what undoes it: ${entry.undo}` : "";
  const text = `${entryText(entry) ?? bookkeepingText(entry) ?? kind}${undo}${counts ? "" : " (void: the lock had been taken over)"}`;
  return { line, at, owner, ...(deploy !== undefined && { deploy }), kind, text };
}
