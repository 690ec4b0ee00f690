import { inQuotes, quote } from "../../machine/quote.ts";
import { SERVICE_NAMES } from "../../postgres/service-target.ts";
import type { DatabaseEntry } from "./plan.ts";

/**
 * In the service's container: by the user, password and file that its own environment says, read when it is needed. `$1` the
 * database, `$2` the name of the session.
 */
function inside(psql: string): string {
  return `
value() {
  for name do
    eval "said=\\\${$name-}"
    [ -z "$said" ] || { printf '%s' "$said"; return; }
    eval "file=\\\${\${name}_FILE-}"
    [ -z "$file" ] || { cat "$file"; return; }
  done
}
user=$(value ${quote(SERVICE_NAMES.user)})
password=$(value ${quote(SERVICE_NAMES.password)})
unset PGSERVICE PGSERVICEFILE PGHOSTADDR PGREQUIREAUTH PGTARGETSESSIONATTRS PGSSLMODE
export PGHOST=127.0.0.1 PGPORT="\${PGPORT:-\${POSTGRESQL_PORT_NUMBER:-5432}}" PGUSER="\${user:-postgres}" PGDATABASE="$1" PGAPPNAME="$2"
export PGCONNECT_TIMEOUT=10 PGCLIENTENCODING=UTF8 PGOPTIONS=
[ -z "$password" ] || export PGPASSWORD="$password"
exec ${psql}
`;
}

/**
 * POSIX sh function `in_database NAME`: psql in the one running container of a service, found by its labels, with SQL as its input.
 * Its output is the server's answer and nothing else: where there is none, it is empty.
 */
export function dockerExec({ engine, labels }: Extract<DatabaseEntry, { kind: "service" }>, psql: string): string {
  const filters = [...labels, "com.docker.compose.oneoff=False"].flatMap((label) => ["--filter", `label=${label}`]);
  return `in_database() {
  container=$(${quote([...engine, "ps", "--quiet", "--no-trunc", ...filters])}) || return 1
  case $container in
  '' | *[!0-9a-f]*) say 'the service of the database has not one running container' >&2; return 1 ;;
  esac
  ${quote([...engine, "exec", "--interactive"])} "$container" sh -c ${inQuotes(inside(psql))} sh "$1" "$name_of_ours"
}`;
}
