import { SHARED, variableName } from "../../core/input.ts";
import type { Operation } from "../../core/operation.ts";
import { describe, type Flag, shownFlags } from "./flags.ts";

const EXITS = [
  "Exit codes: 0 done, or nothing to do · 1 failed, and everything is as before or was rolled back ·",
  "2 refused before anything was touched · 3 failed and needs a person · 130 cancelled.",
];

/** `savepoint` alone, where nothing is set up. `program`: how it is called here. */
export function greeting(program: string): readonly string[] {
  return [
    "savepoint: a deploy is a transaction over code and database.",
    "",
    "There is no savepoint.yml in this folder. In the checkout of an app that is to be deployed, begin with:",
    `  ${program} init`,
    "It looks at the checkout, writes the settings and workflows, and says what is still missing.",
    "",
    "On a host that is in use, from any folder:",
    `  ${program} status --host user@server --environment production`,
    "",
    `All commands: ${program} help`,
  ];
}

const COMPLETION = "Prints the script that completes commands, flags and environments in `bash`, `zsh` or `fish`.";

/** `savepoint completion --help`. */
export const COMPLETION_HELP: readonly string[] = [
  `savepoint completion: ${COMPLETION.replaceAll("`", "")}`,
  "",
  "Usage: savepoint completion bash|zsh|fish",
  "",
  "E.g. in bash, for this shell alone:",
  '  eval "$(savepoint completion bash)"',
];

/** `savepoint --help`. */
export function overview(operations: readonly Operation[]): readonly string[] {
  return [
    "savepoint: a deploy is a transaction over code and database.",
    "",
    "Usage: savepoint <operation> [--flag value …]",
    "",
    ...columns([
      ...operations.flatMap(({ name, description, also = {} }) => [[name, description] as const, ...Object.entries(also)]),
      ["completion", COMPLETION],
    ]),
    "",
    "savepoint <operation> --help shows its flags. Settings also come from SAVEPOINT_* variables and savepoint.yml.",
    "",
    ...EXITS,
  ];
}

/** `savepoint <operation> --help`. */
export function helpOf(operation: Operation): readonly string[] {
  const flags = shownFlags(operation);
  const own = flags.filter((one) => one.section !== SHARED);
  const shared = flags.filter((one) => one.section === SHARED);
  const words = (operation.positionals ?? [])
    .map((name, index, all) => ` [${name}${index === all.length - 1 && index > 0 ? " …" : ""}]`)
    .join("");
  return [
    `savepoint ${operation.name}: ${operation.description}`,
    "",
    `Usage: savepoint ${operation.name}${words} [--flag value …]`,
    ...(operation.example === undefined
      ? []
      : ["", `E.g. savepoint ${operation.name} ${operation.example.flags}`, ...operation.example.about]),
    ...titled(
      "Its own:",
      own.filter((one) => !one.spec.secret),
    ),
    ...titled(
      "Shared by all operations:",
      shared.filter((one) => !one.spec.secret),
    ),
    ...secrets(flags),
    "",
    "Everywhere:",
    ...columns([
      ["--json", "Print the result as JSON; the story goes to standard error."],
      ["--quiet", "Print the result, failures and warnings only."],
      ["--verbose", "Print every detail, too (also: --debug)."],
      ["--help", "This."],
    ]),
    "",
    ...EXITS,
  ];
}

function titled(title: string, flags: readonly Flag[]): readonly string[] {
  if (flags.length === 0) return [];
  return ["", title, ...columns(flags.map((one) => [usage(one), describe(one)]))];
}

function secrets(flags: readonly Flag[]): readonly string[] {
  const all = flags.filter((one) => one.spec.secret);
  if (all.length === 0) return [];
  const rows = all.map((one) => [variableName(one.section, one.input), describe(one)] as const);
  return ["", "Secrets, as environment variables:", ...columns(rows)];
}

function usage({ name, bare }: Flag): string {
  return bare ? `--${name}` : `--${name} VALUE`;
}

function columns(rows: readonly (readonly [string, string])[], width = 100): readonly string[] {
  const first = Math.min(28, Math.max(...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) => {
    const [head = "", ...rest] = wrapped(text, Math.max(30, width - first - 4));
    const lines = name.length > first ? [`  ${name}`, `  ${" ".repeat(first)}  ${head}`] : [`  ${name.padEnd(first)}  ${head}`];
    return [...lines, ...rest.map((line) => `  ${" ".repeat(first)}  ${line}`)];
  });
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll("`", "").split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
