import { Failure } from "../core/failure.ts";
import type { Connection } from "../postgres/connection.ts";
import { schemaFingerprint } from "../postgres/fingerprint.ts";
import { compareFingerprints, restoredFingerprint } from "../postgres/likeness.ts";

/** What every new database begins with, and a dump says nothing of where somebody dropped it. */
const BORN = ["DROP SCHEMA public", "DROP EXTENSION plpgsql", "DROP SCHEMA public; DROP EXTENSION plpgsql"] as const;

/**
 * Drops from a restored copy what it was born with and the database had not, where that alone makes its schema another one.
 * Nothing that anything is in, or depends on, is dropped. Whether it did.
 */
export async function dropWhatWasNot(connection: Connection, fingerprint: string): Promise<boolean> {
  const wanted = restoredFingerprint(fingerprint);
  const isAlike = async (): Promise<boolean> =>
    compareFingerprints(wanted, restoredFingerprint(await schemaFingerprint(connection))) !== "different";
  for (const drop of BORN) {
    await connection.exec("BEGIN");
    const alike = await triedIn(connection, drop, isAlike);
    await connection.exec(alike ? "COMMIT" : "ROLLBACK");
    if (alike) return true;
  }
  return false;
}

/** Whether it could be done, and helps. */
async function triedIn(connection: Connection, drop: string, isAlike: () => Promise<boolean>): Promise<boolean> {
  try {
    await connection.exec(drop);
  } catch (error) {
    // Not there, not ours to drop, or something is in it.
    if (error instanceof Failure) return false;
    throw error;
  }
  return await isAlike();
}
