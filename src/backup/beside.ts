import { Failure } from "../core/failure.ts";
import { formatSize } from "../core/format.ts";
import { paceOf } from "../core/pace.ts";
import type { Ports } from "../core/ports.ts";
import { withProgress } from "../core/progress.ts";
import type { Connection } from "../postgres/connection.ts";
import { lendSettings } from "../postgres/lent-settings.ts";
import type { DatabaseSettings } from "../postgres/database-settings.ts";
import type { Database } from "../postgres/database.ts";
import type { Likeness } from "../postgres/likeness.ts";
import { type PathDependent, pathDependent } from "../postgres/search-path.ts";
import { dropDatabase, dropOrWarn } from "../postgres/drop-database.ts";
import { warnOfLacking } from "../postgres/hanging-on-extensions.ts";
import { createSide } from "../postgres/side.ts";
import { differences, schemaLikeness, type SequenceKinds } from "./compare.ts";
import { dropWhatWasNot } from "./bare.ts";
import { FAILED_TOGETHER } from "./fill.ts";
import type { BackupSource, MachineFile, RestoreJob } from "./source.ts";
import { type Facts, readFacts } from "./facts.ts";
import { together } from "./together.ts";

/** The code of a restore whose own sessions blocked each other. */
const DEADLOCKED = "restore-deadlocked";

export type BackupPorts = Pick<Ports, "clock" | "report" | "signal">;

export interface BesideRequest {
  readonly database: Database;
  /** The name of the database to make. */
  readonly side: string;
  readonly dump: MachineFile;
  /** What it was taken with. */
  readonly source: BackupSource;
  readonly writtenBy: number | undefined;
  /** What the copy must hold; undefined where nothing is known, and then nothing is compared. */
  readonly expected: Facts | undefined;
  /** The settings that the database lived with, where they are known. */
  readonly settings: DatabaseSettings | undefined;
  readonly ports: BackupPorts;
  readonly noteIn?: string | undefined;
}

/** A copy that was restored beside the live database, compared, and is dropped again unless it is kept. */
export interface Beside extends AsyncDisposable {
  readonly name: string;
  /** The copy's schema against the expected one; undefined where nothing was expected. */
  readonly schema: Likeness | undefined;
  keep(): void;
}

/**
 * Restores a dump into a database of its own, makes its statistics, and compares it. The live database is only looked
 * at from outside. Whatever fails, the copy is dropped.
 * @throws Failure of code `differs` with the first differences as evidence.
 */
