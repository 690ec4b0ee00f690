import { Failure } from "../core/failure.ts";
import { formatDuration, plural } from "../core/format.ts";
import type { HistoryTable } from "../core/history.ts";
import type { Machine } from "../core/machine.ts";
import type { Report } from "../core/report.ts";
import { reveal, type Secret } from "../core/secret.ts";
import { ending, outputLines } from "../machine/succeed.ts";
import { tellingLines } from "../machine/telling.ts";
import { compareHistories } from "./history-difference.ts";
import type { MigrateOutputs } from "./status.ts";

const EVIDENCE_LINES = 20;

export interface RunRequest {
  readonly machine: Machine;
  readonly cwd: string;
  /** The user's own shell line, for `sh -c`. */
  readonly command: string;
  /** `DATABASE_URL` (a Secret) and `SAVEPOINT_*`. */
  readonly env: Readonly<Record<string, string | Secret>>;
  /** Reads the histories, on a new session each time. */
  readonly histories: () => Promise<readonly HistoryTable[]>;
  readonly noteIn?: string | undefined;
  readonly signal: AbortSignal;
  readonly report: Report;
}

export interface RunResult extends MigrateOutputs {
  /** Whether any known history table exists: without one, what the tool did is not seen. */
  readonly seen: boolean;
  readonly after: readonly HistoryTable[];
}

/**
 * Lets another tool migrate and tells from the history tables what it applied. Throws a Failure with the tool's last
 * lines where it does not end with 0, or leaves a migration half applied; the outputs say what is in the database.
 */
export async function runMigrationCommand(request: RunRequest): Promise<RunResult> {
  const { report } = request;
  const before = await request.histories();
  const secrets = Object.values(request.env)
    .filter((value) => typeof value !== "string")
    .map(reveal);
  for (const value of Object.values(request.env)) if (typeof value !== "string") report.mask(value);
  const finished = await request.machine.run({
    words: ["sh", "-c", request.command],
    cwd: request.cwd,
    env: request.env,
    noteIn: request.noteIn,
    signal: request.signal,
    onLine: (line) => report.detail(hidingSecrets(line, secrets)),
  });
  const after = await request.histories();
  const { onlySecond, changed } = compareHistories(before, after);
  const unfinished = after.flatMap((table) =>
    table.entries.filter((entry) => entry.state === "failed").map((entry) => `${table.table}: ${entry.version} (${table.tool})`),
  );
  const applied = [...onlySecond, ...changed];
  const outputs = { applied, pending: [], current: currentOf(after) };
  const evidence = tellingLines(outputLines(finished), EVIDENCE_LINES).map((line) => hidingSecrets(line, secrets));
  if (finished.code !== 0) {
    throw new Failure(
      `The migration command failed (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${request.command}`,
      {
        code: "migrate-command-failed",
        outputs,
        evidence,
        hint:
          unfinished.length > 0
            ? `Its history has an unfinished migration: ${unfinished.join(", ")}.`
            : "The lines above are the command's own.",
        state: [
          applied.length === 0
            ? "Its history table says that nothing was applied"
            : `Its history table says that was applied: ${applied.join(", ")}`,
        ],
      },
    );
  }
  if (unfinished.length > 0) {
    throw new Failure(
      `The migration command ended with 0, but left ${plural(unfinished.length, "migration")} unfinished: ${unfinished.join(", ")}.`,
      { code: "migrate-command-failed", outputs, evidence },
    );
  }
  return { ...outputs, seen: after.length > 0, after };
}

function currentOf(histories: readonly HistoryTable[]): string {
  return histories.flatMap((table) => table.entries.findLast((entry) => entry.state === "applied")?.version ?? []).at(-1) ?? "";
}

/** Shorter texts are not hidden: they would blank out all that is said. */
const SHORTEST = 3;

/** Also URL-encoded: tools print the address they were given. Longest first, so that no rest of one remains. */
export function hidingSecrets(line: string, secrets: readonly string[]): string {
  const forms = new Set(
    secrets.flatMap((secret) => [secret, encodeURIComponent(secret), ...passwordsOf(secret)]).filter((form) => form.length >= SHORTEST),
  );
  return [...forms].sort((a, b) => b.length - a.length).reduce((text, form) => text.replaceAll(form, "***"), line);
}

/** The password of a URL, as it stands there and decoded; not one that is a word said in the open beside it. */
function passwordsOf(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [];
  const { username, password, hostname, pathname } = new URL(secret);
  return [username, hostname, pathname.slice(1)].includes(password) ? [] : [password, decodedOr(password)];
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
