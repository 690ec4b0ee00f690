import { tokenOf } from "../../config/shared.ts";
import { refusal, type Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { checkoutOf } from "../environment/incoming.ts";
import { type Owner, runCreated, runOf } from "../call/owner.ts";

/**
 * The newest confirmed deploy, where this run is older than it: a job of last week that is run again, or one that waited
 * while others deployed. Runs of one repository are numbered in the order in which they were made, and an attempt keeps its
 * run's number. Against all others (a person at a terminal) the time counts at which GitHub made this run, where it says so.
 * At a terminal no age is known. Pure.
 */
export function newerThan(ledger: Ledger, me: Owner, created: Date | undefined): DeployRecord | undefined {
  const newest = newestConfirmed(ledger);
  if (newest === undefined || me.terminal) return undefined;
  const [mine, other] = [runOf(me.run), runOf(newest.run)];
  if (mine !== undefined && mine.repository === other?.repository) return mine.number < other.number ? newest : undefined;
  return created !== undefined && created.getTime() < Date.parse(newest.openedAt) ? newest : undefined;
}

function newestConfirmed({ deploys }: Ledger): DeployRecord | undefined {
  return deploys.findLast(({ end }) => end?.as === "confirmed");
}

/** The refusal of a run that would take the environment behind a newer run's deploy (contract, 3); undefined where it may open one. */
export async function refusedAsOlder(environment: Environment, ledger: Ledger, commit: string): Promise<Failure | undefined> {
  const { shared, owner, ports } = environment;
  if (shared["allow-older"] || owner.terminal) return undefined;
  const newest = newestConfirmed(ledger);
  const stable = ledger.stable.at(-1)?.commit ?? newest?.commit;
  if (newest === undefined || stable === commit) return undefined;
  const comparable = runOf(owner.run)?.repository === runOf(newest.run)?.repository;
  const created = comparable ? undefined : await runCreated(owner.run, ports.env, tokenOf(shared, ports.env));
  const newer = newerThan(ledger, owner, created);
  if (newer === undefined || (stable !== undefined && (await isAhead(environment, stable, commit)))) return undefined;
  return olderRun(environment, newer, commit);
}

/** Whether a commit is known to have the other one in its history. A shallow clone may not know; then it is not. */
async function isAhead(environment: Environment, stable: string, commit: string): Promise<boolean> {
  for (const clone of [await environment.clone(), await checkoutOf(environment)]) {
    if (clone === undefined || !(await clone.has(stable)) || !(await clone.has(commit))) continue;
    if (await clone.isAncestor(stable, commit)) return true;
  }
  return false;
}

function olderRun({ title, owner }: Environment, newer: DeployRecord, commit: string): Failure {
  const who = newer.run === undefined ? newer.owner : `run ${newer.owner}`;
  return refusal(
    `This run (${owner.id}) is older than the newest confirmed deploy of ${title}: ${newer.id} of ${shortCommit(newer.commit)}, by ${who}. It would take ${title} back to ${shortCommit(commit)}.`,
    {
      hint: `To deploy what is newest, start a new run. To go back, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy this one all the same, give \`allow-older: true\`.`,
      evidence: newer.run === undefined ? [] : [`The newer deploy: ${newer.run}`],
      code: "older-run",
    },
  );
}
