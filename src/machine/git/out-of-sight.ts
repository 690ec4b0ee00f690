// What of somebody's a checkout meets though `git status` tells nothing of it: submodules, and files that git was told not to look at.

/** Far below what any system allows for one command's arguments. */
export const PATHS_AT_ONCE = 200;

// What git has checked out by itself, and recorded, is nobody's; its commits and branches are in `.git/modules`.
const MODULES = `
to=$0
untouched() {
  [ -f "$1/.git" ] && [ "$(git -C "$1" rev-parse HEAD)" = "$2" ] || return 1
  [ -z "$(git -C "$1" status --porcelain --ignored --ignore-submodules=none | head -c 1)" ] || return 1
  [ -z "$(find "$1" -mindepth 2 -name .git | head -c 1)" ]
}
for one do
  case $one in "160000 "*) ;; *) continue ;; esac
  path=\${one#*"	"} above=\${one#*"	"} recorded=\${one#* } in=
  [ -d "$path" ] && [ ! -L "$path" ] && [ -n "$(ls -A "$path")" ] || continue
  case $(git --literal-pathspecs ls-tree "$to" -- "$path") in
  160000*) continue ;;
  *" tree "*) in=folder ;;
  *" blob "*) in=file ;;
  *) while [ "$above" != "\${above%/*}" ]; do
      above=\${above%/*}
      case $(git --literal-pathspecs ls-tree "$to" -- "$above") in *" blob "*) in=file ;; esac
    done ;;
  esac
  case $in in
  file) untouched "$path" "\${recorded%% *}" || printf "%s\\0" "$path" ;;
  folder) printf "%s\\0" "$path" ;;
  esac
done`;

/**
 * Functions for scripts. `modules <commit>`: folders of submodules where the commit has files; git would remove them, with what
 * was edited there, and ask nobody. `hidden <letters>`: files that are there and that git does not look at, by the letters of
 * `ls-files -v`. `hidden_changed <commit>`: those of them that the commit has another text of. Each path ends in a NUL.
 */
export const OUT_OF_SIGHT = `
modules() {
  git ls-files --stage | grep -q '^160000 ' || return 0
  git ls-files --stage -z | xargs -0 -n ${PATHS_AT_ONCE} sh -c '${MODULES}' "$1"
}
hidden() {
  git ls-files -v | grep -q "^$1 " || return 0
  git ls-files -v -z | xargs -0 -n ${PATHS_AT_ONCE} sh -c 'for one do
    case $one in '"$1"'" "*) ;; *) continue ;; esac
    path=\${one#??}
    if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\0" "$path"; fi
  done' sh
}
hidden_changed() {
  hidden '[a-zS]' | xargs -0 -n ${PATHS_AT_ONCE} sh -c '[ "$#" -eq 0 ] ||
    git --literal-pathspecs diff --cached --name-only -z --no-renames --ignore-submodules=all "$0" -- "$@"' "$1"
}
`;

const EDITED = `
for path do
  was=$(git --literal-pathspecs ls-files --stage -- "$path") || exit 255
  was=\${was#* } was=\${was%% *}
  if [ -L "$path" ]; then is=$(readlink -n -- "$path" | git hash-object --stdin)
  elif [ -f "$path" ]; then is=$(git hash-object --path="$path" -- "$path")
  else is=; fi
  [ "$was" = "$is" ] || printf "hidden %s\\0" "$path"
done`;

/** Changes nothing. `$1` the commit; tells `submodule <path>` and `hidden <path>`, each ended by a NUL. */
export const LOOK_OUT_OF_SIGHT = `
git ls-files >/dev/null || exit
${OUT_OF_SIGHT}
modules "$1" | xargs -0 -n ${PATHS_AT_ONCE} sh -c 'for path do printf "submodule %s\\0" "$path"; done' sh
hidden_changed "$1" | xargs -0 -n ${PATHS_AT_ONCE} sh -c '${EDITED}' sh
`;
