import { appendFile } from "node:fs/promises";
import { git } from "../lab/git.ts";
import { openShop, type Run, type Shop } from "../lab/shop.ts";
import { type Site, siteOf } from "../lab/site.ts";
import { look, type Truth, troubleIn, type Version as Parts } from "../lab/witness.ts";
import { Writers } from "../lab/writers.ts";
import type { Dice } from "./dice.ts";

/** What a version of the app is like; part of its commit. */
export type Kind = "good" | "data" | "unhealthy" | "crashing" | "bad-migration" | "migrates-at-start";

interface Version extends Parts {
  readonly kind: Kind;
}

/** A shop, its users, and the versions that were made of it. */
export class World implements AsyncDisposable {
  readonly shop: Shop;
  readonly site: Site;
  readonly #writers: Writers;
  readonly #versions = new Map<string, Version>();
  readonly #kept = new Map<string, Pick<Version, "columns" | "migrations">>();
  readonly #told: string[] = [];
  #turn = 0;
  #clones = 0;

  private constructor(shop: Shop) {
    this.shop = shop;
    this.site = siteOf(shop);
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
    return await this.site.afar(operation, flags);
  }

  async look(): Promise<Truth> {
    return await look(this.site, this.#writers);
  }

  /** What is not one version's, a sentence each. */
  trouble(truth: Truth): readonly string[] {
    return troubleIn(truth, this.version(truth.head));
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
