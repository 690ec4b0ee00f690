import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FreshDatabase } from "./postgres.ts";

/**
 * Fills a database with a bit of everything that a dump must bring back, rows and large objects included.
 * With `superuser` also what only a superuser can restore: foreign data wrappers, an event trigger.
 */
export async function fillRich(
  database: Pick<FreshDatabase, "sql" | "superuser">,
  options: { readonly superuser?: boolean } = {},
): Promise<void> {
  if (options.superuser === true) await database.superuser(await read("rich-schema-superuser.sql"));
  await database.sql(await read("rich-schema.sql"));
}

/** Expressions, partitions and inheritance in odd forms; no rows. */
export async function fillOdd(database: FreshDatabase): Promise<void> {
  await database.sql(await read("odd-schema.sql"));
}

async function read(file: string): Promise<string> {
  return await readFile(fileURLToPath(new URL(file, import.meta.url)), "utf8");
}
