import { lineAt, scan } from "../tokens.ts";

/** A comment that silences one rule: `-- savepoint: allow drop-column: nobody reads it since v4`. */
export interface Allowed {
  readonly rule: string;
  readonly reason: string | undefined;
  /** 1-based, in the file. */
  readonly line: number;
}

/** What stands behind the rule without a colon is no reason: such a comment is named, not passed over. */
const ALLOW = /^(?:--|\/\*)\s*savepoint:\s*allow\b\s*(?<rule>[\w-]*)(?:\s*:\s*(?<reason>[^]*?)|[^]*?)\s*(?:\*\/)?$/i;

/**
 * The silencing comments of a section. One stands above the statement it is for, or in it.
 * @param firstLine the line on which the text begins in its file.
 */
export function allowedIn(sql: string, firstLine: number): readonly Allowed[] {
  return scan(sql).tokens.flatMap((token) => {
    const match = token.kind === "line-comment" || token.kind === "block-comment" ? ALLOW.exec(token.text) : null;
    if (match?.groups === undefined) return [];
    const { rule = "", reason } = match.groups;
    return { rule, reason: reason === "" ? undefined : reason, line: firstLine - 1 + lineAt(sql, token.start) };
  });
}
