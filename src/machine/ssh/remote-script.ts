import { Failure } from "../../core/failure.ts";
import type { Command } from "../../core/machine.ts";
import { reveal, Secret } from "../../core/secret.ts";
import { jobTail, MAKE_JOB } from "./job-script.ts";
import { NOTE } from "../process/note.ts";
import { inQuotes, quote } from "../quote.ts";

/**
 * The command line a login shell gets. It is the same for every command but for the boundary, and holds nothing that
 * any shell (fish and csh too) reads in its own way. It reads a script from standard input up to the boundary, by the
 * byte as `read` must, so that the rest of the input is the command's own. So neither words nor secrets are in an argv
 * of ours on the host. `${IFS#??}` is a line break: IFS begins as space, tab, line break.
 */
export function bootstrap(boundary: string): string {
  return `exec sh -c 'savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do case $savepoint_l in "#${boundary}")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"'`;
}

/** What the script says of itself before the command runs, on standard error, behind the boundary. */
export type RemoteStart =
  | {
      readonly state: "started";
      readonly pid: number;
      /** When, as `/proc` tells it; undefined where there is none. */
      readonly start: string | undefined;
    }
  | { readonly state: "no-folder" }
  | { readonly state: "no-note" }
  | { readonly state: "not-found" };

/** What a script does beyond running its command. */
interface Beyond {
  /** The command's standard input, by a pipe within the script; else it is what follows the script. */
  readonly input?: string | undefined;
  /** The folder of a command that outlives a lost connection; it needs a note and an input of its own. */
  readonly job?: string | undefined;
}

/**
 * The shell's own start time, without a process more for each command; see IDENTIFY. The shell's name holds no line break.
 * The `command` it becomes by exec keeps it.
 */
const START_TIME = [
  `savepoint_start=`,
  `{ IFS= read -r savepoint_start </proc/$$/stat; } 2>/dev/null`,
  `set -f; set -- \${savepoint_start##*) }; set +f; savepoint_start=\${20-}`,
];

/** The script for one command, ending with the boundary. */
export function remoteScript(command: Command, boundary: string, { input, job }: Beyond = {}): string {
  const { words, cwd, env = {}, noteIn } = command;
  const said = `savepoint_say "started $$ $savepoint_start"; printf '%s\\n' ${boundary}`;
  const lines = [
    `unset CDPATH savepoint_s`,
    ...START_TIME,
    `savepoint_say() { printf '%s %s\\n' ${boundary} "$1" >&2; }`,
    ...(Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : []),
    ...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
    ...(cwd === undefined
      ? []
      : [`${quote(["cd", "--", cwd.startsWith("/") ? cwd : `./${cwd}`])} >/dev/null 2>&1 || { savepoint_say no-folder; exit 1; }`]),
    quote(["set", "--", ...words]),
    `command -v "$1" >/dev/null 2>&1 || { savepoint_say not-found; exit 1; }`,
    ...(noteIn === undefined ? [] : noted(noteIn, job)),
    ...(job === undefined
      ? [said, input === undefined ? `exec "$@"` : `printf %s ${inQuotes(input)} | { exec "$@"; }`]
      : [
          // In a subshell: where the connection is lost right now, it must not end the job.
          `( trap '' PIPE; ${said} )`,
          ...jobTail(input),
        ]),
    `#${boundary}`,
  ];
  return `${lines.join("\n")}\n`;
}

function noted(noteIn: string, job: string | undefined): readonly string[] {
  const note = `${quote(["note", noteIn])} "$1" 2>/dev/null`;
  if (job === undefined) return [NOTE, `${note} || { savepoint_say no-note; exit 1; }`];
  return [
    NOTE,
    MAKE_JOB,
    `savepoint_job=${inQuotes(job)}`,
    `make_job "$savepoint_job" || { savepoint_say no-note; exit 1; }`,
    `${note} && ${quote(["cp", "--", noteIn])} "$savepoint_job/note" || { rm -rf "$savepoint_job"; savepoint_say no-note; exit 1; }`,
  ];
}

function exported(name: string, value: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable on a host.`, { code: "bad-name" });
  return quote(["export", `${name}=${value}`]);
}

/** Reads the line that the script said. */
export function parseStart(said: string): RemoteStart | undefined {
  const [state, pid, start] = said.trim().split(" ");
  if (state === "started" && /^\d+$/.test(pid ?? "")) return { state, pid: Number(pid), start };
  return state === "no-folder" || state === "no-note" || state === "not-found" ? { state } : undefined;
}
