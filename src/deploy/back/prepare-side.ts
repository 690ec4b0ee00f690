import type { Manifest } from "../../backup/manifest.ts";
import type { SchemaView } from "../../core/history.ts";
import { isComparable } from "../../postgres/likeness.ts";
import { databaseOf } from "../environment/environment.ts";
import type { Target } from "./target.ts";
import type { Transaction } from "../lock/transaction.ts";
import { asRestored, compareSchemas, readSchemaView } from "../environment/versions.ts";
import type { Look } from "./look.ts";
import { impossibleRollback, restoreNotSaid } from "./impossible.ts";
import type { CarryOutRequest } from "./request.ts";
import { compareRowsIfReadable, describeRows } from "./rows.ts";
import { dropSide, planSide, restoreBesideLive } from "./swap.ts";

export interface SideRequest {
  readonly request: CarryOutRequest;
  readonly target: Target;
  readonly savepoint: Manifest;
  /** Whether anything of the user's may have been changed by now. */
  readonly touched: boolean;
  readonly plannedSide: string | undefined;
  readonly signal: AbortSignal;
  /** Looks again, for a target whose schema is known by now. */
  readonly look: (target: Target) => Promise<Look>;
}

export interface PreparedSide {
  /** Undefined where the copy showed that it is not needed. */
  readonly side: string | undefined;
  /** With the schema that the copy showed, where it was not known in a form that can be compared. */
  readonly target: Target;
  /** A second look, where the copy showed something. */
  readonly look: Look | undefined;
}

/**
 * Restores the savepoint beside the running database. Where an earlier version of Savepoint recorded the target's schema,
 * the copy tells what it is in this version's terms, and only then it is decided whether the copy is swapped in.
 * @throws Failure of code `restore-not-said` where it would be swapped in and that has to be said first.
 */
export async function prepareSide(tx: Transaction, about: SideRequest): Promise<PreparedSide> {
  const { environment } = tx;
  const { request, target, savepoint, signal } = about;
  const rows = describeRows(await compareRowsIfReadable(environment, await databaseOf(environment), { savepoint, signal }));
  const notSaid = restoreNotSaid({ savepoint: savepoint.id, rows, touched: about.touched });
  const known = !onlyCopyTells(target, savepoint);
  if (request.restoreMustBeSaid && known) throw notSaid;
  // Counted while the app still runs: it must not stand still for that. What is left behind is counted exactly afterwards.
  environment.ports.report.say(rows);
  const side = await environment.ports.report.step(
    `Restoring ${savepoint.id} beside the running database`,
    async () => {
      const planned = about.plannedSide ?? (await planSide(environment));
      return await restoreBesideLive(tx, savepoint, { signal, side: planned, foreign: false });
    },
    (name) => `restored into ${name} and compared`,
  );
  if (known) return { side, target, look: undefined };
  try {
    const shown = { ...target, schema: await targetSchema(tx, about, side) };
    const look = await about.look(shown);
    if (look.decision.action === "restore") {
      if (request.restoreMustBeSaid) throw notSaid;
      return { side, target: shown, look };
    }
    await dropSide(environment, side);
    return { side: undefined, target: shown, look };
  } catch (error) {
    await dropSide(environment, side);
    throw error;
  }
}

/** Whether the target's schema, or the savepoint's, was recorded in another way: what it is can be seen in the restored copy alone. */
export function onlyCopyTells(target: Target, savepoint: Manifest): boolean {
  return !isComparable(savepoint.schema.fingerprint) || (target.schema !== undefined && !isComparable(target.schema.fingerprint));
}

/** What the copy shows, which must not be another schema than the target is known to have. */
async function targetSchema(tx: Transaction, { request, target, savepoint, touched }: SideRequest, side: string): Promise<SchemaView> {
  const { environment } = tx;
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { admin: true, database: side, signal: environment.ports.signal });
  const copy = await readSchemaView(connection, environment.shared["history-tables"] ?? []);
  if (target.schema === undefined || compareSchemas(copy, asRestored(target.schema)) !== "different") return copy;
  throw impossibleRollback({
    why: `the savepoint ${savepoint.id} is on another schema than the target's`,
    others: [],
    broken: request.broken,
    touched,
  });
}

/** The target with the schema that its savepoint shows, where only that one can be compared. */
export function knownBySavepoint(target: Target, savepoint: Manifest | undefined): Target {
  if (savepoint === undefined || target.schema === undefined || isComparable(target.schema.fingerprint)) return target;
  const usable = isComparable(savepoint.schema.fingerprint) && compareSchemas(target.schema, savepoint.schema) === "unknown";
  return usable ? { ...target, schema: savepoint.schema } : target;
}
