import type { Kind } from "../core/kinds.ts";
import { EVENTS, type Notification } from "./notification.ts";

const PLACEHOLDERS = ["event", "environment", "version", "commit", "reason", "who", "downtime"] as const;
const PLACEHOLDER = /\{([a-z]+)\}/g;

/** Text with placeholders. It has no code, and what is put in is not looked through again. */
export const template: Kind<string> = {
  form: `text with ${PLACEHOLDERS.map((name) => `{${name}}`).join(", ")}`,
  parse(text) {
    const unknown = [...text.matchAll(PLACEHOLDER)].find(([, name]) => !PLACEHOLDERS.some((one) => one === name));
    if (unknown !== undefined) throw new Error(`has ${unknown[0]}, which stands for nothing`);
    return text;
  },
};

/** The template's words in the message's place; `-` where something is not known. */
export function inOwnWords(words: string, notification: Notification): Notification {
  const facts = new Map(notification.facts);
  const values: Readonly<Record<string, string | undefined>> = {
    event: EVENTS[notification.event].title,
    environment: notification.environment,
    version: facts.get("version"),
    commit: facts.get("commit"),
    reason: notification.text,
    who: facts.get("who"),
    downtime: facts.get("downtime"),
  };
  return { ...notification, text: words.replaceAll(PLACEHOLDER, (_, name: string) => values[name] || "-") };
}
