import { formatCount, formatDuration, formatSize } from "../../core/format.ts";
import type { Clock } from "../../core/ports.ts";

/** What git says with `--progress` of one phase, as git.git's progress.c writes it: `Receiving objects:  45% (450/1000), 12.30 MiB | 2.10 MiB/s`. */
const LINE =
  /^(?:remote: )?((?:Enumerating|Counting|Compressing|Receiving|Writing|Unpacking|Checking|Indexing) objects|Resolving deltas|Checking connectivity|Updating files): +(?:\d+% \((\d+)\/(\d+)\)|(\d+))(?:, ([\d.]+) (bytes|[KMG]iB)(?: \| ([\d.]+) (bytes|[KMG]iB)\/s)?)?(?:, done\.)?\s*$/;

const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** What has hardly begun has no time left to tell. Milliseconds. */
const TOO_EARLY_MS = 1000;

/**
 * Hears git's lines and says of those that tell how far it is: `receiving objects: 450 of 1,000, 12.9 MB, 2.2 MB/s, about 6.1 s
 * left`. Undefined for all others.
 */
export function gitProgress({ now }: Pick<Clock, "now">): (line: string) => string | undefined {
  const began = new Map<string, number>();
  return (line) => {
    const [, phase, done, of, counted, size, unit = "", rate, rateUnit = ""] = LINE.exec(line) ?? [];
    if (phase === undefined) return undefined;
    const at = now().getTime();
    if (!began.has(phase)) began.set(phase, at);
    const steps = of === undefined ? formatCount(Number(counted)) : `${formatCount(Number(done))} of ${formatCount(Number(of))}`;
    const told = [`${phase.toLowerCase()}: ${steps}`];
    if (size !== undefined) told.push(formatSize(inBytes(size, unit)));
    if (rate !== undefined) told.push(`${formatSize(inBytes(rate, rateUnit))}/s`);
    const ms = at - (began.get(phase) ?? at);
    const left = Number(of) - Number(done);
    if (left > 0 && Number(done) > 0 && ms >= TOO_EARLY_MS) told.push(`about ${formatDuration((ms / Number(done)) * left)} left`);
    return told.join(", ");
  };
}

/** What git said without how far it was: on its own, a line that moved has no end. */
export function withoutProgress(text: string): string {
  const lines = text.split(/\r?\n|\r/);
  return lines.filter((line) => !LINE.test(line)).join("\n");
}

function inBytes(count: string, unit: string): number {
  return Math.round(Number(count) * (UNITS[unit] ?? 1));
}
