import { type Section, type SectionValues, SHARED, input } from "../core/input.ts";
import { choice, duration, flag, type Kind, line, lines, text } from "../core/kinds.ts";
import { isPath } from "../core/path.ts";
import { target } from "../machine/ssh/address.ts";
import { databaseAddress } from "../postgres/address.ts";

/** What is pasted with a space or a line break around it could not be sent. */
const token: Kind<string> = { form: "a token", parse: (value) => value.trim() };

/** As the server knows it: a name in quotes is the name within them. */
const schemaName: Kind<string> = {
  form: "a schema's name, such as app",
  parse(value) {
    const name = line.parse(value).trim();
    const quoted = /^"((?:[^"]|"")+)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name;
    if (quoted.includes(",")) throw new Error("names several: the path stands in the URL, as search_path=app,public");
    if (quoted.startsWith("pg_") || quoted === "information_schema") throw new Error("is one of PostgreSQL's own");
    return quoted;
  },
};

/** The settings that every operation shares: which environment, where it lives, how it is reached. */
export const sharedSection = {
  name: SHARED,
  inputs: {
    environment: input(line, {
      description: "The environment, e.g. `production`. Default: the only one in `savepoint.yml`, else `production`.",
      perRun: true,
    }),
    config: input(line, { description: "The settings file. Default: `savepoint.yml` in the checkout, where there is one.", perRun: true }),
    app: input(line, { description: "The app's name, where one host holds several. Default: the repository's name." }),
    host: input(target, { description: "Where the app runs: `user@server[:port]`. Default: this machine." }),
    "ssh-key": input(text, {
      description: "The private key for `host`: its text, or the path of its file here. At a terminal: the agent and `~/.ssh`.",
      secret: true,
      plainWhen: isPath,
    }),
    "ssh-passphrase": input(text, { description: "The passphrase of `ssh-key`.", secret: true }),
    "ssh-known-hosts": input(text, {
      description:
        "The host's keys: `known_hosts` lines, its `SHA256:` fingerprint, or the path of a file here that holds either. Required with `host`; at a terminal `~/.ssh/known_hosts` is read.",
    }),
    "jump-host": input(target, { description: "A host to go through: `user@server[:port]`." }),
    "app-dir": input(line, { description: "The app's folder on the host: a git clone." }),
    "state-dir": input(line, {
      description: "Where backups, journal and lock live on the host. Default: `~/.local/state/savepoint/<app>/<environment>`.",
    }),
    commit: input(line, {
      description: "What to deploy: a sha, tag or branch. Default: the workflow's commit; at a terminal the checkout's HEAD.",
      perRun: true,
    }),
    "allow-older": input(flag, {
      description: "Deploy also where a newer run's deploy was confirmed since, and the commit is behind it.",
      default: "false",
      perRun: true,
    }),
    "allow-quarantined": input(line, {
      description:
        "Deploy a version that was taken back once all the same: why, for the journal. For a cause that lay outside of the commit and is mended.",
      perRun: true,
    }),
    "compose-file": input(lines, {
      description: "The compose project's files, one a line, relative to `app-dir`. Default: those that compose finds there.",
    }),
    "compose-command": input(line, {
      description: "How compose (v2.20 or newer) is called, as words: e.g. `sudo -E /var/lib/toolbox/bin/docker-compose`.",
      default: "docker compose",
    }),
    "database-url": input(databaseAddress, {
      description:
        "The database: `postgres://user:password@server:5432/name`, or `env:NAME` to read it from `app-dir`'s `.env` on the host. Beside `database-service`: the application's role there, which migrates.",
      secret: true,
      plainWhen: (value) => value.startsWith("env:"),
    }),
    "database-admin-url": input(databaseAddress, {
      description:
        "The same database under a role that may create, restore and rename databases, and its direct address where `database-url` goes through a pooler. Default: `database-url`; with `database-service` the service's own role.",
      secret: true,
      plainWhen: (value) => value.startsWith("env:"),
    }),
    "database-service": input(line, {
      description:
        "The database's service in the compose project of `app-dir`. Its own environment has the credentials (`POSTGRES_USER`, `POSTGRES_PASSWORD` or `POSTGRES_PASSWORD_FILE`, `POSTGRES_DB`), its container the tools.",
    }),
    "database-from": input(choice("runner", "host"), {
      description: "Where the database is dialled from. Default: the host where there is one.",
    }),
    schema: input(schemaName, {
      description:
        "The schema in which migrations work, and where their history is. Default: what the server has as first of the search path that the URL or the role says; mostly `public`.",
    }),
    "history-tables": input(lines, { description: "Further tables in which a migration tool records what it applied, one a line." }),
    "detach-subscriptions": input(flag, {
      description:
        "Deploys also where the database has a subscription: a rollback that restores then stops it, and prints what lets it go on in the live database.",
      default: "false",
    }),
    "lock-lease": input(duration, {
      description: "After how long without a sign of life a deploy's owner counts as gone, where GitHub cannot be asked.",
      default: "30m",
    }),
    "max-savepoint-age": input(duration, { description: "How old the backup may be when migrations or the switch begin.", default: "1h" }),
    "tag-prefix": input(line, {
      description:
        "What stands before `latest-stable` and `stable-…`. Default: nothing for `production` or the only environment, else `<environment>/`.",
    }),
    token: input(token, {
      description:
        "The token that asks GitHub whether an earlier run is over (`actions: read`), and moves the stable tags (`contents: write`). Default: the job's.",
      secret: true,
    }),
    "dry-run": input(flag, { description: "Connect, read, decide and print the plan; write nothing.", default: "false", perRun: true }),
  },
} as const satisfies Section;

type SharedName = keyof typeof sharedSection.inputs;

/** What only says whether a deploy may open, and go on: nothing to whoever takes one back, or asks how it is. */
export const OF_OPENING: readonly SharedName[] = ["allow-older", "allow-quarantined", "max-savepoint-age"];

/** What only says which commit is deployed, and whether it may be. */
export const OF_DEPLOYS: readonly SharedName[] = ["commit", ...OF_OPENING];

/** What belongs to the database and to the containers: nothing to whoever reads the state directory alone. */
export const OF_DATABASE: readonly SharedName[] = [
  "compose-file",
  "compose-command",
  "database-url",
  "database-admin-url",
  "database-service",
  "database-from",
  "schema",
  "history-tables",
  "detach-subscriptions",
];

/** The settings that every operation has, as they were read. */
export type Shared = SectionValues<{ readonly shared: typeof sharedSection }>["shared"];

/** The token for GitHub's API: the input, else the workflow's own; undefined where there is none. */
export function tokenOf(shared: Pick<Shared, "token">, env: Readonly<Record<string, string | undefined>>): string | undefined {
  return shared.token ?? (env["GITHUB_TOKEN"] || undefined);
}
