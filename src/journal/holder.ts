import * as v from "valibot";
import { Failure } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { commandOn } from "../machine/ssh/command-on.ts";

/** Who holds an environment's lock. */
export interface Holder {
  /** Unique to this taking. */
  readonly id: string;
  /** Grows with every taking; entries under an older number are void. */
  readonly fence: number;
  readonly owner: string;
  readonly deploy?: string | undefined;
  /** A link to the run, where there is one. */
  readonly run?: string | undefined;
  readonly since: string;
}

/** The process that beats, so that its death is noticed at once on the same machine. */
export interface Beat {
  readonly running: boolean;
  readonly step: string;
  readonly process: string;
}

const text = v.pipe(v.string(), v.nonEmpty());
const holder = v.looseObject({
  id: text,
  fence: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  owner: text,
  deploy: v.optional(v.string()),
  run: v.optional(v.string()),
  since: v.pipe(
    v.string(),
    v.check((at) => !Number.isNaN(Date.parse(at))),
  ),
});
const beat = v.looseObject({ id: v.string(), running: v.boolean(), step: v.string(), process: v.string() });

/** Reads a lock's text. Throws a refusal that names the file and how it is removed. */
export function parseHolder(line: string, path: string, machine: Pick<Machine, "name" | "local">): Holder {
  const parsed = v.safeParse(holder, parseJson(line));
  if (parsed.success) return parsed.output;
  throw new Failure(`The lock ${path} on ${machine.name} cannot be read (line 1: ${whyNot(line, parsed)}).`, {
    evidence: [line.slice(0, 200)],
    hint: "It was not written by Savepoint, or is damaged: whether a step runs is not known.",
    ways: [{ command: commandOn(machine, ["rm", "--", path]), means: "Removes it, where no step runs; the journal says what is open." }],
    exit: 2,
    code: "lock-damaged",
  });
}

/** Reads `EPOCH JSON`. A beat that is not there yet, torn, damaged, or another holder's tells nothing: the lock's own time counts. */
export function parseBeat(line: string, id: string): { readonly beat: Beat; readonly epoch: number } | undefined {
  const space = line.indexOf(" ");
  const epoch = Number(line.slice(0, Math.max(space, 0)) || "NaN");
  const parsed = v.safeParse(beat, parseJson(line.slice(space + 1)));
  if (!parsed.success || parsed.output.id !== id || !Number.isFinite(epoch)) return undefined;
  const { running, step, process } = parsed.output;
  return { beat: { running, step, process }, epoch };
}

/** The number of the holder that gave the last sign of life, read as TAKE reads it; undefined where there is none. */
export function lastFence(line: string): number | undefined {
  const found = /.*"fence":(\d{1,12})\D/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Told by the schema as what it is not.
    return undefined;
  }
}

function whyNot(line: string, { issues }: v.SafeParseResult<typeof holder>): string {
  if (parseJson(line) === undefined) return line === "" ? "it is empty" : "it is no JSON";
  const field = issues === undefined ? null : v.getDotPath(issues[0]);
  return field === null ? "it is no lock of ours" : `\`${field}\` is missing or wrong`;
}
