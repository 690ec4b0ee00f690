import { IDENTIFY } from "./note.ts";

/**
 * POSIX sh function `finish PID [START]`: ends the process group that PID leads. SIGTERM, and SIGKILL for what is left after 5 s.
 * False where something of it still lives then. With its start time (as IDENTIFY tells it), a later process that was given the
 * number is left alone: while anything of the group lives, the number is given to nobody.
 */
export const FINISH = `${IDENTIFY}
# The dead whom nobody has buried yet do not count: in some containers nobody ever does.
lives() {
  if [ -n "$savepoint_since" ]; then
    savepoint_now=$(started "$1")
    [ -z "$savepoint_now" ] || [ "$savepoint_now" = "$savepoint_since" ] || return 1
  fi
  if [ -d /proc/self ]; then
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\\([0-9][0-9]*\\) .*) /\\1 /' |
      awk -v group="$1" '($1 == group || $4 == group) && $2 !~ /^[ZX]/ { found = 1 } END { exit !found }'
  else kill -0 "-$1" 2>/dev/null || kill -0 "$1" 2>/dev/null
  fi
}
# What runs under sudo is ended under sudo, where that asks for no password.
send() {
  kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null || { lives "$2" && sudo -n sh -c 'kill "-$1" "-$2"' sh "$1" "$2" 2>/dev/null; }
}
# Hundredths of a second since the machine began, where it tells them.
clock() { savepoint_clock=0; IFS='. ' read -r savepoint_whole savepoint_part savepoint_rest 2>/dev/null </proc/uptime && savepoint_clock=$savepoint_whole$savepoint_part; }
# Turns are tenths of a second, or whole ones where sleep knows no fractions. On a busy machine each takes twice that and more.
gone() {
  clock; savepoint_turns=50 savepoint_until=$((savepoint_clock + 500))
  while lives "$1"; do
    clock
    [ "$savepoint_turns" -gt 0 ] && [ "$savepoint_clock" -lt "$savepoint_until" ] || return 1
    if sleep 0.1 2>/dev/null; then savepoint_turns=$((savepoint_turns - 1)); else sleep 1; savepoint_turns=$((savepoint_turns - 10)); fi
  done
}
finish() { savepoint_since=$2; lives "$1" || return 0; send TERM "$1"; gone "$1" || { send KILL "$1"; gone "$1"; }; }
`;

/** The command line of a script that ends one group; `start` is its leader's start time, where that is known. */
export function finishWords(leader: number, start?: string): readonly string[] {
  return ["sh", "-c", `${FINISH}finish "$1" "$2"`, "sh", String(leader), start ?? ""];
}

/** Reads the notes of a folder, ends what still runs, and removes the notes of what is gone. `same` tells a process from a later one. */
export const FINISH_NOTED = `${FINISH}
cd "$1" 2>/dev/null || exit 0
here=$(boot)
failed=0
for file in ./* ./.[!.]*; do
  [ -f "$file" ] || continue
  { IFS= read -r pid && IFS= read -r start && IFS= read -r boot && IFS= read -r program; } <"$file" || continue
  case $pid in ''|*[!0-9]*) continue ;; esac
  savepoint_since=$start
  if [ "$boot" = "$here" ] && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ] && lives "$pid"; then
    if finish "$pid" "$start"; then printf 'ended %s (process %s)\\000' "$program" "$pid"
    else printf 'alive %s (process %s)\\000' "$program" "$pid"; failed=1; continue
    fi
  fi
  rm -rf "$file" "$file".job-*
done
# Of jobs whose note is gone, and of those that were kept from beginning.
for job in ./*.job-*; do
  if [ -e "$job/never" ] || { [ -e "$job/note" ] && [ ! -e "\${job%.job-*}" ]; }; then rm -rf "$job"; fi
done
exit "$failed"
`;
