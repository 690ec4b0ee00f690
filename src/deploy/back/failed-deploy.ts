import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Outcome } from "../../core/outcome.ts";
import { notInMessage, seenSince } from "../../core/once.ts";
import { changedSomething, type DeployRecord } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import type { RollbackSettings } from "../call/sections.ts";
import { targetOfDeploy } from "./target.ts";
import { timelineNow } from "../steps/timeline.ts";
import { quarantineNote } from "../lock/quarantined.ts";
import { dropWarm } from "../steps/warm.ts";
import type { Transaction } from "../lock/transaction.ts";
import { backupStore } from "../steps/backup.ts";
import { awayFor, downtimeOutputs } from "../steps/downtime.ts";
import { NOT_AUTOMATIC } from "./automatic.ts";
import { standing } from "./left-open.ts";
import { stepsOf } from "./still-open.ts";
import { describeCandidate } from "./look.ts";
import { rollbackBlocks, stopByHand } from "./rollback-blocks.ts";
import { intoReplacedBlock } from "./rows.ts";
import type { RolledBack } from "./request.ts";
import { writtenSince } from "./written-since.ts";
import { rollBack } from "./rollback-step.ts";

/** A deploy that failed or was cancelled, as far as it came. */
export interface FailedDeploy {
  readonly environment: Environment;
  readonly tx: Transaction;
  readonly rollback: Pick<RollbackSettings, "prefer-down" | "automatic">;
  readonly id: string;
  readonly error: unknown;
  readonly outputs: Outcome["outputs"];
}

/** What a failed deploy ends as: untouched, taken back, or, where that failed too, in need of a person. Always a failure. */
export async function endFailedDeploy(fallen: FailedDeploy): Promise<unknown> {
  const { environment, tx, error, outputs, id } = fallen;
  const cause = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error });
  const record = (await tx.state.journal.read()).deploys.find((one) => one.id === id);
  if (cause.code === "lock-lost" || record === undefined) return cause;
  if (record.end !== undefined) {
    const known = { outputs: { ...outputs, ...cause.outputs, "rolled-back": false } };
    if (record.end.as !== "confirmed" || cause.exit === 3) return cause.with(known);
    // Neither as before nor taken back: what failed came after.
    const confirmed = `deploy: confirmed in the journal; ${shortCommit(record.commit)} is stable and stays`;
    return cause.with({ ...known, exit: 3, state: [confirmed, ...cause.state] });
  }
  if (error instanceof Cancelled)
    return await standing(tx, new Cancelled(error.message, { outputs: { ...outputs, "rolled-back": false } }));
  if (!changedSomething(record)) {
    await dropWarm(tx);
    await tx.close({ as: "abandoned", why: cause.message, ...(record.from !== undefined && { on: record.from }) });
    return cause.with({
      outputs: { ...outputs, ...cause.outputs, "rolled-back": false },
      state: ["Nothing was changed: code, schema and app are as they were.", ...cause.state],
    });
  }
  if (!fallen.rollback.automatic) return await leftStanding(fallen, cause, record);
  environment.ports.report.say("The deploy failed, and is taken back.");
  return await afterRollback(fallen, cause, record.commit);
}

/** By settings nothing is taken back: all stays as it is, for whoever looks into it, and blocks until a person ends it. */
async function leftStanding({ environment, tx, outputs, id }: FailedDeploy, cause: Failure, record: DeployRecord): Promise<Failure> {
  await tx.close({ as: "failed", why: cause.message, blocks: true });
  return cause.with({
    exit: 3,
    outputs: { ...outputs, ...cause.outputs, "rolled-back": false },
    state: [
      ...cause.state,
      `${shortCommit(record.commit)} stays on ${environment.title} as it stands: ${stepsOf(record)}. ${NOT_AUTOMATIC}`,
      "lock: held, until a rollback finishes it or an unlock ends it",
    ],
    ways: await waysOfDeploy(environment, await tx.state.journal.read(), record),
    blocks: [...cause.blocks, ...(await timelineNow(tx, id))],
  });
}

