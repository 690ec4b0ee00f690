import type { DeployRecord } from "../../journal/ledger.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { runsOtherImages } from "../../rollout/compose/place.ts";
import { removeBrought } from "../../rollout/compose/stop.ts";
import { type AppRequest, placeFiles, startApp, stopApp, switchTo } from "../../rollout/switch.ts";
import { composeAppOf, preparedIn } from "../environment/compose-app.ts";
import { commandEnvironment } from "../environment/hooks.ts";
import type { RolloutSettings } from "../environment/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { standstillOf } from "../steps/downtime.ts";

/** How the version that runs is stopped, and how the one that shall run is started; they may be two versions' ways. */
export interface AppSettings {
  readonly stop: RolloutSettings;
  readonly start: RolloutSettings;
}

/** What `stop` says where it stopped the app. */
export const STOPPED = "stopped";

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

  /** Stops it, where a stop-command is given or it is a compose project. Returns what is true of it then. */
  async stop(commit: string): Promise<string> {
    if (this.#clone === undefined) return "not ours to stop (no app-dir is given)";
    const request = await this.#request(this.#clone, this.#settings.stop, commit);
    const stopped = await stopApp(request);
    this.#stopped = stopped || request.compose !== undefined;
    return this.#settings.stop["stop-command"] === undefined && request.compose === undefined
      ? "running (no stop-command is given)"
      : STOPPED;
  }

  /** Whether it is known that nothing of it ran after the last stop. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts it with the code that is there. */
  async start(commit: string): Promise<void> {
    if (this.#clone !== undefined) await startApp(await this.#request(this.#clone, this.#settings.start, commit));
  }

  /** Puts it onto a commit and starts it; what the failed version left in its folder is set aside, not lost. */
  async moveTo(commit: string, previous: string | undefined): Promise<void> {
    if (this.#clone === undefined) return;
    const request = await this.#request(this.#clone, this.#settings.start, commit, previous);
    await switchTo({ ...request, commit, stopped: true, edits: "keep", images: await this.#knownImages(commit) });
  }

  /** Files alone, where nothing is to run. */
  async placeFiles(commit: string): Promise<void> {
    if (this.#clone !== undefined)
      await placeFiles({ ...(await this.#request(this.#clone, this.#settings.stop, commit)), commit, edits: "keep" });
  }

  /** Removes the containers of services that the open deploy brought, where nothing is to run. */
  async removeBrought(): Promise<void> {
    const deploy = await this.#deploy();
    if (this.#clone === undefined || deploy === undefined) return;
    const { compose, ports, clone } = await this.#request(this.#clone, this.#settings.stop, deploy.commit);
    if (compose !== undefined) await removeBrought({ app: compose, clone, ports });
  }

  /** Whether containers run other images than those that are known to be this commit's. */
  async runsOtherImages(commit: string | undefined): Promise<boolean> {
    if (this.#clone === undefined || commit === undefined) return false;
    const { compose } = await this.#request(this.#clone, this.#settings.start, commit);
    return compose !== undefined && (await runsOtherImages(compose, commit, await this.#knownImages(commit)));
  }

  /** Whether there is a way to start it once more. */
  async canStart(commit: string): Promise<boolean> {
    if (this.#clone === undefined) return false;
    const { compose, settings } = await this.#request(this.#clone, this.#settings.start, commit);
    return compose !== undefined || settings["start-command"] !== undefined;
  }

  /** What ran when the open deploy was prepared, where that is the commit gone back to. */
  async #knownImages(commit: string): Promise<Readonly<Record<string, string>> | undefined> {
    const deploy = await this.#deploy();
    return deploy?.from === commit ? preparedIn(deploy)?.running : undefined;
  }

  async #deploy(): Promise<DeployRecord | undefined> {
    return this.#tx.deploy === undefined ? undefined : await this.#tx.record();
  }

  async #request(clone: Clone, settings: RolloutSettings, commit: string, previous?: string): Promise<AppRequest> {
    const { environment } = this.#tx;
    const env = commandEnvironment(environment, { commit, previous, id: this.#tx.deploy });
    return {
      clone,
      settings,
      compose: await composeAppOf(environment, { settings, commit, env, deploy: await this.#deploy() }),
      environment: env,
      ports: { ...environment.ports, signal: this.#signal },
      noteIn: this.#tx.note(),
      standstill: await standstillOf(this.#tx),
    };
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
