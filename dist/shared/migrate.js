import { r as __toESM } from "./rolldown-runtime.js";
import { Gn as formatCount, Jn as plural, Kn as formatDuration, Mn as identifier, Yn as quoted, ar as refusal, en as _usingCtx, nn as lastLines, qn as formatSize, tr as Failure, vt as migrateSection, xn as sharedSection, yt as RISKS } from "./start.js";
import { Ht as hearable, Ut as beginStep, Wt as leavingOpen, Yn as incomingCommit, _n as readHistory, ar as ledgerOf, bt as statusBlock, c as knock, dt as migrateDatabase, et as planBlock, ft as migrateInStep, gt as loadMigrations, hn as scan, ir as databaseOf, lt as describeMigrated, mn as lineAt, mt as migrationSource, pn as planDown, pt as refuseOldSavepoint, sr as openEnvironment, tt as planMigrations, vt as migrationStatus, yr as missingDatabase, yt as outputsOf } from "./work.js";
import { posix } from "node:path";
// src/deploy/operations/down-preview.ts
async function previewDown(connection, settings) {
	return planDown(await readHistory(connection), settings.to === void 0 ? { steps: settings.steps ?? 1 } : { to: settings.to });
}
function downBlock(plan) {
	return {
		kind: "table",
		title: "What would be taken back, newest first",
		head: [
			"version",
			"description",
			"problem or loss"
		],
		rows: plan.steps.map(({ row }) => [
			row.version,
			row.description,
			[...plan.problems, ...plan.losses].filter((line) => line.startsWith(row.version)).join("; ")
		])
	};
}
// src/migration/lint/allow.ts
const ALLOW = /^(?:--|\/\*)\s*savepoint:\s*allow\b\s*(?<rule>[\w-]*)(?:\s*:\s*(?<reason>[^]*?)|[^]*?)\s*(?:\*\/)?$/i;
function allowedIn(sql, firstLine) {
	return scan(sql).tokens.flatMap((token) => {
		const match = token.kind === "line-comment" || token.kind === "block-comment" ? ALLOW.exec(token.text) : null;
		if (match?.groups === void 0) return [];
		const { rule = "", reason } = match.groups;
		return {
			rule,
			reason: reason === "" ? void 0 : reason,
			line: firstLine - 1 + lineAt(sql, token.start)
		};
	});
}
// src/migration/lint/tree.ts
const LONGEST = 8e6;
async function parser(longest = LONGEST) {
	const { hasSqlDetails, loadModule, parseSync } = await import("./wasm.js").then((m) => __toESM(m.default, 1));
	try {
		await loadModule();
	} catch (error) {
		throw refusal("PostgreSQL's parser could not be loaded.", {
			code: "no-parser",
			hint: "The one file `cli.js` of a release comes without it: use the action `migrate`, or install the packed program of the release with `npm install --global`.",
			cause: error
		});
	}
	return (sql) => {
		if (sql.length > longest) return { problem: `it has ${formatSize(sql.length)}, and more than ${formatSize(longest)} do not fit` };
		try {
			const [first, second] = parseSync(sql).stmts ?? [];
			if (second !== void 0) return { problem: "for it these are several statements" };
			return first?.stmt === void 0 ? { problem: "there is no statement" } : { node: first.stmt };
		} catch (error) {
			if (!(error instanceof Error)) return { problem: "it gave up" };
			return {
				problem: error.message,
				at: hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : void 0
			};
		}
	};
}
function tableOf$1(relation) {
	return relation?.relname === void 0 ? void 0 : {
		schema: relation.schemaname,
		name: relation.relname
	};
}
function sameTable(a, b) {
	return a.name === b.name && (a.schema === void 0 || b.schema === void 0 || a.schema === b.schema);
}
function wordsOfName(nodes) {
	return (nodes ?? []).flatMap((node) => "String" in node ? node.String.sval ?? [] : "List" in node ? wordsOfName(node.List.items) : []);
}
function typeOf(type) {
	return wordsOfName(type?.names).at(-1) ?? "";
}
function constraintsOf(column) {
	return (column.constraints ?? []).flatMap((node) => "Constraint" in node ? node.Constraint : []);
}
function* everyNode(value) {
	if (Array.isArray(value)) for (const item of value) yield* everyNode(item);
	else if (typeof value === "object" && value !== null) {
		yield value;
		for (const item of Object.values(value)) yield* everyNode(item);
	}
}
// src/migration/lint/commands.ts
function tableCommands(node) {
	if (!("AlterTableStmt" in node)) return [];
	const { relation, cmds, objtype } = node.AlterTableStmt;
	const table = tableOf$1(relation);
	if (table === void 0 || objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE") return [];
	return (cmds ?? []).flatMap((one) => "AlterTableCmd" in one ? {
		table,
		command: one.AlterTableCmd
	} : []);
}
function addedColumns(node) {
	return tableCommands(node).flatMap(({ table, command: { subtype, def } }) => subtype === "AT_AddColumn" && def !== void 0 && "ColumnDef" in def ? {
		table,
		column: def.ColumnDef
	} : []);
}
function addedConstraints(node) {
	return tableCommands(node).flatMap(({ table, command: { subtype, def } }) => {
		if (subtype === "AT_AddConstraint" && def !== void 0 && "Constraint" in def) return [{
			table,
			constraint: def.Constraint
		}];
		if (subtype !== "AT_AddColumn" || def === void 0 || !("ColumnDef" in def)) return [];
		return constraintsOf(def.ColumnDef).map((constraint) => ({
			table,
			constraint,
			column: def.ColumnDef.colname
		}));
	});
}
function constraintsWhereMade(node) {
	const table = "CreateStmt" in node ? tableOf$1(node.CreateStmt.relation) : void 0;
	if (!("CreateStmt" in node) || table === void 0) return [];
	return (node.CreateStmt.tableElts ?? []).flatMap((one) => {
		if ("Constraint" in one) return [{
			table,
			constraint: one.Constraint
		}];
		if (!("ColumnDef" in one)) return [];
		return constraintsOf(one.ColumnDef).map((constraint) => ({
			table,
			constraint,
			column: one.ColumnDef.colname
		}));
	});
}
function newColumns(node) {
	if (!("CreateStmt" in node)) return addedColumns(node);
	const table = tableOf$1(node.CreateStmt.relation);
	if (table === void 0) return [];
	return (node.CreateStmt.tableElts ?? []).flatMap((one) => "ColumnDef" in one ? {
		table,
		column: one.ColumnDef
	} : []);
}
function inSql({ schema, name }) {
	return schema === void 0 ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}
function inWords$1({ schema, name }) {
	return schema === void 0 ? name : `${schema}.${name}`;
}
// src/migration/lint/rules/columns.ts
const SERIAL = new Set([
	"serial",
	"serial2",
	"serial4",
	"serial8",
	"smallserial",
	"bigserial"
]);
const SMALL_KEYS = new Set([
	"serial",
	"serial2",
	"serial4",
	"smallserial",
	"int2",
	"int4"
]);
const VOLATILE = new Set([
	"clock_timestamp",
	"gen_random_bytes",
	"gen_random_uuid",
	"nextval",
	"random",
	"random_normal",
	"timeofday",
	"uuid_generate_v1",
	"uuid_generate_v1mc",
	"uuid_generate_v4",
	"uuidv4",
	"uuidv7"
]);
const COLUMN_RULES = [
	{
		name: "default-rewrites-table",
		risk: "blocking",
		finds: "a new column whose default is another value for each row: a volatile function, serial, identity, a stored expression",
		look({ node, made }) {
			return addedColumns(node).flatMap(({ table, column }) => {
				const why = made(table) ? void 0 : rewrites(column);
				if (why === void 0) return [];
				const [to, name] = [`ALTER TABLE ${inSql(table)}`, identifier(column.colname ?? "")];
				return {
					message: `Nobody can read or write ${inWords$1(table)} while all of it is written anew: ${why}.`,
					instead: `${to} ADD COLUMN ${name} …;\n${to} ALTER COLUMN ${name} SET DEFAULT …;\n-- Then fill the rows that are there, some thousand at a time.`,
					at: column.location
				};
			});
		}
	},
	{
		name: "type-change",
		risk: "blocking",
		finds: "`ALTER COLUMN … TYPE`",
		look({ node, made }) {
			return tableCommands(node).flatMap(({ table, command: { subtype, name, def } }) => subtype !== "AT_AlterColumnType" || made(table) ? [] : {
				message: `Nobody can read or write ${inWords$1(table)} while the type of ${name ?? "the column"} changes: all of it is written anew, its indexes too, and its checks are asked again. Only a longer varchar, varchar to text and a wider numeric cost nothing.`,
				instead: "-- A new column beside it, written by both versions; the rows filled some thousand at a time; then the code moves over, and the old column goes.",
				at: def !== void 0 && "ColumnDef" in def ? def.ColumnDef.location : void 0
			});
		}
	},
	{
		name: "required-column",
		risk: "incompatible",
		finds: "a new column that is NOT NULL and has no default",
		look({ node, made }) {
			return addedColumns(node).flatMap(({ table, column }) => {
				const kinds = constraintsOf(column).map(({ contype }) => contype);
				const required = kinds.includes("CONSTR_NOTNULL") || kinds.includes("CONSTR_PRIMARY");
				const filled = kinds.some((kind) => kind === "CONSTR_DEFAULT" || kind === "CONSTR_IDENTITY" || kind === "CONSTR_GENERATED");
				if (made(table) || !required || filled || SERIAL.has(typeOf(column.typeName))) return [];
				return {
					message: `It fails where ${inWords$1(table)} has rows; and the code that runs now, which knows no ${column.colname ?? "such column"}, can no longer insert.`,
					instead: "-- With a DEFAULT, or without NOT NULL until all code writes it.",
					at: column.location
				};
			});
		}
	},
	{
		name: "drop-not-null",
		risk: "incompatible",
		finds: "`DROP NOT NULL`: the code that runs now may read a NULL for the first time",
		look({ node, made }) {
			return tableCommands(node).flatMap(({ table, command: { subtype, name } }) => subtype !== "AT_DropNotNull" || made(table) ? [] : { message: `The code that runs now has never read a NULL in ${name ?? "this column"} of ${inWords$1(table)}: see that it can, before another version writes one.` });
		}
	},
	{
		name: "json-column",
		risk: "advice",
		finds: "a column of type json",
		look: ({ node }) => newColumns(node).flatMap(({ column }) => typeOf(column.typeName) === "json" ? {
			message: "json has no equality: SELECT DISTINCT, UNION and GROUP BY over this column fail. jsonb has it.",
			at: column.typeName?.location
		} : [])
	},
	{
		name: "char-column",
		risk: "advice",
		finds: "a column of type char(n)",
		look: ({ node }) => newColumns(node).flatMap(({ column }) => typeOf(column.typeName) === "bpchar" ? {
			message: "char(n) fills up with blanks and compares without them: text with a CHECK of its length does neither.",
			at: column.typeName?.location
		} : [])
	},
	{
		name: "timestamp-without-zone",
		risk: "advice",
		finds: "a column of type timestamp",
		look: ({ node }) => newColumns(node).flatMap(({ column }) => typeOf(column.typeName) === "timestamp" ? {
			message: "timestamp keeps no moment: what is written in one time zone reads as another moment elsewhere. timestamptz keeps it.",
			at: column.typeName?.location
		} : [])
	},
	{
		name: "small-key",
		risk: "advice",
		finds: "a primary key of 2 or 4 bytes",
		look: ({ node }) => newColumns(node).flatMap(({ table, column }) => SMALL_KEYS.has(typeOf(column.typeName)) && constraintsOf(column).some(({ contype }) => contype === "CONSTR_PRIMARY") ? {
			message: `The keys of ${inWords$1(table)} end at ${typeOf(column.typeName).endsWith("2") || typeOf(column.typeName) === "smallserial" ? "32,767" : "2,147,483,647"}, and to widen them writes the whole table anew. bigint does not end.`,
			at: column.typeName?.location
		} : [])
	}
];
function rewrites(column) {
	if (SERIAL.has(typeOf(column.typeName))) return `${typeOf(column.typeName)} numbers the rows that are there`;
	for (const constraint of constraintsOf(column)) {
		if (constraint.contype === "CONSTR_IDENTITY") return "an identity numbers the rows that are there";
		if (constraint.contype === "CONSTR_GENERATED" && constraint.generated_kind !== "v") return "its expression is stored in each row";
		if (constraint.contype !== "CONSTR_DEFAULT") continue;
		for (const node of everyNode(constraint.raw_expr)) {
			const call = node["FuncCall"];
			const name = wordsOfName(call?.funcname).at(-1);
			if (name !== void 0 && VOLATILE.has(name)) return `${name}() is another value for each row`;
		}
	}
}
// src/migration/lint/rules/constraints.ts
const CONSTRAINT_RULES = [
	{
		name: "constraint-checks-rows",
		risk: "blocking",
		finds: "a CHECK or FOREIGN KEY without `NOT VALID` on a table that is there",
		look({ node, statement, made }) {
			return addedConstraints(node).flatMap(({ table, constraint, column }) => {
				const { contype, skip_validation, conname, location } = constraint;
				if (made(table) || skip_validation === true || contype !== "CONSTR_CHECK" && contype !== "CONSTR_FOREIGN") return [];
				const foreign = contype === "CONSTR_FOREIGN";
				const message = foreign ? `Nobody can write to ${inWords$1(table)} or to ${inWords$1(tableOf$1(constraint.pktable) ?? table)} while each row of it is checked.` : `Nobody can read or write ${inWords$1(table)} while each row of it is checked.`;
				const name = identifier(conname ?? `${table.name}_${column ?? (foreign ? "fkey" : "check")}`);
				return {
					message,
					instead: `${column === void 0 && tableCommands(node).length === 1 ? `${withName(statement.sql, conname, name)} NOT VALID;\n` : `ALTER TABLE ${inSql(table)} ADD CONSTRAINT ${name} ${foreign ? "FOREIGN KEY" : "CHECK"} … NOT VALID;\n`}-- In the next file, while users work:\nALTER TABLE ${inSql(table)} VALIDATE CONSTRAINT ${name};`,
					at: location
				};
			});
		}
	},
	{
		name: "validated-under-lock",
		risk: "blocking",
		finds: "a constraint added `NOT VALID` and validated in the same transaction",
		look({ node, transactional, before, made }) {
			if (!transactional) return [];
			return tableCommands(node).flatMap(({ table, command: { subtype, name } }) => {
				if (subtype !== "AT_ValidateConstraint" || made(table)) return [];
				return before.some((one) => addedConstraints(one).some((other) => sameTable(other.table, table) && other.constraint.conname === name)) ? {
					message: `The lock of adding ${name ?? "it"} is held until all rows of ${inWords$1(table)} are checked: NOT VALID gains nothing in one transaction.`,
					instead: "-- VALIDATE CONSTRAINT goes into the next file."
				} : [];
			});
		}
	},
	{
		name: "not-null-reads-table",
		risk: "blocking",
		finds: "`SET NOT NULL` without a validated CHECK before it",
		look({ node, made, set }) {
			return tableCommands(node).flatMap(({ table, command: { subtype, name = "" } }) => {
				if (subtype !== "AT_SetNotNull" || made(table) || set.validated(table)) return [];
				const check = identifier(`${name}_is_there`);
				const to = `ALTER TABLE ${inSql(table)}`;
				return {
					message: `Nobody can read or write ${inWords$1(table)} while all of it is read for a NULL in ${name}.`,
					instead: `${to} ADD CONSTRAINT ${check} CHECK (${identifier(name)} IS NOT NULL) NOT VALID;\n-- In the next file, while users work:\n${to} VALIDATE CONSTRAINT ${check};\n-- In the file behind it, which reads nothing:\n${to} ALTER COLUMN ${identifier(name)} SET NOT NULL;\n${to} DROP CONSTRAINT ${check};`
				};
			});
		}
	},
	{
		name: "domain-checks-rows",
		risk: "blocking",
		finds: "a constraint added to a domain",
		look({ node }) {
			if (!("AlterDomainStmt" in node)) return [];
			const { subtype, def, typeName } = node.AlterDomainStmt;
			const valid = def === void 0 || !("Constraint" in def) || def.Constraint.skip_validation !== true;
			if (subtype !== "C" && subtype !== "O" || !valid) return [];
			return [{
				message: `Each table with a column of ${wordsOfName(typeName).join(".")} is read whole, and nobody can write to any of them meanwhile.`,
				...subtype === "C" && { instead: "-- Add it NOT VALID, and in the next file:\n-- ALTER DOMAIN … VALIDATE CONSTRAINT …;" }
			}];
		}
	},
	{
		name: "foreign-key-without-index",
		risk: "advice",
		finds: "a FOREIGN KEY whose columns no index of the same set begins with",
		look({ node, set }) {
			return foreignKeys(node).flatMap(({ table, columns, at }) => columns.length === 0 || set.indexed(table, columns) ? [] : {
				message: `No index made here begins with ${columns.join(", ")} of ${inWords$1(table)}: each change of a row that is pointed at reads this table whole, unless an older index serves.`,
				instead: `CREATE INDEX CONCURRENTLY ON ${inSql(table)} (${columns.map(identifier).join(", ")});`,
				at
			});
		}
	}
];
function withName(sql, named, name) {
	return named === void 0 ? sql.replace(/\badd\b/i, `$& CONSTRAINT ${name}`) : sql;
}
function foreignKeys(node) {
	return [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint, column }) => constraint.contype === "CONSTR_FOREIGN" ? {
		table,
		columns: column === void 0 ? wordsOfName(constraint.fk_attrs) : [column],
		at: constraint.location
	} : []);
}
// src/migration/lint/rules/drops.ts
const CALLED = {
	OBJECT_AGGREGATE: "aggregate",
	OBJECT_DOMAIN: "domain",
	OBJECT_FUNCTION: "function",
	OBJECT_MATVIEW: "materialized view",
	OBJECT_PROCEDURE: "procedure",
	OBJECT_ROUTINE: "routine",
	OBJECT_SEQUENCE: "sequence",
	OBJECT_TYPE: "type",
	OBJECT_VIEW: "view"
};
const EXPAND = "-- First a version that no longer uses it; in a later deploy, when no rollback leads to one that does, it goes.";
const DROP_RULES = [
	{
		name: "drop-table",
		risk: "destructive",
		finds: "`DROP TABLE` of a table that the set did not make",
		look: ({ node, made }) => droppedTables(node, made).map((table) => gone(`All rows of ${inWords$1(table)} go`))
	},
	{
		name: "drop-schema",
		risk: "destructive",
		finds: "`DROP SCHEMA`, `DROP OWNED`, `DROP DATABASE`",
		look({ node }) {
			if ("DropdbStmt" in node) return [gone(`All tables of the database ${node.DropdbStmt.dbname ?? ""} go, with their rows`)];
			if ("DropOwnedStmt" in node) return [gone("All that these roles own here goes, the rows of their tables with it")];
			if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_SCHEMA") return [];
			const names = wordsOfName(node.DropStmt.objects).join(", ");
			return node.DropStmt.behavior === "DROP_CASCADE" ? [gone(`All tables of ${names} go, with their rows`)] : [];
		}
	},
	{
		name: "drop-column",
		risk: "destructive",
		finds: "`DROP COLUMN`",
		look: ({ node, made }) => tableCommands(node).flatMap(({ table, command: { subtype, name = "" } }) => subtype === "AT_DropColumn" && !made(table) ? gone(`The values of column ${name} of ${inWords$1(table)} go, and no DOWN brings them back`) : [])
	},
	{
		name: "truncate",
		risk: "destructive",
		finds: "`TRUNCATE`",
		look({ node, made }) {
			if (!("TruncateStmt" in node)) return [];
			const filled = (node.TruncateStmt.relations ?? []).flatMap((one) => "RangeVar" in one ? tableOf$1(one.RangeVar) ?? [] : []).filter((table) => !made(table));
			if (filled.length === 0) return [];
			const cascade = node.TruncateStmt.behavior === "DROP_CASCADE" ? ", and all rows of each table that points at them" : "";
			return [{ message: `All rows of ${filled.map(inWords$1).join(", ")} go${cascade}.` }];
		}
	},
	{
		name: "delete-all",
		risk: "destructive",
		finds: "`DELETE` without WHERE",
		look({ node, made }) {
			if (!("DeleteStmt" in node) || node.DeleteStmt.whereClause !== void 0) return [];
			const table = tableOf$1(node.DeleteStmt.relation);
			return table === void 0 || made(table) ? [] : [{ message: `All rows of ${inWords$1(table)} go: the DELETE has no WHERE.` }];
		}
	},
	{
		name: "drop-object",
		risk: "incompatible",
		finds: "a view, function, type, sequence or domain that goes",
		look({ node }) {
			if (!("DropStmt" in node)) return [];
			const kind = CALLED[node.DropStmt.removeType ?? ""];
			if (kind === void 0) return [];
			const count = node.DropStmt.objects?.length ?? 1;
			const cascade = node.DropStmt.behavior === "DROP_CASCADE" ? " CASCADE takes along what is built on it, a column of its type too." : "";
			return [{
				message: `The code that runs now fails where it uses ${count === 1 ? `this ${kind}` : `one of these ${plural(count, kind)}`}.${cascade}`,
				instead: EXPAND
			}];
		}
	}
];
function gone(what) {
	return {
		message: `${what}; and the code that runs now fails where it uses them.`,
		instead: EXPAND
	};
}
function droppedTables(node, made) {
	if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_TABLE" && node.DropStmt.removeType !== "OBJECT_FOREIGN_TABLE") return [];
	return (node.DropStmt.objects ?? []).flatMap((object) => {
		const words = wordsOfName([object]);
		const name = words.at(-1);
		const table = name === void 0 ? void 0 : {
			schema: words.at(-2),
			name
		};
		return table === void 0 || made(table) ? [] : [table];
	});
}
// src/migration/lint/rules/indexes.ts
const OWN_FILE = "-- In a file of its own, marked `-- no-transaction`:\n";
const INDEX_RULES = [
	{
		name: "index-not-concurrent",
		risk: "blocking",
		finds: "`CREATE INDEX` without `CONCURRENTLY` on a table that is there",
		look({ node, statement, made }) {
			if (!("IndexStmt" in node) || node.IndexStmt.concurrent === true) return [];
			const table = tableOf$1(node.IndexStmt.relation);
			if (table === void 0 || made(table)) return [];
			return [{
				message: `Nobody can write to ${inWords$1(table)} while this index is built.`,
				instead: `${OWN_FILE}${statement.sql.replace(/\bindex\b/i, "$& CONCURRENTLY")};`
			}];
		}
	},
	{
		name: "drop-index-not-concurrent",
		risk: "blocking",
		finds: "`DROP INDEX` without `CONCURRENTLY`",
		look({ node, statement }) {
			if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_INDEX" || node.DropStmt.concurrent === true) return [];
			const [one, ...more] = (node.DropStmt.objects ?? []).map((object) => wordsOfName([object]));
			if (one === void 0) return [];
			return [{
				message: "Nobody can read or write the index's table until it is dropped, and it waits for all who are reading.",
				instead: OWN_FILE + [one, ...more].map((words) => `DROP INDEX CONCURRENTLY ${words.map(identifier).join(".")};`).join("\n"),
				at: statement.sql.search(/\bindex\b/i)
			}];
		}
	},
	{
		name: "reindex-not-concurrent",
		risk: "blocking",
		finds: "`REINDEX` without `CONCURRENTLY`",
		look({ node, statement }) {
			if (!("ReindexStmt" in node)) return [];
			if ((node.ReindexStmt.params ?? []).some((one) => "DefElem" in one && one.DefElem.defname === "concurrently")) return [];
			return [{
				message: "Nobody can write to the table while its indexes are built anew, nor read by them.",
				instead: `${OWN_FILE}${statement.sql.replace(/\b(index|table|schema|database)\b/i, "$& CONCURRENTLY")};`
			}];
		}
	},
	{
		name: "unique-builds-index",
		risk: "blocking",
		finds: "a UNIQUE or PRIMARY KEY constraint that builds its index under the table's lock",
		look({ node, made }) {
			return addedConstraints(node).flatMap(({ table, constraint, column }) => {
				const { contype, indexname, conname, keys, location } = constraint;
				if (made(table) || contype !== "CONSTR_UNIQUE" && contype !== "CONSTR_PRIMARY" || (indexname ?? "") !== "") return [];
				const columns = column === void 0 ? wordsOfName(keys) : [column];
				const name = conname ?? `${table.name}_${contype === "CONSTR_PRIMARY" ? "pkey" : `${columns.join("_")}_key`}`;
				const kind = contype === "CONSTR_PRIMARY" ? "PRIMARY KEY" : "UNIQUE";
				return {
					message: `Nobody can read or write ${inWords$1(table)} while the index of this ${kind} is built.`,
					instead: `${OWN_FILE}CREATE UNIQUE INDEX CONCURRENTLY ${identifier(name)} ON ${inSql(table)} (${columns.map(identifier).join(", ")});\n-- In the next file:\nALTER TABLE ${inSql(table)} ADD CONSTRAINT ${identifier(name)} ${kind} USING INDEX ${identifier(name)};`,
					at: location
				};
			});
		}
	},
	{
		name: "exclusion-builds-index",
		risk: "blocking",
		finds: "an EXCLUDE constraint on a table that is there",
		look({ node, made }) {
			return addedConstraints(node).flatMap(({ table, constraint: { contype, location } }) => made(table) || contype !== "CONSTR_EXCLUSION" ? [] : {
				message: `Nobody can read or write ${inWords$1(table)} while the index of this EXCLUDE is built, and PostgreSQL knows no way without that lock.`,
				at: location
			});
		}
	}
];
// src/migration/lint/rules/locks.ts
const GENTLE = new Set([
	"AT_ValidateConstraint",
	"AT_SetStatistics",
	"AT_SetOptions",
	"AT_ResetOptions",
	"AT_SetRelOptions",
	"AT_ResetRelOptions",
	"AT_ClusterOn"
]);
const REWRITING = {
	AT_SetTableSpace: "SET TABLESPACE",
	AT_SetLogged: "SET LOGGED",
	AT_SetUnLogged: "SET UNLOGGED",
	AT_SetAccessMethod: "SET ACCESS METHOD"
};
const ACCESS_EXCLUSIVE = 8;
const LOCK_RULES = [
	{
		name: "rewrites-table",
		risk: "blocking",
		finds: "`VACUUM FULL`, `CLUSTER`, `SET TABLESPACE`, `SET LOGGED` and alike",
		look({ node, made }) {
			const found = rewritten(node);
			if (found === void 0 || made(found.table)) return [];
			return [{ message: `Nobody can read or write ${found.table === void 0 ? "each table" : inWords$1(found.table)} while ${found.by} writes it anew.` }];
		}
	},
	{
		name: "refresh-not-concurrent",
		risk: "blocking",
		finds: "`REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`",
		look({ node, made }) {
			if (!("RefreshMatViewStmt" in node) || node.RefreshMatViewStmt.concurrent === true || node.RefreshMatViewStmt.skipData === true) return [];
			const view = tableOf$1(node.RefreshMatViewStmt.relation);
			if (view === void 0 || made(view)) return [];
			return [{
				message: `Nobody can read ${inWords$1(view)} while it is filled anew.`,
				instead: "-- With CONCURRENTLY, which wants a UNIQUE index over the view."
			}];
		}
	},
	{
		name: "explicit-lock",
		risk: "blocking",
		finds: "`LOCK TABLE` in ACCESS EXCLUSIVE mode",
		look({ node, made }) {
			if (!("LockStmt" in node) || (node.LockStmt.mode ?? ACCESS_EXCLUSIVE) !== ACCESS_EXCLUSIVE) return [];
			const waited = (node.LockStmt.relations ?? []).flatMap((one) => "RangeVar" in one ? tableOf$1(one.RangeVar) ?? [] : []).filter((table) => !made(table));
			return waited.length === 0 ? [] : [{ message: `Nobody can read or write ${waited.map(inWords$1).join(", ")} until this transaction ends.` }];
		}
	},
	{
		name: "detach-not-concurrent",
		risk: "blocking",
		finds: "`DETACH PARTITION` without `CONCURRENTLY`",
		look({ node, statement, made }) {
			return tableCommands(node).flatMap(({ table, command: { subtype, def } }) => subtype !== "AT_DetachPartition" || made(table) || def !== void 0 && "PartitionCmd" in def && def.PartitionCmd.concurrent === true ? [] : {
				message: `It waits for all who read ${inWords$1(table)}, and who comes behind it waits too.`,
				instead: `-- In a file of its own, marked \`-- no-transaction\`:\n${statement.sql} CONCURRENTLY;`
			});
		}
	},
	{
		name: "attach-reads-table",
		risk: "blocking",
		finds: "`ATTACH PARTITION` of a table that the set did not make",
		look({ node, made, set }) {
			return tableCommands(node).flatMap(({ command: { subtype, def } }) => {
				if (subtype !== "AT_AttachPartition" || def === void 0 || !("PartitionCmd" in def)) return [];
				const part = tableOf$1(def.PartitionCmd.name);
				if (part === void 0 || made(part) || set.validated(part)) return [];
				return {
					message: `Nobody can read or write ${inWords$1(part)} while each row of it is checked against the partition's bounds.`,
					instead: `-- First a CHECK with the same bounds, NOT VALID; in the next file VALIDATE CONSTRAINT; then ATTACH reads nothing.`
				};
			});
		}
	},
	{
		name: "locks-pile-up",
		risk: "blocking",
		finds: "one transaction that keeps a table locked while it waits for another one",
		look({ node, before, transactional, made }) {
			if (!transactional) return [];
			const here = shutOut(node).filter((table) => !made(table));
			const other = before.flatMap(shutOut).filter((table) => !made(table)).find((table) => here.length > 0 && !here.some((one) => sameTable(one, table)));
			return other === void 0 ? [] : [{
				message: `${inWords$1(other)} stays locked until this statement gets its own lock on ${here.map(inWords$1).join(", ")} and the file ends: users of both wait, and with users who take them the other way round one of both fails.`,
				instead: "-- One table a file."
			}];
		}
	},
	{
		name: "backfill-under-lock",
		risk: "blocking",
		finds: "rows written in a transaction that has locked their table or another one",
		look({ node, before, transactional, made }) {
			const table = written(node);
			if (!transactional || table === void 0) return [];
			const held = before.flatMap(shutOut).find((one) => !made(one));
			return held === void 0 ? [] : [{
				message: `Nobody can read or write ${inWords$1(held)} until these rows of ${inWords$1(table)} are written and the file ends.`,
				instead: "-- The change of the schema in one file, the rows in the next."
			}];
		}
	},
	{
		name: "update-all",
		risk: "blocking",
		finds: "`UPDATE` without WHERE",
		look({ node, made }) {
			if (!("UpdateStmt" in node) || node.UpdateStmt.whereClause !== void 0) return [];
			const table = tableOf$1(node.UpdateStmt.relation);
			return table === void 0 || made(table) ? [] : [{
				message: `All rows of ${inWords$1(table)} are written anew in one transaction: who wants to change one of them waits until its end, and the table doubles.`,
				instead: "-- Some thousand rows at a time, in a file marked `-- no-transaction`."
			}];
		}
	}
];
function shutOut(node) {
	if ("RenameStmt" in node) return [tableOf$1(node.RenameStmt.relation) ?? []].flat();
	if ("TruncateStmt" in node) return (node.TruncateStmt.relations ?? []).flatMap((one) => "RangeVar" in one ? tableOf$1(one.RangeVar) ?? [] : []);
	return tableCommands(node).flatMap(({ table, command: { subtype } }) => GENTLE.has(subtype ?? "") ? [] : table);
}
function written(node) {
	if ("UpdateStmt" in node) return tableOf$1(node.UpdateStmt.relation);
	if ("DeleteStmt" in node) return tableOf$1(node.DeleteStmt.relation);
	if ("MergeStmt" in node) return tableOf$1(node.MergeStmt.relation);
	if (!("InsertStmt" in node)) return void 0;
	const from = node.InsertStmt.selectStmt;
	return from !== void 0 && "SelectStmt" in from && from.SelectStmt.valuesLists === void 0 ? tableOf$1(node.InsertStmt.relation) : void 0;
}
function rewritten(node) {
	if ("ClusterStmt" in node) return {
		by: "CLUSTER",
		table: tableOf$1(node.ClusterStmt.relation)
	};
	if ("VacuumStmt" in node) {
		const full = (node.VacuumStmt.options ?? []).some((one) => "DefElem" in one && one.DefElem.defname === "full");
		const [first] = node.VacuumStmt.rels ?? [];
		return full ? {
			by: "VACUUM FULL",
			table: first !== void 0 && "VacuumRelation" in first ? tableOf$1(first.VacuumRelation.relation) : void 0
		} : void 0;
	}
	for (const { table, command } of tableCommands(node)) {
		const by = REWRITING[command.subtype ?? ""];
		if (by !== void 0) return {
			by,
			table
		};
	}
}
// src/migration/lint/rules/names.ts
const LONGEST_NAME = 63;
const UNCALLED = new Set([
	"OBJECT_INDEX",
	"OBJECT_TABCONSTRAINT",
	"OBJECT_DOMCONSTRAINT",
	"OBJECT_TRIGGER",
	"OBJECT_POLICY",
	"OBJECT_RULE"
]);
const NAME_RULES = [
	{
		name: "rename",
		risk: "incompatible",
		finds: "a table, column, view, schema, type, enum value or function that gets another name or schema",
		look({ node, made }) {
			if ("AlterObjectSchemaStmt" in node) {
				const table = tableOf$1(node.AlterObjectSchemaStmt.relation);
				return table !== void 0 && made(table) ? [] : [{ message: "The code that runs now does not find it in its new schema, unless its search_path has that one too." }];
			}
			if ("AlterEnumStmt" in node) return node.AlterEnumStmt.oldVal === void 0 || node.AlterEnumStmt.oldVal === "" ? [] : [{ message: `The code that runs now writes and asks for ${node.AlterEnumStmt.oldVal}, which fails from then on.` }];
			if (!("RenameStmt" in node) || UNCALLED.has(node.RenameStmt.renameType ?? "")) return [];
			const { relation, renameType, subname, newname = "" } = node.RenameStmt;
			const table = tableOf$1(relation);
			if (table !== void 0 && made(table)) return [];
			if (renameType === "OBJECT_COLUMN" && table !== void 0) return [{
				message: `The code that runs now fails where it uses the column ${subname ?? ""} of ${inWords$1(table)}.`,
				instead: `-- A new column ${newname} beside it, kept equal by a trigger; the code moves over; in a later deploy the old one goes.`
			}];
			return [{
				message: `The code that runs now fails where it uses ${table === void 0 ? "the old name" : inWords$1(table)}.`,
				...renameType === "OBJECT_TABLE" && table !== void 0 && { instead: `-- A view with the old name, in the same transaction; it goes in a later deploy:\nCREATE VIEW ${inSql(table)} AS SELECT * FROM ${inSql({
					...table,
					name: newname
				})};` }
			}];
		}
	},
	{
		name: "long-name",
		risk: "advice",
		finds: "a name of more than 63 bytes",
		look({ statement }) {
			return statement.tokens.flatMap((token) => {
				if (token.kind !== "word" && token.kind !== "quoted") return [];
				const raw = statement.sql.slice(token.start - (statement.tokens[0]?.start ?? 0), token.end - (statement.tokens[0]?.start ?? 0));
				const name = token.kind === "quoted" ? raw.slice(1, -1).replaceAll("\"\"", "\"") : raw;
				const bytes = Buffer.byteLength(name);
				if (bytes <= LONGEST_NAME) return [];
				return { message: `PostgreSQL cuts names at ${LONGEST_NAME} bytes: ${name} has ${bytes} and becomes ${identifier(cut(name))}.` };
			});
		}
	},
	{
		name: "quoted-capitals",
		risk: "advice",
		finds: "a new column whose name needs quotes",
		look: ({ node }) => newColumns(node).flatMap(({ column: { colname = "", location } }) => /[A-Z\s]/.test(colname) ? {
			message: `Every query must write ${identifier(colname)} with its quotes; without them PostgreSQL looks for ${colname.toLowerCase()}.`,
			at: location
		} : [])
	}
];
function cut(name) {
	let kept = name;
	while (Buffer.byteLength(kept) > LONGEST_NAME) kept = kept.slice(0, -1);
	return kept;
}
// src/migration/lint/rules/secrets.ts
const SECRET = /:\/\/[^\s/:@]+:(?![\s:$<{*])[^\s/@]+@|\bpassword\s*=\s*(?![\s:$<{*'])\S/i;
const MAYBE = /password|:\/\//i;
const SECRET_RULES = [{
	name: "password-in-file",
	risk: "secret",
	finds: "a password of a role, a user mapping, a subscription, a connection or a URL",
	look({ node, statement }) {
		if (!MAYBE.test(statement.sql)) return [];
		const told = new Set();
		for (const each of everyNode(node)) {
			const option = each;
			if (option.defname === "password" && (option.arg?.String?.sval ?? "") !== "") told.add("password");
			for (const text of [option.sval, option.conninfo]) if (typeof text === "string" && SECRET.test(text)) told.add("connection");
		}
		return told.size === 0 ? [] : [{
			message: "A password stands in the file: whoever reads the repository, the server's log or the history of migrations has it, for ever.",
			instead: "-- The role without a password here; its password is set by hand or by what keeps your secrets:\n-- \\password ROLE in psql sends no plain text."
		}];
	}
}];
// src/migration/lint/rules.ts
const RULES = [
	...DROP_RULES,
	...NAME_RULES,
	...COLUMN_RULES,
	...CONSTRAINT_RULES,
	...INDEX_RULES,
	...LOCK_RULES,
	...SECRET_RULES
];
const FILE_RULES = {
	"no-way-down": "a file without DOWN that does not say `-- irreversible`",
	"unread-by-parser": "a statement, of UP or DOWN, that PostgreSQL's parser does not read: a slip, or what none of the rules could look at",
	"allow-without-reason": "a comment that silences a rule and gives no reason, or names no rule",
	"allow-of-nothing": "a comment that silences a rule that finds nothing there"
};
// src/migration/lint/set.ts
var KnownTables = class {
	#schemas = new Map();
	add({ schema, name }) {
		const known = this.#schemas.get(name) ?? new Set();
		this.#schemas.set(name, known.add(schema));
	}
	has({ schema, name }) {
		const known = this.#schemas.get(name);
		return known !== void 0 && (schema === void 0 || known.has(void 0) || known.has(schema));
	}
};
function setFacts(nodes) {
	const validated = new KnownTables();
	const keys = new Map();
	for (const node of nodes) {
		for (const { table, command } of tableCommands(node)) if (command.subtype === "AT_ValidateConstraint") validated.add(table);
		for (const { table, columns } of keysOf(node)) {
			const of = new KnownTables();
			of.add(table);
			const known = keys.get(table.name) ?? [];
			known.push({
				of,
				columns
			});
			keys.set(table.name, known);
		}
	}
	return {
		validated: (table) => validated.has(table),
		indexed: (table, columns) => (keys.get(table.name) ?? []).some((key) => key.of.has(table) && columns.every((column) => key.columns.slice(0, columns.length).includes(column)))
	};
}
function keysOf(node) {
	if ("IndexStmt" in node) {
		const table = tableOf$1(node.IndexStmt.relation);
		const columns = (node.IndexStmt.indexParams ?? []).map((one) => "IndexElem" in one ? one.IndexElem.name ?? "" : "");
		return table === void 0 ? [] : [{
			table,
			columns
		}];
	}
	return [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint, column }) => constraint.contype === "CONSTR_PRIMARY" || constraint.contype === "CONSTR_UNIQUE" ? {
		table,
		columns: column === void 0 ? wordsOfName(constraint.keys) : [column]
	} : []);
}
// src/migration/lint/lint.ts
function lintMigrations(set, parse) {
	const read = ({ statements }) => statements.map((statement) => ({
		statement,
		tree: parse(statement.sql)
	}));
	const files = set.map((migration) => ({
		migration,
		parsed: read(migration.up)
	}));
	const facts = setFacts(files.flatMap(({ parsed }) => parsed.flatMap(nodeOf)));
	const made = new KnownTables();
	const all = files.map(({ migration, parsed }) => {
		const { down } = migration;
		const back = down.state === "given" ? unread(down.script, read(down.script)) : [];
		return silence([
			...lintScript(migration.up, parsed, facts, made),
			...back,
			...wayDown(migration)
		], migration.up);
	});
	return {
		findings: all.flatMap(({ findings }) => findings),
		allowed: all.flatMap(({ allowed }) => allowed)
	};
}
function worstRisk(findings) {
	return RISKS.find((risk) => risk !== "advice" && findings.some((finding) => finding.risk === risk));
}
function unread({ file }, parsed) {
	return parsed.flatMap(({ statement: { sql, line }, tree }) => "node" in tree ? [] : [{
		rule: "unread-by-parser",
		risk: "unknown",
		file,
		line: tree.at === void 0 ? line : line - 1 + lineAt(sql, tree.at),
		message: `PostgreSQL's parser does not read this statement (${tree.problem}): nothing is known of it.`
	}]);
}
function lintScript(script, parsed, set, made) {
	const before = [];
	return parsed.flatMap((one) => {
		const { statement, tree } = one;
		if ("problem" in tree) return unread(script, [one]);
		const subject = {
			node: tree.node,
			statement,
			transactional: script.transactional,
			made: (table) => table !== void 0 && made.has(table),
			before,
			set
		};
		const found = RULES.flatMap((rule) => rule.look(subject).map(({ message, instead, at }) => ({
			rule: rule.name,
			risk: rule.risk,
			file: script.file,
			line: lineIn(statement, at),
			message,
			...instead !== void 0 && { instead }
		})));
		before.push(tree.node);
		for (const table of madeBy(tree.node)) made.add(table);
		return found;
	});
}
function lineIn({ sql, line }, at) {
	if (at === void 0 || at <= 0) return line;
	const before = Buffer.from(sql).subarray(0, at).toString("utf8");
	return line - 1 + lineAt(sql, before.length);
}
function nodeOf({ tree }) {
	return "node" in tree ? [tree.node] : [];
}
function madeBy(node) {
	const table = tableOf$1("CreateStmt" in node && node.CreateStmt.if_not_exists !== true ? node.CreateStmt.relation : "CreateTableAsStmt" in node && node.CreateTableAsStmt.if_not_exists !== true ? node.CreateTableAsStmt.into?.rel : void 0);
	return table === void 0 ? [] : [table];
}
function wayDown({ up, down }) {
	if (down.state !== "missing") return [];
	return [{
		rule: "no-way-down",
		risk: "irreversible",
		file: up.file,
		line: 1,
		message: "There is no DOWN: the only way back is the savepoint, and rows written since stay behind with it.",
		instead: "-- DOWN\n-- … or say that it is meant:\n-- irreversible: why"
	}];
}
function silence(found, script) {
	const findings = [];
	const allowed = [];
	const comments = commentsOf(script);
	const used = new Set();
	for (const finding of found) {
		const comment = comments.find((one) => one.rule === finding.rule && covers(one, finding, script));
		if (comment !== void 0) used.add(comment);
		if (comment?.reason === void 0) findings.push(finding);
		else allowed.push({
			...finding,
			reason: comment.reason
		});
	}
	for (const comment of comments) {
		const known = comment.rule in FILE_RULES || RULES.some(({ name }) => name === comment.rule);
		const at = {
			risk: "advice",
			file: script.file,
			line: comment.line
		};
		if (!known) findings.push({
			...at,
			rule: "allow-without-reason",
			message: `There is no rule ${comment.rule === "" ? "named" : comment.rule}: write \`-- savepoint: allow RULE: why\`.`
		});
		else if (comment.reason === void 0) findings.push({
			...at,
			rule: "allow-without-reason",
			message: `The comment gives no reason behind a colon, so ${comment.rule} is told: write \`-- savepoint: allow ${comment.rule}: why\`.`
		});
		else if (!used.has(comment)) findings.push({
			...at,
			rule: "allow-of-nothing",
			message: `${comment.rule} finds nothing in the statement below: the comment can go.`
		});
	}
	return {
		findings: findings.toSorted((a, b) => a.line - b.line),
		allowed
	};
}
function commentsOf(script) {
	if (!/savepoint:\s*allow/i.test(script.sql)) return [];
	const [first] = script.statements;
	const start = first?.tokens[0]?.start;
	if (first === void 0 || start === void 0) return [];
	return allowedIn(script.sql, first.line - lineAt(script.sql, start) + 1);
}
function covers(comment, finding, script) {
	if (finding.rule === "no-way-down") return true;
	const of = (line) => script.statements.findLast((statement) => statement.line <= line);
	const ends = (statement) => statement.line + statement.sql.split("\n").length - 1;
	const around = of(comment.line);
	const meant = around !== void 0 && comment.line <= ends(around) ? around : script.statements.find((statement) => statement.line > comment.line);
	return meant !== void 0 && of(finding.line) === meant;
}
// src/deploy/operations/lint-migrations.ts
async function lintCheckout({ ports, directory, since, failOn }) {
	const shown = directory === "." ? "" : directory;
	const source = {
		machine: ports.here,
		directory: posix.join(ports.cwd, directory),
		shown
	};
	const migrations = await loadMigrations(source);
	const parse = await parser();
	const changed = since === void 0 ? void 0 : await changedSince(ports, directory, since);
	const set = changed === void 0 ? migrations : migrations.filter(({ up }) => changed.has(posix.normalize(up.file)));
	return conclude(set, changed === void 0 ? set.map((one) => lintMigrations([one], parse)) : [lintMigrations(set, parse)], {
		failOn,
		since,
		ports
	});
}
async function changedSince(ports, directory, since) {
	const git = async (...words) => {
		const run = await ports.here.run({
			words: [
				"git",
				"-C",
				ports.cwd,
				...words
			],
			whole: true
		});
		if (run.code === 0) return run.stdout;
		throw refusal(`What came since ${quoted(since)} is not known: git ${words[0]} failed.`, {
			code: "lint-since",
			hint: "`since` is a commit, tag or branch of this checkout. In a workflow check out with `fetch-depth: 0`, and write `origin/main` for the branch main.",
			evidence: lastLines(run)
		});
	};
	const tracked = await git("diff", "--name-only", "-z", "--relative", "--no-renames", "--diff-filter=AM", (await git("merge-base", "--end-of-options", since, "HEAD")).trim(), "--", directory);
	const untracked = await git("ls-files", "--others", "--exclude-standard", "-z", "--", directory);
	return new Set([...tracked.split("\0"), ...untracked.split("\0")].filter((path) => path !== ""));
}
function conclude(set, linted, { failOn, since, ports }) {
	const findings = linted.flatMap((one) => one.findings);
	const allowed = linted.flatMap((one) => one.allowed);
	const fails = new Set(["unknown", ...failOn]);
	const failing = findings.filter(({ risk }) => fails.has(risk));
	const annotated = ports.terminal ? [] : findings.filter(({ risk }) => risk !== "advice" || fails.has(risk));
	for (const finding of annotated) ports.report.warning(inWords(finding), {
		file: finding.file,
		line: finding.line
	});
	const risk = worstRisk(findings);
	const outputs = {
		findings: JSON.stringify(findings),
		risk: risk ?? "none"
	};
	const looked = `${plural(set.length, "migration")}${since === void 0 ? "" : ` new since ${since}`}`;
	const silenced = allowed.length === 0 ? "" : `, ${allowed.length} allowed with a reason`;
	const found = countedRisks(findings);
	const headline = `Looked at ${looked}: ${found.length === 0 ? "nothing was found" : found.join(", ")}${silenced}`;
	const blocks = [
		...tableOf(findings),
		...allowedTable(allowed),
		...insteadBlocks(findings)
	];
	const details = {
		findings,
		allowed
	};
	if (failing.length === 0) return {
		outputs,
		headline,
		blocks,
		details
	};
	const worst = failing.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk))[0];
	const headed = `${plural(failing.length, "finding")} in ${looked} must be mended, or allowed with a reason`;
	throw new Failure(`${headed}: ${countedRisks(failing).join(", ")}.`, {
		code: "lint",
		outputs,
		blocks,
		hint: `Write it the safe way; where it is meant, say so above the statement: -- savepoint: allow ${worst?.rule ?? ""}: why. Which risks fail is said by fail-on.`
	});
}
function countedRisks(findings) {
	return RISKS.flatMap((one) => {
		const count = findings.filter((finding) => finding.risk === one).length;
		return count === 0 ? [] : [`${formatCount(count)} ${one}`];
	});
}
function inWords({ file, line, rule, message }) {
	return `${file}:${line}: ${message} (${rule})`;
}
function tableOf(findings) {
	if (findings.length === 0) return [];
	return [{
		kind: "table",
		title: "What the migrations would do",
		head: [
			"risk",
			"rule",
			"where",
			"what happens"
		],
		rows: findings.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk)).map(({ risk, rule, file, line, message }) => [
			risk,
			rule,
			`${file}:${line}`,
			message
		])
	}];
}
function allowedTable(allowed) {
	if (allowed.length === 0) return [];
	return [{
		kind: "table",
		title: "Allowed by a comment",
		head: [
			"rule",
			"where",
			"why"
		],
		rows: allowed.map(({ rule, file, line, reason }) => [
			rule,
			`${file}:${line}`,
			reason
		])
	}];
}
function insteadBlocks(findings) {
	return [...Map.groupBy(findings.filter(({ instead }) => instead !== void 0), ({ rule }) => rule)].flatMap(([rule, [finding]]) => finding?.instead === void 0 ? [] : [{
		kind: "code",
		title: `Instead (${rule}, ${finding.file}:${finding.line})`,
		lines: finding.instead.split("\n")
	}]);
}
const migrate = hearable({
	name: "migrate",
	description: "Applies SQL migrations, each atomic with its history row, takes them back, or lets any other tool migrate.",
	sections: {
		shared: sharedSection,
		migrate: migrateSection
	},
	own: "migrate",
	outputs: {
		applied: "The versions that were applied now.",
		pending: "The versions that are still to be applied.",
		current: "The newest applied version.",
		findings: "`lint`: what was found, as JSON.",
		risk: "`lint`: the worst of what was found, or `none`."
	},
	positionals: ["command"],
	endsJobs: true,
	branding: {
		icon: "layers",
		color: "blue"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const settings = call.inputs.migrate;
			if (settings.command === "lint") return await lintCheckout({
				ports: call.ports,
				directory: settings.directory,
				since: settings.since,
				failOn: settings["fail-on"]
			});
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "optional",
				changes: true,
				missing: missingDatabase(call.inputs.shared)
			}));
			const database = await databaseOf(environment);
			if (settings.run === void 0) await knock(database);
			const commit = (await ownDeploy(environment))?.commit ?? await incomingCommit(environment);
			if (settings.command === "status" || settings.command === "plan" || call.inputs.shared["dry-run"]) return await look(environment, call, commit);
			const outputs = await apply(environment, call, commit);
			const { applied, pending, current } = outputs;
			return {
				outputs: {
					applied,
					pending,
					current
				},
				headline: `${environment.title}: ${describeMigrated(outputs)}`,
				blocks: []
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function apply(environment, call, commit) {
	try {
		var _usingCtx3 = _usingCtx();
		const settings = call.inputs.migrate;
		if (environment.state === void 0) {
			const work = {
				settings,
				commit,
				deploy: void 0,
				noteIn: void 0,
				signal: environment.ports.signal
			};
			return await environment.ports.report.step(`Migrating ${environment.title}`, async () => await migrateDatabase(environment, work), describeMigrated);
		}
		const check = async ({ admission, ledger }) => {
			if (admission.do === "continue") refuseOldSavepoint(environment, admission.deploy);
			else refuseBesideOwn(environment, ledger.open);
		};
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "join",
			commit: await incomingCommit(environment),
			check
		}));
		return await leavingOpen(tx, async () => await migrateInStep(tx, settings, call.settings.effective(migrateSection), commit));
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function refuseBesideOwn({ owner, shared, title }, open) {
	if (open === void 0 || open.owner !== owner.id) return;
	throw refusal(`Your deploy ${open.id} to ${title} had its last step at ${open.lastAt}, and goes on only within ${formatDuration(shared["lock-lease"])} (lock-lease). Nothing was touched.`, {
		hint: "Back up again: that closes it and opens a new one, with which `migrate` goes on. To migrate without a savepoint, end it with `unlock` first.",
		code: "deploy-over"
	});
}
async function ownDeploy(environment) {
	const open = (await ledgerOf(environment))?.open;
	return open?.owner === environment.owner.id && open.end === void 0 ? open : void 0;
}
async function look(environment, call, commit) {
	try {
		var _usingCtx4 = _usingCtx();
		const settings = call.inputs.migrate;
		if (settings.run !== void 0) return {
			outputs: {},
			headline: `Would run: ${settings.run}`,
			blocks: []
		};
		const database = await databaseOf(environment);
		const connection = _usingCtx4.a(await database.connect("look", {
			asApp: true,
			signal: environment.ports.signal
		}));
		if (settings.command === "down") {
			const plan = await previewDown(connection, settings);
			return {
				outputs: { applied: [] },
				headline: `Would take ${plural(plan.steps.length, "migration")} of ${environment.title} back`,
				blocks: [downBlock(plan)]
			};
		}
		const migrations = await loadMigrations(await migrationSource(environment, commit, settings.directory));
		const comparison = await migrationStatus(connection, migrations);
		const outputs = outputsOf(comparison);
		const planned = settings.command !== "status";
		const plan = comparison.pending.length === 0 ? [] : [planBlock(planMigrations(comparison.pending))];
		return {
			outputs,
			headline: `${environment.title}: ${plural(comparison.applied.length, "migration")} applied, ${plural(comparison.pending.length, "migration")} pending`,
			blocks: planned ? plan : [statusBlock(comparison)]
		};
	} catch (_) {
		_usingCtx4.e = _;
	} finally {
		await _usingCtx4.d();
	}
}
export { migrate as t };
