import type { Rule } from "../finding.ts";
import { everyNode } from "../tree.ts";

/** A URL with a password in it, or a connection's words with one; a name in place of it (`${PASSWORD}`, `:password`) is none. */
const SECRET = /:\/\/[^\s/:@]+:(?![\s:$<{*])[^\s/@]+@|\bpassword\s*=\s*(?![\s:$<{*'])\S/i;

/** Without these no statement says one: most trees need no walk. */
const MAYBE = /password|:\/\//i;

/** What would stand in the repository, in the server's log and in the history for ever. */
export const SECRET_RULES: readonly Rule[] = [
  {
    name: "password-in-file",
    risk: "secret",
    finds: "a password of a role, a user mapping, a subscription, a connection or a URL",
    look({ node, statement }) {
      if (!MAYBE.test(statement.sql)) return [];
      const told = new Set<string>();
      for (const each of everyNode(node)) {
        const option = each as {
          readonly defname?: string;
          readonly arg?: { readonly String?: { readonly sval?: string } };
          readonly sval?: unknown;
          readonly conninfo?: unknown;
        };
        if (option.defname === "password" && (option.arg?.String?.sval ?? "") !== "") told.add("password");
        for (const text of [option.sval, option.conninfo]) if (typeof text === "string" && SECRET.test(text)) told.add("connection");
      }
      return told.size === 0
        ? []
        : [
            {
              message:
                "A password stands in the file: whoever reads the repository, the server's log or the history of migrations has it, for ever.",
              instead:
                "-- The role without a password here; its password is set by hand or by what keeps your secrets:\n-- \\password ROLE in psql sends no plain text.",
            },
          ];
    },
  },
];
