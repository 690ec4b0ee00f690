import type { Secret } from "./secret.ts";

/** A line of a file in the checkout. */
export interface CheckoutLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * How an operation tells its story while it runs. A face renders it: groups in a workflow log, lines at a terminal.
 * Quiet by default: `say` is for what a reader at 3 a.m. needs, `detail` for the debug log.
 */
export interface Report {
  /**
   * One group with one headline: `title` while it runs; when it ends, a line with result and time.
   * `headline` turns the result into the words behind the title, e.g. `142 MB, read back whole`.
   */
  step<T>(title: string, body: () => Promise<T>, headline?: (result: T) => string): Promise<T>;
  say(text: string): void;
  detail(text: string): void;
  /**
   * How far it is, or whom it waits for: shown while it is so and then gone, at a terminal as a line that moves, elsewhere only
   * where nothing else is said for long. An empty text takes it back. A report may not show it.
   */
  progress?(text: string): void;
  notice(text: string): void;
  /** With a place, a workflow shows it at that line of the checkout's file as well. */
  warning(text: string, at?: CheckoutLine): void;
  /** From now on this value, and its URL-encoded and base64 forms, print as `***`. */
  mask(secret: Secret): void;
}
