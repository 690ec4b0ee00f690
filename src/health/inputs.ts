import { quoted } from "../core/format.ts";
import { type Section, type Values, input } from "../core/input.ts";
import { type Kind, choice, count, flag, line, text, timeLimit } from "../core/kinds.ts";
import { headerExpectations, requestHeaders } from "./headers.ts";
import { jsonExpectations } from "./json.ts";
import { harmless } from "./masking.ts";
import { pattern } from "./pattern.ts";
import { hostPorts, webAddress } from "./places.ts";
import { statuses } from "./status.ts";
import { versionSource } from "./version.ts";

/** A duration of at least 10 ms: less would be a loop without a pause. */
const pause: Kind<number> = {
  form: `${timeLimit.form}, at least 10ms`,
  parse(value) {
    const ms = timeLimit.parse(value);
    if (ms < 10) throw new Error(`is ${quoted(value)}`);
    return ms;
  },
};

/** What is checked before a version counts as healthy. Every check that is given must pass, in the same round. */
export const healthSection = {
  name: "health",
  inputs: {
    url: input(webAddress, { description: "The URL to ask. `localhost` is the host's own, where there is one (see `from`)." }),
    method: input(choice("GET", "HEAD", "POST", "PUT", "OPTIONS"), {
      description: "The request's method; it carries no body.",
      default: "GET",
    }),
    headers: input(requestHeaders, {
      description: "Headers to send: `Name: value`, one a line. They are not sent on to another server by a redirect.",
      secret: true,
      plainWhen: harmless,
    }),
    "expect-status": input(statuses, { description: "Status codes that are healthy, e.g. `200` or `200-299,304`. Default: 200-299." }),
    "expect-body": input(pattern, { description: "Text that the body contains, or a regular expression: `/ready|ok/i`." }),
    "expect-json": input(jsonExpectations, {
      description: "Values in the JSON body: `path=value`, one a line, e.g. `status=ok`, `checks.db.ok=true`, `items[0].id=7`.",
    }),
    "expect-header": input(headerExpectations, {
      description:
        "Headers of the answer, one a line: `Name: value` (equal, or equal up to the first `;`, or `/regex/`), or `Name` where any value will do.",
    }),
    "expect-version": input(versionSource, {
      description:
        "Where the app tells its version: `json:path`, `header:Name` or `body`. It must be the deploy's commit (7 digits or more of it) or one of its tags. Any other text must itself stand in the body.",
    }),
    "follow-redirects": input(flag, {
      description:
        "Whether a redirect is followed (at most 5, never from https to http). Otherwise it is unhealthy, unless `expect-status` allows it.",
      default: "false",
    }),
    "tls-ca": input(text, {
      description:
        "The authority that signed the server's certificate: PEM text, or the path of a PEM file here. Then no other is trusted.",
    }),
    "max-latency": input(timeLimit, {
      description: "The longest an answer may take, from the sent request to the last byte of the body, e.g. `500ms`.",
    }),
    tcp: input(hostPorts, { description: "Addresses that must accept connections: `host:port`, one a line." }),
    query: input(text, {
      description: "SQL on the deploy's database. Healthy where the first column of the first row is neither false, null, 0 nor empty.",
    }),
    service: input(line, {
      description: "A service of the compose project: its containers must run, be healthy where their image says how, and not restart.",
    }),
    command: input(text, { description: "A shell command that must exit with 0. It runs once the other checks pass." }),
    from: input(choice("runner", "host"), { description: "Where the checks are made from. Default: the host where there is one." }),
    timeout: input(pause, { description: "The hard limit over everything: healthy by then, or failed.", default: "2m" }),
    interval: input(pause, {
      description:
        "The pause between passes, and the longest between attempts; the first attempts follow faster (after 100 ms, 200 ms, …).",
      default: "250ms",
    }),
    successes: input(count({ min: 1, max: 1000 }), {
      description: "How many passes in a row make it healthy. To watch for longer than a moment, raise this and `interval`.",
      default: "3",
    }),
  },
} as const satisfies Section;

export type HealthSettings = Values<typeof healthSection.inputs>;
