import type { DatabaseSettings, Grant, Parameter, SavedSettings } from "./database-settings.ts";
import { identifier, literal } from "./literal.ts";
import { isSealed, mayBeSecret } from "./sealed.ts";

/** One difference between what is there and what shall be. */
export interface SettingChange {
  /** `search_path for the role app`. */
  readonly what: string;
  readonly present: string;
  readonly wanted: string;
  /** Makes it as wanted; undefined where the value is not known, because it may be a secret. */
  readonly statement: string | undefined;
  /** The statement as it may be shown: what sets a value that may be a secret copies it from the database of that name. */
  readonly shown?: (source: string) => string;
  /** Makes it as it is now again; undefined where the value may be a secret, which no log shows. */
  readonly undo: string | undefined;
}

/** What differs between a database's present settings and the wanted ones, in the order in which it can be changed. Pure. */
export function settingChanges(database: string, present: DatabaseSettings, wanted: DatabaseSettings): readonly SettingChange[] {
  const name = identifier(database);
  const changes: SettingChange[] = [];
  if (present.owner !== wanted.owner) {
    const to = (owner: string): string => `ALTER DATABASE ${name} OWNER TO ${identifier(owner)}`;
    changes.push({ what: "owner", present: present.owner, wanted: wanted.owner, statement: to(wanted.owner), undo: to(present.owner) });
  }
  if (present.connectionLimit !== wanted.connectionLimit) {
    const to = (limit: number): string => `ALTER DATABASE ${name} CONNECTION LIMIT ${limit}`;
    changes.push({
      what: "connection limit",
      present: limitText(present.connectionLimit),
      wanted: limitText(wanted.connectionLimit),
      statement: to(wanted.connectionLimit),
      undo: to(present.connectionLimit),
    });
  }
  if (present.template !== undefined && wanted.template !== undefined && present.template !== wanted.template) {
    const to = (template: boolean): string => `ALTER DATABASE ${name} IS_TEMPLATE ${template}`;
    const text = (template: boolean): string => (template ? "yes" : "no");
    changes.push({
      what: "template",
      present: text(present.template),
      wanted: text(wanted.template),
      statement: to(wanted.template),
      undo: to(present.template),
    });
  }
  if (present.comment !== wanted.comment) {
    const to = (comment: string | null): string => `COMMENT ON DATABASE ${name} IS ${comment === null ? "NULL" : literal(comment)}`;
    changes.push({
      what: "comment",
      present: present.comment === null ? "none" : JSON.stringify(present.comment),
      wanted: wanted.comment === null ? "none" : JSON.stringify(wanted.comment),
      statement: to(wanted.comment),
      undo: to(present.comment),
    });
  }
  return [...changes, ...grantChanges(name, present, wanted), ...parameterChanges(present.parameters, wanted.parameters, database)];
}

/** What belongs to roles in all databases: named only. */
export function roleChanges(present: SavedSettings, wanted: SavedSettings): readonly SettingChange[] {
  return parameterChanges(present.roles, wanted.roles, undefined);
}

function limitText(limit: number): string {
  return limit === -1 ? "none" : String(limit);
}

function grantChanges(database: string, present: DatabaseSettings, wanted: DatabaseSettings): readonly SettingChange[] {
  // A new owner takes over the rights of the old one.
  const moved = present.grants.map((grant) => (grant.grantee === present.owner ? { ...grant, grantee: wanted.owner } : grant));
  const key = ({ grantee, privilege }: Grant): string => JSON.stringify([grantee ?? null, privilege]);
  const [before, after] = [moved, wanted.grants].map((grants) => new Map(grants.map((grant) => [key(grant), grant])));
  const to = (from: Grant | undefined, grant: Grant | undefined): string | undefined => {
    if (grant === undefined) return from && `REVOKE ${from.privilege} ON DATABASE ${database} FROM ${granteeOf(from)}`;
    if (from?.grantable === true && !grant.grantable)
      return `REVOKE GRANT OPTION FOR ${grant.privilege} ON DATABASE ${database} FROM ${granteeOf(grant)}`;
    return `GRANT ${grant.privilege} ON DATABASE ${database} TO ${granteeOf(grant)}${grant.grantable ? " WITH GRANT OPTION" : ""}`;
  };
  return [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].flatMap((one): SettingChange[] => {
    const [from, grant] = [before?.get(one), after?.get(one)];
    const any = from ?? grant;
    // The owner may always give itself its rights again, WITH GRANT OPTION means nothing to it.
    const same = from !== undefined && grant !== undefined && (from.grantable === grant.grantable || from.grantee === wanted.owner);
    if (any === undefined || same) return [];
    return [
      {
        what: `${any.privilege} for ${any.grantee ?? "everyone"}`,
        present: grantText(from),
        wanted: grantText(grant),
        statement: to(from, grant),
        undo: to(grant, from),
      },
    ];
  });
}

