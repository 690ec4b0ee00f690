import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Ports, SshTarget } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { exists, makeDirectory, readText, resolvePath } from "../../machine/files/files.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { succeed } from "../../machine/succeed.ts";
import { done, open, type Todo } from "./todo.ts";

/** Where the private key of an environment's deploys lies on the developer's machine; its public half is beside it, as `.pub`. */
export async function keyPath(here: Machine, given: string | undefined, names: readonly string[]): Promise<string> {
  return await resolvePath(here, given ?? `~/.ssh/savepoint-${names.join("-").replaceAll(/[^\w.-]+/g, "_")}`);
}

/** Makes the pair where there is none. Whole or not at all: it is made under another name. True where it was made. */
export async function makeKey(here: Machine, path: string, comment: string): Promise<boolean> {
  if (await exists(here, path)) return false;
  await makeDirectory(here, path.replace(/\/[^/]*$/, ""));
  const script = [
    "umask 077",
    'rm -f -- "$1.new" "$1.new.pub"',
    'ssh-keygen -q -t ed25519 -N "" -C "$2" -f "$1.new"',
    // The private half last: where it is, all of it is.
    'mv -f -- "$1.new.pub" "$1.pub"',
    'mv -- "$1.new" "$1"',
  ].join(" && ");
  await succeed(here, { words: ["sh", "-c", script, "sh", path, comment] }, "Making a key with ssh-keygen");
  return true;
}

/** Whether the host lets the deploy's key in: by logging in with it. */
export async function keyTodo(
  ports: Ports,
  { name, local, target }: { readonly name: string; readonly local: boolean; readonly target: SshTarget },
  path: string,
): Promise<Todo> {
  const key = await readText(ports.here, path);
  if (key === undefined) return open("deploy key", `${path} is not made yet.`, []);
  const secret = new Secret(key);
  ports.report.mask(secret);
  try {
    await using machine = await ports.connect({ ...target, key: secret, passphrase: undefined });
    await machine.run({ words: ["true"], repeatable: true });
    return done("deploy key", `${name} lets the key in ${path} in.`);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "auth-refused") throw error;
  }
  // `restrict` takes away terminal and agent; the one thing that a deploy needs besides commands is given back.
  const text = "umask 077; mkdir -p ~/.ssh; { echo; cat; } >> ~/.ssh/authorized_keys";
  const append = commandOn({ name, local }, ["sh", "-c", text], { jump: target.jump });
  return open("deploy key", `${name} does not let the key in ${path} in yet.`, [
    {
      command: `{ printf 'restrict,port-forwarding '; cat ${quotePath(`${path}.pub`)}; } | ${append}`,
      means: "Lets the deploy's key in, for commands and forwarded connections alone.",
    },
  ]);
}

function quotePath(path: string): string {
  return /^[\w/.-]+$/.test(path) ? quote(["x", path]).slice(2) : inQuotes(path);
}
