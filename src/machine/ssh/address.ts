import { quoted } from "../../core/format.ts";
import type { Kind } from "../../core/kinds.ts";

/** Who to log in as, and where. */
export interface HostAddress {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

const FORM = "user@server, user@server:port or user@[IPv6]:port";

/** Reads `user@server[:port]` or `user@[v6][:port]`. Throws an Error that says what is wrong. */
export function parseTarget(text: string): HostAddress {
  const given = text.trim();
  const shown = quoted(given);
  if (/[\s\p{Cc}]/u.test(given)) throw new Error(`is ${shown}: it holds a space or a control character`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) throw new Error(`is ${shown}: leave out ${given.slice(0, given.indexOf("//") + 2)}`);
  const at = given.lastIndexOf("@");
  const user = given.slice(0, Math.max(at, 0));
  const server = given.slice(at + 1);
  if (user === "") throw new Error(`is ${shown}: the user is missing (deploy@${server === "" ? "shop.example" : server})`);
  if (user.includes(":")) throw new Error("has a password before the @: passwords are not used, give a key");
  if (server === "") throw new Error(`is ${shown}: the server is missing`);
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(server);
  if (!bracketed && server.split(":").length > 2) throw new Error(`is ${shown}: write an IPv6 address in brackets (${user}@[::1]:22)`);
  const plain = /^([^:]*)(?::(.*))?$/.exec(server);
  const [, host = "", port] = bracketed ?? plain ?? [];
  if (bracketed && !/^[0-9a-f:.]+(%[\w.-]+)?$/i.test(host)) throw new Error(`is ${shown}: ${JSON.stringify(host)} is no IPv6 address`);
  if (!bracketed && !/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*)$/u.test(host))
    throw new Error(`is ${shown}: ${JSON.stringify(host)} is no server name`);
  return { user, host, port: parsePort(port, shown) };
}

function parsePort(text: string | undefined, shown: string): number {
  if (text === undefined) return 22;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new Error(`is ${shown}: ${JSON.stringify(text)} is no port (1 to 65535)`);
  return port;
}

/** The address as people write it: without the port where it is 22. */
export function formatTarget(address: HostAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.user}@${host}${address.port === 22 ? "" : `:${address.port}`}`;
}

/** The input kind of `host` and `jump-host`. */
export const target: Kind<HostAddress> = { form: FORM, parse: parseTarget };
