import type { Channel, ChannelKind } from "./channel.ts";
import { clipped, EVENTS, linkOf, type Notification, onOneLine, readableText, titleOf } from "./notification.ts";
import { post } from "./post.ts";

/**
 * Teams refuses messages above some 28 KB, and counts two bytes a character where it does not take them for UTF-8.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
const LARGEST = 28_000;
const COLOURS: Readonly<Record<string, string>> = { "#0969da": "Accent", "#1a7f37": "Good", "#bf8700": "Warning", "#cf222e": "Attention" };

/** Teams: a workflow's webhook, which posts an adaptive card. Its answer names no message, so none is changed. */
export const teamsKind: ChannelKind = {
  options: { url: "secret" },
  needs: [["url"]],
  open: ({ name, secrets: { url } }): Channel => ({
    name,
    edits: false,
    async send(notification, _handle, sending) {
      const { answer } = await post({ url: url?.reveal() ?? "", body: bodyOf(notification) }, sending);
      return { answer };
    },
  }),
};

function bodyOf(notification: Notification): string {
  // Whole where it fits; else with less and less of what others wrote.
  for (const most of [4000, 1000, 250, 60]) {
    const body = JSON.stringify(messageOf(notification, most));
    if (Math.max(Buffer.byteLength(body), 2 * body.length) <= LARGEST) return body;
  }
  return JSON.stringify(messageOf({ ...notification, facts: [], commits: [] }, 60));
}

/** https://adaptivecards.io/explorer: a text run has no Markdown and no mentions, as a text block has. */
function messageOf(notification: Notification, most: number): Readonly<Record<string, unknown>> {
  const { event, text, facts, commits, command } = notification;
  const link = linkOf(notification);
  const run = (words: string, look: Readonly<Record<string, unknown>> = {}) => ({ type: "TextRun", text: clipped(words, most), ...look });
  const paragraph = (...inlines: readonly unknown[]) => ({ type: "RichTextBlock", inlines });
  const body = [
    paragraph(run(titleOf(notification), { size: "Large", weight: "Bolder", color: COLOURS[EVENTS[event].colour] })),
    ...(text === "" ? [] : [paragraph(run(readableText(text)))]),
    ...facts.slice(0, 20).map(([name, value]) => paragraph(run(`${onOneLine(name)}: `, { weight: "Bolder" }), run(onOneLine(value)))),
    ...commits.map((line) => paragraph(run(`• ${onOneLine(line)}`))),
    ...(command === undefined ? [] : [paragraph(run(readableText(command), { fontType: "Monospace" }))]),
  ];
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
    ...(link !== undefined && { actions: [{ type: "Action.OpenUrl", title: "The run", url: link }] }),
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card }] };
}
