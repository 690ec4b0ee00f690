import { formatMoment } from "../../core/format.ts";
import type { Observer } from "../../core/observer.ts";
import type { Report } from "../../core/report.ts";
import type { News } from "../../journal/news.ts";

/**
 * What the log has of a fact or a notice alone. A step's group and headline are not among it: they stand around the act, and
 * close whatever becomes of the journal.
 */
export function tellReport(report: Report): Observer<News> {
  return {
    name: "the log",
    on(told) {
      if (told.kind === "notice") {
        if (told.notice.kind === "lock.waiting") report.say(`Waiting: ${told.notice.why}.${sinceWhen(told.notice.since)}`);
      } else if (told.fact.kind === "deploy.opened") report.detail(`Opened deploy ${told.fact.deploy}.`);
    },
  };
}

/** Since when the lock is held, where somebody holds it. */
function sinceWhen(since: string | undefined): string {
  return since === undefined ? "" : ` The lock is held since ${formatMoment(since)}.`;
}
