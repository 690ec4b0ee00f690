import type { Readable, Writable } from "node:stream";

/**
 * Gives a command its standard input and closes it. `onError` hears when the source breaks; that a command ends
 * without reading all it is given is its own business: its exit code says whether that was right.
 */
export function feed(input: Writable | null, source: string | Readable | undefined, onError: (error: unknown) => void): void {
  if (input === null) return;
  input.on("error", () => undefined);
  if (source === undefined || typeof source === "string") {
    input.end(source);
    return;
  }
  let over = false;
  const broke = (error: unknown) => {
    if (over) return;
    over = true;
    onError(error);
    input.end();
  };
  source.once("error", broke);
  // Closed before its end, it would leave the command waiting for ever.
  source.once("close", () => {
    if (!source.readableEnded) broke(new Error("it was closed before its end"));
  });
  input.once("close", () => {
    over = true;
    if (!source.readableEnded) source.destroy();
  });
  if (source.errored) broke(source.errored);
  else if (source.readableEnded) input.end();
  else if (source.destroyed) broke(new Error("it was closed before its end"));
  else source.pipe(input);
}
