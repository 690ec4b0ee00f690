import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createOrigin, git, type Origin } from "./git.ts";
import { NODE_IMAGE, POSTGRES_IMAGE } from "./images.ts";

/** A repository of GitHub's by its name. */
export const REPOSITORY = "acme/shop";

/** An app as a team has it before Savepoint: a compose file with its database, `.env` beside it, migrations. */
export async function newApp(port: number): Promise<Origin> {
  const origin = await createOrigin({ onDisk: true });
  const server = await readFile(new URL("shop-server.cjs", import.meta.url), "utf8");
  await origin.commitFiles({ "server.cjs": server, ...filesOfApp(port) }, "First version");
  const checkout = checkoutOf(origin);
  // What is pushed to GitHub goes to the one on this disk.
  await git(checkout, "remote", "set-url", "origin", `https://github.com/${REPOSITORY}.git`);
  await git(checkout, "config", `url.${origin.url}.insteadOf`, `https://github.com/${REPOSITORY}.git`);
  return origin;
}

export function checkoutOf({ folder }: Origin): string {
  return join(folder, "work");
}

function filesOfApp(port: number): Readonly<Record<string, string>> {
  return {
    "behaviour.json": "{}",
    Dockerfile: `FROM ${NODE_IMAGE}\nCOPY server.cjs behaviour.json ./\nARG COMMIT\nENV COMMIT=$COMMIT LISTEN=0.0.0.0 PORT=3000\nCMD ["node", "server.cjs"]\n`,
    "compose.yml": `services:
  web:
    build: { context: ., args: { COMMIT: "\${SAVEPOINT_COMMIT:-by-hand}" } }
    environment: { DATABASE_URL: "postgres://shop:\${DB_PASSWORD}@postgres/shop" }
    ports: ["${port}:3000"]
    healthcheck: { test: "node -e \\"fetch('http://127.0.0.1:3000/health').then(r => process.exit(r.ok ? 0 : 1))\\"", interval: 1s, start_period: 60s }
    depends_on: { postgres: { condition: service_healthy } }
  postgres:
    image: ${POSTGRES_IMAGE}
    command: ["-c", "fsync=off"]
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: "\${DB_PASSWORD}" }
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: pg_isready -q -h 127.0.0.1, interval: 1s, start_period: 120s }
volumes: { data: {} }
`,
    ".gitignore": ".env\n",
    "migrations/001_notes.sql": "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body text);\n-- DOWN\nDROP TABLE notes;\n",
  };
}

/** What the app says of itself. */
export async function answers(port: number): Promise<unknown> {
  return await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5000) }).then(
    async (response) => await response.json(),
    (error: unknown) => String(error),
  );
}
