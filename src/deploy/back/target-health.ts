import { shortCommit } from "../../core/format.ts";
import { changesDatabase, type Decision } from "./decision.ts";
import type { Environment } from "../environment/environment.ts";
import type { App } from "./app.ts";
import { AS_FOUND, NOT_CHECKED } from "../../journal/unwell.ts";
import { healthAfter } from "./health.ts";
import type { CarryOutRequest } from "./request.ts";
import { standstillOf } from "../steps/downtime.ts";
import type { FoundApp } from "./move-app.ts";
import { orStartAgain } from "./start-again.ts";
import type { StillUp } from "../../rollout/strategy.ts";
import { leaveNothing } from "./to-nothing.ts";
import type { UnderWay } from "./under-way.ts";

/** What has become of the app and its database by then. */
export interface TargetState {
  readonly decision: Decision;
  /** Whether the app was stopped and started by this rollback. */
  readonly stopped: boolean;
}

/**
 * The health of the version gone back to, in words; where there is none, what of the one that was left may run all the same.
 * Throws where it is not healthy.
 */
export async function checkTargetHealth(
  way: UnderWay,
  found: FoundApp,
  state: TargetState,
): Promise<{ readonly health: string; readonly up?: StillUp | undefined }> {
  const { parts, request, target } = way;
  if (target.commit === undefined) return await leaveNothing(found.app, parts, { deploy: request.deploy, running: found.running });
  try {
    const health = await askTarget(way, found.app, { ...state, commit: target.commit });
    parts.app = health;
    return { health };
  } catch (error) {
    parts.app = "not healthy";
    throw error;
  }
}

/** Asks it as that version can be asked. */
async function askTarget(
  { tx, request, target, signal }: UnderWay,
  app: App,
  { commit, decision, stopped }: TargetState & { readonly commit: string },
): Promise<string> {
  const { deploy } = request;
  const seen = deploy?.from === commit && !deploy.goingBack && !target.stable ? deploy.ran : undefined;
  const restart = async (): Promise<void> => {
    await orStartAgain(
      async () => await app.start(commit),
      async () => await app.stop(commit),
    );
    await app.start(commit);
  };
  const { environment, deploy: id } = tx;
  return await healthAfter({
    environment,
    settings: seen === "nameless" ? withoutVersion(environment, request.health, commit) : request.health,
    commit,
    started: id !== undefined ? { deploy: id, rollout: request.rollout.start, kept: deploy?.from === commit } : undefined,
    seen: target.stable ? "healthy" : seen,
    signal,
    kept: !changesDatabase(decision),
    proven: decision.action !== "kept" || decision.proven,
    restart: !stopped && (await app.canStart(commit)) ? restart : undefined,
    standstill: await standstillOf(tx),
  });
}

/** Whether health after a way back proves that this version runs, and not only that something is healthy. */
export function provesVersion(
  { health: settings, deploy }: CarryOutRequest,
  { health, stopped }: { readonly health: string; readonly stopped: boolean },
): boolean {
  if (health === NOT_CHECKED || health === AS_FOUND) return false;
  const source = settings?.["expect-version"]?.from;
  return stopped || (source !== undefined && source !== "literal" && deploy?.ran !== "nameless");
}

/** A version that never told what it is cannot be asked for it. */
function withoutVersion(environment: Environment, health: CarryOutRequest["health"], commit: string): CarryOutRequest["health"] {
  if (health?.["expect-version"] === undefined) return health;
  environment.ports.report.say(
    `${shortCommit(commit)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`,
  );
  return { ...health, "expect-version": undefined };
}
