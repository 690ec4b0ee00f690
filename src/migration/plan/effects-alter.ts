import type { AlterTableCmd, AlterTableStmt } from "libpg-query";
import { addedConstraints, joinedBy } from "../lint/commands.ts";
import { type SqlTable, tableOf } from "../lint/tree.ts";
import { type Around, type Effect, lockOn, type Work } from "./effect.ts";
import type { LockTaken, TableLock } from "./lock.ts";

/** One command of ALTER TABLE: its lock (default: ACCESS EXCLUSIVE), and what the code that runs now notices. */
interface Row {
  readonly lock?: TableLock;
  readonly work?: Work;
  readonly unfit?: string;
  readonly loses?: string;
}

const GENTLE: Row = { lock: "SHARE UPDATE EXCLUSIVE" };
const TRIGGERS: Row = { lock: "SHARE ROW EXCLUSIVE", unfit: "a trigger runs for its writes from then on, or no longer" };
const RIGHTS: Row = { unfit: "it may see or change fewer rows" };
const TIGHTER: Row = { unfit: "what it writes against the new rule is refused" };
const LOOSER: Row = { unfit: "ON CONFLICT may need it, and it may read what was impossible" };
const IDENTITY: Row = { unfit: "what it writes into the column, or leaves out, may be refused" };

/** What lint's rules do not say already. A command that is not here may do anything. */
const COMMANDS: Readonly<Record<string, Row>> = {
  AT_AddColumn: {},
  AT_AddConstraint: TIGHTER,
  AT_AddIdentity: IDENTITY,
  AT_AddInherit: { unfit: "the rows of another table come into what it reads" },
  AT_AlterColumnType: { work: "rewrites the table", unfit: "it reads and writes another type, and values may be cut to fit" },
  AT_AlterConstraint: TIGHTER,
  AT_AttachPartition: {
    lock: "SHARE UPDATE EXCLUSIVE",
    unfit: "the rows of the partition come into what it reads, and what it writes against its bounds is refused",
  },
  AT_ChangeOwner: { unfit: "it may no longer be allowed what it does" },
  AT_ClusterOn: GENTLE,
  AT_ColumnDefault: { unfit: "the rows that it inserts get another default" },
  AT_DetachPartition: { unfit: "the rows of the partition are gone from what it reads" },
  AT_DisableRowSecurity: RIGHTS,
  AT_DisableTrig: TRIGGERS,
  AT_DisableTrigAll: TRIGGERS,
  AT_DisableTrigUser: TRIGGERS,
  AT_DropColumn: {},
  AT_DropConstraint: LOOSER,
  AT_DropExpression: IDENTITY,
  AT_DropIdentity: IDENTITY,
  AT_DropInherit: { unfit: "the rows of another table are gone from what it reads" },
  AT_DropNotNull: {},
  AT_EnableAlwaysTrig: TRIGGERS,
  AT_EnableReplicaTrig: TRIGGERS,
  AT_EnableRowSecurity: RIGHTS,
  AT_EnableTrig: TRIGGERS,
  AT_EnableTrigAll: TRIGGERS,
  AT_EnableTrigUser: TRIGGERS,
  AT_ForceRowSecurity: RIGHTS,
  AT_NoForceRowSecurity: RIGHTS,
  AT_ReplicaIdentity: {},
  AT_ResetOptions: GENTLE,
  AT_ResetRelOptions: GENTLE,
  AT_SetAccessMethod: { work: "rewrites the table" },
  AT_SetCompression: {},
  AT_SetIdentity: IDENTITY,
  AT_SetLogged: { work: "rewrites the table" },
  AT_SetNotNull: { work: "reads the table", unfit: "it can no longer write a NULL there" },
  AT_SetOptions: GENTLE,
  AT_SetRelOptions: GENTLE,
  AT_SetStatistics: GENTLE,
  AT_SetStorage: {},
  AT_SetTableSpace: { work: "rewrites the table" },
  AT_SetUnLogged: { work: "rewrites the table", loses: "after a crash of the server an unlogged table is empty" },
  AT_ValidateConstraint: { lock: "SHARE UPDATE EXCLUSIVE", work: "reads the table" },
};

/** On an index, a view or a sequence these are seen by nobody. */
const QUIET_ELSEWHERE = new Set(["AT_SetRelOptions", "AT_ResetRelOptions", "AT_SetStatistics", "AT_SetTableSpace"]);

