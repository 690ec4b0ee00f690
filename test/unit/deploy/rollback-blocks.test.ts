import { expect, test } from "vitest";
import type { Environment } from "../../../src/deploy/environment/environment.ts";
import { rollbackBlocks, whoAndWhy } from "../../../src/deploy/back/rollback-blocks.ts";
import type { RolledBack } from "../../../src/deploy/back/request.ts";

const returned = (migrations: readonly string[], settings: readonly string[] = [], facts: Partial<RolledBack> = {}): RolledBack =>
  ({
    database: "down",
    why: "it was said",
    commits: [],
    migrations,
    settings,
    rows: [],
    times: { decision: 0, restore: 0, stop: 0, swap: 0, start: 0, health: 0 },
    ...facts,
  }) as unknown as RolledBack;

test("what was taken back is told without signs: what went is named, and what came back is said to", async () => {
  const blocks = await rollbackBlocks({} as Environment, returned(["+ 003", "- 001", "~ 002"]));
  expect(blocks).toContainEqual({
    kind: "code",
    title: "Migrations taken back",
    lines: ["003", "001 (was missing, and is back)", "002 (was changed, and is as before)"],
  });
});

test("a database that was kept keeps its migrations: none is told as taken back, and what the version counts as on is said", async () => {
  const kept = { database: "kept", commit: "abc1234def", schema: "proven" } as const;
  const blocks = await rollbackBlocks({} as Environment, returned(["+ 003", "- 001"], [], kept));
  expect(JSON.stringify(blocks)).not.toContain("taken back");
  expect(blocks.slice(2)).toEqual([
    { kind: "code", title: "Where the database is not as abc1234 was seen on it", lines: ["003 (stays applied)", "001 (is missing)"] },
    { kind: "text", text: "Because `keep` was said and the app is healthy, this schema counts as abc1234's from now on." },
  ]);
  const unasked = await rollbackBlocks({} as Environment, returned(["+ 003"], [], { ...kept, schema: "apart" }));
  expect(JSON.stringify(unasked)).not.toContain("from now on");
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
