import { describe, expect, test } from "vitest";
import { JOURNAL, type RawSettings, Settings } from "../../../src/core/settings.ts";
import type { Environment } from "../../../src/deploy/environment/environment.ts";
import { settingsForTarget } from "../../../src/deploy/back/target-settings.ts";
import { A, Tale } from "./records.ts";

/** The health settings of a rollback to a version that was confirmed with these; `said` is what the call itself gives. */
function healthOf(confirmed: Readonly<Record<string, string>>, said: RawSettings = {}, local = false) {
  const warnings: string[] = [];
  const environment = {
    machine: { name: "deploy@shop.example", local },
    settings: new Settings(
      [
        { source: "with:", raw: said },
        { source: JOURNAL, raw: { health: confirmed } },
      ],
      undefined,
    ),
    ports: { report: { warning: (text: string) => warnings.push(text) } },
  } as unknown as Environment;
  const tale = new Tale().tell({ kind: "stable.marked", commit: A, settings: { health: confirmed }, tag: "stable-1" });
  const target = { commit: A, schema: undefined, why: "", stable: true };
  return { health: settingsForTarget(environment, { ledger: tale.ledger, deploy: undefined, target }).health, warnings };
}

test("a health command that only the journal says is not run on the runner: who can write on the host could else run anything there", () => {
  const alone = healthOf({ command: "touch pwned", from: "runner" });
  expect(alone.health).toBeUndefined();
  expect(alone.warnings.join("\n")).toContain("SAVEPOINT_HEALTH_COMMAND");
  const beside = healthOf({ command: "touch pwned", from: "runner", url: "http://shop.example/health" });
  expect(beside.health).toMatchObject({ command: undefined, url: new URL("http://shop.example/health") });
  const other = healthOf({ command: "touch pwned", from: "runner" }, { health: { command: "curl shop.example" } });
  expect(other.health).toBeUndefined();
});

test("it is run where the call says the same, where it runs on the host, and where the host is this machine", () => {
  const command = "curl shop.example";
  expect(healthOf({ command, from: "runner" }, { health: { command } }).health).toMatchObject({ command });
  expect(healthOf({ command }).health).toMatchObject({ command });
  expect(healthOf({ command, from: "host" }).health).toMatchObject({ command });
  const local = healthOf({ command, from: "runner" }, {}, true);
  expect(local.health).toMatchObject({ command });
  expect(local.warnings).toEqual([]);
});

describe("secret headers", () => {
  const url = "https://shop.example/health";
  const confirmed = { url, withheld: "headers" };
  const headers = "Authorization: Bearer s3cret\nAccept: text/plain";
  const sent = (result: ReturnType<typeof healthOf>) => result.health?.headers?.map(({ name }) => name);

  test("are not sent to an address that only the journal names, and that is said in one line without them", () => {
    for (const said of [
      { headers },
      { headers, url: "https://shop.example:8443/health" },
      { headers, url: "http://shop.example/health" },
      { headers, url: "https://shop.example.evil.example/" },
      { headers, url: "https://evil@other.example" },
    ]) {
      const result = healthOf(confirmed, { health: said });
      expect(sent(result)).toEqual(["Accept"]);
      expect(result.warnings).toHaveLength(1);
      expect(result.warnings[0]).toContain("so the secret headers (Authorization) are not sent there");
      expect(result.warnings[0]).not.toContain("s3cret");
      expect(result.warnings[0]).not.toContain("\n");
    }
  });

  test("are sent where the call names the same scheme, host and port, whatever the path", () => {
    for (const said of [url, "https://SHOP.example:443/", "https://shop.example/other?x=1"]) {
      const result = healthOf(confirmed, { health: { headers, url: said } });
      expect(sent(result)).toEqual(["Authorization", "Accept"]);
      expect(result.warnings).toEqual([]);
    }
  });

  test("are not sent where only the journal says whose certificate is trusted", () => {
    const withCa = { ...confirmed, "tls-ca": "-----BEGIN CERTIFICATE-----" };
    const result = healthOf(withCa, { health: { headers, url } });
    expect(sent(result)).toEqual(["Accept"]);
    expect(result.warnings[0]).toContain("SAVEPOINT_HEALTH_TLS_CA");
    expect(sent(healthOf(withCa, { health: { headers, url, "tls-ca": "-----BEGIN CERTIFICATE-----" } }))).toEqual([
      "Authorization",
      "Accept",
    ]);
  });

  test("are sent where the journal is this machine's own; others are always sent", () => {
    expect(sent(healthOf(confirmed, { health: { headers } }, true))).toEqual(["Authorization", "Accept"]);
    const open = healthOf({ url, headers: "Accept: text/plain" });
    expect(sent(open)).toEqual(["Accept"]);
    expect(open.warnings).toEqual([]);
  });
});

test("what was confirmed and cannot be read is refused by name, and is this call's to say", () => {
  expect(() => healthOf({ url: "http://shop.example/health", timeout: "5sec" })).toThrow(
    /`health-timeout` \(from the journal of the stable mark stable-1\) /,
  );
  const mended = healthOf(
    { url: "http://shop.example/health", timeout: "5sec" },
    { health: { timeout: "7s", url: "http://other.example/" } },
  );
  expect(mended.health).toMatchObject({ timeout: 7_000, url: new URL("http://shop.example/health") });
});
