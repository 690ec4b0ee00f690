import "./rolldown-runtime.js";
import { Ar as Failure, Bn as STEPS, Dn as lastLines, Hn as mayChange, Mn as inQuotes, Nn as quote, Tn as _usingCtx, Tr as shortCommit, Wn as stepNames, br as formatDuration, er as otherDatabases, kn as succeed, lr as Secret, or as identifier, qt as SUCCESS, sr as literal, st as FINISH_NOTED } from "./start.js";
import { Ar as PRINTED, Cn as WATCHDOG, D as keyOf, Er as MAY_END, Fr as SCOPE, G as settingsForTarget, Ir as databaseSettings, Jn as backupStore, Kt as projectContainers, Mn as targetOfDeploy, Mr as RELATIONS, Nr as STATES, Pr as OBJECTS, Qr as appCloneOf, Ut as expectedVersion, Wi as SERVICE_NAMES, Yi as COMMIT_LABEL, _r as settingChanges, da as readText, di as REMOVE, dn as strategyOf, fa as remove, fi as REPLACE, ga as lookingAgain, gn as tellAct, ha as writeText, ia as OURS, kr as replacedName, la as listFolder, li as APPEND, pa as rename, ti as machineOf, tr as warmOf, ua as makeDirectory, ui as BEAT, vr as withLiveSecrets, zr as disarm } from "./work.js";
// src/deploy/watchdog/ask-for.ts
function askFor(settings, expected, { nameless, project }) {
	if (settings.url === void 0 || settings.service !== void 0 && project === void 0) return void 0;
	const body = settings["expect-body"];
	const { service } = settings;
	return {
		service: service !== void 0 && project !== void 0 ? {
			...project,
			labels: [...project.labels, `com.docker.compose.service=${service}`],
			ofCommit: !nameless
		} : void 0,
		url: settings.url.href,
		status: settings["expect-status"] ?? SUCCESS,
		contains: body !== void 0 && "contains" in body ? body.contains : void 0,
		version: nameless ? void 0 : versionOf(settings, expected),
		timeoutSeconds: Math.max(1, Math.ceil(settings.timeout / 1e3)),
		successes: settings.successes
	};
}
function versionOf({ "expect-version": source }, { names }) {
	if (source === void 0 || source.from === "header") return void 0;
	if (source.from === "literal") return { text: source.text };
	return {
		names,
		key: source.from === "json" ? keyOf(source.path.text) : void 0
	};
}
// src/rollout/script.ts
function functionOf(name, { words, folder, variables = {}, timeLimit, ...act }) {
	const exported = Object.entries(variables).map(([variable, value]) => value instanceof Secret ? `export ${variable}` : `export ${variable}=${inQuotes(value)}`);
	return [
		...tellAct({
			words,
			...act
		}).flatMap((line) => line.split(/[\r\n]+/)).map((line) => `# ${line}`),
		`${name}() (`,
		...folder === void 0 ? [] : [`cd ${inQuotes(folder)} || exit 1`],
		...exported,
		`${timeLimit === void 0 ? "" : `within ${Math.ceil(timeLimit / 1e3)} `}${quote(words)}`,
		")",
		""
	];
}
function secretNames(acts) {
	const named = acts.flatMap((act) => [act, ...act.undo ?? []]).flatMap(({ variables = {} }) => Object.entries(variables).filter(([, value]) => value instanceof Secret));
	return [...new Set(named.map(([name]) => name))];
}
const WITHIN = `within() {
  limit=$1
  shift
  "$@" &
  doing=$!
  (
    sleep "$limit" &
    nap=$!
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    wait "$nap"
    kill "$doing" 2>/dev/null
  ) >/dev/null 2>&1 &
  guard=$!
  wait "$doing"
  ended=$?
  kill "$guard" 2>/dev/null
  return "$ended"
}
`;
// src/deploy/watchdog/foresee.ts
async function foreseeApp(environment, deploy, { target, rollout }) {
	const { directory: folder } = await appCloneOf(environment);
	const now = await strategyOf(environment, {
		settings: rollout.stop,
		commit: deploy.commit,
		previous: target,
		deploy
	});
	const then = await strategyOf(environment, {
		settings: rollout.start,
		commit: target,
		previous: deploy.commit,
		deploy
	});
	const stop = await now.plan.stop({ foreseen: true });
	const place = await then.plan.switchTo({
		commit: target,
		stopped: true,
		edits: "keep",
		exact: true,
		removesNothing: true
	});
	const secrets = secretNames([...stop, ...place]);
	if (secrets.length === 0) return {
		folder,
		stop,
		place
	};
	throw new Failure(`The watchdog would need ${secrets.join(", ")}, which only this run knows.`, {
		code: "watchdog",
		hint: "Let the commands read them on the host."
	});
}
async function foreseeDatabase(database, savepoint, copy) {
	try {
		var _usingCtx$2 = _usingCtx();
		if (!/^[\p{L}\p{N}_ .-]+$/u.test(database.name)) throw new Failure(`The watchdog cannot work on a database of the name ${JSON.stringify(database.name)}.`, {
			code: "watchdog",
			hint: "It may have letters, digits, spaces, and the signs _ . - alone. Deploy without `watchdog`."
		});
		const connection = _usingCtx$2.a(await database.connectMaintenance("look"));
		const [present, besides] = [await databaseSettings(connection, database.name), await databaseSettings(connection, copy.name)];
		if (present === void 0 || besides === void 0) throw new Failure(`The copy ${copy.name} that the watchdog needs is not there.`, {
			code: "watchdog",
			hint: "Deploy again: another one is made."
		});
		const wanted = savepoint.settings === void 0 ? present : withLiveSecrets(savepoint.settings, present);
		return {
			name: database.name,
			entry: entryOf(database),
			outside: otherDatabases(database.adminTarget, database.name),
			copy,
			savepoint: savepoint.id,
			settings: settingChanges(copy.name, besides, wanted).flatMap(({ shown, statement }) => shown?.(database.name) ?? statement ?? []),
			mark: database.holdersMark,
			histories: savepoint.schema.history.map(({ table }) => table)
		};
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
function entryOf(database) {
	const { holder } = database.toolsOn;
	if (holder !== void 0) return {
		kind: "service",
		...holder.foundBy
	};
	const variables = Object.entries(database.environment({ admin: true })).flatMap(([name, value]) => value instanceof Secret ? [] : [[name, value]]);
	return {
		kind: "host",
		variables: Object.fromEntries(variables)
	};
}
// src/deploy/watchdog/fact.ts
function variable(name) {
	return `\uE000${name}\uE001`;
}
function jsonVariable(name) {
	return `\uE002${name}\uE003`;
}
function factWord(fact) {
	return inQuotes(JSON.stringify(fact).slice(1, -1)).replaceAll(/"\uE002(\w+)\uE003"/g, `'"$$$1"'`).replaceAll(/\uE000(\w+)\uE001/g, `'"$$$1"'`);
}
// src/deploy/watchdog/service-entry.ts
function inside(psql) {
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
function dockerExec({ engine, labels }, psql) {
	const filters = [...labels, "com.docker.compose.oneoff=False"].flatMap((label) => ["--filter", `label=${label}`]);
	return `in_database() {
  container=$(${quote([
		...engine,
		"ps",
		"--quiet",
		"--no-trunc",
		...filters
	])}) || return 1
  case $container in
  '' | *[!0-9a-f]*) say 'the service of the database has not one running container' >&2; return 1 ;;
  esac
  ${quote([
		...engine,
		"exec",
		"--interactive"
	])} "$container" sh -c ${inQuotes(inside(psql))} sh "$1" "$name_of_ours"
}`;
}
// src/postgres/stamp.ts
function stampSql(histories) {
	const lines = [
		`SELECT concat_ws(' ', kind, name, coalesce(definition, '')) AS line FROM (${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}) objects`,
		`SELECT concat_ws(' ', 'state', kind, name, coalesce(definition, '')) FROM (${SCOPE} ${STATES}) states`,
		`SELECT 'ours ' || oid::pg_catalog.regclass::text FROM (${SCOPE} SELECT oid FROM history) ours`,
		...histories.map((table) => `SELECT ${literal(`row of ${table} `)} || t::text FROM ${table} t`)
	];
	return [...Object.entries(PRINTED).map(([name, value]) => `SET ${name} = ${literal(value)};`), `SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM (${lines.join("\n UNION ALL ")}) l;`].join("\n");
}
// src/deploy/watchdog/swap-sql.ts
const LOCK_TIMEOUT = "5s";
const REFUSED = "insufficient_privilege OR undefined_object OR invalid_parameter_value OR SQLSTATE '0LP01' OR null_value_not_allowed";
function tolerant(statement) {
	return `DO ${literal(`BEGIN EXECUTE ${literal(statement)}; EXCEPTION WHEN ${REFUSED} THEN RAISE WARNING '%', SQLERRM; END`)};`;
}
function swapSql({ name, copy, settings }, { replaced, until }) {
	const check = `BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE ${`datname = ${literal(copy.name)} AND oid::text = ${literal(copy.oid)} AND xmin::text = ${literal(copy.row)} AND NOT datallowconn`}) THEN RAISE EXCEPTION 'the copy is not what was proven'; END IF; END`;
	return [
		"BEGIN;",
		`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}';`,
		`DO ${literal(check)};`,
		...settings.map(tolerant),
		`COMMENT ON DATABASE ${identifier(name)} IS ${literal(`savepoint: was ${JSON.stringify(name)} until ${until}`)};`,
		`ALTER DATABASE ${identifier(name)} RENAME TO "${replaced}";`,
		`ALTER DATABASE ${identifier(copy.name)} RENAME TO ${identifier(name)};`,
		`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true;`,
		"COMMIT;"
	].join("\n");
}
function evictSql({ name, copy }, replaced) {
	const names = `${literal(name)}, ${literal(copy.name)}`;
	const through = `EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '${replaced}')`;
	const loop = `DECLARE over timestamptz := clock_timestamp() + interval '8 s';
BEGIN
  LOOP
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
      WHERE a.datname IN (${names}) AND a.pid <> pg_backend_pid() AND NOT ${through} AND ${MAY_END};
    EXIT WHEN ${through} OR clock_timestamp() > over;
    PERFORM pg_sleep(0.01);
  END LOOP;
END`;
	return `DO ${literal(loop)};`;
}
function ours({ name, mark }) {
	const backups = [`${OURS}backup`, `${OURS}backup %`].map((one) => literal(one)).join(", ");
	return `pid <> pg_backend_pid() AND starts_with(application_name, ${literal(OURS)})
    AND (right(application_name, length(${literal(mark)})) = ${literal(mark)} OR (datname = ${literal(name)} AND NOT application_name LIKE ANY (ARRAY[${backups}])))`;
}
function endOursSql(database) {
	return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours(database)};`;
}
function leftOfOursSql(database) {
	return `SELECT count(*) FROM pg_stat_activity WHERE ${ours(database)};`;
}
// src/deploy/watchdog/database-script.ts
const EPOCH = new Date("2000-01-01T00:00:00Z");
const ATTEMPTS = 4;
const PATIENT = "SET lock_timeout = '30s'; SET statement_timeout = '10min'; SET default_transaction_read_only = on;";
const NOT_THE_DATABASES = "08* | 28* | 3D* | 40* | 53* | 55P03 | 57*";
function entering({ entry }) {
	const psql = "psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set VERBOSITY=verbose --file=-";
	if (entry.kind === "service") return dockerExec(entry, psql);
	return `in_database() (
${Object.entries(entry.variables).map(([name, value]) => `  export ${name}=${inQuotes(value)}`).join("\n")}
  export PGDATABASE="$1" PGAPPNAME="$name_of_ours"
  exec ${psql}
)`;
}
function databaseScript(database) {
	const { name, copy, outside, savepoint, mark } = database;
	const replaced = replacedName(name, EPOCH).slice(0, -14);
	const sql = (text) => inQuotes(text);
	const swap = swapSql(database, {
		replaced: "@REPLACED@",
		until: "@UNTIL@"
	});
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
  note ${factWord({
		kind: "database.replaced",
		database: name,
		replaced: variable("replaced"),
		backup: savepoint,
		comment: jsonVariable("comment")
	})}
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
    '') [ "$tries" -lt ${8} ] || return 2 ;;
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
function copySql({ name, oid, row }) {
	return `SELECT count(*) FROM pg_catalog.pg_database WHERE datname = ${literal(name)} AND oid::text = ${literal(oid)} AND xmin::text = ${literal(row)} AND NOT datallowconn;`;
}
function commentSql(name) {
	return `SELECT coalesce(pg_catalog.to_json(pg_catalog.shobj_description(oid, 'pg_database'))::text, 'null') FROM pg_catalog.pg_database WHERE datname = ${literal(name)};`;
}
// src/deploy/watchdog/health-script.ts
const REQUEST_SECONDS = 10;
function healthScript(health, commit) {
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
  ${contains === void 0 ? "" : `grep -q -F -e ${inQuotes(contains)} body || { reason='the body does not contain what it should'; return 1; }`}
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
const TOLD = `{{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{end}}/{{.RestartCount}}/{{index .Config.Labels "${COMMIT_LABEL}"}}`;
function serviceFunction(service) {
	if (service === void 0) return "service_is_up() { :; }";
	const { engine, labels, ofCommit } = service;
	const filters = [...labels, "com.docker.compose.oneoff=False"].flatMap((label) => ["--filter", `label=${label}`]);
	const otherCommit = `'' | "$expected") ;;
    *) reason='the container of the service is of another version'; return 1 ;;`;
	return String.raw`
known_ids='' known_restarts=''
service_is_up() {
  ids=$(${quote([
		...engine,
		"ps",
		"--all",
		"--quiet",
		"--no-trunc",
		...filters
	])}) || { reason='the containers cannot be asked'; return 1; }
  [ -n "$ids" ] || { reason='the service has no container'; return 1; }
  restarts=''
  for id in $ids; do
    told=$(${quote([
		...engine,
		"inspect",
		"--type",
		"container",
		"--format",
		TOLD
	])} "$id") || { reason='the containers cannot be asked'; return 1; }
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
function saysVersion({ version }) {
	if (version === void 0 || !("names" in version)) return "";
	const { names } = version;
	const same = (name) => [
		name,
		`v${name}`,
		name.replace(/^v(?=\d)/, "")
	].map((one) => inQuotes(one)).join(" | ");
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
function versionCheck({ version }) {
	if (version === void 0) return "";
	const failing = "{ reason='another version answers'; return 1; }";
	if ("text" in version) return `grep -q -F -e ${inQuotes(version.text)} body || ${failing}`;
	if (version.key === void 0) return `tr -c '[:alnum:]_.+/-' '\\n' <body | says_version || ${failing}`;
	const value = `s/.*"${version.key}"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p`;
	return `tr ',{}' '\\n\\n\\n' <body | sed -n ${inQuotes(value)} | says_version || ${failing}`;
}
// src/deploy/watchdog/journal-script.ts
function anyOf(names) {
	return `(${names.join("|")})`;
}
function journalScript({ deploy, commit, app }) {
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
// src/deploy/watchdog/lock-script.ts
const BEAT_EVERY = 10;
function lockScript({ paths, deploy, holder, id }) {
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
        [ "$?" -ne ${97} ] || exit
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
  text="{\"v\":${2},\"at\":\"$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\",\"owner\":\"${WATCHDOG}\",\"fence\":$fence,\"deploy\":\"$deploy\",$1}"
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
// src/deploy/watchdog/proof-script.ts
const PROVEN = "proven";
const TOOLS = [
	"sha256sum",
	"sed",
	"cut",
	"tr",
	"head",
	"tail",
	"date",
	"mv",
	"ln",
	"cat",
	"grep",
	"git"
];
function proofScript({ app, database }) {
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
${database === void 0 ? "" : `  if find_outside; then
    copy_is_there || missing 'the copy of the savepoint is not found by psql'
    if stamp_patiently >stamp.new && [ -s stamp.new ]; then mv stamp.new stamp; else missing 'the schema cannot be read by psql'; fi
  else missing 'the database cannot be entered by psql'; fi
`}  [ -n "$failing" ] || printf '%s\\n' ${PROVEN}
}
answer() {
  mv ask asked
  prove >seen.new
  mv seen.new seen
}
`;
}
// src/deploy/watchdog/wait-script.ts
const TICK = 2;
const JUMP = 15;
const GRACE = 20;
const UNARMED = 600;
function waitScript({ silentSeconds, deploy, commit }) {
	const [of, kind] = [`"deploy":${JSON.stringify(deploy)},`, "\"kind\":\"deploy.closed\","];
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
// src/deploy/watchdog/script.ts
function watchdogScript(plan) {
	const { database, health, target, folder } = plan;
	return [
		"#!/bin/sh",
		`# ${plan.title}`,
		"# Made by Savepoint, and of use for this deploy alone. What it did stands in the journal, and in the file log beside it.",
		"# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034",
		"set -u",
		`folder=${inQuotes(folder)}`,
		"cd \"$folder\" || exit 1",
		"exec </dev/null >>log 2>&1",
		`say() { printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }`,
		lockScript(plan),
		journalScript(plan),
		healthScript(health, target.commit),
		database === void 0 ? NO_DATABASE : databaseScript(database),
		proofScript(plan),
		waitScript(plan),
		WITHIN,
		...actFunctions(plan),
		endScript(plan),
		backScript(plan),
		"wait_for_silence",
		"fire",
		"go_back",
		""
	].join("\n");
}
const NO_DATABASE = `
replaced=
find_outside() { :; }
end_sessions() { :; }
decide() { database=none; }
swap() { return 1; }
database_proven() { :; }
`;
function actFunctions({ app, paths, id }) {
	const condition = {
		file: paths.lock,
		text: `"id":${JSON.stringify(id)}`
	};
	return [
		...numbered("stop", app.stop, condition),
		...numbered("place", app.place, condition),
		...numbered("again", startingAgain(app), condition)
	];
}
function startingAgain({ stop }) {
	return stop.flatMap(({ undo = [] }) => undo);
}
function numbered(name, acts, condition) {
	return acts.flatMap((act, at) => functionOf(`${name}_${at + 1}`, {
		...act,
		words: lookingAgain(act.words, condition)
	}));
}
function inOrder(name, acts) {
	const calls = acts.map((act, at) => {
		const call = `  ours || lost\n  ${name}_${at + 1}`;
		const failed = `say ${inQuotes(`${act.what} failed`)}`;
		return act.mayFail === true ? `${call} || ${failed}` : `${call} || { ${failed}; return 1; }`;
	});
	return [
		`${name}_all() {`,
		"  :",
		...calls,
		"}"
	].join("\n");
}
function endScript({ deploy, target }) {
	const failed = (message, code) => factWord({
		kind: "step.failed",
		step: "rollback",
		message,
		code
	});
	const went = (database, finished) => factWord({
		kind: "went-back",
		to: target.commit,
		database,
		finished
	});
	const closed = {
		kind: "deploy.closed",
		deploy
	};
	const unwell = `After the way back of the watchdog the app is not healthy: ${variable("reason")}.`;
	const result = {
		commit: target.commit,
		database: variable("database"),
		replaced: jsonVariable("replaced_as"),
		health: "healthy",
		by: WATCHDOG,
		times: jsonVariable("times")
	};
	const schema = target.apart ? "apart" : "proven";
	return `
# $1 why, in a sentence; $2 a failure's code. It blocks: what code and schema are is for a person to see.
fail() {
  why=$1 code=$2
  say "failed: $why"
  note ${failed(variable("why"), variable("code"))}
  note ${went("unknown", false)}
  note ${factWord({
		...closed,
		as: "failed",
		why: variable("why"),
		blocks: true
	})}
  kill "$beater" 2>/dev/null
  wait "$beater" 2>/dev/null
  beat_once false
  exit 1
}
# Code and schema are proven, and nothing else is left to try: the lock is free.
fail_for_health() {
  say "not healthy: $reason"
  note ${failed(unwell, "unhealthy-at-target")}
  note ${went("unknown", true)}
  note ${factWord({
		...closed,
		as: "failed",
		why: unwell,
		blocks: false,
		on: target.commit
	})}
  release
  exit 1
}
# As recover ends it.
close_untouched() {
  note ${factWord({
		...closed,
		as: "abandoned",
		why: "the watchdog fired: nothing was changed yet",
		on: target.commit
	})}
  release
  say 'closed: nothing was changed, and nothing was touched'
  exit 0
}
done_back() {
  note ${factWord({
		kind: "step.done",
		step: "rollback",
		result
	})}
  note ${went(variable("database"), true)}
  note ${factWord({
		...closed,
		as: "rolled-back",
		why: `the watchdog fired: ${target.why}`,
		on: target.commit,
		schema
	})}
  release
  say "rolled back: code ${shortCommit(target.commit)}, database $database, healthy"
  exit 0
}
`;
}
function backScript({ app, target, database, holder, silentSeconds, commit }) {
	const silent = formatDuration(silentSeconds * 1e3);
	const why = `the watchdog fired: nothing was heard of ${holder.owner} for ${silent}`;
	const intent = {
		target: target.commit,
		database: "auto",
		why: target.why,
		savepoint: database?.savepoint,
		byHand: false,
		watchdog: true
	};
	return `
${inOrder("stop", app.stop)}
${inOrder("place", app.place)}
${inOrder("again", startingAgain(app))}

# Seconds since the last call, as the journal keeps them of each part.
lap() {
  time=$(date +%s)
  times="$times,\\"$1\\":$(((time - since) * 1000))"
  since=$time
}

# Its run begins nothing any more, and what it began stands in the journal. Where that is nothing, code is what it was, and the schema
# is not seen to be another, nothing is to be stopped, and nothing to be gone back to.
close_if_untouched() {
  nothing_was_begun && end_jobs && head_is ${inQuotes(target.commit)} || return 0
  database=
  if find_outside && end_sessions && decide && [ "$database" = restored ]; then return 0; fi
  close_untouched
}

go_back() {
  since=$(date +%s) times='{"restore":0' replaced_as=null
  keep_beating
  note ${factWord({
		kind: "lock.taken",
		from: holder.owner,
		why
	})}
  close_if_untouched
  note ${factWord({
		kind: "step.started",
		step: "rollback",
		intent,
		undo: STEPS.rollback.undone
	})}
  end_jobs || fail 'What an earlier step left running on the host could not be ended by the watchdog.' not-ended
  { checked_out || { sleep 10; checked_out; }; } >/dev/null || fail 'The watchdog could not ask git what is checked out; the app was not touched.' watchdog
  find_outside || { sleep 10; find_outside; } || fail 'The watchdog could not enter the database server; the app was not touched.' watchdog
  end_sessions || fail 'What an earlier step left working in the database could not be ended by the watchdog; the app was not touched.' not-ended
  lap decision
  stop_all
  lap stop
  if ! decide; then
    again_all || say 'the app could not be started again'
    fail 'The watchdog could not ask what the schema is; the database is as ${shortCommit(commit)} left it.' watchdog
  fi
  if [ "$database" = restored ]; then
    swap
    swapped_how=$?
    if [ "$swapped_how" -ne 0 ]; then
      # The app was stopped for nothing; where it is not known what became of the database, it stays so.
      [ "$swapped_how" -ne 1 ] || again_all || say 'the app could not be started again'
      fail 'The watchdog could not swap the copy of the savepoint in; the database is as ${shortCommit(commit)} left it, or not known.' watchdog
    fi
    swapped=$(stamp_patiently) || fail 'The watchdog swapped the copy of the savepoint in, and cannot read it.' watchdog
    replaced_as="\\"$replaced\\""
  fi
  lap swap
  place_all || fail 'The watchdog could not put ${shortCommit(target.commit)} in place and start it.' watchdog
  lap start
  head_is ${inQuotes(target.commit)} || fail 'After the way back of the watchdog another commit is checked out.' code-differs
  database_proven || fail 'After the way back of the watchdog the schema is not that of ${shortCommit(target.commit)}.' schema-differs
  healthy=yes
  wait_until_healthy || healthy=no
  # Once more: a version that migrates when it starts has had its time by now.
  database_proven || fail 'After the way back of the watchdog the schema is not that of ${shortCommit(target.commit)}.' schema-differs
  [ "$healthy" = yes ] || fail_for_health
  lap health
  times="$times}"
  done_back
}
`;
}
// src/deploy/watchdog/start.ts
const START = `
cd "$1" || exit 1
linger=$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)
if [ "$linger" = yes ] && systemd-run --user --quiet --collect --property=KillMode=process --property=UMask="$(umask)" --setenv=PATH="$PATH" --setenv=HOME="$HOME" -- sh "$1/script" 2>/dev/null; then
  echo systemd
elif command -v setsid >/dev/null 2>&1; then
  setsid sh "$1/script" </dev/null >/dev/null 2>&1 &
  echo setsid
else echo none; fi`;
const LOOK = `cd "$1" || exit 1
said() { [ -e seen ] && cat seen; }
said && exit 0
pid=$(cat pid 2>/dev/null)
if [ -z "$pid" ]; then echo starting; exit 0; fi
if kill -0 "$pid" 2>/dev/null; then echo works; else said || echo dead; fi`;
const PROVEN_WITHIN = 12e4;
const STARTED_WITHIN = 15e3;
const POLL = 500;
async function startApart(folder, connect) {
	try {
		var _usingCtx$1 = _usingCtx();
		const apart = _usingCtx$1.a(await connect());
		const { stdout } = await succeed(apart, { words: [
			"sh",
			"-c",
			START,
			"sh",
			folder
		] }, "Starting the watchdog");
		const keeper = stdout.trim();
		if (keeper === "systemd" || keeper === "setsid") return keeper;
		throw new Failure(`${apart.name} has neither setsid nor a systemd that outlives the login: a watchdog would end with it.`, {
			code: "watchdog",
			hint: "Install setsid (util-linux, busybox), or let the user's units run without a login: loginctl enable-linger"
		});
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
async function proveAlive(machine, folder, clock) {
	await writeText(machine, `${folder}/ask`, "");
	for (let waited = 0;; waited += POLL) {
		const { stdout } = await succeed(machine, {
			words: [
				"sh",
				"-c",
				LOOK,
				"sh",
				folder
			],
			repeatable: true
		}, "Looking at the watchdog");
		const said = stdout.trim();
		if (said === "proven") return;
		if (said === "dead") throw await ended(machine, folder);
		if (said !== "works" && said !== "starting") throw lacking(machine, said);
		if (waited > (said === "starting" ? STARTED_WITHIN : PROVEN_WITHIN)) throw await silent(machine, folder);
		await clock.sleep(POLL);
	}
}
function lacking(machine, said) {
	return new Failure(`The watchdog could not do its work on ${machine.name}: ${said.split("\n").join("; ")}.`, {
		code: "watchdog",
		hint: "Mend that on the host, or deploy without `watchdog`."
	});
}
async function ended(machine, folder) {
	return new Failure(`The watchdog did not outlive the login that started it on ${machine.name}.`, {
		code: "watchdog",
		evidence: await logOf(machine, folder),
		hint: "A host that ends what a login leaves running (KillUserProcesses=yes in logind.conf) keeps it where the user's units run without a login: loginctl enable-linger"
	});
}
async function silent(machine, folder) {
	return new Failure(`The watchdog did not say on ${machine.name} whether it could do its work.`, {
		code: "watchdog",
		evidence: await logOf(machine, folder),
		hint: "Look at the lines above, and whether the database and the app answer on the host."
	});
}
async function logOf(machine, folder) {
	return lastLines({
		stdout: await readText(machine, `${folder}/log`) ?? "",
		stderr: ""
	});
}
// src/deploy/watchdog/arm.ts
const KEPT = 5;
async function armWatchdog(tx, silentMs) {
	const { environment } = tx;
	const { report } = environment.ports;
	const ledger = await tx.state.journal.read();
	const deploy = await tx.record();
	const where = whereTo(ledger, deploy);
	if (typeof where === "string") {
		report.warning(`The watchdog is not armed: ${where}.`);
		return;
	}
	await report.step("Arming the watchdog", async () => await arm(tx, {
		ledger,
		deploy,
		silentMs,
		...where
	}), (keeper) => `without a sign of life for ${formatDuration(silentMs)} ${environment.machine.name} goes back to ${shortCommit(where.commit)} by itself (${keeper})`);
}
function whereTo(ledger, deploy) {
	const choice = targetOfDeploy(ledger, deploy);
	if (!choice.found) return choice.why;
	const { target } = choice;
	if (target.commit === void 0) return `there is nothing that it could go back to (${target.why})`;
	if (deploy.ran === "unhealthy") return `${shortCommit(target.commit)} was not healthy when this deploy opened`;
	return {
		target,
		commit: target.commit
	};
}
async function arm(tx, arming) {
	const { environment } = tx;
	const { machine, ports } = environment;
	const plan = await planOf(tx, arming);
	const { folder } = plan;
	await disarm(machine, folder, {
		clock: ports.clock,
		held: async () => await environment.held.confirm()
	});
	await remove(machine, folder);
	await makeDirectory(machine, tx.state.paths.watchdogs, { mode: 448 });
	await thinOut(tx);
	await makeDirectory(machine, folder, { mode: 448 });
	await writeText(machine, `${folder}/script`, watchdogScript(plan), { mode: 448 });
	await writeText(machine, `${folder}/proving`, "");
	try {
		const keeper = await startApart(folder, async () => await machineOf(environment.shared, ports, { told: true }));
		await proveAlive(machine, folder, ports.clock);
		await tx.write({
			kind: "watchdog.armed",
			folder,
			silentMs: arming.silentMs
		});
		await rename(machine, `${folder}/proving`, `${folder}/armed`);
		return keeper;
	} catch (error) {
		await disarm(machine, folder, {
			clock: ports.clock,
			held: async () => await Promise.resolve()
		}).catch(() => void 0);
		throw error;
	}
}
async function planOf(tx, { ledger, deploy, silentMs, target, commit }) {
	const { environment, state } = tx;
	const { rollout, health } = settingsForTarget(environment, {
		ledger,
		deploy,
		target
	});
	const version = await expectedVersion(environment, commit);
	const project = health?.service === void 0 ? void 0 : (await projectContainers(environment, {
		commit,
		needed: true
	}))?.foundBy;
	const asked = health && askFor(health, version, {
		nameless: deploy.ran === "nameless",
		project
	});
	if (asked === void 0) throw new Failure(`The health check of ${shortCommit(commit)} is not one that the watchdog can ask.`, {
		code: "watchdog",
		hint: "It was confirmed with another one. Deploy once without `watchdog`, with a `health-url`."
	});
	return {
		title: `The watchdog of deploy ${deploy.id} of ${environment.title}: back to ${shortCommit(commit)}.`,
		deploy: deploy.id,
		commit: deploy.commit,
		target: {
			commit,
			why: target.why,
			apart: target.apart !== void 0
		},
		folder: `${state.paths.watchdogs}/${deploy.id}`,
		paths: state.paths,
		holder: {
			id: environment.held.id ?? "none",
			owner: environment.owner.id
		},
		id: environment.ports.random(16),
		silentSeconds: Math.ceil(silentMs / 1e3),
		app: await foreseeApp(environment, deploy, {
			target: commit,
			rollout
		}),
		database: await databaseOf(tx, deploy),
		health: asked
	};
}
async function databaseOf(tx, deploy) {
	const { environment, state } = tx;
	const database = await environment.database();
	if (database === void 0) return void 0;
	const warm = warmOf(deploy);
	const { manifests } = await backupStore(environment, state).all();
	const savepoint = manifests.find(({ id }) => id === warm?.backup);
	if (warm === void 0 || savepoint === void 0) throw new Failure("The copy of the savepoint that the watchdog would swap in was not kept.", {
		code: "watchdog",
		hint: "Somebody may have been in it. Deploy again: another one is made."
	});
	return await foreseeDatabase(database, savepoint, warm.copy);
}
async function thinOut({ environment: { machine }, state }) {
	const folders = (await listFolder(machine, state.paths.watchdogs)).filter(({ kind }) => kind === "directory");
	for (const { name } of folders.toSorted((a, b) => b.modified - a.modified).slice(KEPT)) await remove(machine, `${state.paths.watchdogs}/${name}`);
}
export { armWatchdog };
