import { expect, test } from "vitest";
import type { Environment } from "../../../src/deploy/environment/environment.ts";
import { rollbackBlocks, whoAndWhy } from "../../../src/deploy/back/rollback-blocks.ts";
import type { RolledBack } from "../../../src/deploy/back/request.ts";

const returned = (migrations: readonly string[], settings: readonly string[] = []): RolledBack =>
  ({ database: "kept", why: "it was said", commits: [], migrations, settings, replaced: undefined, rows: [] }) as unknown as RolledBack;

test("what was taken back is told without signs: what went is named, and what came back is said to", async () => {
  const blocks = await rollbackBlocks({} as Environment, returned(["+ 003", "- 001", "~ 002"]));
  expect(blocks).toContainEqual({
    kind: "code",
    title: "Migrations taken back",
    lines: ["003", "001 (was missing, and is back)", "002 (was changed, and is as before)"],
  });
});

test("how the database's settings differed is in the summary, and where none did there is no word of them", async () => {
  const lines = ["work_mem: not set, as in the savepoint (it was 64MB)."];
  const block = { kind: "code", title: "Settings of the database against the savepoint's", lines };
  expect(await rollbackBlocks({} as Environment, returned([], lines))).toContainEqual(block);
  expect(JSON.stringify(await rollbackBlocks({} as Environment, returned([])))).not.toContain("Settings");
});

test.each([
  ["a workflow's run", { id: "105.1", terminal: false, run: undefined, actor: "ada" }, "By: ada, in run 105.1"],
  ["a person's machine", { id: "ada@desk", terminal: true, run: undefined, actor: "ada" }, "By: ada@desk"],
] as const)("a rollback tells its reason and who did it: %s", (_, owner, by) => {
  expect(whoAndWhy({ owner }, "orders fail")).toEqual({ kind: "text", text: `Why: orders fail\n${by}` });
});