function grantText(grant: Grant | undefined): string {
  if (grant === undefined) return "not granted";
  return grant.grantable ? "granted with grant option" : "granted";
}

function granteeOf({ grantee }: Grant): string {
  return grantee === undefined ? "PUBLIC" : identifier(grantee);
}

/** Of one database, or (undefined) of roles in all databases. */
function parameterChanges(
  present: readonly Parameter[],
  wanted: readonly Parameter[],
  database: string | undefined,
): readonly SettingChange[] {
  const key = ({ role, name }: Parameter): string => JSON.stringify([role ?? null, name.toLowerCase()]);
  const [before, after] = [present, wanted].map((all) => new Map(all.map((one) => [key(one), one])));
  return [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].flatMap((one): SettingChange[] => {
    const [from, parameter] = [before?.get(one), after?.get(one)];
    const any = parameter ?? from;
    if (any === undefined || isSame(from, parameter)) return [];
    const subject = subjectOf(any.role, database);
    const place = database === undefined ? " in all databases" : "";
    return [
      {
        what: `${any.name}${any.role === undefined ? "" : ` for the role ${any.role}`}${place}`,
        present: shown(from),
        wanted: shown(parameter),
        statement: setStatement(subject, any.name, parameter),
        ...(parameter?.value !== undefined && mayBeSecret(any.name) && { shown: (source: string) => copyStatement(subject, any, source) }),
        undo: mayBeSecret(any.name) && from !== undefined ? undefined : setStatement(subject, any.name, from),
      },
    ];
  });
}

function subjectOf(role: string | undefined, database: string | undefined): string {
  const who = role === undefined ? "ALTER ROLE ALL" : `ALTER ROLE ${identifier(role)}`;
  if (database === undefined) return who;
  return role === undefined ? `ALTER DATABASE ${identifier(database)}` : `${who} IN DATABASE ${identifier(database)}`;
}

function isSame(a: Parameter | undefined, b: Parameter | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.value !== undefined && b.value !== undefined) return a.value === b.value;
  if (a.value !== undefined && b.sealed !== undefined) return isSealed(b.sealed, a.value);
  if (b.value !== undefined && a.sealed !== undefined) return isSealed(a.sealed, b.value);
  return a.sealed === b.sealed;
}

function shown(parameter: Parameter | undefined): string {
  if (parameter === undefined) return "not set";
  if (mayBeSecret(parameter.name) || parameter.value === undefined) return "a value that is not shown, since it may be a secret";
  return parameter.value === "" ? "''" : parameter.value;
}

function setStatement(subject: string, name: string, parameter: Parameter | undefined): string | undefined {
  if (parameter === undefined) return `${subject} RESET ${identifier(name)}`;
  return parameter.value === undefined ? undefined : `${subject} SET ${identifier(name)} TO ${settingValue(name, parameter.value)}`;
}

/** Sets a parameter to what another database of the cluster has, without showing it. */
function copyStatement(subject: string, { role, name }: Parameter, source: string): string {
  const who = role === undefined ? "0" : `${literal(identifier(role))}::regrole`;
  return `DO $copy$ BEGIN EXECUTE (SELECT format('${subject.replaceAll("'", "''").replaceAll("%", "%%")} SET %I TO %L', ${literal(name)}, substr(c, length(${literal(name)}) + 2)) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE d.datname = ${literal(source)} AND s.setrole = ${who} AND starts_with(c, ${literal(`${name}=`)})); END $copy$`;
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
