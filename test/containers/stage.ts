import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "vitest";
import { type ComposeShop, type ComposeShopOptions, openComposeShop } from "../lab/compose-shop.ts";
import { docker } from "../lab/engine.ts";
import { type Host, type HostOptions, startHost } from "../lab/host.ts";
import type { Change, Run } from "../lab/shop.ts";

/** A shop on a server, its first version stable, its users writing all the time. Tests take it one after the other. */
export class ServerStage implements AsyncDisposable {
  readonly host: Host;
  readonly shop: ComposeShop;
  /** The version that all of it must be. */
  stable = "";
  /** The services of the stable version. */
  services: readonly string[] = ["postgres", "web"];
  readonly #writers: Writers;
  #schema: readonly string[] = [];
  #database = "";
  #turn = 10;
  #migrations: readonly string[] = [];

  private constructor(host: Host, shop: ComposeShop) {
    this.host = host;
    this.shop = shop;
    this.#writers = new Writers(shop.url);
  }

  static async open(options: StageOptions = {}): Promise<ServerStage> {
    const host = await startHost(options.on);
    try {
      const stage = new ServerStage(host, await openComposeShop(host, options));
      const { shop } = stage;
      stage.#database = await stage.#databaseContainer();
      if (options.services !== undefined) stage.services = options.services;
      await options.before?.(shop);
      await shop.commit({ message: "Version 1.1", ...options.first });
      const first = await shop.run("deploy");
      expect(first.stderr).toContain("is deployed and stable");
      await stage.settled(first.json.outputs.commit as string);
      return stage;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Files of a new version with a migration: its SQL, or one that adds a column. They go with the next change. */
  migration(sql?: string): Readonly<Record<string, string | null>> {
    this.#turn += 1;
    const gone = Object.fromEntries(this.#migrations.map((file) => [file, null]));
    const file = `migrations/${this.#turn}0_change.sql`;
    this.#migrations = [file];
    return { ...gone, [file]: `-- UP\n${sql ?? `ALTER TABLE notes ADD c_${this.#turn} int DEFAULT 1;`}\n` };
  }

  /** Takes a version for the stable one, as it is now. */
  async settled(commit: string): Promise<void> {
    this.stable = commit;
    this.#migrations = [];
    this.#schema = await this.#columns();
    this.#writers.start();
  }

  /** It went back to a version that was the stable one before; its schema is this. */
  returned(to: Known): void {
    this.stable = to.commit;
    this.#schema = to.schema;
  }

  get known(): Known {
    return { commit: this.stable, schema: this.#schema };
  }

  /** That a command ended so, with its story where it did not. */
  expectEnd(run: Run, code: number): void {
    expect(`${run.code}\n${run.stderr}`).toMatch(new RegExp(`^${code}\n`));
  }

  /** That all of it is the stable version's, nothing is left behind, and nothing is lost: asked of each part itself. */
  async expectStable(): Promise<void> {
    const { shop } = this;
    expect(await this.answers()).toMatchObject({ status: 200, commit: this.stable });
    expect(await shop.head()).toBe(this.stable);
    expect(await this.#columns()).toEqual(this.#schema);
    const status = await shop.fromAfar("status");
    expect(status.json, status.stderr).toMatchObject({
      outputs: { state: "idle", running: this.stable, stable: this.stable },
      details: { lock: { state: "free" }, pendingTags: [] },
    });
    expect((await shop.tags()).get("latest-stable")).toBe(this.stable);
    await this.expectTidy();
    await this.#expectNothingLost();
  }

  /** That nothing is left behind, whatever runs. */
  async expectTidy(): Promise<void> {
    const { shop, host } = this;
    expect((await shop.containers()).map(({ service, state }) => `${service} ${state}`).sort(), "containers").toEqual(
      this.services.map((service) => `${service} running`),
    );
    expect(await this.#databaseContainer(), "the database's container").toBe(this.#database);
    expect(await this.#besides(), "databases beside the live one").toEqual([]);
    expect(await this.#sessions(), "sessions left in the database").toEqual([]);
    expect(await stays(async () => await host.processes()), "processes left on the host").toEqual([]);
    expect(await stays(async () => await this.#insideDatabase()), "processes left beside the database").toEqual([]);
    expect(await host.run("ls -A /tmp"), "temporary files on the host").toBe("");
    expect(await host.run("git status --porcelain; find .git -name '*.lock'", { cwd: shop.appDir }), "the clone").toBe("");
    expect(await host.run("ls -A", { cwd: host.home })).toBe(".docker\n.local");
    const state = await readdir(shop.stateDir);
    expect(
      state.filter((name) => name.startsWith("lock")),
      "locks",
    ).toEqual([]);
    if (state.includes("running")) expect(await readdir(join(shop.stateDir, "running")), "notes of running commands").toEqual([]);
    await this.#expectWholeBackups();
  }

  /** The deploy that the journal holds for open. */
  async open(): Promise<{ readonly deploy: string; readonly commit: string } | undefined> {
    const entries = existsSync(join(this.shop.stateDir, "journal.jsonl")) ? await this.shop.journal() : [];
    const opened = entries.findLast((entry) => entry.kind === "deploy.opened");
    const closed = entries.some((entry) => entry.kind === "deploy.closed" && entry.deploy === opened?.deploy);
    return opened === undefined || closed ? undefined : { deploy: opened.deploy as string, commit: opened.commit as string };
  }

  /** Waits until something is so; a test that waits in vain runs out of its own time. */
  async until(so: () => Promise<boolean>): Promise<void> {
    while (!(await so())) await new Promise((done) => setTimeout(done, 50));
  }

  /** What answers, as soon as something does: the app starts again by itself where it ended. */
  async answers(): ReturnType<ComposeShop["health"]> {
    for (let turn = 0; turn < 600; turn += 1) {
      const health = await this.shop.health();
      if (health !== undefined) return health;
      await new Promise((done) => setTimeout(done, 50));
    }
    return undefined;
  }

  async #databaseContainer(): Promise<string> {
    return (await this.shop.containers()).find(({ service }) => service === "postgres")?.id ?? "none";
  }

  async #expectWholeBackups(): Promise<void> {
    const backups = join(this.shop.stateDir, "backups");
    for (const file of existsSync(backups) ? await readdir(backups) : []) {
      expect(file).toMatch(/\.dump(?:\.json)?$/);
      if (!file.endsWith(".json")) continue;
      const manifest = JSON.parse(await readFile(join(backups, file), "utf8")) as { file: string; sha256: string };
      const hash = createHash("sha256")
        .update(await readFile(join(backups, manifest.file)))
        .digest("hex");
      expect(hash, `${manifest.file} is whole`).toBe(manifest.sha256);
    }
  }

  /** Tables, columns and what the history tables say was applied. */
  async #columns(): Promise<readonly string[]> {
    const rows = await this.shop.sql(
      "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1",
    );
    const columns = rows.map((row) => String(row["name"]));
    const histories = [
      ["schema_migrations", "version"],
      ["_prisma_migrations", "migration_name"],
    ] as const;
    const applied: string[] = [];
    for (const [table, name] of histories.filter(([table, name]) => columns.includes(`${table}.${name}`)))
      applied.push(...(await this.shop.sql(`SELECT ${name} AS name FROM ${table} ORDER BY 1`)).map((row) => `${table} ${row["name"]}`));
    return [...columns, ...applied];
  }

  async #databases(): Promise<readonly string[]> {
    const rows = await this.shop.sql("SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%' ORDER BY 1", "postgres");
    return rows.map((row) => String(row["datname"])).filter((name) => name !== "postgres");
  }

  async #besides(): Promise<readonly string[]> {
    return (await this.#databases()).filter((name) => name !== "shop" && !/^shop_failed_\d{14}$/.test(name));
  }

  async #sessions(): Promise<readonly string[]> {
    const rows = await this.shop.sql(
      "SELECT datname || ' ' || application_name || ' ' || coalesce(query, '') AS name FROM pg_stat_activity WHERE application_name LIKE 'savepoint %'",
      "postgres",
    );
    return rows.map((row) => String(row["name"]));
  }

  async #insideDatabase(): Promise<readonly string[]> {
    const listed = await docker(["top", await this.#databaseContainer(), "-eo", "pid,args"]);
    // The health check of the service runs all the time.
    return listed.split("\n").filter((line) => !/^\s*(?:PID\s|\d+\s+(?:postgres\b|.*pg_isready|\[))/.test(line));
  }

  /** Each row whose writing the app confirmed is in the live database or in a replaced one. */
  async #expectNothingLost(): Promise<void> {
    const confirmed = this.#writers.confirmed();
    const found = new Set<string>();
    for (const name of await this.#databases()) {
      // Under whatever name a version's migration gave it.
      const tables = await this.shop.sql("SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'body'", name);
      for (const table of tables)
        for (const row of await this.shop.sql(`SELECT body FROM ${table["name"]}`, name)) found.add(String(row["body"]));
    }
    expect(
      confirmed.filter((body) => !found.has(body)),
      "confirmed rows that are nowhere",
    ).toEqual([]);
    expect(confirmed.length).toBeGreaterThan(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writers.stop();
    await this.shop[Symbol.asyncDispose]();
    await this.host[Symbol.asyncDispose]();
  }
}

/** What is there and does not end within some seconds: what is just ending is no stray. */
async function stays(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let found = await look();
  for (let turn = 0; found.length > 0 && turn < 50; turn += 1) {
    await new Promise((done) => setTimeout(done, 100));
    found = await look();
  }
  return found;
}

interface StageOptions extends ComposeShopOptions {
  readonly on?: HostOptions;
  /** The first version that is deployed. */
  readonly first?: Change;
  /** The services of that version. */
  readonly services?: readonly string[];
  /** What is done by hand before it. */
  readonly before?: (shop: ComposeShop) => Promise<void>;
}

/** A version, and the schema that belongs to it. */
export interface Known {
  readonly commit: string;
  readonly schema: readonly string[];
}

/** Users of the app: they write one row after the other, and remember which ones the app confirmed. */
class Writers {
  readonly #url: string;
  readonly #confirmed: string[] = [];
  #running: Promise<void> | undefined;
  #over = false;
  #next = 0;

  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    this.#running ??= this.#write();
  }

  confirmed(): readonly string[] {
    return [...this.#confirmed];
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #write(): Promise<void> {
    while (!this.#over) {
      this.#next += 1;
      const body = `/note-${this.#next}`;
      try {
        const response = await fetch(`${this.#url}${body}`, { method: "POST", signal: AbortSignal.timeout(5_000) });
        await response.arrayBuffer();
        if (response.ok) this.#confirmed.push(body);
      } catch {
        // Not confirmed: the app is down, or its connection was ended.
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
