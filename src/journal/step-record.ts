import type { StepName } from "./entries.ts";

/** One step of a deploy as the journal tells it. */
export interface StepRecord {
  readonly step: StepName;
  readonly startedAt: string;
  endedAt?: string;
  state: "running" | "done" | "failed" | "cancelled";
  readonly intent: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, string>>;
  result?: Readonly<Record<string, unknown>>;
  message?: string;
  /** Of what failed, so that the same failure is known again. */
  code?: string;
}
