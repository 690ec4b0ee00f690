import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/core/finding.ts";
import type { Ports } from "../../../src/core/ports.ts";
import { doctor as doctorOperation } from "../../../src/deploy/operations/doctor.ts";
import { prepareCall, type Sources } from "../../../src/faces/call.ts";
import { readerIn, realPorts } from "../../../src/faces/ports.ts";
import { sections } from "../../../src/sections.ts";
import { WORKFLOW_FAULTS } from "../../lab/doctor/workflow-faults.ts";
import { startGithub } from "../../lab/github.ts";
import { silentReport } from "../../lab/machines.ts";
import { git } from "../../lab/git.ts";
import { COMPILED } from "../../lab/program.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Run, RunOptions, Shop } from "../../lab/shop.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

/** A stable shop, looked at over SSH. Faults, one by one, are in doctor-faults.test.ts. */
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

test("a slip in the settings is named by its line, one in a workflow by its job, and all else is looked at", async () => {
  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  const [, badly] = WORKFLOW_FAULTS[0];
  const workflow = join(shop.checkout, ".github/workflows/deploy.yml");
  await mkdir(dirname(workflow), { recursive: true });
  await writeFile(workflow, badly);
  await writeFile(file, text.replace("app-dir:", "typo-dir: x\n    app-dir:"));
  try {
    const look = await doctor();
    found(look, "workflow files", "fail", ".github/workflows/deploy.yml: job deploy may not write to the repository");
    found(look, "settings", "fail", /savepoint\.yml:\d+ `typo-dir` is not known/);
    passes(look, "database");
  } finally {
    await rm(dirname(dirname(workflow)), { recursive: true });
    await writeFile(file, text);
  }
  passes(await doctor(), "settings");
});

test("what `deploy` would refuse stands in its way without a settings file too, and each fault is found once", async () => {
  const bare = join(shop.folder, "bare");
  await mkdir(bare);
  const look = await doctor({ cwd: bare, local: true, env: { SAVEPOINT_STATE_DIR: shop.stateDir } });
  const failing = (one: Look) => one.findings.filter(({ state }) => state === "fail").map(({ about: name, seen }) => `${name}: ${seen}`);
  const missing = ["No `app-dir` is given: the folder on the host that holds the app's git clone.", "No health check is given"];
  expect(failing(look)).toEqual(missing.map((text) => expect.stringContaining(`settings: ${text}`)));
  expect(look.code).toBe(3);
  const refused = await shop.run("deploy", {}, { cwd: bare, env: { SAVEPOINT_STATE_DIR: shop.stateDir } });
  for (const text of missing) expect(refused.json.message).toContain(text);

  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/app-dir: .*/, "app-dir: /nonexistent/shop"));
  try {
    const nowhere = await doctor({ local: true });
    expect(failing(nowhere)).toEqual([expect.stringContaining("clone: `app-dir` /nonexistent/shop does not exist")]);
    found(nowhere, "database", "unseen", "Could not look: its address is in `app-dir`, which is not there.");
  } finally {
    await writeFile(file, text);
  }
  const env = join(shop.appDir, ".env");
  const right = await readFile(env, "utf8");
  await writeFile(env, right.replace(/@127\.0\.0\.1:\d+/, "@127.0.0.1:1"));
  try {
    const stopped = await doctor({ local: true });
    expect(failing(stopped)).toEqual([expect.stringMatching(/^database: /)]);
    found(stopped, "health check", "unseen", "Could not look: the database is not reached.");
  } finally {
    await writeFile(env, right);
  }
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

