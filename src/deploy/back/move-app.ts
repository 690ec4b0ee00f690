import { shortCommit } from "../../core/format.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { App, codeMovesFrom } from "./app.ts";
import { type Decided, decideAgain } from "./decide-now.ts";
import { changesDatabase, type Decision } from "./decision.ts";
import type { UnderWay } from "./under-way.ts";

/** The app as it was found on its host. */
export interface FoundApp {
  readonly clone: Clone | undefined;
  readonly app: App;
  /** What is checked out; undefined where no `app-dir` is given. */
  readonly running: string | undefined;
}

/** What has to move: whether the code does, and whether the app is stopped for that or for the database. */
export interface Moves {
  readonly code: boolean;
  readonly stopped: boolean;
}

/** Finds the app that is to go back. */
export async function findApp({ tx, request, signal, parts }: UnderWay): Promise<FoundApp> {
  const clone = await tx.environment.clone();
  const app = new App(tx, { clone, settings: request.rollout, signal });
  const running = await clone?.current();
  parts.code = running === undefined ? "no app-dir is given, the code is not ours to move" : shortCommit(running);
  return { clone, app, running };
}

/** What has to move for a decision on the database. */
export async function whatMoves({ request, target }: UnderWay, { app, running }: FoundApp, decision: Decision): Promise<Moves> {
  const code = codeMovesFrom(running, target.commit, request.deploy) || (await app.runsOtherImages(target.commit));
  return { code, stopped: code || changesDatabase(decision) };
}

/** Stops the app, and looks once more: what wrote until now may have changed what was decided. */
export async function stopAndLookAgain(way: UnderWay, { app, running }: FoundApp, decided: Decided): Promise<Decided> {
  const { commit } = way.target;
  const ran = running ?? commit;
  // Before it is stopped: that may end half-way. Where nothing is gone back to, what was stopped stays so.
  if (ran !== undefined && commit !== undefined && (await app.stops(ran))) way.startAgain = async () => await app.start(ran);
  way.parts.stoppedSince ??= way.tx.environment.ports.clock.now().toISOString();
  way.parts.app = await app.stop(ran ?? "");
  return await decideAgain(way, decided);
}

/** Puts the target's code in place and starts it. From here on nothing else is started again. */
export async function startTarget(way: UnderWay, { app, running }: FoundApp, { code, stopped }: Moves): Promise<void> {
  way.startAgain = undefined;
  const { commit } = way.target;
  if (commit === undefined) return;
  if (code) await app.moveTo(commit, running);
  else if (stopped) await app.start(commit);
  if (stopped) way.parts.app = "started";
  if (running !== undefined) way.parts.code = shortCommit(commit);
}
