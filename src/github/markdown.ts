import { oneLine, printable } from "../core/printable.ts";

/**
 * Text as Markdown that shows exactly that text: nothing in a branch name, commit message or response body becomes
 * formatting, a link, an image or HTML. Only our own `code` spans are kept.
 */
export function markdownText(text: string): string {
  const escaped = oneLine(text)
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? markdownCode(part.slice(1, -1)) : escapeInline(part)))
    .join("");
  // What would open a block at a line's start: headings, lists, quotes, rules, fences.
  return escaped.replace(/^[#+=-]/, "\\$&").replace(/^(\d+)(?=[.)])/, "$1\\");
}

/** A code span by element, so that backticks inside need no counting. */
export function markdownCode(text: string): string {
  return `<code>${escapeInline(oneLine(text))}</code>`;
}

function escapeInline(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll(/[\\`*_[\]|~$!]/g, String.raw`\$&`)
      // Bare addresses would become links that say one thing and are another's.
      .replaceAll(/(https?|ftp):\/\//gi, "$1:&#47;&#47;")
      .replaceAll(/\bwww\./gi, "www&#46;")
      .replaceAll("@", "&#64;")
  );
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => tableCell(cell)).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map((row) => line(head.map((_, index) => row[index] ?? "")))].join(
    "\n",
  );
}

function tableCell(text: string): string {
  return printable(text)
    .split("\n")
    .map((part) => markdownText(part))
    .join("<br>");
}

/** A fenced block whose fence is longer than any run of backticks inside. */
export function markdownFence(lines: readonly string[], language = "text"): string {
  const body = printable(lines.join("\n"));
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${body}\n${fence}`;
}

/** Joins what fits into so many bytes; what does not is left out whole, so that no fence stays open. */
export function joinedWithin(most: number, parts: readonly string[], rest: string): string {
  let size = Buffer.byteLength(rest) + 3;
  const kept: string[] = [];
  for (const part of parts.filter((one) => one !== "")) {
    size += Buffer.byteLength(part) + 2;
    if (size > most) return `${[...kept, rest].join("\n\n")}\n`;
    kept.push(part);
  }
  return `${kept.join("\n\n")}\n`;
}
