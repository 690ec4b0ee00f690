import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { wheelProgram } from "../lab/wheels.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What zizmor finds, as `file: rule`. Without the network, so that it says the same everywhere. */
async function findings(...places: readonly string[]): Promise<readonly string[]> {
  const words = ["--offline", "--no-progress", "--quiet", `--config=${ROOT}/.github/zizmor.yml`, "--format=json", ...places];
  const out = await new Promise<string>((done) => {
    execFile(wheelProgram("zizmor", "1.32.0"), words, { cwd: ROOT, maxBuffer: 1 << 26 }, (_, stdout) => done(stdout));
  });
  const found = JSON.parse(out) as readonly { readonly ident: string; readonly locations: readonly Location[] }[];
  return found.map(({ ident, locations }) => `${locations[0]?.symbolic.key.Local?.given_path}: ${ident}`);
}

interface Location {
  readonly symbolic: { readonly key: { readonly Local?: { readonly given_path: string } } };
}

test("zizmor finds nothing in the workflows that others call and copy, in our own, nor in the actions", async () => {
  expect(await findings(".", "examples")).toEqual([]);
});

test.each([
  ["an expression in a shell", /run: npm ci .*$/m, "run: echo ${{ github.head_ref }}"],
  ["an action that is not pinned", /actions\/checkout@\S+ # \S+/, "actions/checkout@v6"],
  ["credentials that stay", /\n +with:\n +persist-credentials: false/, ""],
] as const)("it does find %s", async (_, right, wrong) => {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-zizmor-"));
  try {
    const text = await readFile(join(ROOT, ".github/workflows/ci.yml"), "utf8");
    const changed = text.replace(right, wrong);
    expect(changed).not.toBe(text);
    await writeFile(join(folder, "changed.yml"), changed);
    expect(await findings(join(folder, "changed.yml"))).not.toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
