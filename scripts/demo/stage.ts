import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { type Cluster, freePort, startCluster } from "../../test/lab/postgres.ts";
import { START, settingsFile, type Version } from "./shop.ts";

const execute = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
/** No word that a path or a command holds: it is taken out of all that is shown. */
const PASSWORD = "kept-in-the-env-file";

/** Everything the demo needs, below one temporary folder: a PostgreSQL, a git remote, a checkout, and the app's folder. */
export class Stage {
  readonly root: string;
  readonly port: number;
  /** The command line that is demonstrated. */
  readonly program = join(project, "dist", "cli.js");
  readonly #cluster: Cluster;

  private constructor(root: string, port: number, cluster: Cluster) {
    this.root = root;
    this.port = port;
    this.#cluster = cluster;
  }

  static async set(): Promise<Stage> {
    const root = await mkdtemp(join(tmpdir(), "savepoint-demo-"));
    const stage = new Stage(root, await freePort(), await startCluster());
    await stage.#query("postgres", `CREATE ROLE shop LOGIN CREATEDB PASSWORD '${PASSWORD}'`);
    await stage.#query("postgres", "CREATE DATABASE shop OWNER shop");
    await execute("git", ["init", "--quiet", "--bare", "--initial-branch=main", stage.path("origin.git")]);
    await execute("git", ["clone", "--quiet", stage.path("origin.git"), stage.path("checkout")]);
    await stage.#git("config", "user.name", "Demo");
    await stage.#git("config", "user.email", "demo@localhost");
    return stage;
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  /** Commits a version and pushes it. */
  async commit(version: Version): Promise<string> {
    const files = {
      "savepoint.yml": settingsFile({ app: this.path("app"), state: this.path("state"), port: this.port, unwell: version.unwell === true }),
      ".gitignore": ".env\ndata/\n",
      ...version.files,
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(this.path("checkout", path)), { recursive: true });
      await writeFile(this.path("checkout", path), text);
    }
    await this.#git("add", "--all");
    await this.#git("commit", "--quiet", `--message=${version.name}: ${version.story}`);
    await this.#git("push", "--quiet", "origin", "HEAD:main");
    return (await this.#git("rev-parse", "HEAD")).trim();
  }

  /** What has to be on the host once: a clone, the app's secrets, and a folder for what it writes. */
  async prepareHost(): Promise<void> {
    await execute("git", ["clone", "--quiet", this.path("origin.git"), this.path("app")]);
    await mkdir(this.path("app", "data"));
    const client = join(project, "node_modules", "pg");
    const url = `postgres://shop:${PASSWORD}@127.0.0.1:${this.#cluster.port}/shop`;
    await writeFile(this.path("app", ".env"), `DATABASE_URL=${url}\nPG_CLIENT=${client}\nPORT=${this.port}\nNODE=${process.execPath}\n`);
  }

  /** Runs the real command line in the checkout; its story goes to the screen. Returns the exit code. */
  async savepoint(...words: readonly string[]): Promise<number> {
    return await new Promise((resolve, reject) => {
      const env = { PATH: process.env["PATH"], HOME: this.root, TERM: process.env["TERM"], SAVEPOINT_RUN: "demo" };
      const child = spawn(process.execPath, [this.program, ...words], {
        cwd: this.path("checkout"),
        env,
        stdio: ["ignore", "inherit", "inherit"],
      });
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  }

  /** The commit of the tag; empty where there is none. */
  async latestStable(): Promise<string> {
    const words = [
      "-C",
      this.path("origin.git"),
      "for-each-ref",
      "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)",
    ];
    const { stdout } = await execute("git", [...words, "refs/tags/latest-stable"]);
    return stdout.trim();
  }

  /** What the app says that it is, asked over HTTP; undefined where nothing answers. */
  async runningVersion(): Promise<string | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/`);
      return ((await response.json()) as { readonly version?: string }).version;
    } catch {
      return undefined;
    }
  }

  /** Starts what is checked out on the host, as a deploy does, and waits until it answers. */
  async startApp(): Promise<void> {
    const app = this.path("app");
    const { stdout } = await execute("git", ["-C", app, "rev-parse", "HEAD"]);
    const env = { PATH: process.env["PATH"], HOME: this.root, SAVEPOINT_COMMIT: stdout.trim() };
    const child = spawn("sh", ["-c", START], { cwd: app, env, stdio: "ignore" });
    await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
    for (let turn = 0; turn < 600 && (await this.runningVersion()) === undefined; turn += 1) await wait(200);
  }

  /** What ends the app and the server of one that was kept, and removes all of it. */
  get ending(): string {
    const { socketDirectory } = this.#cluster;
    return `kill "$(cat ${this.path("app", "data", "pid")})" "$(head -n 1 ${join(socketDirectory, "data", "postmaster.pid")})"; sleep 2; rm -rf ${this.root} ${socketDirectory}`;
  }

  async query<T>(database: string, sql: string): Promise<readonly T[]> {
    return await this.#query(database, sql);
  }

  async databases(): Promise<readonly string[]> {
    const rows = await this.#query<{ datname: string }>(
      "postgres",
      "SELECT datname FROM pg_database WHERE datname LIKE 'shop%' ORDER BY datname",
    );
    return rows.map((row) => row.datname);
  }

  async confirmedOrders(): Promise<readonly { readonly version: string; readonly id: string }[]> {
    const text = await readFile(this.path("app", "data", "confirmed.log"), "utf8");
    return text.split("\n").flatMap((line) => {
      const [version, id] = line.split(" ");
      return version !== undefined && id !== undefined ? [{ version, id }] : [];
    });
  }

  async stopApp(): Promise<void> {
    const pid = Number(await readFile(this.path("app", "data", "pid"), "utf8").catch(() => "0"));
    if (pid > 0) process.kill(pid);
  }

  /** Ends the app and the server and removes everything. */
  async strike(): Promise<void> {
    await this.stopApp().catch(() => undefined);
    await this.#cluster.remove();
    await rm(this.root, { recursive: true, force: true });
  }

  async #git(...words: readonly string[]): Promise<string> {
    return (await execute("git", ["-C", this.path("checkout"), ...words])).stdout;
  }

  async #query<T>(database: string, sql: string): Promise<readonly T[]> {
    const client = new pg.Client({ connectionString: this.#cluster.url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }
}
