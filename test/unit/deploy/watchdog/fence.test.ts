import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { disarm } from "../../../../src/deploy/lock/watchdog-fence.ts";
import { localMachine } from "../../../../src/machine/process/local.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-fence-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** As a run is asked by it: what it waited, and how often it looked whether its lock is still its own. */
function run(held: () => Promise<void> = async () => await Promise.resolve()) {
  const seen = { looks: 0, waited: 0 };
  const clock = { now: () => new Date(), sleep: async (ms: number) => await Promise.resolve(void (seen.waited += ms)) };
  const look = async (): Promise<void> => {
    seen.looks += 1;
    await held();
  };
  return { seen, done: disarm(localMachine(), folder, { clock, held: look }) };
}

describe("the fence between a run and its watchdog is one rename", () => {
  test.each(["armed", "proving"])("one that is %s is told that it is not needed, at once", async (now) => {
    await writeFile(join(folder, now), "");
    const { seen, done } = run();
    await done;
    expect([await readdir(folder), seen]).toEqual([["confirmed"], { looks: 0, waited: 0 }]);
  });

  test("told twice, or of a folder that is gone, nothing is waited for", async () => {
    await writeFile(join(folder, "armed"), "");
    await run().done;
    const { seen, done } = run();
    await done;
    await rm(folder, { recursive: true });
    await run().done;
    expect(seen).toEqual({ looks: 0, waited: 0 });
  });

  test("where the watchdog was faster, the run ends as one whose lock was taken", async () => {
    await writeFile(join(folder, "armed"), "");
    await rename(join(folder, "armed"), join(folder, "fired"));
    let takes = 3;
    const { done } = run(async () => await (--takes > 0 ? Promise.resolve() : Promise.reject(new Error("lock-lost"))));
    await expect(done).rejects.toThrow("lock-lost");
    expect(existsSync(join(folder, "fired"))).toBe(true);
  });

  test("one that fired and never took the lock is dead, and holds nobody up for longer than that takes", async () => {
    await writeFile(join(folder, "fired"), "");
    const { seen, done } = run();
    await done;
    expect(seen).toEqual({ looks: 20, waited: 10_000 });
  });
});
