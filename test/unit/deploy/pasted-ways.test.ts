import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { FAILURES } from "../../lab/failures.ts";
import { type Node, textOf, treesIn, walk } from "../source-texts.ts";

const TESTS = resolve(import.meta.dirname, "../..");

/** Pasted in a test that brings it about for another reason as well. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, name: string]>> = {
  "too-many-replaced": [
    "integration/deploy/replaced.test.ts",
    "beyond max-replaced refuse the next deploy, and the printed command makes room for it",
  ],
  "still-up": [
    "integration/deploy/nothing-ran.test.ts",
    "and what could not be stopped is said to be up, with what ends it, and needs a person",
  ],
  apart: [
    "integration/deploy/paste.test.ts",
    "code and schema that a restore by hand left apart: status needs a person, and what it prints brings them together",
  ],
};

interface Field extends Node {
  readonly key: { readonly name?: string };
  readonly value: Node;
}

function fieldOf(object: Node, name: string): Node | undefined {
  const fields = object["properties"] as readonly Field[];
  return fields.find((one) => one.type === "Property" && one.key.name === name)?.value;
}

/** Ways that only look: what they lead to is what the next test of them says. */
function onlyLooks(ways: Node): boolean {
  const elements = ways.type === "ArrayExpression" ? (ways["elements"] as readonly Node[]) : [];
  return (
    elements.length > 0 &&
    elements.every((one) => /^(?:statusWay|listWay)$/.test((one["callee"] as { readonly name?: string })?.name ?? ""))
  );
}

/** The details of each failure that names its ways where it is made. */
function failuresWithWays(): readonly { readonly at: string; readonly code: string | undefined }[] {
  return treesIn("src").flatMap(({ file, source, tree }) => {
    const found: { at: string; code: string | undefined }[] = [];
    walk(tree, (node) => {
      const callee = node["callee"] as { readonly name?: string } | undefined;
      if (callee?.name !== "Failure" && callee?.name !== "refusal") return;
      const [, details] = node["arguments"] as readonly Node[];
      if (details?.type !== "ObjectExpression") return;
      const ways = fieldOf(details, "ways");
      if (ways === undefined || onlyLooks(ways)) return;
      const code = fieldOf(details, "code");
      // A code that is another failure's is that one's matter.
      if (code?.type === "MemberExpression") return;
      const codes = code?.type === "ConditionalExpression" ? [code["consequent"], code["alternate"]] : [code];
      const at = `${file}:${source.slice(0, node.start).split("\n").length}`;
      for (const one of codes as readonly (Node | undefined)[]) found.push({ at, code: one && (textOf(one) ?? constantIn(source, one)) });
    });
    return found;
  });
}

/** `code` for `const code = "state-unsafe"`. */
function constantIn(source: string, { name }: Node): string | undefined {
  return new RegExp(`const ${String(name)} = "([^"]+)"`).exec(source)?.[1];
}

test("each failure that prints ways has a code, and each of its ways is pasted in a test", () => {
  const pasted = new Set([...FAILURES.flatMap(({ codes }) => codes), ...Object.keys(ELSEWHERE)]);
  const sites = failuresWithWays();
  expect(sites.length).toBeGreaterThan(8);
  expect(sites.filter(({ code }) => code === undefined || !pasted.has(code))).toEqual([]);
});

test("what is pasted elsewhere is there", () => {
  for (const [file, name] of Object.values(ELSEWHERE)) {
    expect(existsSync(join(TESTS, file))).toBe(true);
    expect(readFileSync(join(TESTS, file), "utf8")).toContain(`"${name}"`);
  }
});
