import { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import { clauseOf, refusal } from "../core/failure.ts";
import { quoted } from "../core/format.ts";
import type { Machine } from "../core/machine.ts";
import { readText, resolvePath } from "../machine/files/files.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads `tls-ca`, PEM text or a path on this machine. Refuses what is no certificate. */
export async function trustIn(tlsCa: string, here: Machine): Promise<SecureContext> {
  const inline = tlsCa.includes("-----BEGIN");
  const where = inline ? "`tls-ca`" : `The file of \`tls-ca\`, ${quoted(tlsCa.trim())},`;
  const pem = inline ? tlsCa : await readNamed(tlsCa.trim(), where, here);
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0)
    throw refusal(`${where} holds no certificate.`, {
      code: "bad-certificate",
      hint: "A PEM certificate begins with -----BEGIN CERTIFICATE-----.",
    });
  try {
    // Reads each one: what is broken is told here, not by a handshake that fails.
    const ca = certificates.map((certificate) => new X509Certificate(certificate).toString());
    // A server's own certificate, given here, is trusted as well.
    return process.getBuiltinModule("node:tls").createSecureContext({ ca, allowPartialTrustChain: true });
  } catch (error) {
    throw refusal(`${where} holds a certificate that cannot be read.`, {
      code: "bad-certificate",
      hint: "Was it cut, or its line breaks lost?",
      cause: error,
    });
  }
}

async function readNamed(path: string, where: string, here: Machine): Promise<string> {
  const hint = "Give the PEM text itself, or the path of a file here.";
  let text: string | undefined;
  try {
    text = await readText(here, await resolvePath(here, path));
  } catch (error) {
    throw refusal(`${where} cannot be read on ${here.name}: ${clauseOf(error)}.`, { code: "no-file", hint, cause: error });
  }
  if (text === undefined) throw refusal(`${where} does not exist on ${here.name}.`, { code: "no-file", hint });
  return text;
}
