import type { RestoreObstacle } from "./restore-obstacle.ts";
import { clauseOf, Failure, refusal } from "../core/failure.ts";
import { formatSize, plural } from "../core/format.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { countProblems } from "./count-rights.ts";
import { stayingSessions } from "./evict.ts";
import { grantProblems } from "./foreign-grants.ts";
import { identifier } from "./literal.ts";
import { restoredOtherwise } from "./otherwise-restored.ts";
import { subscriptionProblems } from "./subscription-problems.ts";
import { type PathDependent, pathDependent, pathProblem } from "./search-path.ts";
import { unreadableNames } from "./unreadable-names.ts";
import { preparedProblem, stayingPrepared } from "./prepared.ts";

/** Roles of managed services that may create what elsewhere only a superuser may. */
const MANAGED_ADMINS = ["rds_superuser", "cloudsqlsuperuser", "alloydbsuperuser", "azure_pg_admin"];

/**
 * Proves, reading only, that the admin role could create a database beside the live one, restore everything into
 * it, end the sessions and swap. Empty where nothing is in the way.
 */
export async function findRestoreObstacles(database: Database, options: RestoreLook = {}): Promise<readonly RestoreObstacle[]> {
  const entered = await enterForRestore(database);
  if (!("connection" in entered)) return [entered];
  await using connection = entered.connection;
  return (await obstaclesIn(connection, database, options)).obstacles;
}

export interface RestoreLook {
  readonly freeBytesOnServer?: number | undefined;
  readonly detachSubscriptions?: boolean | undefined;
  /** Where whoever asks has looked for them already. */
  readonly dependent?: Promise<readonly PathDependent[]> | undefined;
}

/** The same on a session inside, and the functions that were found to need a search path, or only seem to; undefined where it did not come to that. */
export async function obstaclesIn(
  connection: Connection,
  database: Database,
  options: RestoreLook,
): Promise<{ readonly obstacles: readonly RestoreObstacle[]; readonly dependent?: readonly PathDependent[] }> {
  const { unreadable, asked: asking } = await connection.atOnce(async () => {
    const asked = adminRole(connection, database);
    asked.catch(() => undefined);
    return { unreadable: await unreadableNames(connection), asked };
  });
  // Nothing more can be asked of what cannot be read.
  if (unreadable.length > 0) return { obstacles: unreadable };
  const role = await asking;
  const problems: RestoreObstacle[] = [];
  if (!role.superuser) problems.push(...rolesProblems(role));
  // None needs another's answer: on a slow line each of them would take a trip.
  const asked = await connection.atOnce(async () => {
    const needed = (needs: boolean, ask: typeof ownerProblems): ReturnType<typeof ownerProblems> | [] =>
      needs ? ask(connection, role) : [];
    return await Promise.all([
      needed(!role.superuser, ownerProblems),
      needed(!role.superuser, grantProblems),
      sessionProblems(connection, database, role),
      extensionProblems(connection, role),
      stayingPrepared(connection, [database.name]).then((left) => (left.length === 0 ? [] : [preparedProblem(database, left)])),
      needed(!role.superuser && !role.managed, superuserProblems),
      // Where it is the application's own role, the backup looks at this and more.
      needed(database.adminTarget.user !== database.target.user, countProblems),
      subscriptionProblems(connection, database.name, options.detachSubscriptions === true),
      restoredOtherwise(connection),
    ]);
  });
  problems.push(...asked.flat());
  const dependent = await (options.dependent ?? pathDependent(database, connection));
  problems.push(...dependent.filter(({ untried }) => untried === undefined).map(pathProblem));
  const { freeBytesOnServer: free } = options;
  if (free !== undefined && free < role.size) {
    problems.push({
      problem: `the server has ${formatSize(free)} free, and a second copy of ${database.name} takes ${formatSize(role.size)}`,
      fix: "Free disk space on the server.",
    });
  }
  return { obstacles: problems, dependent };
}

/** Inside the live database, having shown that another one can be entered for the renaming. */
export async function enterForRestore(database: Database): Promise<{ readonly connection: Connection } | RestoreObstacle> {
  const inside = database.connect("look", { admin: true });
  // It is heard of below, whichever fails first.
  inside.catch(() => undefined);
  try {
    const goodbye = (await database.connectMaintenance("look"))[Symbol.asyncDispose]();
    const [connection] = await Promise.all([inside, goodbye]);
    return { connection };
  } catch (error) {
    await inside.then(
      async (connection) => await connection[Symbol.asyncDispose](),
      () => undefined,
    );
    // Only what a GRANT lifts is a finding; wrong passwords and dead servers are failures of their own.
    if (!(error instanceof Failure && ["42501", "3D000"].includes(error.code ?? ""))) throw error;
    return {
      problem: clauseOf(error),
      fix: error.hint ?? `GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${identifier(database.adminTarget.user)};`,
    };
  }
}

interface AdminRole {
  readonly name: string;
  readonly quoted: string;
  readonly superuser: boolean;
  readonly managed: boolean;
  readonly createdb: boolean;
  readonly owner: string;
  readonly owns: boolean;
  /** Bytes of the live database. */
  readonly size: number;
}

async function adminRole(connection: Connection, database: Database): Promise<AdminRole> {
  const [row] = await connection.query<Omit<AdminRole, "quoted" | "size"> & { size: bigint }>(
    `SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolcreatedb AS createdb, pg_get_userbyid(d.datdba) AS owner,
       pg_has_role(d.datdba, 'USAGE') AS owns, pg_database_size(d.oid) AS size,
       EXISTS (SELECT FROM pg_roles m WHERE m.rolname = ANY ($1) AND pg_has_role(m.oid, 'USAGE')) AS managed
     FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`,
    [MANAGED_ADMINS],
  );
  if (row === undefined) throw refusal(`The role ${database.adminTarget.user} cannot be found in the cluster.`, { code: "role-unknown" });
  return { ...row, quoted: identifier(row.name), size: Number(row.size) };
}

