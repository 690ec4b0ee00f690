import { asOption } from "./server-options.ts";

/** What limits a session's time; the last two are known to servers from 14 and from 17 on. */
const LIMITS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout"];

/** `options` without limits of time, as servers know them: the newest first. */
export const UNLIMITED: readonly string[] = [170_000, 140_000, 0].map((version) => withoutLimits(version));

/** As a part of an `options` text, for a server of this `server_version_num`. */
function withoutLimits(version: number): string {
  const known = LIMITS.slice(0, version >= 170_000 ? 5 : version >= 140_000 ? 4 : 3);
  return known.map((name) => asOption({ name, value: "0" })).join(" ");
}

/** What dumps and restores is not hurried, and takes NULL for NULL, whatever the role or the database have set. */
export function optionsForCopies(version: number): string {
  return `${withoutLimits(version)} ${asOption({ name: "array_nulls", value: "on" })}`;
}
