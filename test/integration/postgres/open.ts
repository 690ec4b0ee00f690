import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Clock } from "../../../src/core/ports.ts";
import type { Report } from "../../../src/core/report.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { clientTools } from "../../../src/postgres/tools.ts";
import type { FreshDatabase } from "../../lab/postgres.ts";

/** The fresh database as an operation has it: as its owner, or with the superuser as admin. */
export function open(fresh: FreshDatabase, options: { readonly admin?: boolean; readonly fence?: number } = {}): Database {
  const here = localMachine();
  return openDatabase({
    target: parseTargetUrl(fresh.url),
    ...(options.admin === true ? { adminTarget: parseTargetUrl(fresh.superuserUrl) } : {}),
    dialFrom: here,
    toolsOn: here,
    ...(options.fence !== undefined && { held: { fence: options.fence, taken: true, confirm: async () => await Promise.resolve() } }),
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

/** Dumps the database and restores it into `side`, the way a backup does. */
export async function dumpInto(database: Database, side: string): Promise<void> {
  await using connection = await database.connect("check", { admin: true });
  const tools = await clientTools(database.toolsOn, Math.floor(connection.serverVersion / 10_000));
  const file = `/tmp/savepoint-test-${process.pid}-${connection.pid}.dump`;
  const steps = [
    { words: tools.words("pg_dump", "--no-password", "--format=custom", `--file=${file}`), env: database.environment({ admin: true }) },
    {
      words: tools.words("pg_restore", "--no-password", "--exit-on-error", `--dbname=${conninfo(side)}`, file),
      env: database.environment({ admin: true, database: side }),
    },
    { words: ["rm", "-f", file] },
  ];
  for (const step of steps) {
    const finished = await database.toolsOn.run(step);
    if (finished.code !== 0) throw new Error(`${step.words.join(" ")}: ${finished.stderr}`);
  }
}

/** A database's name as a connection string, so that a `=` in it is not one. */
function conninfo(name: string): string {
  return `dbname='${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

export class Notes implements Report {
  readonly lines: string[] = [];
  async step<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.lines.push(title);
    return await body();
  }
  say(text: string): void {
    this.lines.push(text);
  }
  detail(text: string): void {
    this.lines.push(text);
  }
  notice(text: string): void {
    this.lines.push(`notice: ${text}`);
  }
  warning(text: string): void {
    this.lines.push(`warning: ${text}`);
  }
  mask(): void {
    this.lines.push("masked");
  }
}

export const clock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (signal?.aborted === true) throw new Cancelled();
  },
};
