/** A name as SQL quotes it. Always quoted: keywords, capitals, spaces and emoji are all fine. */
export function identifier(name: string): string {
  if (name === "" || name.includes("\0")) throw new RangeError("a name in SQL is neither empty nor holds a NUL byte");
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"`. */
export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** A text constant, right whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text in SQL holds no NUL byte");
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}
