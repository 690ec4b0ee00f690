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
# Its steps, as they came: what was written of each, and its name. Zero bytes, which a loss of power leaves behind, make no line of it.
steps_of_it() { tr -d '\000' <"$journal" | LC_ALL=C grep -F -e ${inQuotes(`"deploy":${JSON.stringify(deploy)},`)} | LC_ALL=C sed -n 's/^.*"kind":"step\.\([a-z]*\)","step":"\([a-z-]*\)".*$/\1 \2/p'; }

# Each step says what it will do before it does it. A journal that tells of no step at all was not read.
nothing_was_begun() {
  steps=$(steps_of_it)
  [ -n "$steps" ] || return 1
  ! printf '%s\n' "$steps" | grep -q -E '^started ${anyOf(changing)}$'
}

checked_out() { git -C ${quote([app.folder])} rev-parse HEAD; }
head_is() { [ "$(checked_out)" = "$1" ]; }
# That git cannot be asked is no other version.
another_is_there() { there=$(checked_out) && [ "$there" != ${inQuotes(commit)} ]; }

# Whether its last health check passed, and nothing changed after it.
passed_its_gate() {
  case $(steps_of_it | grep -E ' ${anyOf([...changing, ...gates])}$' | tail -n 1) in
  ${gates.map((name) => `'done ${name}'`).join(" | ")}) ;;
  *) return 1 ;;
  esac
}
`;
}
