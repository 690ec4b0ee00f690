import type { Channel, ChannelKind, Sending, Sent } from "./channel.ts";
import { callingNobody, clipped, EVENTS, linkOf, type Notification, onOneLine, readableText, titleOf } from "./notification.ts";
import { hostOf, post } from "./post.ts";
import { NotSent } from "./not-sent.ts";

const API = "https://slack.com/api";

// Of each block: https://docs.slack.dev/reference/block-kit/blocks; of all: https://github.com/slackapi/bolt-js/issues/2509
const HEADER = 150;
const SECTION = 3000;
const FIELDS = 10;
const FIELD = 2000;
/** All texts of a message's blocks: from some 13,000 on it is refused (`msg_blocks_too_long`), whatever each block may hold. */
const ALL = 9000;

/** Slack: by a bot's token one message a deploy, changed as it goes; by an incoming webhook a message each time. */
export const slackKind: ChannelKind = {
  options: { token: "secret", channel: "open", url: "secret", api: "secret" },
  needs: [["token", "channel"], ["url"]],
  open: ({ name, options: { channel = "" }, secrets: { token, url, api } }): Channel =>
    token === undefined
      ? {
          name,
          edits: false,
          async send(notification, _handle, sending) {
            const { answer } = await post({ url: url?.reveal() ?? "", body: JSON.stringify(messageOf(notification)) }, sending);
            return { answer };
          },
        }
      : {
          name,
          edits: true,
          async send(notification, handle, sending) {
            const [place, ts] = placeOf(handle) ?? [];
            const method = ts === undefined ? "chat.postMessage" : "chat.update";
            const body = JSON.stringify({ channel: place ?? channel, ...(ts !== undefined && { ts }), ...messageOf(notification) });
            const letter = { url: `${api?.reveal() ?? API}/${method}`, headers: { authorization: `Bearer ${token.reveal()}` }, body };
            return await call(letter, sending);
          },
        },
};

/** `chat.update` wants the channel's id, which only the answer tells. */
function placeOf(handle: string | undefined): readonly [channel: string, ts: string] | undefined {
  const match = /^(\w+) (\d+\.\d+)$/.exec(handle ?? "");
  return match?.[1] === undefined || match[2] === undefined ? undefined : [match[1], match[2]];
}

/** Slack answers 200 to what it refuses, too. */
async function call(letter: Parameters<typeof post>[0], sending: Sending): Promise<Sent> {
  const { answer: taken, text } = await post(letter, sending);
  let answer: { readonly ok?: unknown; readonly error?: unknown; readonly channel?: unknown; readonly ts?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    throw new NotSent(`${hostOf(letter.url)} took the message, and its answer cannot be read`);
  }
  if (answer.ok !== true) {
    const code = typeof answer.error === "string" && /^[a-z_]{1,60}$/.test(answer.error) ? answer.error : "no reason given";
    throw new NotSent(`${hostOf(letter.url)} refuses the message (${code})`);
  }
  const handle = typeof answer.channel === "string" && typeof answer.ts === "string" ? `${answer.channel} ${answer.ts}` : undefined;
  return { answer: taken, handle };
}

function messageOf(notification: Notification): Readonly<Record<string, unknown>> {
  const { event, text, facts, commits, command } = notification;
  const title = titleOf(notification);
  const link = linkOf(notification);
  let left = ALL;
  const take = (words: string, most: number): PlainText => {
    const one = plain(words, Math.max(1, Math.min(most, left)));
    left -= one.text.length;
    return one;
  };
  const section = (words: string) => ({ type: "section", text: take(words, SECTION) });
  const typed = (words: string) => {
    const text = clipped(readableText(words), Math.min(SECTION, left));
    left -= text.length;
    return preformatted(text);
  };
  const blocks = [
    { type: "header", text: take(title, HEADER) },
    ...(text === "" ? [] : [section(text)]),
    ...(command === undefined ? [] : [typed(command)]),
    ...(facts.length === 0
      ? []
      : [{ type: "section", fields: facts.slice(0, FIELDS).map(([name, value]) => take(`${name}: ${value}`, FIELD)) }]),
    ...(commits.length === 0 ? [] : [section(commits.map((line) => `• ${onOneLine(line)}`).join("\n"))]),
    // Ours alone, and made of nothing that would end it.
    ...(link === undefined ? [] : [{ type: "context", elements: [{ type: "mrkdwn", text: `<${link}|The run>`, verbatim: true }] }]),
  ];
  // What a phone shows. No part of it is looked through for names.
  const fallback = escaped(callingNobody(clipped(`${title} ${onOneLine(text)}`, SECTION)));
  return { text: fallback, parse: "none", link_names: false, unfurl_links: false, attachments: [{ color: EVENTS[event].colour, blocks }] };
}

interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}

/** Plain text has no markup, and no mentions. */
function plain(text: string, most: number): PlainText {
  return { type: "plain_text", text: clipped(callingNobody(readableText(text)) || " ", most), emoji: false };
}

/** A command as it stands: rich text is not parsed at all. */
function preformatted(text: string): Readonly<Record<string, unknown>> {
  return { type: "rich_text", elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }] };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
