import { expect, test } from "vitest";
import type { HistoryRow } from "../../../../src/migration/history.ts";
import { refusal } from "../../../../src/core/failure.ts";
import { staysAfterDown } from "../../../../src/migration/plan/applied.ts";

function row(up: string, down: string | undefined): HistoryRow {
  return {
    version: "002",
    description: "x",
    checksum: "",
    state: "applied",
    startedAt: new Date(0),
    durationMs: 1,
    appliedBy: "app",
    deployId: undefined,
    upSql: up,
    downSql: down,
    irreversible: false,
    progress: undefined,
  };
}

test.each<[up: string, down: string, stays: string | undefined]>([
  ["ALTER TABLE o ADD bad int", "SELECT 1", "it does not name bad"],
  ["ALTER TABLE o ADD bad int", "ALTER TABLE o DROP good", "it does not name bad"],
  ["ALTER TABLE o ADD bad int", "ALTER TABLE o DROP bad", undefined],
  ["ALTER TABLE o ADD bad int", "DROP TABLE o", undefined],
  ["ALTER TABLE o ADD IF NOT EXISTS bad int", "SELECT 1", undefined],
  ["CREATE TABLE a (id int)", "DROP TABLE b", "it does not name a"],
  ["CREATE TABLE a (id int)", "SELECT take_all_back()", undefined],
  ["CREATE TABLE a (id int)", "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$", undefined],
  // Both go along with a column.
  ["CREATE INDEX i ON o (b)", "ALTER TABLE o DROP COLUMN b", undefined],
  ["ALTER TABLE o ADD CONSTRAINT c CHECK (b > 0)", "ALTER TABLE o DROP COLUMN b", undefined],
  ["CREATE INDEX i ON o (b)", "DROP INDEX j", "it does not name i"],
  ["ALTER TABLE o DROP a", "ALTER TABLE o ADD a int", "it brings the structure back at most, not what stood in it"],
  ["DELETE FROM o WHERE id > 9", "SELECT 1", "it brings the structure back at most, not what stood in it"],
  // Whoever writes rows may bring them back.
  ["UPDATE o SET a = a + 1", "UPDATE o SET a = a - 1", undefined],
  ["ALTER TABLE o DROP a", "ALTER TABLE o ADD a int; UPDATE o SET a = k.a FROM kept k WHERE k.id = o.id", undefined],
  ["ALTER TABLE o ALTER a TYPE text", "DROP TABLE p", undefined],
  ["INSERT INTO o VALUES (1)", "DELETE FROM o WHERE id = 1", undefined],
])("%s, taken back by %s", async (up, down, stays) => {
  const said = `the DOWN of 002 (x) does not undo line 1 of its UP: ${stays}`;
  expect(await staysAfterDown([row(`${up};`, `${down};`)])).toEqual(stays === undefined ? [] : [said]);
});

test("a column that an earlier one of the set made and filled is no loss", async () => {
  const set = [row("ALTER TABLE o ADD k int; UPDATE o SET k = 1;", "ALTER TABLE o DROP k;")];
  expect(await staysAfterDown(set)).toEqual([]);
});

test("without PostgreSQL's parser, or without a DOWN, nothing is known", async () => {
  const known = row("ALTER TABLE o ADD bad int;", "SELECT 1;");
  const none = async () => await Promise.reject(refusal("There is none.", { code: "no-parser" }));
  expect(await staysAfterDown([known], none)).toEqual([]);
  expect(await staysAfterDown([row("ALTER TABLE o ADD bad int;", undefined)])).toEqual([]);
});
