import type { DeployEnd, Entry } from "./entries.ts";

/** How a deploy ended. */
export interface DeployClosing {
  readonly as: DeployEnd;
  readonly at: string;
  readonly why: string;
  readonly on: string | undefined;
  readonly blocks: boolean;
  /** Who ended it: its owner, or whoever took its lock over. */
  readonly by: string;
}

export function closingOf(entry: Extract<Entry, { kind: "deploy.closed" }>): DeployClosing {
  const { as, at, why, on, owner, blocks } = entry;
  return { as, at, why, on, blocks: as === "failed" && blocks === true, by: owner };
}
