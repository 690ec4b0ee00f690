import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { tracesIn } from "../../lab/traces.ts";
import type { Flags, RunOptions, Shop } from "../../lab/shop.ts";

/** A refusal touches nothing: each kind of it, by each operation that has it, in one shop. */
let shop: Shop;
let stable: string;

interface Refused {
  readonly what: string;
  readonly operation: string;
  readonly flags?: () => Flags;
  readonly options?: RunOptions;
  readonly says: RegExp;
}

async function expectUntouched({ operation, flags, options, says }: Refused): Promise<void> {
  const before = await tracesIn(shop.stateDir);
  const run = await shop.run(operation, flags?.() ?? {}, options);
  expect(run.json.message).toMatch(says);
  expect(run.code).toBe(2);
  expect(await tracesIn(shop.stateDir)).toEqual(before);
}

/** Steps of one workflow: they are one run's however long ago the last was. */
const MINE: RunOptions = { workflow: "100.1" };
const BEA: RunOptions = { env: { SAVEPOINT_RUN: "bea@desk" } };

beforeAll(async () => {
  const settled = await settledShop();
  shop = settled;
  stable = settled.first.commit;
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" } });
});
afterAll(async () => await shop[Symbol.asyncDispose]());

describe("with nothing open", () => {
  const prefix = () => ({ "tag-prefix": "a..b" });
  test.each<Refused>([
    { what: "a prefix that no tag can have", operation: "backup", flags: prefix, says: /No git tag can be called/ },
    { what: "a prefix that no tag can have", operation: "rollout", flags: prefix, says: /No git tag can be called/ },
    { what: "a prefix that no tag can have", operation: "deploy", flags: prefix, says: /No git tag can be called/ },
    { what: "what does not run", operation: "mark-stable", says: /only what runs can be marked stable/ },
    {
      what: "nothing that is called so",
      operation: "rollback",
      flags: () => ({ confirm: "production", reason: "no", to: "v99" }),
      says: /v99/,
    },
    { what: "no confirmation", operation: "restore", flags: () => ({ backup: "latest" }), says: /confirm/ },
    { what: "no name", operation: "drop-replaced", says: /not said/ },
  ])("$operation: $what", async (refused) => await expectUntouched(refused));

  describe("where the way back is not open", () => {
    beforeAll(async () => void (await shop.database.superuser(`ALTER ROLE ${shop.database.owner} NOCREATEDB`)));
    afterAll(async () => void (await shop.database.superuser(`ALTER ROLE ${shop.database.owner} CREATEDB`)));
    test.each<Refused>(["backup", "rollout", "deploy"].map((operation) => ({ what: "", operation, says: /way back is not open/ })))(
      "$operation",
      async (refused) => await expectUntouched(refused),
    );
  });

  describe("where no database can be made beside it, which only the trial shows", () => {
    const place = "nobodys_room";
    const sql = async (text: string) => await shop.database.superuser(text, "postgres");
    // In-place ones are for those who develop PostgreSQL: they need no folder of the server's user.
    const inPlace = async (on: string) => {
      await sql(`ALTER ROLE postgres ${on}`);
    };
    const move = async (to: string): Promise<void> => {
      await shop.byHand("stop");
      await sql(`ALTER DATABASE "${shop.database.name}" SET TABLESPACE ${to}`);
      await shop.byHand("start");
    };
    beforeAll(async () => {
      await inPlace("SET allow_in_place_tablespaces = on");
      await sql(`CREATE TABLESPACE ${place} LOCATION ''`);
      await inPlace("RESET allow_in_place_tablespaces");
      await move(place);
    });
    afterAll(async () => {
      await move("pg_default");
      await sql(`DROP TABLESPACE ${place}`);
    });
    test.each<Refused>(
      ["backup", "rollout", "deploy"].map((operation) => ({ what: "", operation, says: /a database beside .* cannot be made/ })),
    )("$operation", async (refused) => await expectUntouched(refused));
  });
});

describe("beside a deploy that one only backed up for, and left at a terminal for longer than `lock-lease`", () => {
  beforeAll(async () => {
    expect((await shop.run("backup")).code).toBe(0);
    await shop.age(31 * 60);
  });
  test.each<Refused>([{ what: "another savepoint than its own", operation: "migrate", says: /goes on only within 30 min/ }])(
    "$operation: $what",
    async (refused) => await expectUntouched(refused),
  );
  test("and once one has backed up again, it goes on in that deploy", async () => {
    const backup = await shop.run("backup");
    expect(backup.code).toBe(0);
    expect((await shop.run("migrate")).code).toBe(0);
    const migrated = (await shop.journal()).findLast(({ kind, step }) => kind === "step.done" && step === "migrate");
    expect(migrated.deploy).toBe(backup.json.outputs.savepoint);
    expect((await shop.run("rollback")).json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  });
});

describe("in this run's own open deploy", () => {
  beforeAll(async () => {
    await shop.commit({ files: { NEWS: "as the one before was taken back" } });
    expect((await shop.run("backup", {}, MINE)).code).toBe(0);
    await shop.age(7200);
  });
  test.each<Refused>([
    { what: "a savepoint that is too old", operation: "migrate", options: MINE, says: /savepoint is 2 h/ },
    {
      what: "a savepoint that is too old",
      operation: "rollout",
      flags: () => ({ phase: "switch" }),
      options: MINE,
      says: /savepoint is 2 h/,
    },
    { what: "health that was never checked", operation: "mark-stable", options: MINE, says: /health was never checked/ },
    {
      what: "an open deploy",
      operation: "restore",
      flags: () => ({ backup: "latest", confirm: "production" }),
      options: MINE,
      says: /is open/,
    },
    { what: "no reason", operation: "unlock", flags: () => ({ confirm: "production" }), options: MINE, says: /reason/ },
  ])("$operation: $what", async (refused) => await expectUntouched(refused));
});

describe("in this run's own open deploy that changed something", () => {
  beforeAll(async () => {
    expect((await shop.run("migrate", { "max-savepoint-age": "1d" }, MINE)).code).toBe(0);
    await shop.age(7200);
  });
  test.each<Refused>([
    { what: "half a deploy", operation: "backup", options: MINE, says: /changed the database or the code already/ },
    { what: "half a deploy", operation: "deploy", options: MINE, says: /left half-way/ },
    { what: "another commit", operation: "backup", flags: () => ({ commit: stable }), options: MINE, says: /open deploy/ },
    { what: "another commit", operation: "mark-stable", flags: () => ({ commit: stable }), options: MINE, says: /open deploy/ },
    { what: "no confirmation", operation: "rollback", flags: () => ({ to: stable }), options: BEA, says: /confirm/ },
    { what: "another's deploy, which was left", operation: "deploy", options: BEA, says: /was left by/ },
    { what: "another's deploy, which was left", operation: "migrate", options: BEA, says: /was left by/ },
    { what: "another's deploy, which was left", operation: "mark-stable", options: BEA, says: /was left by/ },
  ])("$operation: $what", async (refused) => await expectUntouched(refused));

  test("and the rollback goes on at once, and is good", async () => {
    const back = await shop.run("rollback", {}, MINE);
    expect(back.stderr).not.toContain("Waiting");
    expect(back.code).toBe(0);
    expect(await shop.health()).toMatchObject({ status: 200, commit: stable });
  });
});
