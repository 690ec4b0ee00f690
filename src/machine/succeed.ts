import { Failure } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { tellingLines } from "./telling.ts";

const EVIDENCE_LINES = 20;

/**
 * Runs a command that must end with 0. `what` names it in the error: `Reading the lock` → `Reading the lock failed (exit 1).`.
 * Throws a Failure with the last 20 lines of output as evidence.
 */
export async function succeed(machine: Machine, command: Command, what: string): Promise<Finished> {
  const finished = await machine.run(command);
  if (finished.code === 0) return finished;
  throw new Failure(`${what} failed (${ending(finished)}).`, {
    code: "tool-failed",
    evidence: tellingLines(outputLines(finished), EVIDENCE_LINES),
  });
}

/** `exit 1`, `killed by SIGKILL`. */
export function ending(finished: Pick<Finished, "code" | "signal">): string {
  return finished.code === null ? `killed by ${finished.signal ?? "a signal"}` : `exit ${finished.code}`;
}

/** The last lines a command said: standard error, and before it as much of standard output as there is room for. */
export function lastLines(finished: Pick<Finished, "stdout" | "stderr">, count = EVIDENCE_LINES): readonly string[] {
  const errors = nonEmptyLines(finished.stderr).slice(-count);
  const room = count - errors.length;
  return room === 0 ? errors : [...nonEmptyLines(finished.stdout).slice(-room), ...errors];
}

/** All that a command said, line by line: standard output, then standard error. */
export function outputLines(finished: Pick<Finished, "stdout" | "stderr">): readonly string[] {
  return [...nonEmptyLines(finished.stdout), ...nonEmptyLines(finished.stderr)];
}

function nonEmptyLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
