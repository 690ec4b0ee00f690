import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type pg from "pg";
import { Failure } from "../core/failure.ts";

const BOUND = "SCRAM-SHA-256-PLUS";

/**
 * `channel_binding=require`: whoever stands in between cannot pass the login on. Ends the connection, before the password
 * is used, where the server asks for it in any other way.
 */
export function requireChannelBinding(client: pg.Client, stream: Duplex): void {
  const { connection } = client;
  const refuse = (): void => {
    const failure = new Failure(
      "The server does not bind the login to the encrypted connection, and channel_binding=require asks for it.",
      {
        code: "tls",
        hint: "Switch SSL and scram-sha-256 on in the server; where a pooler or a proxy is in between that cannot, say channel_binding=prefer.",
      },
    );
    stream.destroy(failure);
  };
  connection.prependListener("authenticationSASL", ({ mechanisms }: { mechanisms: readonly string[] }) => {
    if (!(stream instanceof TLSSocket && mechanisms.includes(BOUND))) refuse();
  });
  for (const other of ["authenticationCleartextPassword", "authenticationMD5Password"]) connection.prependListener(other, refuse);
  let bound = false;
  connection.prependListener("authenticationSASLFinal", () => (bound = true));
  connection.prependListener("authenticationOk", () => {
    if (!bound) refuse();
  });
}
