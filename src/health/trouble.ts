import { clauseOf, Failure } from "../core/failure.ts";
import { shortLine } from "./excerpt.ts";
import { type HostPort, isLoopback, showAddress } from "./places.ts";

/** Why a request got no answer, in words. */
export interface Trouble {
  readonly reason: string;
  readonly hint?: string | undefined;
  /** Nobody listens there: a server that does would have accepted. */
  readonly refused?: boolean;
}

export interface AskedPlace {
  readonly address: HostPort;
  /** For people: `this machine`, `deploy@shop.example`. */
  readonly from: string;
  readonly tls: boolean;
}

/** Turns what a connection, a handshake or a parser reported into one line and the next move, by its code. */
export function explain(error: unknown, place: AskedPlace): Trouble {
  const at = showAddress(place.address);
  const codes = codesOf(error);
  const is = (...known: readonly string[]) => known.some((code) => codes.includes(code));
  if (is("refused", "ECONNREFUSED")) {
    // Over SSH it is the host's word for what went wrong, a name that it does not know among it.
    const [said] = error instanceof Failure ? error.evidence : [];
    return {
      reason: said === undefined ? `connection refused (${at})` : `no connection to ${at}: ${shortLine(said)}`,
      hint: listening(place),
      // For a name the host may have meant that it could not look it up just now.
      refused: said === undefined || isLoopback(place.address.host),
    };
  }
  if (is("name-not-resolved", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL")) {
    return {
      reason: `the name ${place.address.host} is not known on ${place.from} (DNS)`,
      hint: "Check the spelling; a name of the compose network is known inside its containers only.",
    };
  }
  if (is("timeout", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH")) {
    return {
      reason: `no way to ${at} from ${place.from}`,
      hint: "Check the address and the firewall between; `from: host` and `from: runner` see different networks.",
    };
  }
  const tls = place.tls ? explainTls(error, codes, place) : undefined;
  if (tls !== undefined) return tls;
  if (is("HPE_CR_EXPECTED", "HPE_LF_EXPECTED")) {
    return {
      reason: `${at} ends the lines of its answer with a bare line feed, which HTTP does not allow`,
      hint: "HTTP/1.1 wants CR and LF at the end of each header line. Let the app's HTTP library write them, or put a proxy before it.",
    };
  }
  if (codes.some((code) => code.startsWith("HPE_")) && speaksHttp2(error)) return onlyHttp2(at);
  if (codes.some((code) => code.startsWith("HPE_"))) {
    return {
      reason: `${at} answers something that is not HTTP`,
      hint: place.tls ? undefined : "Does it expect TLS (https://), or is it another service's port?",
    };
  }
  if (is("ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNABORTED", "connection-lost")) {
    return {
      reason: `${at} closed the connection without a whole answer`,
      hint: "The app may have crashed in the middle of it: its log says more.",
    };
  }
  if (error instanceof Failure) return { reason: shortLine(clauseOf(error)), hint: error.hint };
  return { reason: `${at}: ${shortLine(clauseOf(error))}` };
}

function listening({ address, from }: AskedPlace): string {
  const loopback = /^(localhost|127\.|::1$)/.test(address.host);
  if (!loopback) return `Is the app listening on this address, and not only on the host's localhost? Asked from ${from}.`;
  return `Is the app listening on port ${address.port}? Asked from ${from}, whose own localhost this is (see \`from\`).`;
}

function explainTls(error: unknown, codes: readonly string[], { address }: AskedPlace): Trouble | undefined {
  const at = showAddress(address);
  const is = (...known: readonly string[]) => known.some((code) => codes.includes(code));
  if (is("DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN")) {
    return {
      reason: `the certificate of ${at} is self-signed, or signed by an authority that is not known`,
      hint: "Give that authority's certificate as `tls-ca`.",
    };
  }
  if (
    is(
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_UNTRUSTED",
      "INVALID_CA",
      "CERT_SIGNATURE_FAILURE",
    )
  ) {
    return {
      reason: `nobody known signed the certificate of ${at}`,
      hint: "Give the authority's certificate as `tls-ca`, or let the server send the whole chain, with its intermediate certificates.",
    };
  }
  if (is("CERT_HAS_EXPIRED")) return { reason: `the certificate of ${at} has expired`, hint: "Renew it, and reload the server." };
  if (is("CERT_NOT_YET_VALID"))
    return { reason: `the certificate of ${at} is not valid yet`, hint: "Compare the clocks of both machines." };
  if (is("ERR_TLS_CERT_ALTNAME_INVALID")) {
    return { reason: `the certificate of ${at} is for other names: ${shortLine(clauseOf(error))}`, hint: "Use one of its names in `url`." };
  }
  if (is("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_TLS_ALERT_NO_APPLICATION_PROTOCOL")) return onlyHttp2(at);
  if (is("ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ERR_SSL_HTTP_REQUEST")) {
    return { reason: `${at} does not speak TLS`, hint: "Does it expect plain HTTP (http://)?" };
  }
  if (codes.some((code) => code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO")) {
    return { reason: `no TLS connection to ${at}: ${shortLine(clauseOf(error))}` };
  }
  return undefined;
}

function onlyHttp2(at: string): Trouble {
  return {
    reason: `${at} speaks HTTP/2 only, and health is asked over HTTP/1.1`,
    hint: "Allow HTTP/1.1 on that port too, or give a `url` that answers it (a plain health port, the proxy in front), or a `command`.",
  };
}

/** Whether the first that came is a frame of HTTP/2, its SETTINGS: 3 bytes of length, type 4, flags, stream 0 (RFC 9113, 3.4). */
function speaksHttp2(error: unknown): boolean {
  const { rawPacket } = error as { readonly rawPacket?: unknown };
  if (!Buffer.isBuffer(rawPacket) || rawPacket.length < 9) return false;
  return rawPacket[3] === 4 && rawPacket.readUInt32BE(5) === 0;
}

/** The codes of an error and of its causes. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === "string") codes.push(code);
  }
  return codes;
}
