import { formatDuration, formatSize } from "../core/format.ts";
import type { Machine } from "../core/machine.ts";
import type { Clock } from "../core/ports.ts";
import type { SecureContext } from "node:tls";
import { type Answer, type Request, type Wire, exchange } from "./exchange.ts";
import { bodyLines, shortLine } from "./excerpt.ts";
import { type Complaint, type Expectations, judge } from "./judge.ts";
import { hostPortOf, showAddress, showUrl } from "./places.ts";
import { nextHop } from "./redirects.ts";
import { SUCCESS, accepts } from "./status.ts";
import { explain } from "./trouble.ts";
import type { Attempt, Check, CheckResult } from "./verdict.ts";

export interface HttpCheck {
  readonly request: Request;
  readonly expectations: Expectations;
  readonly followRedirects: boolean;
  readonly machine: Machine;
  readonly clock: Clock;
  /** Hides what is secret. Before anything is cut: the beginning of a secret is not recognised as one. */
  readonly mask: (text: string) => string;
  /** What certificates are trusted; undefined means Node's own authorities. */
  readonly trust: SecureContext | undefined;
}

/** Headers that tell a reader who answered and why. */
const TELLING = ["location", "content-type", "server", "via", "retry-after", "www-authenticate", "x-request-id"];

/** The check of `url`. */
export function httpCheck(check: HttpCheck): Check {
  const { url, method } = check.request;
  return { label: `${method} ${showUrl(url)}`, order: "together", run: async (attempt) => await ask(check, attempt) };
}

async function ask(check: HttpCheck, { signal, limitMs }: Attempt): Promise<CheckResult> {
  const { machine, clock, trust } = check;
  const wire: Wire = { machine, clock, trust, signal, phase: "connecting" };
  const requests: Request[] = [check.request];
  let latencyMs = 0;
  for (;;) {
    const request = requests.at(-1) ?? check.request;
    let answer: Answer;
    try {
      answer = await exchange(request, wire);
    } catch (error) {
      if (signal.aborted) return unanswered(request, wire, limitMs, requests);
      const trouble = explain(error, { address: hostPortOf(request.url), from: machine.name, tls: request.url.protocol === "https:" });
      return { passed: false, ...trouble, evidence: [...asked(requests, machine), trouble.reason] };
    }
    latencyMs += answer.latencyMs;
    const whole = { ...answer, latencyMs };
    const shown = hidden(whole, check.mask);
    const fail = (complaints: readonly Complaint[], gaveUp = false): CheckResult => failed(complaints, requests, shown, machine, gaveUp);
    if (answer.ending === "broken") return fail([brokenOff(whole, request, machine, signal.aborted ? limitMs : undefined)], signal.aborted);
    const wanted = check.expectations.status ?? SUCCESS;
    const hop = check.followRedirects && !accepts(wanted, answer.status) ? nextHop(answer, requests) : undefined;
    if (hop !== undefined && "problem" in hop) return fail([{ reason: hop.problem }]);
    if (hop !== undefined) {
      requests.push(hop.to);
      continue;
    }
    const complaints = judge(whole, check.expectations);
    if (complaints.length > 0) {
      const told = judge(shown, check.expectations);
      return fail(told.length > 0 ? told : complaints);
    }
    return { passed: true, detail: `HTTP ${answer.status} from ${showUrl(request.url)} in ${formatDuration(latencyMs)}` };
  }
}

/** The answer as it may be told. */
function hidden(answer: Answer, mask: (text: string) => string): Answer {
  const headers = new Map([...answer.headers].map(([name, values]) => [name, values.map(mask)]));
  return { ...answer, statusText: mask(answer.statusText), headers, body: mask(answer.body) };
}

function asked(requests: readonly Request[], machine: Machine): readonly string[] {
  return requests.map(
    ({ method, url }, index) =>
      `${index === 0 ? "" : "redirected to "}${method} ${showUrl(url)}${index === 0 ? `, asked from ${machine.name}` : ""}`,
  );
}

function failed(
  complaints: readonly Complaint[],
  requests: readonly Request[],
  answer: Answer,
  machine: Machine,
  gaveUp: boolean,
): CheckResult {
  const [first, ...more] = complaints;
  const url = requests.at(-1)?.url;
  const reason = `${first?.reason ?? "unhealthy"}${url === undefined ? "" : ` (${showUrl(url)})`}`;
  return {
    passed: false,
    reason,
    topic: first?.topic,
    hint: first?.hint,
    gaveUp,
    evidence: [
      ...asked(requests, machine),
      `HTTP ${answer.status} ${shortLine(answer.statusText, 80)}`.trimEnd() + ` in ${formatDuration(answer.latencyMs)}`,
      ...more.map((complaint) => `also: ${complaint.reason}`),
      ...TELLING.flatMap((name) => (answer.headers.get(name) ?? []).map((value) => `${name}: ${shortLine(value)}`)),
      ...bodyLines(answer.body, answer.bytes),
    ],
  };
}

function unanswered(request: Request, wire: Wire, limitMs: number, requests: readonly Request[]): CheckResult {
  const at = showAddress(hostPortOf(request.url));
  const within = `within ${formatDuration(limitMs)}`;
  const reason = {
    connecting: `no connection to ${at} ${within}`,
    handshake: `${at} accepts connections, but makes no TLS handshake ${within}`,
    waiting: `${at} accepts connections, but ${showUrl(request.url)} gave no answer ${within}`,
  }[wire.phase];
  return { passed: false, reason, topic: `no answer: ${wire.phase}`, gaveUp: true, evidence: [...asked(requests, wire.machine), reason] };
}

function brokenOff(answer: Answer, request: Request, machine: Machine, limitMs: number | undefined): Complaint {
  const size = formatSize(answer.bytes);
  if (limitMs !== undefined)
    return {
      reason: `HTTP ${answer.status}, but the body did not end within ${formatDuration(limitMs)} (${size} came)`,
      topic: "no end of the body",
    };
  const encoding = answer.headers.get("content-encoding")?.[0];
  const { code } = answer.problem as { readonly code?: unknown };
  if (encoding !== undefined && typeof code === "string" && /^Z_|^ERR_/.test(code))
    return { reason: `HTTP ${answer.status}, but the body is not the ${shortLine(encoding, 40)} that its header says` };
  const { hint } = explain(answer.problem, {
    address: hostPortOf(request.url),
    from: machine.name,
    tls: request.url.protocol === "https:",
  });
  return {
    reason: `HTTP ${answer.status}, but the connection broke off in the middle of the body (${size} came)`,
    ...(hint === undefined ? {} : { hint }),
  };
}
