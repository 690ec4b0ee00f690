import { once } from "node:events";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startGithub } from "../../lab/github.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Shop, START } from "../../lab/shop.ts";

const ADDS = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" };

test("re-run failed jobs: a switch whose earlier attempt backed up and migrated is refused", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS });
  for (const operation of ["backup", "migrate", "rollback"]) expect((await shop.run(operation, {}, { workflow: "100.1" })).code).toBe(0);
  const allowed = { "allow-quarantined": "the runner had died" };
  const run = await shop.run("rollout", { phase: "switch", ...allowed }, { workflow: "100.2" });
  expect(run.code).toBe(2);
  expect(run.json.hint).toContain('"Re-run all jobs"');
  for (const operation of ["backup", "rollout"]) expect((await shop.run(operation, allowed, { workflow: "100.3" })).code).toBe(0);
});

test("a commit that lacks migrations which the database has is refused before anything is touched", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  const two = await shop.deployed({ migrations: ADDS });
  // Whichever step opens it: a backup and the migrations may come before the code is prepared.
  const backup = await shop.run("backup", { commit: one.commit });
  expect([backup.code, backup.stderr]).toEqual([2, expect.stringContaining("lacks 1 migration that the database has: 002.")]);
  const run = await shop.run("deploy", { commit: one.commit });
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(`${one.commit.slice(0, 7)} lacks 1 migration that the database has: 002.`);
  expect(run.json.hint).toContain(`use \`rollback\` with \`to: ${one.commit.slice(0, 7)}\``);
  expect(await shop.health()).toMatchObject({ status: 200, commit: two.commit });
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  const ahead = await shop.run("deploy", { commit: one.commit, "rollout-allow-ahead": "true" });
  expect(ahead.stderr).not.toContain("lacks 1 migration");
});

test("a folder of migrations that is not in the commit is named first, with those that are; not taken for an older commit", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  await shop.commit({ profile: { migrate: { directory: "db/migrations" } } });
  const run = await shop.run("deploy");
  expect(run.code).toBe(2);
  expect(run.json.message).toContain("There is no folder db/migrations in commit");
  expect(run.json.hint).toMatch(/there is migrations\.\n.*lacks 1 migration that the database has: 001/);
  expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
});

test("migrate and switch refuse a savepoint that is too old; backing up again helps before anything changed", async () => {
  await using shop = await openShop();
  await shop.commit();
  await shop.run("backup");
  for (const operation of ["migrate", "rollout"]) {
    const run = await shop.run(operation, { "max-savepoint-age": "1ms" });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("This deploy's savepoint is");
    expect(run.json.hint).toContain("Back up again");
  }
  for (const operation of ["backup", "migrate"]) expect((await shop.run(operation)).code).toBe(0);
  const late = await shop.run("backup");
  expect(late.code).toBe(2);
  expect(late.stderr).toContain("has changed the database or the code already");
});

test("where GitHub says that the open deploy's run is over, each step of the next one is refused at once, and waits for no lease", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: "t0ken" });
  github.answer = (route) => (route.includes("/actions/runs/") ? { status: 200, body: { status: "completed" } } : undefined);
  await shop.commit({ migrations: ADDS });
  for (const operation of ["backup", "migrate"]) expect((await shop.run(operation, {}, { workflow: "100.1" })).code).toBe(0);
  const env = { GITHUB_API_URL: github.apiUrl };
  for (const [name, inputs] of [["rollout", { phase: "prepare" }] as const, ["backup", {}] as const, ["migrate", {}] as const]) {
    const step = await shop.action(name, { ...inputs, token: "t0ken\n" }, { workflow: "200.1", env });
    expect(step.stdout).toMatch(/Deploy \S+ of \w+ to shop\/production was left by 100\.1/);
    expect(step.stdout).not.toContain("Waiting");
    expect(step.stdout.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain("t0ken");
  }
  // Beside what is asked of the run itself: how old it is.
  const asked = github.requests.filter((request) => !request.endsWith("/runs/200"));
  expect(asked).toEqual(Array.from({ length: 3 }, () => "GET /api/v3/repos/example/shop/actions/runs/100/attempts/1"));
});

