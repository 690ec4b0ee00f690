import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/core/finding.ts";
import type { Ports } from "../../../src/core/ports.ts";
import { doctor as doctorOperation } from "../../../src/deploy/operations/doctor.ts";
import { prepareCall, type Sources } from "../../../src/faces/call.ts";
import { readerIn, realPorts } from "../../../src/faces/ports.ts";
import { sections } from "../../../src/sections.ts";
import { startGithub } from "../../lab/github.ts";
import { silentReport } from "../../lab/machines.ts";
import { daysOff } from "../../lab/clock.ts";
import { git } from "../../lab/git.ts";
import { startPooler } from "../../lab/pgbouncer.ts";
import { sharedClusterUrl } from "../../lab/postgres.ts";
import { COMPILED } from "../../lab/program.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Run, RunOptions, Shop } from "../../lab/shop.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

/** A stable shop, looked at over SSH. Every test plants a fault, sees it named, pastes what is printed, and finds the point green. */
let sshd: Sshd;
let shop: Shop;
let bin: string;

beforeAll(async () => {
  sshd = await startSshd();
  shop = await settledShop();
  bin = join(shop.folder, "bin");
  await mkdir(bin);
  const known = join(shop.folder, "pasted_known_hosts");
  await writeFile(known, sshd.knownHosts);
  // What a person has in ~/.ssh: OpenSSH's own client does not look in HOME.
  await script("ssh", `exec /usr/bin/ssh -F none -i ${sshd.keyFile} -o UserKnownHostsFile=${known} -o BatchMode=yes "$@"`);
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

type Look = Run & { readonly findings: readonly (Finding & { readonly environment: string })[] };

interface LookOptions extends RunOptions {
  readonly on?: Sshd;
  /** On this machine, and not over SSH. */
  readonly local?: true;
  readonly flags?: Readonly<Record<string, string>>;
}

async function doctor({ on = sshd, local, flags = {}, ...options }: LookOptions = {}): Promise<Look> {
  const env = {
    ...(local !== true && {
      SAVEPOINT_HOST: `${on.user}@${on.host}:${on.port}`,
      SAVEPOINT_SSH_KNOWN_HOSTS: on.knownHosts,
      SAVEPOINT_SSH_KEY: on.key,
    }),
    ...options.env,
  };
  const run = await shop.run("doctor", flags, { ...options, env });
  return { ...run, findings: JSON.parse(run.json?.outputs?.findings ?? "[]") };
}

function about(look: Look, name: string): readonly Finding[] {
  return look.findings.filter((one) => one.about === name);
}

function found(look: Look, name: string, state: Finding["state"], seen: string | RegExp): Finding {
  const one = about(look, name).find((finding) => finding.state === state && finding.seen.match(seen) !== null);
  expect(one, `${name}: ${JSON.stringify(look.findings, null, 1)}\n${look.stderr}`).toBeDefined();
  expect(look.code).toBe(look.findings.some((finding) => finding.state === "fail") ? 3 : 0);
  return one!;
}

/** Pastes one of the commands that a finding prints, as a person at a terminal. */
function paste(finding: Finding, which = 0, env: Readonly<Record<string, string>> = {}): void {
  const command = finding.mends?.[which]?.command ?? "";
  expect(command).not.toBe("");
  const run = spawnSync("sh", ["-c", command], {
    cwd: shop.checkout,
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env["PATH"]}`, HOME: join(shop.folder, "home"), SAVEPOINT_RUN: "ada@desk", ...COMPILED, ...env },
  });
  expect(`${run.status} ${run.stderr}`, command).toMatch(/^0 /);
}

function passes(look: Look, name: string): void {
  expect(about(look, name).map(({ state, seen }) => `${state}: ${seen}`)).toEqual([expect.stringMatching(/^pass: /)]);
}

test("a host on which all is well has nothing in a deploy's way, is looked at over one connection in a bounded number of trips, and is left as it was", async () => {
  const before = execFileSync("find", [shop.appDir, shop.stateDir, "-printf", "%p %s %T@ %i\n"], { encoding: "utf8" });
  // Other tests make databases of their own on this server meanwhile.
  const mine = `SELECT datname FROM pg_database WHERE datname LIKE '${shop.database.name}%' ORDER BY 1`;
  const databases = await shop.database.superuser(mine);
  const look = await doctor();
  expect(look.findings.filter(({ state }) => state === "fail")).toEqual([]);
  expect(look.code).toBe(0);
  for (const name of [
    "settings",
    "login",
    "clock",
    "state directory",
    "clone",
    "fetch",
    "work tree",
    "database",
    "client tools",
    "way back",
    "reading for backups",
    "application's role",
    "health check",
    "journal",
    "replaced databases",
  ])
    passes(look, name);
  expect(execFileSync("find", [shop.appDir, shop.stateDir, "-printf", "%p %s %T@ %i\n"], { encoding: "utf8" })).toBe(before);
  expect(await shop.database.superuser(mine)).toEqual(databases);
});

test("looking over SSH is one login, and few trips", async () => {
  const { operation, ports, trips, logins } = await counted();
  const outcome = await operation(ports);
  expect(outcome.outputs["failed"]).toBe(0);
  expect(logins()).toBe(1);
  // Several at once, most of them; each examination of its own would be many more.
  expect(trips()).toBeLessThan(40);
});

/** The operation as the command line runs it, with a host that counts. */
async function counted() {
  const env = {
    HOME: shop.folder,
    SAVEPOINT_HOST: `${sshd.user}@${sshd.host}:${sshd.port}`,
    SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts,
    SAVEPOINT_SSH_KEY: sshd.key,
  };
  const cwd = shop.checkout;
  const sources: Sources = { operation: doctorOperation, given: { source: "flags", raw: {} }, problems: [], env, sections };
  const prepared = await prepareCall(sources, { read: readerIn(cwd), fallbackApp: "shop" });
  const { signal } = new AbortController();
  const real = realPorts({ env: { PATH: process.env["PATH"] }, cwd, terminal: true, program: ["savepoint"], report: silentReport, signal });
  let [trips, logins] = [0, 0];
  const ports: Ports = {
    ...real,
    connect: async (target) => {
      logins += 1;
      const machine = await real.connect(target);
      return {
        ...machine,
        run: async (command) => {
          trips += 1;
          return await machine.run(command);
        },
      };
    },
  };
  const operation = async (given: Ports) =>
    await doctorOperation.run({ ...prepared, ports: given } as Parameters<typeof doctorOperation.run>[0]);
  return { operation, ports, trips: () => trips, logins: () => logins };
}

test("a host key that is not known: its look-up is printed, shows the fingerprint, and lets the next look in", async () => {
  const env = { SAVEPOINT_SSH_KNOWN_HOSTS: undefined };
  const look = await doctor({ env });
  const finding = found(look, "login", "fail", "host key");
  expect(about(look, "database")).toEqual([expect.objectContaining({ state: "unseen", seen: "Could not look: the host is not reached." })]);
  paste(finding);
  passes(await doctor({ env }), "login");
});

test("a key that the host does not accept is named by its fingerprint, with the command that lets one in", async () => {
  await using other = await startSshd();
  const look = await doctor({ env: { SAVEPOINT_SSH_KEY: other.key } });
  const finding = found(look, "login", "fail", /does not accept the ssh-ed25519 key SHA256:/);
  expect(finding.mends?.[0]?.command).toBe(`ssh-copy-id -p ${sshd.port} ${sshd.user}@${sshd.host}`);
  passes(await doctor(), "login");
});

test("root's login is warned of", async () => {
  found(await doctor(), "user", "warn", "root");
});

test("no clone in app-dir: the printed command makes it", async () => {
  const aside = `${shop.appDir}-aside`;
  await rename(shop.appDir, aside);
  try {
    const finding = found(await doctor(), "clone", "fail", "does not exist");
    paste(finding);
    passes(await doctor(), "clone");
  } finally {
    await rm(shop.appDir, { recursive: true, force: true });
    await rename(aside, shop.appDir);
  }
});

test("a folder that is no clone: the printed command makes one of it, and leaves what is there", async () => {
  const dir = join(shop.appDir, ".git");
  const aside = `${shop.appDir}-git`;
  await rename(dir, aside);
  try {
    const finding = found(await doctor(), "clone", "fail", "is not a git clone");
    await rename(join(shop.appDir, "server.cjs"), `${aside}-server`);
    for (const file of ["migrations", "savepoint.yml", ".gitignore", "behaviour.json"])
      await rm(join(shop.appDir, file), { recursive: true });
    paste(finding);
    expect(existsSync(join(shop.appDir, ".env"))).toBe(true);
    passes(await doctor(), "clone");
  } finally {
    await rm(dir, { recursive: true, force: true });
    await rename(aside, dir);
    await git(shop.appDir, "checkout", "--quiet", "--force", "HEAD");
  }
});

test("a clone that cannot fetch: the printed command names the repository that the checkout comes from", async () => {
  await git(shop.appDir, "remote", "set-url", "origin", join(shop.folder, "gone.git"));
  const finding = found(await doctor(), "fetch", "fail", "cannot fetch from");
  paste(finding);
  passes(await doctor(), "fetch");
});

test("edits on the host by hand: shown and put aside by what is printed", async () => {
  await writeFile(join(shop.appDir, "behaviour.json"), '{"broken":"by hand"}');
  const finding = found(await doctor(), "work tree", "fail", /edited by hand.*behaviour\.json/);
  paste(finding, 1);
  passes(await doctor(), "work tree");
  expect(await git(shop.appDir, "stash", "show", "-p")).toContain("by hand");
  await git(shop.appDir, "stash", "drop");
});

test("a state directory in which others may write: the printed command takes that away", async () => {
  chmodSync(shop.stateDir, 0o777);
  const finding = found(await doctor(), "state directory", "fail", /may be written by its group and everybody/);
  paste(finding);
  passes(await doctor(), "state directory");
});

test("a state directory that the user may not make: the printed command makes it, for that user alone", async () => {
  await using plain = await startSshd({ plainUser: true });
  const root = join(shop.folder, "var", "state");
  await mkdir(join(shop.folder, "var"), { mode: 0o755 });
  chmodSync(shop.folder, 0o755);
  const env = { SAVEPOINT_STATE_DIR: root };
  const finding = found(await doctor({ on: plain, env }), "state directory", "fail", `${plain.user} may not make it`);
  // The user that deploys may not become root; whoever pastes this may.
  const asRoot = finding.mends?.[0]?.command.replace(`ssh -p ${plain.port} ${plain.user}@`, `ssh -p ${sshd.port} ${sshd.user}@`) ?? "";
  paste({ ...finding, mends: [{ command: asRoot, means: "" }] });
  passes(await doctor({ on: plain, env }), "state directory");
  await rm(join(shop.folder, "var"), { recursive: true });
});

test("a disk that is nearly full, and no room for the next backup: both are named, and where the room went", async () => {
  const disk = join(shop.folder, "disk");
  await mkdir(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
  try {
    execFileSync("cp", ["-a", `${shop.stateDir}/.`, disk]);
    await writeFile(join(disk, "large"), Buffer.alloc(3_950_000));
    const env = { SAVEPOINT_STATE_DIR: disk };
    await writeFile(join(disk, "more"), Buffer.alloc(4_000_000)).catch(() => undefined);
    const finding = found(await doctor({ env }), "disk", "warn", /% full/);
    found(await doctor({ env }), "disk", "fail", "There is no room for the backup");
    paste(finding);
    await rm(join(disk, "large"));
    await rm(join(disk, "more"), { force: true });
    passes(await doctor({ env }), "disk");
  } finally {
    execFileSync("umount", [disk]);
  }
});

test("a clock that is off: by a little is warned of, by more than that fails", async () => {
  const little = await doctor({ env: await daysOff(shop.folder, 1 / 1440) });
  expect(found(little, "clock", "warn", /behind this machine's/).mends?.[0]?.command).toContain("timedatectl set-ntp true");
  found(await doctor({ env: await daysOff(shop.folder, -1 / 24) }), "clock", "fail", /ahead of this machine's/);
});

test("a wrong password: the file in which it stands is opened by what is printed", async () => {
  const file = join(shop.appDir, ".env");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(":secret@", ":forgotten@"));
  try {
    const look = await doctor();
    const finding = found(look, "database", "fail", "password");
    expect(`${look.stdout}${look.stderr}`).not.toContain("forgotten");
    expect(about(look, "way back")).toEqual([expect.objectContaining({ seen: "Could not look: the database is not reached." })]);
    // An editor that puts it right. It asks for a terminal of the host's.
    await script("mend", `sed -i s/:forgotten@/:secret@/ "$1"`);
    paste({
      ...finding,
      mends: [{ command: finding.mends?.[0]?.command.replace("sh -c", `env EDITOR=${bin}/mend sh -c`) ?? "", means: "" }],
    });
    passes(await doctor(), "database");
  } finally {
    await writeFile(file, text);
  }
});

test("a database that does not answer is told by its address", async () => {
  const look = await doctor({ env: { SAVEPOINT_DATABASE_URL: "postgres://shop:x@127.0.0.1:1/shop" } });
  found(look, "database", "fail", "127.0.0.1:1");
});

/** psql as the lab's superuser, who has a password. */
const AS_SUPERUSER = { PGPASSWORD: "postgres" };

function pasteSql(finding: Finding): void {
  const command = finding.mends?.[0]?.command ?? "";
  paste({ ...finding, mends: [{ command: command.replace("'psql ", "'env PGPASSWORD=postgres psql "), means: "" }] }, 0, AS_SUPERUSER);
}

test("a role that may not create databases: the printed statement lets it", async () => {
  await shop.database.superuser(`ALTER ROLE "${shop.database.owner}" NOCREATEDB`);
  const finding = found(await doctor(), "way back", "fail", "may not create databases");
  pasteSql(finding);
  passes(await doctor(), "way back");
});

test("an application that is a superuser: the printed statement takes that away, and leaves what a deploy needs", async () => {
  await shop.database.superuser(`ALTER ROLE "${shop.database.owner}" SUPERUSER NOCREATEDB`);
  const finding = found(await doctor(), "application's role", "warn", "is a superuser");
  pasteSql(finding);
  const after = await doctor();
  passes(after, "application's role");
  passes(after, "way back");
});

test("a table that the role may not read: the printed GRANT lets it", async () => {
  await shop.database.superuser("CREATE SCHEMA ledger CREATE TABLE ledger.book (id int)");
  const finding = found(await doctor(), "reading for backups", "fail", "may not read all");
  pasteSql(finding);
  await shop.database.superuser(
    `GRANT USAGE ON SCHEMA ledger TO "${shop.database.owner}"; GRANT SELECT ON ledger.book TO "${shop.database.owner}"`,
  );
  passes(await doctor(), "reading for backups");
  await shop.database.superuser("DROP SCHEMA ledger CASCADE");
});

test("a transaction pooler in between is refused, and what to give instead is said", async () => {
  const port = Number(new URL(sharedClusterUrl()).port);
  await using pooler = await startPooler(port, { pool_mode: "transaction" });
  const finding = found(
    await doctor({ env: { SAVEPOINT_DATABASE_URL: pooler.through(shop.database.url) } }),
    "database",
    "fail",
    "transaction pooler",
  );
  expect(finding.advice).toContain("direct address");
});

test("a pg_dump that is older than the server is named, with the package to install", async () => {
  const old = join(shop.folder, "old-tools", "13", "bin");
  await mkdir(old, { recursive: true });
  for (const program of ["pg_dump", "pg_restore"])
    await writeFile(join(old, program), `#!/bin/sh\necho "${program} (PostgreSQL) 13.9"\n`, { mode: 0o755 });
  const under = ["unshare", "--mount", "sh", "-c", `mount --bind ${join(shop.folder, "old-tools")} /usr/lib/postgresql && exec "$@"`, "sh"];
  const finding = found(await doctor({ local: true, under }), "client tools", "fail", /13 only, older than the server's/);
  expect(finding.mends?.[0]?.command).toMatch(/^sudo apt-get install --yes postgresql-client-\d+$/);
  passes(await doctor({ local: true }), "client tools");
});

test("a dump that was never restored: the printed command restores it beside, and it is proven", async () => {
  // The shop's only backup was read; it says so itself.
  const finding = found(await doctor(), "restore proven", "warn", "was never restored");
  const env = { SAVEPOINT_SSH_KEY: sshd.key, SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts };
  paste(finding, 0, env);
  passes(await doctor(), "restore proven");
});

test("a slip in the settings is named by its line, and all else is looked at", async () => {
  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("app-dir:", "typo-dir: x\n    app-dir:"));
  try {
    const look = await doctor();
    found(look, "settings", "fail", /savepoint\.yml:\d+ `typo-dir` is not known/);
    passes(look, "database");
  } finally {
    await writeFile(file, text);
  }
  passes(await doctor(), "settings");
});

test("a ruleset that keeps the stable tags where they are is named; without one GitHub is well", async () => {
  await using github = await startGithub(shop.origin.url, { token: "doctors-token" });
  const ruleset = { id: 7, name: "No tags", source: "example/shop", target: "tag", enforcement: "active" };
  const rulesets: object[] = [];
  github.answer = (route) => {
    if (route === "GET /api/v3/repos/example/shop/rulesets") return { status: 200, body: rulesets };
    if (route !== "GET /api/v3/repos/example/shop/rulesets/7") return undefined;
    const conditions = { ref_name: { include: ["~ALL"], exclude: [] } };
    return { status: 200, body: { ...ruleset, conditions, rules: [{ type: "update" }], current_user_can_bypass: "never" } };
  };
  const env = { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: "example/shop", GITHUB_TOKEN: "doctors-token" };
  passes(await doctor({ env }), "token and tag rules");
  rulesets.push(ruleset);
  const finding = found(await doctor({ env }), "token and tag rules", "fail", /"No tags" keeps the stable tags from being moved/);
  expect(finding.mends?.[0]?.command).toBe("gh api repos/example/shop/rulesets/7");
  found(await doctor(), "token and tag rules", "unseen", "GitHub is asked in a workflow");
  expect(github.problems).toEqual([]);
});

test("as an action it is red where something fails, and its summary has the table and each command to copy", async () => {
  await git(shop.appDir, "remote", "set-url", "origin", join(shop.folder, "gone.git"));
  const inputs = { host: `${sshd.user}@${sshd.host}:${sshd.port}`, "ssh-key": sshd.key, "ssh-known-hosts": sshd.knownHosts };
  const red = await shop.action("doctor", inputs);
  expect(red.code).toBe(1);
  expect(red.outputs).toMatchObject({ failed: "1" });
  expect(red.summary).toContain("| ✗ fails | fetch |");
  const [mend = ""] = JSON.parse(red.outputs["findings"] ?? "[]")
    .flatMap((one: Finding) => (one.state === "fail" ? (one.mends ?? []) : []))
    .map((way: { command: string }) => way.command);
  expect(red.summary).toContain(`\`\`\`sh\n${mend}\n\`\`\``);
  expect(red.stdout).toContain(mend);
  paste({ state: "fail", about: "fetch", seen: "", mends: [{ command: mend, means: "" }] });
  const green = await shop.action("doctor", inputs);
  expect(green.outputs).toMatchObject({ failed: "0" });
  expect(green.code).toBe(0);
});

test("an environment that cannot be is refused before anything is looked at; `all` is every one of the file", async () => {
  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    `${text.trimEnd()}\n  staging:\n    app-dir: /nonexistent/staging\n    state-dir: ${join(shop.folder, "staging")}\n`,
  );
  try {
    const wrong = await doctor({ flags: { environment: "prodution" } });
    expect(wrong.stderr).toContain('did you mean "production"?');
    expect(wrong.code).toBe(2);
    const look = await doctor({ flags: { environment: "all" } });
    expect(look.code).toBe(3);
    expect([...new Set(look.findings.map(({ environment }) => environment))]).toEqual(["production", "staging"]);
    expect(look.findings.filter(({ state, environment }) => state === "fail" && environment === "production")).toEqual([]);
    expect(look.findings).toContainEqual(expect.objectContaining({ environment: "staging", about: "clone", state: "fail" }));
    // What is the repository's is looked at once.
    expect(about(look, "workflow files")).toHaveLength(1);
  } finally {
    await writeFile(file, text);
  }
});
