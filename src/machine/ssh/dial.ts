import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { Failure } from "../../core/failure.ts";
import type { Address } from "../../core/machine.ts";
import { formatAddress } from "../process/dial.ts";
import { connectionLost } from "./failure.ts";
import type { Link } from "./link.ts";

/** RFC 4254, 5.1. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;

/** Connects to an address as seen from the host, through the connection. `name` is the host's, for messages. */
export async function dialOver(link: Link, name: string, address: Address): Promise<Duplex> {
  const shown = formatAddress(address);
  const lost = link.lost();
  if (lost !== undefined) throw connectionLost(name, lost);
  return await new Promise((done, fail) => {
    const opened = (error: (Error & { reason?: number }) | undefined, channel: ClientChannel) => {
      if (error === undefined) done(channel);
      else fail(explain(link, name, shown, address, error));
    };
    if ("socket" in address) link.client.openssh_forwardOutStreamLocal(address.socket, opened);
    else link.client.forwardOut("127.0.0.1", 0, address.host, address.port, opened);
  });
}

function explain(link: Link, name: string, shown: string, address: Address, error: Error & { reason?: number }): Failure {
  const lost = link.lost();
  if (lost !== undefined) return connectionLost(name, lost);
  if (error.reason === PROHIBITED) {
    const option = "socket" in address ? "AllowStreamLocalForwarding" : "AllowTcpForwarding";
    return new Failure(`${name} does not allow a connection to ${shown} through SSH.`, {
      code: "forwarding-refused",
      cause: error,
      hint: `Set ${option} yes for this user in the host's sshd_config (PermitOpen, PermitListen and DisableForwarding count too).`,
    });
  }
  if (error.reason === CONNECT_FAILED) {
    const hint =
      "socket" in address
        ? "Check that the server runs and has its socket there, that this user may use it, and that sshd_config says AllowStreamLocalForwarding yes."
        : "Check the address as seen from the host, and that the server runs and listens there.";
    // sshd's own words, as there is one code for a name that is not known, a refusal and a firewall.
    const said = error.message.split(": ").slice(1).join(": ");
    return new Failure(`${name} cannot connect to ${shown}.`, { code: "refused", cause: error, hint, evidence: said === "" ? [] : [said] });
  }
  return new Failure(`${name} opened no connection to ${shown}.`, { code: "unreachable", cause: error });
}
