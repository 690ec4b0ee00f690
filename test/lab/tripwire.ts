import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";

/**
 * Ends a command from outside at an exact moment. Programs of the system that the command runs (`sync` after each
 * journal entry, `env` before each of PostgreSQL's tools, `git`, `mv`) are wrapped in a folder that stands first on its
 * PATH, and `lab-trip WORD` can stand in the user's own commands. Where the word is the one that was armed, the command
 * is signalled before anything else happens. The wrapped program then goes on by itself, as after a real kill; a tool
 * of PostgreSQL does its work and never ends, so that it must be ended by somebody.
 */
export interface Tripwire {
  readonly folder: string;
  /** The environment in which a command trips at the word. Call `armed` with the process at once. */
  arm(word: string, signal?: NodeJS.Signals): Promise<Armed>;
  /** The environment in which nothing trips. */
  readonly calm: Readonly<Record<string, string>>;
}

export interface Armed {
  readonly env: Readonly<Record<string, string>>;
  /** Says which process is to be signalled. */
  aim(child: ChildProcess): Promise<void>;
}

const TRIP = `
[ -n "$TRIP_WORD" ] && [ "$TRIP_WORD" = "$1" ] || exit 1
mkdir "$TRIP_FOLDER/fired" 2>/dev/null || exit 1
until [ -s "$TRIP_FOLDER/pid" ]; do sleep 0.01; done
kill "-$TRIP_SIGNAL" "$(cat "$TRIP_FOLDER/pid")"
exit 0
`;

const SYNC = `
case $TRIP_WORD:$1 in journal:*/journal.jsonl)
  kind=$(tail -n 1 "$1" | grep -o '"kind":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  step=$(tail -n 1 "$1" | grep -o '"step":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  lab-trip "journal:$kind\${step:+ $step}" ;;
esac
exec REAL "$@"
`;

const ENV = `
case $TRIP_WORD in tool:*)
  word=
  case " $* " in
  */pg_dump\\ *) word=dump ;;
  *pg_restore\\ --file=/dev/null*) word=read ;;
  *pg_restore\\ --dbname=*) word=restore ;;
  esac
  if lab-trip "tool:$word"; then REAL "$@"; exec sleep 1000; fi ;;
esac
exec REAL "$@"
`;

const GIT = `
case $TRIP_WORD in
checkout) case " $* " in *" checkout "*) lab-trip checkout ;; esac ;;
mktag) case " $* " in *" mktag "*)
  # Whoever is stopped before it gave all of it leaves a git that waits for the rest.
  cat >"$TRIP_FOLDER/tag"
  lab-trip mktag
  exec REAL "$@" <"$TRIP_FOLDER/tag" ;;
esac ;;
swapped) case $(tail -n 1 "$TRIP_JOURNAL") in *'"kind":"database.replaced"'*) lab-trip swapped ;; esac ;;
esac
exec REAL "$@"
`;

const MV = `
case $TRIP_WORD in published)
  for last; do :; done
  case $last in *.dump) REAL "$@"; code=$?; lab-trip published; exit $code ;; esac ;;
esac
exec REAL "$@"
`;

/** The journal is the one of the shop whose commands shall trip. */
export async function layTripwire(folder: string, journal: string): Promise<Tripwire> {
  const bin = join(folder, "trip");
  await mkdir(bin);
  const place = async (name: string, script: string, real: string): Promise<void> => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script.replaceAll("REAL", real)}`);
    await chmod(join(bin, name), 0o755);
  };
  await Promise.all([
    place("lab-trip", TRIP, ""),
    place("sync", SYNC, "/usr/bin/sync"),
    place("env", ENV, "/usr/bin/env"),
    place("git", GIT, "/usr/bin/git"),
    place("mv", MV, "/usr/bin/mv"),
  ]);
  const calm = { PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`, TRIP_WORD: "", TRIP_JOURNAL: journal };
  return {
    folder: bin,
    calm,
    async arm(word, signal = "SIGKILL") {
      const own = await mkdtemp(join(bin, "armed-"));
      return {
        env: { ...calm, TRIP_WORD: word, TRIP_SIGNAL: signal.replace("SIG", ""), TRIP_FOLDER: own },
        aim: async (child) => await writeFile(join(own, "pid"), `${child.pid}\n`),
      };
    },
  };
}