test("a run whose deploy was closed meanwhile does not go on without its savepoint", async () => {
  await using shop = await settledShop();
  const slow = await shop.commit({ migrations: ADDS });
  const mine = { workflow: "100.1" };
  expect((await shop.run("backup", {}, mine)).code).toBe(0);
  await shop.age(121);
  const { commit } = await shop.deployed({ files: { "migrations/002_x.sql": null, NEWS: "faster" } });
  const migrated = await shop.run("migrate", { commit: slow }, mine);
  expect(migrated.code).toBe(2);
  expect(migrated.stderr).toMatch(/This run's deploy \S+ is over \(abandoned: .*\), and this step would go on without it\./);
  const switched = await shop.run("rollout", { commit: slow, phase: "switch" }, mine);
  expect(switched.code).toBe(2);
  expect(switched.stderr).toMatch(/This run backed up or migrated in deploy \S+, which is over/);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect((await shop.database.sql("SELECT version FROM schema_migrations")).map((row) => row["version"])).toEqual(["001"]);
});

test("a rollback step that waited while a person ended its deploy takes nothing else back", async () => {
  await using shop = await settledShop();
  await shop.deployed({ files: { NEWS: "two" } });
  await shop.commit({ files: { NEWS: "three" } });
  const mine = { workflow: "100.1" };
  for (const operation of ["backup", "migrate"]) expect((await shop.run(operation, {}, mine)).code).toBe(0);
  const deploy = (await shop.run("status")).json.outputs.deploy as string;
  await atWork(shop, "rollback");
  const step = shop.start("rollback", {}, mine);
  await once(step.child.stderr!, "data");
  const closed = { kind: "deploy.closed", deploy, as: "rolled-back", why: "by hand" };
  const entry = { v: 1, at: new Date().toISOString(), owner: "bea@desk", fence: 90, ...closed };
  await appendFile(join(shop.stateDir, "journal.jsonl"), `${JSON.stringify(entry)}\n`);
  await rm(join(shop.stateDir, "lock"));
  const before = await shop.journal();
  const run = await step.done;
  expect(run.stderr).toContain("Waiting: bea@desk is running rollback");
  expect(run.json.outputs).toMatchObject({ "rolled-back": false, skipped: "nothing-open" });
  expect(run.code).toBe(0);
  expect(await shop.journal()).toEqual(before);
});

describe("steps that are told of the database, and others that are not,", () => {
  const mine = { workflow: "100.1" };

  test("are one deploy: what a step was told, the rollback step knows", async () => {
    await using shop = await settledShop();
    await shop.commit({ migrations: ADDS, profile: { "database-url": null } });
    const told = { "database-url": "env:DATABASE_URL" };
    for (const [operation, flags] of [
      ["rollout", { phase: "prepare" }],
      ["backup", told],
      ["migrate", told],
      ["rollout", { phase: "switch" }],
    ] as const) {
      const run = await shop.run(operation, flags, mine);
      expect(run.code, run.stderr).toBe(0);
    }
    const back = await shop.run("rollback", {}, mine);
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  });

  test("do not take code back and leave the schema: a rollback that is not told says so, and is red", async () => {
    await using shop = await openShop({ profile: { "database-url": null } });
    const told = { env: { SAVEPOINT_DATABASE_URL: shop.database.url } };
    expect((await shop.run("deploy", {}, told)).code).toBe(0);
    const bad = await shop.commit({ migrations: ADDS });
    // Backed up by something else.
    for (const [operation, flags, options] of [
      ["rollout", { phase: "prepare" }, {}],
      ["migrate", {}, told],
      ["rollout", { phase: "switch" }, {}],
    ] as const) {
      const run = await shop.run(operation, flags, { ...mine, ...options });
      expect(run.code, run.stderr).toBe(0);
    }
    const untold = await shop.run("rollback", {}, mine);
    expect(untold.stderr).toContain("SAVEPOINT_DATABASE_URL");
    // Refused before anything was touched: the deploy is open as it was, and red.
    expect(untold.code).toBe(2);
    expect(await shop.head()).toBe(bad);
    const back = await shop.run("rollback", { confirm: "production", reason: "code alone", database: "keep" }, { ...mine, ...told });
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "kept" });
  });

  test("prove the way back where the database is first named: at the backup", async () => {
    await using shop = await openShop({ profile: { "database-url": null } });
    await shop.commit();
    expect((await shop.run("rollout", { phase: "prepare" }, mine)).code).toBe(0);
    await shop.database.superuser(`ALTER ROLE "${shop.database.owner}" NOCREATEDB`);
    const run = await shop.run("backup", {}, { ...mine, env: { SAVEPOINT_DATABASE_URL: shop.database.url } });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("may not create databases");
  });
});

