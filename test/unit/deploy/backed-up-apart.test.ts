import { expect, test } from "vitest";
import { isBackedUpApart } from "../../../src/deploy/back/backed-up-apart.ts";
import { A, B, Tale, view } from "./records.ts";

const first = view("3.17:one+off", "001");
const second = view("3.17:two", "001", "002");

/** A was confirmed on one schema, and once more on another. */
const { ledger } = new Tale().confirmed("d1", A, { schema: first }).confirmed("d2", A, { from: A, schema: second });

test.each([
  { when: "it holds what its version was proven on last", backup: { from: A, schema: second }, is: false },
  { when: "it holds what its version was proven on before", backup: { from: A, schema: first }, is: false },
  { when: "it was made of a restored copy of that", backup: { from: A, schema: view("3.17:one", "001") }, is: false },
  { when: "another version of Savepoint made the fingerprint", backup: { from: A, schema: view("2.17:one", "001") }, is: false },
  { when: "it holds a migration that was applied by itself", backup: { from: A, schema: view("3.17:3", "001", "002", "003") }, is: true },
  { when: "somebody had changed the schema by hand", backup: { from: A, schema: view("3.17:hand", "001", "002") }, is: true },
  { when: "nothing was ever proven of its version", backup: { from: B, schema: second }, is: false },
  { when: "it does not say which version ran", backup: { from: undefined, schema: second }, is: false },
])("where $when, a backup is known to be apart from its version: $is", ({ backup, is }) => {
  expect(isBackedUpApart(ledger, backup)).toBe(is);
});

test("what was seen at an opening while code and schema were apart is not its version's", () => {
  const apart = new Tale()
    .confirmed("d1", A, { schema: first })
    .opened("r1", A, { from: A, live: first, goingBack: true })
    .did("r1", "rollback")
    .tell({ kind: "deploy.closed", deploy: "r1", as: "rolled-back", why: "as it was", on: A, schema: "apart" }, { deploy: "r1" })
    .opened("d2", B, { from: A, live: second }).ledger;
  expect(isBackedUpApart(apart, { from: A, schema: second })).toBe(true);
});
