import { messageOf } from "./failure.ts";
import type { Ports } from "./ports.ts";

/** Between questions, in milliseconds: often at first, as most is over soon. */
const PAUSES = [1000, 2000, 2000] as const;
const EVERY_MS = 5000;

/**
 * Runs `body`, and meanwhile asks how far it is: after 1, 3 and 5 s, then every 5 s. What `tell` answers goes to the debug log,
 * from where the faces take it: for the line that moves at a terminal, and when nothing else is said for long. That it could
 * not answer stops nothing.
 */
export async function withProgress<T>(
  { clock, report }: Pick<Ports, "clock" | "report">,
  tell: () => Promise<string | undefined>,
  body: () => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  // Nobody waits for its last question: it may be one to a server that is gone.
  void watch({ clock, report }, tell, done.signal);
  try {
    return await body();
  } finally {
    done.abort();
  }
}

async function watch(
  { clock, report }: Pick<Ports, "clock" | "report">,
  tell: () => Promise<string | undefined>,
  done: AbortSignal,
): Promise<void> {
  try {
    for (let asked = 0; ; asked += 1) {
      await clock.sleep(PAUSES[asked] ?? EVERY_MS, done);
      const text = await tell();
      if (text !== undefined && !done.aborted) report.detail(text);
    }
  } catch (error) {
    if (!done.aborted) report.detail(`How far it is could not be asked: ${messageOf(error)}`);
  }
}
