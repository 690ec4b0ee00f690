import type { BackTimes } from "../../journal/times.ts";
import { historyDifference } from "../environment/versions.ts";
import { commitsBetween } from "../steps/commits.ts";
import { standstillOf } from "../steps/downtime.ts";
import type { FirstLook } from "./decide-now.ts";
import type { Decision } from "./decision.ts";
import type { FoundApp } from "./move-app.ts";
import { schemaProof } from "./proof.ts";
import type { DatabaseTaken, RolledBack } from "./request.ts";
import { rowsLeftIn } from "./rows.ts";
import type { StillUp } from "../../rollout/strategy.ts";
import { provesVersion } from "./target-health.ts";
import type { UnderWay } from "./under-way.ts";

/** What came of it, part by part. */
export interface Ended {
  readonly found: FirstLook;
  readonly decision: Decision;
  readonly database: DatabaseTaken;
  readonly health: string;
  readonly up: StillUp | undefined;
  readonly times: BackTimes;
}

/** What a rollback took back, and what of it is proven. Reads only. */
export async function accountOf(way: UnderWay, { app, clone, running }: FoundApp, ended: Ended): Promise<RolledBack> {
  const { tx, request, target } = way;
  const { found, decision, database, health, up, times } = ended;
  const newest = request.deploy?.goingBack === false ? request.deploy.commit : running;
  const [before, wanted] = [found.look.live, found.target.schema];
  return {
    commit: target.commit,
    from: running,
    ...database,
    rows: await rowsLeftIn(tx.environment, database.replaced, request.savepoint),
    why: decision.why,
    health,
    up,
    times,
    downtime: (await standstillOf(tx)).downtime,
    schema: schemaProof(target, { decision, wish: request.wish, health }),
    proven: provesVersion(request, { health, stopped: app.stopped }),
    commits: await commitsBetween(clone, target.commit, newest),
    migrations: before && wanted ? historyDifference(wanted.history, before.history) : [],
  };
}
