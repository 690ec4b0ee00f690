import type { Node } from "libpg-query";
import type { Statement } from "../split.ts";
import type { SetFacts } from "./set.ts";
import type { SqlTable } from "./tree.ts";

/**
 * What a change may do to those who are there, the worst first: nothing is known of it, data goes, it does not come back by DOWN,
 * the code that runs now cannot live with it, users wait, a secret stands in a file, a rule of the house is broken; and what only better be otherwise.
 */
export const RISKS = ["unknown", "destructive", "irreversible", "incompatible", "blocking", "secret", "house", "advice"] as const;
export type Risk = (typeof RISKS)[number];

/** Something found in a migration before it ran. */
export interface LintFinding {
  /** The rule's name, by which a comment silences it. */
  readonly rule: string;
  readonly risk: Risk;
  readonly file: string;
  readonly line: number;
  /** What happens, as a sentence. */
  readonly message: string;
  /** What to write instead: SQL with comments. */
  readonly instead?: string | undefined;
}

/** What a rule says of a statement. */
export interface LintRemark {
  readonly message: string;
  readonly instead?: string | undefined;
  /** Where in the statement it is: an offset in its bytes, as the parser says it. Default: where the statement begins. */
  readonly at?: number | undefined;
}

/** What a rule may know when it looks at a statement. */
export interface LintSubject {
  readonly node: Node;
  readonly statement: Statement;
  /** True where the file runs in one transaction. */
  readonly transactional: boolean;
  /** Whether this set of changes made the table itself: nobody waits for what nobody has, and nothing is lost with it. */
  readonly made: (table: SqlTable | undefined) => boolean;
  /** The statements before it in its file, in order. */
  readonly before: readonly Node[];
  /** What all statements of the set do together. */
  readonly set: SetFacts;
}

/** One row: a name, what it is about, and how it is seen. */
export interface Rule {
  readonly name: string;
  readonly risk: Risk;
  /** For the page of rules: what it finds, in a few words. */
  readonly finds: string;
  readonly look: (subject: LintSubject) => readonly LintRemark[];
}
