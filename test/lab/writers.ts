/** Users of the app: they write one row after the other, and remember which ones the app confirmed. */
export class Writers {
  readonly #url: string;
  readonly #word: string;
  readonly #confirmed: string[] = [];
  #running: Promise<void> | undefined;
  #over = false;
  #next = 0;

  /** With a word of its own where others wrote into the same database before. */
  constructor(url: string, word = "note") {
    this.#url = url;
    this.#word = word;
  }

  start(): void {
    this.#running ??= this.#write();
  }

  confirmed(): readonly string[] {
    return [...this.#confirmed];
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #write(): Promise<void> {
    while (!this.#over) {
      this.#next += 1;
      const body = `/${this.#word}-${this.#next}`;
      try {
        const response = await fetch(`${this.#url}${body}`, { method: "POST", signal: AbortSignal.timeout(5_000) });
        await response.arrayBuffer();
        if (response.ok) this.#confirmed.push(body);
      } catch {
        // Not confirmed: the app is down, or its connection was ended.
      }
      // Often enough to write in each step of a deploy; more rows prove no more, and cost three processes their time.
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
