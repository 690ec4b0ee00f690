import type { Check, CheckResult } from "./verdict.ts";

/** Whether what listens is the version that was started, as far as processes tell. */
export type Takeover =
  | { readonly state: "new" }
  | { readonly state: "unknown" }
  /** It is still the one from before, and what was started has ended: nobody will take over. */
  | { readonly state: "old"; readonly reason: string }
  /** It is still the one from before; what was started is still there. */
  | { readonly state: "waiting"; readonly reason: string };

/** A process as far as it matters who started when. */
interface Seen {
  readonly parent: number;
  readonly start: number;
  readonly dead: boolean;
}

export interface Sight {
  readonly boot: string;
  readonly holders: readonly number[];
  readonly hidden: boolean;
  readonly processes: ReadonlyMap<number, Seen>;
  readonly inFolder: ReadonlySet<number>;
  readonly programs: ReadonlyMap<number, string>;
}

export interface AppStart {
  readonly boot: string;
  readonly since: number;
  readonly first: number;
  readonly own: { readonly pid: number; readonly start: number | undefined } | undefined;
}

/**
 * Tells the new version from the old by what the machine knows. What listens on the health URL's port is the old version
 * where every process that holds the port started before the start-command, nothing below them and nothing else in `app-dir`
 * started since (a supervisor's new workers would have), and the process that the start-command left in the background has
 * ended; while that lives, where the holder is the same program or works in `app-dir`, it is waited for. All else is not
 * known, and says nothing: a proxy that stays, a socket of another user's. `kept`: the process from before the deploy is
 * the version that is asked for. Pure.
 */
export function judgeTakeover(sight: Sight, begun: AppStart, { port, kept }: { readonly port: number; readonly kept: boolean }): Takeover {
  const { holders, processes, inFolder, programs } = sight;
  if (sight.boot !== begun.boot || sight.hidden || holders.length === 0) return { state: "unknown" };
  const startOf = (pid: number): number => processes.get(pid)?.start ?? Number.POSITIVE_INFINITY;
  if (holders.some((pid) => startOf(pid) >= begun.since)) return { state: "new" };
  if (kept && holders.every((pid) => startOf(pid) < begun.first)) return { state: "new" };
  const { own } = begun;
  const isBelow = (pid: number, tops: readonly number[]): boolean => {
    for (let at: number | undefined = pid, steps = 0; at !== undefined && at > 1 && steps < 64; steps += 1) {
      if (tops.includes(at)) return true;
      at = processes.get(at)?.parent;
    }
    return false;
  };
  const others = [...processes].filter(
    ([pid, seen]) => !seen.dead && seen.start >= begun.since && (own === undefined || !isBelow(pid, [own.pid])),
  );
  if (others.some(([pid]) => inFolder.has(pid) || isBelow(pid, holders))) return { state: "unknown" };
  if (own === undefined) return { state: "unknown" };
  const now = processes.get(own.pid);
  const lives = now !== undefined && !now.dead && now.start === own.start;
  const who = `port ${port} is still held by process ${holders.join(", ")}, which was there before the start`;
  if (!lives) return { state: "old", reason: `the old version answers: ${who}, and the process that was started (${own.pid}) has ended` };
  const program = programs.get(own.pid);
  const isApp = holders.some((pid) => inFolder.has(pid) || (program !== undefined && programs.get(pid) === program));
  return isApp
    ? { state: "waiting", reason: `the old version answers: ${who}; the one that was started (${own.pid}) has not taken over` }
    : { state: "unknown" };
}

/** What is asked last, once all else passes: whether it is the new version that passed. */
export function takeoverCheck(ask: () => Promise<Takeover>): Check {
  return {
    label: "who listens",
    order: "late",
    quiet: true,
    run: async (): Promise<CheckResult> => {
      const seen = await ask();
      if (seen.state === "new" || seen.state === "unknown") return { passed: true, detail: "the new version listens" };
      return {
        passed: false,
        reason: seen.reason,
        topic: `takeover: ${seen.state}`,
        hint: "The port was taken when the new version started. Give a `stop-command` that ends the old one first; or `expect-version`, where the app can tell its version.",
        evidence: [seen.reason],
        hopeless: seen.state === "old",
      };
    },
  };
}
