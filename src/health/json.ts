import type { Kind } from "../core/kinds.ts";

/** `checks.db.ok`, `items[0].id`, `["a key with.dots"].x`: keys and indexes from the outside in. */
export interface JsonPath {
  readonly text: string;
  readonly keys: readonly (string | number)[];
}

export interface JsonExpectation {
  readonly path: JsonPath;
  /** The expected value as it was written: `ok`, `true`, `3`, `"quoted"`, `["a"]`. */
  readonly value: string;
}

/** A value inside a JSON document, or where the path ends. */
export type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

const KEY = /^(?:\.?([^.[\]="\s]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\])/;

/** Reads a path from the start of a text; returns what is left behind it. Throws where none stands there. */
function readPath(text: string): { readonly path: JsonPath; readonly rest: string } {
  let rest = text.replace(/^\$\.?/, "");
  const keys: (string | number)[] = [];
  for (let match = KEY.exec(rest); match !== null; match = KEY.exec(rest)) {
    if (match[2] !== undefined) keys.push(Number(match[2]));
    else keys.push(match[3] === undefined ? (match[1] ?? "") : (JSON.parse(`"${match[3]}"`) as string));
    rest = rest.slice(match[0].length);
  }
  const path = { text: text.slice(0, text.length - rest.length).trim(), keys };
  if (keys.length === 0) throw new Error(`has ${JSON.stringify(text)}, where no path can be read`);
  return { path, rest: rest.trimStart() };
}

export function parsePath(text: string): JsonPath {
  const { path, rest } = readPath(text.trim());
  if (rest !== "") throw new Error(`has ${JSON.stringify(text)}, where no path can be read from ${JSON.stringify(rest)} on`);
  return path;
}

export const jsonExpectations: Kind<readonly JsonExpectation[]> = {
  form: "`path=value`, one a line, such as status=ok, checks.db.ok=true or items[0].id=7",
  entries: { between: "=" },
  parse: (value) =>
    value
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => {
        const { path, rest } = readPath(line);
        if (!rest.startsWith("=")) throw new Error(`has ${JSON.stringify(line)}, which is not path=value`);
        return { path, value: rest.slice(1).trim() };
      }),
};

/** Follows a path; only a document's own keys count, so `length` or `constructor` are not found by accident. */
export function valueAt(document: unknown, path: JsonPath): Found {
  let value = document;
  for (const key of path.keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return { found: false };
    if (Array.isArray(value) && !/^\d+$/.test(String(key))) return { found: false };
    value = (value as Record<string | number, unknown>)[key];
  }
  return { found: true, value };
}

/** `true` means true and "true", `3` means 3, 3.0 and "3"; in double quotes it means the string alone. */
export function equalsText(value: unknown, text: string): boolean {
  if (typeof value === "string" && value === text) return true;
  let wanted: unknown;
  try {
    wanted = JSON.parse(text);
  } catch {
    // Not JSON, so it can only have meant a string, which was compared above.
    return false;
  }
  return same(value, wanted);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}

/** A value in at most 80 characters, for messages. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
