import type { Machine } from "../../core/machine.ts";

// Boot, process namespace, pid and start time name one process for good; without /proc nothing is claimed.
const SELF = `
p=$PPID
[ -r /proc/$p/stat ] || exit 0
printf '%s/%s/%s/%s' "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink /proc/self/ns/pid)" "$p" "$(sed 's/.*) //' /proc/$p/stat | cut -d' ' -f20)"`;

const IS_DEAD = `
boot=\${1%%/*}; rest=\${1#*/}; ns=\${rest%%/*}; rest=\${rest#*/}; pid=\${rest%%/*}; start=\${rest#*/}
[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || exit 1
[ -n "$ns" ] && [ "$ns" = "$(readlink /proc/self/ns/pid)" ] || exit 1
# Where others' processes are hidden (hidepid), the first one is too, and nothing is known of any.
[ -r /proc/1/stat ] || exit 1
[ -r "/proc/$pid/stat" ] || exit 0
[ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" = "$start" ] && exit 1
exit 0`;

/** A text that names this process among all on all machines; empty where the system does not tell. */
export async function processIdentity(here: Machine): Promise<string> {
  return (await here.run({ words: ["sh", "-c", SELF] })).stdout;
}

/** Whether a process named so ran on this machine and is not there any more; false where that cannot be known. */
export async function isDead(here: Machine, identity: string): Promise<boolean> {
  if (identity === "") return false;
  return (await here.run({ words: ["sh", "-c", IS_DEAD, "sh", identity] })).code === 0;
}
