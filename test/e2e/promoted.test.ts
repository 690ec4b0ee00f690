import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { openWorkflowRunner } from "../lab/act.ts";
import { git } from "../lab/git.ts";
import { CHART, openCluster } from "../lab/kubernetes/cluster.ts";
import { type FreshDatabase, freePort, freshDatabase } from "../lab/postgres.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

const ENVIRONMENTS = ["dev", "staging", "production"] as const;
const UNIQUE = "-- UP\nALTER TABLE notes ADD UNIQUE (body);\n-- DOWN\nALTER TABLE notes DROP CONSTRAINT notes_body_key;\n";

interface Place {
  readonly database: FreshDatabase;
  readonly url: string;
  readonly folder: string;
}

test("one commit goes from dev to staging to production, and what fails in staging never reaches production", async () => {
  await using stack = new AsyncDisposableStack();
  const shop = stack.use(await openShop());
  const cluster = stack.use(await openCluster(shop));
  const home = join(shop.folder, "host-home");
  await mkdir(join(home, ".kube"), { recursive: true });
  await writeFile(join(home, ".kube", "config"), cluster.config, { mode: 0o600 });
  const host = stack.use(await startSshd({ env: { HOME: home, PATH: [cluster.programs, process.env["PATH"]].join(delimiter) } }));
  const runner = stack.use(await openWorkflowRunner());

  let settings = await readFile(new URL("../../examples/savepoint-helm.yml", import.meta.url), "utf8");
  const places = new Map<string, Place>();
  for (const name of ENVIRONMENTS) {
    const database = stack.use(await freshDatabase());
    const port = await freePort();
    const folder = await shop.origin.clone(`app-${name}`);
    await writeFile(join(folder, ".env"), `DATABASE_URL='${database.url}'\n`);
    await cluster.addNamespace(name, database.url, port);
    places.set(name, { database, url: `http://127.0.0.1:${port}`, folder });
    const prefix = name === "production" ? "" : `${name}.`;
    const said = [`app-dir: /srv/shop${name === "production" ? "" : `-${name}`}\n`, `https://${prefix}shop.example`] as const;
    for (const one of said) expect(settings).toContain(one);
    settings = settings.replace(said[0], `app-dir: ${folder}\n`).replace(said[1], `http://127.0.0.1:${port}`);
  }
  settings = settings.replaceAll("deploy@ops.example", `${host.user}@${host.host}:${host.port}`).replaceAll("db/migrations", "migrations");
  const files = { ...CHART, "savepoint.yml": settings, ".github/workflows/deploy.yml": await exampleWorkflow("promote.yml") };
  const push = async (runId: number) =>
    await runner.run({
      checkout: shop.checkout,
      workflow: "deploy.yml",
      event: "push",
      runId,
      secrets: { SSH_KEY: host.key },
      vars: { SSH_KNOWN_HOSTS: host.knownHosts },
      env: { GITHUB_REPOSITORY: "acme/shop", SAVEPOINT_HEALTH_TIMEOUT: "30s" },
      programs: cluster.docker,
    });
  const answers = async (name: string): Promise<unknown> => await (await fetch(`${places.get(name)?.url}/health`)).json();

  const first = await shop.commit({ files });
  const good = await push(901);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  for (const name of ENVIRONMENTS) expect(await answers(name)).toMatchObject({ status: "ok", commit: first });
  const tags = await shop.tags();
  for (const tag of ["dev/latest-stable", "staging/latest-stable", "latest-stable"]) expect(tags.get(tag)).toBe(first);

  // Only staging has rows like production's: two that are the same.
  await places.get("staging")?.database.sql("INSERT INTO notes (body) VALUES ('twice'), ('twice')");
  const second = await shop.commit({ files, migrations: { "002_unique.sql": UNIQUE } });
  const bad = await push(902);
  expect(bad.green).toBe(false);
  expect(bad.log).toContain("is duplicated");
  expect(await answers("dev")).toMatchObject({ commit: second });
  for (const name of ["staging", "production"]) expect(await answers(name)).toMatchObject({ status: "ok", commit: first });
  expect(await git(places.get("production")?.folder ?? "", "rev-parse", "HEAD")).toBe(first);
  expect(await places.get("production")?.database.sql("SELECT count(*)::int AS n FROM schema_migrations")).toEqual([{ n: 1 }]);
  expect(await places.get("staging")?.database.sql("SELECT body FROM notes")).toEqual([{ body: "twice" }, { body: "twice" }]);
});
