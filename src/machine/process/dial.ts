import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Failure, messageOf } from "../../core/failure.ts";
import type { Address } from "../../core/machine.ts";
import { within } from "../../core/within.ts";

const PATIENCE_MS = 15_000;

/** `server:5432`, `[::1]:5432`, `/run/postgresql/.s.PGSQL.5432`. */
export function formatAddress(address: Address): string {
  if ("socket" in address) return address.socket;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Connects from this machine. Rejects with a Failure that says what stood in the way. */
export async function dialLocal(address: Address): Promise<Duplex> {
  const shown = formatAddress(address);
  const socket = connect("socket" in address ? { path: address.socket } : { host: address.host, port: address.port, noDelay: true });
  const late = () => {
    socket.destroy();
    throw new Failure(`${shown} did not answer within ${PATIENCE_MS / 1000} s.`, {
      code: "timeout",
      hint: "Check the address and the firewall between here and there.",
    });
  };
  return await within({ ms: PATIENCE_MS, late }, async () => await connected(socket, shown));
}

async function connected(socket: Socket, shown: string): Promise<Socket> {
  return await new Promise((done, fail) => {
    const refused = (error: NodeJS.ErrnoException) => fail(dialFailure(shown, error));
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      done(socket);
    });
  });
}

function dialFailure(shown: string, error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case "ECONNREFUSED":
      return new Failure(`${shown} refused the connection.`, {
        code: "refused",
        cause: error,
        hint: "Nothing listens there: check that the server runs, and the port.",
      });
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new Failure(`${shown}: the name is not known.`, {
        code: "name-not-resolved",
        cause: error,
        hint: "Check the spelling, and the name service.",
      });
    case "ENOENT":
      return new Failure(`There is no socket ${shown}.`, {
        code: "refused",
        cause: error,
        hint: "Check that the server runs, and where it puts its socket.",
      });
    case "EACCES":
      return new Failure(`The socket ${shown} may not be used by this user.`, { code: "not-permitted", cause: error });
    case "ETIMEDOUT":
      return new Failure(`${shown} did not answer.`, { code: "timeout", cause: error });
    default:
      return new Failure(`${shown} cannot be reached: ${messageOf(error)}`, { code: "unreachable", cause: error });
  }
}
