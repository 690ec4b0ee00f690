import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sharedSection } from "../../../src/config/shared.ts";
import { SHARED } from "../../../src/core/input.ts";
import { Settings } from "../../../src/core/settings.ts";
import { type Environment, openEnvironment, stateOf } from "../../../src/deploy/environment/environment.ts";
import { Transaction } from "../../../src/deploy/lock/transaction.ts";
import type { BeginRequest } from "../../../src/deploy/lock/turn.ts";
import type { Holder } from "../../../src/journal/lock.ts";
import { realPorts } from "../../../src/faces/ports.ts";
import { silentReport } from "../../lab/machines.ts";
import { removeFolder } from "../../lab/folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-turn-"));
});
afterEach(async () => await removeFolder(folder));

const A = "a".repeat(40);
const B = "b".repeat(40);

async function as(run: string): Promise<Environment> {
  const env = { PATH: process.env["PATH"], HOME: folder, SAVEPOINT_RUN: run };
  const signal = new AbortController().signal;
  const ports = realPorts({ env, cwd: folder, terminal: true, program: ["savepoint"], report: silentReport, signal });
  const settings = new Settings([{ source: "flags", raw: { [SHARED]: { "state-dir": join(folder, "state") } } }], undefined);
  const inputs = settings.read({ shared: sharedSection });
  const profile = { app: "shop", environment: "production", only: true };
  return await openEnvironment({ settings, ports, profile, inputs }, { state: "required" });
}

function opens(commit: string, more: Partial<BeginRequest> = {}): BeginRequest {
  const opening = { commit, from: undefined, live: undefined, settings: {}, hooks: {} };
  return { wants: "open", commit, opening: async () => await Promise.resolve(opening), ...more };
}

async function deployOf(run: string, commit: string): Promise<void> {
  await using environment = await as(run);
  await using tx = await Transaction.begin(environment, opens(commit));
  await tx.close({ as: "confirmed", why: "tried" });
}

test("whoever took the lock after it had changed hands twice behind his look looks again, and what he writes counts", async () => {
  await using environment = await as("slow@desk");
  const looks: number[] = [];
  const check: BeginRequest["check"] = async ({ ledger }) => {
    looks.push(ledger.deploys.length);
    if (looks.length > 1) return;
    await deployOf("ada@desk", B);
    await deployOf("eve@desk", B);
  };
  await using tx = await Transaction.begin(environment, opens(A, { check }));
  const ledger = await stateOf(environment).journal.read();
  expect(ledger.open).toMatchObject({ id: tx.deploy, owner: "slow@desk", commit: A });
  expect(looks).toEqual([0, 2]);
});

test("one who was taken for dead, and wrote just before the lock was taken over, is looked at again", async () => {
  await using gone = await as("gone@desk");
  await using left = await Transaction.begin(gone, opens(A));
  const { paths, journal } = stateOf(gone);
  const silent = await readFile(paths.beat, "utf8");
  await writeFile(paths.beat, silent.replace(/^\d+/, (epoch) => String(Number(epoch) - 90)).replace('"running":false', '"running":true'));
  await using environment = await as("eve@desk");
  const looks: (readonly string[] | undefined)[] = [];
  const check: BeginRequest["check"] = async ({ ledger }) => {
    looks.push(ledger.open?.steps.map(({ step }) => step));
    if (looks.length === 1) await left.write({ kind: "step.started", step: "migrate", intent: {} });
  };
  await using tx = await Transaction.begin(environment, { wants: "end", commit: undefined, check });
  expect(looks).toEqual([[], ["migrate"]]);
  expect(await journal.lock.status()).toMatchObject({ state: "held", holder: { owner: "eve@desk", deploy: tx.deploy } });
  expect((await journal.read()).entries.filter(({ kind }) => kind === "lock.taken")).toHaveLength(1);
});

