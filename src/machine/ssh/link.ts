import type { Duplex } from "node:stream";
import type { Client, ServerHostKeyAlgorithm } from "ssh2";
import { Cancelled, Failure, messageOf, refusal } from "../../core/failure.ts";
import type { Report } from "../../core/report.ts";
import { within } from "../../core/within.ts";
import { connectClient } from "./client.ts";
import { hostKeyAlgorithms, hostKeyFailure } from "./host-key.ts";
import { type HostKeyVerdict, judgeHostKey, keyTypeIn, type KnownHosts, knownTypes } from "./known-hosts.ts";
import type { LoginProof } from "./login.ts";
import { turnedAwayBy } from "./turned-away.ts";
import { formatTarget, type HostAddress } from "./address.ts";

const HANDSHAKE_MS = 20_000;
const KEEPALIVE_MS = 15_000;
const KEEPALIVE_MISSES = 3;
const CLOSE_MS = 2000;
const GREETING_BYTES = 512;

/** How to reach, recognise and log in to one server. */
export interface LinkRequest {
  readonly address: HostAddress;
  readonly known: KnownHosts;
  readonly proofs: readonly LoginProof[];
  /** The key of the host that is gone through to this one. */
  readonly jumpKey?: Buffer | undefined;
  /** Remarks on keys that were not tried, for the error. */
  readonly notes: readonly string[];
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two signs of life, where not the usual 15 s. */
  readonly keepaliveMs?: number | undefined;
  /** A connected stream to the server; asked for again where a second handshake is needed. */
  dial(): Promise<Duplex>;
}

/** One authenticated SSH connection. */
export interface Link {
  readonly client: Client;
  /** The host's key, as it was accepted. */
  readonly hostKey: Buffer | undefined;
  /** Why it is gone, once it is. */
  readonly lost: () => string | undefined;
  close(): Promise<void>;
}

/** What was learnt of a server while connecting to it. */
interface Seen {
  key?: Buffer;
  verdict?: HostKeyVerdict;
  secured?: boolean;
  /** The first that it sent. */
  greeting?: string;
}

type LinkAttempt =
  | { readonly link: Link }
  | { readonly failure: Failure; readonly key?: Buffer | undefined; readonly verdict?: HostKeyVerdict | undefined };

/**
 * Connects, checks the host's key strictly, logs in. Throws a Failure: `host-key-unknown`, `host-key-changed`,
 * `host-key-type`, `host-key-revoked`, `auth-refused`, `handshake`, `turned-away`, `timeout`, or what dialling throws.
 */
export async function openLink(request: LinkRequest): Promise<Link> {
  const { known, address } = request;
  const tried: string[] = [];
  let first: Failure | undefined;
  for (;;) {
    const attempt = await tryLink(request, hostKeyAlgorithms(knownTypes(known, address.host, address.port), tried));
    if ("link" in attempt) return attempt.link;
    if (attempt.verdict?.state === "known") throw attempt.failure;
    first ??= attempt.failure;
    // A fingerprint does not say its key's type: the server is asked for its keys of the other types too.
    const type = attempt.key === undefined ? undefined : keyTypeIn(attempt.key);
    if (known.fingerprints.length === 0 || attempt.verdict?.state !== "changed" || type === undefined || tried.includes(type)) throw first;
    tried.push(type);
  }
}

