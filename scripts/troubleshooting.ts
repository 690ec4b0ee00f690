import { FAILURE_CODES, type FailureCode } from "../src/core/failure-codes.ts";
import type { CodeRow } from "../src/core/codes/row.ts";
import { type FailurePlace, failurePlaces } from "./failure-places.ts";
import { table } from "./readme.ts";
import { TOOLS_WORDS } from "./tools-words.ts";

/** The groups of the page, each with the rows of its codes. */
export const CODE_GROUPS = Object.entries(FAILURE_CODES).map(
  ([title, rows]) => [title, Object.entries(rows) as [FailureCode, CodeRow][]] as const,
);

/** `docs/troubleshooting.md`: from the table of codes and from every place of the source that makes a failure. */
export function troubleshootingPage(): string {
  const places = failurePlaces();
  return [
    "# Troubleshooting",
    "",
    "The last line of whatever fails says its code: `Code unhealthy: …/docs/troubleshooting.md#unhealthy`. Its section here says what it means, how one gets there and what to do. What the log prints below the message (what was seen, how things stand, whole commands) is of your very case and counts before anything on this page.",
    "",
    "No code at hand? Search this page for some words of the message; `…` stands for names, numbers and paths. `status` says at any time how things stand, and `doctor` looks at all that a deploy needs, without one. What to do at night, step by step, is in the [runbook](runbook.md).",
    "",
    "This page is written from the source (`npm run generate`): each message below is one that Savepoint prints.",
    "",
    "- [By Savepoint's own message](#by-savepoints-own-message)",
    "- [By what other programs say](#by-what-other-programs-say)",
    ...CODE_GROUPS.map(([title]) => `- [${title}](#${anchor(title)})`),
    "",
    "## By Savepoint's own message",
    "",
    table(
      ["you see", "section"],
      messages(places).map(({ text, codes }) => [escaped(text), codes.map((code) => link(code)).join(", ")]),
    ),
    "",
    "## By what other programs say",
    "",
    table(
      ["who", "what", "section"],
      TOOLS_WORDS.map(([tool, words, code]) => [tool, escaped(words), link(code)]),
    ),
    ...CODE_GROUPS.flatMap(([title, rows]) => ["", `## ${title}`, ...rows.flatMap(([code, row]) => section(code, row, places))]),
    "",
  ].join("\n");
}

function section(code: FailureCode, { happened, arises, mend }: CodeRow, places: readonly FailurePlace[]): readonly string[] {
  const made = places.filter(({ codes }) => codes.includes(code));
  const seen = [...new Set(made.flatMap((place) => place.messages))].map((text) => `- ${escaped(text)}`);
  const refused = made.length > 0 && made.every(({ refusal }) => refusal);
  return [
    "",
    `### ${code}`,
    "",
    happened,
    "",
    ...(seen.length === 0 ? [] : ["What you see:", "", ...seen, ""]),
    `**How one gets there:** ${arises}`,
    "",
    `**What to do:** ${mend}`,
    ...(refused ? ["", "Nothing was touched (exit 2)."] : []),
  ];
}

/** Each message once, in the order in which a reader looks for it: by its first word. */
function messages(places: readonly FailurePlace[]): readonly { readonly text: string; readonly codes: readonly string[] }[] {
  const found = new Map<string, Set<string>>();
  for (const { messages: texts, codes } of places) {
    for (const text of texts)
      if (/\p{L}{3}/u.test(text)) for (const code of codes) found.set(text, (found.get(text) ?? new Set()).add(code));
  }
  const order = (text: string) =>
    text
      .replaceAll(/[^\p{L}\p{N} ]/gu, "")
      .trim()
      .toLowerCase();
  return [...found].map(([text, codes]) => ({ text, codes: [...codes] })).sort((a, b) => (order(a.text) < order(b.text) ? -1 : 1));
}

function link(code: string): string {
  return `[${code}](#${code.toLowerCase()})`;
}

/** GitHub's own way from a heading to its address. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

function escaped(text: string): string {
  return text
    .replaceAll("|", String.raw`\|`)
    .replaceAll("<", "&lt;")
    .replaceAll("*", String.raw`\*`);
}
