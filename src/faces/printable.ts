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

/** All on one line, for headlines and labels. */
export function oneLine(text: string): string {
  return printable(text)
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();
}
