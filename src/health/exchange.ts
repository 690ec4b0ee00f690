import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { Machine } from "../core/machine.ts";
import type { Clock } from "../core/ports.ts";
import { within } from "../core/within.ts";
import { type Body, decodeText, readBody } from "./body.ts";
import type { AnswerHeaders } from "./headers.ts";
import { hostPortOf } from "./places.ts";

export interface Request {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: AnswerHeaders;
  readonly body: string;
  /** Bytes of the body that were read, after decoding. */
  readonly bytes: number;
  readonly ending: Body["ending"];
  /** What broke the body off. */
  readonly problem?: unknown;
  /** From the sent request to the last byte of the body, in milliseconds. */
  readonly latencyMs: number;
}

/** What an exchange needs of the world. `phase` is kept up to date, so that one that hangs can say where. */
export interface Wire {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly trust: SecureContext | undefined;
  readonly signal: AbortSignal;
  phase: "connecting" | "handshake" | "waiting";
}

/**
 * One HTTP request on a connection of its own, over a stream that the machine dials: so `localhost` is the
 * machine's. Rejects where no answer begins; one that breaks off is returned as far as it came.
 */
export async function exchange(request: Request, wire: Wire): Promise<Answer> {
  const { url } = request;
  wire.phase = "connecting";
  const dialled = await within({ signal: wire.signal, discard }, async () => await wire.machine.dial(hostPortOf(url)));
  // Whatever happens to the stream is told by the request; unheard it would end the process.
  dialled.on("error", () => undefined);
  try {
    const stream = url.protocol === "https:" ? await handshake(dialled, url, wire) : dialled;
    wire.phase = "waiting";
    const sentAt = wire.clock.now().getTime();
    const response = await send(request, stream, wire.signal);
    const body = await readBody(response);
    const headers = headersOf(response);
    return {
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? "",
      headers,
      body: decodeText(body.bytes, headers.get("content-type")?.[0]),
      bytes: body.bytes.length,
      ending: body.ending,
      problem: body.problem,
      latencyMs: wire.clock.now().getTime() - sentAt,
    };
  } finally {
    dialled.destroy();
  }
}

function discard(late: Duplex): void {
  late.on("error", () => undefined);
  late.destroy();
}

async function handshake(stream: Duplex, url: URL, wire: Wire): Promise<Duplex> {
  wire.phase = "handshake";
  return await within({ signal: wire.signal, discard }, async () => await shaken(stream, url, wire.trust));
}

async function shaken(stream: Duplex, url: URL, trust: Wire["trust"]): Promise<Duplex> {
  const { host } = hostPortOf(url);
  // Most checks stay on the host, in plain HTTP, and do without what takes a while to load.
  const secure = process.getBuiltinModule("node:tls").connect({
    socket: stream,
    host,
    // A server's name in the greeting is never an address (RFC 6066).
    servername: isIP(host) === 0 ? host : "",
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    ...(trust === undefined ? {} : { secureContext: trust }),
  });
  return await new Promise((resolve, reject) => {
    secure.on("error", reject);
    secure.once("close", () => reject(Object.assign(new Error("closed during the handshake"), { code: "ECONNRESET" })));
    secure.once("secureConnect", () => resolve(secure));
  });
}

async function send({ url, method, headers }: Request, stream: Duplex, signal: AbortSignal): Promise<IncomingMessage> {
  // To import it is to load all that it exports, undici too, and takes longer than the rest of an action's start.
  const http = process.getBuiltinModule("node:http");
  return await new Promise((resolve, reject) => {
    const sent = http.request({
      createConnection: () => stream,
      method,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, "user-agent": "savepoint", accept: "*/*", connection: "close", ...grouped(headers) },
      setHost: false,
      signal,
    });
    sent.once("response", resolve);
    sent.on("error", reject);
    sent.end();
  });
}

/** A header that is given twice is sent twice. */
function grouped(headers: Request["headers"]): Record<string, string | string[]> {
  const groups = Map.groupBy(headers, ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...groups].map(([name, [first, ...more]]) => [
      name,
      more.length === 0 ? (first?.[1] ?? "") : [first, ...more].map((entry) => entry?.[1] ?? ""),
    ]),
  );
}

function headersOf(response: IncomingMessage): AnswerHeaders {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    const name = (response.rawHeaders[at] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), response.rawHeaders[at + 1] ?? ""]);
  }
  return headers;
}
