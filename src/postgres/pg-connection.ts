import type { Duplex } from "node:stream";
import pg from "pg";
import { Failure, messageOf, refusal, stopIfCancelled } from "../core/failure.ts";
import { within } from "../core/within.ts";
import { addressOf, describeTarget, type DatabaseTarget } from "./address.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import {
  type Greeting,
  greetingSql,
  hearServer,
  knownSettings,
  lookedUpSettings,
  NOT_SET,
  type ServerSays,
  settingsFor,
} from "./session-settings.ts";
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
  /** What the server said of itself at the door. */
  readonly #told: ServerSays;

  constructor(client: pg.Client, stream: Duplex, request: ConnectionRequest) {
    this.target = request.target;
    this.#client = client;
    this.#stream = stream;
    this.#request = request;
    this.#told = hearServer(client);
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
    this.keyPid = "processID" in this.#client ? Number(this.#client.processID) : 0;
    const row = await this.#greet();
    this.pid = row?.pid ?? 0;
    this.serverVersion = row?.version ?? 0;
    this.#refuseOther(row?.standby === true, row?.readonly === true);
  }

  /** Who answers, and the settings: in one statement, as behind a pooler the next one may go to another session. */
  async #greet(): Promise<Greeting | undefined> {
    const { untouched = false } = this.#request;
    const wanted = settingsFor(this.#request);
    const ways = [knownSettings(wanted, this.#told), lookedUpSettings(wanted)].filter((way) => way !== undefined);
    for (const [turn, { sql, values }] of ways.entries()) {
      try {
        const [row] = await this.query<Greeting>(greetingSql(sql), [!untouched, this.keyPid, ...values]);
        return row;
      } catch (error) {
        // A server that says it is PostgreSQL and lacks a setting of that version: which ones there are, it is asked.
        if (!(error instanceof Failure && NOT_SET.has(error.code ?? "")) || turn === ways.length - 1) throw error;
      }
    }
    return undefined;
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
