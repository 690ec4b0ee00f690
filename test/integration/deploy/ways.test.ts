import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FailureKind, FAILURES, type Versions } from "../../lab/failures.ts";
import { openShop, type Run, type Shop, STOP } from "../../lab/shop.ts";
import { copyShop, type ShopCopy } from "../../lab/shop-copy.ts";
import { namesOf } from "../../lab/way-names.ts";

/** Each failure that prints ways on; each of the ways is pasted as it was printed, on a copy of what the failure left. */
let shop: Shop;
let versions: Versions;
let sound: ShopCopy;

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

/** Not healthy in an outage; and what is put beside the app runs while it is asked. */
const HEALTH = "test ! -f outage && { test ! -f beside || . ./beside; }";

function waysOf(run: Run): readonly { readonly command: string; readonly means: string }[] {
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

describe.each(FAILURES)("$about", ({ codes, kept, prints, begin, mend, putRight, end }) => {
  test(`each way that is printed leads to a good state (${codes.join(", ")})`, async () => {
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
    // Some print six ways, and each may take three commands.
  }, 400_000);
});

test("a deploy without a database that another left: the printed way takes the code back, and the next one goes on", async () => {
  await using other = await openShop({ profile: { "database-url": null } });
  const { commit } = await other.deployed({ behaviour: { query: "SELECT 1" } });
  await other.commit({ files: { NEWS: "two" }, behaviour: { query: "SELECT 1" } });
  expect((await other.run("rollout", {}, { env: { SAVEPOINT_RUN: "bea@gone" } })).code).toBe(0);
  await other.age(7200);
  const refused = await other.run("deploy");
  const [back] = waysOf(refused);
  expect(back?.means).toBe(`Takes the code back to ${commit.slice(0, 7)}.`);
  expect((await other.paste(back?.command ?? "")).code).toBe(0);
  expect(await other.health()).toMatchObject({ commit });
  expect((await other.run("deploy")).code).toBe(0);
});
