import { Cancelled, Failure, messageOf } from "../core/failure.ts";
import type { HowItFailed } from "./news.ts";

/** What the journal keeps of an error, and observers hear of it. */
export function howItFailed(error: unknown, signal: AbortSignal): HowItFailed {
  const code = error instanceof Failure ? error.code : undefined;
  const cancelled = error instanceof Cancelled || signal.aborted;
  return { message: messageOf(error), ...(cancelled && { cancelled: true }), ...(code !== undefined && { code }) };
}
