import { spawn, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { labFolder } from "../../lab/folder.ts";
import { git } from "../../lab/git.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { CLI, COMPILED, NODE } from "../../lab/program.ts";

/** `init` at the top of a checkout, as a person calls it who has read nothing. No host is reached here. */
let folder: string;
let count = 0;

let sshd: Sshd;

beforeAll(async () => {
  [folder, sshd] = await Promise.all([labFolder("savepoint-init-"), startSshd()]);
  ENV["HOME"] = join(folder, "home");
  await mkdir(join(folder, "home", ".ssh"), { recursive: true });
  await writeFile(join(folder, "home", ".ssh", "id_ed25519"), sshd.key, { mode: 0o600 });
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const COMPOSE = `services:
  web: { build: ., healthcheck: { test: "true" }, ports: ["3000:3000"] }
  db: { image: "postgres:17", environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}" } }
`;
const OLD = `on: push
jobs:
  mine:
    runs-on: ubuntu-latest
    steps:
      - run: ssh root@shop pg_dump shop
`;
const NOWHERE = ["--host", "deploy@127.0.0.1:9"];

async function checkout(files: Readonly<Record<string, string>>, name = "shop"): Promise<string> {
  const place = join(folder, String(++count), name);
  await mkdir(place, { recursive: true });
  await git(place, "init", "--quiet", "--initial-branch=main");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  }
  await git(place, "add", "--all");
  await git(place, "commit", "--quiet", "--allow-empty", "--message", "First");
  return place;
}

/** A home of nobody's, which each test file's run makes anew. */
const ENV: NodeJS.ProcessEnv = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C.UTF-8", ...COMPILED };

function init(cwd: string, ...words: readonly string[]): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(NODE, [CLI, "init", ...words], { cwd, encoding: "utf8", env: ENV });
  return { code: status, text: stdout + stderr };
}

async function filesOf(place: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(place, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile() && !one.parentPath.includes("/.git/") && !one.parentPath.endsWith("/.git"))
    .map((one) => join(one.parentPath, one.name))
    .sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name.slice(place.length + 1), await readFile(name, "utf8")])));
}

test("from a compose file alone it writes settings and workflows, and a second time there is nothing to write", async () => {
  const place = await checkout({ "compose.yml": COMPOSE, "db/migrations/001_a.sql": "-- UP\n", "pnpm-lock.yaml": "" });
  const first = init(place, ...NOWHERE);
  expect(first.text).toContain("Wrote savepoint.yml, .github/workflows/deploy.yml, .github/workflows/rollback.yml for shop/production");
  const files = await filesOf(place);
  expect(parse(files["savepoint.yml"] ?? "")).toEqual({
    app: "shop",
    environments: {
      production: {
        host: "deploy@127.0.0.1:9",
        "app-dir": "/srv/shop",
        "database-service": "db",
        rollout: { transport: "push" },
        migrate: { directory: "db/migrations" },
        health: { service: "web" },
      },
    },
  });
  expect((await stat(join(place, ".github/workflows/deploy.yml"))).mode & 0o777).toBe(0o644);
  const again = init(place);
  expect(again.text).toContain("Nothing was to be written for shop/production");
  expect(await filesOf(place)).toEqual(files);
});

test("a file that is there is shown as it would be changed, and is changed only when told to", async () => {
  const place = await checkout({ "compose.yml": COMPOSE, ".github/workflows/deploy.yml": OLD });
  const kept = init(place, ...NOWHERE);
  expect(kept.code).toBe(3);
  expect(kept.text).toContain("-      - run: ssh root@shop pg_dump shop");
  expect(kept.text).toContain("+      - uses: OWNER/savepoint@v1");
  expect(kept.text).toContain("dumps the database; from now on: a backup that is proven");
  expect((await filesOf(place))[".github/workflows/deploy.yml"]).toBe(OLD);
  // What it prints is the whole command.
  const printed =
    kept.text
      .split("\n")
      .find((line) => line.includes("--replace"))
      ?.trim() ?? "";
  spawnSync("sh", ["-c", printed], { cwd: place, env: ENV });
  expect((await filesOf(place))[".github/workflows/deploy.yml"]).toContain("OWNER/savepoint@v1");
  expect(init(place).text).toContain("Nothing was to be written");
});

test("what somebody made of our workflow, and what the settings file says beside, is theirs", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  init(place, ...NOWHERE);
  const mine = `# mine\n${(await filesOf(place))[".github/workflows/deploy.yml"]}`;
  await writeFile(join(place, ".github/workflows/deploy.yml"), mine);
  await writeFile(join(place, "savepoint.yml"), `# ours\n${(await filesOf(place))["savepoint.yml"]}`);
  const before = await filesOf(place);
  init(place, "--replace");
  expect(await filesOf(place)).toEqual(before);
  const other = init(place, "--host", "other@127.0.0.1:9");
  expect(other.code).toBe(3);
  expect(other.text).toContain("+    host: other@127.0.0.1:9");
  expect(await filesOf(place)).toEqual(before);
});

