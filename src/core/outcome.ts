import type { Finding } from "./finding.ts";
import type { Way } from "./way.ts";

/** An output of an operation: a list becomes a JSON array, undefined is not set. */
export type OutputValue = string | number | boolean | readonly string[] | undefined;

/** A piece of the summary; the face turns it into Markdown or terminal text and escapes what needs it. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | Table
  | { readonly kind: "code"; readonly title: string; readonly lines: readonly string[] }
  | { readonly kind: "timeline"; readonly title: string; readonly spans: readonly Span[] }
  | { readonly kind: "findings"; readonly title: string; readonly findings: readonly Finding[] };

/** Rows under their heads. */
export interface Table {
  readonly kind: "table";
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Its cells are sentences: a terminal that is too narrow for them side by side has them folded. */
  readonly folds?: true;
}

/** A step on the timeline. Times are milliseconds since the epoch. */
export interface Span {
  readonly label: string;
  readonly start: number;
  readonly end: number;
  readonly state: "done" | "failed" | "rolled-back" | "running";
}

/** What an operation returns. The face prints it; the operation prints nothing of it. */
export interface Outcome {
  readonly outputs: Readonly<Record<string, OutputValue>>;
  /** The verdict in one line: `Backed up shop/production: 142 MB, read back whole`. */
  readonly headline: string;
  readonly blocks: readonly Block[];
  /** What the reader may want to do next, where there is something. */
  readonly ways?: readonly Way[] | undefined;
  /** Each of the ways is needed, one after the other; else one of them is chosen. */
  readonly waysInTurn?: true | undefined;
  /** What the command line exits with; 3 where nothing failed, and a person is needed; 1 where it tells of something that failed. Default: 0. */
  readonly exit?: 0 | 1 | 3 | undefined;
  /** False where there is nothing to tell that another step of the run has not told: then the log's line is all. Default: true. */
  readonly summary?: false | undefined;
  /** For `--json`, where it says more than the outputs. */
  readonly details?: unknown;
}
