import { afterAll, beforeAll, expect, test } from "vitest";
import { CASES, SHORT } from "./matrix/cases.ts";
import { openCommands } from "./matrix/commands.ts";
import type { Playground } from "./matrix/ground.ts";
import { play } from "./matrix/play.ts";

let ground: Playground;
// Two deploys, and all that they need: on a busy machine as long as a few cases.
beforeAll(async () => void (ground = await openCommands()), 600_000);
afterAll(async () => await ground?.[Symbol.asyncDispose]());

const cases = CASES.filter((one) => one.ground === "commands" && SHORT.includes(one.name));

test.each(cases)("$name leads to one version with its schema, and no row is lost", async (one) => await play(ground, one, 0));

test("each situation and each fault is among the few that run here, or beside an engine", () => {
  const short = CASES.filter(({ name }) => SHORT.includes(name));
  expect(short).toHaveLength(SHORT.length);
  for (const part of ["situation", "fault"] as const)
    expect(new Set(short.map((one) => one[part])), part).toEqual(new Set(CASES.map((one) => one[part])));
});
