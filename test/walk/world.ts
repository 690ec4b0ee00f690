import { appendFile } from "node:fs/promises";
import { git } from "../lab/git.ts";
import { openShop, type Run, type Shop } from "../lab/shop.ts";
import { Writers } from "../lab/writers.ts";
import type { Dice } from "./dice.ts";

/** What a version of the app is like; part of its commit. */
export type Kind = "good" | "data" | "unhealthy" | "crashing" | "bad-migration" | "migrates-at-start";

interface Version {
  readonly commit: string;
  readonly kind: Kind;
  /** The columns that `notes` has on it. */
  readonly columns: readonly string[];
  /** The migrations that its files hold. */
  readonly migrations: readonly string[];
}

/** What is true, asked of each part itself. */
export interface Truth {
  /** The commit that answers healthily. */
  readonly answers: string | undefined;
  readonly head: string;
  readonly columns: readonly string[];
  readonly history: readonly string[];
  readonly latestTag: string | undefined;
  readonly status: Run;
  /** Rows that the app confirmed and that are in no database. */
  readonly lost: readonly string[];
}

/** A shop, its users, and the versions that were made of it. */
export class World implements AsyncDisposable {
  readonly shop: Shop;
  readonly #writers: Writers;
  readonly #versions = new Map<string, Version>();
  readonly #kept = new Map<string, Pick<Version, "columns" | "migrations">>();
  readonly #told: string[] = [];
  #turn = 0;
  #clones = 0;

  private constructor(shop: Shop) {
    this.shop = shop;
    this.#writers = new Writers(shop.url);
  }

  static async open(): Promise<World> {
    const shop = await openShop({
      profile: {
        health: { timeout: "6s", interval: "100ms" },
        // Whatever was replaced stays: each confirmed row is looked for there.
        backup: { "max-replaced": 10_000, verify: "read" },
      },
    });
    const world = new World(shop);
    const first = await shop.commit({ message: "The first" });
    world.#versions.set(first, { commit: first, kind: "good", columns: ["body", "id"], migrations: ["001"] });
    const run = await shop.run("deploy", { confirm: "production" });
    if (run.code !== 0) throw new Error(run.stderr);
    world.#writers.start();
    return world;
  }

  /** Writes a line of the walk's story, which is shown when it fails. */
  tell(line: string): void {
    this.#told.push(line);
  }

  get story(): string {
    return this.#told.join("\n");
  }

