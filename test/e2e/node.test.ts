import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkflowRunner } from "../lab/act.ts";
import { openShop, START, STOP } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

const RESTORE = "acme/savepoint/actions/restore@v1";
const PACKAGE = {
  name: "shop",
  version: "1.0.0",
  private: true,
  scripts: { test: "node --check server.cjs", build: "echo $SAVEPOINT_COMMIT >>../built" },
};
const LOCK = { name: "shop", version: "1.0.0", lockfileVersion: 3, requires: true, packages: { "": { name: "shop", version: "1.0.0" } } };

test("a Node app with SQL files and npm scripts: deployed, drilled by schedule, restored by the button, a bad version taken back", async () => {
  await using shop = await openShop();
  const home = join(shop.folder, "host-home");
  await mkdir(home);
  await using host = await startSshd({ env: { HOME: home } });
  await using runner = await openWorkflowRunner();
  await writeFile(join(shop.folder, "start.sh"), START);
  await writeFile(join(shop.folder, "stop.sh"), STOP);
  const reached = `${host.user}@${host.host}:${host.port}`;
  const files = {
    // Everything is said in the workflow.
    "savepoint.yml": null,
    "migrations/001_notes.sql": null,
    "package.json": JSON.stringify(PACKAGE),
    "package-lock.json": JSON.stringify(LOCK),
    "db/migrations/202611201430__add_notes.sql":
      "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body text);\n-- DOWN\nDROP TABLE notes;\n",
    ".github/workflows/deploy.yml": await exampleWorkflow("deploy-node.yml", {
      "deploy@shop.example": reached,
      "/srv/shop": shop.appDir,
      "sudo systemctl stop shop": "sh ../stop.sh",
      "sudo systemctl start shop": "sh ../start.sh",
      "http://localhost:3000/health": `${shop.url}/health`,
      "health-timeout: 2m": "health-timeout: 10s",
    }),
    ".github/workflows/restore.yml": await exampleWorkflow("restore.yml"),
    ".github/workflows/drill.yml": await exampleWorkflow("drill.yml", { "deploy@shop.example": reached }),
  };
  const world = {
    checkout: shop.checkout,
    secrets: { SSH_KEY: host.key },
    vars: { SSH_HOST: reached, SSH_KNOWN_HOSTS: host.knownHosts },
    env: { GITHUB_REPOSITORY: "acme/shop" },
  };
  const push = async (runId: number) => await runner.run({ ...world, workflow: "deploy.yml", event: "push", runId });
  const press = async (runId: number, inputs: Readonly<Record<string, string>>) =>
    await runner.run({
      ...world,
      workflow: "restore.yml",
      event: "workflow_dispatch",
      runId,
      inputs: { environment: "production", ...inputs },
    });

  const first = await shop.commit({ files });
  const good = await push(401);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await readFile(join(shop.folder, "built"), "utf8")).toBe(`${first}\n`);
  await shop.database.sql("INSERT INTO notes (body) VALUES ('good')");
  const state = { "state-dir": join(home, ".local/state/savepoint/shop/production"), environment: "production" };
  const place = { app: "shop", "app-dir": shop.appDir, "database-url": "env:DATABASE_URL" };
  expect((await shop.run("backup", { ...state, ...place, purpose: "manual" }, { cwd: home })).code).toBe(0);

  // Others of these tests have theirs on the same server.
  const ours = `SELECT datname FROM pg_database WHERE datname LIKE '${shop.database.name}%' ORDER BY 1`;
  const databases = async () => await shop.database.superuser(ours, "postgres");
  const before = await databases();
  const drill = await runner.run({ ...world, workflow: "drill.yml", event: "schedule", runId: 403 });
  expect(drill.log).not.toContain("::error");
  expect(drill.green).toBe(true);
  expect(drill.outputs(RESTORE)).toMatchObject({ database: expect.stringContaining(shop.database.name) });
  expect(await databases()).toEqual(before);

  await shop.database.sql("UPDATE notes SET body = 'nonsense'");
  const tried = await press(404, { backup: "latest", confirm: "", "dry-run": "true" });
  expect(tried.green).toBe(true);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "nonsense" }]);
  const back = await press(405, { backup: "latest", confirm: "production", "dry-run": "false" });
  expect(back.outputs(RESTORE)).toMatchObject({ "replaced-database": expect.stringContaining("_failed_") });
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "good" }]);
  expect(back.green).toBe(true);

  await shop.commit({
    files: { ...files, "db/migrations/202611221200__scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n" },
  });
  const bad = await push(402);
  expect(bad.green).toBe(false);
  expect(bad.outputs("acme/savepoint@v1")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
});
