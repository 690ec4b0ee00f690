import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimName } from "../../../src/backup/claim.ts";
import { formatManifest, type Manifest } from "../../../src/backup/manifest.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { manifest } from "../../unit/backup/manifests.ts";
import { removeFolder } from "../../lab/folder.ts";

const machine = localMachine();
const at = new Date("2026-11-20T14:30:22Z");
const commit = "abc1234567890123456789012345678901234567";
let directory: string;
let store: BackupStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "savepoint store é'$(x) "));
  store = new BackupStore(machine, directory);
});
afterEach(async () => {
  await removeFolder(directory);
});

const put = async (one: Manifest): Promise<Manifest> => {
  await writeFile(store.pathOf(one), "x".repeat(one.sizeBytes));
  await writeFile(`${store.pathOf(one)}.json`, formatManifest(one));
  return one;
};
const files = async (): Promise<string[]> => (await readdir(directory)).sort();

describe("a store", () => {
  test("that does not exist holds nothing", async () => {
    expect(await new BackupStore(machine, join(directory, "none")).all()).toEqual({ manifests: [], broken: [] });
  });

  test("lists the newest first, and what cannot be used with its problem", async () => {
    const older = await put(manifest());
    const newer = await put(manifest({ startedAt: "2026-11-21T00:00:00Z", purpose: "manual" }));
    const short = await put(manifest({ startedAt: "2026-11-22T00:00:00Z" }));
    await truncate(store.pathOf(short), 400);
    const gone = await put(manifest({ startedAt: "2026-11-23T00:00:00Z" }));
    await rm(store.pathOf(gone));
    await writeFile(join(directory, "moved.dump.json"), formatManifest(older));
    await writeFile(join(directory, "cut.dump.json"), formatManifest(older).slice(0, 100));
    await writeFile(join(directory, "orphan.dump"), "x");
    await writeFile(join(directory, "notes.txt"), "x");
    const { manifests, broken } = await store.all();
    expect(manifests).toEqual([newer, older]);
    expect(broken.map(({ file, problem }) => `${file} ${problem}`).sort()).toEqual(
      [
        "cut.dump.json is cut off (it ends in line 4, column 48)",
        `moved.dump.json names another file: ${older.file}`,
        "orphan.dump has no manifest",
        `${gone.file}.json its dump is missing`,
        `${short.file}.json its dump has 400 bytes instead of 1000`,
      ].sort(),
    );
  });

  test("reads manifests that are together larger than what a command's output may hold", async () => {
    const rows = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`public.table_with_a_rather_long_name_${index}`, index]));
    for (let day = 1; day <= 4; day += 1) await put(manifest({ startedAt: `2026-11-0${day}T00:00:00Z`, rows }));
    expect((await store.all()).manifests).toHaveLength(4);
  });

  test("finds a backup by id, deploy, file, path and manifest", async () => {
    const one = await put(manifest({ deploy: "d-1" }));
    const newer = await put(manifest({ startedAt: "2026-11-21T00:00:00Z", deploy: "d-1" }));
    for (const named of [one.id, one.file, `${one.file}.json`, store.pathOf(one), `./${one.file}`])
      expect(await store.find(named)).toEqual(one);
    expect(await store.find("d-1")).toEqual(newer);
    await expect(store.find("/elsewhere/x.dump")).rejects.toMatchObject({ exit: 2, code: "backup-unknown" });
    await expect(store.find("nope")).rejects.toMatchObject({
      exit: 2,
      evidence: [expect.stringContaining(newer.id), expect.stringContaining(one.id)],
    });
  });

  test("latest is the newest of the owner's own database, not of one whose name begins alike", async () => {
    const app = await put(manifest());
    await put(manifest({ startedAt: "2026-11-21T00:00:00Z", database: { ...manifest().database, name: "app_staging" } }));
    await put(manifest({ startedAt: "2026-11-22T00:00:00Z", database: { ...manifest().database, system: "42" } }));
    await put(manifest({ startedAt: "2026-11-23T00:00:00Z", app: "other" }));
    expect(await store.find("latest", { app: "shop", environment: "production", database: app.database })).toEqual(app);
    await expect(store.find("latest")).rejects.toThrow("is not clear");
    await expect(store.find("latest", { app: "nobody" })).rejects.toMatchObject({ exit: 2 });
  });

  test("a damaged backup is not used, and says why", async () => {
    const one = await put(manifest());
    await truncate(store.pathOf(one), 1);
    await expect(store.find(one.id)).rejects.toThrow("its dump has 1 bytes instead of 1000");
    await expect(store.find("latest")).rejects.toMatchObject({ code: "backup-unknown" });
  });
});

