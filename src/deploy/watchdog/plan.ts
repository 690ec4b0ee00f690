import type { StatePaths } from "../../journal/paths.ts";
import type { StatusRange } from "../../health/status.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import type { Act } from "../../rollout/act.ts";

/** Everything that the watchdog of one deploy knows. Data: the script is made of it, and nothing else. */
export interface WatchdogPlan {
  readonly title: string;
  /** The deploy's id. */
  readonly deploy: string;
  /** The version that is taken back. */
  readonly commit: string;
  /** The version that is gone back to. */
  readonly target: { readonly commit: string; readonly why: string; /** See `Target.apart`. */ readonly apart: boolean };
  readonly folder: string;
  readonly paths: Pick<StatePaths, "lock" | "beat" | "journal" | "running">;
  /** The lock's holder when this was made; whoever goes on with the deploy later names it in the lock. */
  readonly holder: { readonly id: string; readonly owner: string };
  /** What the script will stand in the lock as. */
  readonly id: string;
  /** Without a sign of life for so many seconds it fires. */
  readonly silentSeconds: number;
  readonly app: AppBack;
  /** Undefined where the deploy has none. */
  readonly database: DatabaseBack | undefined;
  readonly health: HealthAsked;
}

/** What is done to the app. */
export interface AppBack {
  /** Absolute. */
  readonly folder: string;
  /** What stops whatever runs. What starts it again, where it was stopped for nothing, is the `undo` of each. */
  readonly stop: readonly Act[];
  /** What puts the version gone back to in place and starts it. */
  readonly place: readonly Act[];
}

/** How the server is entered: in its container, by that one's own environment; or with psql on the host, which needs no password. */
export type DatabaseEntry =
  | { readonly kind: "service"; /** The engine's client. */ readonly engine: readonly string[]; readonly labels: readonly string[] }
  | { readonly kind: "host"; readonly variables: Readonly<Record<string, string>> };

export interface DatabaseBack {
  readonly name: string;
  readonly entry: DatabaseEntry;
  /** Databases of the cluster from which this one can be renamed, the first that lets in. */
  readonly outside: readonly string[];
  /** The savepoint's copy, which may be swapped in. */
  readonly copy: ShutDatabase;
  readonly savepoint: string;
  /** What the copy is to have besides, in this order; a secret value is copied from the live database. */
  readonly settings: readonly string[];
  /** How sessions of a holder of this database's lock end. */
  readonly mark: string;
  /** The tables of migration tools, as SQL names them. */
  readonly histories: readonly string[];
}

/** What is asked of the app, as any curl or wget can, and the engine's client. */
export interface HealthAsked {
  /** The containers of the service that must run, too; undefined where none is asked. */
  readonly service?: ServiceAsked | undefined;
  readonly url: string;
  readonly status: readonly StatusRange[];
  readonly contains: string | undefined;
  /** The version that must answer: in the whole body, or as the value of a key; undefined where it is not asked. */
  readonly version: { readonly names: readonly string[]; readonly key: string | undefined } | { readonly text: string } | undefined;
  readonly timeoutSeconds: number;
  readonly successes: number;
}

export interface ServiceAsked {
  readonly engine: readonly string[];
  readonly labels: readonly string[];
  /** Whether what says of which commit it is must be of the version asked for. */
  readonly ofCommit: boolean;
}
