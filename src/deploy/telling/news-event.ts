import { shortCommit } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { News } from "../../journal/news.ts";
import type { EventName } from "../../notify/notification.ts";

/** What somebody is told of a fact or notice, if anything. */
export interface ToldEvent {
  readonly event: EventName;
  readonly text: string;
}

/** What was heard of a deploy so far. */
export interface HeardDeploy {
  readonly id: string;
  readonly commit: string;
  readonly from: string | undefined;
  readonly run: string | undefined;
  readonly actor: string | undefined;
  readonly reason?: string | undefined;
  readonly downtimeMs?: number | undefined;
  readonly tag?: string | undefined;
  readonly migrations?: number | undefined;
  readonly database?: string | undefined;
  readonly replaced?: string | undefined;
  /** What the replaced database holds and the restored one does not, a table each. */
  readonly rows?: string | undefined;
}

/** What is told of it. Pure. */
export function eventOf(news: News): ToldEvent | undefined {
  if (news.kind === "notice") return noticed(news.notice);
  const { fact } = news;
  switch (fact.kind) {
    case "deploy.opened": {
      const from = fact.from === undefined ? "" : `, in place of ${shortCommit(fact.from)}`;
      const to = fact.toNothing === true ? "before the first deploy" : shortCommit(fact.commit);
      return fact.goingBack === true
        ? { event: "going-back", text: `It goes back to ${to}.` }
        : { event: "started", text: `${shortCommit(fact.commit)} is being deployed${from}.` };
    }
    case "step.started":
      return { event: "progress", text: `The step ${fact.step} runs.` };
    case "step.failed":
      return { event: fact.cancelled === true ? "cancelled" : "failed", text: `The step ${fact.step}: ${fact.message}` };
    case "deploy.closed":
      if (fact.as === "failed") return { event: fact.blocks === true ? "needs-a-person" : "unlocked", text: fact.why };
      return { event: ({ confirmed: "stable", "rolled-back": "rolled-back", abandoned: "ended" } as const)[fact.as], text: fact.why };
    default:
      return undefined;
  }
}

function noticed(notice: Extract<News, { kind: "notice" }>["notice"]): ToldEvent | undefined {
  switch (notice.kind) {
    case "lock.waiting":
      return { event: "waiting", text: notice.why };
    case "backup.failed":
      return { event: "backup-failed", text: `The ${notice.purpose} backup: ${notice.message}` };
    case "drill.failed":
      return { event: "drill-failed", text: `${notice.backup}: ${notice.message}` };
    case "unreachable":
      return { event: notice.halfWay === true ? "needs-a-person" : "unreachable", text: notice.message };
    default:
      return undefined;
  }
}

/** What a fact adds to what is known of its deploy. Pure. */
export function heard(known: HeardDeploy | undefined, news: News): HeardDeploy | undefined {
  if (news.kind === "notice") return known;
  const { fact } = news;
  if (fact.kind === "deploy.opened") {
    const { deploy: id, commit, from, run, actor } = fact;
    return { id, commit, from, run, actor };
  }
  if (known === undefined || news.deploy !== known.id) return known;
  switch (fact.kind) {
    case "step.started":
      return { ...known, reason: textIn(fact.intent, "reason") ?? known.reason };
    case "step.done":
      return { ...known, ...learned(fact.step, fact.result) };
    case "stable.marked":
      return { ...known, tag: fact.tag };
    case "deploy.closed":
      return { ...known, reason: fact.reason ?? known.reason };
    default:
      return known;
  }
}

/** The same of a deploy that an earlier step opened. Pure. */
export function heardBefore(record: DeployRecord): HeardDeploy {
  const { id, commit, from, run, actor, steps } = record;
  const told = steps.flatMap(({ step, intent, state, result = {} }): Partial<HeardDeploy>[] => {
    const reason = textIn(intent, "reason");
    return [...(reason === undefined ? [] : [{ reason }]), ...(state === "done" ? [learned(step, result)] : [])];
  });
  return Object.assign({ id, commit, from, run, actor }, ...told) as HeardDeploy;
}

/** Results are read back from a file on the host: each is looked at before it is believed. */
function learned(step: string, result: Readonly<Record<string, unknown>>): Partial<HeardDeploy> {
  const downtime = result["downtime"] as { readonly ms?: unknown } | undefined;
  const applied = result["applied"];
  const database = step === "rollback" ? textIn(result, "database") : undefined;
  const replaced = textIn(result, "replaced");
  const rows = Array.isArray(result["rows"]) ? result["rows"].filter((row) => typeof row === "string").join("; ") : "";
  return {
    ...(typeof downtime?.ms === "number" && { downtimeMs: downtime.ms }),
    ...(step === "migrate" && Array.isArray(applied) && { migrations: applied.length }),
    ...(database !== undefined && { database }),
    ...(replaced !== undefined && { replaced, ...(rows !== "" && { rows }) }),
  };
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = record[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
