import type { Duplex, Readable, Writable } from "node:stream";
import type { Secret } from "./secret.ts";

/** A command as words; nothing is ever pasted into a shell line unquoted. */
export interface Command {
  readonly words: readonly string[];
  /** Working folder. A missing one is a Failure, never the home folder. */
  readonly cwd?: string | undefined;
  /** Added to the machine's own environment, for this one child. Secrets are fine here and nowhere else. */
  readonly env?: Readonly<Record<string, string | Secret>> | undefined;
  /** Standard input; empty where not given (never the parent's). */
  readonly stdin?: string | Readable | undefined;
  /**
   * Where standard output goes, when it is too large to hold. Then `Finished.stdout` is empty. It is ended with the
   * command, and all is in it when `run` resolves; where `run` rejects it is destroyed: what it holds is not whole.
   */
  readonly stdout?: Writable | undefined;
  /** Called for every whole line as it comes. */
  readonly onLine?: ((line: string, from: "stdout" | "stderr") => void) | undefined;
  /** Ends the command and all it started (SIGTERM, after 5 s SIGKILL), then rejects with Cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is ended the same way and rejects with a Failure of code `timeout`. */
  readonly timeout?: number | undefined;
  /**
   * A file on the machine in which the command's process group is noted while it runs, so that a later
   * process can end it if this one dies. Its folder must exist.
   */
  readonly noteIn?: string | undefined;
  /**
   * It is short, leaves nothing running, and may be run again where nobody knows how it ended: it changes nothing, or the
   * second time finds done what it would do. Such commands may share a shell that stays: over SSH they also survive a lost connection.
   */
  readonly repeatable?: true | undefined;
  /** Keep all of standard output, and not only the last 4 MiB. */
  readonly whole?: boolean | undefined;
}

/** A command that ended, with any exit code. `code` is null when a signal killed it. */
export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  /** Captured output (the last 4 MiB). */
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A TCP address, or a Unix socket, as seen from the machine. */
export type Address = { readonly host: string; readonly port: number } | { readonly socket: string };

/** The machine that holds a container. They share no files, only what goes through a command's input and output. */
export interface ContainerHolder {
  readonly machine: Machine;
  /**
   * Runs a command in the container behind `around`, words that run on the holder and end in running the words they are
   * given: `sh -c '"$@" >"$0"' FILE` writes the output into a file there. Words that give the command something to read
   * put it behind their own standard input, as in `{ cat; cat FILE; } | "$@"`.
   */
  run(around: readonly string[], command: Command): Promise<Finished>;
  /** Where a port of the container is reached from the holder, and from its neighbours where that is the same; undefined where nobody can. */
  addressOf(port: number): Promise<{ readonly host: string; readonly port: number } | undefined>;
  /** How whoever is on the holder finds and enters it, when this process is gone: the engine's client, and the container's labels. */
  readonly foundBy: { readonly engine: readonly string[]; readonly labels: readonly string[] };
}

/**
 * A place where commands run and addresses are dialled: this machine, a host over one SSH connection, or a container.
 * It needs a POSIX shell there and nothing else.
 */
export interface Machine extends AsyncDisposable {
  /** For people: `this machine`, `deploy@shop.example`. */
  readonly name: string;
  /** Who commands run as: `user@host`, for journals and messages. */
  readonly login: string;
  readonly local: boolean;
  /** Where this is a container: what holds it. */
  readonly holder?: ContainerHolder | undefined;
  /** Resolves with any exit code. Rejects where the command could not run, was cancelled or timed out. */
  run(command: Command): Promise<Finished>;
  /** A connected byte stream to an address as seen from this machine. Rejects with a Failure. */
  dial(address: Address): Promise<Duplex>;
}
