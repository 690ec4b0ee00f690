import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, openWorkflowRunner } from "../lab/act.ts";
import { CHART, type Cluster, openCluster } from "../lab/kubernetes/cluster.ts";
import { type Change, openShop, type Shop } from "../lab/shop.ts";
import { type Sshd, startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

const stack = new AsyncDisposableStack();
let shop: Shop;
let cluster: Cluster;
let host: Sshd;
let act: (workflow: string, runId: number, inputs?: Readonly<Record<string, string>>) => Promise<Ended>;

beforeAll(async () => {
  shop = stack.use(await openShop({ profile: { backup: { verify: null } } }));
  cluster = stack.use(await openCluster(shop));
  const home = join(shop.folder, "host-home");
  await mkdir(join(home, ".kube"), { recursive: true });
  await writeFile(join(home, ".kube", "config"), cluster.config, { mode: 0o600 });
  host = stack.use(await startSshd({ env: { HOME: home, PATH: [cluster.programs, process.env["PATH"]].join(delimiter) } }));
  const runner = stack.use(await openWorkflowRunner());
  act = async (workflow, runId, inputs) =>
    await runner.run({
      checkout: shop.checkout,
      workflow,
      event: inputs === undefined ? "push" : "workflow_dispatch",
      runId,
      secrets: { SSH_KEY: host.key, DATABASE_URL: shop.database.url },
      vars: { SSH_HOST: reached(), SSH_KNOWN_HOSTS: host.knownHosts },
      env: { GITHUB_REPOSITORY: "acme/shop", SAVEPOINT_HEALTH_TIMEOUT: "20s" },
      programs: cluster.docker,
      ...(inputs && { inputs }),
    });
});
afterAll(async () => await stack.disposeAsync());

const reached = (): string => `${host.user}@${host.host}:${host.port}`;

/** A version of the shop; helm waits so long for its pods. */
async function version({ wait = "60s", ...change }: Change & { readonly wait?: string } = {}): Promise<string> {
  const deploy = await exampleWorkflow("deploy-helm.yml", {
    "deploy@ops.example": reached(),
    "/srv/shop": shop.appDir,
    "https://shop.example": shop.url,
    "timeout 5m": `timeout ${wait}`,
    "db/migrations": "migrations",
  });
  const rollback = await exampleWorkflow("rollback.yml", {
    "          to: ${{": "          database-url: ${{ secrets.DATABASE_URL }}\n          to: ${{",
  });
  const files = { ...CHART, "savepoint.yml": null, ".github/workflows/deploy.yml": deploy, ".github/workflows/rollback.yml": rollback };
  return await shop.commit({ ...change, files: { ...files, ...change.files } });
}

/** That code, database, release and pods are this version's, and nothing is left of another. */
async function expectRunning(commit: string): Promise<void> {
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect(await shop.head()).toBe(commit);
  expect(await cluster.images()).toEqual([`ghcr.io/acme/shop:${commit}`]);
  expect(await cluster.run("helm", "get", "values", "shop", "--output", "json")).toBe(JSON.stringify({ image: { tag: commit } }));
  expect((await cluster.history()).at(-1)?.status).toBe("deployed");
  expect(await cluster.run("kubectl", "get", "configmaps", "--output", "name")).toBe("");
}

const EXTRA = { "chart/templates/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\n" };

describe("the ready-made workflow for Helm, with the real helm and kubectl", () => {
  let first: string;
  let second: string;

  test("good deploys: image, migrations, release and pods are the commit's", async () => {
    first = await version();
    const good = await act("deploy.yml", 801);
    expect(good.log).not.toContain("::error");
    expect(good.green).toBe(true);
    await expectRunning(first);
    second = await version({ migrations: { "002_authors.sql": "-- UP\nALTER TABLE notes ADD author text;\n" } });
    expect((await act("deploy.yml", 802)).green).toBe(true);
    await expectRunning(second);
    expect(await cluster.history()).toMatchObject([{ status: "superseded" }, { status: "deployed" }]);
  });

  test("pods that never get ready: helm gives up, and release and database are the stable version's again", async () => {
    const sql = "-- UP\nALTER TABLE notes RENAME TO scribbles;\n";
    await version({ wait: "4s", migrations: { "003_scribbles.sql": sql }, files: EXTRA });
    const bad = await act("deploy.yml", 803);
    expect(bad.green).toBe(false);
    expect(bad.outputs("acme/savepoint@v1")).toMatchObject({ "rolled-back": "true", commit: second, "database-action": "restored" });
    expect(bad.log).toContain("Error: UPGRADE FAILED");
    // The pods, as they were before they were taken away.
    expect(bad.log).toMatch(/NAME +READY.*\s+shop-|NAME +AGE\s+shop-/);
    await expectRunning(second);
    expect(await shop.database.sql("SELECT author FROM notes")).toEqual([]);
  });

  test("a helm that was killed, and left its release pending: the way back is open all the same", async () => {
    await version({ on: second, behaviour: { crash: "no such setting" } });
    const over = act("deploy.yml", 804);
    while ((await cluster.history()).at(-1)?.status !== "pending-upgrade") await new Promise((done) => setTimeout(done, 100));
    for (const pid of helms()) process.kill(pid, "SIGKILL");
    const killed = await over;
    expect(killed.green).toBe(false);
    expect(killed.outputs("acme/savepoint@v1")).toMatchObject({ "rolled-back": "true", commit: second, "database-action": "kept" });
    await expectRunning(second);
  });

  test("the button: the version before, with its image and its schema", async () => {
    const inputs = { environment: "production", reason: "orders fail", confirm: "production", to: first, database: "restore" };
    const back = await act("rollback.yml", 805, inputs);
    expect(back.log).not.toContain("::error");
    expect(back.green).toBe(true);
    await expectRunning(first);
    await expect(shop.database.sql("SELECT author FROM notes")).rejects.toThrow("author");
  });
});

/** The processes of helm that work in the app's folder. */
function helms(): readonly number[] {
  const isOurs = (pid: string): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === shop.appDir && readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("helm\0upgrade\0");
    } catch {
      // It ended while we looked.
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && isOurs(pid))
    .map(Number);
}
