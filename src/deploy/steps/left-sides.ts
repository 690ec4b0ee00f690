import type { Ledger } from "../../journal/ledger.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { sideMadeAt, sidesOf } from "../../postgres/side.ts";
import type { Environment } from "../environment/environment.ts";
import { warmOf } from "./warm.ts";

/** A copy that is kept warm, and that no line of the journal names any more, is left after this. Milliseconds. */
const UNKNOWN_AFTER = 24 * 3_600_000;

/**
 * Removes side databases that earlier steps left: of whatever deploy, and however that ended. A proof's maker may have been killed, or
 * the server may not have dropped its copy; whoever calls holds the lock, so no step lives that noted one. What was swapped in is not
 * called that any more.
 */
export async function dropLeftSides(environment: Environment, ledger: Pick<Ledger, "entries" | "open">): Promise<void> {
  // Where none is told by now, there is nothing to look in.
  const database = await environment.database();
  if (database === undefined) return;
  const there = await sidesOf(database, ["restore", "verify", "warm"]);
  const left = leftSides(ledger, { database: database.name, there, now: environment.ports.clock.now() });
  for (const side of left) await dropOrWarn(database, side, environment.ports.report);
}

/**
 * Which of the databases that are there are left. What an open deploy keeps warm stays. Only what is named as ours is: a step may have
 * meant to put a replaced database back, and the journal is a file on the host. Pure.
 */
export function leftSides(
  { entries, open }: Pick<Ledger, "entries" | "open">,
  { database, there, now }: { readonly database: string; readonly there: readonly string[]; readonly now: Date },
): readonly string[] {
  const noted = new Set(entries.flatMap((entry) => (entry.kind === "step.started" ? [entry.intent["side"]] : [])));
  const kept = warmOf(open)?.copy.name;
  const unknown = (side: string): boolean => {
    const made = sideMadeAt(database, side, ["warm"]);
    return made !== undefined && now.getTime() - made.getTime() > UNKNOWN_AFTER;
  };
  return there.filter((side) => side !== kept && (noted.has(side) || unknown(side)));
}
