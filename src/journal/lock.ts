import { Failure } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { succeed } from "../machine/succeed.ts";
import type { StatePaths } from "./paths.ts";

/** Who holds an environment's lock. */
export interface Holder {
  /** Unique to this taking. */
  readonly id: string;
  /** Grows with every taking; entries under an older number are void. */
  readonly fence: number;
  readonly owner: string;
  readonly deploy?: string | undefined;
  /** A link to the run, where there is one. */
  readonly run?: string | undefined;
  readonly since: string;
}

/** The process that beats, so that its death is noticed at once on the same machine. */
export interface Beat {
  readonly running: boolean;
  readonly step: string;
  readonly process: string;
}

export type LockStatus =
  | { readonly state: "free" }
  | {
      readonly state: "held";
      readonly holder: Holder;
      readonly beat: Beat | undefined;
      /** Since the last sign of life. */ readonly silentMs: number;
    };

/** Ours no longer: the script found another holder's id in the lock. */
const LOST = 97;

const STATUS = `
if [ -f "$1" ]; then printf 'held\\n'; cat "$1"; printf '\\n'; else printf 'free\\n\\n'; fi
if [ -f "$2" ]; then cat "$2"; fi
printf '\\n%s\\n' "$(date +%s)"`;

// A hard link is made whole or not at all, and never over an existing name. Done again after a lost connection, it finds
// the holder's own id and says so. Where nothing can be written (a full disk) or linked, nobody holds it, and it says that.
const TAKE = `
umask 077
printf '%s\\n' "$3" > "$1.$2" || { rm -f "$1.$2"; exit 1; }
ln "$1.$2" "$1" 2>/dev/null
taken=$?
if [ $taken -ne 0 ] && [ ! -e "$1" ]; then
  # Released in between, or never to be had.
  said=$(ln "$1.$2" "$1" 2>&1)
  taken=$?
  [ $taken -eq 0 ] || [ -e "$1" ] || { rm -f "$1.$2"; printf '%s\\n' "$said" >&2; exit 1; }
fi
rm -f "$1.$2"
[ $taken -eq 0 ] || case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) taken=0;; esac
[ $taken -eq 0 ] && printf 'taken\\n' || printf 'held\\n'`;

// Only whoever has claimed a holder's lock may remove it, so nobody ever removes the next one's by mistake. A claim lasts
// a moment; one that is older than ten seconds (or of a time to come: the clock was set back) was left by a process that died
// there, and the next try is free again.
const REMOVE = `
held() { case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) return 0;; esac; return 1; }
umask 077
held "$1" "$2" || exit ${LOST}
claim="$1.$2.claim"
now=$(date +%s)
printf '%s\\n' "$now" > "$claim.$$" || exit 1
ln "$claim.$$" "$claim" 2>/dev/null
claimed=$?
rm -f "$claim.$$"
if [ $claimed -ne 0 ]; then
  since=$(cat "$claim" 2>/dev/null)
  [ -n "$since" ] && { [ $((now - since)) -gt 10 ] || [ "$since" -gt "$now" ]; } && rm -f "$claim"
  exit ${LOST}
fi
if held "$1" "$2"; then rm -f "$1"; removed=$?; else removed=${LOST}; fi
rm -f "$claim"
exit $removed`;

const BEAT = `
case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$3\\""*) ;; *) exit ${LOST};; esac
printf '%s %s\\n' "$(date +%s)" "$4" > "$2.$3" && mv "$2.$3" "$2"`;

// The line comes whole or nothing is written; done again after a lost connection, it finds the line and leaves it alone.
// It goes through a file, so that it is added in one piece, whoever else writes.
const APPEND = `
if [ -n "$2" ]; then case "$(cat "$1" 2>/dev/null)" in *"\\"id\\":\\"$2\\""*) ;; *) exit ${LOST};; esac; fi
umask 077
trap 'rm -f "$3.$$"' EXIT
cat > "$3.$$" && [ -z "$(tail -c 1 "$3.$$")" ] || exit 1
if [ -s "$3" ] && [ -n "$(tail -c 1 "$3")" ]; then printf '\\n' >> "$3" || exit 1; fi
case "
$(tail -n 50 "$3" 2>/dev/null)
" in *"
$(cat "$3.$$")
"*) ;; *) cat "$3.$$" >> "$3" || exit 1;; esac
sync "$3" 2>/dev/null || sync`;

/** One environment's lock: a file that is linked into place, and a beat beside it. Ages are the host's own clock's. */
export class Lock {
  readonly #machine: Machine;
  readonly #paths: StatePaths;

