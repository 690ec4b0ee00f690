import { refusal, type Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import type { Environment } from "../environment/environment.ts";
import { isCommitSaid } from "../environment/incoming.ts";

/** Which version runs, and what says so; or why nothing says it. */
export type Running =
  | { readonly known: true; readonly commit: string; readonly by: string }
  | { readonly known: false; readonly why: string };

/**
 * Which version runs, as far as something tells it: the app itself, where its version was asked for in the last health check
 * that passed; else the labels of its containers; else the work tree on the host (contract, 3).
 */
export async function runningVersion(environment: Environment, commit: string, deploy: DeployRecord | undefined): Promise<Running> {
  if (deploy !== undefined && toldVersion(deploy)) return { known: true, commit: deploy.commit, by: "the app tells it" };
  const clone = await environment.clone();
  const head = await clone?.current();
  if (head === undefined) return { known: false, why: "no `app-dir` is given, and the app's version is not asked for (`expect-version`)" };
  if (head !== commit) return { known: true, commit: head, by: "it is checked out on the host" };
  // A switch of this deploy has started them, and looked.
  const switched = deploy?.steps.some(({ step, state }) => step === "switch" && state === "done") === true;
  const made = switched
    ? []
    : await (await strategyOf(environment, { settings: environment.settingsOf(rolloutSection), commit })).builtFrom();
  const [other] = made;
  if (other !== undefined && !made.includes(commit)) return { known: true, commit: other, by: "its containers were built from it" };
  return { known: true, commit: head, by: "it is checked out on the host" };
}

/** Refuses to mark a version while another one is known to run; says so where nothing tells which one runs. */
export async function refuseOther(environment: Environment, commit: string, deploy?: DeployRecord): Promise<void> {
  const running = await runningVersion(environment, commit, deploy);
  if (!running.known) {
    if (deploy === undefined && !isCommitSaid(environment)) throw nobodySaid(running, commit);
    environment.ports.report.notice(
      `Which version runs is not known here: ${running.why}. ${shortCommit(commit)} is marked because it was said.`,
    );
    return;
  }
  if (running.commit !== commit) throw otherRuns(running, commit, deploy);
}

function nobodySaid({ why }: Extract<Running, { known: false }>, commit: string): Failure {
  return refusal(`Which version runs is not known here (${why}), and no \`commit\` is said.`, {
    hint: `${shortCommit(commit)} only happens to be checked out here. Give \`app-dir\`, where the app's clone on the host is; or say \`commit\`, if you know what runs.`,
    code: "not-running",
  });
}

function otherRuns(running: Extract<Running, { known: true }>, commit: string, deploy: DeployRecord | undefined): Failure {
  const [runs, wanted] = [shortCommit(running.commit), shortCommit(commit)];
  return refusal(`${runs} runs on the host, not ${wanted} (${running.by}); only what runs can be marked stable.`, {
    hint:
      deploy === undefined
        ? `Deploy ${wanted} first, or give \`commit: ${running.commit}\`.`
        : `Deploy ${deploy.id} has not switched to it: run \`rollout\` before \`health-check\` and \`mark-stable\`. Where something else brings the code, let the app tell its version: \`expect-version\` of the health check.`,
    code: "not-running",
  });
}

/** Whether the last health check passed, and asked the app for its version. A text of one's own names no commit. */
function toldVersion({ steps }: DeployRecord): boolean {
  const last = steps.findLast(({ step }) => step === "health");
  const source = last?.settings["expect-version"] ?? "";
  return last?.state === "done" && last.settings["url"] !== undefined && /^(?:body$|json:|header:)/.test(source.trim());
}
