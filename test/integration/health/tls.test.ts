import { afterAll, beforeAll, expect, test as alone } from "vitest";
import { type Authority, authority } from "./certificates.ts";
import { serve, serveHttp2, serveTls } from "./servers.ts";
import { see, seeFailing, streamingHost } from "./world.ts";

// Most of a red check is pauses.
const test = alone.concurrent;

let ca: Authority;
beforeAll(async () => {
  ca = await authority();
});
afterAll(async () => {
  await ca[Symbol.asyncDispose]();
});

const ok = (_request: unknown, response: import("node:http").ServerResponse) => void response.end("ok");

test("a certificate of an unknown authority is red, with the input that helps", async () => {
  await using app = await serveTls(await ca.issue("DNS:localhost,IP:127.0.0.1"), ok);
  const { verdict } = await seeFailing({ url: `https://localhost:${app.port}/` });
  expect(verdict.reason).toContain("nobody known signed the certificate");
  expect(verdict.hint).toContain("tls-ca");
});

test("with the authority given, as text or as a file, it is green; by name and by address", async () => {
  await using app = await serveTls(await ca.issue("DNS:localhost,IP:127.0.0.1"), ok);
  expect((await see({ url: `https://localhost:${app.port}/`, "tls-ca": ca.pem })).verdict.state).toBe("healthy");
  expect((await see({ url: `https://127.0.0.1:${app.port}/`, "tls-ca": ca.file })).verdict.state).toBe("healthy");
});

test("a server that speaks HTTP/2 only over TLS is named as that", async () => {
  await using app = await serveHttp2((_stream) => undefined, await ca.issue("DNS:localhost"));
  const { verdict } = await seeFailing({ url: `https://localhost:${app.port}/`, "tls-ca": ca.pem });
  expect(verdict.reason).toContain("speaks HTTP/2 only");
});

test("TLS goes over the host's own streams too", async () => {
  await using app = await serveTls(await ca.issue("DNS:localhost"), ok);
  const { verdict } = await see(
    { url: `https://localhost:${app.port}/`, "tls-ca": ca.pem, "expect-body": "ok" },
    { machine: streamingHost() },
  );
  expect(verdict.state).toBe("healthy");
});

test("a server's own certificate may be given as `tls-ca`", async () => {
  const certificate = await ca.issue("DNS:localhost");
  await using app = await serveTls(certificate, ok);
  expect((await see({ url: `https://localhost:${app.port}/`, "tls-ca": certificate.cert })).verdict.state).toBe("healthy");
});

test.each([
  ["that has expired", "DNS:localhost", -1, "has expired"],
  ["for another name", "DNS:shop.example", 1, "is for other names"],
])("a certificate %s is red", async (_which, names, days, reason) => {
  await using app = await serveTls(await ca.issue(names, days), ok);
  const { verdict } = await seeFailing({ url: `https://localhost:${app.port}/`, "tls-ca": ca.pem });
  expect(verdict.reason).toContain(reason);
});

test("https on a plain HTTP port, and the other way round, are told in words", async () => {
  await using plain = await serve(ok);
  await using secure = await serveTls(await ca.issue("DNS:localhost"), ok);
  const first = await seeFailing({ url: `https://localhost:${plain.port}/` });
  expect([first.verdict.reason, first.verdict.hint].join(" ")).toMatch(/does not speak TLS.*http:/);
  const second = await seeFailing({ url: `http://localhost:${secure.port}/` });
  expect(second.verdict.state).toBe("failing");
});

test("from https to http no redirect is followed", async () => {
  await using plain = await serve(ok);
  await using secure = await serveTls(
    await ca.issue("DNS:localhost"),
    (_request, response) => void response.writeHead(302, { Location: `http://localhost:${plain.port}/` }).end(),
  );
  const { verdict } = await seeFailing({ url: `https://localhost:${secure.port}/`, "tls-ca": ca.pem, "follow-redirects": "true" });
  expect(verdict.reason).toContain("which is not encrypted");
});

test.each(["/no/such/file.pem", "/etc/hostname", "/etc", "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----"])(
  "a wrong `tls-ca` is refused: %s",
  async (given) => {
    await expect(see({ url: "https://localhost/", "tls-ca": given })).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("tls-ca"),
    });
  },
);
