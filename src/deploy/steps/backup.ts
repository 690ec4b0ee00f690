import type { HistoryTable } from "../../core/history.ts";
import { Failure, refusal } from "../../core/failure.ts";
import { formatDuration, formatSize } from "../../core/format.ts";
import { type Choice, chooseVerification, type Dumped, type RestoreProof } from "../../backup/choose-verification.ts";
import { type BackupRequest, createBackup } from "../../backup/create.ts";
import { verifySide, warmSide } from "../../backup/left-sides.ts";
import { listBackups } from "../../backup/listing.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { BackupStore, belongsTo, type BackupOwner } from "../../backup/store.ts";
import { changedSomething, type DeployRecord } from "../../journal/ledger.ts";
import { readHistories } from "../../migration/histories.ts";
import type { Block } from "../../core/outcome.ts";
import type { Connection } from "../../postgres/connection.ts";
import type { Database } from "../../postgres/database.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import { pathDependent } from "../../postgres/search-path.ts";
import { databaseOf, type Environment, type State } from "../environment/environment.ts";
import { commandEnvironment, runHooks } from "../environment/hooks.ts";
import type { BackupSettings } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { sameSchema } from "../environment/versions.ts";
import { proofsOf, provenFact, tellProof } from "./restore-proofs.ts";
import { proveRestorable } from "./provable.ts";
import { dropWarmOf, refuseUnrestoredWarm } from "./warm.ts";

/** The deploy's savepoint: a verified backup under the deploy's id, journaled. */
export async function takeSavepoint(tx: Transaction, settings: BackupSettings, raw: Readonly<Record<string, string>>): Promise<Manifest> {
  const { environment } = tx;
  const deploy = await tx.record();
  refuseHalf(deploy);
  // A step that came before may have been told of no database, and then its way back was not looked at.
  if (deploy.live === undefined) await proveRestorable(environment);
  const env = commandEnvironment(environment, { commit: deploy.commit, previous: deploy.from, id: deploy.id });
  refuseUnrestoredWarm(settings);
  const verify = settings.warm ? "restore" : settings.verify;
  const newSide = settings.warm ? warmSide : verifySide;
  const side = verify === "read" ? undefined : newSide((await databaseOf(environment)).name, environment.ports.clock.now());
  // It takes the place of an earlier one.
  await dropWarmOf(environment, deploy);
  let warm: ShutDatabase | undefined;
  return await tx.step(
    "backup",
    { title: `Backing up the database of ${environment.title}`, intent: { purpose: "pre-deploy", verify, side }, settings: raw },
    async (signal) => {
      await runHooks(environment, "before-backup", { env, noteIn: tx.note(), signal });
      const manifest = await dump(environment, tx.state, {
        purpose: "pre-deploy",
        verify,
        budgetMs: settings["verify-budget"],
        verifySide: side,
        ...(settings.warm && { keepWarm: (copy: ShutDatabase) => void (warm = copy) }),
        commit: deploy.commit,
        from: deploy.from,
        deploy: deploy.id,
        namedAt: new Date(deploy.openedAt),
        signal,
        noteIn: tx.note(),
      });
      await noteSchema(tx, deploy, manifest);
      if (manifest.restoreMs !== undefined) await tx.write(provenFact(manifest, manifest.restoreMs));
      await runHooks(environment, "after-backup", { env, noteIn: tx.note(), signal });
      return {
        value: manifest,
        result: {
          backup: manifest.id,
          file: manifest.file,
          sizeBytes: manifest.sizeBytes,
          sha256: manifest.sha256,
          verified: manifest.verified,
          dumpMs: manifest.dumpMs,
          restoreMs: manifest.restoreMs,
          ...(warm && { warm }),
        },
        headline: describeBackup(manifest),
      };
    },
  );
}

/** A backup of half a deploy is refused: it could not be gone back to. */
export function refuseHalf(deploy: DeployRecord): void {
  if (!changedSomething(deploy)) return;
  throw refusal(
    `Deploy ${deploy.id} has changed the database or the code already: a backup now would hold half of it, and could not be gone back to.`,
    { hint: "A deploy backs up before it migrates. To keep a copy all the same, back up with `purpose: manual`.", code: "changed-already" },
  );
}

