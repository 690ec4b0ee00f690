import { withoutRepeats } from "../core/repeated.ts";

/** How many lines before the first telling one say what was being done. */
const BEFORE = 2;

/** How programs of many kinds begin the line that names the cause. Only used to choose which lines are shown, never to decide. */
const TELLING =
  /^\W*(?:error|fatal|panic|exception|failed|uncaught)\b|\b(?:ERROR|FATAL|PANIC):|\b\w*(?:Error|Exception)(?:\s*\[\w+\])?:|\berror(?:\[\w+\])?: /i;
/** Frames around an advertisement. */
const FRAME = /^[\s│┃|╭╮╰╯┌┐└┘─━]*$/;

/**
 * The `count` lines of an output that tell most of its failure: from the first line that names an error on, and the last ones.
 * What came before it (banners, versions, what went well) is left out; without such a line, the last lines. Pure.
 */
export function tellingLines(lines: readonly string[], count: number): readonly string[] {
  const told = withoutRepeats(lines.filter((line) => !FRAME.test(line)));
  const cause = told.findIndex((line) => TELLING.test(line));
  if (cause < 0) return told.slice(-count);
  const from = told.slice(Math.max(0, cause - BEFORE));
  if (from.length <= count) return from;
  const head = Math.ceil(count / 2);
  const left = from.length - count;
  return [...from.slice(0, head), `… ${left} more ${left === 1 ? "line" : "lines"}`, ...from.slice(head - count)];
}
