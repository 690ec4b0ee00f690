import type { Client, ClientChannel } from "ssh2";
import pLimit, { type LimitFunction } from "p-limit";
import { Failure } from "../../core/failure.ts";
import { connectionLost } from "./failure.ts";
import type { Link } from "./link.ts";

/** OpenSSH allows 10 sessions on a connection (MaxSessions): three lanes, these many for commands, and some for ending them. */
const COMMANDS = 4;
const ENDINGS = 2;
/** sshd frees a closed session only after it has read the next request, so a refusal may be outdated: asked again after these. */
const PAUSES_MS = [50, 200, 500];

/** The sessions of one connection, few enough at a time for the server. */
export class Channels {
  readonly #link: Link;
  readonly #name: string;
  readonly #commands: LimitFunction = pLimit(COMMANDS);
  readonly #endings: LimitFunction = pLimit(ENDINGS);

  constructor(link: Link, name: string) {
    this.#link = link;
    this.#name = name;
  }

  /** Runs the body when a session for a command is free. */
  async forCommand<T>(body: () => Promise<T>): Promise<T> {
    return await this.#commands(body);
  }

  /** Runs the body when a session for ending a command is free; those are kept apart, so that ending never waits for the ended. */
  async forEnding<T>(body: () => Promise<T>): Promise<T> {
    return await this.#endings(body);
  }

  /** Opens a session in which the line is given to the login shell. */
  async open(line: string): Promise<ClientChannel> {
    for (const pause of PAUSES_MS) {
      const opened = await this.#tryOpen(line);
      if (!(opened instanceof Error)) return opened;
      await new Promise((done) => setTimeout(done, pause));
    }
    const opened = await this.#tryOpen(line);
    if (opened instanceof Error) throw this.#refused(opened);
    return opened;
  }

  async #tryOpen(line: string): Promise<ClientChannel | Error> {
    const lost = this.#link.lost();
    if (lost !== undefined) throw connectionLost(this.#name, lost);
    return await new Promise((done) => exec(this.#link.client, line, (error, channel) => done(error ?? channel)));
  }

  #refused(error: Error): Failure {
    const lost = this.#link.lost();
    if (lost !== undefined) return connectionLost(this.#name, lost);
    return new Failure(`${this.#name} opens no more sessions on this connection.`, {
      code: "no-session",
      cause: error,
      hint: "sshd's MaxSessions (default 10) must be at least 10 for this user, and commands must be allowed.",
    });
  }
}

function exec(client: Client, line: string, done: (error: Error | undefined, channel: ClientChannel) => void): void {
  try {
    client.exec(line, done);
  } catch (error) {
    // ssh2 throws where the socket is gone already.
    done(error as Error, undefined as never);
  }
}
