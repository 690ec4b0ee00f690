import type { RolloutSettings } from "../../rollout/inputs.ts";
import { refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { STEPS, takesBack } from "../../journal/steps.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { prepareRollout } from "../../rollout/prepare.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import { appCloneOf, type Environment } from "../environment/environment.ts";
import { readHealthSettings } from "../environment/known-health.ts";
import { commandEnvironment, runHooks } from "../environment/hooks.ts";
import { checkoutOf } from "../environment/incoming.ts";
import type { Transaction } from "../lock/transaction.ts";
import { describeBetween, goesBack, listed, compareCommits } from "./commits.ts";
import { standstillOf } from "./downtime.ts";
import { thinOutImages } from "./image-retention.ts";
import { noticeUntold } from "./takeover.ts";
import { refuseUnmigratable } from "./unmigratable.ts";
import { refuseOldSavepoint } from "./migrate.ts";

/** Everything slow, which changes nothing that the running app reads: fetch, room on disk, what stands in the way. */
export async function prepareInStep(
  tx: Transaction,
  settings: RolloutSettings,
  raw: Readonly<Record<string, string>>,
  { migrates }: { /** Whether this run will migrate with the commit's files. */ readonly migrates: boolean },
): Promise<void> {
  const { environment } = tx;
  const deploy = await tx.record();
  const clone = await appCloneOf(environment);
  await tx.step(
    "prepare",
    { title: `Preparing ${shortCommit(deploy.commit)} on ${environment.machine.name}`, intent: { commit: deploy.commit }, settings: raw },
    async (signal) => {
      const prepared = await prepareRollout({
        clone,
        commit: deploy.commit,
        settings,
        checkout: async () => await checkoutOf(environment),
        ports: { ...environment.ports, signal },
        noteIn: tx.note(),
      });
      await tellGoingBack(environment, clone, deploy);
      await refuseUnmigratable(environment, clone, deploy.commit, { allowAhead: settings["allow-ahead"], migrates });
      const strategy = await strategyOf(environment, {
        settings,
        commit: deploy.commit,
        previous: deploy.from,
        deploy,
        signal,
        noteIn: tx.note(),
      });
      if (!strategy.tellsApart) noticeUntold(environment, settings, readHealthSettings(environment.settings));
      const kept = await strategy.prepare({ previous: prepared.previous });
      return { value: undefined, result: { fetched: prepared.fetched, ...kept }, headline: await describeCommits(clone, deploy) };
    },
  );
}

type SwitchRecord = Pick<DeployRecord, "owner" | "commit" | "steps">;

/** Refuses a switch on a savepoint that is too old, or on none of its own attempt. It reads only. */
export function maySwitch(environment: Environment, ledger: Ledger, deploy: SwitchRecord): void {
  refuseOldSavepoint(environment, deploy);
  refuseWithoutEarlierAttempt(environment, ledger, deploy);
}

/** The switch: from here on the new version runs. */
export async function switchInStep(tx: Transaction, settings: RolloutSettings, raw: Readonly<Record<string, string>>): Promise<void> {
  const { environment } = tx;
  const deploy = await tx.record();
  maySwitch(environment, await tx.state.journal.read(), deploy);
  const about = { settings, commit: deploy.commit, previous: deploy.from, deploy };
  const env = commandEnvironment(environment, { ...about, id: deploy.id });
  const { kind, concluded } = await strategyOf(environment, about);
  await tx.step(
    "switch",
    {
      title: `Switching ${environment.title} to ${shortCommit(deploy.commit)}`,
      intent: { commit: deploy.commit, from: deploy.from },
      // The way back asks how it was started; what was only concluded here could be concluded otherwise there.
      settings: { ...raw, ...concluded },
    },
    async (signal) => {
      await runHooks(environment, "before-rollout", { env, noteIn: tx.note(), signal });
      const standstill = await standstillOf(tx);
      // The same one, whatever the hook has put into `app-dir`: it would be run otherwise than it was prepared, and journaled.
      const same = { ...about, settings: { ...settings, strategy: kind } };
      const strategy = await strategyOf(environment, { ...same, signal, noteIn: tx.note(), standstill });
      const { images } = await strategy.switchTo({ commit: deploy.commit });
      await runHooks(environment, "after-rollout", { env, noteIn: tx.note(), signal });
      if (images) await thinOutImages(tx, strategy, Object.keys(images));
      return {
        value: undefined,
        result: { commit: deploy.commit, ...(images && { images }), ...(standstill.stopped && { stopped: standstill.stopped }) },
        headline: `${shortCommit(deploy.commit)} runs`,
      };
    },
  );
}

/**
 * After "re-run failed jobs" this attempt would switch on the backup and migrations of one that is over (contract, 2); so would
 * a run whose deploy somebody else closed meanwhile.
 */
function refuseWithoutEarlierAttempt({ owner }: Environment, ledger: Ledger, deploy: SwitchRecord): void {
  const [run, attempt] = deploy.owner.split(".");
  if (owner.terminal || attempt === undefined) return;
  const did = (record: Pick<DeployRecord, "steps">): boolean => record.steps.some(({ step }) => STEPS[step].database && !takesBack(step));
  if (did(deploy)) return;
  const earlier = ledger.deploys.findLast((one) => {
    const [otherRun, otherAttempt] = one.owner.split(".");
    const before =
      Number(otherAttempt) < Number(attempt) || (one.owner === deploy.owner && one.end !== undefined && one.end.as !== "confirmed");
    return otherRun === run && before && one.commit === deploy.commit && did(one);
  });
  if (earlier === undefined) return;
  throw refusal(
    earlier.owner === deploy.owner
      ? `This run backed up or migrated in deploy ${earlier.id}, which is over (${earlier.end?.as}: ${earlier.end?.why}), and not in this one.`
      : `Attempt ${earlier.owner.split(".")[1]} of this run backed up or migrated, and this attempt did not; its deploy ${earlier.id} is over.`,
    { hint: 'Choose "Re-run all jobs", not "Re-run failed jobs": a switch needs the backup of its own attempt.', code: "re-run-all-jobs" },
  );
}

async function describeCommits(clone: Clone, deploy: DeployRecord): Promise<string> {
  const way =
    deploy.from === undefined || deploy.from === deploy.commit ? undefined : await compareCommits(clone, deploy.from, deploy.commit);
  return way === undefined ? `${shortCommit(deploy.commit)} is on the host` : describeBetween(way);
}

/** A deploy that goes back is said aloud, with what it takes away; it moves `latest-stable` back as well (contract, 3). */
async function tellGoingBack({ ports }: Environment, clone: Clone, deploy: DeployRecord): Promise<void> {
  const stable = deploy.stableBefore.at(-1) ?? deploy.from;
  const way = stable === undefined ? undefined : await compareCommits(clone, stable, deploy.commit);
  if (way === undefined || !goesBack(way)) return;
  const was = stable === deploy.from ? "ran" : "is the stable version";
  ports.report.notice([`This deploy ${describeBetween(way, was)}:`, ...listed(way.lost)].join("\n"));
}

/** Which phases a call of `rollout` does: what was said, else whatever is still to do. */
export function phasesToDo(said: "prepare" | "switch" | undefined, deploy: Pick<DeployRecord, "steps">): readonly ("prepare" | "switch")[] {
  if (said !== undefined) return [said];
  const prepared = deploy.steps.some((step) => step.step === "prepare" && step.state === "done");
  return prepared ? ["switch"] : ["prepare", "switch"];
}
