// notify: who is told what, and how it is said where they work.

/** How much it matters, and so who hears of it. */
export type Severity = "info" | "warning" | "critical";

interface EventLook {
  readonly title: string;
  readonly severity: Severity;
  /** Stands before the title, for whoever only skims. */
  readonly mark: string;
  readonly colour: string;
}

const BLUE = "#0969da";
const GREEN = "#1a7f37";
const AMBER = "#bf8700";
const RED = "#cf222e";

/** All that somebody is told of. A cancelled deploy is red: it stands half-way until somebody takes it back. */
export const EVENTS = {
  test: { title: "Test message", severity: "info", mark: "🔔", colour: BLUE },
  "waiting-for-approval": { title: "Waiting for approval", severity: "info", mark: "⏸", colour: BLUE },
  started: { title: "Deploy started", severity: "info", mark: "▶", colour: BLUE },
  progress: { title: "Deploy under way", severity: "info", mark: "▶", colour: BLUE },
  "going-back": { title: "Rollback started", severity: "warning", mark: "↩", colour: AMBER },
  waiting: { title: "Waiting for the lock", severity: "info", mark: "⏳", colour: BLUE },
  stable: { title: "Deployed and stable", severity: "info", mark: "✅", colour: GREEN },
  ended: { title: "Deploy ended, nothing changed", severity: "info", mark: "⏹", colour: AMBER },
  unlocked: { title: "Deploy ended by hand", severity: "warning", mark: "⏹", colour: AMBER },
  failed: { title: "Deploy failed", severity: "warning", mark: "❌", colour: RED },
  cancelled: { title: "Deploy cancelled", severity: "warning", mark: "🛑", colour: RED },
  "rolled-back": { title: "Rolled back", severity: "warning", mark: "↩", colour: AMBER },
  unreachable: { title: "Could not begin", severity: "warning", mark: "❌", colour: RED },
  "backup-failed": { title: "Backup failed", severity: "critical", mark: "❌", colour: RED },
  "drill-failed": { title: "Restore drill failed", severity: "critical", mark: "❌", colour: RED },
  "needs-a-person": { title: "Needs a person", severity: "critical", mark: "🚨", colour: RED },
} as const satisfies Readonly<Record<string, EventLook>>;

export type EventName = keyof typeof EVENTS;

/** What somebody is told, before any channel gives it a form. Its texts may hold whatever others wrote: channels escape them. */
export interface Notification {
  readonly event: EventName;
  readonly severity: Severity;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `shop/production`. */
  readonly environment: string;
  /** The deploy's id, where it is about one. */
  readonly deploy?: string | undefined;
  /** What happened, in a sentence or two. */
  readonly text: string;
  /** What is known besides, by name: version, who, downtime. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** A line for each commit that comes or goes, newest first. */
  readonly commits: readonly string[];
  /** What to type next, where there is something. */
  readonly command?: string | undefined;
  /** The run's page. */
  readonly run?: string | undefined;
}

/** The line that is read first. */
export function titleOf({ event, environment }: Pick<Notification, "event" | "environment">): string {
  const { mark, title } = EVENTS[event];
  return `${mark} ${title}: ${onOneLine(environment)}`;
}

/** Without what could hide or turn round the rest of a message: control and direction characters. */
export function readableText(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
}

export function onOneLine(text: string): string {
  return readableText(text).replaceAll(/\s+/g, " ").trim();
}

/** At most so many characters, whole ones. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  if (most <= 0) return "";
  return `${text.slice(0, Math.max(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}

/**
 * Names that call people, with a mark of no width inside: `@everyone`, `<!channel>`, `<@U0123>`. Channels that can be told to call
 * nobody are told so as well.
 */
export function callingNobody(text: string): string {
  return text.replaceAll(/@(?=everyone|here|channel)/gi, "@\u200b").replaceAll(/<(?=[!@#/]|at>)/g, "<\u200b");
}

/** The link of a run, where it is one and nothing else. */
export function linkOf({ run }: Pick<Notification, "run">): string | undefined {
  return run !== undefined && /^https?:\/\/[\w.-]+(?::\d+)?\/[\w./-]*$/.test(run) ? run : undefined;
}