function rolesProblems(role: AdminRole): readonly RestoreObstacle[] {
  const problems: RestoreObstacle[] = [];
  if (!role.createdb)
    problems.push({ problem: `the role ${role.name} may not create databases`, fix: `ALTER ROLE ${role.quoted} CREATEDB;` });
  if (!role.owns)
    problems.push({
      problem: `the role ${role.name} neither owns the database nor belongs to its owner ${role.owner}`,
      fix: `GRANT ${identifier(role.owner)} TO ${role.quoted};`,
    });
  return problems;
}

/** A restore gives each object to its owner, which needs membership; from 16 on with the SET option. */
async function ownerProblems(connection: Connection, role: AdminRole): Promise<readonly RestoreObstacle[]> {
  const how = connection.serverVersion >= 160_000 ? "SET" : "MEMBER";
  const owners = await connection.query<{ owner: string; super: boolean; objects: bigint }>(
    `SELECT r.rolname AS owner, r.rolsuper AS super, count(*) AS objects
     FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.deptype = 'o'
       AND s.classid <> 'pg_extension'::regclass
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
       AND NOT pg_has_role(r.oid, $1)
     GROUP BY 1, 2 ORDER BY 1`,
    [how],
  );
  return owners.map(({ owner, super: superuser, objects }) => ({
    problem: `${plural(Number(objects), "object")} in the database belong to ${owner}, and ${role.name} may not give them to it`,
    fix: superuser
      ? `REASSIGN OWNED BY ${identifier(owner)} TO ${identifier(role.owner)}; or name a superuser in database-admin-url.`
      : `GRANT ${identifier(owner)} TO ${role.quoted};`,
  }));
}

async function sessionProblems(connection: Connection, database: Database, role: AdminRole): Promise<readonly RestoreObstacle[]> {
  const held = await stayingSessions(connection, [database.name]);
  if (held.length === 0) return [];
  return [
    {
      problem: `${plural(held.length, "session")} in the database cannot be ended by ${role.name}: ${held.slice(0, 3).join("; ")}`,
      fix: `GRANT pg_signal_backend TO ${role.quoted}; (a superuser's session only a superuser can end: close it, or name a superuser in database-admin-url)`,
    },
  ];
}

async function extensionProblems(connection: Connection, role: AdminRole): Promise<readonly RestoreObstacle[]> {
  const trusted = connection.serverVersion >= 130_000 ? "(to_jsonb(v) ->> 'trusted')::boolean" : "false";
  const extensions = await connection.query<{ name: string; available: boolean; installable: boolean }>(
    `SELECT e.extname AS name, v.name IS NOT NULL AS available, coalesce(NOT v.superuser OR ${trusted}, false) AS installable
     FROM pg_extension e
     LEFT JOIN pg_available_extensions a ON a.name = e.extname
     LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
     WHERE e.extname <> 'plpgsql' ORDER BY 1`,
  );
  return extensions.flatMap(({ name, available, installable }): RestoreObstacle[] => {
    if (!available)
      return [
        {
          problem: `the extension ${name} is in use, but its files are no longer on the server`,
          fix: `Install the package of ${name} on the server again.`,
        },
      ];
    if (installable || role.superuser || role.managed) return [];
    return [
      {
        problem: `the extension ${name} can only be restored by a superuser, and ${role.name} is none`,
        fix: `Name a superuser in database-admin-url; or ALTER ROLE ${role.quoted} SUPERUSER;`,
      },
    ];
  });
}

/** What only a superuser may create, and no extension brings along. */
async function superuserProblems(connection: Connection, role: AdminRole): Promise<readonly RestoreObstacle[]> {
  const own = (catalog: string, oid: string): string =>
    `${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`;
  const found = await connection.query<{ what: string; names: string[] }>(
    `SELECT what, array_agg(name ORDER BY name) AS names FROM (
       SELECT 'event triggers' AS what, evtname::text AS name FROM pg_event_trigger t WHERE ${own("pg_event_trigger", "t.oid")}
       UNION ALL SELECT 'foreign data wrappers', fdwname FROM pg_foreign_data_wrapper w WHERE ${own("pg_foreign_data_wrapper", "w.oid")}
       UNION ALL SELECT 'functions in C', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a' AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'functions in an untrusted language', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal') AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'leakproof functions', p.oid::regprocedure::text FROM pg_proc p WHERE p.proleakproof AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'operator classes', o.opcname FROM pg_opclass o WHERE ${own("pg_opclass", "o.oid")}
       UNION ALL SELECT 'base types', t.typname FROM pg_type t WHERE t.typtype = 'b' AND t.typelem = 0 AND ${own("pg_type", "t.oid")}
       UNION ALL SELECT 'access methods', m.amname FROM pg_am m WHERE ${own("pg_am", "m.oid")}
       UNION ALL SELECT 'text search templates or parsers', x.name FROM (SELECT oid, tmplname AS name FROM pg_ts_template UNION ALL SELECT oid, prsname FROM pg_ts_parser) x WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.deptype = 'e')
       UNION ALL SELECT 'publications for all tables', p.pubname FROM pg_publication p WHERE p.puballtables
     ) AS found(what, name) GROUP BY what ORDER BY what`,
  );
  return found.map(({ what, names }) => ({
    problem: `${what} (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
    fix: "Name a superuser in database-admin-url.",
  }));
}
