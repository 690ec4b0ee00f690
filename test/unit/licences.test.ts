import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const LICENCES = readFileSync(join(ROOT, "dist/LICENSES.txt"), "utf8");

/** Needed by what we import, and yet no line of it is in the bundle: it is not called, or compiled for one machine. */
const LEAVE_NOTHING = [
  "@actions/exec",
  "@actions/io",
  "@octokit/types",
  // Routes are called by their own words.
  "@octokit/plugin-rest-endpoint-methods",
  "@octokit/openapi-types",
  "buildcheck",
  "cpu-features",
  "nan",
  // What node-ssh does beside connecting.
  "is-stream",
  "make-dir",
  "sb-promise-queue",
  "sb-scandir",
  "semver",
  "shell-escape",
];

interface Locked {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Everything that the imports of `src/` bring along by the lock file, with its version. */
function broughtAlong(): ReadonlyMap<string, string> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
  const found = new Map<string, string>();
  const add = (name: string, from: string): void => {
    // As Node looks: beside whoever asks for it, else further up.
    const place = [`${from}/node_modules/${name}`, `node_modules/${name}`].find((path) => packages[path] !== undefined) ?? "";
    const locked = packages[place];
    if (locked === undefined || found.has(name)) return;
    found.set(name, locked.version);
    for (const next of Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })) add(next, place);
  };
  for (const file of globSync("src/**/*.ts", { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), "utf8");
    const imported = /(?:from|import)\s*\(?\s*"((?:@[\w-]+\/)?[\w-]+)(?:\/[^"]*)?"/g;
    for (const [, name = ""] of text.matchAll(imported)) add(name, "");
  }
  return found;
}

test("whatever is in the bundle has its licence in LICENSES.txt, and nothing else has", () => {
  const listed = [...LICENCES.matchAll(/^(@?[\w./-]+) (\d+\.\d+\.\d+) \(([^)]+)\)$/gm)].map(
    ([, name = "", version]) => `${name} ${version}`,
  );
  const expected = [...broughtAlong()].filter(([name]) => !LEAVE_NOTHING.includes(name)).map(([name, version]) => `${name} ${version}`);
  expect(listed.sort()).toEqual(expected.sort());
});

test("each licence stands there with its words", () => {
  for (const part of LICENCES.split(`${"-".repeat(80)}\n`)) {
    const [head = "", ...words] = part.trim().split("\n");
    expect(words.join("\n"), head).toMatch(/permission|redistribut|licensed under|unencumbered|copyright/i);
    expect(words.join(" ").length, head).toBeGreaterThan(400);
    expect(head).not.toContain("see its package");
  }
});
