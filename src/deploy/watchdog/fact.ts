import type { Fact } from "../../journal/entries.ts";
import { inQuotes } from "../../machine/quote.ts";

/** In a text of a fact: the shell's variable of that name, which holds nothing that JSON would have to escape. */
export function variable(name: string): string {
  return `\uE000${name}\uE001`;
}

/** As a value of a fact: the shell's variable of that name, which is JSON. */
export function jsonVariable(name: string): string {
  return `\uE002${name}\uE003`;
}

/** A fact of the journal as one word of a shell script, without its stamp, which `note` adds. */
export function factWord(fact: Fact): string {
  return inQuotes(JSON.stringify(fact).slice(1, -1))
    .replaceAll(/"\uE002(\w+)\uE003"/g, `'"$$$1"'`)
    .replaceAll(/\uE000(\w+)\uE001/g, `'"$$$1"'`);
}