async function afterRollback({ environment, tx, rollback, id, outputs }: FailedDeploy, cause: Failure, commit: string): Promise<unknown> {
  const ledger = await tx.state.journal.read();
  const open = ledger.deploys.find((one) => one.id === id);
  const choice = open === undefined ? undefined : targetOfDeploy(ledger, open);
  if (choice === undefined || !choice.found) {
    return await nothingTakenBack({ environment, tx, outputs, cause, deploy: open, why: choice?.why ?? "the journal lost the deploy" });
  }
  const settings = { ...rollback, database: "auto" as const, to: undefined, reason: undefined, confirm: undefined };
  try {
    const rolledBack = await rollBack(tx, { target: choice.target, settings, byHand: false });
    const back = {
      commit: rolledBack.commit,
      "rolled-back": true,
      "database-action": rolledBack.database,
      "replaced-database": rolledBack.replaced,
      ...downtimeOutputs(rolledBack.downtime),
    };
    return cause.with({
      exit: rolledBack.up === undefined ? 1 : 3,
      ways: rolledBack.up?.ways ?? [],
      hint: [
        rolledBack.up !== undefined
          ? stopByHand(rolledBack.up, environment.title)
          : rolledBack.commit === undefined
            ? `Nothing of ${environment.title} runs, as before; fix the cause and deploy again.`
            : `${environment.title} is back on ${shortCommit(rolledBack.commit)}, ${rolledBack.health}; fix the cause and deploy again.`,
        ...quarantineNote(await tx.state.journal.read(), id),
        ...(rolledBack.replaced === undefined ? [] : [await writtenSince(environment, rolledBack.replaced)]),
        ...(cause.hint === undefined ? [] : [cause.hint]),
      ].join("\n"),
      outputs: { ...outputs, ...cause.outputs, ...back },
      state: backState(environment, rolledBack, commit),
      blocks: [...(await rollbackBlocks(environment, rolledBack, intoReplacedBlock)), ...(await timelineNow(tx, id))],
    });
  } catch (second) {
    if (second instanceof Cancelled) {
      const details = { ...second.details, outputs: { ...outputs, ...cause.outputs, "rolled-back": false } };
      return new Cancelled(`Cancelled while a failed deploy was taken back. It had failed with: ${cause.message}`, details);
    }
    const failed = second instanceof Failure ? second : new Failure(messageOf(second), { code: "unexpected", cause: second });
    return cause.with({
      exit: 3,
      outputs: { ...outputs, ...cause.outputs, ...failed.outputs, "rolled-back": false },
      evidence: [
        ...cause.evidence,
        ...(cause.evidence.length === 0 ? [] : [""]),
        failed.message === cause.message ? "The rollback failed too, with the same." : `The rollback failed too: ${failed.message}`,
        ...seenSince(cause.evidence, notInMessage(failed.message, failed.evidence)),
      ],
      hint:
        [failed.hint ?? cause.hint, ...quarantineNote(await tx.state.journal.read(), id)].filter((line) => line !== undefined).join("\n") ||
        undefined,
      state: failed.state,
      ways: failed.ways,
      blocks: failed.blocks.length > 0 ? failed.blocks : await timelineNow(tx, id),
    });
  }
}

/** There is no version to go back to by itself: all stays as it is, what there is is listed, and a person says where to go. */
async function nothingTakenBack(
  left: Pick<FailedDeploy, "environment" | "tx" | "outputs"> & {
    readonly cause: Failure;
    readonly deploy: DeployRecord | undefined;
    readonly why: string;
  },
): Promise<Failure> {
  const { environment, cause } = left;
  const from = left.deploy?.from;
  const { manifests } = await backupStore(environment, left.tx.state).all();
  return cause.with({
    exit: 3,
    outputs: { ...left.outputs, ...cause.outputs, "rolled-back": false },
    evidence: [...cause.evidence, "", "What could be gone back to:", ...manifests.map(describeCandidate)],
    hint:
      from === undefined
        ? "Name the version to go back to in `to`: a commit, or a savepoint's id of that list."
        : `${shortCommit(from)} is what ran before, and a person has to say that it is to be gone back to.`,
    state: [`Nothing was taken back: ${left.why}.`, "lock: held, until a rollback finishes it or an unlock ends it"],
    ways: left.deploy === undefined ? [] : await waysOfDeploy(environment, await left.tx.state.journal.read(), left.deploy),
  });
}

function backState(environment: Environment, rolledBack: RolledBack, failed: string): readonly string[] {
  const database = {
    none: "no database is configured",
    kept: "kept, it was not changed",
    down: "taken down by its migrations",
    restored: `restored from ${rolledBack.savepoint ?? ""}`,
  }[rolledBack.database];
  const taken =
    rolledBack.commit === undefined
      ? [
          rolledBack.up === undefined
            ? `Taken back: ${shortCommit(failed)} is not on ${environment.title} any more, and nothing ran before it.`
            : `Taken back as far as could be: nothing ran before ${shortCommit(failed)}, and it may run still.`,
        ]
      : [
          `Taken back: ${environment.title} is on ${shortCommit(rolledBack.commit)} again, not on ${shortCommit(failed)}.`,
          `code: ${shortCommit(rolledBack.commit)}`,
        ];
  return [
    ...taken,
    `database: ${database}${rolledBack.replaced === undefined ? "" : `; the replaced one is kept as ${rolledBack.replaced}`}`,
    `app: ${rolledBack.health}${awayFor(rolledBack.downtime)}`,
    "lock: released",
  ];
}
