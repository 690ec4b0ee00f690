// The lab shop's app. How it behaves is decided by the commit that it runs from: see Behaviour in shop.ts.
// In a container it is told what a clone would tell it: COMMIT, and LISTEN for the address.
const { execFileSync } = require("node:child_process");
const { readFileSync, writeFileSync } = require("node:fs");
const { createServer } = require("node:http");
const pg = require(process.env.PG_MODULE ?? "pg");

// Read once: what runs is what was there at the start, whatever becomes of the files.
const behaviour = JSON.parse(readFileSync("behaviour.json", "utf8"));
const commit = process.env.COMMIT ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
// Not as connectionString: its parser leaves %24 and the like in a database's name.
const url = new URL(process.env.DATABASE_URL);
const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
const pool = new pg.Pool({ host: url.hostname, port: Number(url.port), user, password, database, max: 3 });
// A connection that is ended under it is replaced by the next request.
pool.on("error", () => undefined);
let requests = 0;
// Whoever started it waits for this file, where one is named.
const up = () => process.env.APP_UP !== undefined && writeFileSync(process.env.APP_UP, "");

async function answer(request) {
  requests += 1;
  if (behaviour.dieAfter !== undefined && requests > behaviour.dieAfter) process.exit(1);
  if (request.method === "POST") {
    await pool.query("INSERT INTO notes (body) VALUES ($1)", [request.url]);
    return { status: "written" };
  }
  if (behaviour.broken !== undefined) throw new Error(behaviour.broken);
  await pool.query(behaviour.query ?? "SELECT count(*) FROM notes");
  return { status: "ok", commit };
}

async function main() {
  if (behaviour.crash !== undefined) throw new Error(behaviour.crash);
  if (behaviour.startSql !== undefined) await pool.query(behaviour.startSql);
  if (behaviour.startMs !== undefined) {
    up();
    await new Promise((done) => setTimeout(done, behaviour.startMs));
  }
  createServer((request, response) => {
    answer(request).then(
      (body) => response.end(JSON.stringify(body)),
      (error) => {
        response.statusCode = 500;
        response.end(`${error.message}\n`);
      },
    );
  }).listen(Number(process.env.PORT), process.env.LISTEN ?? "127.0.0.1", up);
}

// The first process of a container ends by a signal only where it says so.
process.once("SIGTERM", () => process.exit());
void main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
