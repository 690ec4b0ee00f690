import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, STOP } from "../../lab/shop.ts";

const LAST = /^start of [0-9a-f]{7} until its first healthy answer$/;

/** `1.2 s` and `300 ms` behind the parts' names, in milliseconds. */
function parts(lines: readonly string[]): readonly (readonly [string, number])[] {
  return lines.map((line) => {
    const [, what = "", number = "", unit] = /^(.*): ([\d.]+) (ms|s)$/.exec(line) ?? [];
    return [what, Number(number) * (unit === "s" ? 1000 : 1)] as const;
  });
}

test("a deploy, its rollback and a restore tell how long nothing answered, and where that time went", async () => {
  await using shop = await openShop({
    profile: { rollout: { "stop-command": `sleep 1; ${STOP}` }, health: { successes: 4, interval: "300ms" } },
  });
  await shop.deployed();
  // Nothing ran before the first version: it took the app from nobody.
  const first = (await shop.journal()).findLast((entry) => entry.kind === "step.done" && entry.step === "health");
  expect(first.result).not.toHaveProperty("downtime");
  await shop.commit({ behaviour: { startMs: 700 } });
  const deploy = await shop.run("deploy");
  expect(deploy.code).toBe(0);
  const { "downtime-ms": away, downtime } = deploy.json.outputs;
  expect(deploy.stderr).toMatch(/is deployed and stable on shop\/production after .*; the app was away for /);
  expect(deploy.stderr).toMatch(
    /A rollback now takes about \S+ s with the database kept.*; \S+ s of it without the app \(as stop, start and health took in /,
  );
  expect(downtime.join("\n")).toMatch(/^stop-command of [0-9a-f]{7}: /);
  expect(parts(downtime).at(-1)?.[0]).toMatch(LAST);
  expect(away).toBeGreaterThan(1700);
  const total = parts(downtime).reduce((sum, [, ms]) => sum + ms, 0);
  expect(total / away).toBeGreaterThan(0.6);
  expect(total / away).toBeLessThan(1.3);
  const journal = await shop.journal();
  const [health, begun] = [
    journal.findLast((entry) => entry.kind === "step.done" && entry.step === "health"),
    journal.findLast((entry) => entry.kind === "step.started" && entry.step === "switch"),
  ];
  // Three more passes, 300 ms apart, belong to the check, not to the time without the app.
  expect(Date.parse(health.at) - Date.parse(begun.at)).toBeGreaterThanOrEqual(away + 900);
  expect(health.result.downtime.ms).toBe(away);
  expect(health.result.elapsedMs).toBeGreaterThan(900);

  const broken = await shop.commit({
    behaviour: { broken: "no" },
    timeout: "3s",
    migrations: { "002_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" },
  });
  const failed = await shop.run("deploy");
  expect(failed.code).toBe(1);
  const lines = failed.json.outputs.downtime.join("\n");
  expect(lines).toMatch(/swapping the databases, of which connections were blocked for \d/);
  // From the switch's stop: the version that failed was no app either.
  expect(lines.match(/stop-command/g)).toHaveLength(2);
  // Whose it was is told: what ran before did not take that long.
  expect(lines).toMatch(new RegExp(`^${broken.slice(0, 7)} was on, and not healthy: `, "m"));
  expect(parts(failed.json.outputs.downtime).at(-1)?.[0]).toMatch(LAST);
  expect(parts(failed.json.outputs.downtime).at(-1)?.[0]).not.toContain(broken.slice(0, 7));
  expect(failed.json.outputs["downtime-ms"]).toBeGreaterThan(3000);
  expect(failed.stderr).toMatch(/app: healthy after .*; the app was away for /);
  // Of the rollback alone, part by part, as the journal keeps it; and what the next one is expected to take.
  const { times } = (await shop.journal()).findLast((entry) => entry.kind === "step.done" && entry.step === "rollback").result;
  expect(Object.keys(times)).toEqual(["decision", "restore", "stop", "swap", "start", "health"]);
  expect(Object.values(times).every((ms) => typeof ms === "number" && ms > 0)).toBe(true);
  expect(times.stop).toBeGreaterThan(1000);
  expect(failed.stderr).toMatch(/From decision to healthy: \S+ s \(decision .*, restore .*, stop .*, swap .*, start .*, health .*\)\./);
  const told = await shop.run("status");
  expect(told.stderr).toMatch(/last rollback took\W+\S+ s: decision /);
  const move = times.stop + times.start + times.health;
  expect(told.json.details.expected).toMatchObject({ by: "rollback", kept: times.decision + move, away: move });
  expect(told.json.details.expected.restored).toBeGreaterThanOrEqual(times.decision + move + times.swap);

  const restored = await shop.run("restore", { backup: "latest", confirm: "production" });
  expect(restored.code).toBe(0);
  expect(restored.stderr).toMatch(/Connections were blocked for .*; the app was away for /);
  expect(restored.json.outputs["downtime-ms"]).toBeGreaterThan(1000);
});

test("steps in processes of their own tell it too, at the check that sees the app answer", async () => {
  await using shop = await settledShop();
  await shop.commit({ behaviour: { startMs: 300 } });
  const as = { workflow: "200.1" };
  expect((await shop.run("backup", {}, as)).code).toBe(0);
  const rollout = await shop.run("rollout", {}, as);
  expect(rollout.code).toBe(0);
  expect(rollout.stderr + rollout.stdout).toMatch(/The app was stopped at \S+ \S+ UTC\. How long it was away is told by the health check/);
  const checked = await shop.run("health-check", {}, as);
  expect(checked.stderr).toContain("the app was away for");
  expect(checked.json.outputs["downtime-ms"]).toBeGreaterThan(300);
  expect((await shop.run("health-check", {}, as)).json.outputs["downtime-ms"]).toBeUndefined();
});

test("a rollback tells the time since a switch that failed in a process of its own stopped the app", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { NEWS: "two" }, profile: { rollout: { command: "sleep 2; false" } } });
  const as = { workflow: "200.1" };
  expect((await shop.run("backup", {}, as)).code).toBe(0);
  expect((await shop.run("rollout", {}, as)).code).toBe(1);
  const back = await shop.run("rollback", {}, as);
  expect(back.code).toBe(0);
  expect(back.json.outputs["downtime-ms"]).toBeGreaterThan(2000);
});

