import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackupRequest, createBackup } from "../../src/backup/create.ts";
import { restoreToSide } from "../../src/backup/restore.ts";
import { BackupStore } from "../../src/backup/store.ts";
import { Cancelled, Failure } from "../../src/core/failure.ts";
import type { Machine } from "../../src/core/machine.ts";
import { Secret } from "../../src/core/secret.ts";
import { openConfiguredDatabase, freeBytesOnServer, outsideTarget } from "../../src/deploy/database/database.ts";
import type { Shared } from "../../src/config/shared.ts";
import type { ComposeProject } from "../../src/machine/container/compose.ts";
import { localMachine } from "../../src/machine/process/local.ts";
import { endLeftovers } from "../../src/machine/process/leftovers.ts";
import { openService, type ServiceMachine } from "../../src/machine/container/service.ts";
import type { Database } from "../../src/postgres/database.ts";
import { parseTargetUrl } from "../../src/postgres/address.ts";
import { clientTools } from "../../src/postgres/tools.ts";
import { swapDatabases } from "../../src/postgres/swap.ts";
import { findRestoreObstacles } from "../../src/postgres/restore-obstacles.ts";
import { docker, engineEnv } from "../lab/engine.ts";
import { POSTGRES_IMAGE } from "../lab/images.ts";
import { silentReport } from "../lab/machines.ts";
import { needs } from "../lab/needs.ts";

await needs("engine");

const PASSWORD = `pa'ss "$(x)" %2F\\ é🚀 #`;
const ROWS = 20_000;

let folder: string;
let here: Machine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint service "));
  here = localMachine({ env: { ...process.env, ...engineEnv() } });
  const server = (environment: Record<string, string>, more: Record<string, unknown> = {}) => ({
    image: POSTGRES_IMAGE,
    environment,
    command: ["-c", "fsync=off"],
    // Often while it starts, and then no more: each look costs as much as a test's own command.
    healthcheck: { test: "pg_isready -h 127.0.0.1", interval: "1h", start_period: "120s", start_interval: "300ms" },
    ...more,
  });
  const services = {
    postgres: server({ POSTGRES_USER: "shöp", POSTGRES_PASSWORD: PASSWORD.replaceAll("$", "$$$$"), POSTGRES_DB: "the shop" }),
    // As the image makes it where nothing but the password is said: user, role and database are all `postgres`.
    plain: server(
      { POSTGRES_PASSWORD_FILE: "/run/secrets/password" },
      { secrets: ["password"], ports: ["127.0.0.1::5432"], deploy: { replicas: 1 } },
    ),
    lonely: server({ POSTGRES_PASSWORD: "x" }, { network_mode: "none" }),
    web: { image: POSTGRES_IMAGE, entrypoint: ["sleep", "1000"], environment: { PGDATA: null } },
    twice: { image: POSTGRES_IMAGE, entrypoint: ["sleep", "1000"], deploy: { replicas: 2 } },
    stopped: { image: POSTGRES_IMAGE, entrypoint: ["false"] },
  };
  await writeFile(join(folder, "password.txt"), "from a file\n");
  await writeFile(join(folder, "compose.yaml"), JSON.stringify({ services, secrets: { password: { file: "./password.txt" } } }));
  await compose("up", "--detach", "--quiet-pull", "stopped");
  await compose("up", "--detach", "--wait", "--quiet-pull", "postgres", "plain", "lonely", "web", "twice");
  await using connection = await (await database()).connect("test");
  await connection.exec(
    `CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, ${ROWS}) n`,
  );
});

afterAll(async () => {
  await compose("down", "--volumes", "--timeout=1");
  await rm(folder, { recursive: true });
});

async function compose(...words: readonly string[]): Promise<string> {
  return await docker(["compose", "--project-name", "savepoint-service", ...words], { cwd: folder });
}

const COMMAND = "docker compose --project-name savepoint-service";

function project(changes: Partial<ComposeProject> = {}): ComposeProject {
  return { machine: here, directory: folder, command: COMMAND.split(" "), files: [], ...changes };
}

async function service(name = "postgres", changes: Partial<ComposeProject> = {}): Promise<ServiceMachine> {
  return await openService(project(changes), name);
}

const masked: string[] = [];

async function database(name = "postgres", settings: Partial<Shared> = {}): Promise<Database> {
  const shared = { "app-dir": folder, "compose-command": COMMAND, "database-service": name, ...settings } as Shared;
  const found = await openConfiguredDatabase({
    shared,
    machine: here,
    here,
    mask: (secret) => void masked.push(secret.reveal()),
    say: () => undefined,
  });
  if (found === undefined) throw new Error("no database");
  return found;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error("no Failure", { cause: error });
}

