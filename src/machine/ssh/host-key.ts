import type { ServerHostKeyAlgorithm } from "ssh2";
import { type Failure, refusal } from "../../core/failure.ts";
import { fingerprintOf, type HostKeyVerdict, keyTypeIn } from "./known-hosts.ts";
import { quote } from "../quote.ts";
import { formatTarget, type HostAddress } from "./address.ts";

const PREFERENCE: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** The signature algorithms to offer, those of the known key types first, without those of the `tried` types. */
export function hostKeyAlgorithms(known: readonly string[], tried: readonly string[]): ServerHostKeyAlgorithm[] {
  const wanted = PREFERENCE.filter((algorithm) => !tried.includes(keyTypeOf(algorithm)));
  return [
    ...wanted.filter((algorithm) => known.includes(keyTypeOf(algorithm))),
    ...wanted.filter((algorithm) => !known.includes(keyTypeOf(algorithm))),
  ];
}

function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm;
}

/** The refusal for a host key that is not known good; it shows what was offered and how to look it up. */
export function hostKeyFailure(address: HostAddress, key: Buffer, verdict: Exclude<HostKeyVerdict, { state: "known" }>): Failure {
  const host = formatTarget(address).slice(address.user.length + 1);
  const type = keyTypeIn(key) ?? "unknown";
  const evidence = [`offered: ${type} ${fingerprintOf(key)}`];
  const scan = quote(["ssh-keyscan", ...(address.port === 22 ? [] : ["-p", String(address.port)]), "-t", shortType(type), address.host]);
  const lookUp = `\`${scan}\` prints the line for ssh-known-hosts (at a terminal without that setting: for ~/.ssh/known_hosts). Compare its fingerprint by another way first (on the host's console: ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub): whoever stands in between would answer the same question.`;
  switch (verdict.state) {
    case "changed":
      return refusal(`The host key of ${host} is not the known one: somebody may stand in between, or the host was set up anew.`, {
        code: "host-key-changed",
        evidence,
        hint: `Do not go on before you know why. If the host was set up anew: ${lookUp}`,
      });
    case "other-type":
      return refusal(`${host} offers a ${type} key, and only ${verdict.types.join(", ")} is known for it.`, {
        code: "host-key-type",
        evidence,
        hint: `Add this key too, once it is verified: ${lookUp}`,
      });
    case "revoked":
      return refusal(`The host key of ${host} is marked @revoked.`, {
        code: "host-key-revoked",
        evidence,
        hint: "The host needs a new key; do not go on with this one.",
      });
    case "unknown":
      return refusal(`The host key of ${host} is not known.`, {
        code: "host-key-unknown",
        evidence: verdict.authority
          ? [...evidence, "a @cert-authority line speaks of this host; certificates are not supported: give the host's own key"]
          : evidence,
        hint: lookUp,
      });
  }
}

/** The name ssh-keyscan -t takes. */
function shortType(type: string): string {
  if (type.startsWith("ecdsa-")) return "ecdsa";
  return type.replace(/^ssh-/, "");
}
