/** Ours no longer: the script found another holder's id in the lock. */
export const LOST = 97;
/** A symbolic link stands where a file of ours is to be; nothing was read or written through it. */
export const LINKED = 98;
/** A file is there and may not be read. */
export const UNREADABLE = 99;

const LINKS = `for file in "$1" "$2"; do [ ! -L "$file" ] || { printf '%s\\n' "$file" >&2; exit ${LINKED}; }; done`;

/**
 * `$1` the lock, `$2` the beat. Three lines: `held` and the lock's first one, the beat's, and the host's time. A lock that
 * is released while it is read is free.
 */
export const STATUS = `
${LINKS}
state=free lock=
for try in 1 2 3; do
  if lock=$(cat "$1" 2>/dev/null); then state=held; break; fi
  # Gone, or taken anew in between: then it is read again.
  [ -e "$1" ] || break
  [ -r "$1" ] || exit ${UNREADABLE}
done
printf '%s\\n' "$state"
printf '%s\\n' "$lock" | head -n 1
beat=$(cat "$2" 2>/dev/null)
printf '%s\\n' "$beat" | head -n 1
date +%s`;

/**
 * `$1` the lock, `$2` the holder's id, `$3` what is to stand in it, `$4` the beat, `$5` the holder's fence. A hard link is made whole or not at all, and never over
 * an existing name. Done again after a lost connection, it finds the holder's own id and says so. Where nothing can be
 * written (a full disk) or linked, nobody holds it, and it says that. Nobody else knows the id before.
 * Sent over a connection that was lost, it may come when its holder has long released the lock: then it takes nothing. One that
 * comes whole finds the holder's own sign of life, or a later one's; one that was stopped in the middle finds that whoever ended
 * its holder took away what it wanted to link.
 */
export const TAKE = `
[ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit ${LINKED}; }
umask 077
new=$1.$2.take.$$
( set -C; printf '%s\\n' "$3" > "$new" ) || { rm -f "$new"; exit 1; }
beat=$(head -n 1 "$4" 2>/dev/null)
beaten=$(printf '%s\\n' "$beat" | sed -n 's/.*"fence":\\([0-9]\\{1,12\\}\\)[^0-9].*/\\1/p')
late=
case "$beat" in *"\\"id\\":\\"$2\\""*) late=yes;; esac
[ -n "$late" ] || { [ -n "$beaten" ] && [ "$beaten" -gt "$5" ] && late=yes; }
taken=1
[ -n "$late" ] || { ln "$new" "$1" 2>/dev/null; taken=$?; }
if [ $taken -ne 0 ] && [ -z "$late" ] && [ ! -e "$1" ]; then
  # Released in between, or never to be had.
  said=$(ln "$new" "$1" 2>&1)
  taken=$?
  [ $taken -eq 0 ] || [ -e "$1" ] || [ ! -e "$new" ] || { rm -f "$new"; printf '%s\\n' "$said" >&2; exit 1; }
fi
rm -f "$new"
[ $taken -eq 0 ] || case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) taken=0;; esac
[ $taken -eq 0 ] && printf 'taken\\n' || printf 'held\\n'`;

/**
 * `$1` the lock, `$2` the id of the holder whose it is. Only whoever has claimed a holder's lock may remove or replace it, so
 * nobody ever does that to the next one's by mistake. A claim lasts a moment; one that is older than ten seconds (or of a time
 * to come: the clock was set back) was left by a process that died there, and the next try is free again. One that was only
 * stopped for so long finds that the claim is no longer its own.
 */
const CLAIM = `
held "$1" "$2" || exit ${LOST}
claim="$1.$2.claim"
now=$(date +%s)
( set -C; printf '%s\\n' "$now" > "$claim.$$" ) || exit 1
trap 'rm -f "$claim.$$"' EXIT
ln "$claim.$$" "$claim" 2>/dev/null
claimed=$?
claimed() { [ "$claim" -ef "$claim.$$" ]; }
if [ $claimed -ne 0 ]; then
  since=$(cat "$claim" 2>/dev/null)
  [ -n "$since" ] && { [ $((now - since)) -gt 10 ] || [ "$since" -gt "$now" ]; } && rm -f "$claim"
  exit ${LOST}
fi`;

const HELD = `
held() { [ ! -L "$1" ] && case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) return 0;; esac; return 1; }
umask 077`;

