import { expect, test } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "../lab/engine.ts";
import { NODE_IMAGE, POSTGRES_IMAGE } from "../lab/images.ts";
import { needs } from "../lab/needs.ts";

await needs("engine");

test("the lab's engine runs a compose project: a built service beside a PostgreSQL", async () => {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-lab-"));
  const compose = async (...words: readonly string[]) => await docker(["compose", ...words], { cwd: folder });
  try {
    await writeFile(join(folder, "Dockerfile"), `FROM ${NODE_IMAGE}\nRUN node -e 'require("fs").writeFileSync("built","yes")'\n`);
    const services = {
      postgres: {
        image: POSTGRES_IMAGE,
        environment: { POSTGRES_PASSWORD: "pa ss'word", POSTGRES_DB: "shop" },
        healthcheck: { test: "pg_isready -h 127.0.0.1", interval: "200ms", retries: 100 },
      },
      web: {
        build: ".",
        environment: { PGPASSWORD: "pa ss'word" },
        command: [
          "node",
          "-e",
          `const {Client}=require("pg");const c=new Client({host:"postgres",user:"postgres",database:"shop"});c.connect().then(()=>c.query("select current_database() as name")).then(r=>{console.log(r.rows[0].name,require("fs").readFileSync("built","utf8"));process.exit()})`,
        ],
        depends_on: { postgres: { condition: "service_healthy" } },
      },
    };
    await writeFile(join(folder, "compose.yml"), JSON.stringify({ services }));
    await compose("up", "--build", "--detach", "--quiet-pull");
    // Not by `wait`: that one knows no container that has ended before it looked.
    await expect.poll(async () => await compose("logs", "--no-color", "--no-log-prefix", "web")).toContain("shop yes");
  } finally {
    await compose("down", "--volumes", "--rmi=local");
    await rm(folder, { recursive: true });
  }
});
