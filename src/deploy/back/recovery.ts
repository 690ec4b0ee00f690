import { changedSomething, beingTakenBack, type DeployRecord, gatePassed } from "../../journal/ledger.ts";
import { takesBack } from "../../journal/steps.ts";
import type { Decision } from "./decision.ts";

/** What was seen of an open deploy: on the host, in the database, and of whoever works on it. */
export interface RecoveryFacts {
  readonly open: DeployRecord;
  /** Whether somebody works on it still, or may go on with it; then, who. */
  readonly lives: string | undefined;
  /** A person said that it shall be ended: `confirm`. */
  readonly said: boolean;
  /** Whether anything is taken back by itself here: `rollback: { automatic: false }` wants a person. */
  readonly automatic: boolean;
  /** Whether what runs is the deploy's own version; `unknown` where nothing tells, and the health check is all there is. */
  readonly runs: "its version" | "another" | "unknown";
  /** What would become of the database on the way back; or why there is no way back, or it could not be looked at. */
  readonly database: Pick<Exclude<Decision, { action: "impossible" }>, "action"> | { readonly action: "impossible"; readonly why: string };
}

/** What recovery does with an open deploy. `close`: the way back of what changed nothing. */
export type Recovery =
  | { readonly do: "wait"; readonly why: string }
  | { readonly do: "forward"; readonly why: string }
  | { readonly do: "close"; readonly why: string }
  | { readonly do: "back"; readonly why: string }
  | { readonly do: "ask"; readonly why: string };

/**
 * Journal state × what is seen → forward, back, or ask (contract, 2). By itself it never leaves rows behind, never tries again
 * what failed, and confirms only what nobody but our own chain was to judge. Pure.
 */
export function decideRecovery({ open, lives, said, automatic, runs, database }: RecoveryFacts): Recovery {
  if (lives !== undefined) return { do: "wait", why: lives };
  if (!changedSomething(open) && open.end === undefined) return { do: "close", why: "it changed nothing" };
  if (hasFailed(open) && !said) return { do: "ask", why: whyFailed(open) };
  if (open.end === undefined && gatePassed(open) && !beingTakenBack(open) && runs !== "another") {
    if (open.whole || said) return { do: "forward", why: "its health check passed, and only the confirmation is missing" };
    return {
      do: "ask",
      why: "its health check passed, and it was deployed step by step: whether other steps were to judge it before it is confirmed, the journal does not say",
    };
  }
  if (!automatic && !said) return { do: "ask", why: "nothing is taken back by itself here (`rollback: { automatic: false }`)" };
  return back(said, database);
}

/** Whether its way back failed, also where its end could not be written any more. */
function hasFailed({ end, steps }: DeployRecord): boolean {
  return end !== undefined || steps.findLast(({ step }) => takesBack(step))?.state === "failed";
}

function whyFailed({ steps }: DeployRecord): string {
  return steps.some(({ step }) => takesBack(step))
    ? "its rollback failed, and what failed is not tried again unasked"
    : "it failed and was left as it stands, for a person to end";
}

function back(said: boolean, database: RecoveryFacts["database"]): Recovery {
  switch (database.action) {
    case "kept":
      return { do: "back", why: "the schema is the one to go back to: the database is kept, with every row" };
    case "down":
      return { do: "back", why: "each migration since has a DOWN: the database goes down by them" };
    case "none":
      return { do: "back", why: "no database is named: the code goes back" };
    case "restore":
      if (said) return { do: "back", why: "the savepoint is restored, as was said; the live database is kept under another name" };
      return { do: "ask", why: "the savepoint would be restored, and what was written since would stay behind in the replaced database" };
    case "impossible":
      return { do: "ask", why: database.why };
  }
}
