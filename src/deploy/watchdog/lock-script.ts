import { inQuotes } from "../../machine/quote.ts";
import { FORMAT } from "../../journal/seal.ts";
import { APPEND, BEAT, LOST, REMOVE, REPLACE } from "../../journal/lock-scripts.ts";
import { WATCHDOG } from "../lock/watchdog-text.ts";
import { FINISH_NOTED } from "../../machine/process/group.ts";
import type { WatchdogPlan } from "./plan.ts";

/** A running step shows that it lives this often. Seconds. */
const BEAT_EVERY = 10;

/** How the script holds the lock, and writes the journal under it. */
export function lockScript({ paths, deploy, holder, id }: WatchdogPlan): string {
  return String.raw`
lock=${inQuotes(paths.lock)} beat=${inQuotes(paths.beat)} journal=${inQuotes(paths.journal)} running=${inQuotes(paths.running)}
deploy=${inQuotes(deploy)} armed_under=${inQuotes(holder.id)} me=${inQuotes(id)}

lock_line() { held=; { IFS= read -r held <"$lock"; } 2>/dev/null; }
ours() { lock_line; case $held in *"\"id\":\"$me\""*) ;; *) return 1 ;; esac; }
# Somebody took over from the watchdog, as from any run that is silent: it does nothing more.
lost() {
  say 'the lock is another run'\''s by now: this ends here'
  exit 3
}

# Takes the lock of whoever had this deploy, with the next number.
claim() {
  from=$(printf '%s\n' "$held" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
  fence=$(printf '%s\n' "$held" | sed -n 's/.*"fence":\([0-9][0-9]*\)[,}].*/\1/p')
  fence=$((fence + 1))
  text="{\"id\":\"$me\",\"fence\":$fence,\"owner\":\"${WATCHDOG}\",\"deploy\":\"$deploy\",\"since\":\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\"}"
  tries=0
  until sh -c ${inQuotes(REPLACE)} sh "$lock" "$from" "$me" "$text"; do
    lock_line
    case $held in *"\"id\":\"$from\""*) ;; *) lost ;; esac
    [ "$tries" -lt 30 ] || { say 'the lock cannot be written'; exit 1; }
    tries=$((tries + 1))
    sleep 1
  done
}

# While the script works it gives signs of life; one that is killed gives none.
beat_once() { sh -c ${inQuotes(BEAT)} sh "$lock" "$beat" "$me" "{\"id\":\"$me\",\"fence\":$fence,\"running\":$1,\"step\":\"rollback\",\"process\":\"\"}"; }
works() {
  kill -0 "$$" 2>/dev/null || return 1
  # The dead whom nobody has buried yet.
  case $(sed 's/.*) //' "/proc/$$/stat" 2>/dev/null) in Z* | X*) return 1 ;; esac
}
keep_beating() {
  beat_once true
  (
    failing=
    while works; do
      pause=0
      while [ "$pause" -lt ${BEAT_EVERY} ]; do
        sleep 1
        works || exit
        pause=$((pause + 1))
      done
      if beat_once true; then failing=
      else
        # The lock is another's: what writes the journal finds that, too.
        [ "$?" -ne ${LOST} ] || exit
        # A full disk, for a moment: said once, and tried again.
        [ -n "$failing" ] || say 'no sign of life could be given; it is tried again'
        failing=yes
      fi
    done
  ) &
  beater=$!
}

# One entry of the journal, sealed as all are; $1 is what it says. Nothing is done that could not be written down.
entries=0
note() {
  text="{\"v\":${FORMAT},\"at\":\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\",\"owner\":\"${WATCHDOG}\",\"fence\":$fence,\"deploy\":\"$deploy\",$1}"
  sum=$(printf '%s' "$text" | sha256sum | cut -c1-16)
  entries=$((entries + 1)) tries=0
  while :; do
    printf '%s\n' "${"$"}{text%?},\"sum\":\"$sum\"}" | sh -c ${inQuotes(APPEND)} sh "$lock" "$me" "$journal" "$me.$entries"
    case $? in
    0) return 0 ;;
    97) lost ;;
    esac
    [ "$tries" -lt 5 ] || { say "the journal cannot be written: $1"; kill "$beater"; exit 1; }
    tries=$((tries + 1))
    sleep 2
  done
}

# What earlier steps left running on the host.
end_jobs() { sh -c ${inQuotes(FINISH_NOTED)} sh "$running" >/dev/null; }

release() {
  kill "$beater" 2>/dev/null
  sh -c ${inQuotes(REMOVE)} sh "$lock" "$me"
}
`;
}
