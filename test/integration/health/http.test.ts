import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test as alone } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { freePort } from "../../lab/postgres.ts";
import { serve, serveHttp2, serveTcp } from "./servers.ts";
import { PatientClock, see, seeFailing, streamingHost } from "./world.ts";

// Most of a red check is pauses.
const test = alone.concurrent;

test("a healthy app is healthy, over a connection of its own each time", async () => {
  await using app = await serve((request, response) => response.end(request.headers.connection));
  const { verdict, said } = await see({ url: `http://localhost:${app.port}/health`, "expect-body": "close" });
  expect(verdict).toMatchObject({ state: "healthy", attempts: 3 });
  expect(app.connections()).toBe(3);
  expect(said).toEqual([]);
});

test("status, body, JSON, headers, version and latency are all looked at", async () => {
  await using app = await serve((request, response) => {
    response.setHeader("X-Ready", "yes").setHeader("Content-Type", "application/json; charset=utf-8");
    response.end(JSON.stringify({ status: "ok", build: { commit: "abc1234" }, token: request.headers.authorization }));
  });
  const { verdict } = await see(
    {
      url: `http://127.0.0.1:${app.port}/health?token=x`,
      headers: "Authorization: Bearer let-me-in",
      "expect-status": "200",
      "expect-body": "/let-me-in/",
      "expect-json": "status=ok\nbuild.commit=abc1234",
      "expect-header": "X-Ready: yes\nContent-Type: application/json",
      "expect-version": "json:build.commit",
      "max-latency": "1s",
    },
    { version: { commit: "abc1234def5678900000000000000000000000ff", names: [] } },
  );
  expect(verdict.state).toBe("healthy");
});

test("a slow start is green, and quiet: one line for each thing that was waited for", async () => {
  const port = await freePort();
  let asked = 0;
  const refused = Promise.withResolvers<string>();
  const seeing = see({ url: `http://localhost:${port}/health` }, { heard: refused.resolve });
  expect(await Promise.race([refused.promise, seeing])).toContain("connection refused");
  await using _app = await serve((_request, response) => {
    asked += 1;
    response.writeHead(asked < 4 ? 502 : asked < 8 ? 503 : 200).end();
  }, port);
  const { verdict, said } = await seeing;
  expect(verdict.state).toBe("healthy");
  expect(said).toEqual([
    `waiting: connection refused (localhost:${port})`,
    `waiting: HTTP 502 (http://localhost:${port}/health)`,
    `waiting: HTTP 503 (http://localhost:${port}/health)`,
  ]);
});

test("nobody listening is red, and says from where it was asked", async () => {
  const port = await freePort();
  const { verdict } = await seeFailing({ url: `http://localhost:${port}/` });
  expect(verdict).toMatchObject({ state: "failing", reason: `connection refused (localhost:${port})` });
  expect(verdict.hint).toContain("this machine");
});

test("where nothing is about to start, nobody listening is asked once; a server that hangs up is waited for all the same", async () => {
  const refused = await seeFailing({ url: `http://127.0.0.1:${await freePort()}/` }, { nobodyComes: true });
  expect(refused.verdict.attempts).toBe(1);
  await using rude = await serveTcp((socket) => socket.once("data", () => socket.destroy()));
  const closed = await seeFailing({ url: `http://127.0.0.1:${rude.port}/` }, { nobodyComes: true });
  expect(closed.verdict.attempts).toBeGreaterThan(1);
});

