import { Failure } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { quarantineNote } from "../lock/quarantined.ts";
import { schemaStanding } from "../lock/standing.ts";
import type { Transaction } from "../lock/transaction.ts";
import { awayFor, downtimeOutputs } from "../steps/downtime.ts";
import { timelineNow } from "../steps/timeline.ts";
import { readableSchema } from "./live-look.ts";
import type { RolledBack } from "./request.ts";
import { rollbackBlocks, stopByHand, whoAndWhy } from "./rollback-blocks.ts";
import { nowhereElse } from "./rollback-plan.ts";
import { nameOf, type Target } from "./target.ts";
import { reasonOf } from "./ways.ts";
import { waysTogether } from "./ways-together.ts";

/** What else is told of a rollback. */
export interface OutcomeFacts {
  /** The deploy as it was before. */
  readonly before: DeployRecord;
  readonly target: Target;
  readonly reason: string | undefined;
  readonly durationMs: number;
  /** What became of the stable tags. */
  readonly tags: readonly Block[];
}

/**
 * A rollback that is done, as outputs, headline and summary.
 * @throws Failure of code `still-up` where the failed version may still work in a database that is not its own, and of code `apart` where
 * a backup was restored whose schema is not its version's: that must not look green.
 */
export async function rollbackOutcome(tx: Transaction, rolledBack: RolledBack, facts: OutcomeFacts): Promise<Outcome> {
  const { environment } = tx;
  const { before, target, reason, durationMs, tags } = facts;
  const { commit, database, health, downtime } = rolledBack;
  const nowhere = before.goingBack && commit !== undefined && rolledBack.from === commit && database === "kept";
  const further = nowhere ? await nowhereElse(environment, await tx.state.journal.read(), { commit, reason }) : undefined;
  const outcome: Outcome = {
    outputs: {
      "rolled-back": true,
      commit,
      "database-action": database,
      savepoint: rolledBack.savepoint,
      "replaced-database": rolledBack.replaced,
      "duration-ms": durationMs,
      ...downtimeOutputs(downtime),
    },
    headline: `${whereItIs(environment, rolledBack)} (database ${database}, ${health}) after ${formatDuration(durationMs)}${awayFor(downtime)}`,
    blocks: [
      whoAndWhy(environment, reason ?? reasonOf(before)),
      { kind: "text", text: `Target: ${nameOf(target)}: ${target.why}.` },
      ...(await rollbackBlocks(environment, rolledBack)),
      ...quarantineNote(await tx.state.journal.read(), before.id).map((text) => ({ kind: "text" as const, text })),
      ...tags,
      ...(further?.blocks ?? []),
      ...(await timelineNow(tx, before.id)),
    ],
    ways: further?.ways,
  };
  if (target.apart === "as-backed-up" && commit !== undefined) throw await nowApart(environment, tx, { outcome, commit, rolledBack });
  if (rolledBack.up === undefined) return outcome;
  const { outputs, headline, blocks } = outcome;
  const { what, ways } = rolledBack.up;
  const hint = stopByHand(rolledBack.up, environment.title);
  throw new Failure(`${headline}.`, { exit: 3, code: "still-up", outputs, blocks, ways, state: [`app: ${what}`], hint });
}

/** Said by hand, and done; but what the backup holds is not its version's schema. */
async function nowApart(
  environment: Environment,
  tx: Transaction,
  about: { readonly outcome: Outcome; readonly commit: string; readonly rolledBack: RolledBack },
): Promise<Failure> {
  const { outcome, commit, rolledBack } = about;
  const { outputs, headline, blocks } = outcome;
  const ledger = await tx.state.journal.read();
  const { of } = schemaStanding(ledger, { running: commit, live: await readableSchema(environment) });
  const name = shortCommit(commit);
  return new Failure(`${headline}, and now code and schema are apart: what the backup holds is no schema that ${name} was proven on.`, {
    exit: 3,
    code: "apart",
    outputs,
    blocks,
    state: [
      `code: ${name}`,
      `schema: ${of === undefined ? `the backup's, not ${name}'s` : `${shortCommit(of)}'s`}`,
      ...(rolledBack.replaced === undefined ? [] : [`replaced database: ${rolledBack.replaced}`]),
    ],
    ways: waysTogether(environment, { running: commit, of, replaced: rolledBack.replaced }),
  });
}

function whereItIs({ title }: Environment, { from, commit, database }: RolledBack): string {
  if (commit === undefined) return `${title} is back to what was before its first version`;
  return `${title} ${from === commit && database === "kept" ? "was and is" : "is back"} on ${shortCommit(commit)}${from === commit && database === "kept" ? ", nothing was taken back" : ""}`;
}
