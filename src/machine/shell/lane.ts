// machine/shell: a shell that stays and takes one script after the other, here or on a host, and what of its streams is whose.

import type { Readable } from "node:stream";
import type { Frame } from "./frame.ts";

/** The streams of a shell that reads scripts, wherever it runs. */
export interface StayingShell {
  readonly stdout: Readable;
  readonly stderr: Readable;
  write(script: string): void;
  /** Ends its input: it leaves when what it runs is over. */
  close(): void;
  /** Resolves when it takes nothing more and nothing more comes of it. */
  readonly closed: Promise<unknown>;
  /** Whether somebody waits for it now. */
  awaited?(now: boolean): void;
}

/** One command's turn in a lane. */
interface LaneTurn {
  readonly stdout: Frame;
  readonly stderr: Frame;
}

/** A shell that stays: short commands run in it one after the other, without a process or a login of their own. */
export class Lane<Shell extends StayingShell = StayingShell> {
  readonly shell: Shell;
  #turn: LaneTurn | undefined;
  #over = false;

  constructor(shell: Shell) {
    this.shell = shell;
    shell.stdout.on("data", (chunk: Buffer) => this.#turn?.stdout.push(chunk));
    shell.stderr.on("data", (chunk: Buffer) => this.#turn?.stderr.push(chunk));
    for (const stream of [shell.stdout, shell.stderr]) stream.on("error", () => undefined);
    void shell.closed.then(() => {
      this.#over = true;
      this.#turn?.stdout.close();
      this.#turn?.stderr.close();
    });
  }

  /** Whether it cannot take another command. */
  get over(): boolean {
    return this.#over;
  }

  /** Gives it a script that says the boundary of the frames. One at a time. */
  begin(script: string, turn: LaneTurn): void {
    this.#turn = turn;
    this.shell.awaited?.(true);
    if (this.#over) {
      turn.stdout.close();
      turn.stderr.close();
    } else {
      this.shell.write(script);
    }
  }

  /** The turn is over: what still comes belongs to nobody. */
  rest(): void {
    this.#turn = undefined;
    this.shell.awaited?.(false);
  }

  /** Ends it: its shell leaves when its input ends. */
  close(): void {
    this.#over = true;
    this.shell.close();
  }
}
