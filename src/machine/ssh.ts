import type { Duplex } from "node:stream";
import { Cancelled, Failure } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import type { SshTarget } from "../core/ports.ts";
import { Channels } from "./channels.ts";
import { dialLocal } from "./dial-local.ts";
import { dialOver } from "./ssh-dial.ts";
import { type Link, openLink } from "./ssh-link.ts";
import { findKnownHosts, findProofs, type SshWorld } from "./ssh-login.ts";
import { runRemote, type Session } from "./ssh-run.ts";
import { formatTarget, type HostAddress } from "./target.ts";

/**
 * Connects to a host over SSH, through a jump host where one is given; both keys are checked strictly.
 * The machine is this one connection: once it is lost, everything on it fails with code `connection-lost`.
 * Throws a Failure whose code says what stood in the way; what is wrong with inputs is a refusal.
 */
export async function connectSsh(target: SshTarget, world: SshWorld): Promise<Machine> {
  const { jump } = target;
  const known = await findKnownHosts(target, world);
  const { proofs, notes } = await findProofs(target, world);
  const link = async (address: HostAddress, dial: () => Promise<Duplex>): Promise<Link> =>
    await openLink({ address, known, proofs, notes, report: world.report, signal: world.signal, dial });
  if (jump === undefined) return sshMachine(target, await link(target, async () => await dialServer(target, world.signal)), []);
  const first = await link(jump, async () => await dialServer(jump, world.signal));
  try {
    const second = await link(target, async () => await dialOver(first, formatTarget(jump), { host: target.host, port: target.port }));
    return sshMachine(target, second, [first]);
  } catch (error) {
    await first.close();
    throw error;
  }
}

function sshMachine(target: HostAddress, link: Link, below: readonly Link[]): Machine {
  const name = formatTarget(target);
  const login = `${target.user}@${target.host}`;
  const session: Session = { name, login, link, channels: new Channels(link, name) };
  return {
    name,
    login,
    local: false,
    run: async (command) => await whenFree(session, command),
    dial: async (address) => await dialOver(link, name, address),
    [Symbol.asyncDispose]: async () => {
      for (const one of [link, ...below]) await one.close();
    },
  };
}

/** Who is cancelled while waiting for a free session does not wait for it; once the command runs, its ending is awaited. */
async function whenFree(session: Session, command: Command): Promise<Finished> {
  const { signal } = command;
  const cancelled = Promise.withResolvers<never>();
  const cancel = () => cancelled.reject(new Cancelled());
  const finished = session.channels.forCommand(async () => {
    signal?.removeEventListener("abort", cancel);
    return await runRemote(session, command);
  });
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await Promise.race([finished, cancelled.promise]);
  } finally {
    signal?.removeEventListener("abort", cancel);
    // Its turn still comes, and ends at once.
    finished.catch(() => undefined);
  }
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
