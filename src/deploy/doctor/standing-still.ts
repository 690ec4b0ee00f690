import type { Container } from "../../machine/container/compose.ts";

/** A service of which nothing runs. */
export interface StandingStill {
  readonly service: string;
  /** How it stands, as the end of a sentence. */
  readonly how: string;
  /** What compose calls the way back up. */
  readonly by: "start" | "unpause" | "up";
}

const LIVE = new Set(["running", "restarting", "removing"]);
/** On the container that waits for others: `db:service_healthy:true,seed:service_completed_successfully:false`. */
const WAITS_FOR = "com.docker.compose.depends_on";

/**
 * The services that have containers, none of which runs, apart from jobs that ended well. A job is what another service waits
 * for until it has completed; and what has neither a restart policy nor a port, which nobody could use if it ran. Pure.
 */
export function standingStill(containers: readonly Container[]): readonly StandingStill[] {
  const jobs = new Set(containers.flatMap(({ labels }) => completedFor(labels[WAITS_FOR] ?? "")));
  const live = new Set(containers.filter(({ state }) => LIVE.has(state)).map(({ service }) => service));
  const found = new Map<string, StandingStill>();
  for (const container of containers) {
    const { service, state, exitCode, staysUp } = container;
    if (live.has(service) || found.has(service)) continue;
    if (state === "exited" && exitCode === 0 && (jobs.has(service) || !staysUp)) continue;
    found.set(service, { service, how: howOf(container), by: state === "paused" ? "unpause" : state === "dead" ? "up" : "start" });
  }
  return [...found.values()];
}

function completedFor(dependsOn: string): readonly string[] {
  return dependsOn.split(",").flatMap((one) => {
    const [service = "", condition] = one.split(":");
    return condition === "service_completed_successfully" ? [service] : [];
  });
}

function howOf({ state, exitCode, outOfMemory }: Container): string {
  if (state === "created") return "it was made, and never started";
  if (state === "exited") return outOfMemory ? "it was ended for its memory" : `it ended with ${exitCode}`;
  return `it is ${state}`;
}
