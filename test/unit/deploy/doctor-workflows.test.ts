import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXAMINATIONS } from "../../../src/deploy/doctor/examinations.ts";
import { judgeWorkflow } from "../../../src/deploy/doctor/judge-workflow.ts";
import { GOOD, PATH, SHA, TOLD_WORKFLOW_FAULTS, WORKFLOW_FAULTS } from "../../lab/doctor/workflow-faults.ts";
import { CALLED, COPIED, read } from "../workflows/files.ts";

const folder = mkdtempSync(join(tmpdir(), "savepoint-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(WORKFLOW_FAULTS)("%s is named, and the command that is printed mends it", async (_, text, state, seen) => {
  expect(await judgeWorkflow(PATH, GOOD)).toEqual([]);
  const found = (await judgeWorkflow(PATH, text)) ?? [];
  expect(found).toEqual([expect.objectContaining({ state, seen: expect.stringContaining(seen) })]);
  expect(await mended(text, found[0]?.mends?.[0]?.command ?? "")).toEqual([]);
});

test("a job that only shows a plan needs no right, no turn and no rollback step; one that may deploy does", async () => {
  const plan = GOOD.replace("contents: write", "contents: read")
    .replace("queue: max", "cancel-in-progress: true")
    .replace("environment: production }", "environment: production, dry-run: true }")
    .replace(/ {6}- uses: OWNER\/savepoint\/actions\/rollback@v1\n(?: {8}.*\n)*/, "");
  expect(await judgeWorkflow(PATH, plan)).toEqual([]);
  expect(await judgeWorkflow(PATH, plan.replace("dry-run: true", "dry-run: false"))).toHaveLength(3);
});

test("several faults in one file are mended one after the other, by what was printed at once", async () => {
  const text = GOOD.replace("    permissions: { contents: write }\n", "")
    .replace(/ {4}concurrency: .*\n/, "")
    .replace("        if: failure() || cancelled()\n", "");
  const found = (await judgeWorkflow(PATH, text)) ?? [];
  expect(found).toHaveLength(3);
  expect(await mended(text, found.map(({ mends }) => mends?.[0]?.command).join(" && "))).toEqual([]);
});

test("an action of others that is not pinned is warned of, and pinned to what its name means", async () => {
  const text = GOOD.replace(`@${SHA} # v6.0.3`, "@v6");
  const [found] = (await judgeWorkflow(PATH, text)) ?? [];
  expect(found).toMatchObject({ state: "warn", seen: `${PATH}: actions/checkout@v6 is not pinned to a commit.` });
  // GitHub's own answer, without GitHub.
  const repository = join(folder, "checkout");
  const git = (...words: string[]) => spawnSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...words], { encoding: "utf8" });
  git("init", "--quiet", repository);
  git("-C", repository, "commit", "--quiet", "--allow-empty", "-m", "x");
  git("-C", repository, "tag", "-a", "v6", "-m", "v6");
  const commit = git("-C", repository, "rev-parse", "HEAD").stdout.trim();
  const env = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `url.${repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: "https://github.com/actions/checkout",
  };
  expect(await mended(text, found?.mends?.[0]?.command ?? "", env)).toEqual([]);
  expect(readFileSync(join(folder, PATH), "utf8")).toContain(`actions/checkout@${commit} # v6`);
});

test.each(TOLD_WORKFLOW_FAULTS)("%s is told, and what is right is said", async (_, text, state, seen) => {
  const [found, ...more] = (await judgeWorkflow(PATH, text)) ?? [];
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    state,
    seen: expect.stringContaining(seen),
    advice: expect.stringContaining("if: failure() || cancelled()"),
  });
});

test.each([...CALLED, ...COPIED])("%s, which others copy or call, is in order", async (path) => {
  expect((await judgeWorkflow(path, await read(path))) ?? []).toEqual([]);
});

test("a workflow that does not use us is nobody's business here", async () => {
  expect(await judgeWorkflow(PATH, "on: push\njobs:\n  x:\n    steps:\n      - uses: actions/checkout@v6\n")).toBeUndefined();
});

test("each examination says why it matters, in a sentence", () => {
  for (const { about, why } of EXAMINATIONS) expect(why, about).toMatch(/^[A-Z].*\.$/);
  const names = EXAMINATIONS.map(({ about }) => about);
  expect(new Set(names).size).toBe(names.length);
});

async function mended(text: string, command: string, env: Readonly<Record<string, string>> = {}) {
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  writeFileSync(join(folder, PATH), text);
  const run = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"], ...env } });
  expect(`${run.status} ${run.stderr}`, command).toBe("0 ");
  return await judgeWorkflow(PATH, readFileSync(join(folder, PATH), "utf8"));
}
