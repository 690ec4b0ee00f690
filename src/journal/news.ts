import type { Happening } from "../core/observer.ts";
import type { Entry, Fact } from "./entries.ts";

/** What is under way or over beside the journal: nobody needs it to go back, somebody may want to hear of it. */
export type Notice =
  /** This run waits for another one's step, or for its deploy to end; since when that one has the lock, where it has (ISO 8601, UTC). */
  | { readonly kind: "lock.waiting"; readonly why: string; readonly since?: string }
  /** A command that was to change something could not begin; `halfWay`: it was to take back what a deploy left half-way. */
  | ({ readonly kind: "unreachable"; readonly halfWay?: true } & HowItFailed)
  /** A backup that belongs to no deploy (one that does is a step). */
  | {
      readonly kind: "backup.done";
      readonly purpose: string;
      readonly backup: string;
      readonly sizeBytes: number;
      readonly verified: string;
    }
  | ({ readonly kind: "backup.failed"; readonly purpose: string } & HowItFailed)
  /** A backup was restored beside the database, to see whether it can be. */
  | { readonly kind: "drill.done"; readonly backup: string }
  | ({ readonly kind: "drill.failed"; readonly backup: string } & HowItFailed);

/** What the journal keeps of a failure. */
export interface HowItFailed {
  readonly message: string;
  readonly cancelled?: true;
  /** The failure's code, so that the same failure is known again. */
  readonly code?: string;
}

/** What observers hear: a fact, once it is in the journal, as it stands there; or a notice of what is not written down. */
export type News = Happening & {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly owner: string;
  /** A fact's, where it is one of a deploy. */
  readonly deploy?: string | undefined;
} & ({ readonly kind: "fact"; readonly fact: Fact } | { readonly kind: "notice"; readonly notice: Notice });

export function newsOf(entry: Entry): News {
  return { kind: "fact", fact: entry, at: entry.at, owner: entry.owner, deploy: entry.deploy };
}
