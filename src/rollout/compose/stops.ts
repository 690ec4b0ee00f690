import { type ComposeProject, dockerWords } from "../../machine/container/compose.ts";
import { Failure } from "../../core/failure.ts";
import type { Finished } from "../../core/machine.ts";
import type { Standstill } from "../standstill.ts";

/** How a container was stopped, as the engine tells it. */
interface ServiceStop {
  readonly service: string;
  readonly signal: string;
  /** Nanoseconds since the epoch, by the engine's clock. */
  readonly toldAt: number;
  endedAt: number | undefined;
  /** It did not end by itself. */
  killed: boolean;
}

/** More than was waited for: what is asked for lies well inside. Milliseconds. */
const MARGIN_MS = 2_000;

/**
 * Notes how long the services of a project that were stopped within the last `withinMs` took for it, and which did not end
 * when they were told to. What the engine does not tell is left out: that must not fail a deploy.
 */
export async function noteStops(
  standstill: Standstill,
  { project, name, withinMs }: { readonly project: ComposeProject; readonly name: string; readonly withinMs: number },
): Promise<void> {
  const filters = ["type=container", `label=com.docker.compose.project=${name}`, "event=kill", "event=die"];
  const words = ["events", "--since", `${Math.ceil(withinMs) + MARGIN_MS}ms`, "--format", "{{json .}}"];
  const events = dockerWords(project, ...words, ...filters.flatMap((filter) => ["--filter", filter]));
  const finished = await inTime(
    async () => await project.machine.run({ words: ["sh", "-c", EVENTS, "sh", ...events], timeout: 15_000, repeatable: true }),
  );
  if (finished?.code !== 0) return;
  const lines = finished.stdout.trim().split("\n");
  const now = Number(lines.pop()) * 1e9;
  const stops = readStops(lines).filter(({ toldAt }) => toldAt > standstill.countedUntil);
  const told = describeStops(stops);
  if (told === undefined || !Number.isFinite(now)) return;
  standstill.countedUntil = told.to;
  standstill.begin((now - told.from) / 1e6);
  standstill.add(told.what, (told.to - told.from) / 1e6);
}

/** Undefined where the engine does not tell in time. */
async function inTime(ask: () => Promise<Finished>): Promise<Finished | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure && error.code === "timeout") return undefined;
    throw error;
  }
}

/**
 * The events until now, and what time it is. The client cuts durations down to whole seconds, and would leave out the end;
 * where the shell's date knows no fractions, the next second is waited for.
 */
const EVENTS = `
now=$(date +%s.%N)
case $now in *N*) now=$(($(date +%s) + 1));; esac
"$@" --until "$now" && echo "$now"
`;

/** The engine's events, a line of JSON each, as stops: told to end, and ended. Ends of those whom nobody told are none. */
export function readStops(lines: readonly string[]): readonly ServiceStop[] {
  const stops = new Map<string, ServiceStop>();
  for (const line of lines) {
    const event = parse(line);
    if (event === undefined) continue;
    const { id, action, signal, service, at } = event;
    const known = stops.get(id);
    if (known === undefined) {
      if (action === "kill") stops.set(id, { service, signal, toldAt: at, endedAt: undefined, killed: false });
    } else if (action === "die") known.endedAt ??= at;
    else if (signal === "9" && known.signal !== "9") known.killed = true;
  }
  return [...stops.values()].filter(({ endedAt }) => endedAt !== undefined);
}

/** What the stops are called, and from when to when; undefined where there are none. They end at the same time, so they are one. */
export function describeStops(
  stops: readonly ServiceStop[],
): { readonly what: string; readonly from: number; readonly to: number } | undefined {
  if (stops.length === 0) return undefined;
  const killed = stops
    .filter((stop) => stop.killed)
    .map((stop) => `${stop.service} did not end on ${signalName(stop.signal)} within ${seconds(stop)} s and was killed`);
  return {
    what: killed.length > 0 ? killed.join("; ") : `stopping ${[...new Set(stops.map(({ service }) => service))].join(", ")}`,
    from: Math.min(...stops.map(({ toldAt }) => toldAt)),
    to: Math.max(...stops.map(({ endedAt, toldAt }) => endedAt ?? toldAt)),
  };
}

function seconds({ toldAt, endedAt = toldAt }: ServiceStop): number {
  return Math.round((endedAt - toldAt) / 1e9);
}

const SIGNALS: Readonly<Record<string, string>> = {
  "1": "SIGHUP",
  "2": "SIGINT",
  "3": "SIGQUIT",
  "10": "SIGUSR1",
  "12": "SIGUSR2",
  "15": "SIGTERM",
};

function signalName(number: string): string {
  return SIGNALS[number] ?? `signal ${number}`;
}

interface EngineEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
  readonly timeNano?: number;
}

function parse(
  line: string,
): { readonly id: string; readonly action: string; readonly signal: string; readonly service: string; readonly at: number } | undefined {
  try {
    const { Action: action = "", Actor, timeNano: at } = JSON.parse(line) as EngineEvent;
    const { ID: id, Attributes = {} } = Actor ?? {};
    if (id === undefined || at === undefined) return undefined;
    return { id, action, signal: Attributes["signal"] ?? "", service: Attributes["com.docker.compose.service"] ?? "", at };
  } catch {
    // A line that is none of the engine's own (a notice of sudo's): the measurement goes without it.
    return undefined;
  }
}
