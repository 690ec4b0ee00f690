import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { lastLines } from "../succeed.ts";
import { FINISH_NOTED } from "./group.ts";

/**
 * Ends what earlier commands of a dead process left running: the process groups noted in the folder (`Command.noteIn`),
 * only where process number, start time and boot are still the noted ones. A missing folder holds nothing.
 * Returns what was ended: `pg_dump (process 4711)`. Throws a Failure of code `not-ended` where something lives on.
 */
export async function endLeftovers(machine: Machine, folder: string): Promise<readonly string[]> {
  const finished = await machine.run({ words: ["sh", "-c", FINISH_NOTED, "sh", folder], repeatable: true });
  const found = finished.stdout.split("\0").filter((line) => line !== "");
  const of = (state: string) => found.filter((line) => line.startsWith(`${state} `)).map((line) => line.slice(state.length + 1));
  const alive = of("alive");
  if (alive.length > 0) {
    throw new Failure(`${alive.join(", ")} on ${machine.name} could not be ended by ${machine.login}.`, {
      code: "not-ended",
      hint: "End it by hand (it may belong to another user), then try again.",
      evidence: of("ended").map((what) => `ended: ${what}`),
    });
  }
  if (finished.code !== 0)
    throw new Failure(`What is left running on ${machine.name} could not be looked up.`, {
      code: "tool-failed",
      evidence: lastLines(finished),
    });
  return of("ended");
}
