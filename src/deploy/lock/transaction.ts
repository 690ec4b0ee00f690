import { sharedSection } from "../../config/shared.ts";
import { Failure, firstError, messageOf } from "../../core/failure.ts";
import type { Fact } from "../../journal/entries.ts";
import { type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { Holder } from "../../journal/lock.ts";
import { type StepName, STEPS, takesBack } from "../../journal/steps.ts";
import type { Standstill } from "../../rollout/standstill.ts";
import { type Environment, type State, stateOf } from "../environment/environment.ts";
import { freshId, type Opening, openingFact } from "./opening.ts";
import { isLockLost, leaveLock } from "../state/held-lock.ts";
import { howItFailed } from "../../journal/how-it-failed.ts";
import { endStepBefore } from "./replaced-run.ts";
import { type BeginRequest, takeTurn, type Turn } from "./turn.ts";
import { WatchdogFence } from "./watchdog-fence.ts";
import { refuseUnsafeState } from "../state/unsafe-state.ts";

/** A running step shows that it lives this often. Milliseconds. */
const BEAT_EVERY = 15_000;

export interface StepRequest {
  readonly title: string;
  readonly intent: Readonly<Record<string, unknown>>;
  /** Asked where it fails: whether it never came to see the database, which it was to decide by. */
  readonly unseen?: () => boolean;
  /** The same of since when the app stands still, where it left it so. ISO 8601, UTC. */
  readonly leftStopped?: () => string | undefined;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface StepResult<T> {
  readonly value: T;
  /** What the journal keeps. */
  readonly result: Readonly<Record<string, unknown>>;
  /** What the headline says behind the title. */
  readonly headline: string;
}

/**
 * The lock of an environment, held by this process, and the deploy it works on, where one is open.
 * Disposing it leaves an open deploy with its owner, and releases the lock of anything else.
 */
export class Transaction implements AsyncDisposable {
  readonly environment: Environment;
  readonly state: State;
  readonly watchdog: WatchdogFence;
  /** Measures how long the app stands still; see `standstillOf`. */
  standstill: Standstill | undefined;
  #holder: Holder;
  #deploy: string | undefined;
  readonly #process: string;
  #released = false;

  private constructor(environment: Environment, turn: Turn) {
    this.environment = environment;
    this.state = stateOf(environment);
    this.#holder = turn.holder;
    this.#deploy = turn.holder.deploy;
    this.watchdog = new WatchdogFence(environment, turn.ledger.deploys.find(({ id }) => id === turn.holder.deploy)?.watchdog?.folder);
    this.#process = turn.process;
    environment.held.hold(this.state, turn.holder);
  }

  /** Takes the lock: waits for a live holder, continues this owner's deploy, opens one, or refuses (contract, 2). */
  static async begin(environment: Environment, request: BeginRequest): Promise<Transaction> {
    const { paths } = stateOf(environment);
    await refuseUnsafeState(environment.machine, paths);
    const turn = await takeTurn(environment, request);
    const held = new Transaction(environment, turn);
    try {
      await held.#beating("prepare", async () => await held.#settle(turn, request));
      return held;
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The deploy's id; undefined where only the lock is held. */
  get deploy(): string | undefined {
    return this.#deploy;
  }

  /** The deploy as the journal tells it now. */
  async record(): Promise<DeployRecord> {
    const ledger = await this.state.journal.read();
    const found = ledger.deploys.find((deploy) => deploy.id === this.#deploy);
    if (found === undefined)
      throw new Failure(`The journal does not know the deploy ${this.#deploy ?? "(none)"}.`, { code: "unexpected", exit: 3 });
    return found;
  }

  /** A fresh file in which a running command is noted. */
  note(): string {
    return `${this.state.paths.running}/${this.environment.ports.random(8)}`;
  }

  async write(fact: Fact): Promise<void> {
    await this.writeAbout(this.#deploy, fact);
  }

  /** Writes a fact of another deploy than the open one, or of none, under this lock. */
  async writeAbout(deploy: string | undefined, fact: Fact): Promise<void> {
    const { owner, ports, held } = this.environment;
    try {
      await this.state.journal.write(fact, { at: ports.clock.now(), owner: owner.id, deploy, holder: this.#holder });
    } catch (error) {
      throw isLockLost(error) ? await held.lost() : error;
    }
    if (fact.kind === "watchdog.armed") this.watchdog.armed(fact.folder);
  }

  /**
   * One step: its intent is in the journal before it acts and its result after; it beats while it runs, and is
   * told to stop when the run is cancelled or the lock was taken from it.
   */
  async step<T>(name: StepName, request: StepRequest, body: (signal: AbortSignal) => Promise<StepResult<T>>): Promise<T> {
    const { job } = this.environment.owner;
    const done = await this.environment.ports.report.step(
      request.title,
      async () => {
        if (takesBack(name)) await this.watchdog.disarm();
        await this.write({
          kind: "step.started",
          step: name,
          intent: request.intent,
          undo: STEPS[name].undone,
          ...(job !== undefined && { job }),
          ...(request.settings && { settings: request.settings, shared: this.environment.settings.effective(sharedSection) }),
        });
        try {
          const result = await this.#beating(name, body);
          await this.write({ kind: "step.done", step: name, result: result.result });
          return result;
        } catch (error) {
          await this.#noteFailure(name, error, request);
          throw error;
        }
      },
      (result) => result.headline,
    );
    return done.value;
  }

  /** What takes long between two steps, and is none: it beats as a step does, so that nobody takes the run for dead. */
  async alive<T>(as: StepName, body: () => Promise<T>): Promise<T> {
    return await this.#beating(as, body);
  }

  /** Closes the deploy in the journal and releases the lock, unless it keeps blocking. */
  async close(fact: Omit<Extract<Fact, { kind: "deploy.closed" }>, "kind" | "deploy">): Promise<void> {
    if (this.#deploy === undefined) return;
    await this.watchdog.disarm();
    await this.write({ kind: "deploy.closed", deploy: this.#deploy, ...fact });
    // A failed deploy that blocks keeps its lock, until a rollback or an unlock ends it.
    if (fact.blocks === true) return;
    this.#deploy = undefined;
    await this.#release().catch((error: unknown) => leaveLock(this.environment.ports, error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released) return;
    try {
      if (this.#deploy === undefined) await this.#release();
      else await this.state.journal.lock.beat(this.#holder, { running: false, step: "", process: this.#process });
    } catch (error) {
      // What the step ended with is what counts. The next one finds that this one has been silent for a minute.
      this.environment.ports.report.warning(`The lock could not be told that this step ended: ${messageOf(error)}`);
    } finally {
      this.environment.held.letGo();
    }
  }

  async #settle({ admission, before, midStep, ledger }: Turn, request: BeginRequest): Promise<void> {
    const { owner } = this.environment;
    if (midStep) await endStepBefore(this.environment, this.state, request.wants);
    if (before !== undefined && before.owner !== owner.id) {
      await this.write({
        kind: "lock.taken",
        from: before.owner,
        why: admission.do === "abandon" ? admission.why : `${before.owner} is gone or was ended by hand`,
      });
    }
    if (admission.do === "abandon") {
      await this.write({ kind: "deploy.closed", deploy: admission.deploy.id, as: "abandoned", why: admission.why });
      this.environment.ports.report.notice(`Closed the abandoned deploy ${admission.deploy.id}: ${admission.why}.`);
    }
    if ((admission.do === "open" || admission.do === "abandon") && request.opening !== undefined) {
      await this.open(await request.opening(ledger), ledger);
    }
  }

  /** Opens a deploy under this lock, where none is open. */
  async open(opening: Opening, ledger: Ledger): Promise<void> {
    const { owner, ports } = this.environment;
    const deploy = freshId(ports.clock.now(), opening.commit, ledger);
    await this.write(openingFact(deploy, opening, owner));
    this.#deploy = deploy;
  }

  async #beating<T>(name: StepName, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { ports } = this.environment;
    const lost = new AbortController();
    const beat = async (): Promise<void> => {
      const ours = await this.state.journal.lock.beat(this.#holder, { running: true, step: name, process: this.#process });
      if (!ours) lost.abort(await this.environment.held.lost());
    };
    await beat();
    const timer = setInterval(() => {
      // A beat that fails (the network is away for a moment) is tried again; the next write decides.
      beat().catch((error: unknown) => ports.report.detail(`No sign of life could be given: ${messageOf(error)}`));
    }, BEAT_EVERY);
    try {
      return await body(AbortSignal.any([ports.signal, lost.signal]));
    } catch (error) {
      if (isLockLost(error)) throw error;
      // Whoever has the lock now ended what this step had under way: that is the cause, and not what it failed with.
      if (!lost.signal.aborted) await beat().catch(() => undefined);
      throw lost.signal.aborted ? lost.signal.reason : firstError(error);
    } finally {
      clearInterval(timer);
    }
  }

  async #noteFailure(name: StepName, error: unknown, { unseen, leftStopped }: StepRequest): Promise<void> {
    if (isLockLost(error)) return;
    const since = leftStopped?.();
    try {
      await this.write({
        kind: "step.failed",
        step: name,
        ...howItFailed(error, this.environment.ports.signal),
        ...(unseen?.() === true && { unseen: true }),
        ...(since !== undefined && { stopped: { since, parts: [] } }),
        ...(name === "switch" && this.standstill?.stopped && { stopped: this.standstill.stopped }),
      });
    } catch (unwritten) {
      // The first failure is the cause; that it could not be journaled is said beside it.
      this.environment.ports.report.warning(`The failure could not be written to the journal: ${messageOf(unwritten)}`);
    }
  }

  async #release(): Promise<void> {
    this.#released = true;
    try {
      await this.state.journal.lock.release(this.#holder);
    } finally {
      this.environment.held.letGo();
    }
  }
}
