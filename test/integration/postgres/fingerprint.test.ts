import { expect, test } from "vitest";
import type { Connection } from "../../../src/postgres/connection.ts";
import { countRows, sequenceValues } from "../../../src/postgres/counts.ts";
import { OWN_SCHEMA } from "../../../src/postgres/catalog-scope.ts";
import { schemaFingerprint, schemaListing } from "../../../src/postgres/fingerprint.ts";
import { compareFingerprints, restoredFingerprint } from "../../../src/postgres/likeness.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { fillOdd, fillRich } from "../../lab/rich.ts";
import { dumpInto, open } from "./open.ts";

test("a database dumped and restored by an owner who is no superuser has the same fingerprint, rows and sequences", async () => {
  await using fresh = await freshDatabase();
  await fillRich(fresh);
  const database = open(fresh);
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using live = await database.connect("check");
  await using restored = await database.connect("check", { database: side });
  expect(await schemaListing(restored)).toEqual(await schemaListing(live));
  expect(await schemaFingerprint(restored)).toBe(await schemaFingerprint(live));
  expect(await countRows(restored)).toEqual(await countRows(live));
  expect(await sequenceValues(restored)).toEqual(await sequenceValues(live));
  expect((await countRows(live)).get(`"Loja & Café 🐘"."O'Reilly ""book"" 📚"`)).toBe(3);
  expect((await sequenceValues(live)).get("shop.customer_id_seq")).toBe(2495n);
});

test("with what only a superuser restores it is the same too, whoever asks", async () => {
  await using fresh = await freshDatabase();
  await fillRich(fresh, { superuser: true });
  const database = open(fresh, { admin: true });
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using live = await database.connect("check");
  await using asAdmin = await database.connect("check", { admin: true });
  await using restored = await database.connect("check", { admin: true, database: side });
  expect(await schemaListing(asAdmin)).toEqual(await schemaListing(live));
  expect(await schemaListing(restored)).toEqual(await schemaListing(live));
});

test("settings of the session or the database do not change it, and the session keeps its own", async () => {
  await using fresh = await freshDatabase();
  await fillRich(fresh);
  const database = open(fresh);
  await using plain = await database.connect("check");
  const fingerprint = await schemaFingerprint(plain);
  await fresh.superuser(
    `ALTER DATABASE "${fresh.name}" SET search_path = shop, "Loja & Café 🐘"; ALTER DATABASE "${fresh.name}" SET timezone = 'Asia/Tokyo'; ALTER DATABASE "${fresh.name}" SET intervalstyle = 'iso_8601'`,
  );
  await using other = await database.connect("check");
  expect(await schemaFingerprint(other)).toBe(fingerprint);
  expect(await other.query("SELECT current_setting('search_path') AS path, current_setting('timezone') AS zone")).toEqual([
    { path: 'shop, "Loja & Café 🐘"', zone: "Asia/Tokyo" },
  ]);
});

test("what the server itself notes on a column is no part of the schema, an option that somebody set is", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE measured (id int, place text)");
  await using connection = await open(fresh).connect("check");
  // As servers from the minor releases of November 2026 on do it by themselves.
  const note = async (version: number): Promise<void> =>
    void (await fresh.superuser(
      `SET allow_system_table_mods = on; UPDATE pg_attribute SET attoptions = array_append(array_remove(attoptions, 'pg_attver=1'), 'pg_attver=${version}') WHERE attrelid = 'measured'::regclass AND attnum > 0`,
    ));
  const plain = await schemaFingerprint(connection);
  await fresh.sql("ALTER TABLE measured ALTER place SET (n_distinct = 5)");
  const set = await schemaFingerprint(connection);
  expect(set).not.toBe(plain);
  for (const version of [1, 2]) {
    await note(version);
    expect(await schemaFingerprint(connection)).toBe(set);
  }
});

