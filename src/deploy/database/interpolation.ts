/** What a variable is: its text, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Puts variables into a text as compose does: `$NAME`, `${NAME}`, `${NAME:-default}` and its like, `$$` for one `$`. A `$`
 * before anything else is itself. Throws an Error that repeats nothing of the text.
 */
export function interpolate(text: string, lookup: Lookup): string {
  let result = "";
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    const name = NAME.exec(rest)?.[0];
    if (rest.startsWith("$")) {
      result += "$";
      at = dollar + 2;
    } else if (name !== undefined) {
      result += lookup(name) ?? "";
      at = dollar + 1 + name.length;
    } else if (rest.startsWith("{")) {
      const end = closing(rest);
      result += braced(rest.slice(1, end), lookup);
      at = dollar + 1 + end + 1;
    } else {
      result += "$";
      at = dollar + 1;
    }
  }
  return result;
}

/** The names that a text may ask for, over all its `$`. */
export function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name = ""]) => name));
}

/** Where the brace that `text` begins with is closed. */
function closing(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charAt(at) === "{") open += 1;
    if (text.charAt(at) === "}" && (open -= 1) === 0) return at;
  }
  throw new Error("has a ${ without its }");
}

function braced(inside: string, lookup: Lookup): string {
  const name = NAME.exec(inside)?.[0];
  const [, colon = "", sign = "", rest = ""] = /^(:?)([-+?])(.*)$/.exec(inside.slice(name?.length ?? 0)) ?? [];
  if (name === undefined || (sign === "" && inside !== name)) {
    throw new Error("has a ${…} that compose does not know: it knows ${NAME}, ${NAME:-default}, ${NAME:+instead}, ${NAME:?message}");
  }
  const value = lookup(name);
  const set = value !== undefined && !(colon === ":" && value === "");
  switch (sign) {
    case "-":
      return set ? value : interpolate(rest, lookup);
    case "+":
      return set ? interpolate(rest, lookup) : "";
    case "?":
      if (!set) throw new Error(`wants ${name}, which is not set`);
      return value;
    default:
      return value ?? "";
  }
}
