import { refusal } from "../core/failure.ts";

/** Whose stable tags: an app's environment, and what stands before the tags' names. */
export interface StableName {
  readonly app: string;
  readonly environment: string;
  /** Empty, or with its separator: `staging/`. */
  readonly prefix: string;
}

/** What a stable tag's annotation says. */
export interface StableMark {
  readonly app: string;
  readonly environment: string;
  readonly commit: string;
  /** The deploy's id. */
  readonly deploy: string;
  /** The `stable-…` tag that was set together with it. */
  readonly tag: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly runUrl?: string | undefined;
}

const FIELDS = {
  app: "App",
  environment: "Environment",
  commit: "Commit",
  deploy: "Deploy",
  tag: "Tag",
  at: "Marked-At",
  runUrl: "Run",
} as const;
const REQUIRED = ["app", "environment", "commit", "deploy", "tag", "at"] as const;

/** `latest-stable`, `staging/latest-stable`. */
export function latestTag(name: StableName): string {
  return `${name.prefix}latest-stable`;
}

/** `stable-20261120-143022`, in UTC. */
export function stableTag(name: StableName, at: Date): string {
  const [day, time] = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  return `${name.prefix}stable-${day}-${time}`;
}

/** Whether a tag is called as this environment's stable tags are. Whose it is, its annotation says. */
export function isStableTag(name: StableName, tag: string): boolean {
  return tag.startsWith(name.prefix) && /^stable-\d{8}-\d{6}$/.test(tag.slice(name.prefix.length));
}

/**
 * Refuses a prefix of which git would not make a tag.
 * The rules: https://git-scm.com/docs/git-check-ref-format
 */
export function checkPrefix(prefix: string): void {
  // eslint-disable-next-line no-control-regex -- these are what git refuses
  const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|^-|(?:^|\/)\.|\.lock(?:\/|$)|\.\//;
  if (!forbidden.test(prefix) && prefix !== "@") return;
  throw refusal(`No git tag can be called ${JSON.stringify(`${prefix}latest-stable`)}.`, {
    code: "inputs",
    hint: "Give `tag-prefix`: letters, digits, `-`, `_`, `.` and `/`, e.g. `shop-production/`.",
  });
}

/** The annotation: a line for people, then one line for each field. */
export function annotate(mark: StableMark): string {
  const lines = Object.entries(FIELDS).flatMap(([field, label]) => {
    const value = mark[field as keyof StableMark];
    return value === undefined ? [] : [`Savepoint-${label}: ${onOneLine(value)}`];
  });
  return `${onOneLine(mark.app)} ${onOneLine(mark.environment)}: ${mark.commit.slice(0, 7)} is stable\n\n${lines.join("\n")}\n`;
}

/** What an annotation says; undefined where it is not one of ours. */
export function readAnnotation(annotation: string): StableMark | undefined {
  const found: Record<string, string> = {};
  for (const line of annotation.split("\n")) {
    const match = /^Savepoint-([A-Za-z-]+): ([^]*)$/.exec(line.trimEnd());
    const field = Object.entries(FIELDS).find(([, label]) => label === match?.[1])?.[0];
    if (field !== undefined) found[field] = asGiven(match?.[2] ?? "");
  }
  return REQUIRED.every((field) => found[field] !== undefined) ? (found as unknown as StableMark) : undefined;
}

/** The mark, where it is this app's and environment's. */
export function markOf(name: StableName, annotation: string | undefined): StableMark | undefined {
  const mark = annotation === undefined ? undefined : readAnnotation(annotation);
  return mark?.app === name.app && mark.environment === name.environment ? mark : undefined;
}

/** As it is, where that is one plain line; else quoted. */
function onOneLine(value: string): string {
  return /^[^\p{Cc}"\s][^\p{Cc}]*(?<!\s)$/u.test(value) ? value : JSON.stringify(value);
}

function asGiven(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    // Somebody's own text that happens to begin with a quote.
    return value;
  }
}
