import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tracesIn } from "../../lab/traces.ts";
import { settledShop } from "../../lab/settled-shop.ts";

test.each([
  { whose: "the owner's own", owner: "ada@desk" },
  { whose: "another's, by hand", owner: "bea@desk" },
])(
  "a rollback over an open deploy with a wrong database password is refused with no trace, and what it prints goes on once that is mended ($whose)",
  async (by) => {
    await using shop = await settledShop();
    await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" } });
    for (const step of ["backup", "migrate"]) expect((await shop.run(step)).code).toBe(0);
    await shop.age(31 * 60);
    const file = join(shop.appDir, ".env");
    const right = await readFile(file, "utf8");
    await writeFile(file, right.replace(":secret@", ":wrong@"));
    const options = { env: { SAVEPOINT_RUN: by.owner } };
    const flags = by.owner === "ada@desk" ? {} : { confirm: "production", reason: "orders fail" };
    const before = await tracesIn(shop.stateDir);
    const restored = await shop.run("restore", { backup: "latest", confirm: "production" }, options);
    expect([restored.code, restored.json.code]).toEqual([2, "28P01"]);
    const run = await shop.run("rollback", flags, options);
    const { hostname, port, username } = new URL(shop.database.url);
    expect(run.json.message).toContain(`${hostname}:${port}`);
    expect(run.json.message).toContain(username);
    expect(run.json.code).toBe("28P01");
    expect(run.stderr).not.toContain("wrong@");
    // Neither journal nor lock nor sign of life.
    expect(run.code).toBe(2);
    expect(await tracesIn(shop.stateDir)).toEqual(before);
    expect(run.json.state).toEqual(
      expect.arrayContaining(["app: not touched", "schema: not looked at", expect.stringMatching(/stays open: backup done, migrate done/)]),
    );
    expect(run.json.ways[0].command).toContain(" status ");
    expect(await shop.database.sql("SELECT x FROM notes")).toEqual([]);
    expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
    const next =
      (run.json.ways as readonly { readonly command: string }[]).find(({ command }) => command.includes(" rollback "))?.command ?? "";
    await writeFile(file, right);
    const blocked = await shop.run("deploy", {}, { env: { SAVEPOINT_RUN: "eve@desk" } });
    expect(blocked.json.code).toBe("blocked");
    const back = await shop.paste(next, options);
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: shop.first.commit });
    expect(back.code).toBe(0);
    expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", schema: "one" });
  },
);

test("a deploy that was left with its health passed: recover with a wrong password leaves no trace; nor goes it forward where another version was put there since", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { NEWS: "more" } });
  for (const step of ["backup", "migrate", "rollout", "health-check"]) expect((await shop.run(step)).code).toBe(0);
  await shop.age(31 * 60);
  const file = join(shop.appDir, ".env");
  const right = await readFile(file, "utf8");
  await writeFile(file, right.replace(":secret@", ":wrong@"));
  const before = await tracesIn(shop.stateDir);
  const options = { env: { SAVEPOINT_RUN: "bea@desk" } };
  const refused = await shop.run("recover", { confirm: "production" }, options);
  expect([refused.code, refused.json.code]).toEqual([2, "28P01"]);
  expect(await tracesIn(shop.stateDir)).toEqual(before);
  await writeFile(file, right);
  // What the app told of itself is older than that.
  await shop.byHand("stop");
  await shop.checkOut(shop.first.commit);
  await shop.byHand("start");
  const recovered = await shop.run("recover", { confirm: "production" }, options);
  expect(recovered.json.outputs).toMatchObject({ recovery: "back", commit: shop.first.commit, "database-action": "kept" });
  expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", running: shop.first.commit, stable: shop.first.commit });
});
