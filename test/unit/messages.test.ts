import { expect, test } from "vitest";
import { openAll } from "../../src/core/operation.ts";
import { operations as callable } from "../../src/operations.ts";
import { textsIn } from "../../scripts/source-texts.ts";

const operations = await openAll(callable);

test("no text in the source calls a program by a name that nobody may have installed: it names the command, or prints it whole", () => {
  const names = operations.map(({ name }) => name.split(" ")[0] ?? "");
  const bare = new RegExp(`\\bsavepoint (?:${[...new Set(names)].join("|")})\\b(?![-'])`);
  const wrong = textsIn("src")
    .filter(({ text }) => bare.test(text))
    .map(({ file, line, text }) => `${file}:${line}: ${text}`);
  expect(wrong).toEqual([]);
});
