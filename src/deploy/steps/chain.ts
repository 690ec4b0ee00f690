// deploy/steps: what each step does on the way forward, and the order of them.

import { shortCommit } from "../../core/format.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { type ForwardStep, forwardSteps, mayChange, STEPS } from "../../journal/steps.ts";
import { compareHistories } from "../../migration/history-difference.ts";
import { allSections, type AllValues } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { describeBackup, takeSavepoint } from "./backup.ts";
import { compareCommits, betweenBlocks } from "./commits.ts";
import { awayFor, downtimeBlocks, downtimeOutputs } from "./downtime.ts";
import { describeHealth, passGate } from "./gate.ts";
import { confirmDeploy, mayConfirm } from "./mark.ts";
import { describeMigrated, hasMigrations, migrateInStep } from "./migrate.ts";
import { thinOut } from "./retention.ts";
import { prepareInStep, switchInStep } from "./rollout.ts";

export interface ChainOptions {
  /** What is said of the backup besides its own settings. */
  readonly backup?: Partial<AllValues["backup"]>;
  readonly beforeChanges: () => Promise<void>;
}

/** The whole deploy, in the order of the table of steps (contract, 2). */
export class Chain {
  readonly #tx: Transaction;
  readonly #values: AllValues;
  /** What is known so far; also of a chain that failed. */
  outputs: Outcome["outputs"] = {};
  blocks: Outcome["blocks"] = [];
  readonly #facts: (readonly string[])[] = [];
  #applied: readonly string[] = [];
  /** What each step does here; their order is the table's. */
  readonly #beforeChanges: () => Promise<void>;
  readonly #acts: { readonly [Name in ForwardStep]: (record: DeployRecord) => Promise<void> } = {
    prepare: async () => await prepareInStep(this.#tx, this.#values.rollout, this.#raw("prepare"), { migrates: true }),
    backup: async () => await this.#backup(),
    migrate: async ({ commit }) => await this.#migrate(commit),
    switch: async () => await switchInStep(this.#tx, this.#values.rollout, this.#raw("switch")),
    health: async () => await this.#health(),
    "mark-stable": async () => await this.#markStable(),
  };

  /** `beforeChanges` is called once the way back is prepared, and before code or database is another one's. */
  constructor(tx: Transaction, { backup = {}, beforeChanges }: ChainOptions) {
    this.#tx = tx;
    const values = tx.environment.settings.read(allSections);
    this.#values = { ...values, backup: { ...values.backup, ...backup } };
    this.#beforeChanges = beforeChanges;
  }

  async run(): Promise<void> {
    const tx = this.#tx;
    const { environment } = tx;
    const record = await tx.record();
    this.outputs = { commit: record.commit, "previous-commit": record.from, savepoint: record.id };
    let changes = false;
    for (const name of forwardSteps) {
      if (!changes && mayChange(name)) await this.#beforeChanges();
      changes ||= mayChange(name);
      if (STEPS[name].database && (await environment.database()) === undefined) continue;
      await this.#acts[name](record);
    }
    const besides = await this.#appliedBesides(record);
    if (besides.length > 0) this.#facts.push(["migrations", `applied besides: ${besides.join(", ")}`]);
    this.outputs = { ...this.outputs, applied: [...this.#applied, ...besides] };
    this.blocks = [...(await this.#account(record.from, record.commit)), ...this.blocks];
  }

  async #backup(): Promise<void> {
    const tx = this.#tx;
    const { backup } = this.#values;
    const manifest = await takeSavepoint(tx, backup, this.#raw("backup"));
    this.outputs = { ...this.outputs, "backup-file": `${tx.state.paths.backups}/${manifest.file}` };
    this.#facts.push(["savepoint", `${manifest.id}: ${describeBackup(manifest)}`]);
    const thinned = await thinOut(tx.environment, backup, { dryRun: false, made: manifest.id });
    this.blocks = [...this.blocks, ...thinned.blocks];
  }

  async #migrate(commit: string): Promise<void> {
    const tx = this.#tx;
    const { migrate } = this.#values;
    if (!(await hasMigrations(tx.environment, migrate, commit))) {
      tx.environment.ports.report.say(
        `No migrations: there is no folder \`${migrate.directory}\` at this commit, and no \`migrate-run\` is given.`,
      );
      this.#facts.push(["database", "no migrations of `migrate`"]);
      return;
    }
    const migrated = await migrateInStep(tx, migrate, this.#raw("migrate"), commit);
    this.#applied = migrated.applied;
    this.outputs = { ...this.outputs, applied: migrated.applied };
    this.#facts.push(["database", describeMigrated(migrated)]);
  }

  async #health(): Promise<void> {
    const verdict = await passGate(this.#tx, this.#values.health, this.#raw("health"));
    this.#facts.push(["app", `${describeHealth(verdict)}${awayFor(verdict.downtime)}`]);
    this.outputs = { ...this.outputs, ...downtimeOutputs(verdict.downtime) };
    this.blocks = [...this.blocks, ...downtimeBlocks(verdict.downtime)];
  }

  async #markStable(): Promise<void> {
    const tx = this.#tx;
    await mayConfirm(tx.environment, await tx.record());
    const marked = await confirmDeploy(tx, { keepTags: this.#values.markStable["keep-tags"] });
    this.outputs = { ...this.outputs, "stable-tag": marked.tags.stableTag };
    this.#facts.push(["stable", [marked.tags.stableTag, marked.tags.latestTag].filter((tag) => tag !== undefined).join(", ")]);
  }

  /** What histories have now that they had not at the opening, and no step of ours applied: the app's own tool, at its start. */
  async #appliedBesides(record: DeployRecord): Promise<readonly string[]> {
    const now = (await this.#tx.state.journal.read()).schemas.get(record.commit);
    if (record.live === undefined || now === undefined) return [];
    const { onlySecond, changed } = compareHistories(record.live.history, now.history);
    // Where several tools are at work, a version stands behind its table.
    const ours = new Set(this.#applied);
    return [...onlySecond, ...changed].filter((one) => !ours.has(one) && !ours.has(one.slice(one.indexOf(": ") + 2)));
  }

  /** What a deploy that went well brought, part by part, and its commits. */
  async #account(from: string | undefined, to: string): Promise<Outcome["blocks"]> {
    const before = from === undefined || from === to ? "" : `${shortCommit(from)} → `;
    const code = ["code", `${before}${shortCommit(to)}`];
    const table = { kind: "table", title: "What is true now", head: ["part", "state"], rows: [code, ...this.#facts] } as const;
    const clone = await this.#tx.environment.clone();
    const way = clone === undefined || from === undefined ? undefined : await compareCommits(clone, from, to);
    return way === undefined ? [table] : [table, ...betweenBlocks(way)];
  }

  /** What is journaled with a step of what it was told. */
  #raw(step: ForwardStep): Readonly<Record<string, string>> {
    const { section } = STEPS[step];
    return section === undefined ? {} : this.#tx.environment.settings.effective(allSections[section]);
  }
}
