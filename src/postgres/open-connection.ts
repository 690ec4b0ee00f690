import type { Duplex } from "node:stream";
import pg from "pg";
import { Failure, messageOf } from "../core/failure.ts";
import { within } from "../core/within.ts";
import { addressOf, describeServer, describeTarget, serverOptions, type DatabaseTarget } from "./address.ts";
import { requireChannelBinding } from "./channel-binding.ts";
import type { Connection, ConnectionRequest } from "./connection.ts";
import { PgConnection, TYPES } from "./pg-connection.ts";
import { UNLIMITED } from "./time-limits.ts";
import { entryFailure } from "./sqlerror.ts";
import { secureWire } from "./wire.ts";

const CONNECT_TIMEOUT = 10_000;
/** Of `connect_timeout`, in seconds. libpq takes 1 for 2, and 0 or less for ever; a timer knows no such time. */
const LEAST_SECONDS = 2;
const FOR_EVER_SECONDS = 3600;

function connectTimeoutOf({ options }: DatabaseTarget): number {
  const said = options["connect_timeout"];
  if (said === undefined) return CONNECT_TIMEOUT;
  const seconds = Number(said) <= 0 ? FOR_EVER_SECONDS : Number(said);
  return Math.min(Math.max(seconds, LEAST_SECONDS), FOR_EVER_SECONDS) * 1000;
}

/** How a session ends that is not given the time to be told its limits: a statement's, a transaction's, an idle one's. */
const TOO_SHORT = ["57014", "25P04", "25P03", "57P05", "connection-lost"];
/**
 * Opens a session. Rejects with a Failure that says what to do, or with Cancelled. Its limits of time are lifted from within,
 * since a pooler lets nobody say them at the door; where a role's or a database's own are too short for that, at the door.
 */
export async function openConnection(request: ConnectionRequest): Promise<Connection> {
  try {
    return await openWith(request, undefined);
  } catch (error) {
    if (!(error instanceof Failure && TOO_SHORT.includes(error.code ?? ""))) throw error;
    for (const options of UNLIMITED) {
      try {
        return await openWith(request, options);
      } catch (again) {
        if (!(again instanceof Failure)) throw again;
      }
    }
    throw error;
  }
}

async function openWith(request: ConnectionRequest, door: string | undefined): Promise<Connection> {
  const { target, signal } = request;
  const timeout = request.connectTimeout ?? connectTimeoutOf(target);
  const opening = new ConnectionAttempt(request, door);
  const late = () => {
    throw new Failure(`No answer from ${describeTarget(target)} within ${timeout / 1000} s.`, {
      code: "timeout",
      hint: "Check the server's name and port, and the firewall between.",
    });
  };
  try {
    return await within({ ms: timeout, late, signal }, async () => await opening.open());
  } catch (error) {
    opening.abandon();
    throw error;
  }
}

class ConnectionAttempt {
  readonly #request: ConnectionRequest;
  /** Options that come before what role and database say. */
  readonly #door: string | undefined;
  #stream: Duplex | undefined;
  #abandoned = false;

  constructor(request: ConnectionRequest, door: string | undefined) {
    this.#request = request;
    this.#door = door;
  }

  abandon(): void {
    this.#abandoned = true;
    this.#stream?.destroy();
  }

  async open(): Promise<Connection> {
    const { target } = this.#request;
    const stream = await this.#wire();
    const options = [serverOptions(target), this.#door].filter((text) => text !== undefined).join(" ");
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
      ...(options === "" ? {} : { options }),
      ...(this.#request.abreast === true && { pipeline: true }),
      enableChannelBinding: target.options["channel_binding"] === "require",
      types: TYPES,
    });
    if (target.options["channel_binding"] === "require") requireChannelBinding(client, stream);
    const session = new PgConnection(client, stream, this.#request);
    try {
      await client.connect();
    } catch (error) {
      if (passwordAsked && target.password === undefined) {
        throw new Failure(`${describeServer(target)} wants a password, and ${target.setting ?? "the URL"} has none.`, {
          code: "28P01",
          hint: "Put it into the URL: postgres://user:password@server/database",
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
function unreachable(error: unknown, target: DatabaseTarget): Failure {
  const known = error instanceof Failure ? error : undefined;
  if (known?.code === "tls") return known;
  return new Failure(`Cannot reach ${describeTarget(target)}.`, {
    code: known?.code ?? "unreachable",
    evidence: [messageOf(error), ...(known?.evidence ?? [])],
    hint: `${known?.hint ?? "Check the server's name and port, that it runs, and the firewall between."} It is named by ${target.setting ?? "the URL"}.`,
    cause: error,
  });
}
