import { Cancelled } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";

/** What a question is asked through. */
interface AskedWorld {
  readonly stdin?: NodeJS.ReadStream | undefined;
  readonly stderr: { readonly isTTY?: boolean | undefined };
}

/** Asks at a terminal, a line each; undefined where nobody sits there: a pipe, a workflow, a cron job. */
export function askAt({ stdin, stderr }: AskedWorld, signal: AbortSignal): Ports["ask"] {
  if (stdin?.isTTY !== true || stderr.isTTY !== true) return undefined;
  return async (question) => {
    // Hardly anybody is ever asked.
    const { createInterface } = await import("node:readline/promises");
    const lines = createInterface({ input: stdin, output: process.stderr, terminal: true });
    try {
      const closed = new Promise<never>((_, reject) => {
        const stop = (): void => reject(new Cancelled());
        lines.once("close", stop);
        lines.once("SIGINT", stop);
      });
      return await Promise.race([lines.question(`${question} `, { signal }), closed]);
    } catch (error) {
      if (signal.aborted) throw new Cancelled();
      throw error;
    } finally {
      lines.close();
    }
  };
}
