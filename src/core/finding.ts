import type { Way } from "./way.ts";

/** `fail` would stop a deploy, `warn` would make it worse, `unseen` could not be looked at. */
export const FINDING_STATES = ["fail", "warn", "unseen", "pass"] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** One thing that was looked at: what was seen, and where that is not well, why it matters and what mends it. */
export interface Finding {
  readonly state: FindingState;
  /** What was looked at, in a word or two. */
  readonly about: string;
  readonly seen: string;
  readonly why?: string | undefined;
  /** What to know or to do, in words. */
  readonly advice?: string | undefined;
  /** Whole commands to paste, each with what it does. */
  readonly mends?: readonly Way[] | undefined;
}
