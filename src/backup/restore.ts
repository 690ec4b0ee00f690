import { type Failure, refusal } from "../core/failure.ts";
import { exists, fileSize, sha256 } from "../machine/files/files.ts";
import type { Database } from "../postgres/database.ts";
import { type BackupPorts, type Beside, restoreBeside } from "./beside.ts";
import { factsOf } from "./facts.ts";
import type { Manifest } from "./manifest.ts";
import { sourceOf, sourceOfFile } from "./sources.ts";
import type { BackupStore } from "./store.ts";

/** A dump without a manifest: nothing is known of it but where it lies on the store's machine. */
export interface BareDump {
  /** Absolute. */
  readonly path: string;
}

export interface RestoreRequest {
  readonly database: Database;
  readonly store: BackupStore;
  readonly manifest: Manifest | BareDump;
  /** The name of the database to make. */
  readonly side: string;
  /** Confirms that the dump is another database's, or of unknown origin. */
  readonly foreign?: boolean | undefined;
  readonly ports: BackupPorts;
  /** A path; what runs is noted in files whose names begin with it. */
  readonly noteIn?: string | undefined;
}

export interface RestoredSide {
  readonly side: string;
  readonly durationMs: number;
  /** What could not be compared, in words; empty where everything was. */
  readonly uncompared: readonly string[];
}

/**
 * Restores a backup into a side database: the dump is checked against its manifest, restored with owners and grants,
 * and compared (schema, rows, sequences). Any failure drops the side; the live database is never touched.
 * @throws Failure; exit 2 where the backup is another database's and `foreign` is not said, or is damaged.
 */
export async function restoreToSide(request: RestoreRequest): Promise<RestoredSide> {
  const { database, store, manifest, side, ports, noteIn } = request;
  const started = ports.clock.now().getTime();
  const bare = !("id" in manifest);
  const path = bare ? manifest.path : store.pathOf(manifest);
  if (bare) await checkBare(request, manifest);
  else {
    await requireOwn(request, manifest);
    await checkSize(store, manifest);
  }
  const source = bare ? await sourceOfFile({ machine: store.machine, path }) : sourceOf(manifest);
  const restored = async (signal: AbortSignal): Promise<Beside> =>
    await restoreBeside({
      database,
      side,
      dump: { machine: store.machine, path },
      source,
      writtenBy: bare ? undefined : manifest.tools,
      expected: bare ? undefined : factsOf(manifest),
      settings: bare ? undefined : manifest.settings,
      ports: { ...ports, signal },
      noteIn,
    });
  await using copy = bare
    ? await restored(ports.signal)
    : await whileChecked({ check: async (signal) => await checkBytes(store, manifest, signal), restored, signal: ports.signal });
  copy.keep();
  const uncompared = bare
    ? ["checksum", "schema", "rows", "sequences"].map((what) => `${what}: no manifest says what they were`)
    : copy.schema === "unknown"
      ? ["schema: another version of Savepoint, or of PostgreSQL, recorded it in its own way"]
      : [];
  if (!bare && uncompared.length > 0)
    ports.report.notice(`The restored copy's checksum, rows and sequences were compared, and this was not: ${uncompared.join("; ")}.`);
  return { side, durationMs: ports.clock.now().getTime() - started, uncompared };
}

interface Checked {
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly restored: (signal: AbortSignal) => Promise<Beside>;
  readonly signal: AbortSignal;
}

/**
 * Restores while the dump is checked, which takes no longer than restoring alone. A dump that fails the check ends the
 * restore, and is what the failure tells of, whatever the restore stumbled over because of it.
 */
async function whileChecked({ check, restored, signal }: Checked): Promise<Beside> {
  const damaged = new AbortController();
  const checking = check(signal).catch((error: unknown) => {
    damaged.abort();
    throw error;
  });
  const [checked, copy] = await Promise.allSettled([checking, restored(AbortSignal.any([signal, damaged.signal]))]);
  if (copy.status === "fulfilled") {
    if (checked.status === "fulfilled") return copy.value;
    await copy.value[Symbol.asyncDispose]();
    throw checked.reason;
  }
  throw checked.status === "rejected" ? checked.reason : copy.reason;
}

async function checkSize(store: BackupStore, manifest: Manifest): Promise<void> {
  const path = store.pathOf(manifest);
  if (!(await exists(store.machine, path))) throw damagedBackup(store, manifest, "its dump is missing");
  const size = await fileSize(store.machine, path);
  if (size !== manifest.sizeBytes) throw damagedBackup(store, manifest, `its dump has ${size} bytes instead of ${manifest.sizeBytes}`);
}

/** The bytes are those that were verified. */
async function checkBytes(store: BackupStore, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const sum = await sha256(store.machine, store.pathOf(manifest), { signal });
  if (sum !== manifest.sha256) throw damagedBackup(store, manifest, `its checksum is ${sum} instead of ${manifest.sha256}`);
}

function damagedBackup(store: BackupStore, manifest: Manifest, problem: string): Failure {
  return refusal(`Backup ${manifest.id} is damaged: ${problem}.`, {
    code: "backup-broken",
    hint: "Restore another one: the command `list` shows them.",
    evidence: [`${store.pathOf(manifest)} on ${store.machine.name}`],
  });
}

async function checkBare({ store, foreign }: RestoreRequest, { path }: BareDump): Promise<void> {
  if (foreign !== true)
    throw refusal(`${path} has no manifest: nothing says which database it is of, or that it is whole.`, {
      code: "backup-foreign",
      hint: "Confirm that it is meant.",
    });
  if (!(await exists(store.machine, path))) throw refusal(`There is no file ${path} on ${store.machine.name}.`, { code: "backup-unknown" });
}

/** A backup goes back into its own database only, unless a person says otherwise. */
async function requireOwn({ database, foreign, ports }: RestoreRequest, manifest: Manifest): Promise<void> {
  if (foreign === true) return;
  await using connection = await database.connectMaintenance("restore", { signal: ports.signal });
  const [row] = await connection.query<{ system: string }>("SELECT system_identifier::text AS system FROM pg_control_system()");
  const { system, name } = manifest.database;
  if (system === row?.system && name === database.name) return;
  throw refusal(`Backup ${manifest.id} is not of this database.`, {
    code: "backup-foreign",
    hint: "Where it is meant, as on a new server, say `foreign: true`; else choose one of this database.",
    evidence: [
      `the backup: database ${name} of cluster ${system}`,
      `here: database ${database.name} of cluster ${row?.system ?? "unknown"}`,
    ],
  });
}
