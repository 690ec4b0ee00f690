import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker } from "../lab/engine.ts";
import { NODE_IMAGE } from "../lab/images.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";

await needs("engine", "host", "sudo");

const FILES = ["compose.yml", "compose.production.yml"];

/** What production adds: a name for the image, a setting, a service that runs the same image, and one that nobody asked for. */
const PRODUCTION = (project: string, more = ""): string => `services:
  web:
    image: registry.example/${project}:production
    environment:
      MODE: production
  worker:
    image: registry.example/${project}:production
    command: ["sleep", "100000"]
    init: true
    environment:
      COMMIT_OF_FILE: \${SAVEPOINT_COMMIT:-by-hand}
  debug:
    image: ${NODE_IMAGE}
    command: ["sleep", "100000"]
    init: true
    profiles: [debug]
${more}`;

const MAILER = `  mailer:
    image: ${NODE_IMAGE}
    command: ["sleep", "100000"]
    init: true
`;

/** What the app's own role is given, as whoever runs the service's superuser for migrations must. */
const ROLE = `CREATE ROLE shop LOGIN PASSWORD 'secret-word';
  CREATE ROLE reader;
  CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'secret-word';
  GRANT CREATE ON SCHEMA public TO shop;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO shop;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO shop;
  REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
  GRANT CONNECT ON DATABASE shop TO shop, reader;
  ALTER ROLE shop IN DATABASE shop SET statement_timeout = '61s';
  CREATE TABLE orders (id int PRIMARY KEY, note text);
  ALTER TABLE orders OWNER TO shop;
  GRANT SELECT (note) ON orders TO reader;
  CREATE SCHEMA archive AUTHORIZATION shop;`;

/** Owners, grants and settings of the database and of all that is in it. Who was granted first is no difference: a swap grants the database's rights anew. */
const RIGHTS = `
  SELECT 'database' AS what, datname::text AS name, pg_get_userbyid(datdba)::text AS owner, (SELECT array_agg(one::text ORDER BY one::text)::text FROM unnest(datacl) AS one) AS acl FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT 'schema', nspname, pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT relkind::text, oid::regclass::text, pg_get_userbyid(relowner), coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))::text FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'archive'::regnamespace)
  UNION ALL SELECT 'column', attrelid::regclass || '.' || attname, NULL, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384
  UNION ALL SELECT 'default', defaclobjtype::text, pg_get_userbyid(defaclrole), defaclacl::text FROM pg_default_acl
  UNION ALL SELECT 'setting', coalesce(setrole::regrole::text, ''), NULL, setconfig::text FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  ORDER BY 1, 2, 3, 4`;

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open({
    on: { engineBy: "sudo" },
    composeCommand: ({ engineClients: [compose] }) => `sudo -E ${compose}`,
    folder: "current",
    superuser: "postgres",
    profile: { "compose-file": FILES },
    files: (project, compose) => ({
      "compose.yml": `name: ${project}\n${compose.replace("POSTGRES_USER: shop", "POSTGRES_DB: shop")}`,
      "compose.production.yml": PRODUCTION(project),
    }),
    services: ["postgres", "web", "worker"],
    before: async (shop) => {
      while (!(await databaseAnswers(shop))) await new Promise((done) => setTimeout(done, 100));
      await shop.sql(ROLE);
    },
  });
});
afterAll(async () => {
  await stage?.host.sudoers(allowed("NOPASSWD:SETENV:"));
  await stage?.[Symbol.asyncDispose]();
});

function allowed(how: string, programs: readonly string[] = stage.host.engineClients): string {
  return programs.length === 0 ? "" : `${stage.host.user} ALL=(root) ${how} ${programs.join(", ")}`;
}

async function databaseAnswers(shop: ServerStage["shop"]): Promise<boolean> {
  return await shop.sql("SELECT 1").then(
    () => true,
    () => false,
  );
}

async function environmentOf(service: string): Promise<readonly string[]> {
  const id = (await stage.shop.containers()).find((one) => one.service === service)?.id ?? "none";
  return JSON.parse(await docker(["inspect", "--format", "{{json .Config.Env}}", id])) as string[];
}

