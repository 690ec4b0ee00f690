import { Secret } from "../core/secret.ts";
import { inQuotes, quote } from "../machine/quote.ts";
import { type Act, tellAct } from "./act.ts";

/**
 * Acts as one POSIX shell script that needs nothing of ours: for where nobody waits for it. It ends with 0 where every act
 * did; else it undoes what it did for nothing, says what failed, and ends with 1. Plain variables stand in it; of secret ones
 * it has the names, and does nothing where their values are not in its environment.
 */
export function scriptOf(title: string, acts: readonly Act[]): string {
  return `${[
    "#!/bin/sh",
    ...title.split("\n").map((line) => `# ${line}`),
    "# shellcheck disable=SC1003,SC2030,SC2031",
    "set -u",
    ...secretNames(acts).map((name) => `: "\${${name}:?is a secret, and must be set}"`),
    "",
    ...(acts.some(({ timeLimit }) => timeLimit !== undefined) ? [WITHIN] : []),
    ...acts.flatMap((act, at) => [
      ...functionOf(`act_${at + 1}`, act),
      ...(act.undo ?? []).flatMap((one, step) => functionOf(undoing(at, step), one)),
    ]),
    ...acts.flatMap((act, at) => callOf(act, at, undoneAfter(acts, at))),
  ].join("\n")}\n`;
}

/** Where the act at a place fails: it and all before it, backwards, up to one that nothing undoes. */
function undoneAfter(acts: readonly Act[], failed: number): readonly string[] {
  const from = acts.findLastIndex(({ undo }, at) => at <= failed && undo === undefined) + 1;
  const numbered = acts.map(({ undo = [] }, at) => undo.map((_, step) => undoing(at, step)));
  return numbered
    .slice(from, failed + 1)
    .toReversed()
    .flat();
}

function undoing(at: number, step: number): string {
  return `undo_${at + 1}_${step + 1}`;
}

/** One act as a function. In a shell of its own: what an act sets, enters or exports is over with it. */
export function functionOf(name: string, { words, folder, variables = {}, timeLimit, ...act }: Act): readonly string[] {
  const exported = Object.entries(variables).map(([variable, value]) =>
    value instanceof Secret ? `export ${variable}` : `export ${variable}=${inQuotes(value)}`,
  );
  return [
    ...tellAct({ words, ...act })
      .flatMap((line) => line.split(/[\r\n]+/))
      .map((line) => `# ${line}`),
    `${name}() (`,
    ...(folder === undefined ? [] : [`cd ${inQuotes(folder)} || exit 1`]),
    ...exported,
    `${timeLimit === undefined ? "" : `within ${Math.ceil(timeLimit / 1000)} `}${quote(words)}`,
    ")",
    "",
  ];
}

function callOf(act: Act, at: number, undone: readonly string[]): readonly string[] {
  const what = inQuotes(act.what);
  if (act.mayFail === true) return [`act_${at + 1} </dev/null || printf '%s failed; going on\\n' ${what} >&2`];
  return [
    `act_${at + 1} </dev/null || {`,
    `  printf '%s failed\\n' ${what} >&2`,
    // One that cannot be undone ends it: what comes before would be done on something else.
    ...(undone.length === 0 ? [] : [`  { ${undone.join(" && ")}; } </dev/null`]),
    "  exit 1",
    "}",
  ];
}

/** Those of which only the run knows the value. */
export function secretNames(acts: readonly Act[]): readonly string[] {
  const all = acts.flatMap((act) => [act, ...(act.undo ?? [])]);
  const named = all.flatMap(({ variables = {} }) => Object.entries(variables).filter(([, value]) => value instanceof Secret));
  return [...new Set(named.map(([name]) => name))];
}

/** No host needs to have `timeout`: runs a command, and ends it after so many seconds. */
export const WITHIN = `within() {
  limit=$1
  shift
  "$@" &
  doing=$!
  (
    sleep "$limit" &
    nap=$!
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    wait "$nap"
    kill "$doing" 2>/dev/null
  ) >/dev/null 2>&1 &
  guard=$!
  wait "$doing"
  ended=$?
  kill "$guard" 2>/dev/null
  return "$ended"
}
`;
