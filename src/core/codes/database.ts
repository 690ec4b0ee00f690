import type { CodeTable } from "./row.ts";

/** The database: reaching it, its rights, its states. The codes of five signs are PostgreSQL's own. */
export const DATABASE_CODES = {
  "28P01": {
    happened: "PostgreSQL does not accept the password, or wants one that is not given.",
    arises:
      "Another password in `.env` than in the server (a volume keeps the first one for ever), special characters that are not percent-encoded. The log says `password authentication failed for user`.",
    mend: "Write special characters as `%40` and the like. Or set the server's: `ALTER ROLE … PASSWORD …`.",
  },
  "28000": {
    happened: "PostgreSQL does not let this role in.",
    arises:
      "The role does not exist, has no LOGIN, or no line of `pg_hba.conf` allows it from this address (`no pg_hba.conf entry for host`).",
    mend: "Check the role, and the server's `pg_hba.conf`, for the address from which it is dialled.",
  },
  "3D000": {
    happened: "There is no database of that name in the cluster.",
    arises: 'A slip in the URL, or a server that has just been set up (`database "…" does not exist`).',
    mend: "Check the name in the URL, or create it: `CREATE DATABASE … OWNER …`.",
  },
  "3F000": {
    happened: "The schema in which the migrations are to work does not exist.",
    arises: "`schema` or `search_path` names one that nobody created, or `public` was dropped.",
    mend: "Create it for the role that migrates: `CREATE SCHEMA … AUTHORIZATION …`.",
  },
  "42501": {
    happened: "The role lacks a right (`permission denied`, `must be owner of`).",
    arises: "Tables that another role made, a role without CREATEDB, a managed server without superuser.",
    mend: "The missing GRANT is printed. Where the app's role may not have it, give `database-admin-url`.",
  },
  "42P04": {
    happened: "A database of that name exists already.",
    arises: "Two runs at once, or a leftover of one that was killed.",
    mend: "Run the same command again; names are chosen anew. `list` shows replaced databases.",
  },
  "53300": {
    happened: "The server has no connection left (`sorry, too many clients already`).",
    arises: "The app's pool uses all of `max_connections`.",
    mend: "End idle sessions, make the pool smaller or raise `max_connections`. Savepoint needs a handful.",
  },
  "53200": {
    happened: "The server is out of memory or of locks (`out of shared memory`).",
    arises: "Very many tables in one transaction, with a low `max_locks_per_transaction`.",
    mend: "Raise `max_locks_per_transaction` and restart the server.",
  },
  "53100": {
    happened: "The server's disk is full (`No space left on device`).",
    arises: "Data, WAL that a replication slot holds, replaced databases.",
    mend: "Make room there. `drop-replaced` drops what rollbacks kept; look at `pg_replication_slots`.",
  },
  "55006": {
    happened: "The database is in use and cannot be renamed or dropped.",
    arises: "Sessions that our role may not end, a prepared transaction, a replication slot.",
    mend: "The sessions are named: end them as their owner or as superuser, then run it again.",
  },
  "55P03": {
    happened: "A lock was not to be had in time (`canceling statement due to lock timeout`).",
    arises: "A long transaction of the app, or a session that is `idle in transaction`.",
    mend: "Who holds it is named: let it end, or end it with `SELECT pg_terminate_backend(pid)`. Then run it again.",
  },
  "40P01": {
    happened: "Two sessions waited for each other, and one was ended (`deadlock detected`).",
    arises: "The migration and the app lock the same tables in another order.",
    mend: "Run it again. If it comes back, stop the app's writing jobs meanwhile.",
  },
  "57014": {
    happened: "A statement was ended by a limit or a person (`canceling statement due to statement timeout`).",
    arises: "`statement_timeout` of the role, the database or the migration.",
    mend: "Raise it for the migration's role, or cut the work into batches.",
  },
  "57P01": {
    happened: "The session was ended from outside (`terminating connection due to administrator command`).",
    arises: "A restart of the server, a failover, or somebody's `pg_terminate_backend`.",
    mend: "See `status`, then run the same command again.",
  },
  "57P03": {
    happened: "The server is starting or stopping (`the database system is starting up`).",
    arises: "It was restarted, or recovers after a crash.",
    mend: "Wait until `pg_isready` says that it accepts connections, then run it again.",
  },
  "08006": {
    happened: "The connection to the server broke.",
    arises: "The network, or a server that crashed.",
    mend: "Look at the server's log, then run it again.",
  },
  "42P01": {
    happened: 'A table does not exist (`relation "…" does not exist`).',
    arises: "A migration that relies on another one, or on a `search_path` that is another here.",
    mend: "The line is shown. Check the order of the files, and `schema`.",
  },
  "42P07": {
    happened: 'A table or index exists already (`relation "…" already exists`).',
    arises: "A change that was made by hand, or a database that was migrated by another tool before.",
    mend: "Write the migration so that it goes both ways: `CREATE TABLE IF NOT EXISTS`. What another tool has made, that tool goes on migrating, by `run`.",
  },
  "42703": {
    happened: "A column does not exist.",
    arises: "A migration that relies on another one, or a change that was made by hand.",
    mend: "The line is shown. Check the order of the files against the table's columns.",
  },
  "42601": {
    happened: "The SQL has a fault in its grammar (`syntax error at or near`).",
    arises: "A slip, or a statement of a newer PostgreSQL.",
    mend: "The line is shown with a mark below the place.",
  },
  "23505": {
    happened: "A value is there twice where it must be unique (`duplicate key value violates unique constraint`).",
    arises: "The rows in production are others than on your machine.",
    mend: "Clean the rows in the migration, before the constraint.",
  },
  "23502": {
    happened: "A column that must not be empty would be (`violates not-null constraint`).",
    arises: "A new NOT NULL column over rows that have no value.",
    mend: "Add the column, fill it, then set NOT NULL.",
  },
  "23514": {
    happened: "A row breaks a CHECK (`violates check constraint`).",
    arises: "Rows that are older than the rule.",
    mend: "Mend the rows in the migration, before the constraint; or add it NOT VALID first.",
  },
  "23503": {
    happened: "A row points at one that is not there (`violates foreign key constraint`).",
    arises: "Orphans that are older than the constraint.",
    mend: "Mend the rows first, or add the constraint NOT VALID and validate it later.",
  },
  "25P02": {
    happened: "The transaction was rolled back, because a statement in it had failed.",
    arises: "A script that goes on after an error.",
    mend: "Look for the first error above: that is the cause.",
  },
  postgresql: {
    happened: "The server refused a statement with an error that has no section of its own here.",
    arises: "The code in the log is PostgreSQL's own SQLSTATE.",
    mend: "Its words, the line and PostgreSQL's hint are below the message. Appendix A of PostgreSQL's manual lists all codes.",
  },
  tls: {
    happened: "There is no encrypted connection to the database that can be trusted.",
    arises: "The server has no TLS, its certificate is of another name, or of a CA that is not given (`self-signed certificate`).",
    mend: "Give the CA with `sslrootcert` in the URL. Only on a connection that is safe by itself, say `sslmode=disable`.",
  },
  pooler: {
    happened: "The address is that of a pooler, and not of the server itself.",
    arises: "pgbouncer in transaction mode, or a provider's pooled URL (often port 6432 or 6543, or `-pooler` in its name).",
    mend: "Give Savepoint the direct address: as `database-url`, or as `database-admin-url`. The app keeps the pooled one.",
  },
  "not-postgres": {
    happened: "The service is no PostgreSQL server.",
    arises: "`database-service` names the app, or a pooler.",
    mend: "Name the service that runs the image of PostgreSQL.",
  },
  "other-server": {
    happened: "Two addresses that must lead to one server lead to two.",
    arises: "`database-url` and `database-admin-url` or `database-service` name different servers.",
    mend: "Let both name the same server, with different roles.",
  },
  "other-database": {
    happened: "Two settings name different databases.",
    arises: "`database-admin-url` ends with another name than `database-url`.",
    mend: "Let both end with the same name. The admin's own database is found by itself.",
  },
  "database-not-named": {
    happened: "There is a database, and its address is not given.",
    arises: "The command is run by hand without the secrets that the workflow has.",
    mend: "Give `database-url` by its variable, `SAVEPOINT_DATABASE_URL`.",
  },
  "database-withheld": {
    happened: "The database's address is a secret, which the journal does not keep.",
    arises: "The command is run by hand without the secrets that the workflow has.",
    mend: "Give what is named by its variable, for example `SAVEPOINT_DATABASE_URL`. `env:NAME` would be read on the host instead.",
  },
  "no-other-database": {
    happened: "No second database of the cluster can be entered, from which one is renamed.",
    arises: "The role may connect only to the app's own database.",
    mend: "`GRANT CONNECT ON DATABASE postgres TO …`, or give `database-admin-url`.",
  },
  "role-unknown": {
    happened: "The role is not known in the cluster.",
    arises: "A login that the server maps to another role.",
    mend: "Give `database-admin-url` with a role that exists.",
  },
  "live-database": {
    happened: "The live database is never dropped.",
    arises: "A name that was taken for a replaced database.",
    mend: "`list` shows the replaced ones by name.",
  },
  "client-tools": {
    happened: "PostgreSQL's programs are missing where they are needed, or are older than the server (`server version mismatch`).",
    arises: "The server was upgraded, or the runner has an old `pg_dump`.",
    mend: "Install the client of the server's version there, or give `database-service`, whose container has them.",
  },
  "swap-unknown": {
    happened: "The connection broke while the databases were swapped, and the server cannot be asked.",
    arises: "The network or the server went away in that moment.",
    mend: "Leave the app as it is. Once the server answers, run the printed command: it looks first.",
  },
  "replaced-unknown": {
    happened: "No replaced database is called that, or none was named.",
    arises: "A slip in the name, or it was dropped already.",
    mend: "`list` shows them by name.",
  },
  "too-many-replaced": {
    happened: "So many replaced databases are kept that the next deploy is not begun.",
    arises: "Rollbacks and restores, each of which keeps the database that it replaced.",
    mend: "Drop the oldest with the printed command (`drop-replaced`), or raise `max-replaced`.",
  },
} as const satisfies CodeTable;
