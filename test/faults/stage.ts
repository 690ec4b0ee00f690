import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { git } from "../lab/git.ts";
import { type Flags, openShop, type Profile, type Run, type RunOptions, type Shop } from "../lab/shop.ts";
import { stays } from "../lab/stays.ts";
import { stopped } from "../lab/strace.ts";
import { layTripwire, type Tripwire } from "../lab/tripwire.ts";
import { Writers } from "../lab/writers.ts";

/** A command that is stopped. */
export interface Frozen {
  readonly pid: number;
  wake(): Promise<Run>;
}

/** With `afar`: from an empty folder, told nothing but the state's place and the environment. */
type Afar = RunOptions & { readonly afar?: boolean };

/** A shop with a stable version, users who write all the time, and a tripwire. Used by one test after the other. */
export class Stage implements AsyncDisposable {
  readonly shop: Shop;
  readonly tripwire: Tripwire;
  /** A folder with nothing in it. */
  readonly empty: string;
  stable = "";
  /** How the database is named to commands that know nothing else. */
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #writers: Writers;
  #files: readonly string[] = [];
  #schema: readonly string[] = [];
  #turn = 10;
  /** What the last command here said: where something stays that should not, it may say why. */
  #said = "";
  #plain: { readonly stop: string; readonly start: string } | undefined;

  private constructor(shop: Shop, tripwire: Tripwire, empty: string, secrets: Readonly<Record<string, string>>) {
    this.shop = shop;
    this.tripwire = tripwire;
    this.empty = empty;
    this.#secrets = secrets;
    this.#writers = new Writers(shop.url);
  }

