import type { Migration } from "../migration.ts";
import { wordsOf } from "../rules.ts";
import type { Statement } from "../split.ts";
import { lossOf } from "../down.ts";
import type { Effect } from "./effect.ts";

/**
 * What of a statement its DOWN does not bring back, as a sentence's part; undefined where nothing is known to be missing. By names:
 * that DOWN really undoes what it names shows only where both are run.
 */
export function missingWayBack(effect: Effect, { down }: Migration, destructive: string | undefined): string | undefined {
  if (down.state === "missing") return "there is no DOWN";
  if (down.state === "irreversible") return down.reason === undefined ? "marked irreversible" : `marked irreversible: ${down.reason}`;
  if (destructive !== undefined) return "DOWN brings the structure back at most, not what stood in it";
  const { statements } = down.script;
  const unnamed = (effect.makes ?? []).filter(
    ({ name, of }) => name !== "" && !names(statements, name) && !(of !== undefined && names(statements.filter(dropsTable), of.name)),
  );
  if (unnamed.length === 0 || statements.some(takesMoreAlong)) return undefined;
  return `DOWN does not name ${unnamed.map(({ name }) => name).join(", ")}`;
}

/** What going back would lose of what was written since, a line each. By keyword. */
export function lostGoingBack({ down }: Migration): readonly string[] {
  if (down.state !== "given") return [];
  const { script } = down;
  return script.statements.flatMap((statement) => {
    const loss = lossOf(wordsOf(statement));
    return loss === undefined ? [] : [`${script.file}:${statement.line}: ${loss}`];
  });
}

function names(statements: readonly Statement[], name: string): boolean {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const bare = name.toUpperCase();
  return statements.some(({ tokens }) =>
    tokens.some(({ kind, text }) => (kind === "word" && text === bare) || (kind === "quoted" && text === quoted)),
  );
}

function dropsTable(statement: Statement): boolean {
  const [first, second] = wordsOf(statement);
  return first === "DROP" && (second === "TABLE" || second === "FOREIGN");
}

/** CASCADE, a schema, code: what they take along is not named. */
function takesMoreAlong(statement: Statement): boolean {
  const words = wordsOf(statement);
  return words.includes("CASCADE") || words[0] === "DO" || words[0] === "CALL" || (words[0] === "DROP" && words[1] === "SCHEMA");
}
