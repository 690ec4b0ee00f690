import type { Machine } from "../../src/core/machine.ts";
import type { SshTarget } from "../../src/core/ports.ts";
import type { Report } from "../../src/core/report.ts";
import { Secret } from "../../src/core/secret.ts";
import { connectSsh } from "../../src/machine/ssh/ssh.ts";
import type { SshWorld } from "../../src/machine/ssh/login.ts";
import type { Sshd } from "./sshd.ts";

/** A report that says nothing. */
export const silentReport: Report = {
  step: async (_title, body) => await body(),
  say: () => undefined,
  detail: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
  mask: () => undefined,
};

/** A workflow's world: no terminal, no keys but those given. */
export const workflowWorld: SshWorld = { terminal: false, home: "/nonexistent", env: {}, report: silentReport };

/** How a workflow would reach the server. */
export function targetOf(server: Sshd, changed: Partial<SshTarget> = {}): SshTarget {
  return {
    user: server.user,
    host: server.host,
    port: server.port,
    key: new Secret(server.key),
    knownHosts: server.knownHosts,
    ...changed,
  };
}

/** The server as a machine. */
export async function machineOn(server: Sshd): Promise<Machine> {
  return await connectSsh(targetOf(server), workflowWorld);
}
