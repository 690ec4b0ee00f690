import type { DropStmt } from "libpg-query";
import { wordsOfName } from "../lint/tree.ts";
import { type Around, type Effect, lockOn, namedTable } from "./effect.ts";

/** What columns may be of: CASCADE takes them along. */
const OF_COLUMNS = new Set(["OBJECT_DOMAIN", "OBJECT_EXTENSION", "OBJECT_TYPE"]);

/** DROP, whatever of. What lint's rules say of it already is not said again. */
export function dropped(statement: DropStmt, around: Around): Effect {
  const { removeType = "", objects = [], concurrent } = statement;
  const named = objects.flatMap((object) => namedTable(object) ?? []);
  switch (removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE":
    case "OBJECT_MATVIEW":
    case "OBJECT_VIEW":
      return { locks: named.flatMap((table) => lockOn(table, "ACCESS EXCLUSIVE", around)) };
    case "OBJECT_INDEX":
      return {
        locks: named.map((on) => ({ on, ofIndex: true, mode: concurrent === true ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE" })),
        unfit: "its queries may need the index, and ON CONFLICT a unique one",
      };
    case "OBJECT_TRIGGER":
    case "OBJECT_POLICY":
    case "OBJECT_RULE": {
      // The last word is the trigger's own name.
      const tables = objects.flatMap((object) => {
        const words = wordsOfName([object]).slice(0, -1);
        const name = words.at(-1);
        return name === undefined ? [] : { schema: words.at(-2), name };
      });
      return {
        locks: tables.flatMap((table) => lockOn(table, "ACCESS EXCLUSIVE", around)),
        unfit: tables.every((table) => around.made(table)) ? undefined : "what it writes and reads is no longer guarded or completed by it",
      };
    }
    default:
      return {
        unfit: "it may use what is dropped",
        ...(statement.behavior === "DROP_CASCADE" &&
          OF_COLUMNS.has(removeType) && { loses: "columns of its type go with it, and their values" }),
      };
  }
}
