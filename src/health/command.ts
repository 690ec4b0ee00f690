import { clauseOf, Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Machine } from "../core/machine.ts";
import type { Secret } from "../core/secret.ts";
import { shortLine, lastOutput } from "./excerpt.ts";
import type { Attempt, Check, CheckResult } from "./verdict.ts";

export interface CommandCheck {
  readonly command: string;
  readonly machine: Machine;
  readonly cwd: string | undefined;
  /** Hides what is secret, before anything is cut. */
  readonly mask: (text: string) => string;
  readonly env: Readonly<Record<string, string | Secret>> | undefined;
}

/** How many lines of output are kept. */
const KEPT = 20;

/** The check of `command`: it exits with 0. It may use all the time that is left. */
export function commandCheck(check: CommandCheck): Check {
  return { label: "command", order: "late", run: async (attempt) => await ask(check, attempt) };
}

async function ask({ command, machine, cwd, env, mask }: CommandCheck, { signal, limitMs }: Attempt): Promise<CheckResult> {
  const lines: string[] = [];
  const evidence = () => [`command on ${machine.name}: ${shortLine(command)}`, ...lastOutput(lines, KEPT)];
  try {
    const { code, signal: killedBy } = await machine.run({
      words: ["sh", "-c", command],
      cwd,
      env,
      signal,
      onLine: (line) => {
        lines.push(mask(line));
        // One more than is shown, so that the evidence says that there was more.
        if (lines.length > KEPT + 1) lines.shift();
      },
    });
    if (code === 0) return { passed: true, detail: "the command passes" };
    const how = code === null ? `was killed by ${killedBy ?? "a signal"}` : `failed (exit ${code})`;
    return { passed: false, reason: `the command ${how}`, evidence: evidence() };
  } catch (error) {
    if (signal.aborted) {
      return {
        passed: false,
        reason: `the command did not end within ${formatDuration(limitMs)}`,
        topic: "command gave up",
        gaveUp: true,
        evidence: evidence(),
      };
    }
    const hint = error instanceof Failure ? error.hint : undefined;
    return { passed: false, reason: `the command could not run: ${shortLine(clauseOf(error))}`, hint, evidence: evidence() };
  }
}
