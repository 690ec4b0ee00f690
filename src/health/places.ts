import { quoted } from "../core/format.ts";
import type { Kind } from "../core/kinds.ts";

/** A TCP address as the user wrote it. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export const webAddress: Kind<URL> = {
  form: "a URL such as http://localhost:3000/health",
  parse(value) {
    const text = value.trim();
    if (!URL.canParse(text)) throw new Error("is no URL");
    const url = new URL(text);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error(`begins with ${url.protocol}//, not http:// or https://`);
    // The URL is shown and journaled; `headers` is secret.
    if (url.username !== "" || url.password !== "")
      throw new Error("contains a user or password; send them by `headers`: `Authorization: Basic …`");
    if (url.port === "0") throw new Error("has port 0");
    url.hash = "";
    return url;
  },
};

export const hostPorts: Kind<readonly HostPort[]> = {
  form: "`host:port`, one a line, such as localhost:5432 or [::1]:5432",
  entries: {},
  parse: (value) =>
    value
      .split(/[\s,]+/)
      .filter((part) => part !== "")
      .map((part) => {
        const match = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(part);
        const port = Number(match?.[3]);
        if (!match || port < 1 || port > 65_535) throw new Error(`has ${quoted(part)}, which is not host:port`);
        return { host: match[1] ?? match[2] ?? "", port };
      }),
};

/** Where a URL's server listens. */
export function hostPortOf(url: URL): HostPort {
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) || (url.protocol === "https:" ? 443 : 80) };
}

/** Whether an address is the machine's own, whichever machine that is. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host) || host === "0.0.0.0";
}

/** `localhost:3000`, `[::1]:3000`. */
export function showAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The URL for messages: what stands in a query may be a token. */
export function showUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}
