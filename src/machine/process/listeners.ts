import type { Machine } from "../../core/machine.ts";

/** A process as the machine tells it. */
export interface SeenProcess {
  readonly parent: number;
  /** When it started, in the machine's own ticks since its start. */
  readonly start: number;
  /** Ended, and not buried yet. */
  readonly dead: boolean;
}

/** Who listens on a port, and all processes there are. */
export interface PortSight {
  /** What changes with each start of the machine. */
  readonly boot: string;
  /** The processes that hold the listening socket. */
  readonly holders: readonly number[];
  /** Whether a listening socket is held by processes that the login user may not look at. */
  readonly hidden: boolean;
  readonly processes: ReadonlyMap<number, SeenProcess>;
  /** Of the holders and of what started since: those that work in the folder. */
  readonly inFolder: ReadonlySet<number>;
  /** Of the same: the program file, where it may be seen. */
  readonly programs: ReadonlyMap<number, string>;
}

const NO_PROC = 78;

/** `$1` the port, `$2` ticks since which a process counts as young, `$3` the folder, `$4` a process more to be told of. */
const LOOK = `
cd /
[ -r /proc/net/tcp ] && [ -r /proc/self/stat ] || exit ${NO_PROC}
port=$(printf '%04X' "$1")
inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$port" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' | sort -u | tr '\\n' ' ')
echo "caller $$"
printf 'boot %s\\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
[ -n "$inodes" ] || exit 0
holders=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v wanted=" $inodes" '
  /^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
  $NF ~ /^socket:\\[/ { n = $NF; gsub(/[^0-9]/, "", n); if (index(wanted, " " n " ")) print pid, n }')
printf '%s\\n' "$holders" | awk 'NF { print "holder", $1 }' | sort -u
for inode in $inodes; do printf '%s\\n' "$holders" | grep -q " $inode$" || echo hidden; done
stats=$(cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\\([0-9][0-9]*\\) .*) /\\1 /p' | awk '{ print $1, $3, $21, $2 }')
printf '%s\\n' "$stats" | sed 's/^/process /'
here=$(cd "$3" 2>/dev/null && pwd -P)
for pid in $(printf '%s\\n' "$holders" | cut -d' ' -f1 | sort -u) $4 $(printf '%s\\n' "$stats" | awk -v since="$2" '$3 >= since { print $1 }'); do
  [ -n "$here" ] && case $(readlink "/proc/$pid/cwd" 2>/dev/null)/ in "$here"/*) echo "works $pid" ;; esac
  program=$(readlink "/proc/$pid/exe" 2>/dev/null) && printf 'program %s %s\\n' "$pid" "$program"
done
:
`;

/**
 * Who listens on a port of the machine. Undefined where the system does not tell (no /proc). Only the login user's own
 * processes can be looked at, with root all.
 */
export async function lookAtPort(
  machine: Machine,
  about: { readonly port: number; readonly since: number; readonly folder: string; readonly also: number | undefined },
): Promise<PortSight | undefined> {
  const words = ["sh", "-c", LOOK, "sh", String(about.port), String(about.since), about.folder, String(about.also ?? "")];
  const { code, stdout } = await machine.run({ words, repeatable: true });
  return code === 0 ? parseSight(stdout) : undefined;
}

/** What the script printed. */
export function parseSight(text: string): PortSight {
  const lines = text.split("\n").map((line) => line.split(" "));
  const of = (kind: string): readonly (readonly string[])[] => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const processes = new Map(
    of("process").map(([pid, parent, start, state]) => [
      Number(pid),
      { parent: Number(parent), start: Number(start), dead: state === "Z" || state === "X" },
    ]),
  );
  // Whoever runs us in that folder is not the app.
  const ours = new Set<number>();
  for (let at = Number(of("caller")[0]?.[0] ?? 0); at > 1 && !ours.has(at); at = processes.get(at)?.parent ?? 0) ours.add(at);
  return {
    boot: of("boot")[0]?.[0] ?? "",
    holders: of("holder").map(([pid]) => Number(pid)),
    hidden: of("hidden").length > 0,
    processes,
    inFolder: new Set(
      of("works")
        .map(([pid]) => Number(pid))
        .filter((pid) => !ours.has(pid)),
    ),
    programs: new Map(of("program").map(([pid, ...program]) => [Number(pid), program.join(" ")])),
  };
}
