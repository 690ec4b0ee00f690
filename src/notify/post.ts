import type { IncomingMessage } from "node:http";
import { formatDuration } from "../core/format.ts";
import type { Sending } from "./channel.ts";
import { NotSent } from "./not-sent.ts";

/** What a receiver said to a message that it took. */
export interface PostAnswer {
  /** `HTTP 202`. */
  readonly answer: string;
  /** Empty where it broke off. */
  readonly text: string;
}

export interface Letter {
  readonly url: string;
  readonly method?: "POST" | "PATCH" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string;
}

/** All tries of one message together. Milliseconds. */
const MOST_MS = 8000;
const PAUSES_MS = [250, 1000, 2000];
const LARGEST_ANSWER = 64 * 1024;

/**
 * Sends JSON. Tries again what may go well then, and waits as long as a
 * 429 asks; redirects are not followed, as what is sent may be secret, and so may its address.
 */
export async function post(letter: Letter, sending: Sending): Promise<PostAnswer> {
  const { clock, signal } = sending;
  const host = hostOf(letter.url);
  const end = clock.now().getTime() + MOST_MS;
  for (let attempt = 0; ; attempt += 1) {
    const leftMs = end - clock.now().getTime();
    const tried = await once(letter, host, AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, leftMs))]));
    if ("answer" in tried) return tried;
    if (signal.aborted) throw new NotSent(`${host} did not answer before the end`);
    const pause = tried.again === undefined ? undefined : Math.max(tried.again, PAUSES_MS[attempt] ?? Number.POSITIVE_INFINITY);
    const asked = tried.again !== undefined && tried.again > 0 ? `, and asks to wait for ${formatDuration(tried.again)}` : "";
    if (pause === undefined || clock.now().getTime() + pause >= end) throw new NotSent(`${tried.why}${asked}`);
    await clock.sleep(pause, signal);
  }
}

/** What came: an answer, or why not, and after how many milliseconds it may be tried again. */
type Attempted = PostAnswer | { readonly why: string; readonly again?: number | undefined };

async function once({ url, method = "POST", headers, body }: Letter, host: string, signal: AbortSignal): Promise<Attempted> {
  let answer: IncomingMessage;
  try {
    answer = await sent({ url, method, headers, body }, signal);
  } catch (error) {
    if (signal.aborted) return { why: `${host} gave no answer within ${formatDuration(MOST_MS)}` };
    // The error's own words could hold the address; its code does not.
    return { why: `${host} cannot be reached (${codeOf(error)})`, again: 0 };
  }
  const status = answer.statusCode ?? 0;
  const text = await textOf(answer);
  if (status >= 200 && status < 300) return { answer: `HTTP ${status}`, text: text ?? "" };
  if (status >= 300 && status < 400) return { why: `${host} answers with a redirect (HTTP ${status}), which is not followed` };
  const why = `${host} answers HTTP ${status}`;
  if (status === 429) return { why, again: waitAsked(answer.headers["retry-after"]) };
  return status >= 500 ? { why, again: 0 } : { why };
}

/**
 * Resolves with the head of the answer. Not by `fetch`: to load that takes longer than a deploy may be held up by whoever hears of
 * it. And by no connection that stays: messages are seconds apart, and one that was left meanwhile fails what is sent over it. The
 * agent is Node's own, which goes by a proxy where Node was told to (`NODE_USE_ENV_PROXY`).
 */
async function sent({ url, method, headers, body }: Letter, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = url.startsWith("http:") ? process.getBuiltinModule("node:http") : process.getBuiltinModule("node:https");
  const length = Buffer.byteLength(body);
  const all = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "savepoint",
    accept: "*/*",
    "content-length": length,
    connection: "close",
    ...headers,
  };
  return await new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: all, signal });
    asked.once("response", resolve);
    asked.on("error", reject);
    // Also where what came is no answer, and the connection is given up (`101 Switching Protocols`).
    asked.once("close", () => reject(new Error("it hung up")));
    asked.end(body);
  });
}

/** Milliseconds; half a second where it does not say, or says a date. */
function waitAsked(header: string | undefined): number {
  const seconds = Number(header ?? "");
  return header !== undefined && header.trim() !== "" && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : 500;
}

/** The answer's body as far as it is of use; undefined where it broke off. */
async function textOf(answer: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
      if (size > LARGEST_ANSWER) break;
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch {
    // What it said first, its status, is what counts.
    return undefined;
  }
}

/** A code such as ECONNREFUSED, of whichever error below it has one. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) if ("code" in at && typeof at.code === "string") return at.code;
  return "no connection";
}

/**
 * The host of an address that is a secret.
 * @throws NotSent where it is none, or not over TLS.
 */
export function hostOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const local = parsed !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
  if (parsed === undefined || !(parsed.protocol === "https:" || (parsed.protocol === "http:" && local)))
    throw new NotSent("its secret is no `https://` address");
  return parsed.host;
}
