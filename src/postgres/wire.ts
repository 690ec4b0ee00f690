import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as secure, type ConnectionOptions, type SecureVersion } from "node:tls";
import { Failure, messageOf } from "../core/failure.ts";
import type { DatabaseTarget } from "./address.ts";

/** What `sslrootcert`, `sslcert` and `sslkey` hold, as text. */
export interface Certificates {
  readonly root?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Agrees with the server on encryption, with libpq's meaning of `sslmode` (pg's own reads `require` as
 * `verify-full` today), and returns the stream to speak PostgreSQL over. Rejects with a Failure of code `tls`.
 */
export async function secureWire(raw: Duplex, target: DatabaseTarget, certificates: Certificates): Promise<Duplex> {
  // As libpq: a Unix socket is never encrypted.
  if (target.socket !== undefined || target.sslmode === "disable" || target.sslmode === "allow") return raw;
  raw.write(SSL_REQUEST);
  const answer = await firstBytes(raw);
  if (answer === "S") return await handshake(raw, target, certificates);
  if (answer === "N" && target.sslmode === "prefer") return raw;
  raw.destroy();
  if (answer === "N") {
    throw new Failure("The server does not offer encryption, and sslmode asks for it.", {
      code: "tls",
      hint: "Switch SSL on in the server, or, where the way to it is safe, say sslmode=disable in the URL.",
    });
  }
  // More than one byte before the handshake would be text that someone put in between.
  throw new Failure("What answers there does not speak PostgreSQL.", { code: "tls", hint: "Check the server's name and port." });
}

async function firstBytes(raw: Duplex): Promise<string> {
  return await new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      raw.off("data", onData).off("error", onError).off("close", onClose).off("end", onClose);
      act();
    };
    const onData = (bytes: Buffer): void => {
      raw.pause();
      settle(() => resolve(bytes.toString("latin1")));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onClose = (): void =>
      settle(() => reject(new Failure("The connection was closed before it began.", { code: "connection-lost" })));
    raw.on("data", onData).on("error", onError).on("close", onClose).on("end", onClose);
  });
}

async function handshake(raw: Duplex, target: DatabaseTarget, certificates: Certificates): Promise<Duplex> {
  const stream = secure(tlsOptions(raw, target, certificates));
  raw.on("error", (error) => stream.destroy(error));
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => {
      const code = "code" in error && typeof error.code === "string" ? error.code : "";
      reject(
        new Failure(`No trusted encrypted connection to ${target.host} (sslmode=${target.sslmode}).`, {
          code: "tls",
          evidence: [code === "" ? messageOf(error) : `${messageOf(error)} (${code})`],
          hint: "Give the authority that signed the server's certificate as sslrootcert=/path/on/that/machine in the URL, and the server by the name in its certificate.",
          cause: error,
        }),
      );
    };
    stream.once("error", onError);
    stream.once("close", () => onError(new Error("closed during the handshake")));
    stream.once("secureConnect", () => {
      stream.off("error", onError);
      resolve();
    });
  });
  return stream;
}

/** libpq's names for them are Node's, and were looked at when the URL was read. */
interface TlsVersions {
  readonly ssl_min_protocol_version?: SecureVersion;
  readonly ssl_max_protocol_version?: SecureVersion;
}

function tlsOptions(raw: Duplex, target: DatabaseTarget, certificates: Certificates): ConnectionOptions {
  // As libpq: `require` looks at the certificate only where a root was given.
  const verified = target.sslmode.startsWith("verify-") || (target.sslmode === "require" && certificates.root !== undefined);
  const { ssl_min_protocol_version: minVersion, ssl_max_protocol_version: maxVersion } = target.options as TlsVersions;
  return {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    socket: raw,
    host: target.host,
    // A server's name in the greeting is never an address (RFC 6066).
    ...(isIP(target.host) === 0 && target.options["sslsni"] !== "0" ? { servername: target.host } : {}),
    rejectUnauthorized: verified,
    ...(target.sslmode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(certificates.root === undefined ? {} : { ca: certificates.root }),
    ...(certificates.certificate === undefined ? {} : { cert: certificates.certificate }),
    ...(certificates.key === undefined ? {} : { key: certificates.key }),
  };
}
