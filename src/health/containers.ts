import { COMMIT_LABEL, type Container } from "../machine/container/compose.ts";
import { describeContainer, hasFailed } from "../machine/container/story.ts";
import { shortLine } from "./excerpt.ts";
import { clauseOf } from "../core/failure.ts";
import type { Check, CheckResult } from "./verdict.ts";
import type { ExpectedVersion } from "./version.ts";

/** The containers of the app's compose project, as they are when asked; also stopped ones. */
export type Containers = () => Promise<readonly Container[]>;

/** This many restarts while it is watched are a loop: waiting does not help. */
const LOOP = 3;
/** A service that had no container this many times in a row will have none. */
const GONE = 3;

/** The check of `service`: its containers run, are healthy where their image says how, are of the version, and do not restart. */
export function serviceCheck(service: string, containers: Containers, version: ExpectedVersion | undefined): Check {
  const seen = new Restarts();
  let missing = 0;
  return {
    label: `service ${service}`,
    order: "together",
    run: async () =>
      await asked(`service ${service}`, containers, (all) => {
        missing = all.some((one) => one.service === service) ? 0 : missing + 1;
        const result = judgeService(service, all, version, seen);
        // Nobody starts it while we wait.
        return missing >= GONE && !result.passed ? { ...result, hopeless: true } : result;
      }),
  };
}

/**
 * What is asked beside every other check where the app is a compose project: whether containers of the new version have
 * ended or restart in a loop. Then nobody needs to wait for the timeout.
 */
export function aliveCheck(containers: Containers, version: ExpectedVersion | undefined): Check {
  const seen = new Restarts();
  const known = new Set<string>();
  return {
    label: "containers",
    order: "together",
    quiet: true,
    run: async () =>
      await asked("containers", containers, (all) => {
        const mine = all.filter(({ labels }) => version !== undefined && labels[COMMIT_LABEL] === version.commit);
        for (const { service } of mine) known.add(service);
        const gone = [...known].find((service) => !all.some((one) => one.service === service));
        if (gone !== undefined) return { passed: false, reason: `the container of ${gone} is gone`, evidence: [], hopeless: true };
        for (const one of mine) {
          const trouble = troubleOf(one, seen);
          // Told by the reason already, and by the log lines that are collected.
          if (trouble?.hopeless === true) return { ...trouble, evidence: [] };
        }
        return { passed: true, detail: "containers are up" };
      }),
  };
}

async function asked(label: string, containers: Containers, judge: (all: readonly Container[]) => CheckResult): Promise<CheckResult> {
  try {
    return judge(await containers());
  } catch (error) {
    const reason = `${label}: the containers cannot be asked: ${shortLine(clauseOf(error))}`;
    return { passed: false, reason, evidence: [reason] };
  }
}

function judgeService(service: string, all: readonly Container[], version: ExpectedVersion | undefined, seen: Restarts): CheckResult {
  const mine = all.filter((one) => one.service === service);
  if (mine.length === 0) {
    const others = [...new Set(all.map((one) => one.service))].join(", ");
    const reason = `service ${service} has no container`;
    return { passed: false, reason, hint: others === "" ? undefined : `There are containers of ${others}.`, evidence: [reason] };
  }
  for (const one of mine) {
    const trouble = troubleOf(one, seen) ?? notYet(one, version);
    if (trouble !== undefined) return trouble;
  }
  return { passed: true, detail: `service ${service} ${mine.every(({ health }) => health === "healthy") ? "is healthy" : "runs"}` };
}

function troubleOf(one: Container, seen: Restarts): Extract<CheckResult, { passed: false }> | undefined {
  const told = describeContainer(one);
  const again = seen.since(one);
  if (hasFailed(one)) return { passed: false, reason: told, evidence: [told], hopeless: true };
  if (again.ever >= LOOP)
    return { passed: false, reason: `${told}: it restarts in a loop`, topic: `${one.service} loops`, evidence: [told], hopeless: true };
  if (again.now > 0) return { passed: false, reason: `${told}: it was restarted`, topic: `${one.service} restarts`, evidence: [told] };
  return undefined;
}

function notYet(one: Container, version: ExpectedVersion | undefined): Extract<CheckResult, { passed: false }> | undefined {
  const told = describeContainer(one);
  const commit = one.labels[COMMIT_LABEL];
  if (version !== undefined && commit !== undefined && commit !== version.commit)
    return { passed: false, reason: `${told}: it is of ${commit.slice(0, 7)}, not of ${version.commit.slice(0, 7)}`, evidence: [told] };
  const up = one.state === "running" && (one.health === undefined || one.health === "healthy");
  return up ? undefined : { passed: false, reason: told, evidence: [told], underWay: one.state === "running" };
}

/** Counts containers' restarts from when they were first seen. */
class Restarts {
  readonly #first = new Map<string, number>();
  readonly #last = new Map<string, number>();

  since({ id, restarts }: Container): { readonly ever: number; readonly now: number } {
    const first = this.#first.get(id) ?? restarts;
    const last = this.#last.get(id) ?? restarts;
    this.#first.set(id, first);
    this.#last.set(id, restarts);
    return { ever: restarts - first, now: restarts - last };
  }
}
