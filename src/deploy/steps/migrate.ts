import { refusal } from "../../core/failure.ts";
import { formatDuration, plural } from "../../core/format.ts";
import type { Secret } from "../../core/secret.ts";
import { exists, resolvePath } from "../../machine/files/files.ts";
import { applyMigrations } from "../../migration/apply.ts";
import { downMigrations } from "../../migration/down.ts";
import { absentTables, readHistories } from "../../migration/histories.ts";
import { limitsOf } from "../../migration/limits.ts";
import { loadMigrations } from "../../migration/load.ts";
import { runMigrationCommand } from "../../migration/run.ts";
import { besideLibpq } from "../../migration/tool-url.ts";
import type { MigrateOutputs } from "../../migration/status.ts";
import { connectionUrl } from "../../postgres/connection-url.ts";
import { waitForDumps } from "../../postgres/sessions.ts";
import { outsideTarget } from "../database/database.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { commandEnvironment, runHooks } from "../environment/hooks.ts";
import { checkoutOf } from "../environment/incoming.ts";
import { migrationSource, refuseUncommitted } from "../environment/migration-source.ts";
import { changedSomething, type DeployRecord } from "../../journal/ledger.ts";
import type { MigrateSettings } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";

/** How long another tool waits for a backup that is being made. Milliseconds. */
const DUMP_WAIT_MS = 30 * 60_000;

export interface MigrateWork {
  readonly settings: MigrateSettings;
  readonly commit: string | undefined;
  readonly deploy: DeployRecord | undefined;
  readonly noteIn: string | undefined;
  readonly signal: AbortSignal;
}

/** Migrations as a step of the lock's holder: in its deploy, where one is open. */
export async function migrateInStep(
  tx: Transaction,
  settings: MigrateSettings,
  raw: Readonly<Record<string, string>>,
  commit: string | undefined,
): Promise<Migrated> {
  const { environment } = tx;
  const deploy = tx.deploy === undefined ? undefined : await tx.record();
  if (deploy !== undefined) refuseOldSavepoint(environment, deploy);
  const env = commandEnvironment(environment, { commit: commit ?? "", previous: deploy?.from, id: deploy?.id });
  return await tx.step(
    "migrate",
    { title: titleOf(environment, settings), intent: { command: settings.command, run: settings.run }, settings: raw },
    async (signal) => {
      await runHooks(environment, "before-migrate", { env, noteIn: tx.note(), signal });
      const outputs = await migrateDatabase(environment, { settings, commit, deploy, noteIn: tx.note(), signal });
      await runHooks(environment, "after-migrate", { env, noteIn: tx.note(), signal });
      return { value: outputs, result: { applied: outputs.applied, current: outputs.current }, headline: describeMigrated(outputs) };
    },
  );
}

/** What was done; `reverted` only after going down. */
export type Migrated = MigrateOutputs & { readonly reverted?: readonly string[] };

/** Applies, goes down, or lets another tool do it. */
export async function migrateDatabase(environment: Environment, work: MigrateWork): Promise<Migrated> {
  const { settings, signal } = work;
  const database = await databaseOf(environment);
  const ports = { ...environment.ports, signal };
  if (settings.run !== undefined) return await runTool(environment, settings.run, work);
  if (settings.command === "down") {
    const target = settings.to === undefined ? { steps: settings.steps ?? 1 } : { to: settings.to };
    return await downMigrations({ database, target, limits: limitsOf(settings), ports });
  }
  const source = await migrationSource(environment, work.commit, settings.directory);
  if (work.deploy !== undefined && !("clone" in source)) await refuseUncommitted(environment, work.deploy.commit, settings.directory);
  const migrations = await loadMigrations(source);
  return await applyMigrations({
    database,
    migrations,
    limits: limitsOf(settings),
    ports,
    to: settings.to,
    steps: settings.steps,
    appliedBy: environment.owner.id,
    deployId: work.deploy?.id,
  });
}

