import { expect, test } from "vitest";
import { type Node, textOf, treesIn, walk } from "../../scripts/source-texts.ts";

/** Whose messages are not all sentences in the source yet; what they say is made one where it is shown. */
const NOT_YET = ["backup", "core", "journal", "machine", "migration", "postgres"];

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
    if (NOT_YET.includes(file.split("/")[1] ?? "")) return [];
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

test("each hint begins as a sentence, or is a command", () => {
  const all = said("hints");
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter(({ text }) => SMALL.test(text))).toEqual([]);
});
