import { clauseOf, Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Report } from "../../core/report.ts";
import type { Journal } from "../../journal/journal.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { fileSize } from "../../machine/files/files.ts";
import { type Environment, stateOf } from "../environment/environment.ts";

const EVERY_MS = 2000;
const AWAY_EVERY_MS = 5000;
/** A host may be started again meanwhile, and a train may go through a tunnel. */
const LONGEST_AWAY_MS = 10 * 60_000;

/** What another try may find otherwise. */
const COMES_BACK: ReadonlySet<string> = new Set([
  "connection-lost",
  "unreachable",
  "timeout",
  "handshake",
  "no-session",
  "refused",
  "turned-away",
]);

/**
 * Has the journal read anew whenever it has grown, until `done` says so; between, it tells what the lock's holder does. A host that
 * goes away is connected to again by `reopen`, which is to say nothing of it aloud; after 10 min without any answer it throws
 * what was met last.
 */
export async function followJournal(
  first: Environment,
  reopen: (report: Report) => Promise<Environment>,
  done: (journal: Journal) => Promise<boolean>,
): Promise<void> {
  const { ports } = first;
  let environment: Environment | undefined = first;
  let seen = -1;
  let answered = ports.clock.now().getTime();
  let away = false;
  try {
    for (;;) {
      try {
        environment ??= await reopen(quietly(ports.report));
        const { journal, paths } = stateOf(environment);
        const size = await fileSize(environment.machine, paths.journal);
        if (away) ports.report.say("The host answers again.");
        away = false;
        answered = ports.clock.now().getTime();
        if (size !== seen && (await done(journal))) return;
        seen = size;
        ports.report.progress?.(doing(await journal.lock.status()));
      } catch (error) {
        const silent = ports.clock.now().getTime() - answered;
        if (!(error instanceof Failure) || !COMES_BACK.has(error.code ?? "") || silent > LONGEST_AWAY_MS) throw error;
        if (!away)
          ports.report.say(`The host does not answer; it is asked again for ${formatDuration(LONGEST_AWAY_MS)}: ${clauseOf(error)}.`);
        away = true;
        if (environment !== first) await environment?.[Symbol.asyncDispose]();
        environment = undefined;
      }
      await ports.clock.sleep(away ? AWAY_EVERY_MS : EVERY_MS, ports.signal);
    }
  } finally {
    if (environment !== first) await environment?.[Symbol.asyncDispose]();
  }
}

function doing(lock: LockStatus): string {
  if (lock.state === "free") return "nothing runs: the lock is free, and the deploy is open";
  const step = lock.beat?.running === true ? `${lock.beat.step} runs` : "between two steps";
  return `${step}, by ${lock.holder.owner}; last sign of life ${formatDuration(Math.round(lock.silentMs / 1000) * 1000)} ago`;
}

/** What is said goes to the debug log. */
function quietly(report: Report): Report {
  return {
    step: async (title, body, headline) => await report.step(title, body, headline),
    say: (text) => report.detail(text),
    detail: (text) => report.detail(text),
    notice: (text) => report.notice(text),
    warning: (text) => report.warning(text),
    mask: (secret) => report.mask(secret),
  };
}
