import type { Database } from "./database.ts";

/** Whether we are let in, as both roles, is seen before anything is begun. Throws where we are not. */
export async function knock(database: Database): Promise<void> {
  for (const admin of database.adminTarget === database.target ? [false] : [false, true]) {
    // oxlint-disable-next-line no-await-in-loop -- a pooler may have room for one alone
    await using _let = await database.connect("look", { admin });
  }
}
