import { describe, test } from "vitest";
import { walk } from "./walk.ts";

/** `npm run walk -- 1-20 30` sets both; else the short form. */
const SEEDS = seedsIn(process.env["SAVEPOINT_WALK_SEEDS"] ?? "1-2");
const ROUNDS = Number(process.env["SAVEPOINT_WALK_ROUNDS"] ?? "4");

describe(`a random walk of three who compete, ${ROUNDS} rounds`, () => {
  test.each(SEEDS)(
    "leads from each state to a good one by what is printed, and loses no row (seed %i)",
    async (seed) => await walk(seed, ROUNDS),
    ROUNDS * 240_000,
  );
});

function seedsIn(text: string): readonly number[] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw new Error(`seeds are a number or a range, e.g. 1-20, not ${text}`);
  return Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, at) => Number(first) + at);
}
