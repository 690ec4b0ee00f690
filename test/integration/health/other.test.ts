import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as alone } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { Secret } from "../../../src/core/secret.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { freePort, freshDatabase } from "../../lab/postgres.ts";
import { serve, serveTcp } from "./servers.ts";
import { PatientClock, see, seeFailing, streamingHost } from "./world.ts";

// Most of a red check is pauses.
const test = alone.concurrent;

function opened(url: string) {
  const machine = localMachine();
  return openDatabase({ target: parseTargetUrl(url), dialFrom: machine, toolsOn: machine });
}

test("an address that accepts connections is healthy; every one given must", async () => {
  await using one = await serveTcp(() => undefined);
  await using two = await serveTcp((socket) => socket.end("220 ready\r\n"));
  expect((await see({ tcp: `localhost:${one.port}\n127.0.0.1:${two.port}` })).verdict.state).toBe("healthy");
  const port = await freePort();
  const { verdict } = await seeFailing({ tcp: `localhost:${one.port}\nlocalhost:${port}` });
  expect(verdict).toMatchObject({ state: "failing", reason: `connection refused (localhost:${port})` });
  expect(verdict.evidence[0]).toBe(`tcp localhost:${one.port}: passed, localhost:${one.port} accepts connections`);
});

test("a proxy that accepts for a server that is not there is red", async () => {
  await using proxy = await serveTcp((socket) => socket.destroy());
  const { verdict } = await seeFailing({ tcp: `localhost:${proxy.port}` });
  expect(verdict.reason).toContain("accepts connections and closes them at once");
});

test("a query that is true is healthy, and leaves no session behind", async () => {
  await using fresh = await freshDatabase();
  const { verdict } = await see({ query: "SELECT count(*) > 0 AS ok FROM pg_class" }, { database: opened(fresh.url) });
  expect(verdict).toMatchObject({ state: "healthy", details: ["the query is true"] });
  const left = await fresh.superuser(
    `SELECT application_name FROM pg_stat_activity WHERE datname = '${fresh.name}' AND pid <> pg_backend_pid()`,
  );
  expect(left).toEqual([]);
});

test.each(["SELECT 1", "SELECT 1::bigint", "SELECT 0.5::numeric", "SELECT 'up'", "SELECT now()", "SELECT true AS a, false AS b"])(
  "%s is true",
  async (query) => {
    await using fresh = await freshDatabase();
    expect((await see({ query, successes: "1" }, { database: opened(fresh.url) })).verdict.state).toBe("healthy");
  },
);

test.each([
  ["SELECT false", "the query returned false"],
  ["SELECT 0", "the query returned 0"],
  ["SELECT 0::bigint", "the query returned 0"],
  ["SELECT 0.00::numeric", "the query returned 0.00"],
  ["SELECT NULL", "the query returned null"],
  ["SELECT ''", "the query returned an empty text"],
  ["SELECT true WHERE false", "the query returned no row"],
  ["SELECT 'off'", "the query returned off"],
  ["SELECT '  '", "the query returned an empty text"],
  ["SELECT repeat('0', 9999)", `the query returned ${"0".repeat(39)}…`],
  ["SELECT 1/0", "the query failed (22012)"],
  ["SELECT * FROM not_there", 'the query failed: relation "not_there" does not exist'],
])("%s is red: %s", async (query, reason) => {
  await using fresh = await freshDatabase();
  const { verdict } = await seeFailing({ query }, { database: opened(fresh.url) });
  expect(verdict.reason).toContain(reason);
});

test("a table that appears in time makes it green", async () => {
  await using fresh = await freshDatabase();
  const waits = Promise.withResolvers<string>();
  const seeing = see({ query: "SELECT true FROM ready" }, { database: opened(fresh.url), heard: waits.resolve });
  expect(await Promise.race([waits.promise, seeing])).toContain("does not exist");
  await fresh.sql("CREATE TABLE ready AS SELECT 1");
  expect((await seeing).verdict.state).toBe("healthy");
});

test("a syntax error is not waited for, and shows its place", async () => {
  await using fresh = await freshDatabase();
  const { verdict } = await seeFailing({ query: "SELEC true" }, { database: opened(fresh.url) });
  expect(verdict).toMatchObject({ state: "failing", attempts: 1 });
  expect(verdict.evidence.join("\n")).toContain("line 1: SELEC true\n        ^");
});

test("what a row holds stands in no reason, which is journaled: an error that quotes it is evidence", async () => {
  await using fresh = await freshDatabase();
  for (const [query, code] of [
    ["SELECT email::int FROM (VALUES ('ada@shop.example')) AS users (email)", "22P02"],
    ["DO $$ BEGIN RAISE EXCEPTION 'ada@shop.example is blocked'; END $$", "P0001"],
  ]) {
    const { verdict } = await seeFailing({ query: query ?? "" }, { database: opened(fresh.url) });
    expect(verdict.reason).toBe(`the query failed (${code})`);
    expect(verdict.evidence.join("\n")).toContain("ada@shop.example");
  }
});

