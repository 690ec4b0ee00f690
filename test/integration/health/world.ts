import { setTimeout as delay } from "node:timers/promises";
import { type Duplex, duplexPair } from "node:stream";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { Clock } from "../../../src/core/ports.ts";
import type { Report } from "../../../src/core/report.ts";
import { type HealthVerdict, type HealthWorld, checkHealth } from "../../../src/health/check.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { healthSettings } from "../../unit/health/settings.ts";

const clock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch {
      throw new Cancelled();
    }
  },
};

export interface Seen {
  readonly verdict: HealthVerdict;
  /** What was said aloud, line by line. */
  readonly said: readonly string[];
  /** Everything that was said, also in the debug log, and the verdict. */
  readonly all: string;
}

/** Runs the real check against the real thing, with fast polls. */
export async function see(
  given: Readonly<Record<string, string>>,
  world: Partial<HealthWorld> & { readonly signal?: AbortSignal } = {},
): Promise<Seen> {
  const said: string[] = [];
  const detailed: string[] = [];
  const report: Report = {
    step: async (_title, body) => await body(),
    say: (text) => said.push(text),
    detail: (text) => detailed.push(text),
    notice: () => undefined,
    warning: () => undefined,
    mask: () => undefined,
  };
  const here = localMachine();
  const settings = healthSettings({ timeout: "20s", interval: "50ms", ...given });
  const signal = world.signal ?? new AbortController().signal;
  const verdict = await checkHealth(settings, { machine: here, here, ports: { clock, report, signal }, ...world });
  return { verdict, said, all: JSON.stringify([said, detailed, verdict]) };
}

/** The same, of something that is expected not to become healthy: with a short timeout. */
export async function seeFailing(
  given: Readonly<Record<string, string>>,
  world: Partial<HealthWorld> = {},
): Promise<Seen & { readonly verdict: Extract<HealthVerdict, { state: "failing" }> }> {
  const seen = await see({ timeout: "2s", ...given }, world);
  const { verdict } = seen;
  if (verdict.state === "healthy") throw new Error(`healthy: ${verdict.details.join(", ")}`);
  return { ...seen, verdict };
}

/** A host whose streams are no sockets, as those of an SSH connection are not. */
export function streamingHost(): Machine {
  const local = localMachine();
  return {
    name: "deploy@host",
    login: "deploy@host",
    local: false,
    run: async (command) => await local.run(command),
    dial: async (address) => {
      const socket = await local.dial(address);
      const [ours, theirs] = duplexPair();
      join(socket, theirs);
      return ours;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function join(socket: Duplex, stream: Duplex): void {
  socket.pipe(stream).pipe(socket);
  socket.on("error", () => stream.destroy());
  stream.on("error", () => socket.destroy());
  socket.on("close", () => stream.destroy());
  stream.on("close", () => socket.destroy());
}
