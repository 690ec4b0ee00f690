import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";

const ROOT = resolve(import.meta.dirname, "../..");

/** A commit message, a response body, a line of output by somebody who means no good. */
export const HOSTILE =
  "Fix <script>alert(1)</script> | `x` ```\n::error::owned\n::set-output name=commit::owned\n## Not a heading 🚀 [a](http://b) $(id) </details>";

/** What a page shows outside of its fenced blocks, and the blocks by their language. Fails where a fence stays open. */
export function readSummary(summary: string): {
  readonly prose: string;
  readonly blocks: readonly { readonly language: string; readonly lines: readonly string[] }[];
} {
  const prose: string[] = [];
  const blocks: { language: string; lines: string[] }[] = [];
  let fence: string | undefined;
  for (const line of summary.split("\n")) {
    const opening = /^(`{3,})(\w*)$/.exec(line);
    if (fence !== undefined && line === fence) fence = undefined;
    else if (fence !== undefined) blocks.at(-1)?.lines.push(line);
    else if (opening) {
      fence = opening[1];
      blocks.push({ language: opening[2] ?? "", lines: [] });
    } else prose.push(line);
  }
  expect(fence).toBeUndefined();
  return { prose: prose.join("\n"), blocks };
}

/** A summary that renders: its fences are closed, its HTML is ours, its timeline is a gantt chart of known steps. */
export function expectWellFormed(summary: string): void {
  const { prose, blocks } = readSummary(summary);
  expect(prose).toMatch(/^## [✓✗⏹] /);
  expect([...new Set([...prose.matchAll(/<[^>]*>/g)].map(([tag]) => tag))]).toEqual(
    expect.not.arrayContaining([expect.not.stringMatching(/^<\/?(?:details(?: open)?|summary|code|br)>$/)]),
  );
  expect(prose.match(/<details/g)?.length ?? 0).toBe(prose.match(/<\/details>/g)?.length ?? 0);
  for (const { language, lines } of blocks) {
    if (language !== "mermaid") continue;
    expect(lines.slice(0, 5)).toEqual([
      "gantt",
      expect.stringMatching(/^ {4}title Deploy \d{8}T\d{6}Z-[0-9a-f]{7}/),
      "    dateFormat x",
      "    axisFormat %H:%M:%S",
      "    todayMarker off",
    ]);
    expect(lines.length).toBeGreaterThan(5);
    for (const task of lines.slice(5))
      expect(task).toMatch(/^ {4}[✓✗↩…] [a-z]+ \([^:]+\) :(?:(?:done|crit|active), )?s\d+, \d{13}, \d{13}$/);
  }
}

/** Nothing of what others wrote reaches the runner as a command of its own. */
export function expectNothingOwned(log: string): void {
  for (const line of log.split("\n")) expect(line).not.toMatch(/^\s*::(?!debug::)[\w-]+[^\n]*::owned/);
}

/** The outputs that an action declares. */
export async function declaredOutputs(action: string): Promise<readonly string[]> {
  const { outputs } = parse(await readFile(join(ROOT, "actions", action, "action.yml"), "utf8")) as { readonly outputs: object };
  return Object.keys(outputs);
}
