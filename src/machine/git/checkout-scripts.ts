import { LOOK_AGAIN } from "../guarded.ts";
import { OUT_OF_SIGHT, PATHS_AT_ONCE } from "./out-of-sight.ts";

/** How long a git that lives is waited for. Seconds. */
const LOCK_TRIES = 10;

/** A git that lives holds the lock. */
export const LOCKED = 74;

/**
 * One checkout, in one trip to the machine because the app may be down meanwhile. `$1` the commit, then git's options. The
 * mark stands while files of two versions may lie there. A forced one finishes what an earlier one left.
 */
const PUT = `
${OUT_OF_SIGHT}
# A git that lives may need a moment; one whose lock nobody owns was killed. Who is at work here shows in /proc alone.
owned() {
  for process in /proc/[0-9]*; do
    read -r name <"$process/comm" 2>/dev/null || continue
    case $name in git|git-*) ;; *) continue ;; esac
    case " $(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null)" in *" log "*|*" diff "*|*" show "*|*" blame "*|*" grep "*) continue ;; esac
    folder=$(readlink "$process/cwd" 2>/dev/null) || continue
    case $folder/ in "$(pwd -P)"/*) echo "\${process#/proc/}"; return 0 ;; esac
  done
  # Where nobody tells, one that is young may be somebody's.
  [ ! -r /proc/self/comm ] && [ -z "$(find "$1" -mmin +1 2>/dev/null)" ] && echo unknown
}
unlock() {
  for lock in "\${mark%/*}/index.lock" "\${mark%/*}/HEAD.lock"; do
    tries=0
    while [ -e "$lock" ] && owner=$(owned "$lock") && [ -n "$owner" ]; do
      tries=$((tries + 1))
      [ -z "\${tell:-}" ] || [ "$tries" -gt 1 ] || echo "$lock is held by git (process $owner)"
      [ "$tries" -le ${LOCK_TRIES} ] || { echo "$lock is held by git (process $owner)" >&2; return ${LOCKED}; }
      sleep 1
    done
    rm -f "$lock" || return ${LOCKED}
  done
}
# Flags of files, by their paths in $2.
flag() {
  [ ! -s "$2" ] || for one in $1; do git update-index -z "--$one" --stdin <"$2" || return 1; done
}
# Files that git does not look at, and that commit $1 has another text of, are looked at from now on.
uncover() {
  hidden_changed "$1" >"$mark.hidden" && flag "no-assume-unchanged no-skip-worktree" "$mark.hidden"
  code=$?
  rm -f "$mark.hidden"
  return "$code"
}
# A forced checkout writes over what is assumed to be unchanged; what is skipped stays as it is.
force() {
  uncover "$1" && hidden '[a-rt-z]' >"$mark.assumed" && flag "skip-worktree no-assume-unchanged" "$mark.assumed" || return 1
  git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules --force --detach "$1" --
  code=$?
  flag "assume-unchanged no-skip-worktree" "$mark.assumed"
  rm -f "$mark.assumed"
  return "$code"
}
dirty() { git status --porcelain --untracked-files=no --ignore-submodules=all; }
put() {
  to=$1; shift
  case " $* " in
  *" --force "*) ;;
  *) if [ -e "$mark" ]; then return 65; fi
    edits=$(dirty) || return 1
    if [ -n "$edits" ] || [ -n "$(modules "$to" | head -c 1)" ]; then return 66; fi ;;
  esac
  # To look for edits may take its time.
  ${LOOK_AGAIN}
  unlock || return ${LOCKED}
  printf '%s\\n' "$to" > "$mark.new" && mv -f "$mark.new" "$mark" || return 1
  if [ "$*" = --force ]; then force "$to"
  else git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules "$@" --detach "$to" --; fi
  code=$?
  # A refusal changed nothing, and git's own end is an end. Where files of both versions are left (a full disk), the mark stays.
  if [ "$code" -eq 0 ] || { left=$(dirty) && [ -z "$left" ]; }; then rm -f "$mark"; fi
  return "$code"
}
`;
/** A checkout of ours was killed. */
export const INTERRUPTED = 65;
/** Ignored files are somebody's too. */
export const CAREFUL = "--no-overwrite-ignore";

/** `$1` the mark, then as `put`. */
export const CHECKOUT = `mark=$1; shift
${PUT}
put "$@"
`;

/** Waits for a git that lives, and says once for which. `$1` the mark. What a killed one left is removed. */
export const AWAIT = `mark=$1 tell=yes
${PUT}
${LOOK_AGAIN}
unlock
`;

/**
 * Puts the files at commit `$2` whatever stands in the way, in one trip, and by itself: it stands in scripts that run where
 * nobody waits for them. `$1` the mark, `$3` the ref that keeps edits, `$4` what is added to the names of files in the way.
 * What it set aside is told, each ended by a NUL.
 */
