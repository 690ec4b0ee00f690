import type { SchemaView } from "../core/history.ts";
import type { Hooks } from "../core/operation.ts";
import type { RawSettings } from "../core/settings.ts";
import type { StepName } from "./steps.ts";

/** What every entry carries: when, whose, under which lock, in which deploy. */
interface Stamp {
  /** The format: 1 is what earlier versions wrote, without a checksum. */
  readonly v: 1 | 2;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The run and attempt, or who sat at the terminal. */
  readonly owner: string;
  /** The lock's number when this was written; an entry under an older number than one already seen is void. */
  readonly fence?: number;
  readonly deploy?: string;
}

/**
 * What was seen when a deploy opened: `nothing` ran; what ran was `healthy`; it was, but did not tell its version (`nameless`);
 * something ran, and its health check did not pass (`unhealthy`).
 */
export type Ran = "nothing" | "healthy" | "nameless" | "unhealthy";

export type Fact =
  | { readonly kind: "lock.taken"; readonly from?: string; readonly why: string }
  | {
      readonly kind: "deploy.opened";
      readonly deploy: string;
      readonly commit: string;
      /** One command runs all of it, up to its confirmation. Absent where steps of the user's may stand between its own. */
      readonly whole?: true;
      /** A rollback by hand with nothing open: `commit` is where it goes. */
      readonly goingBack?: true;
      /** What ran on the host at that moment; absent where nothing ran, or it could not be known. */
      readonly from?: string;
      /** How that was seen; absent where nobody looked, and in what earlier versions wrote. */
      readonly ran?: Ran;
      /** Where nothing ran: the commit that was checked out. */
      readonly checkedOut?: string;
      /** With `goingBack`: to before anything ran; `commit` is then the version that is left. */
      readonly toNothing?: true;
      readonly live?: SchemaView;
      readonly run?: string;
      readonly actor?: string;
      /** The job of the workflow that opened it; earlier versions did not say. */
      readonly job?: string;
      readonly settings: RawSettings;
      /** The user's commands around steps. Earlier versions kept each point's as JSON in `settings`, under `hooks`. */
      readonly hooks?: Hooks;
      /** Its version was taken back by that deploy, and is deployed all the same, because somebody said why. */
      readonly allowed?: { readonly deploy: string; readonly reason: string };
    }
  | {
      readonly kind: "step.started";
      readonly step: StepName;
      /** What is about to be done, enough to undo or finish it. */
      readonly intent: Readonly<Record<string, unknown>>;
      /** What takes it back, for whoever reads no more than the journal. Earlier versions did not say. */
      readonly undo?: string;
      /** The job of the workflow that it is a step of. */
      readonly job?: string;
      readonly settings?: Readonly<Record<string, string>>;
      /** What this step was told of host, app and database; the one that opened the deploy may have been told less. */
      readonly shared?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "step.done"; readonly step: StepName; readonly result: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "step.failed";
      readonly step: StepName;
      readonly message: string;
      /** Since when the app stands still, where it does: for the step that sees it answer again. */
      readonly stopped?: unknown;
      readonly cancelled?: boolean;
      /** The failure's code, so that the same failure is known again. */
      readonly code?: string;
      /** A rollback that failed before it could look at the database at all. */
      readonly unseen?: boolean;
    }
  | {
      readonly kind: "deploy.closed";
      readonly deploy: string;
      readonly as: DeployEnd;
      readonly why: string;
      /** The version that the environment is on now, where that is proven. */
      readonly on?: string;
      /**
       * Whether code and schema were proven to be one version's (a rollback, a restore by hand). Where they were not, the
       * next opening learns nothing of the version's schema. Earlier versions did not say.
       */
      readonly schema?: "proven" | "apart" | "unknown";
      /** Nothing runs now: it was taken back to before anything ran. */
      readonly nothingRuns?: true;
      /** `failed` only: whether it keeps blocking the next deploy. */
      readonly blocks?: boolean;
      readonly reason?: string;
    }
  | {
      readonly kind: "version.seen";
      readonly commit: string;
      readonly schema: SchemaView;
      readonly during: "opening" | "stable" | "rollback";
    }
  | {
      readonly kind: "stable.marked";
      readonly commit: string;
      readonly schema?: SchemaView;
      /** The rollout and health settings that this version was confirmed with. */
      readonly settings: RawSettings;
      readonly tag: string;
    }
  | { readonly kind: "stable.withdrawn"; readonly commit: string; readonly tag?: string }
  | { readonly kind: "tags.moved"; readonly commit: string; readonly tag: string }
  | { readonly kind: "tags.pending"; readonly commit: string; readonly tag: string; readonly why: string }
  | {
      readonly kind: "went-back";
      readonly from?: string;
      readonly to: string;
      readonly database: string;
      readonly finished: boolean;
      readonly reason?: string;
    }
  | {
      readonly kind: "database.replaced";
      readonly database: string;
      readonly replaced: string;
      readonly backup: string;
      /** The database's own comment: a note of ours takes its place. */
      readonly comment?: string | null;
    }
  | {
      /** A backup was restored and compared: by itself, by a drill, or on the way back. It outlives the backup. */
      readonly kind: "restore.proven";
      readonly backup: string;
      readonly fingerprint: string;
      /** The server's major version. */
      readonly server: number;
      readonly sizeBytes: number;
      readonly restoreMs: number;
    }
  | {
      /** A health check passed beside any deploy, on a version that was not known to be healthy since the end of `after`. */
      readonly kind: "health.passed";
      /** Absent where what runs is not known. */
      readonly commit?: string;
      readonly after: string;
    }
  | {
      /** The host takes the open deploy back by itself, where nothing is heard of its run for so long. */
      readonly kind: "watchdog.armed";
      /** On the host: what is there says whether it was confirmed, or fired. */
      readonly folder: string;
      readonly silentMs: number;
    }
  | { readonly kind: "database.dropped"; readonly database: string; readonly replaced: string }
  | {
      /** Somebody was told: what a later step needs, to change that message or not to say it again. */
      readonly kind: "notify.sent";
      readonly channel: string;
      readonly event: string;
      /** The deploy it is about. Not the entry's own: it is no sign of life of that deploy. */
      readonly about?: string;
      /** By which the message can be changed. */
      readonly handle?: string;
    }
  | { readonly kind: "notify.failed"; readonly channel: string; readonly event: string; readonly about?: string; readonly why: string }
  | ({ readonly kind: "github.told" } & GithubTold);

/** What GitHub was told of a deploy; of several entries each field's newest counts. */
export interface GithubTold {
  /** The deploy it is about. Not the entry's own: it is no sign of life of that deploy. */
  readonly about: string;
  /** The number of its deployment, and the last state that this was given. */
  readonly deployment?: number;
  readonly state?: string;
  /** The last state of the commit's status. */
  readonly status?: string;
  /** The number of the issue about its rollback. */
  readonly issue?: number;
}

/** How a deploy ended; `unlocked` by hand counts as failed and no longer blocks. */
export type DeployEnd = "confirmed" | "rolled-back" | "abandoned" | "failed";

export type Entry = Stamp & Fact;