test("a query that takes too long is red at the deadline, and is ended on the server", async () => {
  await using fresh = await freshDatabase();
  const clock = new PatientClock();
  const seeing = seeFailing({ query: "SELECT pg_sleep(600)", timeout: "5m" }, { database: opened(fresh.url), clock });
  const running = async () =>
    await fresh.superuser(
      `SELECT 1 FROM pg_stat_activity WHERE datname = '${fresh.name}' AND query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
  await expect.poll(running).toHaveLength(1);
  clock.end();
  expect((await seeing).verdict.reason).toContain("the query did not end within");
  await expect.poll(running).toEqual([]);
});

test("the server knows the query's time limit too, for the case that this process dies", async () => {
  await using fresh = await freshDatabase();
  expect((await see({ query: "SELECT current_setting('statement_timeout') <> '0'" }, { database: opened(fresh.url) })).verdict.state).toBe(
    "healthy",
  );
});

test("a wrong password is red, with a hint and without the password", async () => {
  await using fresh = await freshDatabase();
  const { verdict, all } = await seeFailing({ query: "SELECT true" }, { database: opened(fresh.url.replace(":secret@", ":canary-4711@")) });
  expect(verdict.reason).toContain("password authentication failed");
  expect(all).not.toContain("canary");
});

test("a database that is down is red", async () => {
  const { verdict } = await seeFailing(
    { query: "SELECT true" },
    { database: opened(`postgres://u:pw-canary@127.0.0.1:${await freePort()}/app`) },
  );
  expect(verdict.state).toBe("failing");
});

test("a command that exits with 0 is healthy, whatever it says on stderr", async () => {
  expect((await see({ command: "echo noise >&2" })).verdict.state).toBe("healthy");
});

test("a command that fails is red, with its last lines", async () => {
  const { verdict } = await seeFailing({
    command: "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; echo 'last word' >&2; exit 3",
  });
  expect(verdict).toMatchObject({ state: "failing", reason: "the command failed (exit 3)" });
  const { evidence } = verdict;
  expect(evidence).toContain("output (the last 20 lines):");
  expect(evidence).toContain("| line 30");
  expect(evidence).toContain("| last word");
  expect(evidence).not.toContain("| line 10");
});

test("a command gets its folder and its environment", async () => {
  const { verdict } = await see(
    { command: 'test "$PWD" = / && test "$SAVEPOINT_COMMIT" = abc' },
    { cwd: "/", env: { SAVEPOINT_COMMIT: "abc" }, machine: streamingHost() },
  );
  expect(verdict.state).toBe("healthy");
});

test("no beginning of a secret is left where a line of a command's output is cut", async () => {
  const token = new Secret("canary-of-many-characters");
  const command = "head -c 990 /dev/zero | tr '\\0' x; echo $TOKEN; exit 1";
  const { verdict, all } = await seeFailing({ command }, { env: { TOKEN: token } });
  expect(verdict.evidence.join("\n")).toContain(`| ${"x".repeat(990)}***`);
  expect(all).not.toContain("canary");
});

test("a missing folder is red, and not another folder", async () => {
  const { verdict } = await seeFailing({ command: "true" }, { cwd: "/no/such/folder" });
  expect(verdict.reason).toContain("/no/such/folder");
});

test("a command that hangs is ended at the deadline, with what it said", async () => {
  const clock = new PatientClock();
  await using folder = await mkdtempDisposable(join(tmpdir(), "savepoint-begun-"));
  const seeing = seeFailing({ command: "echo begun; : > begun; sleep 600" }, { cwd: folder.path, clock });
  await expect.poll(() => existsSync(join(folder.path, "begun"))).toBe(true);
  clock.end();
  const { verdict } = await seeing;
  expect(verdict).toMatchObject({ state: "failing", attempts: 1 });
  expect(verdict.evidence).toContain("| begun");
});

test("cancelled while a command runs, it stops", async () => {
  const stop = new AbortController();
  await using folder = await mkdtempDisposable(join(tmpdir(), "savepoint-begun-"));
  const seeing = see({ command: ": > begun; sleep 600" }, { cwd: folder.path, signal: stop.signal });
  seeing.catch(() => undefined);
  await expect.poll(() => existsSync(join(folder.path, "begun"))).toBe(true);
  stop.abort();
  await expect(seeing).rejects.toBeInstanceOf(Cancelled);
});

test("the command waits for the other checks", async () => {
  let asked = 0;
  await using app = await serve((_request, response) => response.writeHead((asked += 1) < 4 ? 503 : 200).end());
  const { verdict } = await see({ url: `http://localhost:${app.port}/`, command: "true" });
  expect(verdict).toMatchObject({ state: "healthy", attempts: 6 });
  expect(verdict.state === "healthy" && verdict.details.at(-1)).toBe("the command passes");
});
