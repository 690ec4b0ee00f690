import { execFile } from "node:child_process";
import { chmod, chown, mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { clientTools } from "../../../src/postgres/tools.ts";
import { type Cluster, sharedClusterUrl, startCluster } from "../../lab/postgres.ts";
import { failureOf } from "./open.ts";
import { removeFolder } from "../../lab/folder.ts";

const execute = promisify(execFile);
let cluster: Cluster;
let folder: string;
let certificate: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint tls-"));
  await chmod(folder, 0o755);
  certificate = join(folder, "server.crt");
  const key = join(folder, "server.key");
  await execute("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  await chmod(key, 0o600);
  // The server wants the key to be its own.
  cluster = await startCluster();
  await chown(key, (await stat(cluster.socketDirectory)).uid, -1);
  await cluster.stop();
  await execute("sh", [
    "-c",
    `printf "ssl = on\\nssl_cert_file = '%s'\\nssl_key_file = '%s'\\n" "$1" "$2" >> "$3"`,
    "sh",
    certificate,
    key,
    join(cluster.socketDirectory, "data", "postgresql.conf"),
  ]);
  await cluster.start();
});

afterAll(async () => {
  await cluster.remove();
  await removeFolder(folder);
});

function at(host: string, query: string, machine: Machine = localMachine()): Database {
  return openDatabase({
    target: parseTargetUrl(`postgres://postgres:postgres@${host}:${cluster.port}/postgres?${query}`),
    dialFrom: machine,
    toolsOn: machine,
  });
}

async function encrypted(database: Database): Promise<unknown> {
  await using connection = await database.connect("check");
  const [row] = await connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
  return row?.["ssl"];
}

test("sslmode means what it means to libpq", async () => {
  const root = `sslrootcert=${encodeURIComponent(certificate)}`;
  expect(await encrypted(at("127.0.0.1", "sslmode=disable"))).toBe(false);
  expect(await encrypted(at("127.0.0.1", "sslmode=prefer"))).toBe(true);
  expect(await encrypted(at("127.0.0.1", "sslmode=require"))).toBe(true);
  expect(await encrypted(at("127.0.0.1", `sslmode=verify-ca&${root}`))).toBe(true);
  expect(await encrypted(at("localhost", `sslmode=verify-full&${root}`))).toBe(true);
});

test("a certificate that proves nothing is refused where proof was asked for", async () => {
  const root = `sslrootcert=${encodeURIComponent(certificate)}`;
  for (const [host, query] of [
    ["localhost", "sslmode=verify-full"],
    ["localhost", "sslmode=verify-ca"],
    ["127.0.0.1", `sslmode=verify-full&${root}`],
  ] as const) {
    expect(await failureOf(at(host, query).connect("check")), query).toMatchObject({
      code: "tls",
      hint: expect.stringContaining("sslrootcert"),
    });
  }
  const missing = await failureOf(at("localhost", "sslmode=verify-full&sslrootcert=/no/such.crt").connect("check"));
  expect(missing.message).toContain("sslrootcert");
});

test("a server without encryption is not taken where encryption was asked for", async () => {
  const machine = localMachine();
  const target = { ...parseTargetUrl(sharedClusterUrl()), sslmode: "require" };
  const database = openDatabase({ target, dialFrom: machine, toolsOn: machine });
  expect(await failureOf(database.connect("check"))).toMatchObject({
    code: "tls",
    message: expect.stringContaining("does not offer encryption"),
  });
});

test("a stream that is no socket, as through SSH, carries plain and encrypted sessions", async () => {
  const here = localMachine();
  const through: Machine = {
    ...here,
    dial: async (address) => {
      const socket = await here.dial(address);
      return Duplex.from({ readable: socket, writable: socket });
    },
  };
  expect(await encrypted(at("127.0.0.1", "sslmode=require", through))).toBe(true);
  expect(await encrypted(at("127.0.0.1", "sslmode=disable", through))).toBe(false);
  await using connection = await at("127.0.0.1", "sslmode=require", through).connect("check");
  const [row] = await connection.query<{ length: number }>("SELECT length(repeat('x', 3000000)) AS length, repeat('x', 3000000) AS much");
  expect(row?.length).toBe(3_000_000);
});

test("client tools get the same meaning from the same URL", async () => {
  const database = at("localhost", `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`);
  const tools = await clientTools(database.toolsOn, 12);
  const ask = { words: tools.words("psql", "-w", "-X", "-A", "-t", "-c", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") };
  expect((await database.toolsOn.run({ ...ask, env: database.environment() })).stdout.trim()).toBe("t");
  const wrong = at("127.0.0.1", `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`);
  expect((await wrong.toolsOn.run({ ...ask, env: wrong.environment() })).code).not.toBe(0);
});

test("channel_binding=require wants the login bound to the encrypted connection", async () => {
  expect(await encrypted(at("127.0.0.1", "sslmode=require&channel_binding=require"))).toBe(true);
  expect(await failureOf(at("127.0.0.1", "sslmode=disable&channel_binding=require").connect("check"))).toMatchObject({
    code: "tls",
    message: expect.stringContaining("channel_binding=require"),
  });
});

test("the versions of TLS that a URL allows bind our sessions and the tools", async () => {
  const ask = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const database = at("127.0.0.1", `sslmode=require&ssl_min_protocol_version=${version}&ssl_max_protocol_version=${version}`);
    await using connection = await database.connect("check");
    expect(await connection.query(ask)).toEqual([{ version }]);
    const tools = await clientTools(database.toolsOn, 12);
    const words = tools.words("psql", "-w", "-X", "-A", "-t", "-c", ask);
    expect((await database.toolsOn.run({ words, env: database.environment() })).stdout.trim()).toBe(version);
  }
});

test("the server that writes is asked for by target_session_attrs, and another one is not worked on", async () => {
  await encrypted(at("127.0.0.1", "target_session_attrs=read-write"));
  const readonly = "target_session_attrs=read-write&options=-c%20default_transaction_read_only%3Don";
  expect(await failureOf(at("127.0.0.1", readonly).connect("check"))).toMatchObject({ code: "read-only", exit: 2 });
  await encrypted(at("127.0.0.1", readonly.replace("read-write", "primary")));
});

test("a Unix socket is dialled as libpq would", async () => {
  const machine = localMachine();
  const target = parseTargetUrl(
    `postgres://postgres:postgres@/postgres?host=${encodeURIComponent(cluster.socketDirectory)}&port=${cluster.port}&sslmode=require`,
  );
  expect(await encrypted(openDatabase({ target, dialFrom: machine, toolsOn: machine }))).toBe(false);
});
