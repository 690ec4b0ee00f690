import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = join(ROOT, "src");

const DOMAIN = ["backup", "migration", "release", "rollout", "health", "journal", "config"];
/** What each room may import besides itself. What two rooms share moves down; what joins them moves up into deploy. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  machine: ["core"],
  postgres: ["core", "machine"],
  ...Object.fromEntries(DOMAIN.map((room) => [room, ["core", "machine", "postgres"]])),
  deploy: ["core", "machine", "postgres", ...DOMAIN],
  // The faces know how operations are declared and how machines are reached, and of the domain only its settings.
  faces: ["core", "machine", "config", "sections.ts"],
};

function roomOf(path: string): string {
  return relative(SOURCES, path).split("/")[0] ?? "";
}

function sources(): readonly string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(SOURCES, name));
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => resolve(dirname(path), match[1] ?? ""));
}

test("rooms import downwards only, never sideways", () => {
  const wrong: string[] = [];
  for (const path of sources()) {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    if (allowed === undefined) continue;
    for (const target of importsOf(path)) {
      const other = roomOf(target);
      if (other !== room && !allowed.includes(other)) wrong.push(`${relative(ROOT, path)} imports ${relative(ROOT, target)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("every room has its place in the house", () => {
  const rooms = new Set(
    sources()
      .map(roomOf)
      .filter((room) => !room.endsWith(".ts")),
  );
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

test("no file is a heap of everything", () => {
  const names = sources().map((path) => relative(SOURCES, path));
  expect(names.filter((name) => /(?:^|\/)(?:utils?|helpers?|common|misc|index)\.ts$/.test(name))).toEqual([]);
});
