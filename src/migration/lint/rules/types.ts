import type { TypeName } from "libpg-query";
import type { Rule } from "../finding.ts";
import { meantType } from "../type-names.ts";
import { everyNode, wordsOfName } from "../tree.ts";

/** Names of types that the parser takes, and the server does not. */
export const TYPE_RULES: readonly Rule[] = [
  {
    name: "unknown-type",
    risk: "advice",
    finds: "a type that is a slip for one of PostgreSQL's (`timestampz`), or another database's (`datetime`), and that no file makes",
    look({ node, set: { types } }) {
      if (types === undefined) return [];
      const told = new Set<string>();
      return [...everyNode(node)].flatMap((each) => {
        const { typeName } = each as { readonly typeName?: TypeName };
        const words = wordsOfName(typeName?.names);
        const [name = ""] = words;
        // With a schema it is somebody's own.
        const meant = words.length === 1 && !types.has(name) && !told.has(name) ? meantType(name) : undefined;
        if (meant === undefined) return [];
        told.add(name);
        const at = typeName?.location;
        return [
          {
            message: `${name} is no type of PostgreSQL, and none of these files makes it; is ${meant} meant? Where no extension brings it either, the server refuses the statement.`,
            ...(at !== undefined && { at }),
          },
        ];
      });
    },
  },
];
