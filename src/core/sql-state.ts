declare const SQL_STATE: unique symbol;

/** A code of PostgreSQL's own: five digits and capitals. */
export type SqlState = string & { readonly [SQL_STATE]: true };

/** PostgreSQL's code as a failure's; undefined where it is none (a system's `ECONNRESET`). */
export function sqlState(code: string | undefined): SqlState | undefined {
  return code !== undefined && isSqlState(code) ? code : undefined;
}

function isSqlState(code: string): code is SqlState {
  return /^[0-9A-Z]{5}$/.test(code);
}
