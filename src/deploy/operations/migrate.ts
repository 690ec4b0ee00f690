import { beginStep, leavingOpen } from "../back/begin.ts";
import { sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { formatDuration, formatMoment, plural } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { loadMigrations } from "../../migration/load.ts";
import { lookAhead } from "../../migration/plan/look-ahead.ts";
import { migrationStatus, outputsOf } from "../../migration/status.ts";
import { knock } from "../../postgres/knock.ts";
import { databaseOf, type Environment, ledgerOf, openEnvironment } from "../environment/environment.ts";
import { missingDatabase } from "../call/missing-settings.ts";
import { incomingCommit } from "../environment/incoming.ts";
import { migrationSource } from "../environment/migration-source.ts";
import { hearable } from "./hearable.ts";
import { downBlock, previewDown } from "./down-preview.ts";
import { lintCheckout } from "./lint-migrations.ts";
import { showMigrationStatus } from "./migration-status.ts";
import { validateCheckout } from "./validate-migrations.ts";
import { refusedAsQuarantined } from "../lock/quarantined.ts";
import type { Turn } from "../lock/turn.ts";
import { describeMigrated, type Migrated, migrateDatabase as carryOut, migrateInStep, refuseOldSavepoint } from "../steps/migrate.ts";

const sections = { shared: sharedSection, migrate: migrateSection } as const;
type MigrateCall = Call<typeof sections>;

export const migrate = hearable({
  name: "migrate",
  description: "Applies SQL migrations, each atomic with its history row, takes them back, or lets any other tool migrate.",
  sections,
  own: "migrate",
  also: {
    "migrate status": "Says what is applied, pending, changed or half done, by every migration history in the database.",
    "migrate validate":
      "Takes all migrations up, down and up again on a database made for that, compares the schemas, and runs your tests.",
    "migrate lint": "Says what migrations would do before they run (whose data goes, who waits), without a database.",
    "migrate plan": "Says what the pending migrations would do to the database that is there: locks, sizes, what is lost. Writes nothing.",
  },
  outputs: {
    applied: "The versions that were applied now; with `status`, all that are applied.",
    pending: "The versions that are still to be applied. Not set where only another tool knows.",
    current: "The newest applied version.",
    findings: "`lint`: what was found, as JSON.",
    risk: "`lint`: the worst of what was found, or `none`. `plan`: the worst class of what is pending, or `none`.",
  },
  positionals: ["command"],
  endsJobs: true,
  branding: { icon: "layers", color: "blue" },
  async run(call: MigrateCall): Promise<Outcome> {
    const settings = call.inputs.migrate;
    if (settings.command === "lint")
      return await lintCheckout({
        ports: call.ports,
        directory: settings.directory,
        since: settings.since,
        failOn: settings["fail-on"],
        house: { rules: settings["house-rules"], columns: settings["required-columns"], approvers: settings.approvers },
      });
    await using environment = await openEnvironment(call, {
      state: "optional",
      ...(settings.command !== "validate" && { changes: true as const }),
      missing: missingDatabase(call.inputs.shared),
    });
    if (settings.command === "validate") return await validateCheckout(environment, settings);
    const database = await databaseOf(environment);
    // Who only asks for the status comes in by the door he uses.
    if (settings.run === undefined && settings.command !== "status") await knock(database);
    const open = await ownDeploy(environment);
    const commit = open?.commit ?? (await incomingCommit(environment));
    if (settings.command === "status") return await showMigrationStatus(environment, settings, commit);
    if (settings.command === "plan" || call.inputs.shared["dry-run"]) return await look(environment, call, commit);
    const outputs = await apply(environment, call, commit);
    const { applied, pending, current } = outputs;
    return { outputs: { applied, pending, current }, headline: `${environment.title}: ${describeMigrated(outputs)}`, blocks: [] };
  },
});

async function apply(environment: Environment, call: MigrateCall, commit: string | undefined): Promise<Migrated> {
  const settings = call.inputs.migrate;
  if (environment.state === undefined) {
    const work = { settings, commit, deploy: undefined, noteIn: undefined, signal: environment.ports.signal };
    return await environment.ports.report.step(
      `Migrating ${environment.title}`,
      async () => await carryOut(environment, work),
      describeMigrated,
    );
  }
  const check = async ({ admission, ledger }: Pick<Turn, "admission" | "ledger">): Promise<void> => {
    if (admission.do === "continue") return refuseOldSavepoint(environment, admission.deploy);
    refuseBesideOwn(environment, ledger.open);
    const quarantined =
      commit === undefined || settings.command === "down"
        ? undefined
        : refusedAsQuarantined(environment, ledger, { commit, opener: undefined });
    if (quarantined !== undefined) throw quarantined;
  };
  await using tx = await beginStep(environment, { wants: "join", commit: await incomingCommit(environment), check });
  return await leavingOpen(tx, async () => await migrateInStep(tx, settings, call.settings.effective(migrateSection), commit));
}

/** At a terminal, where its own deploy was left too long to be continued: its savepoint is not these migrations'. */
function refuseBesideOwn({ owner, shared, title }: Environment, open: DeployRecord | undefined): void {
  if (open === undefined || open.owner !== owner.id) return;
  throw refusal(
    `Your deploy ${open.id} to ${title} had its last step at ${formatMoment(open.lastAt)}, and goes on only within ${formatDuration(shared["lock-lease"])} (lock-lease). Nothing was touched.`,
    {
      hint: "Back up again: that closes it and opens a new one, with which `migrate` goes on. To migrate without a savepoint, end it with `unlock` first.",
      code: "deploy-over",
    },
  );
}

async function ownDeploy(environment: Environment): Promise<DeployRecord | undefined> {
  const open = (await ledgerOf(environment))?.open;
  return open?.owner === environment.owner.id && open.end === undefined ? open : undefined;
}

/** `plan` and every dry run: reads, shows, and writes nothing. */
async function look(environment: Environment, call: MigrateCall, commit: string | undefined): Promise<Outcome> {
  const settings = call.inputs.migrate;
  if (settings.run !== undefined) return { outputs: {}, headline: `Would run: ${settings.run}`, blocks: [] };
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { asApp: true, signal: environment.ports.signal });
  if (settings.command === "down") {
    const plan = await previewDown(connection, settings);
    return {
      outputs: { applied: [] },
      headline: `Would take ${plural(plan.steps.length, "migration")} of ${environment.title} back`,
      blocks: [downBlock(plan)],
    };
  }
  const migrations = await loadMigrations(await migrationSource(environment, commit, settings.directory));
  const comparison = await migrationStatus(connection, migrations);
  const outputs = outputsOf(comparison);
  const headline = `${environment.title}: ${plural(comparison.applied.length, "migration")} applied, ${plural(comparison.pending.length, "migration")} pending`;
  const { risk, said, blocks, details } = await lookAhead(connection, comparison.pending);
  return { outputs: { ...outputs, risk }, headline: said === "" ? headline : `${headline}: ${said}`, blocks, details };
}
