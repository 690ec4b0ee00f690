import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { git } from "../../lab/git.ts";
import { openShop, type Run, type Shop } from "../../lab/shop.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

const WIDER = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" };

let sshd: Sshd;
let shop: Shop;
let checkouts: number;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(async () => await sshd[Symbol.asyncDispose]());
beforeEach(async () => {
  shop = await openShop({ profile: { rollout: { transport: "push" } } });
  checkouts = 0;
  return async () => await shop[Symbol.asyncDispose]();
});

async function overSsh(operation: string, cwd: string, flags: Record<string, string | true> = {}): Promise<Run> {
  const env = {
    SAVEPOINT_HOST: `${sshd.user}@${sshd.host}:${sshd.port}`,
    SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts,
    SAVEPOINT_SSH_KEY: sshd.key,
  };
  return await shop.run(operation, flags, { cwd, env });
}

/** As actions/checkout makes it: one commit, no tags. */
async function shallowCheckout(): Promise<string> {
  checkouts += 1;
  return await shop.origin.clone(`runner-${checkouts}`, { depth: 1 });
}

/** The host's folder before any deploy: what its operator put there, and no clone. */
async function nothingThere(): Promise<void> {
  for (const name of await readdir(shop.appDir)) if (name !== ".env") await rm(join(shop.appDir, name), { recursive: true });
}

test("a host without the repository is deployed to from shallow checkouts, from its first version on, and rolls back without any", async () => {
  await nothingThere();
  const one = await shop.commit();
  const planned = await overSsh("deploy", await shallowCheckout(), { "dry-run": true });
  expect(planned.json.headline).toContain(`Would make a clone in ${shop.appDir}`);
  expect(await readdir(shop.appDir)).toEqual([".env"]);

  const first = await overSsh("deploy", await shallowCheckout());
  expect(first.stderr).not.toContain("✗");
  expect(first.code).toBe(0);
  expect(first.stderr).toContain("Made a git clone in");
  expect(await shop.health()).toMatchObject({ status: 200, commit: one });
  expect((await shop.tags()).get("latest-stable")).toBe(one);

  await shop.commit({ message: "In between", files: { "between.txt": "x" } });
  const two = await shop.commit({ migrations: WIDER });
  const second = await overSsh("deploy", await shallowCheckout());
  expect(second.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: two });

  await shop.commit({ migrations: { "003_gone.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n" }, timeout: "2s" });
  const bad = await overSsh("deploy", await shallowCheckout());
  expect(bad.code).toBe(1);
  expect(bad.json.outputs).toMatchObject({ "rolled-back": true, commit: two, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: two });

  const empty = join(shop.folder, "laptop");
  await mkdir(empty);
  const back = await overSsh("rollback", empty, {
    environment: "production",
    "state-dir": shop.stateDir,
    confirm: "production",
    reason: "orders fail",
    to: one,
    database: "restore",
  });
  expect(back.stderr).not.toContain("✗");
  expect(back.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: one });
  await expect(shop.database.sql("SELECT wide FROM notes")).rejects.toThrow("wide");
});

test("what cannot be brought is refused, and nothing touched: no checkout, or one that lacks the commit", async () => {
  await shop.deployed();
  const before = await shop.head();
  const old = await shallowCheckout();
  const next = await shop.commit();
  await git(shop.appDir, "remote", "set-url", "origin", "/nowhere");
  const lacking = await overSsh("deploy", old, { commit: next });
  expect(lacking.code).toBe(2);
  expect(lacking.stderr).toContain(`does not have commit ${next}, so it cannot bring it to the host.`);
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  const empty = join(shop.folder, "empty");
  await mkdir(empty);
  const none = await overSsh("rollout", empty, {
    environment: "production",
    "app-dir": shop.appDir,
    "state-dir": shop.stateDir,
    transport: "push",
    commit: next,
  });
  expect(none.code).toBe(2);
  expect(none.stderr).toContain("brings the code from the checkout, and this folder is none");
  expect(await shop.head()).toBe(before);
});

test("a folder that holds other things is not made a clone", async () => {
  await nothingThere();
  await mkdir(join(shop.appDir, "uploads"));
  await shop.commit();
  const run = await overSsh("deploy", await shallowCheckout());
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(`${shop.appDir} on ${sshd.user}@`);
  expect(run.stderr).toContain("is not a git clone");
  expect((await readdir(shop.appDir)).toSorted()).toEqual([".env", "uploads"]);
});

test("a very first deploy that fails goes back to nothing, and the next one goes", async () => {
  await nothingThere();
  await shop.commit({ behaviour: { broken: "not yet" }, timeout: "1s" });
  const failed = await overSsh("deploy", await shallowCheckout());
  expect(failed.stderr).toContain("Target: nothing: nothing ran when this deploy opened.");
  expect(failed.code).toBe(1);
  expect(failed.json.outputs).toMatchObject({ "rolled-back": true });
  expect(await shop.health()).toBeUndefined();
  const mended = await shop.commit();
  expect((await overSsh("deploy", await shallowCheckout())).code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: mended });
});
