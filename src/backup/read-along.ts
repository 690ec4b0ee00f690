import { Failure } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { remove, writeText } from "../machine/files.ts";
import type { ClientTools } from "../postgres/tools.ts";
import { writtenName } from "./naming.ts";
import { unreadable } from "./read-back.ts";

export interface ReadAlongJob {
  /** Where the dump is written and the tools run. */
  readonly machine: Machine;
  /** The partial dump's path, absolute. */
  readonly path: string;
  readonly tools: ClientTools;
  readonly noteIn?: string | undefined;
}

/**
 * Gives the file to pg_restore as it grows, whole blocks at a time; once the mark is there, all the rest, and the end.
 * `$1` is the file, `$2` the mark, then pg_restore's words. A file that vanishes is the end too: its writer died. The
 * table of contents is rewritten in place when all else is written; where it changes, a reader of a pipe does not look.
 */
const FEED = `
file=$1 mark=$2; shift 2
size() { stat -L -c %s "$file" 2>/dev/null || stat -L -f %z "$file" 2>/dev/null || echo 0; }
feed() {
  fed=0
  while [ ! -e "$mark" ] && [ -e "$file" ]; do
    blocks=$(( $(size) / 1048576 ))
    if [ "$blocks" -gt "$fed" ]; then
      dd if="$file" bs=1048576 skip="$fed" count=$((blocks - fed)) 2>/dev/null || return
      fed=$blocks
    else
      sleep 0.2 2>/dev/null || sleep 1
    fi
  done
  [ "$(size)" -ge $((fed * 1048576)) ] || { echo shrank >&3; return; }
  dd if="$file" bs=1048576 skip="$fed" 2>/dev/null
}
{ feed | "$@"; } 3>&1 || exit
# The contents as they stand now.
exec "$@" --list "$file"`;

/**
 * Reads a dump back through pg_restore, which takes it apart as a restore would, while it is still being written: on a
 * second core this costs almost no time. Every byte is read from the file, up to its end.
 */
export class ReadAlong {
  readonly #job: ReadAlongJob;
  readonly #mark: string;

  constructor(job: ReadAlongJob) {
    this.#job = job;
    this.#mark = writtenName(job.path);
  }

  /** To be said when the dump's writer ended well: what the file holds now is all. */
  async written(): Promise<void> {
    await writeText(this.#job.machine, this.#mark, "");
  }

  /**
   * Resolves when all has been read, which is after `written`. The file must exist.
   * @throws Failure of code `dump-unreadable`, with pg_restore's last lines.
   */
  async read(signal: AbortSignal): Promise<void> {
    const { machine, path, tools, noteIn } = this.#job;
    // Nice: what it would take from the dump, and from the app, costs more than it gains.
    const words = ["nice", "sh", "-c", FEED, "sh", path, this.#mark, ...tools.words("pg_restore", "--file=/dev/null")];
    try {
      const finished = await machine.run({ words, noteIn: noteIn === undefined ? undefined : `${noteIn}-read`, signal });
      if (finished.stdout !== "") throw new Failure("the dump became shorter while it was read back", { code: "dump-unreadable" });
      if (finished.code !== 0) throw unreadable(finished);
    } finally {
      await remove(machine, this.#mark);
    }
  }
}
