import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const PROGRAM = "/usr/bin/tmux";
const execute = promisify(execFile);

/** A real terminal, in which a person could sit. */
export interface Tmux extends AsyncDisposable {
  type(...keys: readonly string[]): Promise<void>;
  /** What stands on it now, line by line; with what went out of its top. */
  seen(): Promise<string>;
  /** What tmux knows of it: `cursor_flag`, `pane_pid`. */
  ask(name: string): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
}

/** Opens a terminal that runs a shell. Throws where there is no tmux on this machine. */
export async function openTmux(request: {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: readonly string[];
  readonly columns?: number;
}): Promise<Tmux> {
  if (!existsSync(PROGRAM)) throw new Error("no tmux on this machine: apt-get install tmux");
  const { cwd, env = {}, shell = ["sh"], columns = 80 } = request;
  const server = `savepoint-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const tmux = async (...words: readonly string[]) =>
    (
      await execute(PROGRAM, ["-u", "-L", server, "-f", "/dev/null", ...words], {
        env: { PATH: process.env["PATH"], HOME: cwd, LANG: "C.UTF-8" },
      })
    ).stdout;
  const clean = { PATH: process.env["PATH"] ?? "", HOME: cwd, LANG: "C.UTF-8", PS1: "$ ", TERM: "screen-256color", ...env };
  const words = ["env", "-i", ...Object.entries(clean).map(([name, value]) => `${name}=${value}`), ...shell];
  await tmux("new-session", "-d", "-x", String(columns), "-y", "30", "-c", cwd, "--", ...words);
  return {
    type: async (...keys) => void (await tmux("send-keys", "--", ...keys)),
    seen: async () => await tmux("capture-pane", "-p", "-S", "-200"),
    ask: async (name) => (await tmux("display-message", "-p", `#{${name}}`)).trim(),
    resize: async (wide, rows) => void (await tmux("resize-window", "-x", String(wide), "-y", String(rows))),
    [Symbol.asyncDispose]: async () => void (await tmux("kill-server").catch(() => undefined)),
  };
}
