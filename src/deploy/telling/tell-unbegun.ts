import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sharedSection } from "../../config/shared.ts";
import { Cancelled, Failure, firstError } from "../../core/failure.ts";
import { SHARED } from "../../core/input.ts";
import type { Call } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import { howItFailed } from "../../journal/how-it-failed.ts";
import type { CommandPlace } from "../call/next-command.ts";
import { audienceOf } from "./observers.ts";
import { type Owner, ownerOf } from "../call/owner.ts";

type UnbegunCall = Pick<Call, "settings" | "ports" | "profile">;

/** The settings of a run as its environment has them, the journal's among them: channels may stand nowhere else. */
const known = new WeakMap<Ports, Settings>();

export function rememberSettings(ports: Ports, settings: Settings): void {
  known.set(ports, settings);
}

/**
 * Why a command that is to change something could not begin, for whoever hears of it: a nightly backup whose host is gone looks
 * like silence. Not of what was refused at a terminal: somebody has just typed it, as they did a confirmation. Never throws.
 */
export async function tellUnbegun({ ports, profile, settings }: UnbegunCall, operation: string, thrown: unknown): Promise<void> {
  const error = firstError(thrown);
  const owner = ownerOf(ports);
  if (ports.signal.aborted || error instanceof Cancelled || settings.text(SHARED, "dry-run") === "true") return;
  if (error instanceof Failure && (error.code === "not-confirmed" || (error.exit === 2 && owner.terminal))) return;
  const title = `${profile.app ?? "app"}/${profile.environment}`;
  if (!owner.terminal && !(await firstOfTheJob(ports, title, owner))) return;
  const seen = known.get(ports) ?? settings;
  const place: CommandPlace = { app: profile.app ?? "app", name: profile.environment, shared: sharedOf(seen), ports };
  await using audience = audienceOf({
    ports,
    title,
    settings: seen,
    place,
    owner,
    ledger: async () => await Promise.resolve(undefined),
    note: () => undefined,
    commits: async () => await Promise.resolve([]),
  });
  const { message, ...how } = howItFailed(error, ports.signal);
  const halfWay = operation === "rollback" && !owner.terminal && isAutomatic(settings);
  const notice = { kind: "unreachable", message: `\`${operation}\`: ${message}`, ...how, ...(halfWay && { halfWay }) } as const;
  audience.tell({ kind: "notice", notice, at: ports.clock.now().toISOString(), owner: owner.id });
}

/** Nobody pressed anything: it takes back what this run's deploy left. */
function isAutomatic(settings: Settings): boolean {
  return ["confirm", "to", "reason"].every((name) => settings.text("rollback", name) === undefined);
}

/** Once in a job: the steps behind one that could not begin cannot either, and have nothing new to tell. */
async function firstOfTheJob({ env }: Ports, title: string, owner: Owner): Promise<boolean> {
  const folder = env["RUNNER_TEMP"];
  if (folder === undefined || folder === "") return true;
  const name = createHash("sha256").update(`${title} ${owner.id}`).digest("hex").slice(0, 16);
  try {
    await writeFile(join(folder, `savepoint-not-begun-${name}`), "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EEXIST";
  }
}

/** What the next command names of the place, as far as it can be read. */
function sharedOf(settings: Settings): CommandPlace["shared"] {
  try {
    return settings.section(sharedSection);
  } catch {
    return { host: undefined, "jump-host": undefined, "state-dir": undefined };
  }
}
