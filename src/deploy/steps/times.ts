import { formatDuration } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { awayMs, BACK_PARTS, type BackTimes, backTimes, expectedBack, type StepTime, stepTimes } from "../../journal/times.ts";

/** `decision 300 ms, stop 1.2 s`: what there was of it. Pure. */
export function partsText(times: BackTimes): string {
  const parts = BACK_PARTS.filter((part) => times[part] > 0).map((part) => `${part} ${formatDuration(times[part])}`);
  return parts.length === 0 ? "nothing that took time" : parts.join(", ");
}

export function totalOf(times: BackTimes): number {
  return BACK_PARTS.reduce((sum, part) => sum + times[part], 0);
}

/** How long a rollback would take now, for people; undefined where nothing was timed yet. Pure. */
export function expectedText(ledger: Pick<Ledger, "deploys" | "entries">): string | undefined {
  const expected = expectedBack(ledger);
  if (expected === undefined) return undefined;
  const { kept, restored, away, by, deploy } = expected;
  const restoring = restored === undefined ? "" : `, about ${formatDuration(restored)} where the savepoint is restored`;
  const source = by === "rollback" ? `as the last one took, ${deploy}` : `as stop, start and health took in ${deploy}; none was done yet`;
  return `about ${formatDuration(kept)} with the database kept${restoring}; ${formatDuration(away)} of it without the app (${source})`;
}

function forward(deploy: DeployRecord): readonly StepTime[] {
  return stepTimes(deploy).filter(({ step }) => step !== "rollback");
}

/** What the last deploy and the last rollback took, and what one would take now: name and text of each. Pure. */
export function timesRows(ledger: Pick<Ledger, "deploys" | "entries">): readonly (readonly [name: string, text: string])[] {
  const deploy = ledger.deploys.findLast((one) => !one.goingBack && forward(one).length > 0);
  const back = ledger.deploys.findLast((one) => backTimes(one) !== undefined);
  const times = back && backTimes(back);
  const away = deploy && awayMs(deploy);
  const expected = expectedText(ledger);
  return [
    ...(deploy === undefined
      ? []
      : [
          [
            "last deploy took",
            `${forward(deploy)
              .map(({ step, ms }) => `${step} ${formatDuration(ms)}`)
              .join(", ")}${away === undefined ? "" : `; without the app ${formatDuration(away)}`}`,
          ] as const,
        ]),
    ...(times === undefined ? [] : [["last rollback took", `${formatDuration(totalOf(times))}: ${partsText(times)}`] as const]),
    ...(expected === undefined ? [] : [["a rollback now", expected] as const]),
  ];
}

/** The last of these, for the summary of a deploy that is confirmed. */
export function expectedBlocks(ledger: Pick<Ledger, "deploys" | "entries"> | undefined): readonly Block[] {
  const expected = ledger && expectedText(ledger);
  return expected === undefined ? [] : [{ kind: "text", text: `A rollback now takes ${expected}.` }];
}
