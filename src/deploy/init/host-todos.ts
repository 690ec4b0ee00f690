import type { Machine } from "../../core/machine.ts";
import type { Ports } from "../../core/ports.ts";
import { resolvePath } from "../../machine/files/files.ts";
import { isFresh } from "../../machine/git/fresh-clone.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { formatTarget, type HostAddress, parseTarget } from "../../machine/ssh/address.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { lookAtHost } from "../doctor/host-look.ts";
import type { Repository } from "./repository.ts";
import { done, open, type Todo, type TodoWay } from "./todo.ts";

export interface HostAsked {
  readonly ports: Ports;
  readonly host: Machine;
  /** The host that it is reached through. */
  readonly jump: HostAddress | undefined;
  readonly repository: Repository;
  readonly appDir: string;
  readonly composeCommand: string;
  readonly composeFiles: readonly string[];
  readonly databaseService: string | undefined;
  /** Whether code comes from here, and not by the host's own fetch. */
  readonly pushed: boolean;
}

/** What the host lacks before its first deploy, in order; what stands behind something open is not looked at yet. */
export async function hostTodos(asked: HostAsked): Promise<readonly Todo[]> {
  const directory = await resolvePath(asked.host, asked.appDir);
  const todos: Todo[] = [];
  for (const look of [firstClone, variables, database]) {
    const todo = await look(asked, directory);
    if (todo === undefined) continue;
    todos.push(todo);
    if (!todo.done) break;
  }
  return todos;
}

/** The first clone is made from here, so that its compose file is there to start the database by. All else is the doctor's. */
async function firstClone({ ports, host, jump, repository, pushed }: HostAsked, directory: string): Promise<Todo | undefined> {
  const { code } = await host.run({ words: ["git", "-C", directory, "rev-parse", "--verify", "--quiet", "HEAD"], repeatable: true });
  if (code === 0) return done("clone", `${directory} has a commit checked out.`);
  const made = (await host.run({ words: ["git", "-C", directory, "rev-parse", "--git-dir"], repeatable: true })).stdout.trim() === ".git";
  if (!pushed || (!made && !(await isFresh(host, directory)))) return undefined;
  if (repository.head === undefined)
    return open("clone", "This checkout has no commit yet.", [
      { command: "git add --all && git commit --message 'First version'", means: "Makes the first commit.", person: true },
    ]);
  const { user, folders } = await lookAtHost(host, [directory], ports.clock);
  const ways: TodoWay[] = [];
  if (folders[0]?.writable !== true)
    ways.push({
      command: commandOn(host, ["sudo", "install", "-d", "-o", user, directory], { terminal: true, jump }),
      means: `Makes ${directory}, and gives it to ${user}.`,
      person: true,
    });
  const init = commandOn(host, ["git", "init", "--quiet", directory], { jump });
  const through = jump === undefined ? "" : `GIT_SSH_COMMAND=${quote([`ssh -J ${formatTarget(jump)}`])} `;
  const push = through + quote(["git", "push", "--quiet", urlOf(host, directory), "+HEAD:refs/savepoint/first"]);
  const out = commandOn(host, ["git", "-C", directory, "checkout", "--quiet", "--detach", "refs/savepoint/first"], { jump });
  ways.push({
    command: `${init} && ${push} && ${out}`,
    means: `Makes a clone in ${directory} and checks this commit out there. Nothing is started.`,
  });
  return open("clone", `${directory} is not there yet, or empty.`, ways);
}

function urlOf(host: Machine, directory: string): string {
  if (host.local) return directory;
  const { user, host: server, port } = parseTarget(host.name);
  const name = server.includes(":") ? `[${server}]` : server;
  return `ssh://${encodeURIComponent(user)}@${name}${port === 22 ? "" : `:${port}`}${encodeURI(directory)}`;
}

const NAMES = String.raw`[ ! -e .env ] || sed -n 's/^\(export \)\{0,1\}\([A-Za-z_][A-Za-z0-9_]*\)=.*/\2/p' .env`;
const SECRET = /PASS|SECRET|TOKEN|_KEY$|^KEY$/i;

/** What the compose file wants from `.env`. Of that file only names are read. */
async function variables({ host, jump, repository }: HostAsked, directory: string): Promise<Todo | undefined> {
  const wanted = repository.project?.variables ?? [];
  if (wanted.length === 0) return undefined;
  const { stdout } = await host.run({ words: ["sh", "-c", NAMES], cwd: directory, repeatable: true });
  const there = new Set(stdout.split("\n"));
  const missing = wanted.filter((name) => !there.has(name));
  const file = `${directory}/.env`;
  if (missing.length === 0) return done(".env", `${file} says ${wanted.join(", ")}.`);
  const secrets = missing.filter((name) => SECRET.test(name));
  const others = missing.filter((name) => !SECRET.test(name));
  return open(".env", `${file} does not say ${missing.join(", ")}, which ${repository.project?.path} wants.`, [
    ...secrets.map((name): TodoWay => ({
      command: commandOn(host, ["sh", "-c", randomLine(name, file)], { jump }),
      means: `Makes up ${name} there, where nobody sees it.`,
    })),
    ...(others.length === 0
      ? []
      : [
          {
            command: commandOn(host, ["sh", "-c", `"\${EDITOR:-vi}" ${inQuotes(file)}`], { terminal: true, jump }),
            means: `Opens it: add a line NAME=value for ${others.join(", ")}.`,
            person: true as const,
          },
        ]),
  ]);
}

function randomLine(name: string, file: string): string {
  return `umask 077; printf '${name}=%s\\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \\n')" >> ${inQuotes(file)}`;
}

/** Whether the database's service runs; where compose does not, the doctor says why. */
async function database(
  { host, jump, composeCommand, composeFiles, databaseService }: HostAsked,
  directory: string,
): Promise<Todo | undefined> {
  if (databaseService === undefined) return undefined;
  const compose = [...composeCommand.split(" ").filter((word) => word !== ""), ...composeFiles.flatMap((file) => ["--file", file])];
  const { code, stdout } = await host.run({ words: [...compose, "ps", "--services", "--status", "running"], cwd: directory });
  if (code !== 0) return undefined;
  if (stdout.split("\n").includes(databaseService)) return done("database", `${databaseService} runs.`);
  const start = `cd ${quote([directory])} && ${quote([...compose, "up", "--detach", "--wait", databaseService])}`;
  return open("database", `${databaseService} does not run yet.`, [
    {
      command: commandOn(host, ["sh", "-c", start], { jump }),
      means: "Starts the database alone, the first time as well, and waits until it is up.",
    },
  ]);
}
