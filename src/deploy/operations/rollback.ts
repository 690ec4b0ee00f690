import { refuseDamaged } from "../lock/damaged-journal.ts";
import { Failure } from "../../core/failure.ts";
import type { Call } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { OF_OPENING, sharedSection } from "../../config/shared.ts";
import { healthSection } from "../../health/inputs.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { type Environment, openEnvironment } from "../environment/environment.ts";
import { planRollback } from "../back/rollback-plan.ts";
import { ownDeployOver } from "../state/over-deploy.ts";
import { ownerOf } from "../call/owner.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import { DOWNTIME_OUTPUTS } from "../steps/downtime.ts";
import { isAutomatic } from "../back/automatic.ts";
import { leftAlone } from "../back/left-alone.ts";
import { mayGoBack } from "../back/open-rollback.ts";
import { hearable } from "./hearable.ts";
import { takeBack } from "./take-back.ts";

const sections = { shared: sharedSection, rollback: rollbackSection } as const;
type RollbackCall = Call<typeof sections>;

const READ_ON_THE_WAY = { rollout: rolloutSection, health: healthSection, migrate: migrateSection } as const;

const NOTHING_OPEN = "nothing-open";
const NOT_OWNER = "not-owner";
type Skipped = typeof NOTHING_OPEN | typeof NOT_OWNER;

export const rollback = hearable({
  name: "rollback",
  description: "Takes code and database back together: automatically after a failed deploy, or by hand to a stable version.",
  sections,
  passesOver: OF_OPENING,
  own: "rollback",
  outputs: {
    "rolled-back": "Whether anything was taken back.",
    commit: "The version that runs now.",
    "database-action": "What became of the database: `kept`, `down`, `restored` or `none`.",
    savepoint: "The savepoint that was restored.",
    "replaced-database": "The name under which the replaced database is kept.",
    skipped: "Why nothing was done: `nothing-open`, `not-owner`, `not-automatic`.",
    "duration-ms": "From decision to healthy, in milliseconds.",
    ...DOWNTIME_OUTPUTS,
  },
  branding: { icon: "rotate-ccw", color: "red" },
  async run(call: RollbackCall): Promise<Outcome> {
    const { inputs, ports } = call;
    const dryRun = inputs.shared["dry-run"];
    const byHand = inputs.rollback.confirm !== undefined || (dryRun && isPressed(call));
    await using environment = await openEnvironment(call, { state: byHand ? "existing" : "optional", journalSettings: true });
    const started = ports.clock.now().getTime();
    const ledger = environment.state && (await environment.state.journal.read());
    // At once, and not after a wait for whoever is deploying.
    if (ledger !== undefined && !dryRun && (byHand ? isUntold(call) : isPressedUnconfirmed(environment, ledger, call)))
      await mayGoBack(environment, ledger, call.inputs.rollback);
    // What cannot be read may be the opening of this run's own deploy: nothing is skipped for it.
    if (ledger !== undefined) refuseDamaged(environment, ledger);
    const skipped = byHand ? undefined : reasonToSkip(environment, ledger);
    if (skipped !== undefined) {
      // A mistyped environment looks like one on which nothing is open.
      if (environment.absent !== undefined) ports.report.warning(environment.absent);
      return nothing(environment, skipped, ledger && ownDeployOver(ledger, environment.owner));
    }
    // A dry run too: a step that would do nothing is not told as one that would.
    if (!byHand && ledger?.open !== undefined && !isAutomatic(environment)) throw await leftAlone(environment, ledger, ledger.open);
    // What any part of the way back will read: found wrong half-way, it would leave it there.
    environment.settings.read(READ_ON_THE_WAY);
    if (dryRun)
      return ledger === undefined
        ? nothing(environment, NOTHING_OPEN)
        : await planRollback(environment, ledger, { settings: inputs.rollback, byHand });
    try {
      const settings = inputs.rollback;
      const moot = (now: Ledger): string | undefined => (settings.confirm === undefined ? reasonToSkip(environment, now) : undefined);
      return await takeBack(environment, { settings, byHand: settings.confirm !== undefined, moot, started });
    } catch (error) {
      // While it waited for its turn its deploy was ended by somebody else.
      if (error instanceof Failure && error.code === "moot")
        return nothing(environment, error.message === NOT_OWNER ? NOT_OWNER : NOTHING_OPEN);
      throw error;
    }
  },
});

/** A dry run asks for no confirmation: that a person wants to see what a rollback by hand would do shows in what else was given. */
function isPressed({ inputs, ports }: RollbackCall): boolean {
  return ownerOf(ports).terminal || inputs.rollback.to !== undefined || inputs.rollback.reason !== undefined;
}

function isUntold({ inputs, profile }: RollbackCall): boolean {
  return inputs.rollback.confirm !== profile.environment || inputs.rollback.reason === undefined;
}

/** Whether a person asks (at a terminal, or with `to` or `reason`), with nothing of this run open, and the confirmation is missing. */
function isPressedUnconfirmed({ owner }: Environment, { open, deploys }: Ledger, call: RollbackCall): boolean {
  return deploys.length > 0 && open?.owner !== owner.id && isPressed(call);
}

/** The automatic rollback acts on its owner's open deploy only; so `if: failure() || cancelled()` is always safe. */
function reasonToSkip({ owner }: Environment, ledger: Ledger | undefined): Skipped | undefined {
  const open = ledger?.open;
  if (open === undefined) return NOTHING_OPEN;
  return open.owner === owner.id ? undefined : NOT_OWNER;
}

function nothing(environment: Environment, skipped: Skipped, over?: DeployRecord): Outcome {
  // What took itself back has told so in its own summary.
  if (over?.end?.as === "rolled-back") {
    const headline = `Nothing to roll back on ${environment.title}: deploy ${over.id} was taken back already`;
    return { outputs: { "rolled-back": false, skipped, "duration-ms": 0 }, headline, blocks: [], summary: false };
  }
  const none = environment.absent === undefined ? "no deploy is open" : "there is no journal of it";
  const why = skipped === NOTHING_OPEN ? none : "the open deploy is another run's";
  return {
    outputs: { "rolled-back": false, skipped, "duration-ms": 0 },
    headline: `Nothing to roll back on ${environment.title}: ${why}`,
    blocks: [],
  };
}
