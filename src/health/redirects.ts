import type { Answer, Request } from "./exchange.ts";
import { shortLine } from "./excerpt.ts";
import { showUrl } from "./places.ts";

/** How many redirects are followed. */
export const MOST_REDIRECTS = 5;

export type NextHop = { readonly to: Request } | { readonly problem: string } | undefined;

/** Where an answer redirects to, as the server wrote it, or undefined where it does not. */
export function locationOf(answer: Pick<Answer, "status" | "headers">): string | undefined {
  return [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.get("location")?.[0] : undefined;
}

/**
 * The request that follows a redirect; what stands against it; undefined where the answer is none.
 * `before` are the requests already made, the redirected one last.
 */
export function nextHop(answer: Pick<Answer, "status" | "headers">, before: readonly Request[]): NextHop {
  const last = before.at(-1);
  const location = locationOf(answer);
  if (last === undefined || location === undefined) return undefined;
  if (!URL.canParse(location, last.url.href)) return { problem: `redirects to ${JSON.stringify(shortLine(location))}, which is no URL` };
  const url = new URL(location, last.url);
  url.hash = "";
  if (url.protocol !== "http:" && url.protocol !== "https:") return { problem: `redirects to ${url.protocol}, which is not HTTP` };
  if (url.protocol === "http:" && last.url.protocol === "https:")
    return { problem: `redirects from https to ${showUrl(url)}, which is not encrypted` };
  const method =
    answer.status === 303 || (answer.status <= 302 && last.method === "POST") ? (last.method === "HEAD" ? "HEAD" : "GET") : last.method;
  if (before.some((one) => one.method === method && one.url.href === url.href))
    return { problem: `redirects in a circle, back to ${showUrl(url)}` };
  if (before.length > MOST_REDIRECTS) return { problem: `redirects more than ${MOST_REDIRECTS} times, last to ${showUrl(url)}` };
  // What was meant for one server (a token, a cookie) is nobody else's business.
  return { to: { url, method, headers: url.origin === last.url.origin ? last.headers : [] } };
}
