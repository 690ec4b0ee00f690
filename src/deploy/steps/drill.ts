import type { Manifest } from "../../backup/manifest.ts";
import { drillSide, dropLeftCopies } from "../../backup/left-sides.ts";
import { restoreToSide } from "../../backup/restore.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import { howItFailed } from "../../journal/how-it-failed.ts";
import { backupStore } from "./backup.ts";
import { noteProof } from "./restore-proofs.ts";

/** Restores a backup into a side database, compares it, and removes it again. The live database is not touched. */
export async function drill(
  environment: Environment,
  source: { readonly manifest: Manifest; readonly foreign: boolean },
): Promise<Drilled> {
  const backup = source.manifest.id;
  try {
    const drilled = await restoreAndDrop(environment, source);
    environment.notify({ kind: "drill.done", backup });
    return drilled;
  } catch (error) {
    environment.notify({ kind: "drill.failed", backup, ...howItFailed(error, environment.ports.signal) });
    throw error;
  }
}

interface Drilled {
  readonly side: string;
  readonly uncompared: readonly string[];
}

async function restoreAndDrop(
  environment: Environment,
  { manifest, foreign }: { readonly manifest: Manifest; readonly foreign: boolean },
): Promise<Drilled> {
  const { ports } = environment;
  const state = stateOf(environment);
  const database = await databaseOf(environment);
  const now = ports.clock.now();
  for (const name of await dropLeftCopies(database, ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
  const side = drillSide(database.name, now);
  const { uncompared } = await ports.report.step(
    `Restoring ${manifest.id} into ${side}`,
    async () => {
      const restored = await restoreToSide({ database, store: backupStore(environment, state), manifest, side, foreign, ports });
      await dropOrWarn(database, side, ports.report);
      // Copies that could not be compared as a whole prove nothing.
      if (restored.uncompared.length === 0) await noteProof(environment, manifest, restored.durationMs);
      return restored;
    },
    () => "restored, compared and removed",
  );
  return { side, uncompared };
}
