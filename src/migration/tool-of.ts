import { KNOWN_TOOLS, type KnownTool } from "./known.ts";

/** The tool whose table has this name and these columns. `hasBeside`: whether a table stands in the same schema. */
export function toolOf(
  name: string,
  columns: readonly string[],
  hasBeside: (name: string) => boolean = () => false,
): KnownTool | undefined {
  return KNOWN_TOOLS.find(
    (known) =>
      known.columns.every((column) => columns.includes(column)) &&
      (known.more || known.columns.length === columns.length) &&
      (known.names === undefined || known.names.includes(name)) &&
      (known.saysMigration === undefined || /migration/i.test(name)) &&
      (known.beside === undefined || hasBeside(known.beside)),
  );
}

/** For messages: `dbmate or Rails` where the columns alone cannot tell. */
export function foreignTool(name: string, columns: readonly string[]): string | undefined {
  const found = toolOf(name, columns)?.tool;
  return found === "dbmate" ? "dbmate or Rails" : found;
}
