import type { Statement } from "./split.ts";

/** The statement's words and symbols up to the first that is neither, e.g. `CREATE UNIQUE INDEX CONCURRENTLY`. */
export function wordsOf(statement: Statement): readonly string[] {
  return statement.tokens.map((token) => token.text);
}

/** What must not stand in a migration at all, or not in one that runs in a transaction: the message, or undefined. */
export function statementProblem(statement: Statement, transactional: boolean): string | undefined {
  const words = wordsOf(statement);
  const control = transactionControl(words);
  if (control !== undefined) {
    return transactional
      ? `${control} stands in the file; each file already is one transaction: take it out. Where it must not be one transaction, mark the section \`-- no-transaction\`, too`
      : `${control} stands in the file; with \`-- no-transaction\` each statement is a transaction of its own: take it out`;
  }
  if (words[0] === "COPY" && copiesFromClient(words)) {
    return "COPY … FROM STDIN or TO STDOUT works in psql only: write INSERT statements";
  }
  if (words[0] === "SET" && words.includes("STANDARD_CONFORMING_STRINGS") && /off|0|no|false/i.test(words.at(-1) ?? "")) {
    return "standard_conforming_strings must stay on: write E'…' strings where backslashes are escapes";
  }
  if (!transactional) return undefined;
  const alone = outsideTransaction(words);
  return alone === undefined
    ? undefined
    : `${alone} cannot run in a transaction: put it into a file of its own with a line \`-- no-transaction\` under \`-- UP\` (its statements then run one by one and are resumed by statement)`;
}

/** BEGIN, COMMIT, ROLLBACK and their synonyms; savepoints inside the file's transaction are fine. */
function transactionControl(words: readonly string[]): string | undefined {
  const [first, second] = words;
  switch (first) {
    case "BEGIN":
    case "COMMIT":
    case "END":
    case "ABORT":
      return first;
    case "START":
      return second === "TRANSACTION" ? "START TRANSACTION" : undefined;
    case "PREPARE":
      return second === "TRANSACTION" ? "PREPARE TRANSACTION" : undefined;
    case "ROLLBACK":
      return words.includes("TO") ? undefined : "ROLLBACK";
    default:
      return undefined;
  }
}

function copiesFromClient(words: readonly string[]): boolean {
  return words.some((word, index) => (word === "FROM" && words[index + 1] === "STDIN") || (word === "TO" && words[index + 1] === "STDOUT"));
}

/** What PostgreSQL refuses inside a transaction block, named; or undefined. */
export function outsideTransaction(words: readonly string[]): string | undefined {
  const [first, second] = words;
  const named = (...expected: readonly string[]): boolean => expected.every((word, index) => words[index] === word);
  if (first === "VACUUM") return "VACUUM";
  if (named("CREATE", "INDEX", "CONCURRENTLY") || named("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY")) return "CREATE INDEX CONCURRENTLY";
  if (named("DROP", "INDEX", "CONCURRENTLY")) return "DROP INDEX CONCURRENTLY";
  if (first === "REINDEX" && words.includes("CONCURRENTLY")) return "REINDEX CONCURRENTLY";
  if (first === "REINDEX" && words.slice(1, 8).some((word) => word === "DATABASE" || word === "SYSTEM" || word === "SCHEMA"))
    return `REINDEX ${words.find((word) => word === "DATABASE" || word === "SYSTEM" || word === "SCHEMA")}`;
  if ((first === "CREATE" || first === "DROP") && (second === "DATABASE" || second === "TABLESPACE")) return `${first} ${second}`;
  if (named("ALTER", "SYSTEM")) return "ALTER SYSTEM";
  if (named("ALTER", "DATABASE") && words.includes("TABLESPACE")) return "ALTER DATABASE … SET TABLESPACE";
  if (first === "CLUSTER" && words.length === 1) return "CLUSTER of all tables";
  if (named("ALTER", "TABLE") && words.includes("DETACH") && words.includes("CONCURRENTLY")) return "DETACH PARTITION … CONCURRENTLY";
  return undefined;
}
