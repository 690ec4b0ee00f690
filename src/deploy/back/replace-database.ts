import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import { NOT_CHECKED } from "../../journal/unwell.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import type { Standstill } from "../../rollout/standstill.ts";
import { rollbackCommand } from "../call/next-command.ts";
import { readHealthSettings, withoutForeign } from "../environment/known-health.ts";
import type { Transaction } from "../lock/transaction.ts";
import { asRestored, compareSchemas, liveSchema, sameSchema } from "../environment/versions.ts";
import { App } from "./app.ts";
import { awayFor, standstillOf } from "../steps/downtime.ts";
import { askHealth, describeHealth, expectedVersion, unhealthy } from "../steps/gate.ts";
import type { RestoredByHand, RestoreSource } from "./request.ts";
import { SWAP_UNKNOWN } from "../../postgres/swap-outcome.ts";
import { compareRowsIfReadable, describeRows, rowsTold } from "./rows.ts";
import { settingsOfReplaced } from "./database-settings.ts";
import { orStartAgain } from "./start-again.ts";
import { planSide, readyFor, restoreBesideLive, swapIn } from "./swap.ts";

/**
 * Puts a backup, or a replaced database, in the live one's place: beside first, then stop, swap, start, health.
 * `touched.app` becomes true before the app is stopped. Where the swap fails, the app is started again on what it had.
 */