test("an error page is red, and its beginning is kept", async () => {
  await using app = await serve((_request, response) =>
    response.writeHead(500, { Server: "shop" }).end(`\u001b[31mrelation "users" does not exist\n${"x".repeat(9000)}`),
  );
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/health` });
  const { evidence } = verdict;
  expect(verdict).toMatchObject({ state: "failing", reason: `HTTP 500 (http://localhost:${app.port}/health)` });
  expect(evidence[0]).toBe(`GET http://localhost:${app.port}/health, asked from this machine`);
  expect(evidence[1]).toMatch(/^HTTP 500 Internal Server Error in \d+ ms$/);
  expect(evidence).toContain("server: shop");
  expect(evidence).toContain("body (the first 2.0 kB of 9.0 kB):");
  expect(evidence).toContain('| relation "users" does not exist');
  expect(evidence.join("").length).toBeLessThan(3000);
});

test("a redirect is red, and shows where to", async () => {
  await using app = await serve((_request, response) => response.writeHead(302, { Location: "/login" }).end());
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/health` });
  expect(verdict).toMatchObject({ state: "failing", reason: `HTTP 302, a redirect to /login (http://localhost:${app.port}/health)` });
  expect(verdict.evidence).toContain("location: /login");
});

test("an allowed redirect is green", async () => {
  await using app = await serve((request, response) =>
    request.url === "/" ? response.writeHead(301, { Location: "/health" }).end() : response.end("ok"),
  );
  expect((await see({ url: `http://localhost:${app.port}/`, "follow-redirects": "true", "expect-body": "ok" })).verdict.state).toBe(
    "healthy",
  );
  expect((await see({ url: `http://localhost:${app.port}/`, "expect-status": "301" })).verdict.state).toBe("healthy");
});

test("a redirect to another server takes no token along", async () => {
  let token: string | undefined;
  await using other = await serve((request, response) => {
    token = request.headers.authorization;
    response.end();
  });
  await using app = await serve((_request, response) => response.writeHead(302, { Location: `http://127.0.0.1:${other.port}/` }).end());
  const { verdict } = await see({
    url: `http://localhost:${app.port}/`,
    "follow-redirects": "true",
    headers: "Authorization: Bearer canary",
  });
  expect(verdict.state).toBe("healthy");
  expect(token).toBeUndefined();
});

test("a circle of redirects is red at once, not a hang", async () => {
  await using app = await serve((request, response) => response.writeHead(302, { Location: request.url === "/a" ? "/b" : "/a" }).end());
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/a`, "follow-redirects": "true" });
  expect(verdict.reason).toContain("redirects in a circle");
  expect(verdict.attempts).toBeGreaterThan(2);
});

test("an app that accepts and never answers is red at the deadline", async () => {
  const clock = new PatientClock();
  await using app = await serve(() => clock.end());
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/health`, timeout: "2s" }, { clock });
  expect(verdict).toMatchObject({
    state: "failing",
    reason: `localhost:${app.port} accepts connections, but http://localhost:${app.port}/health gave no answer within 2.0 s`,
    attempts: 1,
  });
});

test("a body that never ends is cut, not waited for", async () => {
  await using app = await serve((_request, response) => {
    const chunk = "x".repeat(64 * 1024);
    const pour = () => {
      while (response.writable && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
  });
  expect((await see({ url: `http://localhost:${app.port}/` })).verdict.state).toBe("healthy");
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/`, "expect-body": "end" });
  expect(verdict.reason).toContain('does not contain "end" in its first 1.0 MB');
});

test("a body that trickles for ever is red at the deadline, with what came", async () => {
  const clock = new PatientClock();
  await using app = await serve((_request, response) => {
    let drops = 0;
    const timer = setInterval(() => {
      response.write("drop\n");
      if ((drops += 1) === 10) clock.end();
    }, 50);
    response.on("close", () => clearInterval(timer));
  });
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/`, timeout: "2s" }, { clock });
  expect(verdict.reason).toContain("HTTP 200, but the body did not end within 2.0 s");
  expect(verdict.evidence).toContain("| drop");
});

