import { type Failure, refusal } from "./failure.ts";
import { plural } from "./format.ts";

/** One thing wrong with what was given: which input, what is wrong, what would be right. */
export interface Problem {
  readonly input: string;
  readonly message: string;
  readonly form?: string;
  /** Where in a file it stands. */
  readonly place?: { readonly file: string; readonly line: number };
  /** Who said it, where that is not this call. */
  readonly source?: string;
}

/** All problems in one refusal. */
export function refuseProblems(problems: readonly Problem[]): Failure {
  const lines = problems.map((problem) => problemText(problem));
  const places = problems.flatMap((problem) => (problem.place === undefined ? [] : [{ ...problem.place, message: problemText(problem) }]));
  const elsewhere = problems.some(({ source }) => source !== undefined);
  const hint = elsewhere ? "What this call says counts before the journal: give a value that can be read." : undefined;
  const [only = ""] = lines;
  const all = `${plural(lines.length, "input")} are wrong, and nothing was touched:\n${lines.map((line) => `- ${line}`).join("\n")}`;
  return refusal(lines.length === 1 ? only : all, { code: "inputs", places, hint });
}

function problemText({ input, message, form, source }: Problem): string {
  const name = /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(input) ? `\`${input}\`` : input;
  const from = source === undefined ? "" : ` (from ${source})`;
  return `${name}${from} ${message}${form === undefined ? "" : `; it must be ${form}`}.`.replace(/([.?!])\.$/, "$1");
}
