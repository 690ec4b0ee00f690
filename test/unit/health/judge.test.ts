import { expect, test } from "vitest";
import type { Answer } from "../../../src/health/exchange.ts";
import { type Expectations, judge } from "../../../src/health/judge.ts";
import { healthSection } from "../../../src/health/inputs.ts";

const NOTHING: Expectations = {
  status: undefined,
  body: undefined,
  json: undefined,
  headers: undefined,
  version: undefined,
  maxLatencyMs: undefined,
};

function answer(status: number, body = "", more: Partial<Answer> & { location?: string } = {}): Answer {
  const headers = new Map(more.location === undefined ? [] : [["location", [more.location]]]);
  return { status, statusText: "", headers, body, bytes: body.length, ending: "whole", latencyMs: 12, ...more };
}

const { inputs } = healthSection;
const reasons = (given: Answer, wanted: Partial<Expectations> = {}) => judge(given, { ...NOTHING, ...wanted }).map(({ reason }) => reason);

test("200 to 299 are healthy where nothing else is said", () => {
  expect([200, 204, 299].flatMap((status) => reasons(answer(status)))).toEqual([]);
  expect(reasons(answer(304))).toEqual(["HTTP 304"]);
  expect(reasons(answer(503))).toEqual(["HTTP 503"]);
});

test("a wrong status is the only complaint: an error page has nothing else of what is expected", () => {
  expect(reasons(answer(502, "<html>"), { json: inputs["expect-json"].kind.parse("a=1") as Expectations["json"] })).toEqual(["HTTP 502"]);
});

test.each([
  [
    "nginx/1.22.1",
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>",
    502,
    "nginx",
  ],
  [
    undefined,
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
    503,
    "HAProxy",
  ],
  ["envoy", "no healthy upstream", 503, "envoy"],
])("the own page of a proxy (%s) says that no app is behind it", (server, body, status, name) => {
  const headers = new Map(server === undefined ? [] : [["server", [server]]]);
  const [complaint] = judge({ ...answer(status, body), headers }, NOTHING);
  expect(complaint?.reason).toBe(`HTTP ${status} from ${name}, a proxy that reaches no app behind it`);
  expect(complaint?.hint).toContain("where the proxy looks for it");
  // An app's own page that came through the proxy is the app's.
  expect(reasons({ ...answer(status, "warming up"), headers })).toEqual([`HTTP ${status}`]);
});

test("a body in an encoding that nobody asked for is named, where something is looked for in it", () => {
  const headers = new Map([["content-encoding", ["Compress"]]]);
  const body = { contains: "ok" };
  expect(reasons({ ...answer(200, "\u001F"), headers }, { body })).toEqual([
    "the body is encoded as compress, which was not asked for and cannot be read here",
  ]);
  expect(reasons({ ...answer(200, "\u001F"), headers })).toEqual([]);
});

test("a redirect shows where to, and is fine where its status is expected", () => {
  const status = [{ from: 302, to: 302 }];
  const [complaint] = judge(answer(302, "", { location: "/login" }), NOTHING);
  expect(complaint?.reason).toBe("HTTP 302, a redirect to /login");
  expect(complaint?.hint).toContain("follow-redirects");
  expect(reasons(answer(302, "", { location: "/login" }), { status })).toEqual([]);
  expect(reasons(answer(200), { status })).toEqual(["HTTP 200, expected 302"]);
});

test.each([
  ['{"status":"ok"}', []],
  ['{"status":"starting"}', ['status is "starting", expected ok']],
  ["{}", ["the JSON has no status, expected ok"]],
  ["<html>Bad", ['the body is no JSON, it begins with "<html>Bad"']],
  ["", ["the body is empty, expected JSON"]],
  ['{"status":"ok"', ['the body is no JSON, it begins with "{\\"status\\":\\"ok\\""']],
])("the JSON %s: %j", (body, expected) => {
  expect(reasons(answer(200, body), { json: inputs["expect-json"].kind.parse("status=ok") as Expectations["json"] })).toEqual(expected);
});

test("a body that was cut says so", () => {
  const cut = answer(200, "[1,", { ending: "cut" });
  expect(reasons(cut, { body: { contains: "x" } })).toEqual(['the body does not contain "x" in its first 1.0 MB']);
  expect(reasons(cut, { json: inputs["expect-json"].kind.parse("[0]=1") as Expectations["json"] })[0]).toContain("too long");
});

test("an answer that takes too long is too slow, and stays so whatever the number", () => {
  const slow = (latencyMs: number) => judge(answer(200, "", { latencyMs }), { ...NOTHING, maxLatencyMs: 500 });
  expect(slow(500)).toEqual([]);
  expect(slow(1234)[0]?.reason).toBe("answered in 1.2 s, allowed are 500 ms");
  expect(slow(1234)[0]?.topic).toBe(slow(999)[0]?.topic);
});

test("all that is wrong with a good status is said", () => {
  expect(reasons(answer(200, "no", { latencyMs: 900 }), { body: { contains: "yes" }, maxLatencyMs: 100 })).toHaveLength(2);
});
