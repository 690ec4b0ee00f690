import { COMMIT_LABEL } from "../../machine/container/compose.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import type { HealthAsked, ServiceAsked } from "./plan.ts";

/** How long one request may take. Seconds. */
const REQUEST_SECONDS = 10;

/** What asks the app by curl or wget, and its service's containers by the engine's client: `ask` once, `wait_until_healthy` until it passed so often in a row or the time is up. */
export function healthScript(health: HealthAsked, commit: string): string {
  const { url, status, contains, timeoutSeconds, successes } = health;
  const ranges = status.map(({ from, to }) => `{ [ "$status" -ge ${from} ] && [ "$status" -le ${to} ]; }`).join(" || ");
  return String.raw`
url=${inQuotes(url)} expected=${inQuotes(commit)}
# The status and, in the file body, what was answered.
fetch() {
  : >body
  if command -v curl >/dev/null 2>&1; then
    status=$(curl --globoff --silent --show-error --max-time ${REQUEST_SECONDS} --output body --write-out '%{http_code}' "$url")
  else
    # Not all that are called so take more options: some end at a time limit of their own.
    within ${REQUEST_SECONDS} wget -q -S -O body "$url" 2>headers
    status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' headers | head -n 1)
  fi
  case $status in [1-5][0-9][0-9]) ;; *) status=000 ;; esac
}
${saysVersion(health)}
${serviceFunction(health.service)}
ask() {
  service_is_up || return 1
  fetch
  if ! { ${ranges}; }; then
    reason="HTTP $status"
    [ "$status" != 000 ] || reason='no answer'
    return 1
  fi
  ${contains === undefined ? "" : `grep -q -F -e ${inQuotes(contains)} body || { reason='the body does not contain what it should'; return 1; }`}
  ${versionCheck(health)}
}
wait_until_healthy() {
  begun=$(date +%s) passed=0 waited=0
  while :; do
    if ask; then
      passed=$((passed + 1)) reason='it did not pass ${successes} times in a row in time'
      [ "$passed" -lt ${successes} ] || return 0
    else passed=0; fi
    # By the clock, or where that was set back by the pauses.
    now=$(date +%s) waited=$((waited + 1))
    [ "$waited" -lt ${timeoutSeconds} ] && [ "$((now - begun))" -lt ${timeoutSeconds} ] || return 1
    sleep 1
  done
}
`;
}

/** Of each container: how it is, how healthy, how often it was restarted, of which commit. */
const TOLD = `{{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{end}}/{{.RestartCount}}/{{index .Config.Labels "${COMMIT_LABEL}"}}`;

/** `service_is_up`: as \`service\` is judged by a deploy, except that a loop of restarts is waited out. */
function serviceFunction(service: ServiceAsked | undefined): string {
  if (service === undefined) return "service_is_up() { :; }";
  const { engine, labels, ofCommit } = service;
  const filters = [...labels, "com.docker.compose.oneoff=False"].flatMap((label) => ["--filter", `label=${label}`]);
  const otherCommit = `'' | "$expected") ;;
    *) reason='the container of the service is of another version'; return 1 ;;`;
  return String.raw`
known_ids='' known_restarts=''
service_is_up() {
  ids=$(${quote([...engine, "ps", "--all", "--quiet", "--no-trunc", ...filters])}) || { reason='the containers cannot be asked'; return 1; }
  [ -n "$ids" ] || { reason='the service has no container'; return 1; }
  restarts=''
  for id in $ids; do
    told=$(${quote([...engine, "inspect", "--type", "container", "--format", TOLD])} "$id") || { reason='the containers cannot be asked'; return 1; }
    IFS=/ read -r its_state its_health its_restarts its_commit <<END
$told
END
    restarts="$restarts $its_restarts"
    [ "$its_state" = running ] || { reason="the container of the service is $its_state"; return 1; }
    case $its_health in '' | none | healthy) ;; *) reason="the container of the service is $its_health"; return 1 ;; esac
    case $its_commit in
    ${ofCommit ? otherCommit : "*) ;;"}
    esac
  done
  # One that was restarted since the last look is not up for good.
  if [ "$ids" = "$known_ids" ] && [ "$restarts" != "$known_restarts" ]; then
    known_restarts=$restarts reason='the container of the service was restarted'
    return 1
  fi
  known_ids=$ids known_restarts=$restarts
}`;
}

/** \`says_version\`, where it is needed: the commit, and the other names it goes by. */
function saysVersion({ version }: HealthAsked): string {
  if (version === undefined || !("names" in version)) return "";
  const { names } = version;
  const same = (name: string): string => [name, `v${name}`, name.replace(/^v(?=\d)/, "")].map((one) => inQuotes(one)).join(" | ");
  const byName = names.map((name) => `    case $word in ${same(name)}) return 0 ;; esac`).join("\n");
  return String.raw`
# Whether one of the words that come in is the version: 7 or more digits of the commit, or another name of it.
says_version() {
  while IFS= read -r word || [ -n "$word" ]; do
    word=${"$"}{word%.}
${byName}
    case $word in *+*) word=${"$"}{word##*+} ;; *-g*) word=${"$"}{word##*-g} ;; esac
    [ "${"$"}{#word}" -ge 7 ] || continue
    case $expected in "$word"*) return 0 ;; esac
  done
  return 1
}`;
}

function versionCheck({ version }: HealthAsked): string {
  if (version === undefined) return "";
  const failing = "{ reason='another version answers'; return 1; }";
  if ("text" in version) return `grep -q -F -e ${inQuotes(version.text)} body || ${failing}`;
  if (version.key === undefined) return `tr -c '[:alnum:]_.+/-' '\\n' <body | says_version || ${failing}`;
  const value = `s/.*"${version.key}"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p`;
  return `tr ',{}' '\\n\\n\\n' <body | sed -n ${inQuotes(value)} | says_version || ${failing}`;
}
