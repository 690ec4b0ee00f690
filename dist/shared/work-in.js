// src/machine/process/work-in.ts
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
  case $name in sh|bash|dash|ash|ksh|zsh|fish|tmux*|screen|vi|vim|nvim|nano|less|more|man|tail|git|ssh|su|sudo) continue ;; esac
  grep -q '^State:[^A-Z]*[ZX]' "$entry/status" 2>/dev/null && continue
  # Ended meanwhile: a subshell of ours, most often.
  [ -d "$entry" ] && printf '%s (process %s)\\n' "$name" "$pid"
done
:
`;
async function processesIn(machine, folder) {
	const { stdout } = await machine.run({
		words: [
			"sh",
			"-c",
			WORK_IN,
			"sh",
			folder
		],
		repeatable: true
	});
	return stdout.split("\n").filter((line) => line !== "");
}
export { processesIn as t };
