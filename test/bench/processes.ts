import { type ChildProcess, spawn } from "node:child_process";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  /** From just before the start to the end of the process. */
  readonly ms: number;
}

const running = new Set<ChildProcess>();

/** Ends, at once, what is being measured now. */
export function endRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Runs a program to its end with exactly this environment. Its output is collected, not shown. */
export async function timed(
  words: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Ended> {
  const [program = "", ...rest] = words;
  return await new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, rest, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    let ms = 0;
    child.once("error", reject);
    child.once("exit", () => {
      ms = performance.now() - began;
      running.delete(child);
    });
    child.once("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8"), ms }));
  });
}

/** The same, and it must succeed. Resolves with milliseconds. */
export async function succeeds(...given: Parameters<typeof timed>): Promise<number> {
  const { code, output, ms } = await timed(...given);
  if (code !== 0) throw new Error(`${given[0].join(" ")} ended with ${code}:\n${output}`);
  return ms;
}
