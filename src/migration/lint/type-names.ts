import type { Migration } from "../migration.ts";

/** What PostgreSQL has, and people write by hand: of these a type's name may be a slip; of two that are as near, the first. */
const BUILT_IN =
  "bigint bigserial boolean bytea bpchar character cidr circle daterange datemultirange decimal float4 float8 inet int4range int8range int4multirange int8multirange integer interval jsonb jsonpath lseg macaddr macaddr8 money numeric nummultirange numrange oidvector pg_lsn point polygon record refcursor serial serial4 serial8 smallint smallserial timestamptz timestamp timetz trigger tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector uuid varbit varchar void xid8 internal cstring int2vector aclitem unknown event_trigger language_handler".split(
    " ",
  );

/** What other databases have, and what is meant by it here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  datetime: "timestamptz",
  datetime2: "timestamptz",
  smalldatetime: "timestamptz",
  datetimeoffset: "timestamptz",
  tinyint: "smallint",
  mediumint: "integer",
  double: "double precision",
  nvarchar: "text",
  ntext: "text",
  tinytext: "text",
  mediumtext: "text",
  longtext: "text",
  tinyblob: "bytea",
  mediumblob: "bytea",
  longblob: "bytea",
  varbinary: "bytea",
  uniqueidentifier: "uuid",
};

/** Types of extensions, which may come from outside of the files, and whose names are near to others. */
const OF_EXTENSIONS: ReadonlySet<string> = new Set("halfvec sparsevec vector geometry geography hstore citext ltree lquery".split(" "));

/** Shorter words are near to too many: `rate` is no slip for `date`. */
const SHORTEST = 6;

/** What is meant by a type that no server has by itself; undefined where somebody may have made it. */
export function meantType(name: string): string | undefined {
  const elsewhere = ELSEWHERE[name];
  if (elsewhere !== undefined) return elsewhere;
  if (name.length < SHORTEST || BUILT_IN.includes(name) || OF_EXTENSIONS.has(name) || !/^[a-z]\w*$/.test(name)) return undefined;
  // More than one of something is a type of one's own.
  return BUILT_IN.find((known) => name !== `${known}s` && isSlip(name, known));
}

/** One letter too many, too few or another, or two that are swapped. */
function isSlip(word: string, known: string): boolean {
  if (Math.abs(word.length - known.length) > 1) return false;
  let at = 0;
  while (at < known.length && word[at] === known[at]) at += 1;
  const [rest, meant] = [word.slice(at), known.slice(at)];
  const swapped = `${rest[1] ?? ""}${rest[0] ?? ""}${rest.slice(2)}`;
  return rest.slice(1) === meant.slice(1) || rest.slice(1) === meant || rest === meant.slice(1) || swapped === meant;
}

const MADE = /\b(?:type|domain|table|view)\s+(?:if\s+not\s+exists\s+)?(?:(?:"[^"]+"|\w+)\s*\.\s*)?(?:"([^"]+)"|(\w+))/gi;

/** Names that any of the files may have made as a type, by its text alone: to parse all of them would take longer than all rules. */
export function typesMadeIn(files: readonly Migration[]): ReadonlySet<string> {
  const made = new Set<string>();
  for (const { up } of files) for (const [, quoted, plain = ""] of up.sql.matchAll(MADE)) made.add(quoted ?? plain.toLowerCase());
  return made;
}
