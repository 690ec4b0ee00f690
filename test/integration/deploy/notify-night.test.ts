import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReceiver, type Received } from "../../lab/receiver.ts";
import { settledShop } from "../../lab/settled-shop.ts";

const eventsOf = (received: readonly Received[]): readonly string[] => received.map(({ json }) => json.event);

/** Two channels, of which the second hears only of what is critical. */
const routed = (team: string, oncall: string) => ({
  SAVEPOINT_NOTIFY_CHANNELS: "team: webhook url=TEAM\noncall: webhook url=ONCALL",
  SAVEPOINT_NOTIFY_SECRETS: `TEAM=${team}/c4nary\nONCALL=${oncall}/c4nary`,
  SAVEPOINT_NOTIFY_INFO: "team",
  SAVEPOINT_NOTIFY_WARNING: "team",
  SAVEPOINT_NOTIFY_CRITICAL: "team oncall",
});

test("a deploy that waits, is cancelled, taken back with rows left behind, or needs a person: each is told, the last to both at once", async () => {
  await using shop = await settledShop();
  await using team = await openReceiver();
  await using oncall = await openReceiver();
  const env = routed(team.url, oncall.url);
  const next = (from: number) => eventsOf(team.received.slice(from));

  await shop.commit({ files: { NEWS: "slow" }, behaviour: { startMs: 120_000 }, timeout: "120s" });
  const first = shop.start("deploy", {}, { env });
  await expect.poll(() => next(0)).toEqual(["started"]);
  const second = shop.start("deploy", {}, { env: { ...env, SAVEPOINT_RUN: "bob@desk" } });
  await expect.poll(() => next(0)).toEqual(["started", "waiting"]);
  const checks = async () => (await shop.journal()).filter(({ kind, step }) => kind === "step.started" && step === "health").length;
  await expect.poll(checks).toBe(2);
  // It waits for one step after the other, and says so once.
  expect(next(0)).toEqual(["started", "waiting"]);
  second.child.kill("SIGINT");
  first.child.kill("SIGINT");
  expect([(await first.done).code, (await second.done).code]).toEqual([130, 130]);
  expect(next(2)).toEqual(["cancelled"]);
  expect(team.received[2]?.json).toMatchObject({ severity: "warning", colour: "#cf222e", command: expect.stringContaining(" status ") });
  await shop.run("rollback", { confirm: "production", reason: "cancelled" }, { env });

  const since = team.received.length;
  // The new version writes a row before it is found to be broken.
  const behaviour = { startSql: "INSERT INTO notes (body) VALUES ('late')", broken: "no", startMs: 0 };
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" }, behaviour, timeout: "2s" });
  expect((await shop.run("deploy", {}, { env })).json.outputs["rolled-back"]).toBe(true);
  expect(next(since)).toEqual(["started", "failed", "rolled-back"]);
  const { facts, command } = team.received.at(-1)?.json ?? {};
  expect(facts).toMatchObject({
    database: "restored",
    "replaced database": expect.stringMatching(/_failed_\d+$/),
    "rows in it": expect.stringMatching(/^public\.notes 1, restored 0/),
  });
  expect(command).toContain("status --environment production");
  expect(oncall.received).toEqual([]);

  // In the middle of the deploy the host loses what every start-command needs.
  await shop.commit({ behaviour: {}, profile: { rollout: { command: "sed -i.bak /NODE/d .env" } }, timeout: "2s" });
  expect((await shop.run("deploy", {}, { env })).code).toBe(3);
  expect(eventsOf(oncall.received)).toEqual(["needs-a-person"]);
  expect(next(since).slice(-1)).toEqual(["needs-a-person"]);
  expect(oncall.received[0]?.json).toMatchObject({
    severity: "critical",
    deploy: expect.any(String),
    command: expect.stringContaining(" status "),
  });
  // What was said a moment ago is not said again; an hour later it is, with what to do.
  expect((await shop.run("notify", { repeat: true }, { env })).json.outputs.told).toEqual([]);
  await shop.age(3601);
  expect((await shop.run("notify", { repeat: true }, { env })).json.outputs.told).toEqual(["team", "oncall"]);
  expect(oncall.received[1]?.json).toMatchObject({
    event: "needs-a-person",
    deploy: oncall.received[0]?.json.deploy,
    command: expect.stringContaining(" rollback "),
  });
  for (const { text } of [...team.received, ...oncall.received]) expect(text).not.toContain("c4nary");
});

test("a step of a workflow that cannot even begin is told once in its job; at a terminal whoever typed it has seen it", async () => {
  await using shop = await settledShop();
  await using team = await openReceiver();
  await using oncall = await openReceiver();
  const env = routed(team.url, oncall.url);
  let jobs = 0;
  const job = async () => {
    const temp = join(shop.folder, `temp-${(jobs += 1)}`);
    await mkdir(temp);
    return { workflow: `90${jobs}.1`, env: { ...env, RUNNER_TEMP: temp } };
  };
  const told = () => [...eventsOf(team.received), ...eventsOf(oncall.received).map((event) => `oncall: ${event}`)];

  // Settings that cannot be read; and the rollback step behind it, which has them too.
  const wrong = await job();
  expect((await shop.action("backup", { "keep-last": "many" }, wrong)).code).toBe(1);
  expect((await shop.action("rollback", { database: "some" }, wrong)).code).toBe(1);
  expect(told()).toEqual(["unreachable"]);
  expect(team.received[0]?.json).toMatchObject({ severity: "warning", text: expect.stringMatching(/^`backup`: .*keep-last/) });
  expect(team.received[0]?.json.run).toContain("/actions/runs/901/attempts/1");

  // Something that must be said is not; a dry run and a look tell nobody.
  const missing = { "database-url": "", "app-dir": "" };
  await shop.commit({ profile: { "database-url": null, "app-dir": null } });
  expect((await shop.action("deploy", { ...missing, "dry-run": "true" }, await job())).code).toBe(1);
  expect((await shop.action("migrate", { ...missing, command: "plan" }, await job())).code).toBe(1);
  expect(told()).toEqual(["unreachable"]);
  expect((await shop.action("deploy", missing, await job())).code).toBe(1);
  expect(told()).toEqual(["unreachable", "unreachable"]);
  expect((await shop.run("deploy", {}, { env })).code).toBe(2);
  expect(told()).toHaveLength(2);
  await shop.commit({ profile: { "database-url": "env:DATABASE_URL", "app-dir": shop.appDir } });

  // Another deploy was left half-way, and blocks.
  const left = await shop.action("rollout", {}, { workflow: "800.1" });
  expect(left.code, left.stdout).toBe(0);
  await shop.age(7200);
  expect((await shop.action("deploy", {}, await job())).code).toBe(1);
  expect(told()).toEqual(["unreachable", "unreachable", "unreachable"]);
  expect(team.received[2]?.json.text).toContain("800.1");
  expect((await shop.action("rollback", {}, await job())).outputs["skipped"]).toBe("not-owner");
  expect(told()).toHaveLength(3);

  // A rollback that is to take back what its deploy left, and cannot begin: nobody knows what stands there now.
  const away = { host: "deploy@127.0.0.1:1", "ssh-key": "c4nary", "ssh-known-hosts": `SHA256:${"A".repeat(43)}` };
  expect((await shop.action("rollback", away, await job())).code).toBe(1);
  expect(told().slice(3)).toEqual(["needs-a-person", "oncall: needs-a-person"]);
  for (const { text } of [...team.received, ...oncall.received]) expect(text).not.toContain("c4nary");
});
