import { expect, test } from "vitest";
import { needsOf, plannedChecks } from "../../../src/health/kinds.ts";
import { hasChecks, healthProblems } from "../../../src/health/plan.ts";
import { healthSettings } from "./settings.ts";

const NOTHING = { database: undefined, version: undefined, containers: undefined };
const inputs = (given: Record<string, string>, offer: Parameters<typeof healthProblems>[1] = NOTHING) =>
  healthProblems(healthSettings(given), offer).map(({ input }) => input);

test("with nothing to check, the inputs that could be given are named", () => {
  const [problem] = healthProblems(healthSettings({ timeout: "5s" }), NOTHING);
  expect(problem).toMatchObject({ input: "url", form: "one or more of url, tcp, query, service, command" });
  expect(hasChecks(healthSettings({}))).toBe(false);
  expect(hasChecks(healthSettings({ tcp: "localhost:1" }))).toBe(true);
});

test.each([
  [{ query: "SELECT true" }, ["database"], ["query"]],
  [{ service: "web" }, ["containers"], ["service"]],
  [{ command: "true", query: "SELECT true" }, ["database", "folder"], ["query", "command"]],
  [{ url: "http://localhost/health", tcp: "localhost:1\n[::1]:2" }, [], ["GET http://localhost/health", "tcp localhost:1", "tcp [::1]:2"]],
])("%j needs of the environment %j, and is planned as %j", (given, needs, planned) => {
  expect([...needsOf(healthSettings(given))]).toEqual(needs);
  expect(plannedChecks(healthSettings(given))).toEqual(planned);
});

test("`service` needs a compose project", () => {
  expect(inputs({ service: "web" })).toEqual(["service"]);
  expect(inputs({ service: "web" }, { ...NOTHING, containers: {} })).toEqual([]);
});

test.each([
  [{ url: "http://localhost/" }, []],
  [{ tcp: "localhost:1", "expect-body": "ok", "max-latency": "1s" }, ["expect-body", "max-latency"]],
  [{ tcp: "localhost:1", "expect-version": "2.0" }, ["expect-version"]],
  [
    { url: "http://localhost/", method: "HEAD", "expect-json": "a=1", "expect-version": "body" },
    ["expect-json", "expect-version", "expect-version"],
  ],
  [{ url: "http://localhost/", method: "HEAD", "expect-version": "2.0" }, ["expect-version"]],
  [{ url: "http://localhost/", "expect-version": "json:version" }, ["expect-version"]],
  [{ url: "http://localhost/", "expect-version": "2.0" }, []],
  [{ query: "SELECT true" }, ["query"]],
  [{ command: "true", interval: "1m", timeout: "2m" }, ["timeout"]],
  [{ command: "true", interval: "1m", timeout: "2m", successes: "1" }, []],
])("%j has problems with %j", (given, problems) => {
  expect(inputs(given)).toEqual(problems);
});

test("what the caller offers is enough", () => {
  expect(
    inputs(
      { query: "SELECT true", url: "http://localhost/", "expect-version": "json:v" },
      { database: {}, version: { commit: "abc", names: [] }, containers: {} },
    ),
  ).toEqual([]);
});

test.each([
  ["url", "localhost:3000/health"],
  ["url", "ftp://localhost/"],
  ["url", "/health"],
  ["url", "https://user:password@shop.example/"],
  ["tcp", "localhost"],
  ["tcp", "localhost:0"],
  ["tcp", "localhost:70000"],
  ["tcp", "::1:80"],
  ["timeout", "0"],
  ["interval", "5ms"],
  ["successes", "0"],
  ["method", "DELETE"],
  ["from", "here"],
])("%s does not take %s", (name, text) => {
  expect(() => healthSettings({ [name]: text })).toThrow(name);
});

test("a password in the URL is not repeated", () => {
  expect(() => healthSettings({ url: "https://user:canary@shop.example/" })).not.toThrow(/canary/);
  expect(() => healthSettings({ url: "https://user:canary@" })).not.toThrow(/canary/);
});

test("addresses of all families are read", () => {
  expect(healthSettings({ tcp: "localhost:5432\n[::1]:80, 10.0.0.1:443" }).tcp).toEqual([
    { host: "localhost", port: 5432 },
    { host: "::1", port: 80 },
    { host: "10.0.0.1", port: 443 },
  ]);
});

test.each(["25d", "3000000"])("a timeout of %s, more milliseconds than a timer counts, is refused: it would be over at once", (timeout) => {
  expect(() => healthSettings({ timeout })).toThrow(/^`timeout` is/);
  expect(healthSettings({ timeout: "24d" }).timeout).toBe(24 * 86_400_000);
});
