import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeShop, type ComposeShopOptions, openComposeShop } from "../lab/compose-shop.ts";
import type { Finding } from "../../src/core/finding.ts";
import { COMPOSE_FAULTS } from "../lab/doctor/compose-faults.ts";
import type { DoctorLook } from "../lab/doctor/fault.ts";
import { mend } from "../lab/doctor/mend.ts";
import { docker } from "../lab/engine.ts";
import { type Host, startHost } from "../lab/host.ts";
import { NODE_IMAGE } from "../lab/images.ts";
import type { Run } from "../lab/shop.ts";
import { needs } from "../lab/needs.ts";

await needs("engine", "host");

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(async () => await host?.[Symbol.asyncDispose]());

const open = async (options: ComposeShopOptions = {}): Promise<ComposeShop> => await openComposeShop(host, options);

async function expectNothing(shop: ComposeShop, run: Run): Promise<void> {
  expect(run.stderr).toContain("Nothing runs here yet: no container of the app's compose project runs.");
  expect(run.stderr).toContain("Target: nothing: nothing ran when this deploy opened.");
  expect(run.stderr).not.toContain("it ran when this deploy opened");
  expect(run.code).toBe(1);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  expect(await shop.sql("SELECT count(*)::int AS n FROM pg_tables WHERE tablename = 'notes'")).toEqual([{ n: 0 }]);
  const containers = await shop.containers();
  expect(containers.map(({ service, state }) => [service, state])).toEqual([["postgres", "running"]]);
  const status = await shop.fromAfar("status");
  expect(status.json.outputs.state).toBe("idle");
  expect(status.stderr).toContain("nothing runs");
}

test("a first deploy over a fresh clone whose port is taken goes back to nothing, and the next one goes on; only what its containers run is stable", async () => {
  await using shop = await open({ fresh: true });
  const [database] = await shop.containers();
  await shop.commit();
  const port = new URL(shop.url).port;
  const other = await docker(["run", "--detach", "--rm", "--publish", `${port}:3000`, NODE_IMAGE, "sleep", "600"]);
  try {
    await expectNothing(shop, await shop.run("deploy"));
  } finally {
    await docker(["rm", "--force", other]);
  }
  expect((await shop.containers()).map(({ id }) => id)).toEqual([database?.id]);
  const fixed = await shop.commit({ files: { NEWS: "the port is free" } });
  const run = await shop.run("deploy");
  expect(run.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: fixed });

  // Its files alone are brought by hand: the containers are still those of the version before, and that is what runs.
  const brought = await shop.commit({ files: { NEWS: "brought by hand" } });
  await host.run(`git fetch --quiet && git checkout --quiet --detach ${brought}`, { cwd: shop.appDir });
  const marked = await shop.run("mark-stable");
  expect(marked.json.message).toContain(
    `${fixed.slice(0, 7)} runs on the host, not ${brought.slice(0, 7)} (its containers were built from it)`,
  );
  expect(marked.code).toBe(2);
});

test("a first deploy whose health check asks at the wrong place goes back to nothing, though the app was up", async () => {
  await using shop = await open({ fresh: true, profile: { health: { url: "http://localhost:1/health" } } });
  await shop.commit({ timeout: "2s" });
  await expectNothing(shop, await shop.run("deploy"));
});

test("an app that was brought up by hand and cannot tell its commit is gone back to, green as far as it can be known", async () => {
  await using shop = await open();
  const [found, web] = [await shop.head(), (await shop.containers()).find(({ service }) => service === "web")];
  await shop.commit({ behaviour: { broken: "no" }, timeout: "3s" });
  const run = await shop.run("deploy");
  expect(run.stderr).toContain(
    `${found.slice(0, 7)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`,
  );
  expect(run.code).toBe(1);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: found, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: "by-hand" });
  expect(web).toBeDefined();
});

test("what is wrong with docker and compose: doctor names it, and what it says mends it", async () => {
  await using shop = await open({ fresh: true });
  const bin = join(shop.origin.folder, "bin");
  await mkdir(bin);
  const known = join(bin, "known_hosts");
  await writeFile(known, host.knownHosts);
  // What a person has in ~/.ssh: OpenSSH's own client does not look in HOME.
  const ssh = `exec /usr/bin/ssh -F none -i ${host.keyFile} -o UserKnownHostsFile=${known} -o BatchMode=yes "$@"`;
  await writeFile(join(bin, "ssh"), `#!/bin/sh\n${ssh}\n`, { mode: 0o755 });
  const desk = { cwd: shop.checkout, home: shop.origin.folder, bin };
  for (const fault of COMPOSE_FAULTS) {
    const planted = await fault.plant(shop);
    const found = await doctorOf(shop, planted.look);
    await mend(fault, planted, { found, desk });
    // What one fault keeps from answering is told by that one alone.
    const besides = found.filter(({ state, about }) => state === "fail" && about !== fault.about && about !== "work tree");
    expect(besides, fault.fault).toEqual([]);
    const after = await doctorOf(shop, planted.after ?? planted.look);
    expect(
      after.filter(({ state, about }) => state === "fail" || (state === "warn" && about === fault.about)),
      fault.fault,
    ).toEqual([]);
  }
});

async function doctorOf(shop: ComposeShop, { env }: DoctorLook = {}): Promise<readonly Finding[]> {
  const run = await shop.run("doctor", {}, env === undefined ? {} : { env });
  return JSON.parse(run.json.outputs.findings) as readonly Finding[];
}
