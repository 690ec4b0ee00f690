import { createHash, createHmac } from "node:crypto";

/** What somebody trusts: lines of a known_hosts file, and bare `SHA256:` fingerprints. */
export interface KnownHosts {
  readonly entries: readonly KnownEntry[];
  /** As ssh-keygen prints them, without padding: `SHA256:…`. They hold for whatever host is asked. */
  readonly fingerprints: readonly string[];
  /** Lines that mean nothing, and why. */
  readonly problems: readonly string[];
}

interface KnownEntry {
  readonly marker: "" | "@revoked" | "@cert-authority";
  readonly patterns: readonly string[];
  readonly type: string;
  readonly key: Buffer;
}

/** What the known hosts say of a key that a server offers. */
export type HostKeyVerdict =
  | { readonly state: "known" }
  | { readonly state: "revoked" }
  /** Keys of this type are known for the host, and this is none of them; or none of the given fingerprints. */
  | { readonly state: "changed" }
  /** Only keys of other types are known for the host. */
  | { readonly state: "other-type"; readonly types: readonly string[] }
  /** Nothing is known of the host; `authority` where a @cert-authority line speaks of it, which is not supported. */
  | { readonly state: "unknown"; readonly authority: boolean };

const MARKERS = ["@revoked", "@cert-authority"] as const;
/** Bare, or behind a word as ssh-keygen -l prints it. Never behind a marker: a comment on a revoked key must not make it known. */
const FINGERPRINT = /^(?:[\w-]+\s+)?(SHA256:[A-Za-z0-9+/]{43})=?(?=\s|$)/;

/** Reads known_hosts lines and fingerprints. Never throws; what cannot be read is in `problems`. */
export function parseKnownHosts(text: string): KnownHosts {
  const entries: KnownEntry[] = [];
  const fingerprints: string[] = [];
  const problems: string[] = [];
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const fingerprint = FINGERPRINT.exec(line)?.[1];
    if (fingerprint !== undefined) {
      fingerprints.push(fingerprint);
      continue;
    }
    const entry = parseEntry(line);
    if (typeof entry === "string") problems.push(`line ${index + 1}: ${entry}`);
    else entries.push(entry);
  }
  return { entries, fingerprints, problems };
}

/** As pasted: on one line, line breaks may be spelled out (`\n`), as for a private key. */
function linesOf(text: string): readonly string[] {
  const given = text.replace(/^\u{feff}/u, "").trimEnd();
  return (/[\r\n]/.test(given) ? given : given.replaceAll(/(?:\\r)?\\n/g, "\n")).split(/\r?\n|\r/);
}

/** The entry, or what is wrong with the line. */
function parseEntry(line: string): KnownEntry | string {
  const fields = line.split(/[ \t]+/);
  const marker = MARKERS.find((one) => one === fields[0]) ?? "";
  if (marker !== "") fields.shift();
  const [hosts = "", type = "", encoded = ""] = fields;
  if (hosts.startsWith("@")) return `${hosts} is no marker (@revoked, @cert-authority)`;
  if (/^MD5:/i.test(hosts) || /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/i.test(hosts))
    return "MD5 fingerprints are not accepted: give the SHA256 one (ssh-keygen -lf)";
  if (hosts.startsWith("SHA256:")) return "a SHA256 fingerprint has 43 characters behind the colon";
  if (keyTypeIn(Buffer.from(type, "base64")) === hosts) return "the host is missing before the key type";
  if (encoded === "") return "a line has three parts: host, key type, key";
  const key = wholeKey(encoded);
  if (key === undefined || keyTypeIn(key) !== type) return `the key is not a whole ${type} key in base64`;
  return { marker, patterns: hosts.split(","), type, key };
}

/**
 * The key, where the text is all of one and nothing more. A cut or glued one would never be the server's, and a known key
 * that is another one is told as somebody in between.
 */
