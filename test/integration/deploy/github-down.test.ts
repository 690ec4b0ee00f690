import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { git } from "../../lab/git.ts";
import { openShop, type Run, type Shop } from "../../lab/shop.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

/** A server that takes every connection and never says a word: worse than one that is gone. */
async function silentServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => open.add(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `git://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

let sshd: Sshd;
let shop: Shop;
let laptop: string;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(async () => await sshd[Symbol.asyncDispose]());
beforeEach(async () => {
  shop = await openShop();
  laptop = join(shop.folder, "laptop");
  await mkdir(laptop);
  return async () => await shop[Symbol.asyncDispose]();
});

/** From a machine that has nothing but the command and a key: no checkout, no file, no token. */
async function fromLaptop(operation: string, flags: Record<string, string>): Promise<Run> {
  const env = {
    SAVEPOINT_HOST: `${sshd.user}@${sshd.host}:${sshd.port}`,
    SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts,
    SAVEPOINT_SSH_KEY: sshd.key,
  };
  return await shop.run(operation, { environment: "production", "state-dir": shop.stateDir, ...flags }, { cwd: laptop, env });
}

async function gitServerDown(): Promise<AsyncDisposable> {
  const server = await silentServer();
  await git(shop.appDir, "remote", "set-url", "origin", server.url);
  return {
    [Symbol.asyncDispose]: async () => {
      await git(shop.appDir, "remote", "set-url", "origin", shop.origin.url);
      await server[Symbol.asyncDispose]();
    },
  };
}

test("with the git server silent, a rollback by hand needs only the host; the tags wait, and the next command that can moves them", async () => {
  const one = await shop.deployed();
  const two = await shop.deployed({ files: { "two.txt": "2" } });
  expect((await shop.tags()).get("latest-stable")).toBe(two.commit);
  {
    await using _down = await gitServerDown();
    const back = await fromLaptop("rollback", { confirm: "production", reason: "orders fail" });
    expect(back.stderr).toContain("The stable tags could not be moved");
    expect(back.stderr).toContain("does not answer");
    expect(back.stderr).toContain(` mark-stable --environment production --commit ${one.commit}`);
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: one.commit });
    expect(back.code).toBe(0);
    expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
    expect((await shop.tags()).get("latest-stable")).toBe(two.commit);
    const status = await fromLaptop("status", {});
    expect(status.json.outputs).toMatchObject({ state: "idle", running: one.commit, stable: one.commit });
    expect(status.json.details.pendingTags).toMatchObject([{ commit: one.commit }]);
  }
  const later = await fromLaptop("mark-stable", { commit: one.commit });
  expect(later.code).toBe(0);
  const tags = await shop.tags();
  expect(tags.get("latest-stable")).toBe(one.commit);
  expect([...tags.values()]).not.toContain(two.commit);
  expect((await fromLaptop("status", {})).json.details.pendingTags).toEqual([]);
});

test("with the git server silent, an open deploy whose runner died is taken back", async () => {
  const one = await shop.deployed();
  const two = await shop.commit({ migrations: { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n" } });
  for (const [operation, flags] of [
    ["rollout", { phase: "prepare" }],
    ["backup", {}],
    ["migrate", {}],
    ["rollout", { phase: "switch" }],
  ] as const)
    expect((await shop.run(operation, flags, { workflow: "300.1" })).code).toBe(0);
  await expect.poll(async () => (await shop.health())?.commit).toBe(two);
  await shop.age(120);
  await using _down = await gitServerDown();
  const back = await fromLaptop("rollback", { confirm: "production", reason: "the runner is gone" });
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: one.commit, "database-action": "restored" });
  expect(back.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
});
