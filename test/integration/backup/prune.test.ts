import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatManifest, type Manifest } from "../../../src/backup/manifest.ts";
import { applyRetention, type PruneContext } from "../../../src/backup/prune.ts";
import { planRetention, type RetentionPlan } from "../../../src/backup/retention.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { Report } from "../../../src/core/report.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { manifest } from "../../unit/backup/manifests.ts";
import { removeFolder } from "../../lab/folder.ts";

const machine = localMachine();
let directory: string;
let said: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "savepoint retention "));
  said = [];
});
afterEach(async () => {
  await removeFolder(directory);
});

const store = (on: Machine = machine): BackupStore => new BackupStore(on, directory);
const put = async (one: Manifest): Promise<Manifest> => {
  await writeFile(join(directory, one.file), "x".repeat(one.sizeBytes));
  await writeFile(join(directory, `${one.file}.json`), formatManifest(one));
  return one;
};
const say = (text: string): void => void said.push(text);
const report: Report = { step: async (_, body) => await body(), say, detail: say, notice: say, warning: say, mask: () => undefined };
const context: PruneContext = { owner: { app: "shop", environment: "production", database: manifest().database }, openDeploys: [], report };
const plan = (manifests: readonly Manifest[]): RetentionPlan =>
  planRetention(
    manifests,
    { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, minKeep: 1 },
    { now: new Date("2026-11-25T00:00:00Z"), openDeploys: [], ofThisRun: [], neededByStable: [] },
  );
const days = async (changes: Partial<Manifest>, ...of: number[]): Promise<Manifest[]> =>
  await Promise.all(of.map(async (day) => await put(manifest({ startedAt: `2026-11-${day}T00:00:00Z`, ...changes }))));
const files = async (): Promise<string[]> => (await readdir(directory)).sort();

test("what the plan removes goes, dump and manifest, and is told", async () => {
  const [newest] = await days({}, 23, 22, 21);
  const deleted = await applyRetention(store(), plan((await store().all()).manifests), context);
  expect(deleted).toEqual(["20261121T000000Z-abc1234", "20261122T000000Z-abc1234"]);
  expect(await files()).toEqual([newest?.file, `${newest?.file}.json`]);
  expect(said).toContain("deleted pre-deploy_20261121T000000Z_abc1234.dump: held by no rule");
});

test("another database's backups in the same folder stay, whatever the plan says of them", async () => {
  await days({}, 23);
  const staging = await days({ purpose: "manual", database: { ...manifest().database, name: "app_staging" } }, 22, 21, 20);
  const both = plan((await store().all()).manifests);
  expect(both.remove).toHaveLength(2);
  expect(await applyRetention(store(), both, context)).toEqual([]);
  expect((await store().all()).manifests).toHaveLength(1 + staging.length);
});

test("killed in between, it leaves a manifest that restores nothing, and the next run finishes", async () => {
  await days({}, 23, 22);
  let removals = 0;
  const dying: Machine = {
    ...machine,
    run: async (command) => {
      removals += command.words.some((word) => word.endsWith(".json")) ? 1 : 0;
      if (removals > 0) throw new Error("killed");
      return await machine.run(command);
    },
  };
  const all = (await store().all()).manifests;
  await expect(applyRetention(store(dying), plan(all), context)).rejects.toThrow();
  expect((await store().all()).broken).toMatchObject([
    { file: "pre-deploy_20261122T000000Z_abc1234.dump.json", problem: "its dump is missing" },
  ]);
  await expect(store().find("20261122T000000Z-abc1234")).rejects.toThrow("its dump is missing");
  await applyRetention(store(), plan((await store().all()).manifests), context);
  expect(await files()).toEqual(["pre-deploy_20261123T000000Z_abc1234.dump", "pre-deploy_20261123T000000Z_abc1234.dump.json"]);
});

test("what is broken otherwise, foreign, or an open deploy's evidence is never cleaned up", async () => {
  await writeFile(join(directory, "cut.dump.json"), "{");
  const [short, foreign, open] = await Promise.all([
    put(manifest({ startedAt: "2026-11-01T00:00:00Z" })),
    put(manifest({ startedAt: "2026-11-02T00:00:00Z", app: "other" })),
    put(manifest({ startedAt: "2026-11-03T00:00:00Z", deploy: "d-1" })),
  ]);
  await writeFile(join(directory, short.file), "short");
  await rm(join(directory, foreign.file));
  await rm(join(directory, open.file));
  const before = await files();
  await applyRetention(store(), plan([]), { ...context, openDeploys: ["d-1"] });
  expect(await files()).toEqual(before);
});