test("our own history table and schema do not show, another tool's table of that name does", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("check");
  const empty = await schemaFingerprint(connection);
  await connection.exec(`
    CREATE TABLE schema_migrations (id bigint GENERATED ALWAYS AS IDENTITY, version text PRIMARY KEY, description text NOT NULL, checksum text, state text CHECK (state <> ''), started_at timestamptz DEFAULT now(), deploy_id text);
    CREATE INDEX ON schema_migrations (started_at); COMMENT ON TABLE schema_migrations IS 'ours'; COMMENT ON COLUMN schema_migrations.version IS 'x'; GRANT SELECT ON schema_migrations TO PUBLIC;
    CREATE SCHEMA savepoint; COMMENT ON SCHEMA savepoint IS '${OWN_SCHEMA}'; CREATE TABLE savepoint.log (n serial); CREATE FUNCTION savepoint.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE TYPE savepoint.t AS ENUM ('a');
    COMMENT ON COLUMN savepoint.log.n IS 'x'; COMMENT ON FUNCTION savepoint.f() IS 'x'`);
  expect(await schemaListing(connection)).not.toContainEqual(expect.stringMatching(/schema_migrations|savepoint/));
  expect(await schemaFingerprint(connection)).toBe(empty);
  await connection.exec("DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar PRIMARY KEY)");
  expect(await schemaFingerprint(connection)).not.toBe(empty);
});

/** `left → right`: each leads to another fingerprint. */
async function unseenChanges(connection: Connection, pairs: readonly (readonly [string, string])[]): Promise<readonly string[]> {
  const unseen: string[] = [];
  for (const [first, second] of pairs) {
    const found: string[] = [];
    for (const sql of [first, second]) {
      await connection.exec("BEGIN");
      await connection.exec(sql);
      found.push(await schemaFingerprint(connection));
      await connection.exec("ROLLBACK");
    }
    if (compareFingerprints(found[0] ?? "", found[1] ?? "") !== "different") unseen.push(second);
  }
  return unseen;
}

test("a function's body is compared as it is written, and so is a comment", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("check");
  const allowed = (condition: string): string =>
    `CREATE FUNCTION allowed(a boolean, b boolean, c boolean) RETURNS boolean LANGUAGE sql AS $$SELECT (${condition})$$`;
  const body = (text: string): string => `SET check_function_bodies = off; CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS '${text}'`;
  const comment = (text: string): string => `CREATE TABLE t (id int); COMMENT ON TABLE t IS '${text}'`;
  expect(
    await unseenChanges(connection, [
      [allowed("a AND\n(b OR c)"), allowed("a AND\nb OR c")],
      [allowed("a\nAND (b OR c)"), allowed("a\nAND b OR c")],
      [allowed("a OR (b OR c)"), allowed("a OR b OR c")],
      [body("BEGIN return (ARRAY[1, 2])::text[]; END"), body("BEGIN return ARRAY[(1)::text, (2)::text]; END")],
      [body("BEGIN\n\nEND"), body("BEGIN\nEND")],
      [body("$functionx$"), body("$function$")],
      [body(""), body(" ")],
      [comment("(a OR (b OR c))"), comment("(a OR b OR c)")],
    ]),
  ).toEqual([]);
});

test("a user's own schema called savepoint is seen: ours is told by its comment", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("check");
  const trigger =
    "CREATE TABLE public.t (id int); CREATE SCHEMA savepoint; CREATE FUNCTION savepoint.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'";
  expect(
    await unseenChanges(connection, [
      ["SELECT 1", "CREATE SCHEMA savepoint"],
      ["CREATE SCHEMA savepoint", "CREATE SCHEMA savepoint; COMMENT ON SCHEMA savepoint IS 'stores'"],
      ["CREATE SCHEMA savepoint", "CREATE SCHEMA savepoint; CREATE TABLE savepoint.log (id int)"],
      [
        "CREATE SCHEMA savepoint; CREATE TABLE savepoint.log (id int)",
        "CREATE SCHEMA savepoint; CREATE TABLE savepoint.log (id int); COMMENT ON TABLE savepoint.log IS 'stores'",
      ],
      [trigger, `${trigger}; CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION savepoint.f()`],
    ]),
  ).toEqual([]);
});