/**
 * Nothing of this deploy has touched the database yet: what the savepoint holds is the running version's own, also where
 * somebody changed it since the deploy opened (a build may have taken an hour).
 */
async function noteSchema(tx: Transaction, { from, live }: DeployRecord, { schema }: Manifest): Promise<void> {
  if (from === undefined || (live !== undefined && sameSchema(live, schema))) return;
  await tx.write({ kind: "version.seen", commit: from, schema, during: "opening" });
}

export interface DumpRequest {
  readonly purpose: Manifest["purpose"];
  readonly verify: BackupSettings["verify"];
  /** How long a restore to prove it may take, where that is left to us. */
  readonly budgetMs: number;
  readonly verifySide?: string | undefined;
  readonly keepWarm?: BackupRequest["keepWarm"];
  readonly commit: string | undefined;
  readonly from: string | undefined;
  readonly deploy: string | undefined;
  readonly namedAt?: Date;
  readonly signal: AbortSignal;
  readonly noteIn: string | undefined;
}

/** One verified backup of the environment's database, published whole or not at all. */
export async function dump(environment: Environment, state: State, request: DumpRequest): Promise<Manifest> {
  const { ports, app, name, shared } = environment;
  const { signal, verify, budgetMs, ...rest } = request;
  const store = backupStore(environment, state);
  const identity = { app, environment: name };
  const database = await databaseOf(environment);
  const proofs = verify === "auto" ? await knownProofs(store, state, identity) : [];
  const doubtful = verify === "auto" && (await isDoubtful(environment, database));
  let chosen: Choice | undefined;
  const choose = (dumped: Dumped): Choice => (chosen = chooseVerification(dumped, { proofs, budgetMs, doubtful }));
  const manifest = await createBackup({
    ...rest,
    verify: verify === "auto" ? choose : verify,
    database,
    store,
    identity,
    readHistory: async (connection: Connection): Promise<readonly HistoryTable[]> =>
      await readHistories(connection, shared["history-tables"] ?? []),
    ports: { ...ports, signal },
  });
  if (chosen !== undefined) tellProof(environment, manifest, chosen);
  return manifest;
}

/** Whether only a restore can tell that a restore takes what is evaluated in it: a superuser tries nothing (`postgres/dangers.ts`). */
async function isDoubtful(environment: Environment, database: Database): Promise<boolean> {
  try {
    await using connection = await database.connect("look", { admin: true });
    return (await pathDependent(database, connection)).some(({ untried }) => untried !== undefined);
  } catch (error) {
    // A backup is made all the same where that cannot be looked at.
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.detail(`What a restore evaluates could not be looked at: ${error.message}`);
    return false;
  }
}

async function knownProofs(store: BackupStore, state: State, owner: BackupOwner): Promise<readonly RestoreProof[]> {
  const { manifests } = await store.all();
  return proofsOf(
    await state.journal.read(),
    manifests.filter((one) => belongsTo(one, owner)),
  );
}

/** The backups as a table, newest first. */
export function backupsBlock(manifests: readonly Manifest[]): Extract<Block, { kind: "table" }> {
  const rows = listBackups(manifests).map((row) => [row.id, row.purpose, row.when, row.size, row.commit, row.verified, row.database]);
  return { kind: "table", title: "Backups", head: ["id", "purpose", "made", "size", "commits", "verified", "database"], rows };
}

export function backupStore(environment: Environment, state: State): BackupStore {
  return new BackupStore(environment.machine, state.paths.backups);
}

/** `142 MB, read back whole, in 8.1 s`. */
export function describeBackup(manifest: Manifest): string {
  const verified = manifest.verified === "restore" ? "restored and compared" : "read back whole";
  return `${formatSize(manifest.sizeBytes)}, ${verified}, in ${formatDuration(manifest.durationMs)}`;
}