  version(commit: string): Version | undefined {
    const version = this.#versions.get(commit);
    return version && { ...version, ...this.#kept.get(commit) };
  }

  /** From now on this is the schema of the version that runs: somebody said so. What its files hold stays. */
  keep({ head, columns, history }: Truth): void {
    this.#kept.set(head, { columns, migrations: history });
  }

  get commits(): readonly string[] {
    return [...this.#versions.keys()];
  }

  /** Commits a version on top of another one's files, and pushes it. */
  async make(kind: Kind, on: string): Promise<string> {
    this.#turn += 1;
    const number = String(100 + this.#turn);
    const [applied, started] = [`c_${number}`, `s_${number}`];
    const base = this.#versions.get(on);
    if (base === undefined) throw new Error(`${on} was not made here`);
    const sql = { "bad-migration": `ALTER TABLE notes ADD ${applied} int;\nSELECT 1/0;`, data: "UPDATE notes SET body = body;" };
    const migrates = kind !== "migrates-at-start";
    const commit = await this.shop.commit({
      on,
      files: { TURN: number },
      behaviour: {
        ...(kind === "unhealthy" && { broken: `version ${number} is not well` }),
        ...(kind === "crashing" && { crash: `version ${number} cannot start` }),
        ...(kind === "migrates-at-start" && { startSql: `ALTER TABLE notes ADD COLUMN IF NOT EXISTS ${started} int` }),
      },
      ...(migrates && {
        migrations: {
          [`${number}_change.sql`]: `-- UP\n${(sql as Record<string, string>)[kind] ?? `ALTER TABLE notes ADD ${applied} int;`}\n-- DOWN\n${kind === "data" ? "SELECT 1;" : `ALTER TABLE notes DROP ${applied};`}\n`,
        },
      }),
      message: `Version ${number}, ${kind}`,
    });
    const column = kind === "data" ? [] : [migrates ? applied : started];
    this.#versions.set(commit, {
      commit,
      kind,
      columns: [...base.columns, ...column].sort(),
      migrations: [...base.migrations, ...(migrates ? [number] : [])].sort(),
    });
    return commit;
  }

  /** A checkout of its own, as each run of a workflow has one. */
  async checkout(commit: string): Promise<string> {
    this.#clones += 1;
    const folder = await this.shop.origin.clone(`run-${this.#clones}`);
    await git(folder, "checkout", "--quiet", "--detach", commit);
    return folder;
  }

  /** The version that the host has now, where it is one of ours; else the newest. */
  async base(dice: Dice): Promise<string> {
    const latest = (await this.shop.tags()).get("latest-stable");
    const known = latest !== undefined && this.#versions.has(latest) ? latest : undefined;
    const others = this.commits.filter((commit) => this.#versions.get(commit)?.kind === "good");
    // Mostly as people work; sometimes on something old.
    return dice.pick([
      [9, known ?? others.at(-1) ?? this.commits[0] ?? ""],
      [1, others[dice.between(0, others.length - 1)] ?? this.commits[0] ?? ""],
    ]);
  }

  async backups(): Promise<readonly string[]> {
    const run = await this.afar("list");
    return run.code === 0 ? ((run.json.details?.backups ?? []) as { id: string }[]).map(({ id }) => id) : [];
  }

  /** A command from a folder that knows nothing. */
  async afar(operation: string, flags: Readonly<Record<string, string | true>> = {}): Promise<Run> {
    return await this.shop.run(operation, { "state-dir": this.shop.stateDir, environment: "production", ...flags }, { cwd: "/" });
  }

  async look(): Promise<Truth> {
    const { shop } = this;
    const columns = await shop.database.superuser(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('public.notes') AND attnum > 0 AND NOT attisdropped ORDER BY 1",
    );
    // The first backup is of a database that had no table yet.
    const history = (await this.#has("schema_migrations", shop.database.name))
      ? await shop.database.superuser(
          "SELECT lpad(version::text, 3, '0') AS name FROM schema_migrations WHERE state = 'applied' ORDER BY 1",
        )
      : [];
    const names = (rows: readonly Record<string, unknown>[]): readonly string[] => rows.map((row) => String(row["name"])).sort();
    const health = await shop.health();
    return {
      answers: health?.status === 200 ? health.commit : undefined,
      head: await shop.head(),
      columns: names(columns),
      history: names(history),
      latestTag: (await shop.tags()).get("latest-stable"),
      status: await this.afar("status"),
      lost: await this.#lost(),
    };
  }

  async #lost(): Promise<readonly string[]> {
    const confirmed = this.#writers.confirmed();
    const databases = await this.shop.database.superuser(
      `SELECT datname FROM pg_database WHERE datname LIKE '${this.shop.database.name}%'`,
    );
    const found = new Set<string>();
    for (const { datname } of databases) {
      // What a restore that was killed had begun to fill may lack the table.
      if (!(await this.#has("notes", String(datname)))) continue;
      for (const row of await this.shop.database.superuser("SELECT body FROM notes", String(datname))) found.add(String(row["body"]));
    }
    return confirmed.filter((body) => !found.has(body));
  }

  async #has(table: string, database: string): Promise<boolean> {
    const [row] = await this.shop.database.superuser(`SELECT to_regclass('public.${table}') IS NOT NULL AS there`, database);
    return row?.["there"] === true;
  }

  /** A clock that is ahead, for one process. */
  async clockAhead(seconds: number): Promise<string> {
    const file = `${this.shop.folder}/ahead-${seconds}.mjs`;
    await appendFile(file, "");
    const script = `const ahead=${seconds * 1000};const Real=Date;globalThis.Date=class extends Real{constructor(...a){a.length===0?super(Real.now()+ahead):super(...a)}static now(){return Real.now()+ahead}};\n`;
    await appendFile(file, script);
    return `--import=${file}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writers.stop();
    await this.shop[Symbol.asyncDispose]();
  }
}