test("rights on what an extension brought are seen as far as they were changed, and come back from a dump", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgcrypto");
  const database = open(fresh, { admin: true });
  await using connection = await database.connect("check", { admin: true });
  const plain = await schemaListing(connection);
  const changes = [
    "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO pg_monitor",
    "REVOKE SELECT ON pg_stat_statements FROM PUBLIC",
    "GRANT SELECT (query) ON pg_stat_statements TO pg_monitor",
    "REVOKE EXECUTE ON FUNCTION crypt(text, text) FROM PUBLIC",
  ];
  expect(
    await unseenChanges(
      connection,
      changes.map((change) => ["SELECT 1", change]),
    ),
  ).toEqual([]);
  for (const change of changes) await connection.exec(change);
  const live = await schemaListing(connection);
  expect(live.filter((line) => !plain.includes(line))).toHaveLength(4);
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using restored = await database.connect("check", { admin: true, database: side });
  expect(await schemaListing(restored)).toEqual(live);
});

test("foreign keys that were switched off are seen; a copy, in which they are on again, is the dump's all the same", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (parent int CONSTRAINT of_parent REFERENCES parent)");
  const database = open(fresh, { admin: true });
  await using connection = await database.connect("check", { admin: true });
  const on = await schemaFingerprint(connection);
  await connection.exec("ALTER TABLE child DISABLE TRIGGER ALL");
  const child = await schemaFingerprint(connection);
  await connection.exec("ALTER TABLE parent DISABLE TRIGGER ALL");
  const both = await schemaFingerprint(connection);
  expect([compareFingerprints(on, child), compareFingerprints(child, both), compareFingerprints(on, both)]).toEqual([
    "different",
    "different",
    "different",
  ]);
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using restored = await database.connect("check", { admin: true, database: side });
  expect(await schemaFingerprint(restored)).toBe(on);
  expect(restoredFingerprint(both)).toBe(on);
  await connection.exec("ALTER TABLE child ENABLE TRIGGER ALL; ALTER TABLE parent ENABLE TRIGGER ALL");
  expect(await schemaFingerprint(connection)).toBe(on);
});

