import type { Ledger } from "../../journal/ledger.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { sidesOf } from "../../postgres/side.ts";
import type { Environment } from "../environment/environment.ts";
import { warmOf } from "./warm.ts";

/**
 * Removes side databases that earlier steps left: of whatever deploy, and however that ended. A proof's maker may have been killed, or
 * the server may not have dropped its copy; whoever calls holds the lock, so no step lives that noted one. What was swapped in is not
 * called that any more. What an open deploy keeps warm stays. Only what is named as ours are: a step may have meant to put a replaced database back, and the journal is a file on the host.
 */
export async function dropLeftSides(environment: Environment, { entries, open }: Pick<Ledger, "entries" | "open">): Promise<void> {
  const noted = entries.flatMap((entry) => (entry.kind === "step.started" ? [entry.intent["side"]] : []));
  const sides = new Set(noted.filter((side) => typeof side === "string"));
  sides.delete(warmOf(open)?.copy.name ?? "");
  if (sides.size === 0) return;
  // Where none is told by now, there is nothing to look in.
  const database = await environment.database();
  if (database === undefined) return;
  const there = new Set(await sidesOf(database, ["restore", "verify", "warm"]));
  for (const side of sides) if (there.has(side)) await dropOrWarn(database, side, environment.ports.report);
}
