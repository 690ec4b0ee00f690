import { factWord, jsonVariable, variable } from "./fact.ts";
import { dockerExec } from "./service-entry.ts";
import { stampSql } from "../../postgres/stamp.ts";
import { endOursSql, evictSql, leftOfOursSql, swapSql } from "./swap-sql.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { literal } from "../../postgres/literal.ts";
import { replacedName } from "../../postgres/replaced.ts";
import type { DatabaseBack } from "./plan.ts";

/** The stand-in for digits of the time at which it fires. */
const EPOCH = new Date("2000-01-01T00:00:00Z");
const DIGITS = 14;

/** A swap that is held up is tried again: so often, as a rollback does. */
const ATTEMPTS = 4;

/** What role and database say of limits is for others; whoever holds a lock gets this long to let it go. */
const PATIENT = "SET lock_timeout = '30s'; SET statement_timeout = '10min'; SET default_transaction_read_only = on;";

/** Classes of errors in which nothing is wrong with what lies in the database, as `back/live-look.ts` has them; and locks that others hold. */
const NOT_THE_DATABASES = "08* | 28* | 3D* | 40* | 53* | 55P03 | 57*";

/** psql, with the SQL as its input: `in_database NAME`. Nothing of its own settings counts, and no password is asked for. */
function entering({ entry }: DatabaseBack): string {
  const psql = "psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set VERBOSITY=verbose --file=-";
  if (entry.kind === "service") return dockerExec(entry, psql);
  const exports = Object.entries(entry.variables).map(([name, value]) => `  export ${name}=${inQuotes(value)}`);
  return `in_database() (
${exports.join("\n")}
  export PGDATABASE="$1" PGAPPNAME="$name_of_ours"
  exec ${psql}
)`;
}

/** What the script does with the database. */
export function databaseScript(database: DatabaseBack): string {
  const { name, copy, outside, savepoint, mark } = database;
  const replaced = replacedName(name, EPOCH).slice(0, -DIGITS);
  const sql = (text: string): string => inQuotes(text);
  const swap = swapSql(database, { replaced: "@REPLACED@", until: "@UNTIL@" });
  return String.raw`
live=${inQuotes(name)} copy=${inQuotes(copy.name)} copy_oid=${inQuotes(copy.oid)}
stem=${inQuotes(replaced)}
name_of_ours='savepoint look'
${entering(database)}

# From outside of the database that is to be renamed: the first that lets us in.
find_outside() {
  for base in ${quote(outside)}; do
    if [ "$(printf 'SELECT 1;\n' | in_database "$base")" = 1 ]; then return 0; fi
  done
  say 'no other database of the server lets us in'
  return 1
}
outside() { in_database "$base"; }

# What the schema is: catalogs and histories as they print, in one sum. Nothing where it cannot be read.
stamp() { printf '%s\n' ${sql(`${PATIENT}\n${stampSql(database.histories)}`)} | in_database "$live" 2>unread; }

# What earlier steps of ours left working there is ended, and waited for.
end_sessions() {
  name_of_ours="savepoint end $fence"${inQuotes(mark)}
  printf '%s\n' ${sql(endOursSql(database))} | outside >/dev/null || return 1
  tries=0
  while left=$(printf '%s\n' ${sql(leftOfOursSql(database))} | outside) && [ "$left" != 0 ]; do
    [ "$tries" -lt 10 ] || return 1
    tries=$((tries + 1))
    sleep 1
  done
  [ "$left" = 0 ]
}

oid_of() { printf "SELECT oid FROM pg_catalog.pg_database WHERE datname = '%s';\n" "$1" | outside; }

# Whether the copy is the very one that was proven, and nobody was in it since.
copy_is_there() {
  [ "$(printf '%s\n' ${sql(copySql(copy))} | outside)" = 1 ]
}

# The same, asked again where the server does not answer.
stamp_patiently() {
  tries=0
  until now=$(stamp) && [ -n "$now" ]; do
    cat unread >&2
    tries=$((tries + 1))
    [ "$tries" -lt 3 ] || return 1
    sleep 1
  done
  printf '%s\n' "$now"
}

# Keeps the database where its schema is what it was before this deploy changed anything; else the copy is swapped in. That it could
# not be asked says nothing of what is in it: only an error of the server about that does.
decide() {
  if now=$(stamp_patiently); then
    if [ "$now" = "$(cat stamp)" ]; then database=kept; else database=restored; fi
  else
    case $(sed -n 's/^.*:  \([0-9A-Z]\{5\}\): .*/\1/p' unread | head -n 1) in
    '' | ${NOT_THE_DATABASES}) return 1 ;;
    esac
    database=restored
  fi
  say "database: to be $database"
}

# The two renames in one transaction, while others' sessions are ended. 0: done; 1: nothing was changed; 2: not known.
swap() {
  copy_is_there || { say "$copy is not the copy that was proven"; return 1; }
  while at=$(date -u +%Y%m%d%H%M%S) && replaced=$stem$at && [ -n "$(oid_of "$replaced")" ]; do sleep 1; done
  until=$(printf '%s\n' "$at" | sed 's/\(....\)\(..\)\(..\)\(..\)\(..\)\(..\)/\1-\2-\3T\4:\5:\6Z/')
  comment=$(printf '%s\n' ${sql(commentSql(name))} | outside) && [ -n "$comment" ] || return 1
  note ${factWord({ kind: "database.replaced", database: name, replaced: variable("replaced"), backup: savepoint, comment: jsonVariable("comment") })}
  name_of_ours="savepoint swap $fence"${inQuotes(mark)}
  tries=0
  while :; do
    ours || lost
    printf '%s\n' ${sql(evictSql(database, "@REPLACED@"))} | sed "s/@REPLACED@/$replaced/g" | outside >/dev/null &
    evictor=$!
    printf '%s\n' ${sql(swap)} | sed "s/@REPLACED@/$replaced/g; s/@UNTIL@/$until/g" | outside
    # It ends by itself, once all is renamed or its time is over: nobody is to be ended behind that.
    wait "$evictor"
    tries=$((tries + 1))
    case $(oid_of "$live") in
    "$copy_oid") return 0 ;;
    '') [ "$tries" -lt ${2 * ATTEMPTS} ] || return 2 ;;
    *) copy_is_there && [ "$tries" -lt ${ATTEMPTS} ] || return 1 ;;
    esac
    sleep 1
  done
}

# That the database is what was decided: by its stamp where it was kept, by its oid where the copy was swapped in.
database_proven() {
  [ "$database" = kept ] || [ "$(oid_of "$live")" = "$copy_oid" ] || return 1
  now=$(stamp_patiently) || return 1
  if [ "$database" = kept ]; then [ "$now" = "$(cat stamp)" ]; else [ "$now" = "$swapped" ]; fi
}
`;
}

function copySql({ name, oid, row }: DatabaseBack["copy"]): string {
  return `SELECT count(*) FROM pg_catalog.pg_database WHERE datname = ${literal(name)} AND oid::text = ${literal(oid)} AND xmin::text = ${literal(row)} AND NOT datallowconn;`;
}

/** The database's own comment, as JSON on one line: a note of ours takes its place. */
function commentSql(name: string): string {
  return `SELECT coalesce(pg_catalog.to_json(pg_catalog.shobj_description(oid, 'pg_database'))::text, 'null') FROM pg_catalog.pg_database WHERE datname = ${literal(name)};`;
}
