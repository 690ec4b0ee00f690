import type { CodeTable } from "./row.ts";

/** Going back. */
export const BACK_CODES = {
  "no-target": {
    happened: "There is no version to go back to.",
    arises: "No version was ever confirmed, or `to` names none that is known.",
    mend: "`list` shows the versions and backups. Give `to` with a full commit or a backup's id.",
  },
  "version-unknown": {
    happened: "The backup does not say which version ran when it was made.",
    arises: "A backup from before the first deploy.",
    mend: "Give `to` with a commit; to bring only the data back, use `restore`.",
  },
  "restore-not-said": {
    happened: "The database would be restored, and rows written since the backup would leave the live one.",
    arises: "A rollback by hand of a version that changed the schema.",
    mend: "Read the counts that are shown, then say `rollback --database restore` or `rollback --database keep`.",
  },
  "recovery-asks": {
    happened: "A deploy was left, and `recover` does not end it unasked.",
    arises:
      "A restore would leave rows behind in the replaced database, a rollback failed already, or other steps were to judge the version before it is confirmed.",
    mend: "Look with `status`. Then say it, with `confirm` as the environment's name, or choose one of the other commands that are printed.",
  },
  "no-way-back": {
    happened: "The database cannot be taken back by itself.",
    arises: "This deploy has no savepoint, or it is not this database's.",
    mend: "What there is, is listed with a command each.",
  },
  "unhealthy-at-target": {
    happened: "The version before is back, with its schema, and is not healthy either.",
    arises: "The fault is not in the deploy: a service that the app needs, a disk, a certificate.",
    mend: "Nothing is tried again by itself. Look at the app's lines and at what it depends on.",
  },
  "unhealthy-and-apart": {
    happened: "The version before is back, is not healthy, and its schema is not proven.",
    arises: "The database was kept, by word or for want of a savepoint.",
    mend: "The ways on are printed, the least destructive first.",
  },
  "schema-differs": {
    happened: "After the way back the schema is not the target's.",
    arises: "The database was kept, a DOWN did not undo all that its UP did, or something changed it meanwhile.",
    mend: "`rollback --database restore` brings the savepoint; the differences are listed.",
  },
  "schema-unknown": {
    happened: "After the way back it cannot be told whose schema it is.",
    arises: "The target's schema was never seen, or the catalogs cannot be read.",
    mend: "Look at the app. Then mark it, `mark-stable`, or restore a backup.",
  },
  "code-differs": {
    happened: "After the way back another commit is checked out than the target.",
    arises: "Somebody else moved the work tree.",
    mend: "Run the same command again, once nobody else works there.",
  },
  apart: {
    happened: "The restore, or the rollback to a backup, is done, and code and schema are two versions'.",
    arises: "The backup is of another version than the one that runs, or it was made while code and schema were apart.",
    mend: "Take the code to the version that belongs to it, undo the restore, or go back to the version's own schema; the commands are printed.",
  },
  "known-as-failed": {
    happened: "The version to go back to is one that failed.",
    arises: "`to` names it, or nothing else ran before.",
    mend: "Choose another: `list` shows the confirmed ones.",
  },
  "still-up": {
    happened: "The way back is not done: what was started could not be stopped.",
    arises: "A process or container that the deploy's user may not end.",
    mend: "Stop what is named, then run the same command again.",
  },
  moot: {
    happened: "What this run waited to take back was ended by another meanwhile.",
    arises: "Two rollbacks at once.",
    mend: "Nothing: `status` shows how things stand.",
  },
} as const satisfies CodeTable;
