import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Boundary } from "./cases.ts";
import { wordOf } from "./ground.ts";

/**
 * The journal syncs each entry on its host with `sync`. Where this one stands first on PATH there, the entry that was said
 * (`word` in a folder beside the state directory) is held until the gate is opened: it stands in the file, and whoever wrote
 * it does not know yet. What a fault finds then is a boundary exactly, however busy the machine is.
 */
const SYNC = `#!/bin/sh
case $1 in */journal.jsonl)
  gate=\${1%/*}
  gate=\${gate%/*}/gate
  if [ -s "$gate/word" ]; then
    last=$(tail -n 1 "$1")
    kind=$(printf '%s\\n' "$last" | grep -o '"kind":"[^"]*"' | head -n 1 | cut -d'"' -f4)
    step=$(printf '%s\\n' "$last" | grep -o '"step":"[^"]*"' | head -n 1 | cut -d'"' -f4)
    if [ "$kind\${step:+ $step}" = "$(cat "$gate/word")" ] && mkdir "$gate/seen-$(wc -l <"$1")" 2>/dev/null; then
      if [ "$(ls -d "$gate"/seen-* | wc -l)" -eq "$(cat "$gate/nth")" ]; then
        mkdir "$gate/reached"
        until [ -e "$gate/open" ]; do sleep 0.02; done
      fi
    fi
  fi ;;
esac
exec /usr/bin/sync "$@"
`;

/** Puts it into a folder, which is to stand first on the host's PATH. */
export async function placeSync(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rm(join(folder, "sync"), { force: true });
  await writeFile(join(folder, "sync"), SYNC);
  await chmod(join(folder, "sync"), 0o755);
}

/** What was to be struck ended before, by itself: a machine too busy for it, or a fault that nobody planted. */
export class NeverReached extends Error {}

export interface Gate {
  /** Resolves when the boundary was reached; rejects where `ended` does first. */
  reached(ended: Promise<unknown>): Promise<void>;
  open(): Promise<void>;
}

/** Arms the gate of a state directory. */
export async function armGate(stateDir: string, boundary: Boundary): Promise<Gate> {
  const folder = join(dirname(stateDir), "gate");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o777 });
  await chmod(folder, 0o777);
  await writeFile(join(folder, "nth"), String(boundary.nth ?? 1));
  await writeFile(join(folder, "word"), wordOf(boundary));
  return {
    async reached(ended) {
      let over = false;
      const end = ended.then(() => (over = true));
      while (!existsSync(join(folder, "reached"))) {
        if (over) throw new NeverReached("it ended before it came there");
        await Promise.race([end, new Promise((again) => setTimeout(again, 20))]);
      }
    },
    open: async () => await writeFile(join(folder, "open"), ""),
  };
}