  constructor(machine: Machine, paths: StatePaths) {
    this.#machine = machine;
    this.#paths = paths;
  }

  async status(): Promise<LockStatus> {
    const done = await succeed(this.#machine, this.#script(STATUS, this.#paths.lock, this.#paths.beat), "reading the lock");
    const [state, lock = "", ...rest] = done.stdout.split("\n");
    if (state !== "held") return { state: "free" };
    const holder = parseHolder(lock, this.#paths.lock);
    const texts = rest.filter((text) => text !== "");
    const now = Number(texts.at(-1));
    const [epoch = "", ...words] = texts.length > 1 ? (texts[0] ?? "").split(" ") : [];
    const beat = parseBeat(words.join(" "), holder.id);
    const last = beat === undefined ? Date.parse(holder.since) / 1000 : Number(epoch);
    return { state: "held", holder, beat, silentMs: Math.max(0, (now - last) * 1000) };
  }

  /** Takes a free lock; false where somebody holds it. */
  async take(holder: Holder): Promise<boolean> {
    const done = await this.#machine.run(this.#script(TAKE, this.#paths.lock, holder.id, JSON.stringify(holder)));
    if (done.code !== 0) throw this.#failed(done, "taking the lock");
    return done.stdout.trim() === "taken";
  }

  /** Takes the lock from a holder who is gone; false where it is no longer that holder's. */
  async takeOver(from: Holder, holder: Holder): Promise<boolean> {
    return (await this.#ours(this.#script(REMOVE, this.#paths.lock, from.id), "taking over the lock")) && (await this.take(holder));
  }

  /** False where the lock was no longer this holder's. */
  async release(holder: Holder): Promise<boolean> {
    return await this.#ours(this.#script(REMOVE, this.#paths.lock, holder.id), "releasing the lock");
  }

  /** Shows that the holder lives; false where the lock was taken from it. */
  async beat(holder: Holder, beat: Beat): Promise<boolean> {
    const text = JSON.stringify({ id: holder.id, ...beat });
    return await this.#ours(this.#script(BEAT, this.#paths.lock, this.#paths.beat, holder.id, text), "showing a sign of life");
  }

  /**
   * Appends one line to the journal and brings it to the disk. With a holder, only while the lock is still its own:
   * otherwise a Failure of code `lock-lost`, and nothing is written.
   */
  async append(line: string, holder: Holder | undefined): Promise<void> {
    const command = { ...this.#script(APPEND, this.#paths.lock, holder?.id ?? "", this.#paths.journal), stdin: `${line}\n` };
    if (await this.#ours(command, `writing the journal ${this.#paths.journal}`)) return;
    throw new Failure("The lock of this environment was taken by another run while this step worked; it stops here.", {
      code: "lock-lost",
      hint: "`savepoint status` shows who holds it now.",
    });
  }

  /** All of them find done what they did: `Command.repeatable`. */
  #script(script: string, ...words: readonly string[]): Pick<Command, "words" | "repeatable"> {
    return { words: ["sh", "-c", script, "sh", ...words], repeatable: true };
  }

  async #ours(command: Command, what: string): Promise<boolean> {
    const done: Finished = await this.#machine.run(command);
    if (done.code === 0) return true;
    if (done.code === LOST) return false;
    throw this.#failed(done, what);
  }

  #failed(done: Finished, what: string): Failure {
    return new Failure(`${what} failed (exit ${done.code ?? done.signal})`, {
      evidence: done.stderr.trimEnd().split("\n").slice(-5),
      hint: `Check that ${this.#paths.root} on ${this.#machine.name} can be written by ${this.#machine.login} and that its disk is not full (df -h).`,
    });
  }
}

function parseHolder(text: string, path: string): Holder {
  try {
    return JSON.parse(text) as Holder;
  } catch (error) {
    throw new Failure(`The lock ${path} cannot be read.`, {
      cause: error,
      evidence: [text.slice(0, 200)],
      hint: "It was not written by Savepoint or is damaged. Where nothing runs, remove the file.",
      exit: 2,
    });
  }
}

function parseBeat(text: string, id: string): Beat | undefined {
  try {
    const beat = JSON.parse(text) as Beat & { readonly id: string };
    return beat.id === id ? { running: beat.running, step: beat.step, process: beat.process } : undefined;
  } catch {
    // A beat that is not there yet, or torn: the lock's own time counts.
    return undefined;
  }
}
