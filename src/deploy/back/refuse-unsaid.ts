import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import { Failure, messageOf, refusal } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { missingIn } from "../call/confirmation.ts";
import { backedUpApart } from "./backed-up-apart.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import type { NamedTarget } from "./named-target.ts";
import { placeOf, type Target } from "./target.ts";
import { asSavepoint } from "./ways-of-deploy.ts";
import type { RollbackSettings } from "../call/sections.ts";
import { type Look, lookAtDatabase } from "./look.ts";
import { impossibleRollback } from "./impossible.ts";
import { onlyCopyTells } from "./prepare-side.ts";
import { compareRowsIfReadable, describeRows } from "./rows.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { rankWays, type WaysFacts } from "./ways.ts";

/** A rollback by hand with nothing open, as it was asked for. */
export interface Asked {
  readonly ledger: Ledger;
  readonly settings: RollbackSettings;
  /** Where it goes, or why it cannot go anywhere. */
  readonly chosen: NamedTarget | Failure;
  readonly manifests: readonly Manifest[];
}

/**
 * Refuses a rollback by hand that has not been told all it needs: confirmation, reason, and, where it would restore, that it
 * shall. All of it at once, with the counts and the whole commands. It reads only, so that a refusal touches nothing.
 */
export async function refuseUnsaid(environment: Environment, asked: Asked): Promise<void> {
  const { settings, chosen } = asked;
  const { name } = environment;
  const { sentences: missing, hints } = missingIn(settings, { name, what: "A rollback by hand" });
  // Where there is nothing to go back to, no word that is missing would help. Who typed another name may mean that environment.
  const elsewhere = settings.confirm !== undefined && settings.confirm !== name;
  if (chosen instanceof Failure && (missing.length === 0 || (settings.to === undefined && !elsewhere))) throw chosen;
  const looked = await lookOrNot(environment, asked, missing.length > 0);
  const decision = looked?.look.decision;
  if (missing.length === 0 && decision?.action === "impossible") {
    throw impossibleRollback({ ...decision, broken: [], touched: false }).with({ exit: 2, ways: waysFor(environment, asked, looked) });
  }
  // Where only the copy tells whether it would, that is looked at later, and asked then.
  const open = !(chosen instanceof Failure) && looked?.savepoint !== undefined && onlyCopyTells(chosen.target, looked.savepoint);
  const restores = decision?.action === "restore" && settings.database === "auto" && !open;
  if (missing.length === 0 && !restores) return;
  const evidence = restores && looked?.savepoint !== undefined ? await counts(environment, looked.savepoint) : [];
  const plan =
    chosen instanceof Failure || looked === undefined ? [] : planBlocks(await runningOn(environment), chosen.target, looked.look);
  throw refusal([...missing, ...(restores ? [RESTORE_NOT_SAID] : []), "Nothing was touched."].join(" "), {
    code: restores ? "restore-not-said" : "not-confirmed",
    evidence: chosen instanceof Failure ? [chosen.message, ...chosen.evidence] : evidence,
    hint: [...hints, ...(restores ? [howToSay(looked?.savepoint)] : [])].join("\n"),
    // Who typed another environment's name may mean that one: nothing is offered to be pasted.
    ways: elsewhere ? [] : waysFor(environment, asked, looked),
    blocks: plan,
  });
}

async function runningOn(environment: Environment): Promise<string | undefined> {
  return await (await environment.clone())?.current();
}

/** What a rollback would do, for whoever has to say that it shall. */
export function planBlocks(running: string | undefined, target: Target, { decision }: Pick<Look, "decision">): readonly Block[] {
  return [
    { kind: "text", text: `On the host now: ${running ?? "not known (no app-dir)"}.` },
    { kind: "text", text: `Target: ${target.commit ?? "nothing"}: ${target.why}.` },
    { kind: "text", text: `Database: ${decision.action}, because ${decision.why}.` },
    ...(target.apart === "as-backed-up" && target.commit !== undefined
      ? [{ kind: "text" as const, text: `Of this backup is known: ${backedUpApart(target.commit)}.` }]
      : []),
  ];
}

const RESTORE_NOT_SAID = "The database would be restored to the savepoint, and that was not said.";

function howToSay(savepoint: Manifest | undefined): string {
  return `Say \`database: restore\` to go back to ${savepoint?.id} (the live one is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`;
}

export interface Looked {
  readonly look: Look;
  readonly savepoint: Manifest | undefined;
}

/** With something unsaid already, a database that does not answer is no reason to keep that back. */
async function lookOrNot(environment: Environment, asked: Asked, tolerant: boolean): Promise<Looked | undefined> {
  const { ledger, settings, chosen, manifests } = asked;
  if (ledger.open !== undefined || chosen instanceof Failure) return undefined;
  const savepoint = chosen.savepoint ?? savepointFor(manifests, undefined, chosen.target, ledger);
  try {
    const look = await lookAtDatabase(environment, {
      target: chosen.target,
      wish: settings.database,
      preferDown: settings["prefer-down"],
      savepoint,
      others: manifests,
      deploy: undefined,
    });
    return { look, savepoint };
  } catch (error) {
    if (!tolerant || !(error instanceof Failure)) throw error;
    environment.ports.report.detail(`What becomes of the database could not be looked at: ${messageOf(error)}`);
    return undefined;
  }
}

async function counts(environment: Environment, savepoint: Manifest): Promise<readonly string[]> {
  const rows = await compareRowsIfReadable(environment, await databaseOf(environment), { savepoint, signal: environment.ports.signal });
  return describeRows(rows).split("\n");
}

/** The whole commands: what is asked for, or what can be said of the database. */
export function waysFor(
  environment: Environment,
  { ledger, settings, chosen, manifests }: Asked,
  looked: Looked | undefined,
): readonly Way[] {
  if (chosen instanceof Failure) return chosen.ways;
  const { target } = chosen;
  const name = placeOf(target);
  const action = looked?.look.decision.action;
  const facts: WaysFacts = {
    place: environment,
    reason: settings.reason ?? `back to ${name} by hand`,
    deploy: undefined,
    target: name,
    to: settings.to,
    database: looked !== undefined && action !== "none",
    differs: target.schema !== undefined,
    down: looked?.look.down,
    savepoint: looked?.savepoint && asSavepoint(ledger, looked.savepoint),
    others: manifests.toSorted(newestFirst).map((one) => asSavepoint(ledger, one)),
    tried: action === "impossible" ? [{ to: settings.to, database: settings.database, code: "no-way-back" }] : [],
    mustBeSaid: action === "restore" || action === "impossible",
  };
  return rankWays(facts);
}
