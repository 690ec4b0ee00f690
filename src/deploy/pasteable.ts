import { quote } from "../machine/quote.ts";

/** `savepoint rollback --environment production --confirm production`, to be pasted, whatever the environment is called. */
export function confirmedRollback(environment: string): string {
  return quote(["savepoint", "rollback", "--environment", environment, "--confirm", environment]);
}
