import { mayChange, STEPS, stepNames } from "../../journal/steps.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import type { WatchdogPlan } from "./plan.ts";

/** As words of one extended regular expression. */
function anyOf(names: readonly string[]): string {
  return `(${names.join("|")})`;
}

/**
 * What the script reads of the journal: how far the deploy came. It judges as `recover` does (`journal/ledger.ts`), by the lines of the
 * deploy alone: what changed nothing is closed, and what passed its health check is not taken back.
 */
export function journalScript({ deploy, commit, app }: WatchdogPlan): string {
  const changing = stepNames.filter((name) => mayChange(name));
  const gates = stepNames.filter((name) => STEPS[name].gate);
  return String.raw`
# Its steps, as they came: what was written of each, and its name.
steps_of_it() { grep -F -e ${inQuotes(`"deploy":${JSON.stringify(deploy)},`)} "$journal" | sed -n 's/^.*"kind":"step\.\([a-z]*\)","step":"\([a-z-]*\)".*$/\1 \2/p'; }

# Each step says what it will do before it does it. A journal that tells of no step at all was not read.
nothing_was_begun() {
  steps=$(steps_of_it)
  [ -n "$steps" ] || return 1
  ! printf '%s\n' "$steps" | grep -q -E '^started ${anyOf(changing)}$'
}

head_is() { [ "$(git -C ${quote([app.folder])} rev-parse HEAD)" = "$1" ]; }

# Whether its last health check passed, nothing changed after it, and its version is on the host.
passed_its_gate() {
  case $(steps_of_it | grep -E ' ${anyOf([...changing, ...gates])}$' | tail -n 1) in
  ${gates.map((name) => `'done ${name}'`).join(" | ")}) head_is ${inQuotes(commit)} ;;
  *) return 1 ;;
  esac
}
`;
}
