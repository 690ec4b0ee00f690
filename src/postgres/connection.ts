import type { Duplex } from "node:stream";
import type { addressOf, DatabaseTarget } from "./address.ts";
import type { Certificates } from "./wire.ts";

/** One session. Queries run one after another, in the order they were asked for. */
export interface Connection extends AsyncDisposable {
  readonly target: DatabaseTarget;
  /** The server process. */
  readonly pid: number;
  /** The process that was named at the greeting: another one where a pooler or a proxy answers in the server's place. */
  readonly keyPid: number;
  /** As `server_version_num`: 150018. */
  readonly serverVersion: number;
  /**
   * Runs a statement. `int8` comes as bigint, `numeric` as text, `timestamptz` as Date, `date`, `timestamp` and
   * `interval` as text. Rejects with a Failure whose code is the SQLSTATE, or `connection-lost`.
   */
  query<R = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  /** While the body runs, queries do not wait for each other's answers: for looks that need nothing of each other, without a transaction. */
  atOnce<T>(body: () => Promise<T>): Promise<T>;
  /** Runs one or more statements as one message, so as one transaction where it says nothing else. */
  exec(sql: string): Promise<void>;
  /** BEGIN, the body, COMMIT; ROLLBACK where it throws. `mode` is put behind BEGIN. */
  transaction<T>(body: () => Promise<T>, mode?: string): Promise<T>;
  /** Runs the body in the transaction that is open, else in a read-only one with a single snapshot. */
  inSnapshot<T>(body: () => Promise<T>): Promise<T>;
}

export interface ConnectionRequest {
  readonly target: DatabaseTarget;
  readonly dial: (address: ReturnType<typeof addressOf>) => Promise<Duplex>;
  readonly applicationName: string;
  readonly certificates?: Certificates | undefined;
  /** Cancels the statement that runs, which then rejects with Cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds a statement waits for a lock; for ever where not given. */
  readonly lockTimeout?: number | undefined;
  /** Milliseconds a statement may take; for ever where not given. */
  readonly statementTimeout?: number | undefined;
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Where something stands in between, nothing is set in the session: it may be somebody else's a moment later. */
  readonly untouched?: boolean | undefined;
  /** Sends what `atOnce` runs without waiting. Neither a copy nor a cursor goes through such a session. */
  readonly abreast?: boolean | undefined;
  /** Keeps the search path that role and database give: for SQL that is the user's. Without it names are looked for in pg_catalog alone. */
  readonly asApp?: boolean | undefined;
}
