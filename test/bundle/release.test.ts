import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOneFile } from "../lab/one-file.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);

let place = "";
let checkout = "";
let assets = "";

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "savepoint-release-"));
  [checkout, assets] = [join(place, "checkout"), join(place, "assets")];
  await git(place, "init", "--quiet", "--bare", "origin.git");
  await git(place, "clone", "--quiet", "origin.git", "checkout");
  await execute("sh", ["-c", `git ls-files -z -- . ':!test' | tar --null --files-from=- -c | tar -x -C "$1"`, "sh", checkout], {
    cwd: ROOT,
  });
  await versionIs("1.2.3");
  await commit();
});
afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

async function git(cwd: string, ...words: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: place, GIT_CONFIG_NOSYSTEM: "1" };
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@shop.example"];
  return (await execute("git", [...who, ...words], { cwd, env, maxBuffer: 1 << 26 })).stdout.trim();
}

async function commit(): Promise<void> {
  await git(checkout, "add", "--all");
  await git(checkout, "commit", "--quiet", "-m", "A version");
}

async function release(...words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const env = { PATH: process.env["PATH"], HOME: place, GITHUB_REPOSITORY: "acme/savepoint", npm_config_cache: join(place, "cache") };
  const script = join(checkout, "scripts/release.mjs");
  return await new Promise((done) => {
    execFile(process.execPath, [script, ...words], { cwd: checkout, env }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), said: out + err }),
    );
  });
}

const tagged = async (tag: string) => await git(join(place, "origin.git"), "rev-parse", `refs/tags/${tag}^{commit}`);

async function versionIs(version: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as object;
  await writeFile(join(checkout, "package.json"), JSON.stringify({ ...manifest, version }, null, 2));
}

test("a version without notes is not released", async () => {
  expect(await release("assets", assets)).toEqual({ code: 1, said: "release: CHANGELOG.md has no section 1.2.3.\n" });
});

test("the release is the tree with its owner filled in; its version never moves, and v1 goes along", async () => {
  const changes = await readFile(join(checkout, "CHANGELOG.md"), "utf8");
  await writeFile(join(checkout, "CHANGELOG.md"), changes.replace("## Unreleased", "## 1.2.3\n\nA note.\n\n## Before"));
  await commit();
  await buildOneFile(join(assets, "cli.js"));
  expect(await release("assets", assets)).toMatchObject({ code: 0 });
  expect((await readdir(assets)).sort()).toEqual(["LICENSES.txt", "cli.js", "cli.js.sha256", "notes.md", "savepoint-1.2.3.tgz"]);
  const cli = await readFile(join(assets, "cli.js"));
  // As the page says that one checks it.
  await execute("sha256sum", ["--check", "--strict", "cli.js.sha256"], { cwd: assets });
  const from = await git(checkout, "log", "-1", "--abbrev=12", "--format=%h");
  const told = new RegExp(`^1\\.2\\.3 \\(${from}, \\d{4}-\\d\\d-\\d\\d\\)\\n$`);
  expect((await execute(process.execPath, [join(assets, "cli.js"), "--version"])).stdout.replace(/^\S+/, "1.2.3")).toMatch(told);
  await execute("tar", ["-xzf", "savepoint-1.2.3.tgz"], { cwd: assets });
  expect((await execute(process.execPath, [join(assets, "package/dist/cli.js"), "--version"])).stdout.replace(/^\S+/, "1.2.3")).toMatch(
    told,
  );
  await rm(join(assets, "package"), { recursive: true });
  expect(await readFile(join(assets, "cli.js.sha256"), "utf8")).toBe(`${createHash("sha256").update(cli).digest("hex")}  cli.js\n`);
  expect(await readFile(join(assets, "notes.md"), "utf8")).toBe("A note.");
  const { stdout: page } = await execute("tar", ["-xzOf", join(assets, "savepoint-1.2.3.tgz"), "package/README.md"]);
  expect(page).toContain("uses: acme/savepoint@v1");

  // What was filled in for the tarball is another job's tree on GitHub.
  await git(checkout, "checkout", "--quiet", ".");
  expect(await release("tag")).toMatchObject({ code: 0 });
  const released = await tagged("v1.2.3");
  expect(await git(checkout, "rev-parse", `${released}^`)).toBe(await git(checkout, "rev-parse", "HEAD"));
  const left = await git(checkout, "grep", "-l", "OWNER/savepoint", released, "--", ":!scripts", ":!CONTRIBUTING.md").catch(() => "");
  expect(left).toBe("");
  // What is run is what was tested, but for the owner in it.
  const filled = await git(checkout, "diff", "--unified=0", "HEAD", released, "--", "src", "dist", "scripts");
  const lines = (sign: RegExp) => filled.split("\n").flatMap((line) => (sign.test(line) ? [line.slice(1)] : []));
  expect(lines(/^\+(?!\+\+)/)).toEqual(lines(/^-(?!--)/).map((line) => line.replaceAll("OWNER/savepoint", "acme/savepoint")));
  expect(await git(checkout, "show", `${released}:.github/workflows/deploy.yml`)).toContain("uses: acme/savepoint/actions/backup@v1");
  expect(await git(checkout, "show", `${released}:.github/CODEOWNERS`)).toMatch(/^\* @acme$/m);
  expect(await git(checkout, "status", "--porcelain")).toBe("");

  expect(await release("move")).toMatchObject({ code: 0 });
  expect(await tagged("v1")).toBe(released);
  // The job that died after its push is run again.
  for (const part of ["tag", "move"]) expect(await release(part)).toMatchObject({ code: 0 });

  await writeFile(join(checkout, "README.md"), "Another tree.\n");
  await commit();
  const again = await release("tag");
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining("a released version never moves") });
  expect(await release("move")).toMatchObject({ code: 1 });
  expect([await tagged("v1.2.3"), await tagged("v1")]).toEqual([released, released]);
});

test("a version below 1 is released under its whole name: its pages and workflows say that, and no tag moves", async () => {
  await versionIs("0.3.0");
  const changes = await readFile(join(checkout, "CHANGELOG.md"), "utf8");
  await writeFile(join(checkout, "CHANGELOG.md"), `${changes}\n## 0.3.0\n\nAn early one.\n`);
  await commit();
  const early = join(place, "early");
  await buildOneFile(join(early, "cli.js"));
  expect(await release("assets", early)).toMatchObject({ code: 0 });
  await git(checkout, "checkout", "--quiet", ".");
  const before = await tagged("v1");
  for (const part of ["tag", "move"]) expect(await release(part)).toMatchObject({ code: 0 });
  const released = await tagged("v0.3.0");
  const workflow = await git(checkout, "show", `${released}:.github/workflows/deploy.yml`);
  expect(workflow).toContain("uses: acme/savepoint/actions/backup@v0.3.0");
  expect(await git(checkout, "grep", "-hE", "acme/savepoint[^ ]*@v1", released).catch(() => "")).toBe("");
  expect(await git(checkout, "grep", "-c", "uses: acme/savepoint@v0.3.0", released, "--", "dist")).not.toBe("");
  const tags = await git(join(place, "origin.git"), "tag", "--list");
  expect(tags.split("\n")).toEqual(["v0.3.0", "v1", "v1.2.3"]);
  expect(await tagged("v1")).toBe(before);
});