  /** With `secretUrl` the database's URL is a secret of the caller's, else it stands in the host's .env. */
  static async open(options: { readonly secretUrl?: boolean; readonly profile?: Profile } = {}): Promise<Stage> {
    const profile = {
      backup: { verify: "restore" },
      health: { command: "lab-trip health || true" },
      ...options.profile,
      ...(options.secretUrl === true && { "database-url": null }),
    };
    const shop = await openShop({ profile });
    const tripwire = await layTripwire(shop.folder, join(shop.stateDir, "journal.jsonl"));
    const empty = join(shop.folder, "empty");
    await mkdir(empty);
    const secrets = options.secretUrl === true ? { SAVEPOINT_DATABASE_URL: shop.database.url } : {};
    const stage = new Stage(shop, tripwire, empty, secrets);
    await shop.commit({ profile: { rollout: await stage.#commands() } });
    const first = await stage.run("deploy");
    expect(first.stderr).toContain("is deployed and stable");
    await stage.settled(first.json.outputs.commit as string);
    return stage;
  }

  /** The environment of every command here. */
  env(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return { ...this.tripwire.calm, ...this.#secrets, ...more };
  }

  async run(operation: string, flags?: Flags, options: RunOptions = {}): Promise<Run> {
    const run = await this.shop.run(operation, flags, { ...options, env: { ...this.env(), ...options.env } });
    if (operation !== "status") this.#said = `${operation} said:\n${run.stderr}`;
    return run;
  }

  /** The same from an empty folder, with nothing but the state's place, the environment and the secrets. */
  async fromAfar(operation: string, flags: Flags = {}, options: RunOptions = {}): Promise<Run> {
    return await this.run(
      operation,
      { "state-dir": this.shop.stateDir, environment: "production", ...flags },
      { ...options, cwd: this.empty },
    );
  }

  /** A new version: two migrations, and an app that works. `sql` is the second one's; `start` comes before its start-command. */
  async change(sql = "CREATE TABLE second (id int);", app: { readonly broken?: string; readonly start?: string } = {}): Promise<string> {
    this.#turn += 1;
    const [one, two] = [`${this.#turn}0_one.sql`, `${this.#turn}1_two.sql`];
    const gone = Object.fromEntries(this.#files.map((file) => [file, null]));
    this.#files = [one, two].map((name) => `migrations/${name}`);
    return await this.shop.commit({
      files: { ...gone, VERSION: String(this.#turn) },
      behaviour: app.broken === undefined ? {} : { broken: app.broken },
      profile: { rollout: await this.#commands(app.start) },
      migrations: {
        [one]: `-- UP\nALTER TABLE notes ADD c_${this.#turn} int DEFAULT 1;\n`,
        [two]: `-- UP\n${sql.replace("second", `t_${this.#turn}`)}\n`,
      },
      message: `Version ${this.#turn}`,
    });
  }

  /** Takes a backup by hand; its id. */
  async backup(): Promise<string> {
    const run = await this.run("backup", { purpose: "manual" });
    expect(run.code, run.stderr).toBe(0);
    return run.json.outputs.savepoint as string;
  }

  /** Start and stop commands that can trip in their middle. */
  async #commands(first = ""): Promise<Profile> {
    this.#plain ??= await commandsIn(join(this.shop.checkout, "savepoint.yml"));
    const { stop, start } = this.#plain;
    return {
      "stop-command": `lab-trip stopping || true\n${stop}\nlab-trip stopped || true`,
      "start-command": `${first}\nlab-trip starting || true\n${start}\nlab-trip started || true`,
    };
  }

  /** Starts a command that is signalled, alone, at the word. */
  async #tripping(word: string, signal: NodeJS.Signals, operation: string, flags: Flags, { afar, ...options }: Afar) {
    const armed = await this.tripwire.arm(word, signal);
    const place = afar === true ? { "state-dir": this.shop.stateDir, environment: "production" } : {};
    const env = this.env(armed.env);
    const started = this.shop.start(operation, { ...place, ...flags }, { ...options, env, ...(afar === true && { cwd: this.empty }) });
    await armed.aim(started.child);
    return started;
  }

  /** Runs a command that is killed, alone, at the word. */
  async kill(word: string, operation: string, flags: Flags = {}, options: Afar = {}): Promise<Run> {
    const { done } = await this.#tripping(word, "SIGKILL", operation, flags, options);
    const run = await done;
    expect(run.signal, `it was not killed at ${word}:\n${run.stderr}`).toBe("SIGKILL");
    return run;
  }

  /**
   * Runs a command that is stopped, alone, at the word, as on a machine that is suspended, and lets so much time pass that
   * a rollback by hand may take over. Its children go on. `wake` lets it go on, and waits for its end.
   */
  async freeze(word: string, operation: string, flags: Flags = {}, options: Afar = {}): Promise<Frozen> {
    const { child, done } = await this.#tripping(word, "SIGSTOP", operation, flags, options);
    return await this.#suspended(child, done, async () => await stopped(child.pid ?? 0));
  }

  /** The same, stopped when `when` resolves. */
  async freezeWhen(when: () => Promise<void>, operation: string, flags: Flags = {}, options: RunOptions = {}): Promise<Frozen> {
    const { child, done } = this.shop.start(operation, flags, { ...options, env: this.env() });
    return await this.#suspended(child, done, async () => {
      await when();
      child.kill("SIGSTOP");
      await stopped(child.pid ?? 0);
    });
  }

  async #suspended(child: ChildProcess, done: Promise<Run>, stop: () => Promise<void>): Promise<Frozen> {
    const early = done.then((run) => {
      throw new Error(`it ended before it was stopped:\n${run.stderr}`);
    });
    await Promise.race([stop(), early]);
    early.catch(() => undefined);
    await this.shop.age(70);
    return {
      pid: child.pid ?? 0,
      wake: async () => {
        child.kill("SIGCONT");
        return await done;
      },
    };
  }

  /** Resolves when a session in the database is at this statement. */
  async statementRuns(sql: string): Promise<void> {
    const looking = `SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%${sql}%' AND datname = '${this.shop.database.name}'`;
    while ((await this.shop.database.superuser(looking)).length === 0) await new Promise((done) => setTimeout(done, 50));
  }

  /** All that a run could change, asked of each part itself. */
  async everything(): Promise<Readonly<Record<string, unknown>>> {
    const { shop } = this;
    const state = Object.fromEntries(
      await Promise.all(
        (await readdir(shop.stateDir, { recursive: true }))
          .filter((name) => existsSync(join(shop.stateDir, name)) && !statSync(join(shop.stateDir, name)).isDirectory())
          // It says when somebody last worked there.
          .filter((name) => name !== "beat")
          .map(
            async (name) =>
              [
                name,
                createHash("sha256")
                  .update(await readFile(join(shop.stateDir, name)))
                  .digest("hex"),
              ] as const,
          ),
      ),
    );
    return {
      health: await shop.health(),
      head: await shop.head(),
      columns: await this.#columns(),
      databases: await this.#databases(),
      tags: [...(await shop.tags())],
      refs: await git(shop.origin.url, "for-each-ref"),
      pid: existsSync(join(shop.appDir, "app.pid")) ? readFileSync(join(shop.appDir, "app.pid"), "utf8") : "none",
      state,
    };
  }

  /** Takes a version for the stable one, as it is now. */
  async settled(commit: string): Promise<void> {
    this.stable = commit;
    this.#files = [];
    this.#schema = await this.#columns();
    this.#writers.start();
  }

  /** It went back to a version that was the stable one before; what it was is known. */
  returned(commit: string): void {
    this.stable = commit;
  }

  /**
   * That all of it is the stable version's, nothing is left behind (but a frozen process, and the idle shell it shares for short
   * commands), and nothing is lost: asked of each part itself.
   */
  async expectStable(frozen?: Frozen): Promise<void> {
    const { shop } = this;
    expect(await shop.health()).toMatchObject({ status: 200, commit: this.stable });
    expect(await shop.head()).toBe(this.stable);
    expect(await this.#columns()).toEqual(this.#schema);
    const status = await this.fromAfar("status");
    expect(status.json).toMatchObject({
      outputs: { state: "idle", running: this.stable, stable: this.stable },
      details: { lock: { state: "free" }, pendingTags: [] },
    });
    const tags = await shop.tags();
    expect(tags.get("latest-stable")).toBe(this.stable);
    const marked = (status.json.details.stable as { commit: string }[]).map((one) => one.commit);
    expect(
      [...tags.values()].filter((commit) => !marked.includes(commit)),
      "tags of versions that are not stable",
    ).toEqual([]);
    expect(await this.#sideDatabases(), `databases beside the live one; ${this.#said}`).toEqual([]);
    expect(await stays(async () => await this.#sessions()), "sessions left in the database").toEqual([]);
    const left = this.processes.bind(this, frozen?.pid);
    expect(await stays(async () => left()), "processes left").toEqual([]);
    await this.#expectTidyState();
    await this.#expectNothingLost();
  }

  async #columns(): Promise<readonly string[]> {
    const rows = await this.shop.database.superuser(
      "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' UNION SELECT 'history ' || version FROM schema_migrations ORDER BY 1",
    );
    return rows.map((row) => String(row["name"]));
  }

  async #databases(): Promise<readonly string[]> {
    const rows = await this.shop.database.superuser(
      `SELECT datname FROM pg_database WHERE datname LIKE '${this.shop.database.name}%' ORDER BY 1`,
    );
    return rows.map((row) => String(row["datname"]));
  }

  async #sideDatabases(): Promise<readonly string[]> {
    return (await this.#databases()).filter((name) => name !== this.shop.database.name && !/_failed_\d{14}$/.test(name));
  }

  async #sessions(): Promise<readonly string[]> {
    const rows = await this.shop.database.superuser(
      `SELECT datname || ' ' || application_name || ' ' || coalesce(query, '') AS name FROM pg_stat_activity WHERE datname LIKE '${this.shop.database.name}%' AND application_name LIKE 'savepoint %'`,
    );
    return rows.map((row) => String(row["name"]));
  }

  /** What commands of this stage started and did not end: known by the tripwire's folder in its environment. The app may run. */
  processes(frozen?: number): readonly string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [environment, words, stat] = ["environ", "cmdline", "stat"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
          const ours = environment?.includes(this.tripwire.folder) === true && stat?.includes(") Z ") !== true;
          const text = (words ?? "").replaceAll("\0", " ");
          const waits = frozen !== undefined && (Number(pid) === frozen || (text === "sh " && stat?.includes(`) S ${frozen} `) === true));
          // With its state and whose child it is: that tells a shell that waits from one at work.
          return ours && !waits && !text.includes("server.cjs") ? [`${pid} ${text}${/\) (\S \d+)/.exec(stat ?? "")?.[1]}`] : [];
        } catch {
          // It ended while we looked.
          return [];
        }
      });
  }

  async #expectTidyState(): Promise<void> {
    const { stateDir } = this.shop;
    const names = await readdir(stateDir);
    expect(
      names.filter((name) => name.startsWith("lock")),
      "locks",
    ).toEqual([]);
    expect(await readdir(join(stateDir, "running")), "notes of running commands").toEqual([]);
    const backups = join(stateDir, "backups");
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

  /** Each row whose writing the app confirmed is in the live database or in a replaced one. */
  async #expectNothingLost(): Promise<void> {
    const confirmed = this.#writers.confirmed();
    const found = new Set<string>();
    for (const name of await this.#databases()) {
      for (const row of await this.shop.database.superuser("SELECT body FROM notes", name)) found.add(String(row["body"]));
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
  }
}

async function commandsIn(file: string): Promise<{ readonly stop: string; readonly start: string }> {
  const settings = parse(await readFile(file, "utf8")) as { environments: { production: { rollout: Record<string, string> } } };
  const { rollout } = settings.environments.production;
  return { stop: rollout["stop-command"] ?? "", start: rollout["start-command"] ?? "" };
}

/** One stage that the tests of a file take in turn, so that not each of them has to open one. A test that fails spends it. */
export class SharedStage implements AsyncDisposable {
  readonly #open: () => Promise<Stage>;
  #free: Stage | undefined;

  constructor(open: () => Promise<Stage>) {
    this.#open = open;
  }

  async with(test: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = this.#free ?? (await this.#open());
    this.#free = undefined;
    try {
      await test(stage);
      this.#free = stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#free?.[Symbol.asyncDispose]();
  }
}
