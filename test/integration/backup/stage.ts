import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BackupRequest, createBackup } from "../../../src/backup/create.ts";
import type { Manifest } from "../../../src/backup/manifest.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { Report } from "../../../src/core/report.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { type FreshDatabase, freshDatabase, serverPrograms } from "../../lab/postgres.ts";
import { removeFolder } from "../../lab/folder.ts";

/** A database, a folder for its backups, and the ports to work with them. */
export interface Stage extends AsyncDisposable {
  readonly fresh: FreshDatabase;
  readonly database: Database;
  readonly store: BackupStore;
  /** What the report said, a line each. */
  readonly said: string[];
  readonly ports: BackupRequest["ports"];
  backup(changes?: Partial<BackupRequest>): Promise<Manifest>;
  /** The names in the backups' folder. */
  files(): Promise<string[]>;
  /** Databases of the cluster whose names begin with this one's. */
  databases(): Promise<string[]>;
}

export const machine = localMachine();
export const commit = "abc1234567890123456789012345678901234567";

export interface StageOptions {
  readonly named?: string;
  readonly superuser?: boolean;
  readonly toolsOn?: Machine;
  readonly directory?: string;
  /** Where the backups are kept. Default: here. */
  readonly files?: Machine;
}

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const fresh = await freshDatabase(options.named);
  const directory = options.directory ?? join(await mkdtemp(join(tmpdir(), "savepoint backups ")), "made by need");
  const target = parseTargetUrl(fresh.url);
  const database = openDatabase({
    target,
    adminTarget: options.superuser === true ? parseTargetUrl(fresh.superuserUrl) : target,
    dialFrom: machine,
    toolsOn: options.toolsOn ?? machine,
  });
  const store = new BackupStore(options.files ?? machine, directory);
  const said: string[] = [];
  const ports = { clock, report: report(said), signal: new AbortController().signal };
  const request: BackupRequest = {
    database,
    store,
    identity: { app: "shop", environment: "production" },
    purpose: "pre-deploy",
    commit,
    verify: "read",
    readHistory: async () => [],
    ports,
  };
  return {
    fresh,
    database,
    store,
    said,
    ports,
    backup: async (changes = {}) => await createBackup({ ...request, ...changes }),
    files: async () => (await readdir(directory).catch((): string[] => [])).sort((a, b) => (a < b ? -1 : 1)),
    databases: async () =>
      (await fresh.superuser("SELECT datname FROM pg_database", "postgres"))
        .map((row) => String(row["datname"]))
        .filter((name) => name.startsWith(fresh.name.slice(0, 30)))
        .sort((a, b) => (a < b ? -1 : 1)),
    [Symbol.asyncDispose]: async () => {
      await fresh[Symbol.asyncDispose]();
      if (options.directory === undefined) await removeFolder(join(directory, ".."));
    },
  };
}

const clock = {
  now: () => new Date(),
  sleep: async (ms: number, signal?: AbortSignal): Promise<void> =>
    await new Promise((done, fail) => {
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", () => (clearTimeout(timer), fail(new Cancelled())), { once: true });
    }),
};

function report(said: string[]): Report {
  const say = (text: string): void => void said.push(text);
  return { step: async (_, body) => await body(), say, detail: say, notice: say, warning: say, mask: () => undefined };
}

/** The database's dump as text, by its superuser: what equal databases have in common. */
export async function plainDump(fresh: FreshDatabase, database = fresh.name): Promise<string> {
  const url = new URL(fresh.superuserUrl);
  const { stdout, stderr, code } = await machine.run({
    words: ["sh", "-c", '"$1/pg_dump" --no-password | grep -v "^.\\(un\\)\\?restrict "', "sh", serverPrograms()],
    env: { PGHOST: url.hostname, PGPORT: url.port, PGUSER: "postgres", PGPASSWORD: "postgres", PGDATABASE: database },
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
