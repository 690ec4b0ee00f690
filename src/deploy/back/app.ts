import type { RolloutSettings } from "../../rollout/inputs.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { placeFiles } from "../../rollout/files.ts";
import type { StillUp, Strategy } from "../../rollout/strategy.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import type { Transaction } from "../lock/transaction.ts";
import { standstillOf } from "../steps/downtime.ts";

/** How the version that runs is stopped, and how the one that shall run is started; they may be two versions' ways. */
export interface AppSettings {
  readonly stop: RolloutSettings;
  readonly start: RolloutSettings;
}

/** What `stop` says where it stopped the app. */
const STOPPED = "stopped";

/** The app on its host while code or database change under it. Where no `app-dir` is known, it is left alone. */
export class App {
  readonly #tx: Transaction;
  readonly #clone: Clone | undefined;
  readonly #settings: AppSettings;
  readonly #signal: AbortSignal;
  #stopped = false;

  constructor(tx: Transaction, world: { readonly clone: Clone | undefined; readonly settings: AppSettings; readonly signal: AbortSignal }) {
    this.#tx = tx;
    this.#clone = world.clone;
    this.#settings = world.settings;
    this.#signal = world.signal;
  }

  /** Stops it, where there is a way to. Returns what is true of it then. */
  async stop(commit: string): Promise<string> {
    if (this.#clone === undefined) return "not ours to stop (no app-dir is given)";
    const strategy = await this.#open(this.#settings.stop, commit);
    const stop = await strategy.stop();
    this.#stopped = stop === "stopped";
    if (stop === "failed") return "not stopped, or only in part: stopping it failed";
    return strategy.stops ? STOPPED : "running (no stop-command is given)";
  }

  /** Whether there is a way to stop it: then it is started again where that was for nothing, or came to an end half-way. */
  async stops(commit: string): Promise<boolean> {
    return this.#clone !== undefined && (await this.#open(this.#settings.stop, commit)).stops;
  }

  /** Whether it is known that nothing of it ran after the last stop. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts it with the code that is there. */
  async start(commit: string): Promise<void> {
    if (this.#clone !== undefined) await (await this.#open(this.#settings.start, commit)).start();
  }

  /** Puts it onto a commit and starts it; what the failed version left in its folder is set aside, not lost. */
  async moveTo(commit: string, previous: string | undefined): Promise<void> {
    if (this.#clone === undefined) return;
    await (await this.#open(this.#settings.start, commit, previous)).switchTo({ commit, stopped: true, edits: "keep" });
  }

  /** Files alone, where nothing is to run. */
  async placeFiles(commit: string): Promise<void> {
    if (this.#clone === undefined) return;
    const ports = { ...this.#tx.environment.ports, signal: this.#signal };
    await placeFiles({ clone: this.#clone, ports, noteIn: this.#tx.note() }, { commit, edits: "keep" });
  }

  /** Where nothing is to run: removes what the open deploy brought. Returns what may run all the same. */
  async clearAway(): Promise<StillUp | undefined> {
    const deploy = await this.#deploy();
    if (this.#clone === undefined || deploy === undefined) return undefined;
    const { "start-command": start, command } = this.#settings.start;
    return await (await this.#open(this.#settings.stop, deploy.commit)).clearAway({ stopped: this.#stopped, startedBy: start ?? command });
  }

  /** Whether other images run than those that are known to be this commit's. */
  async runsOtherImages(commit: string | undefined): Promise<boolean> {
    if (this.#clone === undefined || commit === undefined) return false;
    return await (await this.#open(this.#settings.start, commit)).runsOtherImages();
  }

  /** Whether there is a way to start it once more. */
  async canStart(commit: string): Promise<boolean> {
    return this.#clone !== undefined && (await this.#open(this.#settings.start, commit)).starts;
  }

  async #deploy(): Promise<DeployRecord | undefined> {
    return this.#tx.deploy === undefined ? undefined : await this.#tx.record();
  }

  async #open(settings: RolloutSettings, commit: string, previous?: string): Promise<Strategy> {
    return await strategyOf(this.#tx.environment, {
      settings,
      commit,
      previous,
      deploy: await this.#deploy(),
      signal: this.#signal,
      noteIn: this.#tx.note(),
      standstill: await standstillOf(this.#tx),
    });
  }
}

/** Whether code must move on the way back: another commit is checked out, or a switch began and may have stopped half-way. */
export function codeMovesFrom(running: string | undefined, target: string | undefined, deploy: DeployRecord | undefined): boolean {
  if (running === undefined) return false;
  // To nothing: what a deploy did not start is not stopped, unless that was said by hand.
  if (target === undefined && deploy?.goingBack === true) return true;
  const switched = deploy?.steps.some((step) => step.step === "switch" || step.step === "rollback") === true;
  return switched || (target !== undefined && running !== target);
}
