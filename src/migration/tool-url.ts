import type { DatabaseTarget } from "../postgres/address.ts";
import type { UrlOptions } from "../postgres/connection-url.ts";

/** Programs that hand a URL to libpq as it is: an option that libpq does not know ends them. */
const BY_LIBPQ =
  /(?:^|[\s;&|("'/=])(?:psql|pg_\w+|createdb|dropdb|vacuumdb|sqitch|diesel|alembic|flask|manage\.py|django-admin|pgloader)(?=$|[\s;&|)"'])/;
const PRISMA = /(?:^|[^a-z0-9])prisma(?=$|[^a-z0-9])/i;

/**
 * What a tool's URL holds besides what libpq reads. A tool that the user's own URL was written for (`?schema=` for Prisma,
 * `?x-migrations-table=` for golang-migrate) must find it there, else it would work elsewhere and say nothing; a program
 * of libpq's must not, for it ends with an error at a name that it does not know.
 */
export function besideLibpq(
  command: string,
  { schema, schemaInUrl, toolsOwn }: Pick<DatabaseTarget, "schema" | "schemaInUrl" | "toolsOwn">,
): UrlOptions {
  const prisma = PRISMA.test(command);
  if (BY_LIBPQ.test(command) && !prisma) return {};
  return { schema: prisma || schemaInUrl === true ? schema : undefined, toolsOwn };
}
