import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Finished } from "../../core/machine.ts";
import type { Clone } from "./clone.ts";
import { gitLines } from "./git.ts";
import { LOOK_AGAIN } from "../guarded.ts";
import { ending } from "../succeed.ts";

/** Under it a commit that was brought is kept: no branch of the clone leads to it, and git would clear it away. */
const KEPT = "refs/savepoint/pushed";

/**
 * Takes a pack from standard input into a clone, in one trip, all or nothing. `$1` the commit, `$2` `pack` or `none`, then the
 * commits whose parents were cut off where they come from. Until all is proven the objects lie in a folder of their own, which
 * is removed with whatever went wrong; one that a killed run left is removed by the next, where its process is gone. A commit whose parents are not here
 * becomes a shallow one, under git's own lock; where all parents are here, the history stays whole.
 */
const LAND = `
commit=$1 pack=$2; shift 2
objects=$(git rev-parse --git-path objects) && shallow=$(git rev-parse --git-path shallow) || exit 1
incoming=$objects/tmp_objdir-savepoint-$$
lock=
clean() { rm -rf "$incoming"; if [ -n "$lock" ]; then rm -f "$lock"; fi; }
trap clean EXIT
trap 'exit 129' HUP INT TERM
for left in "$objects"/tmp_objdir-savepoint-*; do
  if [ -d "$left" ] && ! kill -0 "\${left##*-}" 2>/dev/null; then rm -rf "$left"; fi
done
rm -rf "$incoming" && mkdir -p "$incoming/pack" || exit 65
new() { GIT_OBJECT_DIRECTORY=$incoming GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects git "$@"; }
whole() { new "$@" rev-list --quiet --objects "$commit" --not --all; }
if [ "$pack" = pack ]; then new index-pack -v --stdin --fix-thin >/dev/null || exit 65; fi
cut=
for one do
  for parent in $(new cat-file commit "$one" | sed -n -e '/^$/q' -e 's/^parent //p'); do
    new cat-file -e "$parent^{commit}" 2>/dev/null || { cut="$cut $one"; break; }
  done
done
mark() {
  { if [ -e "$shallow" ]; then cat "$shallow"; fi; for one do echo "$one"; done; } | sort -u > "$lock"
}
if [ -n "$cut" ] || ! whole 2>/dev/null; then
  # Taken as git takes it: whoever writes there now is not disturbed.
  (set -C; : > "$shallow.lock") 2>/dev/null || { echo "$shallow.lock" >&2; exit 66; }
  lock=$shallow.lock
  mark $cut && { whole --shallow-file "$lock" 2>/dev/null || { mark "$@" && whole --shallow-file "$lock"; }; } || exit 67
fi
${LOOK_AGAIN}
# The index goes last: without it nobody reads the pack.
for suffix in pack rev idx; do
  for file in "$incoming"/pack/*."$suffix"; do
    if [ -e "$file" ]; then mv -f "$file" "$objects/pack/" || exit 68; fi
  done
done
if [ -n "$lock" ]; then mv -f "$lock" "$shallow" || exit 68; lock=; fi
git update-ref "${KEPT}/$commit" "$commit" || exit 69
`;

const NOT_TAKEN = 65;
const SHALLOW_LOCKED = 66;
const INCOMPLETE = 67;

/** The words for `Git.script`: `cut` are commits whose parents the sender does not have. */
export function landing(commit: string, pack: boolean, cut: readonly string[]): readonly [string, readonly string[]] {
  return [LAND, [commit, pack ? "pack" : "none", ...cut]];
}

/** Why a clone did not take what was brought. Nothing of it is left there. */
export function landingFailure({ directory, machine, gitDirectory }: Clone, commit: string, finished: Finished): Failure {
  const what = `${shortCommit(commit)} could not be brought into ${directory} on ${machine.name}`;
  const details = { code: "not-brought" as const, evidence: gitLines(finished) };
  if (finished.code === NOT_TAKEN) {
    return new Failure(`${what}: its disk, or git there, did not take it.`, {
      ...details,
      hint: `What had arrived is removed again. Look at \`df -h ${directory}\` there, and at what git said.`,
    });
  }
  if (finished.code === SHALLOW_LOCKED) {
    return new Failure(`${what}: another git command works there, or one that was killed left its lock.`, {
      ...details,
      hint: `Where no git command runs there: rm ${gitDirectory}/shallow.lock`,
    });
  }
  if (finished.code === INCOMPLETE) {
    return new Failure(`${what}: not all of its files and history arrived.`, {
      ...details,
      hint: `See what \`git -C ${directory} fsck\` says there, and \`git fsck\` in the checkout.`,
    });
  }
  return new Failure(`${what} (${ending(finished)}).`, details);
}
