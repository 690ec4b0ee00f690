import type { Manifest } from "../../backup/manifest.ts";
import { shortCommit } from "../../core/format.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { asRestored, compareSchemas } from "../environment/versions.ts";

/**
 * Whether a backup holds a schema that the version which ran then was never proven on: a migration had been applied by itself, or
 * somebody had changed it by hand. Where nothing was ever proven of that version, nobody can tell: then it is not. Pure.
 */
export function isBackedUpApart({ learnt }: Pick<Ledger, "learnt">, { from, schema }: Pick<Manifest, "from" | "schema">): boolean {
  const own = from === undefined ? [] : (learnt.get(from) ?? []);
  return own.length > 0 && own.every((one) => [one, asRestored(one)].every((is) => compareSchemas(is, schema) === "different"));
}

/** The same in words, for whoever chooses it. */
export function backedUpApart(from: string): string {
  return `its schema is none that ${shortCommit(from)} was proven on, so code and schema would be apart, and that ends red`;
}
