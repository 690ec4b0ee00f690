import { expect, test } from "vitest";
import { messageOf } from "../../../src/core/failure.ts";
import { openReceiver, type Received, type Receiver } from "../../lab/receiver.ts";
import { channelOf, HOSTILE, HUGE, sending, STABLE } from "./channels.ts";

const SLACK = "team: slack token=BOT channel=deploys api=API";
const slackTo = ({ url }: Receiver) => channelOf(SLACK, `BOT=xoxb-c4nary\nAPI=${url}/api`);
const slackAnswer = (request: Received): string =>
  JSON.stringify({ ok: true, channel: "C0123", ts: request.path.endsWith("update") ? request.json.ts : "1700000000.000100" });

/** Every text object of a Slack message. */
function slackTexts(value: unknown): readonly { readonly type: string; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap((one) => slackTexts(one));
  if (typeof value !== "object" || value === null) return [];
  const { type, text } = value as { readonly type?: unknown; readonly text?: unknown };
  const own = typeof type === "string" && typeof text === "string" ? [{ type, text }] : [];
  return [...own, ...Object.values(value).flatMap((one) => slackTexts(one))];
}

test("Slack by a bot's token: one message, that is changed by the id and time that the answer told", async () => {
  await using slack = await openReceiver((response, _, request) => void response.end(slackAnswer(request)));
  const channel = slackTo(slack);
  const { handle } = await channel.send({ ...STABLE, event: "started" }, undefined, sending());
  expect(await channel.send(STABLE, handle, sending())).toEqual({ answer: "HTTP 200", handle });
  expect(slack.received.map(({ path, json, headers }) => [path, json.channel, json.ts, headers.authorization])).toEqual([
    ["/api/chat.postMessage", "deploys", undefined, "Bearer xoxb-c4nary"],
    ["/api/chat.update", "C0123", "1700000000.000100", "Bearer xoxb-c4nary"],
  ]);
  expect(slack.received[1]?.json.attachments[0].color).toBe("#1a7f37");
});

test("what Slack refuses with HTTP 200 is a failure, told by its code alone", async () => {
  for (const [answer, why] of [
    ['{"ok":false,"error":"channel_not_found"}', "(channel_not_found)"],
    ['{"ok":false,"error":"xoxb-c4nary <x>"}', "(no reason given)"],
    ["<html>", "cannot be read"],
  ] as const) {
    await using slack = await openReceiver((response) => void response.end(answer));
    const told = await slackTo(slack)
      .send(STABLE, undefined, sending())
      .catch((error: unknown) => messageOf(error));
    expect(told).toContain(why);
    expect(told).not.toContain("c4nary");
  }
});

