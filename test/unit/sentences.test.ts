import { expect, test } from "vitest";
import { type Node, textOf, treesIn, walk } from "../../scripts/source-texts.ts";

/** A plain word in small letters; names (`pg_dump`, `app-dir`, paths, URLs) keep theirs. */
const SMALL = /^[a-z]+(?=[\s,]|:(?!\/\/)|$)/;
const ENDED = /[.?!:;…]$|[.?!]["'`)]$/;
/** What ends with something filled in (another failure's message, a command) has its end from there; PostgreSQL's words are its own. */
const FILLED_END = /\}$|\(SQLSTATE \$\{[^}]*\}\)$/;

interface Said {
  readonly at: string;
  readonly text: string;
}

/** What failures, notices and warnings of the source say, and hints: each text that is written where it is made. */
function said(kind: "messages" | "hints"): readonly Said[] {
  return treesIn("src").flatMap(({ file, source, tree }) => {
    const found: Said[] = [];
    const add = (node: Node | undefined): void => {
      if (node === undefined) return;
      if (node.type === "ConditionalExpression") {
        for (const branch of ["consequent", "alternate"]) add(node[branch] as Node);
        return;
      }
      const text = textOf(node);
      if (text === undefined || text === "") return;
      found.push({
        at: `${file}:${source.slice(0, node.start).split("\n").length}`,
        text: source.slice(node.start + 1, (node["end"] as number) - 1),
      });
    };
    walk(tree, (node) => {
      const callee = node["callee"] as Node | undefined;
      const [first, details] = (node["arguments"] ?? []) as readonly Node[];
      const failure = ["Failure", "refusal"].includes((callee?.["name"] ?? "") as string);
      const told = ["notice", "warning"].includes(((callee?.["property"] as Node | undefined)?.["name"] ?? "") as string);
      if (kind === "messages" && (failure || told)) add(first);
      if (kind === "hints" && failure && details?.type === "ObjectExpression")
        for (const property of details["properties"] as readonly Node[])
          if ((property["key"] as Node | undefined)?.["name"] === "hint") add(property["value"] as Node);
    });
    return found;
  });
}

test("each message of a failure, notice or warning is a sentence where it is written: a capital, a full stop", () => {
  const all = said("messages");
  expect(all.length).toBeGreaterThan(150);
  const wrong = all.filter(({ text }) => SMALL.test(text) || (!ENDED.test(text) && !FILLED_END.test(text)));
  expect(wrong).toEqual([]);
});

test("a cause quoted inside of a sentence gives up its own full stop there: `clauseOf`", () => {
  const quoted = treesIn("src").flatMap(({ file, source, tree }) => {
    const found: Said[] = [];
    walk(tree, (node) => {
      if (node.type !== "TemplateLiteral") return;
      for (const [at, expression] of (node["expressions"] as readonly Node[]).entries()) {
        const text = source.slice(expression.start, expression["end"] as number);
        const { value } = (node["quasis"] as readonly { readonly value: { readonly cooked: string } }[])[at + 1] ?? {};
        if (/^(?:messageOf\(.*\)|\w*[eE]rror\.message|cause\.message|trouble\.message)$/.test(text) && /^[.);,]/.test(value?.cooked ?? ""))
          found.push({ at: `${file}:${source.slice(0, node.start).split("\n").length}`, text });
      }
    });
    return found;
  });
  expect(quoted).toEqual([]);
});

test("each hint begins as a sentence, or is a command", () => {
  const all = said("hints");
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter(({ text }) => SMALL.test(text))).toEqual([]);
});
