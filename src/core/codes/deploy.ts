import type { CodeTable } from "./row.ts";

/** The deploy as a transaction: order, lock, state. */
export const DEPLOY_CODES = {
  blocked: {
    happened: "Another deploy is open, and it may have changed code or database.",
    arises: "Its run was cancelled or killed before its rollback step, or it still works.",
    mend: "`status` says whether it lives. If it does not: the printed command ends it, most often `rollback --confirm ENVIRONMENT`.",
  },
  busy: {
    happened: "Another run works on this environment now.",
    arises: "Two workflows at once.",
    mend: "Wait for it. Let both workflows share one `concurrency` group.",
  },
  watchdog: {
    happened: "The watchdog cannot be armed, cannot be reached, or could not bring everything back.",
    arises:
      "A health check, a database or a command that only the runner knows; a host that ends what a login leaves running (`KillUserProcesses`), or lacks `curl`, `psql` or `sha256sum`; an image that is gone.",
    mend: "The message names what is missing, and the way. What a watchdog did stands in `journal`, and in the file `log` of its folder on the host.",
  },
  "lock-lost": {
    happened: "Another run took the lock while this one worked; this one changes nothing more.",
    arises: "A runner that slept or lost its network, and a rollback that took over meanwhile.",
    mend: "`status` says what is true now.",
  },
  "lock-damaged": {
    happened: "The lock's file cannot be read.",
    arises: "It was edited, or cut short by a full disk.",
    mend: "When no step runs any more, remove it by the printed command. The journal says what is open: `status`.",
  },
  "lock-failed": {
    happened: "The lock could not be read or taken.",
    arises: "Rights or a full disk in the state directory.",
    mend: "What the host said is below the message.",
  },
  "older-run": {
    happened: "This run is older than the newest confirmed deploy, and would take it back.",
    arises: "An old job was run again.",
    mend: "To go back, use `rollback`. If an older version is really wanted, say `allow-older`.",
  },
  "not-automatic": {
    happened: "A deploy that failed is not taken back, because `rollback: { automatic: false }` leaves that to a person.",
    arises: "The rollback step of a workflow, after a step that failed.",
    mend: "Look at it as it stands, then take it back with the printed command.",
  },
  quarantined: {
    happened: "This version was taken back here, and is refused until a commit mends the cause.",
    arises: "The same commit is deployed again after a rollback, as by running a workflow again.",
    mend: "Deploy a commit in which the cause is mended. Where it lay outside of the commit and is mended, say why in `allow-quarantined`.",
  },
  "deploy-over": {
    happened: "This run's deploy is over, and a step would go on without it.",
    arises: "It was taken back or abandoned meanwhile, or only a part of the jobs was run again.",
    mend: "Run all jobs again, or begin a new deploy.",
  },
  "re-run-all-jobs": {
    happened: "An earlier attempt backed up or migrated, and this one did not.",
    arises: '"Re-run failed jobs" in GitHub.',
    mend: 'Choose "Re-run all jobs".',
  },
  "other-commit": {
    happened: "This run's open deploy is of another commit than this step.",
    arises: "Two jobs of one workflow that check out different commits.",
    mend: "Give all steps the same `commit`.",
  },
  "savepoint-too-old": {
    happened: "The deploy's backup is older than allowed when the change is to begin.",
    arises: "An approval that took long.",
    mend: "Run all jobs again, so that there is a new backup. Or raise `max-savepoint-age`, and lose what was written since.",
  },
  "changed-already": {
    happened: "The deploy has changed something already, so a backup now would be no way back.",
    arises: "The backup step stands behind `migrate` or the switch.",
    mend: "Put `backup` before them.",
  },
  "way-back": {
    happened: "The way back is not open, so nothing was begun.",
    arises: "A missing right, an extension, a prepared transaction, a replication slot, no room.",
    mend: "Each one is named with what mends it. `doctor` looks at all of them without a deploy.",
  },
  "not-proven": {
    happened: "A deploy whose last health check did not pass is not marked stable.",
    arises: "`mark-stable` without `health-check`, or something that changed after it.",
    mend: "Run `health-check`, then `mark-stable`.",
  },
  "not-running": {
    happened: "The version to be marked is not the one that runs.",
    arises: "No switch came before, or somebody deployed by hand.",
    mend: "`status` shows what runs. Give `commit` where nothing here can tell.",
  },
  "state-unsafe": {
    happened: "The state directory belongs to others, or others may write to it.",
    arises: "It was made by another user, or with open modes.",
    mend: "Who writes there decides what a rollback does. `chmod go-w` it, and let it belong to the deploy's user; the command is printed.",
  },
  "no-state": {
    happened: "There is no state directory that can be used.",
    arises: "A GitHub runner without `host`, an environment with a slip in its name, or nothing was deployed yet.",
    mend: "Give `host`, or `state-dir` on a machine that stays. The message names what there is.",
  },
  "other-state": {
    happened: "The state directory is another app's or environment's.",
    arises: "One `state-dir` for two environments.",
    mend: "Give each its own `state-dir`, or none: the default has both names in it.",
  },
  "identity-damaged": {
    happened: "The file that says whose state it is cannot be read.",
    arises: "It was edited, or cut short by a full disk.",
    mend: "The file, the line and the field are named.",
  },
  "journal-damaged": {
    happened: "A line of the journal cannot be read, and it may have said anything.",
    arises: "It was edited, or the disk has a fault.",
    mend: "The line is named, and the ways to go on are printed.",
  },
  "nothing-deployed": {
    happened: "The journal is empty: nothing was deployed from here.",
    arises: "Another user, host or environment than the deploys have.",
    mend: "Check `host`, `app` and `environment`. To go back without a journal, say `to` and `database`.",
  },
} as const satisfies CodeTable;
