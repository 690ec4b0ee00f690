import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let place = "";
let packed: Packed;
const env = () => ({ PATH: process.env["PATH"], HOME: place, npm_config_cache: join(place, "cache") });

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "savepoint-packed-"));
  const { stdout } = await execute("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", place], { cwd: ROOT, env: env() });
  // npm 12 names the packages; before, it was a list.
  const told = JSON.parse(stdout) as readonly Packed[] | Readonly<Record<string, Packed>>;
  packed = Object.values(told)[0]!;
});
afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

test("the package holds the command line, its licences and the schema, and nothing of how it is made", () => {
  const outside = packed.files.map(({ path }) => path).filter((path) => !path.startsWith("dist/shared/"));
  expect(outside.sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "README.pt-BR.md",
    "dist/LICENSES.txt",
    "dist/cli.js",
    "package.json",
    "savepoint.schema.json",
  ]);
});

test("installed from its tarball into an empty folder, with no registry in reach, `savepoint` runs", async () => {
  const folder = join(place, "empty");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), "{}");
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", join(place, packed.filename)], { cwd: folder, env: env() });
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const savepoint = join(folder, "node_modules", ".bin", "savepoint");
  expect((await execute(savepoint, ["--version"], { cwd: folder, env: env() })).stdout).toBe(`${version}\n`);
  expect((await execute(savepoint, ["--help"], { cwd: folder, env: env() })).stdout).toMatch(/^ +rollback +Takes code and database back/m);
});

test("installed for the whole machine, in a folder with a space, `savepoint` runs from anywhere, and what it prints begins with itself", async () => {
  const [prefix, folder] = [join(place, "a prefix"), join(place, "a folder")];
  await mkdir(folder);
  const words = ["install", "--global", "--offline", "--no-audit", "--no-fund", "--prefix", prefix, join(place, packed.filename)];
  await execute("npm", words, { cwd: folder, env: env() });
  const installed = { ...env(), PATH: `${join(prefix, "bin")}:${process.env["PATH"]}` };
  const says = async (...flags: readonly string[]) => (await execute("savepoint", flags, { cwd: folder, env: installed })).stdout;
  expect(await says("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await says("doctor", "--help")).toContain("Usage: savepoint doctor");
  expect(await says()).toMatch(/^ {2}savepoint init$/m);
  const completed = `eval "$(savepoint completion bash)"; COMP_WORDS=(savepoint rollo); COMP_CWORD=1; _savepoint; echo "\${COMPREPLY[*]}"`;
  expect((await execute("bash", ["--norc", "-c", completed], { cwd: folder, env: installed })).stdout).toBe("rollout\n");
});

test("by npx, what is printed begins with what works without npx", async () => {
  const folder = join(place, "by npx");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), "{}");
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", join(place, packed.filename)], { cwd: folder, env: env() });
  const { stdout } = await execute("npx", ["--offline", "--no", "savepoint"], { cwd: folder, env: env() });
  const command = /^ {2}(.+) init$/m.exec(stdout)?.[1] ?? "";
  expect(command).toContain("node_modules/.bin/savepoint");
  const pasted = await execute("sh", ["-c", `${command} --version`], { cwd: place, env: env() });
  expect(pasted.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("the Node that the package asks for is the one that the command line asks for", async () => {
  const { engines } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly engines: { readonly node: string } };
  const asked = /savepoint needs Node (\d+) or newer/.exec(await readFile(join(ROOT, "dist/cli.js"), "utf8"))?.[1];
  expect(engines.node).toBe(`>=${asked}`);
});