function wholeKey(encoded: string): Buffer | undefined {
  const key = Buffer.from(encoded, "base64");
  if (key.toString("base64").replace(/=+$/, "") !== encoded.replace(/=+$/, "")) return undefined;
  let at = 0;
  while (at + 4 <= key.length) at += 4 + key.readUInt32BE(at);
  return at === key.length ? key : undefined;
}

/** The type a public key in SSH's own encoding carries in its first field: `ssh-ed25519`. */
export function keyTypeIn(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length < 64 && key.length > 4 + length ? key.toString("latin1", 4, 4 + length) : undefined;
}

/** `SHA256:…` as ssh-keygen prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** How known_hosts names a server: `[server]:2222` where the port is not 22. */
export function hostName(host: string, port: number): string {
  return (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
}

/** The key types known for a server, in the order of the lines: what the handshake should ask for first. */
export function knownTypes(known: KnownHosts, host: string, port: number): readonly string[] {
  const own = typesFor(known, hostName(host, port));
  return own.length > 0 ? own : typesFor(known, hostName(host, 22));
}

function typesFor(known: KnownHosts, name: string): readonly string[] {
  return [...new Set(known.entries.filter((entry) => entry.marker === "" && matches(entry.patterns, name)).map((entry) => entry.type))];
}

/** Judges a key offered by a server, as OpenSSH does: a line without port also vouches for other ports, never against them. */
export function judgeHostKey(
  known: KnownHosts,
  { host, port }: { readonly host: string; readonly port: number },
  key: Buffer,
): HostKeyVerdict {
  const exact = judgeName(known.entries, hostName(host, port), key);
  const portless = port === 22 ? exact : judgeName(known.entries, hostName(host, 22), key);
  if (exact.state === "revoked" || portless.state === "revoked") return { state: "revoked" };
  if (exact.state === "known" || known.fingerprints.includes(fingerprintOf(key))) return { state: "known" };
  if (exact.state !== "unknown") return exact;
  if (portless.state === "known") return portless;
  return known.fingerprints.length > 0 ? { state: "changed" } : exact;
}

function judgeName(entries: readonly KnownEntry[], name: string, key: Buffer): HostKeyVerdict {
  const about = entries.filter((entry) => matches(entry.patterns, name));
  if (about.some((entry) => entry.marker === "@revoked" && entry.key.equals(key))) return { state: "revoked" };
  const trusted = about.filter((entry) => entry.marker === "");
  if (trusted.some((entry) => entry.key.equals(key))) return { state: "known" };
  if (trusted.length === 0) return { state: "unknown", authority: about.some((entry) => entry.marker === "@cert-authority") };
  const type = keyTypeIn(key);
  if (trusted.some((entry) => entry.type === type)) return { state: "changed" };
  return { state: "other-type", types: [...new Set(trusted.map((entry) => entry.type))] };
}

/** Whether a line's patterns mean this host. One negated match excludes it, whatever else matches. */
function matches(patterns: readonly string[], name: string): boolean {
  let found = false;
  for (const pattern of patterns) {
    if (pattern.startsWith("|1|")) {
      found ||= matchesHash(pattern, name);
    } else if (pattern.startsWith("!")) {
      if (matchesGlob(pattern.slice(1), name)) return false;
    } else {
      found ||= matchesGlob(pattern, name);
    }
  }
  return found;
}

function matchesHash(pattern: string, name: string): boolean {
  const [, , salt = "", hash = ""] = pattern.split("|");
  return hash !== "" && createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function matchesGlob(pattern: string, name: string): boolean {
  // Brackets are OpenSSH's own notation for ports here, never a set of characters.
  const source = pattern
    .toLowerCase()
    .replaceAll(/[$()*+./?[\\\]^{|}]/g, (char) => (char === "*" ? "[^]*" : char === "?" ? "[^]" : `\\${char}`));
  return new RegExp(`^${source}$`, "u").test(name);
}
