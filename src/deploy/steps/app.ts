import type { Clone } from "../../machine/clone.ts";
import { startApp, stopApp, switchTo } from "../../rollout/switch.ts";
import { commandEnvironment } from "../hooks.ts";
import type { RolloutSettings } from "../sections.ts";
import type { Transaction } from "../transaction.ts";

/** How the version that runs is stopped, and how the one that shall run is started; they may be two versions' ways. */
export interface AppSettings {
  readonly stop: RolloutSettings;
  readonly start: RolloutSettings;
}

/** The app on its host while code or database change under it. Where no `app-dir` is known, it is left alone. */
export class App {
  readonly #tx: Transaction;
  readonly #clone: Clone | undefined;
  readonly #settings: AppSettings;
  readonly #signal: AbortSignal;

  constructor(tx: Transaction, world: { readonly clone: Clone | undefined; readonly settings: AppSettings; readonly signal: AbortSignal }) {
    this.#tx = tx;
    this.#clone = world.clone;
    this.#settings = world.settings;
    this.#signal = world.signal;
  }

  /** Stops it, where a stop-command is given. Returns what is true of it then. */
  async stop(commit: string): Promise<string> {
    if (this.#clone === undefined) return "not ours to stop (no app-dir is given)";
    await stopApp(this.#request(this.#clone, this.#settings.stop, commit));
    return this.#settings.stop["stop-command"] === undefined ? "running (no stop-command is given)" : "stopped";
  }

  /** Starts it with the code that is there. */
  async start(commit: string): Promise<void> {
    if (this.#clone !== undefined) await startApp(this.#request(this.#clone, this.#settings.start, commit));
  }

  /** Puts it onto a commit and starts it; what the failed version left in its folder is set aside, not lost. */
  async moveTo(commit: string, previous: string | undefined): Promise<void> {
    if (this.#clone === undefined) return;
    await switchTo({ ...this.#request(this.#clone, this.#settings.start, commit, previous), commit, stopped: true, edits: "keep" });
  }

  get canStart(): boolean {
    return this.#clone !== undefined && this.#settings.start["start-command"] !== undefined;
  }

  #request(clone: Clone, settings: RolloutSettings, commit: string, previous?: string): Parameters<typeof startApp>[0] {
    const { environment } = this.#tx;
    return {
      clone,
      settings,
      environment: commandEnvironment(environment, { commit, previous, id: this.#tx.deploy }),
      ports: { ...environment.ports, signal: this.#signal },
      noteIn: this.#tx.note(),
    };
  }
}
