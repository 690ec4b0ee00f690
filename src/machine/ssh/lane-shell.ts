import type { StayingShell } from "../shell/lane.ts";
import type { Channels } from "./channels.ts";

/**
 * The command line a login shell gets for a lane: a shell that reads scripts, one after the other, each between two lines
 * that hold its boundary, runs each in a subshell with an empty input, and says on both streams that it ended, and how.
 * As in `bootstrap`, any login shell reads it the same way, and nothing that is secret stands in it.
 */
const LANE = `exec sh -c 'savepoint_n=\${IFS#??};ulimit -c 0 2>/dev/null;while IFS= read -r savepoint_b;do savepoint_s=;while IFS= read -r savepoint_l||exit 0;do case $savepoint_l in "$savepoint_b")break;;esac;savepoint_s=$savepoint_s$savepoint_l$savepoint_n;done;savepoint_l=;(eval "$savepoint_s")</dev/null;savepoint_c=$?;savepoint_s=;echo "\${savepoint_b#?} end $savepoint_c";echo "\${savepoint_b#?} end $savepoint_c" >&2;done'`;

/** A shell on the host that stays. Rejects as opening a session does. */
export async function openRemoteShell(channels: Channels): Promise<StayingShell> {
  const channel = await channels.open(LANE);
  channel.on("error", () => undefined);
  return {
    stdout: channel,
    stderr: channel.stderr,
    write: (script) => void channel.write(script),
    close: () => channel.close(),
    closed: new Promise((done) => channel.once("close", done)),
  };
}
