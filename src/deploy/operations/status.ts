import { sharedSection } from "../../config/shared.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { changedSomething, type Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { type Environment, openEnvironment, stateOf } from "../environment.ts";
import { waysOfDeploy } from "../open-ways.ts";
import { timelineOf } from "../timeline.ts";

const sections = { shared: sharedSection } as const;

export const status = operation({
  name: "status",
  description: "Says where an environment stands: what runs, what is stable, what is open, who holds the lock, what to do.",
  sections,
  own: undefined,
  outputs: {
    state: "`idle`, `open` or `blocked`.",
    running: "The commit that is checked out on the host.",
    stable: "The newest stable commit.",
    deploy: "The open deploy's id.",
  },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    const { journal } = stateOf(environment);
    const ledger = await journal.read();
    const lock = await journal.lock.status();
    const running = await (await environment.clone())?.current();
    const state = stateWord(ledger);
    const { open } = ledger;
    return {
      outputs: { state, running, stable: ledger.stable.at(-1)?.commit, deploy: open?.id },
      headline: headlineOf(environment, ledger, running),
      blocks: [facts(environment, ledger, lock, running), ...(open ? [timelineOf(open, call.ports.clock.now())] : [])],
      ways: open !== undefined && (open.end !== undefined || changedSomething(open)) ? await waysOfDeploy(environment, ledger, open) : [],
      details: { state, running, stable: ledger.stable, open, lock, pendingTags: ledger.pendingTags },
    };
  },
});

function stateWord(ledger: Ledger): "idle" | "open" | "blocked" {
  if (ledger.open === undefined) return "idle";
  return ledger.open.end === undefined ? "open" : "blocked";
}

function headlineOf(environment: Environment, ledger: Ledger, running: string | undefined): string {
  const { open } = ledger;
  if (open === undefined)
    return `${environment.title}: nothing is open; ${running === undefined ? "what runs is not known" : `${shortCommit(running)} runs`}`;
  if (open.end === undefined) return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} is open (${open.owner})`;
  return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} failed and blocks the next one: ${open.end.why}`;
}

function facts(environment: Environment, ledger: Ledger, lock: LockStatus, running: string | undefined): Block {
  const stable = ledger.stable.at(-1);
  const rows: (readonly string[])[] = [
    ["runs", running ?? "not known (no app-dir)"],
    ["latest-stable", stable === undefined ? "none" : `${stable.commit} since ${stable.at} (${stable.tag})`],
    ["lock", describeLock(lock)],
  ];
  for (const tag of ledger.pendingTags) rows.push(["tag waits", `${tag.tag} for ${shortCommit(tag.commit)}: ${tag.why}`]);
  const last = ledger.deploys.at(-1);
  if (last !== undefined)
    rows.push([
      "last deploy",
      `${last.id} of ${shortCommit(last.commit)}: ${last.end === undefined ? "open" : `${last.end.as}, ${last.end.why}`}`,
    ]);
  return { kind: "table", title: environment.title, head: ["", ""], rows };
}

function describeLock(lock: LockStatus): string {
  if (lock.state === "free") return "free";
  const doing = lock.beat?.running === true ? `running ${lock.beat.step}` : "between steps";
  return `held by ${lock.holder.owner}${lock.holder.run === undefined ? "" : ` (${lock.holder.run})`}, ${doing}, last sign of life ${formatDuration(lock.silentMs)} ago`;
}
