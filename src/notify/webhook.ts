import { createHmac } from "node:crypto";
import type { Secret } from "../core/secret.ts";
import type { Channel, ChannelKind } from "./channel.ts";
import { EVENTS, type Notification, linkOf, titleOf } from "./notification.ts";
import { post } from "./post.ts";

/** Any receiver of JSON. What it gets is in docs/notifications.md, and only grows. */
export const webhookKind: ChannelKind = {
  options: { url: "secret", secret: "secret" },
  needs: [["url"]],
  open: ({ name, secrets: { url, secret } }): Channel => ({
    name,
    edits: false,
    async send(notification, _handle, { clock, random, ...sending }) {
      const body = JSON.stringify(bodyOf(notification));
      // Made once: whoever hears of it twice, because an answer was lost, knows it by its id.
      const headers = {
        "x-savepoint-event": notification.event,
        "x-savepoint-delivery": random(16),
        ...(secret && signed(body, secret, clock.now())),
      };
      const { answer } = await post({ url: url?.reveal() ?? "", headers, body }, { clock, random, ...sending });
      return { answer };
    },
  }),
};

/** HMAC-SHA256 over the time, a dot and the body: nobody can send an old one again later, or change it. */
function signed(body: string, secret: Secret, now: Date): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const sum = createHmac("sha256", secret.reveal()).update(`${timestamp}.${body}`).digest("hex");
  return { "x-savepoint-timestamp": timestamp, "x-savepoint-signature": `v1=${sum}` };
}

function bodyOf(notification: Notification): Readonly<Record<string, unknown>> {
  const { event, severity, at, environment, deploy, text, facts, commits, command } = notification;
  return {
    version: 1,
    event,
    severity,
    at,
    environment,
    deploy: deploy ?? null,
    title: titleOf(notification),
    colour: EVENTS[event].colour,
    text,
    facts: Object.fromEntries(facts),
    commits,
    command: command ?? null,
    run: linkOf(notification) ?? null,
  };
}
