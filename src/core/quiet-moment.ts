import { setTimeout as wait } from "node:timers/promises";

/** How long this process is watched, before it is said to have nothing else to do. Milliseconds. */
const LOOK_MS = 20;
/** Busier than this it is at work. */
const QUIET = 0.5;
/** It is not put off for longer. Milliseconds. */
const MOST_MS = 500;

/**
 * Resolves when this process waits more than it works. What then computes for a while (a client that is loaded, a message that is
 * put together) falls into a time in which the work waits for something else anyway, and takes none of its own.
 */
export async function quietMoment(): Promise<void> {
  const began = performance.now();
  for (let before = performance.eventLoopUtilization(); performance.now() - began < MOST_MS; before = performance.eventLoopUtilization()) {
    await wait(LOOK_MS);
    if (performance.eventLoopUtilization(before).utilization < QUIET) return;
  }
}
