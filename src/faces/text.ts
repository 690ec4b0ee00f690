import type { Block, Outcome, Table } from "../core/outcome.ts";
import { oneLine, printable } from "../core/printable.ts";
import { columns, folded } from "./width.ts";
import { textTimeline } from "./timeline.ts";
import { findingLines } from "./findings.ts";
import { wayLines } from "./ways.ts";

/** An outcome's blocks as lines for a terminal or a log, without its headline. `width`: of the terminal, in columns. */
export function outcomeLines(outcome: Pick<Outcome, "blocks" | "ways" | "waysInTurn">, width?: number): readonly string[] {
  return [
    ...outcome.blocks.flatMap((block) => {
      const lines = blockLines(block, width);
      return lines.length === 0 ? [] : ["", ...lines];
    }),
    ...wayLines(outcome.ways ?? [], undefined, undefined, outcome.waysInTurn),
  ];
}

function blockLines(block: Block, width: number | undefined): readonly string[] {
  switch (block.kind) {
    case "text":
      return printable(block.text).split("\n");
    case "table":
      return [`${oneLine(block.title)}:`, ...foldedLines(block, width)];
    case "code":
      return [
        `${oneLine(block.title)}:`,
        ...printable(block.lines.join("\n"))
          .split("\n")
          .map((line) => `  ${line}`),
      ];
    case "findings":
      return [`${oneLine(block.title)}:`, ...findingLines(block.findings).map((line) => `  ${line}`)];
    case "timeline":
      return block.spans.length < 2 ? [] : [`${oneLine(block.title)}:`, ...textTimeline(block.spans).map((line) => `  ${line}`)];
  }
}

/** Columns under their heads, as wide as their widest cell. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
  const widths = head.map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? ""))));
  return cells.map((row) =>
    `  ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - columns(cell)))).join("  ")}`.trimEnd(),
  );
}

/** So much must be left for a last column that is folded; with less, each row stands by itself. */
const LEAST_ROOM = 36;

/** A table as it is where it fits; else its last column folded, or a block a row, with the head before each cell. */
function foldedLines({ head, rows, folds }: Table, width: number | undefined): readonly string[] {
  const lines = tableLines(head, rows);
  if (folds !== true || width === undefined || lines.every((line) => columns(line) <= width)) return lines;
  const cells = [head, ...rows].map((row) => head.map((_, index) => oneLine(row[index] ?? "")));
  const before = head.slice(0, -1).map((_, index) => Math.max(...cells.map((row) => columns(row[index] ?? ""))));
  const indent = before.reduce((sum, one) => sum + one + GAP, GAP);
  if (width - indent >= LEAST_ROOM) {
    const last = cells.map((row) => folded(row.at(-1) ?? "", width - indent));
    const shown = cells.flatMap((row, at) =>
      (last[at] ?? []).map((line, turn) => [...row.slice(0, -1).map((cell) => (turn === 0 ? cell : "")), line]),
    );
    return tableLines(shown[0] ?? [], shown.slice(1));
  }
  const label = Math.max(...head.map((one) => columns(one)));
  return rows.flatMap((row, at) => [
    ...(at === 0 ? [] : [""]),
    ...head.flatMap((name, index) => {
      const [first, ...more] = folded(oneLine(row[index] ?? ""), Math.max(LEAST_ROOM, width - label - 2 * GAP));
      if (first === undefined) return [];
      const margin = " ".repeat(GAP + label + GAP);
      return [`${" ".repeat(GAP)}${name}${" ".repeat(label - columns(name) + GAP)}${first}`, ...more.map((line) => margin + line)];
    }),
  ]);
}

const GAP = 2;
