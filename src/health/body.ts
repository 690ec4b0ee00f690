import type { IncomingMessage } from "node:http";
import { type Readable, pipeline } from "node:stream";
import * as zlib from "node:zlib";

/** How much of a body is read, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

export interface Body {
  readonly bytes: Buffer;
  /** `cut`: it was longer than is read. `broken`: it ended before its end. */
  readonly ending: "whole" | "cut" | "broken";
  readonly problem?: unknown;
}

/** Reads a decoded body up to the limit; whatever ends it early, what came is kept. */
export async function readBody(response: IncomingMessage, limit = BODY_LIMIT): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decoded(response)) {
      const bytes = (chunk as Buffer).subarray(0, limit - size);
      chunks.push(bytes);
      size += bytes.length;
      if (size >= limit) return { bytes: Buffer.concat(chunks), ending: "cut" };
    }
  } catch (problem) {
    return { bytes: Buffer.concat(chunks), ending: "broken", problem };
  }
  return { bytes: Buffer.concat(chunks), ending: "whole" };
}

function decoded(response: IncomingMessage): Readable {
  const decoder = decoderFor(response.headers["content-encoding"]);
  if (decoder === undefined) return response;
  // The reader of the decoder hears of an error by its destruction.
  return pipeline(response, decoder, () => undefined);
}

/** An encoding that nothing here reads: the body is then what came, as bytes. */
export function unreadEncoding(encoding: string | undefined): string | undefined {
  const named = encoding?.trim().toLowerCase() ?? "";
  return named === "" || named === "identity" || decoderFor(named) !== undefined ? undefined : named;
}

function decoderFor(encoding: string | undefined) {
  switch (encoding?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip();
    case "deflate":
      return zlib.createInflate();
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      // Node has it from 22.15 on.
      return "createZstdDecompress" in zlib ? zlib.createZstdDecompress() : undefined;
    default:
      return undefined;
  }
}

/** The body as text, in the charset that the server names. */
export function decodeText(bytes: Buffer, contentType: string | undefined): string {
  const charset = /charset="?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset that nobody knows: ASCII at least reads the same.
    return new TextDecoder().decode(bytes);
  }
}