/** Another tool's own command: in app-dir on the host where there is one and it holds the tool's files, else in the checkout. */
async function runTool(environment: Environment, command: string, work: MigrateWork): Promise<MigrateOutputs> {
  const database = await databaseOf(environment);
  const { shared, ports } = environment;
  const fromHere = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here;
  const appDir = shared["app-dir"];
  const inCheckout = (await checkoutOf(environment)) !== undefined && fromHere;
  const machine = inCheckout ? ports.here : environment.machine;
  const cwd = inCheckout || appDir === undefined ? ports.cwd : await resolvePath(machine, appDir);
  if (!(await exists(machine, cwd)))
    throw refusal(`\`run\` has no folder to run in: ${cwd} does not exist on ${machine.name}.`, { code: "no-folder" });
  const target = await outsideTarget(database);
  if (target === undefined) ports.report.warning("The database's container cannot be reached from outside, so `run` gets no DATABASE_URL.");
  const env: Record<string, string | Secret> = {
    ...commandEnvironment(environment, { commit: work.commit ?? "", previous: work.deploy?.from, id: work.deploy?.id }),
    ...(target === undefined ? {} : { DATABASE_URL: connectionUrl(target, besideLibpq(command, target)) }),
    // What speaks libpq or does as it does takes it: a later rollback then finds its sessions, also where its process is gone.
    PGAPPNAME: database.applicationName("migrate tool"),
  };
  await warnAbsentTables(environment);
  await waitForDumps(database, { clock: ports.clock, report: ports.report, signal: work.signal, timeoutMs: DUMP_WAIT_MS });
  // Where it runs here and the lock is on a host, no script of its own can look at it.
  await environment.held.confirm();
  const result = await runMigrationCommand({
    machine,
    cwd,
    command,
    env,
    noteIn: work.noteIn,
    signal: work.signal,
    report: ports.report,
    histories: async () => {
      await using connection = await database.connect("look");
      return await readHistories(connection, shared["history-tables"] ?? []);
    },
  });
  if (!result.seen) {
    ports.report.warning(
      "No migration history that is known was found: a rollback will see schema changes, but not data-only migrations. Name the tool's table in `history-tables`.",
    );
  }
  return result;
}

/** A mistyped `history-tables` would make data-only migrations invisible to a rollback. */
async function warnAbsentTables(environment: Environment): Promise<void> {
  const tables = environment.shared["history-tables"] ?? [];
  if (tables.length === 0) return;
  const database = await databaseOf(environment);
  await using connection = await database.connect("look");
  const absent = await absentTables(connection, tables);
  if (absent.length > 0)
    environment.ports.report.warning(
      `\`history-tables\` names ${absent.join(", ")}, which ${absent.length === 1 ? "is" : "are"} not in the database (yet).`,
    );
}

/** `migrate` and switch refuse a savepoint that is too old: what users wrote since would be lost on the way back. */
export function refuseOldSavepoint(environment: Environment, deploy: Pick<DeployRecord, "steps">): void {
  const backup = deploy.steps.findLast((step) => step.step === "backup" && step.state === "done");
  if (backup?.endedAt === undefined) return;
  const age = environment.ports.clock.now().getTime() - Date.parse(backup.endedAt);
  const limit = environment.shared["max-savepoint-age"];
  if (age <= limit) return;
  throw refusal(`This deploy's savepoint is ${formatDuration(age)} old; at most ${formatDuration(limit)} is allowed.`, {
    hint: changedSomething(deploy)
      ? "What was written since would be lost on the way back. Roll back and deploy again, or raise `max-savepoint-age`."
      : "Back up again (run `backup` once more in this deploy), or raise `max-savepoint-age`.",
    code: "savepoint-too-old",
  });
}

/** `2 migrations applied (001, 002), now at 002`. */
export function describeMigrated(outputs: Migrated): string {
  if (outputs.reverted !== undefined) {
    const now = outputs.current === "" ? "none is applied now" : `now at ${outputs.current}`;
    return outputs.reverted.length === 0
      ? `nothing to take back, ${now}`
      : `${plural(outputs.reverted.length, "migration")} taken back (${outputs.reverted.join(", ")}), ${now}`;
  }
  if (outputs.applied.length === 0) return outputs.current === "" ? "nothing to apply" : `nothing to apply, at ${outputs.current}`;
  const named = outputs.applied.length <= 5 ? ` (${outputs.applied.join(", ")})` : "";
  return `${plural(outputs.applied.length, "migration")} applied${named}, now at ${outputs.current}`;
}

function titleOf(environment: Environment, settings: MigrateSettings): string {
  if (settings.run !== undefined) return `Migrating ${environment.title} with its own tool`;
  return settings.command === "down" ? `Taking migrations of ${environment.title} back` : `Migrating ${environment.title}`;
}

/** Whether a deploy has anything to migrate with: a tool, a folder that was named, or the default folder where it exists. */
export async function hasMigrations(environment: Environment, settings: MigrateSettings, commit: string): Promise<boolean> {
  if (settings.run !== undefined || environment.settings.text("migrate", "directory") !== undefined) return true;
  const clone = await environment.clone();
  if (clone !== undefined && (await clone.has(commit))) return (await clone.listFiles(commit, settings.directory)) !== undefined;
  return await exists(environment.ports.here, `${environment.ports.cwd}/${settings.directory}`);
}
