import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXAMINATIONS } from "../../../src/deploy/doctor/examinations.ts";
import { judgeWorkflow } from "../../../src/deploy/doctor/judge-workflow.ts";
import { CALLED, COPIED, read } from "../workflows/files.ts";

const folder = mkdtempSync(join(tmpdir(), "savepoint-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SHA = "df4cb1c069e1874edd31b4311f1884172cec0e10";
const PATH = ".github/workflows/deploy.yml";

const GOOD = `on: push
permissions: {}
jobs:
  deploy:
    permissions: { contents: write }
    concurrency: { group: deploy-production, queue: max }
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${SHA} # v6.0.3
      - uses: OWNER/savepoint@v1
        with: { environment: production }
      - uses: OWNER/savepoint/actions/rollback@v1
        if: failure() || cancelled()
        with: { environment: production }
`;

const FAULTS = [
  ["no permission to write", GOOD.replace("    permissions: { contents: write }\n", ""), "fail", "may not write to the repository"],
  ["a job that may only read", GOOD.replace("contents: write", "contents: read"), "fail", "may not write to the repository"],
  ["no concurrency", GOOD.replace(/ {4}concurrency: .*\n/, ""), "warn", "has no `concurrency`"],
  ["a deploy that the next one cancels", GOOD.replace("queue: max", "cancel-in-progress: true"), "fail", "is cancelled by the next one"],
  ["a rollback step without if:", GOOD.replace("        if: failure() || cancelled()\n", ""), "fail", "has no `if:`"],
  [
    "the same with a name first",
    GOOD.replace(
      "      - uses: OWNER/savepoint/actions/rollback@v1\n        if: failure() || cancelled()\n",
      "      - name: Back\n        uses: OWNER/savepoint/actions/rollback@v1\n",
    ),
    "fail",
    "has no `if:`",
  ],
] as const;

test.each(FAULTS)("%s is named, and the command that is printed mends it", async (_, text, state, seen) => {
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

test.each([
  ["no rollback step", GOOD.slice(0, GOOD.indexOf("      - uses: OWNER/savepoint/actions/rollback")), "has no rollback step"],
  ["one that is not run when cancelled", GOOD.replace("failure() || cancelled()", "failure()"), "runs `if: failure()`"],
])("%s fails, and what is right is said", async (_, text, seen) => {
  const [found, ...more] = (await judgeWorkflow(PATH, text)) ?? [];
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    state: "fail",
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
