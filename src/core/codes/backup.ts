import type { CodeTable } from "./row.ts";

/** Backups, and what restores them. */
export const BACKUP_CODES = {
  "backup-unknown": {
    happened: "There is no such backup, or which one is meant is not clear.",
    arises: "A slip in the id, another environment, or it was thinned out by the keep rules.",
    mend: "`list` shows what there is.",
  },
  "backup-broken": {
    happened: "A backup's file is damaged or incomplete.",
    arises: "A disk fault, or somebody changed or cut the file.",
    mend: "Take another one: `list` shows them. Look at the disk.",
  },
  "backup-foreign": {
    happened: "The file is no backup of this database, or does not say what it is.",
    arises: "A dump that was made by hand, or of another server.",
    mend: "Where you are sure, bring it back by hand: [restore without Savepoint](restore-by-hand.md).",
  },
  "newer-savepoint": {
    happened: "A backup or the journal was written by a newer Savepoint.",
    arises: "A workflow uses a newer version than your machine.",
    mend: "Use the same version as the workflow.",
  },
  "no-savepoint": {
    happened: "A backup of that kind cannot be restored beside the running database.",
    arises: "A kind of backup that is none to go back to.",
    mend: "Choose another kind for the deploy's own backup.",
  },
  "dump-failed": {
    happened: "`pg_dump` failed, or not all that it wrote arrived.",
    arises: "Missing rights, a lost connection, a program that something else ended (out of memory).",
    mend: "What it said is below the message. Earlier backups are untouched; run `backup` again.",
  },
  "dump-unreadable": {
    happened: "The dump that was just made cannot be read back.",
    arises: "A disk fault, or something that changed the file meanwhile.",
    mend: "Look at the disk, then run `backup` again. Nothing was deployed on it.",
  },
  differs: {
    happened: "The dump was restored, and the copy is not what was backed up.",
    arises: "An object that PostgreSQL's tools do not dump as it is, or rows that a function or a rule changes.",
    mend: "The first differences are listed. Where they are the schema's, each backup of it differs in the same way: change what is named in the live database, to what a restore makes of it or away. `verify: read` lets a deploy go on, and takes the way back away: a rollback that would restore is stopped by the same difference, and keeps the database or takes the migrations down.",
  },
  "restore-failed": {
    happened: "The dump cannot be restored.",
    arises: "An extension that the server lacks, a role that does not exist, a function that needs a `search_path`.",
    mend: "pg_restore's words are below the message. The live database is untouched; mend the cause in it and back up again.",
  },
  "restore-failed-together": {
    happened: "A restore by several sessions failed; it is then made by one.",
    arises: "Objects that depend on each other in a way that the dump does not say.",
    mend: "Nothing, where the second way succeeds. Else read what it said.",
  },
  "restore-deadlocked": {
    happened: "A restore's own sessions blocked each other; it is then made by one.",
    arises: "Foreign keys between many tables.",
    mend: "Nothing, where the second way succeeds.",
  },
  "not-pruned": {
    happened: "Old backups that should go could not all be deleted.",
    arises: "Files of another user, or a read-only disk.",
    mend: "The backup itself is done. Give the files to the deploy's user.",
  },
  unfit: {
    happened: "Something that a deploy needs is not as it must be.",
    arises: "`doctor` found it, before a deploy would have.",
    mend: "Each finding is printed with what mends it.",
  },
} as const satisfies CodeTable;