test("what no dump brings back as it was is no difference of the copy: the order of columns, what is only named, what a child has otherwise than its parent", async () => {
  await using fresh = await freshDatabase();
  // An owner may publish a table of its own, and only a superuser a schema.
  await fresh.sql(`CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent); ALTER TABLE parent ADD z int;
    CREATE PUBLICATION of_child FOR TABLE ONLY child; CREATE STATISTICS together ON b, z FROM child;
    CREATE FUNCTION alike(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = alike, NEGATOR = !==);
    CREATE OPERATOR <=> (LEFTARG = int, RIGHTARG = int, FUNCTION = alike, NEGATOR = <!>); DROP OPERATOR <=> (int, int);
    CREATE TABLE parted (k int PRIMARY KEY, p int CONSTRAINT of_other REFERENCES parted) PARTITION BY RANGE (k); CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9);
    CREATE FUNCTION nop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER each AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION nop();
    CREATE VIEW seen AS SELECT 1 AS one; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION nop();
    CREATE COLLATION plain FROM "C"; CREATE TYPE mood AS ENUM ('ok'); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE DOMAIN moody AS mood DEFAULT 'ok'::mood; CREATE DOMAIN counted AS int DEFAULT one(); ALTER FUNCTION one RENAME TO uno;
    ALTER TABLE parent ADD CONSTRAINT high CHECK (a < 99); CREATE TABLE named (a int NOT NULL UNIQUE)`);
  const database = open(fresh, { admin: true });
  await using live = await database.connect("check", { admin: true });
  const uncommented = await schemaListing(live);
  await fresh.sql(`COMMENT ON TRIGGER each ON part IS 'x'; COMMENT ON CONSTRAINT of_other ON part IS 'x'; COMMENT ON RULE "_RETURN" ON seen IS 'x';
    COMMENT ON TYPE child IS 'x'; COMMENT ON CONSTRAINT late ON child IS 'x';
    COMMENT ON CONSTRAINT high ON child IS 'x'; COMMENT ON TYPE mood[] IS 'x'`);
  expect(await schemaListing(live)).toEqual(uncommented);
  await fresh.sql(`ALTER TABLE parent ADD CONSTRAINT low CHECK (a > -5) NOT VALID, ADD v text, ADD w text;
    ALTER TABLE ONLY parent ALTER v SET STORAGE EXTERNAL, ALTER w SET STORAGE EXTERNAL, ALTER v SET COMPRESSION pglz;
    ALTER TABLE named REPLICA IDENTITY USING INDEX named_a_key; ALTER TABLE named DROP CONSTRAINT named_a_key;
    CREATE EXTENSION hstore; CREATE TABLE queue (id int PRIMARY KEY, b int); CREATE STATISTICS of_queue ON id, b FROM queue;
    COMMENT ON CONSTRAINT queue_pkey ON queue IS 'x'; ALTER EXTENSION hstore ADD TABLE queue`);
  const before = restoredFingerprint(await schemaFingerprint(live));
  for (const change of ["VALIDATE CONSTRAINT low", "ALTER w SET STORAGE EXTERNAL"]) {
    const was = await schemaFingerprint(live);
    await fresh.sql(`ALTER TABLE child ${change}`);
    const is = await schemaFingerprint(live);
    expect(compareFingerprints(was, is)).toBe("different");
    expect(restoredFingerprint(is)).toBe(before);
  }
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using restored = await database.connect("check", { admin: true, database: side });
  expect(await schemaListing(restored)).toEqual(await schemaListing(live));
  expect(restoredFingerprint(await schemaFingerprint(restored))).toBe(before);
  await fresh.sql("ALTER TABLE parent VALIDATE CONSTRAINT low");
  expect(compareFingerprints(await schemaFingerprint(live), before)).toBe("different");
});

test("odd corners of SQL come back from a dump with the same fingerprint, twice", async () => {
  await using fresh = await freshDatabase();
  await fillOdd(fresh);
  const database = open(fresh);
  const sides = [sideName(database.name, "one"), sideName(database.name, "two")];
  await using live = await database.connect("check");
  const expected = await schemaListing(live);
  for (const side of sides) {
    await createSide(database, side);
    await dumpInto(database, side);
    await using restored = await database.connect("check", { database: side });
    expect(await schemaListing(restored)).toEqual(expected);
  }
});

test("an INVALID index, which no dump holds, is not seen; one on a partitioned table, which a dump holds, is", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE pairs (a int, b int); INSERT INTO pairs VALUES (1, 1), (1, 2)");
  const database = open(fresh);
  await using live = await database.connect("check");
  const before = await schemaListing(live);
  await expect(fresh.sql("CREATE UNIQUE INDEX CONCURRENTLY pairs_a ON pairs (a)")).rejects.toThrow("could not create unique index");
  await fresh.sql("COMMENT ON INDEX pairs_a IS 'failed'");
  expect(await schemaListing(live)).toEqual(before);
  await fresh.sql(
    "CREATE TABLE parted (id int) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9); CREATE INDEX parted_id ON ONLY parted (id)",
  );
  const parted = await schemaListing(live);
  expect(parted.join("\n")).toContain("index public.parted_id");
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await dumpInto(database, side);
  await using restored = await database.connect("check", { database: side });
  expect(await schemaListing(restored)).toEqual(parted);
});
