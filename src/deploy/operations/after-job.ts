import { createHash } from "node:crypto";
import { Cancelled, clauseOf, Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Call, Operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Clock, Ports } from "../../core/ports.ts";
import type { sharedSection } from "../../config/shared.ts";
import { healthSection } from "../../health/inputs.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { isAutomatic } from "../back/automatic.ts";
import { beginStep } from "../back/begin.ts";
import { begunNow } from "../back/begun-now.ts";
import { decideJobEnd, type JobEnd, untilWhen } from "../back/job-end.ts";
import { leftAlone } from "../back/left-alone.ts";
import { stillOpen } from "../back/still-open.ts";
import { reasonOf } from "../back/ways.ts";
import { nextCommand } from "../call/next-command.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import { type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { refuseDamaged } from "../lock/damaged-journal.ts";
import { dropWarm } from "../steps/warm.ts";
import { onlyLooks } from "./hearable.ts";
import { takeBack } from "./take-back.ts";

const READ_ON_THE_WAY = { rollout: rolloutSection, health: healthSection, migrate: migrateSection } as const;

/** A step of this run that was ended with its machine's other processes is known to be dead only after a silent minute. Milliseconds. */
const PATIENCE = 70_000;

/**
 * What an action runs at the end of its job, where that failed or was cancelled: it takes back the deploy that this job left open
 * (contract, 2). It is told what the step itself was told, and knows no more than that and the journal. Of several actions in one
 * job the first to come does it, and the others find nothing open.
 */
export function afterJob({ name, sections, own }: Pick<Operation, "name" | "sections" | "own">): Operation {
  return {
    name: `after ${name}`,
    description: "Takes back, at the end of a job that failed or was cancelled, the deploy that it left open.",
    sections,
    own,
    outputs: {},
    afterwards: true,
    run: async (call) => await endJob(call as JobEndCall, own),
  };
}

type JobEndCall = Call<{ readonly shared: typeof sharedSection }>;

async function endJob(call: JobEndCall, own: string | undefined): Promise<Outcome> {
  // It opened nothing, and where it looks at files alone it was not told how a host is reached.
  if (call.inputs.shared["dry-run"] || onlyLooks(own, call)) return quiet("The step only looked: nothing of it is open.");
  try {
    return await ended(call);
  } catch (error) {
    // Another moment of the same job may have told it; what says the same again is no news.
    const telling = error instanceof Failure || error instanceof Cancelled;
    if (!telling || (await isFirstTold(call.ports, error.message))) throw error;
    return quiet(`As told before: ${clauseOf(error)}.`);
  }
}

async function ended(call: JobEndCall): Promise<Outcome> {
  const { clock } = call.ports;
  const started = clock.now().getTime();
  using limit = new Limit(clock);
  const ports = { ...call.ports, signal: AbortSignal.any([call.ports.signal, limit.signal]) };
  await using environment = await openEnvironment({ ...call, ports }, { state: "optional", journalSettings: true });
  const { state, title } = environment;
  if (state === undefined) return quiet(`Nothing is left to do on ${title}: there is no journal of it.`);
  const lock = await state.journal.lock.status();
  const ledger = await state.journal.read();
  const { open } = ledger;
  const now = clock.now().getTime();
  const until = untilWhen(open, lock, now);
  const end = decideJobEnd({ open, me: environment.owner, automatic: isAutomatic(environment), until, now });
  if (end.do === "nothing") return quiet(`Nothing is left to do on ${title}: ${end.why}.`);
  refuseDamaged(environment, ledger);
  if (end.do === "leave") return quiet(`Deploy ${open?.id} of ${title} is left as it is: ${end.why}.`);
  if (end.do === "late") throw await tooLate(environment, ledger, open, end.why);
  if (end.do === "ask") throw await leftAlone(environment, ledger, end.open);
  return await carriedOut(environment, ledger, { end, until, limit, started });
}

