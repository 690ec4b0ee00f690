import { formatDuration } from "../core/format.ts";
import type { Span } from "../core/outcome.ts";
import { oneLine } from "../core/printable.ts";

const MARKS: Readonly<Record<Span["state"], string>> = { done: "✓", failed: "✗", "rolled-back": "↩", running: "…" };
const TAGS: Readonly<Record<Span["state"], string>> = { done: "done, ", failed: "crit, ", "rolled-back": "active, ", running: "" };

/** The spans as the source of a Mermaid gantt chart, on the reader's own clock. */
export function mermaidTimeline(title: string, spans: readonly Span[]): readonly string[] {
  return [
    "gantt",
    `    title ${label(title)}`,
    "    dateFormat x",
    "    axisFormat %H:%M:%S",
    "    todayMarker off",
    ...spans.map((span, index) => {
      // A mark in front keeps a label from being read as one of Mermaid's own words (`section`, `click`).
      const name = `${MARKS[span.state]} ${label(span.label)} (${formatDuration(span.end - span.start)})`;
      return `    ${name} :${TAGS[span.state]}s${index}, ${span.start}, ${Math.max(span.end, span.start + 1)}`;
    }),
  ];
}

/** Without what Mermaid reads as punctuation of its own. */
function label(text: string): string {
  return oneLine(text)
    .replaceAll(/[:;#,%<>&"`{}[\]\\|]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 80);
}

/** The spans as bars of text, `width` columns wide. */
export function textTimeline(spans: readonly Span[], width = 40): readonly string[] {
  const start = Math.min(...spans.map((span) => span.start));
  const total = Math.max(1, Math.max(...spans.map((span) => span.end)) - start);
  const longest = Math.max(...spans.map((span) => oneLine(span.label).length));
  return spans.map((span) => {
    const from = Math.min(width - 1, Math.floor(((span.start - start) / total) * width));
    const length = Math.max(1, Math.min(width - from, Math.round(((span.end - span.start) / total) * width)));
    const bar = `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width);
    return `${MARKS[span.state]} ${oneLine(span.label).padEnd(longest)}  ${bar}  ${formatDuration(span.end - span.start)}`;
  });
}
