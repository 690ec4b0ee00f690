import type { Connection } from "../postgres/connection.ts";
import { countTables, sequenceValues } from "../postgres/counts.ts";
import { schemaFingerprint, schemaListing } from "../postgres/fingerprint.ts";
import { type Hanging, hangingOnExtensions } from "../postgres/hanging-on-extensions.ts";
import type { DatabaseIdentity, Manifest } from "./manifest.ts";

/** What a database holds, as far as two copies of it are compared. */
export interface Facts {
  readonly fingerprint: string;
  /** The lines behind the fingerprint, where a difference is to be shown. */
  readonly listing?: readonly string[] | undefined;
  readonly rows: ReadonlyMap<string, number>;
  /** Tables whose partitions are counted together, with their names: earlier versions counted them apart. */
  readonly together?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly sequences: ReadonlyMap<string, bigint>;
  /** What hangs on extensions' own, where it is to be told what of it no backup holds. */
  readonly hanging?: readonly Hanging[] | undefined;
}

/** What a manifest says its dump holds. */
export function factsOf(manifest: Pick<Manifest, "schema" | "rows" | "sequences">): Facts {
  return {
    fingerprint: manifest.schema.fingerprint,
    rows: new Map(Object.entries(manifest.rows)),
    sequences: new Map(Object.entries(manifest.sequences).map(([name, value]) => [name, BigInt(value)])),
  };
}

/** Reads a database's facts in one session. */
export async function readFacts(connection: Connection, options: { readonly listing: boolean }): Promise<Facts> {
  return {
    sequences: await sequenceValues(connection),
    fingerprint: await schemaFingerprint(connection),
    listing: options.listing ? await schemaListing(connection) : undefined,
    ...(await countTables(connection)),
  };
}

/** What a restored copy's differences are shown by. */
export async function readShown(connection: Connection): Promise<Pick<Facts, "listing" | "hanging">> {
  return { listing: await schemaListing(connection), hanging: await hangingOnExtensions(connection) };
}

/** Which database a connection is in, and what it is. */
export async function identify(connection: Connection): Promise<Manifest["database"]> {
  const [row] = await connection.query<DatabaseIdentity & { encoding: string; locale: string }>(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, datname AS name,
       pg_encoding_to_char(encoding) AS encoding, datcollate AS locale
     FROM pg_database WHERE datname = current_database()`,
  );
  if (row === undefined) throw new Error("a connection without a database");
  return { system: row.system, name: row.name, serverVersion: connection.serverVersion, encoding: row.encoding, locale: row.locale };
}
