import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "vitest";
import { type ComposeShop, type ComposeShopOptions, openComposeShop } from "../lab/compose-shop.ts";
import { docker } from "../lab/engine.ts";
import { type Host, type HostOptions, startHost } from "../lab/host.ts";
import type { Ended } from "../lab/act.ts";
import type { Change, Run } from "../lab/shop.ts";
import { stays } from "../lab/stays.ts";
import { DEPLOY, LAST, type Start, Workflows } from "./workflows.ts";
import { Writers } from "../lab/writers.ts";

export interface StageOptions extends ComposeShopOptions {
  readonly on?: HostOptions;
  /** The first version that is deployed. */
  readonly first?: Change;
  /** The services of that version. */
  readonly services?: readonly string[];
  /** What is done by hand before it. */
  readonly before?: (shop: ComposeShop) => Promise<void>;
  /** Ready-made workflows by the names that they have in the shop's repository, `deploy.yml` among them. Then it is deployed by that one. */
  readonly workflows?: Readonly<Record<string, string>>;
}

/** A shop on a server, its first version stable, its users writing all the time. Tests take it one after the other. */
export class ServerStage implements AsyncDisposable {
  readonly host: Host;
  readonly shop: ComposeShop;
  /** The version that all of it must be. */
  stable = "";
  /** The services of the stable version. */
  services: readonly string[] = ["postgres", "web"];
  readonly #writers: Writers;
  readonly #workflows: Workflows | undefined;
  #schema: readonly string[] = [];
  #database = "";
  #turn = 10;

  private constructor(shop: ComposeShop, workflows: Workflows | undefined) {
    this.host = shop.host;
    this.shop = shop;
    this.#workflows = workflows;
    this.#writers = new Writers(shop.url);
  }

  static async open(options: StageOptions = {}): Promise<ServerStage> {
    const host = await startHost(options.on);
    try {
      const shop = await openComposeShop(host, options);
      const workflows = options.workflows && (await Workflows.open(shop, options.workflows));
      const stage = new ServerStage(shop, workflows);
      stage.#database = await stage.#databaseContainer();
      if (options.services !== undefined) stage.services = options.services;
      await options.before?.(shop);
      const commit = await stage.commit({
        message: "Version 1.1",
        ...options.first,
        files: { ...workflows?.files, ...options.first?.files },
      });
      if (workflows) stage.expectGreen(await stage.deploy());
      else stage.expectEnd(await shop.run("deploy"), 0);
      await stage.settled(commit);
      return stage;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Commits a version over the stable one. Where workflows deploy, they say all, and there is no settings file, unless with `settings`. */
  async commit(change: Change = {}, more: { readonly settings?: boolean } = {}): Promise<string> {
    const file = this.#workflows === undefined || more.settings === true;
    const files = { ...(!file && { "savepoint.yml": null }), ...change.files };
    return await this.shop.commit({ ...(this.stable !== "" && { on: this.stable }), ...change, files });
  }

  /** A new version's file with a migration: its SQL, or one that adds a column. */
  migration(sql?: string): Readonly<Record<string, string>> {
    this.#turn += 1;
    return { [`migrations/${this.#turn}0_change.sql`]: `-- UP\n${sql ?? `ALTER TABLE notes ADD c_${this.#turn} int DEFAULT 1;`}\n` };
  }

  /** A file of the version that runs, changed. */
  async changed(file: string, from: string | RegExp, to: string): Promise<Readonly<Record<string, string>>> {
    const text = await readFile(join(this.shop.appDir, file), "utf8");
    expect(text).toMatch(from);
    return { [file]: text.replace(from, to) };
  }

  get workflows(): Workflows {
    if (this.#workflows === undefined) throw new Error("this stage was opened without workflows");
    return this.#workflows;
  }

  /** The users' own way to deploy what they committed: their workflow, in a real runner. */
  async deploy(env: Start["env"] = {}): Promise<Ended> {
    return await this.workflows.run("deploy.yml", { env });
  }

  /** Takes a version for the stable one, as it is now. */
  async settled(commit: string): Promise<void> {
    this.stable = commit;
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

  /** That a workflow did its work, with its log where it did not. */
  expectGreen(run: Ended): void {
    expect(run.green ? "green" : run.log).toBe("green");
    expect(run.log).not.toContain("::error");
  }

  /** That a deploy failed with these words before it changed anything, and its last step found nothing to do. */
  expectUntouched(run: Ended, says: string | RegExp): void {
    this.#expectFailed(run, says, { "rolled-back": "false" });
  }

  /** That a deploy failed with these words and took itself back, and its last step found nothing to do. */
  expectTakenBack(run: Ended, database: "kept" | "restored", says: string | RegExp): void {
    this.#expectFailed(run, says, { "rolled-back": "true", commit: this.stable, "database-action": database });
  }

  #expectFailed(run: Ended, says: string | RegExp, outputs: Readonly<Record<string, string>>): void {
    expect(run.green, run.log).toBe(false);
    expect([run.step(DEPLOY), run.step(LAST)], run.log).toEqual(["failure", "success"]);
    expect(run.outputs(DEPLOY), run.log).toMatchObject(outputs);
    expect(run.outputs(LAST)).toMatchObject({ "rolled-back": "false", skipped: "nothing-open" });
    expect(run.log).toMatch(says);
    expect(run.summaries.join("\n")).toMatch(says);
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
    const containers = await shop.containers();
    expect(containers.map(({ service, state }) => `${service} ${state}`).sort(), "containers").toEqual(
      this.services.map((service) => `${service} running`),
    );
    expect(containers.find(({ service }) => service === "postgres")?.id, "the database's container").toBe(this.#database);
    expect(await this.#besides(), "databases beside the live one").toEqual([]);
    expect(await stays(async () => await this.#sessions()), "sessions left in the database").toEqual([]);
    expect(await stays(async () => await host.processes()), "processes left on the host").toEqual([]);
    expect(await stays(async () => await this.#insideDatabase()), "processes left beside the database").toEqual([]);
    const around = "ls -A /tmp; git status --porcelain; find .git -name '*.lock'; ls -A ~";
    expect(await host.run(around, { cwd: shop.appDir }), "temporary files, the clone, the home folder").toBe(".docker\n.local");
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
    const listed = await docker(["top", this.#database, "-eo", "pid,args"]);
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
    await this.#workflows?.[Symbol.asyncDispose]();
    await this.shop[Symbol.asyncDispose]();
    await this.host[Symbol.asyncDispose]();
  }
}

/** A version, and the schema that belongs to it. */
export interface Known {
  readonly commit: string;
  readonly schema: readonly string[];
}
