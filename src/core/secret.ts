import { inspect } from "node:util";

/**
 * A value that must never be seen. It prints as `***` everywhere: in strings, JSON and inspection.
 * Only the edge that needs the value calls `reveal()`.
 */
export class Secret {
  readonly #value: string;
  readonly #source: string | undefined;

  constructor(value: string, source?: string) {
    this.#value = value;
    this.#source = source;
  }

  /** What it is the value of, in words that whoever gave it knows: `database-url`. */
  get source(): string | undefined {
    return this.#source;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}

/** The text behind a value that may be secret. For the edges only: a child's environment, a socket. */
export function reveal(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}