test("a number that nothing but a sign of life tells is passed over: the next holder's is higher, so that its own is no late one", async () => {
  await deployOf("ada@desk", A);
  await using environment = await as("bea@desk");
  const { paths } = stateOf(environment);
  await writeFile(paths.beat, `1 {"id":"of-one-who-wrote-nothing","fence":500,"running":false,"step":"","process":""}\n`);
  await rm(paths.lock, { force: true });
  await using tx = await Transaction.begin(environment, { wants: "end", commit: undefined, patienceMs: 5000 });
  await tx.write({ kind: "lock.taken", from: "ada@desk", why: "told" });
  expect((await readFile(paths.journal, "utf8")).trimEnd().split("\n").at(-1)).toContain('"fence":501');
});

/** The lock as a run leaves it whose taking came late, when it was gone already: taken, and no sign of life after it. */
async function takenLate(environment: Environment, { ageMs, fence }: { readonly ageMs: number; readonly fence: number }): Promise<Holder> {
  const ghost: Holder = { id: `ghost-${fence}`, fence, owner: "ghost@desk", since: new Date(Date.now() - ageMs).toISOString() };
  expect(await stateOf(environment).journal.lock.take(ghost)).toBe(true);
  return ghost;
}

test("a lock that was taken late, for a run that is gone, moves nothing: it is waited for till a minute after it was asked for, then taken over", async () => {
  await using left = await as("gone@desk");
  const { journal, paths } = stateOf(left);
  {
    await using tx = await Transaction.begin(left, opens(A));
    await tx.write({ kind: "step.started", step: "migrate", intent: {} });
  }
  const { open, highestFence } = await journal.read();
  // As a dead runner's lock is given up by hand.
  await rm(paths.lock);
  const before = await readFile(paths.journal, "utf8");
  const ghost = await takenLate(left, { ageMs: 50_000, fence: highestFence + 1 });
  await using environment = await as("eve@desk");
  const ends: BeginRequest = { wants: "end", commit: undefined, patienceMs: 0 };
  await expect(Transaction.begin(environment, ends)).rejects.toMatchObject({
    code: "busy",
    message: expect.stringContaining("ghost@desk is running a step"),
  });
  expect(await readFile(paths.journal, "utf8")).toBe(before);
  await rm(paths.lock);
  await takenLate(left, { ageMs: 61_000, fence: ghost.fence });
  await using tx = await Transaction.begin(environment, ends);
  expect(tx.deploy).toBe(open?.id);
  // Whoever took it late, should it wake up: it writes nothing, and the lock stays with its successor.
  const entry = { at: new Date().toISOString() };
  await expect(journal.lock.append(JSON.stringify(entry), ghost)).rejects.toMatchObject({ code: "lock-lost" });
  expect(await journal.lock.beat(ghost, { running: true, step: "migrate", process: "" })).toBe(false);
  expect(await journal.lock.release(ghost)).toBe(false);
  expect(await journal.lock.status()).toMatchObject({ state: "held", holder: { owner: "eve@desk" } });
  expect((await journal.read()).deploys.map(({ id, end }) => [id, end])).toEqual([[open?.id, undefined]]);
});

test("what takes long between two steps gives signs of life as a step does, and no more once it is over", async () => {
  await using environment = await as("ada@desk");
  const { journal, paths } = stateOf(environment);
  await using tx = await Transaction.begin(environment, opens(A));
  await rm(paths.beat);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const said = await tx.alive("prepare", async () => {
      expect(await journal.lock.status()).toMatchObject({ beat: { running: true, step: "prepare" } });
      await rm(paths.beat);
      vi.advanceTimersByTime(15_000);
      await vi.waitFor(async () => expect(await journal.lock.status()).toMatchObject({ beat: { running: true } }), { timeout: 60_000 });
      return "proven";
    });
    expect([said, vi.getTimerCount()]).toEqual(["proven", 0]);
  } finally {
    vi.useRealTimers();
  }
});
