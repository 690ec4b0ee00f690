import { shortCommit } from "../../core/format.ts";
import { inQuotes } from "../../machine/quote.ts";
import type { WatchdogPlan } from "./plan.ts";

/** The pause between two looks. Seconds. */
const TICK = 2;
/** A look that comes later than this was not late: the machine slept, or its clock was set. Seconds. */
const JUMP = 15;
/** What a run has after that to be heard of: one beat more, once in a silence. Seconds. */
const GRACE = 20;
/** One who was never armed, as his run died before that, goes. Seconds. */
const UNARMED = 600;

/** How the script waits, and the fence: one rename, which either it or the run wins. */
export function waitScript({ silentSeconds, deploy, commit }: WatchdogPlan): string {
  const [of, kind] = [`"deploy":${JSON.stringify(deploy)},`, '"kind":"deploy.closed",'];
  return `
# By the time that passes while it looks; the clock may be set meanwhile, and the machine may sleep.
wait_for_silence() {
  printf '%s\\n' "$$" >pid
  quiet=0 unarmed=0 last='' told='' graced='' before=$(date +%s)
  while [ "$quiet" -lt ${silentSeconds} ] || waits_on; do
    if [ -e proving ]; then sleep 1; else sleep ${TICK}; fi
    time=$(date +%s) passed=$((time - before)) before=$time
    if [ "$passed" -lt 0 ] || [ "$passed" -gt ${JUMP} ]; then
      passed=${TICK}
      [ -n "$graced" ] || [ "$quiet" -le ${silentSeconds - GRACE} ] || graced=yes quiet=${Math.max(0, silentSeconds - GRACE)}
    fi
    if [ -e proving ]; then
      [ ! -e ask ] || answer
      unarmed=$((unarmed + passed)) quiet=0
      [ "$unarmed" -lt ${UNARMED} ] || exit 0
      before=$(date +%s)
      continue
    fi
    [ -e armed ] || { say 'not needed any more'; exit 0; }
    now=$(cat "$beat" 2>/dev/null)
    if [ "$now" != "$last" ]; then last=$now quiet=0 graced=''; else quiet=$((quiet + passed)); fi
  done
}

# It goes where the lock is another deploy's, or somebody ended this one.
still_ours() {
  lock_line
  case $held in
  *"\\"id\\":\\"$armed_under\\""* | *"\\"deploy\\":\\"$deploy\\""*) ;;
  *) say 'the lock is not that of this deploy any more'; exit 0 ;;
  esac
  # Whoever ended it may not have known of a watchdog. What a run writes names the deploy first.
  if grep -q -F -e ${inQuotes(of + kind)} -e ${inQuotes(kind + of)} "$journal"; then say 'this deploy is over'; exit 0; fi
}

# What passed its health check, and is on the host, is not taken back: only its confirmation is missing, and that is not the watchdog's.
# What was left so once is not taken back hours later, as somebody checks something out there: its rows would stay behind.
waits_on() {
  still_ours
  passed_its_gate || return 1
  [ -n "$told" ] || ! another_is_there || return 1
  [ -n "$told" ] || say 'the health check of ${shortCommit(commit)} passed: it is not taken back, and waits for its run or \`recover\`'
  told=yes quiet=0
}

# The lock must be this deploy's still, and nobody has confirmed it: then it is the watchdog's.
fire() {
  still_ours
  mv armed fired 2>/dev/null || { say 'confirmed just now'; exit 0; }
  say 'fired'
  claim
}
`;
}
