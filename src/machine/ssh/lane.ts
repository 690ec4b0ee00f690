import type { ClientChannel } from "ssh2";
import type { Frame } from "./frame.ts";

/**
 * The command line a login shell gets for a lane: a shell that reads scripts, one after the other, each between two lines
 * that hold its boundary, runs each in a subshell with an empty input, and says on both streams that it ended, and how.
 * As in `bootstrap`, any login shell reads it the same way, and nothing that is secret stands in it.
 */
export const LANE = `exec sh -c 'savepoint_n=\${IFS#??};ulimit -c 0 2>/dev/null;while IFS= read -r savepoint_b;do savepoint_s=;while IFS= read -r savepoint_l||exit 0;do case $savepoint_l in "$savepoint_b")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;savepoint_l=;(eval "$savepoint_s")</dev/null;savepoint_c=$?;savepoint_s=;echo "\${savepoint_b#?} end $savepoint_c";echo "\${savepoint_b#?} end $savepoint_c" >&2;done'`;

/** One command's turn in a lane. */
interface LaneTurn {
  readonly stdout: Frame;
  readonly stderr: Frame;
}

/** A shell on the host that stays: short commands run in it one after the other, without a login each. */
export class Lane {
  readonly #channel: ClientChannel;
  #turn: LaneTurn | undefined;
  #over = false;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    channel.on("data", (chunk: Buffer) => this.#hear("stdout", chunk));
    channel.stderr.on("data", (chunk: Buffer) => this.#hear("stderr", chunk));
    channel.on("error", () => undefined);
    channel.stderr.on("error", () => undefined);
    channel.once("close", () => {
      this.#over = true;
      this.#turn?.stdout.close();
      this.#turn?.stderr.close();
    });
  }

  /** Whether it cannot take another command. */
  get over(): boolean {
    return this.#over;
  }

  /** Gives it a script that begins and ends with the boundary's line. One at a time. */
  begin(script: string, turn: LaneTurn): void {
    this.#turn = turn;
    if (this.#over) {
      turn.stdout.close();
      turn.stderr.close();
    } else {
      this.#channel.write(script);
    }
  }

  /** Ends it: its shell leaves when its input ends. */
  close(): void {
    this.#over = true;
    this.#channel.close();
  }

  #hear(from: keyof LaneTurn, chunk: Buffer): void {
    this.#turn?.[from].push(chunk);
  }
}
