/**
 * POSIX sh functions that tell a process from a later one with the same number.
 * `started PID` prints its start time (clock ticks from /proc, or what ps says), nothing where there is no such process;
 * `boot` prints what changes with each start of the machine.
 */
export const IDENTIFY = `
started() {
  savepoint_stat=$(cat "/proc/$1/stat" 2>/dev/null)
  if [ -n "$savepoint_stat" ]; then
    # Behind the name, which may hold anything: the 22nd field of all is the 20th of these.
    set -f; set -- \${savepoint_stat##*) }; set +f
    printf '%s\\n' "\${20}"
  elif [ ! -d /proc/self ]; then LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null
  fi
}
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null; }
`;

/**
 * POSIX sh function `note FILE PROGRAM`: writes the shell's own process, which leads its group and which the command
 * then replaces by exec, into the file. `leftovers.ts` reads it. Four lines: process, start time, boot, program.
 */
export const NOTE = `${IDENTIFY}
note() {
  { printf '%s\\n' "$$" "$(started "$$")" "$(boot)"; printf '%s\\n' "$(printf '%s' "$2" | tr '\\n' ' ')"; } >"$1.new" && mv -f "$1.new" "$1"
}
`;
