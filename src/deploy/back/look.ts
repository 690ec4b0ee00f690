import type { Manifest } from "../../backup/manifest.ts";
import { clauseOf, Failure, refusal } from "../../core/failure.ts";
import { formatMoment, shortCommit } from "../../core/format.ts";
import type { HistoryTable, SchemaView } from "../../core/history.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { STEPS, takesBack } from "../../journal/steps.ts";
import { type DownPlan, downPlan } from "../../migration/down.ts";
import type { Connection } from "../../postgres/connection.ts";
import { type Decision, type DecisionFacts, decide, type WayDown } from "./decision.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { nameOf, type Target } from "./target.ts";
import { replacedThere } from "./replaced-there.ts";
import { lookAtLive } from "./live-look.ts";
import { historyDifference } from "../environment/versions.ts";

export interface LookRequest {
  readonly target: Target;
  readonly wish: "auto" | "restore" | "down" | "keep";
  readonly preferDown: boolean;
  readonly savepoint: Manifest | undefined;
  readonly others: readonly Manifest[];
  /** The open deploy. */
  readonly deploy: DeployRecord | undefined;
}

export interface Look {
  readonly live: SchemaView | undefined;
  /** Why there is a database and no view of it. */
  readonly unreadable?: string | undefined;
  readonly decision: Decision;
  /** Where every migration since the target has a DOWN. */
  readonly down: WayDown | undefined;
}

/** Looks at the live database and decides what its way back is. Reads only. */
export async function lookAtDatabase(environment: Environment, request: LookRequest): Promise<Look> {
  const look = await lookAndDecide(environment, request);
  const { decision } = look;
  return decision.action === "impossible" ? { ...look, decision: { ...decision, replaced: await replacedThere(environment) } } : look;
}

async function lookAndDecide(environment: Environment, request: LookRequest): Promise<Look> {
  const common = {
    target: request.target.schema ?? request.savepoint?.schema,
    wish: request.wish,
    preferDown: request.preferDown,
    savepoint: request.savepoint && { id: request.savepoint.id, file: request.savepoint.file, schema: request.savepoint.schema },
    others: request.others.map(describeCandidate),
  };
  if ((await environment.database()) === undefined) {
    if (request.wish !== "keep" && hasDatabase(request)) throw databaseNotNamed(request.target);
    return {
      live: undefined,
      down: undefined,
      decision: decide({ ...common, live: undefined, down: { possible: false, keep: [], why: "there is no database" } }),
    };
  }
  const database = await databaseOf(environment);
  const seen = await lookAtLive(
    environment,
    database,
    async (connection, schema) => await waysDown(connection, schema, common.target?.history ?? []),
  );
  if (!("schema" in seen)) {
    const { unreadable } = seen;
    const down = { possible: false as const, keep: [], why: `the live database cannot be read (${unreadable})` };
    return { live: undefined, unreadable, decision: decide({ ...common, live: undefined, unreadable, down }), down: undefined };
  }
  return {
    live: seen.schema,
    decision: decide({ ...common, live: seen.schema, down: seen.more }),
    down: seen.more.possible && common.target !== undefined ? seen.more : undefined,
  };
}

/** Whether what is gone back from is known to have a database: an open deploy that saw it or worked on it, else the target. */
function hasDatabase({ deploy, target }: LookRequest): boolean {
  if (deploy === undefined || deploy.goingBack) return target.schema !== undefined;
  return deploy.live !== undefined || deploy.steps.some(({ step }) => STEPS[step].database && !takesBack(step));
}

/** Code would go back and the schema stay, and it would look as if all were well. */
function databaseNotNamed(target: Target): Failure {
  return refusal(
    `There is a database, and where it is is not said: code would go back to ${nameOf(target)}, and its schema stay as it is.`,
    {
      hint: "Give `database-url` or `database-service`, as the deploys had it; `--database keep` takes the code back alone.",
      code: "database-not-named",
    },
  );
}

/** A backup as a line of a list to choose from. */
export function describeCandidate({ id, deploy, purpose, startedAt, from }: Manifest): string {
  return `${deploy ?? id}  ${purpose} of ${formatMoment(startedAt)}${from === undefined ? "" : `, when ${shortCommit(from)} ran`}`;
}

/** Whether our own history alone can take the schema down to the target's: every migration since has a DOWN, and no other tool moved. */
async function waysDown(connection: Connection, live: SchemaView, target: readonly HistoryTable[]): Promise<DecisionFacts["down"]> {
  const others = historyDifference(target.filter(isForeign), live.history.filter(isForeign));
  if (others.length > 0) return { possible: false, keep: [], why: `another tool migrated (${others.slice(0, 3).join(", ")})` };
  const keep = target
    .filter((table) => !isForeign(table))
    .flatMap((table) => table.entries.filter((entry) => entry.state === "applied").map((entry) => entry.version));
  const plan = await planOrWhyNot(connection, keep);
  if (typeof plan === "string") return { possible: false, keep, why: plan };
  const [problem] = plan.problems;
  if (problem !== undefined) return { possible: false, keep, why: problem };
  if (plan.steps.length === 0) return { possible: false, keep, why: "no migration of ours was applied since" };
  // Only a way back by DOWN waits for PostgreSQL's parser.
  const { staysAfterDown } = await import("../../migration/plan/applied.ts");
  const stays = await staysAfterDown(plan.steps.map(({ row }) => row).toReversed());
  return { possible: true, keep, stays, losses: plan.losses };
}

/** The plan, or why our history cannot be read: a failed version may have left it in any form. */
async function planOrWhyNot(connection: Connection, keep: readonly string[]): Promise<DownPlan | string> {
  try {
    return await downPlan(connection, keep);
  } catch (error) {
    if (error instanceof Failure && /^[0-9A-Z]{5}$/u.test(error.code ?? "")) return `the history cannot be read (${clauseOf(error)})`;
    throw error;
  }
}

function isForeign(table: HistoryTable): boolean {
  return table.tool !== "savepoint";
}
