import { Secret } from "../core/secret.ts";
import type { RequestHeader } from "./headers.ts";

/** Headers whose values are ordinary words; hiding `https` or `application/json` would make every log unreadable. */
const HARMLESS =
  /^(accept(-.+)?|cache-control|content-type|host|origin|pragma|referer|user-agent|x-forwarded-(for|host|port|proto)|x-requested-with)$/i;

/** Whether a text of `Name: value` lines holds only such headers: then it may be written down. */
export function harmless(text: string): boolean {
  return text.split(/\r?\n/).every((line) => line.trim() === "" || isHarmless(line.split(":", 1)[0]?.trim() ?? ""));
}

/** Whether the value of a header of this name is no secret. */
export function isHarmless(name: string): boolean {
  return HARMLESS.test(name);
}

/** The texts to hide: a header's value, and the token, cookie or password inside it. */
export function secretsInHeaders(headers: readonly RequestHeader[]): readonly Secret[] {
  const found = new Set<string>();
  for (const { name, value } of headers) {
    if (HARMLESS.test(name)) continue;
    const text = value.reveal();
    found.add(text);
    const [scheme, token] = [text.slice(0, text.indexOf(" ")), text.slice(text.indexOf(" ") + 1).trim()];
    if (/^[A-Za-z]+$/.test(scheme)) found.add(token);
    if (/^basic$/i.test(scheme))
      found.add(
        Buffer.from(token, "base64")
          .toString()
          .replace(/^[^:]*:/, ""),
      );
    if (/cookie/i.test(name)) for (const part of text.split(/;\s*/)) found.add(part.slice(part.indexOf("=") + 1));
  }
  return [...found].filter((text) => text.length >= 4 && !/^(true|false|null|none|https?)$/i.test(text)).map((text) => new Secret(text));
}

/** Shorter ones are not hidden: they would blank out all evidence and hide nothing. */
const SHORTEST = 3;

/** Replaces every secret, also in its URL-encoded, base64 and JSON forms, by `***`. */
export function masker(secrets: readonly Secret[]): (text: string) => string {
  const forms = new Set(
    secrets.flatMap((secret) => {
      const text = secret.reveal();
      return text.length < SHORTEST
        ? []
        : [text, encodeURIComponent(text), Buffer.from(text).toString("base64"), JSON.stringify(text).slice(1, -1)];
    }),
  );
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, "***"), text);
}
