import { parseArgs } from "node:util";
import { type Case, CASES } from "./cases.ts";

export interface Options {
  readonly cases: readonly Case[];
  readonly seed: number;
  readonly jobs: number;
  readonly list: boolean;
  /** Where what was played is noted, and what stands there already is not played again. */
  readonly done: string | undefined;
}

/** Reads the words of `npm run faults`. Throws, with a sentence, where they are none. */
export function optionsFrom(words: readonly string[], cores: number): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      shard: { type: "string", default: "1/1" },
      case: { type: "string", multiple: true, default: [] },
      seed: { type: "string", default: "0" },
      jobs: { type: "string", default: String(cores) },
      done: { type: "string" },
      list: { type: "boolean", default: false },
    },
  });
  const named = values.case.length === 0 ? CASES : CASES.filter(({ name }) => values.case.some((pattern) => matches(name, pattern)));
  if (named.length === 0) throw new Error(`no case is called ${values.case.join(" or ")}; \`npm run faults -- --list\` prints all names`);
  const [, part, parts] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(values.shard)?.map(Number) ?? [];
  if (part === undefined || parts === undefined || part > parts)
    throw new Error(`--shard is a part of a whole, such as 1/4, not ${values.shard}`);
  return {
    cases: dealt(named, parts)[part - 1] ?? [],
    seed: whole("seed", values.seed, 0),
    jobs: whole("jobs", values.jobs, 1),
    list: values.list,
    done: values.done,
  };
}

/** Dealt out fault by fault: in their own order, eight parts had one fault each. */
function dealt(cases: readonly Case[], parts: number): readonly (readonly Case[])[] {
  const byFault = cases.toSorted((a, b) => a.fault.localeCompare(b.fault));
  return Array.from({ length: parts }, (_, part) => {
    const own = new Set(byFault.filter((_one, at) => at % parts === part));
    return cases.filter((one) => own.has(one));
  });
}

/** A star stands for anything, as in `good/*`. */
function matches(name: string, pattern: string): boolean {
  const text = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, String.raw`\$&`))
    .join(".*");
  return new RegExp(`^${text}$`).test(name);
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} is a whole number from ${least} on, not ${text}`);
  return number;
}
