import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOneFile } from "../lab/one-file.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const ACTIONS = ["", ...readdirSync(join(ROOT, "actions")).map((name) => `actions/${name}`)];
const SECRET = "CANARY%2Fpass word";

let place = "";
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "savepoint-bundle-"));
});
afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return await new Promise((done) => {
    execFile(process.execPath, words, { cwd: place, env: { PATH: process.env["PATH"], HOME: place, ...env } }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

test.each(ACTIONS)("the committed action %s starts, and refuses bad input before it touches anything", async (folder) => {
  const action = parse(await readFile(join(ROOT, folder, "action.yml"), "utf8")) as {
    readonly runs: { readonly using: string; readonly main: string };
  };
  expect(action.runs.using).toBe("node24");
  const files = { GITHUB_OUTPUT: join(place, "output"), GITHUB_STEP_SUMMARY: join(place, "summary") };
  for (const path of Object.values(files)) await writeFile(path, "");
  const { code, out, err } = await run([join(ROOT, folder, action.runs.main)], {
    ...files,
    INPUT_DRYRUN: "true",
    "INPUT_LOCK-LEASE": "soon",
    "INPUT_DATABASE-URL": `http://app:${SECRET}@db/app`,
  });
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(out).toContain("::add-mask::CANARY%252Fpass word");
  const shown = out.split("\n").filter((line) => !line.startsWith("::add-mask::"));
  expect(shown.join("\n")).toContain("3 inputs are wrong, and nothing was touched:%0A- `dryrun` is not an input of");
  expect(shown.join("\n")).toContain("did you mean `dry-run`?");
  expect(shown.join("\n")).toContain('`lock-lease` is "soon"; it must be a duration');
  expect(await readFile(files.GITHUB_STEP_SUMMARY, "utf8")).toMatch(/^## ✗ /);
  expect(shown.join("\n") + (await readFile(files.GITHUB_STEP_SUMMARY, "utf8"))).not.toContain("CANARY");
});

test("what the end of a job runs stands with the root action and each step of the chain; told nothing it can read, it does nothing", async () => {
  const declared = await Promise.all(
    ACTIONS.map(async (folder) => {
      const { runs } = parse(await readFile(join(ROOT, folder, "action.yml"), "utf8")) as {
        readonly runs: Readonly<Record<string, string>>;
      };
      return { folder, post: runs["post"], when: runs["post-if"] };
    }),
  );
  const posts = declared.filter(({ post }) => post !== undefined);
  expect(posts.map(({ folder }) => folder)).toEqual([
    "",
    ...["backup", "health-check", "mark-stable", "migrate", "rollout"].map((name) => `actions/${name}`),
  ]);
  for (const { folder, post = "", when } of posts) {
    expect(when).toBe("failure() || cancelled()");
    const { code, out, err } = await run([join(ROOT, folder, post)], { GITHUB_STEP_SUMMARY: "", "INPUT_LOCK-LEASE": "soon" });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Nothing is done at the end of the job: `lock-lease` is "soon"/m);
  }
});

/** Notes what a program loads, as a module that it is started with. */
const NOTING = `import { registerHooks } from "node:module";
import { writeFileSync } from "node:fs";
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on("exit", () => writeFileSync(process.env.LOADED, JSON.stringify([...loaded, ...process.moduleLoadList])));`;
/** What a person waits for whoever does without it: PostgreSQL's client, the reader of YAML, SSH, GitHub, mail, and Node's TLS. */
const HEAVY = /\b(?:pg|yaml|node-ssh|ssh|actions-github|nodemailer|open-connection)\.js$|^NativeModule (?:tls|https|_http_client)$/;

test.each([
  ["the version", ["cli.js", "--version"], 0, 245],
  ["a command that is refused for its flags", ["cli.js", "deploy", "--nope"], 2, 1310],
  ["a command that is refused for what is missing", ["cli.js", "deploy", "--app", "a", "--state-dir", "/nowhere"], 2, 1310],
  ["the status where there is none", ["cli.js", "status", "--app", "a", "--state-dir", "/nowhere"], 2, 1310],
  ["an action that is refused", ["backup.js"], 1, 1310],
  ["the end of a job that is refused", ["backup-post.js"], 0, 1310],
])("%s loads nothing that it does not need, and no more of ours than it may", async (_what, [program = "", ...words], code, most) => {
  const [noting, noted] = [join(place, "noting.mjs"), join(place, "loaded.json")];
  await writeFile(noting, NOTING);
  const ended = await run(["--import", noting, join(ROOT, "dist", program), ...words], { LOADED: noted, "INPUT_LOCK-LEASE": "soon" });
  expect(ended.code, ended.err).toBe(code);
  const all = JSON.parse(await readFile(noted, "utf8")) as readonly string[];
  const ours = await Promise.all(
    all.filter((one) => one.startsWith("file:") && !one.endsWith("noting.mjs")).map(async (one) => (await stat(new URL(one))).size),
  );
  // Time differs from machine to machine; what is read and compiled does not. Whoever needs more says so here.
  const kilobytes = Math.ceil(ours.reduce((sum, size) => sum + size, 0) / 1000);
  expect(kilobytes).toBeLessThan(most);
  const loaded = all.map((one) => one.replace(/^file:.*\//, ""));
  expect(loaded).toContain("start.js");
  expect(loaded.filter((one) => HEAVY.test(one))).toEqual([]);
  // What operations work with is loaded by those that are called.
  expect(loaded.includes("work.js")).toBe(words[0] !== "--version");
});

test("the command line of a release is one file that runs beside a package.json of any type, or none", async () => {
  const built = join(place, "savepoint.js");
  await buildOneFile(built);
  for (const type of [undefined, "module", "commonjs"]) await runsAlone(built, type);
});

async function runsAlone(built: string, type: string | undefined): Promise<void> {
  const alone = await mkdtemp(join(place, "cli-"));
  if (type !== undefined) await writeFile(join(alone, "package.json"), JSON.stringify({ type }));
  await copyFile(built, join(alone, "savepoint.js"));
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  expect(await run([join(alone, "savepoint.js"), "--version"], {})).toEqual({ code: 0, out: `${version}\n`, err: "" });
  const refused = await run([join(alone, "savepoint.js"), "rollbak"], {});
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("Did you mean `savepoint rollback`?");
}

test("the committed command line runs from its folder under any name, and says what it lacks where it was taken alone", async () => {
  await mkdir(join(place, "bin"));
  await symlink(join(ROOT, "dist/cli.js"), join(place, "bin/savepoint"));
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  expect(await run([join(place, "bin/savepoint"), "--version"], {})).toEqual({ code: 0, out: `${version}\n`, err: "" });
  const alone = join(await mkdtemp(join(place, "alone-")), "cli.js");
  await copyFile(join(ROOT, "dist/cli.js"), alone);
  const lacking = `The folder shared/ is not beside ${alone}. To keep one file alone, take cli.js of a release.\n`;
  expect(await run([alone, "--version"], {})).toEqual({ code: 2, out: "", err: lacking });
});

test("the bundle stays near 3 MB, and GitHub's API and SSH are loaded by nobody who does not ask for them", async () => {
  const all = (await readdir(join(ROOT, "dist"), { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  // PostgreSQL's parser, in a file of its own: only looking at migrations reads it.
  const files = all.filter(({ name }) => !name.endsWith(".wasm"));
  expect(all.length).toBe(files.length + 1);
  const texts = await Promise.all(files.map(async (one) => await readFile(join(one.parentPath, one.name), "utf8")));
  expect(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)).toBeLessThan(3_450_000);
  // One chunk hands it on, and one place loads that, at the moment of the first request.
  expect(texts.filter((text) => /^(?:import|export) [^;]*"\.\/(?:shared\/)?actions-github\.js"/m.test(text))).toEqual([
    'export { t as getOctokit } from "./actions-github.js";\n',
  ]);
  expect(texts.filter((text) => /await import\("\.\/github\d*\.js"\)/.test(text))).toHaveLength(1);
  expect(files.filter((_, at) => /^import [^;]*"\.\/(?:shared\/)?node-ssh\.js"/m.test(texts[at] ?? "")).map(({ name }) => name)).toEqual([
    "ssh.js",
  ]);
});

test("the command line can be started as a program", async () => {
  const { mode } = await import("node:fs/promises").then(async ({ stat }) => await stat(join(ROOT, "dist/cli.js")));
  expect(mode & 0o111).toBe(0o111);
  expect(await readFile(join(ROOT, "dist/cli.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});
