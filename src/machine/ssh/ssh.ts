// machine/ssh: a host over one SSH connection: login, host keys, lanes, jobs that outlive the connection.

import type { Duplex } from "node:stream";
import { Failure } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import type { SshTarget } from "../../core/ports.ts";
import { isJob, runJob } from "./job.ts";
import { SshConnection } from "./connection.ts";
import { dialOver } from "./dial.ts";
import type { SshWorld } from "./login.ts";
import { runRepeated } from "./repeat.ts";

/**
 * Connects to a host over SSH, through a jump host where one is given; both keys are checked strictly.
 * A connection that is lost is made again. Commands with a note go on and are followed, those that may be repeated are; of
 * others that ran then nobody knows how they ended, and they fail with code `connection-lost`. Throws a Failure whose code says what stood in the way; what is wrong
 * with inputs is a refusal.
 */
export async function connectSsh(target: SshTarget, world: SshWorld): Promise<Machine> {
  const connection = await SshConnection.open(target, world);
  const { name, login } = connection;
  return {
    name,
    login,
    local: false,
    run: async (command) => await run(connection, command),
    dial: async (address): Promise<Duplex> => await dialOver((await connection.session()).link, name, address),
    [Symbol.asyncDispose]: async () => await connection.close(),
  };
}

async function run(connection: SshConnection, command: Command): Promise<Finished> {
  const [program] = command.words;
  try {
    if (program === undefined || program === "") throw new Failure("The command has no program.", { code: "not-found" });
    return isJob(command) ? await runJob(connection, command) : await runRepeated(connection, command);
  } catch (error) {
    // Also where nothing began: what the stream holds is not whole.
    command.stdout?.destroy();
    throw error;
  }
}
