import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker } from "./engine.ts";
import { NODE_IMAGE } from "./images.ts";

const execute = promisify(execFile);
const VERSION = "6.19.3";
const CACHE = fileURLToPath(new URL("../../.lab", import.meta.url));

/** The lab's Node image with a real Prisma Migrate: `./prisma-cli migrate deploy` in /srv, migrations in /srv/prisma. */
export const PRISMA_IMAGE = "savepoint-lab/prisma";

/** A schema of one model, `notes`, as the lab's shop has it. */
export const PRISMA_SCHEMA = `datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
model notes {
  id   Int     @id @default(autoincrement())
  body String?
}
`;

const CONFIG = `import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";
// As its engines that are programs read it by themselves, and its documentation has it for adapters.
const schema = new URL(process.env.DATABASE_URL).searchParams.get("schema");
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }, schema ? { schema } : undefined),
});
`;

/** Its engine is wasm. The two variables name a file that exists, so that no other engine is fetched. */
const PROGRAM = `#!/bin/sh
export PRISMA_QUERY_ENGINE_LIBRARY=/bin/true PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 CHECKPOINT_DISABLE=1
exec node node_modules/prisma/build/index.js "$@"
`;

const DOCKERFILE = `FROM ${NODE_IMAGE}
COPY --chown=node:node . .
`;

/** Makes the image, where the engine does not have it yet. The packages come from npm's registry, once. */
export async function buildPrismaImage(): Promise<void> {
  const base = await docker(["image", "inspect", "--format", "{{.Id}}", NODE_IMAGE]);
  const recipe = createHash("sha256")
    .update(readFileSync(import.meta.filename))
    .update(base)
    .digest("hex");
  const label = await docker(["image", "inspect", "--format", `{{index .Config.Labels "lab.recipe"}}`, PRISMA_IMAGE]).catch(() => "");
  if (label !== recipe) await docker(["build", "--quiet", `--label=lab.recipe=${recipe}`, `--tag=${PRISMA_IMAGE}`, await packages()]);
}

/** The folder of a real Prisma Migrate, without an image: `prisma.config.ts`, `prisma-cli` and its packages. */
export async function prismaFolder(): Promise<string> {
  return await packages();
}

async function packages(): Promise<string> {
  const whole = createHash("sha256")
    .update(readFileSync(import.meta.filename))
    .digest("hex")
    .slice(0, 12);
  const folder = join(CACHE, `prisma-${whole}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "prisma-new-"));
  const put = async (path: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), text, { mode });
  };
  await put("package.json", '{ "private": true }\n');
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `prisma@${VERSION}`, `@prisma/adapter-pg@${VERSION}`];
  await execute("npm", words, { cwd: work, maxBuffer: 16 * 1024 * 1024 });
  for (const kind of ["js", "mjs"]) {
    // This adapter has no mapping for the types name (19) and "char" (18), which the migration engine reads.
    const path = `node_modules/@prisma/adapter-pg/dist/index.${kind}`;
    const text = await readFile(join(work, path), "utf8");
    await put(path, text.replaceAll("case ScalarColumnType.XML:", "case ScalarColumnType.XML: case 19: case 18:"));
  }
  await put("prisma.config.ts", CONFIG);
  await put("prisma-cli", PROGRAM, 0o755);
  await put("Dockerfile", DOCKERFILE);
  await put(".dockerignore", "Dockerfile\n.dockerignore\n");
  await rename(work, folder).catch(async () => await rm(work, { recursive: true, force: true }));
  return folder;
}
