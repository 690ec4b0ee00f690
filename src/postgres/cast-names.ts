import { closingQuote } from "./conditions.ts";

/**
 * In a query inside another one `SELECT NULL` is printed as `SELECT NULL::text`, without a name; and that text, read again,
 * as `SELECT NULL::text AS text`: a cast gives its column the type's name, which is left out, wherever it stands behind one.
 */
export function dropCastNames(text: string): string {
  let result = "";
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "'" || character === '"') {
      at = closingQuote(text, at);
      continue;
    }
    if (character !== ":" || text[at + 1] !== ":") continue;
    NAMED_CAST.lastIndex = at;
    const found = NAMED_CAST.exec(text)?.groups;
    if (found === undefined || nameOf(found) !== found["name"]) continue;
    const cast = found["cast"] ?? "";
    result += text.slice(from, at) + cast;
    from = at + cast.length + (found["named"] ?? "").length;
    at = from - 1;
  }
  return result + text.slice(from);
}

const WORD = String.raw`(?:"(?:[^"]|"")+"|[a-z_][\w$]*)`;
const NAMED_CAST = new RegExp(
  String.raw`(?<cast>::(?:${WORD}\.)?(?<type>${WORD}|(?:character|bit) varying|double precision)(?:\(\d+(?:,\d+)?\))?(?<zone> with(?:out)? time zone)?(?:\[\])*)(?<named> AS (?<name>${WORD}))(?![\w$"])`,
  "y",
);

/** The server's own names of types that are printed otherwise, quoted where the word is a keyword. */
const INTERNAL: Readonly<Record<string, string>> = {
  "character varying": "varchar",
  "bit varying": "varbit",
  "double precision": "float8",
  character: "bpchar",
  integer: "int4",
  bigint: "int8",
  smallint: "int2",
  real: "float4",
  boolean: "bool",
  numeric: '"numeric"',
  interval: '"interval"',
  bit: '"bit"',
  time: '"time"',
  timestamp: '"timestamp"',
};

function nameOf({ type, zone }: Partial<Record<string, string>>): string | undefined {
  if (type === undefined) return undefined;
  if (zone === " with time zone") return type === "time" ? "timetz" : "timestamptz";
  return INTERNAL[type] ?? type;
}
