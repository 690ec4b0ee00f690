import { type ChildProcess, execFile } from "node:child_process";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ActionRun, openShop, type Run, type RunOptions, type Shop, START } from "../lab/shop.ts";
import { type Sshd, startSshd } from "../lab/sshd.ts";
import { processWith, STOPPED, stopped, traceExecs } from "../lab/strace.ts";

const execute = promisify(execFile);

/** One secret for each place where one is given; awkward ones, whose encoded forms differ from the plain one. */
const CANARY = {
  password: "c4nary pässword/+&%1",
  admin: "c4nary'admin\"$(id)/2",
  wrong: "c4nary wrong/+3",
  passphrase: "c4nary passphrase%4",
  token: "c4nary-token-5",
  header: "c4nary header/+6=",
} as const;

let shop: Shop;
let sshd: Sshd;
/** The private key, under the passphrase, and its lines: each is a secret too. */
let key: string;
let admin: string;
beforeAll(async () => {
  [shop, sshd] = await Promise.all([openShop({ profile: { backup: { verify: null } } }), startSshd()]);
  const encrypted = join(shop.folder, "id-encrypted");
  await copyFile(sshd.keyFile, encrypted);
  await execute("chmod", ["600", encrypted]);
  await execute("ssh-keygen", ["-q", "-p", "-P", "", "-N", CANARY.passphrase, "-f", encrypted]);
  key = await readFile(encrypted, "utf8");
  const { database } = shop;
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  admin = `${database.owner}_admin`;
  await database.superuser(
    `ALTER ROLE ${database.owner} PASSWORD ${quoted(CANARY.password)}; CREATE ROLE ${admin} SUPERUSER LOGIN PASSWORD ${quoted(CANARY.admin)}`,
  );
  const env = await readFile(join(shop.appDir, ".env"), "utf8");
  await writeFile(
    join(shop.appDir, ".env"),
    env.replace(/^DATABASE_URL=.*$/m, () => `DATABASE_URL='${urlOf(CANARY.password)}'`),
  );
});
afterAll(async () => {
  await shop.database.superuser(`DROP OWNED BY ${admin}; DROP ROLE ${admin}`);
  await sshd[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

function urlOf(password: string, user = shop.database.owner): string {
  const url = new URL(shop.database.url);
  return `postgres://${user}:${encodeURIComponent(password)}@${url.host}${url.pathname}`;
}

/** Texts in which a secret would show itself: as it is, encoded for URLs, JSON and the shell, and in base64 at any offset. */
function formsOf(secret: string): readonly string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${secret}`)
      .toString("base64")
      .replaceAll("=", "");
    // What stands at the edges depends on what stands beside it.
    return text.slice(offset === 0 ? 0 : 4, -2);
  });
  const encoded = [encodeURIComponent(secret), encodeURI(secret), new URLSearchParams([["", secret]]).toString().slice(1)];
  return [
    ...new Set([
      secret,
      ...encoded,
      ...encoded.map(encodeURIComponent),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", String.raw`'\''`),
      ...inBase64,
    ]),
  ];
}

interface Traced<R> {
  readonly run: R;
  /** The words of every program that was started, here and on the host. */
  readonly execs: readonly string[];
}

/** Runs a command with every execve of it, and of the server's side, written down. */
async function traced<R>(begin: (options: RunOptions) => Promise<R>, overSsh: boolean): Promise<Traced<R>> {
  const files = join(shop.folder, `trace-${Date.now()}`);
  const host = overSsh ? await traceExecs(processWith(join(dirname(sshd.keyFile), "sshd_config")), `${files}-host`) : undefined;
  let tracing: ReturnType<typeof traceExecs> | undefined;
  const started = (child: ChildProcess): void => {
    const pid = child.pid ?? 0;
    tracing = stopped(pid).then(async () => {
      const trace = await traceExecs(pid, `${files}-here`);
      child.kill("SIGCONT");
      return trace;
    });
  };
  const run = await begin({ under: STOPPED, started });
  const execs = [...((await (await tracing)?.stop()) ?? []), ...((await host?.stop()) ?? [])];
  return { run, execs };
}

/** That no secret shows in what was told, written or started; and that the tracing saw what it had to see. */
async function expectHidden(told: string, { execs }: Traced<unknown>, saw: readonly RegExp[]): Promise<void> {
  for (const one of saw)
    expect(
      execs.some((line) => one.test(line)),
      `an execve of ${one}`,
    ).toBe(true);
  const places = new Map([
    ["what was told", told],
    ...execs.map((line, at) => [`execve ${at}: ${line.slice(0, 200)}`, line] as const),
    ...(await filesIn(shop.stateDir)),
    ...(await filesIn(join(shop.appDir, ".git"))),
  ]);
  if (places.size < 10) throw new Error("too little was looked at");
  const secrets = [...Object.values(CANARY), ...key.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"))];
  const shown = secrets.flatMap((secret) =>
    formsOf(secret).flatMap((form) =>
      [...places].filter(([, text]) => text.includes(form)).map(([place]) => `${secret} as ${form} in ${place}`),
    ),
  );
  expect(shown).toEqual([]);
}

/** Every file below a folder as text; the logs of the user's own commands hold what those say. */
async function filesIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile() && !one.name.endsWith("-command.log")).map((one) => join(one.parentPath, one.name));
  return await Promise.all(files.map(async (file) => [file, await readFile(file, "latin1")] as const));
}

/** What an action told the log, without the lines by which the runner learns what to hide. */
function toldBy(run: ActionRun): string {
  const shown = run.stdout.split("\n").filter((line) => !line.startsWith("::add-mask::"));
  return [...shown, run.stderr, run.summary, JSON.stringify(run.outputs)].join("\n");
}

const NEXT_COLUMN = (name: string): Record<string, string> => ({
  [`0${name}`]: `-- UP\nALTER TABLE notes ADD c${name.replace(/\W/g, "_")} int;\n`,
});
const ON_HOST = [/pg_dump/, /pg_restore/, /"git"/];

describe("over SSH, as a workflow with debug logging", () => {
  const inputs = (password: string): Record<string, string> => ({
    host: `${sshd.user}@${sshd.host}:${sshd.port}`,
    "ssh-key": key,
    "ssh-passphrase": CANARY.passphrase,
    "ssh-known-hosts": sshd.knownHosts,
    "database-url": urlOf(password),
    "database-admin-url": urlOf(CANARY.admin, admin),
    "health-headers": `Authorization: Bearer ${CANARY.header}`,
    token: CANARY.token,
  });
  const deploy = async (password: string, workflow: string): Promise<Traced<ActionRun>> =>
    await traced(
      async (options) =>
        await shop.action("deploy", inputs(password), { ...options, workflow, env: { RUNNER_DEBUG: "1", GITHUB_TOKEN: CANARY.token } }),
      true,
    );

  test("a good deploy tells no secret", async () => {
    const done = await deploy(CANARY.password, "1.1");
    expect(done.run.stdout).toContain("is deployed and stable");
    await expectHidden(toldBy(done.run), done, ON_HOST);
  });

  test("a failing deploy and its rollback tell no secret", async () => {
    await shop.commit({ behaviour: { broken: `refused: ${CANARY.header}` }, timeout: "1s", migrations: NEXT_COLUMN("10_a.sql") });
    const done = await deploy(CANARY.password, "2.1");
    expect(done.run.stdout).toContain("Taken back");
    expect(done.run.outputs).toMatchObject({ "database-action": "restored" });
    await expectHidden(toldBy(done.run), done, ON_HOST);
  });

  test("a wrong password tells no secret", async () => {
    // What was just taken back is in quarantine, and would be refused for that.
    await shop.commit({ behaviour: {} });
    const done = await deploy(CANARY.wrong, "3.1");
    expect(done.run.code).toBe(1);
    expect(done.run.stdout).toContain("password");
    await expectHidden(toldBy(done.run), done, [/"git"/]);
  });
});

describe("on this machine, from the command line with --debug and the host's .env", () => {
  const env = {
    SAVEPOINT_HEALTH_HEADERS: `Authorization: Bearer ${CANARY.header}`,
    SAVEPOINT_TOKEN: CANARY.token,
    GITHUB_TOKEN: CANARY.token,
  };
  const deploy = async (): Promise<Traced<Run>> =>
    await traced(async (options) => await shop.run("deploy", { debug: true }, { ...options, env }), false);
  const told = ({ run }: Traced<Run>): string => `${run.stdout}\n${run.stderr}`;

  test("a failing deploy and its rollback tell no secret", async () => {
    await shop.commit({
      files: { "migrations/010_a.sql": null },
      profile: { rollout: { "start-command": `echo "starting with $DATABASE_URL"; ${START}; echo "with $DATABASE_URL"` } },
      behaviour: { broken: `refused: ${urlOf(CANARY.password)}` },
      timeout: "1s",
      migrations: NEXT_COLUMN("11_b.sql"),
    });
    const done = await deploy();
    expect(done.run.stderr).toContain("with ***");
    expect(done.run.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
    await expectHidden(told(done), done, ON_HOST);
  });

  test("a wrong password in the .env tells no secret", async () => {
    await shop.commit({ behaviour: {} });
    const path = join(shop.appDir, ".env");
    const right = await readFile(path, "utf8");
    await writeFile(
      path,
      right.replace(encodeURIComponent(CANARY.password), () => encodeURIComponent(CANARY.wrong)),
    );
    const done = await deploy();
    await writeFile(path, right);
    expect(done.run.code).toBe(2);
    expect(done.run.json.message).toContain("password");
    await expectHidden(told(done), done, [/"git"/]);
  });
});
