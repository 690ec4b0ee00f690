import type { Kind } from "../core/kinds.ts";
import { Secret } from "../core/secret.ts";
import { type Pattern, matches, pattern } from "./pattern.ts";

/** A header that is sent. Its value may be a token, so it never prints. */
export interface RequestHeader {
  readonly name: string;
  readonly value: Secret;
}

/** A header that must be in the answer; without `value`, its presence is enough. */
export interface HeaderExpectation {
  readonly name: string;
  readonly value?: string | undefined;
}

/** Headers of an answer: lower-case names, every value as it came. */
export type AnswerHeaders = ReadonlyMap<string, readonly string[]>;

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** These are ours: each check is one request on a connection of its own, without a body. */
const OURS = new Set(["connection", "content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"]);

function* entries(value: string): Generator<{ readonly line: string; readonly number: number }> {
  for (const [index, line] of value.split(/\r?\n/).entries()) {
    if (line.trim() !== "") yield { line: line.trim(), number: index + 1 };
  }
}

/** Its errors name the line by number: the text may be secret. */
export const requestHeaders: Kind<readonly RequestHeader[]> = {
  form: "`Name: value`, one a line",
  entries: { between: ": " },
  parse: (text) =>
    [...entries(text)].map(({ line, number }) => {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(colon, 0)).trim();
      const value = line.slice(colon + 1).trim();
      if (!NAME.test(name)) throw new Error(`line ${number} is not \`Name: value\``);
      if (OURS.has(name.toLowerCase())) throw new Error(`line ${number} sets ${name}, which the check sets itself`);
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`line ${number} has characters that a header cannot carry`);
      return { name, value: new Secret(value) };
    }),
};

export const headerExpectations: Kind<readonly HeaderExpectation[]> = {
  form: "`Name: value`, or `Name` for its presence, one a line",
  entries: { between: ": " },
  parse: (text) =>
    [...entries(text)].map(({ line }) => {
      const match = /^([^:]+?)\s*(?::\s*(.*))?$/.exec(line);
      const name = match?.[1] ?? "";
      if (!NAME.test(name)) throw new Error(`has ${JSON.stringify(line)}, which names no header`);
      if (match?.[2] !== undefined) pattern.parse(match[2]);
      return { name, value: match?.[2] === "" ? undefined : match?.[2] };
    }),
};

/** What is wrong with the answer's headers, or undefined. Equal means whole, or up to the first `;`. */
export function headerProblem(wanted: HeaderExpectation, headers: AnswerHeaders): string | undefined {
  const values = headers.get(wanted.name.toLowerCase());
  if (values === undefined) return `the answer has no header ${wanted.name}`;
  const { value } = wanted;
  if (value === undefined) return undefined;
  const parsed: Pattern = pattern.parse(value);
  const fits = (given: string) =>
    "regex" in parsed ? matches(parsed, given) === true : given === value || given.split(";")[0]?.trim() === value;
  if (values.some(fits)) return undefined;
  return `the header ${wanted.name} is ${JSON.stringify(values.join(", ").slice(0, 200))}, expected ${JSON.stringify(value)}`;
}
