/** What a lane's shell says behind a command on both streams, after the boundary: `end 0`. */
const END = " end ";

type FramePart = "before" | "within" | "behind";

/**
 * Cuts one command's output out of a stream that many share: what stands between the line with the boundary and the
 * boundary's next place. What comes before and behind belongs to nobody.
 */
export class Frame {
  readonly #boundary: Buffer;
  readonly #take: (chunk: Buffer) => void;
  readonly #begun = Promise.withResolvers<string | undefined>();
  readonly #ended = Promise.withResolvers<string | undefined>();
  #state: FramePart = "before";
  #held: Buffer = Buffer.alloc(0);

  constructor(boundary: string, take: (chunk: Buffer) => void) {
    this.#boundary = Buffer.from(boundary);
    this.#take = take;
  }

  /** What stands behind the boundary on the first line; undefined where the command did not get that far. */
  get begun(): Promise<string | undefined> {
    return this.#begun.promise;
  }

  /** The exit code as text; undefined where the stream ended before. */
  get ended(): Promise<string | undefined> {
    return this.#ended.promise;
  }

  push(chunk: Buffer): void {
    if (this.#state === "behind") return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#step());
  }

  /** The stream is over. */
  close(): void {
    if (this.#state === "within") this.#give(this.#held.length);
    this.#state = "behind";
    this.#begun.resolve(undefined);
    this.#ended.resolve(undefined);
  }

  /** True while there is more to find in what is held. */
  #step(): boolean {
    if (this.#state === "behind") return false;
    const at = this.#held.indexOf(this.#boundary);
    if (at === -1) {
      const kept = beginningOf(this.#boundary, this.#held);
      if (this.#state === "within") this.#give(this.#held.length - kept);
      else this.#held = this.#held.subarray(this.#held.length - kept);
      return false;
    }
    if (this.#state === "within") this.#give(at);
    else this.#held = this.#held.subarray(at);
    const end = this.#held.indexOf(10);
    if (end === -1) return false;
    const said = this.#held.toString("latin1", this.#boundary.length, end);
    this.#held = this.#held.subarray(end + 1);
    if (said.startsWith(END)) {
      this.#state = "behind";
      this.#begun.resolve(undefined);
      this.#ended.resolve(said.slice(END.length));
    } else {
      this.#state = "within";
      this.#begun.resolve(said);
    }
    return true;
  }

  #give(length: number): void {
    if (length > 0) this.#take(this.#held.subarray(0, length));
    this.#held = this.#held.subarray(length);
  }
}

/** How many of the last bytes may be the beginning of the boundary. */
function beginningOf(boundary: Buffer, bytes: Buffer): number {
  for (let length = Math.min(boundary.length - 1, bytes.length); length > 0; length -= 1)
    if (bytes.subarray(-length).equals(boundary.subarray(0, length))) return length;
  return 0;
}
