import * as v from "valibot";
import { refusal } from "../../core/failure.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import { dropOrWarn, sidesOf } from "../../postgres/side.ts";
import type { BackupSettings } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";

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

/** Drops what an open deploy keeps: it ends, and needs it no more. What was swapped in is not called that any more. */
export async function dropWarm(tx: Transaction): Promise<void> {
  if (tx.deploy === undefined) return;
  const warm = warmOf(await tx.record());
  if (warm === undefined) return;
  const database = await tx.environment.database();
  // The journal is a file on the host: only what is named as ours is dropped.
  if (database === undefined || !(await sidesOf(database, ["warm"])).includes(warm.copy.name)) return;
  await dropOrWarn(database, warm.copy.name, tx.environment.ports.report);
}
