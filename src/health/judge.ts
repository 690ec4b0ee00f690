import { formatDuration, formatSize } from "../core/format.ts";
import type { Answer } from "./exchange.ts";
import { BODY_LIMIT, unreadEncoding } from "./body.ts";
import { shortLine } from "./excerpt.ts";
import { type HeaderExpectation, headerProblem } from "./headers.ts";
import { type JsonExpectation, equalsText, showValue, valueAt } from "./json.ts";
import { type Pattern, describePattern, matches } from "./pattern.ts";
import { locationOf } from "./redirects.ts";
import { SUCCESS, type StatusRange, accepts, describeStatuses } from "./status.ts";
import { type ExpectedVersion, type VersionSource, versionProblem } from "./version.ts";

/** What an answer must be. */
export interface Expectations {
  /** As given; undefined means 200-299. */
  readonly status: readonly StatusRange[] | undefined;
  readonly body: Pattern | undefined;
  readonly json: readonly JsonExpectation[] | undefined;
  readonly headers: readonly HeaderExpectation[] | undefined;
  readonly version: { readonly source: VersionSource; readonly expected: ExpectedVersion } | undefined;
  readonly maxLatencyMs: number | undefined;
}

/** One thing wrong with an answer. */
export interface Complaint {
  readonly reason: string;
  /** What stays the same while it is wrong in the same way, where `reason` holds measurements. */
  readonly topic?: string;
  readonly hint?: string;
}

/** All that is wrong with an answer that came whole or was cut, what matters most first. */
export function judge(answer: Answer, wanted: Expectations): readonly Complaint[] {
  // An error page has neither the body nor the version that is expected; saying so would only hide the status.
  if (!accepts(wanted.status ?? SUCCESS, answer.status)) return [wrongStatus(answer, wanted.status)];
  // Nobody asked for it: whatever is looked for in such a body would only seem to be missing.
  const encoded = unreadEncoding(answer.headers.get("content-encoding")?.[0]);
  if (encoded !== undefined && (wanted.body ?? wanted.json ?? wanted.version) !== undefined) return [unreadable(encoded)];
  const json = jsonOf(answer);
  const complaints: (Complaint | undefined)[] = [
    wanted.version && complain(versionProblem(wanted.version.source, wanted.version.expected, { ...answer, json })),
    ...(wanted.headers ?? []).map((header) => complain(headerProblem(header, answer.headers))),
    ...(wanted.json ?? []).map((expectation) => jsonComplaint(expectation, json())),
    wanted.body && bodyComplaint(answer, wanted.body),
    wanted.maxLatencyMs === undefined ? undefined : slow(answer.latencyMs, wanted.maxLatencyMs),
  ];
  return complaints.filter((complaint) => complaint !== undefined);
}

function complain(problem: string | undefined): Complaint | undefined {
  return problem === undefined ? undefined : { reason: problem };
}

function wrongStatus(answer: Answer, wanted: readonly StatusRange[] | undefined): Complaint {
  const location = locationOf(answer);
  const expected = wanted === undefined ? "" : `, expected ${describeStatuses(wanted)}`;
  const proxy = NO_UPSTREAM.has(answer.status) ? proxyOf(answer) : undefined;
  if (proxy !== undefined) {
    return {
      reason: `HTTP ${answer.status} from ${proxy}, a proxy that reaches no app behind it${expected}`,
      hint: "Does the app run, and does it listen where the proxy looks for it? The proxy's own log says where that is.",
    };
  }
  if (location === undefined) return { reason: `HTTP ${answer.status}${expected}` };
  return {
    reason: `HTTP ${answer.status}, a redirect to ${shortLine(location)}${expected}`,
    hint: "Check that URL itself, or allow it: `follow-redirects: true`, or the status in `expect-status`.",
  };
}

/** Bad gateway, service unavailable, gateway timeout: what proxies say where nothing answers them. */
const NO_UPSTREAM = new Set([502, 503, 504]);
const PROXIES = /^(nginx|openresty|haproxy|traefik|caddy|envoy|istio-envoy|cloudflare|awselb|varnish)\b/i;

/** The proxy that made this page by itself, where it tells: an app behind it would have sent its own. */
function proxyOf(answer: Answer): string | undefined {
  const named = PROXIES.exec(answer.headers.get("server")?.[0] ?? "")?.[0];
  // HAProxy and Traefik name themselves nowhere, but in these words.
  if (answer.body.includes("No server is available to handle this request")) return "HAProxy";
  if (named === undefined) return undefined;
  const ownPage = /<center>|no available server|no healthy upstream|upstream connect error/i.test(answer.body);
  return ownPage ? named.toLowerCase() : undefined;
}

function unreadable(encoding: string): Complaint {
  return {
    reason: `the body is encoded as ${shortLine(encoding, 40)}, which was not asked for and cannot be read here`,
    hint: "Let the app send it as it is where the request has no `Accept-Encoding`.",
  };
}

type Json = { readonly document: unknown } | { readonly problem: string };

function jsonOf(answer: Answer): () => Json {
  let read: Json | undefined;
  return () => (read ??= parseJson(answer));
}

function parseJson(answer: Answer): Json {
  if (answer.ending === "cut") return { problem: `the body is longer than ${formatSize(BODY_LIMIT)}, too long to be read as JSON` };
  try {
    return { document: JSON.parse(answer.body) as unknown };
  } catch {
    const start = shortLine(answer.body, 60);
    return { problem: start === "" ? "the body is empty, expected JSON" : `the body is no JSON, it begins with ${JSON.stringify(start)}` };
  }
}

function jsonComplaint({ path, value }: JsonExpectation, json: Json): Complaint | undefined {
  if ("problem" in json) return { reason: json.problem };
  const at = valueAt(json.document, path);
  if (!at.found) return { reason: `the JSON has no ${path.text}, expected ${value}` };
  return equalsText(at.value, value)
    ? undefined
    : {
        reason: `${path.text} is ${showValue(at.value)}, expected ${value}`,
        topic: `json ${path.text} ${typeof at.value === "number" ? "" : showValue(at.value)}`,
      };
}

function bodyComplaint(answer: Answer, wanted: Pattern): Complaint | undefined {
  const found = matches(wanted, answer.body);
  if (found === true) return undefined;
  if (found === "too slow")
    return {
      reason: `${describePattern(wanted)} does not come to an end on this body`,
      hint: "Write the expression without nested repetitions.",
    };
  const beyond = answer.ending === "cut" ? ` in its first ${formatSize(BODY_LIMIT)}` : "";
  return { reason: `the body does not ${"contains" in wanted ? "contain" : "match"} ${describePattern(wanted)}${beyond}` };
}

function slow(latencyMs: number, mostMs: number): Complaint | undefined {
  if (latencyMs <= mostMs) return undefined;
  return { reason: `answered in ${formatDuration(latencyMs)}, allowed are ${formatDuration(mostMs)}`, topic: "slow" };
}