describe("compose as a program of its own, through sudo alone, with two files and a name in them", () => {
  test("what the second file says counts, what it adds runs, and the commit reaches the files through sudo", async () => {
    await stage.expectStable();
    expect(await environmentOf("web")).toContain("MODE=production");
    expect(await environmentOf("worker")).toContain(`COMMIT_OF_FILE=${stage.stable}`);
    await expect(stage.host.run("docker ps")).rejects.toThrow(/docker.*not found/);
  });

  test("a version that never gets healthy: both files' services are the stable version's again, with the database's owners and grants", async () => {
    const { shop } = stage;
    const before = await shop.sql(RIGHTS);
    await stage.commit({
      files: {
        ...stage.migration(
          "ALTER TABLE notes RENAME TO scribbles; ALTER TABLE orders OWNER TO postgres; REVOKE ALL ON orders FROM reader;",
        ),
        "compose.production.yml": PRODUCTION(shop.project, MAILER).replace("MODE: production", "MODE: other"),
      },
      timeout: "6s",
    });
    const run = await shop.run("deploy");
    stage.expectEnd(run, 1);
    expect(run.stderr).toContain('relation "notes" does not exist');
    expect(await environmentOf("web")).toContain("MODE=production");
    await stage.expectStable();
    expect(await shop.sql(RIGHTS)).toEqual(before);
  });

  test("taken back by hand, by another role that may: the version before, with its files, its images and its database", async () => {
    const { shop, host } = stage;
    await host.run("echo KEEPER_URL=postgres://keeper:secret-word@postgres/shop >>.env", { cwd: shop.appDir });
    const known = stage.known;
    const before = await shop.sql(RIGHTS);
    const commit = await stage.commit({
      files: {
        ...stage.migration("ALTER TABLE notes ADD colour text; GRANT ALL ON orders TO reader;"),
        "compose.production.yml": PRODUCTION(shop.project).replace("MODE: production", "MODE: other"),
      },
      profile: { "database-admin-url": "env:KEEPER_URL", backup: { verify: "restore" } },
    });
    stage.expectEnd(await shop.run("deploy"), 0);
    expect(await environmentOf("web")).toContain("MODE=other");
    await stage.settled(commit);
    const back = await shop.run("rollback", { confirm: "production", reason: "a test", database: "restore" });
    stage.expectEnd(back, 0);
    stage.returned(known);
    expect(await environmentOf("web")).toContain("MODE=production");
    await stage.expectStable();
    expect(await shop.sql(RIGHTS)).toEqual(before);
  });

  test("a build that is cancelled ends, though it is root's", async () => {
    const { shop, host } = stage;
    const workflow = "800.1";
    const dockerfile = await host.run("cat Dockerfile", { cwd: shop.appDir });
    await stage.commit({ files: { Dockerfile: `${dockerfile}\nRUN sleep 100\n` } });
    const builds = async (): Promise<boolean> => /docker-compose .* build /.test(await host.run("ps -eo args"));
    const { child, done } = shop.start("deploy", {}, { workflow });
    await stage.until(builds);
    child.kill("SIGINT");
    const run = await done;
    stage.expectEnd(run, 130);
    expect(await builds()).toBe(false);
    stage.expectEnd(await shop.run("rollback", {}, { workflow }), 0);
    await stage.expectStable();
  });

  test("files and profiles that `.env` names count as those that the settings name", async () => {
    const { shop, host } = stage;
    await host.run(`printf '%s\\n' COMPOSE_FILE=${FILES.join(":")} COMPOSE_PROFILES=debug >>.env`, { cwd: shop.appDir });
    const commit = await stage.commit({ files: stage.migration(), profile: { "compose-file": null } });
    stage.expectEnd(await shop.run("deploy"), 0);
    stage.services = ["debug", "postgres", "web", "worker"];
    expect(await environmentOf("web")).toContain("MODE=production");
    await stage.settled(commit);
    await stage.expectStable();

    await stage.commit({ files: stage.migration("ALTER TABLE notes RENAME TO scribbles;"), timeout: "6s" });
    stage.expectEnd(await shop.run("deploy"), 1);
    await stage.expectStable();
  });
});

describe("a sudo that does not let it", () => {
  test.each([
    ["keep the environment", () => allowed("NOPASSWD:"), "you are not allowed to preserve the environment"],
    ["in without a password", () => allowed("SETENV:"), "a password is required"],
    ["in without a terminal", () => `Defaults requiretty\n${allowed("NOPASSWD:SETENV:")}`, "you must have a tty"],
    ["call docker, only compose", () => allowed("NOPASSWD:SETENV:", stage.host.engineClients.slice(0, 1)), "a password is required"],
    ["call compose, only docker", () => allowed("NOPASSWD:SETENV:", stage.host.engineClients.slice(1)), "a password is required"],
  ])("%s: refused at once, in sudo's own words, with what to allow, and nothing is touched", async (_, sudoers, said) => {
    const { shop, host } = stage;
    await host.sudoers(sudoers());
    await stage.commit({ files: stage.migration() });
    const run = await shop.run("deploy");
    await host.sudoers(allowed("NOPASSWD:SETENV:"));
    stage.expectEnd(run, 2);
    expect(run.stderr).toContain(said);
    expect(run.stderr).toContain("NOPASSWD:SETENV:");
    await stage.expectTidy();
    expect(await stage.answers()).toMatchObject({ commit: stage.stable });
  });
});
