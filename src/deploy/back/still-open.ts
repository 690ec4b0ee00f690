import type { Failure, FailureDetails } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { isAutomatic, NOT_AUTOMATIC } from "./automatic.ts";
import { notOneJobs } from "./job-end.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import { watchdogText } from "../lock/watchdog-text.ts";
import { timelineOf } from "../steps/timeline.ts";

/** `migrate done, switch done, health failed`. */
export function stepsOf({ steps }: Pick<DeployRecord, "steps">): string {
  return steps.length === 0 ? "no step was begun" : steps.map((step) => `${step.step} ${step.state}`).join(", ");
}

/** What is true of a deploy that stays open, and the ways on. */
export async function stillOpen(
  environment: Environment,
  ledger: Ledger,
  deploy: DeployRecord,
  shown: Parameters<typeof waysOfDeploy>[3] = {},
): Promise<Pick<FailureDetails, "state" | "ways" | "blocks">> {
  const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${stepsOf(deploy)}.`;
  const watchdog = watchdogText(deploy);
  const blocks = [timelineOf(deploy, environment.ports.clock.now())];
  if (!changedSomething(deploy))
    return { state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."], blocks };
  return {
    state: [
      open,
      environment.owner.terminal
        ? "It holds the lock until it is taken back."
        : !isAutomatic(environment)
          ? `It holds the lock until it is taken back by hand. ${NOT_AUTOMATIC}`
          : `It holds the lock until it is taken back: ${notOneJobs(deploy, environment.owner) === undefined ? "at the end of this job, " : ""}by a rollback step of this run (\`if: failure() || cancelled()\`), or by hand.`,
      ...(watchdog === undefined ? [] : [`The watchdog is ${watchdog}.`]),
    ],
    ways: await waysOfDeploy(environment, ledger, deploy, shown),
    blocks,
  };
}

/** A failure, with where the deploy that it leaves open stands. What it says itself of the ways on is kept. */
export function andOpen(failure: Failure, about: Awaited<ReturnType<typeof stillOpen>>): Failure {
  return failure.with({
    state: [...failure.state, ...(about.state ?? [])],
    ways: failure.ways.length > 0 ? failure.ways : about.ways,
    blocks: [...failure.blocks, ...(about.blocks ?? [])],
  });
}
