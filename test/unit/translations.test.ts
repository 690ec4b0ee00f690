import { expect, test } from "vitest";
import { read } from "./workflows/files.ts";

/** A page, and what it is in Portuguese. */
const PAGES = [
  ["README.md", "README.pt-BR.md"],
  ["docs/getting-started.md", "docs/getting-started.pt-BR.md"],
] as const;

const blocks = (page: string) => page.match(/^```[^]*?^```$/gm) ?? [];
const headings = (page: string) => [...page.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^(#+) /gm)].map(([, marks]) => marks);
/** Where it leads, in its order, whichever of the two languages that is in. */
const links = (page: string) => [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to.replace(".pt-BR.md", ".md"));
const items = (page: string) => page.match(/^(?:- |\d+\. |\| \[)/gm)?.length;

test.each(PAGES)("%s and %s are in step: the same blocks, headings, links, lists", async (english, portuguese) => {
  const [one, other] = [await read(english), await read(portuguese)];
  expect(blocks(other)).toEqual(blocks(one));
  expect(blocks(one).length).toBeGreaterThan(2);
  expect(headings(other)).toEqual(headings(one));
  expect(links(other)).toEqual(links(one));
  expect(items(other)).toBe(items(one));
});

test.each(PAGES)("%s and %s name each other on their first screen", async (english, portuguese) => {
  const first = async (page: string) => (await read(page)).split("\n").slice(0, 4).join("\n");
  expect(await first(english)).toContain(`[Português](${portuguese.split("/").at(-1)})`);
  expect(await first(portuguese)).toContain(`[English](${english.split("/").at(-1)})`);
});