test("without a terminal everything that nobody says is named at once, and nothing is written", async () => {
  const place = await checkout({ "README.md": "" });
  const { code, text } = init(place);
  expect(code).toBe(2);
  for (const flag of ["--host ", "--database-service ", "--health-url ", "--rollout-start-command "]) expect(text).toContain(flag);
  expect(Object.keys(await filesOf(place))).toEqual(["README.md"]);
});

test("at a terminal it asks instead, and an empty answer takes what it offers", async () => {
  const place = await checkout({ "compose.yml": "services:\n  db: { image: postgres }\n  web: { build: ., ports: ['8080:80'] }\n" });
  const child = spawn("script", ["--quiet", "--return", "--command", `'${NODE}' '${CLI}' init`, "/dev/null"], { cwd: place, env: ENV });
  let said = "";
  const answers = [
    ["Where does the app run?", "deploy@127.0.0.1:9\n"],
    ["[http://localhost:8080/]", "\n"],
  ] as const;
  let asked = 0;
  child.stdout.on("data", (part: Buffer) => {
    said += part.toString();
    const [question, answer] = answers[asked] ?? [];
    if (question === undefined || !said.includes(question)) return;
    asked += 1;
    child.stdin.write(answer);
  });
  await new Promise((done) => child.once("close", done));
  expect(asked, said).toBe(2);
  expect(parse((await filesOf(place))["savepoint.yml"] ?? "").environments.production).toMatchObject({
    host: "deploy@127.0.0.1:9",
    health: { url: "http://localhost:8080/" },
  });
});

test("a dry run shows each file whole and writes none", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  const { text } = init(place, ...NOWHERE, "--dry-run", "--backup");
  for (const line of ["app: shop", "- uses: OWNER/savepoint@v1", 'cron: "0 3 * * *"']) expect(text).toContain(line);
  expect(Object.keys(await filesOf(place))).toEqual(["compose.yml"]);
});

test.each<[string, Readonly<Record<string, string>>, readonly string[], RegExp]>([
  ["a compose file that is no YAML", { "compose.yml": "services: [" }, NOWHERE, /compose\.yml cannot be read: .*line 1/],
  ["settings that are no YAML", { "compose.yml": COMPOSE, "savepoint.yml": "app: [" }, NOWHERE, /savepoint\.yml:1/],
  [
    "a slip in the settings",
    { "compose.yml": COMPOSE, "savepoint.yml": "environments:\n  production:\n    hots: a@b\n" },
    NOWHERE,
    /did you mean `host`/,
  ],
  ["a host that is none", { "compose.yml": COMPOSE }, ["--host", "no host"], /host/],
  [
    "a compose file that is not there",
    { "compose.yml": COMPOSE },
    [...NOWHERE, "--compose-file", "no.yml"],
    /no\.yml, which is not in this repository/,
  ],
  ["an expression of GitHub's", { "compose.yml": COMPOSE }, [...NOWHERE, "--environment", "${{ secrets.X }}"], /holds an expression/],
  ["settings outside of the checkout", { "compose.yml": COMPOSE }, [...NOWHERE, "--config", "../x.yml"], /x\.yml/],
])("%s is refused, and nothing is written", async (_, files, words, says) => {
  const place = await checkout(files);
  const { code, text } = init(place, ...words);
  expect(text).toMatch(says);
  expect(code).toBe(2);
  expect(await filesOf(place)).toEqual(files);
});

test("a password stands in no file: its variable's name does", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  const env = { ...ENV, SAVEPOINT_DATABASE_URL: "postgres://shop:CANARY-word@db/shop" };
  const { status, stdout, stderr } = spawnSync(NODE, [CLI, "init", ...NOWHERE], { cwd: place, encoding: "utf8", env });
  expect(status).toBe(2);
  expect(stderr).toContain("--database-url env:DATABASE_URL");
  expect(stdout + stderr).not.toContain("CANARY-word");
});

test("outside of a checkout, and below its top, it says where to go", async () => {
  const place = await checkout({ "compose.yml": COMPOSE, "a/b": "" });
  expect(init(join(place, "a"), ...NOWHERE)).toMatchObject({ code: 2, text: expect.stringContaining(`cd ${place}`) });
  expect(init(dirname(place), ...NOWHERE)).toMatchObject({ code: 2, text: expect.stringContaining("is no checkout of a git repository") });
});

