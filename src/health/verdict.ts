/** What a health check found. Times are milliseconds. */
export type HealthVerdict =
  | {
      readonly state: "healthy";
      readonly attempts: number;
      readonly elapsedMs: number;
      /** When the first of the passes in a row ended: the app was ready by then. */
      readonly readyAfterMs: number;
      /** One line for each check, e.g. `HTTP 200 from http://localhost:3000/health in 12 ms`. */
      readonly details: readonly string[];
    }
  | {
      readonly state: "failing";
      readonly attempts: number;
      readonly elapsedMs: number;
      /** What was wrong in the end, in one line. */
      readonly reason: string;
      readonly hint: string | undefined;
      /** What was seen: status, headers, body, output, what came before, and what the caller collected. */
      readonly evidence: readonly string[];
    };

/** One check of one round. */
export type CheckResult =
  | { readonly passed: true; readonly detail: string }
  | {
      readonly passed: false;
      /** One line that follows `waiting: `. */
      readonly reason: string;
      /** What the log compares to tell whether the reason changed, where `reason` itself holds measurements. */
      readonly topic?: string | undefined;
      readonly hint?: string | undefined;
      readonly evidence: readonly string[];
      /** The attempt was given up at its time limit. */
      readonly gaveUp?: boolean;
      /** Waiting cannot help (a syntax error). */
      readonly hopeless?: boolean;
      /** It is only under way: what another check saw says more. */
      readonly underWay?: boolean;
      /** Nobody listens there: that is certain, and not only that nobody was reached. */
      readonly refused?: boolean;
    };

export type Failing = Extract<CheckResult, { passed: false }>;

/** The limits of one attempt. A check settles at once when the signal fires. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Milliseconds until the signal fires. */
  readonly limitMs: number;
}

/** One thing that must hold, asked as often as it takes. `run` never rejects because the app is unhealthy. */
export interface Check {
  /** For the evidence: `GET http://localhost:3000/health`, `tcp localhost:5432`, `query`, `command`. */
  readonly label: string;
  /** `late`: only asked once the others pass, with all the time that is left. */
  readonly order: "together" | "late";
  /** Nobody asked for it: that it passes is no news. */
  readonly quiet?: boolean;
  run(attempt: Attempt): Promise<CheckResult>;
}
