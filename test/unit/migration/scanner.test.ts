import fc from "fast-check";
import { loadModule, parseSync, scanSync } from "libpg-query";
import { beforeAll, expect, test } from "vitest";
import { splitStatements } from "../../../src/migration/split.ts";
import { scan } from "../../../src/migration/tokens.ts";
import { sqlInTheTests } from "./corpus.ts";

beforeAll(async () => {
  await loadModule();
});

/** What decides where statements end, as `kind from-to`: semicolons and comments. Offsets are bytes, as PostgreSQL counts. */
function ours(sql: string): readonly string[] | undefined {
  const { tokens, problem } = scan(sql);
  if (problem !== undefined) return undefined;
  const at = (offset: number) => Buffer.byteLength(sql.slice(0, offset));
  return tokens
    .filter(({ kind, text }) => text === ";" || kind.endsWith("-comment"))
    .map(({ kind, start, end }) => `${kind === "symbol" ? "semicolon" : kind} ${at(start)}-${at(end)}`);
}

const KINDS: Readonly<Record<string, string>> = { ASCII_59: "semicolon", SQL_COMMENT: "line-comment", C_COMMENT: "block-comment" };

/** The same by PostgreSQL's own scanner; undefined where it cannot read the text. */
function theirs(sql: string): readonly string[] | undefined {
  try {
    return scanSync(sql).tokens.flatMap(({ tokenName, start, end }) => {
      const kind = KINDS[tokenName];
      return kind === undefined ? [] : [`${kind} ${start}-${end}`];
    });
  } catch {
    return undefined;
  }
}

/** Where PostgreSQL's parser says that each statement lies, in bytes; undefined where it is no SQL. */
function statements(sql: string): readonly { readonly from: number; readonly to: number }[] | undefined {
  try {
    return (parseSync(sql).stmts ?? []).map(({ stmt_location: from = 0, stmt_len: length }) => ({
      from,
      to: length === undefined || length === 0 ? Buffer.byteLength(sql) : from + length,
    }));
  } catch {
    return undefined;
  }
}

test("every SQL text of the tests is split where PostgreSQL's own parser splits it", () => {
  let compared = 0;
  for (const sql of sqlInTheTests()) {
    const expected = statements(sql);
    if (expected === undefined) continue;
    compared += 1;
    const found = splitStatements(sql);
    expect(found.problem, sql).toBeUndefined();
    const places = found.statements.map((one) => {
      const first = one.tokens[0]?.start ?? 0;
      return { from: Buffer.byteLength(sql.slice(0, first)), to: Buffer.byteLength(sql.slice(0, first + one.sql.length)) };
    });
    expect(places.length, sql).toBe(expected.length);
    // PostgreSQL counts the comments and spaces around a statement as its own.
    for (const [index, { from, to }] of places.entries()) {
      expect(from, sql).toBeGreaterThanOrEqual(expected[index]?.from ?? Infinity);
      expect(to, sql).toBeLessThanOrEqual(expected[index]?.to ?? -1);
    }
  }
  expect(compared).toBeGreaterThan(250);
});

test("semicolons and comments are where PostgreSQL's own scanner sees them, in all of these texts", () => {
  for (const sql of sqlInTheTests().filter((text) => statements(text) !== undefined)) expect(ours(sql), sql).toEqual(theirs(sql));
});

/** What can begin, end or hide something. */
const PIECES = `' '' " $$ $a$ $1 $ E' e' U&' x' N' B' -- /* */ ; \\ a É 💾 _ 7 - + ( )`.split(" ").concat(" ", "\n", "\r", "\f", "\u00a0");
/** libpg-query hands comments out as tokens, and so no longer sees that a string goes on behind one. The server does. */
const CONTINUED_BEHIND_COMMENT = /'[ \f]*--/;

test("whatever is put together, PostgreSQL's scanner sees the same semicolons and comments; what ours refuses is no SQL", () => {
  const texts = fc
    .array(fc.constantFrom(...PIECES), { maxLength: 14 })
    .map((pieces) => pieces.join(""))
    .filter((sql) => !CONTINUED_BEHIND_COMMENT.test(sql));
  fc.assert(
    fc.property(texts, (sql) => {
      const [expected, found] = [theirs(sql), ours(sql)];
      // A backslash is a symbol to PostgreSQL's scanner, which no statement has; to ours it is a command of psql.
      if (found === undefined) expect(statements(sql)).toBeUndefined();
      else if (expected !== undefined) expect(found).toEqual(expected);
    }),
    { numRuns: 2_000, examples: [["$1a$a$U&'U&';x$a$"]] },
  );
});
