import { expect, test } from "vitest";
import { assembleMigrations, type SourceFile } from "../../../src/migration/assemble.ts";
import { Failure } from "../../../src/core/failure.ts";
import { reverting } from "../../../src/migration/reverting.ts";

const file = (name: string, text: string): SourceFile => ({ name, path: `db/${name}`, bytes: Buffer.from(text) });
const load = (...files: readonly SourceFile[]) => {
  const { migrations, problems } = assembleMigrations(files);
  expect(problems).toEqual([]);
  return migrations;
};

test.each<[what: string, files: readonly SourceFile[]]>([
  ["one file", [file("001_a.sql", "-- UP\nCREATE TABLE a (x text DEFAULT '\n-- DOWN\n');\n-- DOWN\n-- it goes\nDROP TABLE a;\n")]],
  ["two files", [file("001_a.up.sql", "CREATE TABLE a ();"), file("001_a.down.sql", "DROP TABLE a;")]],
  ["without a transaction, in both directions", [file("001_a.sql", "-- no-transaction\n-- UP\nVACUUM a;\n-- DOWN\nVACUUM b;")]],
  [
    "without a transaction, in one",
    [file("001_a.sql", "-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (x);\n-- DOWN\nDROP INDEX i;")],
  ],
])("a file that takes another one back has its two directions, swapped: %s", (_what, files) => {
  const [old] = load(...files);
  const { description, text } = reverting(load(...files), "1");
  expect(description).toBe("revert 001 a");
  const [made] = load(file("002_revert.sql", text));
  const told = (script: { readonly transactional: boolean; readonly statements: readonly { readonly sql: string }[] } | undefined) => ({
    transactional: script?.transactional,
    statements: script?.statements.map(({ sql }) => sql),
  });
  expect(told(made?.up)).toEqual(told(old?.down.state === "given" ? old.down.script : undefined));
  expect(told(made?.down.state === "given" ? made.down.script : undefined)).toEqual(told(old?.up));
});

test.each([
  ["-- UP\nSELECT 1;", "001", "has no DOWN"],
  ["-- irreversible: kept\n-- UP\nSELECT 1;", "001", "is marked irreversible"],
  ["-- UP\nSELECT 1;\n-- DOWN\nSELECT 2;", "7", "There is no migration 7"],
])("what cannot be taken back is refused: %s", (text, version, message) => {
  const attempt = () => reverting(load(file("001_a.sql", text)), version);
  expect(attempt).toThrow(Failure);
  expect(attempt).toThrow(message);
});
