import { isDeepStrictEqual } from "node:util";
import type { Document, Node, Pair, YAMLMap } from "yaml";

/** What of `yaml` is needed; it is loaded by whoever needs it. */
type Yaml = Pick<typeof import("yaml"), "isAlias" | "isMap" | "isScalar" | "isSeq" | "parseDocument" | "stringify">;

/** A value, and the keys that lead to it. */
export interface PathValue {
  readonly path: readonly string[];
  readonly value: string | readonly string[];
}

/**
 * The same text with these values in it, and not one other byte changed: each stands below what its block holds already.
 * Undefined where that cannot be done by adding lines or replacing a scalar (braces, anchors).
 */
export function insertSettings(yaml: Yaml, text: string, values: readonly PathValue[]): string | undefined {
  const wanted = yaml.parseDocument(text, { stringKeys: true });
  for (const { path, value } of values) wanted.setIn(path, wanted.createNode(value));
  let changed: string | undefined = text;
  for (const one of values) changed = changed === undefined ? undefined : insertOne(yaml, changed, one);
  if (changed === undefined) return undefined;
  const made = yaml.parseDocument(changed, { stringKeys: true });
  return made.errors.length === 0 && isDeepStrictEqual(made.toJS(), wanted.toJS()) ? changed : undefined;
}

function insertOne(yaml: Yaml, text: string, { path, value }: PathValue): string | undefined {
  const document = yaml.parseDocument(text, { stringKeys: true });
  if (document.errors.length > 0) return undefined;
  const { map, depth } = deepest(yaml, document, path);
  if (map === undefined || map.flow === true || map.items.length === 0) return undefined;
  const there = pairOf(map, path[depth] ?? "");
  if (there !== undefined) return depth === path.length - 1 ? replaced(yaml, text, there, value) : undefined;
  const first = map.items[0]?.key as Node | undefined;
  const start = first?.range?.[0];
  if (start === undefined) return undefined;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const tree = path.slice(depth).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const lines = yaml.stringify(tree, { lineWidth: 0 }).replace(/^(?=.)/gm, " ".repeat(column));
  const at = endOf(yaml, text, map, column);
  const before = text.slice(0, at);
  return `${before}${before.endsWith("\n") ? "" : "\n"}${lines}${text.slice(at)}`;
}

/** The map in which the path ends, or below which it goes on with what is not there yet. */
function deepest(yaml: Yaml, document: Document, path: readonly string[]): { readonly map: YAMLMap | undefined; readonly depth: number } {
  let map = yaml.isMap(document.contents) ? document.contents : undefined;
  for (let depth = 0; depth < path.length - 1; depth += 1) {
    const next = map === undefined ? undefined : pairOf(map, path[depth] ?? "")?.value;
    if (!yaml.isMap(next)) return { map, depth };
    map = next;
  }
  return { map, depth: path.length - 1 };
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => String(pair.key) === key);
}

function replaced(yaml: Yaml, text: string, { value: there }: Pair, value: PathValue["value"]): string | undefined {
  if (typeof value !== "string" || !yaml.isScalar(there) || !there.range || there.anchor !== undefined) return undefined;
  const [from, to] = there.range;
  const written = yaml.stringify(value, { lineWidth: 0 }).trimEnd();
  return written.includes("\n") || text.slice(from, to).includes("\n") ? undefined : text.slice(0, from) + written + text.slice(to);
}

/** Where the lines of a block end, with the comments that belong to it: those that stand as far in as it does, or farther. */
function endOf(yaml: Yaml, text: string, map: YAMLMap, column: number): number {
  let at = lastByte(yaml, map);
  if (at > 0 && text[at - 1] !== "\n") at = lineEnd(text, at);
  for (let line = at; line < text.length;) {
    const end = lineEnd(text, line);
    const [, space = "", rest = ""] = /^( *)(.*)/.exec(text.slice(line, end)) ?? [];
    if (rest.startsWith("#") && space.length >= column && column > 0) at = end;
    else if (rest !== "") break;
    line = end;
  }
  return at;
}

function lastByte(yaml: Yaml, node: unknown): number {
  if ((yaml.isMap(node) || yaml.isSeq(node)) && node.flow !== true && node.items.length > 0) {
    const last = node.items.at(-1);
    return lastByte(yaml, yaml.isMap(node) ? ((last as Pair).value ?? (last as Pair).key) : last);
  }
  return (node as Node).range?.[1] ?? 0;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}
