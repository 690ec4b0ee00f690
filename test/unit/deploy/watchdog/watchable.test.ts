import { describe, expect, test } from "vitest";
import { Settings } from "../../../../src/core/settings.ts";
import { refuseUnwatchable, unwatchable, type Watchable } from "../../../../src/deploy/steps/watchable.ts";
import { deploySection } from "../../../../src/deploy/call/deploy-inputs.ts";
import { healthSection } from "../../../../src/health/inputs.ts";
import { databaseAddress } from "../../../../src/postgres/address.ts";

const health = (raw: Readonly<Record<string, string>>): Watchable["health"] =>
  new Settings([{ source: "with:", raw: { health: { url: "http://localhost:3000/health", ...raw } } }], "deploy").section(healthSection);

const fine: Watchable = {
  shared: {
    host: { user: "deploy", host: "shop.example", port: 22 },
    "database-service": "postgres",
    "database-url": undefined,
    "database-admin-url": undefined,
    "database-from": undefined,
    "detach-subscriptions": false,
  },
  health: health({}),
  automatic: true,
  verify: "auto",
};
const byUrl = (url: string, more: Partial<Watchable["shared"]> = {}): Watchable => ({
  ...fine,
  shared: { ...fine.shared, "database-service": undefined, "database-url": databaseAddress.parse(url), ...more },
});

describe("a watchdog that could not do its work is refused", () => {
  test.each<{ readonly what: string; readonly facts: Watchable; readonly named: string }>([
    { what: "without a host", facts: { ...fine, shared: { ...fine.shared, host: undefined } }, named: "`host`" },
    { what: "where nothing is taken back by itself", facts: { ...fine, automatic: false }, named: "`automatic: false`" },
    { what: "where no copy is restored", facts: { ...fine, verify: "read" }, named: "`verify: read`" },
    { what: "with subscriptions", facts: { ...fine, shared: { ...fine.shared, "detach-subscriptions": true } }, named: "subscriptions" },
    {
      what: "with an admin's URL",
      facts: { ...fine, shared: { ...fine.shared, "database-admin-url": databaseAddress.parse("postgres://a:b@c/d") } },
      named: "`database-admin-url`",
    },
    { what: "with a password that only the runner knows", facts: byUrl("postgres://a:b@c/d"), named: "password in `database-url`" },
    { what: "with a URL of .env", facts: byUrl("env:DATABASE_URL"), named: "env:DATABASE_URL" },
    {
      what: "where the runner alone reaches the database",
      facts: byUrl("postgres://a@c/d", { "database-from": "runner" }),
      named: "`database-from: runner`",
    },
    { what: "with a command", facts: { ...fine, health: health({ command: "true" }) }, named: "`health-command`" },
    { what: "with a query", facts: { ...fine, health: health({ query: "SELECT 1" }) }, named: "leave `health-query` out" },
    { what: "with a port", facts: { ...fine, health: health({ tcp: "localhost:1" }) }, named: "`health-tcp`" },
    { what: "without a URL", facts: { ...fine, health: { ...health({}), url: undefined } }, named: "no `health-url`" },
    { what: "with headers", facts: { ...fine, health: health({ headers: "X-Key: hidden" }) }, named: "`health-headers`" },
    { what: "with values in JSON", facts: { ...fine, health: health({ "expect-json": "status=ok" }) }, named: "`health-expect-json`" },
    { what: "with headers of the answer", facts: { ...fine, health: health({ "expect-header": "X-A" }) }, named: "`health-expect-header`" },
    { what: "with a latency", facts: { ...fine, health: health({ "max-latency": "1s" }) }, named: "`health-max-latency`" },
    { what: "with an authority", facts: { ...fine, health: health({ "tls-ca": "ca.pem" }) }, named: "`health-tls-ca`" },
    { what: "asked by the runner", facts: { ...fine, health: health({ from: "runner" }) }, named: "`health-from: runner`" },
    { what: "by another method", facts: { ...fine, health: health({ method: "HEAD" }) }, named: "`health-method: HEAD`" },
    { what: "behind a redirect", facts: { ...fine, health: health({ "follow-redirects": "true" }) }, named: "`follow-redirects`" },
    { what: "with an expression", facts: { ...fine, health: health({ "expect-body": "/ok/i" }) }, named: "regular expression" },
    { what: "with a version in a header", facts: { ...fine, health: health({ "expect-version": "header:X-V" }) }, named: "header:" },
    { what: "with a version in a list", facts: { ...fine, health: health({ "expect-version": "json:a[0]" }) }, named: "json:a[0]" },
  ])("$what, and it is named with the way", ({ facts, named }) => {
    const obstacles = unwatchable(facts);
    expect(obstacles.map(({ problem, way }) => `${problem}; ${way}`).join("; ")).toContain(named);
    for (const { way } of obstacles) expect(way).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(obstacles)).not.toContain("hidden");
  });

  test.each([
    ["a service's database", fine],
    ["a service beside the URL", { ...fine, health: health({ service: "web" }) }],
    ["no database", { ...fine, shared: { ...fine.shared, "database-service": undefined } }],
    ["a URL without a password", byUrl("postgres://shop@localhost/shop?host=/run/postgresql")],
    [
      "status, text and version",
      { ...fine, health: health({ "expect-status": "200", "expect-body": "ok", "expect-version": "json:app.commit" }) },
    ],
  ])("%s is none", (_, facts) => {
    expect(unwatchable(facts)).toEqual([]);
  });

  test("a secret is in none of it", () => {
    expect(JSON.stringify(unwatchable(byUrl("postgres://a:hidden-word@c/d")))).not.toContain("hidden-word");
  });

  test("all that stands in its way is refused at once, before anything is touched; without one nothing is", () => {
    const said = (deploy: Readonly<Record<string, string>>) =>
      new Settings([{ source: "with:", raw: { health: { command: "true" }, rollback: { automatic: "false" }, deploy } }], "deploy");
    const { shared } = fine;
    refuseUnwatchable({ shared: shared as never, settings: said({}) });
    const refused = (): void => refuseUnwatchable({ shared: shared as never, settings: said({ watchdog: "10m" }) });
    expect(refused).toThrow(/^`watchdog: 10m` cannot be had: .*`automatic: false`.*`health-command`.*no `health-url`.*Nothing was touched/);
    expect(() => said({ watchdog: "20s" }).section(deploySection)).toThrow("at least 30s");
  });
});
