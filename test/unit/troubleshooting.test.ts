import { expect, test } from "vitest";
import { failurePlaces } from "../../scripts/failure-places.ts";
import { TOOLS_WORDS } from "../../scripts/tools-words.ts";
import { CODE_GROUPS } from "../../scripts/troubleshooting.ts";
import { sqlState } from "../../src/core/sql-state.ts";
import { readFlags } from "../../src/faces/terminal/flags.ts";
import { readOn, SQL_SECTIONS } from "../../src/faces/read-on.ts";
import { openAll } from "../../src/core/operation.ts";
import { operations as callable } from "../../src/operations.ts";
import { sections } from "../../src/sections.ts";
import { read } from "./workflows/files.ts";

const operations = await openAll(callable);

const ROWS = CODE_GROUPS.flatMap(([, rows]) => rows);
const CODES = ROWS.map(([code]) => code);
const PLACES = failurePlaces();
const PAGE = "docs/troubleshooting.md";

/** Those that the server gives; the source need not name them. */
const OF_THE_SERVER = CODES.filter((code) => code === "postgresql" || sqlState(code) !== undefined);

test("each failure that the source makes says its code, and none says one that the table does not have", () => {
  expect(PLACES.length).toBeGreaterThan(300);
  const silent = PLACES.filter(({ coded }) => !coded).map(({ file }) => file);
  expect(silent).toEqual(["src/core/failure.ts"]);
  expect(PLACES.flatMap(({ codes }) => codes).filter((code) => !(CODES as readonly string[]).includes(code))).toEqual([]);
});

test("each row of the table has a place in the source, or is the server's own", () => {
  const made = new Set(PLACES.flatMap(({ codes }) => codes));
  expect(CODES.filter((code) => !made.has(code) && !OF_THE_SERVER.includes(code))).toEqual([]);
});

test("no code is in two groups", () => {
  expect(new Set(CODES).size).toBe(CODES.length);
});

test("the address that a failure ends with is a section of the page, whatever its code", async () => {
  const headings = new Set([...(await read(PAGE)).matchAll(/^### (.*)$/gm)].map(([, heading = ""]) => heading.toLowerCase()));
  const anchorOf = (code: (typeof CODES)[number]) => readOn(code).split("#")[1] ?? "";
  for (const code of CODES) expect(headings, code).toContain(anchorOf(code));
  expect(CODES.filter((code) => anchorOf(code) !== code.toLowerCase())).toEqual([]);
  expect(readOn(sqlState("XX000") ?? "unexpected")).toMatch(/\/docs\/troubleshooting\.md#postgresql$/);
  expect([...SQL_SECTIONS]).toEqual(CODES.filter((code) => sqlState(code) !== undefined).toSorted());
});

test("each message that the source prints leads to the section of its code", async () => {
  const page = await read(PAGE);
  const lines = page.split("\n");
  const plain = (text: string) =>
    text
      .replaceAll(String.raw`\*`, "*")
      .replaceAll("&lt;", "<")
      .replaceAll("\\", "");
  for (const { messages, codes } of PLACES.filter((place) => place.codes.length > 0)) {
    for (const text of messages.filter((one) => /\p{L}{3}/u.test(one))) {
      const row = lines.find((line) => plain(line).startsWith(`| ${plain(text)} |`));
      expect(row, text).toBeDefined();
      for (const code of codes) expect(row, text).toContain(`(#${code.toLowerCase()})`);
    }
  }
  for (const [, words] of TOOLS_WORDS) expect(plain(page), words).toContain(plain(words));
});

/** What stands in backquotes in the table's own words; what the source prints is another test's. */
function quoted(): readonly string[] {
  return ROWS.flatMap(([, { happened, arises, mend }]) =>
    [happened, arises, mend].flatMap((text) => [...text.matchAll(/`([^`]+)`/g)].map(([, words = ""]) => words)),
  );
}

test("every command on the page is one that there is", () => {
  const names = operations.map(({ name }) => name).toSorted((a, b) => b.length - a.length);
  let seen = 0;
  for (const text of quoted()) {
    const name = names.find((one) => text === one || text.startsWith(`${one} `));
    const operation = operations.find((one) => one.name === name);
    if (name === undefined || operation === undefined) continue;
    seen += 1;
    const words = text
      .slice(name.length)
      .split(" ")
      .filter((word) => word !== "");
    expect(readFlags(operation, words).problems, text).toEqual([]);
  }
  expect(seen).toBeGreaterThan(40);
});

/** Words of others that are written as our settings are. */
const OTHERS = new Set(["fetch-depth", "ssh-add", "-pooler", "name-with-dashes"]);

test("every setting on the page is one that there is", () => {
  const known = new Set([
    ...sections.flatMap(({ inputs }) => Object.keys(inputs)),
    ...operations.flatMap((operation) => [
      operation.name,
      ...Object.values(operation.sections).flatMap(({ inputs }) => Object.keys(inputs)),
    ]),
    ...CODES,
  ]);
  const wrong = quoted()
    .map((text) => /^([a-z]+(?:-[a-z]+)+)(?:: [a-z-]+)?$/.exec(text)?.[1])
    .filter((name) => name !== undefined && !known.has(name) && !OTHERS.has(name));
  expect(wrong).toEqual([]);
});
