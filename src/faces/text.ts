import type { Block, Outcome } from "../core/outcome.ts";
import { oneLine, printable } from "../core/printable.ts";
import { columns } from "./width.ts";
import { textTimeline } from "./timeline.ts";
import { findingLines } from "./findings.ts";
import { wayLines } from "./ways.ts";

/** An outcome's blocks as lines for a terminal or a log, without its headline. */
export function outcomeLines(outcome: Pick<Outcome, "blocks" | "ways" | "waysInTurn">): readonly string[] {
  return [
    ...outcome.blocks.flatMap((block) => {
      const lines = blockLines(block);
      return lines.length === 0 ? [] : ["", ...lines];
    }),
    ...wayLines(outcome.ways ?? [], undefined, undefined, outcome.waysInTurn),
  ];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case "text":
      return printable(block.text).split("\n");
    case "table":
      return [`${oneLine(block.title)}:`, ...tableLines(block.head, block.rows)];
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
