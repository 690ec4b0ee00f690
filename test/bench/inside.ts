import { appendFileSync } from "node:fs";
import { Duplex } from "node:stream";

/**
 * Loaded before the command line (`node --import`), which it leaves as it is: notes into the file BENCH_INSIDE how long each deploy
 * was open, and how much CPU the command's own thread took meanwhile. Both lines of the journal go to a shell's input.
 */
interface Look {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const file = process.env["BENCH_INSIDE"];
let opened: Look | undefined;

function look(): Look {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
}

function seen(chunk: unknown): void {
  if (typeof chunk !== "string" || file === undefined) return;
  if (chunk.includes('"kind":"deploy.opened"')) opened = look();
  if (!chunk.includes('"kind":"deploy.closed"') || opened === undefined) return;
  const closed = look();
  appendFileSync(file, `${JSON.stringify({ wallMs: closed.wallMs - opened.wallMs, cpuMs: closed.cpuMs - opened.cpuMs })}\n`);
  opened = undefined;
}

for (const name of ["write", "end"] as const) {
  // oxlint-disable-next-line typescript/unbound-method -- called below with the stream that it is of
  const before = Duplex.prototype[name] as (this: Duplex, ...given: unknown[]) => unknown;
  Object.defineProperty(Duplex.prototype, name, {
    writable: true,
    configurable: true,
    value(this: Duplex, ...given: unknown[]): unknown {
      seen(given[0]);
      return before.apply(this, given);
    },
  });
}
