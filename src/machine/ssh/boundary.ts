import { Transform } from "node:stream";

/** How much a login shell's own files may print before the command begins. */
const PREAMBLE_LIMIT = 256 * 1024;

/** A stream that lets through only what comes behind the line that holds the boundary. */
export class BehindBoundary extends Transform {
  readonly #boundary: Buffer;
  #waiting: Buffer | undefined = Buffer.alloc(0);
  readonly #said = Promise.withResolvers<string | undefined>();

  constructor(boundary: string) {
    super({ readableHighWaterMark: 256 * 1024, writableHighWaterMark: 256 * 1024 });
    this.#boundary = Buffer.from(boundary);
  }

  /** Resolves with what stands behind the boundary on its line; undefined where the stream ends before. */
  async said(): Promise<string | undefined> {
    return await this.#said.promise;
  }

  /** What came instead of the boundary, while it has not come. */
  get preamble(): string {
    return this.#waiting?.toString("utf8") ?? "";
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void): void {
    if (this.#waiting === undefined) {
      done(null, chunk);
      return;
    }
    const all = Buffer.concat([this.#waiting, chunk]);
    const at = all.indexOf(this.#boundary);
    const end = at === -1 ? -1 : all.indexOf(10, at);
    if (end === -1) {
      this.#waiting = at === -1 ? all.subarray(-PREAMBLE_LIMIT) : all.subarray(at);
      done();
      return;
    }
    this.#waiting = undefined;
    this.#said.resolve(all.toString("utf8", at + this.#boundary.length, end));
    done(null, all.subarray(end + 1));
  }

  override _flush(done: () => void): void {
    this.#said.resolve(undefined);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#said.resolve(undefined);
    done(error);
  }
}