test("Slack: within its limits whatever is told, and nothing that others wrote is markup or calls anybody", async () => {
  await using slack = await openReceiver((response, _, request) => void response.end(slackAnswer(request)));
  for (const message of [STABLE, HOSTILE, HUGE]) await slackTo(slack).send(message, undefined, sending());
  for (const { json } of slack.received) {
    const [{ blocks }] = json.attachments;
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(json.text.length).toBeLessThanOrEqual(40_000);
    expect([json.parse, json.link_names]).toEqual(["none", false]);
    for (const block of blocks) {
      expect(["header", "section", "context", "rich_text"]).toContain(block.type);
      if (block.type === "header") expect([block.text.type, block.text.text.length <= 150]).toEqual(["plain_text", true]);
      if (block.text !== undefined) expect(block.text.text.length).toBeLessThanOrEqual(3000);
      expect((block.fields ?? []).length).toBeLessThanOrEqual(10);
      for (const field of block.fields ?? [])
        expect([field.type, field.text.length > 0, field.text.length <= 2000]).toEqual(["plain_text", true, true]);
    }
    expect(slackTexts(blocks).reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(12_000);
    for (const { type, text } of slackTexts(blocks)) {
      if (type === "mrkdwn") expect(text).toMatch(/^<https:\/\/github\.com\/[\w./-]+\|The run>$/);
      expect(text).not.toMatch(/<[!@#]|@(?:everyone|here|channel)/);
    }
    expect(json.text).not.toMatch(/[<>]|@(?:everyone|here|channel)/);
  }
  // A run's link that is more than a link is no link at all.
  expect(JSON.stringify(slack.received[1]?.json)).not.toContain("The run");
});

test("Slack by an incoming webhook: a message each time", async () => {
  await using slack = await openReceiver();
  const channel = channelOf("team: slack url=HOOK", `HOOK=${slack.url}/services/T0/B0/c4nary`);
  expect(channel.edits).toBe(false);
  expect(await channel.send(STABLE, undefined, sending())).toEqual({ answer: "HTTP 200" });
  expect([slack.received[0]?.path, slack.received[0]?.json.channel]).toEqual(["/services/T0/B0/c4nary", undefined]);
});

test("Discord: waits for the message's id, changes that message, and keeps the webhook's own query", async () => {
  await using discord = await openReceiver((response) => void response.end('{"id":"4711","type":0}'));
  const channel = channelOf("team: discord url=HOOK", `HOOK=${discord.url}/api/webhooks/1/c4nary?thread_id=9`);
  const { handle } = await channel.send({ ...STABLE, event: "started" }, undefined, sending());
  expect((await channel.send(STABLE, handle, sending())).handle).toBe("4711");
  expect(discord.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /api/webhooks/1/c4nary?thread_id=9&wait=true",
    "PATCH /api/webhooks/1/c4nary/messages/4711?thread_id=9",
  ]);
});

test("Discord: within its limits, calls nobody, and markup of others is shown as it stands", async () => {
  await using discord = await openReceiver((response) => void response.end('{"id":"4711"}'));
  const channel = channelOf("team: discord url=HOOK", `HOOK=${discord.url}/api/webhooks/1/x`);
  for (const message of [STABLE, HOSTILE, HUGE]) await channel.send(message, undefined, sending());
  for (const { json } of discord.received) {
    expect(json.allowed_mentions).toEqual({ parse: [] });
    const [{ title, description, fields, color }] = json.embeds;
    // However much is told besides: what happened, and what to type.
    expect(description).toMatch(/^\S[^]*```\n(?:savepoint|x{100})[^]*```$/);
    expect([title.length <= 256, description.length <= 4096, fields.length <= 25, Number.isInteger(color)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    for (const { name, value } of fields)
      expect([name.length > 0 && name.length <= 256, value.length > 0 && value.length <= 1024]).toEqual([true, true]);
    const all =
      title.length +
      description.length +
      fields.reduce((sum: number, field: { name: string; value: string }) => sum + field.name.length + field.value.length, 0);
    expect(all).toBeLessThanOrEqual(6000);
    expect(JSON.stringify(json.embeds)).not.toMatch(/@(?:everyone|here|channel)/);
  }
  const { description, url } = (discord.received[1] as Received).json.embeds[0];
  expect(description).toContain(String.raw`\[free\]\(https:` + "\u200b" + String.raw`//evil.example\)`);
  expect(description).not.toMatch(/(?<!\\)\*\*bold/);
  expect(url).toBeUndefined();
});

test("Teams: an adaptive card below 28 KB, whose texts have no markup", async () => {
  await using teams = await openReceiver((response) => void response.writeHead(202).end());
  const channel = channelOf("team: teams url=HOOK", `HOOK=${teams.url}/workflows/c4nary?sig=c4nary`);
  for (const message of [STABLE, HOSTILE, HUGE]) await channel.send(message, undefined, sending());
  for (const { json, text } of teams.received) {
    expect(Math.max(Buffer.byteLength(text), 2 * text.length)).toBeLessThanOrEqual(28 * 1024);
    expect([json.type, json.attachments.length, json.attachments[0].contentType]).toEqual([
      "message",
      1,
      "application/vnd.microsoft.card.adaptive",
    ]);
    const { type, version, body, msteams } = json.attachments[0].content;
    expect([type, version, msteams]).toEqual(["AdaptiveCard", "1.4", undefined]);
    // A text block would read Markdown; a text run does not.
    for (const part of body)
      expect([part.type, part.inlines.every((run: { type: string }) => run.type === "TextRun")]).toEqual(["RichTextBlock", true]);
  }
  const urls = teams.received.map(({ json }) => json.attachments[0].content.actions?.[0].url);
  expect(urls).toEqual([STABLE.run, undefined, STABLE.run]);
});
