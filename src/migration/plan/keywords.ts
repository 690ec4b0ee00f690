import type { Block } from "../../core/outcome.ts";
import { wholeStatement } from "../blockers.ts";
import type { Migration } from "../migration.ts";
import { lossOf } from "../down.ts";
import { outsideTransaction, wordsOf } from "../rules.ts";
import type { Statement } from "../split.ts";
import type { TableLock } from "./lock.ts";

/** What one pending file would do, as far as its keywords tell. */
export interface KeywordPlan {
  readonly version: string;
  readonly description: string;
  readonly file: string;
  readonly transactional: boolean;
  readonly reversible: "yes" | "no DOWN" | "irreversible";
  readonly statements: readonly KeywordStatement[];
}

export interface KeywordStatement {
  readonly line: number;
  /** On one line, cut where it is long. */
  readonly summary: string;
  /** The strongest lock it takes on what it names, where its keywords tell. */
  readonly lock?: TableLock;
  /** In words: what makes it dangerous. */
  readonly risks: readonly string[];
}

/** The pending files in order, with locks and risks by keyword: a first look, not a proof. Pure. */
export function planByKeyword(pending: readonly Migration[]): readonly KeywordPlan[] {
  return pending.map((migration) => ({
    version: migration.version,
    description: migration.description,
    file: migration.up.file,
    transactional: migration.up.transactional,
    reversible: migration.down.state === "given" ? "yes" : migration.down.state === "missing" ? "no DOWN" : "irreversible",
    statements: migration.up.statements.map(planStatement),
  }));
}

function planStatement(statement: Statement): KeywordStatement {
  const words = wordsOf(statement);
  const lock = lockOf(words);
  const loss = lossOf(words);
  return {
    line: statement.line,
    summary: wholeStatement(statement.sql),
    ...(lock !== undefined && { lock }),
    risks: [...(loss === undefined ? [] : [`destructive: ${loss}`]), ...blockingRisks(words), ...breakingRisks(words)],
  };
}

function lockOf(words: readonly string[]): TableLock | undefined {
  const [first, second] = words;
  const alone = outsideTransaction(words);
  if (alone?.includes("CONCURRENTLY") === true) return "SHARE UPDATE EXCLUSIVE";
  switch (first) {
    case "ALTER":
      if (second !== "TABLE") return undefined;
      return words.includes("VALIDATE") || words.includes("STATISTICS")
        ? "SHARE UPDATE EXCLUSIVE"
        : words.includes("FOREIGN")
          ? "SHARE ROW EXCLUSIVE"
          : "ACCESS EXCLUSIVE";
    case "CREATE":
      if (words.includes("INDEX")) return "SHARE";
      return words.slice(1, 5).includes("TRIGGER") ? "SHARE ROW EXCLUSIVE" : undefined;
    case "DROP":
      return ["TABLE", "INDEX", "VIEW", "MATERIALIZED", "TRIGGER", "POLICY", "RULE"].includes(second ?? "")
        ? "ACCESS EXCLUSIVE"
        : undefined;
    case "TRUNCATE":
    case "CLUSTER":
      return "ACCESS EXCLUSIVE";
    case "REINDEX":
      return "SHARE";
    case "VACUUM":
      return words.includes("FULL") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
    case "REFRESH":
      return words.includes("CONCURRENTLY") ? "EXCLUSIVE" : "ACCESS EXCLUSIVE";
    case "INSERT":
    case "UPDATE":
    case "DELETE":
    case "MERGE":
      return "ROW EXCLUSIVE";
    case "LOCK":
      return "ACCESS EXCLUSIVE";
    default:
      return undefined;
  }
}

/** What keeps users waiting on a large table. */
function blockingRisks(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  const risks: string[] = [];
  const has = (...sequence: readonly string[]): boolean =>
    words.some((_, at) => sequence.every((word, index) => words[at + index] === word));
  if (first === "CREATE" && words.includes("INDEX") && !words.includes("CONCURRENTLY"))
    risks.push("blocks writes while the index is built: CONCURRENTLY does not");
  if (first === "ALTER" && second === "TABLE") {
    if (has("TYPE") && words.includes("ALTER")) risks.push("may rewrite the whole table under its lock");
    if (has("SET", "NOT", "NULL")) risks.push("reads the whole table under its lock");
    if ((words.includes("CHECK") || words.includes("FOREIGN")) && !has("NOT", "VALID"))
      risks.push("checks every row under its lock: NOT VALID, and VALIDATE CONSTRAINT later, do not");
    if (has("SET", "TABLESPACE") || has("SET", "LOGGED") || has("SET", "UNLOGGED")) risks.push("rewrites the whole table under its lock");
  }
  if ((first === "UPDATE" || first === "DELETE") && !words.includes("WHERE")) risks.push("touches every row of the table");
  if (first === "VACUUM" && words.includes("FULL")) risks.push("rewrites the whole table under its lock");
  return risks;
}

/** What the code that still runs may not survive. */
function breakingRisks(words: readonly string[]): readonly string[] {
  if (words[0] !== "ALTER" || !words.includes("RENAME")) return [];
  return ["a rename breaks the code that still runs with the old name"];
}

export function keywordBlock(planned: readonly KeywordPlan[]): Block {
  return {
    kind: "table",
    title:
      "What would run (by keyword: the one file `cli.js` comes without PostgreSQL's parser; the action and the packed program have it)",
    head: ["file", "line", "statement", "lock", "risks"],
    rows: planned.flatMap((migration) => [
      ...migration.statements.map((statement) => [
        migration.file,
        String(statement.line),
        statement.summary,
        statement.lock ?? "",
        statement.risks.join("; "),
      ]),
      ...(migration.transactional ? [] : [[migration.file, "", "", "", "runs without a transaction, statement by statement"]]),
      ...(migration.reversible === "yes"
        ? []
        : [
            [
              migration.file,
              "",
              "",
              "",
              migration.reversible === "no DOWN"
                ? "has no DOWN: the way back is the savepoint"
                : "is irreversible: the way back is the savepoint",
            ],
          ]),
    ]),
  };
}
