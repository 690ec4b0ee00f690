import { FORMAT, readSeal, sealLine } from "../../src/journal/seal.ts";

/** A journal in which a test changed something, as if that had been written: each line's checksum is made anew. */
export function resealed(journal: string): string {
  return journal
    .split("\n")
    .map((line) => {
      const text = unsealed(line);
      return text === line ? line : sealLine(text);
    })
    .join("\n");
}

/** A journal as earlier versions wrote it: of format 1, without a checksum. */
export function withoutSeals(journal: string): string {
  return journal
    .split("\n")
    .map((line) => unsealed(line).replace(`{"v":${FORMAT},`, '{"v":1,'))
    .join("\n");
}

function unsealed(line: string): string {
  const read = readSeal(line);
  if (read.is === "whole") return read.text;
  return line.replace(/,"sum":"[0-9a-f]{16}"\}$/, "}");
}