test("what somebody changed between opening and savepoint is the version's own, and the way back leads there", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: ADDS });
  expect((await shop.run("rollout", { phase: "prepare" })).code).toBe(0);
  await shop.database.sql("CREATE INDEX by_body ON notes (body)");
  for (const operation of ["backup", "migrate"]) expect((await shop.run(operation)).code).toBe(0);
  const back = await shop.run("rollback");
  expect(back.code, back.stderr).toBe(0);
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "restored" });
  expect(await shop.database.sql("SELECT FROM pg_indexes WHERE indexname = 'by_body'")).toHaveLength(1);
});

test("migrations that no commit has are not deployed from a person's checkout", async () => {
  await using shop = await settledShop();
  const commit = await shop.commit({ migrations: ADDS });
  await writeFile(join(shop.checkout, "migrations", "003_mine.sql"), "-- UP\nCREATE TABLE mine ();\n");
  const run = await shop.run("deploy");
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(`migrations/003_mine.sql in the checkout is not as ${commit.slice(0, 7)} has it`);
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  for (const operation of ["rollout", "backup"])
    expect((await shop.run(operation, operation === "rollout" ? { phase: "prepare" } : {})).code).toBe(0);
  expect((await shop.run("migrate")).code).toBe(2);
  // In a workflow somebody's step may have made it: it is said.
  const warned = await shop.run("migrate", { "dry-run": true });
  expect(warned.code).toBe(0);
});

test("a deploy that changed something and whose owner is gone blocks the next one, and a rollback from anywhere ends it", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: ADDS });
  for (const operation of ["backup", "migrate"]) expect((await shop.run(operation, {}, { workflow: "100.1" })).code).toBe(0);
  await shop.age(31 * 60);
  const run = await shop.run("deploy", {}, { workflow: "200.1" });
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(
    /Deploy \S+ of \S+ to shop\/production was left by 100\.1, 31 min \d+ s ago; it may have changed code or database\./,
  );
  expect(run.json.state).toEqual([
    "backup: done",
    "migrate: done",
    expect.stringContaining("`recover` would ask a person: the savepoint would be restored"),
  ]);
  expect(run.json.next).toContain(" rollback --environment production --confirm production");
  const back = await shop.run("rollback", { confirm: "production", reason: "left open" });
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "restored" });
});

test("a scheduled backup is made while a deploy is open, names it, and opens nothing", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { NEWS: "two" } });
  const opened = await shop.run("backup");
  const run = await shop.run("backup", { purpose: "scheduled" }, { workflow: "300.1" });
  expect(run.code).toBe(0);
  expect(run.stderr).toContain(`while deploy ${opened.json.outputs.savepoint as string} is open`);
  expect(run.json.outputs.savepoint).not.toBe(opened.json.outputs.savepoint);
  expect((await shop.run("status")).json.outputs.deploy).toBe(opened.json.outputs.savepoint);
  expect((await shop.run("deploy")).code).toBe(0);
});

