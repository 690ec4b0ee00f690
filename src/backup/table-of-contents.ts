/**
 * Edits the list that `pg_restore --list` prints for a role that is no superuser: entries about objects that came
 * with the database itself and belong to a superuser (`plpgsql`) cannot be restored by others, and need not be.
 * Returns undefined where there is nothing to edit.
 */
export function unownedEntries(list: string): string | undefined {
  let edited = false;
  const lines = list.split("\n").map((line) => {
    if (!SUPERUSERS_OWN.test(line)) return line;
    edited = true;
    return `;${line}`;
  });
  return edited ? lines.join("\n") : undefined;
}

/** `3359; 0 0 COMMENT - EXTENSION plpgsql`. */
const SUPERUSERS_OWN = /^\d+; \d+ \d+ (COMMENT|ACL|SECURITY LABEL) - (EXTENSION|LANGUAGE) plpgsql\b/;
