import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { dropOrWarn, isSideOf, sidesOf } from "../../postgres/side.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";

/**
 * Removes side databases that a killed rollback or restore left; what was swapped in is not called that any more. Only what is named as
 * ours are: a step may have meant to put a replaced database back, and the journal is a file on the host.
 */
export async function dropLeftSides(
  environment: Environment,
  ledger: Pick<Ledger, "entries">,
  deploy: DeployRecord | undefined,
): Promise<void> {
  const noted = [...(deploy?.steps ?? []).map(({ intent }) => intent["side"]), ...sidesBesideDeploys(ledger)];
  const sides = new Set(noted.filter((side) => typeof side === "string"));
  if (sides.size === 0) return;
  const database = await databaseOf(environment);
  const there = new Set(await sidesOf(database, "(?:restore|verify)"));
  for (const side of sides)
    if (isSideOf(database.name, side) && there.has(side)) await dropOrWarn(database, side, environment.ports.report);
}

/** A restore by hand where no app is known is no deploy, and its side stands with its step alone. */
function sidesBesideDeploys({ entries }: Pick<Ledger, "entries">): readonly unknown[] {
  return entries.flatMap((entry) =>
    entry.kind === "step.started" && entry.step === "restore" && entry.deploy === undefined ? [entry.intent["side"]] : [],
  );
}
