// deploy/watchdog: the script that takes an open deploy back on the host, where its run is not heard of any more.

import { Failure } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { listFolder, makeDirectory, remove, rename, writeText } from "../../machine/files/files.ts";
import { settingsForTarget } from "../back/target-settings.ts";
import { type Target, targetOfDeploy } from "../back/target.ts";
import { machineOf } from "../environment/environment.ts";
import { projectContainers } from "../environment/project-containers.ts";
import { disarm } from "../lock/watchdog-fence.ts";
import type { Transaction } from "../lock/transaction.ts";
import { backupStore } from "../steps/backup.ts";
import { expectedVersion } from "../steps/gate.ts";
import { warmOf } from "../steps/warm.ts";
import { askFor } from "./ask-for.ts";
import { foreseeApp, foreseeDatabase } from "./foresee.ts";
import type { DatabaseBack, WatchdogPlan } from "./plan.ts";
import { watchdogScript } from "./script.ts";
import { type Keeper, proveAlive, startApart } from "./start.ts";

/** Folders of earlier deploys that stay, for what their scripts said. */
const KEPT = 5;

/**
 * Before anything is changed: tells the host to take this deploy back by itself, where nothing is heard of its run for so long.
 * It is armed once it was seen alive behind the login that started it, and has tried what it will need. Where there is nothing to go
 * back to it is not armed, and that is said.
 */
export async function armWatchdog(tx: Transaction, silentMs: number): Promise<void> {
  const { environment } = tx;
  const { report } = environment.ports;
  const ledger = await tx.state.journal.read();
  const deploy = await tx.record();
  const where = whereTo(ledger, deploy);
  if (typeof where === "string") {
    report.warning(`The watchdog is not armed: ${where}.`);
    return;
  }
  await report.step(
    "Arming the watchdog",
    async () => await arm(tx, { ledger, deploy, silentMs, ...where }),
    (keeper) =>
      `without a sign of life for ${formatDuration(silentMs)} ${environment.machine.name} goes back to ${shortCommit(where.commit)} by itself (${keeper})`,
  );
}

interface Arming {
  readonly ledger: Ledger;
  readonly deploy: DeployRecord;
  readonly silentMs: number;
  readonly target: Target;
  readonly commit: string;
}

/** The version that it would go back to, or why there is none. */
function whereTo(ledger: Ledger, deploy: DeployRecord): Pick<Arming, "target" | "commit"> | string {
  const choice = targetOfDeploy(ledger, deploy);
  if (!choice.found) return choice.why;
  const { target } = choice;
  if (target.commit === undefined) return `there is nothing that it could go back to (${target.why})`;
  if (deploy.ran === "unhealthy") return `${shortCommit(target.commit)} was not healthy when this deploy opened`;
  return { target, commit: target.commit };
}

async function arm(tx: Transaction, arming: Arming): Promise<Keeper> {
  const { environment } = tx;
  const { machine, ports } = environment;
  const plan = await planOf(tx, arming);
  const { folder } = plan;
  // An earlier command of this deploy may have armed one and died: it is told to go, and what it proved of the host is not this one's.
  await disarm(machine, folder, { clock: ports.clock, held: async () => await environment.held.confirm() });
  await remove(machine, folder);
  await makeDirectory(machine, tx.state.paths.watchdogs, { mode: 0o700 });
  await thinOut(tx);
  await makeDirectory(machine, folder, { mode: 0o700 });
  await writeText(machine, `${folder}/script`, watchdogScript(plan), { mode: 0o700 });
  await writeText(machine, `${folder}/proving`, "");
  try {
    const keeper = await startApart(folder, async () => await machineOf(environment.shared, ports, { told: true }));
    await proveAlive(machine, folder, ports.clock);
    await tx.write({ kind: "watchdog.armed", folder, silentMs: arming.silentMs });
    await rename(machine, `${folder}/proving`, `${folder}/armed`);
    return keeper;
  } catch (error) {
    // Nobody waits for it: it goes.
    await disarm(machine, folder, { clock: ports.clock, held: async () => await Promise.resolve() }).catch(() => undefined);
    throw error;
  }
}

async function planOf(tx: Transaction, { ledger, deploy, silentMs, target, commit }: Arming): Promise<WatchdogPlan> {
  const { environment, state } = tx;
  const { rollout, health } = settingsForTarget(environment, { ledger, deploy, target });
  const version = await expectedVersion(environment, commit);
  const project = health?.service === undefined ? undefined : (await projectContainers(environment, { commit, needed: true }))?.foundBy;
  const asked = health && askFor(health, version, { nameless: deploy.ran === "nameless", project });
  if (asked === undefined)
    throw new Failure(`The health check of ${shortCommit(commit)} is not one that the watchdog can ask.`, {
      code: "watchdog",
      hint: "It was confirmed with another one. Deploy once without `watchdog`, with a `health-url`.",
    });
  return {
    title: `The watchdog of deploy ${deploy.id} of ${environment.title}: back to ${shortCommit(commit)}.`,
    deploy: deploy.id,
    commit: deploy.commit,
    target: { commit, why: target.why, apart: target.apart !== undefined },
    folder: `${state.paths.watchdogs}/${deploy.id}`,
    paths: state.paths,
    holder: { id: environment.held.id ?? "none", owner: environment.owner.id },
    id: environment.ports.random(16),
    silentSeconds: Math.ceil(silentMs / 1000),
    app: await foreseeApp(environment, deploy, { target: commit, rollout }),
    database: await databaseOf(tx, deploy),
    health: asked,
  };
}

async function databaseOf(tx: Transaction, deploy: DeployRecord): Promise<DatabaseBack | undefined> {
  const { environment, state } = tx;
  const database = await environment.database();
  if (database === undefined) return undefined;
  const warm = warmOf(deploy);
  const { manifests } = await backupStore(environment, state).all();
  const savepoint = manifests.find(({ id }) => id === warm?.backup);
  if (warm === undefined || savepoint === undefined)
    throw new Failure("The copy of the savepoint that the watchdog would swap in was not kept.", {
      code: "watchdog",
      hint: "Somebody may have been in it. Deploy again: another one is made.",
    });
  return await foreseeDatabase(database, savepoint, warm.copy);
}

/** What scripts of long ago said is needed by nobody. */
async function thinOut({ environment: { machine }, state }: Transaction): Promise<void> {
  const folders = (await listFolder(machine, state.paths.watchdogs)).filter(({ kind }) => kind === "directory");
  for (const { name } of folders.toSorted((a, b) => b.modified - a.modified).slice(KEPT))
    await remove(machine, `${state.paths.watchdogs}/${name}`);
}