test.each([
  ["at once", (socket: import("node:net").Socket) => socket.resetAndDestroy(), "closed the connection without a whole answer"],
  [
    "in the middle of the body",
    (socket: import("node:net").Socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", () => setTimeout(() => socket.destroy(), 50)),
    "HTTP 200, but the connection broke off in the middle of the body (4 B came)",
  ],
  [
    "with something else than HTTP",
    (socket: import("node:net").Socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n"),
    "answers something that is not HTTP",
  ],
])("a connection that ends %s is red", async (_how, act, reason) => {
  await using app = await serveTcp((socket) => socket.once("data", () => act(socket)));
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/` });
  expect(verdict.reason).toContain(reason);
});

test("a compressed answer is read", async () => {
  await using app = await serve((_request, response) =>
    response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync('{"status":"ok"}')),
  );
  expect((await see({ url: `http://localhost:${app.port}/`, "expect-json": "status=ok" })).verdict.state).toBe("healthy");
});

test("zstd that nobody asked for is read too", async () => {
  await using app = await serve((_request, response) =>
    response.writeHead(200, { "Content-Encoding": "zstd" }).end(zstdCompressSync('{"status":"ok"}')),
  );
  expect((await see({ url: `http://localhost:${app.port}/`, "expect-json": "status=ok" })).verdict.state).toBe("healthy");
});

test("a server that speaks HTTP/2 only, or ends its lines with bare line feeds, is named as that", async () => {
  await using modern = await serveHttp2((_stream) => undefined);
  expect((await seeFailing({ url: `http://localhost:${modern.port}/` })).verdict.reason).toContain("speaks HTTP/2 only");
  await using bare = await serveTcp((socket) => socket.end("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"));
  expect((await seeFailing({ url: `http://localhost:${bare.port}/` })).verdict.reason).toContain("bare line feed");
});

test("an answer that only claims to be compressed is red", async () => {
  await using app = await serve((_request, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end("plain"));
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/` });
  expect(verdict.reason).toContain("the body is not the gzip that its header says");
});

test("a small answer that unpacks to a huge one is cut", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  await using app = await serve((_request, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb));
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/`, "expect-json": "a=1" });
  expect(verdict.reason).toContain("too long to be read as JSON");
});

test("the old version still answering is waited out; the new one is healthy", async () => {
  let asked = 0;
  await using app = await serve((_request, response) => response.setHeader("X-Version", (asked += 1) < 6 ? "0000000" : "v1.4.0").end());
  const version = { commit: "abc1234def5678900000000000000000000000ff", names: ["v1.4.0"] };
  const { verdict, said } = await see({ url: `http://localhost:${app.port}/`, "expect-version": "header:X-Version" }, { version });
  expect(verdict).toMatchObject({ state: "healthy", attempts: 8 });
  expect(said).toEqual([`waiting: version "0000000" answers, expected v1.4.0 (abc1234) (http://localhost:${app.port}/)`]);
});

test("an app that is healthy and dies within the passes is red", async () => {
  let asked = 0;
  await using app = await serve((_request, response) => ((asked += 1) > 2 ? response.destroy() : response.end()));
  const { verdict, said } = await seeFailing({ url: `http://localhost:${app.port}/` });
  expect(verdict.state).toBe("failing");
  expect(said[0]).toContain("passed 2 times, and then:");
});

test("too slow an answer is red", async () => {
  const clock = new PatientClock(10);
  await using app = await serve((_request, response) => {
    clock.pass(200);
    response.end();
  });
  const { verdict } = await seeFailing({ url: `http://localhost:${app.port}/`, "max-latency": "100ms" }, { clock });
  expect(verdict.reason).toContain("allowed are 100 ms");
});

test("localhost is the host's, where the checks are made from the host", async () => {
  await using app = await serve((_request, response) => response.end("ok"));
  const host = streamingHost();
  const { verdict } = await see(
    { url: `http://localhost:${app.port}/`, tcp: `localhost:${app.port}`, "expect-body": "ok" },
    { machine: host },
  );
  expect(verdict.state).toBe("healthy");
  const down = await seeFailing({ url: `http://localhost:${await freePort()}/` }, { machine: host });
  expect(down.verdict.hint).toContain("deploy@host");
  const fromRunner = await seeFailing({ url: `http://localhost:${await freePort()}/`, from: "runner" }, { machine: host });
  expect(fromRunner.verdict.hint).toContain("this machine");
});

test("a name that nobody knows is red, and says so", async () => {
  const { verdict } = await seeFailing({ url: "http://no-such-host.invalid/" });
  expect(verdict.reason).toContain("(DNS)");
});

test("cancelled, it stops at once, also while a request hangs", async () => {
  const stop = new AbortController();
  await using app = await serve(() => stop.abort());
  const seeing = see({ url: `http://localhost:${app.port}/` }, { signal: stop.signal });
  await expect(seeing).rejects.toBeInstanceOf(Cancelled);
});

test("no secret that was sent comes back in the log or the evidence", async () => {
  await using app = await serve((request, response) =>
    response
      .writeHead(401, { "X-Request-Id": request.headers["x-api-key"] })
      .end(`${request.headers.authorization} ${encodeURIComponent(String(request.headers.cookie))}`),
  );
  const { verdict, all } = await seeFailing({
    url: `http://localhost:${app.port}/?token=canary-url`,
    headers: "Authorization: Bearer canary-a\nX-Api-Key: canary-b\nCookie: s=canary-c=1",
  });
  expect(verdict.state).toBe("failing");
  expect(all).toContain("***");
  expect(all).not.toContain("canary");
});

test("no beginning of a secret is left where a body, a header or a line is cut", async () => {
  const beginning = (length: number) => `${"x".repeat(length - 10)}canary-of-many-characters`;
  await using app = await serve((_request, response) =>
    response
      .writeHead(200, { "X-Request-Id": beginning(300), "X-State": beginning(200) })
      .end(`not json${beginning(52)}\n${beginning(2048 - 86)}${"y".repeat(500)}`),
  );
  const settings = {
    url: `http://localhost:${app.port}/`,
    headers: "Authorization: Bearer canary-of-many-characters",
    "expect-header": "X-State: y",
    "expect-json": "a=b",
  };
  const { verdict, all } = await seeFailing(settings);
  expect(verdict.evidence.join("\n")).toContain("body (the first 2.0 kB");
  expect(all).not.toContain("canary");
});

test("what the caller collects stands in the evidence; what goes wrong with it, too", async () => {
  const port = await freePort();
  const { verdict } = await seeFailing({ url: `http://localhost:${port}/` }, { collectEvidence: async () => ["web | Error: boom"] });
  expect(verdict.evidence.at(-1)).toBe("web | Error: boom");
  const broken = await seeFailing(
    { url: `http://localhost:${port}/` },
    { collectEvidence: async () => await Promise.reject(new Error("no docker")) },
  );
  expect(broken.verdict.evidence.at(-1)).toBe("further evidence could not be collected: no docker");
});

test("with nothing to check it refuses, before anything is asked", async () => {
  await expect(see({})).rejects.toMatchObject({ exit: 2, message: expect.stringContaining("nothing else to check") });
  await expect(see({ service: "web" })).rejects.toMatchObject({ exit: 2, message: expect.stringContaining("needs a compose project") });
});
