import { beforeEach, describe, expect, test } from "vitest";
import { daysOff } from "../../lab/clock.ts";
import { openShop, type Profile, type Run, type Shop } from "../../lab/shop.ts";

const BROKEN = { behaviour: { broken: "no" }, timeout: "2s", migrations: { "002_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" } };

describe("with a clock that is wrong", () => {
  let shop: Shop;
  const open = async (backup: Profile): Promise<void> => {
    shop = await openShop({ profile: { backup: { verify: "read", "keep-last": 1, "min-keep": 1, "keep-daily": 0, ...backup } } });
  };
  beforeEach(() => async () => await shop[Symbol.asyncDispose]());

  const backup = async (days: number): Promise<Run> =>
    await shop.run("backup", { purpose: "manual" }, { env: await daysOff(shop.folder, days) });
  const kept = async (): Promise<readonly string[]> => (await shop.run("list")).json.outputs.backups;

  test("what is dated in the future is named, and the backup just made is kept beside it", async () => {
    await open({});
    const ahead = (await backup(40)).json.outputs.savepoint;
    const run = await backup(0);
    expect(run.stderr).toContain(`Dated in the future: ${ahead}`);
    expect(await kept()).toEqual([run.json.outputs.savepoint, ahead]);
    // Neither does the next one take it: what is dated in the future takes no place in the rules.
    const next = (await backup(0)).json.outputs.savepoint;
    expect(await kept()).toEqual([next, ahead]);
  });

  test("a run that is far ahead does not take all the others for old", async () => {
    await open({ "keep-last": 5, "max-age-days": 30 });
    const [first, second] = [(await backup(0)).json.outputs.savepoint, (await backup(0)).json.outputs.savepoint];
    const run = await backup(400);
    expect(run.stderr).toContain("The clocks differ");
    expect(await kept()).toEqual([run.json.outputs.savepoint, second, first]);
  });

  test("the newest is what was made last, also where the clock went back in between", async () => {
    await open({ "keep-last": 5 });
    const first = (await backup(-1)).json.outputs.savepoint;
    const second = (await backup(-3)).json.outputs.savepoint;
    expect(await kept()).toEqual([second, first]);
    const drill = await shop.run("restore", { backup: "latest", drill: true });
    expect(drill.stderr).toContain(`Drill passed: ${second} restores`);
  });

  test("a database that was put aside under a clock far behind is as young as the journal says", async () => {
    await open({ "keep-replaced": 0 });
    await shop.deployed();
    await shop.commit(BROKEN);
    const failed = await shop.run("deploy", {}, { env: await daysOff(shop.folder, -700) });
    const replaced = String(failed.json.outputs["replaced-database"]);
    expect(replaced).toMatch(/_failed_20/);
    const run = await backup(0);
    expect(run.code).toBe(0);
    expect((await shop.run("list")).stdout).toContain(replaced);
  });
});
