import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseAst } from "rolldown/parseAst";

const ROOT = dirname(import.meta.dirname);

/** A node of a parsed file; what it holds follows from its type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** A string or template of the source; what is filled in stands as `${}`. */
export interface SourceText {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A file's tree. */
export interface SourceTree {
  readonly file: string;
  readonly source: string;
  readonly tree: Node;
}

export function treesIn(folder: string): readonly SourceTree[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = join(ROOT, folder, name);
      const source = readFileSync(path, "utf8");
      return { file: relative(ROOT, path), source, tree: parseAst(source, { lang: "ts" }, path) as unknown as Node };
    });
}

export function textsIn(folder: string): readonly SourceText[] {
  return treesIn(folder).flatMap(({ file, source, tree }) => {
    const found: SourceText[] = [];
    walk(tree, (node) => {
      const text = textOf(node);
      if (text !== undefined) found.push({ file, line: source.slice(0, node.start).split("\n").length, text });
    });
    return found;
  });
}

/** A literal's or template's text; undefined where a node is neither. */
export function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : undefined;
  if (node.type !== "TemplateLiteral") return undefined;
  const quasis = node["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.map(({ value }) => value.cooked).join("${}");
}

/** Each node below this one, and itself, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of Object.values(node)) {
    for (const one of Array.isArray(child) ? (child as unknown[]) : [child]) if (isNode(one)) walk(one, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value;
}
