import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { PAGES, read } from "./workflows/files.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What reads like a path of this repository, in backquotes, a command or the picture; not what a glob or `…` stands in. */
const PATH = /(?<![\w./-])(?:src|test|scripts|docs|actions|examples|dist|\.github)\/[\w./-]*[\w/-]/g;

const pathsIn = (page: string): readonly string[] => [...new Set([...page.matchAll(PATH)].map(([path]) => path))];

const WALKS = [
  "An input",
  "A health kind",
  "A notification",
  "A retention rule",
  "Another tool's history",
  "A strategy",
  "An output",
  "A step",
  "A log line",
  "Another source of backups",
];

test.each(["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", ...PAGES.filter((page) => page.startsWith("docs/decisions/"))])(
  "every file that %s names is there",
  async (page) => {
    expect(pathsIn(await read(page)).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  },
);

test("the architecture names each file by its whole path, so that it is missed when it moves", async () => {
  const named = [...(await read("docs/architecture.md")).matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("each of the ten walks has its place and names the files it touches", async () => {
  const sections = new Map(
    (await read("CONTRIBUTING.md")).split(/^### /m).map((section) => [section.split("\n")[0] ?? "", section.split(/^## /m)[0] ?? ""]),
  );
  for (const walk of WALKS) expect(pathsIn(sections.get(walk) ?? "").length, walk).toBeGreaterThan(0);
});

test("the names in code that it points at are in the files that it names with them", async () => {
  const page = await read("CONTRIBUTING.md");
  for (const [name, file] of [
    ["KINDS", "src/health/kinds.ts"],
    ["STEPS", "src/journal/steps.ts"],
    ["RetentionRules", "src/backup/retention.ts"],
    ["OBSERVERS", "src/deploy/telling/observers.ts"],
    ["SOURCES", "src/backup/sources.ts"],
    ["KNOWN_TOOLS", "src/migration/known.ts"],
    ["strategyOf", "src/deploy/environment/app-strategy.ts"],
    ["STRATEGIES", "src/rollout/inputs.ts"],
    ["StrategyKind", "src/rollout/strategy.ts"],
  ] as const) {
    expect(page).toContain(`\`${name}\``);
    expect(page).toContain(file);
    expect(readFileSync(join(ROOT, file), "utf8")).toContain(name);
  }
});
