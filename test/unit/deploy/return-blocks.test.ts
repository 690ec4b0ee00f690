import { expect, test } from "vitest";
import type { Environment } from "../../../src/deploy/environment.ts";
import { returnBlocks, whoAndWhy } from "../../../src/deploy/steps/return-blocks.ts";
import type { Returned } from "../../../src/deploy/steps/returned.ts";

const returned = (migrations: readonly string[]): Returned =>
  ({ database: "kept", why: "it was said", commits: [], migrations, replaced: undefined, rows: [] }) as unknown as Returned;

test("what was taken back is told without signs: what went is named, and what came back is said to", () => {
  const blocks = returnBlocks({} as Environment, returned(["+ 003", "- 001", "~ 002"]));
  expect(blocks).toContainEqual({
    kind: "code",
    title: "Migrations taken back",
    lines: ["003", "001 (was missing, and is back)", "002 (was changed, and is as before)"],
  });
});

test.each([
  ["a workflow's run", { id: "105.1", terminal: false, run: undefined, actor: "ada" }, "By: ada, in run 105.1"],
  ["a person's machine", { id: "ada@desk", terminal: true, run: undefined, actor: "ada" }, "By: ada@desk"],
] as const)("a rollback tells its reason and who did it: %s", (_, owner, by) => {
  expect(whoAndWhy({ owner }, "orders fail")).toEqual({ kind: "text", text: `Why: orders fail\n${by}` });
});
