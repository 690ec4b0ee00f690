import type { Migration, Script } from "../migration.ts";
import { wordsOf } from "../rules.ts";
import type { Statement } from "../split.ts";
import { lossOf } from "../down.ts";
import type { Effect } from "./effect.ts";

/** A statement of an UP, and the DOWN that is to undo it. */
interface KnownWay {
  readonly up: Statement;
  readonly down: Script;
}

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

/**
 * The same, only where it is known: an inverse that DOWN writes row by row, and what may go along with a column that it drops,
 * are not. Of a DOWN that is given.
 */
export function knownToStay(effect: Effect, { up, down }: KnownWay, destructive: string | undefined): string | undefined {
  const { statements } = down;
  if (statements.some(mayDoAnything)) return undefined;
  if (destructive !== undefined)
    return statements.some(writesRows) ? undefined : "it brings the structure back at most, not what stood in it";
  // It may have been there before.
  if (wordsOf(up).join(" ").includes("IF NOT EXISTS")) return undefined;
  const unnamed = (effect.makes ?? []).filter(
    ({ name, of, column }) =>
      name !== "" &&
      !names(statements, name) &&
      !(of !== undefined && names(statements.filter(column === true ? dropsTable : dropsOfTable), of.name)),
  );
  return unnamed.length === 0 || statements.some(takesMoreAlong)
    ? undefined
    : `it does not name ${unnamed.map(({ name }) => name).join(", ")}`;
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

/** A table, or columns of one: its indexes and constraints go along. */
function dropsOfTable(statement: Statement): boolean {
  const words = wordsOf(statement);
  return dropsTable(statement) || (words[0] === "ALTER" && words.includes("DROP"));
}

function writesRows(statement: Statement): boolean {
  return ["INSERT", "UPDATE", "MERGE", "COPY", "WITH"].includes(wordsOf(statement)[0] ?? "");
}

/** A function that is called may write, too. */
function mayDoAnything(statement: Statement): boolean {
  const [first] = wordsOf(statement);
  return first === "DO" || first === "CALL" || (first === "SELECT" && statement.tokens.some(({ text }) => text === "("));
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
