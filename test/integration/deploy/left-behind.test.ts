import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, type Shop } from "../../lab/shop.ts";

/** What a failed version may leave in the way of looking; run by a superuser. */
const LEFT: Readonly<Record<string, (names: { readonly database: string; readonly owner: string }) => string>> = {
  "no schema `public`": () => "DROP SCHEMA public CASCADE; CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.notes ()",
  "a search path that leads nowhere": ({ database }) =>
    `ALTER DATABASE "${database}" SET search_path = ''; ALTER TABLE notes ADD broken int`,
  "read-only sessions": ({ database }) =>
    `ALTER TABLE notes ADD broken int; ALTER DATABASE "${database}" SET default_transaction_read_only = on; ALTER DATABASE "${database}" SET default_transaction_isolation = serializable`,
  "names that mean something else": ({ database }) =>
    `CREATE SCHEMA evil; CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT 1/0'; CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
     GRANT ALL ON SCHEMA evil TO PUBLIC; ALTER DATABASE "${database}" SET search_path = evil, pg_catalog, public; ALTER DATABASE "${database}" SET quote_all_identifiers = on; ALTER DATABASE "${database}" SET standard_conforming_strings = off`,
  "tables that our role may not read": ({ owner }) =>
    `ALTER TABLE notes OWNER TO postgres; REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "${owner}"; ALTER TABLE schema_migrations OWNER TO postgres; REVOKE ALL ON schema_migrations FROM "${owner}"`,
  "a view in place of the history": () =>
    "ALTER TABLE schema_migrations RENAME TO old; CREATE VIEW schema_migrations AS SELECT * FROM old WHERE 1/0 > 0",
  "a history with odd columns": () =>
    "ALTER TABLE schema_migrations DROP CONSTRAINT schema_migrations_state_check, ALTER state TYPE int USING 1, ALTER started_at TYPE text, DROP applied_by",
  "event triggers that fail": () =>
    "CREATE TABLE more (); CREATE FUNCTION never() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$never$$; END'; CREATE EVENT TRIGGER never ON ddl_command_start EXECUTE FUNCTION never()",
  "a limit of no connections": ({ database }) => `ALTER DATABASE "${database}" CONNECTION LIMIT 0`,
  "a database that lets nobody in": ({ database }) => `ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`,
};

describe("a rollback restores, whatever the failed version left:", () => {
  let shop: Shop;
  let stable: string;
  let run = 300;
  beforeAll(async () => {
    shop = await openShop();
    // Its own tables it names in full, so that it works under any settings.
    stable = (await shop.deployed({ behaviour: { query: "SELECT count(*) FROM public.notes" } })).commit;
    await shop.database.sql("INSERT INTO notes (body) VALUES ('kept')");
    await shop.commit();
  });
  afterAll(async () => await shop[Symbol.asyncDispose]());

  for (const [what, left] of Object.entries(LEFT)) {
    test(what, async () => {
      const { name, owner } = shop.database;
      run += 1;
      const workflow = `${run}.1`;
      const backup = await shop.run("backup", {}, { workflow });
      expect(backup.code, backup.stderr).toBe(0);
      // From another database: one that lets nobody in is among them.
      const statements = left({ database: name, owner });
      await shop.database.superuser(statements, /ALLOW_CONNECTIONS|CONNECTION LIMIT/.test(statements) ? "postgres" : name);
      const back = await shop.run("rollback", {}, { workflow });
      expect(back.code, back.stderr).toBe(0);
      expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: stable, "database-action": "restored" });
      await shop.database.superuser(`ALTER DATABASE "${name}" RESET ALL`, "postgres");
      expect(await shop.health()).toMatchObject({ status: 200, commit: stable });
      expect(await shop.database.sql("SELECT body FROM public.notes WHERE body = 'kept'")).toHaveLength(1);
    });
  }

  test("read-only sessions, where a restore by hand is asked for", async () => {
    const { name } = shop.database;
    await shop.database.superuser(`ALTER DATABASE "${name}" SET default_transaction_read_only = on; DROP SCHEMA public CASCADE`);
    const restored = await shop.run("restore", { backup: "latest", confirm: "production" });
    expect(restored.json.outputs, restored.stderr).toMatchObject({ database: name });
    await shop.database.superuser(`ALTER DATABASE "${name}" RESET ALL`, "postgres");
    expect(await shop.database.sql("SELECT body FROM public.notes WHERE body = 'kept'")).toHaveLength(1);
  });
});
