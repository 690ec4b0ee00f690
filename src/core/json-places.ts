/** What a text is as JSON. */
export interface JsonPlaces {
  /** Where the first character stands that is wrong; undefined in a text that is right. `ends`: nothing is, but for its end. */
  readonly wrong: { readonly at: number; readonly ends: boolean } | undefined;
  /** Where the value of a path begins; of one that is not there, where what should hold it does. */
  at(path: readonly (string | number)[]): number;
}

const TEXT = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`;
const TOKEN = new RegExp(
  String.raw`[ \t\r\n]*([{}[\],:]|${TEXT}"|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))`,
  "y",
);
/** What begins a token and is cut off by the end of the text. */
const BEGUN = new RegExp(
  String.raw`[ \t\r\n]*(?:${TEXT}(?:\\(?:u[0-9a-fA-F]{0,3})?)?|-?(?:0|[1-9]\d*)?(?:(?<=\d)\.\d*)?(?:(?<=\d)[eE][+-]?)?|t(?:ru?)?|f(?:a(?:ls?)?)?|nu?l?)$`,
  "y",
);

type Want = "a value" | "a value or the end" | "a name" | "a name or the end" | "a colon" | "a comma or the end" | "nothing";

/** Reads a text as JSON.parse does, and says what that does not: where each value stands, and where the text goes wrong. */
export function findJson(text: string): JsonPlaces {
  const places = new Map<string, number>();
  const wrong = read(text, places);
  return {
    wrong,
    at(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const found = places.get(JSON.stringify(path.slice(0, length)));
        if (found !== undefined) return found;
      }
      return places.get("[]") ?? 0;
    },
  };
}

function read(text: string, places: Map<string, number>): JsonPlaces["wrong"] {
  /** Of each list or object that is open, the place in it. */
  const path: (string | number)[] = [];
  let want: Want = "a value";
  for (let next = 0; ;) {
    TOKEN.lastIndex = next;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) {
      const at = next + (/^[ \t\r\n]*/.exec(text.slice(next))?.[0].length ?? 0);
      if (at === text.length) return want === "nothing" ? undefined : { at, ends: true };
      BEGUN.lastIndex = next;
      return BEGUN.test(text) && mayBegin(want, text.charAt(at)) ? { at: text.length, ends: true } : { at, ends: false };
    }
    next = TOKEN.lastIndex;
    const then = follow(want, token, path);
    const at = next - token.length;
    if (then === undefined) return { at, ends: false };
    if (want.startsWith("a value") && token !== "]")
      places.set(JSON.stringify(token === "{" || token === "[" ? path.slice(0, -1) : path), at);
    want = then;
  }
}

function mayBegin(want: Want, first: string): boolean {
  return first === '"' ? want.startsWith("a value") || want.startsWith("a name") : want.startsWith("a value");
}

/** What may stand behind a token; undefined where it may not stand there itself. */
function follow(want: Want, token: string, path: (string | number)[]): Want | undefined {
  const inside = path.at(-1);
  const after = (): Want => (path.length === 0 ? "nothing" : "a comma or the end");
  if (want.endsWith("or the end") && token === (typeof inside === "number" ? "]" : "}")) {
    path.pop();
    return after();
  }
  if (want.startsWith("a value")) {
    if (token === "{" || token === "[") {
      path.push(token === "{" ? "" : 0);
      return token === "{" ? "a name or the end" : "a value or the end";
    }
    return /^["\w-]/.test(token) ? after() : undefined;
  }
  if (want.startsWith("a name") && token.startsWith('"')) {
    path[path.length - 1] = JSON.parse(token) as string;
    return "a colon";
  }
  if (want === "a colon" && token === ":") return "a value";
  if (want === "a comma or the end" && token === ",") {
    if (typeof inside !== "number") return "a name";
    path[path.length - 1] = inside + 1;
    return "a value";
  }
  return undefined;
}

/** `line 3, column 8`, from 1 both. */
export function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
