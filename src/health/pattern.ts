import { runInNewContext } from "node:vm";
import type { Kind } from "../core/kinds.ts";

/** What a text must contain, or the regular expression it must match. */
export type Pattern = { readonly contains: string } | { readonly regex: RegExp };

/** How long one match may take, in milliseconds: a regular expression can otherwise run for ever. */
const MATCH_LIMIT_MS = 1000;

export const pattern: Kind<Pattern> = {
  form: "text that is contained, or a regular expression such as /ok|ready/i",
  parse(value) {
    const trimmed = value.trim();
    // Every text contains the empty one.
    if (trimmed === "") throw new Error("is empty");
    const match = /^\/(.+)\/([a-z]*)$/s.exec(trimmed);
    if (!match) return { contains: trimmed };
    try {
      return { regex: new RegExp(match[1] ?? "", (match[2] ?? "").replaceAll(/[gy]/g, "")) };
    } catch (error) {
      // Node's message quotes the expression, which says where it breaks.
      throw new Error(`is no regular expression: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  },
};

/** Whether the text matches; `too slow` where the expression does not come to an end within a second. */
export function matches(wanted: Pattern, text: string): boolean | "too slow" {
  if ("contains" in wanted) return text.includes(wanted.contains);
  try {
    return runInNewContext("regex.test(text)", { regex: wanted.regex, text }, { timeout: MATCH_LIMIT_MS }) === true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return "too slow";
    throw error;
  }
}

export function describePattern(wanted: Pattern): string {
  return "contains" in wanted ? JSON.stringify(wanted.contains) : String(wanted.regex);
}
