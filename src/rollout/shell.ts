import { Failure } from "../core/failure.ts";
import { formatDuration, shortCommit } from "../core/format.ts";
import type { Finished } from "../core/machine.ts";
import type { Ports } from "../core/ports.ts";
import type { Clone } from "../machine/git/clone.ts";
import { IDENTIFY } from "../machine/process/note.ts";
import { quote } from "../machine/quote.ts";
import { ending } from "../machine/succeed.ts";
import { type Act, commandOf } from "./act.ts";

/** After how long a command that ought to return is remarked upon. */
const PATIENCE_MS = 60_000;
const EVIDENCE_LINES = 20;
const TAIL_BYTES = 64 * 1024;

/**
 * Runs `$1` with its output in the file `$2/$3`, which is followed meanwhile. In a file, because what the command starts in
 * the background inherits its output: a pipe would never end, and would break under the app once we are gone.
 */
const RUN = `${IDENTIFY}
since=$(started "$$")
rm -f "$2/$4.last"
(umask 077 && mkdir -p "$2" && rm -f "$2/$3" && : > "$2/$3") || exit 1
tail -n +1 -f "$2/$3" 2>/dev/null &
follow=$!
sh -e -c "$1" </dev/null >>"$2/$3" 2>&1
code=$?
last=$(cat "$2/$4.last" 2>/dev/null)
# Who listens is told from who listened before by this (health/takeover.ts); the starts of one deploy stay together.
if [ -n "$since" ]; then
  { grep "^\${SAVEPOINT_ID:--} " "$2/$4.started" 2>/dev/null; printf '%s %s %s %s %s\n' "\${SAVEPOINT_ID:--}" "$(boot)" "$since" "\${last:--}" "$(started "$last")"; } >"$2/$4.started.new" && mv -f "$2/$4.started.new" "$2/$4.started"
fi
kill "$follow" 2>/dev/null
# What is started next, on the way back, writes over the log of what failed.
if [ "$code" -ne 0 ]; then
  cp -f "$2/$3" "$2/$5" 2>/dev/null
  ls -t "$2/$4".failed-*.log 2>/dev/null | tail -n +11 | while IFS= read -r old; do rm -f "$old"; done
fi
# Its end, for whoever followed and missed it.
tail -c ${TAIL_BYTES} "$2/$3" >&2
exit "$code"
`;

interface ShellText {
  readonly clone: Clone;
  /** What the user calls it: `start-command`. */
  readonly name: string;
  /** The user's own shell text; it stops at its first failing line. */
  readonly text: string;
  /** `start-command of abc1234`. */
  readonly what: string;
  /** The `SAVEPOINT_*` variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A command of the user's, as it is run in `app-dir`. */
export function shellAct({ clone, name, text, what, environment }: ShellText): Act {
  const folder = folderOf(clone);
  return {
    what,
    words: ["sh", "-c", RUN, "sh", `${noteLast(`${folder}/${name}.last`)}${text}`, folder, `${name}.log`, name, keptLog(name, environment)],
    folder: clone.directory,
    variables: environment,
    told: text,
  };
}

function folderOf({ gitDirectory }: Clone): string {
  return `${gitDirectory}/savepoint`;
}

function keptLog(name: string, variables: Act["variables"] = {}): string {
  return `${name}.failed-${shortCommit(String(variables["SAVEPOINT_COMMIT"] ?? "")) || "version"}.log`;
}

export interface ShellRun {
  readonly clone: Clone;
  readonly name: string;
  /** Made by `shellAct`. */
  readonly act: Act;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
  readonly noteIn?: string | undefined;
}

/**
 * Runs a command of the user's in `app-dir`. What it starts in the background goes on; it is waited for alone.
 * Its output stays in the clone's `.git/savepoint/<name>.log`, and where it fails in `<name>.failed-<commit>.log`, of which the
 * newest ten are kept. Throws a Failure of code `command-failed` with the last 20 lines.
 */
export async function runShell(run: ShellRun): Promise<void> {
  const { act, clone, name, ports } = run;
  let shown = 0;
  const show = (line: string): void => {
    shown += 1;
    ports.report.detail(`${name}: ${line}`);
  };
  using _ = remarkWhenSlow(name, ports);
  const finished = await clone.machine.run({
    ...commandOf(act),
    signal: ports.signal,
    onLine: (line, from) => (from === "stdout" ? show(line) : undefined),
    ...(run.noteIn !== undefined && { noteIn: run.noteIn }),
  });
  const { lines, whole } = endOf(finished);
  if (whole) for (const line of lines.slice(shown)) show(line);
  if (finished.code !== 0) throw failed(run, finished, lines, `${folderOf(clone)}/${keptLog(name, act.variables)}`);
  ports.report.say(`${name} done (${formatDuration(finished.durationMs)})`);
}

/** On the text's own first line, so that the shell's line numbers stay its own. A trap of the text's replaces it: then nothing is known. */
function noteLast(file: string): string {
  return `savepoint_last() { set +u; printf '%s' "$!" >${quote([file])}; }; trap savepoint_last EXIT; `;
}

function endOf(finished: Finished): { readonly lines: readonly string[]; readonly whole: boolean } {
  const lines = finished.stderr.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return { lines, whole: Buffer.byteLength(finished.stderr) < TAIL_BYTES };
}

function failed(run: ShellRun, finished: Finished, lines: readonly string[], log: string): Failure {
  const said = lines.filter((line) => line.trim() !== "");
  // By itself the input's name says nothing: every step has commands.
  const name = run.name === "command" ? "The rollout's command" : run.name;
  return new Failure(`${name} failed (${ending(finished)}) in ${run.clone.directory} on ${run.clone.machine.name}.`, {
    evidence: said.slice(-EVIDENCE_LINES),
    hint: `All it said is in ${log} there.`,
    code: "command-failed",
  });
}

function remarkWhenSlow(name: string, ports: ShellRun["ports"]): Disposable {
  const over = new AbortController();
  void ports.clock.sleep(PATIENCE_MS, over.signal).then(
    () =>
      ports.report.notice(
        `${name} has been running for ${formatDuration(PATIENCE_MS)}. If it is the app itself that runs, let it run in the background: \`nohup … &\`, or a service manager.`,
      ),
    () => undefined, // It ended before.
  );
  return { [Symbol.dispose]: () => over.abort() };
}
