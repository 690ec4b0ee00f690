import pg from "pg";
import { expect, test } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { apply, down, failureOf, history, tables, until, world } from "./world.ts";

const TABLE = "-- UP\nCREATE TABLE t (x int);\nINSERT INTO t SELECT generate_series(1, 1000);\n-- DOWN\nDROP TABLE t;\n";
const INDEX =
  "-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY t_x ON t (x);\n-- DOWN\n-- no-transaction\nDROP INDEX CONCURRENTLY t_x;\n";

/** With a value that stands there twice, so that no unique index can be built. */
const TWICE = TABLE.replace("-- DOWN", "INSERT INTO t VALUES (1);\n-- DOWN");

async function indexes(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.sql(
    "SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1",
  );
  return rows.map((row) => `${String(row["name"])} ${row["valid"] === true ? "valid" : "INVALID"}`);
}

async function progress(fresh: FreshDatabase): Promise<unknown> {
  const [row] = await fresh.sql("SELECT state, progress FROM schema_migrations WHERE version = '2'");
  return row;
}

test("an index is built and dropped concurrently", async () => {
  await using fresh = await freshDatabase();
  expect((await apply(fresh, { "1_t.sql": TABLE, "2_x.sql": INDEX })).applied).toEqual(["1", "2"]);
  expect(await indexes(fresh)).toEqual(["t_x valid"]);
  expect(await progress(fresh)).toEqual({ state: "applied", progress: null });
  expect(await down(fresh, { steps: 1 })).toMatchObject({ reverted: ["2"] });
  expect(await indexes(fresh)).toEqual([]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("a failed statement keeps what was done before it, and the mended file goes on behind it", async () => {
  await using fresh = await freshDatabase();
  const file = (last: string) => `-- UP\n-- no-transaction\nCREATE TABLE done ();\nCREATE INDEX CONCURRENTLY t_x ON t (x);\n${last}\n`;
  const files = (last: string) => ({ "1_t.sql": TABLE, "2_x.sql": file(last), "3_c.sql": "-- UP\nCREATE TABLE c ();" });
  const failure = await failureOf(apply(fresh, files("ALTER TABLE nowhere ADD y int;")));
  expect(failure.message).toBe('migrations/2_x.sql:5: relation "nowhere" does not exist (SQLSTATE 42P01)');
  expect(failure.state[0]).toBe(
    "migrations/2_x.sql: 2 of 3 statements are done and stay; it has no transaction around it, and the next run goes on there",
  );
  expect(failure.outputs).toMatchObject({ applied: ["1"], pending: ["2", "3"], current: "1" });
  expect(await progress(fresh)).toMatchObject({ state: "failed", progress: { direction: "up", done: 2, of: 3 } });
  expect(await failureOf(down(fresh, { steps: 1 }))).toMatchObject({
    exit: 2,
    message: expect.stringContaining("is half applied (statement 2 of 3)") as string,
  });

  const altered = await failureOf(
    apply(fresh, {
      ...files("ALTER TABLE t ADD y int;"),
      "2_x.sql": file("ALTER TABLE t ADD y int;").replace("TABLE done ()", "TABLE done (z int)"),
    }),
  );
  expect(altered).toMatchObject({ code: "changed-migration", message: expect.stringContaining("half applied") as string });

  expect(await apply(fresh, files("ALTER TABLE t ADD y int;"))).toEqual({ applied: ["2", "3"], pending: [], current: "3" });
  expect(await tables(fresh)).toEqual(["c", "done", "schema_migrations", "t"]);
  expect(await apply(fresh, files("ALTER TABLE t ADD y int;"))).toMatchObject({ applied: [] });
});

test("a file whose first statement fails leaves no trace: neither row nor index", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(apply(fresh, { "1_t.sql": TWICE, "2_x.sql": INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX") }));
  expect(failure.code).toBe("23505");
  expect(failure.evidence.join()).toContain('the INVALID index "public"."t_x" that it left was dropped');
  expect(await indexes(fresh)).toEqual([]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("an INVALID index that something else left is named, not taken for a good one and not dropped", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_t.sql": TWICE });
  await expect(fresh.sql("CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x)")).rejects.toThrow("could not create unique index");
  const files = { "1_t.sql": TWICE, "2_x.sql": INDEX.replace("t_x ON t", "IF NOT EXISTS T_X ON ONLY public.t") };
  const failure = await failureOf(apply(fresh, files));
  expect(failure).toMatchObject({
    code: "invalid-index",
    hint: expect.stringContaining('DROP INDEX CONCURRENTLY "public"."t_x"') as string,
  });
  expect(await indexes(fresh)).toEqual(["t_x INVALID"]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("other sessions' old transactions are waited for without failing, and named", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_t.sql": TABLE });
  const holder = new pg.Client({ connectionString: fresh.url, application_name: "the app" });
  await holder.connect();
  await holder.query("BEGIN; INSERT INTO t VALUES (1)");
  const seen = world();
  const applying = apply(fresh, { "1_t.sql": TABLE, "2_x.sql": INDEX }, { world: seen, lockTimeoutMs: 200 });
  await until(async () => seen.said.some((line) => line.includes("the app")));
  await holder.query("COMMIT");
  await holder.end();
  expect((await applying).applied).toEqual(["2"]);
  expect(await indexes(fresh)).toEqual(["t_x valid"]);
});

test("a cancelled build leaves neither INVALID index nor row, and the next run builds it", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_t.sql": TABLE });
  const holder = new pg.Client({ connectionString: fresh.url });
  await holder.connect();
  // An old snapshot: the build waits for it at its very end, and dropping the half-built index need not.
  await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await holder.query("SELECT 1");
  const seen = world();
  const applying = apply(fresh, { "1_t.sql": TABLE, "2_x.sql": INDEX }, { world: seen });
  applying.catch(() => undefined);
  await until(async () => (await indexes(fresh)).includes("t_x INVALID"));
  await until(async () => seen.said.some((line) => line.includes("Waits for a lock")));
  seen.cancel();
  await expect(applying).rejects.toBeInstanceOf(Cancelled);
  expect(await indexes(fresh)).toEqual([]);
  expect(await history(fresh)).toEqual(["1 applied"]);
  await holder.end();
  await apply(fresh, { "1_t.sql": TABLE, "2_x.sql": INDEX });
  expect(await indexes(fresh)).toEqual(["t_x valid"]);
  expect(await history(fresh)).toEqual(["1 applied", "2 applied"]);
});

test("a statement that can share a transaction with its progress does: there is no moment in which only one of them is there", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_t.sql": TABLE });
  await fresh.sql(`CREATE TABLE seen (what text, transaction bigint);
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES ('progress ' || (NEW.progress->>'done'), txid_current()); RETURN NEW; END $$;
    CREATE TRIGGER look AFTER UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION look()`);
  await apply(fresh, {
    "1_t.sql": TABLE,
    "2_s.sql": "-- UP\n-- no-transaction\nINSERT INTO seen VALUES ('statement', txid_current());\nVACUUM t;",
  });
  expect(
    await fresh.sql(
      "SELECT count(*)::int AS together FROM seen s JOIN seen p USING (transaction) WHERE s.what = 'statement' AND p.what = 'progress 1'",
    ),
  ).toEqual([{ together: 1 }]);
});

test("VACUUM, DO blocks that commit, and statements of their own transactions run side by side", async () => {
  await using fresh = await freshDatabase();
  const file =
    "-- UP\n-- no-transaction\nVACUUM t;\nDO $$ BEGIN UPDATE t SET x = x + 1; COMMIT; DELETE FROM t WHERE x > 500; COMMIT; END $$;\nALTER TABLE t ADD y int;\n";
  expect((await apply(fresh, { "1_t.sql": TABLE, "2_v.sql": file })).applied).toEqual(["1", "2"]);
});

test("a DOWN that stopped half-way is finished before anything else is applied", async () => {
  await using fresh = await freshDatabase();
  const file = "-- UP\nCREATE TABLE a ();\nCREATE TABLE b ();\n-- DOWN\n-- no-transaction\nDROP TABLE a;\nDROP TABLE b;\n";
  await apply(fresh, { "1_t.sql": TABLE, "2_ab.sql": file });
  await fresh.sql("CREATE VIEW needs_b AS SELECT 1 FROM b");
  expect((await failureOf(down(fresh, { steps: 1 }))).code).toBe("2BP01");
  expect(await progress(fresh)).toMatchObject({ state: "failed", progress: { direction: "down", done: 1, of: 2 } });
  expect(await failureOf(apply(fresh, { "1_t.sql": TABLE, "2_ab.sql": file }))).toMatchObject({ code: "half-applied" });
  await fresh.sql("DROP VIEW needs_b");
  expect(await down(fresh, { steps: 1 })).toMatchObject({ reverted: ["2"] });
  expect(await tables(fresh)).toEqual(["schema_migrations", "t"]);
});

test("how far a migration came is not guessed: where somebody changed that, nothing is run, and it is said what is wrong", async () => {
  await using fresh = await freshDatabase();
  const files = { "1_t.sql": TWICE, "2_x.sql": INDEX.replace("CREATE INDEX", "CREATE TABLE made ();\nCREATE UNIQUE INDEX") };
  await failureOf(apply(fresh, files));
  await fresh.sql(`UPDATE schema_migrations SET progress = '{"direction": "up", "done": "one", "of": 2}' WHERE version = '2'`);
  expect(await failureOf(apply(fresh, files))).toMatchObject({
    code: "history-damaged",
    message: 'How far the migration 2 came (`progress` in "public"."schema_migrations") cannot be read: `done` is missing or wrong.',
  });
});
