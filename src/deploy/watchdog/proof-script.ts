import { inQuotes, quote } from "../../machine/quote.ts";
import type { WatchdogPlan } from "./plan.ts";

/** Each line that the script says of itself begins so. */
export const PROVEN = "proven";

/** What the script calls that is not in every shell. */
const TOOLS = ["sha256sum", "sed", "cut", "tr", "head", "tail", "date", "mv", "ln", "cat", "grep", "git"];

/**
 * What the script is asked before it is armed, by a file `ask`: all that it will need is tried by itself, there, once. Its answer
 * is the file `seen`: the line `proven`, or a line for each thing that is missing. The stamp is taken here, before anything
 * is changed.
 */
export function proofScript({ app, database }: WatchdogPlan): string {
  return `
prove() {
  failing=
  missing() { failing=yes; printf '%s\\n' "$1"; }
  for tool in ${quote(TOOLS)}; do
    command -v "$tool" >/dev/null 2>&1 || missing "there is no program $tool"
  done
  command -v curl >/dev/null 2>&1 || command -v wget >/dev/null 2>&1 || missing 'there is neither curl nor wget, and health could not be asked'
  git -C ${quote([app.folder])} rev-parse HEAD >/dev/null || missing ${inQuotes(`git cannot be asked in ${app.folder}`)}
  tries=0
  until ask; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { missing "the version that runs is not healthy when it asks ($reason)"; break; }
    sleep 1
  done
${
  database === undefined
    ? ""
    : `  if find_outside; then
    copy_is_there || missing 'the copy of the savepoint is not found by psql'
    if stamp_patiently >stamp.new && [ -s stamp.new ]; then mv stamp.new stamp; else missing 'the schema cannot be read by psql'; fi
  else missing 'the database cannot be entered by psql'; fi
`
}  [ -n "$failing" ] || printf '%s\\n' ${PROVEN}
}
answer() {
  mv ask asked
  prove >seen.new
  mv seen.new seen
}
`;
}
