import { messageOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { commandEnvironment, runHooks } from "../environment/hooks.ts";
import { sameSchema } from "../environment/versions.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import type { Transaction } from "../lock/transaction.ts";
import type { Decision } from "./decision.ts";
import { impossibleRollback } from "./impossible.ts";
import { type Look, lookAtDatabase } from "./look.ts";
import type { Parts } from "./parts.ts";
import type { CarryOutRequest } from "./request.ts";
import { schemaOwner, type Target } from "./target.ts";

/** A rollback that is being carried out: what it was told, and what has become true of it by now. */
export interface UnderWay {
  readonly tx: Transaction;
  readonly request: CarryOutRequest;
  readonly signal: AbortSignal;
  /** The name for the restored copy, journaled before. */
  readonly plannedSide: string | undefined;
  /** What a failed one tells its reader. Each act says as it goes what is true of its part. */
  readonly parts: Parts;
  /** Its schema may become known only on the way. */
  target: Target;
  /** While the app is stopped, and code and database are still what it ran on. */
  startAgain: (() => Promise<void>) | undefined;
  /** The copy that the deploy kept, where that is the one to be swapped in. */
  warm: ShutDatabase | undefined;
}

/** Looks at the database as it is now, and decides what is to become of it. */
export async function lookNow({ tx, request, target, parts }: UnderWay): Promise<Look> {
  const look = await lookAtDatabase(tx.environment, { ...request, target });
  if (look.unreadable !== undefined) parts.schema = `cannot be read (${look.unreadable})`;
  else if (look.live === undefined) parts.schema = "no database is configured";
  else if (target.schema && sameSchema(look.live, target.schema)) parts.schema = `${schemaOwner(target)}'s`;
  else parts.schema = `not ${schemaOwner(target)}'s`;
  return look;
}

/** What is true now of code and schema, as far as both can still be asked: for after a failure. */
export async function survey(way: UnderWay): Promise<void> {
  const { environment } = way.tx;
  try {
    const head = await (await environment.clone())?.current();
    if (head !== undefined) way.parts.code = shortCommit(head);
    await lookNow(way);
  } catch (error) {
    environment.ports.report.detail(`It could not be asked how things stand: ${messageOf(error)}`);
  }
}

/** @throws Failure of code `no-way-back` where nothing that was decided leads back. */
export function refuseImpossible({ request, parts }: UnderWay, decision: Decision): void {
  if (decision.action === "impossible") throw impossibleRollback({ ...decision, broken: request.broken, touched: parts.touched });
}

/** Tells the story's next line. */
export function say({ tx }: UnderWay, text: string): void {
  tx.environment.ports.report.say(text);
}

/** The user's own commands before and after; `previous` is what was checked out when it began. */
export async function runRollbackHooks(
  { tx, target, signal }: UnderWay,
  name: "before-rollback" | "after-rollback",
  previous: string | undefined,
): Promise<void> {
  const env = commandEnvironment(tx.environment, { commit: target.commit ?? "", previous, id: tx.deploy });
  await runHooks(tx.environment, name, { env, noteIn: tx.note(), signal });
}
