import type { Duplex } from "node:stream";
import pg from "pg";
import { Failure, messageOf, refusal, stopIfCancelled } from "../core/failure.ts";
import { within } from "../core/within.ts";
import { addressOf, describeTarget, type DatabaseTarget } from "./address.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import { sqlFailure } from "./sqlerror.ts";

const CANCEL_GRACE = 5000;
/** How long the server may take to say goodbye, in milliseconds. */
const CLOSE_GRACE = 2000;

/** A `Connection` over pg's client, which stays behind this file and its opening. */
export class PgConnection implements Connection {
  readonly target: DatabaseTarget;
  pid = 0;
  keyPid = 0;
  serverVersion = 0;
  readonly #client: pg.Client;
  readonly #stream: Duplex;
  readonly #request: ConnectionRequest;
  #last: Promise<unknown> = Promise.resolve();
  /** Whether queries are sent as they come. */
  #abreast = false;
  #lost: Error | undefined;

  constructor(client: pg.Client, stream: Duplex, request: ConnectionRequest) {
    this.target = request.target;
    this.#client = client;
    this.#stream = stream;
    this.#request = request;
    // An abrupt restart of the server is told here too; unheard it would end the process.
    client.on("error", (error) => (this.#lost ??= error));
    const { onNotice } = request;
    if (onNotice) client.on("notice", (notice) => onNotice(`${notice.severity ?? "NOTICE"}: ${notice.message ?? ""}`));
  }

  /**
   * Settings of the session, whatever role and database have (a failed version may have set them): nothing may make it
   * read-only, end it, or (but where it runs the user's SQL) let a name or a quote mean something else; a server whose client died notices (from 14 on).
   */
  async begin(): Promise<void> {
    const { lockTimeout = 0, statementTimeout = 0 } = this.#request;
    this.keyPid = "processID" in this.#client ? Number(this.#client.processID) : 0;
    const wanted = [
      ["DateStyle", "ISO"],
      ["IntervalStyle", "postgres"],
      ["lock_timeout", String(lockTimeout)],
      ["statement_timeout", String(statementTimeout)],
      ["idle_in_transaction_session_timeout", "0"],
      ["idle_session_timeout", "0"],
      ["transaction_timeout", "0"],
      ["client_connection_check_interval", "5s"],
      ["default_transaction_read_only", "off"],
      ...(this.#request.asApp === true ? [] : PINNED),
    ];
    const rows = await this.query<{ pid: number; version: number; standby: boolean; readonly: boolean }>(
      // Where the path was turned against us, only what is named in full is PostgreSQL's own.
      `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
        pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS readonly,
        (SELECT pg_catalog.count(pg_catalog.set_config(s.name, w.setting, false)) FROM pg_catalog.pg_settings s
         JOIN pg_catalog.jsonb_each_text($1::pg_catalog.jsonb) AS w(name, setting) ON pg_catalog.lower(w.name) OPERATOR(pg_catalog.=) pg_catalog.lower(s.name)
         WHERE (s.context OPERATOR(pg_catalog.<>) 'superuser' OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER))
           AND ($2 OR pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) $3)) AS settings`,
      [JSON.stringify(Object.fromEntries(wanted)), this.#request.untouched !== true, this.keyPid],
    );
    this.pid = rows[0]?.pid ?? 0;
    this.serverVersion = rows[0]?.version ?? 0;
    this.#refuseOther(rows[0]?.standby === true, rows[0]?.readonly === true);
  }

  /** `target_session_attrs`, as libpq means it: another server than the one that was asked for is not worked on. */
  #refuseOther(standby: boolean, readonly: boolean): void {
    const wanted = this.target.options["target_session_attrs"];
    if (!(wanted === "primary" && standby) && !(wanted === "read-write" && (standby || readonly))) return;
    this.#stream.destroy();
    throw refusal(
      `${describeTarget(this.target)} is ${standby ? "a standby" : "read-only"}, and target_session_attrs=${wanted} asks for the server that writes.`,
      {
        code: "read-only",
        hint: standby
          ? "Name the primary."
          : "ALTER DATABASE or ALTER ROLE … RESET default_transaction_read_only, where that is what says so.",
      },
    );
  }

  async query<R = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<R[]> {
    const result = await this.#inTurn(sql, values);
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
  }

  async exec(sql: string): Promise<void> {
    await this.#inTurn(sql, undefined);
  }

  async atOnce<T>(body: () => Promise<T>): Promise<T> {
    await this.#last;
    this.#abreast = true;
    try {
      return await body();
    } finally {
      this.#abreast = false;
    }
  }

  async transaction<T>(body: () => Promise<T>, mode = ""): Promise<T> {
    await this.exec(`BEGIN ${mode}`);
    try {
      const result = await body();
      const commit = await this.#inTurn("COMMIT", undefined);
      // The server answers the COMMIT of a transaction that failed inside with ROLLBACK, and no error.
      if (commit.command !== "COMMIT")
        throw new Failure("The transaction was rolled back: a statement in it had failed.", { code: "25P02" });
      return result;
    } catch (error) {
      if (this.#lost === undefined) await this.#send("ROLLBACK", undefined).catch((lost: Error) => (this.#lost ??= lost));
      throw error;
    }
  }

  async inSnapshot<T>(body: () => Promise<T>): Promise<T> {
    await this.#last;
    if (this.#client.getTransactionStatus() === "T") return await body();
    return await this.transaction(body, "ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lost === undefined) {
      const ended = this.#client.end().catch((error: Error) => (this.#lost ??= error));
      await within({ ms: CLOSE_GRACE, late: () => undefined }, async () => await ended);
    }
    this.#stream.destroy();
  }

  async #inTurn(sql: string, values: readonly unknown[] | undefined): Promise<pg.QueryResult> {
    if (this.#abreast) return await this.#run(sql, values);
    const turn = this.#last.then(async () => await this.#run(sql, values));
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  async #run(sql: string, values: readonly unknown[] | undefined): Promise<pg.QueryResult> {
    const { signal } = this.#request;
    if (signal) stopIfCancelled(signal);
    // Not `within`: a statement is cancelled at the server, and waited for.
    const onAbort = (): void => void this.#cancel();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#send(sql, values);
    } catch (error) {
      if (signal) stopIfCancelled(signal);
      if (error instanceof pg.DatabaseError) throw sqlFailure(error, sql, this.target);
      throw new Failure(`The connection to ${describeTarget(this.target)} was lost.`, {
        code: "connection-lost",
        evidence: [messageOf(this.#lost ?? error)],
        hint: "What the statement did is unknown: look before it is run again.",
        cause: error,
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #send(sql: string, values: readonly unknown[] | undefined): Promise<pg.QueryResult> {
    return await (values === undefined ? this.#client.query(sql) : this.#client.query(sql, [...values]));
  }

  /** Asks the server to end the statement, on a second stream as the protocol wants it; then hangs up. */
  async #cancel(): Promise<void> {
    const secret = "secretKey" in this.#client ? Number(this.#client.secretKey) : 0;
    const message = Buffer.alloc(16);
    // A pooler gave a process and a key of its own, and passes the request on.
    [16, 80_877_102, this.keyPid, secret].forEach((word, index) => message.writeInt32BE(word, index * 4));
    try {
      const stream = await this.#request.dial(addressOf(this.target));
      stream.on("error", () => undefined);
      stream.resume();
      // The other side hangs up first, when it has passed the request on: a pooler drops the request of who has gone.
      stream.write(message);
      await delay(CANCEL_GRACE);
      stream.destroy();
    } catch (error) {
      // Hanging up is what is left; the server notices by client_connection_check_interval.
      this.#lost ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#stream.destroy();
    }
  }
}

/** Settings that could be turned against us, with PostgreSQL's own values. Only a superuser may set the last ones. */
const PINNED: readonly (readonly [string, string])[] = [
  ["search_path", ""],
  ["default_transaction_isolation", "read committed"],
  ["default_transaction_deferrable", "off"],
  ["row_security", "on"],
  ["standard_conforming_strings", "on"],
  ["quote_all_identifiers", "off"],
  ["session_replication_role", "origin"],
];

async function delay(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}

const { builtins } = pg.types;
const asText = (value: string): string => value;
const parsers: Readonly<Record<number, (value: string) => unknown>> = {
  [builtins.INT8]: BigInt,
  [builtins.DATE]: asText,
  [builtins.TIMESTAMP]: asText,
  [builtins.INTERVAL]: asText,
};
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") => parsers[oid] ?? pg.types.getTypeParser(oid, format),
};
