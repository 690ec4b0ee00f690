/** Users of the app: they write one row after the other, and remember which ones the app confirmed. */
export class Writers {
  readonly #url: string;
  readonly #confirmed: string[] = [];
  #running: Promise<void> | undefined;
  #over = false;
  #next = 0;

  constructor(url: string) {
    this.#url = url;
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
      const body = `/note-${this.#next}`;
      try {
        const response = await fetch(`${this.#url}${body}`, { method: "POST", signal: AbortSignal.timeout(5_000) });
        await response.arrayBuffer();
        if (response.ok) this.#confirmed.push(body);
      } catch {
        // Not confirmed: the app is down, or its connection was ended.
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
