import { clauseOf, Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import { sameSchema } from "../environment/versions.ts";
import { settingsOfKept } from "./database-settings.ts";
import { type Decided, prepare, savepointOf } from "./decide-now.ts";
import { goDownOrWhyNot } from "./down.ts";
import type { DatabaseTaken } from "./request.ts";
import { swapIn } from "./swap.ts";
import { lookNow, say, type UnderWay } from "./under-way.ts";

const UNTOUCHED = { savepoint: undefined, replaced: undefined, blockedMs: 0, settings: [] };

/** Takes the database where it was decided that it goes. From where it is another one, the app is not started again on it. */
export async function takeDatabase(way: UnderWay, { look: { decision, live }, side }: Decided): Promise<DatabaseTaken> {
  switch (decision.action) {
    case "none":
    case "impossible":
      return { ...UNTOUCHED, database: "none" };
    case "kept":
      return { ...UNTOUCHED, database: "kept", settings: await settingsOfKept(way.tx.environment, way.request) };
    case "down":
      return await goDownOrRestore(way, decision.keep, live);
    case "restore":
      return await swap(way, side);
  }
}

async function goDownOrRestore(way: UnderWay, keep: readonly string[], live: SchemaView | undefined): Promise<DatabaseTaken> {
  const { tx, request, target, signal } = way;
  const expected = target.schema ?? request.savepoint?.schema;
  const trouble = await goDownOrWhyNot(tx, { keep, target, expected, signal });
  if (trouble === undefined) return { ...UNTOUCHED, database: "down", settings: await settingsOfKept(tx.environment, request) };
  await stayStoppedUnless(way, live);
  // Nothing is left but the savepoint.
  if (request.savepoint === undefined) throw trouble;
  say(way, `Going down did not lead back: ${clauseOf(trouble)}. Restoring the savepoint instead.`);
  const instead = { action: "restore", why: trouble.message, savepoint: request.savepoint } as const;
  const { side } = await prepare(way, { live: undefined, down: undefined, decision: instead });
  return await swap(way, side);
}

/** What ran on a schema is not started on one of which a part was taken down. */
async function stayStoppedUnless(way: UnderWay, same: SchemaView | undefined): Promise<void> {
  const start = way.startAgain;
  way.startAgain = undefined;
  const { live } = await lookNow(way);
  if (same !== undefined && live !== undefined && sameSchema(same, live)) way.startAgain = start;
}

async function swap(way: UnderWay, side: string | undefined): Promise<DatabaseTaken> {
  const savepoint = savepointOf(way);
  if (side === undefined) throw new Failure("There is no restored database to swap in.", { code: "unexpected", exit: 3 });
  const { settings } = savepoint;
  const shut = way.warm?.name === side ? way.warm : undefined;
  const swapped = await swapIn(way.tx, { side, shut, backup: savepoint.id, settings, signal: way.signal });
  const { replaced, blockedMs } = swapped;
  const { parts } = way;
  parts.swapped = true;
  way.startAgain = undefined;
  parts.replaced = replaced;
  parts.databases.push(`the replaced one is kept as ${replaced}`);
  say(way, `Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
  return { database: "restored", savepoint: savepoint.deploy ?? savepoint.id, ...swapped };
}
