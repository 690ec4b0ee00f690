import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { SchemaView } from "../../core/history.ts";
import type { Environment } from "../environment.ts";
import type { Target } from "../target.ts";
import { historyDifference, liveSchema, sameSchema } from "../versions.ts";

/** Proves that code and schema (or, while code has not moved yet, the schema) are one version's. Returns what is true of the schema. */
export async function prove(
  environment: Environment,
  target: Target,
  expected: SchemaView | undefined,
  { code = true }: { readonly code?: boolean } = {},
): Promise<string> {
  const name = shortCommit(target.commit);
  const head = code ? await (await environment.clone())?.current() : undefined;
  if (head !== undefined && head !== target.commit) {
    throw new Failure(`After the way back ${shortCommit(head)} is checked out, not ${name}.`, { exit: 3, code: "code-differs" });
  }
  const live = await liveSchema(environment);
  if (live === undefined) return "no database is configured";
  if (expected === undefined) return `as it was; what ${name} was seen on is not known`;
  if (sameSchema(live, expected)) return `${name}'s, proven`;
  throw new Failure(`After the way back the schema is not ${name}'s.`, {
    evidence: historyDifference(expected.history, live.history),
    hint: "Something changes the schema when the app starts, or by hand, while this runs.",
    exit: 3,
    code: "schema-differs",
  });
}

/** What is true of a schema that was left as it was because that was said. */
export function keptAs({ commit, schema }: Target, proven: boolean): string {
  if (schema === undefined) return `kept as it was; what ${shortCommit(commit)} was seen on is not known`;
  return proven ? `${shortCommit(commit)}'s` : `kept as it was, not ${shortCommit(commit)}'s`;
}
