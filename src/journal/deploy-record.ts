import type { SchemaView } from "../core/history.ts";
import type { Hooks } from "../core/operation.ts";
import type { RawSettings } from "../core/settings.ts";
import type { DeployClosing } from "./closing.ts";
import type { Entry, Ran } from "./entries.ts";
import type { StepRecord } from "./step-record.ts";

/** A deploy as the journal tells it. */
export interface DeployRecord {
  readonly id: string;
  readonly owner: string;
  readonly commit: string;
  /** One command runs all of it, up to its confirmation; earlier versions did not say. Not where steps went on with it. */
  whole: boolean;
  /** The number of the lock under which it was opened. */
  readonly fence: number | undefined;
  /** A rollback by hand that was begun with nothing open; `commit` is its target. */
  readonly goingBack: boolean;
  /** What ran when it opened; undefined where nothing did, or it is not known. */
  readonly from: string | undefined;
  readonly ran: Ran | undefined;
  /** Where nothing ran: what was checked out. */
  readonly checkedOut: string | undefined;
  /** With `goingBack`: to before anything ran. */
  readonly toNothing: boolean;
  /** The schema that it was opened on, as last seen before it changed anything. */
  live: SchemaView | undefined;
  /** Whether code and schema were known, or had to be taken, to be two versions' when it opened. */
  readonly apart: boolean;
  readonly run: string | undefined;
  readonly actor: string | undefined;
  /** The job of the workflow that opened it. */
  readonly job: string | undefined;
  readonly settings: RawSettings;
  readonly hooks: Hooks;
  readonly openedAt: string;
  /** The versions that were stable then, oldest first: by the journal's order, since the clocks of two runners may differ. */
  readonly stableBefore: readonly string[];
  lastAt: string;
  /** Where the host was told to take it back by itself: the watchdog's folder there, and how long the run may be silent. */
  watchdog: { readonly folder: string; readonly silentMs: number } | undefined;
  readonly steps: StepRecord[];
  end?: DeployClosing;
}

/** A deploy at its opening. */
export function opened(entry: Extract<Entry, { kind: "deploy.opened" }>, stableBefore: readonly string[], apart: boolean): DeployRecord {
  return {
    id: entry.deploy,
    owner: entry.owner,
    commit: entry.commit,
    whole: entry.whole === true,
    fence: entry.fence,
    goingBack: entry.goingBack === true,
    from: entry.from,
    ran: entry.ran,
    checkedOut: entry.checkedOut,
    toNothing: entry.toNothing === true,
    live: entry.live,
    apart,
    run: entry.run,
    actor: entry.actor,
    job: entry.job,
    settings: entry.settings,
    hooks: hooksOf(entry),
    openedAt: entry.at,
    stableBefore,
    lastAt: entry.at,
    watchdog: undefined,
    steps: [],
  };
}

/** Earlier versions kept each point's commands as JSON among the settings; `entryProblem` has read them. */
function hooksOf({ hooks, settings }: Extract<Entry, { kind: "deploy.opened" }>): Hooks {
  const earlier = Object.entries(settings["hooks"] ?? {}).map(([point, commands]) => [point, JSON.parse(commands) as readonly string[]]);
  return hooks ?? Object.fromEntries(earlier);
}