/** `$1` the lock, `$2` the id of the holder whose it is. */
export const REMOVE = `${HELD}${CLAIM}
if held "$1" "$2" && claimed; then rm -f "$1.$2.take."*; rm -f "$1"; removed=$?; else removed=${LOST}; fi
claimed && rm -f "$claim"
exit $removed`;

/**
 * `$1` the lock, `$2` the id of the holder whose it is, `$3` the next one's, `$4` what is to stand in it. In one move: were the
 * lock free for a moment, whoever took it then would not know that a step did not end. Done again after a lost connection,
 * it finds the next one's id and says so.
 */
export const REPLACE = `${HELD}
held "$1" "$3" && exit 0${CLAIM}
new=$1.$3.$$
if held "$1" "$2"; then
  rm -f "$1.$2.take."*
  ( set -C; printf '%s\\n' "$4" > "$new" ) && { ! claimed || mv -f "$new" "$1"; }
  replaced=$?
  rm -f "$new"
  claimed || replaced=${LOST}
else replaced=${LOST}; fi
claimed && rm -f "$claim"
exit $replaced`;

/** `$1` the lock, `$2` the beat, `$3` the holder's id, `$4` what it says. What stands at the beat's name is replaced, not written through. */
export const BEAT = `
[ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit ${LINKED}; }
umask 077
new=$2.$3.$$ held=
trap 'rm -f "$new"' EXIT
now=$(date +%s)
set -C
printf '%s %s\\n' "$now" "$4" > "$new" || exit 1
{ IFS= read -r held < "$1"; } 2>/dev/null
case "$held" in *"\\"id\\":\\"$3\\""*) ;; *) exit ${LOST};; esac
mv -f "$new" "$2" || exit 1
trap - EXIT`;

/**
 * `$1` the lock, `$2` the holder's id or nothing, `$3` the journal, `$4` a word that nobody else knows; the line is its
 * input. It comes whole or nothing is written; done again after a lost connection, it finds the line and leaves it alone.
 * The first try may still be at work then: one after the other looks for the line and adds it. A claim whose process is
 * gone, or that is ten seconds old, holds nobody up.
 * It goes through a file, so that it is added in one piece, whoever else writes. The lock is looked at once all of it has
 * come, and nothing is waited for any more: whoever sends it may have been stopped for hours in the middle.
 * A deploy writes about fifteen of these: what the shell can do itself starts no process.
 */
export const APPEND = `
umask 077
new=$3.$4.$$ claim=$3.$4.claim claimed= tries=0 held=
trap 'rm -f "$new" \${claimed:+"$claim"}' EXIT
IFS= read -r line || exit 1
[ ! -L "$3" ] || { printf '%s\\n' "$3" >&2; exit ${LINKED}; }
set -C
printf '%s\\n' "$line" > "$new" || exit 1
until { printf '%s\\n' "$$" > "$claim"; } 2>/dev/null; do
  [ $tries -lt 12 ] || exit 1
  tries=$((tries + 1)) first=
  { IFS= read -r first < "$claim"; } 2>/dev/null
  if [ $tries -gt 10 ] || { [ -n "$first" ] && ! kill -0 "$first" 2>/dev/null; }; then rm -f "$claim"; else sleep 1; fi
done
claimed=yes
# Behind the mark it shows whether the last line has an end. One that has none may still be on its way: it is looked at again.
ended() { case "$last" in x | *"
x") return 0;; esac; return 1; }
last=$(tail -n 50 "$3" 2>/dev/null; echo x)
ended || { sleep 1; last=$(tail -n 50 "$3" 2>/dev/null; echo x); }
if [ -n "$2" ]; then
  [ ! -L "$1" ] || { printf '%s\\n' "$1" >&2; exit ${LINKED}; }
  { IFS= read -r held < "$1"; } 2>/dev/null
  case "$held" in *"\\"id\\":\\"$2\\""*) ;; *) exit ${LOST};; esac
fi
ended || {
  printf '\\n' >> "$3" || exit 1
  # The line may be this one, written but for its end.
  last="\${last%x}
x"
}
case "
$last" in *"
$line
"*) ;; *) cat "$new" >> "$3" || exit 1;; esac
trap - EXIT
rm -f "$new" "$claim"
sync "$3" 2>/dev/null || sync`;
