import { type Node, type SourceTree, textOf, treesIn, walk } from "./source-texts.ts";

/** One place of the source that makes a failure: what it says, `…` where something is filled in, and by which code it is told apart. */
export interface FailurePlace {
  readonly file: string;
  readonly line: number;
  readonly messages: readonly string[];
  readonly codes: readonly string[];
  /** Whether a code is said, as a word or by handing on another failure's. */
  readonly coded: boolean;
  /** Refused before anything was touched. */
  readonly refusal: boolean;
}

const MAKERS = ["Failure", "refusal"];

/** Every place in `src` that makes a failure. */
export function failurePlaces(): readonly FailurePlace[] {
  return treesIn("src").flatMap((parsed) => placesIn(parsed));
}

function placesIn({ file, source, tree }: SourceTree): readonly FailurePlace[] {
  const consts = new Map<string, Node>();
  walk(tree, (node) => {
    const id = node["id"] as Node | undefined;
    const init = node["init"] as Node | null | undefined;
    if (node.type === "VariableDeclarator" && id?.type === "Identifier" && init) consts.set(id["name"] as string, init);
  });
  const places: FailurePlace[] = [];
  const add = (node: Node, place: Partial<FailurePlace>) => {
    const line = source.slice(0, node.start).split("\n").length;
    places.push({ file, line, messages: [], codes: [], coded: true, refusal: false, ...place });
  };
  walk(tree, (node) => {
    const name = ((node["callee"] as Node | undefined)?.["name"] ?? "") as string;
    const [first, second] = (node["arguments"] ?? []) as readonly Node[];
    if ((node.type === "NewExpression" || node.type === "CallExpression") && MAKERS.includes(name)) {
      const code = second === undefined ? undefined : propertyOf(second, "code", consts);
      const codes = code === undefined ? [] : wordsOf(code, consts);
      add(node, {
        messages: wordsOf(first, consts).map((text) => shown(text)),
        codes,
        coded: code !== undefined,
        refusal: name === "refusal",
      });
    } else if (name === "tagFailure") {
      add(node, { codes: wordsOf(first, consts), messages: wordsOf(second, consts).map((text) => shown(text)) });
    } else if (node.type === "CallExpression" && (node["callee"] as Node)["property"] !== undefined && first?.type === "ObjectExpression") {
      const method = ((node["callee"] as Node)["property"] as Node)["name"];
      const code = method === "with" ? propertyOf(first, "code", consts) : undefined;
      if (code !== undefined) add(node, { codes: wordsOf(code, consts) });
    }
    // What a program said, and which failure it is where that cannot be read: see `RecordSource`.
    if (node.type === "ObjectExpression" && propertyOf(node, "what", consts) !== undefined) {
      const code = propertyOf(node, "code", consts);
      const what = wordsOf(propertyOf(node, "what", consts), consts);
      if (code !== undefined)
        add(node, { codes: wordsOf(code, consts), messages: what.map((text) => shown(`${text} cannot be read: \${}.`)) });
    }
  });
  return places;
}

function shown(text: string): string {
  return text
    .replaceAll("${}", "…")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
}

/** A property of an object that is written out, or of one that is spread into it or named by a constant. */
function propertyOf(node: Node, name: string, consts: ReadonlyMap<string, Node>): Node | undefined {
  const object = node.type === "Identifier" ? consts.get(node["name"] as string) : node;
  if (object?.type !== "ObjectExpression") return undefined;
  for (const property of object["properties"] as readonly Node[]) {
    if (property.type === "SpreadElement") {
      const found = propertyOf(property["argument"] as Node, name, consts);
      if (found !== undefined) return found;
    } else if ((property["key"] as Node)["name"] === name) return property["value"] as Node;
  }
  return undefined;
}

/** Every text that an expression can be, as far as it is written in the same file. */
function wordsOf(node: Node | undefined, consts: ReadonlyMap<string, Node>, depth = 0): readonly string[] {
  if (node === undefined || depth > 4) return [];
  const text = textOf(node);
  if (text !== undefined) return [text];
  const again = (one: unknown) => wordsOf(one as Node, consts, depth + 1);
  switch (node.type) {
    case "ConditionalExpression":
      return [...again(node["consequent"]), ...again(node["alternate"])];
    case "LogicalExpression":
      return [...again(node["left"]), ...again(node["right"])];
    case "TSAsExpression":
    case "ParenthesizedExpression":
      return again(node["expression"]);
    case "Identifier":
      return again(consts.get(node["name"] as string));
    default:
      return [];
  }
}
