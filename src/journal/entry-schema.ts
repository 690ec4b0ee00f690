import * as v from "valibot";
import { stepNames } from "./steps.ts";

// What the fold and those who read it rely on, and no more: a later Savepoint may say more, and entries of earlier ones stay
// readable.
const text = v.string();
const map = v.record(v.string(), v.unknown());
const settings = v.record(v.string(), v.record(v.string(), v.string()));
const commands = v.array(text);
const hooks = v.record(text, commands);
/** As earlier versions wrote them: each point's commands as JSON. */
const earlierHooks = v.record(
  text,
  v.pipe(
    text,
    v.check((json) => v.safeParse(v.pipe(text, v.parseJson(), commands), json).success),
  ),
);
const openingSettings = v.objectWithRest({ hooks: v.optional(earlierHooks) }, v.record(text, text));
const schema = v.looseObject({
  fingerprint: text,
  history: v.array(v.looseObject({ table: text, tool: text, entries: v.array(v.looseObject({ version: text, state: text })) })),
});
const moment = v.pipe(
  text,
  v.check((at) => !Number.isNaN(Date.parse(at)), "is no time"),
);

const stepName = v.picklist(stepNames);

const stamp = v.looseObject({
  at: moment,
  owner: text,
  fence: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  deploy: v.optional(text),
  kind: text,
});

const kinds: Readonly<Record<string, v.GenericSchema>> = {
  "lock.taken": v.looseObject({ why: text }),
  "deploy.opened": v.looseObject({
    deploy: text,
    commit: text,
    from: v.optional(text),
    job: v.optional(text),
    live: v.optional(schema),
    settings: openingSettings,
    hooks: v.optional(hooks),
    allowed: v.optional(v.looseObject({ deploy: text, reason: text })),
  }),
  "step.started": v.looseObject({
    step: stepName,
    intent: map,
    job: v.optional(text),
    settings: v.optional(v.record(v.string(), v.string())),
    shared: v.optional(v.record(v.string(), v.string())),
  }),
  "step.done": v.looseObject({ step: stepName, result: map }),
  "step.failed": v.looseObject({ step: stepName, message: text }),
  "deploy.closed": v.looseObject({
    deploy: text,
    as: v.picklist(["confirmed", "rolled-back", "abandoned", "failed"]),
    why: text,
    on: v.optional(text),
    blocks: v.optional(v.boolean()),
  }),
  "version.seen": v.looseObject({ commit: text, schema }),
  "stable.marked": v.looseObject({ commit: text, schema: v.optional(schema), settings, tag: text }),
  "stable.withdrawn": v.looseObject({ commit: text }),
  "tags.moved": v.looseObject({ commit: text, tag: text }),
  "tags.pending": v.looseObject({ commit: text, tag: text, why: text }),
  "went-back": v.looseObject({ to: text, database: text, finished: v.boolean() }),
  "health.passed": v.looseObject({ commit: v.optional(text), after: text }),
  "database.replaced": v.looseObject({ database: text, replaced: text, backup: text }),
  "watchdog.armed": v.looseObject({ folder: text, silentMs: v.pipe(v.number(), v.minValue(0)) }),
  "database.dropped": v.looseObject({ database: text, replaced: text }),
  "notify.sent": v.looseObject({ channel: text, event: text, about: v.optional(text), handle: v.optional(text) }),
  "notify.failed": v.looseObject({ channel: text, event: text, why: text }),
  "github.told": v.looseObject({
    about: text,
    deployment: v.optional(v.number()),
    state: v.optional(text),
    status: v.optional(text),
    issue: v.optional(v.number()),
  }),
  "restore.proven": v.looseObject({ backup: text, fingerprint: text, server: v.number(), sizeBytes: v.number(), restoreMs: v.number() }),
};

/** What is wrong with a value that is to be an entry of format 1; undefined where nothing is. A kind that is not known is let through. */
export function entryProblem(value: unknown): string | undefined {
  const first = problemOf(stamp, value);
  if (first !== undefined) return first;
  const kind = kinds[(value as { readonly kind: string }).kind];
  return kind === undefined ? undefined : problemOf(kind, value);
}

/** The name of the step that an entry is about, where there is none of that name. */
export function unknownStep(value: unknown): string | undefined {
  const { kind, step } = value as { readonly kind?: unknown; readonly step?: unknown };
  const about = typeof kind === "string" && kind.startsWith("step.") && kind in kinds;
  return about && typeof step === "string" && !v.is(stepName, step) ? step : undefined;
}

function problemOf(wanted: v.GenericSchema, value: unknown): string | undefined {
  const { issues } = v.safeParse(wanted, value, { abortEarly: true });
  if (issues === undefined) return undefined;
  const [issue] = issues;
  const field = v.getDotPath(issue);
  if (field === null) return "it is no entry";
  return `\`${field}\` ${issue.received === "undefined" ? "is missing" : "is wrong"}`;
}
