import { Failure } from "../../core/failure.ts";
import type { Finished, Machine } from "../../core/machine.ts";
import { LOOK_AGAIN } from "../guarded.ts";
import { ending, lastLines } from "../succeed.ts";

/** Exit codes by which a script says what stood in its way, found by looking and not by reading messages. */
const REASONS = {
  81: "missing",
  82: "not-permitted",
  83: "read-only",
  84: "disk-full",
  85: "is-directory",
  86: "not-directory",
  87: "refused-path",
  88: "no-folder",
} as const;

type Reason = (typeof REASONS)[keyof typeof REASONS];

/** The functions that all scripts share. They run in dash, busybox and every other POSIX shell. */
const COMMON = `
LC_ALL=C; export LC_ALL
# Leaves unless $1 can be looked up; ends with "missing" only where that is certain.
present() {
  [ -e "$1" ] && return 0
  savepoint_up=$(parent "$1")
  while [ ! -e "$savepoint_up" ]; do savepoint_up=$(parent "$savepoint_up"); done
  if [ -d "$savepoint_up" ] && [ ! -x "$savepoint_up" ]; then exit 82; fi
  exit 81
}
# The folder a path is in. A trailing x keeps line breaks at the end of names; the caller's own are lost only with it.
parent() {
  savepoint_parent=\${1%/*}
  case $1 in */*) ;; *) savepoint_parent=. ;; esac
  printf '%s' "\${savepoint_parent:-/}"
}
kilobytes() { df -Pk "$1" 2>/dev/null | sed -n '2,$s/.* \\([0-9][0-9]*\\)  *[0-9-][0-9]*% .*/\\1/p'; }
# Says why nothing can be written in the folder $1, and leaves.
blame() {
  (present "$1") || { [ $? -eq 82 ] && exit 82; exit 88; }
  [ -d "$1" ] || exit 86
  savepoint_free=$(kilobytes "$1")
  if [ "\${savepoint_free:-99}" -lt 16 ]; then exit 84; fi
  if df -Pi "$1" 2>/dev/null | grep -q ' 100% '; then exit 84; fi
  savepoint_mount=$(df -Pk "$1" 2>/dev/null | sed -n '2,$s/.*[0-9]% *//p')
  if awk -v mount="$savepoint_mount" '$2 == mount { options = $4 } END { exit options !~ /^ro(,|$)/ }' /proc/mounts 2>/dev/null; then exit 83; fi
  if [ ! -w "$1" ] || [ ! -x "$1" ]; then exit 82; fi
  exit 1
}
# Makes what was written durable. A sync that cannot open a folder, or knows no names, syncs all there is.
settle() { sync "$1" 2>/dev/null || sync; }
`;

