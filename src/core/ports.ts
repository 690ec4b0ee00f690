import type { Machine } from "./machine.ts";
import type { Observer } from "./observer.ts";
import type { Report } from "./report.ts";
import type { Secret } from "./secret.ts";

export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds; rejects with Cancelled when `signal` fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What it takes to reach a host over SSH. */
export interface SshTarget {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly key?: Secret | undefined;
  readonly passphrase?: Secret | undefined;
  /** known_hosts lines or `SHA256:` fingerprints. Where absent (a terminal), `~/.ssh/known_hosts` is read. */
  readonly knownHosts?: string | undefined;
  readonly jump?: { readonly user: string; readonly host: string; readonly port: number } | undefined;
}

/** Everything an operation may touch. Faces build it; tests build another. */
export interface Ports {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The words that call this program from where the reader of its commands stands: `savepoint`, or `node …/cli.js`. */
  readonly program: readonly string[];
  /** Whether a person sits at a terminal (then keys come from the agent and `~/.ssh`). */
  readonly terminal: boolean;
  /** Asks that person a question and returns the line; absent where nobody can answer. Rejects with Cancelled. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  readonly here: Machine;
  readonly connect: (target: SshTarget) => Promise<Machine>;
  readonly clock: Clock;
  /** Lower-case hexadecimal, `bytes` bytes of it. */
  readonly random: (bytes: number) => string;
  readonly report: Report;
  /** Who else hears of what happens, besides those that settings ask for. */
  readonly observers?: readonly Observer[];
  /** Fires when the run is asked to stop. */
  readonly signal: AbortSignal;
}
