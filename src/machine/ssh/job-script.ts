import { IDENTIFY } from "../process/note.ts";
import { FINISH } from "../process/group.ts";
import { inQuotes } from "../quote.ts";

/**
 * The end of a job's script, behind its note. The shell stays as the leader of the group: it keeps nothing of the session
 * open, so a lost connection does not touch it; output goes into files beside the note, and last the exit code.
 * `$savepoint_job` is the job's folder.
 */
export function jobTail(input: string | undefined): readonly string[] {
  const run = input === undefined ? `( exec "$@" )` : `printf %s ${inQuotes(input)} | ( exec "$@" )`;
  return [
    `exec </dev/null >/dev/null 2>&1`,
    `${run} >>"$savepoint_job/out" 2>>"$savepoint_job/err"`,
    `savepoint_code=$?`,
    `echo "$savepoint_code" >"$savepoint_job/exit.new" && mv -f "$savepoint_job/exit.new" "$savepoint_job/exit"`,
    `exit "$savepoint_code"`,
  ];
}

/**
 * Makes the folder of the job `$1` and its files. Whoever makes the folder decides: the job, which then runs, or the one
 * who looks for it after a lost connection, and then it never does.
 */
export const MAKE_JOB = `
make_job() {
  mkdir -m 700 "$1" 2>/dev/null || return 1
  ( umask 077; : >"$1/out" && : >"$1/err" ) 2>/dev/null
}
`;

/** Whether the job `$1` began; where it did not, it cannot any more. */
export const FORESTALL = `
if mkdir -m 700 "$1" 2>/dev/null; then : >"$1/never"; fi
[ ! -e "$1/never" ] || echo never
`;

/**
 * What became of the job `$1`, on the first line, and then its output from the byte `$2` on, its standard error from
 * `$3` on, at most `$4` bytes of each. The end is looked up before the output, so that with it all of it is there.
 */
export const FOLLOW = `${IDENTIFY}
alive() {
  { IFS= read -r pid && IFS= read -r start && IFS= read -r boot; } <note || return 1
  [ "$boot" = "$(boot)" ] && [ "$(started "$pid")" = "$start" ] || return 1
  case $(cat "/proc/$pid/stat" 2>/dev/null) in *') Z '*|*') X '*) return 1 ;; esac
}
cd "$1" 2>/dev/null || { echo gone; exit 0; }
if [ ! -f exit ] && [ ! -f note ]; then echo starting; exit 0; fi
if [ ! -f exit ] && alive; then echo running
elif [ -f exit ]; then echo "ended $(cat exit)"
else echo dead
fi
tail -c "+$2" out 2>/dev/null | head -c "$4"
tail -c "+$3" err 2>/dev/null | head -c "$4" >&2
exit 0
`;

/** Ends the job `$1` where it still runs; where it did not begin, it cannot any more. */
export const END_JOB = `${FINISH}
if mkdir -m 700 "$1" 2>/dev/null; then : >"$1/never"; fi
cd "$1" || exit 1
turns=50
while [ ! -f note ]; do
  [ ! -e never ] || exit 0
  [ "$turns" -gt 0 ] || exit 1
  sleep 0.1 2>/dev/null || sleep 1; turns=$((turns - 1))
done
{ IFS= read -r pid && IFS= read -r start && IFS= read -r boot; } <note || exit 1
[ "$boot" = "$(boot)" ] && [ "$(started "$pid")" = "$start" ] || exit 0
finish "$pid" "$start"
`;
