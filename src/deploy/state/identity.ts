import * as v from "valibot";
import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { type StatePaths, statePaths } from "../../journal/paths.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { readText, writeText } from "../../machine/files/files.ts";

/** Which app and environment a state directory belongs to, and how its tags are called. */
export interface Identity {
  readonly app: string;
  readonly environment: string;
  readonly tagPrefix: string;
}

const schema = v.looseObject({ app: v.string(), environment: v.string(), tagPrefix: v.string() });

/** What a state directory says it is; undefined where it says nothing. */
export async function readIdentity(machine: Machine, root: string): Promise<Identity | undefined> {
  const path = statePaths(root).identity;
  const text = await readText(machine, path);
  if (text === undefined) return undefined;
  const parsed = v.safeParse(schema, parseJson(text));
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]);
  throw refusal(
    `${path} on ${machine.name} cannot be read (line 1: ${field === null ? "it is no JSON of ours" : `\`${field}\` is missing or wrong`}).`,
    {
      hint: "It says which app and environment this state belongs to.",
      code: "identity-damaged",
      ways: [
        {
          command: commandOn(machine, ["rm", "--", path]),
          means: "Removes it. Give `app` and `environment` then, where no savepoint.yml does; the next deploy writes it anew.",
        },
      ],
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told by the schema as what it is not.
    return undefined;
  }
}

/** Writes down whose state this is; refuses one that is another's. */
export async function noteIdentity(machine: Machine, paths: StatePaths, identity: Identity): Promise<void> {
  const known = await refuseOtherState(machine, paths, identity);
  if (known?.tagPrefix !== identity.tagPrefix) await writeText(machine, paths.identity, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
}

/** Refuses a state directory that is another app's or environment's; else what it says it is. */
export async function refuseOtherState(
  machine: Machine,
  paths: StatePaths,
  identity: Pick<Identity, "app" | "environment">,
): Promise<Identity | undefined> {
  const known = await readIdentity(machine, paths.root);
  if (known !== undefined && (known.app !== identity.app || known.environment !== identity.environment)) {
    throw refusal(`${paths.root} is the state of ${known.app}/${known.environment}, not of ${identity.app}/${identity.environment}.`, {
      code: "other-state",
      hint: "Give each app and environment a `state-dir` of its own.",
    });
  }
  return known;
}
