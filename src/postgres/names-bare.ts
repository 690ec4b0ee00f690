/** What a body may name: tables and views, and functions that are no built-in ones. */
export interface Names {
  readonly relations: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

const WORD = String.raw`(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))`;
const ENDS = String.raw`(?![\p{L}\p{N}_$])(?!\s*\.)`;
/** Where statements name a table; `FROM` of `IS DISTINCT FROM` is no such place. */
const RELATION = new RegExp(
  String.raw`\b(?<!\bdistinct\s+)(?:from|join|into|update|only|table)\s+${WORD}${ENDS}|([\p{L}_][\p{L}\p{N}_$]*)(?=%(?:row)?type\b)`,
  "giu",
);
const CALL = new RegExp(String.raw`(?<![.\p{L}\p{N}_$"])${WORD}\s*\(`, "giu");
/** What a body gives a name to itself, and then finds without a path: `WITH x AS (`, a temporary table. */
const OWN = new RegExp(
  String.raw`\b(?:with|recursive)\s+${WORD}(?:\s*\([^)]*\))?\s+as\b|,\s*${WORD}(?:\s*\([^)]*\))?\s+as\s+(?:not\s+)?(?:materialized\s+)?\(|\btemp(?:orary)?\s+table\s+(?:if\s+not\s+exists\s+)?${WORD}`,
  "giu",
);
/** `FROM` in the arguments of a built-in function. */
const FROM_INSIDE = /\b(?:extract|trim|substring|overlay)\s*\([^()]*\)/giu;

/**
 * Whether a body seems to name one of these without its schema: a reading of the text, which is asked only where what is
 * evaluated could not be tried. A text inside of it may be a statement that it executes, so that is read too.
 */
export function namesBare(body: string, names: Names): boolean {
  const code = body.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").replaceAll(FROM_INSIDE, " ");
  const own = new Set(found(code, OWN));
  return (
    found(code, RELATION).some((name) => names.relations.has(name) && !own.has(name)) ||
    found(code, CALL).some((name) => names.functions.has(name))
  );
}

function found(code: string, pattern: RegExp): readonly string[] {
  return [...code.matchAll(pattern)].flatMap(([, ...groups]) =>
    groups.flatMap((group: string | undefined, at) => {
      if (group === undefined) return [];
      // Of each pair of groups the first is the quoted form.
      return at % 2 === 0 && at < groups.length - (groups.length % 2) ? group.replaceAll('""', '"') : group.toLowerCase();
    }),
  );
}
