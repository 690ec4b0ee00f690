import { printable } from "../core/printable.ts";
import type { Way } from "../core/way.ts";

/** Shorter texts are not hidden: they would blank out the log and hide nothing. */
const SHORTEST = 3;
const SHORTEST_LINE = 6;

/** Hides secrets in everything that is printed, in all the forms in which they may come back. */
export class Masker {
  /** Each form, and what it is where that is known: `the value of database-url`. */
  readonly #forms = new Map<string, string | undefined>();
  #pattern: RegExp | undefined;

  /** From now on the value prints as `***`, also in a way and a hint, which then say whose it is. Returns the forms that are new, for a runner's own masking. */
  add(value: string, source?: string): readonly string[] {
    const all = formsOf(value);
    const fresh = all.filter((form) => !this.#forms.has(form));
    const whole = new Set([value, value.trim()].flatMap(encodingsOf));
    const what = (form: string): string | undefined => source && `${whole.has(form) ? "" : "part of "}the value of ${source}`;
    for (const form of all) this.#forms.set(form, this.#forms.get(form) ?? what(form));
    if (fresh.length > 0) this.#pattern = undefined;
    return fresh;
  }

  mask(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#pattern ??= patternOf(this.#forms);
    const masked = text.replace(this.#pattern, "***");
    // Colours and the like are taken out before anything is shown: what they cut in pieces is whole again then.
    const shown = printable(masked);
    const again = shown.replace(this.#pattern, "***");
    return again === shown ? masked : again;
  }

  /** The same data with every text in it masked. Before any escaping: an escaped secret would not be recognised. */
  maskAll<T>(data: T): T {
    if (typeof data === "string") return this.mask(data) as T;
    if (Array.isArray(data)) return data.map((item: unknown) => this.maskAll(item)) as T;
    if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
    const masked = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.maskAll(value as unknown)]));
    const { command, means, hint } = data as Partial<Way> & { readonly hint?: unknown };
    if (typeof command === "string" && typeof means === "string" && this.touches(command))
      return { ...masked, hidden: this.#sourcesIn(command) } as T;
    const sources = typeof hint === "string" ? this.#sourcesIn(hint) : [];
    if (sources.length === 0) return masked as T;
    return { ...masked, hint: `${String(masked["hint"])}\n*** is a secret here: ${sources.join(", ")}.` } as T;
  }

  /** What is hidden in a text; empty where nobody knows. */
  #sourcesIn(text: string): readonly string[] {
    this.#pattern ??= patternOf(this.#forms);
    const found = this.#forms.size === 0 ? [] : [...text.matchAll(this.#pattern)].map(([form]) => this.#forms.get(form));
    return [...new Set(found.filter((what) => what !== undefined))];
  }

  /** Whether the text would print differently. */
  touches(text: string): boolean {
    return this.mask(text) !== text;
  }
}

/** A secret as it is, as logs and programs repeat it: encoded, quoted, line by line, and the password inside a URL. */
function formsOf(value: string): readonly string[] {
  const forms = new Set<string>();
  for (const part of [value, value.trim(), ...passwordsIn(value.trim())]) {
    if (part.length >= SHORTEST) for (const form of encodingsOf(part)) forms.add(form);
  }
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  // The armour of a key (`-----BEGIN …`) is no secret and stands in error messages.
  if (lines.length > 1) for (const line of lines) if (line.length >= SHORTEST_LINE && !line.startsWith("-----")) forms.add(line);
  return [...forms].filter((form) => form.length >= SHORTEST);
}

function encodingsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, "utf8");
  return [
    text,
    encodeURIComponent(text),
    encodeURI(text),
    new URLSearchParams([["", text]]).toString().slice(1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    JSON.stringify(text).slice(1, -1),
    text.replaceAll("'", String.raw`'\''`),
  ];
}

/**
 * The password of a URL, as written and decoded. Not one that is also the user, the server or the database: these are said
 * in the open, and `***` in their place would tell the password and make the log and the commands in it unreadable.
 */
function passwordsIn(text: string): readonly string[] {
  const [, login = "", host = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^/?#]*))?/i.exec(text) ?? [];
  const written = login.includes(":") ? [login.slice(login.indexOf(":") + 1)] : [];
  const queried = [...text.matchAll(/[?&](?:ssl)?password=([^&#]*)/gi)].map((match) => match[1] ?? "");
  const open = new Set([login.split(":", 1)[0] ?? "", host.replace(/:\d*$/, ""), path].map((word) => decoded(word)));
  return [...written, ...queried].flatMap((password) => (open.has(decoded(password)) ? [] : [password, decoded(password)]));
}

function decoded(text: string): string {
  // By hand, because one stray `%` must not leave the rest undecoded.
  return Buffer.from(
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    /%[0-9a-f]{2}/i.test(text) ? "latin1" : "utf8",
  ).toString("utf8");
}

function patternOf(forms: ReadonlyMap<string, unknown>): RegExp {
  const longestFirst = [...forms.keys()].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)).join("|"), "g");
}
