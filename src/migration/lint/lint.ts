import type { Node } from "libpg-query";
import type { Migration, Script } from "../migration.ts";
import type { Statement } from "../split.ts";
import { lineAt } from "../tokens.ts";
import { type Allowed, allowedIn } from "./allow.ts";
import { type LintFinding, RISKS, type LintSubject, type Risk, type Rule } from "./finding.ts";
import { type House, houseRules, NO_HOUSE } from "./house-rules.ts";
import { joinedBy, tableCommands } from "./commands.ts";
import { FILE_RULES, RULES } from "./rules.ts";
import { KnownTables, type SetFacts, setFacts } from "./set.ts";
import { typesMadeIn } from "./type-names.ts";
import { lineIn, type SqlTable, tableOf, type SqlTree } from "./tree.ts";

/** What was found, and what a comment allows with a reason. */
export interface Linted {
  readonly findings: readonly LintFinding[];
  readonly allowed: readonly (LintFinding & { readonly reason: string })[];
}

interface Parsed {
  readonly statement: Statement;
  readonly tree: SqlTree;
}

/** A statement of an UP, with all that the rules find in it, whatever a comment allows. */
export interface LookedAt {
  readonly statement: Statement;
  readonly tree: SqlTree;
  readonly findings: readonly LintFinding[];
  /** As this statement meets the set: what came before it is there. */
  readonly made: LintSubject["made"];
}

/**
 * The same for whom a comment silences nothing: what a migration does is so, however well it was meant.
 * @param onStatement called for each statement of each UP, in order, while `made` knows what came before it.
 */
export function lookAt(
  set: readonly Migration[],
  parse: (sql: string) => SqlTree,
  onStatement: (migration: Migration, looked: LookedAt) => void,
): void {
  const files = set.map((migration) => ({ migration, parsed: parsedBy(parse)(migration.up) }));
  const facts = setFacts(files.flatMap(({ parsed }) => parsed.flatMap(nodeOf)));
  const made = new KnownTables();
  for (const { migration, parsed } of files)
    lintScript(migration.up, { parsed, set: facts, made, onStatement: (looked) => onStatement(migration, looked) });
}

/**
 * Looks at the UP of each migration. Pure but for the parser.
 * @param set the migrations that come together: what one makes is new for the next.
 * @param types what all files, those that are not looked at too, may make as types.
 */
export function lintMigrations(
  set: readonly Migration[],
  parse: (sql: string) => SqlTree,
  { house = NO_HOUSE, types = typesMadeIn(set) }: { readonly house?: House; readonly types?: ReadonlySet<string> } = {},
): Linted {
  const rules = [...RULES, ...houseRules(house)];
  const read = parsedBy(parse);
  const files = set.map((migration) => ({ migration, parsed: read(migration.up) }));
  const facts: SetFacts = { ...setFacts(files.flatMap(({ parsed }) => parsed.flatMap(nodeOf))), types };
  const made = new KnownTables();
  const all = files.map(({ migration, parsed }) => {
    const { down } = migration;
    const back = down.state === "given" ? unread(down.script, read(down.script)) : [];
    const found = [...lintScript(migration.up, { parsed, set: facts, made, rules }), ...back, ...wayDown(migration)];
    return silence(found, migration.up, { rules, approvers: house.approvers });
  });
  return { findings: all.flatMap(({ findings }) => findings), allowed: all.flatMap(({ allowed }) => allowed) };
}

/** The worst risk of these findings; undefined where there is none but advice. */
export function worstRisk(findings: readonly LintFinding[]): Risk | undefined {
  return RISKS.find((risk) => risk !== "advice" && findings.some((finding) => finding.risk === risk));
}

function parsedBy(parse: (sql: string) => SqlTree): (script: Script) => readonly Parsed[] {
  return ({ statements }) => statements.map((statement) => ({ statement, tree: parse(statement.sql) }));
}

/** What the parser does not read fails on the server too, or comes from a version that nobody here knows. */
function unread({ file }: Script, parsed: readonly Parsed[]): readonly LintFinding[] {
  return parsed.flatMap(({ statement: { sql, line }, tree }): readonly LintFinding[] =>
    "node" in tree
      ? []
      : [
          {
            rule: "unread-by-parser",
            risk: "unknown",
            file,
            line: tree.at === undefined ? line : line - 1 + lineAt(sql, tree.at),
            message: `PostgreSQL's parser does not read this statement (${tree.problem}): nothing is known of it.`,
          },
        ],
  );
}

interface ScriptWork {
  /** Default: those that always hold. */
  readonly rules?: readonly Rule[];
  readonly parsed: readonly Parsed[];
  readonly set: SetFacts;
  /** Grows with each statement. */
  readonly made: KnownTables;
  readonly onStatement?: (looked: LookedAt) => void;
}

