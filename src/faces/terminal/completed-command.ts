/** What a shell offers behind a flag: nothing, the names in the settings file, these words, or whatever it offers for a file. */
export type Offered = "nothing" | "environments" | "anything" | readonly string[];

/** A command as shells complete it. Every text is of letters, digits and plain marks, so that no shell reads more into it. */
export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  /** What its first word may be. */
  readonly words: readonly string[];
  readonly flags: readonly { readonly name: string; readonly about: string; readonly offered: Offered }[];
}

/**
 * Prints the names of the environments in the checkout's settings file: those that need no quotes, so that none of them is
 * more than a word to a shell. For awk, as one word in single quotes.
 */
export const ENVIRONMENTS =
  "'/^environments:/ { on = 1; next } on && /^[^ \\t#\\r]/ { exit } on && match($0, /^ +[A-Za-z0-9_.-]+:/) " +
  '{ match($0, /^ +/); if (!depth) depth = RLENGTH; if (RLENGTH == depth) { name = $1; sub(/:.*/, "", name); print name } }\'';