export async function restoreBeside(request: BesideRequest): Promise<Beside> {
  const { database, side, ports } = request;
  await createSide(database, side);
  let kept = false;
  const copy = {
    name: side,
    keep: () => void (kept = true),
    [Symbol.asyncDispose]: async () => {
      if (!kept) await dropOrWarn(database, side, ports.report);
    },
  };
  try {
    return { ...copy, schema: await fillInPeace(request) };
  } catch (error) {
    // The first error is the one to be told: that cleaning up failed too is a warning.
    await copy[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A restore by several sessions may block itself, or come to a statement before what that needs: pg_dump notes no order for some
 * (a trigger that is switched off on a partition alone). That is no fault of the dump: once more, in a copy of its own and in one session.
 */
async function fillInPeace(request: BesideRequest): Promise<Likeness | undefined> {
  const { database, side, ports } = request;
  try {
    return await fillAndCompare(request);
  } catch (error) {
    if (!(error instanceof Failure && (error.code === DEADLOCKED || error.code === FAILED_TOGETHER))) throw error;
    const why = error.code === DEADLOCKED ? "blocked each other (a deadlock)" : "did not come to an end together";
    ports.report.say(`The sessions of pg_restore ${why}: restoring once more, in one session.`);
    for (const line of error.code === DEADLOCKED ? [] : error.evidence) ports.report.detail(line);
    await dropDatabase(database, side);
    await createSide(database, side);
    return await fillAndCompare(request, 1);
  }
}

async function fillAndCompare(
  { database, side, dump, source, writtenBy, expected, settings, ports, noteIn }: BesideRequest,
  jobs?: number,
): Promise<Likeness | undefined> {
  const { signal } = ports;
  const session = await lendSettings(database, side, settings);
  await using connection = await database.connect("restore", { admin: true, database: side, signal });
  const [role] = await connection.query<{ superuser: boolean }>("SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user");
  const job = {
    database,
    side,
    dump,
    writtenBy,
    serverVersion: connection.serverVersion,
    superuser: role?.superuser === true,
    jobs,
    session,
    noteIn,
    signal,
  };
  await withProgress(ports, fillProgress(connection, database.name, ports), async () => await fillOrWhoBlocked(source, job, connection));
  // A copy without statistics would be slow from its first moment on.
  const [, schema] = await together(signal, [
    async (joined) => await analyze({ database, side, ports }, joined),
    async () => (expected === undefined ? undefined : await compare(connection, side, expected)),
  ]);
  if (expected?.hanging !== undefined) await warnOfLacking(connection, expected.hanging, ports.report);
  return schema;
}

/** The sessions of one pg_restore may block each other, each with a lock that the other waits for; the server then ends one. */
async function fillOrWhoBlocked(source: BackupSource, job: RestoreJob, connection: Connection): Promise<void> {
  try {
    await fillOrWhyNot(source, job);
  } catch (error) {
    if (!(error instanceof Failure && error.code === FAILED_TOGETHER)) throw error;
    throw (await countsDeadlock(connection)) ? error.with({ code: DEADLOCKED }) : error;
  }
}

/** A session tells its deadlocks when it ends, which may be a moment after the tool did. */
async function countsDeadlock(connection: Connection): Promise<boolean> {
  for (let look = 0; look < 5; look += 1) {
    const [row] = await connection.query<{ deadlocks: bigint }>(
      "SELECT pg_stat_get_db_deadlocks(oid) AS deadlocks, pg_sleep($1) FROM pg_database WHERE datname = current_database()",
      [look === 0 ? 0 : 0.2],
    );
    if ((row?.deadlocks ?? 0n) > 0n) return true;
  }
  return false;
}

/** How much of the live database's size the copy has by now: indexes come last. */
function fillProgress(connection: Connection, live: string, { clock }: Pick<Ports, "clock">): () => Promise<string | undefined> {
  const began = clock.now().getTime();
  let before: number | undefined;
  return async () => {
    const [row] = await connection.query<{ copy: bigint; live: bigint }>(
      "SELECT pg_database_size(current_database()) AS copy, (SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1) AS live",
      [live],
    );
    if (row === undefined) return undefined;
    const [copy, whole] = [Number(row.copy), Number(row.live)];
    // What an empty database has is nothing that was restored.
    before ??= copy;
    const pace = paceOf({ bytes: copy - before, of: whole - before, ms: clock.now().getTime() - began });
    return `restored ${formatSize(copy)}; the live database has ${formatSize(whole)}, ${pace}`;
  };
}

/**
 * Only what was restored: of the cluster's own tables, which a bare ANALYZE names one by one, the server would complain in its
 * log. Not what has foreign tables below it: those would be read where they are. That statistics cannot be made is no fault of
 * the copy: the server makes them in its own time.
 */
async function analyze({ database, side, ports }: Pick<BesideRequest, "database" | "side" | "ports">, signal: AbortSignal): Promise<void> {
  await using connection = await database.connect("restore", { admin: true, database: side, signal });
  const tables = await connection.query<{ name: string }>(
    // A partition goes with the table that it is part of.
    `WITH RECURSIVE below (above, relid) AS (
       SELECT inhparent, inhrelid FROM pg_inherits UNION SELECT b.above, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.relid),
     elsewhere AS (SELECT b.above FROM below b JOIN pg_class f ON f.oid = b.relid WHERE f.relkind = 'f')
     SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.oid NOT IN (SELECT above FROM elsewhere)
       AND NOT (c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND i.inhparent NOT IN (SELECT above FROM elsewhere)))
     ORDER BY c.relpages DESC`,
  );
  try {
    if (tables.length > 0) await connection.exec(`ANALYZE ${tables.map(({ name }) => name).join(", ")}`);
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted) throw error;
    ports.report.detail(`The copy's statistics could not be made: ${error.message}`);
  }
}

/** A whole dump that cannot be restored: the live database still has what the copy failed to get, so it is asked for the cause. */
async function fillOrWhyNot(source: BackupSource, job: RestoreJob): Promise<void> {
  try {
    await source.restore(job);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "restore-failed")) throw error;
    const found = await pathDependentIn(job.database);
    if (found.length === 0) throw error;
    throw error.with({
      evidence: [
        ...error.evidence,
        ...found.map(({ function: name, usedBy }) => `${name}, used by ${usedBy.join(", ")}, needs a search path`),
      ],
      hint: `A restore has no search path, and these functions find their tables by it alone. In the live database: ${found.map(({ fix }) => fix).join(" ")} Then back up again: this backup cannot be restored.`,
    });
  }
}

/** None where it cannot be asked: the error that is there already is the one to be told. */
async function pathDependentIn(database: Database): Promise<readonly PathDependent[]> {
  try {
    await using live = await database.connect("restore", { admin: true });
    return await pathDependent(database, live);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

const UNRELIABLE = "The copy was dropped and the live database was not touched: do not rely on this backup, take or choose another.";

/** Where nothing but the schema differs, the next backup of it will differ alike. */
const UNDUMPED =
  "The copy was dropped and the live database was not touched. What is named is what PostgreSQL's own tools do not bring back as it is, and each backup of this schema will differ in the same way: change it in the live database, to what a restore makes of it or away, and back up again.";

async function compare(connection: Connection, side: string, expected: Facts): Promise<Likeness> {
  let actual = await readFacts(connection, { listing: expected.listing !== undefined });
  if (schemaLikeness(expected, actual) === "different" && (await dropWhatWasNot(connection, expected.fingerprint)))
    actual = await readFacts(connection, { listing: expected.listing !== undefined });
  const found = differences(expected, actual, await sequenceKinds(connection));
  if (found.length === 0) return schemaLikeness(expected, actual);
  throw new Failure(`The restored copy ${side} differs from what was backed up: ${found[0]}.`, {
    code: "differs",
    evidence: found.slice(1),
    hint: expected.listing !== undefined && !found.some((one) => /^(?:rows|sequence)\b/.test(one)) ? UNDUMPED : UNRELIABLE,
  });
}

async function sequenceKinds(connection: Connection): Promise<SequenceKinds> {
  const rows = await connection.query<{ name: string; descending: boolean; cycle: boolean }>(
    "SELECT format('%I.%I', schemaname, sequencename) AS name, increment_by < 0 AS descending, cycle FROM pg_sequences WHERE increment_by < 0 OR cycle",
  );
  const names = (wanted: (row: (typeof rows)[number]) => boolean): ReadonlySet<string> =>
    new Set(rows.filter(wanted).map((row) => row.name));
  return { descending: names((row) => row.descending), cycling: names((row) => row.cycle) };
}
