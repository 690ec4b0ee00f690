import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { waitScript } from "../../../../src/deploy/watchdog/wait-script.ts";
import type { WatchdogPlan } from "../../../../src/deploy/watchdog/plan.ts";

const SILENT = 60;
const plan = { silentSeconds: SILENT, deploy: "20261128T120000Z-0123456", commit: "0".repeat(40) } as WatchdogPlan;

/** After how many seconds in which the machine was awake it fires. Of each pause of the script the commands say what comes of clock and run. */
async function firesAfter(shell: readonly string[], pause: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-dog-"));
  const script = `set -u
awake=0 clock=1000000 slept=0
date() { echo "$clock"; }
# It was awake as long as it slept; how late it comes back, and what the clock shows then, is another matter.
pause() { awake=$((awake + $1)) clock=$((clock + $1)); }
sleep() { slept=$((slept + 1)); pause "$1"; [ "$slept" -lt 150 ] || { echo never; exit; }
${pause}
}
waits_on() { return 1; }
say() { :; }
beat=beat
${waitScript(plan).replace("waits_on() {", "not_asked() {")}
wait_for_silence
echo "$awake"`;
  try {
    await writeFile(join(folder, "armed"), "");
    const [program = "", ...words] = shell;
    const { stdout, stderr } = spawnSync(program, [...words, "-c", script], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    return Number(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the silence of a run is measured by the time that a machine is awake", () => {
  const at = (second: number, what: string): string => `if [ "$awake" -eq ${second} ]; then ${what}; fi`;
  const sleeps = "clock=$((clock + 3600))";

  test.each([
    ["passes as it should", "", SILENT, SILENT + 5],
    ["is of a machine that sleeps for an hour, early", at(30, sleeps), SILENT, SILENT + 5],
    ["is of a machine that sleeps for an hour, at its end: one sign of life more", at(58, sleeps), 58 + 15, 58 + 25],
    ["is of one that sleeps and whose run goes on then", `${at(58, sleeps)}; ${at(72, "echo on >beat")}`, 72 + SILENT, 72 + SILENT + 5],
    ["is of one whose clock is set back", at(30, "clock=$((clock - 3600))"), SILENT, SILENT + 5],
    ["is of one whose clock is set back at its end", at(58, "clock=$((clock - 3600))"), 58 + 15, 58 + 25],
    ["is of a busy one, that comes to itself late", "pause 6", SILENT, SILENT + 10],
    ["is of one that sleeps at every pause: once it has a sign of life more", sleeps, SILENT, SILENT + 25],
    ["is none while its run is heard of", '[ "$awake" -gt 20 ] || echo "$awake" >beat', 20 + SILENT, 22 + SILENT + 5],
  ])("which %s", async (_, pause, least, most) => {
    const fired = await firesAfter(["dash"], pause);
    expect(fired).toBeGreaterThanOrEqual(least);
    expect(fired).toBeLessThanOrEqual(most);
  });

  test.each([
    ["bash", "--posix"],
    ["busybox", "sh"],
  ])("by %s as well", async (...shell) => {
    expect(await firesAfter(shell, at(58, sleeps))).toBeLessThanOrEqual(58 + 25);
  });
});
