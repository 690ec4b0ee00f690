import { Failure } from "../core/failure.ts";
import type { Command, Machine } from "../core/machine.ts";
import { remove, writeText } from "../machine/files/files.ts";
import type { ClientTools } from "../postgres/tools.ts";
import { writtenName } from "./naming.ts";
import { type Reach, runAround } from "./reach.ts";
import { unreadable } from "./read-back.ts";
import { unpacking } from "./zstd.ts";

export interface ReadAlongJob {
  /** Where the dump is written. */
  readonly machine: Machine;
  /** Where pg_restore runs. */
  readonly toolsOn: Machine;
  readonly reach: Exclude<Reach, { readonly by: "stream" }>;
  /** The partial dump's path, absolute. */
  readonly path: string;
  /** Whether it is written through `zstd`. */
  readonly packed: boolean;
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
# What the command has to read first comes before.
{ { cat; feed; } | "$@"; } 3>&1 || exit`;

/** Behind FEED: the contents as they stand now. Written through a pipe they were never changed. */
const LIST_AGAIN = `
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
    const { machine, path, packed, toolsOn, reach, tools, noteIn } = this.#job;
    const words = tools.words("pg_restore", "--file=/dev/null");
    // Nice: what it would take from the dump, and from the app, costs more than it gains.
    const around = ["nice", "sh", "-c", reach.by === "path" && !packed ? FEED + LIST_AGAIN : FEED, "sh", path, this.#mark];
    const command: Command = {
      words: packed ? unpacking(words) : words,
      noteIn: noteIn === undefined ? undefined : `${noteIn}-read`,
      signal,
    };
    try {
      const finished = await runAround(around, { toolsOn, reach, command });
      if (finished.stdout !== "") throw new Failure("The dump became shorter while it was read back.", { code: "dump-unreadable" });
      if (finished.code !== 0) throw unreadable(finished);
    } finally {
      await remove(machine, this.#mark);
    }
  }
}
