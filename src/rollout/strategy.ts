import type { Ports } from "../core/ports.ts";
import type { Way } from "../core/way.ts";
import type { Container } from "../machine/container/compose.ts";
import type { ProjectSettings } from "../machine/container/project.ts";
import type { Clone } from "../machine/git/clone.ts";
import type { Act } from "./act.ts";
import type { CommandSettings, StrategyName } from "./inputs.ts";
import type { Standstill } from "./standstill.ts";

/** What can be done with an app on its host, whatever runs it there. The kinds of it are the rows of `strategies.ts`. */
export interface Strategy {
  readonly kind: StrategyName;
  /** Whether there is a way to stop it. */
  readonly stops: boolean;
  /** Whether there is a way to start it once more with the code that is there. */
  readonly starts: boolean;
  /** Whether it knows what it started itself from what ran before. */
  readonly tellsApart: boolean;
  /** Settings that were only concluded from what there is, and could be concluded otherwise on the way back. */
  readonly concluded: Readonly<Record<string, string>>;
  /** How a switch goes, for a plan: `by stop-command, start-command`. */
  readonly summary: string;

  /**
   * Everything slow, which changes nothing that the running app reads. Returns what the journal keeps of it; `deploy.prepared`
   * hands it back.
   */
  prepare(about: { readonly previous: string | undefined }): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Puts the app onto a commit and starts it. Run again it does the same again, and finishes a checkout that was killed.
   * Throws a Failure of what failed; the files are then at the one commit or the other, as `clone.current()` says.
   */
  switchTo(request: SwitchRequest): Promise<Switched>;
  /** Stops it. Failing is a warning: a crashed app is often why, and what comes next shows whether it matters. */
  stop(): Promise<Stop>;
  /** Starts it again with the code that is there. */
  start(): Promise<void>;
  /** Where nothing is to run: removes what the open deploy brought, once it was stopped. Returns what may run all the same. */
  clearAway(about: ClearAway): Promise<StillUp | undefined>;

  /** Whether anything of it runs, as far as it can tell. */
  runs(): Promise<RunState>;
  /** The commits that what runs was made from, where that tells it. */
  builtFrom(): Promise<readonly string[]>;
  /** Whether other images run than those that are known to be the commit's. */
  runsOtherImages(): Promise<boolean>;
  /** Lets go the images of all versions but those to keep. Returns the names that went. */
  thinOut(about: { readonly parts: readonly string[]; readonly keep: ReadonlySet<string> }): Promise<readonly string[]>;

  /** The same as data: what `stop`, `start` and `switchTo` would do, each look at the host taken now. */
  readonly plan: {
    /** With `foreseen`, also what the open deploy will have started by the time it is done. */
    stop(about?: { readonly foreseen: boolean }): Promise<readonly Act[]>;
    start(): Promise<readonly Act[]>;
    switchTo(request: PlanRequest): Promise<readonly Act[]>;
  };
}

/** The app on its host, and what its commands are told. */
export interface AppOnHost extends Pick<AppPlace, "clone" | "environment" | "ports"> {
  readonly settings: CommandSettings;
  readonly noteIn?: string | undefined;
  /** Is told when the app is stopped, and where the time goes. */
  readonly standstill?: Standstill | undefined;
  /** Asked where stopping it failed: why it is known to be down, following `: `; undefined where it is not known. */
  readonly knownDown?: (() => Promise<string | undefined>) | undefined;
}

/** Where the app is. */
export interface AppPlace {
  readonly clone: Clone;
  readonly shared: ProjectSettings & { readonly "database-service": string | undefined };
  /** `SAVEPOINT_ENVIRONMENT`, `SAVEPOINT_COMMIT`, `SAVEPOINT_PREVIOUS_COMMIT`, `SAVEPOINT_ID`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
}

/** What a strategy is chosen and opened by. */
export interface AppAbout extends AppOnHost, AppPlace {
  /** The commit that is to run. Its files may be what decides, though those in `app-dir` are others yet. */
  readonly commit: string;
  /** Whether any setting says how the app is run. */
  readonly said: boolean;
  /** What is known of the open deploy. */
  readonly deploy: KnownDeploy | undefined;
}

export interface KnownDeploy {
  /** The commit that ran when it opened. */
  readonly from: string | undefined;
  /** What `prepare` returned, as the journal kept it. */
  readonly prepared: Readonly<Record<string, unknown>> | undefined;
}

/** One row: how a strategy is recognised, and how it is opened. */
export interface StrategyKind {
  /** Whether settings are given that only it has. */
  readonly said: (settings: CommandSettings) => boolean;
  /** Where no setting says so: whether what there is on the host is run so. */
  readonly seen: (about: AppAbout) => Promise<boolean>;
  readonly open: (about: AppAbout) => Promise<Strategy>;
  /** What of its kind is on the host to be watched, whatever runs the app. Refuses what cannot be read where that is needed. */
  readonly watch?: (place: AppPlace, about: { readonly needed: boolean }) => Promise<Watched | undefined>;
}

/** Containers: to be asked again and again, and to be told as evidence while they exist. */
export interface Watched {
  /** How a script on the host finds them. */
  readonly foundBy: { /** The engine's client. */ readonly engine: readonly string[]; readonly labels: readonly string[] };
  readonly ask: () => Promise<readonly Container[]>;
  /** State and last log lines, those in trouble first; without databases, whose log is long and seldom the cause. */
  readonly tell: () => Promise<readonly string[]>;
}

export interface SwitchRequest {
  readonly commit: string;
  /** The app was stopped already. */
  readonly stopped?: boolean;
  /**
   * Local edits and untracked files in the way: `refuse` them, or (a rollback must not fail on what the failed version
   * wrote) `keep` them aside and say where.
   */
  readonly edits?: "refuse" | "keep";
}

export interface PlanRequest extends SwitchRequest {
  /**
   * Whether the commit's files may be written out beside the running ones to read them. Else what is checked out stands in
   * for them, and the plan is as near as that is.
   */
  readonly exact: boolean;
  /** What only the failed version had is left as it is: stopped, and not removed. */
  readonly removesNothing?: boolean;
}

export interface Switched {
  readonly commit: string;
  /** What was checked out before; undefined where nothing was. */
  readonly previous: string | undefined;
  /** The ids of the images that run now, by the part of the app that runs of them. Undefined where it runs of none. */
  readonly images: Readonly<Record<string, string>> | undefined;
}

/** `stopped`: nothing of it runs; `failed`: something may; `unknown`: there was nothing that could stop it, or tell. */
export type Stop = "stopped" | "failed" | "unknown";

export type RunState = { readonly state: "runs" | "unknown" } | { readonly state: "nothing"; readonly why: string };

export interface ClearAway {
  /** Whether it is known that it was stopped. */
  readonly stopped: boolean;
  /** How the version that is to be gone was started, where a command of the user's did. */
  readonly startedBy: string | undefined;
}

/** What may go on running of a failed version where nothing is to run, and what ends it. */
export interface StillUp {
  /** Follows `app: `. */
  readonly what: string;
  /** Empty where nobody said how it is stopped. */
  readonly ways: readonly Way[];
}
