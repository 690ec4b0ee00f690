import type { Block, Outcome } from "../../core/outcome.ts";
import type { BadEnding } from "../ending.ts";
import { joinedWithin, markdownFence, markdownTable, markdownText } from "../../github/markdown.ts";
import { withoutRepeats } from "../../core/repeated.ts";
import { readable } from "../../core/printable.ts";
import { readOn } from "../read-on.ts";
import type { Way } from "../../core/way.ts";
import { mermaidTimeline } from "../timeline.ts";
import { FINDING_MARKS, FINDING_WORDS, worstFirst } from "../findings.ts";
import { hiddenLines, waysTitle } from "../ways.ts";
import type { Hands, Press } from "./hands.ts";
import { mentionsProgram } from "./mentions.ts";

/** GitHub drops a summary above 1 MiB with an error; the rest is room for other steps' habits of counting. */
const LARGEST = 1_000_000;
const MOST_ROWS = 500;
const MOST_LINES = 300;

/** What went well, as far as a page tells it. */
export type ToldOutcome = Omit<Outcome, "outputs" | "details">;
export type ToldEnding = Omit<BadEnding, "outputs">;

/** The job summary of what went well. */
export function outcomeSummary(outcome: ToldOutcome, hands: Hands, links = ""): string {
  return capped(outcomeParts(outcome, hands, links));
}

/** The same, each part of it by itself. */
export function outcomeParts(outcome: ToldOutcome, hands: Hands, links = ""): readonly string[] {
  return [
    `## ✓ ${markdownText(outcome.headline)}`,
    ...outcome.blocks.map((block) => blockMarkdown(block)),
    ...waysMarkdown(outcome.ways ?? [], hands),
    ...programMarkdown(outcome, hands),
    links,
  ];
}

/** The job summary of what did not: the verdict and its cause on top, then what was seen, the state, the next move. */
export function endingSummary(name: string, ending: ToldEnding, hands: Hands, links = ""): string {
  return capped(endingParts(name, ending, hands, links));
}

/** The same, each part of it by itself. */
export function endingParts(name: string, ending: ToldEnding, hands: Hands, links = ""): readonly string[] {
  const [first = "", ...rest] = ending.message.split("\n");
  const mark = ending.state === "cancelled" ? "⏹" : "✗";
  return [
    `## ${mark} ${markdownText(name)}: ${markdownText(first)}`,
    ...(rest.length === 0
      ? []
      : [rest.map((line) => (line.startsWith("- ") ? `- ${markdownText(line.slice(2))}` : markdownText(line))).join("\n")]),
    ...(ending.hint === undefined
      ? []
      : [
          `**What to do:** ${ending.hint
            .split("\n")
            .map((line) => markdownText(line))
            .join("<br>\n")}`,
        ]),
    ...waysMarkdown(ending.ways, hands),
    ...(ending.now.length === 0 ? [] : ["**How things stand:**", ending.now.map((line) => `- ${markdownText(line)}`).join("\n")]),
    ...(ending.evidence.length === 0 ? [] : [folded("What was seen", ending.evidence)]),
    ...ending.blocks.map((block) => blockMarkdown(block)),
    ...programMarkdown(ending, hands),
    ...(ending.code === undefined ? [] : [`[\`${ending.code}\`](${readOn(ending.code)}) in the list of failures.`]),
    links,
  ];
}

/** Each command in a fence of its own: GitHub's button copies a fence whole. Where a button does it, its values come first. */
function waysMarkdown(ways: readonly Way[], hands: Hands): readonly string[] {
  if (ways.length === 0) return [];
  const each = ways.flatMap((way, at) => [
    ways.length === 1 ? markdownText(way.means) : `${at + 1}. ${markdownText(way.means)}`,
    ...pressMarkdown(hands.press(way)),
    markdownFence([way.command], "sh"),
  ]);
  return [`**${waysTitle(ways)}**`, ...each, ...hiddenLines(ways).map((line) => markdownText(line)), markdownText(hands.program)];
}

function pressMarkdown(press: Press | undefined): readonly string[] {
  if (press === undefined) return [];
  const name = press.url === undefined ? markdownText(press.name) : `[${markdownText(press.name)}](${press.url})`;
  return [
    `Actions → ${name} → Run workflow:`,
    markdownTable(
      ["field", "value"],
      press.filled.map(({ field, value }) => [field, value]),
    ),
    "Or at a terminal:",
  ];
}

/** What `savepoint` is, where commands stand in a hint or a block alone. */
function programMarkdown(
  told: { readonly ways?: readonly Way[] | undefined; readonly hint?: string | undefined; readonly blocks: readonly Block[] },
  { program }: Hands,
): readonly string[] {
  const texts = [told.hint ?? "", ...told.blocks.flatMap((block) => wordsOf(block))];
  return (told.ways ?? []).length === 0 && texts.some(mentionsProgram) ? [markdownText(program)] : [];
}

/** What in a block may hold a command of ours. */
function wordsOf(block: Block): readonly string[] {
  if (block.kind === "findings") return block.findings.flatMap(({ mends = [] }) => mends.map(({ command }) => command));
  return block.kind === "text" ? [block.text] : [];
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case "text":
      return block.text
        .split("\n")
        .map((line) => markdownText(line))
        .join("<br>\n");
    case "table":
      return tableMarkdown(block);
    case "code":
      return folded(block.title, block.lines);
    case "findings":
      return findingsMarkdown(block);
    case "timeline":
      // One bar is no picture.
      return block.spans.length < 2 ? "" : markdownFence(mermaidTimeline(block.title, block.spans), "mermaid");
  }
}

function tableMarkdown({ title, head, rows }: Extract<Block, { kind: "table" }>): string {
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length > shown.length ? `\n\n… and ${rows.length - shown.length} more` : "";
  return `### ${markdownText(title)}\n\n${markdownTable(head, shown)}${more}`;
}

/** All of it as a table; below it each mend in a fence of its own, which GitHub's button copies whole. */
function findingsMarkdown({ title, findings }: Extract<Block, { kind: "findings" }>): string {
  const sorted = worstFirst(findings);
  const rows = sorted.map(({ state, about, seen, why }) => [
    `${FINDING_MARKS[state]} ${FINDING_WORDS[state]}`,
    about,
    seen,
    state === "pass" ? "" : (why ?? ""),
  ]);
  const mends = sorted.flatMap(({ about, advice, mends: ways = [] }) =>
    advice === undefined && ways.length === 0
      ? []
      : [
          `**${markdownText(about)}.** ${markdownText(advice ?? "")}`.trimEnd(),
          ...ways.flatMap(({ means, command }) => [markdownText(means), markdownFence([command], "sh")]),
        ],
  );
  return [tableMarkdown({ kind: "table", title, head: ["", "what", "seen", "why it matters"], rows }), ...mends].join("\n\n");
}

function folded(title: string, lines: readonly string[]): string {
  const all = withoutRepeats(lines.flatMap((text) => text.split("\n")));
  const dropped = all.length > MOST_LINES ? [`… ${all.length - MOST_LINES} earlier lines`] : [];
  const body = markdownFence([...dropped, ...all.slice(-MOST_LINES).map((line) => readable(line))]);
  return `<details${lines.length <= 12 ? " open" : ""}><summary>${markdownText(title)}</summary>\n\n${body}\n\n</details>`;
}

function capped(parts: readonly string[]): string {
  return joinedWithin(LARGEST, parts, "… the rest is too long for a summary; see the log.");
}
