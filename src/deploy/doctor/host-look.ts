import type { Machine } from "../../core/machine.ts";
import type { Clock } from "../../core/ports.ts";
import { succeed } from "../../machine/succeed.ts";

/** A folder that is there, or will be. */
export interface FolderLook {
  readonly path: string;
  /** The folder itself, or the nearest above it that is there. */
  readonly near: string;
  /** Whether the login user may write in `near`. */
  readonly writable: boolean;
  /** Where `near` is: bytes free for this user, and how much is used, in per cent. */
  readonly freeBytes: number;
  readonly usedPercent: number;
}

/** What a host tells of itself in one trip. */
export interface HostLook {
  readonly user: string;
  readonly uid: number;
  readonly groups: readonly string[];
  /** `2.39.5`; undefined where git is not there. */
  readonly git: string | undefined;
  /** How far its clock is ahead of this machine's, as well as the trip lets it be told. Milliseconds. */
  readonly aheadMs: number;
  readonly folders: readonly FolderLook[];
}

const SCRIPT = `
LC_ALL=C; export LC_ALL
printf 'now\\t%s\\n' "$(date +%s)"
printf 'user\\t%s\\t%s\\n' "$(id -u)" "$(id -un)"
printf 'groups\\t%s\\n' "$(id -Gn)"
printf 'git\\t%s\\n' "$(git --version 2>/dev/null)"
for folder do
  case $folder in "~") folder=$HOME ;; "~/"*) folder=$HOME/\${folder#"~/"} ;; /*) ;; *) folder=$HOME/$folder ;; esac
  near=$folder
  while [ ! -e "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
  may=no
  if [ -d "$near" ] && [ -w "$near" ] && [ -x "$near" ]; then may=yes; fi
  df -Pk "$near" | { read -r head; read -r system blocks used free percent mount; printf 'folder\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$folder" "$near" "$may" "$free" "$percent"; }
done`;

/** Asks a host for all that needs nothing but a shell. `folders` are paths as settings have them. */
export async function lookAtHost(machine: Machine, folders: readonly string[], clock: Pick<Clock, "now">): Promise<HostLook> {
  const before = clock.now().getTime();
  const { stdout } = await succeed(machine, { words: ["sh", "-c", SCRIPT, "sh", ...folders], repeatable: true }, "Looking at the host");
  const after = clock.now().getTime();
  return readHostLook(stdout, { before, after });
}

/** Pure. The host's clock tells whole seconds; when in between it was asked is not known. */
export function readHostLook(text: string, { before, after }: { readonly before: number; readonly after: number }): HostLook {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const of = (name: string): readonly string[] => lines.find(([key]) => key === name)?.slice(1) ?? [];
  const [uid = "", user = ""] = of("user");
  return {
    user,
    uid: Number(uid),
    groups: (of("groups")[0] ?? "").split(" ").filter((group) => group !== ""),
    git: /\d+(?:\.\d+)+/.exec(of("git")[0] ?? "")?.[0],
    aheadMs: aheadOf(Number(of("now")[0]) * 1000, { before, after }),
    folders: lines
      .filter(([key]) => key === "folder")
      .map(([, path = "", near = "", may = "", free = "", percent = ""]) => ({
        path,
        near,
        writable: may === "yes",
        freeBytes: Number(free) * 1024,
        usedPercent: Number.parseInt(percent, 10),
      })),
  };
}

/** No more than what is certain: 0 where the host's second may have been any within the trip. */
function aheadOf(second: number, { before, after }: { readonly before: number; readonly after: number }): number {
  if (second > after) return second - after;
  return second + 1000 < before ? second + 1000 - before : 0;
}
