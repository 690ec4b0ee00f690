/** What a file name says. */
export type FileName =
  | { readonly kind: "migration"; readonly version: string; readonly description: string; readonly direction: "both" | "up" | "down" }
  | { readonly kind: "other" }
  | { readonly kind: "misnamed"; readonly message: string };

export const NAME_FORM = "`YYYYMMDDHHMM__description.sql` or `NNN_description.sql` (or the same in two files, `….up.sql` and `….down.sql`)";

/**
 * Reads a file's name. Files that are no SQL, and hidden ones, are none of ours; SQL files that do not have the form
 * are misnamed: a migration that is silently left out is worse than an error.
 */
export function readFileName(name: string): FileName {
  if (name.startsWith(".") || !/\.sql$/i.test(name)) return { kind: "other" };
  // Control characters would break every message and list that names the file.
  if (/\p{Cc}/u.test(name)) return { kind: "misnamed", message: "its name contains a control character or a line break" };
  const match = /^(\d+)__?(?!_)(.+?)(?:\.(up|down))?\.sql$/iu.exec(name);
  const [, version, words, direction] = match ?? [];
  if (version === undefined || words === undefined || words.trim() === "") {
    return { kind: "misnamed", message: `its name is not ${NAME_FORM}` };
  }
  return {
    kind: "migration",
    version,
    description: words.replaceAll("_", " ").trim().normalize("NFC"),
    direction: direction === undefined ? "both" : direction.toLowerCase() === "up" ? "up" : "down",
  };
}
