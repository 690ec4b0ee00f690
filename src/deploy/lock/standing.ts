import { shortCommit } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import type { Unwell } from "../../journal/unwell.ts";
import { STEP_DEAD_AFTER } from "./admission.ts";
import { compareSchemas } from "../environment/versions.ts";

/** What can be said of code and schema, as a person reads it. */
export interface SchemaStanding {
  /** `apart`: known not to be one version's. */
  readonly is: "one" | "apart" | "unknown";
  readonly text: string;
  /** Where apart: the version whose schema it is, as far as one is known. */
  readonly of?: string | undefined;
}

/** Whether the live schema is the running version's. Pure. */
export function schemaStanding(
  ledger: Ledger,
  { running, live }: { readonly running: string | undefined; readonly live: SchemaView | undefined },
): SchemaStanding {
  if (live === undefined) return { is: "unknown", text: "no database is configured" };
  const of = [...ledger.schemas].findLast(([, schema]) => compareSchemas(live, schema) === "same")?.[0];
  const whose = of === undefined ? "of no version that was seen" : `that of ${shortCommit(of)}`;
  if (running === undefined) {
    const why = ledger.nothingRuns && ledger.open === undefined ? "nothing runs that it would belong to" : "what runs is not known";
    return { is: "unknown", text: `the database's is ${whose}; ${why}` };
  }
  const name = shortCommit(running);
  const expected = ledger.schemas.get(running);
  if (expected === undefined)
    return { is: "unknown", text: `which one ${name} has is not known before it is confirmed; the database's is ${whose}` };
  const likeness = compareSchemas(live, expected);
  if (likeness === "same") return { is: "one", text: `${name}'s: code and schema are one version's` };
  if (likeness === "unknown")
    return { is: "unknown", text: `${name}'s was recorded by another version of Savepoint or of PostgreSQL, and cannot be compared` };
  return { is: "apart", text: `not ${name}'s: the database's is ${whose}. Code and schema are apart`, of: of === running ? undefined : of };
}

/** Where nothing is open, and what is on is not known to be healthy: that. Another version that was put there by hand is not meant. Pure. */
export function unwellNow({ unwell, open, nothingRuns }: Ledger, running: string | undefined): Unwell | undefined {
  if (unwell === undefined || open !== undefined || nothingRuns) return undefined;
  return running === undefined || unwell.commit === undefined || unwell.commit === running ? unwell : undefined;
}

export interface Signs {
  readonly lock: LockStatus;
  readonly leaseMs: number;
  /** GitHub's word on the owner: completed, running, or not to be had. */
  readonly ownerCompleted: boolean | undefined;
  /** Whether the process that last beat is known to be dead. */
  readonly beaterDead: boolean;
}

/** Whether nobody can go on with an open deploy any more. What only looks left (`isLeft`), its owner may still take back. Pure. */
export function isGone(open: DeployRecord, { lock, leaseMs, ownerCompleted, beaterDead }: Signs): boolean {
  if (open.end !== undefined) return true;
  // Whoever took it away did not end the run.
  if (lock.state === "free") return ownerCompleted ?? true;
  // A workflow has further steps; at a terminal nothing comes after a command that was killed.
  if (open.run === undefined && beaterDead) return true;
  return ownerCompleted ?? lock.silentMs > leaseMs;
}

/** Whether an open deploy waits for nobody but a person: it failed, its owner is gone, or nobody goes on with it. Pure. */
export function isLeft(open: DeployRecord, { lock, leaseMs, ownerCompleted, beaterDead }: Signs): boolean {
  if (open.end !== undefined) return true;
  if (!changedSomething(open)) return false;
  // Whoever took it away did not end the run.
  if (lock.state === "free") return ownerCompleted ?? true;
  if (beaterDead) return true;
  if (lock.beat?.running === true) return lock.silentMs >= STEP_DEAD_AFTER;
  // At a terminal nothing comes after a step that failed; a workflow has its rollback step.
  const ended = open.steps.at(-1)?.state;
  if (open.run === undefined && (ended === "failed" || ended === "cancelled")) return true;
  return ownerCompleted ?? lock.silentMs > leaseMs;
}
