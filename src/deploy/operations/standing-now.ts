import { damageOf } from "../lock/damaged-journal.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { changedSomething, type Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import type { Unwell } from "../../journal/unwell.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";
import { recoveryOf } from "../back/look-for-recovery.ts";
import { waysOfDeploy } from "../back/ways-of-deploy.ts";
import { waysTogether } from "../back/ways-together.ts";
import { waysWithoutHealth } from "../back/ways-without-health.ts";
import { type GoesOn, ownGoesOn } from "./goes-on.ts";
import { signsOf } from "../lock/signs.ts";
import { isLeft, type SchemaStanding, schemaStanding, unwellNow } from "../lock/standing.ts";
import { liveSchema } from "../environment/versions.ts";

/** Where an environment stands, as far as it can be seen without changing anything. */
export interface StandingNow {
  readonly ledger: Ledger;
  readonly lock: LockStatus;
  /** The commit that is checked out, where it runs. */
  readonly running: string | undefined;
  readonly schema: SchemaStanding & { readonly unreachable?: boolean };
  readonly unwell: Unwell | undefined;
  readonly damaged: ReturnType<typeof damageOf>;
  /** Whether code and schema are apart, with nothing open that would say so. */
  readonly apart: boolean;
  /** Where a deploy of this owner's is open: how it goes on. */
  readonly goesOn: GoesOn | undefined;
  /** Where the open deploy was left by its owner: what `recover` would do. */
  readonly recovery: Awaited<ReturnType<typeof recoveryOf>> | undefined;
  /** Whether nothing goes on without somebody who decides. */
  readonly needsAPerson: boolean;
  readonly headline: string;
}

export async function lookAtStanding(environment: Environment): Promise<StandingNow> {
  const { journal } = stateOf(environment);
  const ledger = await journal.read();
  const lock = await journal.lock.status();
  const head = await (await environment.clone())?.current();
  // What a rollback to nothing left checked out does not run.
  const running = ledger.nothingRuns && ledger.open === undefined ? undefined : head;
  const { open } = ledger;
  const schema = await schemaNow(environment, ledger, running);
  const signs = open && (await signsOf(environment, open, lock));
  const left = open !== undefined && signs !== undefined && isLeft(open, signs);
  const unwell = unwellNow(ledger, running);
  const apart = open === undefined && schema.is === "apart" && running !== undefined;
  const damaged = damageOf(environment, ledger);
  return {
    ledger,
    lock,
    running,
    schema,
    unwell,
    damaged,
    apart,
    goesOn: signs && (await ownGoesOn(environment, { ledger, lock, signs })),
    recovery: left && open !== undefined ? await recoveryOf(environment, ledger, open) : undefined,
    needsAPerson: left || apart || unwell !== undefined || schema.unreachable === true || damaged !== undefined,
    headline: damaged?.message ?? headlineOf(environment, ledger, { running, unwell }),
  };
}

/** How it can go on from there, the safest first. */
export async function waysNow(environment: Environment, now: StandingNow): Promise<readonly Way[]> {
  const { ledger, running, schema, unwell, damaged, apart } = now;
  const { open } = ledger;
  return [
    ...(damaged?.ways ?? []),
    ...(now.goesOn?.way === undefined ? [] : [now.goesOn.way]),
    ...(now.recovery?.ways ?? []),
    ...(open !== undefined && (open.end !== undefined || changedSomething(open))
      ? await waysOfDeploy(environment, ledger, open, { seen: true })
      : []),
    ...(unwell === undefined ? [] : await waysWithoutHealth(environment, ledger, { unwell, running })),
    ...(apart && running !== undefined
      ? waysTogether(environment, { running, of: schema.of, replaced: await replacedByHand(environment, ledger) })
      : []),
    ...(open === undefined ? ledger.pendingTags.slice(-1).map(({ commit }) => tagWay(environment, commit)) : []),
  ];
}

function headlineOf(
  environment: Environment,
  ledger: Ledger,
  { running, unwell }: { readonly running: string | undefined; readonly unwell: Unwell | undefined },
): string {
  const { open } = ledger;
  if (unwell !== undefined) return `${environment.title}: nothing is open; ${notWell(unwell, running)}`;
  if (open === undefined)
    return `${environment.title}: nothing is open; ${running === undefined ? unknown(ledger) : `${shortCommit(running)} runs`}`;
  if (open.end === undefined) return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} is open (${open.owner})`;
  return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} failed and blocks the next one: ${open.end.why}`;
}

/** What the live schema is; a database that does not answer is said in its place. */
async function schemaNow(
  environment: Environment,
  ledger: Ledger,
  running: string | undefined,
): Promise<SchemaStanding & { readonly unreachable?: boolean }> {
  try {
    return schemaStanding(ledger, { running, live: await liveSchema(environment) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const withheld = error.code === "database-withheld";
    return { is: "unknown", text: `could not be looked at: ${error.message}`, unreachable: !withheld };
  }
}

/** What the last restore by hand replaced, where that is what happened last and the database is still there. */
async function replacedByHand(environment: Environment, ledger: Ledger): Promise<string | undefined> {
  const done = ledger.deploys.at(-1)?.steps.findLast(({ step, state }) => step === "restore" && state === "done");
  const replaced = done?.result?.["replaced"];
  if (typeof replaced !== "string") return undefined;
  const there = await replacedDatabases(await databaseOf(environment));
  return there.some(({ name }) => name === replaced) ? replaced : undefined;
}

function tagWay(environment: Environment, commit: string): Way {
  return {
    command: nextCommand(environment, "mark-stable", ["--commit", commit, "--confirm", environment.name]),
    means: `Moves the stable tags to ${shortCommit(commit)}.`,
  };
}

/** `abc1234 is on, and it was not healthy when it was last asked`. */
function notWell({ how, deploy, commit }: Unwell, running: string | undefined): string {
  const on = commit ?? running;
  const name = on === undefined ? "what is on is not known" : `${shortCommit(on)} is on`;
  return how === "unhealthy"
    ? `${name}, and it was not healthy when it was last asked`
    : `${name}, and no health check has passed since deploy ${deploy} was ended as it stood`;
}

function unknown({ nothingRuns }: Ledger): string {
  return nothingRuns ? "nothing runs" : "what runs is not known";
}
