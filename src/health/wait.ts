import { stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Ports } from "../core/ports.ts";
import type { HealthSettings } from "./inputs.ts";
import { type Round, runRound } from "./round.ts";
import { pauseBefore, requestLimit } from "./schedule.ts";
import { HealthStory } from "./story.ts";
import type { Check, HealthVerdict } from "./verdict.ts";

interface Waiting extends Pick<Ports, "clock" | "report" | "signal"> {
  readonly checks: readonly Check[];
  readonly settings: Pick<HealthSettings, "timeout" | "interval" | "successes" | "max-latency">;
  /** Nothing is about to start: where nobody listens, that is not waited for. */
  readonly nobodyComes?: boolean | undefined;
}

/** An attempt that the deadline cut shorter than this, in milliseconds, says nothing about the app. */
const TELLING_MS = 1000;

/** Rounds, until enough of them passed in a row or the time is up. Throws Cancelled. */
export async function waitUntilHealthy({ checks, settings, nobodyComes, clock, report, signal }: Waiting): Promise<HealthVerdict> {
  const { timeout, interval, successes } = settings;
  const startedAt = clock.now().getTime();
  const elapsed = () => clock.now().getTime() - startedAt;
  const done = new AbortController();
  const deadline = new AbortController();
  // A timer of its own: a wall clock that is set back must not move the deadline. Not `within`: the round that the deadline
  // cuts short still says what it saw.
  clock.sleep(timeout, done.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  const stop = AbortSignal.any([signal, deadline.signal]);
  // The last attempt's own limit ends with the deadline, and may fire a moment before it.
  const timeIsUp = () => deadline.signal.aborted || timeout - elapsed() <= 10;
  const story = new HealthStory(report);
  let attempts = 0;
  let streak = 0;
  let failures = 0;
  let givenUp = 0;
  let readyAfterMs = 0;
  let failed: Round | undefined;
  try {
    for (;;) {
      stopIfCancelled(signal);
      attempts += 1;
      const remainingMs = () => timeout - elapsed();
      const requestMs = requestLimit({ givenUp, maxLatencyMs: settings["max-latency"] ?? 0, remainingMs: remainingMs() });
      const began = elapsed();
      const round = await runRound(checks, { clock, stop, requestMs, remainingMs });
      stopIfCancelled(signal);
      const { failing } = round;
      if (failing === undefined) {
        streak += 1;
        failures = 0;
        givenUp = 0;
        if (streak === 1) readyAfterMs = elapsed();
        const details = round.entries.flatMap(({ check, result }) =>
          result?.passed === true && check.quiet !== true ? [result.detail] : [],
        );
        story.passed(details, elapsed(), streak);
        report.progress?.(`passed ${streak} of ${successes} times in a row`);
        if (streak >= successes) return { state: "healthy", attempts, elapsedMs: elapsed(), readyAfterMs, details };
      } else if (timeIsUp() && failing.gaveUp === true && elapsed() - began < TELLING_MS && attempts > 1) {
        // What was seen before says more.
        attempts -= 1;
      } else {
        story.failed(failing, elapsed(), streak);
        report.progress?.(`waiting up to ${formatDuration(timeout)}: ${failing.reason}`);
        failed = round;
        streak = 0;
        failures += 1;
        givenUp = failing.gaveUp === true ? givenUp + 1 : 0;
      }
      if (timeIsUp() || failing?.hopeless === true || (nobodyComes === true && failing?.refused === true)) break;
      await clock.sleep(pauseBefore({ failures, intervalMs: interval }), stop).catch(() => undefined);
      stopIfCancelled(signal);
      if (deadline.signal.aborted) break;
    }
  } finally {
    story.end();
    done.abort();
  }
  return verdictOf({ round: failed, streak, attempts, elapsedMs: elapsed(), story, settings });
}

interface End {
  readonly round: Round | undefined;
  readonly streak: number;
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly story: HealthStory;
  readonly settings: Waiting["settings"];
}

function verdictOf({ round, streak, attempts, elapsedMs, story, settings }: End): HealthVerdict {
  const before = streak > 0 && round !== undefined ? ["before it passed:"] : [];
  const evidence = [...before, ...(round === undefined ? [] : evidenceOf(round)), ...story.history()];
  if (streak > 0 || round?.failing === undefined) {
    const reason = `passed ${streak} of ${settings.successes} times in a row when the ${formatDuration(settings.timeout)} were over`;
    return { state: "failing", attempts, elapsedMs, reason, hint: "It may only have needed a little longer: raise `timeout`.", evidence };
  }
  return { state: "failing", attempts, elapsedMs, reason: round.failing.reason, hint: round.failing.hint, evidence };
}

/** What the last round saw, check by check, where there are several. */
function evidenceOf(round: Round): readonly string[] {
  return round.entries.flatMap(({ check, result }) => {
    // It waits for the others: that it was not asked tells nobody anything.
    if (result === undefined) return [];
    if (result.passed && check.quiet === true) return [];
    if (result.passed) return [`${check.label}: passed, ${result.detail}`];
    return result.evidence;
  });
}
