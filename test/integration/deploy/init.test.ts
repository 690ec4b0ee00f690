import { spawn, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { labFolder, removeFolder } from "../../lab/folder.ts";
import { git } from "../../lab/git.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { openTmux } from "../../lab/tmux.ts";
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
  await removeFolder(folder);
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
  // Any kind of health check is one.
  for (const kind of ["url=http://localhost/", "tcp=localhost:1", "query=SELECT 1", "service=web", "command=true"])
    expect(init(place, `--health-${kind}`).text).not.toContain("--health-url ");
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
  ["settings that are not there", { "compose.yml": COMPOSE }, [...NOWHERE, "--config", "../x.yml"], /x\.yml, which does not exist/],
  [
    "a way to the settings that leads out of a folder",
    { "compose.yml": COMPOSE, "db/a.sql": "", "savepoint.yml": "app: shop\n" },
    [...NOWHERE, "--config", "db/../savepoint.yml"],
    /not below the top of the checkout/,
  ],
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
  expect(right.text.match(/Connecting to/g)).toHaveLength(1);
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
  expect(first.text.match(/^(?!.*still at it).*Connecting to/gm)).toHaveLength(1);
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

const GROWN = `# Ours; ask Ada before you touch it.
app:   shop      # three spaces, on purpose
environments:
  production:
      host: deploy@127.0.0.1:9    # the old one
      app-dir: "/srv/shop"
      database-service: 'db'
      health: {service: web,   timeout: 2m}
      rollout:
        transport: push
      # hooks: { after-rollout: ./bin/flush-cache }

# The end.
`;

test("a second environment comes into the settings file, and not one other byte of it changes", async () => {
  const place = await checkout({ "compose.yml": COMPOSE });
  init(place, ...NOWHERE);
  await writeFile(join(place, "savepoint.yml"), GROWN);
  const before = await filesOf(place);
  const staging = ["--environment", "staging", "--host", "deploy@127.0.0.2:9"];
  const shown = init(place, ...staging);
  expect(shown.code, shown.text).toBe(3);
  expect(shown.text).toContain("+  staging:");
  expect(shown.text).toContain("+    host: deploy@127.0.0.2:9");
  expect(shown.text).toMatch(/^\s*\+.*options: \[production, staging\]/m);
  expect((await filesOf(place))["savepoint.yml"]).toBe(GROWN);

  init(place, ...staging, "--replace");
  const files = await filesOf(place);
  const text = files["savepoint.yml"] ?? "";
  const lines = text.split("\n");
  const added = lines.slice(lines.indexOf("  staging:"), lines.indexOf("# The end.") - 1);
  expect(text.replace(`${added.join("\n")}\n`, "")).toBe(GROWN);
  expect(parse(text).environments).toMatchObject({
    production: parse(GROWN).environments.production,
    staging: { host: "deploy@127.0.0.2:9", "app-dir": "/srv/shop", rollout: { transport: "push" }, health: { service: "web" } },
  });
  // Production's workflow is as it was; staging has one beside it, which nothing starts by itself.
  expect(files[".github/workflows/deploy.yml"]).toBe(before[".github/workflows/deploy.yml"]);
  const beside = parse(files[".github/workflows/deploy-staging.yml"] ?? "");
  expect([Object.keys(beside.on), beside.jobs.deploy.environment]).toEqual([["workflow_dispatch"], "staging"]);
  for (const words of [staging, ["--environment", "production"]]) expect(init(place, ...words).text).toContain("Nothing was to be written");
  // One value that changes, changes alone.
  init(place, "--environment", "production", "--host", "deploy@127.0.0.3:9", "--replace");
  expect((await filesOf(place))["savepoint.yml"]).toBe(text.replace("127.0.0.1", "127.0.0.3"));
});

test.each([
  ["in braces", "app: shop\nenvironments: { production: { host: deploy@127.0.0.1:9, app-dir: /srv/shop } }\n"],
  [
    "with an anchor",
    "app: shop\nenvironments:\n  production: &all\n    host: deploy@127.0.0.1:9\n    app-dir: /srv/shop\n  staging: *all\n",
  ],
])("settings that are written %s get it, too, and say the same of all others", async (_, text) => {
  const place = await checkout({ "compose.yml": COMPOSE, "savepoint.yml": text });
  init(place, "--environment", "qa", "--host", "deploy@127.0.0.2:9", "--replace");
  const { environments } = parse((await filesOf(place))["savepoint.yml"] ?? "");
  expect(environments).toMatchObject({ ...parse(text).environments, qa: { host: "deploy@127.0.0.2:9" } });
});

/** A server whose user's keys are in a home of its own, as on any server. */
async function serverOf(name: string): Promise<Sshd> {
  const home = join(folder, name);
  await mkdir(join(home, ".ssh"), { recursive: true });
  const server = await startSshd({ env: { HOME: home } });
  const mine = await readFile(`${sshd.keyFile}.pub`, "utf8");
  await writeFile(join(home, ".ssh/authorized_keys"), mine, { mode: 0o600 });
  const keys = join(dirname(server.keyFile), "authorized_keys");
  await rm(keys);
  await symlink(join(home, ".ssh/authorized_keys"), keys);
  return server;
}

test("behind a jump host, what it prints makes both known, and lets the deploys' key in on both", async () => {
  await using jump = await serverOf("jump-home");
  await using target = await serverOf("target-home");
  const place = await checkout({ "compose.yml": COMPOSE }, "jumped");
  await git(place, "remote", "add", "origin", "https://github.com/acme/jumped.git");
  const home = join(folder, "home-of-jumper");
  await mkdir(join(home, "bin"), { recursive: true });
  await mkdir(join(home, ".ssh"));
  await writeFile(join(home, ".ssh/id_ed25519"), sshd.key, { mode: 0o600 });
  // OpenSSH's own client does not look in HOME. `accept-new`: the person compared, and says yes.
  const config = `IdentityFile ${home}/.ssh/id_ed25519\nUserKnownHostsFile ${home}/.ssh/known_hosts\nStrictHostKeyChecking accept-new\n`;
  await writeFile(join(home, "config"), config);
  await writeFile(join(home, "bin/ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${home}/config "$@"\n`, { mode: 0o755 });
  const env = { ...ENV, HOME: home, PATH: `${home}/bin:${ENV["PATH"]}` };
  const [through, reached] = [jump, target].map(({ user, host, port }) => `${user}@${host}:${port}`) as [string, string];
  const words = ["--host", reached, "--jump-host", through, "--app-dir", join(folder, "none"), "--key-file", join(home, "key"), "--json"];
  const look = () => {
    const { status, stdout, stderr } = spawnSync(NODE, [CLI, "init", ...words], { cwd: place, encoding: "utf8", env });
    const told = JSON.parse(stdout) as {
      readonly ways: readonly { command: string }[];
      readonly outputs: Record<string, readonly string[]>;
    };
    return { code: status, text: stdout + stderr, ways: told.ways.map(({ command }) => command), open: told.outputs["still-open"] };
  };
  const paste = (command = "") => {
    const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: place, encoding: "utf8", env });
    expect(status, `${command}\n${stderr}`).toBe(0);
  };
  const opens: unknown[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { ways, open, text } = look();
    opens.push(open?.[0]);
    expect(ways[0], text).toMatch(round === 2 ? /ssh -J / : /ssh /);
    paste(ways[0]);
  }
  expect(opens).toEqual(["host", "deploy key, jump host", "deploy key"]);
  const last = look();
  expect(last.text).toContain(`${reached} lets the key in`);
  // GitHub's runners go the same way.
  const given = last.ways.find((command) => command.includes("SSH_KNOWN_HOSTS")) ?? "";
  for (const server of [jump, target]) expect(given).toContain(server.knownHosts.trim());
  const at = await readFile(join(folder, "jump-home", ".ssh/authorized_keys"), "utf8");
  expect(at).toContain("restrict,port-forwarding ssh-ed25519");
});

test("at a real terminal it asks before it changes a file and before it believes a host's key, and only `yes` is a yes", async () => {
  const place = await checkout({ "compose.yml": COMPOSE, ".github/workflows/deploy.yml": OLD }, "asked");
  const home = join(folder, "home-of-asked");
  await mkdir(join(home, ".ssh"), { recursive: true });
  await writeFile(join(home, ".ssh/id_ed25519"), sshd.key, { mode: 0o600 });
  await using terminal = await openTmux({ cwd: place, env: { ...ENV, HOME: home }, columns: 220 });
  const words = `--host ${sshd.user}@${sshd.host}:${sshd.port} --app-dir ${join(folder, "none")}`;
  const asks = async (question: string) => await expect.poll(async () => await terminal.seen()).toMatch(new RegExp(question, "m"));
  const call = async (end: string) => await terminal.type(`clear; '${NODE}' '${CLI}' init ${words}; echo "${end} $?"`, "Enter");
  const deploy = async () => (await filesOf(place))[".github/workflows/deploy.yml"];

  await call("first");
  await asks("Change .github/workflows/deploy.yml so\\? \\(yes or no\\) ?$");
  await terminal.type("y", "Enter");
  await asks("first 3");
  expect(await deploy()).toBe(OLD);

  await call("second");
  await asks("Change .github/workflows/deploy.yml so\\? \\(yes or no\\) ?$");
  await terminal.type("yes", "Enter");
  await asks(`shows ssh-ed25519 ${sshd.fingerprint.replaceAll(/[+/]/g, "\\$&")}\\. Did you compare it`);
  expect(await deploy()).toContain("OWNER/savepoint@v1");
  await terminal.type("y", "Enter");
  await asks("second 3");
  await expect(stat(join(home, ".ssh/known_hosts"))).rejects.toThrow("ENOENT");

  await call("third");
  await asks("Did you compare it on the host itself, and is it the same\\? \\(yes or no\\) ?$");
  await terminal.type("yes", "Enter");
  await asks("third 3");
  expect(await readFile(join(home, ".ssh/known_hosts"), "utf8")).toBe(sshd.knownHosts);
});
