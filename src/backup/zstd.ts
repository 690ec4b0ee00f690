import { createZstdDecompress } from "node:zlib";
import type { Transform } from "node:stream";
import type { Machine } from "../core/machine.ts";

/**
 * The program `zstd` around pg_dump and pg_restore, for tools that know none of it themselves: before PostgreSQL 16, or built
 * without. Its level 1 on two threads takes half the time of pg_dump's own gzip at level 1, and the file is smaller.
 */

/** Packs and unpacks a word: any program of that name that cannot do both is none. */
const PROBE = '[ "$(printf savepoint | zstd -q -1 -T2 -c 2>/dev/null | zstd -q -d -c 2>/dev/null)" = savepoint ]';

/** Whether there is a `zstd` on this machine that works. */
export async function hasZstd(machine: Machine, signal?: AbortSignal): Promise<boolean> {
  return (await machine.run({ words: ["sh", "-c", PROBE], signal, repeatable: true })).code === 0;
}

/** Both ends of a pipe must have come to a good end: a writer that dies leaves what looks whole to its reader. */
const PACK = `exec 4>&1
wrote=$( { { "$@" 3>&- 4>&-; echo $? >&3; } | zstd -q -1 -T2 -c >&4 3>&-; } 3>&1 ) || exit
exit "\${wrote:-1}"`;

/**
 * A reader that has all it needs may leave the end unread, and `zstd` proves its checksum there: so that is read too. One that
 * fails is not waited for.
 */
const UNPACK = `[ -z "$1" ] || exec <"$1" || exit
shift
exec 4>&1
unpacked=$( { { zstd -q -d -c 3>&- 4>&-; echo $? >&3; } | { { "$@" && cat >/dev/null; } >&4 3>&- 4>&-; }; } 3>&1 ) || exit
exit "\${unpacked:-1}"`;

/** The command with what it writes packed. Its exit code is the first that is not 0. */
export function packing(words: readonly string[]): readonly string[] {
  return ["sh", "-c", PACK, "sh", ...words];
}

/** The command with its input unpacked: what it is given, or this file. Its exit code is the first that is not 0. */
export function unpacking(words: readonly string[], file = ""): readonly string[] {
  return ["sh", "-c", UNPACK, "sh", file, ...words];
}

/**
 * `$1` is the packed file, `$2` how many sessions; the command's words. Several want a file that they can seek in: it is unpacked
 * beside, into one that has no name any more when the first byte is written, so nothing is left of it whoever is killed. It may
 * take half of what is free there, no more; else, and where an open file has no name that others can open (not Linux), the
 * command reads its input in one session. What it was given to read is `/dev/fd/5`. (`ulimit -f` counts in 512 bytes or 1024.)
 */
const RESTORE = `file=$1 jobs=$2; shift 2
exec 5<&0
whole=$(dirname -- "$file")/.savepoint-unpacked-$$.partial
if [ "$jobs" -gt 1 ] && [ -e /proc/self/fd/5 ] && ( umask 077; set -C; : >"$whole" ) 2>/dev/null; then
  exec 7<>"$whole"
  rm -f -- "$whole"
  free=$(df -Pk "$(dirname -- "$file")" | awk 'NR == 2 { printf "%d", $4 / 2 }')
  if ( ulimit -c 0; ulimit -f "$free" && exec zstd -q -d -c -- "$file" >&7 2>/dev/null ); then exec "$@" --jobs="$jobs" /dev/fd/7; fi
  exec 7>&-
fi
set -- "$file" "$@"
${UNPACK}`;

/** The command (pg_restore without the name of its archive) with the packed file as its archive, in so many sessions where there is room for that. */
export function unpackingAside(words: readonly string[], file: string, jobs: number): readonly string[] {
  return ["sh", "-c", RESTORE, "sh", file, String(jobs), ...words];
}

/** What `unpackingAside` was given to read, as a name. */
export const GIVEN = "/dev/fd/5";

/** The command with the beginning of a packed file as its input: it may stop reading where it likes. */
export function peeking(words: readonly string[], file: string): readonly string[] {
  return ["sh", "-c", 'file=$1; shift; zstd -q -d -c -- "$file" 2>/dev/null | "$@"', "sh", file, ...words];
}

/** Unpacks on the way through us, for machines that have no `zstd`. */
export function unpackHere(): Transform {
  return createZstdDecompress();
}

/** What a packed file begins with, as `od -An -tx1` prints it without the spaces. */
export const ZSTD_MAGIC = "28b52ffd";