test("a scheduled backup waits while a step runs", async () => {
  await using shop = await settledShop();
  await atWork(shop, "restore");
  const run = shop.start("backup", { purpose: "scheduled" });
  let said = "";
  run.child.stderr!.on("data", (text: Buffer) => (said += text.toString()));
  await expect.poll(() => said, { interval: 200 }).toContain("Waiting: bea@desk is running restore.");
  expect((await shop.run("list")).json.outputs.backups).toHaveLength(1);
  await rm(join(shop.stateDir, "lock"));
  expect((await run.done).code).toBe(0);
  expect((await shop.run("list")).json.outputs.backups).toHaveLength(2);
});

test("two deploys at once: the second waits, says for whom, and then deploys", async () => {
  await using shop = await openShop();
  await shop.commit({ behaviour: { startMs: 1500 } });
  const first = shop.start("deploy", {}, { workflow: "100.1" });
  await expect.poll(async () => await shop.journal().catch(() => [])).toContainEqual(expect.objectContaining({ kind: "deploy.opened" }));
  const later = await shop.commit({ behaviour: {}, files: { NEWS: "later" } });
  const second = await shop.run("deploy", {}, { workflow: "200.1" });
  expect((await first.done).code).toBe(0);
  expect(second.stderr).toMatch(/Waiting: 100\.1 \(https:\S+\/runs\/100\/attempts\/1\) is running/);
  expect(second.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: later });
});

test("a deploy that was killed is not continued as if nothing had happened: it is named, and taken back", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: ADDS, behaviour: { broken: "no" } });
  const run = shop.start("deploy");
  await expect
    .poll(
      async () =>
        (await shop.journal()).some(
          (entry) => entry.kind === "step.started" && entry.step === "health" && entry.deploy !== undefined && entry.at > "",
        ) && (await shop.head()) !== commit,
    )
    .toBe(true);
  run.child.kill("SIGKILL");
  await run.done;
  const again = await shop.run("deploy");
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("was left half-way by an earlier command of yours");
  const back = await shop.run("rollback");
  expect(back.code).toBe(0);
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
});

/** Somebody else's step that holds the lock and has just beaten. */
async function atWork(shop: Shop, step: string): Promise<void> {
  const holder = { id: "f".repeat(32), fence: 90, owner: "bea@desk", since: new Date().toISOString() };
  await writeFile(join(shop.stateDir, "lock"), `${JSON.stringify(holder)}\n`);
  const beat = { id: holder.id, running: true, step, process: "" };
  await writeFile(join(shop.stateDir, "beat"), `${Math.floor(Date.now() / 1000)} ${JSON.stringify(beat)}\n`);
}

test("unlock ends nothing that others ended while it waited; recover frees a lock that was left with nothing open, and no other", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS });
  expect((await shop.run("backup")).code).toBe(0);
  const deploy = (await shop.run("status")).json.outputs["deploy"] as string;
  const lock = async (): Promise<string> => ((await shop.run("status")).json.details as { lock: { state: string } }).lock.state;
  await atWork(shop, "tags");

  const unlock = shop.start("unlock", { confirm: "production", reason: "it seems dead" });
  let said = "";
  unlock.child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  await expect.poll(() => said, { interval: 200, timeout: 60_000 }).toContain("Waiting: bea@desk is running tags");
  const closed = {
    v: 1,
    at: new Date().toISOString(),
    owner: "bea@desk",
    kind: "deploy.closed",
    deploy,
    as: "confirmed",
    why: "it is well",
  };
  await appendFile(join(shop.stateDir, "journal.jsonl"), `${JSON.stringify(closed)}\n`);
  const moot = await unlock.done;
  expect([moot.code, moot.json.outputs], moot.stderr).toEqual([0, { unlocked: false, deploy }]);
  expect(moot.json.headline).toContain("was ended by others meanwhile");

  await atWork(shop, "tags");
  expect((await shop.run("recover")).json.outputs).toEqual({ recovery: "wait" });
  expect(await lock()).toBe("held");
  await shop.age(100);
  const freed = await shop.run("recover");
  expect([freed.code, freed.json.headline], freed.stderr).toEqual([
    0,
    "Nothing is open on shop/production; the lock that bea@desk had left is released",
  ]);
  expect(await lock()).toBe("free");
});

