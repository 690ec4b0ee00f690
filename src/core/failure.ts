import type { FailureCode } from "./failure-codes.ts";
import type { Block, OutputValue } from "./outcome.ts";
import type { SqlState } from "./sql-state.ts";
import type { Way } from "./way.ts";

/**
 * How a run ends on the command line:
 * 1 failed, and everything is as before or was rolled back; 2 refused before anything was touched;
 * 3 failed and needs a person. (0 is done, 130 is cancelled.)
 */
export type FailureExit = 1 | 2 | 3;

/** A line of a file of the checkout, and what is wrong there. */
export interface PlacedProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface FailureDetails {
  /** The next move, in one sentence or one pasteable command. */
  readonly hint?: string | undefined;
  /** What was seen: last lines of output, status, body. Never a secret. */
  readonly evidence?: readonly string[] | undefined;
  readonly cause?: unknown;
  readonly exit?: FailureExit | undefined;
  /** What tells failures apart, for code and for people: a row of the table, or PostgreSQL's own code. See `failure-codes.ts`. */
  readonly code?: FailureCode | SqlState | undefined;
  /** Outputs that are known although the operation failed. */
  readonly outputs?: Readonly<Record<string, OutputValue>> | undefined;
  /** What is true now, a line for each part (code, schema, app, lock). */
  readonly state?: readonly string[] | undefined;
  /** How it can go on: whole commands, the safest first. The first one is what a reader at night pastes. */
  readonly ways?: readonly Way[] | undefined;
  /** For the summary, below cause and state: the timeline, the table of rows. */
  readonly blocks?: readonly Block[] | undefined;
  /** Where in files of the checkout it went wrong, for a face that can show it there. */
  readonly places?: readonly PlacedProblem[] | undefined;
}

/** The one error class: `message` says what happened, `hint` what to do, `evidence` what was seen. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly hint: string | undefined;
  readonly evidence: readonly string[];
  readonly exit: FailureExit;
  readonly code: FailureCode | SqlState | undefined;
  readonly outputs: Readonly<Record<string, OutputValue>>;
  readonly state: readonly string[];
  readonly ways: readonly Way[];
  readonly blocks: readonly Block[];
  readonly places: readonly PlacedProblem[];

  constructor(message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    this.evidence = details.evidence ?? [];
    this.exit = details.exit ?? 1;
    this.code = details.code;
    this.outputs = details.outputs ?? {};
    this.state = details.state ?? [];
    this.ways = details.ways ?? [];
    this.blocks = details.blocks ?? [];
    this.places = details.places ?? [];
  }

  /** The same failure with more said about it; what is given replaces, the rest stays. */
  with(details: FailureDetails): Failure {
    return new Failure(this.message, {
      cause: this.cause,
      hint: this.hint,
      evidence: this.evidence,
      exit: this.exit,
      code: this.code,
      outputs: this.outputs,
      state: this.state,
      ways: this.ways,
      blocks: this.blocks,
      places: this.places,
      ...details,
    });
  }
}

/** Refused before anything was touched (exit 2). */
export function refusal(message: string, details: Omit<FailureDetails, "exit"> = {}): Failure {
  return new Failure(message, { ...details, exit: 2 });
}

/** The run was asked to stop (SIGINT, SIGTERM). Not a failure of what it did. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  /** Where the run stands, and what ends it. */
  readonly details: Pick<FailureDetails, "state" | "ways" | "hint" | "outputs" | "blocks">;

  constructor(message = "cancelled", details: Cancelled["details"] = {}) {
    super(message);
    this.details = details;
  }
}

/** Throws `Cancelled` where the run was asked to stop. Call it between steps that must not start any more. */
export function stopIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled();
}

/**
 * What went wrong first, where cleaning up after it (`await using`) failed as well: that is the cause, and its kind decides
 * what happens next.
 */
export function firstError(error: unknown): unknown {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error ? firstError(error.suppressed) : error;
}

/** The message of anything thrown, for evidence and logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same for the middle of another sentence: without a full stop of its own. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, "");
}
