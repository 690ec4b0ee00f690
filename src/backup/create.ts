import { Failure, refusal, stopIfCancelled } from "../core/failure.ts";
import { formatSize } from "../core/format.ts";
import type { HistoryTable } from "../core/history.ts";
import { paceOf } from "../core/pace.ts";
import { withProgress } from "../core/progress.ts";
import { fileSize, makeDirectory, rename, writeText } from "../machine/files/files.ts";
import type { Connection } from "../postgres/connection.ts";
import { countRows, databaseSize, sequenceValues } from "../postgres/counts.ts";
import type { Database } from "../postgres/database.ts";
import { presentSettings, type SavedSettings, sealed } from "../postgres/database-settings.ts";
import { schemaFingerprint } from "../postgres/fingerprint.ts";
import { exportSnapshot } from "../postgres/snapshot.ts";
import type { BackupPorts } from "./beside.ts";
import type { ChooseVerification, Dumped as DumpedSize } from "./choose-verification.ts";
import { claimName } from "./claim.ts";
import { type Facts, identify, readShown } from "./facts.ts";
import { verifySide } from "./left-sides.ts";
import { dumpProgress } from "./dump-progress.ts";
import { dumpLockFailure, lockHolders } from "./lock-holders.ts";
import { formatManifest, type Manifest, type Purpose, type Verification } from "./manifest.ts";
import { manifestName, partialName } from "./naming.ts";
import { nextNumber } from "./order.ts";
import { chooseReader, type Reader } from "./privileges.ts";
import { proveByRestoring, type ProveRequest, proveWherePossible } from "./prove.ts";
import { requireRoom } from "./room.ts";
import type { BackupSource, MachineFile, TakeJob, Taken, Taker } from "./source.ts";
import { DEFAULT_SOURCE } from "./sources.ts";
import { type BackupStore, belongsTo } from "./store.ts";
import { together } from "./together.ts";

export interface BackupRequest {
  readonly database: Database;
  readonly store: BackupStore;
  readonly identity: { readonly app: string; readonly environment: string };
  readonly purpose: Purpose;
  /** What it is taken with. Default: pg_dump. */
  readonly source?: BackupSource | undefined;
  /** The incoming commit, in full; it stands in the name. */
  readonly commit?: string | undefined;
  /** The commit that runs. */
  readonly from?: string | undefined;
  readonly deploy?: string | undefined;
  /** The moment in its name, where that is not its beginning: when the deploy opened, so that both have one id. */
  readonly namedAt?: Date | undefined;
  /** How it is proven; or what decides that, once it is dumped. */
  readonly verify: Verification | ChooseVerification;
  /** The database beside the live one that a restore to prove it uses; known before, a later process can remove it. */
  readonly verifySide?: string | undefined;
  /** Told of that database where it is to be kept, closed for everybody, once it is proven. */
  readonly keepWarm?: ProveRequest["keepWarm"];
  /** Reads what the migration tools' tables say, under the dump's snapshot. */
  readonly readHistory: (connection: Connection) => Promise<readonly HistoryTable[]>;
  readonly ports: BackupPorts;
  /** A path; what runs is noted in files whose names begin with it. */
  readonly noteIn?: string | undefined;
  /** How long a table's lock is waited for; a minute where not given. */
  readonly lockTimeoutMs?: number | undefined;
}

const LOCK_TIMEOUT_MS = 60_000;

/**
 * Backs up a database: one dump and its manifest, published whole and verified, or not at all. The manifest says what
 * the dump's own snapshot held, so that a restored copy can be compared exactly, whatever was written meanwhile.
 * @throws Failure with the cause first; exit 2 where it was refused before anything was written. Cancelled.
 */
