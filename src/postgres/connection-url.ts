import { Secret } from "../core/secret.ts";
import { serverOptions, type DatabaseTarget } from "./address.ts";

export interface UrlOptions {
  /** `schema=`, for a tool that finds its schema by that alone (Prisma). libpq refuses a URL that has it. */
  readonly schema?: string | undefined;
  /** What only the tool itself reads, such as `x-migrations-table`. libpq refuses it too. */
  readonly toolsOwn?: Readonly<Record<string, string>> | undefined;
}

/**
 * A target as one URL, for tools that take nothing else. libpq reads the same in it as we do: the search path and the
 * schema stand in `options`, and everything is percent-encoded (to libpq a `+` is a plus). Whole it is a secret: it holds
 * the password.
 */
export function connectionUrl(target: DatabaseTarget, { schema, toolsOwn = {} }: UrlOptions = {}): Secret {
  const options = serverOptions(target);
  const parameters: Readonly<Record<string, string | undefined>> = {
    ...target.options,
    options,
    // `prefer` is what holds where nothing is said; said, some programs take it for more.
    sslmode: target.sslmode === "prefer" ? undefined : target.sslmode,
    host: target.socket,
    schema,
    ...toolsOwn,
  };
  const query = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const password = target.password === undefined ? "" : `:${encodeURIComponent(target.password.reveal())}`;
  const host = target.host.includes(":") ? `[${target.host}]` : encodeURIComponent(target.host);
  return new Secret(
    `postgresql://${encodeURIComponent(target.user)}${password}@${host}:${target.port}/${encodeURIComponent(target.database)}${query.length === 0 ? "" : `?${query.join("&")}`}`,
  );
}
