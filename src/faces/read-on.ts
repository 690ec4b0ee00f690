import type { FailureCode } from "../core/failure-codes.ts";
import type { SqlState } from "../core/sql-state.ts";
import { homepage } from "../version.ts";

const PAGE = `${homepage.replace(/#.*$/, "")}/blob/HEAD/docs/troubleshooting.md`;

/** Those of PostgreSQL's own codes that the page has a section for. All others are in the one about the server. */
export const SQL_SECTIONS = [
  "08006",
  "23502",
  "23503",
  "23505",
  "23514",
  "25P02",
  "28000",
  "28P01",
  "3D000",
  "3F000",
  "40P01",
  "42501",
  "42601",
  "42703",
  "42P01",
  "42P04",
  "42P07",
  "53100",
  "53200",
  "53300",
  "55006",
  "55P03",
  "57014",
  "57P01",
  "57P03",
] as const satisfies readonly FailureCode[];

/** Where it says what a failure's code means, how one gets there and what to do. */
export function readOn(code: FailureCode | SqlState): string {
  const told = !/^[0-9A-Z]{5}$/.test(code) || SQL_SECTIONS.some((one) => one === code);
  return `${PAGE}#${told ? code.toLowerCase() : "postgresql"}`;
}

/** The last line of what failed. */
export function readOnLine(code: FailureCode | SqlState): string {
  return `Code ${code}: ${readOn(code)}`;
}
