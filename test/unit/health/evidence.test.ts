import { expect, test } from "vitest";
import { bodyLines, shortLine, lastOutput, cleanText } from "../../../src/health/excerpt.ts";
import { requestHeaders } from "../../../src/health/headers.ts";
import { masker, secretsInHeaders } from "../../../src/health/masking.ts";
import { Secret } from "../../../src/core/secret.ts";

test("colours, titles, bells and marks that turn text around are taken out; letters of all kinds stay", () => {
  expect(cleanText("\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\u0000\u0008\rb\r\nção 🚀\u202e\t!")).toBe("red ab\nção 🚀\t!");
});

test("a line of a body cannot be taken for a command of the log", () => {
  expect(bodyLines("::error::boo\n  ::set-output::", 30)).toEqual(["body:", "| ::error::boo", "|   ::set-output::"]);
});

test("of a long body the beginning is shown, and how much there was", () => {
  const [head, text] = bodyLines("x".repeat(5000), 5000);
  expect([head, text?.length]).toEqual(["body (the first 2.0 kB of 5.0 kB):", 2050]);
  expect(bodyLines("", 0)).toEqual(["body: empty"]);
  expect(bodyLines("\u0000\u0001", 2)).toEqual(["body: 2 B, nothing printable"]);
});

test("of a command's output the last lines are shown", () => {
  const lines = Array.from({ length: 21 }, (_, index) => `line ${index}`);
  expect(lastOutput(lines)).toHaveLength(21);
  expect(lastOutput(lines)[0]).toBe("output (the last 20 lines):");
  expect(lastOutput(lines.slice(1))[0]).toBe("output:");
  expect(lastOutput([])).toEqual(["output: none"]);
});

test("one line is one line", () => {
  expect(shortLine(" a\n\n b\tc ")).toBe("a b c");
  expect(shortLine("x".repeat(400))).toHaveLength(300);
});

test("what a header hides is found: the token, the password, the cookies", () => {
  const basic = Buffer.from("me:canary-password").toString("base64");
  const headers = requestHeaders.parse(
    `Authorization: Bearer canary-token\nProxy-Authorization: Basic ${basic}\nCookie: a=canary-a; b=canary-b\nX-Api-Key: canary-key`,
  );
  const mask = masker(secretsInHeaders(headers));
  const shown = mask(`canary-token canary-password ${basic} canary-a canary-b canary-key Bearer canary-token`);
  expect(shown).toBe("*** *** *** *** *** *** ***");
});

test("ordinary header values do not make the log unreadable", () => {
  const headers = requestHeaders.parse("Accept: application/json\nX-Forwarded-Proto: https\nX-Debug: true\nHost: shop.example");
  expect(secretsInHeaders(headers)).toEqual([]);
});

test("a secret is hidden in its encoded forms too", () => {
  const mask = masker([new Secret('p&ss "x"')]);
  expect(mask(`${encodeURIComponent('p&ss "x"')} ${Buffer.from('p&ss "x"').toString("base64")} ${JSON.stringify({ a: 'p&ss "x"' })}`)).toBe(
    '*** *** {"a":"***"}',
  );
});

test("a secret of one or two letters does not blank out the evidence", () => {
  expect(masker([new Secret("a"), new Secret("ok")])("a token: ok")).toBe("a token: ok");
});
