import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Command, Machine } from "../../../src/core/machine.ts";
import { type Holder, Lock } from "../../../src/journal/lock.ts";
import { type StatePaths, statePaths } from "../../../src/journal/paths.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { targetOf, workflowWorld } from "../../lab/machines.ts";
import { type Proxy, startProxy } from "../../lab/proxy.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { removeFolder } from "../../lab/folder.ts";

let server: Sshd;
let proxy: Proxy;
let machine: Machine;
let paths: StatePaths;
beforeAll(async () => {
  server = await startSshd();
  proxy = await startProxy(server.port);
  machine = await connectSsh(targetOf(server, { port: proxy.port, knownHosts: server.fingerprint }), workflowWorld);
  paths = statePaths(await mkdtemp(join(tmpdir(), "savepoint-lost-journal-")));
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await removeFolder(paths.root);
});

/** Cuts the connection at another moment in each command. */
async function cutIn<T>(turn: number, body: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => proxy.cut(), (turn * 7) % 30);
  try {
    return await body();
  } finally {
    clearTimeout(timer);
  }
}

const holderOf = (turn: number): Holder => ({ id: `holder-${turn}`, fence: turn, owner: "me", since: new Date(0).toISOString() });

test("a connection lost in the middle of an entry neither loses nor doubles it", async () => {
  const lock = new Lock(machine, paths);
  const lines = Array.from({ length: 40 }, (_, turn) => JSON.stringify({ turn, text: 'it\'s "odd" \\n é' }));
  for (const [turn, line] of lines.entries()) await cutIn(turn, async () => await lock.append(line, undefined));
  expect(proxy.connections).toBeGreaterThan(5);
  expect(readFileSync(paths.journal, "utf8")).toBe(`${lines.join("\n")}\n`);
});

test("nor does it leave anyone in doubt of who holds the lock", async () => {
  const lock = new Lock(machine, paths);
  for (let turn = 1; turn < 20; turn += 1) {
    expect(await cutIn(turn, async () => await lock.take(holderOf(turn)))).toBe(true);
    expect(await cutIn(turn + 7, async () => await lock.beat(holderOf(turn), { running: true, step: "backup", process: "1" }))).toBe(true);
    expect(await lock.take(holderOf(turn + 1000))).toBe(false);
    expect(await cutIn(turn + 11, async () => await lock.takeOver(holderOf(turn), holderOf(turn + 100)))).toBe(true);
    await cutIn(turn + 13, async () => await lock.release(holderOf(turn + 100)));
    expect(await lock.status()).toMatchObject({ state: "free" });
  }
  expect((await readdir(paths.root)).filter((name) => name.startsWith("lock"))).toEqual([]);
});

/** A step's taking of the lock, its sign of life, and its release; the command that took it. */
async function heldOnce(holder: Holder): Promise<Command> {
  const sent: Command[] = [];
  const lock = new Lock({ ...plain(machine), run: async (command) => (sent.push(command), await machine.run(command)) }, paths);
  expect(await lock.take(holder)).toBe(true);
  expect(await lock.beat(holder, { running: true, step: "backup", process: "1" })).toBe(true);
  expect(await lock.release(holder)).toBe(true);
  const [taking] = sent;
  if (taking === undefined) throw new Error("nothing was sent");
  return taking;
}

const plain = (one: Machine): Machine => ({
  name: one.name,
  login: one.login,
  local: one.local,
  run: async (command) => await one.run(command),
  dial: async (address) => await one.dial(address),
  [Symbol.asyncDispose]: async () => undefined,
});

test("what took the lock and comes once more, long after its release, takes nothing", async () => {
  const taking = await heldOnce(holderOf(201));
  const late = async () => (await machine.run(taking)).stdout.trim();
  expect(await late()).toBe("held");
  expect(await new Lock(machine, paths).status()).toMatchObject({ state: "free" });
  await heldOnce(holderOf(202));
  expect(await late()).toBe("held");
  expect(await new Lock(machine, paths).status()).toMatchObject({ state: "free" });
  expect((await readdir(paths.root)).filter((name) => name.startsWith("lock"))).toEqual([]);
});

test("nor does it where it stood still in the middle, before it links", async () => {
  const tools = await mkdtemp(join(tmpdir(), "savepoint-late-"));
  const ln = join(tools, "ln");
  await writeFile(
    ln,
    `#!/bin/sh\n: >'${tools}/here'\nwhile [ ! -e '${tools}/go' ]; do sleep 0.05; done\nPATH=/usr/bin:/bin exec ln "$@"\n`,
  );
  await chmod(ln, 0o755);
  const sent: Command[] = [];
  const deaf = new Lock(
    { ...plain(machine), run: async (command) => (sent.push(command), { code: 0, signal: null, stdout: "", stderr: "", durationMs: 0 }) },
    paths,
  );
  await deaf.take(holderOf(301));
  const late = machine.run({ ...(sent[0] as Command), env: { PATH: `${tools}:/usr/bin:/bin` } });
  await expect.poll(() => existsSync(join(tools, "here"))).toBe(true);
  await heldOnce(holderOf(301));
  await writeFile(join(tools, "go"), "");
  expect((await late).stdout.trim()).toBe("held");
  expect(await new Lock(machine, paths).status()).toMatchObject({ state: "free" });
  expect((await readdir(paths.root)).filter((name) => name.startsWith("lock"))).toEqual([]);
  await removeFolder(tools);
});