/** One script for each function of files.ts; \`$1\` is the path. */
export const FileScript = {
  read: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
cat "$1"`,

  write: `folder=$(parent "$1"; printf x); folder=\${folder%x}
[ -d "$1" ] && exit 85
# Nobody can guess the name, and what stands there nevertheless is not written through.
temp=$folder/.savepoint-$4-$$.partial
umask 077
trap 'rm -f "$temp"' EXIT
trap 'exit 1' HUP INT TERM
# Counted: where the connection is lost in the middle, the input just ends, and looks whole.
if ( set -C; cat >"$temp" ) && [ "$(($(wc -c <"$temp")))" -eq "$3" ] && sync "$temp" && chmod "$2" "$temp" && ${LOOK_AGAIN} && mv -f "$temp" "$1"; then settle "$folder"; exit 0; fi
blame "$folder"`,

  exists: `[ -L "$1" ] || present "$1"`,

  makeDirectory: `[ -d "$1" ] && exit 0
[ -e "$1" ] && exit 86
umask 077
# The parents too are private: they are made for this.
if mkdir -p "$1" && chmod "$2" "$1"; then settle "$(parent "$1")"; exit 0; fi
up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
blame "$up"`,

  list: `[ -L "$1" ] || present "$1"
[ -d "$1" ] || exit 86
[ -r "$1" ] && [ -x "$1" ] || exit 82
cd "$1" || exit 82
# A pattern that nothing matches stays as it is; it comes first.
there() { [ -e "$1" ] || [ -L "$1" ] || [ "$1" != "$2" ]; }
set -- ./..?*; there "$1" './..?*' || shift
set -- ./.[!.]* "$@"; there "$1" './.[!.]*' || shift
set -- ./* "$@"; there "$1" './*' || shift
whole=yes
for name do [ -e "$name" ] || whole=; done
# To take names out of so many costs their square: only where one leads nowhere, or vanished.
if [ -z "$whole" ]; then
  for name do
    shift
    if [ -e "$name" ]; then set -- "$@" "$name"
    elif [ -L "$name" ]; then printf 'l\\000%s\\000' "\${name#./}"
    fi
  done
fi
for name do
  if [ -f "$name" ]; then kind=f; elif [ -d "$name" ]; then kind=d; else kind=o; fi
  printf '%s\\000%s\\000' "$kind" "\${name#./}"
done
printf 'end\\000'
[ $# -gt 0 ] || exit 0
about() { stat -L -c '%s %Y' "$@" 2>/dev/null || stat -L -f '%z %m' "$@" 2>/dev/null; }
# One that vanished in between would shift all others: then one by one.
if lines=$(about "$@"); then printf '%s\\n' "$lines"; exit 0; fi
for name do about "$name" || echo '0 0'; done`,

  remove: `for place in "\${HOME:-/}" "$(cd 2>/dev/null && pwd -P)"; do
  case \${place%/}/ in "$1"/*) exit 87 ;; esac
done
[ -L "$1" ] || [ -e "$1" ] || { (present "$1"); [ $? -eq 82 ] && exit 82; exit 0; }
rm -rf "$1" && exit 0
blame "$(parent "$1")"`,

  rename: `[ -L "$1" ] || present "$1"
[ -d "$2" ] && exit 85
if mv -f "$1" "$2"; then
  settle "$(parent "$2")"
  [ "$(parent "$1")" = "$(parent "$2")" ] || settle "$(parent "$1")"
  exit 0
fi
(blame "$(parent "$2")"); why=$?
[ "$why" -eq 1 ] || exit "$why"
blame "$(parent "$1")"`,

  free: `up=$1
while [ ! -e "$up" ]; do up=$(parent "$up"; printf x); up=\${up%x}; done
kilobytes "$up"`,

  size: `present "$1"
[ -d "$1" ] && exit 85
stat -L -c %s "$1" 2>/dev/null || stat -L -f %z "$1" 2>/dev/null || wc -c <"$1"`,

  sha256: `present "$1"
[ -d "$1" ] && exit 85
[ -r "$1" ] || exit 82
# From standard input: names with odd characters would change the output.
# OpenSSL uses what the processor has for it, and is some four times faster.
openssl dgst -sha256 -r <"$1" 2>/dev/null && exit 0
if command -v sha256sum >/dev/null; then sha256sum <"$1"
else shasum -a 256 <"$1"
fi`,

  home: `[ -n "$HOME" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
[ -n "$HOME" ] || exit 81
printf '%s' "$HOME"`,

  here: `pwd -P | { IFS= read -r folder; printf '%s' "$folder"; }`,
} as const;

interface ScriptOptions {
  readonly stdin?: string;
  /** Reasons that are an answer and not a failure. */
  readonly allowed?: readonly Reason[];
  /** Keep all of the output, however long. */
  readonly all?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** See `Command.repeatable`. */
  readonly repeatable?: true | undefined;
}

/** Runs one of the scripts; `words` begin with the path. Throws a Failure that names the path and what stood in the way. */
export async function inScript(
  machine: Machine,
  script: string,
  words: readonly string[],
  options: ScriptOptions = {},
): Promise<{ code: "ok" | Reason; stdout: string }> {
  const finished = await machine.run({
    words: ["sh", "-c", `${COMMON}${script}`, "sh", ...words],
    stdin: options.stdin,
    whole: options.all,
    signal: options.signal,
    repeatable: options.repeatable,
  });
  const { stdout } = finished;
  if (finished.code === 0) return { code: "ok", stdout };
  const reason = REASONS[finished.code as keyof typeof REASONS] as Reason | undefined;
  if (reason !== undefined && options.allowed?.includes(reason)) return { code: reason, stdout };
  throw failureOf(machine, words[0] ?? "", reason, finished);
}

function failureOf(machine: Machine, path: string, reason: Reason | undefined, finished: Finished): Failure {
  const where = machine.local ? path : `${path} on ${machine.name}`;
  const evidence = lastLines(finished);
  switch (reason) {
    case "missing":
      return new Failure(`${where} does not exist.`, { code: "missing", evidence });
    case "no-folder":
      return new Failure(`The folder of ${where} does not exist.`, { code: "no-folder", evidence });
    case "not-permitted":
      return new Failure(`${machine.login} may not use ${where}.`, {
        code: "not-permitted",
        evidence,
        hint: "Check the owner and the mode of it and of the folders above it.",
      });
    case "read-only":
      return new Failure(`${where} is on a read-only file system.`, { code: "read-only", evidence });
    case "disk-full":
      return new Failure(`There is no room left on the disk for ${where}.`, {
        code: "disk-full",
        evidence,
        hint: `See what fills it: df -h, df -i.`,
      });
    case "is-directory":
      return new Failure(`${where}: a folder stands in the way.`, { code: "is-directory", evidence });
    case "not-directory":
      return new Failure(`${where} is not in a folder, or is none itself.`, { code: "not-directory", evidence });
    case "refused-path":
      return new Failure(`${where} is not removed: the home folder is in it.`, { code: "refused-path", exit: 2 });
    default:
      return new Failure(`${where} cannot be used (${ending(finished)}).`, { code: "tool-failed", evidence });
  }
}