describe("a version that was taken back", () => {
  test("is refused before anything is touched, also when its run is run again, until somebody says why", async () => {
    await using shop = await settledShop();
    const good = shop.first;
    const bad = await shop.commit({ migrations: ADDS, behaviour: { query: "SELECT count(*) FROM elsewhere" }, timeout: "3s" });
    const failed = await shop.run("deploy", {}, { workflow: "200.1" });
    expect(failed.json.hint).toContain(`${bad.slice(0, 7)} is quarantined`);
    // The cause lay outside of the commit, and was mended there.
    await shop.database.sql("CREATE TABLE elsewhere ()");
    const before = await shop.journal();
    const refused = new RegExp(
      `^${bad.slice(0, 7)} is quarantined on shop/production: it was taken back at 20\\S+ \\S+ UTC by 200\\.1 \\(\\S+\\), because health failed: The app is not healthy: HTTP 500 \\(\\S+\\)\\. Nothing was touched\\.$`,
    );
    const flags: readonly (readonly [string, Record<string, string | true>])[] = [
      ["deploy", {}],
      ["deploy", { "dry-run": true }],
      ["backup", {}],
      ["backup", { "dry-run": true }],
      ["rollout", { phase: "prepare" }],
      ["rollout", { "dry-run": true }],
      // With nothing open it would migrate all the same.
      ["migrate", {}],
    ];
    for (const [operation, more] of flags) {
      const again = await shop.run(operation, more, { workflow: "200.2" });
      expect(again.json).toMatchObject({ exit: 2, code: "quarantined", message: expect.stringMatching(refused) });
      expect(again.json.hint).toMatch(/^A re-run deploys the same commit again\.\n/);
      expect(again.json.evidence).toContain("Its migrations: 002");
    }
    const byHand = await shop.run("deploy");
    expect(byHand.json).toMatchObject({ exit: 2, code: "quarantined" });
    const status = await shop.run("status");
    expect(status.stderr).toMatch(/quarantined\W+\w{7}, taken back at/);
    expect((await shop.run("list")).json.details.quarantined).toMatchObject([{ commit: bad, by: "200.1" }]);
    expect(JSON.parse((await shop.run("doctor")).json.outputs.findings)).toContainEqual(
      expect.objectContaining({ about: "journal", state: "warn", seen: expect.stringContaining("is quarantined") }),
    );
    expect(await shop.journal()).toEqual(before);
    expect(await shop.health()).toMatchObject({ commit: good.commit });
    // What was printed is the whole of it.
    expect(await shop.paste(byHand.json.next, { cwd: shop.checkout })).toMatchObject({ code: 0 });
    expect(await shop.health()).toMatchObject({ commit: bad });
    expect((await shop.journal()).findLast(({ kind }) => kind === "deploy.opened")).toMatchObject({
      allowed: { deploy: before.findLast(({ kind }) => kind === "deploy.opened").deploy, reason: expect.stringContaining("is mended") },
    });
    // Confirmed, it is as any other, until a person leaves it.
    expect((await shop.run("status")).json.details.quarantined).toEqual([]);
    const back = await shop.run("rollback", { confirm: "production", reason: "orders fail", database: "restore" });
    expect(back.stderr).toContain(`${bad.slice(0, 7)} is quarantined`);
    expect((await shop.run("deploy")).json.message).toContain("because orders fail. Nothing was touched.");
  });
});

