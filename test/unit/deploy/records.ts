import type { HistoryEntry, HistoryTable, SchemaView } from "../../../src/core/history.ts";
import type { RawSettings } from "../../../src/core/settings.ts";
import type { Entry, Fact, Ran } from "../../../src/journal/entries.ts";
import type { StepName } from "../../../src/journal/steps.ts";
import { fold, type Ledger } from "../../../src/journal/ledger.ts";

/** When every tale begins. */
export const NOON = Date.parse("2026-11-20T12:00:00.000Z");

export const A = "a".repeat(40);
export const B = "b".repeat(40);
export const C = "c".repeat(40);

/** A journal told fact by fact, a second apart. */
export class Tale {
  readonly #entries: Entry[] = [];
  #now = NOON;
  readonly #owner: string;

  constructor(owner = "100.1") {
    this.#owner = owner;
  }

  /** Seconds that pass before the next fact. */
  after(seconds: number): this {
    this.#now += (seconds - 1) * 1000;
    return this;
  }

  tell(fact: Fact, stamp: { readonly deploy?: string; readonly owner?: string; readonly fence?: number } = {}): this {
    this.#now += 1000;
    this.#entries.push({ v: 1, at: new Date(this.#now).toISOString(), owner: this.#owner, ...stamp, ...fact });
    return this;
  }

  opened(
    deploy: string,
    commit: string,
    about: {
      readonly from?: string;
      readonly live?: SchemaView;
      readonly owner?: string;
      readonly goingBack?: true;
      readonly whole?: true;
      readonly run?: string;
      readonly ran?: Ran;
      readonly checkedOut?: string;
      readonly job?: string;
      readonly toNothing?: true;
      readonly settings?: RawSettings;
    } = {},
  ): this {
    const { owner = this.#owner, ...rest } = about;
    return this.tell({ kind: "deploy.opened", deploy, commit, settings: {}, ...rest }, { deploy, owner });
  }

  did(deploy: string, ...steps: readonly StepName[]): this {
    for (const step of steps) {
      this.tell({ kind: "step.started", step, intent: {} }, { deploy });
      this.tell({ kind: "step.done", step, result: {} }, { deploy });
    }
    return this;
  }

  failed(deploy: string, step: StepName): this {
    this.tell({ kind: "step.started", step, intent: {} }, { deploy });
    return this.tell({ kind: "step.failed", step, message: "no" }, { deploy });
  }

  stable(commit: string, schema?: SchemaView, tag = `stable-of-${commit.slice(0, 3)}`): this {
    return this.tell({ kind: "stable.marked", commit, settings: {}, tag, ...(schema && { schema }) });
  }

  /** A whole good deploy, and a second of it a fact. */
  confirmed(
    deploy: string,
    commit: string,
    about: { readonly from?: string; readonly schema?: SchemaView; readonly owner?: string; readonly run?: string } = {},
  ): this {
    const { schema: _, ...opening } = about;
    this.opened(deploy, commit, opening);
    this.did(deploy, "prepare", "backup", "switch", "health");
    this.tell(
      {
        kind: "stable.marked",
        commit,
        settings: {},
        tag: `stable-of-${commit.slice(0, 3)}`,
        ...(about.schema && { schema: about.schema }),
      },
      { deploy },
    );
    return this.tell({ kind: "deploy.closed", deploy, as: "confirmed", why: "marked stable", on: commit }, { deploy });
  }

  rolledBack(deploy: string, to: string): this {
    this.did(deploy, "rollback");
    this.tell({ kind: "went-back", to, database: "kept", finished: true }, { deploy });
    return this.tell({ kind: "deploy.closed", deploy, as: "rolled-back", why: "unhealthy", on: to }, { deploy });
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get ledger(): Ledger {
    return fold(this.#entries);
  }

  /** So many seconds after the last fact. */
  later(seconds: number): Date {
    return new Date(this.#now + seconds * 1000);
  }
}

export function view(fingerprint: string, ...versions: readonly string[]): SchemaView {
  return { fingerprint, history: versions.length === 0 ? [] : [history("savepoint", versions)] };
}

export function history(tool: string, versions: readonly (string | HistoryEntry)[], table = "public.schema_migrations"): HistoryTable {
  return { table, tool, entries: versions.map((version) => (typeof version === "string" ? { version, state: "applied" } : version)) };
}
