import { refusal } from "../core/failure.ts";
import { formatSize, shortCommit } from "../core/format.ts";
import type { Ports } from "../core/ports.ts";
import type { Clone } from "../machine/git/clone.ts";
import { freeBytes } from "../machine/files/files.ts";
import { gitProgress } from "../machine/git/progress.ts";
import { hasWhole, pushCommit } from "../machine/git/push.ts";
import { type CommandSettings, refuseMisfits } from "./inputs.ts";
import { noticeLeftOut } from "./left-out.ts";
import { refuseFilesInTheWay, refuseLocalEdits } from "./obstacles.ts";

/** What stays free on the host's disk beside the new files: bytes. */
const SPARE_BYTES = 64 * 1024 * 1024;

export interface PrepareRequest {
  /** The app's clone on its host. */
  readonly clone: Clone;
  /** The full commit id that is to run. */
  readonly commit: string;
  readonly settings: CommandSettings;
  /** The checkout here, where there is one; asked for with `transport: push` alone. */
  readonly checkout?: (() => Promise<Clone | undefined>) | undefined;
  readonly ports: Pick<Ports, "clock" | "report" | "signal">;
  readonly noteIn?: string | undefined;
}

export interface Prepared {
  readonly commit: string;
  /** What is checked out on the host now; undefined before the first version. */
  readonly previous: string | undefined;
  /** Whether the commit had to be brought. */
  readonly fetched: boolean;
  /** What the switch will write. */
  readonly bytes: number;
}

/**
 * Brings the commit into the host's clone and looks whether the switch can go through. Changes no file of the app.
 * What stands in the way (local edits, files in the way, an unknown commit, a full disk) is a refusal that names it.
 */
export async function prepareRollout(request: PrepareRequest): Promise<Prepared> {
  const { clone, commit, settings, ports, noteIn } = request;
  refuseMisfits(settings);
  const pushed = settings.transport === "push";
  const previous = await clone.current();
  const interrupted = await clone.interruptedCheckout();
  if (interrupted === undefined) await refuseLocalEdits(clone);
  else
    ports.report.notice(
      `A switch to ${shortCommit(interrupted)} was killed half-way in ${clone.directory}; the next switch or rollback finishes it.`,
    );
  await refuseFullDisk(clone, 0);
  // A push that was killed may leave a commit without its history.
  const here = pushed ? await hasWhole(clone, commit) : await clone.hasAll(commit);
  const options = { signal: ports.signal, onLine: told(ports), ...(noteIn !== undefined && { noteIn }) };
  if (!here && pushed) await pushCommit({ ...options, from: await checkoutOf(request), to: clone, commit });
  else if (!here) await bring(clone, commit, options);
  await noticeLeftOut(clone, commit, ports.report);
  const bytes = await clone.checkoutBytes(commit);
  await refuseFullDisk(clone, bytes);
  if (interrupted === undefined) await refuseFilesInTheWay(clone, commit);
  return { commit, previous, fetched: !here, bytes };
}

/** How far git is moves; what else it says is for the debug log. */
function told({ clock, report }: Pick<Ports, "clock" | "report">): (line: string) => void {
  const progress = gitProgress(clock);
  return (line) => {
    const far = progress(line);
    if (far === undefined) report.detail(line);
    else report.progress?.(far);
  };
}

async function checkoutOf({ checkout, commit }: PrepareRequest): Promise<Clone> {
  const found = await checkout?.();
  if (found !== undefined) return found;
  throw refusal(`\`transport: push\` brings the code from the checkout, and this folder is none; the host does not have ${commit} yet.`, {
    code: "no-checkout",
    hint: "Run actions/checkout first (at a terminal: run this in the app's clone), or use `transport: fetch`.",
  });
}

async function bring(clone: Clone, commit: string, options: Parameters<Clone["fetch"]>[0]): Promise<void> {
  if (await clone.fetch({ ...options, commit })) return;
  throw refusal(`${(await clone.origin()) ?? "origin"} has no commit ${commit}.`, {
    hint: `Push it, or give another \`commit\`. ${clone.directory} on ${clone.machine.name} fetches from there; where that is not the repository you mean: git -C ${clone.directory} remote set-url origin <url>`,
    code: "unknown-commit",
  });
}

async function refuseFullDisk(clone: Clone, bytes: number): Promise<void> {
  const free = await freeBytes(clone.machine, clone.directory);
  if (free >= bytes + SPARE_BYTES) return;
  throw refusal(
    `The disk of ${clone.directory} on ${clone.machine.name} has ${formatSize(free)} free; the new version needs ${formatSize(bytes + SPARE_BYTES)}.`,
    { hint: "Make room there: old images, logs, builds.", code: "disk-full" },
  );
}
