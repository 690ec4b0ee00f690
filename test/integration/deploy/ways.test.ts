import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FailureKind, FAILURES, type Versions } from "../../lab/failures.ts";
import { openShop, type Run, type Shop, STOP } from "../../lab/shop.ts";
import { copyShop, type ShopCopy } from "../../lab/shop-copy.ts";

/** Each failure that prints ways on; each of the ways is pasted as it was printed, on a copy of what the failure left. */
let shop: Shop;
let versions: Versions;
let sound: ShopCopy;

beforeAll(async () => {
  shop = await openShop({ profile: { health: { command: "test ! -f outage", timeout: "10s" }, rollout: { "stop-command": STOP } } });
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

describe.each(FAILURES)("$about", ({ codes, begin, mend, putRight }) => {
  test(`each way that is printed leads to a good state (${codes.join(", ")})`, async () => {
    await sound.back();
    const failed = await begin(shop, versions);
    expect(failed.code).not.toBe(0);
    const ways = waysOf(failed);
    expect(ways.length, failed.stderr).toBeGreaterThan(0);
    await using left = await copyShop(shop);
    for (const [at, { command, means }] of ways.entries()) {
      expect(means).toMatch(/^[A-Z].*\.$/s);
      expect(command).not.toMatch(/…|COMMIT|<|>/);
      if (at > 0) await left.back();
      await mend?.(shop);
      await leadsToGood(command, putRight);
    }
  });
});
