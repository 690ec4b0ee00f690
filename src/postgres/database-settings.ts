import type { Connection } from "./connection.ts";
import { mayBeSecret, seal } from "./sealed.ts";

/** What PostgreSQL keeps with a database and not in it: no dump holds it, and no rename carries it. */
export interface DatabaseSettings {
  readonly owner: string;
  readonly comment: string | null;
  /** -1: none. */
  readonly connectionLimit: number;
  /** Whether others are made from it (IS_TEMPLATE); earlier versions did not note it. */
  readonly template?: boolean | undefined;
  readonly grants: readonly Grant[];
  /** `ALTER DATABASE … SET`, and with a role `ALTER ROLE … IN DATABASE … SET`. */
  readonly parameters: readonly Parameter[];
}

export interface Grant {
  /** Undefined: everyone. */
  readonly grantee?: string | undefined;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Parameter {
  readonly role?: string | undefined;
  readonly name: string;
  /** As the catalog keeps it; absent where it is sealed. */
  readonly value?: string | undefined;
  /** See `seal`: of a value that may be a secret. */
  readonly sealed?: string | undefined;
}

/** What a savepoint keeps: the database's own settings, and what is only named where it differs. */
export interface SavedSettings extends DatabaseSettings {
  /** `ALTER ROLE … SET` in all databases, of the roles that have to do with this one. */
  readonly roles: readonly Parameter[];
  /** Versions by name. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** The settings of a database of this cluster; undefined where there is none of that name. */
export async function databaseSettings(connection: Connection, name: string): Promise<DatabaseSettings | undefined> {
  const [row] = await connection.query<{
    owner: string;
    comment: string | null;
    limit: number;
    template: boolean;
    grants: { grantee: string | null; privilege: string; grantable: boolean }[];
    settings: RoleConfig[];
  }>(
    `SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit, d.datistemplate AS template,
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
    template: row.template,
    grants: row.grants.map((grant) => ({ ...grant, grantee: grant.grantee ?? undefined })),
    parameters: row.settings.flatMap(parametersOf),
  };
}

/** Everything that a savepoint keeps of the database that the connection is in; what may be a secret is not sealed yet. */
export async function presentSettings(connection: Connection): Promise<SavedSettings> {
  const [{ name } = { name: "" }] = await connection.query<{ name: string }>("SELECT current_database() AS name");
  const settings = await databaseSettings(connection, name);
  if (settings === undefined) throw new Error("a connection without a database");
  const roles = await connection.query<RoleConfig>(
    `SELECT r.rolname AS role, s.setconfig AS config FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = 0 AND (s.setrole = 0 OR r.rolname = current_user
       OR EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = s.setrole)
       OR EXISTS (SELECT FROM pg_shdepend x WHERE x.refclassid = 'pg_authid'::regclass AND x.refobjid = s.setrole
                    AND x.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())))`,
  );
  return { ...settings, roles: roles.flatMap(parametersOf), extensions: await extensionVersions(connection) };
}

/** Versions by name, of the database that the connection is in. */
export async function extensionVersions(connection: Connection): Promise<Readonly<Record<string, string>>> {
  const extensions = await connection.query<{ name: string; version: string }>(
    "SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1",
  );
  return Object.fromEntries(extensions.map((one) => [one.name, one.version]));
}

/** The same, fit for a file: secrets excepted. */
export function sealed(settings: SavedSettings): SavedSettings {
  const one = ({ role, name, value }: Parameter): Parameter => ({
    ...(role !== undefined && { role }),
    name,
    ...(value !== undefined && (mayBeSecret(name) ? { sealed: seal(value) } : { value })),
  });
  return { ...settings, parameters: settings.parameters.map(one), roles: settings.roles.map(one) };
}

interface RoleConfig {
  readonly role: string | null;
  /** `name=value`, as the catalog keeps them. */
  readonly config: readonly string[];
}

function parametersOf({ role, config }: RoleConfig): Parameter[] {
  return config.map((entry) => {
    const equals = entry.indexOf("=");
    return { role: role ?? undefined, name: entry.slice(0, equals), value: entry.slice(equals + 1) };
  });
}
