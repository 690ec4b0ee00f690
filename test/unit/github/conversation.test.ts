import { expect, test } from "vitest";
import { quietMarkdown } from "../../../src/github/quiet-markdown.ts";
import { markdownFence, markdownTable, markdownText } from "../../../src/github/markdown.ts";
import { pullRequestIn } from "../../../src/github/pull-request.ts";

const NOTHING = "\u200B";

/** What GitHub reads once entities are characters, with a space of no width as `·`. */
const read = (markdown: string): string =>
  quietMarkdown(markdown)
    .replaceAll("&#8203;", "·")
    .replaceAll(NOTHING, "·")
    .replaceAll("&#64;", "@")
    .replaceAll("&#47;", "/")
    .replaceAll("&amp;", "&");

test("what somebody else wrote calls nobody and links to no other issue", () => {
  expect(read(markdownText("ask @team/admins, and @ada"))).toBe("ask @·team/admins, and @·ada");
  expect(read(markdownText("fixes #12, shop#3, GH-4 and gh-5; F#"))).toBe("fixes #·12, shop#·3, GH-·4 and gh-·5; F#");
  expect(read(markdownText("see https://github.com/a/b/issues/1"))).toBe("see https:/·/github.com/a/b/issues/1");
  expect(read(markdownText("](@ada) [x](@ada)"))).toBe(String.raw`\](@·ada) \[x\](@·ada)`);
  expect(read(markdownTable(["file"], [["001_@ada.sql"], ["a\n@b"]]))).toContain("001\\_@·ada.sql |\n| a<br>@·b");
});

test("what stands as code, and our own links, stay as they are", () => {
  const fence = markdownFence(["deploy@shop.example #1", "````", "@ada"]);
  expect(quietMarkdown(fence)).toBe(fence);
  expect(quietMarkdown(`${fence}\n@ada`).endsWith("@&#8203;ada")).toBe(true);
  expect(quietMarkdown("[`42P07`](https://x/docs#42p07)")).toBe("[`42P07`](https://x/docs#42p07)");
  expect(read(markdownText("`a@b #1` and @ada"))).toBe("<code>a@b #1</code> and @·ada");
});

test("the event says which pull request it is, and whether it is a fork's", () => {
  const base = { repo: { full_name: "example/shop" } };
  const sha = "a".repeat(40);
  const event = (number: unknown, head: unknown) => ({ pull_request: { number, head, base } });
  expect(pullRequestIn(event(7, { sha, repo: base.repo }))).toEqual({ number: 7, head: sha, fork: false });
  expect(pullRequestIn(event(7, { sha: "x @ada", repo: { full_name: "mallory/shop" } }))).toEqual({
    number: 7,
    head: undefined,
    fork: true,
  });
  expect(pullRequestIn(event(7, { sha, repo: null }))?.fork).toBe(true);
  for (const odd of [null, 1, "x", {}, event("7", {}), event(-1, {}), event(0.5, {})]) expect(pullRequestIn(odd)).toBeUndefined();
});
