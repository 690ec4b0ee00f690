import { OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { formatDuration, formatMoment, shortCommit } from "../../core/format.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { type Environment, openEnvironment } from "../environment/environment.ts";
import { watchdogText } from "../lock/watchdog-text.ts";
import { tellQuarantine } from "../lock/quarantined.ts";
import { stillWrittenSince } from "../back/written-since.ts";
import { lastDeploy } from "./last-deploy.ts";
import { expectedBack } from "../../journal/times.ts";
import { leftStopped } from "../steps/downtime.ts";
import { timesRows } from "../steps/times.ts";
import { timelineOf } from "../steps/timeline.ts";
import { lookAtStanding, type StandingNow, waysNow } from "./standing-now.ts";

const sections = { shared: sharedSection } as const;

export const status = operation({
  name: "status",
  description: "Says where an environment stands, and what to do: what runs, whose schema it is, what is open. Exits 3 to call a person.",
  sections,
  passesOver: [...OF_DEPLOYS, "detach-subscriptions", "dry-run"],
  own: undefined,
  outputs: {
    state: "`idle`, `open` or `blocked`.",
    running: "The commit that is checked out on the host; empty where nothing runs.",
    stable: "The newest stable commit.",
    deploy: "The open deploy's id.",
    schema: "Whether code and schema are one version's: `one`, `apart` or `unknown`.",
  },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    const now = await lookAtStanding(environment);
    const { ledger, lock, running, schema } = now;
    const { open } = ledger;
    const state = stateWord(ledger);
    return {
      outputs: { state, running, stable: ledger.stable.at(-1)?.commit, deploy: open?.id, schema: schema.is },
      exit: now.needsAPerson ? 3 : 0,
      headline: now.headline,
      blocks: [
        facts(environment, now),
        ...(await stillWrittenSince(environment, ledger)),
        ...(open ? [timelineOf(open, call.ports.clock.now())] : []),
      ],
      ways: await waysNow(environment, now),
      details: {
        state,
        running,
        schema: schema.text,
        stable: ledger.stable,
        open,
        lock: lock.state === "free" ? { state: lock.state } : lock,
        pendingTags: ledger.pendingTags,
        quarantined: [...ledger.quarantined.values()],
        expected: expectedBack(ledger),
      },
    };
  },
});

function stateWord(ledger: Ledger): "idle" | "open" | "blocked" {
  if (ledger.open === undefined) return "idle";
  return ledger.open.end === undefined ? "open" : "blocked";
}

function facts(environment: Environment, { ledger, lock, running, schema, unwell, goesOn, recovery }: StandingNow): Block {
  const stable = ledger.stable.at(-1);
  const rows: (readonly string[])[] = [
    ["runs", running ?? (ledger.nothingRuns ? "nothing: the first deploy was taken back" : "not known (no app-dir)")],
    ["schema", schema.text],
    [
      "health",
      unwell === undefined
        ? "not asked here; `health-check` asks"
        : `${unwell.how === "unhealthy" ? "no healthy answer" : "not known"} since ${formatMoment(unwell.since)}`,
    ],
    ["latest-stable", stable === undefined ? "none" : `${stable.commit} since ${formatMoment(stable.at)} (${stable.tag})`],
    ["lock", describeLock(lock)],
  ];
  const stopped = ledger.open && leftStopped(ledger.open);
  if (stopped !== undefined) rows.push(["app", `stopped at ${formatMoment(stopped)}, by a rollback that failed`]);
  const watchdog = ledger.open && watchdogText(ledger.open, lock);
  if (watchdog !== undefined) rows.push(["watchdog", watchdog]);
  if (goesOn !== undefined) rows.push(["goes on", goesOn.how]);
  if (recovery !== undefined) rows.push(["recovery", recovery.text]);
  for (const tag of ledger.pendingTags) rows.push(["tag waits", `${tag.tag} for ${shortCommit(tag.commit)}: ${tag.why}`]);
  const taken = [...ledger.quarantined.values()].at(-1);
  if (taken !== undefined) {
    const more = ledger.quarantined.size > 1 ? `; ${ledger.quarantined.size - 1} more: \`list\`` : "";
    rows.push(["quarantined", `${shortCommit(taken.commit)}, ${tellQuarantine(taken)}${more}`]);
  }
  const last = ledger.deploys.at(-1);
  if (last !== undefined) rows.push(["last deploy", lastDeploy(last)]);
  rows.push(...timesRows(ledger));
  return { kind: "table", title: environment.title, head: ["", ""], rows };
}

function describeLock(lock: LockStatus): string {
  if (lock.state === "free") return "free";
  const doing = lock.beat?.running === true ? `running ${lock.beat.step}` : "between steps";
  return `held by ${lock.holder.owner}${lock.holder.run === undefined ? "" : ` (${lock.holder.run})`}, ${doing}, last sign of life ${formatDuration(lock.silentMs)} ago`;
}
