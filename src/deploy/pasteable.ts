import { inQuotes, quote } from "../machine/quote.ts";

/** `savepoint rollback --environment production --confirm production`, to be pasted, whatever the environment is called. */
export function confirmedRollback(environment: string): string {
  return quote(["savepoint", "rollback", "--environment", environment, "--confirm", environment]);
}

/** A reason that names a deploy. Its id comes from the journal, and what is pasted is read by a shell. */
export function finishing(deploy: string): string {
  return /^[\w.:-]+$/.test(deploy) ? `--reason "finish ${deploy}"` : `--reason ${inQuotes(`finish ${deploy}`)}`;
}
