import { createHash } from "node:crypto";

/** The format of the entries that this version writes: sealed. Those of format 1 had no checksum, and are read as they stand. */
export const FORMAT = 2;

/**
 * A sealed entry ends with its checksum: `…,"sum":"0123456789abcdef"}`, the first 16 digits of the SHA-256 of the line as it
 * would stand without it. So the plain tools of a host can write and check one: `printf '%s' "$text" | sha256sum | cut -c1-16`.
 */
const SEALED = /^(.*),"sum":"([0-9a-f]{16})"(.*)$/s;

/** An entry, as JSON, as a line of the journal. */
export function sealLine(text: string): string {
  return `${text.slice(0, -1)},"sum":"${sumOf(text)}"}`;
}

/** `whole`: what was written, to the last letter. `broken`: it is not what was written. `none`: it bears no checksum. */
export type Seal =
  | { readonly is: "whole"; readonly text: string; readonly line: string }
  | { readonly is: "broken" }
  | { readonly is: "none" };

/**
 * Compares a line with its checksum. One that lacks nothing but its last brace, where its writer was stopped, is whole. A writer
 * that was stopped leaves nothing else behind the checksum.
 */
export function readSeal(line: string): Seal {
  const [, start, sum, rest] = SEALED.exec(line) ?? [];
  if (start === undefined) return { is: "none" };
  const text = `${start}}`;
  const right = sumOf(text) === sum;
  // What an entry holds may look like a checksum.
  if (rest !== "" && rest !== "}") return { is: right ? "broken" : "none" };
  return right ? { is: "whole", text, line: `${text.slice(0, -1)},"sum":"${sum}"}` } : { is: "broken" };
}

function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
