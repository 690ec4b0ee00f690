import type { Ports } from "../../core/ports.ts";
import type { Database } from "../../postgres/database.ts";
import { wholeListing } from "../../postgres/fingerprint.ts";
import { applyMigrations } from "../apply.ts";
import { downMigrations } from "../down.ts";
import { readHistory } from "../history.ts";
import type { Migration } from "../migration.ts";
import type { StatementLimits } from "../transaction.ts";
import { migrationsOf } from "./from-history.ts";
import { type TracedLock, LockTrace } from "./lock-trace.ts";
import { type SchemaDifference, schemaDifferences } from "./schema-differences.ts";
import { makeThrowaway } from "./throwaway.ts";

export interface ValidateRequest {
  /** Names the server. What is in it is only read, and only for drift. */
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly limits: StatementLimits;
  readonly ports: Pick<Ports, "clock" | "random" | "report" | "signal">;
  readonly appliedBy: string;
  /** Runs on the database when all is up again. Throws where it fails. */
  readonly test?: ((database: Database) => Promise<void>) | undefined;
  /** Whether the named database is compared with what its own history makes. */
  readonly drift: boolean;
}

export interface Validated {
  readonly serverVersion: number;
  readonly migrations: readonly ValidatedMigration[];
  /** The last one that cannot go down, and why: it and those before it were not taken back. */
  readonly floor: { readonly version: string; readonly why: string } | undefined;
  /** After all DOWN, beside what was there before UP. Where there is any, nothing went up again and no test ran. */
  readonly afterDown: readonly SchemaDifference[];
  /** After the second UP, beside the first. */
  readonly afterAgain: readonly SchemaDifference[];
  /** The named database, beside what its history makes; undefined where that was not asked. */
  readonly drift: readonly SchemaDifference[] | undefined;
  readonly tested: boolean;
}

/** Times are milliseconds; undefined where it did not run. */
export interface ValidatedMigration {
  readonly version: string;
  readonly description: string;
  readonly upMs: number | undefined;
  readonly downMs: number | undefined;
  readonly againMs: number | undefined;
  /** Undefined where it does not run in one transaction. */
  readonly locks: readonly TracedLock[] | undefined;
}

/** All up, all down, all up, on a database made for that and dropped afterwards. Throws where a statement fails. */
export async function validateMigrations(request: ValidateRequest): Promise<Validated> {
  const drift = request.drift ? await driftOf(request) : undefined;
  await using throwaway = await makeThrowaway(request.database, request.ports);
  const { database } = throwaway;
  const { migrations, ports } = request;
  const trace = new LockTrace();
  const floor = floorOf(migrations);
  const up = async (set: readonly Migration[], traced?: LockTrace): Promise<void> =>
    void (await applyMigrations({
      ...request,
      database,
      migrations: set,
      deployId: undefined,
      beforeCommit: async (migration, connection) => await traced?.note(migration.version, connection),
    }));
  if (floor !== undefined) await up(upTo(migrations, floor.version), trace);
  const bottom = await listing(database);
  await up(migrations, trace);
  const first = await timesOf(database);
  const top = await listing(database);
  const downMs = new Map<string, number>();
  await downMigrations({
    database,
    target: { to: floor?.version ?? "0" },
    limits: request.limits,
    ports,
    // Nobody's rows are in there.
    lossesTold: true,
    onTakenBack: (version, ms) => void downMs.set(version, ms),
  });
  const afterDown = schemaDifferences(bottom, await listing(database));
  const goesOn = afterDown.length === 0;
  if (goesOn) await up(migrations);
  const again = goesOn ? await timesOf(database) : new Map<string, number>();
  const afterAgain = goesOn ? schemaDifferences(top, await listing(database)) : [];
  const tested = goesOn && request.test !== undefined;
  if (tested) await request.test?.(database);
  return {
    serverVersion: await versionOf(database),
    migrations: migrations.map(({ version, description }) => ({
      version,
      description,
      upMs: first.get(version),
      downMs: downMs.get(version),
      againMs: downMs.has(version) ? again.get(version) : undefined,
      locks: trace.of(version),
    })),
    floor,
    afterDown,
    afterAgain,
    drift,
    tested,
  };
}

/** The last migration that has no way down. Pure. */
export function floorOf(migrations: readonly Migration[]): Validated["floor"] {
  const last = migrations.findLast(({ down }) => down.state !== "given");
  if (last === undefined || last.down.state === "given") return undefined;
  const { version, down } = last;
  if (down.state === "missing") return { version, why: "it has no DOWN" };
  return { version, why: `it is irreversible${down.reason === undefined ? "" : ` (${down.reason})`}` };
}

function upTo(migrations: readonly Migration[], version: string): readonly Migration[] {
  return migrations.slice(0, migrations.findIndex((one) => one.version === version) + 1);
}

async function driftOf(request: ValidateRequest): Promise<readonly SchemaDifference[]> {
  const rows = await historyOf(request.database);
  await using made = await makeThrowaway(request.database, request.ports);
  await applyMigrations({ ...request, database: made.database, migrations: migrationsOf(rows), deployId: undefined });
  return schemaDifferences(await listing(made.database), await listing(request.database));
}

async function historyOf(database: Database) {
  await using connection = await database.connect("look", { asApp: true });
  return await readHistory(connection);
}

async function timesOf(database: Database): Promise<ReadonlyMap<string, number>> {
  return new Map((await historyOf(database)).map(({ version, durationMs }) => [version, durationMs]));
}

async function listing(database: Database): Promise<readonly string[]> {
  await using connection = await database.connect("look");
  return await wholeListing(connection);
}

async function versionOf(database: Database): Promise<number> {
  await using connection = await database.connect("look");
  return connection.serverVersion;
}
