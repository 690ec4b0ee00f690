import * as v from "valibot";
import { clauseOf, Failure, refusal } from "../../core/failure.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { sidesOf } from "../../postgres/side.ts";
import type { BackupSettings } from "../call/sections.ts";
import type { Environment } from "../environment/environment.ts";
import type { Transaction } from "../lock/transaction.ts";
import { isLockLost } from "../state/held-lock.ts";

const journaled = v.object({ backup: v.string(), warm: v.object({ name: v.string(), oid: v.string(), row: v.string() }) });

/** The copy of its savepoint that a deploy, open or failed and not yet ended, keeps for an instant rollback, as its journal says. */
export function warmOf(deploy: DeployRecord | undefined): { readonly backup: string; readonly copy: ShutDatabase } | undefined {
  if (deploy === undefined || deploy.end?.blocks === false) return undefined;
  const last = deploy.steps.findLast(({ step, state }) => step === "backup" && state === "done");
  const found = v.safeParse(journaled, last?.result);
  return found.success ? { backup: found.output.backup, copy: found.output.warm } : undefined;
}

/** Only a copy that was restored is one to keep. */
export function refuseUnrestoredWarm({ warm, verify }: Pick<BackupSettings, "warm" | "verify">): void {
  if (!warm || verify !== "read") return;
  throw refusal("`warm` keeps the copy that a restore made, and `verify: read` restores none. Nothing was touched.", {
    code: "inputs",
    hint: "Say `verify: restore`, or leave `verify` out.",
  });
}

/** Drops what an open deploy keeps: it ends, and needs it no more. */
export async function dropWarm(tx: Transaction): Promise<void> {
  if (tx.deploy !== undefined) await dropWarmOf(tx.environment, await tx.record());
}

/**
 * The same of a deploy as it was read, with what a backup of it kept that was another's before, or failed behind that. What was
 * swapped in is not called that any more. Nothing fails because it cannot be asked for: the next deploy drops what is left.
 */
export async function dropWarmOf(environment: Environment, { steps }: Pick<DeployRecord, "steps">): Promise<void> {
  const noted = steps.map(({ intent }) => intent["side"]).filter((side) => typeof side === "string" && side.includes("_warm_"));
  if (noted.length === 0) return;
  try {
    const database = await environment.database();
    if (database === undefined) return;
    // The journal is a file on the host: only what is named as ours is dropped.
    for (const name of await sidesOf(database, ["warm"]))
      if (noted.includes(name)) await dropOrWarn(database, name, environment.ports.report);
  } catch (error) {
    if (!(error instanceof Failure) || isLockLost(error)) throw error;
    environment.ports.report.warning(`A copy of the savepoint may be left (${clauseOf(error)}). The next deploy drops it.`);
  }
}
