import type { DeployRecord } from "../../journal/ledger.ts";
import type { RollbackSettings } from "../call/sections.ts";

export type Wish = RollbackSettings["database"];

/** What a rollback was told. */
export interface Told {
  readonly to: string | undefined;
  readonly database: Wish;
}

/** A rollback that was tried and failed: what it was told, and how it ended. */
export interface Tried extends Told {
  /** The failure's code; `failed` where it had none. */
  readonly code: string;
  /** It failed before it could look at the database: nothing of what becomes of that was decided. */
  readonly unseen?: boolean;
}

/** The rollbacks of a deploy that failed, as the journal tells them. */
export function triedOf({ steps }: Pick<DeployRecord, "steps">): readonly Tried[] {
  return steps.flatMap(({ step, state, intent, code, unseen }) =>
    step === "rollback" && state === "failed" ? [{ ...toldIn(intent), code: code ?? "failed", ...(unseen === true && { unseen }) }] : [],
  );
}

/** The last rollback of a deploy, where it did not end: what it was told counts on, and without it the next one may refuse. */
export function begunOf({ steps }: Pick<DeployRecord, "steps">): Told | undefined {
  const last = steps.findLast(({ step }) => step === "rollback");
  return last?.state === "running" || last?.state === "cancelled" ? toldIn(last.intent) : undefined;
}

function toldIn(intent: Readonly<Record<string, unknown>>): Told {
  return { to: asText(intent["to"]), database: asWish(intent["database"]) };
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asWish(value: unknown): Wish {
  return value === "restore" || value === "down" || value === "keep" ? value : "auto";
}
