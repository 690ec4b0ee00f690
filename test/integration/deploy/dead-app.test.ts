import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, START } from "../../lab/shop.ts";

const ENDS_IT = 'p=$(cat app.pid); kill "$p"';
const DIES = { behaviour: { crash: "no licence key" }, timeout: "2s" } as const;

test.each([
  { where: "in a file that its text names", start: START, said: (folder: string) => `${join(folder, "app.log")}: no licence key` },
  { where: "in our own log", start: START.replace(" >app.log 2>&1", ""), said: () => "start-command: no licence key" },
  { where: "nowhere", start: START.replace(">app.log", ">/dev/null"), said: () => "start-command wrote nothing that is kept here" },
])("an app that dies at its start: nothing listens, nothing of it is left, and what it wrote last stands there ($where)", async (about) => {
  await using shop = await settledShop();
  await shop.commit({ ...DIES, profile: { rollout: { "start-command": about.start } } });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  const evidence: readonly string[] = run.json.evidence;
  expect(evidence).toContain(`nothing listens on port ${new URL(shop.url).port} of this machine`);
  expect(evidence).toContainEqual(expect.stringMatching(/^the process that start-command left in the background \(\d+\) has ended$/));
  expect(evidence).toContain(`no process works in ${shop.appDir}`);
  expect(evidence).toContainEqual(expect.stringContaining(about.said(shop.appDir)));
  expect(run.json.hint).toContain("What was started has ended, and nothing listens.");
  if (about.where === "nowhere") expect(run.json.hint).toContain("let start-command leave its output alone");
  expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
});

test("a stop-command that fails because the app is dead already is a warning with what it said, and the deploy goes on", async () => {
  await using shop = await settledShop();
  const next = await shop.commit({ profile: { rollout: { "stop-command": ENDS_IT } } });
  await shop.byHand("stop");
  const run = await shop.run("deploy");
  expect(run.stderr).toContain("stop-command failed (exit ");
  expect(run.stderr).toContain("app.pid: No such file or directory");
  expect(run.stderr).toContain(
    `The app is down all the same: nothing listens on ${new URL(shop.url).host}, and no process works in ${shop.appDir}.`,
  );
  expect(run.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: next });
});

test("a stop-command that fails while the app answers fails the deploy, and that one goes on", async () => {
  await using shop = await settledShop();
  await shop.commit({ profile: { rollout: { "stop-command": "echo 'may not stop it' >&2; false" } } });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  expect(run.json.message).toContain("stop-command failed");
  expect(run.stderr).toContain("may not stop it");
  expect(run.stderr).not.toContain("down all the same");
  expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
});

test("a first version that dies at its start leaves nothing to stop: its way back to nothing is whole, though stop-command fails", async () => {
  await using shop = await openShop({ profile: { rollout: { "stop-command": ENDS_IT } } });
  await shop.commit(DIES);
  const run = await shop.run("deploy");
  expect(run.stderr).toContain("The app is down all the same");
  expect(run.json.outputs).toMatchObject({ "rolled-back": true });
  expect(run.code).toBe(1);
  expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle" });
});
