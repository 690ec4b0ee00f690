import { StringDecoder } from "node:string_decoder";

/** How much of a command's output is kept. */
export const CAPTURE_LIMIT = 4 * 1024 * 1024;

/** A line longer than this is handed on in pieces, so that output without line breaks cannot fill the memory. */
const LINE_LIMIT = 1024 * 1024;

/**
 * Gathers a stream: the last bytes as text, and whole lines as they come, across borders of chunks and characters. A line ends
 * where a program goes back to its beginning, too: so those say how far they are.
 */
export class Output {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #decoder = new StringDecoder("utf8");
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  #pending = "";

  /** `limit` in bytes; `Infinity` keeps all. */
  constructor(onLine?: (line: string) => void, limit = CAPTURE_LIMIT) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Trimmed only when twice too long: chunks may be small, and joining them each time would be quadratic.
    if (this.#size > 2 * this.#limit) this.#trim();
    if (this.#onLine !== undefined) this.#lines(this.#decoder.write(chunk), this.#onLine);
  }

  /** Hands on what stands behind the last line break. */
  end(): void {
    if (this.#onLine === undefined) return;
    this.#lines(this.#decoder.end(), this.#onLine);
    const rest = this.#pending;
    this.#pending = "";
    if (rest !== "") this.#onLine(withoutReturn(rest));
  }

  /** The last bytes as text; a character cut in half at the front is left out. */
  text(encoding: "utf8" | "latin1" = "utf8"): string {
    this.#trim();
    const [bytes = Buffer.alloc(0)] = this.#chunks;
    return bytes.toString(encoding);
  }

  #trim(): void {
    const all = Buffer.concat(this.#chunks);
    let from = Math.max(0, all.length - this.#limit);
    if (from > 0) while (from < all.length && ((all[from] ?? 0) & 0xc0) === 0x80) from += 1;
    // A copy: a view would hold the whole memory behind it.
    const kept = from === 0 ? all : Buffer.from(all.subarray(from));
    this.#chunks = [kept];
    this.#size = kept.length;
  }

  #lines(text: string, onLine: (line: string) => void): void {
    // Behind a return a line feed may still come, and they are one end.
    const open = this.#pending.endsWith("\r");
    this.#pending += text;
    if (open || /[\r\n]/.test(text)) {
      const parts = this.#pending.split(/\r?\n|\r(?!$)/);
      this.#pending = parts.pop() ?? "";
      for (const part of parts) onLine(part);
    }
    if (this.#pending.length > LINE_LIMIT) {
      const piece = this.#pending;
      this.#pending = "";
      onLine(piece);
    }
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