test("an app that was away already, since a rollback that failed, is started again by what that printed; that nobody saw it since is told beside the time", async () => {
  await using shop = await openShop({ profile: { health: { command: "test ! -f ../outage", timeout: "2s" } } });
  const { commit } = await shop.deployed();
  const broken = await shop.commit({ profile: { rollout: { command: ": >../outage" } } });
  const failed = await shop.run("deploy");
  expect(failed.code).toBe(3);
  await rm(join(shop.folder, "outage"));
  await shop.byHand("stop");
  await shop.age(200);
  const back = await shop.paste(failed.json.next as string);
  expect(back.code).toBe(0);
  expect(back.json.outputs["downtime-ms"]).toBeLessThan(200_000);
  expect(back.json.headline ?? back.json.message ?? back.stderr).toMatch(/, and nobody had seen it healthy for 3 min \d+ s before/);
  // The first names the failed deploy, whose id ends with its commit; whatever was done since, was done to the one before.
  const [away, ...parts] = back.json.outputs.downtime as readonly string[];
  expect(away).toMatch(/^no healthy answer was seen since deploy \S+ failed, before this command: 3 min \d+ s, not counted$/);
  expect(parts.join("\n")).toContain(`start of ${commit.slice(0, 7)} until its first healthy answer: `);
  expect(parts.join("\n")).not.toContain(broken.slice(0, 7));
  expect((await shop.run("status")).code).toBe(0);
});
