import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import { changesDatabase, type Decision } from "./decision.ts";
import type { Environment } from "../environment/environment.ts";
import { nameOf, schemaOwner, type Target } from "./target.ts";
import { asRestored, compareSchemas, historyDifference, liveSchema } from "../environment/versions.ts";
import { NOT_CHECKED } from "../../journal/unwell.ts";
import type { SchemaProof } from "./request.ts";
import type { UnderWay } from "./under-way.ts";

/** Proves that code and schema (or, while code has not moved yet, the schema) are one version's. Returns what is true of the schema. */
export async function prove(
  environment: Environment,
  target: Target,
  expected: SchemaView | undefined,
  { code = true }: { readonly code?: boolean } = {},
): Promise<string> {
  const name = schemaOwner(target);
  const head = code && target.commit !== undefined ? await (await environment.clone())?.current() : undefined;
  if (head !== undefined && head !== target.commit) {
    throw new Failure(`After the way back ${shortCommit(head)} is checked out, not ${nameOf(target)}.`, { exit: 3, code: "code-differs" });
  }
  if ((await environment.database()) === undefined) return "no database is configured";
  // Taken as it is, it need not even be readable.
  const live = expected === undefined ? undefined : await liveSchema(environment);
  if (expected === undefined || live === undefined) return `as it was; what ${name} was seen on is not known`;
  const likeness = compareSchemas(live, expected);
  if (likeness === "same") return target.apart === "as-opened" ? "as it was when the deploy opened" : `${name}'s, proven`;
  if (likeness === "unknown") {
    throw new Failure(`After the way back it cannot be told whether the schema is ${name}'s.`, {
      hint: "An earlier version of Savepoint recorded that schema, and its fingerprint cannot be compared with today's. Look at the database; `--database keep` takes it as it is.",
      exit: 3,
      code: "schema-unknown",
    });
  }
  throw new Failure(`After the way back the schema is not ${name}'s.`, {
    evidence: historyDifference(expected.history, live.history),
    hint: "Either a DOWN does not undo all that its UP did, or something changes the schema when the app starts, or by hand, while this runs.",
    exit: 3,
    code: "schema-differs",
  });
}

/** Proves as much of a rollback that is under way, and notes it. */
export async function proveNow({ tx, request: { wish, savepoint }, target, parts }: UnderWay, decision: Decision): Promise<void> {
  const known = target.schema ?? (changesDatabase(decision) ? savepoint?.schema : undefined);
  const expected = known !== undefined && parts.swapped ? asRestored(known) : known;
  // `keep` so said is taken as it is: that version on that schema.
  const proven = await prove(tx.environment, target, wish === "keep" ? undefined : expected);
  parts.schema = wish === "keep" && decision.action === "kept" ? keptAs(target, decision.proven) : proven;
}

/** What is true of a schema that was left as it was because that was said. */
function keptAs(target: Target, proven: boolean): string {
  const name = schemaOwner(target);
  if (target.schema === undefined) return `kept as it was; what ${name} was seen on is not known`;
  return proven ? `${name}'s` : `kept as it was, not ${name}'s`;
}

/** What a finished way back proved of code and schema. Kept because that was said, a healthy version counts as on that schema. */
export function schemaProof(
  target: Target,
  { decision, wish, health }: { readonly decision: Decision; readonly wish: string; readonly health: string },
): SchemaProof {
  if (target.apart !== undefined) return "apart";
  const seen = target.schema !== undefined || decision.action === "restore";
  const asSaid = wish === "keep" && decision.action === "kept" && !decision.proven;
  if (seen && !asSaid) return "proven";
  if (health !== NOT_CHECKED) return "proven";
  return seen ? "apart" : "unknown";
}
