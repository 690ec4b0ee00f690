import { mkdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

const DAY_MS = 24 * 60 * 60_000;
/** What takes longer is not worth a person's line. */
const PATIENCE_MS = 3000;

interface ReleaseQuestion {
  /** This program's own. */
  readonly version: string;
  /** The page of all releases: `https://github.com/acme/savepoint/releases`. */
  readonly releases: string;
  readonly env: Variables;
  /** Fires when the command is over: nobody waits for the answer. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A sentence about a newer release, where there is one and nobody was asked for a day; undefined where there is none, or no answer.
 * It asks for a public page and sends nothing but that. The day counts from an answer, or from a try that failed.
 */
export async function newerRelease(question: ReleaseQuestion): Promise<string | undefined> {
  const { version, releases, env, signal, now } = question;
  const folder = join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "savepoint");
  const note = join(folder, "asked-for-a-release");
  if (await isOfToday(note, now)) return undefined;
  const newest = await newestOf(releases, signal);
  if (signal.aborted) return undefined;
  await mkdir(folder, { recursive: true });
  // Where that cannot be noted it would be said at each command: so it is noted before it is said.
  await writeFile(note, "");
  if (newest === undefined || !isNewer(newest, version)) return undefined;
  return `Savepoint ${newest} is out, and this is ${version}: ${releases}/latest. SAVEPOINT_NO_UPDATE_CHECK=1 keeps this quiet.`;
}

async function isOfToday(note: string, now: number): Promise<boolean> {
  try {
    return Math.abs(now - (await stat(note)).mtimeMs) < DAY_MS;
  } catch {
    // Never asked.
    return false;
  }
}

/** The page of the latest release is a way to the one of its tag. */
async function newestOf(releases: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(`${releases}/latest`, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    return /\/releases\/tag\/v(\d{1,9}\.\d{1,9}\.\d{1,9})$/.exec(answer.headers.get("location") ?? "")?.[1];
  } catch {
    // Offline, slow, or turned away: whoever deploys has better things to read.
    return undefined;
  }
}

/** Of two versions of three numbers. */
function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