interface ToEnd {
  readonly end: Exclude<Extract<JobEnd, { open: DeployRecord }>, { do: "ask" }>;
  readonly until: number | undefined;
  readonly limit: Limit;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

async function carriedOut(environment: Environment, ledger: Ledger, { end, until, limit, started }: ToEnd): Promise<Outcome> {
  const { title, ports } = environment;
  try {
    if (end.do === "close") return await close(environment, end.open);
    if (until !== undefined) limit.set(until - ports.clock.now().getTime());
    return await back(environment, ledger, { open: end.open, started, limited: until !== undefined });
  } catch (error) {
    if (error instanceof Failure && error.code === "moot") return quiet(`Deploy ${end.open.id} of ${title} is over: ${clauseOf(error)}.`);
    if (!(error instanceof Cancelled)) throw error;
    const why = limit.signal.aborted
      ? "the five minutes that GitHub gives a cancelled job are used up"
      : "this was stopped before it was done";
    const after = await stateOf(environment).journal.read();
    throw await tooLate(environment, after, after.open, why);
  }
}

/** The time that is left, as a signal that fires at its end. */
class Limit implements Disposable {
  readonly #over = new AbortController();
  readonly #done = new AbortController();
  readonly #clock: Clock;
  readonly signal = this.#over.signal;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(ms: number): void {
    const over = async (): Promise<void> => {
      await this.#clock.sleep(ms, this.#done.signal);
      this.#over.abort(new Cancelled());
    };
    // It was done in time.
    over().catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }
}

/** What changed nothing holds the next one up for two minutes, unless it is closed. */
async function close(environment: Environment, open: DeployRecord): Promise<Outcome> {
  await using tx = await beginStep(environment, { wants: "end", commit: undefined, patienceMs: PATIENCE, moot: overSince(open) });
  await dropWarm(tx);
  await tx.close({ as: "abandoned", why: `${reasonOf(open)}; its job ended`, ...(open.from !== undefined && { on: open.from }) });
  return quiet(`Closed deploy ${open.id} of ${environment.title}, which had changed nothing.`);
}

async function back(
  environment: Environment,
  ledger: Ledger,
  { open, started, limited }: { readonly open: DeployRecord; readonly started: number; readonly limited: boolean },
): Promise<Outcome> {
  const { report } = environment.ports;
  report.say(`This job left deploy ${open.id} of ${shortCommit(open.commit)} open; it is taken back.`);
  if (limited)
    report.say(`GitHub ends a cancelled job after five minutes; \`${recoverCommand(environment)}\` goes on from whatever that leaves.`);
  environment.settings.read(READ_ON_THE_WAY);
  const begun = await begunNow(environment, ledger, open);
  const settings = { ...environment.settingsOf(rollbackSection), ...begun, reason: undefined, confirm: undefined };
  const told = await takeBack(environment, { settings, byHand: false, patienceMs: PATIENCE, moot: overSince(open), started });
  return { ...told, outputs: {} };
}

function overSince({ id }: DeployRecord): (ledger: Ledger) => string | undefined {
  return ({ open }) => (open?.id === id && open.end === undefined ? undefined : "it was ended meanwhile");
}

function recoverCommand(environment: Environment): string {
  return nextCommand(environment, "recover", ["--confirm", environment.name]);
}

/** It stays open, in a state that `recover` goes on from. */
async function tooLate(environment: Environment, ledger: Ledger, open: DeployRecord | undefined, why: string): Promise<Error> {
  if (open === undefined) return new Cancelled(`What was begun on ${environment.title} ended: ${why}.`);
  const { ways = [], blocks = [], state = [] } = await stillOpen(environment, ledger, open);
  const command = recoverCommand(environment);
  const recover = { command, means: "You confirm that it is ended: it looks again, and would then go on from where this was left." };
  return new Cancelled(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} is not taken back: ${why}.`, {
    state: state.slice(0, 1),
    hint: "It keeps the lock and blocks the next deploy until it is ended; a scheduled `recover` does so too, where no database has to be restored for it.",
    ways: [recover, ...ways],
    blocks,
  });
}

/** Whether no other action of this job told the same; the runner's own folder is the job's. */
async function isFirstTold({ env, here }: Ports, message: string): Promise<boolean> {
  const folder = env["RUNNER_TEMP"];
  if (folder === undefined || folder === "") return true;
  const mark = `${folder}/savepoint-told-${createHash("sha256").update(message).digest("hex").slice(0, 16)}`;
  // Where no mark can be made it is told again.
  const { code } = await here.run({ words: ["sh", "-c", `[ ! -d "$1" ] || exit ${TOLD}; mkdir -- "$1"`, "sh", mark] });
  return code !== TOLD;
}

const TOLD = 9;

/** A line in the log, and no summary: the steps before have told what there is to tell. */
function quiet(headline: string): Outcome {
  return { outputs: {}, headline, blocks: [], summary: false };
}