async function tryLink(request: LinkRequest, algorithms: ServerHostKeyAlgorithm[]): Promise<LinkAttempt> {
  const { address, signal } = request;
  if (signal?.aborted === true) throw new Cancelled();
  const sock = await request.dial();
  const seen: Seen = {};
  const { client, begun } = connectClient({
    sock,
    username: address.user,
    readyTimeout: HANDSHAKE_MS,
    keepaliveInterval: request.keepaliveMs ?? KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_MISSES,
    algorithms: { serverHostKey: algorithms },
    authHandler: request.proofs.map((proof) => proof.method(address.user)),
    hostVerifier: (key: Buffer) => {
      // A later exchange of session keys asks again; each time the same strictness.
      seen.key = key;
      seen.verdict = judgeHostKey(vouching(request, key), address, key);
      return seen.verdict.state === "known";
    },
  });
  // Not `within`: that begins nothing where the signal has fired, and this client has begun and must be heard.
  let abort = () => {};
  try {
    return await new Promise<LinkAttempt>((done, stop) => {
      abort = () => stop(new Cancelled());
      signal?.addEventListener("abort", abort, { once: true });
      const fail = (error: (Error & { level?: string }) | undefined) => {
        if (error?.level === "agent") request.report.detail(`ssh agent: ${error.message}`);
        else done({ failure: explain(request, seen, error), ...seen });
      };
      client.on("error", fail);
      client.on("close", () => fail(undefined));
      client.on("handshake", () => (seen.secured = true));
      client.on("banner", (message) => request.report.detail(message.trimEnd()));
      client.on("ready", () => done({ link: watch(client, request.keepaliveMs ?? KEEPALIVE_MS, seen.key) }));
      begun.catch(stop);
      // What stands before the protocol's own first line is no part of it, and where that line never comes, it is all there is.
      sock.once("data", (first: Buffer) => (seen.greeting = first.toString("latin1", 0, GREETING_BYTES)));
    }).then((attempt) => {
      if (!("link" in attempt)) abandon(client, sock);
      return attempt;
    });
  } catch (error) {
    abandon(client, sock);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * What vouches for a key. Fingerprints name no host: one that is the jump host's would let it pose as the host behind it,
 * and read all that is sent there.
 */
function vouching({ known, jumpKey }: LinkRequest, key: Buffer): KnownHosts {
  return jumpKey?.equals(key) === true ? { ...known, fingerprints: [] } : known;
}

function abandon(client: Client, sock: Duplex): void {
  client.destroy();
  sock.destroy();
}

function explain(request: LinkRequest, seen: Seen, error: (Error & { level?: string; code?: unknown }) | undefined): Failure {
  const { address, proofs, notes } = request;
  const host = formatTarget(address);
  if (seen.key !== undefined && seen.verdict !== undefined && seen.verdict.state !== "known")
    return hostKeyFailure(address, seen.key, seen.verdict);
  if (error?.level === "client-timeout") {
    return new Failure(`${host} did not finish the SSH handshake within ${HANDSHAKE_MS / 1000} s.`, { code: "timeout", cause: error });
  }
  // Either all keys were tried, or the server hung up on us with a reason; a connection that just broke says nothing of keys.
  const refused = error?.level === "client-authentication" || typeof error?.code === "number";
  if (seen.secured === true && refused) {
    return refusal(`${host} does not accept ${proofs.map((proof) => proof.name).join(", ")}.`, {
      code: "auth-refused",
      cause: error,
      hint: `Check the user, and that the public key stands in ~${address.user}/.ssh/authorized_keys on the host.`,
      evidence: notes,
    });
  }
  if (seen.secured === true) {
    return new Failure(`The connection to ${host} broke while logging in${error === undefined ? "" : `: ${messageOf(error)}`}`, {
      code: "handshake",
      cause: error,
      hint: "Try again; where it stays so, the server's own log says why (sshd -E, journalctl -u ssh).",
    });
  }
  const turnedAway = turnedAwayBy(host, seen.greeting);
  if (turnedAway !== undefined) return turnedAway;
  return new Failure(`${host} ended the SSH handshake${error === undefined ? "" : `: ${messageOf(error)}`}`, {
    code: "handshake",
    cause: error,
    hint: "Check that an SSH server answers on that port.",
  });
}

/** From here on an error means that the connection is gone. */
function watch(client: Client, keepaliveMs: number, hostKey: Buffer | undefined): Link {
  let lost: string | undefined;
  const closed = new Promise<void>((done) => {
    client.once("close", () => {
      lost ??= "it was closed";
      done();
    });
  });
  client.removeAllListeners("error");
  client.on("error", (error: Error & { level?: string }) => {
    lost ??= error.level === "client-timeout" ? `nothing came for ${(keepaliveMs / 1000) * (KEEPALIVE_MISSES + 1)} s` : messageOf(error);
  });
  return {
    client,
    hostKey,
    lost: () => lost,
    close: async () => {
      if (lost !== undefined) return;
      client.end();
      await within({ ms: CLOSE_MS, late: () => undefined }, async () => await closed);
      client.destroy();
    },
  };
}
