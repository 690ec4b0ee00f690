import type { Manifest } from "../../backup/manifest.ts";
import { Failure } from "../../core/failure.ts";
import type { Look } from "./look.ts";
import { onlyCopyTells, prepareSide } from "./prepare-side.ts";
import { dropSide } from "./swap.ts";
import { nameOf, type Target } from "./target.ts";
import { lookNow, refuseImpossible, say, type UnderWay } from "./under-way.ts";
import { estimateRows, usableWarm } from "./warm-copy.ts";

/** What becomes of the database, and the copy that was restored beside it for that. */
export interface Decided {
  readonly look: Look;
  readonly side: string | undefined;
}

/** How all was found: the database, and where it goes as that was known then. */
export interface FirstLook {
  readonly look: Look;
  readonly target: Target;
}

/** The first look, and what it decides. */
export async function decideFirst(way: UnderWay): Promise<FirstLook> {
  const look = await lookNow(way);
  const { target } = way;
  say(way, `Target: ${nameOf(target)}: ${target.why}.`);
  refuseImpossible(way, look.decision);
  say(way, `Database: ${look.decision.action}, because ${look.decision.why}.`);
  return { look, target };
}

/** Restores beside, where that was decided; what the copy shows may decide otherwise. */
export async function prepare(way: UnderWay, look: Look): Promise<Decided> {
  if (look.decision.action !== "restore") return { look, side: undefined };
  const savepoint = savepointOf(way);
  // Nobody can look into what nobody can enter; and what has to be said first is refused below, with the counts.
  const unusable = onlyCopyTells(way.target, savepoint) || way.request.restoreMustBeSaid;
  way.warm = unusable ? undefined : await usableWarm(way, savepoint);
  if (way.warm !== undefined) {
    await estimateRows(way, savepoint);
    say(way, `The copy that proved ${savepoint.id} is still there, as ${way.warm.name}: it is swapped in.`);
    return { look, side: way.warm.name };
  }
  const prepared = await prepareSide(way.tx, {
    request: way.request,
    target: way.target,
    savepoint,
    touched: way.parts.touched,
    plannedSide: way.plannedSide,
    signal: way.signal,
    look: async (target) => {
      way.target = target;
      return await lookNow(way);
    },
  });
  if (prepared.look === undefined) return { look, side: prepared.side };
  say(way, `Compared with the savepoint's copy: ${prepared.look.decision.action}, because ${prepared.look.decision.why}.`);
  refuseImpossible(way, prepared.look.decision);
  return { look: prepared.look, side: prepared.side };
}

/** Once more, now that nothing writes: what was decided stands, or is decided anew. */
export async function decideAgain(way: UnderWay, decided: Decided): Promise<Decided> {
  const again = await lookNow(way);
  if (again.decision.action === decided.look.decision.action) return decided;
  say(way, `Looked again: ${again.decision.action}, because ${again.decision.why}.`);
  refuseImpossible(way, again.decision);
  // What was restored for the first look is not needed, or is needed only now.
  if (decided.side !== undefined) await dropSide(way.tx.environment, decided.side);
  return await prepare(way, again);
}

/** The savepoint that a decision to restore names. */
export function savepointOf({ request: { savepoint } }: UnderWay): Manifest {
  if (savepoint !== undefined) return savepoint;
  throw new Failure("The decision names a savepoint that is not there.", { code: "unexpected", exit: 3 });
}
