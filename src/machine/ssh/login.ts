import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { Failure, messageOf, refusal } from "../../core/failure.ts";
import type { SshTarget } from "../../core/ports.ts";
import type { Report } from "../../core/report.ts";
import { Secret } from "../../core/secret.ts";
import { givenOrFile } from "./given-file.ts";
import { fingerprintOf, type KnownHosts, parseKnownHosts } from "./known-hosts.ts";
import { readPrivateKey } from "./private-key.ts";

const OWN_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];
const OWN_KNOWN_HOSTS = ["known_hosts", "known_hosts2"];
const SYSTEM_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

/** What a connection needs from the world around it. */
export interface SshWorld {
  /** Whether a person sits at a terminal: only then the agent and `~/.ssh` are used. */
  readonly terminal: boolean;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  /** Fires when the run is asked to stop; connecting then ends with Cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for which a lost connection is tried again, where not a minute. */
  readonly patienceMs?: number | undefined;
  /** Milliseconds between two signs of life on the connection, where not 15 s. */
  readonly keepaliveMs?: number | undefined;
}

/** A way to prove who we are, and its name for messages: `the key SHA256:…`. */
export interface LoginProof {
  readonly name: string;
  method(username: string): AnyAuthMethod;
}

/** What the user's keys are: the one given, else, at a terminal, the agent's and those of `~/.ssh`. Refuses where there is none. */
export async function findProofs(
  target: SshTarget,
  world: SshWorld,
): Promise<{ readonly proofs: readonly LoginProof[]; readonly notes: readonly string[] }> {
  if (target.key !== undefined) {
    const key = new Secret(await givenOrFile(target.key.reveal(), { input: "ssh-key", home: world.home }));
    world.report.mask(key);
    return { proofs: [keyProof(readPrivateKey(key, target.passphrase))], notes: [] };
  }
  if (!world.terminal)
    throw refusal("`host` is given without `ssh-key`.", { code: "no-key", hint: "Give the private key as ssh-key, from a secret." });
  const proofs: LoginProof[] = [];
  const notes: string[] = [];
  const agent = world.env["SSH_AUTH_SOCK"];
  if (agent !== undefined && agent !== "")
    proofs.push({ name: "the keys of the agent", method: (username) => ({ type: "agent", username, agent }) });
  for (const name of OWN_KEYS) {
    const text = await readIfThere(join(world.home, ".ssh", name));
    if (text === undefined) continue;
    try {
      proofs.push(keyProof(readPrivateKey(new Secret(text), target.passphrase, `~/.ssh/${name}`)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      notes.push(error.code === "key-encrypted" ? `~/.ssh/${name} is protected by a passphrase: ssh-add it` : error.message);
    }
  }
  if (proofs.length === 0) {
    throw refusal("There is no key to log in with: no agent, and none in ~/.ssh that can be used.", {
      code: "no-key",
      evidence: notes,
      hint: "ssh-add a key, or make one: ssh-keygen.",
    });
  }
  return { proofs, notes };
}

function keyProof(key: ParsedKey): LoginProof {
  return {
    name: `the ${key.type} key ${fingerprintOf(key.getPublicSSH())}`,
    // A parsed key is fine here, the types only do not say so.
    method: (username) => ({ type: "publickey", username, key: key as unknown as Buffer }),
  };
}

/** The given known hosts, else, at a terminal, those of the user and the system. Refuses where nothing is given or readable. */
export async function findKnownHosts(target: SshTarget, world: SshWorld): Promise<KnownHosts> {
  if (target.knownHosts !== undefined && target.knownHosts.trim() !== "") {
    const known = parseKnownHosts(await givenOrFile(target.knownHosts, { input: "ssh-known-hosts", home: world.home }));
    if (known.entries.length + known.fingerprints.length > 0) {
      // Beside good lines too: what it was to say, a revocation perhaps, is not heard.
      for (const problem of known.problems) world.report.warning(`\`ssh-known-hosts\` is read without its ${problem}.`);
      return known;
    }
    throw refusal("`ssh-known-hosts` holds no host key.", {
      code: "known-hosts-malformed",
      evidence: known.problems,
      hint: "Give known_hosts lines (`server ssh-ed25519 AAAA…`, as ssh-keyscan prints them), a `SHA256:…` fingerprint, or the path of a file here (./known_hosts).",
    });
  }
  if (!world.terminal) {
    throw refusal("`host` is given without `ssh-known-hosts`.", {
      code: "known-hosts-missing",
      hint: `Give the host's keys or fingerprint: \`ssh-keyscan ${target.port === 22 ? "" : `-p ${target.port} `}${target.host}\` prints the lines; compare them by another way.`,
    });
  }
  const files = [...OWN_KNOWN_HOSTS.map((name) => join(world.home, ".ssh", name)), ...SYSTEM_KNOWN_HOSTS];
  const texts = await Promise.all(files.map(readIfThere));
  const known = parseKnownHosts(texts.filter((text) => text !== undefined).join("\n"));
  for (const problem of known.problems) world.report.detail(`known_hosts: ${problem}`);
  return known;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Failure(`${path} cannot be read: ${messageOf(error)}`, { code: "no-file", cause: error });
  }
}
