import { setTimeout as delay } from "node:timers/promises";
import { type Duplex, duplexPair } from "node:stream";
import { Cancelled } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import type { Clock } from "../../../src/core/ports.ts";
import type { Report } from "../../../src/core/report.ts";
import { type HealthVerdict, type HealthWorld, checkHealth } from "../../../src/health/check.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { healthSettings } from "../../unit/health/settings.ts";

/** Longer sleeps are limits, shorter ones are pauses between rounds, or how long an accepted connection must live. Milliseconds. */
const LONGEST_PAUSE = 100;

/**
 * A clock that knows no slow machine: time stands still while something is asked, and is over, all of it, after so many pauses
 * or when a test says so. A limit of time decides a verdict only where a test lets it.
 */
export class PatientClock implements Clock {
  readonly #pauses: number;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  #paused = 0;
  #now = 0;

  constructor(pauses = Infinity) {
    this.#pauses = pauses;
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= LONGEST_PAUSE) {
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw new Cancelled();
      });
      this.#paused += 1;
      if (this.#paused === this.#pauses) this.end();
      return;
    }
    if (signal?.aborted === true) throw new Cancelled();
    await new Promise<void>((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(new Cancelled());
      });
    });
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers].filter(({ at }) => at <= this.#now)) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** All that somebody waits for is late. */
  end(): void {
    this.pass(24 * 60 * 60 * 1000);
  }
}

interface Given extends Partial<HealthWorld> {
  readonly signal?: AbortSignal;
  readonly clock?: PatientClock;
  /** Hears each line that is said aloud, as it is said. */
  readonly heard?: (line: string) => void;
}

export interface Seen {
  readonly verdict: HealthVerdict;
  /** What was said aloud, line by line. */
  readonly said: readonly string[];
  /** Everything that was said, also in the debug log, and the verdict. */
  readonly all: string;
}

/** Runs the real check against the real thing, with fast polls and all the time there is. */
export async function see(
  given: Readonly<Record<string, string>>,
  { signal = new AbortController().signal, clock = new PatientClock(), heard, ...world }: Given = {},
): Promise<Seen> {
  const said: string[] = [];
  const detailed: string[] = [];
  const report: Report = {
    step: async (_title, body) => await body(),
    say: (text) => {
      said.push(text);
      heard?.(text);
    },
    detail: (text) => detailed.push(text),
    notice: () => undefined,
    warning: () => undefined,
    mask: () => undefined,
  };
  const here = localMachine();
  const settings = healthSettings({ timeout: "1m", interval: "50ms", ...given });
  const verdict = await checkHealth(settings, { machine: here, here, ports: { clock, report, signal }, ...world });
  return { verdict, said, all: JSON.stringify([said, detailed, verdict]) };
}

/** The same, of something that is expected not to become healthy: the time is over after ten pauses. */
export async function seeFailing(
  given: Readonly<Record<string, string>>,
  world: Given = {},
): Promise<Seen & { readonly verdict: Extract<HealthVerdict, { state: "failing" }> }> {
  const seen = await see(given, { clock: new PatientClock(10), ...world });
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
