import type { Way } from "../../core/way.ts";

/** What may go on running of a failed version where nothing is to run, and what ends it. */
export interface StillUp {
  /** Follows `app: `. */
  readonly what: string;
  /** Empty where nobody said how it is stopped. */
  readonly ways: readonly Way[];
}
