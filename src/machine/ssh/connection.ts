import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import type { SshTarget } from "../../core/ports.ts";
import { Channels } from "./channels.ts";
import { dialLocal } from "../process/dial.ts";
import { Lane } from "../shell/lane.ts";
import { Lanes } from "../shell/lanes.ts";
import { dialOver } from "./dial.ts";
import { openRemoteShell } from "./lane-shell.ts";
import { ConnectionLost, connectionLost } from "./failure.ts";
import { type Link, openLink } from "./link.ts";
import { findKnownHosts, findProofs, type SshWorld } from "./login.ts";
import type { SshSession } from "./run.ts";
import { formatTarget, type HostAddress } from "./address.ts";
import { outwait } from "./turned-away.ts";

/** How long a lost connection is tried again. */
const PATIENCE_MS = 60_000;
/** Between tries; the last one again and again. */
const PAUSES_MS = [0, 500, 1000, 2000, 4000, 8000];

/** The connection to a host, which is made again where it is lost. */
export class SshConnection {
  readonly name: string;
  readonly login: string;
  readonly #target: SshTarget;
  readonly #world: SshWorld;
  readonly #login: Login;
  readonly #closing = new AbortController();
  #links: Links;
  #session: SshSession;
  #returning: Promise<SshSession> | undefined;
  #gone: ConnectionLost | undefined;

  private constructor(target: SshTarget, world: SshWorld, login: Login, links: Links) {
    this.name = formatTarget(target);
    this.login = `${target.user}@${target.host}`;
    this.#target = target;
    this.#world = world;
    this.#login = login;
    this.#links = links;
    this.#session = this.#sessionOver(links.link);
  }

  /** Connects, through a jump host where one is given. Throws what `openLink` and dialling throw. */
  static async open(target: SshTarget, world: SshWorld): Promise<SshConnection> {
    const known = await findKnownHosts(target, world);
    const login = { known, ...(await findProofs(target, world)) };
    const { report, signal, patienceMs = PATIENCE_MS } = world;
    const links = await outwait(async () => await openLinks(target, world, login, signal), { patienceMs, report, signal });
    return new SshConnection(target, world, login, links);
  }

  /**
   * The connection as it is now; where it was lost it is made again, with the same keys and the same strictness, for a
   * minute. Then, and from then on, it rejects with `connection-lost`.
   */
  async session(): Promise<SshSession> {
    if (this.#closing.signal.aborted) throw connectionLost(this.name, "it was closed");
    if (this.#gone !== undefined) throw this.#gone;
    const why = this.#session.link.lost();
    if (why === undefined) return this.#session;
    this.#returning ??= this.#return(why).finally(() => (this.#returning = undefined));
    return await this.#returning;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#returning?.catch(() => undefined);
    await closeLinks(this.#links);
  }

  async #return(why: string): Promise<SshSession> {
    const { report, patienceMs = PATIENCE_MS } = this.#world;
    report.detail(`The connection to ${this.name} was lost: ${why}. Connecting again.`);
    await closeLinks(this.#links);
    const until = performance.now() + patienceMs;
    for (let turn = 0; ; turn += 1) {
      try {
        await sleep(PAUSES_MS[turn] ?? PAUSES_MS.at(-1), undefined, { signal: this.#closing.signal });
        this.#links = await openLinks(this.#target, this.#world, this.#login, this.#closing.signal);
        this.#session = this.#sessionOver(this.#links.link);
        report.say(`The connection to ${this.name} was lost and made again.`);
        return this.#session;
      } catch (error) {
        if (this.#closing.signal.aborted) throw connectionLost(this.name, "it was closed");
        // A refusal (another host key, a key that is no longer accepted) is no matter of patience.
        if (performance.now() < until && !(error instanceof Failure && error.exit === 2)) continue;
        this.#gone = cannotReturn(this.name, why, error);
        throw this.#gone;
      }
    }
  }

  #sessionOver(link: Link): SshSession {
    const channels = new Channels(link, this.name);
    return { name: this.name, login: this.login, link, channels, lanes: new Lanes(async () => new Lane(await openRemoteShell(channels))) };
  }
}

type Login = Pick<Parameters<typeof openLink>[0], "known" | "proofs" | "notes">;

interface Links {
  readonly link: Link;
  /** The jump host's. */
  readonly below: Link | undefined;
}

async function openLinks(target: SshTarget, world: SshWorld, login: Login, signal: AbortSignal | undefined): Promise<Links> {
  const { jump } = target;
  const { report, keepaliveMs } = world;
  const link = async (address: HostAddress, dial: () => Promise<Duplex>, jumpKey?: Buffer): Promise<Link> =>
    await openLink({ address, ...login, jumpKey, report, keepaliveMs, signal, dial });
  if (jump === undefined) return { link: await link(target, async () => await dialServer(target, signal)), below: undefined };
  const below = await link(jump, async () => await dialServer(jump, signal));
  try {
    const over = async () => await dialOver(below, formatTarget(jump), { host: target.host, port: target.port });
    return { link: await link(target, over, below.hostKey), below };
  } catch (error) {
    await below.close();
    throw error;
  }
}

async function closeLinks({ link, below }: Links): Promise<void> {
  await link.close();
  await below?.close();
}

async function dialServer(address: HostAddress, signal: AbortSignal | undefined): Promise<Duplex> {
  if (signal?.aborted === true) throw new Cancelled();
  try {
    return await dialLocal({ host: address.host, port: address.port });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${formatTarget(address)} cannot be reached over SSH: ${error.message}`, {
      cause: error,
      code: error.code,
      hint: error.hint,
    });
  }
}

function cannotReturn(name: string, why: string, error: unknown): ConnectionLost {
  return new ConnectionLost(`The connection to ${name} was lost (${why}) and could not be made again: ${messageOf(error)}`, {
    begun: false,
    cause: error,
    hint: (error instanceof Failure ? error.hint : undefined) ?? "Check the host and the network, then run the step again.",
    evidence: error instanceof Failure ? error.evidence : [],
  });
}
