import { type Section, SHARED } from "../../core/input.ts";
import { givenSecrets, type Settings } from "../../core/settings.ts";
import { notifySection } from "../../notify/inputs.ts";
import { allSections } from "../call/sections.ts";

/** Shorter ones would blank out half of a message, and hide nothing. */
const SHORTEST = 4;

/**
 * Takes out of a text whatever this call was given as a secret. No message should hold one; what leaves for other people's servers
 * is looked through all the same.
 */
export function withoutSecrets(settings: Settings): (text: string) => string {
  const sections: Readonly<Record<string, Section>> = { ...allSections, notify: notifySection, [SHARED]: allSections.shared };
  const forms = new Set<string>();
  for (const secret of givenSecrets(settings, sections)) {
    const value = secret.reveal();
    const lines = value.split(/\r?\n/).map((line) => line.trim());
    const named = lines.map((line) => /^[A-Z][A-Z0-9_]*=(.+)$/.exec(line)?.[1] ?? line);
    const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(value)?.[1];
    for (const form of [value, ...lines, ...named, ...(password === undefined ? [] : [password, decoded(password)])])
      if (form.length >= SHORTEST && !form.startsWith("-----")) for (const one of [form, encodeURIComponent(form)]) forms.add(one);
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((hidden, form) => hidden.replaceAll(form, "***"), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
