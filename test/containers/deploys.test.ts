import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker } from "../lab/engine.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";
import { DEPLOY, LAST } from "./workflows.ts";

await needs("engine", "host", "act");

let stage: ServerStage;
beforeAll(async () => {
  const workflows = {
    "deploy.yml": "deploy.yml",
    "steps.yml": "deploy-steps.yml",
    "rollback.yml": "rollback.yml",
    "backup.yml": "backup.yml",
  };
  stage = await ServerStage.open({ workflows });
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

/** A registry that nobody is, on an address that answers at once. */
const REGISTRY = "127.0.0.1:1";

async function container(service: string): Promise<string> {
  return (await stage.shop.containers()).find((each) => each.service === service)?.id ?? "none";
}

describe("README's workflow, on a server with a compose project", () => {
  test("a good deploy changes code and schema, and leaves database container, volume, mounts and untracked files as they are", async () => {
    const { shop, host } = stage;
    const mounts = async () => await docker(["inspect", "--format", "{{json .Mounts}}", await container("web")]);
    const before = await mounts();
    await host.run("echo mine >uploads/kept", { cwd: shop.appDir });
    const commit = await stage.commit({ files: stage.migration() });
    const run = await stage.deploy();
    stage.expectGreen(run);
    expect([run.step(DEPLOY), run.step(LAST)]).toEqual(["success", undefined]);
    expect(run.outputs(DEPLOY)).toMatchObject({ commit, "previous-commit": stage.stable, "rolled-back": "false" });
    expect(run.summaries.join("\n")).toMatch(/is deployed and stable[\s\S]*```mermaid\ngantt/);
    await stage.settled(commit);
    await stage.expectStable();
    expect((await shop.tags()).get(run.outputs(DEPLOY)["stable-tag"] ?? "none")).toBe(commit);
    expect(await mounts()).toBe(before);
    expect(await docker(["exec", await container("web"), "cat", "/srv/uploads/kept"])).toBe("mine");
    expect(await host.run("cat .env", { cwd: shop.appDir })).toContain("DB_PASSWORD=");
  });

  test("a migration that fails: nothing of the new version is left, and the log shows the statement", async () => {
    await stage.commit({ files: stage.migration("CREATE TABLE half (id int);\nALTER TABLE nothing ADD more int;") });
    stage.expectTakenBack(await stage.deploy(), "kept", 'relation "nothing" does not exist');
    await stage.expectStable();
  });

  test("an app that never gets healthy: code and database are back, and its own last words are shown", async () => {
    await stage.commit({ files: stage.migration("ALTER TABLE notes RENAME TO scribbles;"), behaviour: { startSql: "SELECT 1" } });
    stage.expectTakenBack(await stage.deploy({ SAVEPOINT_HEALTH_TIMEOUT: "4s" }), "restored", 'relation "notes" does not exist');
    await stage.expectStable();
  });

  test("an app that ends at its start: the step fails at once, with its last words", async () => {
    await stage.commit({ files: stage.migration(), behaviour: { crash: "no such setting: COLOUR" } });
    stage.expectTakenBack(await stage.deploy(), "restored", "no such setting: COLOUR");
    await stage.expectStable();
  });

  test("an app that gets healthy and dies within the successes is not healthy", async () => {
    await stage.commit({ files: stage.migration(), behaviour: { dieAfter: 30 } });
    const run = await stage.deploy({
      SAVEPOINT_HEALTH_SUCCESSES: "60",
      SAVEPOINT_HEALTH_INTERVAL: "100ms",
      SAVEPOINT_HEALTH_TIMEOUT: "20s",
    });
    stage.expectTakenBack(run, "restored", /web .*restart/);
    await stage.expectStable();
  });

  test("an image that does not build: nothing is touched, and the log ends with what the build said", async () => {
    const before = await container("web");
    await stage.commit({
      files: { ...stage.migration(), ...(await stage.changed("Dockerfile", "ARG", "RUN echo no-such-package >&2; false\nARG")) },
    });
    stage.expectUntouched(await stage.deploy(), "no-such-package");
    await stage.expectStable();
    expect(await container("web")).toBe(before);
  });

  test("no registry, for the image of a new service: nothing is touched", async () => {
    const cache = `services:\n  cache:\n    image: ${REGISTRY}/cache:7`;
    await stage.commit({ files: { ...stage.migration(), ...(await stage.changed("compose.yml", "services:", cache)) } });
    stage.expectUntouched(await stage.deploy(), `${REGISTRY}/cache:7`);
    await stage.expectStable();
  });
});

describe("a step for each action", () => {
  test("with a step of the developers' own in between: a scheduled backup dumps meanwhile, names the deploy, and opens and ends nothing", async () => {
    const { shop } = stage;
    const go = join(shop.origin.folder, "go");
    const own = `      - name: Ask somebody\n        run: until [ -e '${go}' ]; do sleep 0.1; done\n      - name: Migrate\n`;
    const files = await stage.changed(".github/workflows/steps.yml", "      - name: Migrate\n", own);
    const commit = await stage.commit({ files: { ...stage.migration(), ...files } }, { settings: true });
    const deploy = stage.workflows.start("steps.yml");
    await stage.until(async () => deploy.child.exitCode !== null || deploy.begun("Ask somebody"));
    const open = await stage.open();
    expect(open?.commit).toBe(commit);
    const backup = await stage.workflows.run("backup.yml", { event: "schedule" });
    stage.expectGreen(backup);
    expect(backup.log).toContain(open?.deploy);
    expect(await stage.open()).toEqual(open);
    await writeFile(go, "");
    const run = await deploy.done;
    stage.expectGreen(run);
    expect(run.step("Roll back")).toBeUndefined();
    await stage.settled(commit);
    await stage.expectStable();
  });
});

describe("pressed by hand", () => {
  const inputs = { environment: "production", reason: "orders fail", confirm: "production", to: "" };

  test("to the version before: its code and its schema, after it was said that the database shall go back", async () => {
    const before = stage.known;
    const next = await stage.commit({ files: stage.migration("ALTER TABLE notes ADD colour text;") });
    stage.expectGreen(await stage.deploy());
    await stage.settled(next);
    const refused = await stage.workflows.run("rollback.yml", { inputs: { ...inputs, database: "auto" } });
    expect(refused.green).toBe(false);
    expect(refused.log).toContain("Nothing was touched");
    await stage.expectStable();
    const back = await stage.workflows.run("rollback.yml", { inputs: { ...inputs, database: "restore" } });
    stage.expectGreen(back);
    expect(back.outputs("acme/savepoint/actions/rollback@v1")).toMatchObject({
      "rolled-back": "true",
      commit: before.commit,
      "database-action": "restored",
    });
    stage.returned(before);
    await stage.expectStable();
  });

  test("no origin for the host: a deploy is refused before anything is touched, and a rollback from an empty folder needs none", async () => {
    const { shop } = stage;
    const before = stage.known;
    const next = await stage.commit({ files: stage.migration() });
    stage.expectGreen(await stage.deploy());
    await stage.settled(next);
    await shop.serveOrigin(false);
    try {
      await stage.commit({ message: "Not to be had" });
      stage.expectUntouched(await stage.deploy(), "origin");
      const back = await stage.workflows.run("rollback.yml", { inputs: { ...inputs, database: "restore" } });
      stage.expectGreen(back);
      expect(await stage.answers()).toMatchObject({ commit: before.commit });
      // The tags wait: nobody who could move them was there.
      expect((await shop.tags()).get("latest-stable")).toBe(next);
    } finally {
      await shop.serveOrigin(true);
    }
    stage.expectEnd(await shop.fromAfar("mark-stable", { commit: before.commit }), 0);
    stage.returned(before);
    await stage.expectStable();
  });

  test("and no secret is in the journal", async () => {
    const journal = await readFile(join(stage.shop.stateDir, "journal.jsonl"), "utf8");
    expect(journal).not.toContain(stage.host.key.split("\n")[1]);
  });
});

describe("the nightly backup", () => {
  const BACKUP = "acme/savepoint/actions/backup@v1";
  const FILE = ".github/workflows/backup.yml";
  const little = () => `${stage.workflows.files[FILE]}          keep-last: 1\n          keep-daily: 1\n          min-keep: 1\n`;

  /** `purpose id`, newest first. */
  async function backups(): Promise<readonly string[]> {
    const listed = (await stage.shop.fromAfar("list")).json.details.backups as readonly { readonly purpose: string; readonly id: string }[];
    return listed.map(({ purpose, id }) => `${purpose} ${id}`);
  }

  test("is restored and compared, and thinned out among its own; by hand it counts apart", async () => {
    await stage.commit({ files: { [FILE]: little() } });
    const before = (await backups()).filter((one) => !one.startsWith("scheduled "));
    const nights = [];
    for (let night = 0; night < 2; night += 1) nights.push(await stage.workflows.run("backup.yml", { event: "schedule" }));
    const byHand = await stage.workflows.run("backup.yml", { inputs: {} });
    for (const run of [...nights, byHand]) {
      stage.expectGreen(run);
      expect(run.outputs(BACKUP)).toMatchObject({ verified: "restore" });
    }
    const [first, second] = nights.map((run) => run.outputs(BACKUP)["savepoint"]);
    // The newer night takes the older one's place, and nothing else's.
    expect(nights[1]?.outputs(BACKUP)["deleted"]).toBe(JSON.stringify([first]));
    expect(await backups()).toEqual([`manual ${byHand.outputs(BACKUP)["savepoint"]}`, `scheduled ${second}`, ...before]);
    await stage.expectStable();
  });

  test("that cannot be made is red, says why and what to do, and leaves the earlier ones alone", async () => {
    await stage.commit({ files: { [FILE]: little().replace("database-service: postgres", "database-service: database") } });
    const before = await backups();
    const run = await stage.workflows.run("backup.yml", { event: "schedule" });
    expect(run.green).toBe(false);
    expect(run.log).toContain("has no service database");
    expect(run.log).toContain("postgres, web");
    expect(run.summaries.join("\n")).toContain("has no service database");
    expect(await backups()).toEqual(before);
    await stage.expectStable();
  });
});
