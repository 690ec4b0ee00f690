import type { ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../lab/shop.ts";
import { processWith, STOPPED, stopped, traceExecs } from "../lab/strace.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";

await needs("engine", "host");

/** The database's password, as the compose project's `.env` has it. */
const PASSWORD = "secret-word";

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open();
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

describe("over SSH, with a database in a container", () => {
  test("no program is started with a secret, here, on the host or beside the database, and none is told or kept", async () => {
    const { shop, host } = stage;
    await stage.commit({
      files: stage.migration("ALTER TABLE notes RENAME TO scribbles;"),
      behaviour: { startSql: "SELECT 1" },
      timeout: "4s",
    });
    const { run, execs } = await traced(async (options) => await shop.run("deploy", { debug: true }, options));
    stage.expectEnd(run, 1);
    expect(run.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
    for (const saw of [/"git"/, /pg_dump"/, /pg_restore"/, /"compose", "up"/, /"exec", "--interactive"/])
      expect(
        execs.some((line) => saw.test(line)),
        `an execve of ${saw}`,
      ).toBe(true);
    const told = `${run.stdout}\n${run.stderr}`;
    const kept = [...(await textsIn(shop.stateDir)), ...(await textsIn(join(shop.appDir, ".git")))];
    expect(kept.length).toBeGreaterThan(10);
    const secrets = [PASSWORD, ...host.key.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"))];
    for (const secret of secrets) for (const text of [told, ...execs, ...kept]) expect(text).not.toContain(secret);
    await stage.expectStable();
  });

  const PLANT = "touch /tmp/planted; touch ~/planted";
  // What each is refused for comes before anything is done: what all of them left is asked once, in the end.
  let offered = "";
  test.each([
    ["services", { "rollout-services": `$(${PLANT})` }],
    ["services, as an option", { "rollout-services": "--project-name=x" }],
    ["compose-file", { "compose-file": `compose.yml; ${PLANT}` }],
    ["compose-file, as an option", { "compose-file": "--project-directory=/" }],
    ["compose-command", { "compose-command": `docker compose; ${PLANT}` }],
    ["database-service", { "database-service": `postgres\`${PLANT}\`` }],
    ["database-service, as an option", { "database-service": "--all" }],
    ["app-dir", { "app-dir": `/srv/'$(${PLANT})"🐘` }],
    ["app-dir, as an option", { "app-dir": "--upload-pack=touch" }],
    ["state-dir", { "state-dir": `/proc/$(${PLANT})` }],
    ["commit", { commit: `--upload-pack=${PLANT}` }],
    // The last one: only the gate finds it, so that what was offered is taken back.
    ["health-service", { "health-service": `web; ${PLANT}` }],
  ])("a hostile %s does nothing but be wrong", async (_what, flags) => {
    const { shop, host } = stage;
    offered ||= await stage.commit({ files: stage.migration(), timeout: "3s" });
    const run = await shop.run("deploy", { ...flags, ...(!("commit" in flags) && { commit: offered }) });
    expect(run.code, run.stderr).toBeGreaterThan(0);
    expect(await host.run("ls -A /tmp; ls -A ~ | grep planted || true")).toBe("");
    expect(await shop.head()).toBe(stage.stable);
  });

  test("and all of it is the stable version's", async () => {
    expect(offered).not.toBe("");
    await stage.expectStable();
  });
});

/** Runs a command with every execve of it, of the host's sshd and of the database's container written down. */
async function traced(
  begin: (options: { readonly under: readonly string[]; readonly started: (child: ChildProcess) => void }) => Promise<Run>,
): Promise<{ readonly run: Run; readonly execs: readonly string[] }> {
  const { shop, host } = stage;
  const database = (await shop.containers()).find(({ service }) => service === "postgres")?.id ?? "none";
  const files = join(shop.checkout, "..", `trace-${Date.now()}`);
  const others = [
    await traceExecs(processWith(join(host.folder, "..", "ssh", "config")), `${files}-host`),
    await traceExecs(processWith(database), `${files}-database`),
  ];
  let here: ReturnType<typeof traceExecs> | undefined;
  const started = (child: ChildProcess): void => {
    const pid = child.pid ?? 0;
    here = stopped(pid).then(async () => {
      const trace = await traceExecs(pid, `${files}-here`);
      child.kill("SIGCONT");
      return trace;
    });
  };
  const run = await begin({ under: STOPPED, started });
  const execs: string[] = [];
  for (const trace of [await here, ...others]) execs.push(...((await trace?.stop()) ?? []));
  return { run, execs };
}

/** Every file below a folder as text. */
async function textsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return await Promise.all(
    names.filter((one) => one.isFile()).map(async (one) => await readFile(join(one.parentPath, one.name), "latin1")),
  );
}
