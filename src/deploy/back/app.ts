import type { RolloutSettings } from "../../rollout/inputs.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { quote } from "../../machine/quote.ts";
import type { StillUp } from "./still-up.ts";
import { runsOtherImages } from "../../rollout/compose/place.ts";
import { removal, removeBrought } from "../../rollout/compose/stop.ts";
import { type AppRequest, placeFiles, startApp, stopApp, switchTo } from "../../rollout/switch.ts";
import { composeAppOf, preparedIn } from "../environment/compose-app.ts";
import { commandEnvironment } from "../environment/hooks.ts";
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

  /** Stops it, where a stop-command is given or it is a compose project. Returns what is true of it then. */
  async stop(commit: string): Promise<string> {
    if (this.#clone === undefined) return "not ours to stop (no app-dir is given)";
    const request = await this.#request(this.#clone, this.#settings.stop, commit);
    const stop = await stopApp(request);
    this.#stopped = stop === "stopped";
    if (stop === "failed") return "not stopped, or only in part: stopping it failed";
    return this.#settings.stop["stop-command"] === undefined && request.compose === undefined
      ? "running (no stop-command is given)"
      : STOPPED;
  }

  /** Whether there is a way to stop it: then it is started again where that was for nothing, or came to an end half-way. */
  async stops(commit: string): Promise<boolean> {
    if (this.#clone === undefined) return false;
    const { compose, settings } = await this.#request(this.#clone, this.#settings.stop, commit);
    return compose !== undefined || settings["stop-command"] !== undefined;
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

  /** Where nothing is to run: removes the containers of services that the open deploy brought. Returns what may run all the same. */
  async clearAway(): Promise<StillUp | undefined> {
    const deploy = await this.#deploy();
    if (this.#clone === undefined || deploy === undefined) return undefined;
    const { compose, ports } = await this.#request(this.#clone, this.#settings.stop, deploy.commit);
    if (compose === undefined) return this.#stopped ? undefined : this.#mayBeUp(this.#clone);
    const left = await removeBrought({ app: compose, ports });
    if (left.length === 0) return undefined;
    const names = left.map(({ name }) => name).join(", ");
    const means = `Removes ${names}: nothing of the app ran before.`;
    return { what: `still up or not removed: ${names}`, ways: [{ command: removal(compose, left), means }] };
  }

  /** Of an app that commands start nobody can see whether it runs; only that nothing stopped it. */
  #mayBeUp({ machine, directory }: Clone): StillUp | undefined {
    const { "start-command": start, command } = this.#settings.start;
    const { "stop-command": stop } = this.#settings.stop;
    const started = start ?? command;
    if (stop !== undefined) {
      const way = commandOn(machine, ["sh", "-c", `cd ${quote([directory])} && { ${stop}\n}`]);
      return {
        what: "still up, as far as is known: its `stop-command` failed",
        ways: [{ command: way, means: "Runs `stop-command` again." }],
      };
    }
    if (started === undefined) return undefined;
    return { what: `still up, as far as is known: no \`stop-command\` is given, and this started it: ${started}`, ways: [] };
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