function lintScript(script: Script, { parsed, set, made, onStatement, rules = RULES }: ScriptWork): readonly LintFinding[] {
  const before: Node[] = [];
  const isMade = (table: SqlTable | undefined): boolean => table !== undefined && made.has(table);
  return parsed.flatMap((one): readonly LintFinding[] => {
    const { statement, tree } = one;
    if ("problem" in tree) {
      const findings = unread(script, [one]);
      onStatement?.({ statement, tree, findings, made: isMade });
      return findings;
    }
    const subject: LintSubject = { node: tree.node, statement, transactional: script.transactional, made: isMade, before, set };
    const found = rules.flatMap((rule) =>
      rule
        .look(subject)
        .map(({ message, instead, at }) => ({
          rule: rule.name,
          risk: rule.risk,
          file: script.file,
          line: lineIn(statement, at),
          message,
          ...(instead !== undefined && { instead }),
        })),
    );
    onStatement?.({ statement, tree, findings: found, made: isMade });
    before.push(tree.node);
    for (const table of madeBy(tree.node)) made.add(table);
    for (const { table, command } of tableCommands(tree.node)) {
      const joined = joinedBy(command);
      if (joined === undefined || (made.has(table) && made.has(joined))) continue;
      // Through one of them the rows of the other are read and deleted.
      made.forget(table);
      made.forget(joined);
    }
    return found;
  });
}

function nodeOf({ tree }: Parsed): readonly Node[] {
  return "node" in tree ? [tree.node] : [];
}

function madeBy(node: Node): readonly SqlTable[] {
  // Where IF NOT EXISTS finds one, it is not this set's.
  const relation =
    "CreateStmt" in node && node.CreateStmt.if_not_exists !== true
      ? node.CreateStmt.relation
      : "CreateTableAsStmt" in node && node.CreateTableAsStmt.if_not_exists !== true
        ? node.CreateTableAsStmt.into?.rel
        : undefined;
  const table = tableOf(relation);
  if (table === undefined) return [];
  return [relation?.relpersistence === "t" ? { ...table, schema: "pg_temp" } : table];
}

function wayDown({ up, down }: Migration): readonly LintFinding[] {
  if (down.state !== "missing") return [];
  return [
    {
      rule: "no-way-down",
      risk: "irreversible",
      file: up.file,
      line: 1,
      message: "There is no DOWN: the only way back is the savepoint, and rows written since stay behind with it.",
      instead: "-- DOWN\n-- … or say that it is meant:\n-- irreversible: why",
    },
  ];
}

/** Sorts what a comment allows out, and names the comments that are wrong themselves. */
function silence(
  found: readonly LintFinding[],
  script: Script,
  { rules, approvers }: { readonly rules: readonly Rule[]; readonly approvers: readonly string[] },
): Linted {
  const findings: LintFinding[] = [];
  const allowed: (LintFinding & { reason: string })[] = [];
  const comments = commentsOf(script);
  const used = new Set<Allowed>();
  for (const finding of found) {
    const comment = comments.find((one) => one.rule === finding.rule && covers(one, finding, script));
    if (comment !== undefined) used.add(comment);
    if (comment?.reason === undefined) findings.push(finding);
    else if (finding.risk === "destructive" && !approved(comment.reason, approvers)) findings.push(unapproved(finding, approvers));
    else allowed.push({ ...finding, reason: comment.reason });
  }
  for (const comment of comments) {
    const known = comment.rule in FILE_RULES || rules.some(({ name }) => name === comment.rule);
    const at = { risk: "advice", file: script.file, line: comment.line } as const;
    if (!known)
      findings.push({
        ...at,
        rule: "allow-without-reason",
        message: `There is no rule ${comment.rule === "" ? "named" : comment.rule}: write \`-- savepoint: allow RULE: why\`.`,
      });
    else if (comment.reason === undefined)
      findings.push({
        ...at,
        rule: "allow-without-reason",
        message: `The comment gives no reason behind a colon, so ${comment.rule} is told: write \`-- savepoint: allow ${comment.rule}: why\`.`,
      });
    else if (!used.has(comment))
      findings.push({
        ...at,
        rule: "allow-of-nothing",
        message: `${comment.rule} finds nothing in the statement below: the comment can go.`,
      });
  }
  return { findings: findings.toSorted((a, b) => a.line - b.line), allowed };
}

/** By one of those who may: `… (approved by ana)`. Where nobody is named, a reason is enough. */
function approved(reason: string, approvers: readonly string[]): boolean {
  const by = /\bapproved by\s+([^\s,;()]+)/i.exec(reason)?.[1];
  return approvers.length === 0 || (by !== undefined && approvers.includes(by));
}

function unapproved(finding: LintFinding, approvers: readonly string[]): LintFinding {
  const message = `${finding.message} The comment that allows it names nobody who may approve it: write behind the reason (approved by ${approvers.join(" or ")}).`;
  return { ...finding, message };
}

function commentsOf(script: Script): readonly Allowed[] {
  if (!/savepoint:\s*allow/i.test(script.sql)) return [];
  const [first] = script.statements;
  const start = first?.tokens[0]?.start;
  if (first === undefined || start === undefined) return [];
  return allowedIn(script.sql, first.line - lineAt(script.sql, start) + 1);
}

/** A comment is for the statement that it stands in, or else for the next one. A missing DOWN is the whole file's. */
function covers(comment: Allowed, finding: LintFinding, script: Script): boolean {
  if (finding.rule === "no-way-down") return true;
  const of = (line: number): Statement | undefined => script.statements.findLast((statement) => statement.line <= line);
  const ends = (statement: Statement): number => statement.line + statement.sql.split("\n").length - 1;
  const around = of(comment.line);
  const meant =
    around !== undefined && comment.line <= ends(around) ? around : script.statements.find((statement) => statement.line > comment.line);
  return meant !== undefined && of(finding.line) === meant;
}