describe("a run that is older than the newest confirmed deploy", () => {
  const opening: readonly (readonly [string, Record<string, string>])[] = [
    ["deploy", {}],
    ["backup", {}],
    ["rollout", {}],
    ["rollout", { phase: "prepare" }],
  ];

  test("is refused before anything is touched, by whichever step opens; allow-older lets it", async () => {
    await using shop = await settledShop();
    const { commit: old } = shop.first;
    const now = await shop.commit({ files: { "notes.txt": "today" } });
    expect((await shop.run("deploy", {}, { workflow: "200.1" })).code).toBe(0);
    const before = await shop.journal();
    for (const [operation, flags] of opening) {
      const run = await shop.run(operation, { ...flags, commit: old }, { workflow: "100.2" });
      expect(run.code).toBe(2);
      expect(run.json.message).toMatch(
        /^This run \(100\.2\) is older than the newest confirmed deploy of shop\/production: \S+ of \w{7}, by run 200\.1\./,
      );
      expect(run.json.hint).toContain("`allow-older: true`");
      expect(run.json.hint).toContain(`\`to: ${old.slice(0, 7)}\``);
    }
    const planned = await shop.run("deploy", { commit: old, "dry-run": true }, { workflow: "100.2" });
    expect(planned).toMatchObject({ code: 2, json: { message: expect.stringContaining("is older than the newest confirmed deploy") } });
    expect(await shop.journal()).toEqual(before);
    expect((await shop.run("status")).json.details.lock).toEqual({ state: "free" });
    expect(await shop.health()).toMatchObject({ commit: now });
    expect((await shop.run("deploy", { commit: old, "allow-older": true }, { workflow: "100.2" })).code).toBe(0);
    expect(await shop.health()).toMatchObject({ commit: old });
  });

  test("may deploy what is ahead of the stable version, or is it", async () => {
    await using shop = await settledShop();
    const { commit } = shop.first;
    expect((await shop.run("deploy", { commit }, { workflow: "200.1" })).code).toBe(0);
    const ahead = await shop.commit({ files: { "notes.txt": "two" } });
    // A dry run is refused as a deploy is.
    for (const planned of [commit, ahead]) {
      const run = await shop.run("deploy", { commit: planned, "dry-run": true }, { workflow: "100.1" });
      expect(run.code, run.stderr).toBe(0);
    }
  });

  test("is told from what a person deployed since by the time at which GitHub made it", async () => {
    await using shop = await openShop();
    const old = await shop.commit({ files: { "notes.txt": "last week" } });
    await shop.deployed({ files: { "notes.txt": "today" } });
    await using github = await startGithub(shop.origin.url, { token: "T" });
    const made = (at: string): void => {
      github.answer = (route) => (route.includes("/actions/runs/") ? { status: 200, body: { created_at: at } } : undefined);
    };
    const told = { workflow: "100.1", env: { GITHUB_API_URL: github.apiUrl, GITHUB_TOKEN: "T" } };
    made("2020-01-01T00:00:00Z");
    expect(await shop.run("backup", { commit: old }, told)).toMatchObject({
      code: 2,
      json: { message: expect.stringMatching(/, by ada@desk\. It would take/) },
    });
    made("2100-01-01T00:00:00Z");
    expect((await shop.run("backup", { commit: old }, told)).code).toBe(0);
  });
});

test("a deploy of a commit that lies behind says over how many commits it goes back, and which", async () => {
  await using shop = await settledShop();
  const { commit: old } = shop.first;
  for (const n of ["1", "2", "3"]) await shop.commit({ files: { "notes.txt": n }, message: `Change ${n}` });
  const newest = (await shop.deployed()).commit;
  const run = await shop.run("deploy", { commit: old });
  expect(run.code).toBe(0);
  expect(run.stderr).toContain(`goes back over 3 commits, to ${old.slice(0, 7)} (${newest.slice(0, 7)} ran)`);
  for (const n of ["1", "2", "3"]) expect(run.stderr).toContain(`Change ${n}`);
  expect(run.stderr).not.toContain("0 commits");
  const forward = await shop.run("deploy", { commit: newest, "dry-run": true });
  expect(forward.stderr).toContain("3 commits, from");
});

test("a hook that writes a compose file before the switch does not change how the app is run", async () => {
  await using shop = await openShop();
  const version = await shop.commit({
    profile: {
      rollout: { "start-command": null },
      hooks: { "before-rollout": "echo 'services: {web: {image: web}}' > compose.yaml", "after-rollout": START },
    },
  });
  const run = await shop.run("deploy");
  expect(run.stderr).not.toContain("docker compose");
  expect(run.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: version });
});
