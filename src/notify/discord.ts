import type { Channel, ChannelKind } from "./channel.ts";
import { callingNobody, clipped, EVENTS, linkOf, type Notification, onOneLine, readableText, titleOf } from "./notification.ts";
import { post } from "./post.ts";

// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const TITLE = 256;
const DESCRIPTION = 4096;
const FIELDS = 25;
const FIELD_NAME = 256;
const FIELD_VALUE = 1024;
/** Of everything in a message's embeds. */
const ALL = 6000;

/** Discord: a webhook, whose messages it can change itself. */
export const discordKind: ChannelKind = {
  options: { url: "secret" },
  needs: [["url"]],
  open: ({ name, secrets: { url } }): Channel => ({
    name,
    edits: true,
    async send(notification, handle, sending) {
      const id = handle !== undefined && /^\d+$/.test(handle) ? handle : undefined;
      const address = addressOf(url?.reveal() ?? "", id);
      const { answer, text } = await post(
        { url: address, method: id === undefined ? "POST" : "PATCH", body: bodyOf(notification) },
        sending,
      );
      return { answer, handle: id ?? idIn(text) };
    },
  }),
};

/** The webhook's own query (`thread_id`) stays. */
function addressOf(url: string, id: string | undefined): string {
  if (!URL.canParse(url)) return url;
  const address = new URL(url);
  if (id === undefined) address.searchParams.set("wait", "true");
  else address.pathname = `${address.pathname.replace(/\/$/, "")}/messages/${id}`;
  return address.href;
}

/** Without it the message cannot be changed, and the next one is a new one. */
function idIn(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text) as { readonly id?: unknown };
    return typeof id === "string" && /^\d+$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function bodyOf(notification: Notification): string {
  const { event, at, text, facts, commits, command } = notification;
  const link = linkOf(notification);
  let left = ALL;
  const take = (words: string, most: number): string => {
    const taken = clipped(words, Math.min(most, left));
    left -= taken.length;
    return taken;
  };
  const title = take(escapedMarkdown(onOneLine(titleOf(notification))), TITLE);
  // What happened and what to type come before the tenth fact.
  const typed = command === undefined ? "" : `\`\`\`\n${clipped(readableText(command).replaceAll("`", "ˋ"), 1000)}\n\`\`\``;
  const said = clipped(escapedMarkdown(readableText(text)), 1500);
  const listed = clipped(commits.map((line) => `• ${escapedMarkdown(onOneLine(line))}`).join("\n"), 1000);
  const description = take([said, listed, typed].filter((part) => part !== "").join("\n\n"), DESCRIPTION);
  const fields = facts.slice(0, FIELDS).flatMap(([name, value]) => {
    const field = {
      name: take(escapedMarkdown(onOneLine(name)), FIELD_NAME),
      value: take(escapedMarkdown(readableText(value).trim()), FIELD_VALUE),
      inline: true,
    };
    return field.name === "" || field.value === "" ? [] : [field];
  });
  const colour = Number.parseInt(EVENTS[event].colour.slice(1), 16);
  const embed = { title, description, color: colour, timestamp: at, fields, ...(link !== undefined && { url: link }) };
  return JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } });
}

function escapedMarkdown(text: string): string {
  return (
    callingNobody(text)
      .replaceAll(/[\\`*_~|>[\]()#<]/g, String.raw`\$&`)
      .replaceAll(/^([-+]|\d+\.)(?=\s)/gm, String.raw`\$1`)
      // A bare address would become a link of somebody else's.
      .replaceAll("://", ":\u200b//")
  );
}
