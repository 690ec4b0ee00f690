import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";
import { refusal } from "../../core/failure.ts";
import type { Secret } from "../../core/secret.ts";

/**
 * Reads a private key from text, forgiving what pasting does to it (CRLF, lost line breaks, `\n` spelled out).
 * Refuses with code `key-public`, `key-malformed`, `key-encrypted` (a passphrase is missing) or `bad-passphrase`;
 * nothing of the key is repeated. `from` names the key in the message.
 */
export function readPrivateKey(key: Secret, passphrase: Secret | undefined, from = "ssh-key"): ParsedKey {
  const text = normalize(key.reveal());
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text)) {
    throw refusal(`${from} is the public key.`, { code: "key-public", hint: "Give the private one: the file of that name without .pub." });
  }
  const encrypted = isEncrypted(text);
  if (encrypted === undefined) {
    throw refusal(`${from} is not a private key.`, {
      code: "key-malformed",
      hint: "Give the whole file, from -----BEGIN … to -----END … PRIVATE KEY-----.",
    });
  }
  if (encrypted && passphrase === undefined) {
    throw refusal(`${from} is protected by a passphrase, and none is given.`, { code: "key-encrypted", hint: "Give ssh-passphrase." });
  }
  const parsed = ssh2.utils.parseKey(text, encrypted ? passphrase?.reveal() : undefined);
  if (parsed instanceof Error) {
    if (encrypted) {
      throw refusal(`The passphrase does not open ${from}.`, {
        code: "bad-passphrase",
        // Other ciphers and PKCS#8 cannot be told from a wrong passphrase.
        hint: "Check ssh-passphrase. Where it is right, the key's format may be one that is not read: ssh-keygen -p -Z aes256-ctr -f <key> rewrites it.",
      });
    }
    throw refusal(`${from} cannot be read as a private key.`, {
      code: "key-malformed",
      hint: "It may be cut off, or of a format that is not supported. OpenSSH's own is: ssh-keygen -p -f <key> rewrites it.",
    });
  }
  if (!parsed.isPrivateKey()) throw refusal(`${from} holds no private key.`, { code: "key-malformed" });
  return parsed;
}

function normalize(text: string): string {
  const trimmed = text.replace(/^\u{feff}/u, "").trim();
  const broken = trimmed.includes("\n") || trimmed.includes("\r") ? trimmed : trimmed.replaceAll(String.raw`\n`, "\n");
  const lines = unfolded(broken)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim());
  return `${lines.join("\n").trim()}\n`;
}

/** A key on one line, as `echo $KEY` leaves it: its line breaks are spaces, or gone. */
function unfolded(text: string): string {
  const [, begin = "", body = "", end = ""] = /^(-----BEGIN [A-Z ]+-----) *([A-Za-z0-9+/= ]+?) *(-----END [A-Z ]+-----)$/.exec(text) ?? [];
  return begin === "" ? text : [begin, ...body.split(/ +/), end].join("\n");
}

/** Whether a passphrase is needed; undefined where this is no private key at all. Read from the format, as errors have no codes. */
function isEncrypted(text: string): boolean | undefined {
  const putty = /^PuTTY-User-Key-File-\d: [^\n]+\nEncryption: (\S+)/.exec(text);
  if (putty !== null) return putty[1] !== "none";
  const [, label, body] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\n([^]*?)\n?-----END \1-----/.exec(text) ?? [];
  if (label === undefined || body === undefined) return undefined;
  if (label !== "OPENSSH PRIVATE KEY") return label.startsWith("ENCRYPTED ") || /^Proc-Type: 4,ENCRYPTED/m.test(body);
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic || bytes.length < magic.length + 8) return undefined;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.toString("latin1", magic.length + 4, magic.length + 4 + length) !== "none";
}
