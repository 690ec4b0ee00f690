import { shortCommit } from "../../core/format.ts";
import { changesDatabase, type Decision } from "./decision.ts";
import type { Standstill } from "../../rollout/standstill.ts";
import type { Environment } from "../environment/environment.ts";
import type { App } from "./app.ts";
import { AS_FOUND, NOT_CHECKED } from "../../journal/unwell.ts";
import { healthAfter } from "./health.ts";
import type { CarryOutRequest } from "./request.ts";
import { orStartAgain } from "./start-again.ts";

export interface TargetHealthRequest {
  readonly environment: Environment;
  readonly request: CarryOutRequest;
  readonly app: App;
  /** The open deploy, under whose name commands were started. */
  readonly id: string | undefined;
  /** The version gone back to. */
  readonly commit: string;
  readonly decision: Decision;
  /** Whether the app was stopped and started by this rollback. */
  readonly stopped: boolean;
  readonly signal: AbortSignal;
  readonly standstill: Standstill;
}

/** The health of the version gone back to, asked as that version can be asked. Returns it in words; throws where it is not healthy. */
export async function checkTargetHealth(about: TargetHealthRequest): Promise<string> {
  const { environment, request, app, id, commit, decision, stopped, signal, standstill } = about;
  const { target, deploy } = request;
  const seen = deploy?.from === commit && !deploy.goingBack && !target.stable ? deploy.ran : undefined;
  const restart = async (): Promise<void> => {
    await orStartAgain(
      async () => await app.start(commit),
      async () => await app.stop(commit),
    );
    await app.start(commit);
  };
  return await healthAfter({
    environment,
    settings: seen === "nameless" ? withoutVersion(about) : request.health,
    commit,
    started: id !== undefined ? { deploy: id, rollout: request.rollout.start, kept: deploy?.from === commit } : undefined,
    seen: target.stable ? "healthy" : seen,
    signal,
    kept: !changesDatabase(decision),
    proven: decision.action !== "kept" || decision.proven,
    restart: !stopped && (await app.canStart(commit)) ? restart : undefined,
    standstill,
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
function withoutVersion({ environment, request: { health }, commit }: TargetHealthRequest): CarryOutRequest["health"] {
  if (health?.["expect-version"] === undefined) return health;
  environment.ports.report.say(
    `${shortCommit(commit)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`,
  );
  return { ...health, "expect-version": undefined };
}
