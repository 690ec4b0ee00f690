import { quoted } from "../core/format.ts";
import type { Kind } from "../core/kinds.ts";
import { nearest } from "../core/nearest.ts";
import type { AnswerHeaders } from "./headers.ts";
import { type JsonPath, parsePath, showValue, valueAt } from "./json.ts";

/** Where the app tells which version it is, or the version itself as it was written. */
export type VersionSource =
  | { readonly from: "json"; readonly path: JsonPath }
  | { readonly from: "header"; readonly name: string }
  | { readonly from: "body" }
  | { readonly from: "literal"; readonly text: string };

/** The version that must answer: its full commit, and the other names it goes by (tags, a release number). */
export interface ExpectedVersion {
  readonly commit: string;
  readonly names: readonly string[];
}

export const versionSource: Kind<VersionSource> = {
  form: "where the app tells its version: json:path, header:Name or body; or a version that the body must contain",
  parse(value) {
    const text = value.trim();
    if (text === "body") return { from: "body" };
    const match = /^(\w+):\s*(.*)$/s.exec(text);
    if (match === null) return { from: "literal", text };
    const [, source = "", rest = ""] = match;
    if (source === "json") return { from: "json", path: parsePath(rest) };
    if (source === "header" && /^[\w-]+$/.test(rest)) return { from: "header", name: rest };
    // `sha256:…` is a version, `jsn:version` a slip of the pen that would never come true.
    if (nearest(source, ["json", "header"]) !== undefined) throw new Error(`is ${quoted(value)}`);
    return { from: "literal", text };
  },
};

/**
 * Whether what the app says is the expected version: the commit, 7 or more of its first digits, one of its
 * names (a leading `v` does not count), or a version that ends in the commit (`1.4.0+abc1234`, `1.4.0-2-gabc1234`).
 */
export function saysVersion(said: string, expected: ExpectedVersion): boolean {
  const text = said.trim();
  if (isCommit(text, expected.commit)) return true;
  const suffix = /(?:\+|-g)([0-9a-f]{7,64})$/i.exec(text)?.[1];
  if (suffix !== undefined && isCommit(suffix, expected.commit)) return true;
  return expected.names.some((name) => name !== "" && withoutV(name) === withoutV(text));
}

function isCommit(text: string, commit: string): boolean {
  return text.length >= 7 && /^[0-9a-f]+$/i.test(text) && commit.toLowerCase().startsWith(text.toLowerCase());
}

function withoutV(name: string): string {
  return name.replace(/^v(?=\d)/, "");
}

/** The words of a text that could be versions; a full stop behind one ends a sentence. */
function words(text: string): readonly string[] {
  return (text.match(/[\w.+/-]+/g) ?? []).map((word) => word.replace(/\.+$/, ""));
}

export interface Telling {
  readonly headers: AnswerHeaders;
  readonly body: string;
  /** The parsed body, or why it is none. */
  readonly json: () => { readonly document: unknown } | { readonly problem: string };
}

/** What is wrong with the version that answers, or undefined. */
export function versionProblem(source: VersionSource, expected: ExpectedVersion, telling: Telling): string | undefined {
  const wanted = source.from === "literal" ? source.text : describe(expected);
  switch (source.from) {
    case "literal":
    case "body": {
      const version = source.from === "body" ? expected : { commit: source.text, names: [source.text] };
      // `sha256:…` is no single word.
      const literally = source.from === "literal" && !/^[\w.+/-]+$/.test(source.text) && telling.body.includes(source.text);
      return literally || words(telling.body).some((word) => saysVersion(word, version))
        ? undefined
        : `the body does not name version ${wanted}`;
    }
    case "header": {
      const said = telling.headers.get(source.name.toLowerCase());
      if (said === undefined) return `the answer has no header ${source.name}, where version ${wanted} was expected`;
      return said.some((one) => saysVersion(one, expected))
        ? undefined
        : `version ${JSON.stringify(said.join(", ").slice(0, 100))} answers, expected ${wanted}`;
    }
    case "json": {
      const read = telling.json();
      if ("problem" in read) return read.problem;
      const at = valueAt(read.document, source.path);
      if (!at.found) return `the JSON has no ${source.path.text}, where version ${wanted} was expected`;
      const said = typeof at.value === "string" || typeof at.value === "number" ? String(at.value) : undefined;
      return said !== undefined && saysVersion(said, expected) ? undefined : `version ${showValue(at.value)} answers, expected ${wanted}`;
    }
  }
}

function describe(expected: ExpectedVersion): string {
  const [name] = expected.names;
  const commit = expected.commit.slice(0, 7);
  return name === undefined || name === "" ? commit : `${name} (${commit})`;
}
