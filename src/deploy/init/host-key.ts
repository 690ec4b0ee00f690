import { Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { makeDirectory, readText, resolvePath, writeText } from "../../machine/files/files.ts";
import type { HostAddress } from "../../machine/ssh/address.ts";
import { fingerprintOf, hostName } from "../../machine/ssh/known-hosts.ts";
import { succeed } from "../../machine/succeed.ts";

/** The key that an unknown host offered: its type, and its fingerprint as `SHA256:…`. */
export interface OfferedKey {
  readonly type: string;
  readonly fingerprint: string;
}

/** What a refused connection says of the host's key; undefined where that was not the reason, or where it is known as another. */
export function offeredKey(error: unknown): OfferedKey | undefined {
  if (!(error instanceof Failure) || (error.code !== "host-key-unknown" && error.code !== "host-key-type")) return undefined;
  const [, type, fingerprint] = /^offered: (\S+) (SHA256:\S+)$/.exec(error.evidence[0] ?? "") ?? [];
  return type === undefined || fingerprint === undefined ? undefined : { type, fingerprint };
}

/** Notes the host's key in `~/.ssh/known_hosts`: the one with this fingerprint, which somebody compared, and no other. */
export async function noteHostKey(here: Machine, { host, port }: HostAddress, fingerprint: string): Promise<void> {
  const found = (await scan(here, { host, port })).find((line) => lineFingerprint(line) === fingerprint);
  if (found === undefined) {
    throw refusal(`${hostName(host, port)} offers no key whose fingerprint is ${fingerprint}. Nothing was noted.`, {
      code: "host-key-changed",
      hint: "Compare again: either it is another host, or somebody stands in between.",
    });
  }
  const file = await knownHostsFile(here);
  const there = (await readText(here, file)) ?? "";
  await makeDirectory(here, file.replace(/\/[^/]*$/, ""));
  await writeText(here, file, `${there}${there === "" || there.endsWith("\n") ? "" : "\n"}${found}\n`);
}

/** The lines by which this machine knows a host; nothing where it does not. */
export async function knownLines(here: Machine, { host, port }: HostAddress): Promise<readonly string[]> {
  const name = hostName(host, port);
  const words = ["ssh-keygen", "-f", await knownHostsFile(here), "-F", name];
  const { stdout } = await here.run({ words, repeatable: true });
  // Its name may be hashed there; what is handed on says it.
  return stdout
    .split("\n")
    .filter((line) => /^[^#@\s]\S* \S+ \S+/.test(line))
    .map((line) => [name, ...line.split(" ").slice(1, 3)].join(" "));
}

async function scan(here: Machine, { host, port }: Pick<HostAddress, "host" | "port">): Promise<readonly string[]> {
  const words = ["ssh-keyscan", "-p", String(port), "-t", "ed25519,ecdsa,rsa", host];
  const { stdout } = await succeed(here, { words, repeatable: true }, `Asking ${host} for its keys`);
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function lineFingerprint(line: string): string {
  return fingerprintOf(Buffer.from(line.split(" ")[2] ?? "", "base64"));
}

async function knownHostsFile(here: Machine): Promise<string> {
  return await resolvePath(here, "~/.ssh/known_hosts");
}
