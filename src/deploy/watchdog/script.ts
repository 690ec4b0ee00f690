import { formatDuration, shortCommit } from "../../core/format.ts";
import { STEPS } from "../../journal/steps.ts";
import { type Condition, lookingAgain } from "../../machine/guarded.ts";
import { inQuotes } from "../../machine/quote.ts";
import type { Act } from "../../rollout/act.ts";
import { functionOf, WITHIN } from "../../rollout/script.ts";
import { WATCHDOG } from "../lock/watchdog-text.ts";
import { databaseScript } from "./database-script.ts";
import { factWord, jsonVariable, variable } from "./fact.ts";
import { healthScript } from "./health-script.ts";
import { journalScript } from "./journal-script.ts";
import { lockScript } from "./lock-script.ts";
import type { WatchdogPlan } from "./plan.ts";
import { proofScript } from "./proof-script.ts";
import { waitScript } from "./wait-script.ts";

/**
 * The watchdog of one deploy as one POSIX script, which needs nothing of ours and nobody. It waits; it answers what it is asked
 * while it is armed (`proof-script.ts`); and where nothing is heard of the run for too long it takes code and database back, as a
 * rollback does, by what this plan says alone. It fetches, builds, pulls, restores and drops nothing, runs no DOWN and no hook,
 * and moves no tag. Pure.
 */
export function watchdogScript(plan: WatchdogPlan): string {
  const { database, health, target, folder } = plan;
  return [
    "#!/bin/sh",
    `# ${plan.title}`,
    "# Made by Savepoint, and of use for this deploy alone. What it did stands in the journal, and in the file log beside it.",
    "# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034",
    "set -u",
    `folder=${inQuotes(folder)}`,
    'cd "$folder" || exit 1',
    "exec </dev/null >>log 2>&1",
    `say() { printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }`,
    lockScript(plan),
    journalScript(plan),
    healthScript(health, target.commit),
    database === undefined ? NO_DATABASE : databaseScript(database),
    proofScript(plan),
    waitScript(plan),
    WITHIN,
    ...actFunctions(plan),
    endScript(plan),
    backScript(plan),
    "wait_for_silence",
    "fire",
    "go_back",
    "",
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

/** Those that stop, place, and start again what was stopped for nothing; each looks at the lock before it acts. */
function actFunctions({ app, paths, id }: WatchdogPlan): readonly string[] {
  const condition = { file: paths.lock, text: `"id":${JSON.stringify(id)}` };
  return [
    ...numbered("stop", app.stop, condition),
    ...numbered("place", app.place, condition),
    ...numbered("again", startingAgain(app), condition),
  ];
}

function startingAgain({ stop }: WatchdogPlan["app"]): readonly Act[] {
  return stop.flatMap(({ undo = [] }) => undo);
}

function numbered(name: string, acts: readonly Act[], condition: Condition): readonly string[] {
  return acts.flatMap((act, at) => functionOf(`${name}_${at + 1}`, { ...act, words: lookingAgain(act.words, condition) }));
}

/** One function that runs acts in their order, up to the first that fails and may not. */
function inOrder(name: string, acts: readonly Act[]): string {
  const calls = acts.map((act, at) => {
    const call = `  ours || lost\n  ${name}_${at + 1}`;
    const failed = `say ${inQuotes(`${act.what} failed`)}`;
    return act.mayFail === true ? `${call} || ${failed}` : `${call} || { ${failed}; return 1; }`;
  });
  return [`${name}_all() {`, "  :", ...calls, "}"].join("\n");
}

/** How it ends, as the journal is told by a rollback. */
function endScript({ deploy, target }: WatchdogPlan): string {
  const failed = (message: string, code: string): string => factWord({ kind: "step.failed", step: "rollback", message, code });
  const went = (database: string, finished: boolean): string => factWord({ kind: "went-back", to: target.commit, database, finished });
  const closed = { kind: "deploy.closed", deploy } as const;
  const unwell = `After the way back of the watchdog the app is not healthy: ${variable("reason")}.`;
  const result = {
    commit: target.commit,
    database: variable("database"),
    replaced: jsonVariable("replaced_as"),
    health: "healthy",
    by: WATCHDOG,
    times: jsonVariable("times"),
  };
  const schema = target.apart ? "apart" : "proven";
  return `
# $1 why, in a sentence; $2 a failure's code. It blocks: what code and schema are is for a person to see.
fail() {
  why=$1 code=$2
  say "failed: $why"
  note ${failed(variable("why"), variable("code"))}
  note ${went("unknown", false)}
  note ${factWord({ ...closed, as: "failed", why: variable("why"), blocks: true })}
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
  note ${factWord({ ...closed, as: "failed", why: unwell, blocks: false, on: target.commit })}
  release
  exit 1
}
# As recover ends it.
close_untouched() {
  note ${factWord({ ...closed, as: "abandoned", why: "the watchdog fired: nothing was changed yet", on: target.commit })}
  release
  say 'closed: nothing was changed, and nothing was touched'
  exit 0
}
done_back() {
  note ${factWord({ kind: "step.done", step: "rollback", result })}
  note ${went(variable("database"), true)}
  note ${factWord({ ...closed, as: "rolled-back", why: `the watchdog fired: ${target.why}`, on: target.commit, schema })}
  release
  say "rolled back: code ${shortCommit(target.commit)}, database $database, healthy"
  exit 0
}
`;
}

/** The way back itself, act by act, in the order of a rollback. */
function backScript({ app, target, database, holder, silentSeconds, commit }: WatchdogPlan): string {
  const silent = formatDuration(silentSeconds * 1000);
  const why = `the watchdog fired: nothing was heard of ${holder.owner} for ${silent}`;
  const intent = {
    target: target.commit,
    database: "auto",
    why: target.why,
    savepoint: database?.savepoint,
    byHand: false,
    watchdog: true,
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
  note ${factWord({ kind: "lock.taken", from: holder.owner, why })}
  close_if_untouched
  note ${factWord({ kind: "step.started", step: "rollback", intent, undo: STEPS.rollback.undone })}
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