export const RESTORE = `mark=$1 commit=$2 ref=$3 suffix=$4
${PUT}
# A checkout of ours that was killed left files of both versions: its own end is the way out, and nothing of it is anyone's
# edit. A mark that cannot be read was torn in writing, before any file was touched.
settle() {
  read -r was <"$mark" || :
  case $was in *[!0-9a-f]*|'') was=HEAD ;; esac
  [ "\${#was}" -ge 40 ] || was=HEAD
  put "$was" --force
}
try() { put "$commit" ${CAREFUL} 2>/dev/null; }
# Where all is as it shall be, nobody's lock is in the way.
if [ ! -e "$mark" ] && [ "$(git rev-parse HEAD)" = "$commit" ] && ! git symbolic-ref --quiet HEAD >/dev/null; then
  left=$(dirty) && [ -z "$left" ] && exit 0
fi
${LOOK_AGAIN}
unlock || exit ${LOCKED}
try
code=$?
if [ "$code" -eq ${INTERRUPTED} ]; then
  settle || { [ $? -ne ${LOCKED} ] || exit ${LOCKED}; exit 71; }
  try
  code=$?
fi
[ "$code" -eq 0 ] && exit 0
# What is in the way of a path: a file where it has a folder, a folder where it has a file, somebody's clone, whole. Where that
# version has a submodule, git leaves a folder alone.
among='others() { git --literal-pathspecs ls-files --others -z -- "$@"; }
tracked() { [ -e "$1/.git" ] && [ "$(git --literal-pathspecs ls-files -z -- "$1" | tr "\\0" /)" = "$1/" ]; }
holds() { [ -d "$1" ] && git --literal-pathspecs ls-files --stage -- "$1" | grep -q "^160000 "; }
theirs() { [ -n "$(others "$1" | head -c 1)" ] || tracked "$1" || holds "$1"; }
stays() { case $(git --literal-pathspecs ls-tree "$commit" -- "$1") in 160000*) ;; *) false ;; esac; }
commit=$0 left=$#
while [ "$left" -gt 0 ]; do
  path=$1 above=$1 left=$((left - 1)); shift
  while [ "$above" != "\${above%/*}" ]; do
    above=\${above%/*}
    { [ -f "$above" ] || [ -L "$above" ] || [ -e "$above/.git" ]; } && theirs "$above" && printf "%s\\0" "$above"
  done
  if [ ! -d "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"
  elif ! stays "$path" && theirs "$path"; then printf "%s\\0" "$path"; fi
done
[ "$#" -eq 0 ] || others "$@"'
aside='suffix=$0; for path do path=\${path%/}; [ -e "$path" ] || [ -L "$path" ] || continue; mv -- "$path" "$path$suffix" && printf "renamed %s\\0" "$path$suffix" || exit 255; done'
# Of the paths that git's diff names, by its options. In files, not pipes: of a pipe only the last part's end is known, and what
# is not renamed is written over.
list=$mark.aside
clear() {
  git diff --name-only -z --no-renames --ignore-submodules=dirty "$@" -- >"$list.paths" \\
    && xargs -0 -n ${PATHS_AT_ONCE} sh -c "$among" "$commit" <"$list.paths" >"$list" \\
    && { ${LOOK_AGAIN}
    } && xargs -0 -n ${PATHS_AT_ONCE} sh -c "$aside" "$suffix" <"$list" || { rm -f "$list" "$list.paths"; exit 72; }
  rm -f "$list" "$list.paths"
}
# What git cannot keep: a merge that was left open is kept as its files lie there, and a file that was only announced (\`add -N\`)
# is untracked again.
settled() {
  git diff --name-only -z --diff-filter=U -- >"$list" && xargs -0 -n ${PATHS_AT_ONCE} sh -c 'for path do
    if [ -f "$path" ] || [ -L "$path" ]; then git update-index --add --replace -- "$path"; else git update-index --force-remove -- "$path"; fi || exit 255
  done' sh <"$list" && git diff --name-only -z --diff-filter=A -- >"$list" \\
    && { [ ! -s "$list" ] || git update-index -z --force-remove --stdin <"$list"; }
  code=$?
  rm -f "$list"
  return "$code"
}
# What was put in the place of tracked files is no edit that git keeps; behind a link it keeps none at all.
clear --diff-filter=DT
uncover "$commit" || exit 73
settled || exit 73
edits=$(dirty) || exit 1
if [ -n "$edits" ]; then
  kept=$(git stash create "savepoint: edits before a rollback") || exit 73
  if [ -n "$kept" ]; then
    git update-ref "$ref" "$kept" || exit 73
    printf 'edits %s\\0' "$ref"
  fi
fi
clear --diff-filter=AT --cached -R "$commit"
# Forced, because the edits are kept by now.
put "$commit" --force
`;
