import { expect, test } from "vitest";
import { formatAgo, plural } from "../../src/core/format.ts";
import { miscounted } from "../lab/counted.ts";
import { type Node, treesIn, walk } from "../../scripts/source-texts.ts";

/** Never one: each is said where there are several, or of what there must be several of. */
const ALWAYS_SEVERAL: readonly string[] = [
  "src/deploy/call/missing-settings.ts",
  "src/machine/container/container.ts",
  "src/migration/down.ts",
];

test("what is counted is counted in one place: no source sets a number before a plural by itself", () => {
  const found: string[] = [];
  for (const { file, source, tree } of treesIn("src")) {
    walk(tree, (node) => {
      if (node.type !== "TemplateLiteral") return;
      const quasis = node["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
      for (const [at, expression] of (node["expressions"] as readonly (Node & { readonly end: number })[]).entries()) {
        const text = source.slice(expression.start, expression.end);
        const after = quasis[at + 1]?.value.cooked ?? "";
        const counts = /(?:\.(?:length|size|rowCount)|[cC]ount|\bcount|minutes|hours|days)$/.test(text) || text.startsWith("formatCount(");
        if (counts && /^ (?:[a-z-]+ ){0,2}[a-z]+s\b/.test(after)) found.push(`${file}: \${${text}}${after.slice(0, 30)}`);
      }
    });
  }
  expect(found.filter((one) => !ALWAYS_SEVERAL.some((file) => one.startsWith(file)))).toEqual([]);
});

test("one is one, and what is not a minute old is not `0 min ago`", () => {
  expect([plural(1, "backup"), plural(0, "backup"), plural(2, "entry", "entries")]).toEqual(["1 backup", "0 backups", "2 entries"]);
  expect([0, 59_000, 60_000, 3_600_000, 7_200_000, 86_400_000, 172_800_000].map(formatAgo)).toEqual([
    "just now",
    "just now",
    "1 min ago",
    "1 hour ago",
    "2 hours ago",
    "24 hours ago",
    "2 days ago",
  ]);
});

test("what the laboratory looks for in all that is printed", () => {
  for (const text of ["shop/production: 1 backups, 3 stable versions", "0 min ago", "1 other tables", "of 1 migrations"])
    expect(miscounted(text), text).toHaveLength(1);
  for (const text of [
    "1 backup",
    "11 backups",
    "1.1 backups",
    "1 h 0 min ago",
    "21 min ago",
    "3.1 tables",
    "10 min ago",
    "001 tables",
    "v1 tables",
  ])
    expect(miscounted(text), text).toEqual([]);
});
