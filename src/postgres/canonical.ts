import { dropCastNames } from "./cast-names.ts";
import { closingQuote, flattenConditions } from "./conditions.ts";

/** One form for what PostgreSQL prints of an expression before a dump and after its restore, which may differ. */
export function canonicalExpression(text: string): string {
  return flattenConditions(moveArrayCasts(dropCastNames(text)));
}

/**
 * `status IN ('a', 'b')` on a varchar is printed as `(ARRAY['a'::varchar, 'b'::varchar])::text[]`, and that text,
 * read again, as `ARRAY[('a'::varchar)::text, ('b'::varchar)::text]`: the array's cast is moved to its elements.
 */
function moveArrayCasts(text: string): string {
  let from = 0;
  let result = text;
  for (;;) {
    const at = result.indexOf("(ARRAY[", from);
    if (at < 0) return result;
    const moved = moveCast(result, at);
    if (moved === undefined) from = at + 1;
    else result = moved;
  }
}

const ARRAY_CAST = /^\]\)::((?:"(?:[^"]|"")+"|[\w.]|\.(?=")| (?=[a-z]))+(?:\([\d,]+\))?(?: with(?:out)? time zone)?)\[\]/;

function moveCast(text: string, at: number): string | undefined {
  const inside = at + "(ARRAY[".length;
  const parts = elements(text, inside);
  if (parts === undefined) return undefined;
  const cast = ARRAY_CAST.exec(text.slice(parts.end));
  if (!cast) return undefined;
  const moved = parts.elements.map((element) => `(${element})::${cast[1]}`);
  return `${text.slice(0, at)}ARRAY[${moved.join(", ")}]${text.slice(parts.end + cast[0].length)}`;
}

/** The elements from `start` to the bracket that closes them, which is at `end`. */
function elements(text: string, start: number): { readonly elements: readonly string[]; readonly end: number } | undefined {
  const found: string[] = [];
  let depth = 0;
  let begin = start;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === "'" || character === '"') at = closingQuote(text, at);
    else if (character === "(" || character === "[") depth += 1;
    else if (depth > 0 && (character === ")" || character === "]")) depth -= 1;
    else if (depth === 0 && (character === "," || character === "]")) {
      found.push(text.slice(begin, at).trim());
      if (character === "]") return { elements: found, end: at };
      begin = at + 1;
    }
  }
  return undefined;
}
