import { posix } from "node:path";
import { Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { SHARED } from "../../core/input.ts";
import type { Profile } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import type { Shared } from "../../config/shared.ts";
import { Journal } from "../../journal/journal.ts";
import { statePaths } from "../../journal/paths.ts";
import { exists, resolvePath } from "../../machine/files/files.ts";
import { type Identity, readIdentity } from "./identity.ts";
import { statusWay } from "../call/next-command.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import { type FoundState, STATE_HOME } from "./state.ts";

/** Not more journals than this are looked into. */
const MOST = 50;

/** Where not even the folder above is there, that one's name may be the mistyped one. */
const FIND_JOURNALS = `
[ -d "$2" ] || set -- "$1" "$3"
for folder do
  for journal in "$folder"/*/journal.jsonl "$folder"/*/*/journal.jsonl; do
    [ ! -f "$journal" ] || printf '%s\\n' "\${journal%/*}"
  done
done`;

interface TreeLook {
  readonly machine: Machine;
  readonly shared: Shared;
  readonly profile: Profile;
  readonly found: FoundState;
  readonly ports: Ports;
}

/** Another environment on this host, and where its state is. */
interface Other extends Identity {
  readonly root: string;
}

/**
 * A work tree is one environment's: a second journal over the same `app-dir` would have a lock of its own, and the first one's
 * would protect nothing. So an environment that has no journal yet is refused where another one's newest deploy used that
 * folder: most often a name was mistyped. What has no `app-dir` cannot be told apart, and passes.
 */
export async function refuseOthersWorkTree(look: TreeLook): Promise<void> {
  const { machine, shared, found } = look;
  const wanted = shared["app-dir"];
  if (wanted === undefined || (found.root !== undefined && (await exists(machine, statePaths(found.root).journal)))) return;
  const directory = await resolvePath(machine, wanted);
  for (const root of await rootsBeside(look)) {
    const used = await workTreeOf(machine, root);
    if (used !== undefined && (await isSame(machine, used.directory, directory))) throw taken(look, used.other, directory);
  }
}

/** Whether two paths are one folder: written alike, by a link, or mounted twice. What is not there is told by its name alone. */
async function isSame(machine: Machine, one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  // By device and number of what both lead to.
  return (await machine.run({ words: ["sh", "-c", '[ "$1" -ef "$2" ]', "sh", one, other], repeatable: true })).code === 0;
}

/** Where other environments have their journals: in the login user's home, and beside the folder that was given. */
async function rootsBeside({ machine, shared, found }: TreeLook): Promise<readonly string[]> {
  const home = await resolvePath(machine, STATE_HOME);
  const given = shared["state-dir"];
  const beside = given === undefined ? home : posix.dirname(await resolvePath(machine, given));
  const finished = await machine.run({ words: ["sh", "-c", FIND_JOURNALS, "sh", home, beside, posix.dirname(beside)], repeatable: true });
  const roots = finished.stdout.split("\n").filter((root) => root !== "" && root !== found.root);
  return [...new Set(roots)].slice(0, MOST);
}

async function workTreeOf(machine: Machine, root: string): Promise<{ readonly other: Other; readonly directory: string } | undefined> {
  try {
    const identity = await readIdentity(machine, root);
    if (identity === undefined) return undefined;
    const { deploys } = await new Journal(machine, statePaths(root)).read();
    const last = deploys.at(-1);
    const directory = last && settingsOfDeploy(last)[SHARED]?.["app-dir"];
    if (directory === undefined) return undefined;
    return { other: { ...identity, root }, directory: await resolvePath(machine, directory) };
  } catch (error) {
    // What this login may not read, or cannot, is not what is meant.
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function taken({ machine, shared, profile, found, ports }: TreeLook, other: Other, directory: string): Failure {
  const mine = `${found.app}/${profile.environment}`;
  const theirs = `${other.app}/${other.environment}`;
  const given = shared["state-dir"];
  const right = [
    ...(other.environment === profile.environment ? [] : [`\`environment: ${other.environment}\``]),
    ...(other.app === found.app ? [] : [`\`app: ${other.app}\``]),
    ...(given === undefined && other.root.endsWith(`/${STATE_HOME.slice(2)}/${other.app}/${other.environment}`)
      ? []
      : [`\`state-dir: ${other.root}\``]),
  ];
  const place = {
    app: other.app,
    name: other.environment,
    shared: { ...shared, ...(right.some((one) => one.includes("state-dir")) && { "state-dir": other.root }) },
    ports,
  };
  return refusal(
    `${directory} on ${machine.name} is the work tree of ${theirs} (its state is in ${other.root}), and ${mine} has no journal yet. Two environments in one \`app-dir\` would not see each other's locks. Nothing was touched.`,
    {
      hint: `If ${theirs} is meant, give ${right.join(", ")}. If ${mine} is to be another environment, give it an \`app-dir\` of its own; if it is a new name for ${theirs}, move ${other.root} away first.`,
      ways: [statusWay(place)],
      code: "others-work-tree",
    },
  );
}
