import { formatDuration } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";
import type { Check, CheckResult, Failing } from "./verdict.ts";

/** All checks asked once. Late ones are not asked while another fails. */
export interface Round {
  readonly entries: readonly { readonly check: Check; readonly result: CheckResult | undefined }[];
  /** The first that failed, and says more than that it is under way, where there is one; undefined where the round passed. */
  readonly failing: Failing | undefined;
}

export interface RoundLimits {
  readonly clock: Clock;
  /** Fires when the time is up or the run is cancelled. */
  readonly stop: AbortSignal;
  /** Milliseconds for each check that is asked together with the others. */
  readonly requestMs: number;
  /** Milliseconds until the deadline, as they are when asked. */
  readonly remainingMs: () => number;
}

/** Asks every check once: those that can go together at the same time, then the late ones, one by one. */
export async function runRound(checks: readonly Check[], limits: RoundLimits): Promise<Round> {
  const results = new Map<Check, CheckResult>();
  await Promise.all(
    checks
      .filter((check) => check.order === "together")
      .map(async (check) => results.set(check, await attempt(check, limits.requestMs, limits))),
  );
  for (const check of checks.filter(({ order }) => order === "late")) {
    if (firstFailing(results.values()) !== undefined) break;
    results.set(check, await attempt(check, Math.max(1, limits.remainingMs()), limits));
  }
  return {
    entries: checks.map((check) => ({ check, result: results.get(check) })),
    failing: firstFailing(checks.map((check) => results.get(check))),
  };
}

function firstFailing(results: Iterable<CheckResult | undefined>): Failing | undefined {
  const failing = [...results].filter((result): result is Failing => result?.passed === false);
  return failing.find(({ underWay }) => underWay !== true) ?? failing[0];
}

/**
 * How long a check may take to end once it is told to, in milliseconds: a command gets 5 s between SIGTERM and
 * SIGKILL. One that does not end (a dead connection below it) is left behind.
 */
const GRACE_MS = { together: 1000, late: 7000 } as const;

async function attempt(check: Check, limitMs: number, { clock, stop }: RoundLimits): Promise<CheckResult> {
  // Not `within`: when the time is over, the check is told to end, and is waited for a little longer to say what it saw.
  const giveUp = new AbortController();
  const done = new AbortController();
  // Rejects when the check is done first: then there is nothing to give up.
  clock.sleep(limitMs, done.signal).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    const signal = AbortSignal.any([giveUp.signal, stop]);
    return await Promise.race([check.run({ signal, limitMs }), leftBehind(check, signal, limitMs, { clock, done: done.signal })]);
  } finally {
    done.abort();
  }
}

async function leftBehind(
  check: Check,
  signal: AbortSignal,
  limitMs: number,
  { clock, done }: { readonly clock: Clock; readonly done: AbortSignal },
): Promise<CheckResult> {
  return await new Promise((resolve) => {
    const wait = () =>
      void clock.sleep(GRACE_MS[check.order], done).then(
        () => {
          const reason = `${check.label}: no answer within ${formatDuration(limitMs)}`;
          resolve({ passed: false, reason, topic: `${check.label}: no answer`, gaveUp: true, evidence: [reason] });
        },
        () => undefined,
      );
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
}
