// deploy/doctor: everything that a deploy needs, looked at without a deploy and all at once.

import pLimit from "p-limit";
import { Cancelled, messageOf } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import type { Examination } from "./examination.ts";
import { NEEDS, type DoctorWorld } from "./world.ts";

/** So many look at once. Most of them wait for the same things first; what the connection gives at once, it sees to itself. */
const AT_ONCE = 24;

/** All of them, at once as far as that goes. One that throws could not look, and ends no other. Findings come in the table's order. */
export async function examine(examinations: readonly Examination[], world: DoctorWorld): Promise<readonly Finding[]> {
  const limit = pLimit(AT_ONCE);
  const found = await Promise.all(examinations.map(async (one) => await limit(async () => await lookFor(one, world))));
  const heard = [...new Set(world.heard)]
    .filter((text) => !world.told.has(text))
    .map((text): Finding => ({ state: "warn", about: "besides", seen: text }));
  return [...found.flat(), ...heard];
}

async function lookFor(examination: Examination, world: DoctorWorld): Promise<readonly Finding[]> {
  const { about, why } = examination;
  const unseen = (seen: string): readonly Finding[] => [{ state: "unseen", about, seen: `Could not look: ${seen}`, why }];
  // All at once: each takes trips of its own, and the first that cannot be had says why.
  const needed = examination.needs.map(async (need) => await NEEDS[need].get(world));
  for (const one of needed) one.catch(() => undefined);
  for (const [at, need] of examination.needs.entries()) {
    try {
      if ((await needed[at]) === undefined) return [];
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return unseen(`${NEEDS[need].lacking}.`);
    }
  }
  try {
    const seen = await examination.look(world);
    return seen.map((one) => ({ about, ...(one.state !== "pass" && { why }), ...one }));
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return unseen(messageOf(error));
  }
}
