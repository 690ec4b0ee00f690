import { isUtf8 } from "node:buffer";

/** The text of a migration file, or why it is none. */
export type Decoded = { readonly text: string } | { readonly problem: { readonly line?: number; readonly message: string } };

/**
 * Decodes UTF-8, drops a byte order mark and turns CRLF into LF, so that the same migration has the same checksum
 * in every checkout.
 */
export function decodeSql(bytes: Uint8Array): Decoded {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { problem: { message: "is UTF-16: save it as UTF-8" } };
  }
  if (!isUtf8(bytes)) return { problem: { line: firstBadLine(bytes), message: "is not UTF-8: save it as UTF-8" } };
  const zero = bytes.indexOf(0);
  if (zero !== -1) {
    return { problem: { line: countLines(bytes.subarray(0, zero)), message: "contains a zero byte, which PostgreSQL cannot take" } };
  }
  // TextDecoder drops the byte order mark.
  return { text: new TextDecoder("utf-8").decode(bytes).replaceAll("\r\n", "\n") };
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
    line += 1;
    start = end + 1;
  }
  return line;
}

function countLines(bytes: Uint8Array): number {
  return bytes.reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 1);
}
