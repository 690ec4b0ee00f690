import type { Duplex } from "node:stream";
import { formatDuration } from "../core/format.ts";
import type { Machine } from "../core/machine.ts";
import type { Clock } from "../core/ports.ts";
import { within } from "../core/within.ts";
import { type HostPort, showAddress } from "./places.ts";
import { explain } from "./trouble.ts";
import type { Check, Failing } from "./verdict.ts";

/**
 * How long an accepted connection must live, in milliseconds. Docker's proxy and an SSH tunnel accept for a
 * server that is not there, and hang up at once.
 */
const HOLD_MS = 100;

/** The check of one `tcp` address: it accepts a connection, and does not close it at once without a word. */
export function tcpCheck(address: HostPort, machine: Machine, clock: Clock): Check {
  const at = showAddress(address);
  return {
    label: `tcp ${at}`,
    order: "together",
    run: async ({ signal, limitMs }) => {
      const failing = (reason: string, { hint, gaveUp = false, refused = false }: Partial<Failing> = {}) =>
        ({
          passed: false,
          reason,
          hint,
          gaveUp,
          refused,
          topic: gaveUp ? `no connection ${at}` : reason,
          evidence: [`tcp ${at}, asked from ${machine.name}`, reason],
        }) as const;
      try {
        const stream = await within({ signal, discard: hangUp }, async () => await machine.dial(address));
        const held = await hold(stream, clock);
        hangUp(stream);
        return held
          ? { passed: true, detail: `${at} accepts connections` }
          : failing(`${at} accepts connections and closes them at once`, {
              hint: "A proxy may listen there before the server behind it does.",
            });
      } catch (error) {
        if (signal.aborted) return failing(`no connection to ${at} within ${formatDuration(limitMs)}`, { gaveUp: true });
        const { reason, ...trouble } = explain(error, { address, from: machine.name, tls: false });
        return failing(reason, trouble);
      }
    },
  };
}

async function hold(stream: Duplex, clock: Clock): Promise<boolean> {
  const said = new Promise<boolean>((resolve) => {
    stream.on("error", () => resolve(false));
    stream.once("end", () => resolve(false));
    stream.once("close", () => resolve(false));
    stream.once("data", () => resolve(true));
  });
  return await within({ ms: HOLD_MS, late: () => true, clock }, async () => await said);
}

function hangUp(stream: Duplex): void {
  stream.on("error", () => undefined);
  stream.destroy();
}
