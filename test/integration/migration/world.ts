import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assembleMigrations } from "../../../src/migration/assemble.ts";
import { applyMigrations } from "../../../src/migration/apply.ts";
import { downMigrations, type DownTarget } from "../../../src/migration/down.ts";
import { type Migration, refuseMigrationProblems } from "../../../src/migration/migration.ts";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Clock, Ports } from "../../../src/core/ports.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import type { FreshDatabase } from "../../lab/postgres.ts";

export const clock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    if (signal?.aborted) throw new Cancelled();
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted) throw new Cancelled();
      throw error;
    }
  },
};

/** Ports of a run, and what it said. */
export interface World {
  readonly ports: Pick<Ports, "clock" | "random" | "report" | "signal">;
  readonly said: string[];
  readonly warned: string[];
  readonly cancel: () => void;
}

export function world(): World {
  const said: string[] = [];
  const warned: string[] = [];
  const stop = new AbortController();
  return {
    said,
    warned,
    cancel: () => stop.abort(),
    ports: {
      clock,
      random: (bytes) => randomBytes(bytes).toString("hex"),
      signal: stop.signal,
      report: {
        step: async (_title, body) => await body(),
        say: (text) => void said.push(text),
        detail: () => undefined,
        notice: (text) => void said.push(text),
        warning: (text) => void warned.push(text),
        mask: () => undefined,
      },
    },
  };
}

export function databaseAt(url: string): Database {
  const here = localMachine();
  return openDatabase({ target: parseTargetUrl(url), dialFrom: here, toolsOn: here });
}

export function open(fresh: FreshDatabase): Database {
  return databaseAt(fresh.url);
}

/** Migrations from texts by file name; throws as loading would. */
export function migrations(files: Readonly<Record<string, string>>): readonly Migration[] {
  const { migrations: all, problems } = assembleMigrations(
    Object.entries(files).map(([name, text]) => ({ name, path: `migrations/${name}`, bytes: Buffer.from(text) })),
  );
  refuseMigrationProblems(problems);
  return all;
}

export interface Options {
  readonly world?: World;
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly to?: string;
  readonly steps?: number;
  readonly lockWaitMs?: number;
}

export async function apply(fresh: FreshDatabase, files: Readonly<Record<string, string>>, options: Options = {}) {
  return await applyMigrations({
    database: open(fresh),
    migrations: migrations(files),
    ports: (options.world ?? world()).ports,
    limits: { lockTimeoutMs: options.lockTimeoutMs ?? 5000, statementTimeoutMs: options.statementTimeoutMs ?? 0 },
    appliedBy: "tester@lab",
    deployId: "20261120T143022Z-abc1234",
    to: options.to,
    steps: options.steps,
    lockWaitMs: options.lockWaitMs,
  });
}

export async function down(fresh: FreshDatabase, target: DownTarget, options: Options = {}) {
  return await downMigrations({
    database: open(fresh),
    target,
    ports: (options.world ?? world()).ports,
    limits: { lockTimeoutMs: options.lockTimeoutMs ?? 5000, statementTimeoutMs: options.statementTimeoutMs ?? 0 },
  });
}

export async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`expected a Failure, got ${String(error)}`, { cause: error });
}

/** Waits until it holds; the test's own timeout bounds it. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

export async function tables(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.sql("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  return rows.map((row) => String(row["tablename"]));
}

export async function history(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.sql("SELECT version, state FROM schema_migrations ORDER BY started_at");
  return rows.map((row) => `${String(row["version"])} ${String(row["state"])}`);
}
