import { hearable } from "./hearable.ts";
import { commitToMark } from "./commit-to-mark.ts";
import { mustBeConfirmed, unconfirmedMark, withDryRun } from "./confirm-deploy.ts";
import { beginStep, leavingOpen } from "../back/begin.ts";
import { sharedSection } from "../../config/shared.ts";
import { shortCommit } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { markStableSection } from "../../release/inputs.ts";
import { type Environment, ledgerOf, openEnvironment } from "../environment/environment.ts";
import { incomingCommit, requireCommit } from "../environment/incoming.ts";
import { confirmDeploy, mayConfirm, markCommit, type Marked, type MarkSettings } from "../steps/mark.ts";
import { expectedBlocks } from "../steps/times.ts";
import { timelineOf } from "../steps/timeline.ts";
import type { Turn } from "../lock/turn.ts";

const sections = { shared: sharedSection, markStable: markStableSection } as const;
type MarkCall = Call<typeof sections>;

export const markStable = hearable({
  name: "mark-stable",
  description: "Confirms the open deploy, releases the lock, and moves latest-stable and a dated stable tag to its commit.",
  sections,
  own: "mark-stable",
  outputs: {
    "stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
    commit: "The commit that is stable now.",
    "previous-stable": "The commit that was stable before.",
  },
  endsJobs: true,
  branding: { icon: "check-circle", color: "green" },
  async run(call: MarkCall): Promise<Outcome> {
    const { host, "state-dir": state } = call.inputs.shared;
    // Where a place for the state is given, what is marked there is journaled there, though nothing was yet.
    const need = host === undefined && state === undefined ? "optional" : "required";
    const { confirm, "keep-tags": keepTags } = call.inputs.markStable;
    const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({ ports: call.ports, confirm, environment: call.profile.environment });
    const dryRun = unread || call.inputs.shared["dry-run"];
    // What is only looked at leaves no trace, as a dry run does.
    await using environment = await openEnvironment(withDryRun(call, dryRun), { state: need, journalSettings: "while-nothing-is-open" });
    if (dryRun) {
      const plan = await planned(environment);
      if (unread) throw unconfirmedMark(environment, { confirm, plan });
      return plan;
    }
    if (environment.state === undefined) {
      const commit = await commitToMark(environment, undefined);
      return outcome(environment, await markCommit(environment, commit, { keepTags }, undefined), []);
    }
    return await withState(environment, { keepTags });
  },
});

async function withState(environment: Environment, settings: MarkSettings): Promise<Outcome> {
  const check = async ({ ledger, admission }: Pick<Turn, "ledger" | "admission">): Promise<void> => {
    if (admission.do === "continue") await mayConfirm(environment, admission.deploy);
    else await commitToMark(environment, ledger);
  };
  await using tx = await beginStep(environment, { wants: "mark", commit: await incomingCommit(environment), check });
  if (tx.deploy === undefined) {
    const commit = await requireCommit(environment);
    // An origin may be slow: who gives no sign of life for a minute counts as gone.
    return outcome(environment, await tx.alive("mark-stable", async () => await markCommit(environment, commit, settings, tx)), []);
  }
  const deploy = tx.deploy;
  const marked = await leavingOpen(tx, async () => await confirmDeploy(tx, settings));
  const ledger = await ledgerOf(environment);
  const record = ledger?.deploys.find((one) => one.id === deploy);
  const timeline = record === undefined ? [] : [timelineOf(record, environment.ports.clock.now())];
  return outcome(environment, marked, [...expectedBlocks(ledger), ...timeline]);
}

export function outcome(environment: Environment, marked: Marked, timeline: readonly Block[]): Outcome {
  const { tags } = marked;
  return {
    outputs: { "stable-tag": tags.stableTag, commit: marked.commit, "previous-stable": marked.previous },
    headline: tags.moved
      ? `${shortCommit(marked.commit)} is stable on ${environment.title}: ${tags.stableTag ?? ""}, ${tags.latestTag}`
      : `${shortCommit(marked.commit)} on ${environment.title}: ${tags.reason ?? "the tags stand already"}`,
    blocks: [
      ...(tags.pruned.length === 0 ? [] : [{ kind: "text" as const, text: `Removed old stable tags: ${tags.pruned.join(", ")}.` }]),
      ...timeline,
    ],
  };
}

async function planned(environment: Environment): Promise<Outcome> {
  const ledger = await ledgerOf(environment);
  const commit = ledger?.open?.commit ?? (await commitToMark(environment, ledger));
  return { outputs: { commit }, headline: `Would mark ${shortCommit(commit)} stable on ${environment.title}`, blocks: [] };
}
