import type { Clone } from "../machine/git/clone.ts";
import { readText } from "../machine/files/files.ts";
import type { CommandSettings } from "./inputs.ts";

/** How a command of the user's started something: noted on the host, where a process has its number. */
export interface Started {
  readonly boot: string;
  /** When it began, in the machine's ticks since its start. */
  readonly since: number;
  /** When the first start within the same deploy began. */
  readonly first: number;
  /** The last process that it left in the background; undefined where it left none that a shell knows of. */
  readonly own: { readonly pid: number; /** Undefined: it had ended already. */ readonly start: number | undefined } | undefined;
}

/** The last start within a deploy, as the command that starts the app noted it. Undefined where there was none, or no /proc. */
export async function lastStart(
  clone: Pick<Clone, "machine" | "gitDirectory">,
  settings: Pick<CommandSettings, "command" | "start-command">,
  deploy: string,
): Promise<Started | undefined> {
  const name = settings["start-command"] === undefined ? "command" : "start-command";
  return parseStarted((await readText(clone.machine, `${clone.gitDirectory}/savepoint/${name}.started`)) ?? "", deploy);
}

/** Lines of `deploy boot since pid start`, oldest first; `-` for what is not there. */
export function parseStarted(text: string, deploy: string): Started | undefined {
  const mine = text
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([id, boot, since]) => id === deploy && boot !== undefined && Number(since) > 0);
  const [, boot = "", since = "", pid = "-", start = ""] = mine.at(-1) ?? [];
  if (boot === "") return undefined;
  return {
    boot,
    since: Number(since),
    first: Number(mine.find((line) => line[1] === boot)?.[2] ?? since),
    own: /^\d+$/.test(pid) ? { pid: Number(pid), start: start === "" ? undefined : Number(start) } : undefined,
  };
}