export async function createBackup(request: BackupRequest): Promise<Manifest> {
  const { database, store, ports, source = DEFAULT_SOURCE } = request;
  if (request.purpose === "pre-deploy" && source.noSavepoints !== undefined)
    throw refusal(`A backup by ${source.name} is no savepoint: ${source.noSavepoints}.`, {
      code: "no-savepoint",
      hint: "Take one by pg_dump.",
    });
  const startedAt = ports.clock.now();
  for (const file of await store.removePartials()) ports.report.detail(`removed ${file}, which a killed run left`);
  const reader = await chooseReader(database, ports.signal);
  const { taker, identity, number, lastBytes } = await prepare(request, reader, source);
  await makeDirectory(store.machine, store.directory);
  await using claim = await claimName({
    machine: store.machine,
    directory: store.directory,
    purpose: request.purpose,
    at: request.namedAt ?? startedAt,
    commit: request.commit,
  });
  const path = store.pathOf(claim.name);
  const partial: MachineFile = { machine: store.machine, path: partialName(path) };

  const { facts, history, settings, taken, databaseBytes } = await dumpAndLook(request, {
    admin: reader.admin,
    taker,
    to: partial,
    encoding: identity.encoding,
    lastBytes,
  });
  const sizeBytes = await fileSize(store.machine, partial.path);
  ports.report.detail(`dumped ${formatSize(sizeBytes)} and read it back whole, sha256 ${taken.sha256}`);
  const dumpMs = Math.max(0, ports.clock.now().getTime() - startedAt.getTime());
  const restoreMs = await prove(request, {
    expected: facts,
    dump: partial,
    source: taken.source ?? source,
    writtenBy: taker.version,
    side: request.verifySide ?? verifySide(database.name, startedAt),
    dumped: { fingerprint: facts.fingerprint, serverVersion: identity.serverVersion, sizeBytes, databaseBytes },
  });
  stopIfCancelled(ports.signal);

  await rename(store.machine, partial.path, path);
  const endedAt = ports.clock.now();
  const manifest: Manifest = {
    format: 1,
    ...claim.name,
    number,
    purpose: request.purpose,
    ...request.identity,
    ...(request.deploy === undefined ? {} : { deploy: request.deploy }),
    ...(request.from === undefined ? {} : { from: request.from }),
    ...(request.commit === undefined ? {} : { to: request.commit }),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    database: identity,
    source: (taken.source ?? source).name,
    tools: taker.version,
    sizeBytes,
    sha256: taken.sha256,
    verified: restoreMs === undefined ? "read" : "restore",
    schema: { fingerprint: facts.fingerprint, history },
    settings,
    rows: Object.fromEntries(facts.rows),
    sequences: Object.fromEntries([...facts.sequences].map(([name, value]) => [name, String(value)])),
    durationMs: Math.max(0, endedAt.getTime() - startedAt.getTime()),
    dumpMs,
    ...(restoreMs === undefined ? {} : { restoreMs }),
  };
  await writeText(store.machine, manifestName(path), formatManifest(manifest));
  claim.published();
  return manifest;
}

/** Restores and compares, where that is to be. Returns how long it took; undefined where the dump was only read. */
async function prove(
  { verify, purpose, database, ports, noteIn, keepWarm }: BackupRequest,
  { dumped, ...rest }: Pick<ProveRequest, "side" | "dump" | "source" | "writtenBy" | "expected"> & { readonly dumped: DumpedSize },
): Promise<number | undefined> {
  const request = { ...rest, database, ports, noteIn, keepWarm };
  if (verify === "read") return undefined;
  if (verify === "restore") return await proveByRestoring(request);
  const choice = verify(dumped);
  if (choice.verify === "read") return undefined;
  ports.report.detail(`restoring it to prove it: no backup of this schema was restored yet, and ${choice.why}`);
  // A deploy's backup that could not be restored is none; one by schedule is better than nothing.
  return purpose === "pre-deploy" ? await proveByRestoring(request) : await proveWherePossible(request);
}

interface PreparedDump {
  readonly taker: Taker;
  readonly identity: Manifest["database"];
  readonly number: number;
  /** What the last backup of this database had. */
  readonly lastBytes: number | undefined;
}

