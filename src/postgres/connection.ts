import type { Duplex } from "node:stream";
import pg from "pg";
import { Cancelled, Failure, messageOf, stopIfCancelled } from "../core/failure.ts";
import { addressOf, describeTarget, serverOptions, type Target } from "./address.ts";
import { requireChannelBinding } from "./channel-binding.ts";
import { Session, TYPES } from "./session.ts";
import { entryFailure } from "./sqlerror.ts";
import { type Certificates, secureWire } from "./wire.ts";

export { positionEvidence } from "./sqlerror.ts";

/** One session. Queries run one after another, in the order they were asked for. */
export interface Connection extends AsyncDisposable {
  readonly target: Target;
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
  /** Runs one or more statements as one message, so as one transaction where it says nothing else. */
  exec(sql: string): Promise<void>;
  /** BEGIN, the body, COMMIT; ROLLBACK where it throws. `mode` is put behind BEGIN. */
  transaction<T>(body: () => Promise<T>, mode?: string): Promise<T>;
  /** Runs the body in the transaction that is open, else in a read-only one with a single snapshot. */
  inSnapshot<T>(body: () => Promise<T>): Promise<T>;
}

export interface ConnectionRequest {
  readonly target: Target;
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
  /** Keeps the search path that role and database give: for SQL that is the user's. Without it names are looked for in pg_catalog alone. */
  readonly asApp?: boolean | undefined;
}

const CONNECT_TIMEOUT = 10_000;
/** Of `connect_timeout`, in seconds. libpq takes 1 for 2, and 0 or less for ever; a timer knows no such time. */
const LEAST_SECONDS = 2;
const FOR_EVER_SECONDS = 3600;

function connectTimeoutOf({ options }: Target): number {
  const said = options["connect_timeout"];
  if (said === undefined) return CONNECT_TIMEOUT;
  const seconds = Number(said) <= 0 ? FOR_EVER_SECONDS : Number(said);
  return Math.min(Math.max(seconds, LEAST_SECONDS), FOR_EVER_SECONDS) * 1000;
}

/** Opens a session. Rejects with a Failure that says what to do, or with Cancelled. */
export async function openConnection(request: ConnectionRequest): Promise<Connection> {
  const { target, signal } = request;
  if (signal) stopIfCancelled(signal);
  const timeout = request.connectTimeout ?? connectTimeoutOf(target);
  const opening = new Opening(request);
  const stop = Promise.withResolvers<never>();
  const onAbort = (): void => stop.reject(new Cancelled());
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => {
    stop.reject(
      new Failure(`no answer from ${describeTarget(target)} within ${timeout / 1000} s`, {
        code: "timeout",
        hint: "check the server's name and port, and the firewall between",
      }),
    );
  }, timeout);
  try {
    return await Promise.race([opening.open(), stop.promise]);
  } catch (error) {
    opening.abandon();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

class Opening {
  readonly #request: ConnectionRequest;
  #stream: Duplex | undefined;
  #abandoned = false;

  constructor(request: ConnectionRequest) {
    this.#request = request;
  }

  abandon(): void {
    this.#abandoned = true;
    this.#stream?.destroy();
  }

  async open(): Promise<Connection> {
    const { target } = this.#request;
    const stream = await this.#wire();
    const options = serverOptions(target);
    let passwordAsked = false;
    const client = new pg.Client({
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      // A function, so that neither PGPASSWORD nor ~/.pgpass of whoever runs this is taken instead.
      password: () => {
        passwordAsked = true;
        return target.password?.reveal() ?? "";
      },
      ssl: false,
      stream: () => asSocket(stream),
      application_name: this.#request.applicationName,
      ...(options === undefined ? {} : { options }),
      enableChannelBinding: target.options["channel_binding"] === "require",
      types: TYPES,
    });
    if (target.options["channel_binding"] === "require") requireChannelBinding(client, stream);
    const session = new Session(client, stream, this.#request);
    try {
      await client.connect();
    } catch (error) {
      if (passwordAsked && target.password === undefined) {
        throw new Failure(`${describeTarget(target)} wants a password, and ${target.setting ?? "the URL"} has none`, {
          code: "28P01",
          hint: "put it into the URL: postgres://user:password@server/database",
        });
      }
      throw error instanceof pg.DatabaseError ? entryFailure(error, target) : unreachable(error, target);
    }
    await session.begin();
    return session;
  }

  async #wire(): Promise<Duplex> {
    const { target, certificates = {} } = this.#request;
    try {
      const raw = await this.#request.dial(addressOf(target));
      this.#stream = raw;
      // Whatever happens to the stream is told by the client; without a listener it would end the process.
      raw.on("error", () => undefined);
      if (this.#abandoned) raw.destroy();
      const stream = await secureWire(raw, target, certificates);
      this.#stream = stream;
      return stream;
    } catch (error) {
      throw unreachable(error, target);
    }
  }
}

/** What pg wants of a socket and other streams (an SSH channel) lack. It is connected already. */
function asSocket(stream: Duplex): Duplex {
  const nothing = (): Duplex => stream;
  const missing = Object.fromEntries(
    ["setNoDelay", "setKeepAlive", "ref", "unref"].filter((name) => !(name in stream)).map((name) => [name, nothing]),
  );
  return Object.assign(stream, missing, {
    connect: () => {
      // It was paused while encryption was agreed on; pg has its listeners on it by now.
      process.nextTick(() => stream.resume().emit("connect"));
      return stream;
    },
  });
}

/** What the way there failed with, said of the database; its code and hint are kept. */
function unreachable(error: unknown, target: Target): Failure {
  const known = error instanceof Failure ? error : undefined;
  if (known?.code === "tls") return known;
  return new Failure(`cannot reach ${describeTarget(target)}`, {
    code: known?.code ?? "unreachable",
    evidence: [messageOf(error), ...(known?.evidence ?? [])],
    hint: `${known?.hint ?? "check the server's name and port, that it runs, and the firewall between."} It is named by ${target.setting ?? "the URL"}.`,
    cause: error,
  });
}
