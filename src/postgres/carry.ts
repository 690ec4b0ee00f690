import { Failure } from "../core/failure.ts";
import type { Connection } from "./connection.ts";
import { identifier, literal } from "./literal.ts";

/** What a rename does not take along, because PostgreSQL keeps it with the database and not with its name. */
export interface DatabaseProperties {
  readonly owner: string;
  readonly comment: string | null;
  /** -1: none. */
  readonly connectionLimit: number;
  readonly grants: readonly Grant[];
  readonly settings: readonly RoleSettings[];
}

export interface Grant {
  /** Undefined: everyone. */
  readonly grantee: string | undefined;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** `ALTER DATABASE … SET`, or with a role `ALTER ROLE … IN DATABASE … SET`. */
export interface RoleSettings {
  readonly role: string | undefined;
  /** `name=value`, as the catalog keeps them. */
  readonly config: readonly string[];
}

export async function databaseProperties(connection: Connection, name: string): Promise<DatabaseProperties | undefined> {
  const [row] = await connection.query<{
    owner: string;
    comment: string | null;
    limit: number;
    grants: { grantee: string | null; privilege: string; grantable: boolean }[];
    settings: { role: string | null; config: string[] }[];
  }>(
    `SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) AS grants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, 'config', s.setconfig)), '[]')
        FROM pg_db_role_setting s WHERE s.setdatabase = d.oid) AS settings
     FROM pg_database d WHERE d.datname = $1`,
    [name],
  );
  if (row === undefined) return undefined;
  return {
    owner: row.owner,
    comment: row.comment,
    connectionLimit: row.limit,
    grants: row.grants.map((grant) => ({ ...grant, grantee: grant.grantee ?? undefined })),
    settings: row.settings.map((one) => ({ ...one, role: one.role ?? undefined })),
  };
}

/** The statements that give `name`, which has `present`, the rights, owner, comment and limit `wanted`. */
export function carryStatements(name: string, present: DatabaseProperties, wanted: DatabaseProperties): readonly string[] {
  const database = identifier(name);
  const statements: string[] = [];
  if (present.owner !== wanted.owner) statements.push(`ALTER DATABASE ${database} OWNER TO ${identifier(wanted.owner)}`);
  const grantees = new Set([...present.grants.map((grant) => grant.grantee), undefined, wanted.owner]);
  for (const grantee of grantees)
    statements.push(`REVOKE ALL ON DATABASE ${database} FROM ${grantee === undefined ? "PUBLIC" : identifier(grantee)}`);
  for (const { grantee, privilege, grantable } of wanted.grants) {
    statements.push(
      `GRANT ${privilege} ON DATABASE ${database} TO ${grantee === undefined ? "PUBLIC" : identifier(grantee)}${grantable ? " WITH GRANT OPTION" : ""}`,
    );
  }
  if (present.connectionLimit !== wanted.connectionLimit)
    statements.push(`ALTER DATABASE ${database} CONNECTION LIMIT ${wanted.connectionLimit}`);
  if (present.comment !== wanted.comment)
    statements.push(`COMMENT ON DATABASE ${database} IS ${wanted.comment === null ? "NULL" : literal(wanted.comment)}`);
  return statements;
}

/** The statements for the settings: each may need a right of its own, so each is tried apart. */
export function settingStatements(name: string, settings: readonly RoleSettings[]): readonly string[] {
  return settings.flatMap(({ role, config }) => {
    const subject =
      role === undefined ? `ALTER DATABASE ${identifier(name)}` : `ALTER ROLE ${identifier(role)} IN DATABASE ${identifier(name)}`;
    return config.map((entry) => {
      const equals = entry.indexOf("=");
      const parameter = entry.slice(0, equals);
      return `${subject} SET ${identifier(parameter)} TO ${settingValue(parameter, entry.slice(equals + 1))}`;
    });
  });
}

/** Parameters whose value is a list of quoted names (GUC_LIST_QUOTE); pg_dump keeps the same list. */
const LISTS = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

function settingValue(parameter: string, value: string): string {
  if (!LISTS.has(parameter.toLowerCase())) return literal(value);
  const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
  if (items.length === 0) return "''";
  return items.map((item) => literal(item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item)).join(", ");
}

/**
 * Gives `name` everything that `from` has beside its contents. Call it in a transaction. Returns the settings that
 * the role may not carry, as the statements that someone who may must run.
 */
export async function carryProperties(connection: Connection, from: DatabaseProperties, name: string): Promise<readonly string[]> {
  const present = await databaseProperties(connection, name);
  if (present === undefined) throw new Failure(`there is no database ${name} in the cluster`, { code: "3D000" });
  for (const statement of carryStatements(name, present, from)) await connection.exec(statement);
  const refused: string[] = [];
  for (const statement of settingStatements(name, from.settings)) {
    await connection.exec("SAVEPOINT setting");
    try {
      await connection.exec(statement);
    } catch (error) {
      // 42704: a parameter of an extension that is not loaded; only a superuser may set such.
      if (!(error instanceof Failure && ["42501", "42704"].includes(error.code ?? ""))) throw error;
      await connection.exec("ROLLBACK TO setting");
      refused.push(statement);
    }
  }
  return refused;
}