/** What runs in the container besides the server. */
async function strays(name = "postgres"): Promise<readonly string[]> {
  const all = (await compose("exec", "--no-TTY", name, "ps", "-o", "args")).split("\n").slice(1);
  return all.filter(
    (line) =>
      !/^(?:postgres(?:: |$| )|pg_isready|ps -o|\[postgres\]|\{postgres\}|\{runc|\/usr\/lib\/postgresql.*\/postgres )/.test(line.trim()),
  );
}

async function eventually(look: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(await look())) {
    if (Date.now() > until) throw new Error("never");
    await new Promise((done) => setTimeout(done, 100));
  }
}

test("where nobody answers at the database's address, the project's own service and port are named", async () => {
  const failed = async (url: string) => {
    const shared = { "app-dir": folder, "compose-command": COMMAND, "database-url": { kind: "url", target: parseTargetUrl(url) } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not asked for is not there
    const request = { shared: shared as unknown as Shared, machine: here, here, mask: () => undefined, say: () => undefined };
    const named = await openConfiguredDatabase(request);
    return await named!.connect("look").then(
      () => undefined,
      (error: unknown) => (error instanceof Failure ? error : undefined),
    );
  };
  const inside = await failed("postgres://shop:x@postgres:5432/shop");
  expect(inside?.hint).toContain("postgres is a service of the compose project in");
  expect(inside?.hint).toMatch(/give `database-service: postgres`\.$/);
  const away = await failed("postgres://shop:x@127.0.0.1:9/shop");
  const published = (await compose("port", "plain", "5432")).trim();
  expect(away?.hint).toContain(`Its service plain is published at ${published}: name that address, or give \`database-service: plain\`.`);
  expect(away?.hint).toContain("Its service postgres publishes no port to the host: give `database-service: postgres`.");
  expect(away?.hint).not.toContain("stopped");
});

test("a command in a service gets its words, environment, folder and input as they are", async () => {
  const machine = await service();
  const odd = `a'b"c $(touch x) \\n\n-x é🚀`;
  const finished = await machine.run({
    words: ["sh", "-c", 'printf "%s|%s|%s|" "$1" "$ODD" "$(pwd)"; cat', "sh", odd],
    env: { ODD: new Secret(odd) },
    cwd: "/var/lib",
    stdin: "in\nput",
  });
  expect(finished).toMatchObject({ code: 0, stdout: `${odd}|${odd}|/var/lib|in\nput`, stderr: "" });
  const pipe = new PassThrough();
  pipe.end(Buffer.alloc(3_000_000, "x"));
  expect((await machine.run({ words: ["wc", "-c"], stdin: pipe })).stdout.trim()).toBe("3000000");
  expect(await machine.run({ words: ["sh", "-c", "echo no >&2; exit 7"] })).toMatchObject({ code: 7, stderr: "no\n" });
  expect((await failureOf(machine.run({ words: ["no-such-program"] }))).code).toBe("not-found");
  expect((await failureOf(machine.run({ words: ["true"], cwd: "/no/such" }))).code).toBe("no-folder");
});

test("a secret for a command in a service arrives through sudo that drops the environment, and stands in no argv", async () => {
  const tools = await mkdtemp(join(tmpdir(), "savepoint-sudo-"));
  const log = join(tools, "argv");
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${log}'\nexec env -i PATH="$PATH" HOME=/tmp DOCKER_HOST="$DOCKER_HOST" DOCKER_CONFIG="$DOCKER_CONFIG" "$@"\n`;
  await writeFile(join(tools, "sudo"), script, { mode: 0o755 });
  const machine = await service("postgres", { command: [join(tools, "sudo"), ...COMMAND.split(" ")] });
  const { stdout } = await machine.run({ words: ["sh", "-c", 'printf %s "$CANARY"'], env: { CANARY: new Secret("canary-7391") } });
  expect(stdout).toBe("canary-7391");
  expect((await here.run({ words: ["grep", "-c", "canary-7391", log] })).stdout.trim()).toBe("0");
  await rm(tools, { recursive: true });
});

test("what is cancelled or times out in a service is ended in its container", async () => {
  const machine = await service();
  const stop = new AbortController();
  const long = machine.run({
    words: ["sh", "-c", "echo up; sleep 3001 & trap '' TERM; while :; do sleep 3002; done"],
    signal: stop.signal,
    onLine: () => stop.abort(),
  });
  await expect(long).rejects.toBeInstanceOf(Cancelled);
  expect((await failureOf(machine.run({ words: ["sleep", "3003"], timeout: 1000 }))).code).toBe("timeout");
  expect(await strays()).toEqual([]);
});

test("what a killed process left running in a service is ended by its note", async () => {
  const running = await mkdtemp(join(tmpdir(), "savepoint-running-"));
  const machine = await service();
  const left = machine.run({ words: ["sleep", "3004"], noteIn: join(running, "one") });
  left.catch(() => undefined);
  await eventually(async () => (await strays()).includes("sleep 3004"));
  expect(await endLeftovers(here, running)).toHaveLength(1);
  // Ours lives on in this test, and looks too.
  await left.catch(() => undefined);
  expect(await strays()).toEqual([]);
  await rm(running, { recursive: true });
});

test("the database of a service is entered with the credentials of its own environment, masked at once", async () => {
  const opened = await database();
  expect(masked).toContain(PASSWORD);
  await using connection = await opened.connect("test");
  expect(await connection.query("SELECT current_user AS role, current_database() AS name")).toEqual([{ role: "shöp", name: "the shop" }]);
  const plain = await database("plain");
  expect(plain.target.password?.reveal()).toBe("from a file");
  await using other = await plain.connect("test");
  expect(await other.query("SELECT current_user AS role, current_database() AS name")).toEqual([{ role: "postgres", name: "postgres" }]);
});

test("a server that the host cannot reach is reached through its container", async () => {
  const opened = await database("lonely");
  const connection = await opened.connect("test");
  const [row] = await connection.query<{ text: string }>("SELECT repeat('x', 2000000) AS text");
  expect(row?.text).toHaveLength(2_000_000);
  const killed = connection.query("SELECT pg_terminate_backend(pg_backend_pid())");
  await expect(killed).rejects.toBeInstanceOf(Failure);
  await using again = await opened.connect("test");
  expect(await again.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await again[Symbol.asyncDispose]();
  await eventually(async () => (await strays("lonely")).length === 0);
  expect(await outsideTarget(opened)).toBeUndefined();
});

test("another program on the host is given an address at which it reaches the service", async () => {
  for (const name of ["postgres", "plain"]) {
    const target = await outsideTarget(await database(name));
    const stream = await here.dial({ host: target?.host ?? "", port: target?.port ?? 0 });
    stream.destroy();
  }
});

test.each([
  { name: "nothing", code: "unknown-service", says: /no service nothing/, hint: /It has lonely, plain, postgres, stopped, twice, web/ },
  { name: "-x", code: "unknown-service", says: /no service -x/, hint: /It has lonely/ },
  {
    name: "stopped",
    code: "service-stopped",
    says: /stopped .*does not run/,
    hint: /cd '.+' && docker compose .*up --detach --wait stopped\n.*cd '.+' && docker compose .*logs --tail 30 stopped$/,
  },
  { name: "twice", code: "service-ambiguous", says: /2 running containers/, hint: /database-url/ },
])("a service that cannot be the database is refused by name: $name", async ({ name, code, says, hint }) => {
  const failure = await failureOf(database(name));
  expect(failure).toMatchObject({ code, exit: 2 });
  expect(failure.message).toMatch(says);
  expect(failure.hint).toMatch(hint);
});

test("a service is found also where a broken version's compose file cannot be read any more, or has lost it", async () => {
  const file = join(folder, "compose.yaml");
  const text = await readFile(file, "utf8");
  try {
    for (const broken of ["services: [", "services: { other: { image: x } }"]) {
      await writeFile(file, broken);
      expect((await (await service()).run({ words: ["echo", "here"] })).stdout).toBe("here\n");
      expect(await failureOf(service("nothing"))).toMatchObject({ exit: 2 });
    }
  } finally {
    await writeFile(file, text);
  }
});

test("a host without docker is refused by that name", async () => {
  const bare = localMachine({ env: { ...process.env, PATH: "/nonexistent" } });
  const failure = await failureOf(openService({ ...project(), machine: bare }, "postgres"));
  expect(failure).toMatchObject({ exit: 2, code: "not-found" });
  expect(failure.hint).toMatch(/compose-command.*database-url/);
});

test("a folder without a project is refused", async () => {
  expect((await failureOf(database("postgres", { "app-dir": undefined }))).message).toMatch(/`app-dir`/);
  expect((await failureOf(database("postgres", { "app-dir": join(folder, "no") }))).message).toMatch(/does not exist/);
  const empty = await mkdtemp(join(tmpdir(), "savepoint-empty-"));
  const failure = await failureOf(openService(project({ directory: empty, command: ["docker", "compose"] }), "postgres"));
  expect(failure).toMatchObject({ code: "compose-config", exit: 2 });
  expect(failure.evidence.join("\n")).toMatch(/no configuration file/);
  expect(failure.message).toContain(`there is no compose file in ${empty}`);
  expect(failure.hint).toContain("docker compose up --detach postgres");
  await rm(empty, { recursive: true });
});

const signal = new AbortController().signal;
const clock = { now: () => new Date(), sleep: async () => undefined };

interface Backups extends AsyncDisposable {
  readonly store: BackupStore;
  backup(changes?: Partial<BackupRequest>): ReturnType<typeof createBackup>;
  files(): Promise<readonly string[]>;
}

async function backups(opened: Database): Promise<Backups> {
  const directory = await mkdtemp(join(tmpdir(), "savepoint backups "));
  const store = new BackupStore(here, directory);
  const request: BackupRequest = {
    database: opened,
    store,
    identity: { app: "shop", environment: "production" },
    purpose: "pre-deploy",
    verify: "read",
    readHistory: async () => [],
    ports: { clock, report: silentReport, signal },
  };
  return {
    store,
    backup: async (changes = {}) => await createBackup({ ...request, ...changes }),
    files: async () => await readdir(directory),
    [Symbol.asyncDispose]: async () => await rm(directory, { recursive: true }),
  };
}

test.each(["postgres", "plain", "lonely"])(
  "a backup of a service is dumped, restored beside and compared by the tools in its container, and lies on the host: %s",
  async (name) => {
    const opened = await database(name);
    await using here = await backups(opened);
    const manifest = await here.backup({ verify: "restore" });
    expect(manifest).toMatchObject({ verified: "restore", database: { name: opened.name } });
    expect(await here.files()).toHaveLength(2);
    // Bridges are taken down in the background.
    await eventually(async () => (await strays(name)).length === 0);
    if (name !== "postgres") return;
    expect(manifest.rows).toMatchObject({ "public.orders": ROWS });
    await using connection = await opened.connectMaintenance("test");
    expect(await connection.query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")).toEqual([
      { datname: "postgres" },
      { datname: "the shop" },
    ]);
  },
);

test("a backup of a service whose tools fail leaves nothing behind, on the host and in the container", async () => {
  const opened = await database();
  await using here = await backups(opened);
  await here.backup();
  await using blocker = await opened.connect("other");
  await blocker.exec("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
  const stop = new AbortController();
  const cancelled = here.backup({ ports: { clock, report: silentReport, signal: stop.signal } });
  await eventually(async () => (await here.files()).length > 2);
  stop.abort();
  await expect(cancelled).rejects.toBeInstanceOf(Cancelled);
  expect((await failureOf(here.backup({ lockTimeoutMs: 500 }))).code).toBe("55P03");
  expect(await strays()).toEqual([]);
  expect((await here.files()).filter((file) => !file.endsWith(".partial"))).toHaveLength(2);
});

test("the official image's superuser as the only role can go back: proven, restored, swapped, and tried with room looked at inside", async () => {
  for (const name of ["postgres", "plain"]) {
    const opened = await database(name);
    expect(await freeBytesOnServer(opened)).toBeGreaterThan(1_000_000);
    expect(await findRestoreObstacles(opened, { freeBytesOnServer: await freeBytesOnServer(opened) })).toEqual([]);
    await using here = await backups(opened);
    {
      await using connection = await opened.connect("test");
      await connection.exec("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
    }
    const manifest = await here.backup();
    {
      await using connection = await opened.connect("test");
      await connection.exec("DROP TABLE kept");
    }
    const { side } = await restoreToSide({
      database: opened,
      store: here.store,
      manifest,
      side: `${name}_side`,
      ports: { clock, report: silentReport, signal },
    });
    await swapDatabases({ database: opened, side, replacedAs: `${name}_failed`, report: silentReport });
    await using connection = await opened.connect("test");
    expect(await connection.query("SELECT id FROM kept")).toEqual([{ id: 1 }]);
  }
});

test("the tools of the container's own major are found, and a missing shell or tool is said", async () => {
  const machine = await service();
  const tools = await clientTools(machine, 10);
  expect((await machine.run({ words: tools.words("pg_dump", "--version") })).stdout).toContain(`(PostgreSQL) ${tools.major}`);
  const failure = await failureOf(clientTools(machine, 99));
  expect(failure).toMatchObject({ code: "client-tools", exit: 2 });
  expect(failure.message).toMatch(/the service postgres/i);
});

test("a container that was started again is found again, and one that is stopped is named", async () => {
  const opened = await database();
  await (await opened.connect("test"))[Symbol.asyncDispose]();
  await compose("restart", "--timeout=1", "postgres");
  await eventually(
    async () =>
      await opened.connect("test").then(
        async (one) => (await one[Symbol.asyncDispose](), true),
        () => false,
      ),
  );
  await compose("stop", "--timeout=1", "postgres");
  const run = await failureOf(opened.toolsOn.run({ words: ["true"] }));
  expect(run.message).toMatch(/the service postgres .* stopped or was replaced/i);
  const dialled = await failureOf(opened.connect("test"));
  expect([dialled.message, ...dialled.evidence].join("\n")).toMatch(/does not run/);
  await compose("up", "--detach", "--wait", "postgres");
});
