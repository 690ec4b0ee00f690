import { Failure } from "../../core/failure.ts";
import type { Command } from "../../core/machine.ts";
import { reveal, Secret } from "../../core/secret.ts";
import { quote } from "../quote.ts";

/**
 * What `docker exec` is asked to run: a shell that reads a script from standard input up to the line `#MARK`, by the
 * byte as `read` must, so that the rest of the input is the command's own. So secrets are in no argv, and they arrive
 * also where `sudo` drops the environment. `${IFS#??}` is a line break: IFS begins as space, tab, line break.
 */
const ENTER = `savepoint_n=\${IFS#??};savepoint_s=;while IFS= read -r savepoint_l||exit 97;do [ "$savepoint_l" = "#$1" ]&&break;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;unset savepoint_l savepoint_n;eval "$savepoint_s"`;

/** What the script says of itself before the command runs, on standard error, behind the mark. */
export type ContainerStart = "started" | "no-folder" | "not-found";

export function enterWords(mark: string): readonly string[] {
  return ["sh", "-c", ENTER, "sh", mark];
}

/** The script for one command. What follows it is the command's standard input. */
export function enterScript({ words, cwd, env = {} }: Command, mark: string): string {
  const say = (entry: ContainerStart): string => `printf '%s\\n' '${mark} ${entry}' >&2`;
  const lines = [
    "unset CDPATH savepoint_s",
    // All that the command starts inherits it: that is how it is found again.
    `export SAVEPOINT_COMMAND=${mark}`,
    ...(Object.values(env).some((value) => value instanceof Secret) ? ["ulimit -c 0 2>/dev/null"] : []),
    ...Object.entries(env).map(([name, value]) => exported(name, reveal(value))),
    ...(cwd === undefined ? [] : [`${quote(["cd", "--", cwd])} >/dev/null 2>&1 || { ${say("no-folder")}; exit 1; }`]),
    quote(["set", "--", ...words]),
    `command -v "$1" >/dev/null 2>&1 || { ${say("not-found")}; exit 127; }`,
    say("started"),
    'exec "$@"',
    `#${mark}`,
  ];
  return `${lines.join("\n")}\n`;
}

function exported(name: string, value: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new Failure(`${JSON.stringify(name)} cannot be the name of an environment variable in a container.`, { code: "bad-name" });
  return quote(["export", `${name}=${value}`]);
}

/** Reads a line of standard error: what the script said of itself, or undefined where the line is the command's. */
export function parseEntry(line: string, mark: string): ContainerStart | undefined {
  if (!line.startsWith(`${mark} `)) return undefined;
  const said = line.slice(mark.length + 1);
  return said === "started" || said === "no-folder" || said === "not-found" ? said : undefined;
}

/**
 * Ends all that carries the mark `$1` in its environment: SIGTERM, and SIGKILL for what is left after 5 s. False where
 * something of it still lives then. (The end of `docker exec` ends nothing in the container.)
 */
const FINISH_MARKED = `
mark=SAVEPOINT_COMMAND=$1
marked() {
  for file in /proc/[0-9]*/environ; do
    if { tr '\\000' '\\n' <"$file"; } 2>/dev/null | grep -qxF -- "$mark"; then pid=\${file#/proc/}; printf '%s ' "\${pid%/environ}"; fi
  done
}
send() { found=$(marked); [ -z "$found" ] || kill -s "$1" $found 2>/dev/null; }
gone() {
  until=$(($(date +%s) + 6))
  while [ -n "$(marked)" ]; do
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}
send TERM; gone || { send KILL; gone; }
`;

export function finishMarkedWords(mark: string): readonly string[] {
  return ["sh", "-c", FINISH_MARKED, "sh", mark];
}
