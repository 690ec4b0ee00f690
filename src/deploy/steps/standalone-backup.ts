import type { Manifest } from "../../backup/manifest.ts";
import { formatDuration } from "../../core/format.ts";
import { isDead } from "../lock/process-identity.ts";
import { STEP_DEAD_AFTER } from "../lock/admission.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import { incomingCommit } from "../environment/incoming.ts";
import { howItFailed } from "../../journal/how-it-failed.ts";
import type { BackupSettings } from "../call/sections.ts";
import { describeBackup, dump } from "./backup.ts";
import { noteProof } from "./restore-proofs.ts";

/** A scheduled or manual backup waits this long for a running step, then dumps all the same. Milliseconds. */
const PATIENCE = 30 * 60_000;

/** A backup that belongs to no deploy: it opens nothing and takes no lock; it waits while a step runs (contract, 2). */
export async function takeStandaloneBackup(environment: Environment, settings: BackupSettings): Promise<Manifest> {
  const { purpose } = settings;
  try {
    const manifest = await takeIt(environment, settings);
    const { id, sizeBytes, verified } = manifest;
    environment.notify({ kind: "backup.done", purpose, backup: id, sizeBytes, verified });
    return manifest;
  } catch (error) {
    environment.notify({ kind: "backup.failed", purpose, ...howItFailed(error, environment.ports.signal) });
    throw error;
  }
}

async function takeIt(environment: Environment, settings: BackupSettings): Promise<Manifest> {
  const { ports } = environment;
  await databaseOf(environment);
  const commit = await incomingCommit(environment);
  const state = stateOf(environment);
  await waitForSteps(environment);
  const ledger = await state.journal.read();
  if (ledger.open !== undefined)
    ports.report.notice(`This backup is made while deploy ${ledger.open.id} is open: it may hold half of its changes.`);
  const running = await (await environment.clone())?.current();
  const manifest = await ports.report.step(
    `Backing up the database of ${environment.title} (${settings.purpose})`,
    async () =>
      await dump(environment, state, {
        purpose: settings.purpose,
        verify: settings.verify,
        budgetMs: settings["verify-budget"],
        commit: running ?? commit,
        from: running ?? ledger.on,
        deploy: undefined,
        signal: ports.signal,
        // Not noted among the running commands: a rollback ends those, and waits for this one.
        noteIn: undefined,
      }),
    describeBackup,
  );
  if (manifest.restoreMs !== undefined) await noteProof(environment, manifest, manifest.restoreMs);
  return manifest;
}

async function waitForSteps(environment: Environment): Promise<void> {
  const { ports } = environment;
  const { lock } = stateOf(environment).journal;
  const since = ports.clock.now().getTime();
  let said = false;
  for (;;) {
    const status = await lock.status();
    if (status.state === "free" || status.beat?.running === false || status.silentMs >= STEP_DEAD_AFTER) return;
    if (status.beat !== undefined && (await isDead(ports.here, status.beat.process))) return;
    if (ports.clock.now().getTime() - since > PATIENCE) {
      ports.report.warning(
        `Waited ${formatDuration(PATIENCE)} for ${status.holder.owner} (${status.holder.deploy ?? "no deploy"}); dumping while it runs.`,
      );
      return;
    }
    if (!said) {
      const why = `${status.holder.owner} is running ${status.beat?.step ?? "a step"}`;
      environment.notify({ kind: "lock.waiting", why, since: status.holder.since });
      ports.report.progress?.(`waiting since ${ports.clock.now().toISOString().slice(11, 19)} UTC: ${why}`);
    }
    said = true;
    await ports.clock.sleep(2_000, ports.signal);
  }
}
