import { afterAll, beforeAll, test } from "vitest";
import { CASES, SHORT } from "../faults/matrix/cases.ts";
import { openCompose } from "../faults/matrix/compose.ts";
import type { Playground } from "../faults/matrix/ground.ts";
import { play } from "../faults/matrix/play.ts";
import { needs } from "../lab/needs.ts";

await needs("engine", "host");

let ground: Playground;
beforeAll(async () => void (ground = await openCompose()), 600_000);
afterAll(async () => await ground?.[Symbol.asyncDispose]());

const cases = CASES.filter((one) => one.ground === "compose" && SHORT.includes(one.name));

test.each(cases)("$name, over SSH: leads to one version with its schema, and no row is lost", async (one) => await play(ground, one, 0));
