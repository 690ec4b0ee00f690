import { type Finding, FINDING_STATES, type FindingState } from "../core/finding.ts";
import { oneLine, printable } from "../core/printable.ts";
import { sentence } from "./sentence.ts";

export const FINDING_MARKS: Readonly<Record<FindingState, string>> = { fail: "✗", warn: "!", unseen: "?", pass: "✓" };

export const FINDING_WORDS: Readonly<Record<FindingState, string>> = {
  fail: "fails",
  warn: "warns",
  unseen: "could not look",
  pass: "passes",
};

/** Those that stop a deploy first; else as they were found. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return FINDING_STATES.flatMap((state) => findings.filter((one) => one.state === state));
}

/** As lines for a terminal or a log: what passes in one line, all else with why and what mends it, each command alone on its line. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return worstFirst(findings).flatMap(({ state, about, seen, why, advice, mends = [] }) => [
    `${FINDING_MARKS[state]} ${about}: ${state === "pass" ? oneLine(seen) : oneLine(sentence(seen))}`,
    ...(state === "pass"
      ? []
      : [...(why === undefined ? [] : [why]), ...(advice === undefined ? [] : printable(sentence(advice)).split("\n"))]
    ).map((line) => `    ${line}`),
    ...mends.flatMap(({ means, command }) => [`    ${means}`, `      ${command}`]),
  ]);
}
