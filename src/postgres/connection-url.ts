import { Secret } from "../core/secret.ts";
import type { Target } from "./address.ts";

/** A target as one URL, for tools that take nothing else. Whole it is a secret: it holds the password. */
export function connectionUrl(target: Target): Secret {
  const password = target.password === undefined ? "" : `:${encodeURIComponent(target.password.reveal())}`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const query = new URLSearchParams(target.options);
  // `prefer` is what holds where nothing is said; said, some programs take it for more.
  if (target.sslmode !== "prefer") query.set("sslmode", target.sslmode);
  if (target.socket !== undefined) query.set("host", target.socket);
  const parameters = query.size === 0 ? "" : `?${query}`;
  return new Secret(
    `postgresql://${encodeURIComponent(target.user)}${password}@${host}:${target.port}/${encodeURIComponent(target.database)}${parameters}`,
  );
}
