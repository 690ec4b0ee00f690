import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../../../src/core/machine.ts";
import { Secret } from "../../../src/core/secret.ts";
import { connectSsh } from "../../../src/machine/ssh/ssh.ts";
import { freePort } from "../../lab/postgres.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";
import { authority } from "./certificates.ts";
import { serve, serveTcp, serveTls } from "./servers.ts";
import { PatientClock, see, seeFailing } from "./world.ts";

let sshd: Sshd;
let host: Machine;
beforeAll(async () => {
  sshd = await startSshd();
  const quiet = () => undefined;
  host = await connectSsh(
    { user: sshd.user, host: sshd.host, port: sshd.port, key: new Secret(sshd.key), knownHosts: sshd.knownHosts },
    {
      terminal: false,
      home: sshd.home,
      env: {},
      report: { step: async (_title, body) => await body(), say: quiet, detail: quiet, notice: quiet, warning: quiet, mask: quiet },
    },
  );
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

test("the host's localhost is asked over SSH: HTTP, HTTPS, TCP and a command, with nothing installed there", async () => {
  await using ca = await authority();
  await using plain = await serve((_request, response) => response.end("ok"));
  await using secure = await serveTls(await ca.issue("DNS:localhost"), (_request, response) => response.end("ok"));
  const http = await see(
    { url: `http://localhost:${plain.port}/`, tcp: `localhost:${plain.port}`, "expect-body": "ok", command: 'test -n "$SSH_CONNECTION"' },
    { machine: host },
  );
  expect(http.verdict.state).toBe("healthy");
  const https = await see({ url: `https://localhost:${secure.port}/`, "tls-ca": ca.pem, "expect-body": "ok" }, { machine: host });
  expect(https.verdict.state).toBe("healthy");
});

test("what the host cannot connect to is told in its own words, and the hint names the host", async () => {
  const port = await freePort();
  const http = await seeFailing({ url: `http://localhost:${port}/` }, { machine: host });
  expect(http.verdict.reason).toBe(`no connection to localhost:${port}: Connection refused`);
  expect(http.verdict.hint).toContain(host.name);
  const tcp = await seeFailing({ tcp: `localhost:${port}` }, { machine: host, nobodyComes: true });
  expect(tcp.verdict.reason).toBe(`no connection to localhost:${port}: Connection refused`);
  expect(tcp.verdict.attempts).toBe(1);
  const misspelt = await seeFailing({ url: "http://lokalhost.invalid/" }, { machine: host });
  expect(misspelt.verdict.reason).toMatch(/^no connection to lokalhost\.invalid:80: .*\bname\b/i);
});

test("a server on the host that hangs up, or says nothing, is red in time", async () => {
  await using rude = await serveTcp((socket) => socket.once("data", () => socket.destroy()));
  const clock = new PatientClock();
  await using mute = await serveTcp((socket) => socket.once("data", () => clock.end()));
  expect((await seeFailing({ url: `http://localhost:${rude.port}/` }, { machine: host })).verdict.reason).toContain(
    "closed the connection",
  );
  expect((await seeFailing({ url: `http://localhost:${mute.port}/` }, { machine: host, clock })).verdict.reason).toContain(
    "gave no answer within",
  );
});

test("a lost connection to the host is red, not an error of the check", async () => {
  const seeing = seeFailing({ url: `http://localhost:${await freePort()}/` }, { machine: host });
  sshd.drop();
  expect((await seeing).verdict.state).toBe("failing");
});
