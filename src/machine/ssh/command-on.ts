import type { Machine } from "../../core/machine.ts";
import { inQuotes, quote } from "../quote.ts";
import { parseTarget } from "./address.ts";

/** A command for a machine as people paste it here: over ssh where that is a host; with `terminal` it may ask something there. */
export function commandOn(
  machine: Pick<Machine, "name" | "local">,
  words: readonly string[],
  { terminal = false }: { readonly terminal?: boolean } = {},
): string {
  if (machine.local) return quote(words);
  const { user, host, port } = parseTarget(machine.name);
  return `ssh ${terminal ? "-t " : ""}${port === 22 ? "" : `-p ${port} `}${quote([`${user}@${host}`])} ${inQuotes(quote(words))}`;
}