export function alterTable(statement: AlterTableStmt, around: Around): Effect {
  const table = tableOf(statement.relation);
  const commands = (statement.cmds ?? []).flatMap((one) => ("AlterTableCmd" in one ? one.AlterTableCmd : []));
  if (statement.objtype === "OBJECT_INDEX" && table !== undefined)
    return commands.every(({ subtype = "" }) => QUIET_ELSEWHERE.has(subtype)) ? {} : { unfit: "it may use the index another way" };
  if (table === undefined || (statement.objtype !== "OBJECT_TABLE" && statement.objtype !== "OBJECT_FOREIGN_TABLE"))
    return { unfit: "it may see another thing under this name" };
  return together(commands.map((command) => oneCommand(command, { table, around, statement })));
}

interface Where {
  readonly table: SqlTable;
  readonly around: Around;
  readonly statement: AlterTableStmt;
}

function oneCommand(command: AlterTableCmd, { table, around, statement }: Where): Effect {
  const { subtype = "", name, def } = command;
  const row = COMMANDS[subtype];
  const joined = joinedBy(command);
  // With rows of others it is as any other table.
  const alone = joined === undefined || around.made(joined);
  if (around.made(table) && alone) return { locks: pointedAt(command, statement, around), makes: madeBy(command, table) };
  if (row === undefined)
    return { locks: lockOn(table, "ACCESS EXCLUSIVE", around), unknown: `what ${subtype.slice("AT_".length)} does is not known here` };
  const constraint = def !== undefined && "Constraint" in def ? def.Constraint : undefined;
  const partition = def !== undefined && "PartitionCmd" in def ? def.PartitionCmd : undefined;
  const attached = lockOn(joined, subtype === "AT_AttachPartition" ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE", around);
  const own = name !== undefined && around.added(table, name);
  // An index that was built before says what may be written already; a column that the set added is written by nobody yet.
  const harmless = own || (subtype === "AT_AddConstraint" && (constraint?.indexname ?? "") !== "");
  const mode =
    constraint?.contype === "CONSTR_FOREIGN"
      ? "SHARE ROW EXCLUSIVE"
      : subtype === "AT_DetachPartition" && partition?.concurrent === true
        ? "SHARE UPDATE EXCLUSIVE"
        : (row.lock ?? "ACCESS EXCLUSIVE");
  return {
    locks: [...lockOn(table, mode, around), ...attached, ...pointedAt(command, statement, around)],
    work: row.work,
    unfit: harmless ? undefined : row.unfit,
    loses: row.loses,
    makes: madeBy(command, table),
  };
}

/** A foreign key locks the table that it points at, too. */
function pointedAt(command: AlterTableCmd, statement: AlterTableStmt, around: Around): readonly LockTaken[] {
  const alone = { AlterTableStmt: { ...statement, cmds: [{ AlterTableCmd: command }] } };
  return addedConstraints(alone).flatMap(({ constraint }) =>
    constraint.contype === "CONSTR_FOREIGN" ? lockOn(tableOf(constraint.pktable), "SHARE ROW EXCLUSIVE", around) : [],
  );
}

function madeBy({ subtype, def }: AlterTableCmd, of: SqlTable): Effect["makes"] {
  if (subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def)
    return [{ name: def.ColumnDef.colname ?? "", of, column: true }];
  const name = subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def ? def.Constraint.conname : undefined;
  return name === undefined || name === "" ? [] : [{ name, of }];
}

/** Several commands of one statement: all locks, the heaviest work, each reason once. */
function together(effects: readonly Effect[]): Effect {
  const works = effects.map(({ work }) => work);
  const work = (["rewrites the table", "reads the table", "writes rows"] as const).find((one) => works.includes(one));
  const said = (of: (effect: Effect) => string | undefined): string | undefined => {
    const all = [...new Set(effects.flatMap((effect) => of(effect) ?? []))];
    return all.length === 0 ? undefined : all.join("; ");
  };
  return {
    locks: effects.flatMap(({ locks }) => locks ?? []),
    work,
    unfit: said(({ unfit }) => unfit),
    unknown: said(({ unknown }) => unknown),
    loses: said(({ loses }) => loses),
    makes: effects.flatMap(({ makes }) => makes ?? []),
  };
}
