import { quote } from "../../machine/quote.ts";
import { formatTarget } from "../../machine/ssh/address.ts";
import type { Ports } from "../../core/ports.ts";
import type { Way } from "../../core/way.ts";
import type { Shared } from "../../config/shared.ts";

/** Where a command works, and how it is called there. */
export interface CommandPlace {
  readonly app: string;
  readonly name: string;
  readonly shared: Pick<Shared, "host" | "jump-host" | "state-dir">;
  readonly ports: Pick<Ports, "program">;
}

/**
 * A command of ours to be pasted as it stands: it names the place as well, because the folder in which somebody pastes it,
 * at night and on another machine, may know nothing of it (contract, 1). `words` follow the environment's name.
 */
export function nextCommand({ app, name, shared, ports }: CommandPlace, operation: string, words: readonly string[]): string {
  const { host, "jump-host": jump, "state-dir": state } = shared;
  return quote([
    ...ports.program,
    operation,
    "--environment",
    name,
    ...words,
    ...(host === undefined ? [] : ["--host", formatTarget(host)]),
    ...(jump === undefined ? [] : ["--jump-host", formatTarget(jump)]),
    ...(state === undefined ? [] : ["--state-dir", state]),
    // The folder in which this is pasted may belong to another app.
    "--app",
    app,
  ]);
}

/** The rollback by hand; `more` are further words. */
export function rollbackCommand(environment: CommandPlace, reason: string, more: readonly string[] = []): string {
  return nextCommand(environment, "rollback", ["--confirm", environment.name, ...more, "--reason", reason]);
}

/** The look at how things stand, which is open always. */
export function statusWay(place: CommandPlace): Way {
  return { command: nextCommand(place, "status", []), means: "Shows how things stand; changes nothing." };
}

/** The list of what there is. */
export function listWay(place: CommandPlace): Way {
  return { command: nextCommand(place, "list", []), means: "Lists what there is to go back to; changes nothing." };
}
