import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openShop, type Profile, type Shop, START } from "../../lab/shop.ts";

/** Neither stopped nor told from the new one by anything that was given. */
const UNTOLD = { health: { "expect-version": null, successes: 1 }, rollout: { "stop-command": null } };

async function withOld(profile: Profile = {}): Promise<{ shop: Shop; old: string; pid: string }> {
  const shop = await openShop({ profile: UNTOLD });
  const { commit: old } = await shop.deployed({ profile });
  return { shop, old, pid: await readFile(join(shop.appDir, "app.pid"), "utf8") };
}

test("a new version that dies on the taken port is not stable because the old one answers; that one goes on, and is what is gone back to", async () => {
  const { shop, old } = await withOld();
  await using _ = shop;
  const next = await shop.commit({ files: { NEWS: "dies on the port" }, timeout: "20s" });
  const run = await shop.run("deploy");
  expect(run.stderr).toContain("Nothing that was given tells the new version from the old one");
  expect(run.stderr).toMatch(
    /The app is not healthy: the old version answers: port \d+ is still held by process \d+, which was there before the start, and the process that was started \(\d+\) has ended/,
  );
  expect(run.json.hint).toContain("`stop-command`");
  expect(run.code).toBe(1);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: old });
  expect(await shop.health()).toMatchObject({ status: 200, commit: old });
  const tags = await shop.tags();
  expect(tags.get("latest-stable")).toBe(old);
  expect([...tags.values()]).not.toContain(next);
});

test("a new version that is long in starting, and then dies on the taken port, is waited for and not stable", async () => {
  const { shop, old } = await withOld();
  await using _ = shop;
  await shop.commit({ behaviour: { startMs: 1500 }, timeout: "20s" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("the old version answers");
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: old });
});

test("a start-command that ends the old one itself is as good as a stop-command", async () => {
  const { shop } = await withOld({
    rollout: { "start-command": `if [ -f app.pid ]; then kill "$(cat app.pid)"; sleep 0.3; fi; ${START}` },
  });
  await using _ = shop;
  const next = await shop.commit({ files: { NEWS: "takes over" } });
  expect((await shop.run("deploy")).code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: next });
});
