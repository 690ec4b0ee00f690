import type { DefElem, Node } from "libpg-query";
import { constraintsWhereMade, inWords } from "../lint/commands.ts";
import { tableOf, wordsOfName } from "../lint/tree.ts";
import { type Effect, type EffectsByKind, insideOf, lockOn, namedTable, overwrites, tablesIn, type Around } from "./effect.ts";
import { alterTable } from "./effects-alter.ts";
import { dropped } from "./effects-drop.ts";
import { TABLE_LOCKS } from "./lock.ts";

const NOTHING: Effect = {};
const makes = (nodes: readonly Node[] | undefined): Effect => {
  const name = wordsOfName(nodes).at(-1);
  return name === undefined ? NOTHING : { makes: [{ name }] };
};
const asks = (nodes: readonly Node[] | undefined, named: string): boolean =>
  (nodes ?? []).some((one) => "DefElem" in one && one.DefElem.defname === named);

/** Kinds that nobody notices, and that DOWN has nothing of its own to name for. */
const QUIET = [
  "AlterOpFamilyStmt",
  "AlterStatsStmt",
  "CheckPointStmt",
  "ConstraintsSetStmt",
  "CreateAmStmt",
  "CreateCastStmt",
  "CreateConversionStmt",
  "CreateOpClassStmt",
  "CreateOpFamilyStmt",
  "CreatePLangStmt",
  "CreateTransformStmt",
  "SecLabelStmt",
  "TransactionStmt",
  "VariableSetStmt",
  "VariableShowStmt",
] as const;

/** What a new role may have and is still nobody but itself. */
const PLAIN_ROLE = new Set(["canlogin", "connectionlimit", "inherit", "password", "validUntil"]);

function isPlain({ defname = "", arg }: DefElem): boolean {
  return PLAIN_ROLE.has(defname) || (arg !== undefined && "Boolean" in arg && arg.Boolean.boolval !== true);
}

