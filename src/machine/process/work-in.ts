import type { Machine } from "../../core/machine.ts";

/** What a person or a git of theirs leaves in a folder while they look around; an app is never that alone. */
const NO_APP = "sh|bash|dash|ash|ksh|zsh|fish|tmux*|screen|vi|vim|nvim|nano|less|more|man|tail|git|ssh|su|sudo";

/**
 * Prints what works in the folder `$1` or below: `node (process 4711)`, a line each. Without the caller and what it was
 * called by: whoever runs us in that folder is not the app.
 */
const WORK_IN = `
here=$(cd "$1" 2>/dev/null && pwd -P) || exit 0
ours=" "; p=$$
while [ -n "$p" ] && [ "$p" -gt 0 ] 2>/dev/null; do
  ours="$ours$p "
  p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status" 2>/dev/null)
done
for entry in /proc/[0-9]*; do
  pid=\${entry#/proc/}
  case $ours in *" $pid "*) continue ;; esac
  folder=$(readlink "$entry/cwd" 2>/dev/null) || continue
  case $folder/ in "$here"/*) ;; *) continue ;; esac
  IFS= read -r name <"$entry/comm" 2>/dev/null || continue
  case $name in ${NO_APP}) continue ;; esac
  grep -q '^State:[^A-Z]*[ZX]' "$entry/status" 2>/dev/null && continue
  # Ended meanwhile: a subshell of ours, most often.
  [ -d "$entry" ] && printf '%s (process %s)\\n' "$name" "$pid"
done
:
`;

/**
 * The processes that work in a folder, by name: of all whose folder the login user may see, that is its own, with root all.
 * Without /proc (macOS) it is empty, as where there is none.
 */
export async function processesIn(machine: Machine, folder: string): Promise<readonly string[]> {
  const { stdout } = await machine.run({ words: ["sh", "-c", WORK_IN, "sh", folder], repeatable: true });
  return stdout.split("\n").filter((line) => line !== "");
}
