import { expect, test } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { Secret } from "../../../src/core/secret.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { readHistories } from "../../../src/migration/histories.ts";
import { runMigrationCommand } from "../../../src/migration/run.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { failureOf, open, world, type World } from "./world.ts";

async function run(fresh: FreshDatabase, command: string, used: World = world()) {
  return await runMigrationCommand({
    machine: localMachine(),
    cwd: "/",
    command,
    env: { DATABASE_URL: new Secret(fresh.url), SAVEPOINT_COMMIT: "abc" },
    signal: used.ports.signal,
    report: used.ports.report,
    histories: async () => {
      await using connection = await open(fresh).connect("look");
      return await readHistories(connection);
    },
  });
}

const DDL = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('001');";

test("what another tool applied is read from its own history", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql(DDL);
  expect(
    await run(fresh, `psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -qc "INSERT INTO schema_migrations VALUES ('002'), ('003')"`),
  ).toMatchObject({ applied: ["002", "003"], pending: [], current: "003", seen: true });
  expect(await run(fresh, "true")).toMatchObject({ applied: [], current: "003" });
});

test("a tool without a known history runs, and that is said", async () => {
  await using fresh = await freshDatabase();
  expect(await run(fresh, "echo ready >&2; test $SAVEPOINT_COMMIT = abc")).toMatchObject({ applied: [], seen: false });
});

test("a failing tool fails the step with its last lines and what it had applied, its secrets masked", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql(DDL);
  const failure = await failureOf(
    run(
      fresh,
      `psql "$DATABASE_URL" -qc "INSERT INTO schema_migrations VALUES ('002')"; echo "cannot reach $DATABASE_URL, password secret"; exit 3`,
    ),
  );
  expect(failure.message).toMatch(/^The migration command failed \(exit 3, after /);
  expect(failure.evidence).toEqual(["cannot reach ***, password ***"]);
  expect(failure).toMatchObject({ outputs: { applied: ["002"], current: "002" }, state: ["Its history table says that was applied: 002"] });
});

test("a tool that ends with 0 and leaves a migration half applied is no success", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)");
  const failure = await failureOf(run(fresh, `psql "$DATABASE_URL" -qc "INSERT INTO schema_migrations VALUES (7, true)"`));
  expect(failure.message).toContain("left 1 migration unfinished: public.schema_migrations: 7 (golang-migrate)");
});

test("a cancelled run ends the tool", async () => {
  await using fresh = await freshDatabase();
  const used = world();
  const running = run(fresh, "sleep 600", used);
  setTimeout(used.cancel, 200);
  await expect(running).rejects.toBeInstanceOf(Cancelled);
});
