import type { RollbackSettings } from "../call/sections.ts";
import type { HealthSettings } from "../../health/inputs.ts";
import type { Manifest } from "../../backup/manifest.ts";
import type { Way } from "../../core/way.ts";
import type { BackTimes } from "../../journal/times.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Target } from "./target.ts";
import type { Downtime } from "../../rollout/standstill.ts";
import type { AppSettings } from "./app.ts";
import type { LookRequest } from "./look.ts";
import type { StillUp } from "../../rollout/strategy.ts";
import type { RowDifference } from "./rows.ts";

/** What a rollback is asked for. */
export interface RollbackRequest {
  readonly target: Target;
  readonly settings: RollbackSettings;
  readonly byHand: boolean;
  /** Nobody is there who could be asked: where the database would be restored after all, it refuses. */
  readonly mayNotRestore?: true | undefined;
  /** A savepoint that was named; else the open deploy's own, else (by hand) the newest of the target's schema. */
  readonly savepoint?: Manifest | undefined;
}

/** What a way back is told. */
export interface CarryOutRequest {
  readonly target: Target;
  readonly wish: LookRequest["wish"];
  readonly preferDown: boolean;
  readonly savepoint: Manifest | undefined;
  readonly others: readonly Manifest[];
  /** Backups that are damaged, with what is wrong: they are nothing to go back to, and their owner should know. */
  readonly broken: readonly string[];
  /** The open deploy that is taken back, where there is one. */
  readonly deploy: DeployRecord | undefined;
  readonly rollout: AppSettings;
  /** Undefined where no health check is known: then it says so. */
  readonly health: HealthSettings | undefined;
  /** Refuses, with the counts shown, where the database would be restored and that was not said (by hand). */
  readonly restoreMustBeSaid: boolean;
}

/** `apart`: known not to be one version's; `unknown`: never seen, or not comparable. */
export type SchemaProof = "proven" | "apart" | "unknown";

/** What became of the database. */
export type DatabaseTaken = Pick<RolledBack, "database" | "savepoint" | "replaced" | "blockedMs" | "settings">;

/** How a way back ended. */
export interface RolledBack {
  /** Undefined where no version was gone back to. */
  readonly commit: string | undefined;
  readonly from: string | undefined;
  readonly database: "none" | "kept" | "down" | "restored";
  readonly why: string;
  readonly savepoint: string | undefined;
  readonly replaced: string | undefined;
  readonly rows: readonly RowDifference[];
  readonly blockedMs: number;
  /** How the database's settings differed from the savepoint's, a line each. */
  readonly settings: readonly string[];
  readonly health: string;
  /** What of a version that was left may run all the same, where nothing is to. */
  readonly up: StillUp | undefined;
  /** Undefined where nothing was stopped, or no health check tells when it answered again. */
  readonly downtime: Downtime | undefined;
  /** Where its own time went. */
  readonly times: BackTimes;
  /** Whether code and schema are proven to be one version's. */
  readonly schema: SchemaProof;
  /** Whether it is proven that this version runs, and not only that something is healthy. */
  readonly proven: boolean;
  /** What was taken back, a line each. */
  readonly commits: readonly string[];
  readonly migrations: readonly string[];
}

/** What is put in the live database's place. */
export type RestoreSource =
  | {
      readonly kind: "backup";
      readonly manifest: Manifest;
      /** Whether it may be another database's: that was said. */ readonly foreign: boolean;
    }
  | { readonly kind: "replaced"; readonly database: string };

/** How a restore by hand ended. */
export interface RestoredByHand {
  readonly database: string;
  readonly replaced: string;
  readonly rows: readonly RowDifference[];
  readonly blockedMs: number;
  /** Undefined where nothing was stopped, or no health check tells when it answered again. */
  readonly downtime: Downtime | undefined;
  /** `healthy after 1.2 s`, or that it was not asked. */
  readonly health: string;
  /** How the database's settings differed from the restored one's, a line each. */
  readonly settings: readonly string[];
  readonly schema: SchemaProof;
  /** Where the restored schema is known not to be the running code's. */
  readonly apart: { readonly why: string; readonly running: string; readonly schemaOf: string; readonly ways: readonly Way[] } | undefined;
}
