import { Failure } from "../../core/failure.ts";
import type { Finding, FindingState } from "../../core/finding.ts";
import type { Way } from "../../core/way.ts";
import type { Prerequisite, DoctorWorld } from "./world.ts";

/** One thing to look at: a row of the table in `examinations.ts`, and a file. */
export interface Examination {
  /** In a word or two. */
  readonly about: string;
  /** `repository`: once, whatever environments are asked about. */
  readonly of: "repository" | "environment";
  /** What must be there to look at it. Where that cannot be had, this could not look; where it is not used, there is nothing to look at. */
  readonly needs: readonly Prerequisite[];
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** Changes nothing. What it throws is why it could not look. Nothing returned: it is not used here. */
  readonly look: (world: DoctorWorld) => Promise<readonly Sighting[]>;
}

/** What one look found. Where `why` is not said, the examination's is. */
export type Sighting = Omit<Finding, "about">;

type Details = Omit<Sighting, "state" | "seen">;

const seenAs =
  (state: FindingState) =>
  (seen: string, details: Details = {}): Sighting => ({ state, seen, ...details });

export const passes = seenAs("pass");
export const warns = seenAs("warn");
export const fails = seenAs("fail");
export const unseen = seenAs("unseen");

/** Nobody knows what a look through a broken connection would have seen. */
const NO_VERDICT = new Set(["connection-lost"]);

/**
 * What another part of the house refuses a deploy with, as a finding: the judgement is made there, once. What is no verdict is
 * thrown on.
 */
export function refused(error: unknown, details: { readonly mends?: readonly Way[]; readonly state?: "fail" | "warn" } = {}): Sighting {
  if (!(error instanceof Failure) || NO_VERDICT.has(error.code ?? "")) throw error;
  const [first = "", ...more] = error.message.split("\n");
  const evidence = [...more, ...error.evidence].map((line) => line.trim()).filter((line) => line !== "" && !first.includes(line));
  return {
    state: details.state ?? "fail",
    seen: [first, ...evidence.slice(0, EVIDENCE)].join(" · "),
    advice: error.hint,
    mends: [...error.ways, ...(details.mends ?? [])],
  };
}

const EVIDENCE = 3;

/** Does what refuses; what it refuses with is a finding, else it passes. */
export async function unlessRefused(
  act: () => Promise<unknown>,
  { pass, mends = () => [] }: { readonly pass: string; readonly mends?: (failure: Failure) => readonly Way[] | Promise<readonly Way[]> },
): Promise<readonly Sighting[]> {
  try {
    await act();
    return [passes(pass)];
  } catch (error) {
    return [refused(error, { mends: error instanceof Failure ? await mends(error) : [] })];
  }
}
