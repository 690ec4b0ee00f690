import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openShop, type Run, START, STOP } from "../../lab/shop.ts";

test("a dry run of a deploy shows commits, migrations and the files in the way, and changes nothing", async () => {
  await using shop = await openShop();
  // A fresh clone, and nothing started in it: as the real deploy would say.
  const out = await shop.head();
  const first = await shop.run("deploy", { "dry-run": true });
  expect(first.json.headline ?? first.stderr).toContain(`where nothing runs (${out.slice(0, 7)} is only checked out)`);
  expect(first.stderr + first.stdout).toMatch(
    /if it fails +what it started is stopped, and the database goes back to that backup: nothing runs, as before/,
  );
  await shop.deployed();
  const migrations = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" };
  const two = await shop.commit({ migrations, files: { "new.txt": "new" }, message: "Wider notes" });
  const before = JSON.stringify(await shop.journal());
  const running = await shop.head();

  const plan = await shop.run("deploy", { "dry-run": true });
  expect(plan.code).toBe(0);
  const shown = plan.stderr + plan.stdout;
  expect(shown).toContain(`${two.slice(0, 7)} Wider notes`);
  expect(shown).toContain("002_wider.sql");
  expect(shown).toContain("ALTER TABLE notes ADD");
  expect(shown).not.toContain("In the way");
  expect(JSON.stringify(await shop.journal())).toBe(before);

  await shop.run("rollout", { phase: "prepare" });
  await writeFile(join(shop.appDir, "new.txt"), "mine");
  await writeFile(join(shop.appDir, "behaviour.json"), '{"edited":true}');
  const blocked = await shop.run("deploy", { "dry-run": true });
  const all = blocked.stderr + blocked.stdout;
  expect(all).toContain("new.txt (untracked, and part of the new version)");
  expect(all).toContain("behaviour.json (edited on the host)");
  expect(await shop.head()).toBe(running);

  // What the deploy would be refused for when it opens.
  const { username } = new URL(shop.database.url);
  await shop.database.superuser(`ALTER ROLE "${username}" NOCREATEDB`);
  const unprovable = await shop.run("deploy", { "dry-run": true });
  expect(unprovable.code).toBe(2);
  expect(unprovable.stderr).toContain(`ALTER ROLE "${username}" CREATEDB;`);
  await shop.database.superuser(`ALTER ROLE "${username}" CREATEDB`);
  const replaced = `${shop.database.name}_failed_20991231235959`;
  await shop.database.superuser(`CREATE DATABASE "${replaced}" OWNER "${username}"`, "postgres");
  const crowded = await shop.run("deploy", { "dry-run": true, "max-replaced": "0" });
  expect(crowded.code).toBe(2);
  expect(crowded.stderr).toContain("max-replaced");
});

test("a dry run of a deploy, a rollout or a rollback tells what would be run on the host, and runs none of it", async () => {
  await using shop = await openShop({ profile: { rollout: { command: "touch ../made" } } });
  const { commit: one } = await shop.deployed();
  await rm(join(shop.folder, "made"));
  const two = await shop.commit({ behaviour: { broken: "out of order" } });
  const before = [JSON.stringify(await shop.journal()), await shop.head(), await shop.health()];
  const [name, last] = [two.slice(0, 7), one.slice(0, 7)];
  for (const operation of ["deploy", "rollout"]) {
    const run = await shop.run(operation, { "dry-run": true });
    expect(run.code, run.stderr).toBe(0);
    expect(told(run)).toEqual([
      `stop-command of ${last}: ${STOP}`,
      `the files of ${name}: git checkout --detach ${two}`,
      `command of ${name}: touch ../made`,
      `start-command of ${name}: ${START}`,
    ]);
  }
  expect([JSON.stringify(await shop.journal()), await shop.head(), await shop.health()]).toEqual(before);
  expect(told(await shop.run("rollout", { "dry-run": true, phase: "prepare" }))).toEqual([]);

  const workflow = "300.1";
  expect((await shop.run("rollout", {}, { workflow })).code).toBe(0);
  // It was started, and nobody waited for it.
  while ((await shop.health()) === undefined) await sleep(50);
  const failed = [JSON.stringify(await shop.journal()), await shop.head(), await shop.health()];
  const back = await shop.run("rollback", { "dry-run": true }, { workflow });
  expect(back.code, back.stderr).toBe(0);
  expect(told(back)).toEqual([
    `stop-command of ${name}: ${STOP}`,
    `the files of ${last}: git checkout --detach ${one}, what stands in the way kept aside`,
    `command of ${last}: touch ../made`,
    `start-command of ${last}: ${START}`,
  ]);
  expect([JSON.stringify(await shop.journal()), await shop.head(), await shop.health()]).toEqual(failed);
});

/** The lines under what a dry run says would be run. */
function told({ stderr, stdout }: Run): readonly string[] {
  const [, under = ""] = (stderr + stdout).split(/^What would be run on .*\n/m);
  const lines = under.split("\n");
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith("  ")),
    )
    .map((line) => line.slice(2));
}
