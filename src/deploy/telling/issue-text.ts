import { formatDuration, formatMoment, shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { quietMarkdown } from "../../github/quiet-markdown.ts";
import { joinedWithin, markdownCode, markdownFence, markdownTable, markdownText } from "../../github/markdown.ts";
import { shortText } from "../../github/short-text.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { StepRecord } from "../../journal/step-record.ts";

/** GitHub takes 65,536 characters; the rest is room for the line by which it is found again. */
const LARGEST = 65_000;
const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 4000;
const MOST_ROWS = 50;

interface ToldDeploy {
  readonly deploy: DeployRecord;
  /** `shop/production`. */
  readonly title: string;
  readonly ways: readonly Way[];
  /** Takes secrets out of a text. */
  readonly hidden: (text: string) => string;
}

/** The issue about a deploy that was rolled back or needs a person: what the journal saw, and a cause to fill in. Pure. */
export function issueText({ deploy, title, ways, hidden }: ToldDeploy): { readonly title: string; readonly text: string } {
  const failed = deploy.steps.filter(({ state }) => state === "failed" || state === "cancelled");
  const parts = [
    markdownText(storyOf(deploy)),
    markdownTable(
      ["", ""],
      factsOf(deploy).map(([name, value]) => [name, hidden(value)]),
    ),
    ...runLink(deploy.run),
    ...failed.flatMap((step) => failureOf(step, hidden)),
    ...rowsOf(deploy, hidden),
    "### Steps",
    markdownTable(["step", "began", "took", "ended"], deploy.steps.map(stepRow)),
    ...(ways.length === 0 ? [] : ["### Next"]),
    ...ways.flatMap(({ means, command }) => [markdownText(means), markdownFence([hidden(command)], "sh")]),
    "### Cause",
    "_To be filled in: why did it fail, and why was it not seen before?_",
    [
      "- [ ] The cause is known",
      "- [ ] Rows that were written meanwhile are looked at",
      "- [ ] A check would see it earlier next time",
    ].join("\n"),
  ];
  return {
    title: shortText(hidden(`${title}: ${titleOf(deploy)}`), LONGEST_TITLE),
    text: joinedWithin(
      LARGEST,
      parts.map((part) => quietMarkdown(part)),
      "… the rest is too long for an issue; the run's log and the journal have it.",
    ),
  };
}

function titleOf(deploy: DeployRecord): string {
  const commit = shortCommit(deploy.commit);
  const rolledBack = deploy.end?.as === "rolled-back";
  if (deploy.goingBack) return deploy.toNothing ? "rolled back by hand, to nothing" : `rolled back by hand to ${commit}`;
  return `the deploy of ${commit} failed and ${rolledBack ? "was rolled back" : "needs a person"}`;
}

function storyOf(deploy: DeployRecord): string {
  const sentence = titleOf(deploy);
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** What is known of it, as name and value. */
function factsOf(deploy: DeployRecord): readonly (readonly [string, string])[] {
  const back = deploy.steps.findLast(({ step, state }) => step === "rollback" && state === "done");
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["deploy", deploy.id],
    ["commit", deploy.commit],
    ["before", deploy.from],
    ["why", deploy.end?.why],
    ["runs now", deploy.end?.on],
    ["by", deploy.actor],
    ["reason", told(back?.intent["reason"])],
    ["database", told(back?.result?.["database"])],
    ["replaced database", told(back?.result?.["replaced"])],
    ["health after it", told(back?.result?.["health"])],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function failureOf({ step, state, message = "", code }: StepRecord, hidden: (text: string) => string): readonly string[] {
  const said = hidden(message);
  const lines = (said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)} …` : said).split("\n");
  return [
    `### ${state === "cancelled" ? "Cancelled" : "Failed"}: ${markdownText(step)}`,
    ...(code === undefined ? [] : [`Code ${markdownCode(code)}`]),
    markdownFence(lines),
  ];
}

/** What the replaced database holds and the restored one does not, as the rollback counted it. */
function rowsOf(deploy: DeployRecord, hidden: (text: string) => string): readonly string[] {
  const counted = deploy.steps.findLast(({ step }) => step === "rollback")?.result?.["tables"];
  const rows = (Array.isArray(counted) ? counted : []).flatMap((row: unknown) => {
    const { table, live, savepoint } = Object(row) as { readonly table?: unknown; readonly live?: unknown; readonly savepoint?: unknown };
    return typeof table === "string" ? [[hidden(table), countOf(live), countOf(savepoint)]] : [];
  });
  if (rows.length === 0) return [];
  const more = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more tables`] : [];
  return [
    "### Rows in the replaced database against the restored one",
    markdownTable(["table", "replaced", "restored"], rows.slice(0, MOST_ROWS)),
    ...more,
  ];
}

/** What the journal holds was written by a file on the host. */
function countOf(count: unknown): string {
  return typeof count === "number" ? String(count) : "no such table";
}

function stepRow({ step, state, startedAt, endedAt }: StepRecord): readonly string[] {
  const took = endedAt === undefined ? "" : formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
  return [step, formatMoment(startedAt), took, state];
}

function runLink(run: string | undefined): readonly string[] {
  return run !== undefined && /^https?:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+\/attempts\/\d+$/.test(run)
    ? [`[The run and its log](${run})`]
    : [];
}

function told(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
