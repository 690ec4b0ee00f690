import { afterAll, beforeAll, expect } from "vitest";
import type { FailureKind, Versions } from "./failures.ts";
import { openShop, type Run, type Shop, STOP } from "./shop.ts";
import { copyShop, type ShopCopy } from "./shop-copy.ts";
import { namesOf } from "./way-names.ts";

let shop: Shop;
let versions: Versions;
let sound: ShopCopy;

/** Two versions, of which each failure begins; for all tests of a file. */
export function withTwoVersions(): void {
  beforeAll(async () => {
    shop = await openShop({ profile: { health: { command: HEALTH, timeout: "10s" }, rollout: { "stop-command": STOP } } });
    const one = await shop.deployed();
    const two = await shop.deployed({
      migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n-- DOWN\nALTER TABLE notes DROP x;\n" },
    });
    versions = { one, two };
    sound = await copyShop(shop);
  });
  afterAll(async () => {
    await sound[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
  });
}

/** Not healthy in an outage; and what is put beside the app runs while it is asked. */
const HEALTH = "test ! -f outage && { test ! -f beside || . ./beside; }";

export function waysOf(run: Run): readonly { readonly command: string; readonly means: string }[] {
  return run.json?.ways ?? [];
}

/** Nothing is open, and what answers is on its own schema; or what is printed leads there. */
async function leadsToGood(first: string, putRight: FailureKind["putRight"], most = 3): Promise<void> {
  let next: string | undefined = first;
  const story: string[] = [];
  for (let turn = 0; turn < most && next !== undefined; turn += 1) {
    const run = await shop.paste(next);
    story.push(`${next}\n  ended with ${run.code}: ${run.json?.message ?? run.json?.headline ?? run.stdout}`);
    if (run.code !== 0) expect(waysOf(run)[0]?.command, story.join("\n")).not.toBe(next);
    const status = await shop.run("status");
    const answers = await shop.health();
    const { state, schema, running } = status.json?.outputs ?? {};
    if (status.code === 0 && state === "idle" && schema === "one" && answers?.commit === running) return;
    story.push(`  then status: ${status.code}, ${state}, schema ${schema}, ${running} runs and ${JSON.stringify(answers)} answers`);
    // Ended as it stands, because it was put right by hand: the next deploy does that.
    next = first.includes(" unlock ") && turn === 0 ? undefined : (waysOf(run)[0] ?? waysOf(status)[0])?.command;
    if (next === undefined) {
      await putRight?.(shop);
      await shop.commit({ files: { NEWS: "mended" }, profile: { rollout: { command: null } } });
      const deploy = await shop.run("deploy");
      expect(deploy.code, `${story.join("\n")}\n${deploy.stderr}`).toBe(0);
      return;
    }
  }
  throw new Error(`not good within ${most} commands:\n${story.join("\n")}`);
}

/** Brings a failure about, and pastes each way that it prints as it was printed, on a copy of what the failure left. */
export async function pasteEachWay({ prints, kept, begin, mend, putRight, end }: FailureKind): Promise<void> {
  await sound.back();
  const begun = await begin(shop, versions);
  const runs = "json" in begun ? [begun] : begun;
  expect(runs[0]?.code).not.toBe(0);
  for (const run of runs) expect(waysOf(run).length, run.stderr).toBeGreaterThan(0);
  const ways = [...new Map(runs.flatMap(waysOf).map((way) => [way.command, way])).values()];
  expect.soft([...new Set(ways.flatMap(({ means }) => namesOf(means)))]).toEqual(prints);
  if (kept !== undefined) expect((await shop.journal()).findLast(({ kind }) => kind === "step.failed")).toMatchObject({ code: kept });
  await using left = await copyShop(shop);
  for (const [at, { command, means }] of ways.entries()) {
    expect(means).toMatch(/^[A-Z].*\.$/s);
    expect(command).not.toMatch(/…|COMMIT|<|>/);
    if (at > 0) await left.back();
    await mend?.(shop);
    await leadsToGood(command, putRight);
  }
  await end?.();
}
