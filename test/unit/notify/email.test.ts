import { afterAll, beforeAll, expect, test } from "vitest";
import { messageOf } from "../../../src/core/failure.ts";
import { type Authority, authority } from "../../integration/health/certificates.ts";
import { openMailServer, openMute, PASSWORD } from "../../lab/mail-server.ts";
import { channelOf, HOSTILE, HUGE, sending, STABLE } from "./channels.ts";

let ca: Authority;
let good: { readonly key: string; readonly cert: string };
beforeAll(async () => {
  ca = await authority();
  good = await ca.issue("DNS:localhost");
});
afterAll(async () => await ca[Symbol.asyncDispose]());

const LINE = "mail: email server=SMTP from=deploys@shop.example to=ops@shop.example,cto@shop.example";
const mailTo = (address: string) => channelOf(LINE, `SMTP=${address}`);
const login = `ada:${encodeURIComponent(PASSWORD)}`;
const trusting = () => `ca=${encodeURIComponent(ca.file)}`;

async function failureOf(address: string, signal?: AbortSignal): Promise<string> {
  const told = await mailTo(address)
    .send(STABLE, undefined, sending(signal))
    .then(
      () => "sent",
      (error: unknown) => messageOf(error),
    );
  expect(told).not.toContain("c4nary");
  return told;
}

/** A header's text, with its encoded words put together. */
function header(mail: string, name: string): string {
  const [, value = ""] = new RegExp(`^${name}: (.*(?:\r\n .*)*)`, "m").exec(mail) ?? [];
  return value
    .replaceAll(/\r\n /g, "")
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, word: string) => Buffer.from(word, "base64").toString("utf8"));
}

const bodyIn = (mail: string): string => Buffer.from(mail.slice(mail.indexOf("\r\n\r\n")), "base64").toString("utf8");

test.each([
  ["STARTTLS", false, () => ({})],
  ["TLS from the first byte", true, () => ({ secure: true })],
  ["the older kind of login", false, () => ({ authMethods: ["LOGIN"] })],
])("a message comes whole by %s, with a login", async (_, secure, options) => {
  await using server = await openMailServer({ ...good, ...options() });
  const address = `${secure ? "smtps" : "smtp"}://${login}@localhost:${server.port}?${trusting()}`;
  for (const message of [STABLE, HOSTILE, HUGE]) await mailTo(address).send(message, undefined, sending());
  expect(server.mails.map(({ from, to, secure: tls, user }) => [from, to, tls, user])).toEqual(
    Array.from({ length: 3 }, () => ["deploys@shop.example", ["ops@shop.example", "cto@shop.example"], true, "ada"]),
  );
  const [stable, hostile, huge] = server.mails.map(({ text }) => text) as [string, string, string];
  expect(header(stable, "Subject")).toBe("✅ Deployed and stable: shop/production");
  expect(header(stable, "References")).toBe("<20261128T020000Z-abc1234@shop.example>");
  expect(bodyIn(stable)).toContain("savepoint status --environment production --app shop");
  expect(header(hostile, "Content-Type")).toBe("text/plain; charset=utf-8");
  expect(bodyIn(hostile)).toContain("<img src=x onerror=alert(1)>");
  expect(bodyIn(hostile)).not.toMatch(/[\u202e\u0007]|script/);
  expect(bodyIn(huge)).toContain("🚢".repeat(300));
  // No line is longer than a server must take, and nothing in it ends the message.
  for (const mail of [stable, hostile, huge]) for (const line of mail.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
});

test("a line break in what others wrote makes no header of its own, and an encoded word stays as it was written", async () => {
  await using server = await openMailServer({ ...good, authOptional: true });
  const message = {
    ...STABLE,
    environment: "shop\r\nBcc: mallory@evil.example\r\n\r\nhello/production",
    deploy: "x\r\nBcc: m@evil.example",
  };
  await mailTo(`smtp://localhost:${server.port}?${trusting()}`).send(message, undefined, sending());
  const [{ text }] = server.mails as [(typeof server.mails)[number]];
  expect(text.slice(0, text.indexOf("\r\n\r\n"))).not.toMatch(/^Bcc/m);
  // A receiver would read it as what it encodes: here a tick before somebody's own words.
  const encoded = "=?UTF-8?B?4pyF?= all well";
  await mailTo(`smtp://localhost:${server.port}?${trusting()}`).send({ ...STABLE, environment: encoded }, undefined, sending());
  expect(header(server.mails[1]?.text ?? "", "Subject")).toBe(`✅ Deployed and stable: ${encoded}`);
});

test("nothing is sent to a server whose certificate is another's, expired or nobody's, and none without TLS", async () => {
  const [other, old] = [await ca.issue("DNS:elsewhere.example"), await ca.issue("DNS:localhost", -1)];
  for (const [certificate, query, why] of [
    [other, trusting(), "ERR_TLS_CERT_ALTNAME_INVALID"],
    [old, trusting(), "CERT_HAS_EXPIRED"],
    [good, "", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ] as const) {
    await using server = await openMailServer({ ...certificate, authOptional: true });
    await using atOnce = await openMailServer({ ...certificate, secure: true, authOptional: true });
    expect(await failureOf(`smtp://${login}@localhost:${server.port}?${query}`)).toContain(why);
    expect(await failureOf(`smtps://${login}@localhost:${atOnce.port}?${query}`)).toContain(why);
    expect([...server.mails, ...atOnce.mails]).toEqual([]);
  }
  await using plain = await openMailServer({ disabledCommands: ["STARTTLS"], authOptional: true, allowInsecureAuth: true });
  expect(await failureOf(`smtp://${login}@localhost:${plain.port}`)).toBe("localhost offers no STARTTLS, without which nothing is sent");
  expect(await failureOf(`smtp://${login}@mail.example:25?tls=none`)).toBe("its secret has a password, which is not sent without TLS");
  expect(plain.mails).toEqual([]);
  expect(await failureOf(`smtp://localhost:${plain.port}?tls=none`)).toBe("sent");
});

test("one receiver that is refused is told, and keeps the message from nobody else", async () => {
  await using server = await openMailServer({
    ...good,
    authOptional: true,
    onRcptTo: ({ address }, _, done) => done(address.startsWith("cto@") ? Object.assign(new Error("c4nary"), { responseCode: 550 }) : null),
  });
  expect(await failureOf(`smtp://localhost:${server.port}?${trusting()}`)).toBe("localhost refuses a receiver (550)");
  expect(server.mails.map(({ to }) => to)).toEqual([["ops@shop.example"]]);
});

test("a wrong password, a server that is mute, hangs up or speaks something else: told by what it did, and by no secret", async () => {
  await using server = await openMailServer(good);
  expect(await failureOf(`smtp://ada:c4nary-wrong@localhost:${server.port}?${trusting()}`)).toMatch(
    /^localhost refuses the login \(5\d\d\)$/,
  );
  await using web = await openMute("HTTP/1.1 400 Bad Request\r\n");
  expect(await failureOf(`smtp://${login}@localhost:${web.port}`)).toBe("localhost does not speak as a mail server does");
  await using busy = await openMute("421 c4nary too busy\r\n");
  expect(await failureOf(`smtp://${login}@localhost:${busy.port}`)).toBe("localhost refuses its greeting (421)");
  expect(await failureOf(`smtp://${login}@localhost:1`)).toMatch(/^localhost cannot be spoken to \(ECONNREFUSED\)$/);
  await using mute = await openMute();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  expect(await failureOf(`smtp://${login}@localhost:${mute.port}`, stop.signal)).toBe("cancelled");
  expect(await failureOf("c4nary")).toMatch(/^its secret is no/);
});
