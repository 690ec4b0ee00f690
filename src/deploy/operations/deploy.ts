// deploy/operations: what users call, one file each: declaration and run.

import { beginStep } from "../back/begin.ts";
import { sharedSection } from "../../config/shared.ts";
import type { Failure } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { without } from "../../core/section.ts";
import { backupSection } from "../../backup/inputs.ts";
import { healthSection } from "../../health/inputs.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import { migrateSection, OF_LINT, OF_VALIDATE } from "../../migration/inputs.ts";
import { markStableSection } from "../../release/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { blockedBy } from "../lock/admission.ts";
import { hearable } from "./hearable.ts";
import { mustBeConfirmed, deployUnconfirmed, withDryRun } from "./confirm-deploy.ts";
import { deploySection } from "../call/deploy-inputs.ts";
import { appCloneOf, type Environment, openEnvironment } from "../environment/environment.ts";
import { missingForDeploy } from "../call/missing-settings.ts";
import { makeFirstClone } from "../environment/first-clone.ts";
import { requireCommit } from "../environment/incoming.ts";
import { waysOfDeploy } from "../back/ways-of-deploy.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import { Chain } from "../steps/chain.ts";
import { planDeploy } from "../steps/deploy-plan.ts";
import { awayFor, DOWNTIME_OUTPUTS } from "../steps/downtime.ts";
import { endFailedDeploy } from "../back/failed-deploy.ts";
import { expectedBlocks } from "../steps/times.ts";
import { timelineNow } from "../steps/timeline.ts";
import { mayOpen, openingOf } from "../steps/opening.ts";
import { preflight } from "../steps/preflight.ts";
import { refuseUnwatchable } from "../steps/watchable.ts";

const sections = {
  shared: sharedSection,
  deploy: deploySection,
  backup: without(backupSection, "purpose"),
  migrate: without(migrateSection, "command", "to", "steps", ...OF_LINT, ...OF_VALIDATE),
  rollout: without(rolloutSection, "phase"),
  health: healthSection,
  markStable: without(markStableSection, "confirm"),
  rollback: without(rollbackSection, "to", "database", "reason", "confirm"),
} as const;
const opener = { operation: "deploy", sections: Object.values(sections) } as const;
type DeployCall = Call<typeof sections>;

export const deploy = hearable({
  name: "deploy",
  description: "Deploys code and database as one transaction: backup, migrations, rollout, health, stable tag, or all of it back.",
  sections,
  own: "deploy",
  plans: true,
  outputs: {
    commit: "The commit that runs now.",
    "previous-commit": "The commit that ran before.",
    savepoint: "The deploy's id: what it can go back to.",
    "backup-file": "The backup's path in the state directory.",
    applied: "The migrations that were applied.",
    "stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
    "rolled-back": "Whether the deploy failed and was taken back.",
    "database-action": "After a rollback: what became of the database.",
    "replaced-database": "After a rollback: the name under which the replaced database is kept.",
    "duration-ms": "How long it took, in milliseconds.",
    ...DOWNTIME_OUTPUTS,
  },
  example: {
    flags: "--host deploy@shop.example --app-dir /srv/shop --database-service postgres --health-url http://127.0.0.1:3000/health",
    about: [
      "Needed: `app-dir` (the app's git clone on the host), a health check (`health-url`), the database (`database-service`, or",
      "SAVEPOINT_DATABASE_URL), and what starts the app: a compose project, or `rollout-start-command`. What stands in",
      "savepoint.yml need not be given. Without --confirm it only shows its plan.",
    ],
  },
  endsJobs: true,
  branding: { icon: "shield", color: "green" },
  async run(call: DeployCall): Promise<Outcome> {
    const { ports } = call;
    const started = ports.clock.now().getTime();
    const { confirm, watchdog } = call.inputs.deploy;
    const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({ ports, confirm, environment: call.profile.environment });
    const dryRun = unread || call.inputs.shared["dry-run"];
    // What is only looked at leaves no trace, as a dry run does.
    await using environment = await openEnvironment(withDryRun(call, dryRun), {
      state: "required",
      missing: missingForDeploy(call.inputs.shared, call.settings),
    });
    const refused = (plan: Outcome, commit?: string): Failure =>
      deployUnconfirmed(environment, { confirm, commit, plan, sections: opener.sections });
    const first = await makeFirstClone(environment, call.inputs.rollout);
    if (first !== undefined) {
      if (unread) throw refused(first);
      return first;
    }
    await appCloneOf(environment);
    const commit = await requireCommit(environment);
    await preflight(environment, commit);
    refuseUnwatchable(environment);
    if (dryRun) {
      const plan = await planDeploy(environment, commit, opener, watchdog);
      if (unread) throw refused(plan, commit);
      return plan;
    }
    await using tx = await beginStep(environment, {
      wants: "open",
      commit,
      opener,
      // Begun by an earlier process of this owner, which died: a savepoint taken now would be of half a deploy.
      check: async ({ ledger, admission }) => {
        if (admission.do !== "continue") await mayOpen(environment, commit, ledger);
        else if (changedSomething(admission.deploy)) throw await halfWay(environment, ledger, admission.deploy);
      },
      opening: async (ledger) => ({ ...(await openingOf(environment, commit, ledger)), whole: true }),
    });
    const begun = await tx.record();
    const { id } = begun;
    const chain = new Chain(tx, {
      ...(watchdog !== undefined && { backup: { warm: true } }),
      beforeChanges: async () => {
        if (watchdog === undefined) return;
        // Few deploys have one: nobody else waits for it to be read.
        const { armWatchdog } = await import("../watchdog/arm.ts");
        // It may take minutes to prove what it needs, and is no step.
        await tx.alive("prepare", async () => await armWatchdog(tx, watchdog));
      },
    });
    try {
      await chain.run();
    } catch (error) {
      throw await endFailedDeploy({ environment, tx, rollback: call.inputs.rollback, id, error, outputs: chain.outputs });
    }
    const blocks = [...chain.blocks, ...expectedBlocks(await tx.state.journal.read()), ...(await timelineNow(tx, id))];
    const durationMs = ports.clock.now().getTime() - started;
    return {
      outputs: { ...chain.outputs, "rolled-back": false, "duration-ms": durationMs },
      headline: `${shortCommit(commit)} is deployed and stable on ${environment.title} after ${formatDuration(durationMs)}${awayFor(tx.standstill?.downtime)}`,
      blocks,
    };
  },
});

/** What no deploy can do without. */
async function halfWay(environment: Environment, ledger: Ledger, begun: DeployRecord): Promise<Failure> {
  const blocked = blockedBy(environment, begun, "was left half-way by an earlier command of yours");
  return blocked.with({ ways: await waysOfDeploy(environment, ledger, begun) });
}
