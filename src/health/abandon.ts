/**
 * The promise's value, or a rejection as soon as the signal fires. What still arrives after that is handed to
 * `close`, so that nothing stays open.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, close: (late: T) => void): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(new GivenUp());
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) close(value);
        else resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", abort);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** An attempt reached its time limit, or the run was cancelled. */
export class GivenUp extends Error {
  override readonly name = "GivenUp";
  constructor() {
    super("given up");
  }
}
