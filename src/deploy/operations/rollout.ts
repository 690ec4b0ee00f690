import { beginStep, leavingOpen } from "../back/begin.ts";
import { sharedSection } from "../../config/shared.ts";
import { shortCommit } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { appCloneOf, openEnvironment } from "../environment/environment.ts";
import { NO_APP_DIR } from "../call/missing-settings.ts";
import { makeFirstClone } from "../environment/first-clone.ts";
import { requireCommit } from "../environment/incoming.ts";
import { readHealthSettings } from "../environment/known-health.ts";
import type { Transaction } from "../lock/transaction.ts";
import { standstillLine, standstillOf } from "../steps/downtime.ts";
import { refuseUnfit } from "../lock/quarantined.ts";
import { compareCommits, betweenBlocks } from "../steps/commits.ts";
import { switchPlan } from "../steps/switch-plan.ts";
import { mayOpen, openingOf } from "../steps/opening.ts";
import { maySwitch, phasesToDo, prepareInStep, switchInStep } from "../steps/rollout.ts";
import { refuseWatchdogAlone } from "../call/deploy-inputs.ts";
import { hearable } from "./hearable.ts";

const sections = { shared: sharedSection, rollout: rolloutSection } as const;
const opener = { operation: "rollout", sections: Object.values(sections) } as const;

export const rollout = hearable({
  name: "rollout",
  description: "Brings a commit to the host: `prepare` does everything slow beforehand, `switch` makes it the running version.",
  sections,
  own: "rollout",
  outputs: { commit: "The commit that was prepared or runs now.", "previous-commit": "The commit that ran when the deploy opened." },
  endsJobs: true,
  branding: { icon: "upload-cloud", color: "purple" },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const settings = call.inputs.rollout;
    const raw = call.settings.effective(rolloutSection);
    await using environment = await openEnvironment(call, {
      state: "required",
      missing: call.inputs.shared["app-dir"] === undefined ? [NO_APP_DIR] : [],
    });
    refuseWatchdogAlone(call.settings);
    const first = await makeFirstClone(environment, settings);
    if (first !== undefined) return first;
    const clone = await appCloneOf(environment);
    const commit = await requireCommit(environment);
    if (call.inputs.shared["dry-run"]) {
      await refuseUnfit(environment, commit, opener);
      const from = await clone.current();
      return {
        outputs: { commit, "previous-commit": from },
        headline: `Would roll out ${shortCommit(commit)} to ${environment.title}, where ${from === undefined ? "nothing" : shortCommit(from)} runs`,
        blocks: settings.phase === "prepare" ? [] : [await switchPlan(environment, { settings, commit, previous: from })],
      };
    }
    await using tx = await beginStep(environment, {
      wants: "open",
      commit,
      opener,
      check: async ({ ledger, admission }) => {
        const deploy = admission.do === "continue" ? admission.deploy : { owner: environment.owner.id, commit, steps: [] };
        if (phasesToDo(settings.phase, deploy).includes("switch")) maySwitch(environment, ledger, deploy);
        if (admission.do !== "continue") await mayOpen(environment, commit, ledger);
      },
      opening: async (ledger) => await openingOf(environment, commit, ledger),
    });
    const deploy = await tx.record();
    const phases = phasesToDo(settings.phase, deploy);
    await leavingOpen(tx, async () => {
      if (phases.includes("prepare")) await prepareInStep(tx, settings, raw, { migrates: false });
      if (phases.includes("switch")) await switchInStep(tx, settings, raw);
    });
    const way = deploy.from === undefined ? undefined : await compareCommits(clone, deploy.from, commit);
    return {
      outputs: { commit, "previous-commit": deploy.from },
      headline: phases.includes("switch")
        ? `${shortCommit(commit)} runs on ${environment.title}`
        : `${shortCommit(commit)} is prepared on ${environment.title}; nothing that runs was changed`,
      blocks: [
        ...(phases.includes("switch") ? [{ kind: "text" as const, text: await away(tx) }] : []),
        ...(way === undefined ? [] : betweenBlocks(way)),
      ],
    };
  },
});

async function away(tx: Transaction): Promise<string> {
  const { stopped } = await standstillOf(tx);
  return standstillLine(stopped, readHealthSettings(tx.environment.settings) !== undefined);
}
