import { expect, test } from "vitest";
import { downPlan } from "../../../src/migration/down.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { apply, down, failureOf, history, open, tables, world } from "./world.ts";

const table = (name: string): string => `-- UP\nCREATE TABLE ${name} (x int);\n-- DOWN\nDROP TABLE ${name};\n`;
const THREE = { "1_a.sql": table("a"), "2_b.sql": table("b"), "3_c.sql": table("c") };

test("going down to a version takes back what is above it, from the history alone, and warns of what is lost", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, THREE);
  const seen = world();
  expect(await down(fresh, { to: "1" }, { world: seen })).toMatchObject({ applied: [], reverted: ["3", "2"], current: "1" });
  expect(seen.warned.join()).toContain("3 (c), line 1 of its DOWN: DROP TABLE loses what is in it");
  expect(await tables(fresh)).toEqual(["a", "schema_migrations"]);
  expect(await history(fresh)).toEqual(["1 applied"]);
  expect(await apply(fresh, THREE)).toMatchObject({ applied: ["2", "3"] });
});

test("going down by steps takes back the last applied first, also where an older version came later", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_a.sql": table("a"), "3_c.sql": table("c") });
  await apply(fresh, THREE);
  expect(await down(fresh, { steps: 1 })).toMatchObject({ reverted: ["2"], current: "3" });
});

test("0 takes everything back; the empty history stays", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, THREE);
  expect(await down(fresh, { to: "0" })).toMatchObject({ reverted: ["3", "2", "1"], current: "" });
  expect(await tables(fresh)).toEqual(["schema_migrations"]);
  expect(await down(fresh, { steps: 1 })).toMatchObject({ reverted: [] });
});

test("every missing or irreversible DOWN is said before anything runs", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, {
    "1_a.sql": table("a"),
    "2_b.sql": "-- UP\nCREATE TABLE b ();\n",
    "3_c.sql": "-- UP\nCREATE TABLE c ();\n-- irreversible: gone\n",
    "4_d.sql": table("d"),
  });
  const failure = await failureOf(down(fresh, { to: "1" }));
  expect(failure).toMatchObject({ exit: 2, code: "no-way-down", evidence: ["3 (c): is marked irreversible", "2 (b): has no DOWN"] });
  expect(await history(fresh)).toHaveLength(4);
  expect(await down(fresh, { steps: 1 })).toMatchObject({ reverted: ["4"] });
});

test("a version that is not applied is no place to go down to", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, THREE);
  expect(await failureOf(down(fresh, { to: "7" }))).toMatchObject({
    exit: 2,
    message: "Version 7 is not applied, so there is no going down to it.",
  });
});

test("a DOWN that fails is rolled back with its row kept, and those before it are named", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_a.sql": "-- UP\nCREATE TABLE a ();\n-- DOWN\nDROP TABLE a;\n\nDROP TABLE nowhere;", "2_b.sql": table("b") });
  const failure = await failureOf(down(fresh, { to: "0" }));
  expect(failure.message).toBe('the DOWN of 1:3: table "nowhere" does not exist (SQLSTATE 42P01)');
  expect(failure).toMatchObject({ outputs: { current: "1" }, state: ["Taken back before it: 2"] });
  expect(await tables(fresh)).toEqual(["a", "schema_migrations"]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("the rollback decision learns which versions are beyond a set, and whether all have a DOWN", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { ...THREE, "4_d.sql": "-- UP\nCREATE TABLE d ();\n" });
  await using connection = await open(fresh).connect("look", { asApp: true });
  const possible = await downPlan(connection, ["01", "2", "4"]);
  expect(possible.steps.map((step) => step.row.version)).toEqual(["3"]);
  expect(possible.problems).toEqual([]);
  expect((await downPlan(connection, ["1"])).problems).toEqual(["4 (d): has no DOWN"]);
  expect((await downPlan(connection, ["1", "2", "3", "4", "5"])).problems).toEqual(["5: is not applied, and going down cannot bring it"]);
  expect((await downPlan(connection, ["1", "2", "3"])).steps).toMatchObject([{ row: { version: "4" }, problem: "has no DOWN" }]);
});

test("where schema_migrations is another tool's, nothing of ours can go down, and going down is refused", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
  await using connection = await open(fresh).connect("look", { asApp: true });
  expect((await downPlan(connection, [])).steps).toEqual([]);
  expect(await failureOf(down(fresh, { steps: 1 }))).toMatchObject({ code: "foreign-history" });
});
