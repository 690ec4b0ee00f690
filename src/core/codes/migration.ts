import type { CodeTable } from "./row.ts";

/** Migrations and their history. */
export const MIGRATION_CODES = {
  "migration-lock": {
    happened: "Another migration run holds the database's lock, or held it until it was killed.",
    arises: "Two jobs at once, or a run whose connection still hangs in the server.",
    mend: "Let it end. A dead one is named with its pid: end it with `SELECT pg_terminate_backend(pid)`.",
  },
  "migration-files": {
    happened: "The migration files are not as they must be.",
    arises: "Two files of one version, a name without a version, text that is no UTF-8.",
    mend: "Each file is named with what is wrong.",
  },
  lint: {
    happened:
      "Migrations would do what `fail-on` does not allow: lose data, break the code that runs, or keep users waiting; or a statement is none that PostgreSQL reads.",
    arises: "What `migrate lint` found in the files; each finding has its line, and the safe way where there is one.",
    mend: "Write it the safe way, or say above the statement that it is meant: `-- savepoint: allow RULE: why`.",
  },
  validate: {
    happened:
      "Migrations that went up, down and up again did not give the same schema. Only a database made for that was touched, and it is gone.",
    arises: "A DOWN that leaves something or takes too much, or an UP that makes another thing the second time.",
    mend: "Each object that differs is named. Mend UP or DOWN; where there is no way down, mark it `-- irreversible`.",
  },
  "validate-test": {
    happened: "The tests that `test` names failed on the migrated database, which is gone.",
    arises: "The migrations do what the tests do not expect, or the tests need more than `DATABASE_URL`.",
    mend: "Run the same command yourself; its own last lines are shown.",
  },
  drift: {
    happened: "A database's schema is not what the migrations in its history make.",
    arises: "Somebody changed it by hand, or another tool works in it, too.",
    mend: "Each object that differs is named. Bring it into a new migration, or take it back in the database.",
  },
  "no-parser": {
    happened: "PostgreSQL's parser, by which `migrate lint` reads, is not there.",
    arises: "The one file `cli.js` of a release comes without it; or `dist/shared/` was copied in part.",
    mend: "Use the action `migrate`, or install the packed program with `npm install --global`.",
  },
  "lint-since": {
    happened: "What came since the commit, tag or branch of `since` is not known.",
    arises: "A name that this checkout does not have, often because the workflow checked one commit out alone.",
    mend: "Check out with `fetch-depth: 0`, and write `origin/main` for the branch main.",
  },
  "migrations-unread": {
    happened: "The migration files could not all be read.",
    arises: "A lost connection, files that changed while they were read, a clone that lacks their content.",
    mend: "Run it again.",
  },
  "migration-unknown": {
    happened: "There is no migration of that version, or it is not applied.",
    arises: "A slip in `to`, or files of another commit.",
    mend: "`migrate --dry-run` lists the versions.",
  },
  "no-directory": {
    happened: "The folder of migrations is not there, or holds none itself.",
    arises: "`directory` names another folder, or the one above.",
    mend: "Give the folder in which the `.sql` files are: `migrate.directory` in `savepoint.yml`.",
  },
  "uncommitted-migrations": {
    happened: "The migration files in the checkout are not those of the commit.",
    arises: "Files that were changed, or made, and not committed.",
    mend: "Commit them, or put them aside.",
  },
  "changed-migration": {
    happened: "A migration's file changed after it was applied.",
    arises: "Somebody edited an old file, often only its spaces or line ends.",
    mend: "Bring the old file back (`git log -p FILE`), and put the change into a new migration.",
  },
  "half-applied": {
    happened: "A migration without a transaction stopped in the middle.",
    arises: "`CREATE INDEX CONCURRENTLY` and its like cannot be in a transaction; one of them failed or was killed.",
    mend: "Run `migrate` again with the file: it goes on where it stopped.",
  },
  "invalid-index": {
    happened: "An index of that name is there and INVALID.",
    arises: "A `CREATE INDEX CONCURRENTLY` that failed, outside of Savepoint.",
    mend: "Drop it: `DROP INDEX CONCURRENTLY …`, then run `migrate` again.",
  },
  "behind-database": {
    happened: "The commit lacks migrations that the database has.",
    arises: "An older commit is deployed, or a branch without the newest migrations.",
    mend: "To go back, use `rollback`. To deploy it all the same, say `allow-ahead`.",
  },
  "foreign-history": {
    happened: "The history table is another tool's.",
    arises: "A `schema_migrations` of Rails, golang-migrate or dbmate.",
    mend: "Let that tool migrate, by `run`: rollback reads its history.",
  },
  "history-damaged": {
    happened: "A row of the migration history cannot be read.",
    arises: "Somebody edited it.",
    mend: "The row and what is wrong with it are named. Mend it by hand, or bring back a backup.",
  },
  "no-way-down": {
    happened: "A migration cannot be taken back by its DOWN.",
    arises: "It has none, it is marked as irreversible, or another one above it has none.",
    mend: "Restore the savepoint instead: `rollback --database restore`.",
  },
  "migrate-command-failed": {
    happened: "Your own migration tool (`run`) failed, or left migrations unfinished.",
    arises: "An error in a migration. Prisma's `P3009` and `P3018`: one has failed before and must be resolved first.",
    mend: "Its words are below the message. `rollback` restores what it half did. See [going down with Prisma](prisma-down.md).",
  },
  "rolled-back": {
    happened: "The connection broke at COMMIT, and the server says that the migration was rolled back.",
    arises: "The network or the server went away in that moment.",
    mend: "Nothing of it is there: run it again.",
  },
  "outcome-unknown": {
    happened: "The connection broke at COMMIT, and whether it arrived is not known.",
    arises: "The network or the server went away in that moment, and did not come back in time.",
    mend: "Once the server answers, run `migrate` again: it looks first.",
  },
} as const satisfies CodeTable;
