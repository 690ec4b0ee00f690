import type { HealthSettings } from "../../health/inputs.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Report } from "../../core/report.ts";
import type { Ran } from "../../journal/entries.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { processesIn } from "../../machine/process/work-in.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import type { Environment } from "../environment/environment.ts";
import { readHealthSettings } from "../environment/known-health.ts";
import { hasChecks } from "../../health/plan.ts";
import { askHealth, expectedVersion } from "./gate.ts";

/** How long what runs before a deploy may take to pass its health check once. Milliseconds. */
const ONCE_WITHIN = 3_000;

/** What a deploy begins on. */
export interface Before {
  /** The version that runs; undefined where nothing does, or it is not known. */
  readonly from: string | undefined;
  /** How that was seen; undefined: nobody could look, or the journal knows it as confirmed. */
  readonly ran: Ran | undefined;
  /** Where nothing runs: what is checked out. */
  readonly checkedOut: string | undefined;
}

/**
 * Looks at what runs before a deploy (contract, 3). A work tree alone is no running version: a version that was never
 * confirmed counts only where a container of its project runs, or, with commands, its health check passes once, the journal
 * knows a confirmed version, or a process works in `app-dir`.
 */
export async function whatRan(environment: Environment, ledger: Ledger, commit: string): Promise<Before> {
  const clone = await environment.clone();
  if (clone === undefined) return { from: ledger.on, ran: undefined, checkedOut: undefined };
  const head = await clone.current();
  if (head === undefined) return { from: undefined, ran: "nothing", checkedOut: undefined };
  // A stable version runs, unless it was taken back to nothing since: then that is looked at too.
  if (!ledger.nothingRuns && ledger.stable.some((one) => one.commit === head)) return { from: head, ran: undefined, checkedOut: undefined };
  const seen = await look(environment, ledger, { clone, head, commit });
  if (seen.ran !== "nothing") return { from: head, ran: seen.ran, checkedOut: undefined };
  environment.ports.report.notice(
    `Nothing runs here yet: ${seen.why}. ${shortCommit(head)} is only checked out. Should this deploy fail, what it started is stopped again, and the database goes back to its savepoint.`,
  );
  return { from: undefined, ran: "nothing", checkedOut: head };
}

interface RanScene {
  readonly clone: Clone;
  readonly head: string;
  readonly commit: string;
}

type Seen = { readonly ran: Exclude<Ran, "nothing"> | undefined } | { readonly ran: "nothing"; readonly why: string };

async function look(environment: Environment, ledger: Ledger, { clone, head, commit }: RanScene): Promise<Seen> {
  const runs = await (await strategyOf(environment, { settings: environment.settings.section(rolloutSection), commit })).runs();
  if (runs.state === "nothing") return { ran: "nothing", why: runs.why };
  if (runs.state === "runs") return { ran: (await healthOnce(environment, head)) ?? undefined };
  const works = (await processesIn(environment.machine, clone.directory)).length > 0;
  const health = await healthOnce(environment, head, { nobodyComes: !works });
  if (health === "healthy" || health === "nameless") return { ran: health };
  if (ledger.stable.length > 0 && !ledger.nothingRuns) return { ran: health };
  if (health === undefined || works) return { ran: health };
  return { ran: "nothing", why: `the health check does not pass, and no process works in ${clone.directory}` };
}

/** Where nothing of the app works on the host, nothing is about to listen: a refused connection is not tried again. */
interface Patience {
  readonly nobodyComes: boolean;
}

/**
 * Whether what runs is healthy, and tells its version where that is asked for. Undefined where no check is known that says
 * anything of the app: a query asks the database alone.
 */
async function healthOnce(
  environment: Environment,
  head: string,
  patience: Patience = { nobodyComes: false },
): Promise<Exclude<Ran, "nothing"> | undefined> {
  const given = readHealthSettings(environment.settings);
  if (given === undefined) return undefined;
  const settings = { ...given, query: undefined, successes: 1, timeout: Math.min(given.timeout, ONCE_WITHIN) };
  if (!hasChecks(settings)) return undefined;
  // First without its version: where nothing answers, that is waited for only once.
  if (!(await passes(environment, { ...settings, "expect-version": undefined }, head, patience))) return "unhealthy";
  if (given["expect-version"] === undefined || (await passes(environment, settings, head, patience))) return "healthy";
  return "nameless";
}

async function passes(environment: Environment, settings: HealthSettings, head: string, patience: Patience): Promise<boolean> {
  const { report, signal } = environment.ports;
  try {
    const version = await expectedVersion(environment, head);
    const verdict = await askHealth(
      { ...environment, ports: { ...environment.ports, report: inDetail(report) } },
      settings,
      version,
      signal,
      patience,
    );
    return verdict.state === "healthy";
  } catch (error) {
    // A check that cannot be made before this version is there (a service of files that are yet to come).
    if (error instanceof Failure && error.code === "health-settings") return false;
    throw error;
  }
}

/** Only looked at: that a check does not pass is no news here. */
function inDetail(report: Report): Report {
  const detail = (text: string): void => report.detail(text);
  return {
    step: async (title, body, headline) => await report.step(title, body, headline),
    say: detail,
    detail,
    notice: detail,
    warning: detail,
    mask: (secret) => report.mask(secret),
  };
}