test("names that mean something to a shell, to YAML or to git stay names", async () => {
  const name = "a b'$(touch x);# é";
  const place = await checkout({ "compose.yml": COMPOSE, "db/-- x': {.sql/001_a.sql": "-- UP\n" }, name);
  const { text } = init(place, ...NOWHERE, "--app-dir", "/srv/x y", "--environment", "no: pe");
  expect(text).toContain("Wrote savepoint.yml");
  const files = await filesOf(place);
  expect(Object.keys(files)).not.toContain("x");
  const settings = parse(files["savepoint.yml"] ?? "");
  expect(settings).toMatchObject({
    app: name,
    environments: { "no: pe": { "app-dir": "/srv/x y", migrate: { directory: "db/-- x': {.sql" } } },
  });
  expect(parse(files[".github/workflows/deploy.yml"] ?? "").jobs.deploy.environment).toBe("no: pe");
  expect(init(place).text).toContain("Nothing was to be written");
});

test("a host that does not answer is told, and what was written before stays", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  const { code, text } = init(place, ...NOWHERE);
  expect(code).toBe(3);
  expect(text).toMatch(/127\.0\.0\.1.*refused/i);
  expect(text).toContain("Wrote savepoint.yml");
  expect(Object.keys(await filesOf(place))).toContain("savepoint.yml");
});

test("a host's key is noted only where its own fingerprint is said, beside what was noted before", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  const known = join(folder, "home", ".ssh", "known_hosts");
  const host = ["--host", `${sshd.user}@${sshd.host}:${sshd.port}`, "--app-dir", join(folder, "none")];
  await writeFile(known, "other.example ssh-ed25519 AAAA");
  const unknown = init(place, ...host);
  expect(unknown.code).toBe(3);
  expect(unknown.text).toContain(sshd.fingerprint);
  expect(unknown.text).toContain("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
  const wrong = init(place, ...host, "--trust", `SHA256:${"A".repeat(43)}`);
  expect(wrong.text).toContain("offers no key whose fingerprint is");
  expect(await readFile(known, "utf8")).toBe("other.example ssh-ed25519 AAAA");
  const right = init(place, ...host, "--trust", sshd.fingerprint);
  expect(right.text).toContain("its key is the known one");
  expect(await readFile(known, "utf8")).toBe(`other.example ssh-ed25519 AAAA\n${sshd.knownHosts}`);
  // Another key at that address is never taken for a new one.
  await writeFile(known, sshd.knownHosts.replace(/AAAA\S+/, OTHER_KEY));
  const changed = init(place, ...host, "--trust", sshd.fingerprint);
  expect(changed.text).toContain("is not the known one");
  expect(await readFile(known, "utf8")).not.toContain(sshd.knownHosts);
});

test("the deploys' key is made once, whole, for its owner alone, and its private half is nowhere printed", async () => {
  const place = await checkout({ "compose.yml": COMPOSE }, "keyed");
  await writeFile(join(folder, "home", ".ssh", "known_hosts"), sshd.knownHosts);
  const file = join(folder, "home", ".ssh", "a key's file");
  // As a killed one leaves it.
  await writeFile(`${file}.new`, "half");
  const call = ["--host", `${sshd.user}@${sshd.host}:${sshd.port}`, "--app-dir", join(folder, "none"), "--key-file", file, "--debug"];
  const first = init(place, ...call);
  const key = await readFile(file, "utf8");
  expect(key).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(first.text).toContain("does not let the key in");
  for (const line of key.split("\n").slice(1, -2)) expect(first.text).not.toContain(line);
  init(place, ...call);
  expect(await readFile(file, "utf8")).toBe(key);
  expect((await readdir(dirname(file))).filter((name) => name.includes(".new"))).toEqual([]);
});

test("where a command of --apply fails, it is told with what it said, and what is to be pasted", async () => {
  const place = await checkout({ "compose.yml": COMPOSE }, "applied");
  await writeFile(join(folder, "home", ".ssh", "known_hosts"), sshd.knownHosts);
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "ssh"), "#!/bin/sh\necho 'ssh is ill' >&2\nexit 255\n", { mode: 0o755 });
  const words = [CLI, "init", "--apply", "--host", `${sshd.user}@${sshd.host}:${sshd.port}`, "--app-dir", join(folder, "none")];
  const { status, stderr } = spawnSync(NODE, words, { cwd: place, encoding: "utf8", env: { ...ENV, PATH: `${bin}:${ENV["PATH"]}` } });
  expect(status).toBe(3);
  expect(stderr).toContain("ssh is ill");
  expect(stderr).toContain("authorized_keys");
});

const OTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
