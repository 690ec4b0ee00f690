import type { ChildProcess } from "node:child_process";
import type { Run } from "../../lab/shop.ts";
import type { Site } from "../../lab/site.ts";
import type { Version } from "../../lab/witness.ts";
import type { Writers } from "../../lab/writers.ts";
import type { SituationName } from "./cases.ts";

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
}

/** An app in one of the situations, its users writing; one case's alone. */
export interface Scene extends AsyncDisposable {
  readonly site: Site;
  readonly writers: Writers;
  /** On this machine. */
  readonly stateDir: string;
  /** What may be deployed in the end; the first one was the app's first. */
  readonly versions: readonly Version[];
  /** Whether it may also be that nothing runs: nothing did before. */
  readonly orNothing: boolean;
  /** The attempt that comes after the run that is struck: what recovers, where that is a workflow's. */
  readonly later: string;
  /** What is under way. */
  start(): Running;
  /** A second deploy, of another run. */
  second(): Running;
  /** The entries that were written since it began. */
  written(): Promise<readonly { readonly kind: string; readonly step?: string }[]>;
  /** Restores a backup by the plain tools into a database of its own, and returns the columns of its `notes`. */
  restored(file: string): Promise<readonly string[]>;
}

/** What can strike where the app lives. Each returns when it has. */
export interface Harms {
  /** Ends every connection to the host. */
  cut(): Promise<void>;
  /** From now on nothing comes through; what was sent comes when the returned function heals it. */
  holdNetwork(): Promise<() => Promise<void>>;
  /** Killed, and back when this returns. */
  killPostgres(): Promise<void>;
  restartEngine(): Promise<void>;
  /** Until the returned function is called. */
  fillDisk(): Promise<() => Promise<void>>;
}

/** Where cases are played, one after the other. */
export interface Playground extends AsyncDisposable, Harms {
  scene(situation: SituationName): Promise<Scene>;
}

/** What an entry is, as the gate is told. */
export function wordOf({ kind, step }: { readonly kind: string; readonly step?: string | undefined }): string {
  return step === undefined ? kind : `${kind} ${step}`;
}
