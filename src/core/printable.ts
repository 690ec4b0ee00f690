/**
 * Text from elsewhere (commit messages, remote output) without what would move the cursor, colour the log or
 * reverse its reading direction. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g, "")
    .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, "");
}

/** The same, so that a workflow runner reads no command in it: `::name::` at a line's start, `##[name]` anywhere. */
export function inert(text: string): string {
  return printable(text)
    .replaceAll(/^([^\S\n]*):(?=:)/gm, "$1: ")
    .replaceAll("##[", "## [");
}

/** More of one line says nothing to a reader, and one such line (a bundle, a dump) would fill a summary alone. */
const LONGEST_LINE = 2000;

/** A line of somebody's output, cut where it is too long. To be masked before: the beginning of a secret is not recognised. */
export function readable(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)} … (${line.length - LONGEST_LINE} more characters)`;
}

/** All on one line, for headlines and labels. */
export function oneLine(text: string): string {
  return printable(text)
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
}
