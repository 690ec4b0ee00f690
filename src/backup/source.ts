import type { Machine } from "../core/machine.ts";
import type { Database } from "../postgres/database.ts";
import type { ServerSetting } from "../postgres/server-options.ts";

/**
 * One way to take a backup of a database into a file, and to bring it back beside the running one. What is around it is the same
 * for all: name and manifest, what the database held, the comparison of a copy, the swap.
 */
export interface BackupSource {
  /** What the manifests of its backups say. */
  readonly name: string;
  /** Why none of its backups is a savepoint, where they cannot be restored beside the running database. */
  readonly noSavepoints: string | undefined;
  /** Finds its tools for a server of this major version. Refuses (exit 2) where they are missing, before anything is written. */
  find(database: Database, serverMajor: number): Promise<Taker>;
  /**
   * Loads one of its backups into an empty database, with owners and grants, and stops at the first error.
   * @throws Failure of code `restore-failed` with the tools' last lines, or of `FAILED_TOGETHER` where one session (`jobs`) may do better.
   */
  restore(job: RestoreJob): Promise<void>;
}

/** A source with its tools. */
export interface Taker {
  /** Their major version: older ones cannot read what they write. */
  readonly version: number;
  /** Takes a backup as of the snapshot into a file, durable and read back whole but for what `readBack` does. */
  take(job: TakeJob): Promise<Taken>;
}

export interface Taken {
  /** What brings it back, where that is another source than the one that was asked. */
  readonly source?: BackupSource;
  /** Of what is on the disk. */
  readonly sha256: string;
  /** Reads back what was not yet, now that no snapshot is kept for it. `passed` hears how many bytes more have come. */
  readonly readBack?: (signal: AbortSignal, passed: (bytes: number) => void) => Promise<void>;
}

/** A file on a machine. The path is absolute. */
export interface MachineFile {
  readonly machine: Machine;
  readonly path: string;
}

export interface TakeJob {
  readonly database: Database;
  readonly admin: boolean;
  /** The database's own. */
  readonly encoding: string;
  /** An exported snapshot's id. */
  readonly snapshot: string;
  readonly to: MachineFile;
  /** How long a table's lock is waited for. */
  readonly lockTimeoutMs: number;
  /** A path; what runs is noted in files whose names begin with it. */
  readonly noteIn?: string | undefined;
  /** Stands around what lets the file grow, and tells how far it is. */
  readonly telling: (writing: () => Promise<void>) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface RestoreJob {
  readonly database: Database;
  /** The empty database to fill, on the same cluster. */
  readonly side: string;
  /** As `server_version_num`. */
  readonly serverVersion: number;
  /** Whether the admin role is a superuser. */
  readonly superuser: boolean;
  readonly dump: MachineFile;
  /** The version of the tools that wrote it, where that is known: older ones cannot read it. */
  readonly writtenBy: number | undefined;
  /** Settings that the tools' sessions are given. */
  readonly session: readonly ServerSetting[];
  /** How many sessions at once. Default: the source's own. */
  readonly jobs?: number | undefined;
  readonly noteIn?: string | undefined;
  readonly signal: AbortSignal;
}