describe("a claimed name", () => {
  test("is given once: the same second and commit get the next second, whatever the purpose", async () => {
    await using first = await claimName({ machine, directory, purpose: "pre-deploy", at, commit });
    await using second = await claimName({ machine, directory, purpose: "manual", at, commit });
    await put(manifest({ startedAt: "2026-11-20T14:30:24Z", purpose: "scheduled" }));
    await using third = await claimName({ machine, directory, purpose: "pre-deploy", at, commit });
    expect([first.name.id, second.name.id, third.name.id]).toEqual([
      "20261120T143022Z-abc1234",
      "20261120T143023Z-abc1234",
      "20261120T143025Z-abc1234",
    ]);
  });

  test("many at once never collide", async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, async () => await claimName({ machine, directory, purpose: "manual", at, commit })),
    );
    expect(new Set(claims.map((claim) => claim.name.file)).size).toBe(8);
    for (const claim of claims) await claim[Symbol.asyncDispose]();
    expect(await files()).toEqual([]);
  });

  test("leaves nothing where it was not published", async () => {
    {
      await using claim = await claimName({ machine, directory, purpose: "manual", at, commit });
      await writeFile(join(directory, `${claim.name.file}.partial`), "half");
      await writeFile(join(directory, claim.name.file), "renamed, without a manifest yet");
    }
    expect(await files()).toEqual([]);
  });

  test("leaves what was published", async () => {
    {
      await using claim = await claimName({ machine, directory, purpose: "manual", at, commit });
      await rm(join(directory, `${claim.name.file}.partial`));
      await put(manifest({ purpose: "manual" }));
      claim.published();
    }
    expect(await files()).toEqual([manifest({ purpose: "manual" }).file, `${manifest({ purpose: "manual" }).file}.json`]);
  });

  test("keeps its half-written file while its writer lives", async () => {
    await using claim = await claimName({ machine, directory, purpose: "manual", at, commit });
    expect(await store.removePartials()).toEqual([]);
    expect(await files()).toContain(`${claim.name.file}.partial`);
  });

  test("of a killed run is cleaned up by itself when only that run died", async () => {
    const script = `
      import { claimName } from ${JSON.stringify(join(process.cwd(), "src/backup/claim.ts"))};
      import { localMachine } from ${JSON.stringify(join(process.cwd(), "src/machine/process/local.ts"))};
      await claimName({ machine: localMachine(), directory: ${JSON.stringify(directory)}, purpose: "manual", at: new Date(), commit: undefined });
      process.kill(process.pid, "SIGKILL");`;
    await new Promise((done) => spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" }).once("exit", done));
    await expect.poll(files).toEqual([]);
  });

  test("whose writer was killed too is cleaned up by the next backup, and nothing else is", async () => {
    const kept = await put(manifest());
    const claim = await claimName({ machine, directory, purpose: "manual", at, commit });
    const note = (await readdir(directory)).find((name) => name.endsWith(".writer")) ?? "";
    const { stdout } = await machine.run({ words: ["head", "-n", "1", join(directory, note)] });
    process.kill(Number(stdout), "SIGKILL");
    await claim[Symbol.asyncDispose]();
    await writeFile(join(directory, claim.name.file), "renamed, without a manifest yet");
    expect((await store.all()).broken).toEqual([]);
    expect(await store.removePartials()).toEqual([`${claim.name.file}.partial`]);
    expect(await files()).toEqual([kept.file, `${kept.file}.json`]);
  });

  test("half files that nobody claims are cleaned up", async () => {
    await writeFile(join(directory, "old.dump.partial"), "half");
    expect(await store.removePartials()).toEqual(["old.dump.partial"]);
    expect(await files()).toEqual([]);
  });

  test("a folder that is missing is said", async () => {
    await expect(claimName({ machine, directory: join(directory, "none"), purpose: "manual", at, commit })).rejects.toMatchObject({
      code: "unwritable",
    });
  });
});
