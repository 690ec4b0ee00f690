import type { Rule } from "./finding.ts";
import { COLUMN_RULES } from "./rules/columns.ts";
import { CONSTRAINT_RULES } from "./rules/constraints.ts";
import { DROP_RULES } from "./rules/drops.ts";
import { INDEX_RULES } from "./rules/indexes.ts";
import { LOCK_RULES } from "./rules/locks.ts";
import { NAME_RULES } from "./rules/names.ts";
import { SECRET_RULES } from "./rules/secrets.ts";
import { TYPE_RULES } from "./rules/types.ts";

/** All rules that look at a statement. A new one is one row in the file of its subject. */
export const RULES: readonly Rule[] = [
  ...DROP_RULES,
  ...NAME_RULES,
  ...COLUMN_RULES,
  ...CONSTRAINT_RULES,
  ...INDEX_RULES,
  ...LOCK_RULES,
  ...SECRET_RULES,
  ...TYPE_RULES,
];

/** Rules about a file as a whole, which a comment silences like the others. */
export const FILE_RULES = {
  "no-way-down": "a file without DOWN that does not say `-- irreversible`",
  "unread-by-parser": "a statement, of UP or DOWN, that PostgreSQL's parser does not read: a slip, or what none of the rules could look at",
  "allow-without-reason": "a comment that silences a rule and gives no reason, or names no rule",
  "allow-of-nothing": "a comment that silences a rule that finds nothing there",
} as const;
