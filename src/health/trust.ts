import { X509Certificate } from "node:crypto";
import { type SecureContext, createSecureContext } from "node:tls";
import { refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { readText, resolvePath } from "../machine/files.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads `tls-ca`, PEM text or a path on this machine. Refuses what is no certificate. */
export async function trustIn(tlsCa: string, here: Machine): Promise<SecureContext> {
  const inline = tlsCa.includes("-----BEGIN");
  const pem = inline ? tlsCa : await readText(here, await resolvePath(here, tlsCa.trim()));
  const where = inline ? "tls-ca" : `the file of tls-ca, ${tlsCa.trim()},`;
  if (pem === undefined)
    throw refusal(`${where} does not exist on ${here.name}`, { hint: "Give the PEM text itself, or the path of a file here." });
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0)
    throw refusal(`${where} holds no certificate`, { hint: "A PEM certificate begins with -----BEGIN CERTIFICATE-----." });
  try {
    // Reads each one: what is broken is told here, not by a handshake that fails.
    const ca = certificates.map((certificate) => new X509Certificate(certificate).toString());
    // A server's own certificate, given here, is trusted as well.
    return createSecureContext({ ca, allowPartialTrustChain: true });
  } catch (error) {
    throw refusal(`${where} holds a certificate that cannot be read`, { hint: "Was it cut, or its line breaks lost?", cause: error });
  }
}
