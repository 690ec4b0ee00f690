/** Something that happened. What else is said of it goes by its kind. */
export interface Happening {
  readonly kind: string;
}

/** Somebody who hears of what happens, and can do nothing to it. */
export interface Observer<H extends Happening = Happening> {
  /** What a warning calls it: `slack`. */
  readonly name: string;
  /**
   * Hears of one happening at a time, in their order; nobody's work waits for it. The signal fires when it is given up.
   * It must not compute for long in one go: that alone holds everything up.
   */
  on(happening: H, signal: AbortSignal): void | Promise<void>;
}