/** One row a kind of statement. What has none may do anything, and is said to be unknown. */
const KINDS: EffectsByKind = {
  AlterTableStmt: alterTable,
  CreateStmt(statement, around) {
    const table = tableOf(statement.relation);
    const parents = tablesIn(statement.inhRelations).flatMap((one) =>
      lockOn(one, statement.partbound === undefined ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE", around),
    );
    const pointed = constraintsWhereMade({ CreateStmt: statement }).flatMap(({ constraint }) =>
      constraint.contype === "CONSTR_FOREIGN" ? lockOn(tableOf(constraint.pktable), "SHARE ROW EXCLUSIVE", around) : [],
    );
    return { locks: [...parents, ...pointed], makes: table === undefined ? [] : [{ name: table.name }] };
  },
  CreateTableAsStmt: ({ into, query }) => ({ ...insideOf(query), makes: [{ name: into?.rel?.relname ?? "" }] }),
  ViewStmt(statement, around) {
    const view = tableOf(statement.view);
    const replaced = statement.replace === true && !around.made(view);
    return {
      locks: replaced ? lockOn(view, "ACCESS EXCLUSIVE", around) : [],
      unfit: replaced ? "where the view was there, it may give other rows" : undefined,
      makes: [{ name: view?.name ?? "" }],
    };
  },
  IndexStmt(statement, around) {
    const table = tableOf(statement.relation);
    return {
      locks: lockOn(table, statement.concurrent === true ? "SHARE UPDATE EXCLUSIVE" : "SHARE", around),
      work: around.made(table) ? undefined : "reads the table",
      unfit: statement.unique === true && !around.made(table) ? "it can no longer write the same value twice" : undefined,
      makes: statement.idxname === undefined || statement.idxname === "" ? [] : [{ name: statement.idxname, of: table }],
    };
  },
  CreateTrigStmt(statement, around) {
    const table = tableOf(statement.relation);
    return {
      locks: lockOn(table, "SHARE ROW EXCLUSIVE", around),
      unfit: around.made(table) ? undefined : "the trigger runs for its writes, too",
      makes: [{ name: statement.trigname ?? "", of: table }],
    };
  },
  CreatePolicyStmt: (statement, around) => guarded(tableOf(statement.table), statement.policy_name, around),
  AlterPolicyStmt: (statement, around) => guarded(tableOf(statement.table), undefined, around),
  RuleStmt: (statement, around) => guarded(tableOf(statement.relation), statement.rulename, around),
  CreateFunctionStmt: ({ replace, funcname }) => ({
    ...makes(funcname),
    unfit: replace === true ? "where the function was there, it does something else from then on" : undefined,
  }),
  AlterFunctionStmt: () => ({ unfit: "the function does something else from then on" }),
  CreateSeqStmt: ({ sequence }) => ({ makes: [{ name: sequence?.relname ?? "" }] }),
  AlterSeqStmt: ({ options }) =>
    (options ?? []).every((one) => "DefElem" in one && one.DefElem.defname === "owned_by")
      ? NOTHING
      : { unfit: "it gets other numbers from then on" },
  CreateSchemaStmt: ({ schemaname }) => ({ makes: [{ name: schemaname ?? "" }] }),
  CreateExtensionStmt: ({ extname }) => ({ makes: [{ name: extname ?? "" }] }),
  CreateEnumStmt: ({ typeName }) => makes(typeName),
  CreateRangeStmt: ({ typeName }) => makes(typeName),
  CompositeTypeStmt: ({ typevar }) => ({ makes: [{ name: typevar?.relname ?? "" }] }),
  CreateDomainStmt: ({ domainname }) => makes(domainname),
  DefineStmt: ({ defnames }) => makes(defnames),
  CreateForeignTableStmt: ({ base }) => ({ makes: [{ name: base?.relation?.relname ?? "" }] }),
  CreateForeignServerStmt: ({ servername }) => ({ makes: [{ name: servername ?? "" }] }),
  CreateFdwStmt: ({ fdwname }) => ({ makes: [{ name: fdwname ?? "" }] }),
  CreateUserMappingStmt: ({ servername }) => ({ makes: [{ name: servername ?? "" }] }),
  CreatePublicationStmt: ({ pubname }) => ({ makes: [{ name: pubname ?? "" }] }),
  CreateRoleStmt: ({ role, options }) => ({
    makes: [{ name: role ?? "" }],
    unknown: (options ?? []).every((one) => "DefElem" in one && isPlain(one.DefElem))
      ? undefined
      : "what the role may do, by its rights or as a member of another, is not seen",
  }),
  CreateStatsStmt: ({ relations, defnames }, around) => ({
    ...makes(defnames),
    locks: tablesIn(relations).flatMap((table) => lockOn(table, "SHARE UPDATE EXCLUSIVE", around)),
  }),
  CommentStmt: ({ objtype, object }, around) => ({
    locks: objtype === "OBJECT_TABLE" ? lockOn(namedTable(object), "SHARE UPDATE EXCLUSIVE", around) : [],
  }),
  AlterEnumStmt: () => NOTHING,
  AlterDomainStmt: ({ subtype }) =>
    subtype === "V" || subtype === "X" ? NOTHING : { unfit: "what it writes into columns of this domain may be refused" },
  GrantStmt: ({ is_grant }) => (is_grant === true ? NOTHING : { unfit: "it may no longer be allowed what it does" }),
  GrantRoleStmt: ({ is_grant }) => ({
    unfit: is_grant === true ? "as a member it may see and change other rows" : "it may no longer be allowed what it does",
  }),
  AlterDefaultPrivilegesStmt: ({ action }) => (action?.is_grant === true ? NOTHING : { unfit: "it may not be allowed what is made later" }),
  AlterOwnerStmt: ({ relation }, around) => ({
    locks: lockOn(tableOf(relation), "ACCESS EXCLUSIVE", around),
    unfit: "it may no longer be allowed what it does",
  }),
  RenameStmt: ({ relation, renameType }, around) => ({
    locks: renameType === "OBJECT_INDEX" ? [] : lockOn(tableOf(relation), "ACCESS EXCLUSIVE", around),
  }),
  AlterObjectSchemaStmt: ({ relation }, around) => ({ locks: lockOn(tableOf(relation), "ACCESS EXCLUSIVE", around) }),
  DropStmt: dropped,
  DropOwnedStmt: () => NOTHING,
  DropRoleStmt: () => ({ unfit: "it may be that role" }),
  TruncateStmt: ({ relations }, around) => ({ locks: tablesIn(relations).flatMap((table) => lockOn(table, "ACCESS EXCLUSIVE", around)) }),
  InsertStmt(statement, around) {
    const table = tableOf(statement.relation);
    const over = overwrites(statement) && !around.made(table);
    const inside = insideOf([statement.selectStmt, statement.withClause]);
    return {
      ...inside,
      locks: lockOn(table, "ROW EXCLUSIVE", around),
      work: "writes rows",
      loses: over && table !== undefined ? `the values that stood in ${inWords(table)} are overwritten` : inside.loses,
    };
  },
  UpdateStmt(statement, around) {
    const table = tableOf(statement.relation);
    const columns = (statement.targetList ?? []).flatMap((one) => ("ResTarget" in one ? (one.ResTarget.name ?? "") : []));
    const filled = table === undefined || around.made(table) || columns.every((column) => around.added(table, column));
    const inside = insideOf([statement.withClause, statement.fromClause, statement.whereClause, statement.targetList]);
    return {
      ...inside,
      locks: lockOn(table, "ROW EXCLUSIVE", around),
      work: "writes rows",
      loses: filled ? inside.loses : `the values that stood in ${columns.join(", ")} of ${inWords(table)} are overwritten`,
    };
  },
  DeleteStmt(statement, around) {
    const table = tableOf(statement.relation);
    const lost = table === undefined || around.made(table) ? undefined : `the rows that it deletes from ${inWords(table)} are not kept`;
    const inside = insideOf([statement.withClause, statement.usingClause, statement.whereClause]);
    return { ...inside, locks: lockOn(table, "ROW EXCLUSIVE", around), work: "writes rows", loses: lost ?? inside.loses };
  },
  MergeStmt(statement, around) {
    const table = tableOf(statement.relation);
    const lost = table === undefined || around.made(table) ? undefined : `what stood in ${inWords(table)} may be overwritten or deleted`;
    return { locks: lockOn(table, "ROW EXCLUSIVE", around), work: "writes rows", loses: lost };
  },
  CopyStmt({ relation, query, is_from, is_program }, around) {
    // A query may be a DELETE … RETURNING.
    const inside = { ...insideOf(query), ...(is_program === true && { unknown: "what its program does is not seen" }) };
    return is_from === true ? { ...inside, locks: lockOn(tableOf(relation), "ROW EXCLUSIVE", around), work: "writes rows" } : inside;
  },
  SelectStmt: (statement) => insideOf(statement),
  LockStmt: ({ relations, mode = 8 }, around) => ({
    locks: tablesIn(relations).flatMap((table) => lockOn(table, TABLE_LOCKS[mode - 1] ?? "ACCESS EXCLUSIVE", around)),
  }),
  VacuumStmt({ options, rels }, around) {
    const full = asks(options, "full");
    const tables = (rels ?? []).flatMap((one) => ("VacuumRelation" in one ? (tableOf(one.VacuumRelation.relation) ?? []) : []));
    return {
      locks: tables.flatMap((table) => lockOn(table, full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE", around)),
      work: full ? "rewrites the table" : "reads the table",
    };
  },
  ClusterStmt: ({ relation }, around) => ({ locks: lockOn(tableOf(relation), "ACCESS EXCLUSIVE", around), work: "rewrites the table" }),
  ReindexStmt({ kind, relation, params }, around) {
    const mode = asks(params, "concurrently") ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    const table = tableOf(relation);
    const locks =
      kind === "REINDEX_OBJECT_INDEX"
        ? table === undefined
          ? []
          : [{ on: table, ofIndex: true as const, mode } as const]
        : lockOn(table, mode, around);
    return { locks, work: "reads the table" };
  },
  RefreshMatViewStmt: ({ relation, concurrent }, around) => ({
    locks: lockOn(tableOf(relation), concurrent === true ? "EXCLUSIVE" : "ACCESS EXCLUSIVE", around),
  }),
  DoStmt: () => ({ unknown: "what its block does is not seen" }),
  CallStmt: () => ({ unknown: "what the procedure does is not seen" }),
};

/** The name of a statement's kind, as the parser calls it. */
export function kindOf(node: Node): string {
  return Object.keys(node)[0] ?? "";
}

export function effectOf(node: Node, around: Around): Effect {
  const kind = kindOf(node);
  if ((QUIET as readonly string[]).includes(kind)) return NOTHING;
  const of = (KINDS as Readonly<Record<string, ((statement: unknown, around: Around) => Effect) | undefined>>)[kind];
  if (of === undefined) return { unknown: `what ${kind.replace(/Stmt$/, "")} does is not known here` };
  return of((node as unknown as Readonly<Record<string, unknown>>)[kind], around);
}

function guarded(table: ReturnType<typeof tableOf>, name: string | undefined, around: Around): Effect {
  return {
    locks: lockOn(table, "ACCESS EXCLUSIVE", around),
    unfit: around.made(table) ? undefined : "it may see or change other rows",
    makes: name === undefined ? [] : [{ name, of: table }],
  };
}
