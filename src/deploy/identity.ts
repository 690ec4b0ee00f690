import { Failure, refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { type StatePaths, statePaths } from "../journal/paths.ts";
import { readText, writeText } from "../machine/files.ts";

/** Which app and environment a state directory belongs to, and how its tags are called. */
export interface Identity {
  readonly app: string;
  readonly environment: string;
  readonly tagPrefix: string;
}

/** What a state directory says it is; undefined where it says nothing. */
export async function readIdentity(machine: Machine, root: string): Promise<Identity | undefined> {
  const path = statePaths(root).identity;
  const text = await readText(machine, path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Identity;
  } catch (error) {
    throw new Failure(`${path} cannot be read.`, {
      cause: error,
      hint: "It says which app and environment this state belongs to. Restore or remove it.",
      exit: 2,
    });
  }
}

/** Writes down whose state this is; refuses one that is another's. */
export async function noteIdentity(machine: Machine, paths: StatePaths, identity: Identity): Promise<void> {
  const known = await readIdentity(machine, paths.root);
  if (known !== undefined && (known.app !== identity.app || known.environment !== identity.environment)) {
    throw refusal(`${paths.root} is the state of ${known.app}/${known.environment}, not of ${identity.app}/${identity.environment}.`, {
      hint: "Give each app and environment a `state-dir` of its own.",
    });
  }
  if (known?.tagPrefix !== identity.tagPrefix) await writeText(machine, paths.identity, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
}
