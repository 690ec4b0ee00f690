import { type Failure, refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { knownAsFailed, type Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { isCommitSaid, requireCommit } from "../environment/incoming.ts";
import { refuseOther } from "../steps/running-version.ts";

/**
 * What is marked with nothing open. Refuses what is known to have failed, what is known not to run, and what nobody said
 * where nothing tells what runs.
 */
export async function commitToMark(environment: Environment, ledger: Ledger | undefined): Promise<string> {
  const anyDeploy = ledger !== undefined && ledger.deploys.length > 0;
  if (!anyDeploy && !isCommitSaid(environment)) throw nothingDeployed(environment);
  const commit = await requireCommit(environment);
  if (ledger !== undefined && knownAsFailed(ledger, commit)) throw failedBefore(environment, ledger, commit);
  await refuseOther(environment, commit);
  return commit;
}

function nothingDeployed({ title, absent }: Environment): Failure {
  return refusal(`Nothing was deployed to ${title} yet, and no \`commit\` is said: there is nothing to mark stable.`, {
    hint: `${absent === undefined ? "" : `${absent} `}A deploy marks its version by itself. If a version runs there already, say which: give \`commit\`.`,
    code: "nothing-deployed",
  });
}

function failedBefore({ title }: Environment, { deploys }: Ledger, commit: string): Failure {
  const last = deploys.findLast((deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== undefined);
  const id = last === undefined ? "" : ` (deploy ${last.id})`;
  return refusal(`${shortCommit(commit)} failed on ${title}${id}, and was never confirmed since: it is not marked stable.`, {
    hint: `Deploy it again (\`deploy\` with \`commit: ${commit}\`): a deploy whose health check passes marks it.`,
    code: "known-as-failed",
  });
}
