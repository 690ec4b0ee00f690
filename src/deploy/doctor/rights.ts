import { chooseReader } from "../../backup/privileges.ts";
import { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import type { Database } from "../../postgres/database.ts";
import { identifier } from "../../postgres/literal.ts";
import { findRestoreObstacles } from "../../postgres/restore-obstacles.ts";
import { type PathDependent, pathDependent } from "../../postgres/search-path.ts";
import { restoreRemarks } from "../../postgres/restore-warnings.ts";
import { freeBytesOnServer } from "../database/database.ts";
import { type Examination, fails, passes, refused, type Sighting, warns } from "./examination.ts";
import { psqlCommand, superuserOf } from "./psql.ts";
import type { DoctorWorld } from "./world.ts";

/** Whether what is backed up could become the live database again, as a deploy proves it at its opening; but nothing is made. */
export const wayBackExamination: Examination = {
  about: "way back",
  of: "environment",
  needs: ["host", "database"],
  why: "A restore is made beside the live database and takes its place: what is in its way stops a deploy before it changes anything.",
  async look(world) {
    const opened = await world.database();
    if (opened === undefined) return [];
    const { database } = opened;
    const dependent = pathsOf(database);
    // It is heard of by both, which may fail before they ask.
    dependent.catch(() => undefined);
    const [obstacles, remarks] = await Promise.all([
      freeBytesOnServer(database).then(
        async (free) =>
          await findRestoreObstacles(database, {
            freeBytesOnServer: free,
            detachSubscriptions: world.shared["detach-subscriptions"],
            dependent,
          }),
      ),
      // Of names that cannot be read nothing more can be asked, which is an obstacle; all else is told beside what stands in the way.
      restoreRemarks(database, dependent).catch(() => []),
    ]);
    const found: Sighting[] = [];
    const about = { world, database, means: "Lifts that:" };
    for (const { problem, fix, choices } of obstacles) {
      const mends = choices === undefined ? await statementIn(fix, about) : await statementsOf(choices, about);
      found.push(fails(problem, { advice: fix, mends }));
    }
    for (const { text, fix } of remarks)
      found.push(warns(text, { why: "It is in no way back's way, and should be known.", mends: await remedyOf(fix, about) }));
    if (found.length > 0) return found;
    return [passes(`${database.adminTarget.user} may make a database beside ${database.name}, fill it, and put it in its place.`)];
  },
};

/** In a session of its own, beside the others: on a slow line it takes as many trips as they. */
async function pathsOf(database: Database): Promise<readonly PathDependent[]> {
  await using connection = await database.connect("look", { admin: true });
  return await pathDependent(database, connection);
}

export const readingExamination: Examination = {
  about: "reading for backups",
  of: "environment",
  needs: ["host", "database"],
  why: "A backup that may not read everything would not be whole, and is not made.",
  async look(world) {
    const opened = await world.database();
    if (opened === undefined) return [];
    const { database } = opened;
    try {
      const { admin } = await chooseReader(database, world.ports.signal);
      return [passes(`${(admin ? database.adminTarget : database.target).user} may read all of ${database.name}.`)];
    } catch (error) {
      const fix = error instanceof Failure ? (error.hint ?? "") : "";
      return [refused(error, { mends: await statementIn(fix, { world, database, means: "Lets it:" }) })];
    }
  },
};

export const roleExamination: Examination = {
  about: "application's role",
  of: "environment",
  needs: ["host", "database"],
  why: "What an application's superuser can be made to do by a hole in it ends at nothing: neither at other databases, nor at the server's files.",
  async look(world) {
    const opened = await world.database();
    if (opened === undefined) return [];
    const { database } = opened;
    await using connection = await database.connect("look", { signal: world.ports.signal });
    const [role] = await connection.query<{ name: string; superuser: boolean; first: boolean }>(
      "SELECT rolname::text AS name, rolsuper AS superuser, oid = 10 AS first FROM pg_roles WHERE rolname = current_user",
    );
    if (role?.superuser !== true) return [passes(`${role?.name ?? database.target.user} is no superuser.`)];
    const quoted = identifier(role.name);
    // Who made the cluster stays its superuser for ever.
    const sql = role.first ? `CREATE ROLE app LOGIN` : `ALTER ROLE ${quoted} NOSUPERUSER CREATEDB`;
    const user = role.first ? role.name : await anotherSuperuser(role.name, await superuserOf(connection));
    const command = await psqlCommand(world, database.adminTarget, { sql, user, database: database.name });
    return [
      warns(`${role.name} is a superuser.`, {
        advice: role.first
          ? `Give the application a role of its own in \`database-url\`${world.shared["database-service"] === undefined ? " and this one in `database-admin-url`" : " beside `database-service`"}; it then needs a password, and the rights on its tables.`
          : `What is restored keeps its owners; extensions that only a superuser may install then need \`database-admin-url\`.`,
        mends: [
          {
            command,
            means: role.first ? "Makes such a role, without a password as yet:" : "Takes that away, and leaves what a deploy needs:",
          },
        ],
      }),
    ];
  },
};

async function anotherSuperuser(name: string, found: string): Promise<string> {
  return found === name ? "postgres" : found;
}

interface Remedied {
  readonly world: DoctorWorld;
  readonly database: Database;
  readonly means: string;
}

/** The statement that a fix begins with, as a command of psql; none where it begins with words. */
async function statementIn(fix: string, about: Remedied): Promise<readonly Way[]> {
  const [, sql] = /^(?:In the database: )?((?:(?:ALTER|GRANT|CREATE|REASSIGN)\b[^;]*; ?)+)/.exec(fix) ?? [];
  return await remedyOf(sql?.trim(), about);
}

async function remedyOf(sql: string | undefined, about: Remedied): Promise<readonly Way[]> {
  return sql === undefined ? [] : await statementsOf([{ sql, does: about.means }], about);
}

async function statementsOf(
  all: readonly { readonly sql: string; readonly does: string }[],
  { world, database }: Remedied,
): Promise<readonly Way[]> {
  await using connection = await database.connect("look", { admin: true, signal: world.ports.signal });
  const user = await superuserOf(connection);
  const ways: Way[] = [];
  for (const { sql, does } of all)
    ways.push({ command: await psqlCommand(world, database.adminTarget, { sql, user, database: database.name }), means: does });
  return ways;
}
