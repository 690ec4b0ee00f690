import type { Machine } from "../../core/machine.ts";
import { inQuotes, quote } from "../quote.ts";
import { formatTarget, type HostAddress, parseTarget } from "./address.ts";

/** A command for a machine as people paste it here: over ssh where that is a host; with `terminal` it may ask something there. `jump`: the host to go through. */
export function commandOn(
  machine: Pick<Machine, "name" | "local">,
  words: readonly string[],
  { terminal = false, jump }: { readonly terminal?: boolean; readonly jump?: HostAddress | undefined } = {},
): string {
  if (machine.local) return quote(words);
  const { user, host, port } = parseTarget(machine.name);
  const through = jump === undefined ? "" : `${quote(["-J", formatTarget(jump)])} `;
  return `ssh ${terminal ? "-t " : ""}${through}${port === 22 ? "" : `-p ${port} `}${quote([`${user}@${host}`])} ${inQuotes(quote(words))}`;
}
