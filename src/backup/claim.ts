import { PassThrough } from "node:stream";
import { Failure } from "../core/failure.ts";
import type { Finished, Machine } from "../core/machine.ts";
import { IDENTIFY } from "../machine/process/note.ts";
import { lastLines, succeed } from "../machine/succeed.ts";
import type { Purpose } from "./manifest.ts";
import { type BackupName, nameBackup } from "./naming.ts";

/**
 * A backup's name, taken for this run, and its empty `.partial` file. A small process on the machine holds it and
 * hears from us over its standard input: when that ends without `published`, because we failed, were cancelled or
 * were killed, it removes what is half done. Should it be killed too, the next backup sees a dead writer.
 */
export interface Claim extends AsyncDisposable {
  readonly name: BackupName;
  /** From now on the files are a backup; nothing is removed any more. */
  published(): void;
}

interface ClaimRequest {
  readonly machine: Machine;
  /** Absolute; must exist. */
  readonly directory: string;
  readonly purpose: Purpose;
  readonly at: Date;
  readonly commit: string | undefined;
}

/** Takes the first free name from the second `at` on; ids are unique in the folder, over all purposes. */
export async function claimName({ machine, directory, purpose, at, commit }: ClaimRequest): Promise<Claim> {
  for (let second = 0; second < 60; second += 1) {
    const name = nameBackup(purpose, new Date(at.getTime() + second * 1000), commit);
    const claim = await hold(machine, directory, purpose, name);
    if (claim !== undefined) return claim;
  }
  throw new Failure(`There is no free name for a backup in ${directory}.`, {
    code: "unwritable",
    hint: "More than 60 backups in a minute: something starts them in a loop.",
  });
}

/** Undefined where the name is taken. */
async function hold(machine: Machine, directory: string, purpose: Purpose, name: BackupName): Promise<Claim | undefined> {
  const input = new PassThrough();
  const suffix = name.file.slice(purpose.length);
  const { promise: said, resolve: hear } = Promise.withResolvers<string>();
  const words = ["sh", "-c", HOLD, "savepoint-backup", directory, name.id, name.file, suffix];
  const ended: Promise<Finished> = machine.run({ words, stdin: input, onLine: (line, from) => from === "stdout" && hear(line) });
  ended.then(
    () => hear("ended"),
    () => hear("ended"),
  );
  const word = await said;
  if (word === "ours") {
    return {
      name,
      published: () => void input.write("published\n"),
      [Symbol.asyncDispose]: async () => {
        input.end();
        // A connection that is lost ends its input too, and that is all it waits for; the work itself says what was lost.
        await ended.catch(() => undefined);
      },
    };
  }
  input.end();
  const finished = await ended;
  if (word === "taken") return undefined;
  throw new Failure(`No file can be made in ${directory} on ${machine.name}.`, {
    code: "unwritable",
    evidence: lastLines(finished),
    hint: `Make it writable for ${machine.login}.`,
  });
}

/**
 * $1 folder, $2 id, $3 file, $4 the file's name behind the purpose. The writer's note (process, start time, boot,
 * file) is made where there is none, before the partial file, and is removed after it.
 */
const HOLD = `${IDENTIFY}
umask 077
cd "$1" || exit 1
id=$2 file=$3 word=
if ! ( set -C; : > "./$id.writer" ) 2>/dev/null; then
  [ -e "./$id.writer" ] || { : > "./$id.writer"; exit 1; }
  echo taken; exit 0
fi
printf '%s\\n' "$$" "$(started "$$")" "$(boot)" "$file" > "./$id.writer" || { rm -f "./$id.writer"; exit 1; }
for other in ./*"$4" ./*"$4.json" ./*"$4.partial"; do
  [ -e "$other" ] || continue
  rm -f "./$id.writer"; echo taken; exit 0
done
trap '' HUP INT TERM PIPE
( set -C; : > "./$file.partial" ) || { rm -f "./$id.writer"; exit 1; }
echo ours
read -r word
if [ "$word" != published ]; then
  rm -f "./$file.partial"
  [ -e "./$file.json" ] || rm -f "./$file"
fi
rm -f "./$id.writer"
`;

/** Removes partial files, and dumps without a manifest, of writers that are dead; returns the names of the files. */
export async function clearDeadWriters(machine: Machine, directory: string): Promise<readonly string[]> {
  const { stdout } = await succeed(machine, { words: ["sh", "-c", CLEAR, "sh", directory], repeatable: true }, `Cleaning up ${directory}`);
  return stdout.split("\n").filter((line) => line !== "");
}

const CLEAR = `${IDENTIFY}
[ -d "$1" ] || exit 0
cd "$1" || exit 1
# Listed before the notes are read: a note is older than its partial file.
set -- ./*.partial
live='
'
for note in ./*.writer; do
  [ -f "$note" ] || continue
  { read -r process; read -r start; read -r boot; read -r file; } < "$note"
  case $file in ''|*/*) continue;; esac
  if [ "$boot" = "$(boot)" ] && [ "$start" = "$(started "$process")" ]; then
    live="$live$file.partial
$file.written.partial
"
    continue
  fi
  [ -e "./$file.json" ] || rm -f "./$file"
  rm -f "./$file.partial" "$note"
  printf '%s\\n' "$file.partial"
done
for partial do
  [ -e "$partial" ] || continue
  case $live in *"
\${partial#./}
"*) continue;; esac
  rm -rf "$partial" && printf '%s\\n' "\${partial#./}"
done
# What writing a small file leaves where it is killed; its name holds the process.
for partial in ./.savepoint-*.partial; do
  process=\${partial##*-}
  [ ! -e "$partial" ] || [ -n "$(started "\${process%.partial}")" ] || rm -f "$partial"
done
exit 0
`;