test("of what GitHub is to show, each list that the token may not read is a warning with the permission to give; the others pass", async () => {
  await using github = await startGithub(shop.origin.url, { token: "doctors-token" });
  const env = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: "example/shop",
    GITHUB_TOKEN: "doctors-token",
    SAVEPOINT_GITHUB_DEPLOYMENTS: "true",
    SAVEPOINT_GITHUB_STATUS: "true",
  };
  const seen = async () => about(await doctor({ env }), "token's permissions");
  expect((await seen()).map(({ state }) => state)).toEqual(["pass", "pass"]);
  github.answer = (route) =>
    route === "GET /api/v3/repos/example/shop/deployments"
      ? { status: 403, body: { message: "Resource not accessible by integration" } }
      : undefined;
  expect(await seen()).toEqual([
    expect.objectContaining({
      state: "warn",
      seen: "`github.deployments`: the token may not do this: the job needs `permissions: { deployments: write }`.",
      advice: expect.stringContaining("`permissions: { deployments: write }`"),
    }),
    expect.objectContaining({ state: "pass", seen: expect.stringContaining("`statuses: write`") }),
  ]);
  expect(about(await doctor(), "token's permissions")).toEqual([]);
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

test.each([
  { where: "a pull request", event: "pull_request", state: "unseen", seen: "Could not look: not given here: HOOK of the channel ops." },
  { where: "any other run", event: "push", state: "warn", seen: "The channel ops hears nothing: its secret HOOK is not given." },
])("a channel whose secret $where lacks is $state, and told once", async ({ event, state, seen }) => {
  const inputs = { host: `${sshd.user}@${sshd.host}:${sshd.port}`, "ssh-key": sshd.key, "ssh-known-hosts": sshd.knownHosts };
  const env = { GITHUB_EVENT_NAME: event, SAVEPOINT_NOTIFY_CHANNELS: "ops: webhook url=HOOK" };
  const look = await shop.action("doctor", inputs, { env });
  const findings: readonly Finding[] = JSON.parse(look.outputs["findings"] ?? "[]");
  expect(findings.filter((one) => one.seen.includes("HOOK"))).toEqual([
    expect.objectContaining({ about: "notifications", state, seen: expect.stringContaining(seen) }),
  ]);
  const given = await shop.action("doctor", inputs, { env: { ...env, SAVEPOINT_NOTIFY_SECRETS: "HOOK=http://127.0.0.1:1/" } });
  const better: readonly Finding[] = JSON.parse(given.outputs["findings"] ?? "[]");
  expect(better).toContainEqual(expect.objectContaining({ about: "notifications", state: "pass" }));
});

test("an environment that cannot be is refused before anything is looked at; `all` is every one of the file", async () => {
  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  const more = [
    `  staging:\n    app-dir: /nonexistent/staging\n    state-dir: ${join(shop.folder, "staging")}\n`,
    // Nobody listens there.
    `  far: { host: root@127.0.0.1:1, app-dir: /srv/far, health: { url: http://127.0.0.1:1/ } }\n`,
  ];
  await writeFile(file, `${text.trimEnd()}\n${more.join("")}`);
  try {
    const wrong = await doctor({ flags: { environment: "prodution" }, local: true });
    expect(wrong.stderr).toContain('did you mean "production"?');
    expect(wrong.code).toBe(2);
    const keys = { SAVEPOINT_SSH_KEY: sshd.key, SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts };
    const look = await doctor({ flags: { environment: "all" }, local: true, env: keys });
    expect(look.code).toBe(3);
    expect([...new Set(look.findings.map(({ environment }) => environment))]).toEqual(["production", "staging", "far"]);
    const failing = (name: string) => look.findings.filter(({ state, environment }) => state === "fail" && environment === name);
    expect(failing("production")).toEqual([]);
    expect(failing("staging")).toContainEqual(expect.objectContaining({ about: "clone" }));
    // What is not reached fails once; what could not be looked at there is told as that, and ends no other environment's look.
    expect(failing("far").map(({ about: name }) => name)).toEqual(["login"]);
    const unseen = look.findings.filter(({ state, environment }) => state === "unseen" && environment === "far");
    expect(unseen).toContainEqual(expect.objectContaining({ about: "clone", seen: "Could not look: the host is not reached." }));
    expect(look.stderr).toMatch(/production.*staging.*far: \d+ findings stand in a deploy's way/);
    // What is the repository's is looked at once.
    expect(about(look, "workflow files")).toHaveLength(1);
  } finally {
    await writeFile(file, text);
  }
});

test.each([
  ["neither secrets nor variables", {}],
  ["no secrets", { host: "shop@127.0.0.1:1" }],
])("on a pull request from a fork, whose run has %s, it could not look at the host, and is green", async (_, inputs) => {
  const env = { GITHUB_EVENT_NAME: "pull_request", RUNNER_ENVIRONMENT: "github-hosted", SAVEPOINT_STATE_DIR: undefined };
  const file = join(shop.checkout, "savepoint.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/^ *state-dir:.*\n/m, ""));
  try {
    const look = await shop.action("doctor", inputs, { env });
    const findings: readonly Finding[] = JSON.parse(look.outputs["findings"] ?? "[]");
    expect(findings.filter(({ state }) => state === "fail")).toEqual([]);
    const login = findings.find((one) => one.about === "login");
    expect(login).toMatchObject({ state: "unseen", seen: expect.stringMatching(/^Could not look: .*(`ssh-key` is required|die with it)/) });
    expect(login?.why).toContain("pull requests from forks");
    expect(findings).toContainEqual(expect.objectContaining({ about: "clone", state: "unseen" }));
    expect(findings.map((one) => one.about)).toContain("workflow files");
    expect(look.code).toBe(0);
    // The same in any other run is a fault.
    const other = await shop.action("doctor", inputs, { env: { ...env, GITHUB_EVENT_NAME: "push" } });
    expect(JSON.parse(other.outputs["findings"] ?? "[]")).toContainEqual(expect.objectContaining({ about: "login", state: "fail" }));
    expect(other.code).toBe(1);
  } finally {
    await writeFile(file, text);
  }
});
