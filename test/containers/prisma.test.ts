import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPrismaImage, PRISMA_IMAGE, PRISMA_SCHEMA } from "../lab/prisma.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";
import { DEPLOY } from "./workflows.ts";

await needs("engine", "host", "act");

const DOCKERFILE = `FROM ${PRISMA_IMAGE}
COPY server.cjs behaviour.json ./
COPY prisma ./prisma
ARG COMMIT
ENV COMMIT=$COMMIT LISTEN=0.0.0.0 PORT=3000
CMD ["sh", "-c", "./prisma-cli migrate deploy && exec node server.cjs"]
`;

let stage: ServerStage;
beforeAll(async () => {
  await buildPrismaImage();
  stage = await ServerStage.open({
    workflows: { "deploy.yml": "deploy-prisma.yml" },
    first: {
      files: {
        Dockerfile: DOCKERFILE,
        "migrations/001_notes.sql": null,
        "prisma/schema.prisma": PRISMA_SCHEMA,
        "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
        ...migration("20260101000000_notes", "CREATE TABLE notes (id serial PRIMARY KEY, body text);"),
      },
    },
  });
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

function migration(name: string, sql: string): Readonly<Record<string, string>> {
  return { [`prisma/migrations/${name}/migration.sql`]: sql };
}

/** What Prisma says of the database, asked in the app's own container. */
async function prismaStatus(): Promise<string> {
  return await stage.shop.compose("exec", "-T", "web", "./prisma-cli", "migrate", "status", "</dev/null");
}

async function expectDeployed(files: Readonly<Record<string, string>>): Promise<void> {
  const commit = await stage.commit({ files });
  const run = await stage.deploy();
  stage.expectGreen(run);
  expect(run.outputs(DEPLOY)).toMatchObject({ commit, "rolled-back": "false" });
  await stage.settled(commit);
  await stage.expectStable();
}

describe("an app whose container runs Prisma Migrate when it starts, deployed by the ready-made workflow", () => {
  test("a good deploy: the migration ran, and the version is stable with it", async () => {
    await expectDeployed(migration("20260102000000_colour", "ALTER TABLE notes ADD colour text;"));
    expect(await prismaStatus()).toContain("up to date");
  });

  test("a version that migrates and is not healthy: schema, Prisma's own history and code are back together", async () => {
    const impatient = await stage.changed(".github/workflows/deploy.yml", "health-timeout: 5m", "health-timeout: 20s");
    await stage.commit({ files: { ...migration("20260103000000_rename", "ALTER TABLE notes RENAME TO scribbles;"), ...impatient } });
    stage.expectTakenBack(await stage.deploy(), "restored", "is not healthy");
    await stage.expectStable();
    expect(await prismaStatus()).toContain("up to date");
  });

  test("a migration that fails in the starting container: its error is shown, and no failed entry stays in Prisma's history", async () => {
    const sql = "CREATE TABLE half (id int);\nALTER TABLE nothing ADD more int;";
    await stage.commit({ files: migration("20260104000000_half", sql) });
    // Said when it first ended; started again, it only says that a migration failed before.
    stage.expectTakenBack(await stage.deploy(), "restored", "No such table: nothing");
    await stage.expectStable();
    expect(await prismaStatus()).toContain("up to date");
  });

  test("and the next version's migrations run as if it had never been", async () => {
    await expectDeployed(migration("20260105000000_size", "ALTER TABLE notes ADD size int;"));
  });
});
