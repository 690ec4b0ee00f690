import { formatSize, plural } from "../core/format.ts";

/** How much of a body is shown, in characters. */
const SHOWN = 2048;

/** Terminal colours and titles, control characters but line breaks and tabs, and marks that turn text around. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A foreign text as it may stand in a log. */
export function cleanText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(UNPRINTABLE, "");
}

/** A foreign text on one line, at most `length` characters. */
export function shortLine(text: string, length = 300): string {
  const flat = cleanText(text).replaceAll(/\s+/g, " ").trim();
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}

/** The beginning of a body as evidence. The bar keeps a foreign line from being read as a command of the log. */
export function bodyLines(body: string, bytes: number): readonly string[] {
  const text = cleanText(body);
  if (text.trim() === "") return [bytes === 0 ? "body: empty" : `body: ${formatSize(bytes)}, nothing printable`];
  const head = text.length > SHOWN ? `body (the first ${formatSize(SHOWN)} of ${formatSize(bytes)}):` : "body:";
  return [
    head,
    ...text
      .slice(0, SHOWN)
      .trimEnd()
      .split("\n")
      .map((line) => `| ${line}`),
  ];
}

/** The last lines of a command's output as evidence. */
export function lastOutput(lines: readonly string[], count = 20): readonly string[] {
  const last = lines.slice(-count).map((line) => `| ${cleanText(line).slice(0, 1000)}`);
  if (last.length === 0) return ["output: none"];
  return [lines.length > count ? `output (the last ${plural(count, "line")}):` : "output:", ...last];
}