/** What can be refused before anything is written: the right tools, room on the disk. */
async function prepare(request: BackupRequest, reader: Reader, source: BackupSource): Promise<PreparedDump> {
  const { database, store, ports } = request;
  await using connection = await database.connect("backup", { admin: reader.admin, signal: ports.signal });
  const identity = await identify(connection);
  const taker = await source.find(database, Math.floor(identity.serverVersion / 10_000));
  const { manifests } = await store.all();
  const last = manifests.find((manifest) => belongsTo(manifest, { ...request.identity, database: identity }));
  await requireRoom(store, connection, last);
  return { taker, identity, number: nextNumber(manifests), lastBytes: last?.sizeBytes };
}

type DumpHow = Pick<TakeJob, "admin" | "to" | "encoding"> & {
  readonly taker: Taker;
  /** What the last backup of this database had. */
  readonly lastBytes: number | undefined;
};

interface FinishedDump {
  readonly facts: Facts;
  readonly history: readonly HistoryTable[];
  readonly settings: SavedSettings;
  readonly taken: Taken;
  readonly databaseBytes: number;
}

/** Takes the backup under a snapshot, reads under the same one what it must hold, and reads it back. */
async function dumpAndLook(request: BackupRequest, how: DumpHow): Promise<FinishedDump> {
  const dumped = await underSnapshot(request, how);
  const { readBack } = dumped.taken;
  if (readBack !== undefined) await readBackTold(request, how.to, readBack);
  return dumped;
}

/** Over the network this takes as long as the dump did. */
async function readBackTold(
  { ports }: BackupRequest,
  { machine, path }: MachineFile,
  readBack: NonNullable<Taken["readBack"]>,
): Promise<void> {
  const [began, of] = [ports.clock.now().getTime(), await fileSize(machine, path)];
  let bytes = 0;
  const tell = async (): Promise<string> =>
    `read back ${formatSize(bytes)} of ${formatSize(of)}, ${paceOf({ bytes, of, ms: ports.clock.now().getTime() - began })}`;
  await withProgress(ports, tell, async () => await readBack(ports.signal, (more) => void (bytes += more)));
}

async function underSnapshot(request: BackupRequest, { taker, lastBytes, ...how }: DumpHow): Promise<FinishedDump> {
  const { database, ports, noteIn } = request;
  const lockTimeoutMs = request.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  await using snapshot = await exportSnapshot(database, { admin: how.admin, signal: ports.signal });
  const { connection } = snapshot;
  await connection.exec(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  // Sequences know no snapshot: read before the dump reads them, they cannot be ahead of it.
  const sequences = await sequenceValues(connection);
  const watch = dumpProgress({ database, to: how.to, lastBytes, ports });
  const telling = async (writing: () => Promise<void>): Promise<void> => await withProgress(ports, watch, writing);
  const [taken, rest] = await together(ports.signal, [
    async (signal) => await taker.take({ ...how, database, snapshot: snapshot.id, lockTimeoutMs, noteIn, telling, signal }),
    async (signal) => {
      const onAbort = (): void => void snapshot[Symbol.asyncDispose]();
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        const fingerprint = await schemaFingerprint(connection);
        const shown = request.verify === "read" ? {} : await readShown(connection);
        const history = await request.readHistory(connection);
        const settings = sealed(await presentSettings(connection));
        return {
          fingerprint,
          ...shown,
          history,
          settings,
          rows: await countRows(connection),
          databaseBytes: await databaseSize(connection),
        };
      } catch (error) {
        if (!(error instanceof Failure && error.code === "55P03")) throw error;
        throw dumpLockFailure(lockTimeoutMs, await lockHolders(database, ports.signal), error.evidence);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  ]);
  const { history, settings, databaseBytes, ...facts } = rest;
  return { facts: { ...facts, sequences }, history, settings, taken, databaseBytes };
}