export async function replaceDatabase(tx: Transaction, source: RestoreSource, touched = { app: false }): Promise<RestoredByHand> {
  const { environment } = tx;
  const database = await databaseOf(environment);
  const backup = source.kind === "backup" ? source.manifest.id : source.database;
  const side = source.kind === "backup" ? await planSide(environment) : source.database;
  return await tx.step("restore", { title: `Restoring ${backup} over ${database.name}`, intent: { backup, side } }, async (signal) => {
    const orDrop = async <T>(body: () => Promise<T>): Promise<T> => {
      try {
        return await body();
      } catch (error) {
        // A replaced database that was to come back stays what it was: replaced.
        if (source.kind === "backup" && !(error instanceof Cancelled) && !isUnknown(error))
          await dropOrWarn(database, side, environment.ports.report);
        throw error;
      }
    };
    if (source.kind === "backup") await restoreBesideLive(tx, source.manifest, { signal, side, foreign: source.foreign });
    // Counted while the app still runs: it must not stand still for that. What is left behind is counted exactly afterwards.
    if (source.kind === "backup")
      environment.ports.report.say(
        describeRows(await compareRowsIfReadable(environment, database, { savepoint: source.manifest, signal })),
      );
    const { app, commit } = await appOf(tx, signal);
    await orDrop(async () => await readyFor("restore", environment, signal));
    touched.app = true;
    const standstill = await standstillOf(tx);
    const settings = source.kind === "backup" ? source.manifest.settings : await settingsOfReplaced(tx, side);
    const start = async (): Promise<void> => await app.start(commit);
    const swapped = await orStartAgain((await app.stops(commit)) ? start : undefined, async () => {
      return await orDrop(async () => {
        await app.stop(commit);
        return await swapIn(tx, { side, backup, settings, signal });
      });
    });
    const { replaced, blockedMs } = swapped;
    environment.ports.report.say(`Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
    const rest = await afterSwap(replaced, async () => {
      await app.start(commit);
      const health = await checkHealthAfter(environment, signal, standstill);
      const rows =
        source.kind === "backup"
          ? await compareRowsIfReadable(environment, database, { savepoint: source.manifest, signal, database: replaced })
          : [];
      return { rows, health, ...(await schemaAfter(tx, source)) };
    });
    const { downtime } = standstill;
    const done: RestoredByHand = { database: database.name, ...swapped, downtime, ...rest };
    return {
      value: done,
      result: { backup, replaced, rows: rowsTold(rest.rows), blockedMs, health: done.health, ...(downtime && { downtime }) },
      headline: `swapped in ${formatDuration(blockedMs)}, the replaced one is ${replaced}${awayFor(downtime)}`,
    };
  });
}

/** Whether it is not known that the side is still one. */
function isUnknown(error: unknown): boolean {
  return error instanceof Failure && error.code === SWAP_UNKNOWN;
}

/** The database is another one by now, whatever fails behind the swap: that needs a person, and the replaced one's name. */
async function afterSwap<T>(replaced: string, rest: () => Promise<T>): Promise<T> {
  try {
    return await rest();
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const failure = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error });
    throw failure.with({
      exit: 3,
      outputs: { ...failure.outputs, "replaced-database": replaced },
      state: [...failure.state, `database: restored; the replaced one is kept as ${replaced}`],
    });
  }
}

/** The app's own commands around the swap, as the journal or this call knows them. */
async function appOf(tx: Transaction, signal: AbortSignal): Promise<{ readonly app: App; readonly commit: string }> {
  const clone = await tx.environment.clone();
  const settings = tx.environment.settingsOf(rolloutSection);
  return { app: new App(tx, { clone, settings: { stop: settings, start: settings }, signal }), commit: (await clone?.current()) ?? "" };
}

async function checkHealthAfter(environment: Environment, signal: AbortSignal, standstill: Standstill): Promise<string> {
  const health = withoutForeign(environment, readHealthSettings(environment.settings));
  if (health === undefined) {
    environment.ports.report.warning("Health not checked: no health settings are known.");
    return NOT_CHECKED;
  }
  const commit = await (await environment.clone())?.current();
  const verdict = await askHealth(
    environment,
    health,
    commit === undefined ? undefined : await expectedVersion(environment, commit),
    signal,
  );
  if (verdict.state === "failing") throw unhealthy(verdict).with({ exit: 3 });
  standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
  const healthy = describeHealth(verdict);
  environment.ports.report.say(`The app is ${healthy}.`);
  return healthy;
}

/** What the restored schema is to the version that runs. */
async function schemaAfter(tx: Transaction, source: RestoreSource): Promise<Pick<RestoredByHand, "schema" | "apart">> {
  const { environment } = tx;
  const running = await (await environment.clone())?.current();
  const { schemas } = await tx.state.journal.read();
  const expected = running === undefined ? undefined : schemas.get(running);
  const live = await liveSchema(environment);
  if (running === undefined || expected === undefined || live === undefined) return { schema: "unknown", apart: undefined };
  const likeness = compareSchemas(live, source.kind === "backup" ? asRestored(expected) : expected);
  if (likeness === "same") return { schema: "proven", apart: undefined };
  if (likeness === "unknown") {
    environment.ports.report.warning(
      `Whether the restored schema is the one of ${shortCommit(running)} cannot be told: another version of Savepoint, or of PostgreSQL, recorded that one in its own way.`,
    );
    return { schema: "unknown", apart: undefined };
  }
  return { schema: "apart", apart: apartness(environment, { running, from: versionOf(source, schemas, { running, live }) }) };
}

/** The version whose schema was restored: by what was seen, else as the backup says. */
function versionOf(
  source: RestoreSource,
  schemas: ReadonlyMap<string, SchemaView>,
  { running, live }: { readonly running: string; readonly live: SchemaView },
): string | undefined {
  const seen = [...schemas].findLast(([, schema]) => sameSchema(schema, live))?.[0];
  const from = seen ?? (source.kind === "backup" ? source.manifest.from : undefined);
  return from === running ? undefined : from;
}

function apartness(
  environment: Environment,
  { running, from }: { readonly running: string; readonly from: string | undefined },
): RestoredByHand["apart"] {
  return {
    why: `the restored schema is not the one that ${shortCommit(running)} was seen on`,
    running,
    schemaOf: from === undefined ? "another version's" : `${shortCommit(from)}'s`,
    ways:
      from === undefined
        ? []
        : [
            {
              command: rollbackCommand(environment, "code to the restored schema", ["--to", from, "--database", "keep"]),
              means: `Takes the code to ${shortCommit(from)}, whose schema it is, and leaves the database as it is now.`,
            },
          ],
  };
}
