import { refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";

export type Program = "pg_dump" | "pg_restore" | "psql";

/** The programs of one major version of PostgreSQL on a machine. */
export interface ClientTools {
  readonly major: number;
  /** The full path: Debian's `pg_dump` on PATH is a wrapper that picks a version of its own. */
  path(program: Program): string;
  /** The program with its arguments, safe from `PGSERVICE` and `PGREQUIREAUTH` in the machine's environment, which would win over ours (libpq 16 refuses an empty `PGREQUIREAUTH`). */
  words(program: Program, ...args: readonly string[]): readonly string[];
}

/** Where distributions, PostgreSQL's own packages, Homebrew and Postgres.app put the programs of each major version. */
const PLACES = [
  "/usr/lib/postgresql/*/bin",
  "/usr/pgsql-*/bin",
  "/usr/libexec/postgresql*",
  "/usr/lib/postgresql*/bin",
  "/usr/local/pgsql*/bin",
  "/usr/local/opt/postgresql@*/bin",
  "/usr/local/opt/libpq/bin",
  "/opt/homebrew/opt/postgresql@*/bin",
  "/opt/homebrew/opt/libpq/bin",
  "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/**
 * Prints `<folder>\t<first line of pg_dump --version>` for each folder that has both programs, PATH's last. Stops at
 * the first of the wanted major: what comes later is not chosen, and Debian's wrappers on PATH are slow to answer.
 */
const SEARCH = `
wanted=$1
look() {
  [ -x "$1/pg_dump" ] && [ -x "$1/pg_restore" ] || return 0
  said=$("$1/pg_dump" --version 2>/dev/null) || return 0
  printf '%s\\t%s\\n' "$1" "$said"
  case $said in "pg_dump (PostgreSQL) $wanted."*) exit 0 ;; esac
}
for folder in ${PLACES.join(" ")}; do look "$folder"; done
IFS=:
set -f
for folder in $PATH; do look "\${folder:-.}"; done
`;

/**
 * Finds client tools that can dump a server of this major version: the same major, else the next newer one.
 * Refuses (exit 2), naming the package to install, where there is none.
 */
export async function clientTools(machine: Machine, serverMajor: number): Promise<ClientTools> {
  const finished = await machine.run({ words: ["sh", "-c", SEARCH, "sh", String(serverMajor)], repeatable: true });
  // The last `look` decides the exit code and says nothing about the search.
  const found = readFound(finished.stdout);
  const chosen = chooseTools(found, serverMajor);
  if (chosen !== undefined) return toolsIn(chosen);
  const majors = [...new Set(found.map((one) => one.major))].sort((a, b) => a - b);
  const what =
    majors.length === 0
      ? "no pg_dump and pg_restore"
      : `pg_dump and pg_restore ${majors.join(", ")} only, older than the server's ${serverMajor}`;
  throw refusal(`${machine.name} has ${what}.`, {
    code: "client-tools",
    hint: `Install the client of PostgreSQL ${serverMajor} there: ${installCommand(serverMajor)}`,
    evidence: found.map((one) => `${one.folder}: ${one.major}`),
  });
}

export interface FoundTools {
  readonly folder: string;
  readonly major: number;
}

/** The lines of the search; what cannot be read is no tool. */
export function readFound(text: string): readonly FoundTools[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(.+)\t\D*(\d+)/.exec(line);
    return match?.[1] === undefined ? [] : [{ folder: match[1], major: Number(match[2]) }];
  });
}

/** Same major first, else the lowest newer one; pg_dump refuses a server newer than itself. */
export function chooseTools(found: readonly FoundTools[], serverMajor: number): FoundTools | undefined {
  return found
    .filter((one) => one.major >= serverMajor)
    .reduce<FoundTools | undefined>((best, one) => (best === undefined || one.major < best.major ? one : best), undefined);
}

function toolsIn({ folder, major }: FoundTools): ClientTools {
  const path = (program: Program): string => `${folder}/${program}`;
  return { major, path, words: (program, ...args) => ["env", "-u", "PGSERVICE", "-u", "PGREQUIREAUTH", path(program), ...args] };
}

function installCommand(major: number): string {
  return `apt-get install postgresql-client-${major} (where the distribution has another major: first apt-get install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y), dnf install postgresql${major}, apk add postgresql${major}-client, brew install postgresql@${major}`;
}
