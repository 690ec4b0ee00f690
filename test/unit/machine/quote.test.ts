import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quote, unquote } from "../../../src/machine/quote.ts";
import { anyText } from "../any-text.ts";

test.each([
  [["pg_dump", "--format=custom", "/srv/a b"], "pg_dump --format=custom '/srv/a b'"],
  [["echo", ""], "echo ''"],
  [["echo", "it's"], String.raw`echo 'it'\''s'`],
  [["A=b", "A=b"], "'A=b' A=b"],
  [["if", "if"], "'if' if"],
  [["echo", "~", "*", "$(x)", "a;b"], "echo '~' '*' '$(x)' 'a;b'"],
])("%j becomes %s", (words, line) => {
  expect(quote(words)).toBe(line);
  expect(unquote(line)).toEqual(words);
});

test("a word with a NUL is refused", () => {
  expect(() => quote(["echo", "a\0b"])).toThrow("NUL");
});

test("a shell splits the line into exactly the words it was made of", () => {
  const odd = fc.oneof(anyText(), fc.constantFrom("'", '"', "\\", "\n", "$(id)", "-n", "~root", "a=b", "😀", "`", "!", "#"));
  const word = odd.map((text) => text.replaceAll("\0", "").toWellFormed());
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
      const out = execFileSync("sh", ["-c", `${quote(["set", "--", ...words])}; for word do printf '%s\\000' "$word"; done`]);
      expect(out.toString("utf8").split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 60 },
  );
  // 60 shells, on a machine that may be busy with other things.
}, 120_000);

test("a line is read back as the words it was made of", () => {
  const word = fc.oneof(fc.string(), fc.constantFrom("", "'", "''", "a'b", "\\", "--reason", "a b\nc"));
  fc.assert(
    fc.property(
      fc.array(
        word.map((text) => text.replaceAll("\0", "")),
        { minLength: 1 },
      ),
      (words) => {
        expect(unquote(quote(words))).toEqual(words);
      },
    ),
  );
});
