import type { SchemaView } from "../../core/history.ts";
import { plural } from "../../core/format.ts";
import { compareRestored, compareSchemas, historyDifference, sameSchema } from "../environment/versions.ts";

/** A backup that a database can go back to, as far as the decision needs it. */
export interface Candidate {
  readonly id: string;
  readonly file: string;
  readonly schema: SchemaView;
}

/** Going back by DOWN, where every migration since has one. */
export interface WayDown {
  /** The versions that shall remain. */
  readonly keep: readonly string[];
  /** What is known to stay or to be lost all the same, a line each. */
  readonly stays: readonly string[];
  /** What DOWN drops, a line each. */
  readonly losses: readonly string[];
}

export interface DecisionFacts {
  /** Undefined where there is no database. */
  readonly live: SchemaView | undefined;
  /** Why the live database cannot be read, where a failed version left it so: then it is no reason to stay. */
  readonly unreadable?: string | undefined;
  /** The target version's schema; undefined where none was ever seen on it. */
  readonly target: SchemaView | undefined;
  readonly wish: "auto" | "restore" | "down" | "keep";
  readonly preferDown: boolean;
  /** Migrations beyond the target's, newest first, and whether each can go down. */
  readonly down:
    | ({ readonly possible: true } & WayDown)
    | { readonly possible: false; readonly keep: readonly string[]; readonly why: string };
  readonly savepoint: Candidate | undefined;
  /** What could be restored by hand, for the message where nothing is chosen. */
  readonly others: readonly string[];
}

export type Decision =
  | { readonly action: "none"; readonly why: string }
  | { readonly action: "kept"; readonly why: string; readonly proven: boolean }
  | { readonly action: "down"; readonly why: string; /** The versions that shall remain. */ readonly keep: readonly string[] }
  | { readonly action: "restore"; readonly why: string; readonly savepoint: Candidate }
  | {
      readonly action: "impossible";
      readonly why: string;
      readonly others: readonly string[];
      /** Databases that were put aside, as far as somebody looked. */ readonly replaced?: readonly string[];
    };

/** What happens to the database on the way back: by looking at it, not at what we think we did (contract, 4). Pure. */
export function decide(facts: DecisionFacts): Decision {
  const { live, target, wish } = facts;
  if (live === undefined && facts.unreadable === undefined) return { action: "none", why: "no database is configured" };
  if (wish === "keep")
    return {
      action: "kept",
      why: "`database: keep` was said",
      proven: live !== undefined && target !== undefined && sameSchema(live, target),
    };
  const same = live !== undefined && target !== undefined && sameSchema(live, target);
  if (wish !== "restore" && same) {
    return { action: "kept", why: "its schema and migration history are the target's", proven: true };
  }
  const likeness = live === undefined || target === undefined ? "different" : compareSchemas(live, target);
  const seen = same ? SAME : likeness === "unknown" ? UNKNOWN : describeChange(live, target, facts.unreadable);
  const [stay] = facts.down.possible ? facts.down.stays : [];
  const preferred = wish === "auto" && facts.preferDown;
  // Unasked, nothing goes down where it is known not to lead back, or to lose what the savepoint still has.
  const changed = preferred && stay !== undefined ? `${seen}, and ${stay}` : seen;
  if (wish === "down" || (preferred && stay === undefined)) {
    // Where the target's history was never seen, every migration there is would count as one since: nothing would remain.
    if (facts.down.possible && target !== undefined)
      return {
        action: "down",
        why: `${changed}, and each migration since has a DOWN${stay === undefined ? "" : `; but ${stay}`}`,
        keep: facts.down.keep,
      };
    if (wish === "down") {
      const why = target === undefined || facts.down.possible ? changed : facts.down.why;
      return { action: "impossible", why: `\`database: down\` was said, and ${why}`, others: facts.others };
    }
  }
  if (facts.savepoint !== undefined && target !== undefined && compareRestored(facts.savepoint.schema, target) === "different") {
    return {
      action: "impossible",
      why: `${changed}, and the savepoint ${facts.savepoint.id} is on another schema than the target's`,
      others: facts.others,
    };
  }
  if (facts.savepoint !== undefined)
    return { action: "restore", why: wish === "restore" ? "`database: restore` was said" : changed, savepoint: facts.savepoint };
  return { action: "impossible", why: `${changed}, and there is no savepoint to restore`, others: facts.others };
}

/** Nothing but the wish leads away from it. */
const SAME = "its schema and migration history are the target's already, `database: restore` was said";

/** The copy of a savepoint can be looked at, and then it is known (`prepare-side.ts`); without one a person has to say. */
const UNKNOWN =
  "an earlier version of Savepoint or of PostgreSQL recorded the target's schema, which cannot be compared with what is there now";

/** A line of `historyDifference`, from the target's to the live history, without its sign. */
function inWords(difference: string): string {
  const what: Readonly<Record<string, string>> = { "+ ": "came since", "- ": "is gone", "~ ": "is not the same" };
  const said = what[difference.slice(0, 2)];
  return said === undefined ? difference : `${difference.slice(2)} ${said}`;
}

function describeChange(live: SchemaView | undefined, target: SchemaView | undefined, unreadable: string | undefined): string {
  if (live === undefined) return `the live database cannot be read (${unreadable})`;
  if (target === undefined) return "the target version's schema is not known";
  const difference = historyDifference(target.history, live.history);
  if (difference.length > 0)
    return `${plural(difference.length, "migration entry", "migration entries")} changed (${difference.slice(0, 3).map(inWords).join(", ")}${difference.length > 3 ? ", …" : ""})`;
  return "the schema changed, and no migration history says how";
}

/** Whether rows or schema change by it. */
export function changesDatabase(decision: Decision): boolean {
  return decision.action === "restore" || decision.action === "down";
}
