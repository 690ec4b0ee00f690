import type { Shared } from "../../config/shared.ts";
import type { Ports, SshTarget } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { givenKnownHosts } from "./given-known-hosts.ts";
import { machineOf } from "../environment/environment.ts";
import { formatTarget, type HostAddress, parseTarget } from "../../machine/ssh/address.ts";
import { quote } from "../../machine/quote.ts";
import { keyTodo } from "./deploy-key.ts";
import { githubTodos } from "./github.ts";
import { knownLines, noteHostKey, offeredKey, type OfferedKey } from "./host-key.ts";
import { hostTodos } from "./host-todos.ts";
import type { Repository } from "./repository.ts";
import { done, open, type Todo } from "./todo.ts";

export interface TodosAsked {
  readonly ports: Ports;
  /** As drafted. */
  readonly shared: Shared;
  readonly address: HostAddress;
  readonly environment: string;
  readonly repository: Repository;
  readonly pushed: boolean;
  readonly backup: boolean;
  readonly doctor: boolean;
  readonly keyFile: string;
  /** The fingerprint that somebody compared. */
  readonly trust: string | undefined;
  /** Words that call init as it was called. */
  readonly called: readonly string[];
  readonly dryRun: boolean;
}

/** All that is still to be done outside of the checkout, in order. */
export async function lookForTodos(asked: TodosAsked): Promise<readonly Todo[]> {
  const { shared, address, ports, environment, repository, keyFile } = asked;
  const known = await trustHost(asked);
  if (known !== undefined) return [known];
  await using host = await machineOf(shared, ports, { told: true });
  const todos: Todo[] = [done("host", `${host.name} lets you in, and its key is the known one.`)];
  const target = targetOf(asked);
  const { jump } = target;
  // The same key logs in on both, on the way first.
  if (jump !== undefined) {
    const first = await keyTodo(
      ports,
      { name: formatTarget(jump), local: false, target: { ...target, ...jump, jump: undefined } },
      keyFile,
    );
    todos.push({ ...first, about: `${first.about}, jump host` });
    if (!first.done) return todos;
  }
  todos.push(await keyTodo(ports, { name: host.name, local: host.local, target }, keyFile));
  const appDir = shared["app-dir"];
  if (appDir !== undefined) {
    const composeFiles = shared["compose-file"] ?? [];
    const place = { composeCommand: shared["compose-command"], composeFiles, databaseService: shared["database-service"] };
    todos.push(...(await hostTodos({ ports, host, jump, repository, appDir, pushed: asked.pushed, ...place })));
  }
  const knownHosts = (await givenKnownHosts(ports, shared["ssh-known-hosts"])) ?? (await linesOf(ports, [jump, address])).join("\n");
  todos.push(
    ...(await githubTodos({
      ...asked,
      here: ports.here,
      repository: repository.github,
      branch: repository.branch,
      environment,
      host: address,
      knownHosts,
      keyFile,
    })),
  );
  return todos;
}

async function linesOf({ here }: Ports, places: readonly (HostAddress | undefined)[]): Promise<readonly string[]> {
  return (await Promise.all(places.map(async (place) => (place === undefined ? [] : await knownLines(here, place))))).flat();
}

function targetOf({ shared, address }: TodosAsked): SshTarget {
  const passphrase = shared["ssh-passphrase"];
  return {
    ...address,
    passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
    knownHosts: shared["ssh-known-hosts"],
    jump: shared["jump-host"],
  };
}

/** Logs in, and throws what stands in the way; where that is a key that nobody knows yet, what is to be done about it. */
async function trustHost(asked: TodosAsked): Promise<Todo | undefined> {
  const { shared, address, ports, trust, called, dryRun } = asked;
  const offered = await knock(asked);
  if (offered === undefined) return undefined;
  const name = formatTarget(address);
  const jump = shared["jump-host"];
  if (jump !== undefined) return throughJump(name, formatTarget(jump), offered);
  const told = trust ?? (await ask(ports, name, offered));
  if (told !== undefined && !dryRun) {
    await noteHostKey(ports.here, address, told);
    const again = await knock(asked, { told: true });
    if (again === undefined) return undefined;
  }
  const file = `/etc/ssh/ssh_host_${offered.type.startsWith("ecdsa") ? "ecdsa" : offered.type.replace("ssh-", "")}_key.pub`;
  return open(
    "host",
    `${name} offers a key that is not known here: ${offered.type} ${offered.fingerprint}. Compare it with what \`ssh-keygen -lf ${file}\` says on the host itself (its console): whoever stands in between would show another.`,
    [
      {
        command: quote([...called, "--trust", offered.fingerprint]),
        means: "Only once it is compared: notes that key in ~/.ssh/known_hosts, and goes on.",
        person: true,
      },
    ],
  );
}

/** Behind a jump host only OpenSSH itself reaches the key: it shows each one on the way, asks, and notes it. */
function throughJump(name: string, jump: string, { type, fingerprint }: OfferedKey): Todo {
  return open("host", `On the way to ${name} a key is offered that is not known here: ${type} ${fingerprint}.`, [
    {
      command: quote(["ssh", "-J", jump, ...sshWords(name), "true"]),
      means: `Shows the keys of ${jump} and ${name}, and asks: say yes only to what \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` says on the machine itself.`,
      person: true,
    },
  ]);
}

/** `user@host`, and its port, as OpenSSH takes them. */
function sshWords(target: string): readonly string[] {
  const { user, host, port } = parseTarget(target);
  return [...(port === 22 ? [] : ["-p", String(port)]), `${user}@${host}`];
}

async function knock({ shared, ports }: TodosAsked, { told = false } = {}): Promise<OfferedKey | undefined> {
  try {
    await using machine = await machineOf(shared, ports, { told });
    await machine.run({ words: ["true"], repeatable: true });
    return undefined;
  } catch (error) {
    const offered = offeredKey(error);
    if (offered === undefined) throw error;
    return offered;
  }
}

async function ask({ ask: asks }: Ports, name: string, { type, fingerprint }: OfferedKey): Promise<string | undefined> {
  const answer = await asks?.(
    `${name} shows ${type} ${fingerprint}. Did you compare it on the host itself, and is it the same? (yes or no)`,
  );
  return answer?.trim().toLowerCase() === "yes" ? fingerprint : undefined;
}
