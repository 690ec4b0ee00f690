import { expect, test } from "vitest";
import { readComposeFile } from "../../../../src/deploy/init/compose-file.ts";
import { findMigrations } from "../../../../src/deploy/init/migration-tools.ts";
import { oldSteps } from "../../../../src/deploy/init/old-deploys.ts";
import { githubName } from "../../../../src/deploy/init/repository.ts";
import { changedSettings, newSettings } from "../../../../src/deploy/init/settings-text.ts";
import { readProfile } from "../../../../src/config/read-profile.ts";
import { sections } from "../../../../src/sections.ts";

test("a compose file tells its database, ports, health checks, and what it wants from .env", async () => {
  const { services, variables } = await readComposeFile(
    "compose.yml",
    `services:
  db: { image: docker.io/library/postgres:17-alpine, ports: ["127.0.0.1:5433:5432"] }
  web:
    build: .
    ports: ["\${PORT:-3000}:3000"]
    command: ["npx", "prisma", "migrate", "deploy"]
    environment: { A: "\${NEEDED:?say it}", B: "\${COMMIT_IS:-x}", C: $BARE, D: $$NOT, E: "\${SAVEPOINT_COMMIT}" } # \${COMMENT}
  worker: { image: postgres-exporter, healthcheck: { disable: true, test: x }, ports: [{ target: 1, published: "9187" }] }
  odd:
`,
  );
  expect(services).toEqual([
    { name: "db", database: true, built: false, checked: false, port: 5433, command: " " },
    { name: "web", database: false, built: true, checked: false, port: 3000, command: "npx prisma migrate deploy " },
    { name: "worker", database: false, built: false, checked: false, port: 9187, command: " " },
    { name: "odd", database: false, built: false, checked: false, port: undefined, command: " " },
  ]);
  expect(variables).toEqual(["NEEDED", "BARE"]);
});

test("a compose file that is no YAML is refused with its line", async () => {
  await expect(readComposeFile("compose.yml", "services:\n  web: [\n")).rejects.toThrow(/^compose\.yml cannot be read: .*line 3/);
  expect((await readComposeFile("compose.yml", "just text")).services).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>> | undefined]>([
  ["Prisma", { "app/prisma/schema.prisma": "", "app/prisma/migrations/1_a/migration.sql": "" }, { run: "npx prisma migrate deploy" }],
  ["Flyway", { "sql/V1__a.sql": "" }, { run: "flyway -locations=filesystem:sql migrate" }],
  ["golang-migrate", { "m/1_a.up.sql": "", "m/1_a.down.sql": "" }, { run: 'migrate -path m -database "$DATABASE_URL" up' }],
  ["dbmate", { "db/migrations/1_a.sql": "-- migrate:up\n" }, { run: "dbmate --migrations-dir db/migrations --no-dump-schema up" }],
  [
    "a folder that a shell would read",
    { "db; id $(id)/1_a.up.sql": "" },
    { run: `migrate -path 'db; id $(id)' -database "$DATABASE_URL" up` },
  ],
  ["goose", { "migrations/1_a.sql": "-- +goose Up\n" }, { run: 'goose -dir migrations postgres "$DATABASE_URL" up' }],
  ["node-pg-migrate", { "package.json": '{"dependencies":{"node-pg-migrate":"1"}}' }, { run: "npx node-pg-migrate up" }],
  ["knex", { "knexfile.mjs": "" }, { run: "npx knex migrate:latest" }],
  ["SQL files", { "db/202601010000__a.sql": "SELECT 1" }, { directory: "db" }],
  ["nothing", { "README.md": "" }, undefined],
])("%s is told by its files", async (_, files, settings) => {
  const found = await findMigrations({ names: Object.keys(files), read: async (name) => files[name] ?? "" }, "");
  expect(found?.settings).toEqual(settings);
});

test("where the container migrates when it starts, no step of ours is to", async () => {
  const found = await findMigrations({ names: ["prisma/schema.prisma"], read: async () => "" }, "CMD npx prisma migrate deploy && node x");
  expect(found?.settings).toEqual({});
});

test("an old deploy job is told by what it does, with its lines; one of ours and comments are not", () => {
  const text =
    "jobs:\n  d:\n    steps:\n      # pg_dump\n      - run: |\n          ssh a@b pg_dump shop\n          git tag x && docker compose up -d\n";
  expect(oldSteps("old.yml", text).map(({ line, does }) => `${line} ${does}`)).toEqual([
    "6 logs in by ssh",
    "6 dumps the database",
    "7 starts containers",
    "7 sets tags",
  ]);
  expect(oldSteps("old.yml", `${text}      - uses: acme/savepoint@v1\n`)).toEqual([]);
});

test("a repository of GitHub's is known by each form of its address, and no other is", () => {
  for (const url of [
    "git@github.com:acme/shop.git",
    "https://github.com/acme/shop",
    "https://x:y@github.com/acme/shop.git",
    "ssh://git@github.com/acme/shop.git",
  ])
    expect(githubName(url)).toBe("acme/shop");
  for (const url of ["git@gitlab.com:acme/shop.git", "https://github.com.evil.example/acme/shop", "/srv/shop.git", ""])
    expect(githubName(url)).toBeUndefined();
});

test("settings that are written are read back as they were, however they look", async () => {
  const odd = "a: b # 'x' \"y\" ü *z";
  const values = [
    { section: "", name: "app-dir", text: odd },
    { section: "", name: "compose-file", text: "a.yml\nb.yml" },
    { section: "health", name: "service", text: "yes" },
  ];
  const text = await newSettings({ app: "0x10", environment: "null", values });
  const { problems, layer, app } = readProfile("savepoint.yml", text, { read: async () => text, environment: "null", sections });
  expect(problems).toEqual([]);
  expect(app).toBe("0x10");
  expect(layer.raw).toEqual({ "": { "app-dir": odd, "compose-file": "a.yml\nb.yml" }, health: { service: "yes" } });
});

test("a changed setting leaves comments and all other settings as they are", async () => {
  const there = "app: shop # ours\nenvironments:\n  production:\n    host: a@b # old\n    health: { url: http://x/ }\n";
  const values = [
    { section: "", name: "host", text: "c@d" },
    { section: "health", name: "service", text: "web" },
  ];
  expect(await changedSettings(there, { app: "shop", environment: "production", values: [] })).toBe(there);
  const changed = await changedSettings(there, { app: "shop", environment: "production", values });
  expect(changed).toContain("app: shop # ours");
  expect(changed).toContain("host: c@d");
  expect(changed).toContain("health: { url: http://x/, service: web }");
});
