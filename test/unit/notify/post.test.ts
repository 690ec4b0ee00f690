import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { messageOf } from "../../../src/core/failure.ts";
import { ANSWERS, openReceiver, type Receiver } from "../../lab/receiver.ts";
import { channelOf, sending, STABLE } from "./channels.ts";

const KEY = "c4nary-signing-key";
const channelTo = ({ url }: Receiver) =>
  channelOf("hook: webhook url=HOOK secret=KEY", `HOOK=${url}/c4nary-path?key=c4nary-query\nKEY=${KEY}`);

async function failureOf(sent: Promise<unknown>): Promise<string> {
  return await sent.then(
    () => "sent",
    (error: unknown) => messageOf(error),
  );
}

test("a webhook's message can be verified by its signature as the page says, and by no other key, time or body", async () => {
  await using receiver = await openReceiver();
  await channelTo(receiver).send(STABLE, undefined, sending());
  const [{ headers, text, json }] = receiver.received as [Receiver["received"][number]];
  const page = await readFile(join(import.meta.dirname, "../../../docs/notifications.md"), "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(page) ?? [];
  const { isFromSavepoint } = (await import(`data:text/javascript,${encodeURIComponent(example)}`)) as {
    readonly isFromSavepoint: (headers: Receiver["received"][number]["headers"], body: string, secret: string, now?: number) => boolean;
  };
  expect(isFromSavepoint(headers, text, KEY)).toBe(true);
  expect([
    isFromSavepoint(headers, text, "other"),
    isFromSavepoint(headers, `${text} `, KEY),
    isFromSavepoint(headers, text, KEY, Date.now() + 600_000),
    isFromSavepoint({ ...headers, "x-savepoint-timestamp": String(Number(headers["x-savepoint-timestamp"]) - 1) }, text, KEY),
    isFromSavepoint({}, text, KEY),
  ]).toEqual([false, false, false, false, false]);
  expect(json).toMatchObject({ version: 1, event: "stable", environment: "shop/production", facts: { who: "ada" }, run: STABLE.run });
});

test("a receiver that is busy is asked again when it says, and one that answers 500 or hangs up a few times", async () => {
  await using busy = await openReceiver(ANSWERS["is busy for a moment"]);
  const asked = sending();
  await channelTo(busy).send(STABLE, undefined, asked);
  expect([busy.received.length, asked.clock.pauses]).toEqual([2, [1000]]);
  // The same message twice has one id.
  expect(new Set(busy.received.map(({ headers }) => headers["x-savepoint-delivery"])).size).toBe(1);

  await using down = await openReceiver(ANSWERS["answers 500"]);
  await using away = await openReceiver(ANSWERS["hangs up"]);
  const [toDown, toAway] = [sending(), sending()];
  const five = await failureOf(channelTo(down).send(STABLE, undefined, toDown));
  const gone = await failureOf(channelTo(away).send(STABLE, undefined, toAway));
  expect(five).toMatch(/^127\.0\.0\.1:\d+ answers HTTP 500$/);
  expect(gone).toMatch(/^127\.0\.0\.1:\d+ cannot be reached \(ECONNRESET\)$/);
  expect([down.received.length, away.received.length]).toEqual([4, 4]);
  for (const { clock } of [toDown, toAway]) expect(clock.pauses).toEqual([250, 1000, 2000]);
});

test("what cannot go well is given up: a refusal, a long wait, an answer that never comes; no message tells a secret", async () => {
  await using refuses = await openReceiver(ANSWERS["answers 400"]);
  await using long = await openReceiver(ANSWERS["is busy for long"]);
  const stop = new AbortController();
  await using hangs = await openReceiver(() => stop.abort());
  const told = [
    await failureOf(channelTo(refuses).send(STABLE, undefined, sending())),
    await failureOf(channelTo(long).send(STABLE, undefined, sending())),
    await failureOf(channelTo(hangs).send(STABLE, undefined, sending(stop.signal))),
    await failureOf(channelOf("hook: webhook url=HOOK", "HOOK=http://c4nary.example/c4nary").send(STABLE, undefined, sending())),
    await failureOf(channelOf("hook: webhook url=HOOK", "HOOK=c4nary no address").send(STABLE, undefined, sending())),
    await failureOf(channelOf("hook: webhook url=HOOK", "HOOK=https://user:c4nary@127.0.0.1:1/c4nary").send(STABLE, undefined, sending())),
  ];
  expect(told.map((text) => text.replace(/127\.0\.0\.1:\d+/, "it"))).toEqual([
    "it answers HTTP 400",
    "it answers HTTP 429, and asks to wait for 2 min 0 s",
    "it did not answer before the end",
    "its secret is no `https://` address",
    "its secret is no `https://` address",
    expect.stringMatching(/^it cannot be reached/),
  ]);
  expect([refuses.received.length, long.received.length, hangs.received.length]).toEqual([1, 1, 1]);
  expect(told.join("\n")).not.toContain("c4nary");
});

test("a redirect is not followed: nothing of the message comes to the other place", async () => {
  await using elsewhere = await openReceiver();
  await using receiver = await openReceiver((response) => void response.writeHead(307, { location: `${elsewhere.url}/stolen` }).end());
  const why = await failureOf(channelTo(receiver).send(STABLE, undefined, sending()));
  expect(why).toMatch(/answers with a redirect \(HTTP 307\), which is not followed$/);
  expect([receiver.received.length, elsewhere.received.length]).toEqual([1, 0]);
});

test("a message whose answer breaks off was taken", async () => {
  await using receiver = await openReceiver(ANSWERS["breaks off in the middle"]);
  await channelTo(receiver).send(STABLE, undefined, sending());
  expect(receiver.received).toHaveLength(1);
});

test("a receiver that takes the connection for another protocol gives no answer, and holds nobody up", async () => {
  await using receiver = await openReceiver((response) => {
    response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n");
  });
  expect(await failureOf(channelTo(receiver).send(STABLE, undefined, sending()))).toMatch(
    /^127\.0\.0\.1:\d+ cannot be reached \(no connection\)$/,
  );
});

test("where Node is told to go by a proxy, a message goes by it", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, answer) => {
    asked.push(request.url ?? "");
    request.resume().on("end", () => answer.end("ok"));
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  try {
    const post = JSON.stringify(join(import.meta.dirname, "../../../src/notify/post.ts"));
    const script = `const { post } = await import(${post});
const sending = { clock: { now: () => new Date(), sleep: async () => {} }, signal: new AbortController().signal };
console.log((await post({ url: "http://127.0.0.1:1/hook", body: "{}" }, sending)).answer);`;
    const env = {
      ...process.env,
      NODE_USE_ENV_PROXY: "1",
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NO_PROXY: "",
    };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
    expect([stdout.trim(), asked]).toEqual(["HTTP 200", ["http://127.0.0.1:1/hook"]]);
  } finally {
    proxy.close();
  }
});
